/* SPDX-License-Identifier: Apache-2.0
 * Opening, transactions, local data, copies, the dump. */
#include "store/store_int.h"

#include <stdio.h>
#include <string.h>

static rc remember(struct store *s, const char *dir, const struct store_options *options)
{
    size_t n = strlen(dir) + 1;
    s->options = *options;
    TRY(mem_new(n, 1, &s->dir));
    memcpy(s->dir, dir, n);
    arena_init(&s->logs_mem, 0);
    arena_init(&s->keys_mem, 0);
    arena_init(&s->register_mem[0], 0);
    arena_init(&s->register_mem[1], 0);
    arena_init(&s->batch.mem, 0);
    arena_init(&s->fold_mem, 0);
    arena_init(&s->seen_mem, 0);
    s->now_ms = options->now_ms;
    return db_open(dir, options->look_only, !options->without_view, &s->db);
}

rc store_path(const char *dir, const char *name, struct buf *out)
{
    buf_reset(out);
    return buf_addf(out, "%s/%s%c", dir, name, 0);
}

rc store_open(const char *dir, const struct store_options *options, struct store **out)
{
    struct store *s;
    TRY(mem_new(1, sizeof *s, &s));
    rc r = remember(s, dir, options);
    if (ok(r) && !options->look_only && !options->leaves_erasure) r = erase_resume(s);
    if (ok(r) && !options->look_only) r = owes_read(s);
    if (!ok(r)) {
        store_close(s);
        return r;
    }
    *out = s;
    return OK;
}

void store_close(struct store *s)
{
    if (!s) return;
    if (s->open) store_abandon(s);
    store_forget_foreseen(s);
    db_close(s->db);
    arena_done(&s->logs_mem);
    arena_done(&s->keys_mem);
    arena_done(&s->register_mem[0]);
    arena_done(&s->register_mem[1]);
    arena_done(&s->batch.mem);
    arena_done(&s->fold_mem);
    arena_done(&s->seen_mem);
    mem_free(s->logs);
    mem_free(s->keys);
    mem_free(s->pending);
    mem_free(s->dir);
    mem_free(s);
}

/* ---- transactions ---- */

void store_abandon(struct store *s)
{
    db_rollback(s->db, DB_VIEW);
    db_rollback(s->db, DB_NOTES);
    batch_end(s);
    s->logs_known = s->keys_known = s->reg_known = false;
    s->reg = NULL;
}

rc store_begin(struct store *s, int64_t now_ms)
{
    if (s->options.look_only) return FAIL(E_READ_ONLY, "store: opened for looking only");
    TRY(db_begin(s->db, DB_VIEW));
    TRY(db_begin(s->db, DB_NOTES));
    TRY(batch_begin(s, now_ms));
    TRY(logs_load(s));
    TRY(keys_load(s));
    return register_load(s);
}

rc store_commit(struct store *s)
{
    TRY(logs_write(s));
    if (s->batch.erased_parts) TRY(owe_erasure(s));
    /* Notes are nowhere else, so they are durable before the view says that they were applied. */
    TRY(db_commit(s->db, DB_NOTES));
    TRY(db_commit(s->db, DB_VIEW));
    batch_end(s);
    return OK;
}

rc store_take(struct store *s, const struct store_arrival *arrivals, size_t n)
{
    for (size_t i = 0; i < n; i++)
        TRY(take_arrival(s, &arrivals[i]));
    TRY(take_settle(s));
    return objects_fold(s);
}

static rc apply(struct store *s, const struct store_arrival *arrivals, size_t n, int64_t now_ms)
{
    size_t stands = s->n_pending;
    TRY(store_begin(s, now_ms));
    TRY(store_take(s, arrivals + stands, n - stands));
    return store_commit(s);
}

rc store_apply(struct store *s, const struct store_arrival *arrivals, size_t n, int64_t now_ms,
               struct store_report *out)
{
    if (s->open && !pending_stands(s, arrivals, n, now_ms)) store_abandon(s);
    rc r = apply(s, arrivals, n, now_ms);
    if (!ok(r)) {
        store_abandon(s);
        return r;
    }
    if (out) *out = s->batch.report;
    return OK;
}

rc store_applied(struct store *s, struct view log, uint64_t *out_next)
{
    struct log_row *row;
    TRY(read_begin(s));
    rc r = logs_find(s, log, false, &row);
    read_end(s);
    if (ok(r)) *out_next = row ? (uint64_t)row->next : 0;
    return r;
}

