/* SPDX-License-Identifier: Apache-2.0
 * A node's folder: opening it, catching up, replaying.
 *
 * The log is the truth and the view follows it. Whatever stopped a node between the two, opening it
 * applies what is missing: from the journal, which still holds what lies beside the entries, and
 * from the tiles what is older than the journal. */
#include "node/node_int.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SQLite follows no links, and the folder may well be reached by one. */
rc node_store_path(const char *dir, struct arena *mem, const char **out)
{
    struct view path;
    char whole[PATH_MAX];
    TRY(node_path(realpath(dir, whole) ? whole : dir, "store", mem, &path));
    *out = (const char *)path.p;
    return OK;
}

rc node_path(const char *dir, const char *name, struct arena *mem, struct view *out)
{
    struct view path;
    TRY(arena_format(mem, &path, "%s/%s%c", dir, name, 0));
    *out = view_slice(path, 0, path.n - 1);
    return OK;
}

static rc keep_path(struct node *n, const char *dir, const char *name, const char **out)
{
    struct view path;
    TRY(node_path(dir, name, &n->mem, &path));
    *out = (const char *)path.p;
    return OK;
}

static rc fill_public(struct node *n, const char *dir)
{
    TRY(keep_path(n, dir, "", &n->dir));
    TRY(node_store_path(dir, &n->mem, &n->store_dir));
    rc r = node_config_read(dir, &n->mem, &n->config);
    if (r.code == E_NOT_FOUND)
        return FAIL(E_NOT_FOUND, "%s: no folder that sanad log init made: it has no node.json",
                    dir);
    TRY(r);
    TRY(ledger_folder(n->dir, &n->mem, &n->files));
    return ledger_read_key(&n->files, &n->mem, &n->log_key);
}

static rc open_store(const struct node *n, bool look_only, int64_t now_ms, struct store **out)
{
    const struct store_options options = {.founders = n->config.members,
                                          .n_founders = n->config.n_members,
                                          .look_only = look_only,
                                          .leaves_erasure = !n->ledger,
                                          .now_ms = now_ms,
                                          .log = n->log_key.name};
    return store_open(n->store_dir, &options, out);
}

/* A view that was emptied and not filled again would say that there is nothing. */
static rc check_view(struct node *n)
{
    struct ledger_reader *reader;
    uint64_t next;
    TRY(store_applied(n->store, n->log_key.name, &next));
    if (next > 0 || !ok(node_reader(n, &reader))) return OK;
    uint64_t size = ledger_reader_checkpoint(reader, NULL, NULL)->size;
    ledger_reader_close(reader);
    return size == 0 ? OK : FAIL(E_STALE, "the view is empty, and the log is not");
}

static rc fill_node(struct node *n, const char *dir, const struct seal_signer *log_key,
                    int64_t now_ms)
{
    TRY(fill_public(n, dir));
    if (log_key) TRY(ledger_open(dir, log_key, NULL, &n->ledger));
    rc r = open_store(n, log_key == NULL, now_ms, &n->store);
    if (ok(r) && !log_key) r = check_view(n);
    if (!log_key && (r.code == E_NOT_FOUND || r.code == E_STALE)) {
        char why[512];
        snprintf(why, sizeof why, "%s", rc_message());
        return FAIL(r.code, "%s: %s: sanad log replay %s makes the view anew", dir, why, dir);
    }
    return r;
}

rc node_open_public(const char *dir, struct node **out)
{
    struct node *n;
    TRY(mem_new(1, sizeof *n, &n));
    arena_init(&n->mem, 0);
    rc r = fill_public(n, dir);
    if (!ok(r)) {
        node_close(n);
        return r;
    }
    *out = n;
    return OK;
}

rc node_open(const char *dir, const struct seal_signer *log_key, int64_t now_ms, struct node **out)
{
    struct node *n;
    struct node_replayed caught_up;
    TRY(mem_new(1, sizeof *n, &n));
    arena_init(&n->mem, 0);
    rc r = fill_node(n, dir, log_key, now_ms);
    if (ok(r) && log_key) r = node_catch_up(n, now_ms, NULL, &caught_up);
    if (ok(r) && log_key) r = node_tick(n, now_ms);
    if (ok(r) && log_key) r = node_settle(n);
    if (!ok(r)) {
        node_close(n);
        return r;
    }
    *out = n;
    return OK;
}

void node_close(struct node *n)
{
    if (!n) return;
    store_close(n->store);
    ledger_close(n->ledger);
    arena_done(&n->mem);
    mem_free(n);
}

struct ledger *node_ledger(struct node *n)
{
    return n->ledger;
}

struct store *node_store(struct node *n)
{
    return n->store;
}

const struct node_config *node_configuration(const struct node *n)
{
    return &n->config;
}

rc node_reader(struct node *n, struct ledger_reader **out)
{
    return ledger_reader_open(&n->files, &n->log_key, 1, out);
}

rc node_read_bundle(struct view bytes, struct arena *mem, struct store_arrival *out)
{
    struct record_bundle bundle;
    TRY(record_bundle_read(bytes, mem, &bundle));
    out->note = bundle.note;
    out->parts = bundle.parts;
    out->n_parts = bundle.n_parts;
    return OK;
}

int64_t node_time(const struct node *n, int64_t now_ms)
{
    struct ledger_state state;
    ledger_state(n->ledger, &state);
    return state.received_ms > now_ms ? state.received_ms : now_ms;
}

void node_keep_trouble(struct node *n, rc r)
{
    n->trouble = r;
    if (!ok(r)) snprintf(n->trouble_text, sizeof n->trouble_text, "%s", rc_message());
}

rc node_settle(struct node *n)
{
    struct ledger_state state;
    ledger_state(n->ledger, &state);
    return store_owes_erasure(n->store) && !state.read_only ? node_settle_now(n) : OK;
}

rc node_settle_now(struct node *n)
{
    struct ledger_state state;
    ledger_state(n->ledger, &state);
    TRY(ledger_trim(n->ledger, state.size, true));
    rc r = store_settle_erasure(n->store);
    return r.code == E_BUSY ? OK : r;
}

rc node_tick(struct node *n, int64_t now_ms)
{
    int64_t due_ms;
    struct store *writer;
    TRY(store_due(n->store, &due_ms));
    if (n->ledger) now_ms = node_time(n, now_ms);
    if (due_ms > now_ms) return OK;
    if (n->ledger) {
        TRY(store_tick(n->store, now_ms, &due_ms));
        return node_settle(n);
    }
    TRY(open_store(n, false, now_ms, &writer));
    rc r = store_tick(writer, now_ms, &due_ms);
    store_close(writer);
    return r;
}
