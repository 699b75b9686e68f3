/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops of scalar.c for machines with AVX-512 (F BW DQ VL VBMI VPOPCNTDQ: Ice Lake, Zen 4):
 * sixteen 32-bit lanes at a time, tails under a mask. Counting is the scalar one, the memory
 * decides there; intersections are the AVX2 ones, because sixteen against sixteen measured slower
 * than eight against eight on sets of some hundred values. */
#include "kern/kern_int.h"

#if defined(__x86_64__)

#include <immintrin.h>

/* Through void, so that alignment is never assumed. */
static inline __m512i load(const void *p)
{
    return _mm512_loadu_si512(p);
}

static inline void store(void *p, __m512i x)
{
    _mm512_storeu_si512(p, x);
}

static inline __m512i set32(uint32_t x)
{
    return _mm512_set1_epi32((int)x);
}

static inline __m512i lane_numbers(void)
{
    return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/* The lowest n bits, n of 0 to 16 or more. */
static inline __mmask16 first_lanes(uint32_t n)
{
    return (__mmask16)(n >= 16 ? 0xFFFF : (1u << n) - 1);
}

/* Sum of all lanes up to and with each one. */
static inline __m512i running_sum(__m512i x)
{
    const __m512i zero = _mm512_setzero_si512();
    x = _mm512_add_epi32(x, _mm512_alignr_epi32(x, zero, 15));
    x = _mm512_add_epi32(x, _mm512_alignr_epi32(x, zero, 14));
    x = _mm512_add_epi32(x, _mm512_alignr_epi32(x, zero, 12));
    return _mm512_add_epi32(x, _mm512_alignr_epi32(x, zero, 8));
}

/* Sixteen deltas of b bits are 2*b bytes, at most 48: one load holds them. Each lane takes the four
 * bytes that its delta begins in: one of at most 24 bits begun inside a byte ends within them. */
static uint64_t unpack_deltas(const uint8_t *in, uint32_t bits, uint32_t n, uint32_t first,
                              uint32_t *out)
{
    if (n <= KERN_FEW || bits > KERN_VECTOR_BITS)
        return k_kern_scalar.unpack_deltas(in, bits, n, first, out);
    const __m512i at_bit = _mm512_mullo_epi32(lane_numbers(), set32(bits));
    const __m512i at_byte = _mm512_srli_epi32(at_bit, 3);
    const __m512i pick =
        _mm512_add_epi32(_mm512_mullo_epi32(at_byte, set32(0x01010101)), set32(0x03020100));
    const __m512i shift = _mm512_and_si512(at_bit, set32(7));
    const __m512i mask = set32((1u << bits) - 1), one = set32(1), last_lane = set32(15);
    __m512i before = set32(first - 1);
    for (uint32_t i = 0; i < n; i += 16, in += 2 * bits) {
        __m512i x = _mm512_permutexvar_epi8(pick, load(in));
        x = _mm512_and_si512(_mm512_srlv_epi32(x, shift), mask);
        x = _mm512_add_epi32(running_sum(_mm512_add_epi32(x, one)), before);
        store(out + i, x);
        before = _mm512_permutexvar_epi32(last_lane, x);
    }
    return kern_last_doc(first, n, out);
}

/* impact * weight >> 8 of 32 is the upper half of (impact << 8) * weight. */
static void accumulate_u16(uint16_t *score, const uint32_t *docs, const uint8_t *impact, uint32_t n,
                           uint16_t weight)
{
    const __m512i by = _mm512_set1_epi16((short)weight);
    uint16_t part[32];
    for (uint32_t i = 0; i < n; i += 32) {
        const uint32_t here = kern_min(n - i, 32);
        __m256i x = _mm256_maskz_loadu_epi8((__mmask32)((UINT64_C(1) << here) - 1), impact + i);
        store(part, _mm512_mulhi_epu16(_mm512_slli_epi16(_mm512_cvtepu8_epi16(x), 8), by));
        for (uint32_t j = 0; j < here; j++)
            score[docs[i + j]] = (uint16_t)(score[docs[i + j]] + part[j]);
    }
}

static void stretch_max_u16(const uint16_t *score, uint32_t n, uint16_t *out)
{
    uint32_t i = 0;
    for (; n - i >= KERN_STRETCH; i += KERN_STRETCH) {
        __m512i a = _mm512_max_epu16(load(score + i), load(score + i + 32));
        __m256i b = _mm256_max_epu16(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));
        __m128i c = _mm_max_epu16(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1));
        /* The smallest of the complements is the complement of the largest. */
        __m128i least = _mm_minpos_epu16(_mm_xor_si128(c, _mm_set1_epi16(-1)));
        *out++ = (uint16_t) ~(uint32_t)_mm_cvtsi128_si32(least);
    }
    k_kern_scalar.stretch_max_u16(score + i, n - i, out);
}

