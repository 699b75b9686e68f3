/* SPDX-License-Identifier: Apache-2.0
 *
 * Path, query and fragment of a URL in one spelling: WHATWG URL Standard, sections 1.3 (escape
 * sets) and 4.4 (dot segments), then RFC 3986 section 6.2.2 (escapes in capitals, none that is not
 * needed). One pass, no allocation.
 */
#include "text/url_int.h"

#include <string.h>

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Value of the escape at v.p[i], -1 when there is none. */
static int escape_at(struct view v, size_t i)
{
    if (v.p[i] != '%' || v.n - i < 3) return -1;
    int high = hex_value(v.p[i + 1]), low = hex_value(v.p[i + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

size_t url_unescape(struct view v, uint8_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < v.n; i++) {
        int value = escape_at(v, i);
        out[n++] = value < 0 ? v.p[i] : (uint8_t)value;
        if (value >= 0) i += 2;
    }
    return n;
}

void url_text_add(struct url *u, struct view v)
{
    if (v.n > sizeof u->text - u->n_text) {
        u->full = true;
        return;
    }
    if (v.n) memcpy(u->text + u->n_text, v.p, v.n);
    u->n_text += v.n;
}

static void add_escape(struct url *u, uint8_t c)
{
    static const char k_hex[] = "0123456789ABCDEF";
    uint8_t escape[3] = {'%', (uint8_t)k_hex[c >> 4], (uint8_t)k_hex[c & 15]};
    url_text_add(u, view_of(escape, 3));
}

/* A % that begins no escape is written %25: otherwise "%%34" would become "%4" and, with a letter
 * behind it, mean something else when it is read again. */
static void add_spelled(struct url *u, struct view v, uint8_t escape_class)
{
    for (size_t i = 0; i < v.n && !u->full; i++) {
        uint8_t c = v.p[i];
        int value = c == '%' ? escape_at(v, i) : -1;
        if (value >= 0) {
            i += 2;
            c = (uint8_t)value;
        }
        bool needed = value >= 0 ? !(k_url_byte_class[c] & URL_UNRESERVED)
                                 : c == '%' || (k_url_byte_class[c] & escape_class);
        if (needed)
            add_escape(u, c);
        else
            url_text_add(u, view_of(&c, 1));
    }
}

static size_t segment_length(struct view v)
{
    size_t n = 0;
    while (n < v.n && v.p[n] != '/' && v.p[n] != '\\')
        n++;
    return n;
}

/* Cuts the last segment, slash included, off the path that begins at from. */
static void drop_segment(struct url *u, size_t from)
{
    while (u->n_text > from && u->text[u->n_text - 1] != '/')
        u->n_text--;
    if (u->n_text > from) u->n_text--;
}

static void add_segment(struct url *u, size_t from, struct view raw)
{
    url_text_add(u, VIEW("/"));
    size_t begin = u->n_text;
    add_spelled(u, raw, URL_ESCAPE_PATH);
    struct view segment = view_of(u->text + begin, u->n_text - begin);
    bool up = view_eq(segment, VIEW(".."));
    if (up || view_eq(segment, VIEW("."))) drop_segment(u, from);
    if (up) drop_segment(u, from);
}

void url_path_read(struct view raw, struct url *u)
{
    size_t from = u->n_text;
    while (raw.n && !u->full) {
        raw = view_slice(raw, 1, raw.n);
        size_t n = segment_length(raw);
        add_segment(u, from, view_slice(raw, 0, n));
        raw = view_slice(raw, n, raw.n);
    }
    while (u->n_text > from && u->text[u->n_text - 1] == '/')
        u->n_text--;
    if (u->n_text == from) url_text_add(u, VIEW("/"));
    u->path = view_of(u->text + from, u->n_text - from);
}

void url_query_read(struct view raw, struct url *u)
{
    size_t from = u->n_text;
    add_spelled(u, raw, URL_ESCAPE_QUERY);
    u->query = view_of(u->text + from, u->n_text - from);
}

void url_fragment_read(struct view raw, struct url *u)
{
    bool is_page = raw.n > 1 && (raw.p[0] == '!' || raw.p[0] == '/');
    bool is_root = raw.n == 2 && raw.p[0] == '!' && raw.p[1] == '/';
    size_t from = u->n_text;
    if (is_page && !is_root) add_spelled(u, raw, URL_ESCAPE_FRAGMENT);
    u->fragment = view_of(u->text + from, u->n_text - from);
}
