/* SPDX-License-Identifier: Apache-2.0
 * The exact and the folded form.
 *
 * Exact: NFKC_Casefold (Unicode Standard Annex 15; ICU), without the rows of invisible.tsv, white
 * space as one space and none at the ends. A character that stands alone goes by table; one with
 * marks, jamo or whatever else may melt into it (a segment) goes through ICU. At most 30 marks of a
 * segment are looked at, as in stream-safe text, so that no input makes sorting them slow. */
#include "text/tables_int.h"
#include "text/text_int.h"

#include <unicode/unorm2.h>
#include <unicode/utf16.h>

enum { SEGMENT_MARKS = 30, LONGEST_MAPPING = 18, SEGMENT_OUT = 32 * LONGEST_MAPPING };

const struct text_limits k_text_limits = {.max_bytes = 1 << 20, .max_tokens = 65536};

rc check_size(struct view source, const struct text_limits *limits)
{
    size_t most = limits ? limits->max_bytes : k_text_limits.max_bytes;
    if (most > INT32_MAX) most = INT32_MAX;
    if (source.n > most)
        return FAIL(E_LIMIT, "text: %zu bytes, more than the limit of %zu bytes (max_bytes)",
                    source.n, most);
    return OK;
}

uint32_t form_end(struct view source, uint32_t at)
{
    size_t pos = at, next = at;
    (void)utf8_next(source, &pos);
    for (next = pos; next < source.n; pos = next)
        if (!(class_of(utf8_next(source, &next)) & CLASS_FLUID)) break;
    return (uint32_t)pos;
}

/* ---- Growing forms ----------------------------------------------------------------------- */

struct form_writer {
    struct arena *mem;
    uint32_t *cp, *from;
    uint32_t n, cap;
};

static rc writer_grow(struct form_writer *w, uint32_t more)
{
    uint32_t cap = w->cap + w->cap / 2 + more;
    uint32_t *cp, *from;
    TRY(arena_array_raw(w->mem, cap, &cp));
    TRY(arena_array_raw(w->mem, cap, &from));
    for (uint32_t i = 0; i < w->n; i++) {
        cp[i] = w->cp[i];
        from[i] = w->from[i];
    }
    w->cp = cp;
    w->from = from;
    w->cap = cap;
    return OK;
}

static inline rc writer_reserve(struct form_writer *w, uint32_t more)
{
    return LIKELY(w->cap - w->n >= more) ? OK : writer_grow(w, more);
}

/* Spaces in a row are one, none at the start. */
static inline void writer_put(struct form_writer *w, uint32_t c, uint32_t from)
{
    if (c == ' ' && (w->n == 0 || w->cp[w->n - 1] == ' ')) return;
    w->cp[w->n] = c;
    w->from[w->n++] = from;
}

static void writer_finish(struct form_writer *w, struct view source, struct form *out)
{
    if (w->n && w->cp[w->n - 1] == ' ') w->n--;
    w->from[w->n] = w->n ? form_end(source, w->from[w->n - 1]) : 0;
    *out = (struct form){.n = w->n, .cp = w->cp, .from = w->from};
}

/* ---- Exact ------------------------------------------------------------------------------- */

struct exact_reader {
    struct view source;
    size_t pos;
    struct form_writer w;
    size_t segment_at;      /* byte where the segment began */
    uint32_t segment_out;   /* its first code point in the output */
    uint32_t segment_marks; /* how many marks followed */
    bool segment_plain;     /* begins with one starter, so that its marks only need sorting */
};

/* Code points of the segment at segment_at as UTF-16; moves pos behind it. */
static int32_t collect_segment(struct exact_reader *r, UChar *out)
{
    int32_t n = 0;
    uint32_t marks = 0;
    r->pos = r->segment_at;
    for (size_t next = r->pos; r->pos < r->source.n; r->pos = next) {
        uint32_t c = utf8_next(r->source, &next);
        enum exact_kind kind = exact_kind_of(exact_of(c));
        if (kind == EXACT_DROP) continue;
        bool mark = kind == EXACT_MARK || kind == EXACT_JOIN;
        if (n > 0 && !mark) break;
        if (mark && ++marks > SEGMENT_MARKS) continue;
        U16_APPEND_UNSAFE(out, n, kind == EXACT_SPACE ? ' ' : c);
    }
    return n;
}