static uint64_t popcount(const uint64_t *words, size_t n)
{
    __m512i sum = _mm512_setzero_si512();
    size_t i = 0;
    for (; n - i >= 8; i += 8)
        sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(load(words + i)));
    const __mmask8 rest = (__mmask8)first_lanes((uint32_t)(n - i));
    __m512i tail = _mm512_popcnt_epi64(_mm512_maskz_loadu_epi64(rest, words + i));
    return (uint64_t)_mm512_reduce_add_epi64(_mm512_add_epi64(sum, tail));
}

static inline __m512i times(__m512i x, uint32_t by)
{
    return _mm512_mullo_epi32(x, set32(by));
}

static inline __m512i finish(__m512i h, uint32_t gram)
{
    h = _mm512_xor_si512(h, set32(4 * gram));
    h = times(_mm512_xor_si512(h, _mm512_srli_epi32(h, 16)), KERN_GRAM_F1);
    h = times(_mm512_xor_si512(h, _mm512_srli_epi32(h, 13)), KERN_GRAM_F2);
    return _mm512_xor_si512(h, _mm512_srli_epi32(h, 16));
}

static inline __m512i hash_sixteen(const uint32_t *cp, uint32_t gram, __mmask16 here)
{
    __m512i h = _mm512_setzero_si512();
    for (uint32_t j = 0; j < gram; j++) {
        __m512i k = _mm512_maskz_loadu_epi32(here, cp + j);
        k = times(_mm512_rol_epi32(times(k, KERN_GRAM_C1), 15), KERN_GRAM_C2);
        h = _mm512_rol_epi32(_mm512_xor_si512(h, k), 13);
        h = _mm512_add_epi32(h, _mm512_slli_epi32(h, 2));
        h = _mm512_add_epi32(h, set32(KERN_GRAM_C3));
    }
    return finish(h, gram);
}

static uint32_t hash_ngrams(const uint32_t *cp, uint32_t n, uint32_t gram, uint32_t *out)
{
    if (gram < KERN_GRAM_MIN || gram > KERN_GRAM_MAX || n < gram) return 0;
    const uint32_t n_grams = n - gram + 1;
    for (uint32_t i = 0; i < n_grams; i += 16) {
        const __mmask16 here = first_lanes(n_grams - i);
        _mm512_mask_storeu_epi32(out + i, here, hash_sixteen(cp + i, gram, here));
    }
    return n_grams;
}

/* The lanes of x that are kept, one behind the other; returns behind the last. */
static inline uint32_t put_lanes(uint32_t *out, uint32_t at, __mmask16 kept, __m512i x)
{
    uint32_t n = (uint32_t)__builtin_popcount(kept);
    _mm512_mask_storeu_epi32(out + at, first_lanes(n), _mm512_maskz_compress_epi32(kept, x));
    return at + n;
}

static uint32_t hash_word_ngrams(const uint32_t *cp, uint32_t n, uint32_t gram, uint32_t *out)
{
    if (gram < KERN_GRAM_MIN || gram > KERN_GRAM_MAX || n < gram) return 0;
    const uint32_t n_grams = n - gram + 1;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n_grams; i += 16) {
        const __mmask16 here = first_lanes(n_grams - i);
        __mmask16 good = here;
        for (uint32_t j = 1; j + 1 < gram; j++)
            good = _mm512_mask_cmpneq_epi32_mask(good, _mm512_maskz_loadu_epi32(here, cp + i + j),
                                                 set32(' '));
        kept = put_lanes(out, kept, good, hash_sixteen(cp + i, gram, here));
    }
    return kept;
}

