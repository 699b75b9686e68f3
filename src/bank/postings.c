/* SPDX-License-Identifier: Apache-2.0
 * Posting index: which documents hold a key, and how much it weighs in each. Layout in bank_int.h.
 * Every count and offset of a mapped index is checked where it is used. */
#include "bank/bank_int.h"
#include "kern/kern.h"

#include <string.h>

enum { INDEX_HEAD_BYTES = 32, MAX_BUCKET_BITS = 24, FIND_GROUP = 64 };

struct shape {
    uint32_t bits, n_terms;
    bool impacts;
    const uint8_t *buckets, *terms, *lists;
    uint64_t lists_bytes;
};

static uint64_t round_up(uint64_t n, uint64_t to)
{
    return (n + to - 1) / to * to;
}

static bool read_shape(struct view index, struct shape *s)
{
    if (index.n < INDEX_HEAD_BYTES) return false;
    s->bits = get_u32(index.p);
    s->n_terms = get_u32(index.p + 4);
    s->impacts = get_u32(index.p + 8) == 1;
    s->lists_bytes = get_u64(index.p + 16);
    if (s->bits > MAX_BUCKET_BITS) return false;
    uint64_t terms_at = round_up(INDEX_HEAD_BYTES + 4 * ((1ull << s->bits) + 1), 8);
    uint64_t lists_at = terms_at + 8ull * s->n_terms;
    if (lists_at > index.n || s->lists_bytes != index.n - lists_at) return false;
    s->buckets = index.p + INDEX_HEAD_BYTES;
    s->terms = index.p + terms_at;
    s->lists = index.p + lists_at;
    return true;
}

static rc damaged(const char *what)
{
    return FAIL(E_DAMAGED, "bank: a posting index %s", what);
}

/* ---- reading ---- */

static rc read_count(struct posting_list *list)
{
    uint32_t value = 0;
    for (uint32_t shift = 0; shift < 35; shift += 7) {
        if (list->at >= list->end) return damaged("ends inside a count");
        uint8_t byte = *list->at++;
        value |= (uint32_t)(byte & 0x7F) << shift;
        if (byte & 0x80) continue;
        if (value > list->n_docs) return damaged("counts more documents than there are");
        list->left = value;
        return OK;
    }
    return damaged("has a count without end");
}

static const uint8_t *bucket_of(const struct shape *s, uint32_t key)
{
    return s->buckets + 4ull * (s->bits ? key >> (32 - s->bits) : 0);
}

/* Where the key's list begins; out->at stays NULL when it has none. */
static rc locate(const struct shape *s, uint32_t n_docs, uint32_t key, struct posting_list *out)
{
    const uint8_t *bucket = bucket_of(s, key);
    uint32_t from = get_u32(bucket), to = get_u32(bucket + 4);
    *out = (struct posting_list){.n_docs = n_docs};
    if (from > to || to > s->n_terms) return damaged("has buckets out of order");
    for (uint32_t i = from; i < to; i++) {
        const uint8_t *term = s->terms + 8ull * i;
        if (get_u32(term) != key) continue;
        uint32_t offset = get_u32(term + 4);
        if (offset >= s->lists_bytes) return damaged("points behind its lists");
        out->at = s->lists + offset;
        out->end = s->lists + s->lists_bytes;
        out->impacts = s->impacts;
        break;
    }
    return OK;
}

rc postings_find(struct view index, uint32_t n_docs, uint32_t key, struct posting_list *out)
{
    return postings_find_all(index, n_docs, &key, 1, out);
}

/* Bucket, term and list are three misses of the cache, one behind the other. Going through a group
 * of keys stage by stage lets the misses of one stage overlap. */
rc postings_find_all(struct view index, uint32_t n_docs, const uint32_t *keys, uint32_t n,
                     struct posting_list *out)
{
    struct shape s;
    if (!read_shape(index, &s)) return damaged("does not fit its section");
    for (uint32_t from = 0; from < n; from += FIND_GROUP) {
        uint32_t to = n - from < FIND_GROUP ? n : from + FIND_GROUP;
        for (uint32_t i = from; i < to; i++)
            __builtin_prefetch(bucket_of(&s, keys[i]));
        for (uint32_t i = from; i < to; i++) {
            uint32_t term = get_u32(bucket_of(&s, keys[i]));
            if (term < s.n_terms) __builtin_prefetch(s.terms + 8ull * term);
        }
        for (uint32_t i = from; i < to; i++) {
            TRY(locate(&s, n_docs, keys[i], &out[i]));
            if (out[i].at) __builtin_prefetch(out[i].at);
        }
        for (uint32_t i = from; i < to; i++)
            if (out[i].at) TRY(read_count(&out[i]));
    }
    return OK;
}

