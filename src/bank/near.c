/* SPDX-License-Identifier: Apache-2.0
 * Near-copies: rare skeleton grams find a text through any disguise. */
#include "bank/search_int.h"

#include <math.h>
#include <string.h>

enum {
    /* Postings that are read, and those of one list more. A copy shows among the rarest grams; what
     * only shares names needs more of them. */
    COPY_POSTINGS = 4096,
    CANDIDATE_POSTINGS = 16384,
    FIRST_POSTINGS = 2, /* that the first round reads for each gram of the query */
    GRAM_LISTS = 768,
    DF_CLASSES = 33,
    HIT_CLASSES = 9, /* 0, 1, 2.., 4.., … 128 and more */
    LEAST_HITS = 2,
    AHEAD = 8,
};
/* Of a post's grams in one document: what the post has besides it is less than what was found. */
#define PLAIN_COPY 0.5f

/* 0 without documents. */
static uint32_t df_class(const struct posting_list *list)
{
    return list->left ? 32 - (uint32_t)__builtin_clz(list->left) : 0;
}

/* Lists of the query's grams, and their numbers, rarest first. */
struct rare {
    struct posting_list *list;
    uint32_t *order, n;
};

static rc rare_lists(const struct bank *b, const struct bank_query *q, struct arena *mem,
                     struct rare *out)
{
    struct posting_list *all;
    uint32_t *order, n = 0, place[DF_CLASSES + 1] = {0};
    TRY(arena_array_raw(mem, q->n_grams, &all));
    TRY(arena_array_raw(mem, q->n_grams, &order));
    TRY(postings_find_all(b->section[SECTION_GRAMS], b->n_docs, q->grams, q->n_grams, all));
    for (uint32_t i = 0; i < q->n_grams; i++)
        place[df_class(&all[i])]++;
    for (uint32_t c = 1; c <= DF_CLASSES; c++) {
        uint32_t count = place[c];
        place[c] = n;
        n += count;
    }
    for (uint32_t i = 0; i < q->n_grams; i++)
        if (all[i].left > 0) order[place[df_class(&all[i])]++] = i;
    *out = (struct rare){all, order, n < GRAM_LISTS ? n : GRAM_LISTS};
    return OK;
}

/* Reads lists from *inout_at on until `budget` postings were read in all. Most are short: they are
 * counted together. */
static rc count_hits(const struct rare *rare, uint32_t budget, uint32_t *inout_at,
                     uint32_t *inout_postings, uint64_t *inout_bytes, struct kern_hits *hits)
{
    const struct kern *k = kern();
    uint32_t docs[2 * KERN_BLOCK], n_docs, waiting = 0;
    for (; *inout_at < rare->n && *inout_postings < budget; ++*inout_at) {
        struct posting_list *list = &rare->list[rare->order[*inout_at]];
        const uint8_t *from = list->at;
        if (*inout_at + AHEAD < rare->n)
            postings_fetch(&rare->list[rare->order[*inout_at + AHEAD]]);
        *inout_postings += list->left;
        do {
            TRY(postings_next(list, docs + waiting, NULL, &n_docs));
            waiting += n_docs;
            if (waiting < KERN_BLOCK) continue;
            k->add_hits_u8(hits, docs, waiting);
            waiting = 0;
        } while (list->left > 0);
        *inout_bytes += (uint64_t)(list->at - from);
    }
    k->add_hits_u8(hits, docs, waiting);
    return OK;
}

/* Fewest hits that are looked at: the largest of 64, 32, … 2 that enough documents have. */
static uint32_t least_hits(const struct kern_hits *hits)
{
    uint32_t have[HIT_CLASSES] = {0};
    for (uint32_t i = 0; i < hits->n_twice; i++)
        have[32 - __builtin_clz(hits->count[hits->twice[i]] | 1)]++;
    uint32_t enough = have[HIT_CLASSES - 1];
    for (uint32_t c = HIT_CLASSES - 2; c > LEAST_HITS; c--) {
        enough += have[c];
        if (enough >= MAX_COPIES) return 1u << (c - 1);
    }
    return LEAST_HITS;
}