static void put_utf16(struct form_writer *w, const UChar *text, int32_t n, uint32_t from)
{
    for (int32_t i = 0; i < n; i++) {
        uint32_t c = text[i];
        if (U16_IS_LEAD(c)) c = (uint32_t)U16_GET_SUPPLEMENTARY(c, text[i + 1]), i++;
        writer_put(w, c, from);
    }
}

static rc melt_segment(struct exact_reader *r)
{
    UChar in[2 * (SEGMENT_MARKS + 2)], out[SEGMENT_OUT];
    int32_t n_in = collect_segment(r, in);
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *form = unorm2_getNFKCCasefoldInstance(&status);
    int32_t n = unorm2_normalize(form, in, n_in, out, SEGMENT_OUT, &status);
    if (U_FAILURE(status))
        return FAIL(E_INTERNAL, "text: ICU refuses to normalise byte %zu: %s", r->segment_at,
                    u_errorName(status));
    r->w.n = r->segment_out;
    TRY(writer_reserve(&r->w, SEGMENT_OUT + 1));
    put_utf16(&r->w, out, n, (uint32_t)r->segment_at);
    return OK;
}

/* A mark that never melts: its place is behind the marks of a class not higher than its own. */
static void sort_in_mark(struct exact_reader *r, uint32_t c, uint32_t at)
{
    struct form_writer *w = &r->w;
    if (++r->segment_marks > SEGMENT_MARKS) return;
    uint32_t class = entry_payload(exact_of(c)), i = w->n++;
    for (; i > r->segment_out; i--) {
        uint32_t before = exact_of(w->cp[i - 1]);
        if (exact_kind_of(before) != EXACT_MARK || entry_payload(before) <= class) break;
        w->cp[i] = w->cp[i - 1];
        w->from[i] = w->from[i - 1];
    }
    w->cp[i] = c;
    w->from[i] = r->segment_marks > 1 ? w->from[w->n - 2] : at;
}

static void begin_segment(struct exact_reader *r, size_t at, bool plain)
{
    r->segment_at = at;
    r->segment_out = r->w.n;
    r->segment_marks = 0;
    r->segment_plain = plain;
}

static rc read_mark(struct exact_reader *r, uint32_t c, enum exact_kind kind, size_t at)
{
    if (kind == EXACT_JOIN || !r->segment_plain) return melt_segment(r);
    sort_in_mark(r, c, (uint32_t)at);
    return OK;
}

static inline rc read_next(struct exact_reader *r)
{
    size_t at = r->pos;
    uint32_t c = next_short(r->source, &r->pos), entry = exact_of(c);
    enum exact_kind kind = exact_kind_of(entry);
    TRY(writer_reserve(&r->w, LONGEST_MAPPING + 1));
    if (LIKELY(kind == EXACT_SELF || kind == EXACT_ONE)) {
        begin_segment(r, at, true);
        writer_put(&r->w, kind == EXACT_SELF ? c : entry_payload(entry), (uint32_t)at);
        return OK;
    }
    switch (kind) {
    case EXACT_DROP:
        if (c == 0x200C && silent_yeh(r->source, at, r->pos)) {
            begin_segment(r, r->pos, true);
            c = utf8_next(r->source, &r->pos);
            writer_put(&r->w, c | SILENT, (uint32_t)r->segment_at);
        }
        return OK;
    case EXACT_MARK:
    case EXACT_JOIN: return read_mark(r, c, kind, at);
    case EXACT_SPACE:
        begin_segment(r, at, false);
        writer_put(&r->w, ' ', (uint32_t)at);
        return OK;
    case EXACT_SELF:
    case EXACT_ONE:
    case EXACT_SEQUENCE: break;
    }
    begin_segment(r, at, false);
    const uint32_t *sequence = k_sequences + entry_payload(entry);
    for (uint32_t i = 1; i <= sequence[0]; i++)
        writer_put(&r->w, sequence[i], (uint32_t)at);
    return OK;
}

