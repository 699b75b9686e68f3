/* SPDX-License-Identifier: Apache-2.0
 * Rebuilding the view in one go. What follows from the logs needs no log of its own: it is one
 * transaction on an empty file, in which no page has anything to go back to, and nothing is synced
 * before the end. Meanwhile a file in the folder, view.rebuilding, says so:
 *
 *   1  view.rebuilding is there, durably
 *   2  the view is emptied and filled: its file may be anything
 *   3  the view's file is synced
 *   4  view.rebuilding is gone
 *
 * Whoever comes to open the view and finds it, begins anew; whoever only looks, is told. */
#include "store/sqlite/sqlite_int.h"

#include <unistd.h>

static const char k_mark[] = "view.rebuilding";

static const char *folder_of(const struct db *db)
{
    return (const char *)db->dir.p;
}

static rc put_mark(struct db *db)
{
    CLEANUP(buf_done) struct buf path = {0};
    CLEANUP(file_abandon) struct file_writer file = {.fd = -1};
    TRY(store_path(folder_of(db), k_mark, &path));
    TRY(file_create_private((const char *)path.p, &file));
    TRY(file_commit(&file));
    db->marked = true;
    return OK;
}

static rc remove_all(const struct db *db, const char *const *names, size_t n)
{
    CLEANUP(buf_done) struct buf path = {0};
    for (size_t i = 0; i < n; i++) {
        TRY(store_path(folder_of(db), names[i], &path));
        if (access((const char *)path.p, F_OK) == 0) TRY(file_remove((const char *)path.p));
    }
    return folder_sync(folder_of(db));
}

rc sqlite_forget_rebuild(struct db *db)
{
    static const char *const k_names[] = {k_mark};
    if (!db->marked) return OK;
    TRY(remove_all(db, k_names, COUNT_OF(k_names)));
    db->marked = false;
    return OK;
}

rc sqlite_end_rebuild_that_stopped(struct db *db)
{
    static const char *const k_names[] = {"view.db-wal", "view.db-shm", "view.db-journal",
                                          "view.db"};
    CLEANUP(buf_done) struct buf path = {0};
    TRY(store_path(folder_of(db), k_mark, &path));
    if (access((const char *)path.p, F_OK) != 0) return OK;
    if (db->look_only) return FAIL(E_STALE, "store: the view is being rebuilt");
    db->marked = true;
    return remove_all(db, k_names, COUNT_OF(k_names));
}

/* False: somebody looks at it. */
static rc leave_wal(sqlite3 *f, bool *out_left)
{
    sqlite3_busy_timeout(f, 0);
    int code = sqlite3_exec(f, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    sqlite3_busy_timeout(f, BUSY_MS);
    *out_left = code == SQLITE_OK;
    return code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY
               ? OK
               : sqlite_failed(f, code, "leaving the log beside the view");
}

rc db_rebuild(struct db *db)
{
    sqlite3 *f = db->file[DB_VIEW];
    bool alone;
    sqlite_forget_view_statements(db);
    if (!db->rebuilding) {
        TRY(put_mark(db));
        TRY(leave_wal(f, &alone));
        if (!alone) { /* then it is emptied and filled before his eyes */
            TRY(sqlite_forget_rebuild(db));
            return db_empty_view(db);
        }
        db->rebuilding = true;
    }
    TRY(sqlite_run(f, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF;"
                      "PRAGMA journal_mode = OFF"));
    TRY(sqlite_drop_view(db));
    TRY(sqlite_run(f, "PRAGMA journal_mode = MEMORY"));
    return sqlite_make_schema(db, DB_VIEW, 0);
}

rc db_rebuilt(struct db *db)
{
    sqlite3 *f = db->file[DB_VIEW];
    if (!db->rebuilding) return OK;
    if (db->in_transaction[DB_VIEW]) TRY(sqlite_run(f, "COMMIT"));
    db->in_transaction[DB_VIEW] = false;
    TRY(sqlite_run(f, "PRAGMA synchronous = FULL"));
    TRY(sqlite_set_version(db, DB_VIEW, sqlite_view_version())); /* which syncs the file */
    TRY(sqlite_run(f, "PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL;"
                      "PRAGMA synchronous = NORMAL"));
    db->rebuilding = false;
    return sqlite_forget_rebuild(db);
}
