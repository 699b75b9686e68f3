/* SPDX-License-Identifier: Apache-2.0
 *
 * What the writing half of ledger shares: the journal, the right edge of the tree, the log. */
#ifndef SANAD_LEDGER_WRITING_INT_H
#define SANAD_LEDGER_WRITING_INT_H

#include "ledger/ledger_int.h"

/* ---- Journal (journal.c, journal_read.c) ----------------------------------------------------- */

enum {
    SEGMENT_HEAD_BYTES = 96,
    GROUP_HEAD_BYTES = 64,
    ITEM_HEAD_BYTES = 8,
    SALT_BYTES = 32,
    MARK_BYTES = 8,
    SEGMENT_NAME_BYTES = 21
};

/** What the head of a segment says. */
struct segment {
    uint64_t first;
    uint8_t mark[MARK_BYTES], salt[SALT_BYTES];
};
/** One group as it stands in the journal. */
struct group {
    uint64_t index;
    uint32_t n;
    int64_t received_ms;
    struct view items;
};
/** The item at *at of a group; *at moves behind it. Errors E_DAMAGED. */
MUST rc group_next(struct view items, size_t *at, struct view *out_entry, struct view *out_beside);
/** Appends an item to a group's items. */
MUST rc group_add(struct view entry, struct view beside, struct buf *out);
/** Writes the head of a group into the first GROUP_HEAD_BYTES of bytes; items stand behind. */
MUST rc group_seal(const struct segment *segment, uint64_t index, uint32_t n, int64_t received_ms,
                   struct buf *bytes);
MUST rc group_hash(const struct segment *segment, const uint8_t *head, struct view items,
                   struct seal_hash *out);
/** A new segment with random mark and salt, and the bytes of its head. */
MUST rc segment_new(uint64_t first, struct segment *out, uint8_t out_head[SEGMENT_HEAD_BYTES]);
/** Errors E_DAMAGED; E_VERSION. */
MUST rc segment_parse(const uint8_t head[SEGMENT_HEAD_BYTES], struct segment *out);
/** The same of a file. Errors also E_IO, E_NOT_FOUND. */
MUST rc segment_head(const char *path, struct segment *out);
void journal_file_name(uint64_t first, char out[SEGMENT_NAME_BYTES]);

/** The indexes of the first entries of the segments of a journal, in order, in the arena. */
MUST rc journal_list(const char *folder, struct arena *mem, uint64_t **out_firsts, size_t *out_n);

MUST rc segment_bytes(const char *folder, uint64_t first, uint64_t *out);
/** Reads the groups of one segment that must end at `end`. Errors E_DAMAGED. */
MUST rc segment_read(const char *folder, uint64_t first, uint64_t end, void *context,
                     rc (*each)(void *context, const struct group *group));

/** How a journal ends. */
struct journal_end {
    bool any;            /* there is a segment */
    uint64_t begin;      /* of the first segment */
    uint64_t next;       /* index behind the last good group */
    uint64_t last_first; /* the last segment … */
    uint64_t last_bytes; /* … and where its good bytes end */
    uint64_t bytes;      /* of all files */
    bool torn;           /* something stands behind last_bytes: a group that was never finished */
    bool headless;       /* the last file was never finished: it has no head */
    bool damaged;
    char why[256]; /* damaged */
};
/** Reads every group that ends behind `from`, checking each. Damage is no failure: it is told in
 *  out, after the good groups before it.
 *  in_tiles  entries before this index stand in tiles: a segment that begins up to there may leave
 *            a gap before it, as a repair from a mirror does
 *  each      may be NULL; views last for the call */
MUST rc journal_read(const char *folder, uint64_t from, uint64_t in_tiles, void *context,
                     rc (*each)(void *context, const struct group *group), struct journal_end *out);

/** The journal as its writer holds it. */
struct journal {
    char *folder;
    struct append_file file; /* the segment being written; no path: none yet */
    struct segment segment;
    uint64_t segment_bytes; /* a new one begins behind that */
    uint64_t bytes;         /* of all files */
    struct buf group;       /* head and items of the group being made */
};
/** Goes on where a journal that was read ends: cuts what was never finished, makes the rest
 *  durable. */
