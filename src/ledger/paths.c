/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths of tiles and bundles (C2SP tlog-tiles, Parameters): tile/<level>/<index>[.p/<width>], the
 * index in groups of three digits, all but the last with an x before them: 1234067 is
 * x001/x234/067. One spelling for each tile.
 */
#include "ledger/ledger_int.h"

#include <stdio.h>
#include <string.h>

enum { GROUP_DIGITS = 3, GROUP_STEP = 1000, LEVEL_MAX = 63 };

void ledger_tile_path(int level, uint64_t index, uint32_t width, char out[LEDGER_PATH_BYTES])
{
    uint32_t groups[8]; /* 24 digits: more than a number of 64 bits has */
    size_t n = 0;
    do {
        groups[n++] = (uint32_t)(index % GROUP_STEP);
        index /= GROUP_STEP;
    } while (index > 0);
    int at = level < 0 ? snprintf(out, LEDGER_PATH_BYTES, "tile/entries")
                       : snprintf(out, LEDGER_PATH_BYTES, "tile/%d", level);
    while (n-- > 0)
        at += snprintf(out + at, LEDGER_PATH_BYTES - (size_t)at, n ? "/x%03u" : "/%03u", groups[n]);
    if (width < LEDGER_TILE) snprintf(out + at, LEDGER_PATH_BYTES - (size_t)at, ".p/%u", width);
}

static rc wrong(struct view path)
{
    return FAIL(E_INPUT, "tile path: \"%.*s\"", VIEW_ARG(view_slice(path, 0, LEDGER_PATH_BYTES)));
}

/* What stands before the next slash, or all; *rest moves behind the slash. */
static struct view take_part(struct view *rest)
{
    size_t n = view_find(*rest, '/');
    struct view part = view_slice(*rest, 0, n);
    *rest = view_slice(*rest, n + 1, rest->n);
    return part;
}

static bool read_number(struct view digits, uint64_t most, uint64_t *out)
{
    if (digits.n == 0 || digits.n > GROUP_DIGITS) return false;
    uint64_t x = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9') return false;
        x = 10 * x + (uint64_t)(digits.p[i] - '0');
    }
    *out = x;
    return x <= most;
}

/* A path that could be written for these numbers is the only one that is read, so digits need not
 * be judged here: the caller compares. */
static bool read_path(struct view path, int *level, uint64_t *index, uint32_t *width)
{
    struct view rest = path, part;
    uint64_t number, i = 0;
    if (!view_eq(take_part(&rest), VIEW("tile"))) return false;
    part = take_part(&rest);
    *level = -1;
    if (!view_eq(part, VIEW("entries"))) {
        if (!read_number(part, LEVEL_MAX, &number)) return false;
        *level = (int)number;
    }
    for (;;) {
        part = take_part(&rest);
        bool more = part.n && part.p[0] == 'x';
        *width = view_ends(part, VIEW(".p")) ? 0 : LEDGER_TILE;
        if (!more && *width == 0) part.n -= 2;
        if (!read_number(view_slice(part, more, part.n), GROUP_STEP - 1, &number)) return false;
        if (MUL_OVERFLOWS(i, (uint64_t)GROUP_STEP, &i) || ADD_OVERFLOWS(i, number, &i))
            return false;
        if (!more) break;
    }
    *index = i;
    if (*width) return true;
    if (!read_number(rest, LEDGER_TILE - 1, &number)) return false;
    *width = (uint32_t)number;
    return number > 0;
}

rc ledger_tile_path_parse(struct view path, int *out_level, uint64_t *out_index,
                          uint32_t *out_width)
{
    int level;
    uint64_t index;
    uint32_t width;
    char again[LEDGER_PATH_BYTES];
    if (path.n >= LEDGER_PATH_BYTES || !read_path(path, &level, &index, &width)) return wrong(path);
    ledger_tile_path(level, index, width, again);
    if (!view_eq(path, view_cstr(again))) return wrong(path);
    *out_level = level;
    *out_index = index;
    *out_width = width;
    return OK;
}
