/* SPDX-License-Identifier: Apache-2.0
 *
 * Hosts of URLs: names (WHATWG URL Standard, section 3.5; UTS 46 by ICU when a name is not plain
 * ASCII), IPv4 in all its forms, IPv6 (RFC 5952), the registrable domain (public suffix list).
 */
#include "text/url_int.h"

#include <arpa/inet.h>
#include <libpsl.h>
#include <stdio.h>
#include <string.h>
#include <unicode/uidna.h>

enum { HOST_RAW_MAX = 1024 }; /* decoded, before IDNA makes it shorter or longer */

/* Labels in front of a registrable domain that show the same pages. */
static const struct view k_prefixes[] = {URL_TEXT("www"), URL_TEXT("m"), URL_TEXT("mobile"),
                                         URL_TEXT("amp")};

/* ---- Names -------------------------------------------------------------------------------- */

static bool is_ace(struct view label)
{
    return label.n >= 4 && (label.p[0] | 0x20) == 'x' && (label.p[1] | 0x20) == 'n' &&
           label.p[2] == '-' && label.p[3] == '-';
}

/* The short way: letters, digits, hyphens and underscores only, no "xn--". */
static bool read_plain(struct view raw, struct url *u)
{
    if (raw.n > URL_HOST_MAX) return false;
    bool label_starts = true;
    for (size_t i = 0; i < raw.n; i++) {
        uint8_t c = raw.p[i];
        if (c != '.' && !(k_url_byte_class[c] & URL_NAME_BYTE)) return false;
        if (label_starts && is_ace(view_slice(raw, i, 4))) return false;
        label_starts = c == '.';
        u->host[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
    }
    u->n_host = (uint32_t)raw.n;
    return true;
}

static void close_idna(UIDNA **idna)
{
    if (*idna) uidna_close(*idna);
}

/* Lengths are checked later; hyphens may stand anywhere, as in the WHATWG's "beStrict = false". */
enum {
    IDNA_FORGIVEN = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
                    UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | UIDNA_ERROR_LEADING_HYPHEN |
                    UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4
};

static rc to_ascii(struct view utf8, size_t at, struct url *u)
{
    UErrorCode status = U_ZERO_ERROR;
    UIDNA *idna CLEANUP(close_idna) = uidna_openUTS46(
        UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, &status);
    if (U_FAILURE(status)) return FAIL(E_MEMORY, "url: ICU gives no IDNA: %s", u_errorName(status));
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    char ascii[HOST_RAW_MAX];
    int32_t n = uidna_nameToASCII_UTF8(idna, (const char *)utf8.p, (int32_t)utf8.n, ascii,
                                       (int32_t)sizeof ascii, &info, &status);
    if (U_FAILURE(status) || (info.errors & ~(uint32_t)IDNA_FORGIVEN) != 0)
        return FAIL(E_INPUT, "url: the host at byte %zu is no valid international name (0x%x)", at,
                    (unsigned)info.errors);
    if (n > URL_HOST_MAX)
        return FAIL(E_INPUT, "url: the host at byte %zu has more than %d bytes", at, URL_HOST_MAX);
    memcpy(u->host, ascii, (size_t)n);
    u->n_host = (uint32_t)n;
    return OK;
}

static rc read_international(struct view raw, size_t at, struct url *u)
{
    uint8_t decoded[HOST_RAW_MAX];
    if (raw.n > sizeof decoded)
        return FAIL(E_INPUT, "url: the host at byte %zu has more than %d bytes", at, HOST_RAW_MAX);
    struct view name = view_of(decoded, url_unescape(raw, decoded));
    if (utf8_check(name) < name.n)
        return FAIL(E_INPUT, "url: the host at byte %zu is not UTF-8", at);
    TRY(to_ascii(name, at, u));
    for (uint32_t i = 0; i < u->n_host; i++)
        if (u->host[i] != '.' && !(k_url_byte_class[u->host[i]] & URL_NAME_BYTE))
            return FAIL(E_INPUT, "url: the host at byte %zu has the character 0x%02x", at,
                        u->host[i]);
    return OK;
}

static rc check_label(struct view label, size_t at)
{
    if (label.n == 0) return FAIL(E_INPUT, "url: the host at byte %zu has an empty label", at);
    if (label.n > URL_LABEL_MAX)
        return FAIL(E_INPUT, "url: the host at byte %zu has a label of more than %d bytes", at,
                    URL_LABEL_MAX);
    return OK;
}

/* Also gives the last label. */
static rc check_labels(const struct url *u, size_t at, struct view *out_last)
{
    struct view rest = view_of(u->host, u->n_host), label;
    for (;;) {
        label = view_slice(rest, 0, view_find(rest, '.'));
        TRY(check_label(label, at));
        if (label.n == rest.n) break;
        rest = view_slice(rest, label.n + 1, rest.n);
    }
    *out_last = label;
    return OK;
}

/* ---- Addresses ---------------------------------------------------------------------------- */

static int digit_value(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* "0x7f", "0177", "127"; numbers beyond 32 bits stay at the top. */
static bool read_number(struct view v, uint64_t *out)
{
    int base = 10;
    if (v.n == 0) return false;
    if (v.n >= 2 && v.p[0] == '0') {
        base = v.p[1] == 'x' ? 16 : 8;
        v = view_slice(v, base == 16 ? 2 : 1, v.n);
    }
    uint64_t value = 0;
    for (size_t i = 0; i < v.n; i++) {
        int digit = digit_value(v.p[i]);
        if (digit >= base) return false;
        value = value * (uint64_t)base + (uint64_t)digit;
        if (value > UINT32_MAX) value = (uint64_t)UINT32_MAX + 1;
    }
    *out = value;
    return true;
}

static bool is_numeric(struct view label)
{
    uint64_t ignored;
    size_t digits = 0;
    while (digits < label.n && label.p[digits] >= '0' && label.p[digits] <= '9')
        digits++;
    return digits == label.n || read_number(label, &ignored);
}

static void set_host(struct url *u, const char *text)
{
    u->n_host = (uint32_t)strlen(text);
    memcpy(u->host, text, u->n_host + 1);
}

static rc read_ip4(struct url *u, size_t at)
{
    uint64_t part[4] = {0}, address = 0;
    size_t n = 0;
    struct view rest = view_of(u->host, u->n_host);
    for (bool more = true; more; n++) {
        struct view label = view_slice(rest, 0, view_find(rest, '.'));
        more = label.n < rest.n;
        rest = view_slice(rest, label.n + 1, rest.n);
        if (n == 4 || !read_number(label, &part[n]))
            return FAIL(E_INPUT, "url: the host at byte %zu is no IPv4 address", at);
    }
    uint64_t last_limit = (uint64_t)1 << (8 * (5 - n));
    for (size_t i = 0; i < n; i++) {
        if (part[i] >= (i + 1 < n ? 256 : last_limit))
            return FAIL(E_INPUT, "url: a number of the IPv4 address at byte %zu is too large", at);
        address |= i + 1 < n ? part[i] << (8 * (3 - i)) : part[i];
    }
    char text[INET_ADDRSTRLEN];
    struct in_addr in = {htonl((uint32_t)address)};
    set_host(u, inet_ntop(AF_INET, &in, text, sizeof text));
    u->is_address = true;
    return OK;
}

/* First longest run of two or more zero groups; its end is returned, 0 for none. */
static size_t zero_run(const unsigned group[8], size_t *out_from)
{
    size_t best = 1, best_from = 0;
    for (size_t i = 0; i < 8; i++) {
        size_t n = 0;
        while (i + n < 8 && group[i + n] == 0)
            n++;
        if (n > best) {
            best = n;
            best_from = i;
        }
    }
    *out_from = best_from;
    return best > 1 ? best_from + best : 0;
}

/* Not inet_ntop: it writes some addresses with an IPv4 tail, the URL Standard none. */
static void write_ip6(const uint8_t bytes[16], struct url *u)
{
    unsigned group[8];
    for (size_t i = 0; i < 8; i++)
        group[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
    size_t from, to = zero_run(group, &from);
    char *at = (char *)u->host;
    *at++ = '[';
    for (size_t i = 0; i < 8; i++) {
        if (to && i == from) {
            *at++ = ':';
            if (i == 0) *at++ = ':';
            i = to - 1;
        } else {
            at += sprintf(at, i < 7 ? "%x:" : "%x", group[i]);
        }
    }
    *at++ = ']';
    *at = 0;
    u->n_host = (uint32_t)(at - (char *)u->host);
}

static rc read_ip6(struct view raw, size_t at, struct url *u)
{
    char text[INET6_ADDRSTRLEN + 1];
    uint8_t bytes[16];
    struct view inside = view_slice(raw, 1, raw.n - 2);
    bool closed = raw.n > 2 && raw.p[raw.n - 1] == ']' && inside.n < sizeof text;
    if (closed) {
        memcpy(text, inside.p, inside.n);
        text[inside.n] = 0;
    }
    if (!closed || strlen(text) != inside.n || inet_pton(AF_INET6, text, bytes) != 1)
        return FAIL(E_INPUT, "url: the host at byte %zu is no IPv6 address", at);
    write_ip6(bytes, u);
    u->is_address = true;
    return OK;
}

/* ---- Sites -------------------------------------------------------------------------------- */

void url_host_site(struct url *u)
{
    u->site_at = u->suffix_at = 0;
    if (u->is_address) return;
    const char *host = (const char *)u->host;
    const char *site = psl_registrable_domain(psl_builtin(), host);
    if (!site) return;
    u->site_at = (uint32_t)(site - host);
    u->suffix_at = (uint32_t)(strchr(site, '.') + 1 - host);
}

bool url_suffix_is_known(const uint8_t *suffix)
{
    return psl_is_public_suffix2(psl_builtin(), (const char *)suffix,
                                 PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

static bool is_prefix(struct view label)
{
    for (size_t i = 0; i < COUNT_OF(k_prefixes); i++)
        if (view_eq(label, k_prefixes[i])) return true;
    return false;
}

/* All labels before the site go, or none: "m.www.bbc.com" shows what "bbc.com" shows, while
 * "www.news.example.org" is not said to be "news.example.org". */
static void drop_prefixes(struct url *u)
{
    struct view before = view_of(u->host, u->site_at);
    while (before.n) {
        size_t n = view_find(before, '.');
        if (!is_prefix(view_slice(before, 0, n))) return;
        before = view_slice(before, n + 1, before.n);
    }
    u->n_host -= u->site_at;
    memmove(u->host, u->host + u->site_at, u->n_host + 1);
    u->suffix_at -= u->suffix_at ? u->site_at : 0;
    u->site_at = 0;
}

rc url_host_read(struct view raw, size_t at, struct url *u)
{
    u->is_address = false;
    u->site_at = u->suffix_at = 0;
    if (raw.n && raw.p[0] == '[') return read_ip6(raw, at, u);
    if (!read_plain(raw, u)) TRY(read_international(raw, at, u));
    if (u->n_host && u->host[u->n_host - 1] == '.') u->n_host--;
    u->host[u->n_host] = 0;
    struct view last;
    TRY(check_labels(u, at, &last));
    if (is_numeric(last)) return read_ip4(u, at);
    url_host_site(u);
    drop_prefixes(u);
    url_rename_host(u);
    return OK;
}