rc postings_next(struct posting_list *list, uint32_t out_docs[128], const uint8_t **out_impacts,
                 uint32_t *out_n)
{
    uint32_t n = list->left < KERN_BLOCK ? list->left : KERN_BLOCK;
    *out_n = n;
    if (n == 0) return OK;
    if (list->at >= list->end) return damaged("ends before its last block");
    uint32_t bits = *list->at;
    uint32_t packed = (n * bits + 7) / 8;
    uint32_t whole = 1 + packed + (list->impacts ? n : 0);
    if (bits > 32 || (size_t)(list->end - list->at) < whole) return damaged("ends inside a block");
    /* Behind every section stand SECTION_PAD_BYTES readable ones, which opening made sure of. */
    uint64_t last = kern()->unpack_deltas(list->at + 1, bits, n, list->next, out_docs);
    if (last >= list->n_docs) return damaged("names a document that does not exist");
    if (out_impacts) *out_impacts = list->at + 1 + packed;
    list->at += whole;
    list->left -= n;
    list->next = (uint32_t)last + 1;
    return OK;
}

static rc check_list(const struct shape *s, uint32_t term, uint32_t n_docs, uint64_t *inout_at)
{
    uint32_t offset = get_u32(s->terms + 8ull * term + 4);
    if (offset != *inout_at) return damaged("has lists out of order");
    struct posting_list list = {.at = s->lists + offset,
                                .end = s->lists + s->lists_bytes,
                                .n_docs = n_docs,
                                .impacts = s->impacts};
    TRY(read_count(&list));
    if (list.left == 0) return damaged("has an empty list");
    uint32_t docs[KERN_BLOCK], n;
    do {
        TRY(postings_next(&list, docs, NULL, &n));
    } while (n > 0);
    *inout_at = (uint64_t)(list.at - s->lists);
    return OK;
}

static rc check_buckets(const struct shape *s)
{
    uint32_t n_buckets = 1u << s->bits;
    for (uint32_t b = 0; b < n_buckets; b++) {
        uint32_t from = get_u32(s->buckets + 4ull * b), to = get_u32(s->buckets + 4ull * (b + 1));
        if (from > to || to > s->n_terms) return damaged("has buckets out of order");
        for (uint32_t i = from; s->bits > 0 && i < to; i++)
            if (get_u32(s->terms + 8ull * i) >> (32 - s->bits) != b)
                return damaged("has a term in a wrong bucket");
    }
    if (get_u32(s->buckets) != 0 || get_u32(s->buckets + 4ull * n_buckets) != s->n_terms)
        return damaged("has buckets that miss terms");
    return OK;
}

static rc check_index(struct view index, uint32_t n_docs, bool impacts)
{
    struct shape s;
    uint64_t at = 0;
    if (!read_shape(index, &s)) return damaged("does not fit its section");
    if (get_u32(index.p + 8) != (impacts ? 1u : 0u)) return damaged("is of the wrong kind");
    TRY(check_buckets(&s));
    for (uint32_t i = 0; i < s.n_terms; i++) {
        if (i > 0 && get_u32(s.terms + 8ull * i) <= get_u32(s.terms + 8ull * (i - 1)))
            return damaged("has terms out of order");
        TRY(check_list(&s, i, n_docs, &at));
    }
    return at == s.lists_bytes ? OK : damaged("has stray bytes");
}

rc postings_check(struct view index, uint32_t n_docs, bool impacts, const char *name)
{
    rc r = check_index(index, n_docs, impacts);
    return ok(r) ? OK : rc_within(r, "section %s: ", name);
}

/* ---- building ---- */

void sort_pairs(uint64_t *pairs, uint64_t *spare, size_t n)
{
    enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };
    if (n == 0) return;
    /* Pairs come in the order of their documents, so sorting by key alone, stably, is enough. */
    for (uint32_t shift = 32; shift < 64; shift += DIGIT_BITS) {
        size_t place[DIGITS] = {0};
        for (size_t i = 0; i < n; i++)
            place[pairs[i] >> shift & (DIGITS - 1)]++;
        size_t sum = 0;
        for (size_t d = 0; d < DIGITS; d++) {
            size_t count = place[d];
            place[d] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++)
            spare[place[pairs[i] >> shift & (DIGITS - 1)]++] = pairs[i];
        memcpy(pairs, spare, n * sizeof *pairs);
    }
}

