/* SPDX-License-Identifier: Apache-2.0
 * Repeatable random numbers and sets for the tests and the benchmark of kern. */
#ifndef SANAD_KERN_RANDOM_H
#define SANAD_KERN_RANDOM_H

#include <stdint.h>

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
static inline uint64_t random_u64(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* 0..below-1; the small bias of the modulus does not matter here. */
static inline uint32_t random_below(uint64_t *state, uint32_t below)
{
    return (uint32_t)(random_u64(state) % below);
}

/* n strictly ascending values whose gaps are 1..max_gap. */
static inline void random_ascending(uint64_t *state, uint32_t *out, uint32_t n, uint32_t max_gap)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < n; i++)
        out[i] = last += 1 + random_below(state, max_gap);
}

#endif
