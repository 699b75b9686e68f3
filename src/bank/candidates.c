/* SPDX-License-Identifier: Apache-2.0
 * From a query to documents worth a look. Rare skeleton grams find copies through any disguise;
 * words find retellings; both kinds are then measured the same way, against the stored forms. */
#include "bank/search_int.h"

#include <string.h>

enum { MOST_FETCHED_BYTES = 1024 };

rc bank_scratch_new(struct bank_scratch **out)
{
    return mem_new(1, sizeof **out, out);
}

void bank_scratch_free(struct bank_scratch *s)
{
    if (!s) return;
    mem_free(s->words);
    mem_free(s->met);
    mem_free(s->stretches);
    mem_free(s->hits.count);
    mem_free(s->hits.once);
    mem_free(s->hits.twice);
    code_points_done(&s->letters);
    mem_free(s);
}

void bank_scratch_profile(struct bank_scratch *s, struct bank_profile *profile)
{
    s->profile = profile;
}

static void note_measured(struct bank_scratch *s, const struct bank_doc *doc, uint64_t since)
{
    if (!s->profile) return;
    s->profile->n_measured++;
    s->profile->letters_ns += profile_ns(s) - since;
    for (uint32_t part = 0; part < SEGMENT_COUNT; part++)
        s->profile->form_bytes += doc->skeleton[part].n;
}

static rc room_for(struct bank_scratch *s, uint32_t n_docs)
{
    if (n_docs < s->room) return OK;
    uint32_t room = n_docs + 1; /* never nothing at all: an empty bank is searched like any other */
    TRY(mem_resize(&s->words, room, sizeof *s->words));
    TRY(mem_resize(&s->met, (size_t)room + KERN_BLOCK, sizeof *s->met));
    TRY(mem_resize(&s->stretches, room / KERN_STRETCH + 1, sizeof *s->stretches));
    TRY(mem_resize(&s->hits.count, room, 1));
    TRY(mem_resize(&s->hits.once, (size_t)room + KERN_BLOCK, sizeof *s->hits.once));
    TRY(mem_resize(&s->hits.twice, (size_t)room + KERN_BLOCK, sizeof *s->hits.twice));
    memset(s->words + s->room, 0, (room - s->room) * sizeof *s->words);
    memset(s->hits.count + s->room, 0, room - s->room);
    s->room = room;
    return OK;
}

void best_add(struct best *b, uint32_t doc, float rank)
{
    uint32_t at = b->n;
    while (at > 0 && (b->row[at - 1].rank < rank ||
                      (b->row[at - 1].rank <= rank && b->row[at - 1].doc > doc)))
        at--;
    if (at == b->room) return;
    if (b->n < b->room) b->n++;
    for (uint32_t i = b->n - 1; i > at; i--)
        b->row[i] = b->row[i - 1];
    b->row[at] = (struct ranked){doc, rank};
}

void fetch_forms(const struct bank *b, uint32_t doc)
{
    const uint8_t *row = b->section[SECTION_DOCS].p + (size_t)DOC_BYTES * doc;
    struct view forms = b->section[SECTION_FORMS];
    uint64_t from = get_u64(row + 16),
             n = (uint64_t)get_u32(row + 24) + get_u32(row + 28) + get_u32(row + 32);
    if (from > forms.n || n > forms.n - from) return;
    for (uint64_t at = 0; at < n && at < MOST_FETCHED_BYTES; at += 64)
        __builtin_prefetch(forms.p + from + at);
}

bool doc_withdrawn(const struct bank *b, const struct bank_query *q, uint32_t doc)
{
    if (!q->withdrawn) return false;
    uint32_t item = get_u32(b->section[SECTION_DOCS].p + (size_t)DOC_BYTES * doc);
    return item < b->n_items && bit_is_set(q->withdrawn, item);
}

static rc measure_copy(const struct bank *b, const struct bank_query *q, uint32_t doc,
                       uint32_t hits, struct bank_scratch *s, struct candidate *out)
{
    struct bank_doc d;
    uint64_t since = profile_ns(s);
    *out = (struct candidate){.doc = doc, .hits = hits};
    TRY(bank_doc(b, doc, &d));
    TRY(measure_skeleton(b, q, &d, s, out));
    note_measured(s, &d, since);
    return OK;
}

