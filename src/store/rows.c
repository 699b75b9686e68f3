/* SPDX-License-Identifier: Apache-2.0
 * Rows of an object: its outcome, effects, clocks, and what it rests on.
 *
 * An object is folded again with each record about it, and most of its rows come out as before. So
 * what stands is kept with the object while the transaction lasts, and only what differs is
 * written. What it rests on also stands in its row, as one run of bytes, so that no index is needed
 * to find what to take out:
 *
 *   'o' target i64 | 'r' n u32, org, n u32, kind, last_ms i64      little-endian
 *
 * The organisations that it rests on stand there as lines, and an index of runs of objects leads to
 * them (orgs.c). */
#include "store/store_int.h"

#include <string.h>

enum { N_OBJECT = 16, N_STANDING = 15 };

struct effect_row {
    int64_t record;
    bool in_effect;
    struct view state, why;
};

struct object_rows {
    struct view kind, rests_on, orgs;
    int64_t current, shard, seq, digest;
    bool projected; /* the record that `current` names stands in the table of its kind */
    struct effect_row *effects;
    uint32_t n_effects, cap_effects;
    uint32_t n_clocks;
};

/* ---- what stands ---- */

static rc room_for_effects(struct object_rows *rows, uint32_t n, struct arena *mem)
{
    struct effect_row *wider;
    if (n <= rows->cap_effects) return OK;
    TRY(arena_array_raw(mem, (size_t)n + n / 2 + 2, &wider));
    if (rows->n_effects) memcpy(wider, rows->effects, rows->n_effects * sizeof *wider);
    rows->effects = wider;
    rows->cap_effects = n + n / 2 + 2;
    return OK;
}

static rc load_effects(struct store *s, int64_t object, struct object_rows *rows)
{
    struct arena *mem = &s->batch.mem;
    struct cell key = cell_int(object), c[4];
    bool more;
    TRY(db_ask(s->db, OP_effect_of, &key, 1));
    for (;;) {
        TRY(db_row(s->db, OP_effect_of, c, 4, &more));
        if (!more) return OK;
        rc r = room_for_effects(rows, rows->n_effects + 1, mem);
        struct effect_row row = {.record = c[0].i, .in_effect = c[1].i != 0};
        if (ok(r)) r = arena_copy(mem, c[2].v, &row.state);
        if (ok(r)) r = arena_copy(mem, c[3].v, &row.why);
        if (!ok(r)) {
            db_end(s->db, OP_effect_of);
            return r;
        }
        rows->effects[rows->n_effects++] = row;
    }
}

static rc load(struct store *s, struct rec *root, struct object_rows **out)
{
    struct arena *mem = &s->batch.mem;
    struct cell key = cell_int(root->n), c[N_STANDING];
    struct object_rows *rows;
    bool found;
    *out = NULL;
    TRY(db_one(s->db, OP_object_get, &key, 1, mem, c, N_STANDING, &found));
    if (!found) return OK;
    TRY(arena_new(mem, &rows));
    *rows = (struct object_rows){.kind = c[1].v,
                                 .current = c[7].i,
                                 .shard = c[9].i,
                                 .seq = c[10].i,
                                 .digest = c[12].i,
                                 .rests_on = c[13].v,
                                 .orgs = c[14].v,
                                 .n_clocks = 1}; /* maybe: nobody asked */
    TRY(load_effects(s, root->n, rows));
    if (rows->current) {
        struct rec *current;
        TRY(rec_by_n(s, rows->current, &current));
        rows->projected = current->was_readable;
    }
    *out = rows;
    return OK;
}

rc rows_standing(struct store *s, struct rec *root, struct object_rows **out, int64_t *out_digest)
{
    if (!root->rows && (!root->fresh || root->folded)) TRY(load(s, root, &root->rows));
    *out = root->rows;
    if (root->rows) *out_digest = root->rows->digest;
    return OK;
}

/* ---- what it rests on ---- */

struct rest {
    uint8_t on;
    int64_t target, last_ms;
    struct view org, kind;
};

static rc pack_one(struct store *s, const struct record_dependency *d, int64_t last_ms,
                   struct buf *out)
{
    struct rec *target;
    switch (d->on) {
    case RECORD_ON_OBJECT:
        TRY(rec_by_id(s, d->id, true, &target));
        target->depended = true;
        TRY(buf_add_byte(out, 'o'));
        return buf_add_u64(out, (uint64_t)target->n);
    case RECORD_ON_ORG: return OK; /* orgs_pack */
    case RECORD_ON_RATE:
        TRY(buf_add_byte(out, 'r'));
        TRY(text_add(out, d->org));
        TRY(text_add(out, view_cstr(d->kind)));
        return buf_add_u64(out, (uint64_t)last_ms);
    }
    return OK;
}

static rc pack(struct store *s, const struct folding *f, struct buf *out)
{
    buf_reset(out);
    for (uint32_t i = 0; i < f->o->n_rests_on; i++)
        TRY(pack_one(s, &f->o->rests_on[i], f->last_ms, out));
    return OK;
}

