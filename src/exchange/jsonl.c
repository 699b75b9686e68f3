/* SPDX-License-Identifier: Apache-2.0
 * JSON lines: one item a line. Empty lines are skipped; a bad line costs itself only. */
#include "exchange/exchange_int.h"

static rc read_line(struct reading *r, struct view line)
{
    const struct json *row;
    struct item item;
    TRY(reading_parse(r, line, &row));
    TRY(item_read_json(row, r->limits, &r->defaults, &r->mem, &item));
    return reading_offer(r, &item, r->in.line_number);
}

rc jsonl_read(struct reading *r)
{
    for (;;) {
        struct view line;
        bool more;
        rc failure = line_next(&r->in, &line, &more);
        if (ok(failure) && !more) return OK;
        if (ok(failure) && view_trim(line).n == 0) continue;
        if (ok(failure)) failure = read_line(r, line);
        if (!ok(failure)) TRY(reading_reject(r, failure, r->in.line_number));
        TRY(reading_progress(r));
    }
}
