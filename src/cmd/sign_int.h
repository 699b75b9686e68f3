/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may sign a record, and the signing.
 */
#ifndef SANAD_SIGN_INT_H
#define SANAD_SIGN_INT_H

#include "cmd/keys_int.h"
#include "record/record.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is asked for. */
struct signing {
    const struct record *record;
    struct view note;          /* as signed so far; empty: not yet */
    enum seal_purpose purpose; /* looked for, and that of a bare key */
    struct view org;           /* whose key is looked for */
    const char *folder, *passphrase_file;
    enum lang reader;
    struct arena *mem;
};
/** The key in the folder that signs this: the current one; for the record that ends a key, that key
 *  or the recovery key, since others do not know the next one yet.
 *  out     one of keys
 *  Errors  those of keys_current */
MUST rc sign_find_key(const struct signing *s, const struct keys *keys, struct key_entry **out);
/** Whether this key may sign the record at all. Errors E_INPUT why not. */
MUST rc sign_check_key(const struct signing *s, const struct key_entry *key);
/** Whether the signatures so far hold, those of keys in the folder: who signs below one that does
 *  not, signs what others did not say. Errors E_DAMAGED */
MUST rc sign_check_others(const struct signing *s, const struct keys *keys);
/** The note with one more signature, appended to out.
 *  Errors  E_DUPLICATE it is there already; E_LIMIT the 17th signer; those of key_entry_open */
MUST rc sign_note(const struct signing *s, const struct key_entry *key, struct buf *out);

#ifdef __cplusplus
}
#endif
#endif
