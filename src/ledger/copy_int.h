/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of a signed tree: what mirror, repair and backup share. */
#ifndef SANAD_LEDGER_COPY_INT_H
#define SANAD_LEDGER_COPY_INT_H

#include "ledger/reading_int.h"

struct copy {
    const struct ledger_files *from;
    const char *dir; /* the public folder that is written */
    const struct ledger_watch *watch;
    bool told; /* each file that is written is a fault that was put right */
    struct ledger_report report;
    struct arena mem;
    struct ledger_files own, both;
    bool skip_own;
    struct proved *tiles;
    struct buf bytes, there;
};
/** dir, from, watch borrowed until done. */
MUST rc copy_init(struct copy *c, const struct ledger_files *from, const char *dir,
                  const struct ledger_watch *watch);
void copy_done(struct copy *c);
/** The tree that is copied, or asked. Errors E_DAMAGED, E_NOT_FOUND of the source. */
MUST rc copy_tree(struct copy *c, uint64_t size, const struct seal_hash *root);
/** Whether the tree begins with another one. Errors E_INPUT that one is larger. */
MUST rc copy_contains(struct copy *c, uint64_t size, const struct seal_hash *root, bool *out);
/** Writes what the tree has and the copy has not; the tree of from_size is there. Not durable. */
MUST rc copy_files(struct copy *c, uint64_t from_size);
/** Makes it durable, and then puts the checkpoint in place. */
MUST rc copy_finish(struct copy *c, const struct seal_verifier *key, struct view checkpoint);

/** ledger_mirror of a checkpoint that was read before: the files may have grown since. */
MUST rc mirror_checkpoint(const struct ledger_files *from, struct view note, const char *dir,
                          const struct seal_verifier *keys, size_t n_keys,
                          const struct ledger_watch *watch, struct ledger_report *out);

#endif
