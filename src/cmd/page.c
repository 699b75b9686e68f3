/* SPDX-License-Identifier: Apache-2.0
 * Wrapping with colours and isolates. A word is collected with its marks (colour, isolates), which
 * have no width; when it does not fit, what is open is closed, and opened again on the next line.
 */
#include "cmd/page_int.h"

#include <stdio.h>
#include <string.h>

#define FIRST_STRONG_ISOLATE "\xE2\x81\xA8"
#define POP_ISOLATE "\xE2\x81\xA9"
#define RIGHT_TO_LEFT_MARK "\xE2\x80\x8F"
#define ELLIPSIS "\xE2\x80\xA6"

static const char *const k_paint[] = {
    [PAINT_NONE] = "\x1B[0m",   [PAINT_BOLD] = "\x1B[1m",   [PAINT_FAINT] = "\x1B[2m",
    [PAINT_RED] = "\x1B[1;31m", [PAINT_GREEN] = "\x1B[32m", [PAINT_YELLOW] = "\x1B[33m",
    [PAINT_BLUE] = "\x1B[34m",
};

void page_begin(struct page *p, struct out_stream *out, struct term term, enum lang reader)
{
    *p = (struct page){.out = out, .term = term, .reader = reader, .failure = OK};
}

static void emit(struct page *p, struct view v)
{
    if (ok(p->failure)) p->failure = out_write(p->out, v);
}

static void emit_cstr(struct page *p, const char *s)
{
    emit(p, view_cstr(s));
}

/* ---- lines ---- */

static void begin_line(struct page *p, struct page_state open)
{
    if (lang_is_rtl(p->reader)) emit_cstr(p, RIGHT_TO_LEFT_MARK);
    for (uint32_t i = 0; i < p->indent; i++)
        emit_cstr(p, " ");
    p->column = p->first = p->indent;
    if (open.paint != PAINT_NONE && p->term.colour) emit_cstr(p, k_paint[open.paint]);
    if (open.isolate) emit_cstr(p, FIRST_STRONG_ISOLATE);
}

static void end_line(struct page *p, struct page_state open)
{
    if (open.isolate) emit_cstr(p, POP_ISOLATE);
    if (open.paint != PAINT_NONE && p->term.colour) emit_cstr(p, k_paint[PAINT_NONE]);
    emit_cstr(p, "\n");
    p->column = 0;
}

/* The word goes to the line, or to the next one. */
static void flush_word(struct page *p)
{
    if (p->word.n == 0) return;
    bool empty = p->column == 0 || p->column <= p->first;
    uint32_t space = p->space_due && !empty ? 1 : 0;
    uint64_t end = (uint64_t)p->column + space + p->word_columns;
    if (!empty && end > p->term.columns && p->word_columns > 0) {
        end_line(p, p->at_word);
        space = 0;
    }
    if (p->column == 0) begin_line(p, p->at_word);
    if (space) emit_cstr(p, " ");
    emit(p, buf_view(&p->word));
    p->column += space + p->word_columns;
    p->space_due = false;
    p->word.n = 0;
    p->word_columns = 0;
}

static void word_bytes(struct page *p, struct view v)
{
    if (p->word.n == 0) p->at_word = p->now;
    if (ok(p->failure)) p->failure = buf_add(&p->word, v);
}

static void put(struct page *p, uint32_t cp)
{
    if (cp == ' ') {
        flush_word(p);
        p->space_due = true;
        return;
    }
    uint8_t bytes[4];
    uint32_t columns = term_columns(cp);
    uint64_t room = p->term.columns > p->indent + 10 ? p->term.columns - p->indent : 10;
    /* Wide scripts break between any two letters; a word longer than a line has to break too. */
    if (columns == 2 || (p->word_columns + columns > room && !p->whole_words)) flush_word(p);
    word_bytes(p, view_of(bytes, utf8_put(cp, bytes)));
    p->word_columns += columns;
}

/* ---- marks ---- */

static void set_paint(struct page *p, enum paint paint)
{
    if (paint == p->now.paint) return;
    if (p->term.colour) word_bytes(p, view_cstr(k_paint[paint]));
    p->now.paint = paint;
}

