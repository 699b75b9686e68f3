/* SPDX-License-Identifier: Apache-2.0
 * SQLite behind the store: the only place that knows it. */
#ifndef SANAD_STORE_SQLITE_INT_H
#define SANAD_STORE_SQLITE_INT_H

#include "store/store_int.h"

struct sqlite_op {
    enum db_which which;
    const char *name, *sql;
};
extern const struct sqlite_op k_sqlite_ops[N_OPS];
extern const char *const k_sqlite_schema_view, *const k_sqlite_schema_notes,
                                                   *const k_sqlite_schema_local;

#endif
