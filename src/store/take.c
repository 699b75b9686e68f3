/* SPDX-License-Identifier: Apache-2.0
 * What arrives: places, notes, parts. A note is taken when its text has the id that the log
 * committed to; what then does not parse is kept as a commitment, with the reason. */
#include "store/store_int.h"

#include <string.h>

/* ---- places ---- */

static bool stands_at(const struct rec *r, int64_t shard, int64_t seq)
{
    if (r->place.shard == shard && r->place.seq == seq) return true;
    for (uint32_t i = 0; i < r->n_again; i++)
        if (r->again[i].shard == shard && r->again[i].seq == seq) return true;
    return false;
}

static rc remember_place(struct store *s, struct rec *r, struct rec_place place)
{
    struct batch *b = &s->batch;
    bool again = r->place.shard >= 0;
    if (b->n_places == b->cap_places) {
        struct batch_place *wider;
        uint32_t cap = b->cap_places ? 2 * b->cap_places : 256;
        TRY(arena_array_raw(&b->mem, cap, &wider));
        if (b->n_places) memcpy(wider, b->places, b->n_places * sizeof *wider);
        b->places = wider;
        b->cap_places = cap;
    }
    b->places[b->n_places++] = (struct batch_place){r, place, again};
    rec_dirty(&s->batch, r);
    if (!again) {
        r->place = place;
        if (r->status == REC_NAMED) r->status = REC_COMMITMENT;
        return OK;
    }
    struct rec_place *more;
    TRY(rec_places(s, r));
    TRY(arena_array(&b->mem, r->n_again + 1, &more));
    if (r->n_again) memcpy(more, r->again, r->n_again * sizeof *more);
    more[r->n_again++] = place;
    r->again = more;
    return OK;
}

static rc take_place(struct store *s, const struct store_arrival *a, struct rec *r, bool *out_new)
{
    struct log_row *log;
    TRY(logs_find(s, a->log, true, &log));
    if (a->index > (uint64_t)log->next)
        return FAIL(E_STALE, "store: entry %llu of %.*s, %lld is the next that is not applied",
                    (unsigned long long)a->index, VIEW_ARG(a->log), (long long)log->next);
    struct rec_place place = {log->shard, (int64_t)a->index, a->received_ms};
    *out_new = place.seq == log->next;
    if (!*out_new) {
        TRY(rec_places(s, r));
        if (stands_at(r, place.shard, place.seq)) return OK;
        return FAIL(E_DAMAGED, "store: another record stands at entry %llu of %.*s",
                    (unsigned long long)a->index, VIEW_ARG(a->log));
    }
    log->next++;
    log->next_dirty = true;
    return remember_place(s, r, place);
}

/* ---- notes ---- */

/* The text of a note of a record is one line; *out empty when these bytes are no such note. */
static struct view text_of(struct view note)
{
    size_t end = view_find(note, '\n');
    bool cut = end + 1 < note.n && note.p[end + 1] == '\n';
    return cut ? view_slice(note, 0, end + 1) : view_of(NULL, 0);
}

static rc keep_unreadable(struct store *s, struct rec *r, struct view text)
{
    struct view why = view_cstr(rc_message());
    uint8_t hash[SEAL_SHA256_BYTES];
    s->batch.report.n_unreadable++;
    TRY(arena_copy(&s->batch.mem, why, &why)); /* before anything fails anew */
    TRY(seal_sha256(text, hash));
    if (memcmp(hash, r->id.bytes, sizeof hash) != 0) return OK;
    r->status = REC_UNREADABLE;
    r->why = why;
    rec_dirty(&s->batch, r);
    return OK;
}

static rc keep_note(struct store *s, struct rec *r, struct view note)
{
    TRY(arena_copy(&s->batch.mem, note, &r->note));
    rec_dirty(&s->batch, r);
    if (r->mark == RECORD_CLEAR) {
        r->note_to_write = true;
        return OK;
    }
    struct cell c[] = {cell_blob(view_of(r->id.bytes, SEAL_SHA256_BYTES)), cell_blob(note)};
    return db_do(s->db, OP_note_put, c, 2, NULL);
}

