/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of ledger share: names and sizes of the format, and the small files of a log. */
#ifndef SANAD_LEDGER_INT_H
#define SANAD_LEDGER_INT_H

#include "ledger/ledger.h"

/* ---- The format ---------------------------------------------------------------------------- */

enum {
    FORMAT_VERSION = 1, /* of a log folder, in DIR/log */
    TILE_LEVELS = 8,    /* of 256-fold trees below 2^63 leaves */
    TILE_BYTES = LEDGER_TILE * SEAL_SHA256_BYTES,
    LENGTH_BYTES = 2, /* big-endian, before each entry of a bundle */
    BUNDLE_MAX_BYTES = LEDGER_TILE * (LENGTH_BYTES + LEDGER_ENTRY_MAX_BYTES),
    CHECKPOINT_MAX_BYTES = SEAL_NOTE_MAX_BYTES,
    ENTRIES_LEVEL = -1 /* of ledger_tile_path: bundles of entries */
};

#define ENTRY_LINE "sanad/entry/v1"
#define ID_PREFIX "sha256:"

/* Below DIR. */
#define LOG_FILE "log"
#define LOCK_FILE "lock"
#define PROMISED_FILE "promised"
/* Written by a restore, gone when it is confirmed: until then the log takes nothing. Its text is
 * the reason, for ledger_state. */
#define RESTORED_FILE "restored"
#define JOURNAL_FOLDER "journal"
#define PUBLIC_FOLDER "public"
#define ATTACHMENT_FOLDER "attachments"
/* Below the public folder. */
#define CHECKPOINT_FILE "checkpoint"
#define KEY_FILE "key"

static inline bool same_hash(const struct seal_hash *a, const struct seal_hash *b)
{
    return view_eq(view_of(a->bytes, sizeof a->bytes), view_of(b->bytes, sizeof b->bytes));
}

/** Width of the partial tile at a level of a tree; 0: there is none. Level -1 is as level 0. */
static inline uint32_t tile_width(uint64_t size, int level)
{
    return (uint32_t)(size >> (level < 0 ? 0 : 8 * level) & (LEDGER_TILE - 1));
}
/** Full tiles at a level of a tree, which is the index of the partial one. */
static inline uint64_t full_tiles(uint64_t size, int level)
{
    /* In two steps: at level 7 it would be 64 at once. */
    return size >> (level < 0 ? 0 : 8 * level) >> 8;
}

/** "dir/name" on the heap, given back with mem_free. */
MUST rc path_join(const char *dir, const char *name, char **out);
static inline void free_path(char **path)
{
    mem_free(*path);
}

/** A file of a folder, whole or not at all, durable on return. */
MUST rc write_durable(const char *dir, const char *name, struct view bytes);

/** The entry at *at of a bundle; *at moves behind it. Errors E_DAMAGED: it is cut off. */
MUST rc bundle_next(struct view bundle, size_t *at, struct view *out_entry);
/** Appends an entry and its length. Errors E_LIMIT. */
MUST rc bundle_add(struct view entry, struct buf *out);

/* ---- DIR/log and DIR/promised ---------------------------------------------------------------- */

/** DIR/log: "sanad/log/v<version>", the key's public line, each with a line feed. */
struct log_file {
    uint32_t version;
    struct seal_verifier key; /* its name is the origin; in the arena */
};
/** Errors  E_NOT_FOUND; E_VERSION newer than ours; E_FORMAT. */
MUST rc log_file_read(const char *dir, struct arena *mem, struct log_file *out);
/** Whole or not at all, durable. */
MUST rc log_file_write(const char *dir, const struct seal_verifier *key);

/** DIR/promised: the largest tree that was ever going to be signed. */
struct promise {
    uint64_t size;
    struct seal_hash root;
};
/** Errors  E_NOT_FOUND; E_DAMAGED. */
MUST rc promise_read(const char *dir, struct promise *out);
/** Makes the file, or makes it anew. Whole or not at all, durable. */
MUST rc promise_write(const char *dir, const struct promise *promise);
/** The same, not durable before folder_sync_all. */
MUST rc promise_place(const char *dir, const struct promise *promise);

#endif
