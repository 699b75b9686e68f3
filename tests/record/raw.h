/* SPDX-License-Identifier: Apache-2.0
 * Raw records for tests: an example with some of its text replaced, canonical again. */
#ifndef SANAD_TESTS_RAW_H
#define SANAD_TESTS_RAW_H

#include "test.h"

#include "record/record.h"

/** 2026-11-22T10:15:00.000Z, when the examples are made. */
#define MADE_MS INT64_C(1795342500000)

/** The text of an example with each pair of `edits` (from, to, …, NULL) replaced once, canonical.
 *  A `from` that does not stand in the text fails the test. */
static inline struct view raw_text(const char *kind, const char *const *edits, struct arena *mem)
{
    struct view example;
    struct buf out = {0};
    CHECK_OK(record_example(view_cstr(kind), &example));
    char *text = NULL;
    CHECK_OK(arena_array(mem, 400000, &text));
    memcpy(text, example.p, example.n);
    for (size_t i = 0; edits && edits[i]; i += 2) {
        char *at = strstr(text, edits[i]);
        if (!at) fail_msg("%s does not stand in the example of %s", edits[i], kind);
        size_t from = strlen(edits[i]), to = strlen(edits[i + 1]);
        memmove(at + to, at + from, strlen(at + from) + 1);
        memcpy(at, edits[i + 1], to);
    }
    struct view canonical;
    CHECK_OK(record_write(view_cstr(text), mem, &out));
    CHECK_OK(arena_copy(mem, buf_view(&out), &canonical));
    buf_done(&out);
    return canonical;
}

#define EDITS(...) ((const char *const[]){__VA_ARGS__, NULL, NULL})

/** Parsed at the local door; the record must be sound. */
static inline const struct record *raw_record(const char *kind, const char *const *edits,
                                              struct arena *mem)
{
    const struct record *r = NULL;
    CHECK_OK(record_parse(raw_text(kind, edits, mem), RECORD_WRITTEN_HERE, MADE_MS, mem, &r, NULL));
    return r;
}

#endif
