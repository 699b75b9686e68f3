/* SPDX-License-Identifier: Apache-2.0
 * Records that a transaction looks at: found once in the database, then by id and by number in
 * memory; rows of what is new or changed are written together. */
#include "store/store_int.h"

#include <string.h>

enum { BUCKETS_LEAST = 4096, N_COLUMNS = 14 };

rc batch_begin(struct store *s, int64_t now_ms)
{
    struct batch *b = &s->batch;
    if (s->open && s->now_ms != now_ms) s->never_commit = true; /* folded at another time */
    s->now_ms = now_ms;
    if (s->open) return OK;
    arena_reset(&b->mem);
    struct arena kept = b->mem;
    *b = (struct batch){.mem = kept};
    s->open = true;
    struct cell last;
    bool found;
    TRY(db_one(s->db, OP_record_last, NULL, 0, &b->mem, &last, 1, &found));
    b->last_n = last.i;
    b->n_buckets = BUCKETS_LEAST;
    TRY(arena_array(&b->mem, b->n_buckets, &b->by_id));
    return arena_array(&b->mem, b->n_buckets, &b->by_n);
}

void batch_end(struct store *s)
{
    s->open = s->never_commit = false;
    s->n_pending = 0;
    s->door = (struct door_note){0};
}

rc rec_list_add(struct batch *b, struct rec_list *list, struct rec *r)
{
    if (list->n == list->cap) {
        struct rec **wider;
        uint32_t cap = list->cap ? 2 * list->cap : 4;
        TRY(arena_array_raw(&b->mem, cap, &wider));
        if (list->n) memcpy(wider, list->at, list->n * sizeof *wider);
        list->at = wider;
        list->cap = cap;
    }
    list->at[list->n++] = r;
    return OK;
}

void rec_dirty(struct batch *b, struct rec *r)
{
    if (r->to_write) return;
    r->to_write = true;
    r->next_dirty = NULL;
    if (b->last_dirty)
        b->last_dirty->next_dirty = r;
    else
        b->dirty = r;
    b->last_dirty = r;
}

/* ---- the two tables ---- */

static struct rec **bucket_of_id(const struct batch *b, const uint8_t *id)
{
    return &b->by_id[get_u64(id) & (b->n_buckets - 1)];
}

static struct rec **bucket_of_n(const struct batch *b, int64_t n)
{
    return &b->by_n[(uint64_t)n & (b->n_buckets - 1)];
}

static void hang(struct batch *b, struct rec *r)
{
    struct rec **id = bucket_of_id(b, r->id.bytes), **n = bucket_of_n(b, r->n);
    r->next_id = *id;
    *id = r;
    r->next_n = *n;
    *n = r;
}

static rc widen(struct batch *b)
{
    uint32_t n = b->n_buckets * 4;
    TRY(arena_array(&b->mem, n, &b->by_id));
    TRY(arena_array(&b->mem, n, &b->by_n));
    b->n_buckets = n;
    for (uint32_t i = 0; i < b->all.n; i++)
        hang(b, b->all.at[i]);
    return OK;
}

static rc put(struct batch *b, struct rec *r)
{
    TRY(rec_list_add(b, &b->all, r));
    if (b->all.n > b->n_buckets) return widen(b);
    hang(b, r);
    return OK;
}

/* ---- rows ---- */

static rc from_row(struct store *s, enum op op, struct cell key, struct rec **out)
{
    struct cell c[N_COLUMNS];
    struct rec *r;
    bool found;
    *out = NULL;
    TRY(db_one(s->db, op, &key, 1, &s->batch.mem, c, N_COLUMNS, &found));
    if (!found) return OK;
    if (c[1].v.n != SEAL_SHA256_BYTES)
        return FAIL(E_DAMAGED, "store: record %lld has an id of %zu bytes", (long long)c[0].i,
                    c[1].v.n);
    TRY(arena_new(&s->batch.mem, &r));
    r->n = c[0].i;
    memcpy(r->id.bytes, c[1].v.p, SEAL_SHA256_BYTES);
    r->root = c[2].i;
    r->status = (enum rec_status)c[3].i;
    r->kind = c[4].v;
    r->org = c[5].v;
    r->mark = c[6].type == CELL_INT ? c[6].i : -1;
    r->prev = c[7].i;
    r->place.shard = c[8].type == CELL_INT ? c[8].i : -1;
    r->place.seq = c[9].i;
    r->place.received_ms = c[10].i;
    r->signatures = c[11].v;
    r->cosigned = c[12].v;
    r->why = c[13].v;
    r->in_db = true;
    r->was_readable = r->status == REC_READABLE;
    TRY(put(&s->batch, r));
    *out = r;
    return OK;
}

rc rec_by_id(struct store *s, const uint8_t id[SEAL_SHA256_BYTES], bool make, struct rec **out)
{
    struct batch *b = &s->batch;
    for (struct rec *r = *bucket_of_id(b, id); r; r = r->next_id)
        if (memcmp(r->id.bytes, id, SEAL_SHA256_BYTES) == 0) {
            *out = r;
            return OK;
        }
    bool absent = b->has_absent && memcmp(b->absent.bytes, id, SEAL_SHA256_BYTES) == 0;
    *out = NULL;
    if (!absent) TRY(from_row(s, OP_record_by_id, cell_blob(view_of(id, SEAL_SHA256_BYTES)), out));
    if (*out) return OK;
    if (!make) {
        memcpy(b->absent.bytes, id, SEAL_SHA256_BYTES); /* the door asks, then it is taken */
        b->has_absent = true;
        return OK;
    }
    struct rec *r;
    TRY(arena_new(&b->mem, &r));
    memcpy(r->id.bytes, id, SEAL_SHA256_BYTES);
    r->n = r->root = ++b->last_n;
    r->mark = r->place.shard = -1;
    r->fresh = r->looked_at = r->again_known = true;
    rec_dirty(b, r);
    TRY(put(b, r));
    *out = r;
    return OK;
}

