/* SPDX-License-Identifier: Apache-2.0
 * Documents by the words they share with a post: BM25 in whole numbers, term by term. */
#include "bank/search_int.h"

#include <string.h>

enum {
    SCORE_CLASSES = 256, /* of the upper bits of a score */
    /* Fewer postings than one for so many documents are remembered one by one; more are found again
     * by reading all scores, which are next to each other. */
    DENSE_PART = 24,
    LISTS_AHEAD = 3,
};

static uint16_t whole_weight(float weight)
{
    return (uint16_t)(weight * 65535.0f);
}

/* ---- adding up ---- */

static rc add_list(struct posting_list *list, uint16_t weight, bool dense, struct bank_scratch *s)
{
    const struct kern *k = kern();
    uint32_t docs[KERN_BLOCK], n;
    const uint8_t *impacts;
    if (list->left > 0 && !list->impacts)
        return FAIL(E_DAMAGED, "bank: the index of words has no impacts");
    for (;;) {
        TRY(postings_next(list, docs, &impacts, &n));
        if (n == 0) return OK;
        if (dense)
            k->accumulate_u16(s->words, docs, impacts, n, weight);
        else
            s->n_met +=
                k->accumulate_new_u16(s->words, docs, impacts, n, weight, s->met + s->n_met);
    }
}

static rc find_lists(const struct bank *b, const struct bank_query *q, struct arena *mem,
                     struct posting_list **out, bool *out_dense)
{
    uint32_t *keys;
    uint64_t postings = 0;
    TRY(arena_array_raw(mem, q->n_words, &keys));
    TRY(arena_array_raw(mem, q->n_words, out));
    for (uint32_t i = 0; i < q->n_words; i++)
        keys[i] = q->words[i].key;
    if (q->statistics == b && q->n_words > 0)
        memcpy(*out, q->lists, q->n_words * sizeof **out); /* reading moves a list on */
    else
        TRY(postings_find_all(b->section[SECTION_WORDS], b->n_docs, keys, q->n_words, *out));
    for (uint32_t i = 0; i < q->n_words; i++)
        postings += (*out)[i].left;
    *out_dense = postings * DENSE_PART > b->n_docs;
    return OK;
}

static rc score_words(const struct bank_query *q, struct posting_list *lists, bool dense,
                      struct bank_scratch *s)
{
    for (uint32_t i = 0; i < q->n_words; i++) {
        if (i + LISTS_AHEAD < q->n_words && lists[i + LISTS_AHEAD].left > 0)
            postings_fetch(&lists[i + LISTS_AHEAD]);
        const uint8_t *from = lists[i].at;
        if (s->profile) s->profile->word_postings += lists[i].left;
        TRY(add_list(&lists[i], whole_weight(q->words[i].weight), dense, s));
        if (s->profile) s->profile->list_bytes += (uint64_t)(lists[i].at - from);
    }
    return OK;
}

/* ---- the best ---- */

/* A score that at least `most` reach, or 1. have: how many by the upper bits of the score. */
static uint32_t least_score(const uint32_t have[SCORE_CLASSES], uint32_t most)
{
    uint32_t enough = 0;
    for (uint32_t c = SCORE_CLASSES; c-- > 1;) {
        enough += have[c];
        if (enough >= most) return c * SCORE_CLASSES;
    }
    return 1;
}

static void offer(const struct bank *b, const struct bank_query *q, const struct bank_scratch *s,
                  uint32_t doc, uint32_t least, struct best *out)
{
    if (s->words[doc] >= least && !doc_withdrawn(b, q, doc))
        best_add(out, doc, (float)s->words[doc]);
}

static void best_of_met(const struct bank *b, const struct bank_query *q,
                        const struct bank_scratch *s, struct best *out)
{
    uint32_t have[SCORE_CLASSES] = {0};
    for (uint32_t i = 0; i < s->n_met; i++)
        have[s->words[s->met[i]] / SCORE_CLASSES] += !doc_withdrawn(b, q, s->met[i]);
    uint32_t least = least_score(have, out->room);
    for (uint32_t i = 0; i < s->n_met; i++)
        offer(b, q, s, s->met[i], least, out);
}

