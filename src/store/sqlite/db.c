/* SPDX-License-Identifier: Apache-2.0
 * Operations on SQLite: three files in one folder, statements prepared on first use.
 *
 * WAL in all; synchronous FULL for notes and local, NORMAL for the view, which a replay rebuilds.
 * secure_delete everywhere: the view projects what a note says that may have to be erased, and
 * drafts and asks are nobody's business afterwards (docs/adr/0009). */
#include "store/sqlite/sqlite_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAL_BYTES = 32 << 20 };

static const struct {
    const char *name, *synchronous;
    int version; /* of the view: see sqlite_view_version */
    int page_bytes, cache_kib;
    const char *const *schema;
} k_files[N_DB] = {{"view.db", "NORMAL", 0, 8192, 65536, &k_sqlite_schema_view},
                   {"notes.db", "FULL", 1, 4096, 16384, &k_sqlite_schema_notes},
                   {"local.db", "FULL", 1, 4096, 2048, &k_sqlite_schema_local}};

int sqlite_view_version(void)
{
    return (int)((VIEW_VERSION * 0x9E3779B1u ^ k_record_rules) & INT32_MAX) | 1;
}

rc sqlite_failed(sqlite3 *file, int code, const char *what)
{
    static const struct {
        int code;
        enum err err;
    } k_codes[] = {{SQLITE_BUSY, E_BUSY},       {SQLITE_LOCKED, E_BUSY},
                   {SQLITE_NOMEM, E_MEMORY},    {SQLITE_CORRUPT, E_DAMAGED},
                   {SQLITE_NOTADB, E_DAMAGED},  {SQLITE_READONLY, E_READ_ONLY},
                   {SQLITE_CANTOPEN, E_IO},     {SQLITE_IOERR, E_IO},
                   {SQLITE_TOOBIG, E_LIMIT},    {SQLITE_CONSTRAINT, E_INTERNAL},
                   {SQLITE_MISUSE, E_INTERNAL}, {SQLITE_ERROR, E_DAMAGED}};
    if ((code & 0xff) == SQLITE_FULL) return FAIL(E_SPACE, "store: no space is left on the disk");
    for (size_t i = 0; i < COUNT_OF(k_codes); i++)
        if (k_codes[i].code == (code & 0xff))
            return FAIL(k_codes[i].err, "store: %s: %s", what,
                        file ? sqlite3_errmsg(file) : sqlite3_errstr(code));
    return FAIL(E_IO, "store: %s: %s", what, sqlite3_errstr(code));
}

