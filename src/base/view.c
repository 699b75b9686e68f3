/* SPDX-License-Identifier: Apache-2.0
 * Byte views and UTF-8 (Unicode 15, chapter 3, table 3-7: well-formed byte sequences). */
#include "base/base.h"

#include <string.h>

struct view view_cstr(const char *s)
{
    return view_of(s, s ? strlen(s) : 0);
}

bool view_eq(struct view a, struct view b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int view_cmp(struct view a, struct view b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order != 0) return order;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool view_starts(struct view v, struct view prefix)
{
    return v.n >= prefix.n && view_eq(view_of(v.p, prefix.n), prefix);
}

bool view_ends(struct view v, struct view suffix)
{
    return v.n >= suffix.n && view_eq(view_of(v.p + (v.n - suffix.n), suffix.n), suffix);
}

struct view view_slice(struct view v, size_t from, size_t n)
{
    if (from > v.n) from = v.n;
    if (n > v.n - from) n = v.n - from;
    return view_of(v.p ? v.p + from : NULL, n);
}

size_t view_find(struct view v, uint8_t c)
{
    const uint8_t *at = v.n ? memchr(v.p, c, v.n) : NULL;
    return at ? (size_t)(at - v.p) : v.n;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct view view_trim(struct view v)
{
    while (v.n && is_space(v.p[0])) {
        v.p++;
        v.n--;
    }
    while (v.n && is_space(v.p[v.n - 1]))
        v.n--;
    return v;
}

/* Length of the well-formed sequence at p, 0 when it is ill-formed. */
static size_t sequence(const uint8_t *p, size_t n, uint32_t *out)
{
    uint8_t a = p[0];
    if (a < 0x80) {
        *out = a;
        return 1;
    }
    if (a < 0xC2 || a > 0xF4) return 0;
    size_t want = a < 0xE0 ? 2 : a < 0xF0 ? 3 : 4;
    if (n < want) return 0;
    uint8_t lowest = a == 0xE0 ? 0xA0 : a == 0xF0 ? 0x90 : 0x80;
    uint8_t highest = a == 0xED ? 0x9F : a == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < lowest || p[1] > highest) return 0;
    uint32_t c = a & (0xFFu >> (want + 1));
    c = c << 6 | (p[1] & 0x3Fu);
    for (size_t i = 2; i < want; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0;
        c = c << 6 | (p[i] & 0x3Fu);
    }
    *out = c;
    return want;
}

uint32_t utf8_next(struct view v, size_t *pos)
{
    uint32_t c = 0xFFFD;
    size_t n = sequence(v.p + *pos, v.n - *pos, &c);
    *pos += n ? n : 1;
    return n ? c : 0xFFFD;
}

size_t utf8_put(uint32_t c, uint8_t out[4])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xC0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3F));
        return 2;
    }
    if ((c >= 0xD800 && c < 0xE000) || c > 0x10FFFF) c = 0xFFFD;
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xE0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (c & 0x3F));
    return 4;
}

size_t utf8_check(struct view v)
{
    size_t pos = 0;
    for (;;) {
        uint32_t c;
        uint64_t eight;
        for (; v.n - pos >= sizeof eight; pos += sizeof eight) { /* ASCII, most of all text */
            memcpy(&eight, v.p + pos, sizeof eight);
            if (eight & UINT64_C(0x8080808080808080)) break;
        }
        if (pos == v.n) return v.n;
        size_t n = sequence(v.p + pos, v.n - pos, &c);
        if (n == 0) return pos;
        pos += n;
    }
}
