/* SPDX-License-Identifier: Apache-2.0
 * Documents by the words they share with a post: BM25 in whole numbers, term by term. */
#include "bank/search_int.h"

#include <string.h>

enum { SCORE_CLASSES = 256 }; /* of the upper bits of a score */

static uint16_t whole_weight(float weight)
{
    return (uint16_t)(weight * 65535.0f);
}

static rc add_list(struct posting_list *list, uint16_t weight, struct bank_scratch *s)
{
    uint32_t docs[KERN_BLOCK], n;
    const uint8_t *impacts;
    if (list->left > 0 && !list->impacts)
        return FAIL(E_DAMAGED, "bank: the index of words has no impacts");
    for (;;) {
        TRY(postings_next(list, docs, &impacts, &n));
        if (n == 0) return OK;
        s->n_met += kern()->accumulate_u16(s->words, docs, impacts, n, weight, s->met + s->n_met);
    }
}

static rc score_words(const struct bank *b, const struct bank_query *q, struct arena *mem,
                      struct bank_scratch *s)
{
    struct posting_list *lists;
    uint32_t *keys;
    TRY(arena_array_raw(mem, q->n_words, &keys));
    TRY(arena_array_raw(mem, q->n_words, &lists));
    for (uint32_t i = 0; i < q->n_words; i++)
        keys[i] = q->words[i].key;
    TRY(postings_find_all(b->section[SECTION_WORDS], b->n_docs, keys, q->n_words, lists));
    for (uint32_t i = 0; i < q->n_words; i++)
        TRY(add_list(&lists[i], whole_weight(q->words[i].weight), s));
    return OK;
}

/* A score that at least MAX_BY_WORDS documents reach, or 1. */
static uint32_t least_score(const struct bank_scratch *s)
{
    uint32_t have[SCORE_CLASSES] = {0}, enough = 0;
    for (uint32_t i = 0; i < s->n_met; i++)
        have[s->words[s->met[i]] / SCORE_CLASSES]++;
    for (uint32_t c = SCORE_CLASSES; c-- > 1;) {
        enough += have[c];
        if (enough >= MAX_BY_WORDS) return c * SCORE_CLASSES;
    }
    return 1;
}

static void best_scores(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                        struct best *out)
{
    for (uint32_t i = 0; q->withdrawn && i < s->n_met; i++)
        if (doc_withdrawn(b, q, s->met[i])) s->words[s->met[i]] = 0;
    uint32_t least = least_score(s);
    *out = (struct best){.room = MAX_BY_WORDS};
    for (uint32_t i = 0; i < s->n_met; i++) {
        uint32_t doc = s->met[i], score = s->words[doc];
        if (score >= least) best_add(out, doc, (float)score);
    }
    for (uint32_t i = 0; i < out->n && i < FETCHED_AHEAD; i++)
        fetch_forms(b, out->row[i].doc);
}

static void forget(const struct bank *b, struct bank_scratch *s)
{
    if (s->n_met > b->n_docs / 8) {
        memset(s->words, 0, b->n_docs * sizeof *s->words);
        return;
    }
    for (uint32_t i = 0; i < s->n_met; i++)
        s->words[s->met[i]] = 0;
}

rc best_by_words(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                 struct arena *mem, struct best *out, const uint32_t *also, uint32_t n_also,
                 uint16_t *out_also)
{
    s->n_met = 0;
    rc r = score_words(b, q, mem, s);
    if (ok(r)) best_scores(b, q, s, out);
    for (uint32_t i = 0; ok(r) && i < n_also; i++)
        out_also[i] = s->words[also[i]];
    forget(b, s);
    return r;
}
