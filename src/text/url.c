/* SPDX-License-Identifier: Apache-2.0
 *
 * Canonical form of http and https URLs: splitting after the WHATWG URL Standard, section 4.4; the
 * rules beyond it are numbered in docs/formats/url.md. The whole work happens in buffers on the
 * stack; the arena gets the answer only.
 */
#include "text/url_int.h"

#include <stdio.h>
#include <string.h>

/* ---- Disguise ----------------------------------------------------------------------------- */

struct disguise {
    struct view written, plain;
};
/* How people write addresses so that nobody opens them by accident. */
static const struct disguise k_disguises[] = {
    {URL_TEXT("[.]"), URL_TEXT(".")},     {URL_TEXT("(.)"), URL_TEXT(".")},
    {URL_TEXT("{.}"), URL_TEXT(".")},     {URL_TEXT("[dot]"), URL_TEXT(".")},
    {URL_TEXT("(dot)"), URL_TEXT(".")},   {URL_TEXT("[:]"), URL_TEXT(":")},
    {URL_TEXT("[://]"), URL_TEXT("://")},
};
/* The longer name first. */
static const struct view k_schemes[] = {
    URL_TEXT("https"),
    URL_TEXT("http"),
    URL_TEXT("hxxps"),
    URL_TEXT("hxxp"),
};

static bool starts_no_case(struct view v, struct view lower_case)
{
    if (v.n < lower_case.n) return false;
    for (size_t i = 0; i < lower_case.n; i++) {
        uint8_t c = v.p[i];
        if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != lower_case.p[i]) return false;
    }
    return true;
}

size_t url_disguise(struct view v, struct view *out_plain)
{
    if (v.n == 0 || (v.p[0] != '[' && v.p[0] != '(' && v.p[0] != '{')) return 0;
    for (size_t i = 0; i < COUNT_OF(k_disguises); i++) {
        if (!starts_no_case(v, k_disguises[i].written)) continue;
        *out_plain = k_disguises[i].plain;
        return k_disguises[i].written.n;
    }
    return 0;
}

/* Length of the name of a scheme we read, at the start of v. */
static size_t scheme_name(struct view v)
{
    for (size_t i = 0; i < COUNT_OF(k_schemes); i++)
        if (starts_no_case(v, k_schemes[i])) return k_schemes[i].n;
    return 0;
}

size_t url_scheme_length(struct view v)
{
    static const struct view k_marks[] = {URL_TEXT("://"), URL_TEXT("[:]//"), URL_TEXT("[://]")};
    size_t n = scheme_name(v);
    for (size_t i = 0; n && i < COUNT_OF(k_marks); i++)
        if (view_starts(view_slice(v, n, v.n), k_marks[i])) return n + k_marks[i].n;
    return 0;
}

static bool is_slash(uint8_t c)
{
    return c == '/' || c == '\\';
}

/* Writes disguised dots and colons up to the end of the host as they are meant. Shrinks in place.
 */
static size_t undisguise(uint8_t *text, size_t n)
{
    size_t to = 0;
    bool in_host = true;
    for (size_t at = 0; at < n;) {
        struct view plain, rest = view_of(text + at, n - at);
        size_t taken = in_host ? url_disguise(rest, &plain) : 0;
        if (taken) {
            memcpy(text + to, plain.p, plain.n);
            to += plain.n;
            at += taken;
            continue;
        }
        uint8_t c = text[at++];
        bool leads_in = is_slash(c) && (to == 0 || text[to - 1] == ':' || is_slash(text[to - 1]));
        if (c == '?' || c == '#' || (is_slash(c) && !leads_in)) in_host = false;
        text[to++] = c;
    }
    return to;
}

/* ---- Splitting ---------------------------------------------------------------------------- */

struct head {
    size_t at;       /* where user, host and port begin */
    bool schemeless; /* read as https */
};

static bool is_alnum(uint8_t c)
{
    return (k_url_byte_class[c] & URL_NAME_BYTE) && c != '-' && c != '_';
}

