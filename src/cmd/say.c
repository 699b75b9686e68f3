/* SPDX-License-Identifier: Apache-2.0
 * Results of one line. */
#include "cmd/say_int.h"

#include <stdio.h>

rc say_count(struct call *call, enum message which, const char *path, uint64_t n)
{
    char count[24];
    struct page page;
    snprintf(count, sizeof count, "%llu", (unsigned long long)n);
    page_begin(&page, &call->out, call->term, call->reader);
    page_say(&page, PAINT_NONE, message_n(call->reader, which, n), 2,
             (struct view[]){view_cstr(path), view_cstr(count)});
    return page_end(&page);
}

rc say_json(struct call *call, struct json_writer *w)
{
    TRY(json_finish(w));
    TRY(out_write(&call->out, buf_view(w->out)));
    return out_write(&call->out, VIEW("\n"));
}

rc say_facts(struct call *call, const char *path, size_t n_facts, const struct fact *facts)
{
    CLEANUP(buf_done) struct buf json = {0};
    struct json_writer w;
    json_begin(&w, &json);
    json_open_object(&w);
    json_key(&w, "bank");
    json_cstr(&w, path);
    for (size_t i = 0; i < n_facts; i++) {
        json_key(&w, facts[i].name);
        json_int(&w, (int64_t)facts[i].n);
    }
    json_close_object(&w);
    return say_json(call, &w);
}
