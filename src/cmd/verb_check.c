/* SPDX-License-Identifier: Apache-2.0
 * sanad check: one post, the answers that exist. */
#include "cmd/cmd.h"

#include <string.h>
#include <unistd.h>

#include "cmd/explain_int.h"
#include "cmd/session_int.h"

static rc join_arguments(const struct call *call, size_t limit, struct buf *post)
{
    for (int i = 0; i < call->n_args; i++) {
        if (i) TRY(buf_add_byte(post, ' '));
        TRY(buf_add(post, view_cstr(call->args[i])));
        if (post->n > limit)
            return FAIL(E_LIMIT, "post: larger than the limit of %zu bytes (--max-post-bytes)",
                        limit);
    }
    return OK;
}

static rc read_standard_input(const struct call *call, size_t limit, struct buf *post)
{
    if (isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1)
        report(call->reader, message(call->reader, MSG_TYPE_THE_POST), 0, NULL);
    rc r = file_read("-", limit, post);
    if (r.code == E_LIMIT)
        return FAIL(E_LIMIT, "post: larger than the limit of %zu bytes (--max-post-bytes)", limit);
    return r;
}

static rc read_post(const struct call *call, struct buf *post)
{
    size_t limit = (size_t)call->values[CHECK_MAX_POST_BYTES].number;
    bool from_input = call->n_args == 0 || (call->n_args == 1 && strcmp(call->args[0], "-") == 0);
    TRY(from_input ? read_standard_input(call, limit, post) : join_arguments(call, limit, post));
    size_t bad = utf8_check(buf_view(post));
    if (bad < post->n) return FAIL(E_ENCODING, "post: not valid UTF-8 at byte %zu", bad);
    return OK;
}

static rc show(struct call *call, const struct answer *answer)
{
    if (call->values[CHECK_JSON].given) {
        CLEANUP(buf_done) struct buf json = {0};
        TRY(answer_to_json(answer, view_of(NULL, 0), &json));
        TRY(buf_add_byte(&json, '\n'));
        return out_write(&call->out, buf_view(&json));
    }
    struct page page;
    page_begin(&page, &call->out, call->term, call->reader);
    explain_answer(&page, answer, call->values[CHECK_BRIEF].given);
    return page_end(&page);
}

static bool found(const struct answer *answer)
{
    for (uint32_t i = 0; i < answer->n_hits; i++)
        if (answer->hits[i].tier != TIER_NONE) return true;
    return false;
}

rc verb_check(struct call *call, int *out_exit)
{
    CLEANUP(buf_done) struct buf post = {0};
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(session_close) struct session session = {0};
    struct match_options options = k_match_options;
    struct answer answer;
    const char *post_lang = call->values[CHECK_POST_LANG].text;

    arena_init(&mem, 0);
    TRY(session_open(&session, call->values[CHECK_BANK].text, call->reader));
    TRY(read_post(call, &post));
    options.top = (uint32_t)call->values[CHECK_TOP].number;
    options.lowest = (enum tier)call->values[CHECK_TIER].number;
    options.lang = lang_from_tag(view_cstr(post_lang));
    options.limits.max_bytes = (size_t)call->values[CHECK_MAX_POST_BYTES].number;
    session.snapshot = bank_acquire(session.source);
    TRY(session_within(
        call->values[CHECK_BANK].text,
        match_post(session.matcher, session.snapshot, buf_view(&post), &options, &mem, &answer)));
    TRY(show(call, &answer));
    *out_exit = found(&answer) ? 0 : EXIT_NOTHING_FOUND;
    return OK;
}
