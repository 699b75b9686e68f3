/* SPDX-License-Identifier: Apache-2.0
 *
 * Tiles and bundles as they are written (C2SP tlog-tiles, Merkle Tree and Log Entries). The right
 * edge of the tree is kept in memory, so that nothing is read again: for each level the hashes
 * behind its last full tile, and the entries behind the last full bundle.
 *
 *   tile/<level>/<index>        256 hashes of 32 bytes, one behind the other. Level 0: of leaves;
 *                               level l: each the tree of a full tile of level l - 1
 *   tile/entries/<index>        256 entries, each behind its length in 2 bytes, big-endian
 *   ….p/<width>                 the same with 1 to 255 of them; never hashed upwards
 *
 * A full tile never changes. It is written again with the same bytes only when a start finds that
 * it was not covered by a checkpoint yet.
 */
#include "ledger/writing_int.h"

#include <stdio.h>
#include <string.h>

static size_t n_hashes(const struct buf *row)
{
    return row->n / SEAL_SHA256_BYTES;
}

/* What is taken up of a level: a level below is up to 255 tiles ahead until they are written. */
static uint64_t first_tile(const struct tiles *t, int level)
{
    uint64_t below = t->size;
    for (int l = 0; l < level; l++)
        below = (below - n_hashes(&t->rows[l])) / LEDGER_TILE;
    return (below - n_hashes(&t->rows[level])) / LEDGER_TILE;
}

void tiles_done(struct tiles *t)
{
    mem_free(t->public_folder);
    buf_done(&t->entries);
    buf_done(&t->bytes);
    for (int level = 0; level < TILE_LEVELS; level++)
        buf_done(&t->rows[level]);
    *t = (struct tiles){0};
}

rc tiles_reserve(struct tiles *t, size_t n, size_t bytes)
{
    TRY(buf_reserve(&t->entries, n * LENGTH_BYTES + bytes, NULL));
    return buf_reserve(&t->rows[0], n * SEAL_SHA256_BYTES, NULL);
}

rc tiles_add(struct tiles *t, struct view entry, const struct seal_hash *leaf)
{
    TRY(tiles_reserve(t, 1, entry.n));
    TRY(bundle_add(entry, &t->entries));
    TRY(buf_add(&t->rows[0], view_of(leaf->bytes, sizeof leaf->bytes)));
    t->size++;
    return OK;
}

/* ---- files ---- */

/* Makes the folders above a file; those that are there are fine. */
static rc make_parents(char *path, size_t keep)
{
    for (char *slash = strchr(path + keep, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        rc r = folder_make(path);
        *slash = '/';
        TRY(r);
    }
    return OK;
}

static rc write_tile(const struct tiles *t, int level, uint64_t index, uint32_t width,
                     struct view bytes)
{
    CLEANUP(free_path) char *path = NULL;
    CLEANUP(file_abandon) struct file_writer w = {0};
    char name[LEDGER_PATH_BYTES];
    ledger_tile_path(level, index, width, name);
    TRY(path_join(t->public_folder, name, &path));
    rc r = file_create(path, &w);
    if (r.code == E_NOT_FOUND) {
        TRY(make_parents(path, strlen(t->public_folder) + 1));
        r = file_create(path, &w);
    }
    TRY(r);
    TRY(file_write(&w, bytes));
    return file_place(&w);
}

/* ---- full ones ---- */

/* Bytes of the first n entries of a bundle. */
static rc measure(struct view entries, size_t n, size_t *out_bytes)
{
    struct view entry;
    size_t at = 0;
    while (n-- > 0)
        TRY(bundle_next(entries, &at, &entry));
    *out_bytes = at;
    return OK;
}

static void drop_front(struct buf *b, size_t n)
{
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
}

static struct view tile_of(const struct buf *row, size_t i)
{
    return view_slice(buf_view(row), i * TILE_BYTES, TILE_BYTES);
}

/* Bundles first: a tile of leaves without its entries is of no use. What is forgotten is forgotten
 * at the end, so that a failure leaves all as it was. */
static rc write_full_bundles(const struct tiles *t, size_t *out_bytes)
{
    size_t at = 0, bytes, n = t->rows[0].n / TILE_BYTES;
    uint64_t first = first_tile(t, 0);
    for (size_t i = 0; i < n; i++, at += bytes) {
        struct view rest = view_slice(buf_view(&t->entries), at, t->entries.n);
        TRY(measure(rest, LEDGER_TILE, &bytes));
        TRY(write_tile(t, ENTRIES_LEVEL, first + i, LEDGER_TILE, view_of(rest.p, bytes)));
    }
    *out_bytes = at;
    return OK;
}

/* The hashes of full tiles, appended to out. */
static rc hash_tiles(const struct buf *row, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        struct seal_hash hashes[LEDGER_TILE], up;
        memcpy(hashes, tile_of(row, i).p, sizeof hashes);
        TRY(seal_hash_tree(hashes, LEDGER_TILE, &up));
        TRY(buf_add(out, view_of(up.bytes, sizeof up.bytes)));
    }
    return OK;
}

