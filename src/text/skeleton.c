/* SPDX-License-Identifier: Apache-2.0
 * The skeleton: letters and digits only, equal letters in a row as one, leet read as letters.
 *
 * Two ways that give the same. The short one goes from the source by one table, once over the
 * bytes; a code point whose neighbours decide what it becomes (jamo, marks that stay, spacing
 * accents) sends the whole text the long way, by the exact and the folded form. */
#include "text/tables_int.h"
#include "text/text_int.h"

struct skeleton {
    uint32_t *cp, *from;
    uint32_t n;
    uint32_t word; /* where the word began */
    bool signs;    /* the word has digits or signs that may be letters */
    uint32_t n_words,
        n_leet; /* words; and 2 for each that is leet beyond doubt, 1 for a likely one */
    bool any_sure;
    bool leet_text; /* second reading: so many are leet that doubts count as leet */
};

static inline void put_letter(struct skeleton *s, uint32_t c, uint32_t from)
{
    if (s->n && s->cp[s->n - 1] == c) return;
    s->cp[s->n] = c;
    s->from[s->n++] = from;
}

static inline void put_sign(struct skeleton *s, uint32_t c, uint32_t from)
{
    s->cp[s->n] = c;
    s->from[s->n++] = from;
    s->signs = true;
}

/* ---- Leet -------------------------------------------------------------------------------- */

struct word_shape {
    uint32_t n_groups, n_letters; /* groups of digits */
    bool latin;
};

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_latin(uint32_t c)
{
    return c >= 'a' && c <= 'z';
}

static struct word_shape shape_of(const uint32_t *cp, uint32_t n)
{
    struct word_shape shape = {0};
    for (uint32_t i = 0; i < n; i++) {
        shape.latin |= is_latin(cp[i]);
        shape.n_letters += !is_digit(cp[i]);
        shape.n_groups += is_digit(cp[i]) && (i == 0 || !is_digit(cp[i - 1]));
    }
    return shape;
}

/* "70" for "to", "4" for "a": a number that spells a function word. */
static bool spells_word(const uint32_t *cp, uint32_t n)
{
    enum { LETTERS_MOST = 4 };
    uint8_t word[LETTERS_MOST];
    if (n > LETTERS_MOST) return false;
    for (uint32_t i = 0; i < n; i++)
        word[i] = k_leet[cp[i]];
    if (n == 1) return word[0] == 'a';
    unsigned stop = word_known(text_key(view_of(word, n)))->stop;
    return (stop & (1u << LANG_EN | 1u << LANG_ES)) != 0;
}

/* Whether the digits [i, j) of a word of n code points are letters; the rules are in leet.tsv. */
static bool group_is_leet(const uint32_t *cp, uint32_t n, uint32_t i, uint32_t j,
                          struct word_shape shape, bool leet_text)
{
    for (uint32_t k = i; k < j; k++)
        if (!k_leet[cp[k]]) return false;
    if (!shape.latin) return leet_text && j - i == n && spells_word(cp, n);
    if (leet_text || shape.n_groups > 1 || j - i == 1 || (i > 0 && j < n)) return true;
    return i > 0 && j - i == 2 && cp[i] == cp[i + 1] &&
           (cp[i] == '0' || cp[i] == '3' || cp[i] == '5');
}

static bool sign_is_letter(const uint32_t *cp, uint32_t n, uint32_t i, struct word_shape shape)
{
    if (!shape.latin || i + 1 >= n) return false;
    if (cp[i] == '@') return i > 0;
    return is_latin(cp[i + 1]);
}

static inline void put_digit(struct skeleton *s, uint32_t c, uint32_t from, bool leet)
{
    if (leet) {
        put_letter(s, k_leet[c], from);
    } else {
        s->cp[s->n] = c;
        s->from[s->n++] = from;
    }
}

/* Writes the word again with its leet read. */
static void read_leet(struct skeleton *s)
{
    uint32_t n = s->n - s->word;
    uint32_t *cp = s->cp + s->word, *from = s->from + s->word;
    struct word_shape shape = shape_of(cp, n);
    bool sure = false, likely = false, h1n1 = !is_digit(cp[0]) && shape.n_letters == shape.n_groups;
    s->n = s->word;
    for (uint32_t i = 0, j; i < n; i = j) {
        j = i + 1;
        if (!is_digit(cp[i])) {
            bool sign = cp[i] < 128 && k_leet[cp[i]];
            if (!sign || sign_is_letter(cp, n, i, shape))
                put_letter(s, sign ? k_leet[cp[i]] : cp[i], from[i]);
            continue;
        }
        while (j < n && is_digit(cp[j]))
            j++;
        bool leet = group_is_leet(cp, n, i, j, shape, s->leet_text);
        sure |= leet && i > 0 && j < n && !h1n1;
        likely |= leet && !h1n1;
        for (uint32_t k = i; k < j; k++)
            put_digit(s, cp[k], from[k], leet);
    }
    s->n_leet += sure ? 2 : likely;
    s->any_sure |= sure;
}

static inline void end_word(struct skeleton *s)
{
    if (UNLIKELY(s->signs)) {
        read_leet(s);
        s->signs = false;
    }
    s->n_words += s->n > s->word;
    s->word = s->n;
}

/* ---- The long way ------------------------------------------------------------------------ */

