/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses in running text, in one pass: with a scheme ("https://…", "hxxp[:]//…"), with "www.",
 * and bare ("name.tld/path", "name.tld"). The rules are in docs/formats/url.md, section "In text".
 * Every byte is looked at a bounded number of times, whatever the text.
 */
#include "text/url_int.h"

#include <string.h>
#include <unicode/uchar.h>

enum { FIRST_ROOM = 8, WORD_MIN = 5 };

struct finder {
    struct view text;
    struct arena *mem;
    struct found_url *found;
    uint32_t n, room;
};

/* ---- Characters --------------------------------------------------------------------------- */

static bool is_alnum(uint8_t c)
{
    return (k_url_byte_class[c] & URL_NAME_BYTE) && c != '-' && c != '_';
}

static bool is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

/* Latin beyond ASCII and marks that stand on Latin letters: in names like "bücher.de". */
static bool is_latin(uint32_t c)
{
    return (c >= 0xC0 && c < 0x250 && c != 0xD7 && c != 0xF7) || (c >= 0x300 && c < 0x370) ||
           (c >= 0x1E00 && c < 0x1F00);
}

static bool is_joiner(uint32_t c)
{
    return c == 0x200C || c == 0x200D || c == 0xFE0F;
}

/* Whether a character beyond ASCII goes on with a URL. Letters of other scripts right behind a
 * Latin letter or digit belong to the sentence around it ("https://example.org/abc请看"). */
static bool continues(uint32_t c, uint8_t before, bool in_host)
{
    if (is_latin(c)) return true;
    if (is_alnum(before)) return false;
    if (is_joiner(c)) return before >= 0x80;
    if (in_host && u_charType((UChar32)c) == U_OTHER_SYMBOL) return true;
    return u_isalnum((UChar32)c) || (U_GET_GC_MASK((UChar32)c) & U_GC_M_MASK);
}

/* ---- Where a URL ends --------------------------------------------------------------------- */

/* Open brackets so far; a closing one without its opening one ends the URL: "(see https://…)". */
struct brackets {
    uint32_t round, square;
};

static bool closes_too_much(struct brackets *open, uint8_t c)
{
    uint32_t *count = c == '(' || c == ')' ? &open->round : &open->square;
    if (c == '(' || c == '[') ++*count;
    if ((c == ')' || c == ']') && (*count)-- == 0) return true;
    return false;
}

/* "a.com,https://b.org" and "a.com/xhttps://b.org" are two; "web/2020/https://b.org" is one. */
static bool begins_another(struct view text, size_t at, uint8_t before)
{
    return (is_alnum(before) || before == ',' || before == ';') && (text.p[at] | 0x20) == 'h' &&
           url_scheme_length(view_slice(text, at, 9 + 5)) > 0;
}

static bool is_stop(uint8_t c)
{
    return c <= ' ' || c == 0x7F || memchr("\"<>\\^`{|}", c, 9) != NULL;
}

/* End of the run of URL characters that starts at from; from stands behind scheme or "www.". */
static size_t run_end(struct view text, size_t from)
{
    struct brackets open = {0};
    bool in_host = true;
    size_t at = from;
    while (at < text.n) {
        uint8_t c = text.p[at], before = at > from ? text.p[at - 1] : '/';
        struct view plain;
        size_t n_disguise = in_host ? url_disguise(view_slice(text, at, 5), &plain) : 0;
        size_t next = at + (n_disguise ? n_disguise : 1);
        if (c >= 0x80) {
            next = at;
            if (!continues(utf8_next(text, &next), before, in_host)) break;
        } else if (!n_disguise) {
            if (is_stop(c) || begins_another(text, at, before)) break;
            if (memchr("()[]", c, 4) && closes_too_much(&open, c)) break;
            if (c == '/' || c == '?' || c == '#') in_host = false;
        }
        at = next;
    }
    return at;
}

/* Punctuation at the end belongs to the sentence; a closing bracket in a URL has its partner. */
static size_t trim_end(struct view text, size_t from, size_t to)
{
    uint32_t open_round = 0, open_square = 0;
    for (size_t i = from; i < to; i++) {
        open_round += (text.p[i] == '(') - (uint32_t)(text.p[i] == ')');
        open_square += (text.p[i] == '[') - (uint32_t)(text.p[i] == ']');
    }
    while (to > from) {
        uint8_t c = text.p[to - 1];
        bool lone = (c == '(' && open_round) || (c == '[' && open_square);
        if (!lone && !memchr(".,;:!?'*~&", c, 10)) break;
        open_round -= c == '(';
        open_square -= c == '[';
        to--;
    }
    return to;
}

/* ---- Finds -------------------------------------------------------------------------------- */

