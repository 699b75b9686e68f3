/* SPDX-License-Identifier: Apache-2.0
 *
 * Tiles that are proved before anybody sees them. A tree of n leaves has at level l (256-fold) the
 * full tiles 0 … n / 256^(l+1) - 1 and a partial one of n / 256^l mod 256 hashes. The partial tiles
 * hold one full subtree for each bit of n, so they give the root; a full tile gives the hash that
 * stands for it in the tile above.
 */
#include "ledger/reading_int.h"

#include <string.h>

enum { TREE_BITS = 63, TILE_BITS = 8 };

/* ---- files ---- */

rc tile_read_width(const struct ledger_files *files, int level, uint64_t index, uint32_t width,
                   struct buf *bytes, char path[LEDGER_PATH_BYTES])
{
    size_t hashes = (size_t)width * SEAL_SHA256_BYTES;
    size_t limit = level < 0 ? (size_t)width * (LENGTH_BYTES + LEDGER_ENTRY_MAX_BYTES) : hashes;
    buf_reset(bytes);
    ledger_tile_path(level, index, width, path);
    rc r = files->read(files->context, path, limit, bytes);
    if (r.code == E_LIMIT) return FAIL(E_DAMAGED, "%s: over %zu bytes", path, limit);
    TRY(r);
    if (level >= 0 && bytes->n != hashes)
        return FAIL(E_DAMAGED, "%s: %zu bytes instead of %zu", path, bytes->n, hashes);
    return OK;
}

rc tile_read(const struct ledger_files *files, uint64_t size, int level, uint64_t index,
             struct buf *bytes, char path[LEDGER_PATH_BYTES], uint32_t *out_width)
{
    uint32_t width = tile_covers(size, level, index);
    if (width == 0) return FAIL(E_INTERNAL, "tiles: one behind the end is asked for");
    rc r = tile_read_width(files, level, index, width, bytes, path);
    if (r.code == E_NOT_FOUND && width < LEDGER_TILE) {
        width = LEDGER_TILE;
        r = tile_read_width(files, level, index, width, bytes, path);
    }
    if (r.code == E_NOT_FOUND) {
        ledger_tile_path(level, index, tile_covers(size, level, index), path);
        return FAIL(E_NOT_FOUND, "%s: missing", path);
    }
    TRY(r);
    *out_width = width;
    return OK;
}

rc bundle_cut(struct view bundle, uint32_t width, struct view *entries, uint32_t *out_n)
{
    size_t at = 0;
    for (*out_n = 0; *out_n < width; ++*out_n)
        if (at == bundle.n || !ok(bundle_next(bundle, &at, &entries[*out_n])))
            return FAIL(E_DAMAGED, "%u whole entries instead of %u", *out_n, width);
    if (at != bundle.n)
        return FAIL(E_DAMAGED, "%zu bytes behind the last of %u entries", bundle.n - at, width);
    return OK;
}

/* ---- kept ---- */

rc proved_new(const struct ledger_files *files, uint64_t size, const struct seal_hash *root,
              struct proved **out)
{
    struct proved *t;
    TRY(mem_new(1, sizeof *t, &t));
    t->files = files;
    t->size = size;
    t->root = *root;
    *out = t;
    return OK;
}

void proved_free(struct proved *t)
{
    if (!t) return;
    buf_done(&t->bytes);
    mem_free(t);
}

static bool is_edge(const struct proved *t, int level, uint64_t index)
{
    return index == full_tiles(t->size, level);
}

const struct seal_hash *proved_kept(struct proved *t, int level, uint64_t index)
{
    if (is_edge(t, level, index)) return t->edge[level].hash;
    for (size_t i = 0; i < COUNT_OF(t->slot); i++) {
        struct tile_slot *s = &t->slot[i];
        if (s->used == 0 || s->level != level || s->index != index) continue;
        s->used = ++t->clock;
        return s->hash;
    }
    return NULL;
}

void proved_put(struct proved *t, int level, uint64_t index, const struct seal_hash *hashes)
{
    struct tile_slot *s = &t->slot[0];
    for (size_t i = 1; i < COUNT_OF(t->slot); i++)
        if (t->slot[i].used < s->used) s = &t->slot[i];
    *s = (struct tile_slot){.level = level, .index = index, .used = ++t->clock};
    memcpy(s->hash, hashes, sizeof s->hash);
}

/* ---- the right edge ---- */

