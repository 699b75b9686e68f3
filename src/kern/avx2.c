/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops of scalar.c for machines with AVX2: eight 32-bit lanes at a time, tails by the scalar
 * functions. Scattered additions are the scalar ones, the memory decides there. */
#include "kern/kern_int.h"

#if defined(__x86_64__)

#include <immintrin.h>

/* Through void, so that alignment is never assumed. */
static inline __m256i load(const void *p)
{
    return _mm256_loadu_si256(p);
}

static inline void store(void *p, __m256i x)
{
    _mm256_storeu_si256(p, x);
}

static inline __m256i pair(const uint8_t *low, const uint8_t *high)
{
    __m256i x = _mm256_castsi128_si256(_mm_loadu_si128((const void *)low));
    return _mm256_inserti128_si256(x, _mm_loadu_si128((const void *)high), 1);
}

/* Sum of all lanes up to and with each one. */
static inline __m256i running_sum(__m256i x)
{
    x = _mm256_add_epi32(x, _mm256_slli_si256(x, 4));
    x = _mm256_add_epi32(x, _mm256_slli_si256(x, 8));
    __m256i low_total = _mm256_permutevar8x32_epi32(x, _mm256_set1_epi32(3));
    return _mm256_add_epi32(x, _mm256_blend_epi32(_mm256_setzero_si256(), low_total, 0xF0));
}

/* Eight deltas of b bits are b bytes. Lane i of a half holds the four bytes that its delta begins
 * in: a delta of at most 24 bits begun inside a byte ends within them. The upper half loads from
 * the byte where delta 4 begins, so its bits start at 4*b modulo 8. */
static uint64_t unpack_deltas(const uint8_t *in, uint32_t bits, uint32_t n, uint32_t first,
                              uint32_t *out)
{
    if (n <= KERN_FEW || bits > KERN_VECTOR_BITS)
        return k_kern_scalar.unpack_deltas(in, bits, n, first, out);
    const size_t half_bytes = 4 * bits / 8;
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3);
    const int odd = (int)(4 * bits % 8);
    const __m256i start = _mm256_setr_epi32(0, 0, 0, 0, odd, odd, odd, odd);
    const __m256i at_bit =
        _mm256_add_epi32(_mm256_mullo_epi32(lane, _mm256_set1_epi32((int)bits)), start);
    const __m256i at_byte = _mm256_srli_epi32(at_bit, 3);
    const __m256i pick = _mm256_add_epi32(
        _mm256_mullo_epi32(at_byte, _mm256_set1_epi32(0x01010101)), _mm256_set1_epi32(0x03020100));
    const __m256i shift = _mm256_and_si256(at_bit, _mm256_set1_epi32(7));
    const __m256i mask = _mm256_set1_epi32((int)((1u << bits) - 1));
    const __m256i one = _mm256_set1_epi32(1), last_lane = _mm256_set1_epi32(7);
    __m256i before = _mm256_set1_epi32((int)(first - 1));
    for (uint32_t i = 0; i < n; i += 8, in += bits) {
        __m256i x = _mm256_shuffle_epi8(pair(in, in + half_bytes), pick);
        x = _mm256_and_si256(_mm256_srlv_epi32(x, shift), mask);
        x = _mm256_add_epi32(running_sum(_mm256_add_epi32(x, one)), before);
        store(out + i, x);
        before = _mm256_permutevar8x32_epi32(x, last_lane);
    }
    return kern_last_doc(first, n, out);
}

/* impact * weight >> 8 of sixteen is the upper half of (impact << 8) * weight. */
static void accumulate_u16(uint16_t *score, const uint32_t *docs, const uint8_t *impact, uint32_t n,
                           uint16_t weight)
{
    const __m256i by = _mm256_set1_epi16((short)weight);
    uint16_t part[16];
    uint32_t i = 0;
    for (; n - i >= 16; i += 16) {
        __m128i x = _mm_loadu_si128((const void *)(impact + i));
        store(part, _mm256_mulhi_epu16(_mm256_slli_epi16(_mm256_cvtepu8_epi16(x), 8), by));
        for (uint32_t j = 0; j < 16; j++)
            score[docs[i + j]] = (uint16_t)(score[docs[i + j]] + part[j]);
    }
    k_kern_scalar.accumulate_u16(score, docs + i, impact + i, n - i, weight);
}

static void stretch_max_u16(const uint16_t *score, uint32_t n, uint16_t *out)
{
    uint32_t i = 0;
    for (; n - i >= KERN_STRETCH; i += KERN_STRETCH) {
        __m256i a = _mm256_max_epu16(load(score + i), load(score + i + 16));
        __m256i b = _mm256_max_epu16(load(score + i + 32), load(score + i + 48));
        __m256i c = _mm256_max_epu16(a, b);
        __m128i d = _mm_max_epu16(_mm256_castsi256_si128(c), _mm256_extracti128_si256(c, 1));
        /* The smallest of the complements is the complement of the largest. */
        __m128i least = _mm_minpos_epu16(_mm_xor_si128(d, _mm_set1_epi16(-1)));
        *out++ = (uint16_t) ~(uint32_t)_mm_cvtsi128_si32(least);
    }
    k_kern_scalar.stretch_max_u16(score + i, n - i, out);
}