static rc take_bytes(struct view packed, size_t *at, size_t n, struct view *out)
{
    if (packed.n - *at < n) return FAIL(E_DAMAGED, "store: what an object rests on is cut off");
    *out = view_of(packed.p + *at, n);
    *at += n;
    return OK;
}

static rc take_number(struct view packed, size_t *at, int64_t *out)
{
    struct view v;
    TRY(take_bytes(packed, at, 8, &v));
    *out = (int64_t)get_u64(v.p);
    return OK;
}

static rc take_text(struct view packed, size_t *at, struct view *out)
{
    struct view v;
    TRY(take_bytes(packed, at, 4, &v));
    return take_bytes(packed, at, get_u32(v.p), out);
}

static rc take_one(struct view packed, size_t *at, struct rest *out)
{
    struct view on;
    TRY(take_bytes(packed, at, 1, &on));
    *out = (struct rest){.on = on.p[0]};
    if (out->on == 'o') return take_number(packed, at, &out->target);
    TRY(take_text(packed, at, &out->org));
    TRY(take_text(packed, at, &out->kind));
    return take_number(packed, at, &out->last_ms);
}

/* Their rows, put in or taken out. */
static rc each_rest(struct store *s, int64_t object, struct view packed, bool put)
{
    for (size_t at = 0; at < packed.n;) {
        struct rest r;
        struct cell self = cell_int(object);
        TRY(take_one(packed, &at, &r));
        struct cell target[] = {cell_int(r.target), self};
        struct cell rate[] = {cell_text(r.org), cell_text(r.kind), cell_int(r.last_ms), self};
        if (r.on == 'o')
            TRY(db_do(s->db, put ? OP_on_object_add : OP_on_object_drop, target, 2, NULL));
        else
            TRY(db_do(s->db, put ? OP_on_rate_add : OP_on_rate_drop, rate, 4, NULL));
    }
    return OK;
}

/* Each stands once, so what both begin with needs no change. */
static rc same_beginning(struct view a, struct view b, size_t *out)
{
    size_t at = 0;
    *out = 0;
    while (at < a.n) {
        struct rest r;
        TRY(take_one(a, &at, &r));
        if (at > b.n || memcmp(a.p, b.p, at) != 0) return OK;
        *out = at;
    }
    return OK;
}

static rc write_rests(struct store *s, int64_t object, struct object_rows *rows, struct view now)
{
    struct view was = rows->rests_on;
    size_t same;
    if (view_eq(was, now)) return OK;
    TRY(same_beginning(was, now, &same));
    TRY(each_rest(s, object, view_slice(was, same, was.n), false));
    TRY(each_rest(s, object, view_slice(now, same, now.n), true));
    return arena_copy(&s->batch.mem, now, &rows->rests_on);
}

/* ---- effects and clocks ---- */

/* Of a text that cannot be read the fold knows only that it is not there. */
static struct view why_of(const struct rec *r, struct view folded)
{
    return r->status == REC_UNREADABLE && folded.n > 0 ? r->why : folded;
}

static rc effect_of(struct store *s, const struct record_outcome *o, uint32_t i,
                    struct effect_row *out)
{
    const struct record_effect *e = &o->effects[i];
    struct rec *r;
    TRY(rec_by_id(s, e->entry->id, true, &r));
    bool moved = e->state >= 0 && o->kind && (uint32_t)e->state < o->kind->n_states;
    *out = (struct effect_row){.record = r->n,
                               .in_effect = e->in_effect,
                               .state = moved ? view_cstr(o->kind->states[e->state].name)
                                              : view_of(NULL, 0),
                               .why = why_of(r, e->why)};
    return OK;
}

static bool same_effect(const struct effect_row *a, const struct effect_row *b)
{
    return a->record == b->record && a->in_effect == b->in_effect && view_eq(a->state, b->state) &&
           view_eq(a->why, b->why);
}

static rc write_effects(struct store *s, int64_t object, const struct record_outcome *o,
                        struct object_rows *rows)
{
    TRY(room_for_effects(rows, o->n_effects, &s->batch.mem));
    for (uint32_t i = 0; i < o->n_effects; i++) {
        struct effect_row row;
        TRY(effect_of(s, o, i, &row));
        if (i < rows->n_effects && same_effect(&row, &rows->effects[i])) continue;
        struct cell c[] = {cell_int(object),        cell_int(i),          cell_int(row.record),
                           cell_int(row.in_effect), cell_text(row.state), cell_text(row.why)};
        TRY(db_do(s->db, i < rows->n_effects ? OP_effect_replace : OP_effect_add, c, COUNT_OF(c),
                  NULL));
        TRY(arena_copy(&s->batch.mem, row.why, &row.why));
        rows->effects[i] = row;
    }
    struct cell from[] = {cell_int(object), cell_int(o->n_effects)};
    if (o->n_effects < rows->n_effects) TRY(db_do(s->db, OP_effect_drop, from, 2, NULL));
    rows->n_effects = o->n_effects;
    return OK;
}

