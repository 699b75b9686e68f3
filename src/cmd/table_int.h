/* SPDX-License-Identifier: Apache-2.0
 *
 * Small tables for people: the first column from the left, the others from the right.
 */
#ifndef SANAD_TABLE_INT_H
#define SANAD_TABLE_INT_H

#include "base/base.h"
#include "cmd/page_int.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TABLE_COLUMNS = 10, TABLE_CELL_BYTES = 32 };

struct table {
    struct arena *mem;
    uint32_t n_columns, n_rows, cap_rows;
    struct view *cells; /* n_columns in a row, in mem */
    uint32_t used;      /* cells of the last row */
    rc failure;
};
/** n_columns 1..TABLE_COLUMNS; cells live in mem. Failures come out of table_print. */
void table_begin(struct table *t, struct arena *mem, uint32_t n_columns);
/** A new row with its first cell, which is copied. */
void table_row(struct table *t, struct view first);
/** The next cell of the row. */
void table_cellf(struct table *t, const char *fmt, ...) PRINTF(2, 3);
MUST rc table_print(struct table *t, struct page *p);

#ifdef __cplusplus
}
#endif
#endif
