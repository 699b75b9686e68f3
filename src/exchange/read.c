/* SPDX-License-Identifier: Apache-2.0
 * Reading a file of items: which format, where rows go, how far we are. */
#include "exchange/exchange_int.h"

#include <stdio.h>
#include <string.h>

enum { PROGRESS_STEP_BYTES = 1 << 20, MAX_ROW_VALUES = 200000 };

static const struct {
    const char *name;
    enum item_format format;
    rc (*read)(struct reading *r);
} k_formats[] = {
    {"auto", ITEMS_AUTO, NULL},
    {"jsonl", ITEMS_JSONL, jsonl_read},
    {"csv", ITEMS_CSV, csv_read},
    {"claimreview", ITEMS_CLAIMREVIEW, jsonld_read},
    {"factchecktools", ITEMS_FACTCHECKTOOLS, factchecktools_read},
};

bool item_format_from_name(struct view name, enum item_format *out)
{
    for (size_t i = 0; i < COUNT_OF(k_formats); i++) {
        if (!view_eq(name, view_cstr(k_formats[i].name))) continue;
        *out = k_formats[i].format;
        return true;
    }
    return false;
}

const char *item_format_name(enum item_format format)
{
    return k_formats[format].name;
}

/* ---- rows ---- */

rc reading_reject(struct reading *r, rc failure, uint64_t where)
{
    switch ((int)failure.code) {
    case E_INPUT:
    case E_ENCODING:
    case E_LIMIT:
    case E_DUPLICATE: break;
    default: return failure;
    }
    /* The sink may fail on something of its own, which would overwrite the message. */
    char reason[1024];
    snprintf(reason, sizeof reason, "%s", rc_message());
    r->counts.rejected++;
    r->sink->reject(r->sink->context, where, reason);
    return OK;
}

rc reading_offer(struct reading *r, const struct item *item, uint64_t where)
{
    TRY(r->sink->take(r->sink->context, item, where));
    r->counts.accepted++;
    return OK;
}

rc reading_parse(struct reading *r, struct view text, const struct json **out)
{
    const struct json_limits limits = {.max_bytes = r->limits->max_row_bytes,
                                       .max_depth = k_json_limits.max_depth,
                                       .max_values = MAX_ROW_VALUES};
    arena_reset(&r->mem);
    return json_parse(text, &limits, &r->mem, out);
}

static rc show_progress(struct reading *r)
{
    r->next_progress_at = r->in.bytes_read + PROGRESS_STEP_BYTES;
    if (!r->sink->progress) return OK;
    if (r->sink->progress(r->sink->context, r->in.bytes_read, r->in.bytes_total)) return OK;
    return FAIL(E_INTERRUPTED, "import: stopped on request");
}

rc reading_progress(struct reading *r)
{
    return r->in.bytes_read >= r->next_progress_at ? show_progress(r) : OK;
}

/* ---- pieces ---- */

rc pieces_next(struct pieces *p, struct view *out)
{
    if (!p->started) {
        struct view head;
        TRY(line_peek(p->in, 3, &head));
        if (view_starts(head, VIEW("\xEF\xBB\xBF"))) p->in->from += 3;
        p->started = true;
    }
    if (p->rest.n == 0) TRY(line_raw(p->in, &p->rest));
    size_t n = p->step && p->step < p->rest.n ? p->step : p->rest.n;
    *out = view_slice(p->rest, 0, n);
    p->rest = view_slice(p->rest, n, p->rest.n);
    return OK;
}

/* ---- the door ---- */

rc items_read_from(struct line_reader *in, const char *name, size_t step, enum item_format format,
                   const struct item_defaults *defaults, const struct item_limits *limits,
                   const struct item_sink *sink, struct item_counts *out_counts)
{
    struct reading r = {.in = *in,
                        .step = step,
                        .limits = limits ? limits : &k_item_limits,
                        .sink = sink,
                        .next_progress_at = PROGRESS_STEP_BYTES};
    if (defaults) r.defaults = *defaults;
    arena_init(&r.mem, 0);
    rc result = OK;
    if (format == ITEMS_AUTO) result = items_detect(&r.in, name, &format);
    if (ok(result)) result = k_formats[format].read(&r);
    if (ok(result)) result = show_progress(&r);
    if (!ok(result) && result.code == E_FORMAT) result = rc_within(result, "%s: ", name);
    arena_done(&r.mem);
    id_set_done(&r.ids);
    line_close(&r.in);
    *in = r.in;
    *out_counts = r.counts;
    return result;
}

rc items_read(const char *path, enum item_format format, const struct item_defaults *defaults,
              const struct item_limits *limits, const struct item_sink *sink,
              struct item_counts *out_counts)
{
    struct line_reader in;
    TRY(line_open(path, (limits ? limits : &k_item_limits)->max_row_bytes, &in));
    return items_read_from(&in, path, 0, format, defaults, limits, sink, out_counts);
}

rc items_read_bytes(struct view bytes, enum item_format format,
                    const struct item_defaults *defaults, const struct item_limits *limits,
                    const struct item_sink *sink, struct item_counts *out_counts)
{
    struct line_reader in;
    TRY(line_open_bytes(bytes, (limits ? limits : &k_item_limits)->max_row_bytes, &in));
    return items_read_from(&in, "input", 0, format, defaults, limits, sink, out_counts);
}
