/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys as the record "organisation" lists them.
 */
#ifndef SANAD_OWN_KEYS_INT_H
#define SANAD_OWN_KEYS_INT_H

#include "cmd/keys_int.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The public line of a key, in mem. */
MUST rc own_key_line(const struct seal_verifier *key, struct arena *mem, struct view *out);
/** "sha256:…" of a public line: what a recovery key is committed to by. In mem. */
MUST rc own_key_hash(struct view line, struct arena *mem, struct view *out);
/** {"vkey","purpose","from"}; views borrowed. */
MUST rc own_key_entry(struct view line, enum seal_purpose purpose, struct view from,
                      struct arena *mem, struct json *out);
/** A string as the member of an object; borrows both. */
struct json json_text_member(const char *key, struct view text);
/** {"keys":[…],"recovery":…,"home_log":…} of an organisation's current keys in the folder and of
 *  the log that SANAD_LOG names, in mem; NULL when it has no author's key there. */
MUST rc own_keys(const struct keys *keys, struct view org, struct arena *mem,
                 const struct json **out);

#ifdef __cplusplus
}
#endif
#endif
