/* SPDX-License-Identifier: Apache-2.0
 * Where the words, numbers and emoji of an exact form are.
 *
 *   - letters and marks in a row are a word; hyphens, underscores and other signs part words
 *   - an apostrophe inside a word belongs to it (the folded form leaves it out: don't -> dont),
 *     except behind the words of elisions.tsv: l'eau -> l, eau
 *   - two or more digits at the edge of a word are a number of their own: covid19 -> covid, 19;
 *     100km -> 100, km. One digit stays: h1n1, 5g, mp3. Between Arabic letters and digits always
 *   - digits with . , ' ٫ ٬ between them are one number, when they can be one: 3,500.5;
 * not 12.3.2021
 *   - #OneTwo is One, Two; #one_two is one, two
 *   - three or more single letters with the same separator are one word: "b a l l", "t_o_w"; with
 *     points, two are enough: U.S.
 *   - scripts without spaces are cut by ICU's dictionary (Unicode Standard Annex 29), opened for
 *     the call at the first such letter; single letters in a row there become overlapping pairs */
#include "text/tables_int.h"
#include "text/text_int.h"

#include <unicode/ubrk.h>
#include <unicode/utf16.h>

struct scan {
    struct view source;
    const uint32_t *cp, *from;
    uint32_t n, at;
    enum lang lang;
    struct arena *mem;
    struct piece *pieces;
    uint32_t n_pieces, cap, most;
    bool cut, hashtag;
    uint32_t parted_to; /* digits before this are no one number with what follows them */
    UBreakIterator *words;
};

static uint32_t cp_at(const struct scan *s, uint32_t i)
{
    return i < s->n ? s->cp[i] & ~SILENT : 0;
}

static unsigned class_at(const struct scan *s, uint32_t i)
{
    return i < s->n ? class_of(s->cp[i] & ~SILENT) : 0;
}

static rc put_piece(struct scan *s, enum token_kind kind, uint32_t from, uint32_t to)
{
    if (s->n_pieces == s->most) {
        s->cut = true;
        s->at = s->n;
        return OK;
    }
    if (s->n_pieces == s->cap) {
        uint32_t cap = s->cap ? s->cap * 2 : s->n / 5 + 8;
        struct piece *more;
        TRY(arena_array_raw(s->mem, cap, &more));
        for (uint32_t i = 0; i < s->n_pieces; i++)
            more[i] = s->pieces[i];
        s->pieces = more;
        s->cap = cap;
    }
    s->pieces[s->n_pieces++] = (struct piece){
        .kind = kind, .flags = s->hashtag ? TOKEN_HASHTAG : 0, .from = from, .to = to};
    return OK;
}

/* ---- Numbers ----------------------------------------------------------------------------- */

static bool is_apostrophe(uint32_t c)
{
    return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x2BC || c == '`';
}

static bool is_number_separator(uint32_t c)
{
    return c == '.' || c == ',' || c == 0x66B || c == 0x66C || c == '\'' || c == 0x2019;
}

static uint32_t digits_end(const struct scan *s, uint32_t i)
{
    while (class_at(s, i) & CLASS_DIGIT)
        i++;
    return i;
}

/* Digits and separators from i, if they can be one number: groups of three behind the same
 * separator, then at most one other separator. Otherwise (a date, a version) the first digits only,
 * and so for those that follow. */
static uint32_t number_end(struct scan *s, uint32_t i)
{
    uint32_t first = digits_end(s, i), end = first, grouping = 0;
    bool decimals = false, parted = i < s->parted_to;
    while (is_number_separator(cp_at(s, end)) && class_at(s, end + 1) & CLASS_DIGIT) {
        uint32_t separator = cp_at(s, end), next = digits_end(s, end + 1);
        bool group = next - end == 4 && first - i <= 3 && (!grouping || separator == grouping);
        parted |= decimals || (!group && separator == grouping);
        if (group)
            grouping = separator;
        else
            decimals = true;
        end = next;
    }
    if (parted && end > s->parted_to) s->parted_to = end;
    return parted ? first : end;
}

static rc scan_number(struct scan *s)
{
    uint32_t from = s->at;
    s->at = number_end(s, from);
    return put_piece(s, TOKEN_NUMBER, from, s->at);
}

/* ---- Spaced-out letters ------------------------------------------------------------------ */

