/* SPDX-License-Identifier: Apache-2.0
 *
 * What the reading files of ledger share: checkpoints held against keys, tiles held against the
 * root of a checkpoint, folders of files. */
#ifndef SANAD_LEDGER_READING_INT_H
#define SANAD_LEDGER_READING_INT_H

#include "ledger/ledger_int.h"

/* ---- Checkpoints ----------------------------------------------------------------------------- */

/** A checkpoint that the log's own key signed. */
struct signed_checkpoint {
    struct view note; /* borrowed from what was given */
    struct seal_checkpoint tree;
    uint32_t n_signed; /* keys whose line holds */
};
/** Checks a note: the first key is the log's and has signed, its name is the origin.
 *  note    borrowed as long as out is used
 *  Errors  E_INPUT the form; E_DAMAGED a signature that does not hold, none of the log's key,
 *          another origin; E_LIMIT, E_VERSION, E_MEMORY */
MUST rc checkpoint_check(struct view note, const struct seal_verifier *keys, size_t n_keys,
                         struct arena *mem, struct signed_checkpoint *out);
/** Reads the file and checks it. bytes holds the note. Errors E_NOT_FOUND besides. */
MUST rc checkpoint_read(const struct ledger_files *files, const struct seal_verifier *keys,
                        size_t n_keys, struct arena *mem, struct buf *bytes,
                        struct signed_checkpoint *out);

/* ---- Tiles ----------------------------------------------------------------------------------- */

/** Hashes or entries of a tile that a tree of this size has: 0 … 256. Level -1 as level 0. */
static inline uint32_t tile_covers(uint64_t size, int level, uint64_t index)
{
    uint64_t full = full_tiles(size, level);
    if (index < full) return LEDGER_TILE;
    return index == full ? tile_width(size, level) : 0;
}

/** The bytes of a tile file. When the partial tile of this size is gone, the full one that took
 *  its place is read.
 *  bytes   reset, then the file's
 *  path    of the file that was read, or of the one that is missing
 *  out_width  of that file
 *  Errors  E_NOT_FOUND; E_DAMAGED a tile of another length, a bundle over its limit; the files' */
MUST rc tile_read(const struct ledger_files *files, uint64_t size, int level, uint64_t index,
                  struct buf *bytes, char path[LEDGER_PATH_BYTES], uint32_t *out_width);
/** The bytes of the file of exactly this width. Errors as tile_read; path is always set. */
MUST rc tile_read_width(const struct ledger_files *files, int level, uint64_t index, uint32_t width,
                        struct buf *bytes, char path[LEDGER_PATH_BYTES]);
/** Cuts a bundle into its entries.
 *  width      entries that it has to hold
 *  entries    [width], borrowed from bundle; as many as *out_n are set, also on failure
 *  Errors  E_DAMAGED fewer entries, or bytes behind the last one */
MUST rc bundle_cut(struct view bundle, uint32_t width, struct view *entries, uint32_t *out_n);
/** The hash above a full tile. */
static inline rc tile_hash(const struct seal_hash hashes[LEDGER_TILE], struct seal_hash *out)
{
    return seal_hash_tree(hashes, LEDGER_TILE, out);
}

enum { TILE_SLOTS = 64 }; /* full tiles kept: 8 KiB each */
struct tile_slot {
    int level;
    uint64_t index, used; /* used 0: empty */
    struct seal_hash hash[LEDGER_TILE];
};
/** Tiles of one tree, each proved to be in it. Full tiles are proved by the tile above; the partial
 *  ones together give the root. About 600 KiB. */
struct proved {
    const struct ledger_files *files;
    uint64_t size, clock;
    struct seal_hash root;
    struct buf bytes;
    struct tile_slot edge[TILE_LEVELS]; /* the partial tile of each level, where there is one */
    struct tile_slot slot[TILE_SLOTS];
};
/** Heap, nothing is read. files borrowed until close. */
MUST rc proved_new(const struct ledger_files *files, uint64_t size, const struct seal_hash *root,
                   struct proved **out);
void proved_free(struct proved *t);
/** Reads the partial tiles and holds them against the root. Errors E_DAMAGED, E_NOT_FOUND. */
MUST rc proved_load_edge(struct proved *t);
/** Whether the partial tiles in t->edge give the root. */
MUST rc proved_check_edge(const struct proved *t, bool *out);
/** The hashes of a tile that the tree has (tile_covers), proved; read when not kept. Borrowed until
 *  the next call. Errors E_DAMAGED, E_NOT_FOUND with the path; those of the files. */
MUST rc proved_get(struct proved *t, int level, uint64_t index, const struct seal_hash **out);
/** The kept tile, or NULL. */
const struct seal_hash *proved_kept(struct proved *t, int level, uint64_t index);
/** The hash that the tile above has for a full tile; it is kept there. */
MUST rc proved_above(struct proved *t, int level, uint64_t index, struct seal_hash *out);
/** Keeps hashes [LEDGER_TILE] that the caller vouches for. */
void proved_put(struct proved *t, int level, uint64_t index, const struct seal_hash *hashes);
struct seal_source proved_source(struct proved *t);
/** The root of the first `size` leaves, from its tiles. Errors as proved_get. */
MUST rc proved_root_at(struct proved *t, uint64_t size, struct seal_hash *out);

/* ---- Folders --------------------------------------------------------------------------------- */

/** Makes a folder and those above it. Being there is fine. Errors E_IO, E_SPACE, E_FORMAT. */
MUST rc folders_make(const char *dir);
/** Puts a file below dir, folders as needed: whole or not at all. synced: durable on return. */
MUST rc folder_put(const char *dir, const char *path, struct view bytes, bool synced);
/** Removes a file below dir, durable on return. One that is not there is fine. Errors E_IO. */
MUST rc folder_remove(const char *dir, const char *path);
/** Removes a folder of files (path and end in one) and what is in it. None is fine. */
MUST rc folder_drop(const char *dir, const char *path, const char *end);
/** Calls each for every file below dir (path from there on), in no order; symbolic links are not
 *  followed. A missing dir has no files. */
MUST rc folder_each(const char *dir, void *to, rc (*each)(void *to, const char *path));
/** Whether there is something of this name. */
bool folder_has(const char *dir, const char *name);
/** Takes DIR/lock until file_unlock. Errors E_BUSY, E_IO. */
MUST rc folder_lock(const char *dir, int *out_fd);
static inline void folder_unlock(const int *fd)
{
    file_unlock(*fd);
}

#endif