rc store_is_new(struct store *s, bool *out)
{
    TRY(read_begin(s));
    read_end(s);
    *out = s->n_logs == 0;
    return OK;
}

static rc next_due(struct store *s, int64_t *out_ms)
{
    struct cell c;
    bool found;
    TRY(db_one(s->db, OP_object_next, NULL, 0, &s->batch.mem, &c, 1, &found));
    *out_ms = c.type == CELL_INT ? c.i : INT64_MAX;
    return OK;
}

rc store_due(struct store *s, int64_t *out_ms)
{
    TRY(read_begin(s));
    rc r = next_due(s, out_ms);
    read_end(s);
    return r;
}

static rc tick(struct store *s, int64_t now_ms, int64_t *out_next_ms)
{
    int64_t next_ms;
    TRY(store_begin(s, now_ms));
    TRY(objects_fold(s));
    TRY(next_due(s, &next_ms));
    TRY(store_commit(s));
    *out_next_ms = next_ms;
    return OK;
}

rc store_tick(struct store *s, int64_t now_ms, int64_t *out_next_ms)
{
    if (s->open) store_abandon(s);
    rc r = tick(s, now_ms, out_next_ms);
    if (!ok(r)) store_abandon(s);
    return r;
}

rc store_forget_view(struct store *s)
{
    if (s->options.look_only) return FAIL(E_READ_ONLY, "store: opened for looking only");
    store_abandon(s);
    return db_empty_view(s->db);
}

rc store_rebuild(struct store *s)
{
    if (s->options.look_only) return FAIL(E_READ_ONLY, "store: opened for looking only");
    store_abandon(s);
    return db_rebuild(s->db);
}

rc store_rebuilt(struct store *s)
{
    if (s->open) store_abandon(s);
    return db_rebuilt(s->db);
}

rc store_register(struct store *s, const struct record_register **out)
{
    if (!s->reg_known || s->open) {
        TRY(read_begin(s));
        read_end(s);
    }
    *out = s->reg;
    return OK;
}

/* ---- the dump ---- */

static rc dump_row(struct view table, const struct cell *c, uint32_t n, struct buf *out)
{
    struct json_writer w;
    buf_reset(out);
    json_begin(&w, out);
    json_open_array(&w);
    json_string(&w, table);
    for (uint32_t i = 0; i < n; i++) {
        char number[24];
        switch (c[i].type) {
        case CELL_NULL: json_null(&w); break;
        case CELL_INT: /* as text: digests have 63 bits */
            json_string(&w, view_of(number, (size_t)snprintf(number, sizeof number, "%lld",
                                                             (long long)c[i].i)));
            break;
        case CELL_TEXT:
        case CELL_BLOB: json_string(&w, c[i].v); break;
        }
    }
    json_close_array(&w);
    return json_finish(&w);
}

enum { MAX_DUMP_COLUMNS = 64 };

static rc dump_table(struct store *s, enum op op, struct buf *text, void *context,
                     rc (*line)(void *context, struct view line))
{
    struct cell c[MAX_DUMP_COLUMNS];
    const char *name = db_op_name(op);
    struct view table = view_cstr(strchr(name, '.') + 1);
    bool more;
    TRY(db_ask(s->db, op, NULL, 0));
    uint32_t n = db_columns(s->db, op);
    if (n > MAX_DUMP_COLUMNS) return FAIL(E_INTERNAL, "store: %s has %u columns", name, n);
    for (;;) {
        TRY(db_row(s->db, op, c, n, &more));
        if (!more) return OK;
        rc r = dump_row(table, c, n, text);
        if (ok(r)) r = line(context, buf_view(text));
        if (!ok(r)) {
            db_end(s->db, op);
            return r;
        }
    }
}

rc store_dump_view(struct store *s, void *context, rc (*line)(void *context, struct view line))
{
    CLEANUP(buf_done) struct buf text = {0};
    rc r = OK;
    TRY(read_begin(s));
    for (int op = OP_dump_first; op <= OP_dump_last && ok(r); op++)
        r = dump_table(s, (enum op)op, &text, context, line);
    for (int op = OP_kind_dump_first; op <= OP_kind_dump_last && ok(r); op++)
        r = dump_table(s, (enum op)op, &text, context, line);
    read_end(s);
    return r;
}