static rc write_clocks(struct store *s, int64_t object, const struct record_outcome *o,
                       struct object_rows *rows)
{
    struct cell key = cell_int(object);
    if (rows->n_clocks > 0) TRY(db_do(s->db, OP_clock_drop, &key, 1, NULL));
    for (uint32_t i = 0; i < o->n_clocks; i++) {
        const struct record_running *k = &o->clocks[i];
        struct cell c[] = {key,
                           cell_int(i),
                           cell_text(view_cstr(k->clock->name)),
                           cell_text(view_cstr(k->clock->late)),
                           cell_int(k->started_ms),
                           cell_int(k->due_ms),
                           cell_int(k->stopped),
                           cell_int(k->late)};
        TRY(db_do(s->db, OP_clock_add, c, COUNT_OF(c), NULL));
    }
    rows->n_clocks = o->n_clocks;
    return OK;
}

/* ---- the outcome ---- */

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

static rc write_object(struct store *s, const struct folding *f, const struct rec *current,
                       const struct object_rows *stood, struct view rests_on, struct view orgs)
{
    CLEANUP(buf_done) struct buf missing = {0};
    const struct record_outcome *o = f->o;
    const struct rec *shown = current ? current : f->root;
    bool in_place = stood && view_eq(stood->kind, f->root->kind) &&
                    stood->shard == f->place.shard && stood->seq == f->place.seq;
    TRY(missing_text(o, &missing));
    struct cell c[N_OBJECT] = {cell_int(f->root->n),
                               {CELL_TEXT, 0, view_cstr(o->state_name)},
                               cell_int(o->since_ms),
                               shown->mark >= 0 ? cell_int(shown->mark) : cell_none(),
                               cell_text(why_of(shown, o->why)),
                               current ? cell_int(current->n) : cell_none(),
                               cell_text(buf_view(&missing)),
                               cell_int(f->last_ms),
                               o->next_ms == INT64_MAX ? cell_none() : cell_int(o->next_ms),
                               cell_int(f->digest),
                               cell_blob(rests_on),
                               cell_text(orgs),
                               cell_text(f->root->org),
                               cell_text(f->root->kind),
                               cell_int(f->place.shard),
                               cell_int(f->place.seq)};
    if (o->next_ms < s->batch.due_ms) s->batch.due_ms = o->next_ms;
    if (in_place) return db_do(s->db, OP_object_set, c, N_OBJECT - 3, NULL);
    /* To let the database find out whether one stands costs more than the row. */
    return db_do(s->db, stood ? OP_object_replace : OP_object_add, c, N_OBJECT, NULL);
}

static rc write_projection(struct store *s, const struct folding *f, const struct rec *current,
                           bool stood, struct object_rows *rows)
{
    bool readable = f->o->current && f->o->current->r;
    if (stood && rows->projected && readable && current && current->n == rows->current) return OK;
    rows->projected = readable;
    return project(s, f->root, f->o, stood, &s->fold_mem);
}

rc rows_write(struct store *s, const struct folding *f, struct object_rows *stood, struct buf *text)
{
    struct object_rows *rows = stood;
    struct rec *current = NULL;
    struct view orgs;
    int64_t n = f->root->n;
    if (!rows) TRY(arena_new(&s->batch.mem, &rows));
    if (f->o->current) TRY(rec_by_id(s, f->o->current->id, false, &current));
    TRY(orgs_pack(f->o, &s->fold_mem, &orgs));
    TRY(pack(s, f, text));
    TRY(write_object(s, f, current, stood, buf_view(text), orgs));
    TRY(write_effects(s, n, f->o, rows));
    TRY(write_clocks(s, n, f->o, rows));
    TRY(write_rests(s, n, rows, buf_view(text)));
    TRY(orgs_write(s, n, orgs, &rows->orgs));
    TRY(write_projection(s, f, current, stood != NULL, rows));
    TRY(arena_copy(&s->batch.mem, f->root->kind, &rows->kind));
    rows->current = current ? current->n : 0;
    rows->shard = f->place.shard;
    rows->seq = f->place.seq;
    rows->digest = f->digest;
    f->root->rows = rows;
    return OK;
}

rc rows_drop(struct store *s, struct rec *root)
{
    struct object_rows *rows;
    int64_t digest;
    struct cell key[] = {cell_int(root->n), cell_int(0)};
    TRY(rows_standing(s, root, &rows, &digest));
    if (!rows) return OK;
    TRY(each_rest(s, root->n, rows->rests_on, false));
    TRY(db_do(s->db, OP_effect_drop, key, 2, NULL));
    TRY(db_do(s->db, OP_clock_drop, key, 1, NULL));
    TRY(project_drop(s, root));
    TRY(db_do(s->db, OP_object_drop, key, 1, NULL));
    root->rows = NULL;
    return OK;
}
