/* SPDX-License-Identifier: Apache-2.0
 *
 * What a verb found out, as names and values: a page of lines for people, or one JSON object whose
 * members have the same names.
 */
#ifndef SANAD_FACTS_INT_H
#define SANAD_FACTS_INT_H

#include "cmd/cmd.h"
#include "seal/seal.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FACTS_MAX = 24 };

enum fact_type { FACT_TEXT, FACT_NUMBER };

struct named_fact {
    const char *name; /* lower-case words with _ */
    enum fact_type type;
    struct view text;
    uint64_t number;
};
/** Zeroed memory is an empty list. Texts are copied into mem. */
struct facts {
    struct arena mem;
    uint32_t n;
    struct named_fact list[FACTS_MAX];
    rc failure; /* sticks, and comes out of facts_print */
};
void facts_begin(struct facts *f);
void facts_done(struct facts *f);
/** Empty texts are left out. */
void facts_text(struct facts *f, const char *name, struct view text);
void facts_number(struct facts *f, const char *name, uint64_t n);
/** "2026-11-22T10:15:00.000Z"; nothing for 0. */
void facts_time(struct facts *f, const char *name, int64_t ms);
/** "sha256:…". */
void facts_id(struct facts *f, const char *name, const uint8_t hash[SEAL_SHA256_BYTES]);
/** On standard output; json: one object. */
MUST rc facts_print(struct call *call, const struct facts *f, bool json);
/** What was done: as JSON on standard output, else a message on standard error. */
MUST rc facts_told(struct call *call, const struct facts *f, bool json, enum message which,
                   size_t n_args, const struct view *args);

#ifdef __cplusplus
}
#endif
#endif
