/* SPDX-License-Identifier: Apache-2.0
 * A node's folder: opening it, catching up, replaying.
 *
 * The log is the truth and the view follows it. Whatever stopped a node between the two, opening it
 * applies what is missing: from the journal, which still holds what lies beside the entries, and
 * from the tiles what is older than the journal. */
#include "node/node_int.h"

#include <stdio.h>
#include <string.h>

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

static rc read_log_key(struct node *n)
{
    CLEANUP(buf_done) struct buf line = {0};
    struct view path;
    TRY(node_path(n->dir, "public/key", &n->mem, &path));
    TRY(file_read((const char *)path.p, SEAL_NOTE_MAX_BYTES, &line));
    return seal_verifier_parse(view_trim(buf_view(&line)), &n->mem, &n->log_key);
}

static rc fill_public(struct node *n, const char *dir)
{
    TRY(keep_path(n, dir, "", &n->dir));
    TRY(keep_path(n, dir, "store", &n->store_dir));
    TRY(node_config_read(dir, &n->mem, &n->config));
    TRY(ledger_folder(n->dir, &n->mem, &n->files));
    return read_log_key(n);
}

static rc fill_node(struct node *n, const char *dir, const struct seal_signer *log_key)
{
    TRY(fill_public(n, dir));
    if (log_key) TRY(ledger_open(dir, log_key, NULL, &n->ledger));
    const struct store_options options = {.founders = n->config.members,
                                          .n_founders = n->config.n_members,
                                          .look_only = log_key == NULL};
    return store_open(n->store_dir, &options, &n->store);
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
    rc r = fill_node(n, dir, log_key);
    if (ok(r) && log_key) r = node_catch_up(n, now_ms, NULL, &caught_up);
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
