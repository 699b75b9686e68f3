/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard: reads the head of a request (RFC 9112 sections 2 to 6) and takes only what every other
 * reader, a proxy before us for one, reads in the same way. Lines end in CR LF; no folded lines;
 * one Host; one Content-Length of digits and never a Transfer-Encoding, so that everybody agrees
 * where a request ends. Works on raw bytes: a parser that joins lines and forgets characters has
 * already decided. */
#include <string.h>

#include "net/net_int.h"

enum {
    LINE_SPARE_BYTES = 64, /* method, spaces and version beside the target */
    METHOD_BYTES = 32,
    LENGTH_DIGITS = 15 /* a body of 10^15 bytes is over any limit */
};

#define TAKE(call)                           \
    do {                                     \
        struct net_refusal take_ = (call);   \
        if (take_.status != 0) return take_; \
    } while (0)

/* ---- Bytes to lines ------------------------------------------------------------------------ */

static bool is_control(uint8_t c)
{
    return (c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7F;
}

struct net_refusal net_scan_head(struct view bytes, struct net_scan *scan)
{
    for (size_t i = scan->seen; i < bytes.n; i++) {
        uint8_t c = bytes.p[i], before = i > 0 ? bytes.p[i - 1] : 0;
        if (is_control(c)) return NET_REFUSE(400, "a control character in the head");
        if ((c == '\n') != (before == '\r'))
            return NET_REFUSE(400, "a line that does not end in CR LF");
        if (scan->line_bytes == 0 && i >= NET_TARGET_BYTES + LINE_SPARE_BYTES)
            return NET_REFUSE(414, "a target that is too long");
        if (scan->line_bytes != 0 && i - scan->line_bytes >= NET_HEADER_BYTES)
            return NET_REFUSE(431, "header lines that are too long together");
        if (c != '\n') continue;
        if (i == 1) return NET_REFUSE(400, "an empty line before the request");
        if (scan->line_bytes == 0) {
            scan->line_bytes = i + 1;
        } else if (bytes.p[i - 2] == '\n') {
            scan->head_bytes = scan->seen = i + 1;
            return NET_FINE;
        }
    }
    scan->seen = bytes.n;
    return NET_FINE;
}

/* ---- Words --------------------------------------------------------------------------------- */

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool is_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

bool net_same_word(struct view a, struct view b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i])) return false;
    return true;
}

bool net_is_token(struct view v)
{
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] == 0 || (!is_alnum(v.p[i]) && !strchr("!#$%&'*+-.^_`|~", v.p[i]))) return false;
    return v.n > 0;
}

/* Whether a list such as that of Connection names this word. */
static bool list_has(struct view list, struct view word)
{
    for (size_t from = 0; from <= list.n;) {
        struct view item = view_slice(list, from, SIZE_MAX);
        item.n = view_find(item, ',');
        from += item.n + 1;
        if (net_same_word(view_trim(item), word)) return true;
    }
    return false;
}

/* Name or IPv4 address, or an IPv6 address in brackets; then perhaps a port. */
static bool is_authority(struct view v)
{
    size_t i = 0;
    if (v.n > 0 && v.p[0] == '[') {
        for (i = 1; i < v.n && v.p[i] != ']'; i++)
            if (net_hex_digit(v.p[i]) < 0 && v.p[i] != ':' && v.p[i] != '.') return false;
        if (i < 4 || i == v.n) return false;
        i++;
    } else {
        while (i < v.n && (is_alnum(v.p[i]) || strchr("-._", v.p[i])))
            i++;
        if (i == 0 || i > 255) return false;
    }
    if (i == v.n) return true;
    struct view port = view_slice(v, i + 1, SIZE_MAX);
    if (v.p[i] != ':' || port.n == 0 || port.n > 5) return false;
    for (size_t k = 0; k < port.n; k++)
        if (port.p[k] < '0' || port.p[k] > '9') return false;
    return true;
}

/* ---- Header lines that mean something here ------------------------------------------------- */

/* What a head's lines said so far. */
struct reading {
    struct net_head *head;
    bool has_host, has_length, has_coding, old;
};

static struct net_refusal take_host(struct reading *r, struct view value)
{
    if (r->has_host) return NET_REFUSE(400, "two Host lines");
    if (!is_authority(value)) return NET_REFUSE(400, "a Host that is no name with a port");
    r->has_host = true;
    r->head->host = value;
    return NET_FINE;
}

static struct net_refusal take_length(struct reading *r, struct view value)
{
    uint64_t n = 0;
    if (r->has_length) return NET_REFUSE(400, "two Content-Length lines");
    r->has_length = true;
    if (value.n == 0) return NET_REFUSE(400, "an empty Content-Length");
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9')
            return NET_REFUSE(400, "a Content-Length that is no number");
        if (i < LENGTH_DIGITS) n = n * 10 + (uint64_t)(value.p[i] - '0');
    }
    if (value.n > LENGTH_DIGITS) return NET_REFUSE(413, "a body that is too long");
    r->head->body_bytes = n;
    return NET_FINE;
}

static struct net_refusal take_coding(struct reading *r, struct view value)
{
    (void)value;
    r->has_coding = true;
    return NET_FINE;
}

static struct net_refusal take_connection(struct reading *r, struct view value)
{
    if (list_has(value, VIEW("close"))) r->head->closes = true;
    return NET_FINE;
}

static struct net_refusal take_expect(struct reading *r, struct view value)
{
    if (!net_same_word(value, VIEW("100-continue")))
        return NET_REFUSE(417, "an expectation other than 100-continue");
    r->head->continues = true;
    return NET_FINE;
}

