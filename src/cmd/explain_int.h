/* SPDX-License-Identifier: Apache-2.0
 *
 * An answer for a person, in the reader's language.
 */
#ifndef SANAD_EXPLAIN_INT_H
#define SANAD_EXPLAIN_INT_H

#include "cmd/page_int.h"
#include "match/match.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The whole answer. Failures stick to the page.
 *  brief  verdicts without reasons and sources */
void explain_answer(struct page *p, const struct answer *answer, bool brief);

#ifdef __cplusplus
}
#endif
#endif