/* End of the single letter at i with its marks; i when there is none. */
static uint32_t single_letter_end(const struct scan *s, uint32_t i)
{
    unsigned class = class_at(s, i);
    if (!(class & CLASS_LETTER) || class & CLASS_NO_SPACES) return i;
    uint32_t end = i + 1;
    while (class_at(s, end) & CLASS_MARK)
        end++;
    return class_at(s, end) & CLASS_WORD ? i : end;
}

static bool separates(const struct scan *s, uint32_t i)
{
    return i < s->n && !(class_at(s, i) & (CLASS_WORD | CLASS_EMOJI)) &&
           !is_apostrophe(cp_at(s, i));
}

/* Whether the letter that ends at `end` begins a run with a separator of its own: in "m a n b*a*d"
 * the b belongs to what follows. */
static bool begins_other_run(const struct scan *s, uint32_t end, uint32_t separator)
{
    uint32_t other = cp_at(s, end);
    return separator == ' ' && other != ' ' && other != '.' && other != ',' && separates(s, end) &&
           single_letter_end(s, end + 1) > end + 1;
}

/* End of the spaced-out word that begins at the single letter [i, end); `end` when there is none.
 */
static uint32_t spaced_end(const struct scan *s, uint32_t end)
{
    uint32_t separator = cp_at(s, end), n = 1, last = end;
    if (!separates(s, end)) return end;
    while (cp_at(s, last) == separator && last < s->n) {
        uint32_t next = single_letter_end(s, last + 1);
        if (next == last + 1 || begins_other_run(s, next, separator)) break;
        last = next;
        n++;
    }
    return n >= 3 || (n == 2 && separator == '.') ? last : end;
}

/* ---- Words ------------------------------------------------------------------------------- */

/* Class of the source's code point behind an exact one: the exact form has no capitals. */
static unsigned source_class(const struct scan *s, uint32_t i)
{
    size_t pos = s->from[i];
    return pos < s->source.n ? class_of(utf8_next(s->source, &pos)) : 0;
}

static bool hump(const struct scan *s, uint32_t i, uint32_t to)
{
    if (!(source_class(s, i) & CLASS_UPPER)) return false;
    if (source_class(s, i - 1) & CLASS_LOWER) return true;
    return i + 1 < to && source_class(s, i + 1) & CLASS_LOWER;
}

static rc put_word(struct scan *s, uint32_t from, uint32_t to)
{
    if (s->hashtag)
        for (uint32_t i = from + 2; i + 1 < to; i++)
            if (hump(s, i, to)) {
                TRY(put_piece(s, TOKEN_WORD, from, i));
                from = i;
                i++;
            }
    return put_piece(s, TOKEN_WORD, from, to);
}

static bool elides(const struct scan *s, uint32_t from, uint32_t to)
{
    unsigned mask = s->lang == LANG_UNKNOWN || s->lang == LANG_OTHER ? ~0u : 1u << s->lang;
    uint8_t word[64];
    size_t n = 0;
    if (to - from > 8) return false;
    for (uint32_t i = from; i < to; i++)
        n += utf8_put(cp_at(s, i), word + n);
    return (word_known(text_key(view_of(word, n)))->elides & mask) != 0;
}

/* Whether the digits at i, behind letters, begin a number of their own. */
static bool digits_leave(const struct scan *s, uint32_t i)
{
    uint32_t end = digits_end(s, i);
    if (!(class_at(s, i - 1) & (CLASS_LATIN | CLASS_MARK))) return true;
    return end - i >= 2 && !(class_at(s, end) & CLASS_LETTER);
}

static rc scan_word(struct scan *s)
{
    uint32_t from = s->at, i = from;
    for (; i < s->n; i++) {
        unsigned class = class_at(s, i);
        if (class & CLASS_NO_SPACES) break;
        if (is_apostrophe(cp_at(s, i))) {
            if (i == from || !(class_at(s, i + 1) & CLASS_LETTER)) break;
            if (elides(s, from, i)) {
                s->at = i + 1;
                return put_word(s, from, i);
            }
        } else if (class & CLASS_DIGIT) {
            bool first = i == from || class_at(s, i - 1) & CLASS_DIGIT;
            if (!first && digits_leave(s, i)) break;
        } else if (!(class & CLASS_WORD)) {
            break;
        }
    }
    s->at = i;
    return put_word(s, from, i);
}

/* ---- Scripts without spaces -------------------------------------------------------------- */

static rc open_breaks(struct scan *s, const UChar *text, int32_t n)
{
    UErrorCode status = U_ZERO_ERROR;
    if (!s->words)
        s->words = ubrk_open(UBRK_WORD, "", text, n, &status);
    else
        ubrk_setText(s->words, text, n, &status);
    if (U_FAILURE(status))
        return FAIL(E_MEMORY, "text: no word boundaries from ICU: %s", u_errorName(status));
    return OK;
}

