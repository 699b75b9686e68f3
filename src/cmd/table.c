/* SPDX-License-Identifier: Apache-2.0
 * Tables: cells are collected, then printed as wide as the widest of their column. */
#include "cmd/table_int.h"

#include <stdio.h>
#include <string.h>

void table_begin(struct table *t, struct arena *mem, uint32_t n_columns)
{
    *t = (struct table){.mem = mem, .n_columns = n_columns, .failure = OK};
}

static rc grow(struct table *t)
{
    struct view *more;
    uint32_t cap = t->cap_rows ? t->cap_rows * 2 : 16;
    TRY(arena_array(t->mem, (size_t)cap * t->n_columns, &more));
    if (t->n_rows) memcpy(more, t->cells, (size_t)t->n_rows * t->n_columns * sizeof *more);
    t->cells = more;
    t->cap_rows = cap;
    return OK;
}

static void cell(struct table *t, struct view text)
{
    if (!ok(t->failure) || t->used >= t->n_columns) return;
    struct view *to = &t->cells[(size_t)(t->n_rows - 1) * t->n_columns + t->used++];
    t->failure = arena_copy(t->mem, text, to);
}

void table_row(struct table *t, struct view first)
{
    if (ok(t->failure) && t->n_rows == t->cap_rows) t->failure = grow(t);
    if (!ok(t->failure)) return;
    t->n_rows++;
    t->used = 0;
    cell(t, first);
}

void table_cellf(struct table *t, const char *fmt, ...)
{
    char text[TABLE_CELL_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    cell(t, view_cstr(text));
}

rc table_print(struct table *t, struct page *p)
{
    uint32_t widths[TABLE_COLUMNS] = {0};
    TRY(t->failure);
    for (uint32_t i = 0; i < t->n_rows * t->n_columns; i++) {
        uint32_t width = term_text_columns(t->cells[i]);
        if (width > widths[i % t->n_columns]) widths[i % t->n_columns] = width;
    }
    for (uint32_t r = 0; r < t->n_rows; r++) {
        uint32_t at = p->indent;
        for (uint32_t c = 0; c < t->n_columns; c++) {
            struct view text = t->cells[(size_t)r * t->n_columns + c];
            at += widths[c] + (c ? 2 : 0);
            if (text.n == 0) continue;
            if (c) page_column(p, at - term_text_columns(text));
            page_text(p, r == 0 ? PAINT_BOLD : PAINT_NONE, text);
        }
        page_line(p);
    }
    return OK;
}
