/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules that come from the tables url_wrappers.tsv and url_tracking.tsv: addresses inside
 * addresses, other names of one site, parameters that do not change the page. Each leaves a form
 * that no rule changes again; docs/formats/url.md says why.
 */
#include "text/url_int.h"

#include <string.h>

static struct view host_view(const struct url *u)
{
    return view_of(u->host, u->n_host);
}

static bool is_below(struct view host, struct view domain)
{
    return host.n > domain.n && host.p[host.n - domain.n - 1] == '.' && view_ends(host, domain);
}

/* "google.*": the labels before a public suffix of ICANN's. */
static bool fits_any_suffix(const struct url *u, struct view stem, bool below)
{
    if (u->suffix_at == 0) return false;
    struct view before = view_of(u->host, u->suffix_at - 1);
    if (!view_eq(before, stem) && !(below && is_below(before, stem))) return false;
    return url_suffix_is_known(u->host + u->suffix_at);
}

/* below: also the hosts below the pattern, as if it began with a dot. */
static bool host_fits(const struct url *u, struct view pattern, bool below)
{
    if (pattern.n == 0) return true;
    if (pattern.p[0] == '.') {
        below = true;
        pattern = view_slice(pattern, 1, pattern.n);
    }
    if (pattern.p[pattern.n - 1] == '*')
        return fits_any_suffix(u, view_slice(pattern, 0, pattern.n - 2), below);
    return view_eq(host_view(u), pattern) || (below && is_below(host_view(u), pattern));
}

/* ---- Other names of a host ---------------------------------------------------------------- */

/* ".m.x.org" -> ".x.org" changes the end of a name that is longer; "a.org" -> "b.org" all of it. */
static bool rename_by(struct url *u, const struct url_wrapper *row)
{
    bool end_only = row->host.p[0] == '.';
    struct view host = host_view(u);
    if (end_only ? !view_ends(host, row->host) : !view_eq(host, row->host)) return false;
    size_t kept = host.n - row->host.n;
    if (kept + row->argument.n > URL_HOST_MAX) return false;
    memcpy(u->host + kept, row->argument.p, row->argument.n);
    u->n_host = (uint32_t)(kept + row->argument.n);
    u->host[u->n_host] = 0;
    url_host_site(u);
    return true;
}

static bool rename_once(struct url *u)
{
    for (size_t i = 0; i < k_url_n_wrappers; i++)
        if (k_url_wrappers[i].rule == URL_ALIAS && rename_by(u, &k_url_wrappers[i])) return true;
    return false;
}

/* Ends: the generator of the table takes no alias of an alias, and ends only for shorter ones. */
void url_rename_host(struct url *u)
{
    while (rename_once(u)) {
    }
}

/* ---- Wrappers ----------------------------------------------------------------------------- */

/* Takes the next "name=value" off *rest; false at the end. */
static bool next_param(struct view *rest, struct view *out_param, struct view *out_name)
{
    if (rest->n == 0) return false;
    *out_param = view_slice(*rest, 0, view_find(*rest, '&'));
    *out_name = view_slice(*out_param, 0, view_find(*out_param, '='));
    *rest = view_slice(*rest, out_param->n + 1, rest->n);
    return true;
}

static struct view from_param(const struct url *u, const struct url_wrapper *row, uint8_t *out)
{
    struct view none = {0}, rest = u->query, param, name;
    if (row->path.n && !view_eq(u->path, row->path)) return none;
    while (next_param(&rest, &param, &name)) {
        if (!view_eq(name, row->argument)) continue;
        struct view value = view_slice(param, name.n + 1, param.n);
        struct view inner = view_of(out, url_unescape(value, out));
        return url_scheme_length(inner) ? inner : none;
    }
    return none;
}

/* Length of what pattern covers at the start of path, 0 when it does not fit. A segment with a
 * colon is the scheme of the address itself, not what * stands for. */
static size_t covered(struct view path, struct view pattern)
{
    size_t at = 0;
    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] == '*') {
            struct view rest = view_slice(path, at, path.n);
            size_t n = view_find(rest, '/');
            if (view_find(rest, ':') < n) return 0;
            at += n;
        } else {
            if (at == path.n || path.p[at] != pattern.p[i]) return 0;
            at++;
        }
    }
    return at;
}

static size_t append(uint8_t *out, size_t at, const char *mark, struct view v)
{
    size_t n_mark = strlen(mark);
    if (v.n == 0 || at + n_mark + v.n > URL_MAX_BYTES) return at;
    memcpy(out + at, mark, n_mark);
    memcpy(out + at + n_mark, v.p, v.n);
    return at + n_mark + v.n;
}

