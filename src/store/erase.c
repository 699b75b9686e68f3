/* SPDX-License-Identifier: Apache-2.0
 * Erasure. Of a note stay its commitment, which is in the log, and what it named: hashes that tell
 * nothing without the notes they are of, and that the states of other records rest on. */
#include "store/store_int.h"

#include <string.h>

static rc erase_part(struct store *s, const struct seal_hash *id, struct view field, int64_t now_ms)
{
    struct cell c[] = {cell_blob(view_of(id->bytes, SEAL_SHA256_BYTES)), cell_text(field),
                       cell_int(now_ms)};
    int64_t changed;
    TRY(db_do(s->db, OP_part_erase, c, 3, &changed));
    return changed ? OK : FAIL(E_NOT_FOUND, "store: no part %.*s of that record", VIEW_ARG(field));
}

static rc drop_facts(struct store *s, struct rec *r)
{
    struct cell key = cell_int(r->n);
    TRY(db_do(s->db, OP_unproven_drop_all, &key, 1, NULL));
    TRY(db_do(s->db, OP_rate_drop_all, &key, 1, NULL));
    TRY(rec_places(s, r));
    for (uint32_t i = 0; i <= r->n_again; i++) {
        struct rec_place p = i < r->n_again ? r->again[i] : r->place;
        for (uint32_t k = 0; k < s->n_logs; k++) {
            struct cell c[] = {cell_int(s->logs[k].fact_shard), cell_int(p.seq)};
            if (s->logs[k].shard == p.shard) TRY(db_do(s->db, OP_fact_drop, c, 2, NULL));
        }
    }
    return OK;
}

static rc forget_content(struct store *s, struct rec *r)
{
    r->status = REC_ERASED;
    r->was_kind = r->kind;
    r->kind = r->org = r->why = r->signatures = r->cosigned = r->note = view_of(NULL, 0);
    r->mark = -1;
    r->r = NULL;
    rec_dirty(&s->batch, r);
    return batch_write_records(s);
}

static rc erase_note(struct store *s, struct rec *r, int64_t now_ms)
{
    const struct record *record;
    struct view links = {NULL, 0};
    int64_t changed;
    struct cell key = cell_blob(view_of(r->id.bytes, SEAL_SHA256_BYTES));
    if (r->mark == RECORD_CLEAR)
        return FAIL(E_REFUSED, "store: the record is clear: everybody may hold the public log");
    TRY(rec_read(s, r, &record));
    if (record) TRY(links_write(&links, record, &s->batch.mem));
    struct cell c[] = {key, cell_int(now_ms), cell_blob(links)}, parts[] = {key, cell_int(now_ms)};
    TRY(db_do(s->db, OP_note_erase, c, 3, &changed));
    TRY(db_do(s->db, OP_part_erase_all, parts, 2, NULL));
    /* A crash between the two databases leaves the tombstone alone: then the view follows now. */
    if (changed == 0 && r->status != REC_READABLE && r->status != REC_UNREADABLE)
        return FAIL(E_NOT_FOUND, "store: there is no note of that record to erase");
    TRY(object_touch_all(s, r));
    TRY(drop_facts(s, r));
    TRY(forget_content(s, r));
    return objects_fold(s);
}

static rc erase(struct store *s, const struct seal_hash *id, struct view field, int64_t now_ms)
{
    struct rec *r;
    TRY(store_begin(s, now_ms));
    if (field.n > 0) {
        TRY(erase_part(s, id, field, now_ms));
        return store_commit(s);
    }
    TRY(rec_by_id(s, id->bytes, false, &r));
    if (!r) return FAIL(E_NOT_FOUND, "store: that record is not known here");
    TRY(erase_note(s, r, now_ms));
    return store_commit(s);
}

rc store_erase(struct store *s, const struct seal_hash *id, struct view field, int64_t now_ms)
{
    if (s->open) store_abandon(s);
    rc r = erase(s, id, field, now_ms);
    if (!ok(r)) {
        store_abandon(s);
        return r;
    }
    return db_settle(s->db);
}
