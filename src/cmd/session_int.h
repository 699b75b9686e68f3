/* SPDX-License-Identifier: Apache-2.0
 *
 * A bank in use by a verb: the source, a matcher, a snapshot.
 */
#ifndef SANAD_SESSION_INT_H
#define SANAD_SESSION_INT_H

#include "match/match.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PROBLEM_BYTES = 512 };

struct session {
    struct bank_source *source;
    struct matcher *matcher;
    const struct bank_snapshot *snapshot; /* given back by session_close; may be NULL */
    enum lang reader;
    char problem[PROBLEM_BYTES]; /* reported last */
};
/** Opens bank and matcher; a change that cannot be applied is reported on standard error. */
MUST rc session_open(struct session *s, const char *bank_path, enum lang reader);
/** Passes a failure of a question on, with the bank's path when the bank is to blame. */
MUST rc session_within(const char *bank_path, rc failure);
/** Reports a problem of the bank's changes when it is new. */
void session_report_problem(struct session *s);
void session_close(struct session *s);

#ifdef __cplusplus
}
#endif
#endif
