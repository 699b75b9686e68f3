/* SPDX-License-Identifier: Apache-2.0
 *
 * The folder of keys: who may sign as which organisation on this machine, and for what.
 *
 *   <folder>/<organisation>.<purpose>.<id, 8 digits>.key     mode 600, docs/formats/seal.md
 */
#ifndef SANAD_KEYS_INT_H
#define SANAD_KEYS_INT_H

#include "cmd/cmd.h"
#include "seal/seal.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { KEYS_MAX_FILES = 1000 };

/** Wipes and frees. Reserve what a secret needs before it comes: a buf that grows leaves copies. */
void secret_done(struct buf *secret);

/** A key file that was read. Holds a secret: key_entry_done. */
struct key_entry {
    struct view path; /* arena, with a NUL behind it */
    struct buf bytes;
    struct seal_key_file file; /* views into bytes and the arena */
};
/** Reads one key file.
 *  Errors  those of file_read_private and seal_key_file_parse, with the path */
MUST rc key_entry_read(const char *path, struct arena *mem, struct key_entry *out);
/** Wipes it. NULL, zeroed, twice: fine. */
void key_entry_done(struct key_entry *entry);

/** The folder: what --keys says, else $SANAD_KEYS (the option's variable), else
 *  $XDG_CONFIG_HOME/sanad/keys, else ~/.config/sanad/keys. Errors E_USAGE: no home. */
MUST rc keys_path(const char *option, struct arena *mem, const char **out);
/** Makes the folder, mode 700, with what is above it. Errors E_IO. */
MUST rc keys_make_folder(const char *path);

/** All keys of a folder, by the names of their files; files that do not end in ".key" are none. */
struct keys {
    struct key_entry *list;
    uint32_t n;
    uint32_t n_broken; /* reported on standard error, not in the list */
};
/** A folder that is not there has no keys. Errors E_IO, E_LIMIT, E_MEMORY */
MUST rc keys_read(const char *path, enum lang reader, struct arena *mem, struct keys *out);
void keys_done(struct keys *keys);
/** The one current key of an organisation for a purpose.
 *  name    of the key; empty: any
 *  Errors  E_NOT_FOUND; E_INPUT several, with their files */
MUST rc keys_current(const struct keys *keys, const char *folder, struct view org,
                     enum seal_purpose purpose, struct view name, struct key_entry **out);

/** Takes the secret out; a sealed one by the passphrase in a file, or asked for on the terminal.
 *  passphrase_file  may be NULL; its first line counts
 *  Errors  those of seal_key_file_open; E_USAGE nobody to ask; E_INTERRUPTED */
MUST rc key_entry_open(const struct key_entry *entry, const char *passphrase_file, enum lang reader,
                       struct arena *mem, struct seal_signer *out);

/** A passphrase for a new key, asked for twice, or the first line of a file. Wipe out before it
 *  goes. Errors E_INPUT: empty, not the same twice; E_USAGE, E_INTERRUPTED */
MUST rc passphrase_new(const char *file, const char *whose, enum lang reader, struct buf *out);
/** The one of a key that is there. */
MUST rc passphrase_ask(const char *file, const char *whose, enum lang reader, struct buf *out);

/** A new key in the folder.
 *  name        of the key; purpose and org as seal_key_file_write wants them
 *  passphrase  empty: open
 *  now_ms      when it was made
 *  out_path    of its file, in mem
 *  Errors  E_INPUT a name that does not fit; E_IO, E_SPACE */
MUST rc key_make(const char *folder, struct view org, enum seal_purpose purpose, struct view name,
                 struct view passphrase, int64_t now_ms, struct arena *mem, const char **out_path,
                 struct seal_verifier *out_public);
/** Writes the file again with another state. Errors of seal_key_file_mark and of files. */
MUST rc key_mark(const struct key_entry *entry, enum seal_key_state state, int64_t now_ms);

#ifdef __cplusplus
}
#endif
#endif
