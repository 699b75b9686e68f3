/* SPDX-License-Identifier: Apache-2.0
 * sanad match: JSON lines in, one line of hits for each out, in order and in constant memory.
 *
 * This thread reads lines into batches and writes the answered ones in order (match_pool). Before a
 * read that would block everything answered so far goes out, so that a person or a program on the
 * other side of a pipe never waits for an answer that is ready. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/match_pool_int.h"
#include "cmd/session_int.h"

struct stream {
    struct call *call;
    struct session session;
    struct line_reader in;
    struct match_pool *pool;
    uint64_t n_bad;
    char refresh_failure[PROBLEM_BYTES]; /* reported last */
};

/* ---- input ---- */

/* Until there is something to read, or Ctrl-C was pressed. */
static void wait_for_input(const struct line_reader *in)
{
    struct pollfd input = {.fd = in->fd, .events = POLLIN};
    while (!interrupted() && poll(&input, 1, -1) < 0 && errno == EINTR) {
    }
}

/* Adds the next line to the batch; *out_more is false at the end. */
static rc take_line(struct stream *s, struct batch *batch, bool *out_more)
{
    struct view line = {0};
    rc r = line_next(&s->in, &line, out_more);
    if (r.code == E_LIMIT) {
        *out_more = true;
        r = FAIL(E_LIMIT, "longer than the limit of %zu bytes (--max-line-bytes)",
                 s->in.limit_bytes);
        return batch_add(batch, s->in.line_number, line, rc_message());
    }
    TRY(r);
    return *out_more ? batch_add(batch, s->in.line_number, line, NULL) : OK;
}

/* ---- output ---- */

static rc write_batch(struct stream *s, const struct batch *batch)
{
    if (!ok(batch->failure)) return FAIL(batch->failure.code, "%s", batch->failure_text);
    for (uint32_t i = 0; i < batch->n_lines; i++) {
        if (!batch->lines[i].bad) continue;
        report_line(NULL, batch->lines[i].number, batch->lines[i].bad);
        s->n_bad++;
    }
    return out_write(&s->call->out, buf_view(&batch->out));
}

/* Writes the oldest batch if it is answered, or when it will be; *out_any: there was one. */
static rc write_oldest(struct stream *s, bool wait, bool *out_any)
{
    struct batch *batch = match_pool_oldest(s->pool, wait);
    *out_any = batch != NULL;
    if (!batch) return OK;
    rc r = write_batch(s, batch);
    match_pool_release(s->pool);
    return r;
}

static rc write_all(struct stream *s)
{
    bool any = true;
    while (any)
        TRY(write_oldest(s, true, &any));
    return out_flush(&s->call->out);
}

/* ---- the run ---- */

/* So that changes of the bank take effect during the run. What goes wrong is said once; the state
 * that was good stays in use. */
static void refresh_bank(struct stream *s)
{
    if (ok(bank_source_refresh(s->session.source, false))) {
        s->refresh_failure[0] = 0;
        session_report_problem(&s->session);
        return;
    }
    if (strncmp(s->refresh_failure, rc_message(), PROBLEM_BYTES - 1) == 0) return;
    snprintf(s->refresh_failure, PROBLEM_BYTES, "%s", rc_message());
    report(s->call->reader, message(s->call->reader, MSG_CHANGE_NOT_APPLIED), 1,
           (struct view[]){view_cstr(s->refresh_failure)});
}

static void submit(struct stream *s, const struct batch *batch)
{
    if (batch->n_lines == 0) return;
    refresh_bank(s);
    match_pool_submit(s->pool);
}

static rc answer_lines(struct stream *s)
{
    bool more = true, any;
    while (more && !interrupted()) {
        struct batch *batch = match_pool_filling(s->pool);
        TRY(write_oldest(s, !batch, &any));
        if (!batch) continue;
        if (line_would_block(&s->in)) {
            submit(s, batch);
            TRY(write_all(s));
            wait_for_input(&s->in);
            continue;
        }
        TRY(take_line(s, batch, &more));
        if (!more || batch_is_full(batch)) submit(s, batch);
    }
    return write_all(s);
}

static void end(struct stream *s)
{
    match_pool_free(s->pool);
    line_close(&s->in);
    session_close(&s->session);
}

rc verb_match(struct call *call, int *out_exit)
{
    CLEANUP(end) struct stream s = {.call = call};
    struct match_pool_options options = {
        .n_threads = (uint32_t)call->values[MATCH_THREADS].number,
        .match = k_match_options,
        .max_line_bytes = (size_t)call->values[MATCH_MAX_LINE_BYTES].number,
    };
    options.match.top = (uint32_t)call->values[MATCH_TOP].number;
    options.match.lowest = (enum tier)call->values[MATCH_TIER].number;
    options.match.limits.max_bytes = (size_t)call->values[MATCH_MAX_POST_BYTES].number;

    interrupt_catch();
    TRY(session_open(&s.session, call->values[MATCH_BANK].text, call->reader));
    TRY(line_open("-", options.max_line_bytes, &s.in));
    TRY(match_pool_new(s.session.source, &options, &s.pool));
    TRY(session_within(call->values[MATCH_BANK].text, answer_lines(&s)));
    if (interrupted()) return FAIL(E_INTERRUPTED, "match: stopped on request");
    if (s.n_bad > 0) *out_exit = report_bad_lines(call->reader, s.n_bad);
    return OK;
}
