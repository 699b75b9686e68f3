/* SPDX-License-Identifier: Apache-2.0
 * Heap blocks of the exact size and a walk over the variants, for the tests of kern. */
#ifndef SANAD_KERN_BLOCKS_H
#define SANAD_KERN_BLOCKS_H

#include "test.h"

#include "kern/kern.h"

/* For each variant: `v` in the block that follows. */
#define EACH_VARIANT(v)                        \
    for (size_t v##_i = 0; v##_i < 8; v##_i++) \
        for (const struct kern *v = kern_variant(v##_i); v; v = NULL)

static inline void *heap_block(size_t n, size_t size)
{
    void *p = NULL;
    CHECK_OK(mem_new(n ? n : 1, size, &p));
    return p;
}

static inline void *heap_copy(const void *from, size_t n, size_t size)
{
    void *p = heap_block(n, size);
    if (n) memcpy(p, from, n * size);
    return p;
}

#endif
