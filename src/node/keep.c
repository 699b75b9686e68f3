/* SPDX-License-Identifier: Apache-2.0
 * A node's folder in a second place and back. The log first, then the notes: a note that is younger
 * than the copy of the log does no harm, and one that its entry waits for would be missed. */
#include "node/node_int.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rc copy_config(const char *from, const char *to)
{
    CLEANUP(arena_done) struct arena mem;
    struct node_config config;
    arena_init(&mem, 0);
    TRY(node_config_read(from, &mem, &config));
    return node_config_write(to, &config);
}

static rc backup_store(const char *dir, const char *target)
{
    CLEANUP(arena_done) struct arena mem;
    static const struct store_options k_look = {.look_only = true, .without_view = true};
    const char *from, *to;
    struct store *store;
    arena_init(&mem, 0);
    TRY(node_store_path(dir, &mem, &from));
    TRY(node_store_path(target, &mem, &to));
    TRY(folder_make_private(to));
    TRY(store_open(from, &k_look, &store));
    rc r = store_backup(store, to);
    store_close(store);
    return r;
}

/* A copy onto the log, or into it, is none; and it would write what the log is writing. */
static rc check_elsewhere(const char *dir, const char *target)
{
    char from[PATH_MAX], to[PATH_MAX];
    if (!realpath(dir, from)) return OK; /* told when it is opened */
    const char *known = realpath(target, to);
    for (size_t n = strlen(target); !known && n > 0; n--)
        if (target[n - 1] == '/') { /* the nearest folder above that is there */
            char above[PATH_MAX];
            int k = snprintf(above, sizeof above, "%.*s", (int)n, target);
            if (k < 0 || (size_t)k >= sizeof above) return OK; /* told when it is made */
            known = realpath(above, to);
        }
    if (!known && !(known = realpath(".", to))) return OK;
    size_t n = strlen(from);
    bool within = strncmp(from, to, n) == 0 && (to[n] == 0 || to[n] == '/');
    return within ? FAIL(E_INPUT, "%s: lies in the log that is copied", target) : OK;
}

rc node_backup(const char *dir, const char *target, const struct ledger_watch *watch)
{
    TRY(check_elsewhere(dir, target));
    TRY(ledger_backup(dir, target, watch));
    TRY(backup_store(dir, target));
    return copy_config(dir, target);
}

static rc restore_store(const char *backup, const char *dir)
{
    CLEANUP(arena_done) struct arena mem;
    const char *from, *to;
    arena_init(&mem, 0);
    TRY(node_store_path(backup, &mem, &from));
    TRY(node_store_path(dir, &mem, &to));
    TRY(folder_make_private(to));
    return store_restore(from, to);
}

rc node_restore(const char *backup, const char *dir, const struct ledger_watch *watch)
{
    TRY(ledger_restore(backup, dir, watch));
    TRY(restore_store(backup, dir));
    return copy_config(backup, dir);
}
