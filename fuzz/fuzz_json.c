/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON in and out: whatever is accepted is written as canonical JSON, which is accepted again and
 * written as the same bytes; whatever is refused comes with a message.
 */
#include "base/base.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static rc rewrite(struct view in, struct arena *mem, struct buf *out)
{
    static const struct json_limits k_limits = {1 << 20, 64, 20000};
    const struct json *tree;
    TRY(json_parse(in, &k_limits, mem, &tree));
    return json_write(tree, mem, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf once = {0};
    CLEANUP(buf_done) struct buf twice = {0};
    arena_init(&mem, 64 << 20);
    rc r = rewrite(view_of(data, size), &mem, &once);
    if (!ok(r)) {
        must(rc_message()[0] != 0);
        return 0;
    }
    must(utf8_check(buf_view(&once)) == once.n);
    must(ok(rewrite(buf_view(&once), &mem, &twice)));
    must(view_eq(buf_view(&once), buf_view(&twice)));
    return 0;
}
