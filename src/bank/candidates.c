/* SPDX-License-Identifier: Apache-2.0
 * From a query to documents worth a look. Rare skeleton grams find copies through any disguise;
 * words find retellings; both kinds are then measured the same way, against the stored forms. */
#include "bank/bank_int.h"
#include "kern/kern.h"

#include <math.h>
#include <string.h>

enum {
    MAX_COPIES = 24,       /* near-copies measured */
    MAX_BY_WORDS = 40,     /* documents taken by words */
    MAX_SELECTED = 4096,   /* looked at before the best are taken */
    GRAM_POSTINGS = 16384, /* postings of rare grams that are read, at most */
    GRAM_LISTS = 768,      /* lists of rare grams that are read, at most */
    DF_CLASSES = 33,
};

struct bank_scratch {
    uint16_t *words;
    uint8_t *hits;
    uint32_t room;
    struct code_points letters;
    uint32_t selected[MAX_SELECTED];
};

rc bank_scratch_new(struct bank_scratch **out)
{
    return mem_new(1, sizeof **out, out);
}

void bank_scratch_free(struct bank_scratch *s)
{
    if (!s) return;
    mem_free(s->words);
    mem_free(s->hits);
    code_points_done(&s->letters);
    mem_free(s);
}

static rc room_for(struct bank_scratch *s, uint32_t n_docs)
{
    if (n_docs < s->room) return OK;
    n_docs++; /* never nothing at all: an empty bank is searched like any other */
    TRY(mem_resize(&s->words, n_docs, sizeof *s->words));
    TRY(mem_resize(&s->hits, n_docs, sizeof *s->hits));
    s->room = n_docs;
    return OK;
}

/* ---- rare grams ---- */

/* Lists of the query's grams, rarest first, as many as the budget allows. */
static rc rare_lists(const struct bank *b, const struct bank_query *q, struct arena *mem,
                     struct posting_list **out, uint32_t *out_n)
{
    struct posting_list *all, *sorted;
    uint32_t n = 0, place[DF_CLASSES + 1] = {0};
    TRY(arena_array_raw(mem, q->n_grams, &all));
    TRY(postings_find_all(b->section[SECTION_GRAMS], b->n_docs, q->grams, q->n_grams, all));
    for (uint32_t i = 0; i < q->n_grams; i++) {
        if (all[i].left == 0) continue;
        place[32 - __builtin_clz(all[i].left)]++;
        all[n++] = all[i];
    }
    TRY(arena_array_raw(mem, n, &sorted));
    for (uint32_t c = 0, sum = 0; c <= DF_CLASSES; c++) {
        uint32_t count = place[c];
        place[c] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < n; i++)
        sorted[place[32 - __builtin_clz(all[i].left)]++] = all[i];
    uint32_t postings = 0, kept = 0;
    while (kept < n && kept < GRAM_LISTS && postings < GRAM_POSTINGS)
        postings += sorted[kept++].left;
    *out = sorted;
    *out_n = kept;
    return OK;
}

static rc count_hits(const struct bank *b, struct posting_list *lists, uint32_t n,
                     struct bank_scratch *s)
{
    memset(s->hits, 0, b->n_docs);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t docs[KERN_BLOCK], n_docs;
        for (;;) {
            TRY(postings_next(&lists[i], docs, NULL, &n_docs));
            if (n_docs == 0) break;
            kern()->add_hits_u8(s->hits, docs, n_docs, 1);
        }
    }
    return OK;
}

/* The best few of many, best first; on a tie the lower document. */
struct best {
    uint32_t n, room;
    struct ranked {
        uint32_t doc;
        float rank;
    } row[MAX_BY_WORDS];
};

static void best_add(struct best *b, uint32_t doc, float rank)
{
    if (b->n == b->room && rank <= b->row[b->n - 1].rank) return;
    uint32_t at = b->n < b->room ? b->n++ : b->n - 1;
    for (; at > 0 && b->row[at - 1].rank < rank; at--)
        b->row[at] = b->row[at - 1];
    b->row[at] = (struct ranked){doc, rank};
}

static uint32_t skeleton_bytes(const struct bank *b, uint32_t doc)
{
    const uint8_t *row = b->section[SECTION_DOCS].p + (size_t)DOC_BYTES * doc;
    return get_u32(row + 28) + get_u32(row + 32);
}

/* Documents with most hits; long documents have hits by chance, so they need more of them. */
static void best_hits(const struct bank *b, struct bank_scratch *s, struct best *out)
{
    uint32_t n = 0;
    for (uint32_t least = 64; least >= 2 && n < MAX_COPIES; least /= 2)
        n = kern()->select_u8(s->hits, b->n_docs, (uint8_t)least, s->selected, MAX_SELECTED);
    *out = (struct best){.room = MAX_COPIES};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t doc = s->selected[i];
        float length = (float)skeleton_bytes(b, doc) + 20.0f;
        best_add(out, doc, (float)s->hits[doc] / sqrtf(length));
    }
}

/* ---- words ---- */

static rc score_words(const struct bank *b, const struct bank_query *q, struct bank_scratch *s)
{
    memset(s->words, 0, b->n_docs * sizeof *s->words);
    for (uint32_t i = 0; i < q->n_words; i++) {
        struct posting_list list;
        uint32_t docs[KERN_BLOCK], n;
        const uint8_t *impacts;
        uint16_t weight = (uint16_t)(q->words[i].weight * 65535.0f);
        TRY(postings_find(b->section[SECTION_WORDS], b->n_docs, q->words[i].key, &list));
        if (list.left > 0 && !list.impacts)
            return FAIL(E_DAMAGED, "bank: the index of words has no impacts");
        for (;;) {
            TRY(postings_next(&list, docs, &impacts, &n));
            if (n == 0) break;
            kern()->accumulate_u16(s->words, docs, impacts, n, weight);
        }
    }
    return OK;
}

