/* SPDX-License-Identifier: Apache-2.0
 * The variants of kern, for its own files only. The vector files call the scalar functions for
 * tails and for shapes that gain nothing from vectors. */
#ifndef SANAD_KERN_INT_H
#define SANAD_KERN_INT_H

#include "kern/kern.h"

extern const struct kern k_kern_scalar;
#if defined(__x86_64__)
extern const struct kern k_kern_avx2;
extern const struct kern k_kern_avx512;
#endif

enum {
    KERN_GALLOP_RATIO = 32, /* lengths that differ by more are intersected by searching */
    KERN_FEW =
        4, /* postings that are unpacked one by one: a wide load often waits for the next line */
    KERN_VECTOR_BITS = 24 /* widest delta whose 128-fold sum cannot pass 2^32 */
};

static inline uint32_t kern_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* True when searching for each value of the shorter array beats walking through the longer one. */
static inline bool kern_should_gallop(uint32_t na, uint32_t nb)
{
    return (uint64_t)na * KERN_GALLOP_RATIO < nb || (uint64_t)nb * KERN_GALLOP_RATIO < na;
}

/* Walks through both arrays until one ends or `room` common values are found: what the vector
 * variants leave over. The limit keeps arrays that are not ascending inside out (NULL or
 * uint64[room]). Returns the count. */
uint32_t kern_merge_u64(const uint64_t *a, uint32_t na, const uint64_t *b, uint32_t nb,
                        uint64_t *out, uint32_t room);

/* Loops that more than one table names. */
uint32_t kern_scalar_accumulate_new_u16(uint16_t *score, const uint32_t *docs,
                                        const uint8_t *impact, uint32_t n, uint16_t weight,
                                        uint32_t *out_new);
void kern_scalar_add_hits_u8(struct kern_hits *hits, const uint32_t *docs, uint32_t n);
uint32_t kern_scalar_find_lone(const uint32_t *cp, uint32_t n, uint32_t *out);
uint32_t kern_scalar_keep_in_filter(uint32_t *hash, uint32_t n, const uint32_t *filter,
                                    uint32_t bits);
#if defined(__x86_64__)
uint32_t kern_avx2_intersect_u32(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb);
uint32_t kern_avx2_intersect_u64(const uint64_t *a, uint32_t na, const uint64_t *b, uint32_t nb,
                                 uint64_t *out);
#endif

/* The last number of a block without the modulus, when no delta has more than KERN_VECTOR_BITS. */
static inline uint64_t kern_last_doc(uint32_t first, uint32_t n, const uint32_t *out)
{
    return n == 0 ? 0 : (uint64_t)first + (uint32_t)(out[n - 1] - first);
}

#endif