static void set_isolate(struct page *p, bool isolate)
{
    if (isolate == p->now.isolate) return;
    word_bytes(p, view_cstr(isolate ? FIRST_STRONG_ISOLATE : POP_ISOLATE));
    p->now.isolate = isolate;
}

static bool is_number(struct view text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9') return false;
    return true;
}

/* Isolates where scripts mix: for a reader from the left anything from the right, for a reader
 * from the right all that is not purely from the right (parts of dates would change places). */
static bool needs_isolate(const struct page *p, struct view text)
{
    struct directions d = term_directions(text);
    if (is_number(text)) return false;
    if (lang_is_rtl(p->reader)) return d.left_to_right || !d.right_to_left;
    return d.right_to_left;
}

/* ---- what callers use ---- */

void page_indent(struct page *p, uint32_t columns)
{
    flush_word(p);
    p->indent = columns < p->term.columns / 2 ? columns : p->term.columns / 2;
}

/* Addresses and ids are copied: a line break inside would spoil them. */
static bool is_copied(struct view text)
{
    static const struct view k_begins[] = {{(const uint8_t *)"https://", 8},
                                           {(const uint8_t *)"http://", 7},
                                           {(const uint8_t *)"sha256:", 7}};
    for (size_t i = 0; i < COUNT_OF(k_begins); i++)
        if (view_starts(text, k_begins[i])) return true;
    return false;
}

static void say_text(struct page *p, enum paint paint, struct view text, size_t max, bool whole)
{
    text = view_trim(text);
    if (text.n == 0) return;
    set_paint(p, paint);
    set_isolate(p, needs_isolate(p, text));
    p->whole_words = whole;
    uint32_t cp;
    size_t n = 0;
    for (size_t i = 0; term_next(text, &i, &cp); n++) {
        if (n == max) {
            word_bytes(p, view_cstr(ELLIPSIS));
            p->word_columns++;
            break;
        }
        put(p, cp);
    }
    p->whole_words = false;
    set_isolate(p, false);
    set_paint(p, PAINT_NONE);
}

void page_text_cut(struct page *p, enum paint paint, struct view text, size_t max)
{
    say_text(p, paint, text, max, is_copied(text));
}

void page_copied(struct page *p, enum paint paint, struct view text)
{
    say_text(p, paint, text, SIZE_MAX, true);
}

void page_text(struct page *p, enum paint paint, struct view text)
{
    page_text_cut(p, paint, text, SIZE_MAX);
}

void page_own(struct page *p, enum paint paint, const char *text)
{
    struct view v = view_cstr(text);
    set_paint(p, paint);
    for (size_t i = 0; i < v.n;)
        put(p, utf8_next(v, &i));
    set_paint(p, PAINT_NONE);
}

void page_number(struct page *p, enum paint paint, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    page_own(p, paint, text);
}

void page_say(struct page *p, enum paint paint, const char *template_text, size_t n_args,
              const struct view *args)
{
    struct message_cursor at = {.rest = template_text};
    struct view text;
    int arg;
    while (message_piece(&at, &text, &arg)) {
        if (arg >= 0 && (size_t)arg < n_args) {
            page_text(p, paint, args[arg]);
            continue;
        }
        set_paint(p, paint);
        for (size_t i = 0; i < text.n;)
            put(p, utf8_next(text, &i));
    }
    set_paint(p, PAINT_NONE);
}

void page_column(struct page *p, uint32_t column)
{
    flush_word(p);
    if (p->column + 1 > column) page_line(p);
    if (p->column == 0) begin_line(p, p->now);
    for (; p->column < column; p->column++)
        emit_cstr(p, " ");
    p->space_due = false;
}

void page_line(struct page *p)
{
    flush_word(p);
    end_line(p, p->now);
    p->space_due = false;
}

rc page_end(struct page *p)
{
    flush_word(p);
    if (p->column > 0) end_line(p, p->now);
    buf_done(&p->word);
    return p->failure;
}
