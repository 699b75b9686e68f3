/* SPDX-License-Identifier: Apache-2.0
 *
 * The definition of every loop in kern.h, in plain C for any machine. The other variants are held
 * against this one; when they differ, they are wrong. */
#include "kern/kern_int.h"

#include <endian.h>
#include <string.h>

static uint64_t load_le64(const uint8_t *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return le64toh(x);
}

static uint64_t unpack_deltas(const uint8_t *in, uint32_t bits, uint32_t n, uint32_t first,
                              uint32_t *out)
{
    const uint64_t mask = (UINT64_C(1) << bits) - 1;
    uint64_t next = first;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at_bit = i * bits;
        next += (load_le64(in + at_bit / 8) >> (at_bit % 8)) & mask;
        out[i] = (uint32_t)next++;
    }
    return n == 0 ? 0 : next - 1;
}

/* 1 for 0, 0 for others below 2^31: compilers make branches of comparisons, and these are guessed
 * wrong half of the time. */
static inline uint32_t is_zero(uint32_t x)
{
    return (x - 1) >> 31;
}

static void accumulate_u16(uint16_t *score, const uint32_t *docs, const uint8_t *impact, uint32_t n,
                           uint16_t weight)
{
    for (uint32_t i = 0; i < n; i++)
        score[docs[i]] = (uint16_t)(score[docs[i]] + ((uint32_t)impact[i] * weight >> 8));
}

uint32_t kern_scalar_accumulate_new_u16(uint16_t *score, const uint32_t *docs,
                                        const uint8_t *impact, uint32_t n, uint16_t weight,
                                        uint32_t *out_new)
{
    uint32_t n_new = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t before = score[docs[i]];
        uint32_t sum = (before + ((uint32_t)impact[i] * weight >> 8)) & UINT16_MAX;
        out_new[n_new] = docs[i];
        n_new += is_zero(before) & ~is_zero(sum);
        score[docs[i]] = (uint16_t)sum;
    }
    return n_new;
}

void kern_scalar_add_hits_u8(struct kern_hits *hits, const uint32_t *docs, uint32_t n)
{
    uint8_t *count = hits->count;
    uint32_t *once = hits->once, *twice = hits->twice;
    uint32_t n_once = hits->n_once, n_twice = hits->n_twice;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t doc = docs[i], before = count[doc];
        once[n_once] = doc;
        twice[n_twice] = doc;
        n_once += is_zero(before);
        n_twice += is_zero(before ^ 1);
        count[doc] = (uint8_t)(before + 1 - (before + 1) / 256);
    }
    hits->n_once = n_once;
    hits->n_twice = n_twice;
}

static void stretch_max_u16(const uint16_t *score, uint32_t n, uint16_t *out)
{
    for (uint32_t i = 0; i < n; i += KERN_STRETCH, out++) {
        *out = 0;
        for (uint32_t j = i; j < n && j < i + KERN_STRETCH; j++)
            if (score[j] > *out) *out = score[j];
    }
}

/* First index from `at` on whose value is at least x: doubling steps, then halving. The place of
 * the last value found is the start, so that all searches together stay within one pass. */
