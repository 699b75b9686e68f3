/* SPDX-License-Identifier: Apache-2.0
 * Key index: a few numbers for a 64-bit key, by bisection. Layout in bank_int.h. */
#include "bank/bank_int.h"

#include <stdlib.h>

enum { KEYS_HEAD_BYTES = 8, KEYS_ROW_BYTES = 12 };

static int by_key(const void *a, const void *b)
{
    const struct key_value *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->value < y->value ? -1 : x->value > y->value;
}

rc keys_build(struct key_value *pairs, size_t n, struct buf *out)
{
    if (n > 0) qsort(pairs, n, sizeof *pairs, by_key);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || by_key(&pairs[i], &pairs[kept - 1]) != 0) pairs[kept++] = pairs[i];
    TRY(buf_add_u32(out, (uint32_t)kept));
    TRY(buf_add_u32(out, 0));
    for (size_t i = 0; i < kept; i++)
        TRY(buf_add_u64(out, pairs[i].key));
    for (size_t i = 0; i < kept; i++)
        TRY(buf_add_u32(out, pairs[i].value));
    return OK;
}

static bool read_count(struct view index, uint32_t *out_n)
{
    if (index.n < KEYS_HEAD_BYTES) return false;
    *out_n = get_u32(index.p);
    return index.n - KEYS_HEAD_BYTES == (uint64_t)*out_n * KEYS_ROW_BYTES;
}

static uint64_t key_at(struct view index, uint32_t i)
{
    return get_u64(index.p + KEYS_HEAD_BYTES + 8ull * i);
}

static uint32_t value_at(struct view index, uint32_t n, uint32_t i)
{
    return get_u32(index.p + KEYS_HEAD_BYTES + 8ull * n + 4ull * i);
}

rc keys_find(struct view index, uint64_t key, uint32_t limit, struct arena *mem,
             const uint32_t **out, uint32_t *out_n)
{
    uint32_t n, low = 0;
    if (!read_count(index, &n)) return FAIL(E_DAMAGED, "bank: a key index of a wrong size");
    for (uint32_t high = n; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (key_at(index, middle) < key)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t end = low;
    while (end < n && key_at(index, end) == key)
        end++;
    uint32_t *values;
    TRY(arena_array_raw(mem, end - low, &values));
    for (uint32_t i = low; i < end; i++) {
        values[i - low] = value_at(index, n, i);
        if (values[i - low] >= limit)
            return FAIL(E_DAMAGED, "bank: a key index names what does not exist");
    }
    *out = values;
    *out_n = end - low;
    return OK;
}

rc keys_check(struct view index, uint32_t limit, const char *name)
{
    uint32_t n;
    if (!read_count(index, &n)) return FAIL(E_DAMAGED, "bank: section %s has a wrong size", name);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0 && key_at(index, i) < key_at(index, i - 1))
            return FAIL(E_DAMAGED, "bank: section %s has keys out of order", name);
        if (value_at(index, n, i) >= limit)
            return FAIL(E_DAMAGED, "bank: section %s names what does not exist", name);
    }
    return OK;
}
