/* SPDX-License-Identifier: Apache-2.0
 * Questions. Each names its viewer; viewer.c says what that one may see, and whatever is handed out
 * is copied into the caller's arena within one snapshot. */
#include "store/store_int.h"

#include <string.h>

/* Rows after which a long list lets go of what it looked at. */
enum { LIST_BATCH = 1024 };

/* ---- snapshots ---- */

rc read_begin(struct store *s)
{
    if (s->open) store_abandon(s);
    rc r = db_begin(s->db, DB_VIEW);
    int64_t version = s->seen_version;
    if (ok(r) && s->options.look_only) r = db_version(s->db, &version);
    if (ok(r) && version != s->seen_version) {
        s->reg_known = s->logs_known = s->keys_known = false;
        s->seen_version = version;
    }
    if (ok(r)) r = batch_begin(s, s->now_ms);
    if (ok(r)) r = logs_load(s);
    if (ok(r)) r = register_load(s);
    if (!ok(r)) read_end(s);
    return r;
}

void read_end(struct store *s)
{
    db_looked(s->db);
    batch_end(s);
}

/* ---- one object ---- */

static rc copy_record(struct store *s, struct rec *r, struct arena *mem, const struct record **out)
{
    struct view note;
    *out = NULL;
    if (r->status != REC_READABLE) return OK;
    TRY(rec_note(s, r, &note));
    if (note.n == 0) return OK; /* erased while this one looks */
    struct view text = view_slice(note, 0, view_find(note, '\n') + 1);
    return record_parse(text, RECORD_FROM_ELSEWHERE, s->now_ms, mem, out, NULL);
}

struct event_row {
    int64_t record;
    bool in_effect;
    struct view state, why;
};

static rc event_rows(struct store *s, int64_t object, struct arena *mem, struct event_row **out,
                     uint32_t *out_n)
{
    const struct cell key = cell_int(object), *c;
    struct event_row *list;
    uint32_t n;
    TRY(db_rows(s->db, OP_effect_of, &key, 1, mem, 4, &c, &n));
    TRY(arena_array(mem, n ? n : 1, &list));
    for (uint32_t i = 0; i < n; i++, c += 4)
        list[i] = (struct event_row){
            .record = c[0].i, .in_effect = c[1].i != 0, .state = c[2].v, .why = c[3].v};
    *out = list;
    *out_n = n;
    return OK;
}

static rc tell_why(struct store *s, const struct store_viewer *v, struct rec *r, struct view why,
                   struct arena *mem, struct view *out)
{
    enum store_sight sight = STORE_ALL;
    const struct record *said;
    if (why.n == 0) return OK;
    TRY(rec_read(s, r, &said));
    if (said) TRY(sight_of_reasons(s, v, said, &sight));
    return arena_copy(mem, sight == STORE_ALL ? why : VIEW("the reason is not for this reader"),
                      out);
}

static rc fill_event(struct store *s, const struct store_viewer *v, struct rec *r,
                     const struct event_row *row, enum store_sight sight, struct arena *mem,
                     struct store_event *out)
{
    struct rec_place place;
    TRY(place_chosen(s, r, &place));
    *out = (struct store_event){.id = r->id,
                                .received_ms = place.received_ms,
                                .in_effect = row->in_effect,
                                .erased = r->status == REC_ERASED,
                                .state = row->state};
    TRY(arena_copy(mem, r->kind, &out->kind));
    if (sight != STORE_ALL) return OK;
    TRY(tell_why(s, v, r, row->why, mem, &out->why));
    out->index = (uint64_t)place.seq;
    TRY(arena_copy(mem, logs_origin(s, place.shard), &out->log));
    TRY(arena_copy(mem, r->org, &out->org));
    return copy_record(s, r, mem, &out->r);
}

static rc fill_events(struct store *s, const struct store_viewer *v, struct rec *object,
                      struct arena *mem, struct store_object *out)
{
    struct store_event *events;
    struct event_row *rows;
    uint32_t n, kept = 0;
    TRY(event_rows(s, object->n, mem, &rows, &n));
    TRY(arena_array(mem, n ? n : 1, &events));
    for (uint32_t i = 0; i < n; i++) {
        enum store_sight sight;
        struct rec *r;
        TRY(rec_by_n(s, rows[i].record, &r));
        TRY(sight_of(s, v, r, &sight));
        if (sight == STORE_NOTHING) continue;
        TRY(fill_event(s, v, r, &rows[i], sight, mem, &events[kept++]));
    }
    out->events = events;
    out->n_events = kept;
    return OK;
}

