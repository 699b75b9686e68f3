/* SPDX-License-Identifier: Apache-2.0
 * Ids and their numbers, in the order they came: what a builder and a pile of deltas look up. Open
 * addressing, at most half full. An id may come again; then its latest number counts. */
#include "bank/bank_int.h"

enum { FIRST_CAPACITY = 64 };

void ids_done(struct ids *t)
{
    if (!t) return;
    buf_done(&t->bytes);
    mem_free(t->rows);
    mem_free(t->slots);
    *t = (struct ids){0};
}

struct view ids_at(const struct ids *t, uint32_t number)
{
    return view_of(t->bytes.p + t->rows[number].at, t->rows[number].n);
}

/* Slot of an id: 0, or the number of its holder + 1. */
static uint32_t *slot_of(const struct ids *t, struct view id)
{
    uint32_t mask = t->cap * 2 - 1, slot = (uint32_t)text_key(id) & mask;
    while (t->slots[slot] && !view_eq(ids_at(t, t->slots[slot] - 1), id))
        slot = (slot + 1) & mask;
    return &t->slots[slot];
}

bool ids_find(const struct ids *t, struct view id, uint32_t *out_number)
{
    if (t->n == 0) return false;
    uint32_t holder = *slot_of(t, id);
    if (holder == 0) return false;
    *out_number = holder - 1;
    return true;
}

static rc more_room(struct ids *t)
{
    if (t->n < t->cap) return OK;
    uint32_t cap = t->cap ? t->cap * 2 : FIRST_CAPACITY, *slots;
    if (t->n > UINT32_MAX / 4) return FAIL(E_LIMIT, "bank: more than a billion items");
    TRY(mem_resize(&t->rows, cap, sizeof *t->rows));
    TRY(mem_new((size_t)cap * 2, sizeof *slots, &slots));
    mem_free(t->slots);
    t->slots = slots;
    t->cap = cap;
    for (uint32_t i = 0; i < t->n; i++)
        *slot_of(t, ids_at(t, i)) = i + 1;
    return OK;
}

rc ids_add(struct ids *t, struct view id)
{
    TRY(more_room(t));
    struct id_row row = {t->bytes.n, id.n};
    TRY(buf_add(&t->bytes, id));
    uint32_t *slot = slot_of(t, id);
    t->rows[t->n++] = row;
    *slot = t->n;
    return OK;
}

void ids_cut(struct ids *t, uint32_t n)
{
    if (n >= t->n) return;
    t->bytes.n = t->rows[n].at;
    t->n = n;
    for (uint32_t i = 0; i < t->cap * 2; i++)
        t->slots[i] = 0;
    for (uint32_t i = 0; i < n; i++)
        *slot_of(t, ids_at(t, i)) = i + 1;
}