/* A code point of the folded form. */
static inline void put_folded_one(struct skeleton *s, uint32_t c, uint32_t from)
{
    uint32_t entry = skeleton_of(c);
    switch (skeleton_kind_of(entry)) {
    case SKELETON_BREAK: end_word(s); break;
    case SKELETON_LETTER: put_letter(s, entry_payload(entry), from); break;
    case SKELETON_DIGIT:
    case SKELETON_SIGN: put_sign(s, entry_payload(entry), from); break;
    case SKELETON_SELF:
    case SKELETON_MARK:
    case SKELETON_SLOW: put_letter(s, c, from); break;
    case SKELETON_DROP:
    case SKELETON_HALF_SPACE:
    case SKELETON_SEQUENCE: break; /* no code point of the folded form has one */
    }
}

static rc skeleton_begin(uint32_t n, struct arena *mem, struct skeleton *s)
{
    *s = (struct skeleton){0};
    TRY(arena_array_raw(mem, n, &s->cp));
    return arena_array_raw(mem, n, &s->from);
}

/* Ends the reading; true when the text has to be read again as leet. */
static bool is_leet_text(struct skeleton *s)
{
    enum { AT_LEAST = 4, ONE_IN = 8 };
    end_word(s);
    if (s->leet_text || !s->any_sure || s->n_leet < AT_LEAST || s->n_leet * ONE_IN < s->n_words)
        return false;
    *s = (struct skeleton){.cp = s->cp, .from = s->from, .leet_text = true};
    return true;
}

static void skeleton_finish(struct skeleton *s, struct view source, struct form *out)
{
    s->from[s->n] = s->n ? form_end(source, s->from[s->n - 1]) : 0;
    *out = (struct form){.n = s->n, .cp = s->cp, .from = s->from};
}

rc skeleton_form(struct view source, const struct form *folded, struct arena *mem, struct form *out)
{
    struct skeleton s;
    TRY(skeleton_begin(folded->n + 1, mem, &s));
    do
        for (uint32_t i = 0; i < folded->n; i++)
            put_folded_one(&s, folded->cp[i], folded->from[i]);
    while (is_leet_text(&s));
    skeleton_finish(&s, source, out);
    return OK;
}

static rc skeleton_slowly(struct view source, struct arena *mem, struct form *out)
{
    struct form exact, folded;
    TRY(exact_form(source, mem, &exact));
    TRY(folded_form(source, &exact, mem, &folded));
    return skeleton_form(source, &folded, mem, out);
}

/* ---- The short way ----------------------------------------------------------------------- */

/* The rarer kinds. False when only the long way knows. */
static bool put_rare(struct skeleton *s, struct view source, uint32_t entry, size_t at, size_t *pos,
                     uint32_t cap)
{
    enum skeleton_kind kind = skeleton_kind_of(entry);
    if (kind == SKELETON_DIGIT || kind == SKELETON_SIGN || kind == SKELETON_BREAK) {
        if (kind == SKELETON_BREAK)
            end_word(s);
        else
            put_sign(s, entry_payload(entry), (uint32_t)at);
        return true;
    }
    if (kind == SKELETON_HALF_SPACE) {
        if (silent_yeh(source, at, *pos)) (void)utf8_next(source, pos);
        return true;
    }
    if (kind != SKELETON_SEQUENCE) return false;
    const uint32_t *sequence = k_sequences + entry_payload(entry);
    if (s->n + sequence[0] + (source.n - *pos) >= cap) return false;
    for (uint32_t i = 1; i <= sequence[0]; i++)
        put_folded_one(s, sequence[i], (uint32_t)at);
    return true;
}

/* False when only the long way knows. The loop of the near-copy path: the last letter and the count
 * are kept in registers, and given to *s where something rarer needs them. */
static bool skeleton_quickly(struct view source, struct skeleton *s, uint32_t cap)
{
    uint32_t *cp = s->cp, *from = s->from, n = s->n, last = 0;
    for (size_t pos = 0; pos < source.n;) {
        size_t at = pos;
        uint32_t c = next_short(source, &pos);
        uint32_t entry = skeleton_of(c);
        enum skeleton_kind kind = skeleton_kind_of(entry);
        if (LIKELY(kind == SKELETON_LETTER || kind == SKELETON_SELF)) {
            if (kind == SKELETON_LETTER) c = entry_payload(entry);
            cp[n] = c;
            from[n] = (uint32_t)at;
            n += c != last;
            last = c;
        } else if (kind != SKELETON_DROP && (kind != SKELETON_BREAK || s->signs)) {
            s->n = n;
            if (!put_rare(s, source, entry, at, &pos, cap)) return false;
            n = s->n;
            last = n ? cp[n - 1] : 0;
        } else if (kind == SKELETON_BREAK) {
            s->n_words += n > s->word;
            s->word = n;
        }
    }
    s->n = n;
    return true;
}

rc text_skeleton(struct view source, const struct text_limits *limits, struct arena *mem,
                 struct form *out)
{
    enum { SPARE = 64 };
    TRY(check_size(source, limits));
    struct skeleton s;
    uint32_t cap = (uint32_t)source.n + SPARE;
    TRY(skeleton_begin(cap, mem, &s));
    do
        if (!skeleton_quickly(source, &s, cap)) return skeleton_slowly(source, mem, out);
    while (is_leet_text(&s));
    skeleton_finish(&s, source, out);
    return OK;
}
