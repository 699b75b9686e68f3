/* SPDX-License-Identifier: Apache-2.0
 * A sink that writes down what happens to every row, so that a test can compare one text:
 *   "+1 {canonical item}\n" for an accepted row, "-2 reason\n" for a rejected one. */
#ifndef SANAD_TEST_ROWS_H
#define SANAD_TEST_ROWS_H

#include "exchange/exchange_int.h"
#include "test.h"

struct rows {
    struct buf log;
    enum err take_fails;  /* E_OK: it does not */
    uint64_t fails_where; /* only this row; 0: each */
    uint64_t n_progress, stop_at_progress;
    struct item_counts counts;
};

static rc rows_take(void *context, const struct item *item, uint64_t where)
{
    struct rows *rows = context;
    if (rows->take_fails != E_OK && (rows->fails_where == 0 || rows->fails_where == where))
        return FAIL(rows->take_fails, "sink: %.*s", VIEW_ARG(item->id));
    TRY(buf_addf(&rows->log, "+%llu ", (unsigned long long)where));
    TRY(item_to_json(item, &rows->log));
    return buf_add_byte(&rows->log, '\n');
}

static void rows_reject(void *context, uint64_t where, const char *reason)
{
    struct rows *rows = context;
    rc r = buf_addf(&rows->log, "-%llu %s\n", (unsigned long long)where, reason);
    (void)r;
}

static bool rows_progress(void *context, uint64_t bytes, uint64_t total)
{
    struct rows *rows = context;
    (void)bytes;
    (void)total;
    return ++rows->n_progress != rows->stop_at_progress;
}

__attribute__((unused)) static rc rows_read_in_steps(struct rows *rows, struct view bytes,
                                                     size_t step, enum item_format format,
                                                     const struct item_defaults *defaults,
                                                     const struct item_limits *limits)
{
    const struct item_sink sink = {rows, rows_take, rows_reject, rows_progress};
    struct line_reader in;
    buf_reset(&rows->log);
    rows->n_progress = 0;
    TRY(line_open_bytes(bytes, (limits ? limits : &k_item_limits)->max_row_bytes, &in));
    rc r = items_read_from(&in, "test", step, format, defaults, limits, &sink, &rows->counts);
    rc end = buf_add_byte(&rows->log, 0); /* a C string */
    return ok(r) ? end : r;
}

__attribute__((unused)) static rc rows_read(struct rows *rows, struct view bytes,
                                            enum item_format format)
{
    return rows_read_in_steps(rows, bytes, 0, format, NULL, NULL);
}

__attribute__((unused)) static void rows_done(struct rows *rows)
{
    buf_done(&rows->log);
}

#define ROWS_TEXT(rows) ((const char *)(rows).log.p)
#define CHECK_ROWS(rows, text)                                                              \
    do {                                                                                    \
        if (strcmp(ROWS_TEXT(rows), text) != 0)                                             \
            fail_msg("\n--- is\n%s--- should be\n%s", ROWS_TEXT(rows), (const char *)text); \
    } while (0)
#define CHECK_ROWS_HAVE(rows, part)                                               \
    do {                                                                          \
        if (!strstr(ROWS_TEXT(rows), part))                                       \
            fail_msg("\n%s lacks \"%s\"", ROWS_TEXT(rows), (const char *)(part)); \
    } while (0)

#endif