static rc make_room(struct finder *f)
{
    if (f->n < f->room) return OK;
    uint32_t room = f->room ? f->room * 2 : FIRST_ROOM;
    struct found_url *more;
    TRY(arena_array_raw(f->mem, room, &more));
    if (f->n) memcpy(more, f->found, f->n * sizeof *more);
    f->found = more;
    f->room = room;
    return OK;
}

/* Takes text [from, to) as a URL if it is one; what is none is left to be words. */
static rc take(struct finder *f, size_t from, size_t to)
{
    struct view canonical;
    rc r = url_canonical(view_slice(f->text, from, to - from), f->mem, &canonical);
    if (r.code == E_MEMORY) return r;
    if (!ok(r)) return OK;
    TRY(make_room(f));
    f->found[f->n++] = (struct found_url){(uint32_t)from, (uint32_t)to, canonical};
    return OK;
}

/* ---- Bare names --------------------------------------------------------------------------- */

/* A run of what may stand in a host name, with disguised dots. */
struct name_run {
    size_t from, to;
    size_t n_plain; /* bytes in plain, without NUL; over URL_HOST_MAX: too long to be a name */
    bool disguised;
    uint8_t plain[URL_HOST_MAX + 1]; /* dots as dots, case as written */
};

static void add_plain(struct name_run *run, struct view v)
{
    if (run->n_plain + v.n <= URL_HOST_MAX) memcpy(run->plain + run->n_plain, v.p, v.n);
    run->n_plain += v.n;
}

/* "seehttps://…": the scheme at the end of the run is not part of the name before it. */
static void leave_scheme(struct view text, struct name_run *run)
{
    for (size_t n = 5; n >= 4; n--) {
        if (run->to - run->from <= n) continue;
        if (url_scheme_length(view_slice(text, run->to - n, 15)) <= n) continue;
        run->to -= n;
        run->n_plain -= n;
        return;
    }
}

static void read_run(struct view text, size_t from, struct name_run *run)
{
    run->from = from;
    run->n_plain = 0;
    run->disguised = false;
    size_t at = from;
    while (at < text.n) {
        uint8_t c = text.p[at];
        struct view plain;
        size_t next = at + 1, n_disguise = url_disguise(view_slice(text, at, 5), &plain);
        if (c >= 0x80) {
            next = at;
            if (!is_latin(utf8_next(text, &next))) break;
        } else if (n_disguise && plain.p[0] == '.') {
            next = at + n_disguise;
            run->disguised = true;
        } else if (c != '.' && !(k_url_byte_class[c] & URL_NAME_BYTE)) {
            break;
        }
        add_plain(run, n_disguise ? plain : view_slice(text, at, next - at));
        at = next;
    }
    run->to = at;
    leave_scheme(text, run);
}

/* The dots, hyphens and underscores at the end belong to the sentence. */
static void trim_run(struct view text, struct name_run *run)
{
    while (run->to > run->from && memchr(".-_", text.p[run->to - 1], 3)) {
        run->to--;
        run->n_plain--;
    }
    if (run->n_plain <= URL_HOST_MAX) run->plain[run->n_plain] = 0;
}

static struct view last_label(struct view host)
{
    size_t from = host.n;
    while (from > 0 && host.p[from - 1] != '.')
        from--;
    return view_slice(host, from, host.n);
}

/* Small letters behind dots ("end.The" is two sentences), unless all is in capitals. */
static bool is_cased_like_a_name(struct view host)
{
    bool any_small = false, capital_behind_dot = false;
    for (size_t i = 0; i < host.n; i++) {
        any_small |= host.p[i] >= 'a' && host.p[i] <= 'z';
        capital_behind_dot |= i > 0 && host.p[i - 1] == '.' && is_upper(host.p[i]);
    }
    return !(any_small && capital_behind_dot);
}

/* One short word of letters and nothing else. */
static bool is_short_word(struct view name)
{
    size_t letters = 0;
    for (size_t i = 0; i < name.n; i++) {
        uint8_t small = name.p[i] | 0x20;
        if (name.p[i] < 0x80 && (small < 'a' || small > 'z')) return false;
        letters += (name.p[i] & 0xC0) != 0x80;
    }
    return letters < WORD_MIN;
}

/* "ok.so" and "main.py" against "repubblica.it". name as written, tld in lower case. */
static bool is_sentence_or_file(struct view name, struct view tld)
{
    for (size_t i = 0; i < k_url_n_bare; i++) {
        if (!view_eq(tld, k_url_bare[i].tld)) continue;
        if (k_url_bare[i].kind == URL_BARE_PATH) return true;
        return is_short_word(view_slice(name, 0, name.n - last_label(name).n - 1));
    }
    return false;
}

/* Whether the run is a name under a suffix that exists, with no label empty. */
static bool is_domain(const struct name_run *run, struct url *u)
{
    struct view plain = view_of(run->plain, run->n_plain);
    if (memchr(plain.p, '.', plain.n) == NULL || memmem(plain.p, plain.n, "..", 2)) return false;
    if (!ok(url_host_read(plain, 0, u)) || u->is_address) return false;
    if (memchr(u->host, '_', u->n_host)) return false;
    struct view host = view_of(u->host, u->n_host);
    return url_suffix_is_known(last_label(host).p);
}

