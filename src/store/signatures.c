/* SPDX-License-Identifier: Apache-2.0
 * Signatures that hold, as one run of bytes: for each, sorted, u32 key id, the key, one byte of
 * length, the name (docs/formats/store.md). */
#include "store/store_int.h"

#include <string.h>

enum { PACKED_LEAST = 4 + SEAL_PUBLIC_BYTES + 1 };

static bool next_packed(struct view packed, size_t *at, struct record_signature *out)
{
    if (packed.n - *at < PACKED_LEAST) return false;
    const uint8_t *p = packed.p + *at;
    size_t n = p[PACKED_LEAST - 1];
    if (packed.n - *at - PACKED_LEAST < n) return false;
    out->key_id = get_u32(p);
    memcpy(out->public_key, p + 4, SEAL_PUBLIC_BYTES);
    out->name = view_of(p + PACKED_LEAST, n);
    *at += PACKED_LEAST + n;
    return true;
}

static uint32_t count_packed(struct view packed)
{
    struct record_signature one;
    uint32_t n = 0;
    for (size_t at = 0; next_packed(packed, &at, &one);)
        n++;
    return n;
}

rc signatures_unpack(struct view packed, struct arena *mem, const struct record_signature **out,
                     uint32_t *out_n)
{
    struct record_signature *list;
    uint32_t n = count_packed(packed), i = 0;
    TRY(arena_array(mem, n ? n : 1, &list));
    for (size_t at = 0; i < n && next_packed(packed, &at, &list[i]);)
        i++;
    *out = list;
    *out_n = n;
    return OK;
}

bool signatures_hold_name(struct view packed, struct view name)
{
    struct record_signature one;
    for (size_t at = 0; next_packed(packed, &at, &one);)
        if (view_eq(one.name, name)) return true;
    return false;
}

static int order(const struct record_signature *a, const struct record_signature *b)
{
    int by = view_cmp(a->name, b->name);
    if (by != 0) return by;
    if (a->key_id != b->key_id) return a->key_id < b->key_id ? -1 : 1;
    return memcmp(a->public_key, b->public_key, SEAL_PUBLIC_BYTES);
}

static rc pack(const struct record_signature *list, uint32_t n, struct arena *mem, struct view *out)
{
    size_t bytes = 0;
    uint8_t *p;
    for (uint32_t i = 0; i < n; i++)
        bytes += PACKED_LEAST + list[i].name.n;
    TRY(arena_bytes(mem, bytes ? bytes : 1, &p));
    *out = view_of(p, bytes);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = list[i].key_id;
        for (int k = 0; k < 4; k++)
            *p++ = (uint8_t)(id >> (8 * k));
        memcpy(p, list[i].public_key, SEAL_PUBLIC_BYTES);
        p += SEAL_PUBLIC_BYTES;
        *p++ = (uint8_t)list[i].name.n;
        memcpy(p, list[i].name.p, list[i].name.n);
        p += list[i].name.n;
    }
    return OK;
}

rc signatures_join(struct view packed, const struct record_signature *more, uint32_t n_more,
                   struct arena *mem, struct view *out)
{
    struct record_signature *list;
    const struct record_signature *had;
    uint32_t n;
    TRY(signatures_unpack(packed, mem, &had, &n));
    TRY(arena_array(mem, n + n_more + 1, &list));
    memcpy(list, had, n * sizeof *list);
    for (uint32_t i = 0; i < n_more; i++) {
        uint32_t at = n;
        if (more[i].name.n > 255) continue; /* no key of the register is named so */
        while (at > 0 && order(&list[at - 1], &more[i]) > 0)
            at--;
        if (at > 0 && order(&list[at - 1], &more[i]) == 0) continue;
        memmove(&list[at + 1], &list[at], (n - at) * sizeof *list);
        list[at] = more[i];
        n++;
    }
    return pack(list, n, mem, out);
}
