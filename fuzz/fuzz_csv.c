/* SPDX-License-Identifier: Apache-2.0
 * Tables from strangers. Beyond not crashing: cut into pieces of three bytes, the same rows come
 * out as in one piece. */
#include "exchange/exchange_int.h"

#include <stdlib.h>

struct sum {
    uint64_t accepted, rejected, where, bytes;
};

static rc take(void *context, const struct item *item, uint64_t where)
{
    struct sum *sum = context;
    sum->accepted++;
    sum->where = sum->where * 31 + where;
    sum->bytes = sum->bytes * 31 + item->text.n;
    return OK;
}

static void reject(void *context, uint64_t where, const char *reason)
{
    struct sum *sum = context;
    sum->rejected++;
    sum->where = sum->where * 31 + where;
    sum->bytes = sum->bytes * 31 + (uint8_t)reason[0];
}

static enum err run(struct view bytes, size_t step, struct sum *sum)
{
    static const struct item_defaults k_defaults = {.lang = {(const uint8_t *)"en", 2}};
    struct item_limits limits = k_item_limits;
    const struct item_sink sink = {sum, take, reject, NULL};
    struct item_counts counts;
    struct line_reader in;
    limits.max_row_bytes = 256;
    rc r = line_open_bytes(bytes, limits.max_row_bytes, &in);
    if (ok(r))
        r = items_read_from(&in, "fuzz", step, ITEMS_CSV, &k_defaults, &limits, &sink, &counts);
    return r.code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The limit of a row is met at the end of a piece, so only short inputs must agree. */
    struct sum whole = {0}, pieces = {0};
    enum err a = run(view_of(data, size), 0, &whole);
    enum err b = run(view_of(data, size), 3, &pieces);
    if (size > 200) return 0;
    if (a != b || whole.accepted != pieces.accepted || whole.rejected != pieces.rejected ||
        whole.where != pieces.where || whole.bytes != pieces.bytes)
        abort();
    return 0;
}
