/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of a stream: a JSON object with a post becomes a JSON object with its hits.
 */
#ifndef SANAD_MATCH_LINE_INT_H
#define SANAD_MATCH_LINE_INT_H

#include "cmd/match_pool_int.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Appends the answer to a line {"id", "text", "lang"?} and "\n" to out.
 *  mem     scratch, the caller's to reset
 *  Errors  E_INPUT, E_ENCODING, E_LIMIT (fault of the line; out may hold a part of the answer),
 *          those of match_post */
MUST rc match_line(struct matcher *matcher, const struct bank_snapshot *snapshot, struct view line,
                   const struct match_pool_options *options, struct arena *mem, struct buf *out);

#ifdef __cplusplus
}
#endif
#endif
