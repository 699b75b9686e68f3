/* SPDX-License-Identifier: Apache-2.0
 *
 * kern: the hot loops of the matcher. One table of functions, chosen once for this machine:
 * scalar.c is the definition, avx2.c and avx512.c give the same bits. Nothing here allocates, fails
 * or keeps state; a function is safe in any number of threads. Pointers need no alignment beyond
 * their type's and are borrowed for the call; inputs and outputs of one call must not overlap.
 *
 *   const struct kern *k = kern();
 *   uint64_t last = k->unpack_deltas(in, bits, n, first, docs);
 *   if (last >= n_docs) return FAIL(E_DAMAGED, …);        // one check per block is enough
 *   k->accumulate_u16(score, docs, impact, n, weight);
 */
#ifndef SANAD_KERN_H
#define SANAD_KERN_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    KERN_BLOCK = 128,    /* most document numbers in one posting block */
    KERN_STRETCH = 64,   /* scores of which one maximum is taken */
    KERN_PAD_BYTES = 64, /* readable bytes a file must have behind packed deltas */
    KERN_GRAM_MIN = 1,   /* code points in a hashed gram; the bank uses 3 to 6 */
    KERN_GRAM_MAX = 8,
    KERN_GRAM_HASH_ID = 1 /* "gram hash 1": what a file states about hash_ngrams */
};

/* "gram hash 1" is part of the file format: MurmurHash3_x86_32 with seed 0 of the gram's code
 * points as UTF-32LE, that is for each code point c k = rotl32(c * KERN_GRAM_C1, 15) * KERN_GRAM_C2
 *     h = rotl32(h ^ k, 13) * 5 + KERN_GRAM_C3
 * starting from h = 0, then h ^= 4 * gram, and the finaliser
 *     h ^= h >> 16;  h *= KERN_GRAM_F1;  h ^= h >> 13;  h *= KERN_GRAM_F2;  h ^= h >> 16
 * Source: A. Appleby, MurmurHash3, 2011 (public domain). */
#define KERN_GRAM_C1 0xcc9e2d51u
#define KERN_GRAM_C2 0x1b873593u
#define KERN_GRAM_C3 0xe6546b64u
#define KERN_GRAM_F1 0x85ebca6bu
#define KERN_GRAM_F2 0xc2b2ae35u

/** Counts by document, and lists of those that have some. Borrowed arrays. */
struct kern_hits {
    uint8_t *count;         /* uint8[more than the largest document] */
    uint32_t *once, *twice; /* uint32[documents + KERN_BLOCK]; behind n_once, n_twice undefined */
    uint32_t n_once, n_twice;
};

/** One variant of all loops. */
struct kern {
    const char *name; /* "scalar", "avx2", "avx512" */

    /** Document numbers of one posting block: out[i] = out[i-1] + 1 + d[i], out[-1] = first - 1.
     *
     *  in     d[i] is bits [i*bits, (i+1)*bits) of the bytes, bit j being bit j%8 of byte j/8.
     *         ceil(n*bits/8) bytes, and KERN_PAD_BYTES more that may be read and do not matter
     *  bits   0..32
     *  n      0..KERN_BLOCK
     *  first  smallest number the block could begin with: 1 + the last one of the block before
     *  out    uint32[KERN_BLOCK], always with room for all; what stands behind n is undefined.
     *         Sums are modulo 2^32
     *  Returns  the last number without the modulus; 0 when n is 0. If it is below the count of
     *           documents, the whole block is strictly ascending and below it: no other check is
     *           needed, whatever bytes were read
     *  Cost   O(n)
     *  Source Lemire, Boytsov, Softw. Pract. Exper. 45(1), 2015 (binary packing, delta of one)
     */
    uint64_t (*unpack_deltas)(const uint8_t *in, uint32_t bits, uint32_t n, uint32_t first,
                              uint32_t *out);

    /** score[docs[i]] += impact[i] * weight / 256 rounded down, modulo 2^16. Weights that add up to
     *  at most 65535 never reach that.
     *
     *  score   uint16[more than the largest of docs]
     *  docs    uint32[n]  distinct within the call
     *  impact  uint8[n]
     *  Cost    O(n), bound by the memory behind score
     */
    void (*accumulate_u16)(uint16_t *score, const uint32_t *docs, const uint8_t *impact, uint32_t n,
                           uint16_t weight);

    /** The same, and whose score was 0 and is not any more, in their order.
     *
     *  out_new  uint32[n]; what stands behind the returned count is undefined
     *  Returns  how many those are
     */
    uint32_t (*accumulate_new_u16)(uint16_t *score, const uint32_t *docs, const uint8_t *impact,
                                   uint32_t n, uint16_t weight, uint32_t *out_new);

    /** count[docs[i]] += 1, staying at 255; who is met the first time goes to `once`, the second
     *  time to `twice`, in that order.
     *
     *  docs  uint32[n]  in any order, any of them several times
     *  Cost  O(n), bound by the memory behind count
     */
    void (*add_hits_u8)(struct kern_hits *hits, const uint32_t *docs, uint32_t n);