/* Signs in front of a name that make it part of something else: an address, a path, a tag. */
static bool is_glued(struct view text, size_t from)
{
    return from > 0 && memchr("@#/\\%&=$", text.p[from - 1], 8) != NULL;
}

static bool has_path(struct view text, size_t at)
{
    if (at + 1 >= text.n) return false;
    uint8_t c = text.p[at], next = text.p[at + 1];
    if (c == ':') return next >= '0' && next <= '9';
    if (c == '/') return true;
    return (c == '?' || c == '#') && !is_stop(next) && next < 0x80;
}

/* Decides about a run that has ended; *out_at is where to go on. */
static rc take_bare(struct finder *f, struct name_run *run, size_t *out_at)
{
    struct url u;
    size_t run_to = run->to;
    *out_at = run_to;
    bool has_dot = run->disguised || memchr(f->text.p + run->from, '.', run_to - run->from);
    if (!has_dot || is_glued(f->text, run->from)) return OK;
    if (run_to < f->text.n && f->text.p[run_to] == '@') return OK;
    trim_run(f->text, run);
    if (run->n_plain == 0 || run->n_plain > URL_HOST_MAX || !is_domain(run, &u)) return OK;
    struct view host = view_of(u.host, u.n_host), plain = view_of(run->plain, run->n_plain);
    if (run->to == run_to && has_path(f->text, run_to)) {
        *out_at = run_end(f->text, run_to);
        return take(f, run->from, trim_end(f->text, run->from, *out_at));
    }
    if (u.suffix_at == 0) return OK; /* "co.uk" alone; "gov.uk/x" is a page */
    if (!run->disguised &&
        (!is_cased_like_a_name(plain) || is_sentence_or_file(plain, last_label(host))))
        return OK;
    return take(f, run->from, run->to);
}

/* ---- One pass ----------------------------------------------------------------------------- */

static bool starts_www(struct view v)
{
    return v.n > 4 && (v.p[0] | 0x20) == 'w' && (v.p[1] | 0x20) == 'w' && (v.p[2] | 0x20) == 'w' &&
           v.p[3] == '.' && v.p[4] > ' ' && v.p[4] != '.';
}

/* "www.wow" is no address: a name has to stand behind "www." and before its suffix. */
static bool is_www_name(struct view canonical)
{
    struct view host = view_slice(canonical, 8, canonical.n);
    host = view_slice(host, 0, view_find(host, '/'));
    if (!view_starts(host, VIEW("www."))) return true;
    return memchr(host.p + 4, '.', host.n - 4) != NULL;
}

static rc take_marked(struct finder *f, size_t from, size_t head, size_t *out_at)
{
    *out_at = run_end(f->text, from + head);
    return take(f, from, trim_end(f->text, from + head, *out_at));
}

static rc step(struct finder *f, size_t *at)
{
    uint8_t c = f->text.p[*at];
    struct view rest = view_slice(f->text, *at, f->text.n);
    size_t head = (c | 0x20) == 'h' ? url_scheme_length(rest) : 0;
    if (head) return take_marked(f, *at, head, at);
    bool glued = is_glued(f->text, *at);
    if (!glued && (c | 0x20) == 'w' && starts_www(rest)) {
        uint32_t before = f->n;
        TRY(take_marked(f, *at, 4, at));
        if (f->n > before && !is_www_name(f->found[before].canonical)) f->n = before;
        return OK;
    }
    struct name_run run;
    read_run(f->text, *at, &run);
    return take_bare(f, &run, at);
}

/* Behind a word that can be no part of an address, since a space or an end of a sentence stands
 * behind it: "word " and "word, " but not "name.tld", "word:", "word@", "word[". `at` when it may.
 */
static size_t skip_word(struct view text, size_t at)
{
    size_t end = at;
    while (end < text.n && k_url_byte_class[text.p[end]] & URL_NAME_BYTE)
        end++;
    return end == text.n || text.p[end] == ' ' || text.p[end] == ',' ? end : at;
}

rc find_urls(struct view source, struct arena *mem, const struct found_url **out, uint32_t *out_n)
{
    struct finder f = {.text = source, .mem = mem};
    for (size_t at = 0; at < source.n;) {
        uint8_t c = source.p[at];
        size_t next = at + 1;
        bool starts = is_alnum(c);
        if (starts) {
            next = skip_word(source, at);
            starts = next == at;
        } else if (c >= 0x80) {
            next = at;
            starts = is_latin(utf8_next(source, &next));
        }
        if (starts)
            TRY(step(&f, &at));
        else
            at = next;
    }
    *out = f.found;
    *out_n = f.n;
    return OK;
}