static rc write_full_level(struct tiles *t, int level)
{
    struct buf *row = &t->rows[level];
    size_t n = row->n / TILE_BYTES, entries = 0;
    uint64_t first = first_tile(t, level);
    if (n == 0) return OK;
    if (level == 0) TRY(write_full_bundles(t, &entries));
    for (size_t i = 0; i < n; i++)
        TRY(write_tile(t, level, first + i, LEDGER_TILE, tile_of(row, i)));
    buf_reset(&t->bytes);
    TRY(hash_tiles(row, n, &t->bytes));
    TRY(buf_add(&t->rows[level + 1], buf_view(&t->bytes)));
    drop_front(row, n * TILE_BYTES);
    drop_front(&t->entries, entries);
    return OK;
}

rc tiles_write_full(struct tiles *t)
{
    /* The top level never fills: trees have fewer than 2^63 leaves. */
    for (int level = 0; level + 1 < TILE_LEVELS; level++)
        TRY(write_full_level(t, level));
    return OK;
}

/* ---- partial ones ---- */

rc tiles_write_partial(struct tiles *t, uint64_t old_size)
{
    for (int level = ENTRIES_LEVEL; level < TILE_LEVELS; level++) {
        const struct buf *bytes = level < 0 ? &t->entries : &t->rows[level];
        uint32_t width = tile_width(t->size, level);
        uint64_t index = full_tiles(t->size, level);
        bool there = width == tile_width(old_size, level) && index == full_tiles(old_size, level);
        if (width && !there) TRY(write_tile(t, level, index, width, buf_view(bytes)));
    }
    return OK;
}

static rc drop_folder(const char *path)
{
    CLEANUP(arena_done) struct arena mem = {0};
    struct view *names;
    size_t n;
    rc r = folder_names(path, &mem, &names, &n);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    for (size_t i = 0; i < n; i++) {
        CLEANUP(free_path) char *file = NULL;
        TRY(path_join(path, (const char *)names[i].p, &file));
        TRY(file_remove(file));
    }
    return file_remove(path);
}

rc tiles_drop_folder(const struct tiles *t, int level, uint64_t index)
{
    CLEANUP(free_path) char *path = NULL;
    char name[LEDGER_PATH_BYTES];
    ledger_tile_path(level, index, 1, name);
    *strrchr(name, '/') = 0;
    TRY(path_join(t->public_folder, name, &path));
    return drop_folder(path);
}

rc tiles_drop_partial(const struct tiles *t, uint64_t old_size, uint64_t size)
{
    for (int level = ENTRIES_LEVEL; level < TILE_LEVELS; level++) {
        uint64_t index = full_tiles(old_size, level);
        if (index < full_tiles(size, level)) TRY(tiles_drop_folder(t, level, index));
    }
    return OK;
}
