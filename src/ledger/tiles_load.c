/* SPDX-License-Identifier: Apache-2.0
 *
 * The right edge of a tree read back from its tiles, at a start; and what an interrupted run left
 * beside them. */
#include "ledger/writing_int.h"

#include <stdio.h>
#include <string.h>

/* ---- files ---- */

static rc read_tile(const struct tiles *t, int level, uint64_t index, uint32_t width,
                    struct buf *out)
{
    CLEANUP(free_path) char *path = NULL;
    char name[LEDGER_PATH_BYTES];
    ledger_tile_path(level, index, width, name);
    TRY(path_join(t->public_folder, name, &path));
    return file_read(path, level < 0 ? BUNDLE_MAX_BYTES : TILE_BYTES, out);
}

/* The partial tile, or the full one that replaced it before its checkpoint was in place. */
static rc read_edge(const struct tiles *t, int level, uint64_t size, struct buf *out)
{
    uint64_t index = full_tiles(size, level);
    rc r = read_tile(t, level, index, tile_width(size, level), out);
    if (r.code != E_NOT_FOUND) return r;
    buf_reset(out);
    return read_tile(t, level, index, LEDGER_TILE, out);
}

static rc load_row(struct tiles *t, int level, uint64_t size)
{
    size_t bytes = tile_width(size, level) * (size_t)SEAL_SHA256_BYTES;
    buf_reset(&t->bytes);
    TRY(read_edge(t, level, size, &t->bytes));
    if (t->bytes.n < bytes)
        return FAIL(E_DAMAGED, "tiles: %zu hashes instead of %u at the end of level %d",
                    t->bytes.n / SEAL_SHA256_BYTES, tile_width(size, level), level);
    return buf_add(&t->rows[level], view_of(t->bytes.p, bytes));
}

/* Entries of the last bundle, each held against its hash. */
static rc load_entries(struct tiles *t, uint64_t size)
{
    uint32_t width = tile_width(size, ENTRIES_LEVEL);
    struct view entry;
    size_t at = 0;
    buf_reset(&t->bytes);
    TRY(read_edge(t, ENTRIES_LEVEL, size, &t->bytes));
    for (uint32_t i = 0; i < width; i++) {
        struct seal_hash leaf;
        TRY(bundle_next(buf_view(&t->bytes), &at, &entry));
        TRY(seal_hash_leaf(entry, &leaf));
        if (memcmp(leaf.bytes, t->rows[0].p + i * sizeof leaf.bytes, sizeof leaf.bytes) != 0)
            return FAIL(E_DAMAGED, "tiles: entry %llu is not the one of its hash",
                        (unsigned long long)(size - width + i));
    }
    return buf_add(&t->entries, view_of(t->bytes.p, at));
}

rc tiles_load(struct tiles *t, uint64_t size)
{
    for (int level = 0; level < TILE_LEVELS; level++)
        if (tile_width(size, level)) TRY(load_row(t, level, size));
    if (tile_width(size, 0)) TRY(load_entries(t, size));
    t->size = size;
    return OK;
}

rc tiles_last_received(const struct tiles *t, int64_t *out_ms)
{
    CLEANUP(buf_done) struct buf full = {0};
    struct view bundle = buf_view(&t->entries), last = {0};
    struct ledger_entry entry;
    size_t at = 0;
    *out_ms = 0;
    if (t->size == 0) return OK;
    if (bundle.n == 0) {
        TRY(read_tile(t, ENTRIES_LEVEL, t->size / LEDGER_TILE - 1, LEDGER_TILE, &full));
        bundle = buf_view(&full);
    }
    while (at < bundle.n)
        TRY(bundle_next(bundle, &at, &last));
    TRY(ledger_entry_parse(last, &entry));
    *out_ms = entry.received_ms;
    return OK;
}

/* ---- hashes ---- */

static rc read_stored(void *context, uint32_t level, uint64_t index, struct seal_hash *out)
{
    const struct tiles *t = context;
    struct seal_hash hashes[LEDGER_TILE];
    int row = (int)(level / 8);
    uint32_t below = level % 8;
    uint64_t from = (index << below) - full_tiles(t->size, row) * LEDGER_TILE;
    size_t n = (size_t)1 << below;
    if (row >= TILE_LEVELS || (from + n) * sizeof *hashes > t->rows[row].n)
        return FAIL(E_INTERNAL, "tiles: level %u, %llu is not at the right edge", level,
                    (unsigned long long)index);
    memcpy(hashes, t->rows[row].p + from * sizeof *hashes, n * sizeof *hashes);
    return seal_hash_tree(hashes, n, out);
}

struct seal_source tiles_source(struct tiles *t)
{
    return (struct seal_source){t, read_stored};
}

/* ---- what an interrupted run left ---- */

/* Folders of partial tiles that stand beside the full tile of their index. */
static rc sweep_folder(const struct tiles *t, int level, uint64_t size, const char *folder)
{
    CLEANUP(arena_done) struct arena mem = {0};
    CLEANUP(free_path) char *path = NULL;
    struct view *names;
    size_t n;
    TRY(path_join(t->public_folder, folder, &path));
    rc r = folder_names(path, &mem, &names, &n);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    for (size_t i = 0; i < n; i++) {
        int found_level;
        uint64_t index;
        uint32_t width;
        struct view tile;
        if (!view_ends(names[i], VIEW(".p"))) continue;
        TRY(arena_format(&mem, &tile, "%s/%.*s", folder, (int)names[i].n - 2, names[i].p));
        if (!ok(ledger_tile_path_parse(tile, &found_level, &index, &width))) continue;
        if (index < full_tiles(size, level)) TRY(tiles_drop_folder(t, level, index));
    }
    return OK;
}

/* Only the folder of the last full tile of each level: an interrupted run is not older. */
rc tiles_sweep(const struct tiles *t, uint64_t size)
{
    for (int level = ENTRIES_LEVEL; level < TILE_LEVELS; level++) {
        char folder[LEDGER_PATH_BYTES];
        uint64_t full = full_tiles(size, level);
        if (full == 0) continue;
        ledger_tile_path(level, full - 1, LEDGER_TILE, folder);
        *strrchr(folder, '/') = 0;
        TRY(sweep_folder(t, level, size, folder));
    }
    return OK;
}