/* A single letter that waits to see whether another one follows. */
struct single {
    uint32_t at; /* UINT32_MAX: none */
    bool paired; /* stands in a pair already */
};

static rc put_waiting(struct scan *s, struct single *w)
{
    uint32_t at = w->at;
    w->at = UINT32_MAX;
    if (at == UINT32_MAX || w->paired) return OK;
    return put_piece(s, TOKEN_WORD, at, at + 1);
}

/* A piece that the dictionary gave; single letters in a row become overlapping pairs. */
static rc put_cut(struct scan *s, uint32_t from, uint32_t to, struct single *w)
{
    if (to - from > 1) {
        TRY(put_waiting(s, w));
        return put_piece(s, TOKEN_WORD, from, to);
    }
    struct single before = *w;
    *w = (struct single){.at = from, .paired = before.at != UINT32_MAX};
    return w->paired ? put_piece(s, TOKEN_WORD, before.at, to) : OK;
}

static rc scan_without_spaces(struct scan *s)
{
    uint32_t from = s->at, to = from;
    struct single waiting = {.at = UINT32_MAX};
    while (class_at(s, to) & CLASS_NO_SPACES || (to > from && class_at(s, to) & CLASS_MARK))
        to++;
    UChar *text;
    TRY(arena_array_raw(s->mem, 2 * (size_t)(to - from), &text));
    int32_t n = 0;
    for (uint32_t i = from; i < to; i++)
        U16_APPEND_UNSAFE(text, n, cp_at(s, i));
    TRY(open_breaks(s, text, n));
    s->at = to;
    uint32_t at = from;
    for (int32_t cut = ubrk_first(s->words), unit = 0; cut != UBRK_DONE && !s->cut;
         cut = ubrk_next(s->words)) {
        uint32_t begin = at;
        for (; unit < cut; at++)
            unit += U16_LENGTH(cp_at(s, at));
        if (at > begin) TRY(put_cut(s, begin, at, &waiting));
    }
    return put_waiting(s, &waiting);
}

/* ---- All --------------------------------------------------------------------------------- */

static rc scan_emoji(struct scan *s, unsigned class)
{
    uint32_t from = s->at++;
    if (class & CLASS_REGION && class_at(s, s->at) & CLASS_REGION) s->at++;
    return put_piece(s, TOKEN_EMOJI, from, s->at);
}

static void scan_sign(struct scan *s)
{
    uint32_t c = cp_at(s, s->at);
    bool opens = (c == '#' || c == '@') && class_at(s, s->at + 1) & CLASS_WORD;
    if (opens && s->at > 0 && class_at(s, s->at - 1) & CLASS_WORD) opens = false;
    s->hashtag = opens || (s->hashtag && c == '_');
    s->at++;
}

static rc scan_one(struct scan *s)
{
    unsigned class = class_at(s, s->at);
    if (is_apostrophe(cp_at(s, s->at))) class = 0;
    if (class & CLASS_NO_SPACES && class & CLASS_LETTER) return scan_without_spaces(s);
    if (class & CLASS_LETTER) {
        uint32_t end = single_letter_end(s, s->at), spaced = spaced_end(s, end);
        if (end == s->at || spaced == end) return scan_word(s);
        uint32_t from = s->at;
        s->at = spaced;
        return put_piece(s, TOKEN_WORD, from, spaced);
    }
    if (class & CLASS_DIGIT) {
        bool one = digits_end(s, s->at) == s->at + 1;
        bool word = one && class_at(s, s->at + 1) & CLASS_LATIN;
        return word ? scan_word(s) : scan_number(s);
    }
    if (class & CLASS_EMOJI) return scan_emoji(s, class);
    scan_sign(s);
    return OK;
}

rc scan_pieces(struct view source, const struct form *exact, enum lang lang, uint32_t most,
               struct arena *mem, const struct piece **out, uint32_t *out_n, bool *out_cut)
{
    struct scan s = {.source = source,
                     .cp = exact->cp,
                     .from = exact->from,
                     .n = exact->n,
                     .lang = lang,
                     .mem = mem,
                     .most = most};
    rc result = OK;
    while (s.at < s.n && ok(result))
        result = scan_one(&s);
    if (s.words) ubrk_close(s.words);
    TRY(result);
    *out = s.pieces;
    *out_n = s.n_pieces;
    *out_cut = s.cut;
    return OK;
}