    /** Largest score of each stretch of KERN_STRETCH, the last one of what is left.
     *
     *  score  uint16[n]
     *  out    uint16[ceil(n / KERN_STRETCH)]
     *  Cost   O(n), bound by reading score
     */
    void (*stretch_max_u16)(const uint16_t *score, uint32_t n, uint16_t *out);

    /** How many values two strictly ascending arrays have in common.
     *
     *  a, b     uint32[na], uint32[nb]. Arrays that are not strictly ascending give some count up
     * to the smaller length (which one may differ between variants), never a read outside Cost O(na
     * + nb); O(small * log(large)) when one is over 32 times longer Source   Inoue, Ohara, Taura,
     * PVLDB 8(3), 2014 (blocks); Bentley, Yao, IPL 5(3), 1976
     */
    uint32_t (*intersect_u32)(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb);

    /** The same for 64-bit values, and which ones they are.
     *
     *  out  uint64[min(na, nb)] for the common values, ascending; or NULL. What stands behind the
     *       returned count is untouched
     */
    uint32_t (*intersect_u64)(const uint64_t *a, uint32_t na, const uint64_t *b, uint32_t nb,
                              uint64_t *out);

    /** Count of one bits in n words.
     *
     *  Cost    O(n)
     *  Source  Mula, Kurz, Lemire, Comput. J. 61(1), 2018; VPOPCNTQ on AVX-512
     */
    uint64_t (*popcount)(const uint64_t *words, size_t n);

    /** "gram hash 1" of every run of `gram` code points.
     *
     *  cp    uint32[n]  any values, n up to 2^31
     *  gram  KERN_GRAM_MIN..KERN_GRAM_MAX; another length gives nothing
     *  out   uint32[n - gram + 1]: out[i] is the hash of cp[i .. i + gram)
     *  Returns  how many were written: n - gram + 1, or 0 when n < gram
     *  Cost  O(n * gram)
     */
    uint32_t (*hash_ngrams)(const uint32_t *cp, uint32_t n, uint32_t gram, uint32_t *out);

    /** The same of those runs that have no space (U+0020) but at their ends.
     *
     *  out  uint32[n - gram + 1]; what stands behind the returned count is undefined
     */
    uint32_t (*hash_word_ngrams)(const uint32_t *cp, uint32_t n, uint32_t gram, uint32_t *out);

    /** Places of the spaces (U+0020) between which and the next space one code point stands alone.
     *
     *  out  ascending; room for one more than there are, undefined behind the returned count
     *  Returns  how many there are. Cost O(n)
     */
    uint32_t (*find_lone)(const uint32_t *cp, uint32_t n, uint32_t *out);

    /** Keeps the hashes whose upper bits are set in a filter: bit h >> (32 - bits) of the words,
     *  bit j being bit j%32 of word j/32.
     *
     *  hash    uint32[n]  those kept move to the front, in their order; what stands behind the
     *          returned count is undefined
     *  filter  uint32[2^bits / 32]
     *  bits    5..31
     *  Returns  how many were kept. Cost O(n)
     */
    uint32_t (*keep_in_filter)(uint32_t *hash, uint32_t n, const uint32_t *filter, uint32_t bits);

    /** Code points of well-formed UTF-8. Ill-formed bytes give some code points (which ones may
     *  differ between variants), never more than bytes and never a read outside.
     *
     *  out  uint32[n]; what stands behind the returned count is undefined
     *  Returns  how many there are. Cost O(n)
     */
    uint32_t (*decode_utf8)(const uint8_t *bytes, uint32_t n, uint32_t *out);
};

/** The variant in use. Without a kern_select before, the first call does what kern_start does; when
 *  that fails it takes "scalar". Never NULL. */
const struct kern *kern(void);

/** Chooses by the environment: SANAD_CPU=scalar|avx2|avx512, absent or empty for the best one. Call
 *  it once at the start of a program, so that a wrong value is told and not guessed around.
 *  Errors  those of kern_select */
MUST rc kern_start(void);

/** Chooses a variant for the whole process; calls that are running finish with the old one.
 *  name    "scalar", "avx2", "avx512"; empty for the best this machine can run
 *  Errors  E_USAGE: no such variant, or this machine cannot run it; the choice stays as it was */
MUST rc kern_select(struct view name);

/** Name of the variant in use. Static. */
const char *kern_name(void);

/** The i-th variant this machine can run, 0 being "scalar"; NULL behind the last. For tests and
 *  benchmarks. */
const struct kern *kern_variant(size_t i);

/* ---- For the builder: one variant is enough --------------------------------------------- */

/** Bits that the largest delta of a block needs, as unpack_deltas defines deltas.
 *  docs   uint32[n]  strictly ascending, docs[0] >= first
 *  Returns  0..32; 0 when n is 0 */
uint32_t kern_bits_needed(const uint32_t *docs, uint32_t n, uint32_t first);

/** Packs a block for unpack_deltas; unused bits of the last byte are 0.
 *  bits  at least kern_bits_needed of the same block, at most 32
 *  out   uint8[ceil(n*bits/8)]; the padding is the caller's
 *  Returns  the bytes written */
size_t kern_pack_deltas(const uint32_t *docs, uint32_t n, uint32_t first, uint32_t bits,
                        uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