/* "example.org:8080/x", "localhost:3000": a scheme's name has no dot in real life. */
static bool is_host_with_port(struct view name, struct view rest)
{
    size_t digits = 0;
    while (digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9')
        digits++;
    bool ends = digits == rest.n || is_slash(rest.p[digits]) || rest.p[digits] == '?' ||
                rest.p[digits] == '#';
    return ends && digits > 0 &&
           (view_find(name, '.') < name.n || view_eq(name, VIEW("localhost")));
}

static rc read_scheme(struct view text, struct head *out)
{
    size_t n = 0;
    while (n < text.n && (is_alnum(text.p[n]) || (n && memchr("+-.", text.p[n], 3))))
        n++;
    bool digit_first = n && text.p[0] >= '0' && text.p[0] <= '9';
    bool has_colon = n && n < text.n && text.p[n] == ':' && !digit_first;
    struct view name = view_slice(text, 0, n), rest = view_slice(text, n + 1, text.n);
    bool known = has_colon && scheme_name(name) == n;
    if (has_colon && !known && !is_host_with_port(name, rest))
        return FAIL(E_INPUT, "url: the scheme \"%.*s\" is not http or https, byte 0",
                    VIEW_ARG(view_slice(name, 0, 40)));
    size_t at = known ? n + 1 : 0, slashes = at;
    while (at < text.n && is_slash(text.p[at]))
        at++;
    if (!known && at - slashes == 1) return FAIL(E_INPUT, "url: a path without a host, byte 0");
    *out = (struct head){at, !known};
    return OK;
}

static rc read_port(struct view digits, size_t at, struct url *u)
{
    uint32_t port = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return FAIL(E_INPUT, "url: the port at byte %zu is no number", at);
        port = port * 10 + (uint32_t)(digits.p[i] - '0');
        if (port > 65535) return FAIL(E_INPUT, "url: the port at byte %zu is over 65535", at);
    }
    /* http and https become one, and so do their ports. Port 0 reaches nobody. */
    u->port = port == 80 || port == 443 ? 0 : port;
    return OK;
}

/* Without a scheme only what nobody can take for something else: a name with a dot, an IPv4
 * address of four numbers. */
static rc check_schemeless(struct view raw, size_t at, const struct url *u)
{
    struct view host = view_of(u->host, u->n_host);
    bool same = view_eq(raw, host);
    bool dotted = view_find(host, '.') < host.n || view_eq(host, VIEW("localhost"));
    if (u->is_address ? host.p[0] != '[' && !same : !dotted)
        return FAIL(E_INPUT, "url: no scheme, and no host name with a dot at byte %zu", at);
    return OK;
}

/* user:password@host:port */
static rc read_authority(struct view v, struct head head, struct url *u)
{
    size_t at = head.at;
    for (size_t i = v.n; i > 0; i--) {
        if (v.p[i - 1] != '@') continue;
        if (head.schemeless)
            return FAIL(E_INPUT, "url: no scheme, and an @ at byte %zu: an e-mail address",
                        at + i - 1);
        v = view_slice(v, i, v.n);
        at += i;
        break;
    }
    size_t inside = v.n && v.p[0] == '[' ? view_find(v, ']') : 0;
    size_t n = inside + view_find(view_slice(v, inside, v.n), ':');
    struct view host = view_slice(v, 0, n);
    if (host.n == 0) return FAIL(E_INPUT, "url: no host at byte %zu", at);
    TRY(url_host_read(host, at, u));
    if (head.schemeless) TRY(check_schemeless(host, at, u));
    return read_port(view_slice(v, n + 1, v.n), at + n + 1, u);
}

/* Where user, host and port end. */
static size_t authority_end(struct view text, size_t from)
{
    while (from < text.n && !memchr("/\\?#", text.p[from], 4))
        from++;
    return from;
}

static rc read_parts(struct view text, struct url *u)
{
    struct head head;
    TRY(read_scheme(text, &head));
    size_t path = authority_end(text, head.at);
    TRY(read_authority(view_slice(text, head.at, path - head.at), head, u));
    size_t fragment = view_find(text, '#');
    struct view body = view_slice(text, 0, fragment);
    size_t query = path + view_find(view_slice(body, path, body.n), '?');
    u->n_text = 0;
    u->full = false;
    url_path_read(view_slice(body, path, query - path), u);
    url_query_read(view_slice(body, query + 1, body.n), u);
    url_fragment_read(view_slice(text, fragment + 1, text.n), u);
    if (u->full)
        return FAIL(E_LIMIT, "url: its canonical form has more than %d bytes", URL_MAX_BYTES);
    return OK;
}

/* Without controls and spaces around it, without tabs and line ends inside. */
static size_t clean(struct view url, uint8_t *out)
{
    while (url.n && url.p[0] <= ' ')
        url = view_slice(url, 1, url.n);
    while (url.n && url.p[url.n - 1] <= ' ')
        url.n--;
    size_t n = 0;
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] != '\t' && url.p[i] != '\n' && url.p[i] != '\r') out[n++] = url.p[i];
    return undisguise(out, n);
}