static rc become_readable(struct store *s, struct rec *r, const struct record *record,
                          struct view note)
{
    r->r = record;
    r->looked_at = true;
    r->status = REC_READABLE;
    r->why = view_of(NULL, 0);
    r->kind = record->kind_name;
    r->org = record->org;
    r->mark = (int64_t)record->mark;
    TRY(keep_note(s, r, note));
    if (view_eq(r->kind, VIEW("organisation"))) TRY(keys_learn(s, r));
    TRY(links_take(s, r));
    r->arrived = true;
    return rec_list_add(&s->batch, &s->batch.arrived, r);
}

/* Another note over a text that is known: it may have lines that the first has not. The smaller of
 * the two stays, so that it does not matter which came first. */
static rc take_other_lines(struct store *s, struct rec *r, struct view note)
{
    struct view had;
    TRY(rec_note(s, r, &had));
    if (view_eq(had, note) || had.n == 0) return OK;
    const struct record *record;
    TRY(rec_read(s, r, &record));
    if (!record || !view_eq(text_of(note), record->text)) return OK;
    TRY(arena_copy(&s->batch.mem, note, &note));
    TRY(facts_of_note(s, r, note));
    if (view_cmp(note, had) >= 0) return OK;
    r->note = note;
    rec_dirty(&s->batch, r);
    if (r->mark == RECORD_CLEAR) {
        r->note_to_write = true;
        return OK;
    }
    struct cell c[] = {cell_blob(view_of(r->id.bytes, SEAL_SHA256_BYTES)), cell_blob(note)};
    return db_do(s->db, OP_note_replace, c, 2, NULL);
}

static rc become_erased(struct store *s, struct rec *r, struct view links)
{
    r->status = REC_ERASED;
    rec_dirty(&s->batch, r);
    TRY(arena_copy(&s->batch.mem, links, &links));
    TRY(links_take_erased(s, r, links));
    r->arrived = true;
    return rec_list_add(&s->batch, &s->batch.arrived, r);
}

/* What notes hold of it: bytes, or that it was erased. */
static rc look_up(struct store *s, struct rec *r, struct view *out_note, bool *out_erased)
{
    struct cell key = cell_blob(view_of(r->id.bytes, SEAL_SHA256_BYTES)), c[3];
    bool found;
    *out_erased = false;
    TRY(db_one(s->db, OP_note_get, &key, 1, &s->batch.mem, c, 3, &found));
    if (!found) return OK;
    if (c[1].type == CELL_INT) {
        *out_erased = true;
        return become_erased(s, r, c[2].v);
    }
    if (out_note->n == 0) *out_note = c[0].v;
    return OK;
}

/* As read at the door a moment ago; NULL: it came another way. */
static const struct record *came_in(const struct store *s, const struct rec *r, struct view note)
{
    const struct record *record = s->door.r;
    bool same = record && memcmp(record->id, r->id.bytes, sizeof record->id) == 0 &&
                view_eq(s->door.note, note);
    return same ? record : NULL;
}

static rc take_note(struct store *s, struct rec *r, const struct store_arrival *a)
{
    const struct record *record;
    struct view note = a->note;
    bool erased = false;
    if (note.n == 0) TRY(look_up(s, r, &note, &erased));
    if (note.n == 0 || erased) return OK;
    struct view text = text_of(note);
    if (text.n == 0) {
        s->batch.report.n_unreadable++;
        return OK;
    }
    rc read = OK;
    record = came_in(s, r, note);
    if (!record && a->note.n > 0) record = a->read;
    if (!record)
        read = record_parse(text, RECORD_FROM_ELSEWHERE, s->now_ms, &s->batch.mem, &record, NULL);
    if (!ok(read)) return record_is_at_fault(read) ? keep_unreadable(s, r, text) : read;
    if (memcmp(record->id, r->id.bytes, SEAL_SHA256_BYTES) != 0) {
        s->batch.report.n_unreadable++;
        return OK;
    }
    if (record->mark != RECORD_CLEAR) {
        struct view kept = note;
        TRY(look_up(s, r, &kept, &erased));
        if (erased) return OK;
    }
    return become_readable(s, r, record, note);
}

/* ---- parts ---- */

