/* SPDX-License-Identifier: Apache-2.0
 * Making a node's folder: log, configuration and store are made beside its place and moved there
 * whole, so that whatever fails leaves nothing or all of it. */
#include "node/node_int.h"

#include <stdio.h>
#include <string.h>

struct place {
    const char *dir, *unfinished; /* "a/b", "a/b.unfinished" */
};

static rc find_place(const char *dir, struct arena *mem, struct place *out)
{
    struct view v = view_cstr(dir), copy, beside;
    while (v.n > 1 && v.p[v.n - 1] == '/')
        v.n--;
    TRY(arena_format(mem, &copy, "%.*s%c", VIEW_ARG(v), 0));
    TRY(arena_format(mem, &beside, "%.*s.unfinished%c", VIEW_ARG(v), 0));
    *out = (struct place){(const char *)copy.p, (const char *)beside.p};
    return OK;
}

/* Files of a folder that holds none of its own folders any more, then the folder. */
static rc remove_flat(const char *dir, struct arena *mem)
{
    struct view *names, path;
    size_t n;
    TRY(folder_names(dir, mem, &names, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(arena_format(mem, &path, "%s/%.*s%c", dir, VIEW_ARG(names[i]), 0));
        TRY(file_remove((const char *)path.p));
    }
    return file_remove(dir);
}

/* What fill may have made, now or in a run that was stopped. Best done: nobody would use it, and
 * a failure was told already. */
static void remove_unfinished(const char *dir)
{
    static const char *const k_folders[] = {"journal", "public", "attachments", "store", ""};
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_folders); i++) {
        struct view path;
        rc r = node_path(dir, k_folders[i], &mem, &path);
        if (ok(r)) r = remove_flat((const char *)path.p, &mem);
    }
}

/* Only `public` is for everybody: the others hold notes that are not. */
static rc make_private(const char *dir)
{
    static const char *const k_private[] = {"journal", "attachments", "store"};
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_private); i++) {
        struct view path;
        TRY(node_path(dir, k_private[i], &mem, &path));
        TRY(folder_make_private((const char *)path.p));
    }
    return OK;
}

static rc fill(const char *dir, const struct seal_signer *log_key, const struct node_config *config)
{
    struct node *n;
    TRY(ledger_create(dir, log_key));
    TRY(make_private(dir));
    TRY(node_config_write(dir, config));
    TRY(node_open(dir, log_key, clock_wall_ms(), &n)); /* makes the store */
    node_close(n);
    return folder_sync(dir);
}

rc node_create(const char *dir, const struct seal_signer *log_key, const struct node_config *config)
{
    CLEANUP(arena_done) struct arena mem;
    struct place place;
    arena_init(&mem, 0);
    TRY(find_place(dir, &mem, &place));
    TRY(ledger_check_free(place.dir));
    remove_unfinished(place.unfinished);
    rc r = fill(place.unfinished, log_key, config);
    if (ok(r)) r = file_rename(place.unfinished, place.dir);
    if (ok(r)) return OK;
    char why[512];
    snprintf(why, sizeof why, "%s", rc_message());
    remove_unfinished(place.unfinished);
    return FAIL(r.code, "%s", why);
}
