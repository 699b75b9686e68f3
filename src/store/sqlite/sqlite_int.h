/* SPDX-License-Identifier: Apache-2.0
 * SQLite behind the store: the only place that knows it. */
#ifndef SANAD_STORE_SQLITE_INT_H
#define SANAD_STORE_SQLITE_INT_H

#include "store/store_int.h"

#include <sqlite3.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BUSY_MS = 5000 };
/* One more whenever tables or the rules of the fold are others; kinds are told by themselves. */
enum { VIEW_VERSION = 6 };
/* What stands in the view as user_version. */
int sqlite_view_version(void);

struct sqlite_op {
    enum db_which which;
    const char *name, *sql;
};
extern const struct sqlite_op k_sqlite_ops[N_OPS];
extern const char *const k_sqlite_schema_view, *const k_sqlite_schema_notes,
                                                   *const k_sqlite_schema_local;

struct db {
    sqlite3 *file[N_DB];
    sqlite3_stmt *stmt[N_OPS];
    bool in_transaction[N_DB];
    bool look_only;
    bool rebuilding; /* the view: one transaction, no version, nobody else looks */
    int lock;
    struct buf dir;
    bool marked; /* the folder says that the view is being rebuilt */
};

/* db.c */
MUST rc sqlite_failed(sqlite3 *file, int code, const char *what);
MUST rc sqlite_run(sqlite3 *file, const char *sql);
MUST rc sqlite_set_version(struct db *db, enum db_which which, int version);
MUST rc sqlite_make_schema(struct db *db, enum db_which which, int version);
/** Empties the view's file, whatever it holds. */
MUST rc sqlite_drop_view(struct db *db);
void sqlite_forget_view_statements(struct db *db);

/* rebuild.c */
/** Before the view is opened: what a rebuild left that did not come to its end is removed.
 *  Errors E_STALE for who only looks. */
MUST rc sqlite_end_rebuild_that_stopped(struct db *db);
/** There is a view again. */
MUST rc sqlite_forget_rebuild(struct db *db);

#ifdef __cplusplus
}
#endif

#endif
