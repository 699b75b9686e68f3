/* SPDX-License-Identifier: Apache-2.0
 *
 * Drafts of records for people: every field of a kind with what it is, what it may hold, and an
 * example, in the order of the kind's file.
 *
 *   # what the next field is; the second line: whether it is needed, and what it may hold
 *   "headline": {"lang": "en", "text": "…"},
 *   # a field that is switched off stands behind slashes
 *   // "note": "…",
 */
#ifndef SANAD_DRAFT_INT_H
#define SANAD_DRAFT_INT_H

#include "cmd/message_int.h"
#include "record/record.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A draft of the kind, with the values of its example.
 *  org     author; empty: that of the example
 *  own     fields of the body that are known already, or NULL */
MUST rc draft_of_kind(const struct record_kind *kind, struct view org, const struct json *own,
                      enum lang reader, struct arena *mem, struct buf *out);
/** A draft with the values of a record.
 *  values  envelope and body; what is absent is switched off */
MUST rc draft_of_record(const struct record_kind *kind, const struct json *values, enum lang reader,
                        struct arena *mem, struct buf *out);

/** "text of at most 500 characters": what a field may hold, appended to out. */
MUST rc draft_describe(const struct record_field *field, enum lang reader, struct buf *out);
/** Field of a kind by the path of a fault ("body.sources[1].url"); NULL when it is none. */
const struct record_field *draft_field_at(const struct record_kind *kind, struct view path);

#ifdef __cplusplus
}
#endif
#endif
