/* SPDX-License-Identifier: Apache-2.0
 * Records of an object, as the fold takes them. */
#include "store/store_int.h"

#include <string.h>

static bool earlier(const struct store *s, const struct rec_place *a, const struct rec_place *b)
{
    if (a->received_ms != b->received_ms) return a->received_ms < b->received_ms;
    int by = view_cmp(logs_origin(s, a->shard), logs_origin(s, b->shard));
    return by != 0 ? by < 0 : a->seq < b->seq;
}

rc place_chosen(struct store *s, struct rec *r, struct rec_place *out)
{
    TRY(rec_places(s, r));
    struct rec_place best = r->place;
    if (r->n_again > 0) {
        const struct record_member *m = s->reg ? record_register_find(s->reg, r->org) : NULL;
        struct view home = m ? m->home_log : view_of(NULL, 0);
        for (uint32_t i = 0; i < r->n_again; i++) {
            const struct rec_place *p = &r->again[i];
            bool at_home = home.n > 0 && view_eq(logs_origin(s, p->shard), home);
            bool best_home = home.n > 0 && view_eq(logs_origin(s, best.shard), home);
            if (at_home != best_home ? at_home : earlier(s, p, &best)) best = *p;
        }
    }
    *out = best;
    return OK;
}

/* ---- which ---- */

struct gather {
    struct store *s;
    struct arena *mem;
    struct rec **at;
    uint32_t n, cap;
};

static rc take(struct gather *g, struct rec *r)
{
    if (r->stamp == g->s->batch.stamp) return OK;
    r->stamp = g->s->batch.stamp;
    if (g->n == g->cap) {
        struct rec **wider;
        g->cap = g->cap ? 2 * g->cap : 8;
        TRY(arena_array_raw(g->mem, g->cap, &wider));
        if (g->n) memcpy(wider, g->at, g->n * sizeof *wider);
        g->at = wider;
    }
    g->at[g->n++] = r;
    return OK;
}

static rc take_list(struct gather *g, const struct rec_list *list)
{
    for (uint32_t i = 0; i < list->n; i++)
        TRY(take(g, list->at[i]));
    return OK;
}

static rc take_rows(struct gather *g, enum op op, int64_t key)
{
    struct cell c = cell_int(key);
    int64_t *list;
    uint32_t n;
    TRY(db_numbers(g->s->db, op, &c, 1, g->mem, &list, &n));
    for (uint32_t i = 0; i < n; i++) {
        struct rec *r;
        TRY(rec_by_n(g->s, list[i], &r));
        TRY(take(g, r));
    }
    return OK;
}

rc object_chain(struct store *s, struct rec *root, struct arena *mem, struct rec ***out,
                uint32_t *out_n)
{
    struct gather g = {.s = s, .mem = mem};
    s->batch.stamp++;
    TRY(take(&g, root));
    if (root->fresh)
        TRY(take_list(&g, &root->chain));
    else
        TRY(take_rows(&g, OP_record_chain, root->n));
    *out = g.at;
    *out_n = g.n;
    return OK;
}

rc object_records(struct store *s, struct rec *root, struct arena *mem, struct rec ***out,
                  uint32_t *out_n)
{
    struct gather g = {.s = s, .mem = mem};
    TRY(object_chain(s, root, mem, &g.at, &g.n));
    g.cap = g.n; /* the next one moves the list */
    uint32_t n_chain = g.n;
    for (uint32_t i = 0; i < n_chain; i++) {
        struct rec *member = g.at[i];
        if (member->fresh)
            TRY(take_list(&g, &member->about));
        else
            TRY(take_rows(&g, OP_about_of, member->n));
    }
    *out = g.at;
    *out_n = g.n;
    return OK;
}

rc entries_of(struct store *s, struct rec *const *own, uint32_t n, struct arena *mem,
              struct record_entry **out, uint32_t *out_n)
{
    struct record_entry *list;
    uint32_t room = 0, kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (own[i]->status == REC_NAMED) continue;
        TRY(rec_places(s, own[i]));
        room += 1 + own[i]->n_again;
    }
    TRY(arena_array(mem, room ? room : 1, &list));
    for (uint32_t i = 0; i < n; i++) {
        if (own[i]->status == REC_NAMED) continue;
        struct record_entry *first = &list[kept++];
        TRY(entry_make(s, own[i], &own[i]->place, mem, first));
        for (uint32_t k = 0; k < own[i]->n_again; k++) {
            list[kept] = *first;
            list[kept].received_ms = own[i]->again[k].received_ms;
            list[kept].log = logs_origin(s, own[i]->again[k].shard);
            list[kept++].index = (uint64_t)own[i]->again[k].seq;
        }
    }
    *out = list;
    *out_n = kept;
    return OK;
}

rc entry_make(struct store *s, struct rec *r, const struct rec_place *place, struct arena *mem,
              struct record_entry *out)
{
    const struct record_signature *cosigned;
    uint32_t n;
    memcpy(out->id, r->id.bytes, SEAL_SHA256_BYTES);
    TRY(rec_read(s, r, &out->r));
    out->erased = r->status == REC_ERASED;
    if (out->erased && r->prev != 0) {
        struct rec *replaced;
        TRY(rec_by_n(s, r->prev, &replaced));
        out->replaced = replaced->id.bytes;
    }
    TRY(signatures_unpack(r->signatures, mem, &out->signatures, &out->n_signatures));
    TRY(signatures_unpack(r->cosigned, mem, &cosigned, &n));
    out->cosigned = n > 0 ? cosigned : NULL;
    out->received_ms = place->received_ms;
    out->log = logs_origin(s, place->shard);
    out->index = (uint64_t)place->seq;
    return OK;
}