/* Long documents have hits by chance, so they need more of them. */
static float length_of(const uint8_t *row)
{
    return (float)(get_u32(row + 28) + get_u32(row + 32)) + 20.0f;
}

static void best_hits(const struct bank *b, const struct bank_query *q,
                      const struct kern_hits *hits, struct best *out)
{
    const uint8_t *docs = b->section[SECTION_DOCS].p;
    uint32_t least = least_hits(hits);
    *out = (struct best){.room = MAX_COPIES};
    for (uint32_t i = 0; i < hits->n_twice; i++) {
        uint32_t doc = hits->twice[i];
        if (i + AHEAD < hits->n_twice)
            __builtin_prefetch(docs + (size_t)DOC_BYTES * hits->twice[i + AHEAD] + 28);
        if (hits->count[doc] < least || doc_withdrawn(b, q, doc)) continue;
        best_add(out, doc,
                 (float)hits->count[doc] / sqrtf(length_of(docs + (size_t)DOC_BYTES * doc)));
    }
}

/* Whether the best document has so much of the post that no other look is needed. */
static rc plain_copy(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                     const struct best *best, bool *out)
{
    struct candidate c = {0};
    struct bank_doc doc;
    *out = false;
    if (best->n == 0) return OK;
    for (uint32_t i = 0; i < best->n && i < FETCHED_COPIES; i++)
        fetch_forms(b, best->row[i].doc);
    TRY(bank_doc(b, best->row[0].doc, &doc));
    TRY(measure_skeleton(b, q, &doc, s, &c));
    for (uint32_t part = 0; part < SEGMENT_COUNT; part++)
        *out |= c.post_in_claim[part] >= PLAIN_COPY;
    return OK;
}

static void note_there(struct bank_profile *profile, const struct rare *rare)
{
    for (uint32_t i = 0; profile && i < rare->n; i++)
        profile->gram_postings_there += rare->list[rare->order[i]].left;
}

static void note_read(struct bank_profile *profile, const struct bank *b, uint32_t postings,
                      uint64_t bytes)
{
    if (!profile) return;
    profile->gram_postings += postings;
    profile->list_bytes += bytes;
    profile->score_bytes += postings < b->n_docs ? 2ull * postings : b->n_docs;
}

/* A first round over the rarest grams finds most copies; what is no plain copy gets a second. Who
 * wants candidates of all kinds gets that at once: the same claim in another language shares only
 * names with the post, whose copy would end the search. */
static rc find_copies(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                      struct arena *mem, bool copies_only, struct best *out)
{
    struct rare rare;
    uint32_t at = 0, postings = 0, most = copies_only ? COPY_POSTINGS : CANDIDATE_POSTINGS;
    uint64_t bytes = 0;
    bool found;
    TRY(rare_lists(b, q, mem, &rare));
    note_there(s->profile, &rare);
    for (uint32_t round = !copies_only; round < 2; round++) {
        uint32_t budget = round ? most : FIRST_POSTINGS * q->n_grams;
        TRY(count_hits(&rare, budget, &at, &postings, &bytes, &s->hits));
        best_hits(b, q, &s->hits, out);
        if (round == 1 || at == rare.n) break;
        TRY(plain_copy(b, q, s, out, &found));
        if (found) break;
    }
    note_read(s->profile, b, postings, bytes);
    return OK;
}

static void forget(const struct bank *b, struct kern_hits *hits)
{
    if (hits->n_once > b->n_docs / 16) {
        memset(hits->count, 0, b->n_docs);
    } else {
        for (uint32_t i = 0; i < hits->n_once; i++)
            hits->count[hits->once[i]] = 0;
    }
    hits->n_once = hits->n_twice = 0;
}

rc best_copies(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
               struct arena *mem, bool copies_only, struct best *out, uint32_t out_hits[MAX_COPIES])
{
    uint64_t since = profile_ns(s);
    rc r = find_copies(b, q, s, mem, copies_only, out);
    for (uint32_t i = 0; ok(r) && i < out->n; i++)
        out_hits[i] = s->hits.count[out->row[i].doc];
    forget(b, &s->hits);
    if (s->profile) s->profile->near_ns += profile_ns(s) - since;
    return r;
}
