/* SPDX-License-Identifier: Apache-2.0
 * The builder's half of posting blocks: packing what unpack_deltas reads. */
#include "kern/kern.h"

#include <assert.h>

uint32_t kern_bits_needed(const uint32_t *docs, uint32_t n, uint32_t first)
{
    uint32_t all = 0, next = first;
    for (uint32_t i = 0; i < n; i++) {
        all |= docs[i] - next;
        next = docs[i] + 1;
    }
    return all == 0 ? 0 : 32 - (uint32_t)__builtin_clz(all);
}

size_t kern_pack_deltas(const uint32_t *docs, uint32_t n, uint32_t first, uint32_t bits,
                        uint8_t *out)
{
    assert(bits <= 32 && bits >= kern_bits_needed(docs, n, first));
    size_t written = 0;
    uint64_t hold = 0;
    uint32_t n_held_bits = 0, next = first;
    for (uint32_t i = 0; i < n; i++) {
        hold |= (uint64_t)(docs[i] - next) << n_held_bits;
        n_held_bits += bits;
        next = docs[i] + 1;
        for (; n_held_bits >= 8; n_held_bits -= 8, hold >>= 8)
            out[written++] = (uint8_t)hold;
    }
    if (n_held_bits > 0) out[written++] = (uint8_t)hold;
    return written;
}