static rc fill_clocks(struct store *s, struct rec *object, struct arena *mem,
                      struct store_object *out)
{
    const struct cell key = cell_int(object->n), *c;
    struct store_clock *list;
    uint32_t n;
    TRY(db_rows(s->db, OP_clock_of, &key, 1, mem, 6, &c, &n));
    TRY(arena_array(mem, n ? n : 1, &list));
    for (uint32_t i = 0; i < n; i++, c += 6)
        list[i] = (struct store_clock){.name = c[0].v,
                                       .late_text = c[1].v,
                                       .started_ms = c[2].i,
                                       .due_ms = c[3].i,
                                       .stopped = c[4].i != 0,
                                       .late = c[5].i != 0};
    out->clocks = list;
    out->n_clocks = n;
    return OK;
}

static rc fill_missing(struct view text, struct arena *mem, struct store_object *out)
{
    const struct json *list;
    struct view *names;
    if (text.n == 0) return OK;
    TRY(json_parse(text, NULL, mem, &list));
    TRY(arena_array(mem, list->n ? list->n : 1, &names));
    for (uint32_t i = 0; i < list->n; i++)
        names[i] = list->as.items[i].as.string;
    out->missing = names;
    out->n_missing = list->n;
    return OK;
}

/* An object is as visible as the version that holds, or as its first record when none does. */
static rc fill(struct store *s, const struct store_viewer *v, struct rec *object,
               const struct cell *c, bool whole, struct arena *mem, struct store_object *out)
{
    struct rec *shown = object;
    *out = (struct store_object){.id = object->id, .since_ms = c[4].i};
    if (c[7].type == CELL_INT) TRY(rec_by_n(s, c[7].i, &shown));
    TRY(sight_of(s, v, shown, &out->sight));
    if (out->sight == STORE_NOTHING) return OK;
    TRY(arena_copy(mem, c[1].v, &out->kind));
    TRY(arena_copy(mem, c[3].v, &out->state));
    out->mark = c[5].type == CELL_INT ? (enum record_mark)c[5].i : RECORD_RED;
    if (out->sight != STORE_ALL) return OK;
    TRY(arena_copy(mem, c[2].v, &out->org));
    TRY(tell_why(s, v, shown, c[6].v, mem, &out->why));
    TRY(fill_missing(c[8].v, mem, out));
    if (c[7].type == CELL_INT) TRY(copy_record(s, shown, mem, &out->current));
    TRY(fill_clocks(s, object, mem, out));
    return whole ? fill_events(s, v, object, mem, out) : OK;
}

rc object_read(struct store *s, const struct store_viewer *viewer, struct rec *object,
               bool with_events, struct arena *mem, struct store_object *out)
{
    struct cell key = cell_int(object->n), c[9];
    bool found;
    TRY(db_one(s->db, OP_object_get, &key, 1, &s->batch.mem, c, 9, &found));
    *out = (struct store_object){.sight = STORE_NOTHING};
    return found ? fill(s, viewer, object, c, with_events, mem, out) : OK;
}

/* Whether the viewer may learn which object a record belongs to. */
static rc leads_to(struct store *s, const struct store_viewer *v, const struct seal_hash *id,
                   struct rec **out)
{
    enum store_sight sight;
    struct rec *r, *root;
    *out = NULL;
    TRY(rec_by_id(s, id->bytes, false, &r));
    if (!r || r->status == REC_NAMED) return OK;
    TRY(sight_of(s, v, r, &sight));
    TRY(rec_root(s, r, &root));
    if (sight == STORE_NOTHING || (sight == STORE_STATE_ONLY && root != r)) return OK;
    *out = root;
    return OK;
}

static rc not_found(const struct seal_hash *id)
{
    char text[RECORD_ID_CHARS];
    record_id_write(id->bytes, text);
    return FAIL(E_NOT_FOUND, "store: no record %.*s", RECORD_ID_CHARS, text);
}