static rc take_part(struct store *s, struct rec *r, const struct record_part_text *part)
{
    const struct record *record;
    TRY(rec_read(s, r, &record));
    if (!record) return OK; /* nothing says what it should be */
    rc checked = record_check_part(record, part->field, part->text, &s->batch.mem, NULL, NULL);
    if (!ok(checked)) {
        bool of_part =
            record_is_at_fault(checked) || checked.code == E_DAMAGED || checked.code == E_NOT_FOUND;
        if (of_part) s->batch.report.n_unreadable++;
        return of_part ? OK : checked;
    }
    struct cell c[] = {cell_blob(view_of(r->id.bytes, SEAL_SHA256_BYTES)), cell_text(part->field),
                       cell_blob(part->text)};
    return db_do(s->db, OP_part_put, c, 3, NULL);
}

rc take_arrival(struct store *s, const struct store_arrival *a)
{
    struct rec *r;
    bool is_new;
    TRY(rec_by_id(s, a->id.bytes, true, &r));
    TRY(take_place(s, a, r, &is_new));
    if (is_new)
        s->batch.report.n_new++;
    else
        s->batch.report.n_known++;
    if (r->status == REC_COMMITMENT || r->status == REC_UNREADABLE)
        TRY(take_note(s, r, a));
    else if (r->status == REC_READABLE && a->note.n > 0)
        TRY(take_other_lines(s, r, a->note));
    for (uint32_t i = 0; i < a->n_parts; i++)
        TRY(take_part(s, r, &a->parts[i]));
    /* A further place may be the one at home. */
    if (is_new && !r->arrived) {
        r->arrived = true;
        return rec_list_add(&s->batch, &s->batch.arrived, r);
    }
    return OK;
}

/* ---- when all are in ---- */

static bool has_rate(const struct record_kind *k)
{
    if (!k) return false;
    uint64_t guards = k->guards;
    for (uint32_t i = 0; i < k->n_transitions; i++)
        guards |= k->transitions[i].guards;
    return (guards & RECORD_GUARD_BIT(not_flooding)) != 0;
}

static rc add_rate(struct store *s, struct rec *r, const struct rec_place *place)
{
    struct cell c[] = {cell_text(r->org), cell_text(r->kind), cell_int(place->received_ms),
                       cell_int(r->n), cell_int(place->shard)};
    TRY(db_do(s->db, OP_rate_add, c, COUNT_OF(c), NULL));
    int64_t *objects;
    uint32_t n;
    TRY(db_numbers(s->db, OP_on_rate, c, 3, &s->batch.mem, &objects, &n));
    for (uint32_t i = 0; i < n; i++) {
        struct rec *o;
        TRY(rec_by_n(s, objects[i], &o));
        TRY(object_touch(s, o));
    }
    return OK;
}

/* Only what its author signed counts: nobody floods in another's name. */
rc rate_take(struct store *s, struct rec *r)
{
    if (r->status != REC_READABLE || !has_rate(record_kind_find(r->kind))) return OK;
    if (!signatures_hold_name(r->signatures, r->org)) return OK;
    TRY(rec_places(s, r));
    TRY(add_rate(s, r, &r->place));
    for (uint32_t i = 0; i < r->n_again; i++)
        TRY(add_rate(s, r, &r->again[i]));
    return OK;
}

rc take_settle(struct store *s)
{
    struct batch *b = &s->batch;
    for (uint32_t i = 0; i < b->arrived.n; i++) {
        struct rec *r = b->arrived.at[i];
        if (r->r && r->signatures.n == 0) TRY(facts_of(s, r));
    }
    for (uint32_t i = 0; i < b->arrived.n; i++)
        TRY(facts_cosigns(s, b->arrived.at[i]));
    TRY(facts_again(s));
    for (uint32_t i = 0; i < b->arrived.n; i++) {
        struct rec *r = b->arrived.at[i];
        if (view_eq(r->kind, VIEW("organisation"))) b->register_dirty = true;
        TRY(rate_take(s, r));
        TRY(object_touch_all(s, r));
        r->arrived = false;
    }
    b->arrived.n = 0;
    return batch_write_records(s);
}