/* Lone letters are rare: sixteen places are looked at together and gone through when one is there.
 */
static uint32_t find_lone(const uint32_t *cp, uint32_t n, uint32_t *out)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i + 2 < n; i += 16) {
        const __mmask16 here = first_lanes(n - 2 - i);
        __mmask16 lone =
            _mm512_mask_cmpeq_epi32_mask(here, _mm512_maskz_loadu_epi32(here, cp + i), set32(' '));
        lone = _mm512_mask_cmpeq_epi32_mask(lone, _mm512_maskz_loadu_epi32(here, cp + i + 2),
                                            set32(' '));
        lone = _mm512_mask_cmpneq_epi32_mask(lone, _mm512_maskz_loadu_epi32(here, cp + i + 1),
                                             set32(' '));
        for (uint32_t left = lone; left; left &= left - 1)
            out[found++] = i + (uint32_t)__builtin_ctz(left);
    }
    return found;
}

static uint32_t keep_in_filter(uint32_t *hash, uint32_t n, const uint32_t *filter, uint32_t bits)
{
    const __m128i shift = _mm_cvtsi32_si128((int)(32 - bits));
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i += 16) {
        const __mmask16 here = first_lanes(n - i);
        __m512i h = _mm512_maskz_loadu_epi32(here, hash + i);
        __m512i at = _mm512_srl_epi32(h, shift);
        __m512i word = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), here,
                                                   _mm512_srli_epi32(at, 5), filter, 4);
        __m512i bit = _mm512_sllv_epi32(set32(1), _mm512_and_si512(at, set32(31)));
        kept = put_lanes(hash, kept, _mm512_test_epi32_mask(word, bit), h);
    }
    return kept;
}

/* Sixteen bytes widened to lanes. */
static inline __m512i bytes_from(const uint8_t *p, uint32_t n)
{
    __mmask16 here = first_lanes(n);
    return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(here, p));
}

/* x << 6 with the six low bits of a continuation byte. */
static inline __m512i continued(__m512i x, __m512i byte)
{
    return _mm512_or_si512(_mm512_slli_epi32(x, 6), _mm512_and_si512(byte, set32(0x3F)));
}

/* The code point that begins at each of sixteen bytes, as if one began there; those that begin
 * nowhere are passed over. */
static uint32_t decode_utf8(const uint8_t *bytes, uint32_t n, uint32_t *out)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < n; i += 16) {
        const uint32_t left = n - i;
        __m512i a = bytes_from(bytes + i, left);
        __mmask16 here = first_lanes(left);
        if (!_mm512_cmpge_epu32_mask(a, set32(0x80))) {
            _mm512_mask_storeu_epi32(out + found, here, a);
            found += left < 16 ? left : 16;
            continue;
        }
        __m512i b = bytes_from(bytes + i + 1, left - 1);
        __m512i two = continued(_mm512_and_si512(a, set32(0x1F)), b);
        __m512i c = _mm512_mask_mov_epi32(a, _mm512_cmpge_epu32_mask(a, set32(0xC0)), two);
        __mmask16 long_ones = _mm512_cmpge_epu32_mask(a, set32(0xE0));
        if (long_ones) {
            __m512i third = bytes_from(bytes + i + 2, left > 2 ? left - 2 : 0);
            __m512i fourth = bytes_from(bytes + i + 3, left > 3 ? left - 3 : 0);
            __m512i three = continued(continued(_mm512_and_si512(a, set32(0x0F)), b), third);
            __m512i four =
                continued(continued(continued(_mm512_and_si512(a, set32(0x07)), b), third), fourth);
            c = _mm512_mask_mov_epi32(c, long_ones, three);
            c = _mm512_mask_mov_epi32(c, _mm512_cmpge_epu32_mask(a, set32(0xF0)), four);
        }
        __m512i top = _mm512_and_si512(a, set32(0xC0));
        found = put_lanes(out, found, _mm512_mask_cmpneq_epi32_mask(here, top, set32(0x80)), c);
    }
    return found;
}

const struct kern k_kern_avx512 = {
    .name = "avx512",
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
    .keep_in_filter = keep_in_filter,
    .decode_utf8 = decode_utf8,
};

#endif