static rc add_block(const uint32_t *docs, const uint8_t *impacts, uint32_t n, uint32_t next,
                    struct buf *out)
{
    uint8_t packed[KERN_BLOCK * 4];
    uint32_t bits = kern_bits_needed(docs, n, next);
    TRY(buf_add_byte(out, (uint8_t)bits));
    TRY(buf_add(out, view_of(packed, kern_pack_deltas(docs, n, next, bits, packed))));
    return impacts ? buf_add(out, view_of(impacts, n)) : OK;
}

static rc add_count(uint32_t n, struct buf *out)
{
    for (; n >= 0x80; n >>= 7)
        TRY(buf_add_byte(out, (uint8_t)(n | 0x80)));
    return buf_add_byte(out, (uint8_t)n);
}

static size_t count_documents(const uint64_t *pairs, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        n += i == from || pairs[i] != pairs[i - 1];
    return n;
}

/* One list: the pairs [from, to) share their key. */
static rc add_list(const uint64_t *pairs, size_t from, size_t to, impact_fn impact,
                   const void *context, struct buf *out)
{
    uint32_t docs[KERN_BLOCK], n = 0, next = 0;
    uint8_t impacts[KERN_BLOCK];
    TRY(add_count((uint32_t)count_documents(pairs, from, to), out));
    for (size_t i = from; i < to;) {
        size_t same = i;
        while (same < to && pairs[same] == pairs[i])
            same++;
        docs[n] = (uint32_t)pairs[i];
        if (impact) impacts[n] = impact(context, docs[n], (uint32_t)(same - i));
        n++;
        i = same;
        if (n < KERN_BLOCK && i < to) continue;
        TRY(add_block(docs, impact ? impacts : NULL, n, next, out));
        next = docs[n - 1] + 1;
        n = 0;
    }
    return OK;
}

static size_t end_of_key(const uint64_t *pairs, size_t from, size_t n)
{
    size_t to = from + 1;
    while (to < n && pairs[to] >> 32 == pairs[from] >> 32)
        to++;
    return to;
}

static rc add_lists(const uint64_t *pairs, size_t n, impact_fn impact, const void *context,
                    struct buf *terms, struct buf *lists)
{
    for (size_t i = 0; i < n;) {
        size_t to = end_of_key(pairs, i, n);
        if (lists->n > UINT32_MAX) return FAIL(E_LIMIT, "bank: posting lists over 4 GiB");
        TRY(buf_add_u32(terms, (uint32_t)(pairs[i] >> 32)));
        TRY(buf_add_u32(terms, (uint32_t)lists->n));
        TRY(add_list(pairs, i, to, impact, context, lists));
        i = to;
    }
    return OK;
}

/* First term of each bucket, by the upper bits of the keys. */
static rc add_buckets(struct view terms, uint32_t bits, struct buf *out)
{
    uint32_t n_terms = (uint32_t)(terms.n / 8), at = 0;
    for (uint64_t bucket = 0; bucket <= 1ull << bits; bucket++) {
        uint64_t first_key = bucket << (32 - bits);
        while (at < n_terms && get_u32(terms.p + 8ull * at) < first_key)
            at++;
        TRY(buf_add_u32(out, at));
    }
    return (1ull + (1ull << bits)) % 2 ? buf_add_u32(out, 0) : OK;
}

rc postings_build(const uint64_t *pairs, size_t n, impact_fn impact, const void *context,
                  struct buf *out)
{
    struct buf terms CLEANUP(buf_done) = {0}, lists CLEANUP(buf_done) = {0};
    TRY(add_lists(pairs, n, impact, context, &terms, &lists));
    uint32_t n_terms = (uint32_t)(terms.n / 8), bits = 1;
    while (bits < MAX_BUCKET_BITS && 1u << bits < n_terms)
        bits++;
    TRY(buf_add_u32(out, bits));
    TRY(buf_add_u32(out, n_terms));
    TRY(buf_add_u32(out, impact ? 1 : 0));
    TRY(buf_add_u32(out, 0));
    TRY(buf_add_u64(out, lists.n));
    TRY(buf_add_u64(out, 0));
    TRY(add_buckets(buf_view(&terms), bits, out));
    TRY(buf_add(out, buf_view(&terms)));
    return buf_add(out, buf_view(&lists));
}
