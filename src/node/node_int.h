/* SPDX-License-Identifier: Apache-2.0
 * Inside of node. */
#ifndef SANAD_NODE_INT_H
#define SANAD_NODE_INT_H

#include "node/node.h"

struct node {
    struct arena mem; /* what lives as long as the node */
    const char *dir, *log_dir, *store_dir;
    struct node_config config;
    struct ledger *ledger; /* NULL: looking only */
    struct store *store;
    struct seal_verifier log_key;
    struct ledger_files files;
    rc trouble; /* of what follows after records were durable */
    char trouble_text[512];
};

/** "dir/name" with a NUL behind it. */
MUST rc node_path(const char *dir, const char *name, struct arena *mem, struct view *out);

/** The folder of the store, with a NUL behind it. */
MUST rc node_store_path(const char *dir, struct arena *mem, const char **out);

/** Note and parts of a bundle; the rest of out stays as it is. */
MUST rc node_read_bundle(struct view bytes, struct arena *mem, struct store_arrival *out);

/** Settings and public files alone: no lock, no journal, no store. */
MUST rc node_open_public(const char *dir, struct node **out);

/** Cores that may check signatures at once, at least 1. */
uint32_t node_cores(void);

/** The clock, but never before the log's last entry: a clock that was ahead once and went back
 * would leave what is taken from then on without effect. */
int64_t node_time(const struct node *n, int64_t now_ms);

/** What was erased goes from the journal and from beside the store. While somebody reads there, or
 * the log takes nothing, it waits for the next time. */
MUST rc node_settle(struct node *n);
/** The same whether anything is owed or not. Errors of ledger_trim: of a log that takes nothing
 * too.
 */
MUST rc node_settle_now(struct node *n);

/** What was acknowledged stays so; the next group is told why it is not taken. */
void node_keep_trouble(struct node *n, rc r);

/** Entries of the log that the view does not have yet, from tiles and journal. */
MUST rc node_catch_up(struct node *n, int64_t now_ms, const struct node_watch *watch,
                      struct node_replayed *out);

#endif
