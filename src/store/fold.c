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
enum { MAX_FOLDS = 16, N_OBJECT = 14 };

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

static rc touch_rows(struct store *s, enum op op, const struct cell *key, uint32_t n_key)
{
    int64_t *list;
    uint32_t n;
    TRY(db_numbers(s->db, op, key, n_key, &s->batch.mem, &list, &n));
    for (uint32_t i = 0; i < n; i++) {
        struct rec *r;
        TRY(rec_by_n(s, list[i], &r));
        TRY(object_touch(s, r));
    }
    return OK;
}

rc touch_dependents_of_org(struct store *s, struct view org)
{
    struct cell c = cell_text(org);
    return touch_rows(s, OP_on_org, &c, 1);
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

/* ---- rows ---- */

static rc drop_rows(struct store *s, struct rec *root)
{
    static const enum op k_rows[] = {OP_effect_drop, OP_clock_drop, OP_on_object_drop,
                                     OP_on_org_drop, OP_on_rate_drop};
    struct cell key = cell_int(root->n);
    for (size_t i = 0; i < COUNT_OF(k_rows); i++)
        TRY(db_do(s->db, k_rows[i], &key, 1, NULL));
    return OK;
}

rc object_forget(struct store *s, struct rec *root)
{
    struct cell key = cell_int(root->n);
    int64_t changed;
    TRY(drop_rows(s, root));
    TRY(project_drop(s, root));
    TRY(db_do(s->db, OP_object_drop, &key, 1, &changed));
    root->folded = false;
    return OK;
}

/* Of a text that cannot be read the fold knows only that it is not there. */
static struct cell why_of(const struct rec *r, struct view folded)
{
    return cell_text(r->status == REC_UNREADABLE && folded.n > 0 ? r->why : folded);
}

static rc add_effects(struct store *s, struct rec *root, const struct record_outcome *o)
{
    for (uint32_t i = 0; i < o->n_effects; i++) {
        const struct record_effect *e = &o->effects[i];
        struct rec *r;
        TRY(rec_by_id(s, e->entry->id, true, &r));
        bool moved = e->state >= 0 && o->kind && (uint32_t)e->state < o->kind->n_states;
        struct cell c[] = {cell_int(root->n),
                           cell_int(i),
                           cell_int(r->n),
                           cell_int(e->in_effect),
                           moved ? cell_text(view_cstr(o->kind->states[e->state].name))
                                 : cell_none(),
                           why_of(r, e->why)};
        TRY(db_do(s->db, OP_effect_add, c, COUNT_OF(c), NULL));
    }
    return OK;
}

static rc add_clocks(struct store *s, struct rec *root, const struct record_outcome *o)
{
    for (uint32_t i = 0; i < o->n_clocks; i++) {
        const struct record_running *k = &o->clocks[i];
        struct cell c[] = {cell_int(root->n),
                           cell_int(i),
                           cell_text(view_cstr(k->clock->name)),
                           cell_text(view_cstr(k->clock->late)),
                           cell_int(k->started_ms),
                           cell_int(k->due_ms),
                           cell_int(k->stopped),
                           cell_int(k->late)};
        TRY(db_do(s->db, OP_clock_add, c, COUNT_OF(c), NULL));
    }
    return OK;
}

static rc add_dependency(struct store *s, struct rec *root, const struct record_dependency *d,
                         int64_t last_ms)
{
    struct cell self = cell_int(root->n);
    switch (d->on) {
    case RECORD_ON_OBJECT: {
        struct rec *target;
        TRY(rec_by_id(s, d->id, true, &target));
        target->depended = true;
        struct cell c[] = {cell_int(target->n), self};
        return db_do(s->db, OP_on_object_add, c, 2, NULL);
    }
    case RECORD_ON_ORG: {
        struct cell c[] = {cell_text(d->org), self};
        return d->org.n ? db_do(s->db, OP_on_org_add, c, 2, NULL) : OK;
    }
    case RECORD_ON_RATE: {
        struct cell c[] = {cell_text(d->org), cell_text(view_cstr(d->kind)), cell_int(last_ms),
                           self};
        return db_do(s->db, OP_on_rate_add, c, 4, NULL);
    }
    }
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

static rc missing_text(const struct record_outcome *o, struct buf *out)
{
    struct json_writer w;
    buf_reset(out);
    if (o->n_missing == 0) return OK;
    json_begin(&w, out);
    json_open_array(&w);
    for (uint32_t i = 0; i < o->n_missing; i++)
        json_string(&w, o->missing[i]);
    json_close_array(&w);
    return json_finish(&w);
}

struct folding {
    struct rec *root;
    const struct record_outcome *o;
    struct rec_place place;
    int64_t last_ms;
};

static rc add_object(struct store *s, const struct folding *f, int64_t digest, struct buf *text)
{
    const struct record_outcome *o = f->o;
    struct rec *current = NULL;
    if (o->current) TRY(rec_by_id(s, o->current->id, false, &current));
    const struct rec *shown = current ? current : f->root;
    TRY(missing_text(o, text));
    struct cell c[N_OBJECT] = {cell_int(f->root->n),
                               cell_text(f->root->kind),
                               cell_text(f->root->org),
                               {CELL_TEXT, 0, view_cstr(o->state_name)},
                               cell_int(o->since_ms),
                               shown->mark >= 0 ? cell_int(shown->mark) : cell_none(),
                               why_of(shown, o->why),
                               current ? cell_int(current->n) : cell_none(),
                               cell_text(buf_view(text)),
                               cell_int(f->place.shard),
                               cell_int(f->place.seq),
                               cell_int(f->last_ms),
                               o->next_ms == INT64_MAX ? cell_none() : cell_int(o->next_ms),
                               cell_int(digest)};
    return db_do(s->db, OP_object_add, c, N_OBJECT, NULL);
}

static rc write_rows(struct store *s, const struct folding *f, bool stood, int64_t digest,
                     struct buf *text)
{
    if (stood) TRY(drop_rows(s, f->root));
    TRY(add_object(s, f, digest, text));
    TRY(add_effects(s, f->root, f->o));
    TRY(add_clocks(s, f->root, f->o));
    for (uint32_t i = 0; i < f->o->n_rests_on; i++)
        TRY(add_dependency(s, f->root, &f->o->rests_on[i], f->last_ms));
    return project(s, f->root, f->o, stood, &s->fold_mem);
}

/* ---- one object ---- */

static rc standing_digest(struct store *s, struct rec *root, bool *out_stood, int64_t *out)
{
    struct cell key = cell_int(root->n), c[13];
    *out_stood = false;
    if (root->fresh && !root->folded) return OK;
    TRY(db_one(s->db, OP_object_get, &key, 1, &s->fold_mem, c, 13, out_stood));
    *out = c[12].i;
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
    bool stood;
    int64_t before = 0, digest;
    arena_reset(&s->fold_mem);
    if (root->status == REC_NAMED || root->root != root->n) return OK; /* waits, or moved away */
    TRY(count_folds(&s->batch, root));
    TRY(object_records(s, root, &s->fold_mem, &own, &n_own));
    TRY(entries_of(s, own, n_own, &s->fold_mem, &entries, &n));
    TRY(places_of(s, entries, n, &f));
    struct record_world world = world_of(&w);
    TRY(record_fold(root->id.bytes, entries, n, s->reg, &world, s->now_ms, &s->fold_mem, &f.o));
    TRY(digest_of(f.o, text, &digest));
    TRY(standing_digest(s, root, &stood, &before));
    TRY(write_rows(s, &f, stood, digest, text));
    root->folded = true;
    count(s, &f);
    return stood && before == digest ? OK : touch_dependents(s, root);
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

static rc touch_due(struct store *s)
{
    struct cell now = cell_int(s->now_ms);
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