/* Every lane of x against every lane of y turned by 0 to 7. The turns are counted in the index, of
 * which the permutation reads three bits, so that none has to wait for the one before. */
static inline __m256i found_in_u32(__m256i x, __m256i y)
{
    const __m256i one = _mm256_set1_epi32(1);
    __m256i turn = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i hit = _mm256_cmpeq_epi32(x, y);
    for (int i = 1; i < 8; i++) {
        turn = _mm256_add_epi32(turn, one);
        hit = _mm256_or_si256(hit, _mm256_cmpeq_epi32(x, _mm256_permutevar8x32_epi32(y, turn)));
    }
    return hit;
}

/* Blocks of eight against eight; the block that ends lower goes on, both when they end alike. */
uint32_t kern_avx2_intersect_u32(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb)
{
    if (kern_should_gallop(na, nb)) return k_kern_scalar.intersect_u32(a, na, b, nb);
    uint32_t common = 0, i = 0, j = 0;
    while (na - i >= 8 && nb - j >= 8) {
        __m256i hit = found_in_u32(load(a + i), load(b + j));
        common +=
            (uint32_t)__builtin_popcount((unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(hit)));
        uint32_t a_end = a[i + 7], b_end = b[j + 7];
        i += a_end <= b_end ? 8 : 0;
        j += b_end <= a_end ? 8 : 0;
    }
    common += k_kern_scalar.intersect_u32(a + i, na - i, b + j, nb - j);
    return kern_min(common, kern_min(na, nb));
}

static inline __m256i found_in_u64(__m256i x, __m256i y)
{
    __m256i hit = _mm256_cmpeq_epi64(x, y);
    hit = _mm256_or_si256(hit, _mm256_cmpeq_epi64(x, _mm256_permute4x64_epi64(y, 0x39)));
    hit = _mm256_or_si256(hit, _mm256_cmpeq_epi64(x, _mm256_permute4x64_epi64(y, 0x4E)));
    return _mm256_or_si256(hit, _mm256_cmpeq_epi64(x, _mm256_permute4x64_epi64(y, 0x93)));
}

uint32_t kern_avx2_intersect_u64(const uint64_t *a, uint32_t na, const uint64_t *b, uint32_t nb,
                                 uint64_t *out)
{
    if (kern_should_gallop(na, nb)) return k_kern_scalar.intersect_u64(a, na, b, nb, out);
    uint32_t common = 0, i = 0, j = 0;
    const uint32_t room = kern_min(na, nb);
    while (na - i >= 4 && nb - j >= 4) {
        __m256i hit = found_in_u64(load(a + i), load(b + j));
        uint32_t hits = (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(hit));
        /* Only arrays that are not ascending have more hits than room. */
        for (; hits != 0 && common < room; hits &= hits - 1, common++)
            if (out) out[common] = a[i + (uint32_t)__builtin_ctz(hits)];
        uint64_t a_end = a[i + 3], b_end = b[j + 3];
        i += a_end <= b_end ? 4 : 0;
        j += b_end <= a_end ? 4 : 0;
    }
    return common +
           kern_merge_u64(a + i, na - i, b + j, nb - j, out ? out + common : NULL, room - common);
}

/* Ones of each byte by a table of the ones of four bits, bytes summed per 64-bit lane. */
static uint64_t popcount(const uint64_t *words, size_t n)
{
    const __m256i ones_of_4 = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1,
                                               1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low_4 = _mm256_set1_epi8(15);
    __m256i sum = _mm256_setzero_si256();
    size_t i = 0;
    for (; n - i >= 4; i += 4) {
        __m256i x = load(words + i);
        __m256i low = _mm256_and_si256(x, low_4);
        __m256i high = _mm256_and_si256(_mm256_srli_epi16(x, 4), low_4);
        __m256i ones = _mm256_add_epi8(_mm256_shuffle_epi8(ones_of_4, low),
                                       _mm256_shuffle_epi8(ones_of_4, high));
        sum = _mm256_add_epi64(sum, _mm256_sad_epu8(ones, _mm256_setzero_si256()));
    }
    uint64_t lane[4];
    store(lane, sum);
    return lane[0] + lane[1] + lane[2] + lane[3] + k_kern_scalar.popcount(words + i, n - i);
}

static inline __m256i rotl(__m256i x, int by)
{
    return _mm256_or_si256(_mm256_slli_epi32(x, by), _mm256_srli_epi32(x, 32 - by));
}

static inline __m256i times(__m256i x, uint32_t by)
{
    return _mm256_mullo_epi32(x, _mm256_set1_epi32((int)by));
}