static rc object_in(struct store *s, const struct store_viewer *v, const struct seal_hash *id,
                    struct arena *mem, struct store_object *out)
{
    struct store_object found = {.sight = STORE_NOTHING};
    struct rec *root;
    TRY(leads_to(s, v, id, &root));
    if (root) TRY(object_read(s, v, root, true, mem, &found));
    if (found.sight == STORE_NOTHING) return not_found(id);
    *out = found;
    return OK;
}

rc store_object(struct store *s, const struct store_viewer *viewer, const struct seal_hash *id,
                struct arena *mem, struct store_object *out)
{
    TRY(read_begin(s));
    rc r = object_in(s, viewer, id, mem, out);
    read_end(s);
    return r;
}

/* ---- the note ---- */

static rc parts_of(struct store *s, const struct rec *r, struct arena *mem,
                   const struct record_part_text **out, uint32_t *out_n)
{
    const struct cell key = cell_blob(view_of(r->id.bytes, SEAL_SHA256_BYTES)), *c;
    struct record_part_text *list;
    uint32_t n;
    TRY(db_rows(s->db, OP_part_of, &key, 1, mem, 2, &c, &n));
    TRY(arena_array(mem, n ? n : 1, &list));
    for (uint32_t i = 0; i < n; i++, c += 2) {
        list[i].field = c[0].v;
        list[i].text = c[1].v;
    }
    *out = list;
    *out_n = n;
    return OK;
}

static rc keep_seen(struct store *s, const struct store_viewer *v, struct rec *r,
                    const struct record_part_text *parts, uint32_t n, struct arena *mem,
                    const struct record_part_text **out, uint32_t *out_n)
{
    struct record_part_text *kept;
    uint32_t n_kept = 0;
    TRY(arena_array(mem, n ? n : 1, &kept));
    for (uint32_t i = 0; i < n; i++) {
        bool seen;
        TRY(sees_part(s, v, r, parts[i].field, &seen));
        if (seen) kept[n_kept++] = parts[i];
    }
    *out = kept;
    *out_n = n_kept;
    return OK;
}

static rc note_in(struct store *s, const struct store_viewer *v, const struct seal_hash *id,
                  struct arena *mem, struct view *out_note, const struct record_part_text **out,
                  uint32_t *out_n)
{
    enum store_sight sight;
    struct view note;
    struct rec *r;
    TRY(rec_by_id(s, id->bytes, false, &r));
    if (!r) return not_found(id);
    TRY(sight_of(s, v, r, &sight));
    TRY(rec_note(s, r, &note));
    if (sight != STORE_ALL || note.n == 0) return not_found(id);
    TRY(arena_copy(mem, note, &note));
    TRY(parts_of(s, r, mem, out, out_n));
    TRY(keep_seen(s, v, r, *out, *out_n, mem, out, out_n));
    *out_note = note;
    return OK;
}

rc store_note(struct store *s, const struct store_viewer *viewer, const struct seal_hash *id,
              struct arena *mem, struct view *out_note, const struct record_part_text **out_parts,
              uint32_t *out_n_parts)
{
    TRY(read_begin(s));
    rc r = note_in(s, viewer, id, mem, out_note, out_parts, out_n_parts);
    read_end(s);
    return r;
}

static rc place_in(struct store *s, const struct store_viewer *v, const struct seal_hash *id,
                   struct arena *mem, struct view *out_log, uint64_t *out_index)
{
    enum store_sight sight;
    struct rec_place place;
    struct rec *r;
    TRY(rec_by_id(s, id->bytes, false, &r));
    if (!r || r->status == REC_NAMED) return not_found(id);
    TRY(sight_of(s, v, r, &sight));
    if (sight == STORE_NOTHING) return not_found(id);
    TRY(place_chosen(s, r, &place));
    TRY(arena_copy(mem, logs_origin(s, place.shard), out_log));
    *out_index = (uint64_t)place.seq;
    return OK;
}

rc store_place(struct store *s, const struct store_viewer *viewer, const struct seal_hash *id,
               struct arena *mem, struct view *out_log, uint64_t *out_index)
{
    TRY(read_begin(s));
    rc r = place_in(s, viewer, id, mem, out_log, out_index);
    read_end(s);
    return r;
}