static struct view from_path(const struct url *u, const struct url_wrapper *row, uint8_t *out)
{
    size_t n = covered(u->path, row->path);
    if (n == 0) return (struct view){0};
    size_t at = append(out, 0, "", view_slice(u->path, n, u->path.n));
    if (at == 0) return (struct view){0};
    at = append(out, at, "?", u->query);
    return view_of(out, append(out, at, "#", u->fragment));
}

/* "www-a--b-org.translate.goog" -> "www.a-b.org" */
static struct view from_dashes(const struct url *u, const struct url_wrapper *row, uint8_t *out)
{
    struct view label = view_slice(host_view(u), 0, u->n_host - row->host.n);
    size_t at = 0;
    for (size_t i = 0; i < label.n; i++) {
        bool dash = label.p[i] == '-', two = dash && i + 1 < label.n && label.p[i + 1] == '-';
        out[at++] = dash && !two ? '.' : label.p[i];
        i += two;
    }
    bool one_label = view_find(label, '.') == label.n;
    if (!one_label || view_find(view_of(out, at), '.') == at) return (struct view){0};
    at = append(out, at, "", u->path);
    at = append(out, at, "?", u->query);
    return view_of(out, append(out, at, "#", u->fragment));
}

struct view url_unwrap(const struct url *u, uint8_t *out)
{
    typedef struct view opener(const struct url *, const struct url_wrapper *, uint8_t *);
    static opener *const k_openers[] = {
        [URL_PARAM] = from_param,
        [URL_PATH] = from_path,
        [URL_DASHED] = from_dashes,
        [URL_VIDEO] = NULL,
    };
    for (size_t i = 0; i < k_url_n_wrappers; i++) {
        const struct url_wrapper *row = &k_url_wrappers[i];
        opener *open = k_openers[row->rule];
        if (!open || !host_fits(u, row->host, false)) continue;
        struct view inner = open(u, row, out);
        if (inner.n) return inner;
    }
    return (struct view){0};
}

/* ---- Videos ------------------------------------------------------------------------------- */

static bool is_video_id(struct view v)
{
    if (v.n != 11 || view_eq(v, VIEW("videoseries")) || view_eq(v, VIEW("live_stream")))
        return false;
    for (size_t i = 0; i < v.n; i++)
        if (!(k_url_byte_class[v.p[i]] & URL_NAME_BYTE)) return false;
    return true;
}

static void set_video(struct url *u, const struct url_wrapper *row, struct view id)
{
    size_t from = u->n_text;
    struct view old = u->query;
    url_text_add(u, VIEW("v="));
    url_text_add(u, id);
    if (old.n) url_text_add(u, VIEW("&"));
    url_text_add(u, old);
    u->query = view_of(u->text + from, u->n_text - from);
    u->path = VIEW("/watch");
    memcpy(u->host, row->argument.p, row->argument.n);
    u->n_host = (uint32_t)row->argument.n;
    u->host[u->n_host] = 0;
    url_host_site(u);
}

static void name_video(struct url *u)
{
    for (size_t i = 0; i < k_url_n_wrappers; i++) {
        const struct url_wrapper *row = &k_url_wrappers[i];
        if (row->rule != URL_VIDEO || !view_eq(host_view(u), row->host)) continue;
        if (!view_starts(u->path, row->path)) continue;
        struct view id = view_slice(u->path, row->path.n, u->path.n);
        if (is_video_id(id)) {
            set_video(u, row, id);
            return;
        }
    }
}

/* ---- Tracking ----------------------------------------------------------------------------- */

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool name_fits(struct view name, const struct url_tracking *row)
{
    if (row->whole ? name.n != row->name.n : name.n < row->name.n) return false;
    for (size_t i = 0; i < row->name.n; i++)
        if (lower(name.p[i]) != row->name.p[i]) return false;
    return true;
}

static bool is_tracking(const struct url *u, struct view name)
{
    if (name.n == 0) return false;
    uint8_t first = lower(name.p[0]);
    for (size_t i = k_url_tracking_from[first]; i < k_url_tracking_from[first + 1]; i++) {
        const struct url_tracking *row = &k_url_tracking[i];
        if (name_fits(name, row) && (row->path.n == 0 || view_eq(u->path, row->path)) &&
            host_fits(u, row->host, true))
            return true;
    }
    return false;
}

/* In place: what stays only moves to the front. */
static void drop_tracking(struct url *u)
{
    struct view rest = u->query, param, name;
    uint8_t *begin = u->text + (u->query.p - u->text), *to = begin;
    while (next_param(&rest, &param, &name)) {
        if (param.n == 0 || is_tracking(u, name)) continue;
        if (to != begin) *to++ = '&';
        memmove(to, param.p, param.n);
        to += param.n;
    }
    u->query.n = (size_t)(to - begin);
}

void url_tidy(struct url *u)
{
    name_video(u);
    if (u->query.n) drop_tracking(u);
}