rc rec_by_n(struct store *s, int64_t n, struct rec **out)
{
    for (struct rec *r = *bucket_of_n(&s->batch, n); r; r = r->next_n)
        if (r->n == n) {
            *out = r;
            return OK;
        }
    TRY(from_row(s, OP_record_by_n, cell_int(n), out));
    return *out ? OK
                : FAIL(E_DAMAGED, "store: record %lld is named and is not there", (long long)n);
}

rc rec_root(struct store *s, struct rec *r, struct rec **out)
{
    struct rec *at = r;
    while (at->root != at->n)
        TRY(rec_by_n(s, at->root, &at));
    r->root = at->n;
    *out = at;
    return OK;
}

rc rec_places(struct store *s, struct rec *r)
{
    if (r->again_known) return OK;
    struct cell key = cell_int(r->n), c[3];
    uint32_t cap = 0;
    bool more = true;
    TRY(db_ask(s->db, OP_place_again, &key, 1));
    for (;;) {
        TRY(db_row(s->db, OP_place_again, c, 3, &more));
        if (!more) break;
        if (r->n_again == cap) {
            struct rec_place *wider;
            cap = cap ? 2 * cap : 4;
            TRY(arena_array(&s->batch.mem, cap, &wider));
            if (r->n_again) memcpy(wider, r->again, r->n_again * sizeof *wider);
            r->again = wider;
        }
        r->again[r->n_again++] = (struct rec_place){c[0].i, c[1].i, c[2].i};
    }
    r->again_known = true;
    return OK;
}

/* ---- what they say ---- */

rc rec_note(struct store *s, struct rec *r, struct view *out)
{
    struct cell c = {0};
    bool found = false;
    *out = r->note;
    if (r->note.n > 0 || r->status == REC_NAMED || r->status == REC_ERASED) return OK;
    if (r->mark == RECORD_CLEAR) {
        struct cell key = cell_int(r->n);
        TRY(db_one(s->db, OP_record_note, &key, 1, &s->batch.mem, &c, 1, &found));
    }
    if (c.v.n == 0) {
        struct cell key = cell_blob(view_of(r->id.bytes, SEAL_SHA256_BYTES));
        TRY(db_one(s->db, OP_note_get, &key, 1, &s->batch.mem, &c, 1, &found));
    }
    r->note = *out = c.v;
    return OK;
}

rc rec_read(struct store *s, struct rec *r, const struct record **out)
{
    *out = r->r;
    if (r->r || r->looked_at || r->status != REC_READABLE) return OK;
    struct view note;
    TRY(rec_note(s, r, &note));
    r->looked_at = true;
    if (note.n == 0) return OK; /* erased while this transaction looks */
    struct view text = view_slice(note, 0, view_find(note, '\n') + 1);
    rc read = record_parse(text, RECORD_FROM_ELSEWHERE, s->now_ms, &s->batch.mem, &r->r, NULL);
    if (!ok(read)) return rc_within(read, "store: what was kept of record %lld: ", (long long)r->n);
    *out = r->r;
    return OK;
}

/* ---- writing ---- */

static rc write_record(struct store *s, struct rec *r)
{
    struct rec *root;
    TRY(rec_root(s, r, &root));
    bool placed = r->place.shard >= 0;
    struct cell c[N_COLUMNS + 1] = {cell_int(r->n),
                                    cell_blob(view_of(r->id.bytes, SEAL_SHA256_BYTES)),
                                    cell_int(root->n),
                                    cell_int((int64_t)r->status),
                                    cell_text(r->kind),
                                    cell_text(r->org),
                                    r->mark >= 0 ? cell_int(r->mark) : cell_none(),
                                    r->prev ? cell_int(r->prev) : cell_none(),
                                    placed ? cell_int(r->place.shard) : cell_none(),
                                    placed ? cell_int(r->place.seq) : cell_none(),
                                    placed ? cell_int(r->place.received_ms) : cell_none(),
                                    cell_blob(r->signatures),
                                    cell_blob(r->cosigned),
                                    cell_text(r->why),
                                    r->note_to_write ? cell_blob(r->note) : cell_none()};
    if (!r->in_db) {
        TRY(db_do(s->db, OP_record_add, c, N_COLUMNS + 1, NULL));
    } else {
        TRY(db_do(s->db, OP_record_set, c, N_COLUMNS, NULL));
        if (r->note_to_write) {
            struct cell note[] = {c[0], c[N_COLUMNS]};
            TRY(db_do(s->db, OP_record_set_note, note, 2, NULL));
        }
    }
    r->in_db = true;
    r->to_write = r->note_to_write = false;
    return OK;
}

rc batch_write_records(struct store *s)
{
    struct batch *b = &s->batch;
    for (struct rec *r = b->dirty; r; r = r->next_dirty)
        TRY(write_record(s, r));
    b->dirty = b->last_dirty = NULL;
    for (uint32_t i = 0; i < b->n_places; i++) {
        const struct batch_place *p = &b->places[i];
        struct cell c[] = {cell_int(p->place.shard), cell_int(p->place.seq), cell_int(p->r->n),
                           cell_int(p->place.received_ms), cell_int(p->again)};
        TRY(db_do(s->db, OP_place_add, c, COUNT_OF(c), NULL));
    }
    b->n_places = 0;
    return OK;
}