rc proved_check_edge(const struct proved *t, bool *out)
{
    struct seal_tree tree = {.size = t->size};
    struct seal_hash root;
    for (int level = 0; level < TILE_LEVELS; level++) {
        uint32_t width = tile_width(t->size, level);
        for (uint32_t bit = 0; bit < TILE_BITS; bit++) {
            if (!(width >> bit & 1)) continue;
            uint32_t from = width >> (bit + 1) << (bit + 1);
            TRY(seal_hash_tree(&t->edge[level].hash[from], UINT64_C(1) << bit,
                               &tree.full[TILE_BITS * (uint32_t)level + bit]));
        }
    }
    TRY(seal_tree_head(&tree, &root));
    *out = same_hash(&root, &t->root);
    return OK;
}

rc proved_load_edge(struct proved *t)
{
    char path[LEDGER_PATH_BYTES];
    uint32_t width;
    bool good;
    for (int level = 0; level < TILE_LEVELS; level++) {
        if (!tile_width(t->size, level)) continue;
        TRY(tile_read(t->files, t->size, level, full_tiles(t->size, level), &t->bytes, path,
                      &width));
        memcpy(t->edge[level].hash, t->bytes.p,
               tile_width(t->size, level) * sizeof t->edge[level].hash[0]);
    }
    TRY(proved_check_edge(t, &good));
    if (!good)
        return FAIL(E_DAMAGED,
                    "tiles: the partial tiles of %llu entries do not give the root of "
                    "the checkpoint",
                    (unsigned long long)t->size);
    return OK;
}

/* ---- full tiles, from the top ---- */

rc proved_above(struct proved *t, int level, uint64_t index, struct seal_hash *out)
{
    const struct seal_hash *above = proved_kept(t, level + 1, index / LEDGER_TILE);
    if (!above) return FAIL(E_INTERNAL, "tiles: a tile is asked for before the one above it");
    *out = above[index % LEDGER_TILE];
    return OK;
}

static rc load(struct proved *t, int level, uint64_t index)
{
    char path[LEDGER_PATH_BYTES];
    uint32_t width;
    struct seal_hash hash, above;
    struct seal_hash hashes[LEDGER_TILE];
    TRY(proved_above(t, level, index, &above));
    TRY(tile_read(t->files, t->size, level, index, &t->bytes, path, &width));
    memcpy(hashes, t->bytes.p, sizeof hashes);
    TRY(tile_hash(hashes, &hash));
    if (!same_hash(&hash, &above))
        return FAIL(E_DAMAGED, "%s: not what the tree of the checkpoint holds", path);
    proved_put(t, level, index, hashes);
    return OK;
}

rc proved_get(struct proved *t, int level, uint64_t index, const struct seal_hash **out)
{
    if (tile_covers(t->size, level, index) == 0)
        return FAIL(E_INTERNAL, "tiles: level %d, %llu is behind the end", level,
                    (unsigned long long)index);
    int up = 0; /* to the first one that is kept; the topmost tile is partial */
    while (!proved_kept(t, level + up, index >> (TILE_BITS * up)))
        up++;
    while (up-- > 0)
        TRY(load(t, level + up, index >> (TILE_BITS * up)));
    *out = proved_kept(t, level, index);
    return OK;
}

/* ---- as a source of stored hashes ---- */

static rc read_stored(void *context, uint32_t level, uint64_t index, struct seal_hash *out)
{
    struct proved *t = context;
    const struct seal_hash *hashes;
    if (level >= TREE_BITS || index >= t->size >> level)
        return FAIL(E_INTERNAL, "tiles: no full subtree at level %u, %llu", level,
                    (unsigned long long)index);
    uint32_t within = level % TILE_BITS;
    uint64_t first = index << within;
    TRY(proved_get(t, (int)(level / TILE_BITS), first / LEDGER_TILE, &hashes));
    return seal_hash_tree(hashes + first % LEDGER_TILE, UINT64_C(1) << within, out);
}

struct seal_source proved_source(struct proved *t)
{
    return (struct seal_source){t, read_stored};
}

rc proved_root_at(struct proved *t, uint64_t size, struct seal_hash *out)
{
    struct seal_source source = proved_source(t);
    struct seal_tree tree;
    if (size > t->size)
        return FAIL(E_INPUT, "tiles: %llu entries of %llu", (unsigned long long)size,
                    (unsigned long long)t->size);
    TRY(seal_tree_load(size, &source, &tree));
    return seal_tree_head(&tree, out);
}
