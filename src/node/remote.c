/* SPDX-License-Identifier: Apache-2.0
 * Files of a log below an address. Entries and tiles are read in order, so when one that is full is
 * asked for, those that follow it are fetched at the same time: one at first, twice as many each
 * time that all came, and one again after a failure, so that a server which cuts off whoever asks
 * for much still gives what is needed next. A mirror takes turns between the entries and their
 * hashes: each has its own files that were fetched ahead. */
#include "net/net.h"
#include "node/node_int.h"

#include <string.h>

enum { AHEAD = 16, ROWS = 2, PATH_BYTES = 96, FILE_MAX_BYTES = 17 << 20 };

struct ahead {
    char path[PATH_BYTES];
    struct buf bytes;
    bool there;
};

struct row {
    struct ahead ahead[AHEAD];
    uint32_t n_next; /* files to fetch the next time; 0: one */
    bool failed;     /* one of them, this time */
};

struct node_remote {
    struct arena mem;
    struct view url; /* ends in a slash */
    struct net_client *client;
    struct row rows[ROWS]; /* entries, hashes of entries */
};

static void forget_ahead(struct row *row)
{
    for (uint32_t i = 0; i < AHEAD; i++) {
        buf_done(&row->ahead[i].bytes);
        row->ahead[i].there = false;
    }
}

static rc open_remote(struct node_remote *r, struct view url, bool allow_private)
{
    const struct net_client_options options = {.allow_private = allow_private,
                                               .max_body_bytes = FILE_MAX_BYTES};
    if (!view_starts(url, VIEW("http://")) && !view_starts(url, VIEW("https://")))
        return FAIL(E_INPUT, "%.*s: an http or https address is needed", VIEW_ARG(url));
    TRY(arena_format(&r->mem, &r->url, "%.*s%s", VIEW_ARG(url),
                     view_ends(url, VIEW("/")) ? "" : "/"));
    return net_client_open(&options, &r->client);
}

rc node_remote_open(struct view url, bool allow_private, struct node_remote **out)
{
    struct node_remote *r;
    TRY(mem_new(1, sizeof *r, &r));
    arena_init(&r->mem, 0);
    rc opened = open_remote(r, url, allow_private);
    if (!ok(opened)) {
        node_remote_close(r);
        return opened;
    }
    *out = r;
    return OK;
}

void node_remote_close(struct node_remote *r)
{
    if (!r) return;
    for (int i = 0; i < ROWS; i++)
        forget_ahead(&r->rows[i]);
    net_client_close(r->client);
    arena_done(&r->mem);
    mem_free(r);
}

static rc take_answer(const struct net_answer *answer, const char *path, size_t limit_bytes,
                      struct buf *out)
{
    if (answer->status == 404) return FAIL(E_NOT_FOUND, "%s: the server has no such file", path);
    if (answer->status != 200)
        return FAIL(E_NETWORK, "%s: the server answered %d", path, answer->status);
    if (answer->body.n > limit_bytes)
        return FAIL(E_LIMIT, "%s: %zu bytes, at most %zu", path, answer->body.n, limit_bytes);
    return buf_add(out, buf_view(&answer->body));
}

static rc keep_ahead(void *context, size_t i, rc result, const struct net_answer *answer)
{
    struct row *row = context;
    row->failed |= !ok(result) || (answer->status != 200 && answer->status != 404);
    if (!ok(result) || answer->status != 200) return OK; /* asked for again when it is its turn */
    TRY(buf_add(&row->ahead[i].bytes, buf_view(&answer->body)));
    row->ahead[i].there = true;
    return OK;
}

/* The full tile asked for and its followers. */
static rc fetch_ahead(struct node_remote *r, int level, uint64_t index)
{
    struct row *row = &r->rows[level + 1];
    struct view urls[AHEAD];
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    uint32_t n = row->n_next ? row->n_next : 1;
    forget_ahead(row);
    row->failed = false;
    for (uint32_t i = 0; i < n; i++) {
        ledger_tile_path(level, index + i, LEDGER_TILE, row->ahead[i].path);
        TRY(arena_format(&mem, &urls[i], "%.*s%s", VIEW_ARG(r->url), row->ahead[i].path));
    }
    rc got = net_get_all(r->client, urls, n, n, keep_ahead, row);
    row->n_next = row->failed ? 1 : n < AHEAD ? n * 2 : AHEAD;
    return got;
}

static const struct ahead *find_ahead(const struct node_remote *r, const char *path)
{
    for (int k = 0; k < ROWS; k++)
        for (uint32_t i = 0; i < AHEAD; i++) {
            const struct ahead *a = &r->rows[k].ahead[i];
            if (a->there && strcmp(a->path, path) == 0) return a;
        }
    return NULL;
}

static rc read_remote(void *context, const char *path, size_t limit_bytes, struct buf *out)
{
    struct node_remote *r = context;
    int level;
    uint64_t index;
    uint32_t width;
    const struct ahead *found = find_ahead(r, path);
    bool tile = ok(ledger_tile_path_parse(view_cstr(path), &level, &index, &width));
    if (!found && tile && level <= 0 && width == LEDGER_TILE) {
        TRY(fetch_ahead(r, level, index));
        found = find_ahead(r, path);
    }
    if (found) {
        if (found->bytes.n > limit_bytes)
            return FAIL(E_LIMIT, "%s: %zu bytes, at most %zu", path, found->bytes.n, limit_bytes);
        return buf_add(out, buf_view(&found->bytes));
    }
    CLEANUP(net_answer_done) struct net_answer answer = {0};
    CLEANUP(arena_done) struct arena mem;
    struct view url;
    arena_init(&mem, 0);
    TRY(arena_format(&mem, &url, "%.*s%s", VIEW_ARG(r->url), path));
    TRY(net_get(r->client, url, &answer));
    return take_answer(&answer, path, limit_bytes, out);
}

struct ledger_files node_remote_files(struct node_remote *r)
{
    return (struct ledger_files){r, read_remote};
}