static rc near_copies(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                      struct arena *mem, bool copies_only, uint32_t max_out, struct candidate *out,
                      uint32_t *out_n)
{
    struct best best;
    uint32_t hits[MAX_COPIES];
    TRY(room_for(s, b->n_docs));
    TRY(best_copies(b, q, s, mem, copies_only, &best, hits));
    if (best.n > max_out) best.n = max_out;
    for (uint32_t i = 0; i < best.n && i < FETCHED_AHEAD; i++)
        fetch_forms(b, best.row[i].doc);
    for (uint32_t i = 0; i < best.n; i++) {
        if (i + FETCHED_AHEAD < best.n) fetch_forms(b, best.row[i + FETCHED_AHEAD].doc);
        TRY(measure_copy(b, q, best.row[i].doc, hits[i], s, &out[i]));
    }
    *out_n = best.n;
    return OK;
}

rc bank_near_copies(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                    struct arena *mem, uint32_t max_out, struct candidate *out, uint32_t *out_n)
{
    return near_copies(b, q, s, mem, true, max_out, out, out_n);
}

static bool listed(const struct candidate *out, uint32_t n, uint32_t doc)
{
    for (uint32_t i = 0; i < n; i++)
        if (out[i].doc == doc) return true;
    return false;
}

/* Share of the query's word weight, of a score. */
static float word_share(const struct bank *b, float score)
{
    float share = score / 65535.0f * (float)(b->params.bm25_k1 + 1);
    return share < 1.0f ? share : 1.0f;
}

/* Behind the n_copies near-copies, whose shares of words are filled in too. */
static rc add_by_words(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                       struct arena *mem, uint32_t max_out, struct candidate *out,
                       uint32_t n_copies, uint32_t *out_n)
{
    struct best best;
    uint32_t copies[MAX_COPIES], n = n_copies;
    uint16_t scores[MAX_COPIES];
    for (uint32_t i = 0; i < n_copies; i++)
        copies[i] = out[i].doc;
    TRY(best_by_words(b, q, s, mem, MAX_BY_WORDS, &best, copies, n_copies, scores));
    for (uint32_t i = 0; i < best.n && i < FETCHED_AHEAD; i++)
        fetch_forms(b, best.row[i].doc);
    for (uint32_t i = 0; i < n_copies; i++)
        out[i].words = word_share(b, scores[i]);
    for (uint32_t i = 0; i < best.n && n < max_out; i++) {
        if (i + FETCHED_AHEAD < best.n) fetch_forms(b, best.row[i + FETCHED_AHEAD].doc);
        if (listed(out, n_copies, best.row[i].doc)) continue;
        TRY(measure_copy(b, q, best.row[i].doc, 0, s, &out[n]));
        out[n++].words = word_share(b, best.row[i].rank);
    }
    *out_n = n;
    return OK;
}

rc bank_by_words(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                 struct arena *mem, uint32_t max_out, struct candidate *out, uint32_t *out_n)
{
    struct best best;
    TRY(room_for(s, b->n_docs));
    TRY(best_by_words(b, q, s, mem, max_out, &best, NULL, 0, NULL));
    for (uint32_t i = 0; i < best.n; i++)
        out[i] =
            (struct candidate){.doc = best.row[i].doc, .words = word_share(b, best.row[i].rank)};
    *out_n = best.n;
    return OK;
}

rc bank_candidates(const struct bank *b, const struct bank *statistics, const struct bank_query *q,
                   struct bank_scratch *s, struct arena *mem, uint32_t max_out,
                   struct candidate *out, uint32_t *out_n)
{
    uint32_t n;
    TRY(near_copies(b, q, s, mem, false, max_out, out, &n));
    if (q->word_grams) {
        TRY(add_by_words(b, q, s, mem, max_out, out, n, &n));
        uint64_t since = profile_ns(s);
        for (uint32_t i = 0; i < n; i++) {
            struct bank_doc doc;
            TRY(bank_doc(b, out[i].doc, &doc));
            TRY(measure_words(statistics, q, &doc, s, &out[i]));
            if (s->profile) s->profile->form_bytes += doc.folded.n;
        }
        if (s->profile) s->profile->letters_ns += profile_ns(s) - since;
    }
    *out_n = n;
    return OK;
}
