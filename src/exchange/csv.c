/* SPDX-License-Identifier: Apache-2.0
 * CSV with a header (RFC 4180; also ';' or TAB between the cells, also LF or CR at the end of
 * rows). A byte-driven machine, so that a row may come in any number of pieces. A quote opens only
 * at the start of a cell; one in the middle of a bare cell is a character like any other. */
#include "exchange/exchange_int.h"

#include <string.h>
#include <strings.h>

enum { MAX_COLUMNS = 512, HEADER_BYTES = 1 << 16 };

/* What one row fills; columns point into it. */
struct csv_row {
    struct item item;
    struct item_verdict verdict;
    struct view rating, label;
};
struct column {
    const char *name;
    size_t offset;
    bool exact; /* white space at the ends is kept */
};
#define ITEM(member) offsetof(struct csv_row, item.member)
#define VERDICT(member) offsetof(struct csv_row, verdict.member)
static const struct column k_columns[] = {
    {"id", ITEM(id), false},
    {"lang", ITEM(lang), false},
    {"text", ITEM(text), true},
    {"title", ITEM(title), true},
    {"url", ITEM(url), false},
    {"rating", offsetof(struct csv_row, rating), false},
    {"body", ITEM(body), true},
    {"topic", ITEM(topic), false},
    {"licence", ITEM(licence), false},
    {"license", ITEM(licence), false},
    {"source", ITEM(source), false},
    {"verdict_org", VERDICT(org), false},
    {"verdict_org_name", VERDICT(org_name), false},
    {"verdict_reported_by", VERDICT(reported_by), false},
    {"verdict_label", offsetof(struct csv_row, label), false},
    {"verdict_date", VERDICT(date), false},
    {"verdict_lang", VERDICT(lang), false},
    {"verdict_url", VERDICT(url), false},
    {"verdict_reasons", VERDICT(reasons), true},
};

enum csv_state { CELL_START, CELL_BARE, CELL_QUOTED, CELL_QUOTE_SEEN, ROW_DONE };

struct csv {
    struct reading *r;
    struct pieces pieces;
    struct view piece;
    size_t at;
    uint8_t delimiter;
    bool skip_lf; /* the row ended with CR, perhaps LF follows */
    bool at_end;
    uint64_t line, row_line, quote_line;
    /* the present row */
    enum csv_state state;
    struct buf cells; /* bytes of all cells, without their quotes */
    size_t ends[MAX_COLUMNS];
    uint32_t n_cells;
    uint32_t bad_cell; /* has text behind its closing quote, from 1; 0: none */
    uint64_t row_bytes;
    /* of the file */
    uint32_t n_columns;
    const struct column *columns[MAX_COLUMNS]; /* NULL: not ours */
};

/* ---- rows ---- */

static rc end_cell(struct csv *c)
{
    if (c->n_cells < MAX_COLUMNS) c->ends[c->n_cells] = c->cells.n;
    c->n_cells++;
    c->state = CELL_START;
    return OK;
}

static rc end_row(struct csv *c, uint8_t end)
{
    TRY(end_cell(c));
    c->skip_lf = end == '\r';
    c->line++;
    c->state = ROW_DONE;
    return OK;
}

/* A byte outside quotes. */
static rc take_bare(struct csv *c, uint8_t b)
{
    if (b == c->delimiter) return end_cell(c);
    if (b == '\n' || b == '\r') return end_row(c, b);
    if (c->state == CELL_START && b == '"') {
        c->state = CELL_QUOTED;
        c->quote_line = c->line;
        return OK;
    }
    if (c->state == CELL_QUOTE_SEEN && c->bad_cell == 0) c->bad_cell = c->n_cells + 1;
    c->state = CELL_BARE;
    return buf_add_byte(&c->cells, b);
}

/* The bytes up to the next quote, in one go. */
static rc take_quoted(struct csv *c)
{
    struct view rest = view_slice(c->piece, c->at, c->piece.n);
    struct view inside = view_slice(rest, 0, view_find(rest, '"'));
    for (size_t i = 0; i < inside.n; i++)
        c->line += inside.p[i] == '\n';
    if (inside.n < rest.n) c->state = CELL_QUOTE_SEEN;
    c->at += inside.n + (inside.n < rest.n);
    c->row_bytes += inside.n;
    return buf_add(&c->cells, inside);
}

/* The bytes of a bare cell up to what may end it. */
static rc take_run(struct csv *c)
{
    size_t from = c->at;
    while (c->at < c->piece.n && c->piece.p[c->at] != c->delimiter && c->piece.p[c->at] != '\n' &&
           c->piece.p[c->at] != '\r')
        c->at++;
    c->row_bytes += c->at - from;
    TRY(buf_add(&c->cells, view_slice(c->piece, from, c->at - from)));
    return c->at < c->piece.n ? take_bare(c, c->piece.p[c->at++]) : OK;
}

