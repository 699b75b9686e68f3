/* SPDX-License-Identifier: Apache-2.0
 * How much of a document a query shares, measured against the stored forms. */
#include "bank/search_int.h"

#include <math.h>

rc measure_skeleton(const struct bank *b, const struct bank_query *q, const struct bank_doc *doc,
                    struct bank_scratch *s, struct candidate *c)
{
    struct gram_table *t = q->skeleton_grams;
    for (uint32_t part = 0; part < SEGMENT_COUNT; part++) {
        uint32_t n, found = 0, different = 0, *hash;
        if (doc->skeleton[part].n == 0) continue;
        TRY(code_points_read(&s->letters, doc->skeleton[part]));
        TRY(skeleton_grams(&s->letters, b->params.skeleton_gram, &n));
        c->letters[part] = (uint32_t)s->letters.n;
        hash = s->letters.hash;
        t->now++;
        uint32_t kept = kern()->keep_in_filter(hash, n, t->filter, t->filter_bits);
        for (uint32_t i = 0; i < kept; i++) {
            struct gram_slot *slot = gram_find(t, hash[i]);
            if (slot->key == 0) continue;
            found++;
            different += slot->stamp != t->now;
            slot->stamp = t->now;
        }
        c->claim_in_post[part] = n ? (float)found / (float)n : 0.0f;
        c->post_in_claim[part] = q->n_grams ? (float)different / (float)q->n_grams : 0.0f;
    }
    return OK;
}

/* 1 + ln(tf) for the counts that occur. */
static float damped(uint16_t tf)
{
    return tf == 1 ? 1.0f : 1.0f + logf(tf);
}

rc measure_words(const struct bank *statistics, const struct bank_query *q,
                 const struct bank_doc *doc, struct bank_scratch *s, struct candidate *c)
{
    struct gram_table *t = q->word_grams;
    uint32_t n;
    double dot = 0;
    TRY(word_grams(&s->letters, doc->folded, statistics->params.word_gram, &n));
    uint32_t *slots = s->letters.hash, n_slots = 0;
    n = kern()->keep_in_filter(slots, n, t->filter, t->filter_bits);
    for (uint32_t i = 0; i < n; i++) {
        struct gram_slot *slot = gram_find(t, slots[i]);
        if (slot->key == 0) continue;
        if (slot->count++ == 0) slots[n_slots++] = (uint32_t)(slot - t->slot);
    }
    for (uint32_t i = 0; i < n_slots; i++) {
        struct gram_slot *slot = &t->slot[slots[i]];
        dot += (double)(slot->weight * damped(slot->count) * slot->idf);
        slot->count = 0;
    }
    double norms = (double)q->gram_norm * (double)doc->gram_norm;
    c->grams = norms > 0 ? (float)(dot / norms) : 0.0f;
    return OK;
}