static const struct {
    const char *name;
    struct net_refusal (*take)(struct reading *r, struct view value);
} k_known[] = {
    {"host", take_host},
    {"content-length", take_length},
    {"transfer-encoding", take_coding},
    {"connection", take_connection},
    {"expect", take_expect},
};

static struct net_refusal take_header(struct reading *r, struct view line)
{
    struct net_head *head = r->head;
    if (line.p[0] == ' ' || line.p[0] == '\t') return NET_REFUSE(400, "a folded header line");
    size_t colon = view_find(line, ':');
    struct net_header h = {view_slice(line, 0, colon),
                           view_trim(view_slice(line, colon + 1, SIZE_MAX))};
    if (colon == line.n || !net_is_token(h.name))
        return NET_REFUSE(400, "a header line without a name and a colon");
    if (head->n_headers == NET_HEADERS_MAX) return NET_REFUSE(431, "too many header lines");
    head->headers[head->n_headers++] = h;
    for (size_t i = 0; i < COUNT_OF(k_known); i++)
        if (net_same_word(h.name, view_cstr(k_known[i].name))) return k_known[i].take(r, h.value);
    return NET_FINE;
}

/* ---- The request line ---------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum net_method method;
} k_methods[] = {{"GET", NET_GET}, {"HEAD", NET_HEAD}, {"POST", NET_POST}};

static struct net_refusal take_method(struct view word, struct net_head *head)
{
    if (!net_is_token(word) || word.n > METHOD_BYTES)
        return NET_REFUSE(400, "a request line that does not begin with a method");
    for (size_t i = 0; i < COUNT_OF(k_methods); i++) {
        if (!view_eq(word, view_cstr(k_methods[i].name))) continue;
        head->method = k_methods[i].method;
        return NET_FINE;
    }
    return NET_REFUSE(405, "a method other than GET, HEAD and POST");
}

static struct net_refusal take_version(struct view word, struct reading *r)
{
    if (word.n != 8 || !view_starts(word, VIEW("HTTP/")) || word.p[6] != '.' || word.p[5] < '0' ||
        word.p[5] > '9' || word.p[7] < '0' || word.p[7] > '9')
        return NET_REFUSE(400, "a request line that does not end in a version");
    r->old = view_eq(word, VIEW("HTTP/1.0"));
    if (r->old || view_eq(word, VIEW("HTTP/1.1"))) return NET_FINE;
    return NET_REFUSE(505, "a version other than HTTP/1.1 and HTTP/1.0");
}

/* The line's three words; what the target says comes when Host is known. */
static struct net_refusal take_request_line(struct view line, struct reading *r,
                                            struct view *out_target)
{
    size_t first = view_find(line, ' ');
    struct view rest = view_slice(line, first + 1, SIZE_MAX);
    size_t second = view_find(rest, ' ');
    struct view target = view_slice(rest, 0, second);
    if (target.n == 0 || second == rest.n)
        return NET_REFUSE(400, "a request line without three words");
    for (size_t i = 0; i < target.n; i++)
        if (target.p[i] <= 0x20 || target.p[i] >= 0x7F)
            return NET_REFUSE(400, "a target with characters other than visible ASCII");
    TAKE(take_version(view_slice(rest, second + 1, SIZE_MAX), r));
    if (target.n > NET_TARGET_BYTES) return NET_REFUSE(414, "a target that is too long");
    *out_target = target;
    return take_method(view_slice(line, 0, first), r->head);
}

/* Absolute form: a proxy's; taken when it names the host that the Host line names. */
static struct net_refusal take_target(struct view target, struct net_head *head)
{
    struct view scheme = VIEW("http://");
    if (net_same_word(view_slice(target, 0, scheme.n), scheme)) {
        target = view_slice(target, scheme.n, SIZE_MAX);
        size_t end = view_find(target, '/'), query = view_find(target, '?');
        if (query < end) end = query;
        if (!net_same_word(view_slice(target, 0, end), head->host))
            return NET_REFUSE(400, "a target that names another host than Host");
        target = view_slice(target, end, SIZE_MAX);
    }
    size_t question = view_find(target, '?');
    head->path = view_slice(target, 0, question);
    head->query = view_slice(target, question + 1, SIZE_MAX);
    if (head->path.n == 0) head->path = VIEW("/");
    return net_check_query(head->query);
}

/* Where the request ends. */
static struct net_refusal check_framing(const struct reading *r)
{
    const struct net_head *head = r->head;
    if (r->has_coding && r->has_length)
        return NET_REFUSE(400, "both Content-Length and Transfer-Encoding");
    if (head->method == NET_POST)
        return r->has_length ? NET_FINE : NET_REFUSE(411, "a body without Content-Length");
    if (r->has_coding || head->body_bytes > 0) return NET_REFUSE(400, "a GET or HEAD with a body");
    return NET_FINE;
}

struct net_refusal net_parse_head(struct view bytes, size_t line_bytes, struct net_head *out)
{
    struct reading r = {.head = out};
    struct view target;
    out->n_headers = 0;
    out->body_bytes = 0;
    out->closes = out->continues = false;
    struct net_refusal line_fault =
        take_request_line(view_slice(bytes, 0, line_bytes - 2), &r, &target);
    if (line_fault.status == 400) return line_fault;
    for (size_t from = line_bytes; from + 2 < bytes.n;) {
        struct view line = view_slice(bytes, from, SIZE_MAX);
        line.n = view_find(line, '\r');
        from += line.n + 2;
        TAKE(take_header(&r, line));
    }
    TAKE(line_fault);
    if (!r.has_host) return NET_REFUSE(400, "no Host line");
    if (r.old) out->closes = true;
    TAKE(take_target(target, out));
    return check_framing(&r);
}