static rc take_byte(struct csv *c)
{
    if (c->state == CELL_QUOTED) return take_quoted(c);
    if (c->state == CELL_BARE) return take_run(c);
    uint8_t b = c->piece.p[c->at++];
    c->row_bytes++;
    if (c->state == CELL_QUOTE_SEEN && b == '"') {
        c->state = CELL_QUOTED;
        return buf_add_byte(&c->cells, b);
    }
    return take_bare(c, b);
}

static rc more_bytes(struct csv *c)
{
    TRY(pieces_next(&c->pieces, &c->piece));
    c->at = 0;
    c->at_end = c->piece.n == 0;
    return reading_progress(c->r);
}

/* Reports the row and ends the reading: where a quote is open nobody knows what is a row. */
static rc unbalanced(struct csv *c, const char *until)
{
    unsigned long long line = c->quote_line;
    rc failure = FAIL(E_INPUT, "a quote opens in line %llu and does not close %s", line, until);
    TRY(reading_reject(c->r, failure, c->quote_line));
    return FAIL(E_FORMAT, "line %llu: a quote opens and does not close %s", line, until);
}

/* Drops the rest of a row that is too long. */
static rc skip_row(struct csv *c)
{
    size_t limit = c->r->limits->max_row_bytes;
    while (c->state != ROW_DONE && !c->at_end) {
        while (c->at < c->piece.n && c->state != ROW_DONE) {
            uint8_t b = c->piece.p[c->at++];
            if (b == '\n' || b == '\r') TRY(end_row(c, b));
        }
        if (c->state != ROW_DONE) TRY(more_bytes(c));
    }
    return FAIL(E_LIMIT, "longer than the limit of %zu bytes", limit);
}

/* The next row that is not empty. *out_more is false at the end.
 * Errors  E_LIMIT: the row was too long and is skipped. E_FORMAT: do not go on. */
static rc next_row(struct csv *c, bool *out_more)
{
    size_t limit = c->r->limits->max_row_bytes;
    buf_reset(&c->cells);
    c->n_cells = c->bad_cell = 0;
    c->row_bytes = 0;
    c->row_line = c->line;
    c->state = CELL_START;
    *out_more = true;
    for (;;) {
        if (c->at == c->piece.n) {
            TRY(more_bytes(c));
            if (c->at_end) break;
            continue;
        }
        if (c->skip_lf && c->piece.p[c->at] == '\n') {
            c->skip_lf = false;
            c->at++;
            continue;
        }
        c->skip_lf = false;
        TRY(take_byte(c));
        if (c->state == ROW_DONE && c->n_cells == 1 && c->cells.n == 0 && c->row_bytes <= 1) {
            c->n_cells = 0; /* an empty line */
            c->row_bytes = 0;
            c->row_line = c->line;
            c->state = CELL_START;
        }
        if (c->row_bytes > limit)
            return c->state == CELL_QUOTED ? unbalanced(c, "before the limit of a row")
                                           : skip_row(c);
        if (c->state == ROW_DONE) return OK;
    }
    if (c->state == CELL_QUOTED) return unbalanced(c, "before the end of the file");
    *out_more = c->n_cells > 0 || c->state != CELL_START;
    return *out_more ? end_cell(c) : OK;
}

static struct view cell(const struct csv *c, uint32_t i)
{
    size_t from = i ? c->ends[i - 1] : 0;
    return view_slice(buf_view(&c->cells), from, c->ends[i] - from);
}

/* ---- header ---- */

/* The one of , ; TAB that stands most often in the first line, outside quotes. */
static rc find_delimiter(struct csv *c)
{
    static const char k_delimiters[] = ",;\t";
    size_t counts[3] = {0};
    struct view head;
    bool quoted = false;
    TRY(line_peek(c->pieces.in, HEADER_BYTES, &head));
    for (size_t i = 0; i < head.n && (quoted || (head.p[i] != '\n' && head.p[i] != '\r')); i++) {
        const char *at = head.p[i] ? strchr(k_delimiters, head.p[i]) : NULL;
        if (head.p[i] == '"') quoted = !quoted;
        if (at && !quoted) counts[at - k_delimiters]++;
    }
    size_t best = 0;
    for (size_t i = 1; i < COUNT_OF(counts); i++)
        if (counts[i] > counts[best]) best = i;
    c->delimiter = (uint8_t)k_delimiters[best];
    return OK;
}

static const struct column *column_named(struct view name)
{
    name = view_trim(name);
    for (size_t i = 0; i < COUNT_OF(k_columns); i++)
        if (name.n == strlen(k_columns[i].name) &&
            strncasecmp((const char *)name.p, k_columns[i].name, name.n) == 0)
            return &k_columns[i];
    return NULL;
}

