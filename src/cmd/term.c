/* SPDX-License-Identifier: Apache-2.0
 * Terminals: facts, widths, and what must not reach them. Widths and directions by ICU: the C
 * library's depend on a locale that servers often lack. */
#include "cmd/term_int.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <unicode/uchar.h>

enum { ESCAPE = 0x1B, CSI_8BIT = 0x9B };

static uint32_t columns_of(int fd, bool tty)
{
    struct winsize size;
    if (tty && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char *text = getenv("COLUMNS");
    long n = text ? strtol(text, NULL, 10) : 0;
    return n > 0 && n < 10000 ? (uint32_t)n : TERM_COLUMNS;
}

void term_look(int fd, struct term *out)
{
    const char *no_color = getenv("NO_COLOR");
    const char *kind = getenv("TERM");
    out->tty = isatty(fd) == 1;
    out->colour = out->tty && !(no_color && *no_color) && kind && strcmp(kind, "dumb") != 0;
    out->columns = columns_of(fd, out->tty);
    if (out->columns < TERM_LEAST_COLUMNS) out->columns = TERM_LEAST_COLUMNS;
}

uint32_t term_columns(uint32_t cp)
{
    if (cp < 0x300) return 1;
    int8_t type = u_charType((UChar32)cp);
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
    int32_t width = u_getIntPropertyValue((UChar32)cp, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

uint32_t term_text_columns(struct view v)
{
    uint32_t n = 0;
    for (size_t i = 0; i < v.n;)
        n += term_columns(utf8_next(v, &i));
    return n;
}

/* Behind ESC [: parameters 0x30-0x3F, intermediates 0x20-0x2F, one final byte 0x40-0x7E (ECMA-48,
 * 5.4). Something else is no sequence, and what was read stays text. */
static size_t skip_csi(struct view v, size_t pos)
{
    size_t i = pos;
    while (i < v.n && v.p[i] >= 0x30 && v.p[i] <= 0x3F)
        i++;
    while (i < v.n && v.p[i] >= 0x20 && v.p[i] <= 0x2F)
        i++;
    return i < v.n && v.p[i] >= 0x40 && v.p[i] <= 0x7E ? i + 1 : pos;
}

static bool is_space(uint32_t cp)
{
    return cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0x85 || cp == 0x2028 || cp == 0x2029;
}

static bool may_pass(uint32_t cp)
{
    if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0)) return false;
    if (cp == 0x200C || cp == 0x200D) return true; /* joiners */
    return cp < 0x300 ? cp != 0xAD : u_charType((UChar32)cp) != U_FORMAT_CHAR;
}

bool term_next(struct view v, size_t *pos, uint32_t *out)
{
    while (*pos < v.n) {
        uint32_t cp = utf8_next(v, pos);
        if (is_space(cp)) cp = ' ';
        if (cp == ESCAPE && *pos < v.n && v.p[*pos] == '[')
            *pos = skip_csi(v, *pos + 1);
        else if (cp == CSI_8BIT)
            *pos = skip_csi(v, *pos);
        if (!may_pass(cp)) continue;
        *out = cp;
        return true;
    }
    return false;
}

struct directions term_directions(struct view v)
{
    struct directions d = {false, false};
    for (size_t i = 0; i < v.n && !(d.left_to_right && d.right_to_left);) {
        UCharDirection way = u_charDirection((UChar32)utf8_next(v, &i));
        if (way == U_LEFT_TO_RIGHT) d.left_to_right = true;
        if (way == U_RIGHT_TO_LEFT || way == U_RIGHT_TO_LEFT_ARABIC) d.right_to_left = true;
    }
    return d;
}
