/* SPDX-License-Identifier: Apache-2.0
 * A bank follows the log: the claims that new records speak about are written anew beside it, as
 * one change, so that the next question sees them. */
#include "bank/bank.h"
#include "node/node_int.h"

#include <string.h>

enum {
    FARTHEST = 3 /* from a step on a verdict to the claims beside its claim */
};

struct following {
    struct store *store;
    struct arena mem; /* of the whole change */
    struct seal_hash *claims;
    uint32_t n_claims, cap;
    struct item *items;
    uint32_t n_items;
};

static rc add_claim(struct following *f, const struct seal_hash *id)
{
    for (uint32_t i = 0; i < f->n_claims; i++)
        if (memcmp(&f->claims[i], id, sizeof *id) == 0) return OK;
    if (f->n_claims == f->cap) {
        struct seal_hash *larger;
        TRY(arena_array(&f->mem, f->cap * 2, &larger));
        memcpy(larger, f->claims, f->cap * sizeof *larger);
        f->claims = larger;
        f->cap *= 2;
    }
    f->claims[f->n_claims++] = *id;
    return OK;
}

static rc add_of_object(struct following *f, const struct seal_hash *id, int depth);

/* Where the verdicts on a claim stand too: beside claims that are linked to it, and beside its
 * translations. */
static rc add_beside(struct following *f, const struct store_object *claim)
{
    for (uint32_t i = 0; i < claim->n_events; i++) {
        const struct store_event *e = &claim->events[i];
        if (view_eq(e->kind, VIEW("translation")) || view_eq(e->kind, VIEW("link")))
            TRY(add_of_object(f, &e->id, 1));
    }
    return OK;
}

/* The items that an object is part of: a claim, a review or a translation itself, what stands
 * beside the claim, or the claims that a verdict, review or link, or the object that a step or
 * correction is about, speaks of. */
static rc add_of_object(struct following *f, const struct seal_hash *id, int depth)
{
    CLEANUP(arena_done) struct arena mem;
    struct store_object o;
    arena_init(&mem, 0);
    rc r = store_object(f->store, &k_store_node, id, &mem, &o);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    bool claim = view_eq(o.kind, VIEW("claim"));
    if (claim || view_eq(o.kind, VIEW("review")) || view_eq(o.kind, VIEW("translation")))
        TRY(add_claim(f, &o.id));
    if (depth == 0) return OK;
    if (claim) return add_beside(f, &o);
    for (uint32_t i = 0; o.current && i < o.current->n_about; i++) {
        struct seal_hash about;
        memcpy(about.bytes, o.current->about[i], sizeof about.bytes);
        TRY(add_of_object(f, &about, depth - 1));
    }
    return OK;
}

static rc keep_item(void *context, const struct item *item)
{
    struct following *f = context;
    CLEANUP(buf_done) struct buf json = {0};
    const struct json *object;
    TRY(item_to_json(item, &json));
    TRY(json_parse(buf_view(&json), NULL, &f->mem, &object));
    return item_from_json(object, NULL, &f->mem, &f->items[f->n_items++]);
}

/* Ids that the bank holds now, of those that are touched. */
static rc find_old(struct following *f, const char *bank_path, struct view *withdraw,
                   uint32_t *out_n)
{
    struct bank_source *source;
    TRY(bank_source_open(bank_path, &source));
    const struct bank_snapshot *now = bank_acquire(source);
    uint32_t n = 0;
    rc r = OK;
    for (uint32_t i = 0; i < f->n_claims && ok(r); i++) {
        char id[RECORD_ID_CHARS];
        bool there = false;
        record_id_write(f->claims[i].bytes, id);
        r = bank_holds(now, view_of(id, sizeof id), &there);
        if (ok(r) && there) r = arena_copy(&f->mem, view_of(id, sizeof id), &withdraw[n++]);
    }
    bank_release(source, now);
    bank_source_close(source);
    *out_n = n;
    return r;
}

static rc follow(struct following *f, const char *bank_path, const struct seal_hash *ids, size_t n)
{
    struct view *withdraw;
    uint32_t n_withdraw;
    uint64_t seq;
    f->cap = (uint32_t)n + 1;
    TRY(arena_array(&f->mem, f->cap, &f->claims));
    for (size_t i = 0; i < n; i++)
        TRY(add_of_object(f, &ids[i], FARTHEST));
    TRY(arena_array(&f->mem, f->n_claims, &f->items));
    TRY(arena_array(&f->mem, f->n_claims, &withdraw));
    for (uint32_t i = 0; i < f->n_claims; i++)
        TRY(node_item(f->store, &f->claims[i], f, keep_item));
    TRY(find_old(f, bank_path, withdraw, &n_withdraw));
    if (f->n_items == 0 && n_withdraw == 0) return OK;
    const struct bank_change change = {f->n_items, n_withdraw, f->items, withdraw};
    return bank_change_write(bank_path, &change, &seq);
}

rc node_bank_follow(struct store *store, const char *bank_path, const struct seal_hash *ids,
                    size_t n)
{
    struct following f = {.store = store};
    arena_init(&f.mem, 0);
    rc r = follow(&f, bank_path, ids, n);
    arena_done(&f.mem);
    return r;
}