rc sqlite_run(sqlite3 *file, const char *sql)
{
    int code = sqlite3_exec(file, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : sqlite_failed(file, code, sql);
}

static rc number_of(sqlite3 *file, const char *sql, int64_t *out)
{
    sqlite3_stmt *st = NULL;
    int code = sqlite3_prepare_v2(file, sql, -1, &st, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(st);
    if (code == SQLITE_ROW) *out = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return code == SQLITE_ROW || code == SQLITE_DONE ? OK : sqlite_failed(file, code, sql);
}

/* ---- opening ---- */

static rc touch_private(const char *path, bool look_only)
{
    int fd = open(path, look_only ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 && errno == ENOENT && look_only)
        return FAIL(E_NOT_FOUND, "store: there is no %s", path);
    if (fd < 0)
        return FAIL(errno == ENOSPC ? E_SPACE : E_IO, "store: %s: %s", path, strerror(errno));
    int changed = look_only ? 0 : fchmod(fd, 0600);
    close(fd);
    return changed == 0 ? OK : FAIL(E_IO, "store: %s: %s", path, strerror(errno));
}

static rc open_file(struct db *db, const char *path, enum db_which which)
{
    int flags = db->look_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int code = sqlite3_open_v2(path, &db->file[which],
                               flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
    if (code != SQLITE_OK) return sqlite_failed(db->file[which], code, path);
    sqlite3 *f = db->file[which];
    char text[192];
    sqlite3_extended_result_codes(f, 1);
    sqlite3_busy_timeout(f, BUSY_MS);
    sqlite3_db_config(f, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(f, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(f, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    snprintf(text, sizeof text,
             "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
             "PRAGMA cache_size = -%d;",
             k_files[which].cache_kib);
    TRY(sqlite_run(f, text));
    if (db->look_only) return sqlite_run(f, "PRAGMA query_only = ON");
    snprintf(text, sizeof text,
             "PRAGMA page_size = %d; PRAGMA journal_mode = WAL; PRAGMA synchronous = %s;"
             "PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = %d;",
             k_files[which].page_bytes, k_files[which].synchronous,
             WAL_BYTES / k_files[which].page_bytes);
    return sqlite_run(f, text);
}

rc sqlite_set_version(struct db *db, enum db_which which, int version)
{
    char text[64];
    snprintf(text, sizeof text, "PRAGMA user_version = %d", version);
    return sqlite_run(db->file[which], text);
}

rc sqlite_make_schema(struct db *db, enum db_which which, int version)
{
    TRY(sqlite_run(db->file[which], "BEGIN IMMEDIATE"));
    rc r = sqlite_run(db->file[which], *k_files[which].schema);
    if (ok(r)) r = sqlite_set_version(db, which, version);
    if (ok(r)) r = sqlite_run(db->file[which], "COMMIT");
    if (!ok(r)) sqlite3_exec(db->file[which], "ROLLBACK", NULL, NULL, NULL);
    return r;
}

rc sqlite_drop_view(struct db *db)
{
    /* The documented way to empty a database whatever its schema says. */
    sqlite3 *f = db->file[DB_VIEW];
    sqlite3_db_config(f, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    sqlite3_db_config(f, SQLITE_DBCONFIG_RESET_DATABASE, 1, NULL);
    rc r = sqlite_run(f, "VACUUM");
    sqlite3_db_config(f, SQLITE_DBCONFIG_RESET_DATABASE, 0, NULL);
    sqlite3_db_config(f, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return r;
}

static rc check_schema(struct db *db, enum db_which which)
{
    int64_t version = 0, tables = 0;
    TRY(number_of(db->file[which], "PRAGMA user_version", &version));
    TRY(number_of(db->file[which], "SELECT count(*) FROM sqlite_schema", &tables));
    int wanted = which == DB_VIEW ? sqlite_view_version() : k_files[which].version;
    if (version == wanted) return OK;
    if (version > wanted && which != DB_VIEW)
        return FAIL(E_VERSION, "store: %s has schema %lld, this program reads up to %d",
                    k_files[which].name, (long long)version, wanted);
    if (db->look_only)
        return FAIL(E_STALE, "store: %s was written by another version", k_files[which].name);
    if (tables > 0 && which == DB_VIEW) TRY(sqlite_drop_view(db));
    if (tables > 0 && which != DB_VIEW)
        return FAIL(E_DAMAGED, "store: %s has tables and no schema version", k_files[which].name);
    return sqlite_make_schema(db, which, wanted);
}

static rc open_one(struct db *db, const char *dir, enum db_which which)
{
    CLEANUP(buf_done) struct buf path = {0};
    TRY(store_path(dir, k_files[which].name, &path));
    if (which == DB_VIEW) TRY(sqlite_end_rebuild_that_stopped(db));
    /* Made by us first, so that nobody else may read it at any moment; what SQLite puts beside it
     * takes the same mode. */
    TRY(touch_private((const char *)path.p, db->look_only));
    TRY(open_file(db, (const char *)path.p, which));
    TRY(check_schema(db, which));
    return which == DB_VIEW ? sqlite_forget_rebuild(db) : OK;
}

static rc open_all(struct db *db, const char *dir, bool with_view)
{
    TRY(buf_addf(&db->dir, "%s%c", dir, 0));
    if (!db->look_only) {
        CLEANUP(buf_done) struct buf path = {0};
        TRY(folder_make(dir));
        TRY(store_path(dir, "lock", &path));
        TRY(file_lock((const char *)path.p, &db->lock));
    }
    for (int i = 0; i < N_DB; i++)
        if (i != DB_VIEW || with_view) TRY(open_one(db, dir, (enum db_which)i));
    return OK;
}

rc db_open(const char *dir, bool look_only, bool with_view, struct db **out)
{
    struct db *db;
    /* Counting what is allocated takes a lock each time, and nobody asks. Refused, and that is
     * fine, when SQLite is in use already. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    TRY(mem_new(1, sizeof *db, &db));
    db->look_only = look_only;
    db->lock = -1;
    rc r = open_all(db, dir, with_view);
    if (!ok(r)) {
        db_close(db);
        return r;
    }
    *out = db;
    return OK;
}

void db_close(struct db *db)
{
    if (!db) return;
    for (int i = 0; i < N_OPS; i++)
        sqlite3_finalize(db->stmt[i]);
    for (int i = 0; i < N_DB; i++)
        sqlite3_close(db->file[i]);
    if (db->lock >= 0) file_unlock(db->lock);
    buf_done(&db->dir);
    mem_free(db);
}

/* ---- transactions ---- */

rc db_begin(struct db *db, enum db_which which)
{
    if (db->in_transaction[which]) return OK;
    TRY(sqlite_run(db->file[which], db->look_only ? "BEGIN" : "BEGIN IMMEDIATE"));
    db->in_transaction[which] = true;
    return OK;
}

rc db_commit(struct db *db, enum db_which which)
{
    if (!db->in_transaction[which] || (which == DB_VIEW && db->rebuilding)) return OK;
    TRY(sqlite_run(db->file[which], "COMMIT"));
    db->in_transaction[which] = false;
    return OK;
}

void db_looked(struct db *db)
{
    if (!db->rebuilding) db_rollback(db, DB_VIEW);
}

void db_rollback(struct db *db, enum db_which which)
{
    if (!db || !db->in_transaction[which]) return;
    for (int i = 0; i < N_OPS; i++)
        if (db->stmt[i] && k_sqlite_ops[i].which == which) sqlite3_reset(db->stmt[i]);
    /* A failure here means that SQLite rolled back by itself already. */
    sqlite3_exec(db->file[which], "ROLLBACK", NULL, NULL, NULL);
    db->in_transaction[which] = false;
}

void sqlite_forget_view_statements(struct db *db)
{
    for (int i = 0; i < N_OPS; i++)
        if (k_sqlite_ops[i].which == DB_VIEW) {
            sqlite3_finalize(db->stmt[i]);
            db->stmt[i] = NULL;
        }
}

rc db_empty_view(struct db *db)
{
    sqlite_forget_view_statements(db);
    TRY(sqlite_drop_view(db));
    return sqlite_make_schema(db, DB_VIEW, sqlite_view_version());
}

rc db_settle(struct db *db, bool patient)
{
    for (int i = 0; i < N_DB; i++) {
        if (!patient) sqlite3_busy_timeout(db->file[i], 0);
        int code =
            sqlite3_wal_checkpoint_v2(db->file[i], NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        sqlite3_busy_timeout(db->file[i], BUSY_MS);
        if (code != SQLITE_OK) return sqlite_failed(db->file[i], code, "emptying the log beside");
    }
    return OK;
}

rc db_copy(struct db *db, enum db_which which, const char *path)
{
    sqlite3 *to = NULL;
    int code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    sqlite3_backup *b =
        code == SQLITE_OK ? sqlite3_backup_init(to, "main", db->file[which], "main") : NULL;
    if (b) {
        code = sqlite3_backup_step(b, -1);
        int end = sqlite3_backup_finish(b);
        if (code == SQLITE_DONE) code = end;
    } else if (code == SQLITE_OK) {
        code = sqlite3_errcode(to);
    }
    rc r = code == SQLITE_OK ? OK : sqlite_failed(to, code, path);
    sqlite3_close(to);
    return r;
}

rc db_version(struct db *db, int64_t *out)
{
    return number_of(db->file[DB_VIEW], "PRAGMA data_version", out);
}

/* ---- operations ---- */

static rc bind(sqlite3_stmt *st, int at, const struct cell *c)
{
    static const char k_empty[1] = "";
    const char *p = c->v.p ? (const char *)c->v.p : k_empty;
    int code = SQLITE_MISUSE;
    switch (c->type) {
    case CELL_NULL: code = sqlite3_bind_null(st, at); break;
    case CELL_INT: code = sqlite3_bind_int64(st, at, c->i); break;
    case CELL_TEXT:
        code = sqlite3_bind_text64(st, at, p, c->v.n, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case CELL_BLOB: code = sqlite3_bind_blob64(st, at, p, c->v.n, SQLITE_STATIC); break;
    }
    return code == SQLITE_OK ? OK : sqlite_failed(NULL, code, "an argument");
}

static rc prepared(struct db *db, enum op op, sqlite3_stmt **out)
{
    const struct sqlite_op *o = &k_sqlite_ops[op];
    if (!db->stmt[op]) {
        int code = sqlite3_prepare_v3(db->file[o->which], o->sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      &db->stmt[op], NULL);
        if (code != SQLITE_OK) return sqlite_failed(db->file[o->which], code, o->name);
    }
    *out = db->stmt[op];
    return OK;
}

rc db_ask(struct db *db, enum op op, const struct cell *args, uint32_t n)
{
    sqlite3_stmt *st;
    TRY(prepared(db, op, &st));
    sqlite3_reset(st);
    for (uint32_t i = 0; i < n; i++)
        TRY(bind(st, (int)i + 1, &args[i]));
    return OK;
}

void db_end(struct db *db, enum op op)
{
    if (!db->stmt[op]) return;
    sqlite3_reset(db->stmt[op]);
}

static struct cell column(sqlite3_stmt *st, int i)
{
    switch (sqlite3_column_type(st, i)) {
    case SQLITE_INTEGER: return cell_int(sqlite3_column_int64(st, i));
    case SQLITE_TEXT: {
        const unsigned char *p = sqlite3_column_text(st, i);
        struct cell c = {CELL_TEXT, 0, view_of(p, (size_t)sqlite3_column_bytes(st, i))};
        return c;
    }
    case SQLITE_BLOB: {
        const void *p = sqlite3_column_blob(st, i);
        struct cell c = {CELL_BLOB, 0, view_of(p, (size_t)sqlite3_column_bytes(st, i))};
        return c;
    }
    default: return cell_none();
    }
}

rc db_row(struct db *db, enum op op, struct cell *out, uint32_t n, bool *out_more)
{
    sqlite3_stmt *st = db->stmt[op];
    int code = sqlite3_step(st);
    if (code != SQLITE_ROW) {
        sqlite3_reset(st);
        if (code != SQLITE_DONE)
            return sqlite_failed(db->file[k_sqlite_ops[op].which], code, k_sqlite_ops[op].name);
        *out_more = false;
        return OK;
    }
    for (uint32_t i = 0; i < n; i++)
        out[i] = column(st, (int)i);
    *out_more = true;
    return OK;
}

rc db_do(struct db *db, enum op op, const struct cell *args, uint32_t n, int64_t *out_changed)
{
    sqlite3 *f = db->file[k_sqlite_ops[op].which];
    TRY(db_ask(db, op, args, n));
    int code = sqlite3_step(db->stmt[op]);
    sqlite3_reset(db->stmt[op]);
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        return sqlite_failed(f, code, k_sqlite_ops[op].name);
    if (out_changed) *out_changed = sqlite3_changes64(f);
    return OK;
}

static rc keep_cells(struct arena *mem, struct cell *cells, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (cells[i].v.n > 0) TRY(arena_copy(mem, cells[i].v, &cells[i].v));
    return OK;
}

rc db_one(struct db *db, enum op op, const struct cell *args, uint32_t n, struct arena *mem,
          struct cell *out, uint32_t n_out, bool *out_found)
{
    TRY(db_ask(db, op, args, n));
    TRY(db_row(db, op, out, n_out, out_found));
    rc r = *out_found ? keep_cells(mem, out, n_out) : OK;
    db_end(db, op);
    return r;
}

static rc room_for_row(struct arena *mem, uint32_t n_cells, uint32_t n, uint32_t *cap,
                       struct cell **list)
{
    struct cell *wider;
    if (n < *cap) return OK;
    *cap = *cap ? 2 * *cap : 8;
    TRY(arena_array(mem, (size_t)*cap * n_cells, &wider));
    if (n) memcpy(wider, *list, (size_t)n * n_cells * sizeof *wider);
    *list = wider;
    return OK;
}

rc db_rows(struct db *db, enum op op, const struct cell *args, uint32_t n, struct arena *mem,
           uint32_t n_cells, const struct cell **out, uint32_t *out_n)
{
    struct cell *list = NULL;
    uint32_t count = 0, cap = 0;
    bool more = true;
    rc r = db_ask(db, op, args, n);
    while (ok(r) && more) {
        r = room_for_row(mem, n_cells, count, &cap, &list);
        struct cell *row = list + (size_t)count * n_cells;
        if (ok(r)) r = db_row(db, op, row, n_cells, &more);
        if (ok(r) && more) r = keep_cells(mem, row, n_cells);
        count += more;
    }
    db_end(db, op);
    TRY(r);
    *out = list;
    *out_n = count;
    return OK;
}

rc db_numbers(struct db *db, enum op op, const struct cell *args, uint32_t n, struct arena *mem,
              int64_t **out, uint32_t *out_n)
{
    int64_t *list = NULL;
    uint32_t count = 0, cap = 0;
    bool more;
    TRY(db_ask(db, op, args, n));
    for (;;) {
        struct cell c;
        TRY(db_row(db, op, &c, 1, &more));
        if (!more) break;
        if (count == cap) {
            int64_t *wider;
            cap = cap ? 2 * cap : 8;
            rc r = arena_array(mem, cap, &wider);
            if (!ok(r)) {
                db_end(db, op);
                return r;
            }
            if (count) memcpy(wider, list, count * sizeof *list);
            list = wider;
        }
        list[count++] = c.i;
    }
    *out = list;
    *out_n = count;
    return OK;
}

uint32_t db_columns(struct db *db, enum op op)
{
    sqlite3_stmt *st;
    return ok(prepared(db, op, &st)) ? (uint32_t)sqlite3_column_count(st) : 0;
}

const char *db_op_name(enum op op)
{
    return k_sqlite_ops[op].name;
}