/* The best by words, by lowering a threshold until enough are above it. */
static void best_words(const struct bank *b, struct bank_scratch *s, struct best *out)
{
    uint32_t highest = kern()->max_u16(s->words, b->n_docs), n = 0;
    for (uint32_t tenths = 6; highest > 0; tenths--) {
        uint32_t least = tenths ? highest / 10 * tenths : 1;
        n = kern()->select_u16(s->words, b->n_docs, (uint16_t)(least ? least : 1), s->selected,
                               MAX_SELECTED);
        if (n >= MAX_BY_WORDS || tenths == 0) break;
    }
    *out = (struct best){.room = MAX_BY_WORDS};
    for (uint32_t i = 0; i < n; i++)
        best_add(out, s->selected[i], s->words[s->selected[i]]);
}

/* ---- measuring ---- */

static rc measure_skeleton(const struct bank *b, const struct bank_query *q,
                           const struct bank_doc *doc, struct bank_scratch *s, struct candidate *c)
{
    struct gram_table *t = q->skeleton_grams;
    for (uint32_t part = 0; part < SEGMENT_COUNT; part++) {
        uint32_t n, found = 0, different = 0;
        if (doc->skeleton[part].n == 0) continue;
        TRY(code_points_read(&s->letters, doc->skeleton[part]));
        TRY(skeleton_grams(&s->letters, b->params.skeleton_gram, &n));
        c->letters[part] = (uint32_t)s->letters.n;
        t->now++;
        for (uint32_t i = 0; i < n; i++) {
            struct gram_slot *slot = gram_find(t, s->letters.hash[i]);
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

static rc measure_copy(const struct bank *b, const struct bank_query *q, uint32_t doc,
                       struct bank_scratch *s, struct candidate *out)
{
    struct bank_doc d;
    *out = (struct candidate){.doc = doc, .hits = s->hits[doc]};
    TRY(bank_doc(b, doc, &d));
    return measure_skeleton(b, q, &d, s, out);
}

/* 1 + ln(tf) for the counts that occur. */
static float damped(uint16_t tf)
{
    return tf == 1 ? 1.0f : 1.0f + logf(tf);
}

static rc measure_words(const struct bank *statistics, const struct bank_query *q,
                        const struct bank_doc *doc, struct bank_scratch *s, struct candidate *c)
{
    struct gram_table *t = q->word_grams;
    uint32_t n;
    double dot = 0;
    TRY(word_grams(&s->letters, doc->folded, statistics->params.word_gram, &n));
    uint32_t *slots = s->letters.hash, n_slots = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct gram_slot *slot = gram_find(t, s->letters.hash[i]);
        if (slot->key == 0) continue;
        if (slot->count++ == 0) slots[n_slots++] = (uint32_t)(slot - t->slot);
    }
    for (uint32_t i = 0; i < n_slots; i++) {
        struct gram_slot *slot = &t->slot[slots[i]];
        dot += (double)(slot->weight * damped(slot->count) * gram_weight(statistics, slot->key));
        slot->count = 0;
    }
    double norms = (double)q->gram_norm * (double)doc->gram_norm;
    c->grams = norms > 0 ? (float)(dot / norms) : 0.0f;
    return OK;
}

/* ---- the two ways ---- */

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
            memset(s->hits + from, 0, to - from);
            memset(s->words + from, 0, (to - from) * sizeof *s->words);
        }
    return OK;
}

rc bank_near_copies(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                    struct arena *mem, uint32_t max_out, struct candidate *out, uint32_t *out_n)
{
    struct posting_list *lists;
    struct best best;
    uint32_t n_lists;
    TRY(room_for(s, b->n_docs));
    TRY(rare_lists(b, q, mem, &lists, &n_lists));
    TRY(count_hits(b, lists, n_lists, s));
    TRY(forget_withdrawn(b, q, s));
    best_hits(b, s, &best);
    if (best.n > max_out) best.n = max_out;
    for (uint32_t i = 0; i < best.n; i++)
        TRY(measure_copy(b, q, best.row[i].doc, s, &out[i]));
    *out_n = best.n;
    return OK;
}

static bool listed(const struct candidate *out, uint32_t n, uint32_t doc)
{
    for (uint32_t i = 0; i < n; i++)
        if (out[i].doc == doc) return true;
    return false;
}

rc bank_candidates(const struct bank *b, const struct bank *statistics, const struct bank_query *q,
                   struct bank_scratch *s, struct arena *mem, uint32_t max_out,
                   struct candidate *out, uint32_t *out_n)
{
    struct best best;
    uint32_t n_copies, n;
    TRY(bank_near_copies(b, q, s, mem, max_out, out, &n_copies));
    n = n_copies;
    if (!q->word_grams) {
        *out_n = n;
        return OK;
    }
    TRY(score_words(b, q, s));
    TRY(forget_withdrawn(b, q, s));
    best_words(b, s, &best);
    for (uint32_t i = 0; i < best.n && n < max_out; i++)
        if (!listed(out, n_copies, best.row[i].doc))
            TRY(measure_copy(b, q, best.row[i].doc, s, &out[n++]));
    for (uint32_t i = 0; i < n; i++) {
        struct bank_doc doc;
        TRY(bank_doc(b, out[i].doc, &doc));
        float share = (float)s->words[out[i].doc] / 65535.0f * (float)(b->params.bm25_k1 + 1);
        out[i].words = share < 1.0f ? share : 1.0f;
        TRY(measure_words(statistics, q, &doc, s, &out[i]));
    }
    *out_n = n;
    return OK;
}