rc exact_form(struct view source, struct arena *mem, struct form *out)
{
    struct exact_reader r = {.source = source, .w = {.mem = mem}};
    TRY(writer_reserve(&r.w, (uint32_t)source.n + LONGEST_MAPPING + 2));
    begin_segment(&r, 0, false);
    while (r.pos < source.n)
        TRY(read_next(&r));
    writer_finish(&r.w, source, out);
    return OK;
}

void exact_finish(struct form *exact)
{
    uint32_t *cp = (uint32_t *)(uintptr_t)exact->cp;
    for (uint32_t i = 0; i < exact->n; i++)
        cp[i] &= ~SILENT;
}

static bool is_any_of(uint32_t c, uint32_t a, uint32_t b, uint32_t d)
{
    return c == a || c == b || c == d;
}

bool silent_yeh(struct view source, size_t half_space_at, size_t at)
{
    if (half_space_at < 2 || at + 2 > source.n) return false;
    size_t before = half_space_at - 2, behind = at;
    if (!is_any_of(utf8_next(source, &before), 0x0647, 0x06D5, 0x06C1)) return false;
    if (before != half_space_at) return false;
    if (!is_any_of(utf8_next(source, &behind), 0x06CC, 0x064A, 0x0649)) return false;
    if (behind == source.n) return true;
    return !(class_of(utf8_next(source, &behind)) & (CLASS_WORD | CLASS_FLUID));
}

/* ---- Folded ------------------------------------------------------------------------------ */

/* Three or more equal letters are one. */
static inline void put_folded(struct form_writer *w, uint32_t *run, uint32_t c, uint32_t from)
{
    bool again = w->n && w->cp[w->n - 1] == c;
    *run = again ? *run + 1 : 1;
    if (UNLIKELY(*run >= 3) && class_of(c) & CLASS_LETTER) {
        if (*run == 3) w->n--;
        return;
    }
    writer_put(w, c, from);
}

/* A spacing accent (´ ᾽) comes out of NFKC as a space with a mark: people type it as apostrophe. A
 * space with a mark behind it looks the same there, so the source is asked. */
static inline bool spacing_accent(struct view source, const struct form *exact, uint32_t i)
{
    if (exact->cp[i] != ' ' || i + 1 >= exact->n || exact->from[i] != exact->from[i + 1] ||
        !is_any_of(exact->cp[i + 1], 0x301, 0x313, 0x314))
        return false;
    size_t at = exact->from[i];
    uint32_t c = utf8_next(source, &at);
    return c == 0xB4 || c == 0x384 || (c >= 0x1FBD && c <= 0x1FFE);
}

static inline void fold_one(struct form_writer *w, uint32_t *run, uint32_t c, uint32_t from)
{
    uint32_t entry = fold_of(c);
    switch (fold_kind_of(entry)) {
    case FOLD_SELF: put_folded(w, run, c, from); return;
    case FOLD_ONE: put_folded(w, run, entry_payload(entry), from); return;
    case FOLD_DROP: return;
    case FOLD_SEQUENCE: break;
    }
    const uint32_t *sequence = k_sequences + entry_payload(entry);
    for (uint32_t i = 1; i <= sequence[0]; i++)
        put_folded(w, run, sequence[i], from);
}

rc folded_form(struct view source, const struct form *exact, struct arena *mem, struct form *out)
{
    struct form_writer w = {.mem = mem};
    TRY(writer_reserve(&w, exact->n + LONGEST_MAPPING + 2));
    uint32_t run = 0;
    for (uint32_t i = 0; i < exact->n; i++) {
        uint32_t c = exact->cp[i];
        if (c & SILENT) continue;
        TRY(writer_reserve(&w, LONGEST_MAPPING + 2));
        if (UNLIKELY(spacing_accent(source, exact, i))) c = '\'';
        fold_one(&w, &run, c, exact->from[i]);
    }
    writer_finish(&w, source, out);
    return OK;
}
