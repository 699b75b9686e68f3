/* SPDX-License-Identifier: Apache-2.0
 * Erasure. Of a note stay its commitment, which is in the log, and what it named: hashes that tell
 * nothing without the notes they are of, and that the states of other records rest on.
 *
 * Three things have to go: bytes in notes, rows of the view, and what stands beside the databases.
 * The file `erasing` names what is being erased while that lasts; who opens the store next goes on
 * with it. One line: id, field or "-", milliseconds.
 *
 * Parts that go because their object entered a state (record_kind.erases) leave notes with the
 * transaction that folds the state. That bytes of them may still stand beside, and in the journal,
 * is what the file `settling` says until the node has seen to both. */
#include "store/store_int.h"

#include <stdio.h>
#include <string.h>

enum { MAX_INTENT_BYTES = 1024 };

static const char k_intent[] = "erasing", k_debt[] = "settling";

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

/* What its keys had signed waits for keys again, everywhere: no row says where that is. */
static bool lists_keys(const struct rec *r)
{
    return view_eq(r->was_kind, VIEW("organisation"));
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
    bool keys = lists_keys(r);
    TRY(store_commit(s));
    return keys ? store_forget_view(s) : OK;
}

/* ---- the intent ---- */

static rc intent_write(const char *path, const struct seal_hash *id, struct view field,
                       int64_t now_ms)
{
    CLEANUP(buf_done) struct buf line = {0};
    CLEANUP(file_abandon) struct file_writer file = {.fd = -1};
    char text[RECORD_ID_CHARS];
    record_id_write(id->bytes, text);
    if (field.n == 0) field = VIEW("-");
    TRY(buf_addf(&line, "%.*s %.*s %lld\n", RECORD_ID_CHARS, text, VIEW_ARG(field),
                 (long long)now_ms));
    TRY(file_create_private(path, &file));
    TRY(file_write(&file, buf_view(&line)));
    return file_commit(&file);
}

static rc intent_read(const char *path, struct buf *line, struct seal_hash *out_id,
                      struct view *out_field, int64_t *out_now_ms)
{
    long long now_ms;
    TRY(file_read(path, MAX_INTENT_BYTES, line));
    struct view v = buf_view(line);
    size_t field = RECORD_ID_CHARS + 1, end = field + view_find(view_slice(v, field, v.n), ' ');
    TRY(buf_add_byte(line, 0));
    if (v.n <= field || !ok(record_id_read(view_slice(v, 0, RECORD_ID_CHARS), out_id->bytes)) ||
        end >= v.n || sscanf((const char *)line->p + end, " %lld", &now_ms) != 1)
        return FAIL(E_DAMAGED, "store: %s does not say what is being erased", path);
    *out_field = view_of(line->p + field, end - field);
    if (view_eq(*out_field, VIEW("-"))) *out_field = view_of(NULL, 0);
    *out_now_ms = now_ms;
    return OK;
}

/* Nothing else: a refusal, or that there is nothing of it left, is the answer. */
static bool is_answer(rc r)
{
    return ok(r) || r.code == E_NOT_FOUND || r.code == E_REFUSED;
}

/* Also when nothing of it is left: then bytes of the time before may be. */
static rc finish(struct store *s, rc erased, const char *intent)
{
    if (erased.code != E_REFUSED) {
        TRY(db_settle(s->db, true));
        TRY(owe_erasure(s)); /* the journal */
    }
    return file_remove(intent);
}

rc store_erase(struct store *s, const struct seal_hash *id, struct view field, int64_t now_ms)
{
    CLEANUP(buf_done) struct buf path = {0};
    if (s->options.look_only) return FAIL(E_READ_ONLY, "store: opened for looking only");
    if (s->open) store_abandon(s);
    TRY(store_path(s->dir, k_intent, &path));
    TRY(intent_write((const char *)path.p, id, field, now_ms));
    rc r = erase(s, id, field, now_ms);
    if (!ok(r)) store_abandon(s);
    if (!is_answer(r)) return r;
    char why[512];
    snprintf(why, sizeof why, "%s", ok(r) ? "" : rc_message());
    TRY(finish(s, r, (const char *)path.p));
    return ok(r) ? OK : FAIL(r.code, "%s", why);
}

rc erase_resume(struct store *s)
{
    CLEANUP(buf_done) struct buf path = {0}, line = {0};
    struct seal_hash id;
    struct view field;
    int64_t now_ms;
    TRY(store_path(s->dir, k_intent, &path));
    rc r = intent_read((const char *)path.p, &line, &id, &field, &now_ms);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    r = erase(s, &id, field, now_ms);
    if (!ok(r)) store_abandon(s);
    if (!is_answer(r)) return r;
    /* What rested on it, and what its keys had signed, was not told while its note was there. */
    if (field.n == 0 && r.code != E_REFUSED) TRY(store_forget_view(s));
    return finish(s, r, (const char *)path.p);
}

/* ---- by a state ---- */

rc erase_by_state(struct store *s, struct rec *root, const struct record_outcome *o)
{
    struct rec **chain;
    uint32_t n;
    if (!o->kind || o->state < 0 || !(o->kind->erases >> o->state & 1)) return OK;
    TRY(object_chain(s, root, &s->fold_mem, &chain, &n));
    for (uint32_t i = 0; i < n; i++) {
        struct cell c[] = {cell_blob(view_of(chain[i]->id.bytes, SEAL_SHA256_BYTES)),
                           cell_int(s->now_ms)};
        int64_t changed;
        TRY(db_do(s->db, OP_part_erase_all, c, 2, &changed));
        if (changed > 0) s->batch.erased_parts = true;
    }
    return OK;
}

rc owe_erasure(struct store *s)
{
    CLEANUP(buf_done) struct buf path = {0};
    CLEANUP(file_abandon) struct file_writer file = {.fd = -1};
    if (s->owes) return OK;
    TRY(store_path(s->dir, k_debt, &path));
    TRY(file_create_private((const char *)path.p, &file));
    TRY(file_write(&file, VIEW("parts were erased\n")));
    TRY(file_commit(&file));
    s->owes = true;
    return OK;
}

rc owes_read(struct store *s)
{
    CLEANUP(buf_done) struct buf path = {0}, text = {0};
    TRY(store_path(s->dir, k_debt, &path));
    rc r = file_read((const char *)path.p, MAX_INTENT_BYTES, &text);
    s->owes = ok(r);
    return r.code == E_NOT_FOUND ? OK : r;
}

bool store_owes_erasure(const struct store *s)
{
    return s->owes;
}

rc store_settle_erasure(struct store *s)
{
    CLEANUP(buf_done) struct buf path = {0};
    if (!s->owes) return OK;
    if (s->open) store_abandon(s);
    TRY(db_settle(s->db, false));
    TRY(store_path(s->dir, k_debt, &path));
    TRY(file_remove((const char *)path.p));
    s->owes = false;
    return OK;
}
