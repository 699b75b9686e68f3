/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys that --key names: of a log and of its witnesses, and what a checkpoint says of each.
 */
#ifndef SANAD_LOG_KEYS_INT_H
#define SANAD_LOG_KEYS_INT_H

#include "cmd/cmd.h"
#include "cmd/facts_int.h"
#include "ledger/ledger.h"

#ifdef __cplusplus
extern "C" {
#endif

struct log_keys {
    struct seal_verifier *list; /* the log's first, then the others as they were given */
    uint32_t n;
    bool own_given; /* else the log's key is the one that lies with it */
};
/** Reads lines or files. The log's key is the one whose name is the checkpoint's origin, wherever
 *  it stands; when none is, the first that is no witness's, so that the difference is told.
 *  checkpoint  a note, or what should be one; borrowed for the call
 *  files       where the log's own line lies when none is given; NULL: it must be given
 *  out         in mem. Errors E_USAGE no key of a log; those of vkey_read and of files */
MUST rc log_keys_read(const struct value *given, struct view checkpoint,
                      const struct ledger_files *files, struct arena *mem, struct log_keys *out);
/** Adds who cosigned: those of the keys with their times, those of the keys that did not, and those
 *  whose keys nobody gave. Adds nothing for a note that does not hold: that is told elsewhere. */
MUST rc log_keys_tell(const struct log_keys *keys, struct view checkpoint, struct arena *mem,
                      struct facts *f);

#ifdef __cplusplus
}
#endif
#endif
