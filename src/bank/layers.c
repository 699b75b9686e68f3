/* SPDX-License-Identifier: Apache-2.0
 * Added items that are not indexed anew at each change. The newest are in the overlay, which is;
 * once they are many they become a layer, and layers of like size become one (the logarithmic
 * method of Bentley and Saxe, J. Algorithms 1(4), 1980), up to a size that is still made well
 * within a second. What is withdrawn from a layer is marked, as in the base. */
#include "bank/bank_int.h"

#include <string.h>

enum {
    LEAST_SETTLED = 2048,  /* new items that become a layer */
    MOST_TOGETHER = 16384, /* items of a layer that is made of others */
};

struct layer {
    struct counted counted; /* first */
    uint32_t from, to;      /* numbers of the added items */
    uint64_t *taken;        /* bit per item: was alive when the image was made */
    struct buf image;
    struct bank *bank; /* NULL when none was */
};

static void release_layer(struct counted *c)
{
    struct layer *l = (struct layer *)c;
    bank_free(l->bank);
    buf_done(&l->image);
    mem_free(l->taken);
    mem_free(l);
}

void layers_done(struct layers *l)
{
    for (uint32_t i = 0; i < l->n; i++)
        counted_drop(&l->row[i]->counted);
    mem_free(l->row);
    *l = (struct layers){0};
}

static rc fill(struct layer *l, const struct pile *p)
{
    TRY(mem_new(bits_words(l->to - l->from), sizeof *l->taken, &l->taken));
    for (uint32_t i = l->from; i < l->to; i++)
        if (p->added[i].alive) l->taken[(i - l->from) / 64] |= 1ull << (i - l->from) % 64;
    TRY(pile_overlay(p, l->from, l->to, &l->image));
    return l->image.n > 0 ? bank_open_image(buf_view(&l->image), &l->bank) : OK;
}

static rc make_layer(const struct pile *p, uint32_t from, struct layer **out)
{
    struct layer *l;
    TRY(mem_new(1, sizeof *l, &l));
    *l = (struct layer){.counted = {1, release_layer}, .from = from, .to = p->ids.n};
    rc r = fill(l, p);
    if (!ok(r)) {
        counted_drop(&l->counted);
        return r;
    }
    *out = l;
    return OK;
}

static rc room_for(struct layers *l, uint32_t n)
{
    if (n <= l->room) return OK;
    uint32_t room = n + n / 2 + 4;
    TRY(mem_resize(&l->row, room, sizeof *l->row));
    l->room = room;
    return OK;
}

rc layers_settle(struct layers *l, const struct pile *p)
{
    uint32_t kept = l->n, from = l->settled, n = p->ids.n;
    struct layer *made;
    if (n - from < LEAST_SETTLED) return OK;
    for (; kept > 0; kept--) {
        const struct layer *last = l->row[kept - 1];
        if (last->to - last->from > n - from || n - last->from > MOST_TOGETHER) break;
        from = last->from;
    }
    TRY(room_for(l, kept + 1));
    TRY(make_layer(p, from, &made));
    for (uint32_t i = kept; i < l->n; i++)
        counted_drop(&l->row[i]->counted);
    l->row[kept] = made;
    l->n = kept + 1;
    l->settled = n;
    return OK;
}

rc layers_copy(const struct layers *l, struct layers *out)
{
    TRY(room_for(out, l->n));
    for (uint32_t i = 0; i < l->n; i++) {
        __atomic_add_fetch(&l->row[i]->counted.holders, 1, __ATOMIC_RELAXED);
        out->row[i] = l->row[i];
    }
    out->n = l->n;
    out->settled = l->settled;
    return OK;
}

static rc find_withdrawn(const struct layer *l, const struct pile *p, struct arena *mem,
                         const uint64_t **out)
{
    uint64_t *bits = NULL;
    for (uint32_t i = l->from; i < l->to; i++) {
        uint32_t item;
        if (p->added[i].alive || !bit_is_set(l->taken, i - l->from)) continue;
        if (!bits) TRY(arena_array(mem, bits_words(bank_n_items(l->bank)), &bits));
        TRY(bank_find_id(l->bank, ids_at(&p->ids, i), &item));
        bits[item / 64] |= 1ull << item % 64;
    }
    *out = bits;
    return OK;
}

rc layers_show(const struct layers *l, const struct pile *p, struct arena *mem,
               const struct bank_layer **out, uint32_t *out_n)
{
    struct bank_layer *shown;
    uint32_t n = 0;
    TRY(arena_array(mem, l->n, &shown));
    for (uint32_t i = 0; i < l->n; i++) {
        if (!l->row[i]->bank) continue;
        shown[n].bank = l->row[i]->bank;
        TRY(find_withdrawn(l->row[i], p, mem, &shown[n].withdrawn));
        n++;
    }
    *out = shown;
    *out_n = n;
    return OK;
}