static bool has_column(const struct csv *c, const char *name)
{
    for (uint32_t i = 0; i < c->n_columns; i++)
        if (c->columns[i] && strcmp(c->columns[i]->name, name) == 0) return true;
    return false;
}

static rc read_header(struct csv *c)
{
    bool more;
    rc r = next_row(c, &more);
    if (r.code == E_LIMIT) return rc_within(FAIL(E_FORMAT, "%s", "header too long"), "line 1: ");
    TRY(r);
    if (!more) return FAIL(E_FORMAT, "line 1: no header; columns id, lang and text are expected");
    if (c->n_cells > MAX_COLUMNS)
        return FAIL(E_FORMAT, "line 1: %u columns, the limit is %d", c->n_cells, MAX_COLUMNS);
    c->n_columns = c->n_cells;
    for (uint32_t i = 0; i < c->n_columns; i++) {
        c->columns[i] = column_named(cell(c, i));
        for (uint32_t k = 0; k < i; k++)
            if (c->columns[i] && c->columns[k] && c->columns[k]->offset == c->columns[i]->offset)
                return FAIL(E_FORMAT, "line 1: the column \"%s\" stands twice",
                            c->columns[i]->name);
    }
    static const char *const k_needed[] = {"id", "text"};
    for (size_t i = 0; i < COUNT_OF(k_needed); i++)
        if (!has_column(c, k_needed[i]))
            return FAIL(E_FORMAT, "line 1: no column \"%s\"", k_needed[i]);
    if (!has_column(c, "lang") && c->r->defaults.lang.n == 0)
        return FAIL(E_FORMAT, "line 1: no column \"lang\", and no default language is given");
    return OK;
}

/* ---- items ---- */

static rc fill(const struct csv *c, struct csv_row *row)
{
    if (c->bad_cell > 0)
        return FAIL(E_INPUT, "column %u: text behind the closing quote", c->bad_cell);
    if (c->n_cells != c->n_columns)
        return FAIL(E_INPUT, "%u fields, the header has %u", c->n_cells, c->n_columns);
    for (uint32_t i = 0; i < c->n_columns; i++) {
        const struct column *column = c->columns[i];
        if (!column) continue;
        struct view v = cell(c, i);
        size_t bad = utf8_check(v);
        if (bad < v.n) return FAIL(E_ENCODING, "%s: not UTF-8 at byte %zu", column->name, bad);
        if (!column->exact) v = view_trim(v);
        memcpy((char *)row + column->offset, &v, sizeof v);
    }
    return OK;
}

/* The verdict columns, or else the rating. verdict_label may hold our label or a printed rating. */
static rc fill_verdict(struct csv *c, struct csv_row *row)
{
    struct item_verdict *v = &row->verdict;
    bool own = row->label.n + v->org.n + v->org_name.n + v->date.n + v->url.n + v->reasons.n > 0;
    if (!own && row->rating.n == 0) return OK;
    verdict_set_label(view_of(NULL, 0), row->label.n ? row->label : row->rating, v);
    if (!own) {
        v->url = row->item.url;
        TRY(url_host(v->url, &c->r->mem, &v->org));
    }
    rc r = verdict_check(v, c->r->limits);
    if (!ok(r)) return rc_within(r, "verdict_");
    row->item.verdicts = v;
    row->item.n_verdicts = 1;
    return OK;
}

static rc read_row(struct csv *c)
{
    struct csv_row row = {0};
    arena_reset(&c->r->mem);
    TRY(fill(c, &row));
    item_use_defaults(&row.item, &c->r->defaults);
    TRY(fields_check(k_item_fields, c->r->limits, &row.item));
    TRY(fill_verdict(c, &row));
    return reading_offer(c->r, &row.item, c->row_line);
}

static rc read_rows(struct csv *c)
{
    TRY(find_delimiter(c));
    TRY(read_header(c));
    for (;;) {
        bool more;
        rc failure = next_row(c, &more);
        if (ok(failure) && !more) return OK;
        if (ok(failure)) failure = read_row(c);
        if (!ok(failure)) TRY(reading_reject(c->r, failure, c->row_line));
    }
}

rc csv_read(struct reading *r)
{
    struct csv *c;
    TRY(mem_new(1, sizeof *c, &c));
    c->r = r;
    c->pieces = (struct pieces){.in = &r->in, .step = r->step};
    c->line = 1;
    rc result = buf_reserve(&c->cells, HEADER_BYTES, NULL);
    if (ok(result)) result = read_rows(c);
    buf_done(&c->cells);
    mem_free(c);
    return result;
}
