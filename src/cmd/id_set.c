/* SPDX-License-Identifier: Apache-2.0
 * Ids that have been seen. */
#include "cmd/id_set_int.h"

#include "text/text.h"

enum { FIRST_SLOTS = 256 };

rc id_set_init(struct id_set *set, struct arena *mem)
{
    *set = (struct id_set){.mem = mem, .n_slots = FIRST_SLOTS};
    return arena_array(mem, FIRST_SLOTS, &set->slots);
}

static struct view *place_of(struct view *slots, uint32_t n_slots, struct view id)
{
    uint32_t at = (uint32_t)text_key(id) & (n_slots - 1);
    while (slots[at].n && !view_eq(slots[at], id))
        at = (at + 1) & (n_slots - 1);
    return &slots[at];
}

static rc grow(struct id_set *set)
{
    struct view *more;
    uint32_t n_slots = set->n_slots * 2;
    TRY(arena_array(set->mem, n_slots, &more));
    for (uint32_t i = 0; i < set->n_slots; i++)
        if (set->slots[i].n) *place_of(more, n_slots, set->slots[i]) = set->slots[i];
    set->slots = more;
    set->n_slots = n_slots;
    return OK;
}

rc id_set_add(struct id_set *set, struct view id, bool *out_new)
{
    if (set->n >= set->n_slots / 2) TRY(grow(set));
    struct view *place = place_of(set->slots, set->n_slots, id);
    *out_new = place->n == 0;
    if (!*out_new) return OK;
    set->n++;
    return arena_copy(set->mem, id, place);
}
