/* SPDX-License-Identifier: Apache-2.0
 * JSON lines, JSON-LD and API answers from strangers. Beyond not crashing: an accepted item written
 * as canonical JSON reads back to the same bytes, and pieces of three bytes give the same rows. */
#include "exchange/exchange_int.h"

#include <stdlib.h>

struct sum {
    uint64_t accepted, rejected, where;
};

static rc take(void *context, const struct item *item, uint64_t where)
{
    struct sum *sum = context;
    struct buf once CLEANUP(buf_done) = {0}, twice CLEANUP(buf_done) = {0};
    struct arena mem CLEANUP(arena_done);
    const struct json *object;
    struct item back;
    arena_init(&mem, 0);
    if (!ok(item_to_json(item, &once)) || !ok(json_parse(buf_view(&once), NULL, &mem, &object)) ||
        !ok(item_from_json(object, NULL, &mem, &back)) || !ok(item_to_json(&back, &twice)) ||
        !view_eq(buf_view(&once), buf_view(&twice)))
        abort();
    sum->accepted++;
    sum->where = sum->where * 31 + where;
    return OK;
}

static void reject(void *context, uint64_t where, const char *reason)
{
    struct sum *sum = context;
    sum->rejected++;
    sum->where = sum->where * 31 + where + (uint8_t)reason[0];
}

static enum err run(struct view bytes, size_t step, enum item_format format, struct sum *sum)
{
    static const struct item_defaults k_defaults = {.lang = {(const uint8_t *)"en", 2}};
    const struct item_sink sink = {sum, take, reject, NULL};
    struct item_counts counts;
    struct line_reader in;
    rc r = line_open_bytes(bytes, k_item_limits.max_row_bytes, &in);
    if (ok(r)) r = items_read_from(&in, "fuzz", step, format, &k_defaults, NULL, &sink, &counts);
    return r.code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum item_format k_formats[] = {ITEMS_AUTO, ITEMS_JSONL, ITEMS_CLAIMREVIEW,
                                                 ITEMS_FACTCHECKTOOLS};
    for (size_t i = 0; i < COUNT_OF(k_formats); i++) {
        struct sum whole = {0}, pieces = {0};
        enum err a = run(view_of(data, size), 0, k_formats[i], &whole);
        enum err b = run(view_of(data, size), 3, k_formats[i], &pieces);
        if (a != b || whole.accepted != pieces.accepted || whole.rejected != pieces.rejected ||
            whole.where != pieces.where)
            abort();
    }
    return 0;
}