static rc read_url(struct view url, struct url *u)
{
    uint8_t text[URL_MAX_BYTES];
    if (url.n > URL_MAX_BYTES)
        return FAIL(E_LIMIT, "url: %zu bytes, the limit is %d bytes", url.n, URL_MAX_BYTES);
    size_t bad = utf8_check(url);
    if (bad < url.n) return FAIL(E_INPUT, "url: not UTF-8 at byte %zu", bad);
    struct view cleaned = view_of(text, clean(url, text));
    if (cleaned.n == 0) return FAIL(E_INPUT, "url: empty, byte 0");
    return read_parts(cleaned, u);
}

/* ---- Writing ------------------------------------------------------------------------------ */

static uint8_t *put(uint8_t *to, struct view v)
{
    if (v.n) memcpy(to, v.p, v.n);
    return to + v.n;
}

static rc write_url(const struct url *u, struct arena *mem, struct view *out)
{
    char port[8] = "";
    int n_port = u->port ? snprintf(port, sizeof port, ":%u", (unsigned)u->port) : 0;
    size_t n = 8 + u->n_host + (size_t)n_port + u->path.n + (u->query.n ? 1 + u->query.n : 0) +
               (u->fragment.n ? 1 + u->fragment.n : 0);
    if (n > URL_MAX_BYTES)
        return FAIL(E_LIMIT, "url: its canonical form has %zu bytes, the limit is %d bytes", n,
                    URL_MAX_BYTES);
    uint8_t *bytes, *to;
    TRY(arena_bytes(mem, n, &bytes));
    to = put(bytes, VIEW("https://"));
    to = put(to, view_of(u->host, u->n_host));
    to = put(to, view_of(port, (size_t)n_port));
    to = put(to, u->path);
    if (u->query.n) *to++ = '?';
    to = put(to, u->query);
    if (u->fragment.n) *to++ = '#';
    to = put(to, u->fragment);
    *out = view_of(bytes, (size_t)(to - bytes));
    return OK;
}

rc url_canonical(struct view url, struct arena *mem, struct view *out)
{
    struct url outer, spare, *at = &outer, *next = &spare;
    uint8_t inner_text[URL_MAX_BYTES];
    TRY(read_url(url, at));
    for (int level = 0;; level++) {
        struct view inner = url_unwrap(at, inner_text);
        /* A wrapper around nonsense is a page like any other. */
        if (inner.n == 0) break;
        rc r = read_url(inner, next);
        if (r.code == E_MEMORY) return r;
        if (!ok(r)) break;
        if (level == URL_LEVELS)
            return FAIL(E_LIMIT, "url: more than %d addresses inside one another", URL_LEVELS);
        struct url *opened = next;
        next = at;
        at = opened;
    }
    url_tidy(at);
    if (at->full)
        return FAIL(E_LIMIT, "url: its canonical form has more than %d bytes", URL_MAX_BYTES);
    return write_url(at, mem, out);
}

/* Host of a canonical URL, without its port. */
static rc canonical_host(struct view canonical, struct view *out)
{
    if (!view_starts(canonical, VIEW("https://")))
        return FAIL(E_INPUT, "url: not in canonical form, byte 0");
    struct view host = view_slice(canonical, 8, authority_end(canonical, 8) - 8);
    size_t inside = host.n && host.p[0] == '[' ? view_find(host, ']') : 0;
    host.n = inside + view_find(view_slice(host, inside, host.n), ':');
    if (host.n == 0 || host.n > URL_HOST_MAX)
        return FAIL(E_INPUT, "url: no host of 1 to %d bytes at byte 8", URL_HOST_MAX);
    *out = host;
    return OK;
}

static bool is_address(struct view host)
{
    size_t i = 0;
    while (i < host.n && (host.p[i] == '.' || (host.p[i] >= '0' && host.p[i] <= '9')))
        i++;
    return i == host.n || host.p[0] == '[';
}

rc url_site(struct view canonical, struct arena *mem, struct view *out)
{
    (void)mem; /* the answer is a part of canonical */
    struct view host;
    struct url u;
    TRY(canonical_host(canonical, &host));
    memcpy(u.host, host.p, host.n);
    u.host[host.n] = 0;
    u.n_host = (uint32_t)host.n;
    u.is_address = is_address(host);
    url_host_site(&u);
    *out = view_slice(host, u.site_at, host.n);
    return OK;
}
