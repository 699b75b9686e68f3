/* SPDX-License-Identifier: Apache-2.0
 * Folding what a transaction touched, and what rests on that, until nothing changes. Each round
 * takes its objects in the order of their first record (received, log, index, id), so the result
 * does not depend on the order of arrival. */
#include "store/store_int.h"

#include <stdlib.h>
#include <string.h>

/* Outcomes rest on outcomes of kinds below their own (tests/store/test_settle.c holds the kinds to
 * it), a few steps deep, so nothing comes back often. Were there a circle, what it shows would
 * follow from the order of arrival: rather nothing is taken in. */
enum { MAX_FOLDS = 16 };

/* ---- what is touched ---- */

rc object_touch(struct store *s, struct rec *r)
{
    struct rec *root;
    TRY(rec_root(s, r, &root));
    if (view_eq(root->kind, VIEW("organisation"))) s->batch.register_dirty = true;
    if (root->touched) return OK;
    root->touched = true;
    return rec_list_add(&s->batch, &s->batch.touched, root);
}

rc object_touch_all(struct store *s, struct rec *r)
{
    const struct record *record;
    TRY(object_touch(s, r));
    for (uint32_t i = 0; i < r->targets.n; i++)
        TRY(object_touch(s, r->targets.at[i]));
    if (r->targets.n > 0) return OK;
    TRY(rec_read(s, r, &record));
    for (uint32_t i = 0; record && i < record->n_about; i++) {
        struct rec *target;
        TRY(rec_by_id(s, record->about[i], true, &target));
        TRY(object_touch(s, target));
    }
    return OK;
}

static rc touch_list(struct store *s, const int64_t *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct rec *r;
        TRY(rec_by_n(s, list[i], &r));
        TRY(object_touch(s, r));
    }
    return OK;
}

static rc touch_rows(struct store *s, enum op op, const struct cell *key, uint32_t n_key)
{
    int64_t *list;
    uint32_t n;
    TRY(db_numbers(s->db, op, key, n_key, &s->batch.mem, &list, &n));
    return touch_list(s, list, n);
}

rc touch_dependents_of_org(struct store *s, struct view org)
{
    int64_t *list;
    uint32_t n;
    TRY(orgs_dependents(s, org, &list, &n));
    return touch_list(s, list, n);
}

static rc touch_dependents(struct store *s, struct rec *root)
{
    struct rec **chain;
    uint32_t n;
    TRY(object_chain(s, root, &s->fold_mem, &chain, &n));
    for (uint32_t i = 0; i < n; i++) {
        struct cell c = cell_int(chain[i]->n);
        if (chain[i]->fresh && !chain[i]->depended) continue;
        TRY(touch_rows(s, OP_on_object, &c, 1));
    }
    return OK;
}

/* ---- one object ---- */

rc object_forget(struct store *s, struct rec *root)
{
    TRY(rows_drop(s, root));
    root->folded = false;
    return OK;
}

/* What others may look at: when it is the same, nothing that rests on it changes. */
static rc digest_of(const struct record_outcome *o, struct buf *text, int64_t *out)
{
    uint8_t hash[SEAL_SHA256_BYTES];
    buf_reset(text);
    TRY(buf_add(text, view_cstr(o->state_name)));
    TRY(buf_add_u64(text, (uint64_t)o->since_ms));
    if (o->current) TRY(buf_add(text, view_of(o->current->id, SEAL_SHA256_BYTES)));
    for (uint32_t i = 0; i < o->n_effects; i++) {
        const struct record_effect *e = &o->effects[i];
        TRY(buf_add(text, view_of(e->entry->id, SEAL_SHA256_BYTES)));
        TRY(buf_add_byte(text, e->in_effect));
        TRY(buf_add_byte(text, e->entry->r != NULL)); /* what guards of others read of it */
        TRY(buf_add_u32(text, (uint32_t)e->state));
    }
    TRY(seal_sha256(buf_view(text), hash));
    *out = (int64_t)(get_u64(hash) >> 1);
    return OK;
}

static void count(struct store *s, const struct folding *f)
{
    s->batch.report.n_folded++;
    for (uint32_t i = 0; i < f->o->n_effects; i++)
        if (!f->o->effects[i].in_effect) s->batch.report.n_without_effect++;
}

