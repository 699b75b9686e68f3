/* SPDX-License-Identifier: Apache-2.0
 *
 * What a mirror and a repair share: tiles and bundles of a signed tree, taken from the copy where
 * it has them and from the source where it has not, proved before they are written. */
#include "ledger/copy_int.h"

#include <stdio.h>
#include <string.h>

/* What is in the copy already needs no fetching, unless it turned out to be wrong. */
static rc read_both(void *context, const char *path, size_t limit_bytes, struct buf *out)
{
    const struct copy *c = context;
    if (!c->skip_own) {
        rc r = c->own.read(c->own.context, path, limit_bytes, out);
        if (ok(r) || r.code == E_MEMORY) return r;
    }
    return c->from->read(c->from->context, path, limit_bytes, out);
}

rc copy_init(struct copy *c, const struct ledger_files *from, const char *dir,
             const struct ledger_watch *watch)
{
    *c = (struct copy){.from = from, .dir = dir, .watch = watch};
    arena_init(&c->mem, 0);
    c->both = (struct ledger_files){c, read_both, NULL};
    return ledger_folder(dir, &c->mem, &c->own);
}

void copy_done(struct copy *c)
{
    proved_free(c->tiles);
    buf_done(&c->bytes);
    buf_done(&c->there);
    arena_done(&c->mem);
}

rc copy_tree(struct copy *c, uint64_t size, const struct seal_hash *root)
{
    proved_free(c->tiles);
    c->tiles = NULL;
    TRY(proved_new(&c->both, size, root, &c->tiles));
    rc r = proved_load_edge(c->tiles);
    if (r.code != E_DAMAGED) return r;
    c->skip_own = true;
    r = proved_load_edge(c->tiles);
    c->skip_own = false;
    return r;
}

static rc get(struct copy *c, int level, uint64_t index, const struct seal_hash **out)
{
    rc r = proved_get(c->tiles, level, index, out);
    if (r.code != E_DAMAGED) return r;
    c->skip_own = true;
    r = proved_get(c->tiles, level, index, out);
    c->skip_own = false;
    return r;
}

rc copy_contains(struct copy *c, uint64_t size, const struct seal_hash *root, bool *out)
{
    struct seal_hash ours;
    rc r = proved_root_at(c->tiles, size, &ours);
    if (r.code == E_DAMAGED) {
        c->skip_own = true;
        r = proved_root_at(c->tiles, size, &ours);
        c->skip_own = false;
    }
    TRY(r);
    *out = same_hash(&ours, root);
    return OK;
}

/* ---- one file ---- */

static rc put(struct copy *c, const char *path, struct view bytes)
{
    if (c->told && c->watch && c->watch->fault) {
        const struct ledger_fault fault = {path, UINT64_MAX, VIEW("put back")};
        c->watch->fault(c->watch->context, &fault);
    }
    c->report.n_faults += c->told;
    c->report.n_tiles++;
    c->report.bytes += bytes.n;
    return folder_put(c->dir, path, bytes, false);
}

static rc copy_tile(struct copy *c, int level, uint64_t index)
{
    char path[LEDGER_PATH_BYTES];
    const struct seal_hash *hashes;
    uint32_t width = tile_covers(c->tiles->size, level, index);
    TRY(get(c, level, index, &hashes));
    rc r = tile_read_width(&c->own, level, index, width, &c->there, path);
    if (r.code == E_MEMORY) return r;
    struct view right = view_of(hashes->bytes, width * sizeof *hashes);
    if (ok(r) && view_eq(buf_view(&c->there), right)) return OK;
    return put(c, path, right);
}

/* Holds the entries of a bundle against the tree. *out_n: bytes of those that the tree has. */
static rc check_bundle(struct copy *c, const char *path, uint64_t index, struct view bundle,
                       uint32_t width, size_t *out_n)
{
    struct view entries[LEDGER_TILE];
    const struct seal_hash *hashes;
    uint32_t n, covers = tile_covers(c->tiles->size, 0, index);
    TRY(get(c, 0, index, &hashes));
    rc r = bundle_cut(bundle, width, entries, &n);
    if (!ok(r)) return rc_within(r, "%s: ", path);
    for (uint32_t i = 0; i < covers; i++) {
        struct seal_hash leaf;
        TRY(seal_hash_leaf(entries[i], &leaf));
        if (!same_hash(&leaf, &hashes[i]))
            return FAIL(E_DAMAGED, "%s: entry %llu is not the one in the tree", path,
                        (unsigned long long)(index * LEDGER_TILE + i));
    }
    *out_n = (size_t)(entries[covers - 1].p + entries[covers - 1].n - bundle.p);
    return OK;
}

static rc copy_bundle(struct copy *c, uint64_t index)
{
    char path[LEDGER_PATH_BYTES];
    uint32_t width, covers = tile_covers(c->tiles->size, ENTRIES_LEVEL, index);
    size_t n;
    rc r = tile_read_width(&c->own, ENTRIES_LEVEL, index, covers, &c->bytes, path);
    if (ok(r)) r = check_bundle(c, path, index, buf_view(&c->bytes), covers, &n);
    if (ok(r) || r.code == E_MEMORY) return r;
    TRY(tile_read(c->from, c->tiles->size, ENTRIES_LEVEL, index, &c->bytes, path, &width));
    TRY(check_bundle(c, path, index, buf_view(&c->bytes), width, &n));
    c->report.n_entries += covers;
    ledger_tile_path(ENTRIES_LEVEL, index, covers, path);
    return put(c, path, view_of(c->bytes.p, n));
}

/* ---- all of them ---- */

/* What others are proved with comes before them: when the source stops answering, everything that
 * it was asked for stands in the copy, and the next run asks for what follows. */
rc copy_files(struct copy *c, uint64_t from_size)
{
    uint64_t size = c->tiles->size;
    for (int level = 0; level < TILE_LEVELS; level++)
        if (tile_width(size, level)) TRY(copy_tile(c, level, full_tiles(size, level)));
    for (int level = TILE_LEVELS - 1; level > 0; level--)
        for (uint64_t i = full_tiles(from_size, level); tile_covers(size, level, i); i++)
            TRY(copy_tile(c, level, i));
    for (uint64_t i = full_tiles(from_size, 0); tile_covers(size, 0, i); i++) {
        TRY(copy_tile(c, 0, i));
        TRY(copy_bundle(c, i));
        uint64_t done = (i + 1) * LEDGER_TILE < size ? (i + 1) * LEDGER_TILE : size;
        if (c->watch && c->watch->progress) c->watch->progress(c->watch->context, done, size);
    }
    return OK;
}

rc copy_finish(struct copy *c, const struct seal_verifier *key, struct view checkpoint)
{
    CLEANUP(buf_done) struct buf line = {0};
    TRY(seal_verifier_print(key, &line));
    TRY(buf_add_byte(&line, '\n'));
    TRY(folder_put(c->dir, KEY_FILE, buf_view(&line), false));
    TRY(folder_sync_all(c->dir));
    return folder_put(c->dir, CHECKPOINT_FILE, checkpoint, true);
}