/* The gram that begins at each of eight neighbours: every lane walks its own. */
static inline __m256i hash_eight(const uint32_t *cp, uint32_t gram)
{
    __m256i h = _mm256_setzero_si256();
    for (uint32_t j = 0; j < gram; j++) {
        __m256i k = times(rotl(times(load(cp + j), KERN_GRAM_C1), 15), KERN_GRAM_C2);
        h = rotl(_mm256_xor_si256(h, k), 13);
        h = _mm256_add_epi32(h, _mm256_slli_epi32(h, 2));
        h = _mm256_add_epi32(h, _mm256_set1_epi32((int)KERN_GRAM_C3));
    }
    h = _mm256_xor_si256(h, _mm256_set1_epi32((int)(4 * gram)));
    h = times(_mm256_xor_si256(h, _mm256_srli_epi32(h, 16)), KERN_GRAM_F1);
    h = times(_mm256_xor_si256(h, _mm256_srli_epi32(h, 13)), KERN_GRAM_F2);
    return _mm256_xor_si256(h, _mm256_srli_epi32(h, 16));
}

static uint32_t hash_ngrams(const uint32_t *cp, uint32_t n, uint32_t gram, uint32_t *out)
{
    if (gram < KERN_GRAM_MIN || gram > KERN_GRAM_MAX || n < gram) return 0;
    const uint32_t n_grams = n - gram + 1;
    uint32_t i = 0;
    for (; n_grams - i >= 8; i += 8)
        store(out + i, hash_eight(cp + i, gram));
    return i + k_kern_scalar.hash_ngrams(cp + i, n - i, gram, out + i);
}

/* All are hashed, those with a space inside are then passed over: eight at once cost less than one
 * alone. */
static uint32_t hash_word_ngrams(const uint32_t *cp, uint32_t n, uint32_t gram, uint32_t *out)
{
    const __m256i space = _mm256_set1_epi32(' ');
    uint32_t n_grams = hash_ngrams(cp, n, gram, out), kept = 0, i = 0;
    for (; n_grams - i >= 8; i += 8) {
        __m256i inside = _mm256_setzero_si256();
        for (uint32_t j = 1; j + 1 < gram; j++)
            inside = _mm256_or_si256(inside, _mm256_cmpeq_epi32(load(cp + i + j), space));
        uint32_t good = ~(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(inside));
        for (uint32_t j = 0; j < 8; j++) {
            out[kept] = out[i + j];
            kept += good >> j & 1;
        }
    }
    if (i == n_grams) return kept;
    return kept + k_kern_scalar.hash_word_ngrams(cp + i, n - i, gram, out + kept);
}

/* Lone letters are rare: eight places are looked at together and gone through when one is there. */
static uint32_t find_lone(const uint32_t *cp, uint32_t n, uint32_t *out)
{
    const __m256i space = _mm256_set1_epi32(' ');
    uint32_t found = 0, i = 0;
    for (; n - i >= 10; i += 8) {
        __m256i x = _mm256_and_si256(_mm256_cmpeq_epi32(load(cp + i), space),
                                     _mm256_cmpeq_epi32(load(cp + i + 2), space));
        x = _mm256_andnot_si256(_mm256_cmpeq_epi32(load(cp + i + 1), space), x);
        uint32_t here = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(x));
        for (; here; here &= here - 1)
            out[found++] = i + (uint32_t)__builtin_ctz(here);
    }
    uint32_t rest = kern_scalar_find_lone(cp + i, n - i, out + found);
    for (uint32_t k = 0; k < rest; k++)
        out[found + k] += i;
    return found + rest;
}

/* Sixteen bytes of ASCII at once; others one by one. */
static uint32_t decode_utf8(const uint8_t *bytes, uint32_t n, uint32_t *out)
{
    uint32_t found = 0;
    for (size_t at = 0; at < n;) {
        if (n - at >= 16) {
            __m128i x = _mm_loadu_si128((const void *)(bytes + at));
            if (_mm_movemask_epi8(x) == 0) {
                store(out + found, _mm256_cvtepu8_epi32(x));
                store(out + found + 8, _mm256_cvtepu8_epi32(_mm_srli_si128(x, 8)));
                found += 16;
                at += 16;
                continue;
            }
        }
        for (size_t end = at + 16; at < n && at < end;)
            out[found++] = bytes[at] < 0x80 ? bytes[at++] : utf8_next(view_of(bytes, n), &at);
    }
    return found;
}

const struct kern k_kern_avx2 = {
    .name = "avx2",
    .unpack_deltas = unpack_deltas,
    .accumulate_u16 = accumulate_u16,
    .accumulate_new_u16 = kern_scalar_accumulate_new_u16,
    .add_hits_u8 = kern_scalar_add_hits_u8,
    .stretch_max_u16 = stretch_max_u16,
    .intersect_u32 = kern_avx2_intersect_u32,
    .intersect_u64 = kern_avx2_intersect_u64,
    .popcount = popcount,
    .hash_ngrams = hash_ngrams,
    .hash_word_ngrams = hash_word_ngrams,
    .find_lone = find_lone,
    .keep_in_filter = kern_scalar_keep_in_filter,
    .decode_utf8 = decode_utf8,
};

#endif