static rc places_of(struct store *s, const struct record_entry *entries, uint32_t n,
                    struct folding *f)
{
    for (uint32_t i = 0; i < n; i++)
        if (entries[i].received_ms > f->last_ms) f->last_ms = entries[i].received_ms;
    return place_chosen(s, f->root, &f->place);
}

static rc count_folds(const struct batch *b, struct rec *root)
{
    if (root->fold_run != b->fold_run) root->n_folds = 0;
    root->fold_run = b->fold_run;
    if (root->n_folds++ < MAX_FOLDS) return OK;
    return FAIL(E_INTERNAL, "store: a %.*s of %.*s rests on itself", VIEW_ARG(root->kind),
                VIEW_ARG(root->org));
}

static rc fold_object(struct store *s, struct rec *root, struct buf *text)
{
    struct folding f = {.root = root, .last_ms = INT64_MIN};
    struct world w = {.s = s, .mem = &s->fold_mem};
    struct record_entry *entries;
    struct rec **own;
    uint32_t n, n_own;
    struct object_rows *stood;
    int64_t before = 0;
    arena_reset(&s->fold_mem);
    if (root->status == REC_NAMED || root->root != root->n) return OK; /* waits, or moved away */
    TRY(count_folds(&s->batch, root));
    TRY(object_records(s, root, &s->fold_mem, &own, &n_own));
    TRY(entries_of(s, own, n_own, &s->fold_mem, &entries, &n));
    TRY(places_of(s, entries, n, &f));
    struct record_world world = world_of(&w);
    TRY(record_fold(root->id.bytes, entries, n, s->reg, &world, s->now_ms, &s->fold_mem, &f.o));
    TRY(erase_by_state(s, root, f.o));
    TRY(digest_of(f.o, text, &f.digest));
    TRY(rows_standing(s, root, &stood, &before));
    TRY(rows_write(s, &f, stood, text));
    root->folded = true;
    count(s, &f);
    return stood && before == f.digest ? OK : touch_dependents(s, root);
}

/* ---- all of them ---- */

struct ordered {
    struct rec *r;
    struct rec_place place;
    struct view origin;
};

static int order(const void *va, const void *vb)
{
    const struct ordered *a = va, *b = vb;
    if (a->place.received_ms != b->place.received_ms)
        return a->place.received_ms < b->place.received_ms ? -1 : 1;
    int by = view_cmp(a->origin, b->origin);
    if (by != 0) return by;
    if (a->place.seq != b->place.seq) return a->place.seq < b->place.seq ? -1 : 1;
    return memcmp(a->r->id.bytes, b->r->id.bytes, SEAL_SHA256_BYTES);
}

static rc next_round(struct store *s, struct ordered **out, uint32_t *out_n)
{
    struct batch *b = &s->batch;
    struct ordered *list;
    uint32_t n = b->touched.n;
    TRY(arena_array(&b->mem, n ? n : 1, &list));
    for (uint32_t i = 0; i < n; i++) {
        list[i].r = b->touched.at[i];
        list[i].r->touched = false;
        if (list[i].r->status == REC_NAMED) continue;
        TRY(place_chosen(s, list[i].r, &list[i].place));
        list[i].origin = logs_origin(s, list[i].place.shard);
    }
    b->touched.n = 0;
    qsort(list, n, sizeof *list, order);
    *out = list;
    *out_n = n;
    return OK;
}

/* When the first object is due is asked once and then followed: a transaction comes by here with
 * every record that the door lets in. */
static rc touch_due(struct store *s)
{
    struct cell now = cell_int(s->now_ms), first;
    bool found;
    if (!s->batch.due_known) {
        TRY(db_one(s->db, OP_object_next, NULL, 0, &s->batch.mem, &first, 1, &found));
        s->batch.due_ms = first.type == CELL_INT ? first.i : INT64_MAX;
        s->batch.due_known = true;
    }
    if (s->batch.due_ms > s->now_ms) return OK;
    s->batch.due_known = false;
    return touch_rows(s, OP_object_due, &now, 1);
}

rc objects_fold(struct store *s)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct ordered *list;
    uint32_t n;
    TRY(register_renew(s));
    TRY(touch_due(s));
    s->batch.fold_run++;
    while (s->batch.touched.n > 0) {
        TRY(next_round(s, &list, &n));
        for (uint32_t i = 0; i < n; i++)
            TRY(fold_object(s, list[i].r, &text));
    }
    return batch_write_records(s);
}