MUST rc journal_resume(struct journal *j, const struct journal_end *end);
void journal_close(struct journal *j);
/** Forgets the items; journal_items is where group_add puts them. */
MUST rc journal_begin(struct journal *j);
/** One write and one fdatasync of the group, in a new segment when it is time. After a failure the
 *  group is cut off again where that is possible. */
MUST rc journal_commit(struct journal *j, uint64_t index, uint32_t n, int64_t received_ms);
/** A new segment that begins at index, unless the present one does. */
MUST rc journal_rotate(struct journal *j, uint64_t index);
/** Removes segments that end before index, and, with erase, what lies beside entries before index
 *  in the one that goes on. The present segment stays. */
MUST rc journal_trim(struct journal *j, uint64_t index, bool erase);

/* ---- Tiles (tiles.c, tiles_load.c) ----------------------------------------------------------- */

/** The right edge of the tree: what is not in full tiles yet, so that nothing is read again. */
struct tiles {
    char *public_folder;
    uint64_t size;                /* entries taken up */
    struct buf entries;           /* those behind the last full bundle, as in a bundle */
    struct buf rows[TILE_LEVELS]; /* hashes behind the last full tile of each level */
    struct buf bytes;             /* scratch */
};
void tiles_done(struct tiles *t);
/** The right edge of the tree of a size, from files. Errors E_NOT_FOUND, E_DAMAGED. */
MUST rc tiles_load(struct tiles *t, uint64_t size);
/** Received of the last entry, from files where it must be. */
MUST rc tiles_last_received(const struct tiles *t, int64_t *out_ms);
/** Stored hashes of the tree that tiles hold; only full subtrees of its right edge. */
struct seal_source tiles_source(struct tiles *t);
/** Room for n entries of so many bytes, so that tiles_add cannot fail. */
MUST rc tiles_reserve(struct tiles *t, size_t n, size_t bytes);
/** One more entry and its leaf hash. */
MUST rc tiles_add(struct tiles *t, struct view entry, const struct seal_hash *leaf);
/** Writes the full tiles and bundles; not durable yet. What was written is forgotten here. */
MUST rc tiles_write_full(struct tiles *t);
/** Writes the partial ones that the tree of old_size had not; not durable yet. */
MUST rc tiles_write_partial(struct tiles *t, uint64_t old_size);
/** Removes the partial ones of tiles that became full between two sizes. */
MUST rc tiles_drop_partial(const struct tiles *t, uint64_t old_size, uint64_t size);
/** Removes the folder of partial ones of a tile, if there is one. */
MUST rc tiles_drop_folder(const struct tiles *t, int level, uint64_t index);
/** The same for what an interrupted run left. */
MUST rc tiles_sweep(const struct tiles *t, uint64_t size);

/* ---- The log --------------------------------------------------------------------------------- */

struct ledger {
    char *dir;
    struct arena mem;
    struct log_file log;
    const struct seal_signer *key;
    int lock_fd;
    bool look_only, read_only;
    bool public_elsewhere; /* on another file system */
    char why[512];
    struct journal journal;
    struct tiles tiles;
    struct seal_tree tree; /* of all durable entries */
    uint64_t published_size;
    struct seal_hash root;
    int64_t received_ms;
    struct buf note; /* the checkpoint in place */
};
/** Nothing more is taken, because of this failure or for a reason; passes the failure on. */
MUST rc ledger_broke(struct ledger *l, rc failure);
void ledger_stop(struct ledger *l, const char *fmt, ...) PRINTF(2, 3);
/** Reads the log's end and finds out what holds; the lock is held, or look_only. */
MUST rc ledger_recover(struct ledger *l);
MUST rc print_checkpoint(const struct seal_signer *key, const struct seal_tree *tree,
                         struct seal_hash *out_root, struct buf *out);

#endif