static uint32_t seek_u32(const uint32_t *v, uint32_t n, uint32_t at, uint32_t x)
{
    uint64_t step = 1, low = at, high = at;
    while (high < n && v[high] < x) {
        low = high + 1;
        high += step;
        step *= 2;
    }
    if (high > n) high = n;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (v[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

static uint32_t seek_u64(const uint64_t *v, uint32_t n, uint32_t at, uint64_t x)
{
    uint64_t step = 1, low = at, high = at;
    while (high < n && v[high] < x) {
        low = high + 1;
        high += step;
        step *= 2;
    }
    if (high > n) high = n;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (v[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

static uint32_t gallop_u32(const uint32_t *few, uint32_t n_few, const uint32_t *many,
                           uint32_t n_many)
{
    uint32_t common = 0, at = 0;
    for (uint32_t i = 0; i < n_few; i++) {
        at = seek_u32(many, n_many, at, few[i]);
        if (at == n_many) break;
        if (many[at] == few[i]) {
            common++;
            at++;
        }
    }
    return common;
}

static uint32_t gallop_u64(const uint64_t *few, uint32_t n_few, const uint64_t *many,
                           uint32_t n_many, uint64_t *out)
{
    uint32_t common = 0, at = 0;
    for (uint32_t i = 0; i < n_few; i++) {
        at = seek_u64(many, n_many, at, few[i]);
        if (at == n_many) break;
        if (many[at] == few[i]) {
            if (out) out[common] = few[i];
            common++;
            at++;
        }
    }
    return common;
}

static uint32_t intersect_u32(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb)
{
    if (kern_should_gallop(na, nb))
        return na < nb ? gallop_u32(a, na, b, nb) : gallop_u32(b, nb, a, na);
    uint32_t common = 0;
    for (uint32_t i = 0, j = 0; i < na && j < nb;) {
        uint32_t x = a[i], y = b[j];
        common += x == y;
        i += x <= y;
        j += y <= x;
    }
    return common;
}

uint32_t kern_merge_u64(const uint64_t *a, uint32_t na, const uint64_t *b, uint32_t nb,
                        uint64_t *out, uint32_t room)
{
    uint32_t common = 0;
    for (uint32_t i = 0, j = 0; i < na && j < nb && common < room;) {
        uint64_t x = a[i], y = b[j];
        if (out && x == y) out[common] = x;
        common += x == y;
        i += x <= y;
        j += y <= x;
    }
    return common;
}

static uint32_t intersect_u64(const uint64_t *a, uint32_t na, const uint64_t *b, uint32_t nb,
                              uint64_t *out)
{
    if (kern_should_gallop(na, nb))
        return na < nb ? gallop_u64(a, na, b, nb, out) : gallop_u64(b, nb, a, na, out);
    return kern_merge_u64(a, na, b, nb, out, kern_min(na, nb));
}

static uint64_t popcount(const uint64_t *words, size_t n)
{
    uint64_t ones = 0;
    for (size_t i = 0; i < n; i++)
        ones += (uint64_t)__builtin_popcountll(words[i]);
    return ones;
}

static uint32_t rotl32(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static uint32_t hash_gram(const uint32_t *cp, uint32_t gram)
{
    uint32_t h = 0;
    for (uint32_t j = 0; j < gram; j++) {
        h ^= rotl32(cp[j] * KERN_GRAM_C1, 15) * KERN_GRAM_C2;
        h = rotl32(h, 13) * 5 + KERN_GRAM_C3;
    }
    h ^= 4 * gram;
    h = (h ^ h >> 16) * KERN_GRAM_F1;
    h = (h ^ h >> 13) * KERN_GRAM_F2;
    return h ^ h >> 16;
}

static uint32_t hash_ngrams(const uint32_t *cp, uint32_t n, uint32_t gram, uint32_t *out)
{
    if (gram < KERN_GRAM_MIN || gram > KERN_GRAM_MAX || n < gram) return 0;
    uint32_t n_grams = n - gram + 1;
    for (uint32_t i = 0; i < n_grams; i++)
        out[i] = hash_gram(cp + i, gram);
    return n_grams;
}

/* A run is good when the last space at or before its second-last code point is its first one or
 * stands before it. */
static uint32_t hash_word_ngrams(const uint32_t *cp, uint32_t n, uint32_t gram, uint32_t *out)
{
    if (gram < KERN_GRAM_MIN || gram > KERN_GRAM_MAX || n < gram) return 0;
    uint32_t kept = 0, space = 0; /* number of the last space seen, + 1 */
    for (uint32_t j = 1; j + 2 < gram; j++)
        if (cp[j] == ' ') space = j + 1;
    for (uint32_t i = 0; i + gram <= n; i++) {
        if (gram > 2 && cp[i + gram - 2] == ' ') space = i + gram - 1;
        if (space <= i + 1) out[kept++] = hash_gram(cp + i, gram);
    }
    return kept;
}

uint32_t kern_scalar_find_lone(const uint32_t *cp, uint32_t n, uint32_t *out)
{
    uint32_t found = 0;
    for (uint32_t i = 0; n > 2 && i < n - 2; i++) {
        out[found] = i;
        found +=
            (uint32_t)(cp[i] == ' ') & (uint32_t)(cp[i + 1] != ' ') & (uint32_t)(cp[i + 2] == ' ');
    }
    return found;
}

uint32_t kern_scalar_keep_in_filter(uint32_t *hash, uint32_t n, const uint32_t *filter,
                                    uint32_t bits)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = hash[i] >> (32 - bits);
        hash[kept] = hash[i];
        kept += filter[at / 32] >> (at % 32) & 1;
    }
    return kept;
}

static uint32_t decode_utf8(const uint8_t *bytes, uint32_t n, uint32_t *out)
{
    uint32_t found = 0;
    for (size_t at = 0; at < n;)
        out[found++] = bytes[at] < 0x80 ? bytes[at++] : utf8_next(view_of(bytes, n), &at);
    return found;
}

const struct kern k_kern_scalar = {
    .name = "scalar",
    .unpack_deltas = unpack_deltas,
    .accumulate_u16 = accumulate_u16,
    .accumulate_new_u16 = kern_scalar_accumulate_new_u16,
    .add_hits_u8 = kern_scalar_add_hits_u8,
    .stretch_max_u16 = stretch_max_u16,
    .intersect_u32 = intersect_u32,
    .intersect_u64 = intersect_u64,
    .popcount = popcount,
    .hash_ngrams = hash_ngrams,
    .hash_word_ngrams = hash_word_ngrams,
    .find_lone = kern_scalar_find_lone,
    .keep_in_filter = kern_scalar_keep_in_filter,
    .decode_utf8 = decode_utf8,
};
