/* SPDX-License-Identifier: Apache-2.0
 *
 * Targets of requests (RFC 3986, RFC 9112 section 3.2): the path decoded once and for all, so that
 * nobody behind it has a reason to decode again; fields of queries; headers by name. */
#include <string.h>

#include "net/net_int.h"

/* What a byte may be, by its place in a target. */
enum { IN_PATH = 1, IN_QUERY = 2 };

/* pchar of RFC 3986 and "/" in paths; queries also what browsers leave as it is. "%" is looked at
 * apart; "#" never comes in a request. */
static unsigned places_of(uint8_t c)
{
    if (c <= 0x20 || c >= 0x7F) return 0;
    if (strchr("\"<>#", c)) return 0;
    if (strchr("\\^`{|}[]?", c)) return IN_QUERY;
    return IN_PATH | IN_QUERY;
}

int net_hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The byte that "%XX" at p stands for, or -1. */
static int escaped(struct view v, size_t at)
{
    if (v.n - at < 3) return -1;
    int high = net_hex_digit(v.p[at + 1]), low = net_hex_digit(v.p[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static struct net_refusal check_segments(struct view path)
{
    for (size_t from = 1; from <= path.n;) {
        struct view segment = view_slice(path, from, SIZE_MAX);
        segment.n = view_find(segment, '/');
        from += segment.n + 1;
        if (view_eq(segment, VIEW(".")) || view_eq(segment, VIEW("..")))
            return NET_REFUSE(400, "a path with a part \".\" or \"..\"");
        if (segment.n == 0 && from <= path.n) return NET_REFUSE(400, "a path with an empty part");
    }
    return NET_FINE;
}

struct net_refusal net_decode_path(struct view raw, uint8_t *out, size_t *out_n)
{
    size_t n = 0;
    if (raw.n == 0 || raw.p[0] != '/')
        return NET_REFUSE(400, "a target that does not begin with \"/\"");
    for (size_t i = 0; i < raw.n; i++) {
        int c = raw.p[i];
        if (!(places_of(raw.p[i]) & IN_PATH))
            return NET_REFUSE(400, "a character in the path that must be percent-encoded");
        if (c == '%') {
            c = escaped(raw, i);
            if (c < 0) return NET_REFUSE(400, "a \"%\" in the path without two digits behind it");
            if (c < 0x20 || c == 0x7F || c == '/' || c == '\\')
                return NET_REFUSE(400, "a path with an encoded slash or control character");
            i += 2;
        }
        out[n++] = (uint8_t)c;
    }
    struct view path = view_of(out, n);
    if (utf8_check(path) < n) return NET_REFUSE(400, "a path that is not UTF-8");
    *out_n = n;
    return check_segments(path);
}

struct net_refusal net_check_query(struct view raw)
{
    for (size_t i = 0; i < raw.n; i++) {
        if (!(places_of(raw.p[i]) & IN_QUERY))
            return NET_REFUSE(400, "a character in the query that must be percent-encoded");
        if (raw.p[i] == '%' && escaped(raw, i) < 0)
            return NET_REFUSE(400, "a \"%\" in the query without two digits behind it");
    }
    return NET_FINE;
}

/* Decodes a name or a value of a form. */
static rc decode_field(struct view raw, struct arena *mem, struct view *out)
{
    uint8_t *text;
    size_t n = 0;
    TRY(arena_bytes(mem, raw.n, &text));
    for (size_t i = 0; i < raw.n; i++) {
        int c = raw.p[i] == '+' ? ' ' : raw.p[i];
        if (c == '%') {
            c = escaped(raw, i);
            if (c < 0) return FAIL(E_INPUT, "query: a \"%%\" without two digits at byte %zu", i);
            i += 2;
        }
        if (c == 0) return FAIL(E_ENCODING, "query: a NUL character");
        text[n++] = (uint8_t)c;
    }
    *out = view_of(text, n);
    if (utf8_check(*out) < n) return FAIL(E_ENCODING, "query: a field that is not UTF-8");
    return OK;
}

rc net_query_get(struct view query, const char *name, struct arena *mem, struct view *out)
{
    for (size_t from = 0; from < query.n;) {
        struct view field = view_slice(query, from, SIZE_MAX);
        field.n = view_find(field, '&');
        from += field.n + 1;
        size_t equals = view_find(field, '=');
        struct view key, value = {0};
        TRY(decode_field(view_slice(field, 0, equals), mem, &key));
        if (!view_eq(key, view_cstr(name))) continue;
        if (equals < field.n)
            TRY(decode_field(view_slice(field, equals + 1, SIZE_MAX), mem, &value));
        *out = value;
        return OK;
    }
    *out = (struct view){0};
    return OK;
}

struct view net_header_get(const struct net_request *request, const char *name)
{
    for (uint32_t i = 0; i < request->n_headers; i++)
        if (net_same_word(request->headers[i].name, view_cstr(name)))
            return request->headers[i].value;
    return (struct view){0};
}
