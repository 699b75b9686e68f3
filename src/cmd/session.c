/* SPDX-License-Identifier: Apache-2.0
 * A bank in use by a verb. */
#include "cmd/session_int.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

/* Nothing is broken, but the reader has to know why a copy may go unseen. */
static rc report_rules(struct session *s, const char *bank_path)
{
    const struct bank_snapshot *now = bank_acquire(s->source);
    bool known = true;
    rc r = bank_text_rules_known(now->base, &known);
    bank_release(s->source, now);
    if (ok(r) && !known)
        report(s->reader, message(s->reader, MSG_OTHER_TEXT_RULES), 1,
               (struct view[]){view_cstr(bank_path)});
    return r;
}

rc session_open(struct session *s, const char *bank_path, enum lang reader)
{
    s->reader = reader;
    TRY(bank_source_open(bank_path, &s->source));
    session_report_problem(s);
    TRY(report_rules(s, bank_path));
    return matcher_new(&s->matcher);
}

rc session_within(const char *bank_path, rc failure)
{
    return failure.code == E_DAMAGED ? rc_within(failure, "%s: ", bank_path) : failure;
}

void session_report_problem(struct session *s)
{
    char now[PROBLEM_BYTES] = "";
    bank_source_problem(s->source, now, sizeof now);
    if (strcmp(now, s->problem) == 0) return;
    memcpy(s->problem, now, sizeof now);
    if (now[0])
        report(s->reader, message(s->reader, MSG_CHANGE_NOT_APPLIED), 1,
               (struct view[]){view_cstr(now)});
}

void session_close(struct session *s)
{
    if (s->snapshot) bank_release(s->source, s->snapshot);
    if (s->matcher) matcher_free(s->matcher);
    if (s->source) bank_source_close(s->source);
    *s = (struct session){0};
}