/* ---- copies ---- */

static const struct {
    enum db_which which;
    const char *name;
} k_kept[] = {{DB_NOTES, "notes.db"}, {DB_LOCAL, "local.db"}};

rc store_backup(struct store *s, const char *target_dir)
{
    CLEANUP(buf_done) struct buf path = {0};
    TRY(folder_make(target_dir));
    for (size_t i = 0; i < COUNT_OF(k_kept); i++) {
        TRY(store_path(target_dir, k_kept[i].name, &path));
        TRY(db_copy(s->db, k_kept[i].which, (const char *)path.p));
    }
    return folder_sync(target_dir);
}

static rc put_back(const char *from, const char *to)
{
    struct file_map map;
    CLEANUP(file_abandon) struct file_writer file = {.fd = -1};
    TRY(file_map_open(from, &map));
    rc r = file_create_private(to, &file);
    if (ok(r)) r = file_write(&file, map.bytes);
    if (ok(r)) r = file_commit_new(&file);
    file_map_close(&map);
    return r;
}

rc store_restore(const char *backup_dir, const char *dir)
{
    CLEANUP(buf_done) struct buf from = {0}, to = {0};
    TRY(folder_make(dir));
    for (size_t i = 0; i < COUNT_OF(k_kept); i++) {
        TRY(store_path(backup_dir, k_kept[i].name, &from));
        TRY(store_path(dir, k_kept[i].name, &to));
        TRY(put_back((const char *)from.p, (const char *)to.p));
    }
    return OK;
}

/* ---- local ---- */

rc store_draft_put(struct store *s, struct view name, struct view text, int64_t now_ms)
{
    struct cell body = {CELL_BLOB, 0, text};
    struct cell c[] = {{CELL_TEXT, 0, name}, body, cell_int(now_ms)};
    return db_do(s->db, OP_draft_put, c, 3, NULL);
}

rc store_draft_get(struct store *s, struct view name, struct arena *mem, struct view *out)
{
    struct cell c, key = {CELL_TEXT, 0, name};
    bool found;
    TRY(db_one(s->db, OP_draft_get, &key, 1, mem, &c, 1, &found));
    if (!found) return FAIL(E_NOT_FOUND, "store: no draft %.*s", VIEW_ARG(name));
    *out = c.v;
    return OK;
}

rc store_draft_remove(struct store *s, struct view name)
{
    struct cell key = {CELL_TEXT, 0, name};
    int64_t changed;
    TRY(db_do(s->db, OP_draft_drop, &key, 1, &changed));
    return changed ? OK : FAIL(E_NOT_FOUND, "store: no draft %.*s", VIEW_ARG(name));
}

rc store_draft_list(struct store *s, void *context,
                    rc (*each)(void *context, struct view name, int64_t changed_ms))
{
    struct cell c[2];
    bool more;
    TRY(db_ask(s->db, OP_draft_all, NULL, 0));
    for (;;) {
        TRY(db_row(s->db, OP_draft_all, c, 2, &more));
        if (!more) return OK;
        rc r = each(context, c[0].v, c[1].i);
        if (!ok(r)) {
            db_end(s->db, OP_draft_all);
            return r;
        }
    }
}

/* Days in UTC. */
static rc day_of(int64_t ms, char out[24])
{
    record_time_write(ms, out);
    return OK;
}

rc store_ask_add(struct store *s, struct view text, int64_t now_ms)
{
    char day[24];
    TRY(day_of(now_ms, day));
    struct cell c[] = {cell_text(view_of(day, 10)), {CELL_TEXT, 0, text}};
    return db_do(s->db, OP_ask_add, c, 2, NULL);
}

rc store_ask_list(struct store *s, struct view day, void *context,
                  rc (*each)(void *context, struct view text, uint64_t n))
{
    struct cell c[2], key[] = {{CELL_TEXT, 0, day}, cell_int(STORE_LEAST_TOLD)};
    bool more;
    TRY(db_ask(s->db, OP_ask_all, key, 2));
    for (;;) {
        TRY(db_row(s->db, OP_ask_all, c, 2, &more));
        if (!more) return OK;
        rc r = each(context, c[0].v, (uint64_t)c[1].i);
        if (!ok(r)) {
            db_end(s->db, OP_ask_all);
            return r;
        }
    }
}
