/* SPDX-License-Identifier: Apache-2.0
 *
 * What verbs that work on a log share: its folder, its key, its watchers.
 */
#ifndef SANAD_DESK_INT_H
#define SANAD_DESK_INT_H

#include "cmd/cmd.h"
#include "cmd/keys_int.h"
#include "cmd/progress_int.h"
#include "node/node.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A node in use by a verb; zeroed memory is a valid closed one. */
struct desk {
    struct arena mem;
    struct seal_signer log_key;
    struct node *node;
    struct progress progress;
};
/** Opens a node to write: with the key of --log-key, else DIR.key. What the log takes nothing
 *  for is said on standard error.
 *  key_path         NULL: DIR.key
 *  passphrase_file  as key_entry_open */
MUST rc desk_open(struct desk *d, struct call *call, const char *dir, const char *key_path,
                  const char *passphrase_file);
/** To look only: at places and proofs, or at states as they are now. When what time alone has
 *  changed cannot be folded, that is said on standard error. */
MUST rc desk_look(struct desk *d, const char *dir);
MUST rc desk_look_now(struct desk *d, struct call *call, const char *dir);
/** "DIR.key": beside the folder, so that a copy of the folder is no copy of the key. */
MUST rc log_key_path(const char *dir, struct arena *mem, const char **out);
void desk_close(struct desk *d);

/** For node_… and ledger_…: a line of progress; Ctrl-C stops. */
struct node_watch desk_watch(struct desk *d);

/** What is told of a log while it is checked or copied. */
struct watching {
    struct call *call;
    const char *phase;
    uint64_t n_faults;        /* told */
    struct progress progress; /* to be cleared before anything else is told */
};
/** Faults on standard error, and a line of progress. w is borrowed while the watch is in use. */
struct ledger_watch watching_begin(struct watching *w, struct call *call, const char *phase);

/** Opens a key file and looks that it is for this purpose. The name lives in mem.
 *  passphrase_file  as key_entry_open. Errors also E_INPUT: a key for something else. */
MUST rc key_open(const struct call *call, const char *path, const char *passphrase_file,
                 enum seal_purpose purpose, struct arena *mem, struct seal_signer *out);

/** A public key line from an argument: the line itself or a file that holds it; views in mem. */
MUST rc vkey_read(const char *line_or_path, struct arena *mem, struct seal_verifier *out);
/** Who looks (--as): NULL: the operator, who sees what lies in the folder; "anybody"; else an
 *  organisation. Errors E_USAGE what can be no organisation's name. */
MUST rc viewer_read(const char *as, struct store_viewer *out);
/** A kind by its name. Errors E_USAGE with the one that was meant. */
MUST rc kind_find(const char *name, const struct record_kind **out);
/** "sha256:…" or the digits alone, as a person types it. */
MUST rc id_read(const char *typed, struct seal_hash *out);

#ifdef __cplusplus
}
#endif
#endif