/* Stretches whose largest score is high hold at least one document each that has it, so enough of
 * them bound the best from below. */
static void best_of_all(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                        struct best *out)
{
    uint32_t have[SCORE_CLASSES] = {0};
    uint32_t n = (b->n_docs + KERN_STRETCH - 1) / KERN_STRETCH;
    kern()->stretch_max_u16(s->words, b->n_docs, s->stretches);
    for (uint32_t i = 0; i < n; i++)
        have[s->stretches[i] / SCORE_CLASSES]++;
    uint32_t least = least_score(have, out->room);
    for (uint32_t i = 0; i < n; i++) {
        if (s->stretches[i] < least) continue;
        uint32_t from = i * KERN_STRETCH, to = from + KERN_STRETCH;
        for (uint32_t doc = from; doc < to && doc < b->n_docs; doc++)
            offer(b, q, s, doc, least, out);
    }
}

/* The first document of an item and the one behind its last. */
static rc docs_of(const struct bank *b, uint32_t item, uint32_t *out_from, uint32_t *out_to)
{
    TRY(bank_first_doc(b, item, out_from));
    *out_to = b->n_docs;
    if (item + 1 < b->n_items) TRY(bank_first_doc(b, item + 1, out_to));
    return *out_from <= *out_to ? OK : FAIL(E_DAMAGED, "bank: documents out of order");
}

/* Withdrawn items take no place among the best: their scores are put back to nothing. */
static rc forget_withdrawn(const struct bank *b, const struct bank_query *q, struct bank_scratch *s)
{
    for (uint32_t word = 0; q->withdrawn && word < b->n_items / 64 + 1; word++)
        for (uint64_t bits = q->withdrawn[word]; bits; bits &= bits - 1) {
            uint32_t from, to, item = word * 64 + (uint32_t)__builtin_ctzll(bits);
            if (item >= b->n_items) return OK;
            TRY(docs_of(b, item, &from, &to));
            memset(s->words + from, 0, (to - from) * sizeof *s->words);
        }
    return OK;
}

static rc look(const struct bank *b, const struct bank_query *q, struct posting_list *lists,
               bool dense, struct bank_scratch *s, struct best *out)
{
    TRY(score_words(q, lists, dense, s));
    if (s->profile) {
        s->profile->n_dense += dense;
        /* Cleared and gone through as a whole, or each one met. */
        s->profile->score_bytes += 4ull * (dense ? b->n_docs : s->n_met);
    }
    if (dense) {
        TRY(forget_withdrawn(b, q, s));
        best_of_all(b, q, s, out);
    } else {
        best_of_met(b, q, s, out);
    }
    for (uint32_t i = 0; i < out->n; i++)
        __builtin_prefetch(b->section[SECTION_DOCS].p + (size_t)DOC_BYTES * out->row[i].doc);
    return OK;
}

static void forget(const struct bank *b, bool dense, struct bank_scratch *s)
{
    if (dense) {
        memset(s->words, 0, b->n_docs * sizeof *s->words);
        return;
    }
    for (uint32_t i = 0; i < s->n_met; i++)
        s->words[s->met[i]] = 0;
}

rc best_by_words(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                 struct arena *mem, uint32_t most, struct best *out, const uint32_t *also,
                 uint32_t n_also, uint16_t *out_also)
{
    struct posting_list *lists;
    bool dense;
    uint64_t since = profile_ns(s);
    s->n_met = 0;
    *out = (struct best){.room = most < MAX_BY_WORDS ? most : MAX_BY_WORDS};
    TRY(find_lists(b, q, mem, &lists, &dense));
    rc r = look(b, q, lists, dense, s, out);
    for (uint32_t i = 0; ok(r) && i < n_also; i++)
        out_also[i] = s->words[also[i]];
    forget(b, dense, s);
    if (s->profile) s->profile->words_ns += profile_ns(s) - since;
    return r;
}
