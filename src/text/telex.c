/* SPDX-License-Identifier: Apache-2.0
 * Vietnamese typed by the Telex rules that nothing turned into letters: "Vieejt Nam", "ddaay laf".
 *
 * A word is read as a syllable, onset? nucleus coda?, with one tone letter behind the nucleus or at
 * the end ("vofng" and "vongf"; not "hofa": too many names look like it), and a w behind a vowel.
 * What the signs stand for is no letter of the skeleton, so
 * they are left out; a doubled letter is one there anyway. */
#include "text/tables_int.h"
#include "text/text_int.h"

#include <string.h>

enum { SYLLABLE_MOST = 14 };

struct syllable {
    uint8_t letter[SYLLABLE_MOST];
    uint32_t n;
    uint32_t dropped; /* bit i: letter i is a sign */
    uint32_t n_signs, n_tones;
};

static bool in_mask(uint32_t mask, uint8_t c)
{
    return (mask >> (c - 'a') & 1) != 0;
}

/* Length of an entry when it stands at `at`. */
static uint32_t fits(const struct syllable *s, uint32_t at, const char *entry)
{
    size_t n = strlen(entry);
    return n <= s->n - at && memcmp(s->letter + at, entry, n) == 0 ? (uint32_t)n : 0;
}

static void take_sign(struct syllable *s, uint32_t i)
{
    s->dropped |= 1u << i;
    s->n_signs++;
    s->n_tones += in_mask(k_telex_tones, s->letter[i]);
}

/* Takes vowels and signs from `at`; returns where they end, or `at` when there is no vowel. */
static uint32_t take_nucleus(struct syllable *s, uint32_t at)
{
    uint32_t i = at, n_vowels = 0;
    for (; i < s->n; i++) {
        uint8_t c = s->letter[i];
        if (in_mask(k_telex_vowels, c)) {
            if (s->n_tones) return at;
            n_vowels++;
            s->n_signs += i > at && c == s->letter[i - 1];
        } else if (n_vowels && (in_mask(k_telex_tones, c) || in_mask(k_telex_horns, c))) {
            take_sign(s, i);
        } else {
            break;
        }
    }
    return n_vowels >= 1 && n_vowels <= 5 ? i : at;
}

/* Whether behind the nucleus there is at most a coda, and then signs. */
static bool take_rest(struct syllable *s, uint32_t at)
{
    for (const char *const *coda = k_telex_codas; at < s->n && *coda; coda++) {
        uint32_t n = fits(s, at, *coda);
        if (!n) continue;
        at += n;
        break;
    }
    for (; at < s->n; at++) {
        if (!in_mask(k_telex_tones | k_telex_horns, s->letter[at])) return false;
        take_sign(s, at);
    }
    return s->n_tones <= 1 && s->n_signs >= 1;
}

static bool read_from(struct syllable *s, uint32_t onset)
{
    s->dropped = s->n_signs = s->n_tones = 0;
    s->n_signs += onset >= 2 && s->letter[0] == 'd' && s->letter[1] == 'd';
    uint32_t rest = take_nucleus(s, onset);
    return rest > onset && take_rest(s, rest);
}

/* Whether the letters are a syllable with at least one sign; fills in which letters are signs. */
static bool read_syllable(struct syllable *s)
{
    for (const char *const *onset = k_telex_onsets; *onset; onset++) {
        uint32_t n = fits(s, 0, *onset);
        if (n && read_from(s, n)) return true;
    }
    return read_from(s, 0);
}

/* ---- Over a text ------------------------------------------------------------------------- */

static bool is_letter(uint32_t c)
{
    return c >= 'a' && c <= 'z';
}

static uint32_t word_end(const struct form *folded, uint32_t i)
{
    while (i < folded->n && is_letter(folded->cp[i]))
        i++;
    return i;
}

static bool read_word(const struct form *folded, uint32_t from, uint32_t to, struct syllable *s)
{
    *s = (struct syllable){.n = to - from};
    if (to - from > SYLLABLE_MOST || to - from < 2) return false;
    for (uint32_t i = from; i < to; i++)
        s->letter[i - from] = (uint8_t)folded->cp[i];
    return read_syllable(s);
}

/* A tone letter alone behind a word and its comma or quotation mark: typed too late ("minh,f"). */
static bool is_late_tone(const struct form *folded, uint32_t from, uint32_t to)
{
    enum { SIGNS_BETWEEN = 3 };
    if (to - from != 1 || !in_mask(k_telex_tones, (uint8_t)folded->cp[from])) return false;
    for (uint32_t i = from; i > 0 && from - i <= SIGNS_BETWEEN; i--) {
        if (folded->cp[i - 1] == ' ') return false;
        if (is_letter(folded->cp[i - 1])) return true;
    }
    return false;
}

/* Bits of the letters of the word [from, to) that are signs. */
static uint32_t signs_of(const struct form *folded, uint32_t from, uint32_t to)
{
    struct syllable s;
    if (is_late_tone(folded, from, to)) return 1;
    return read_word(folded, from, to, &s) ? s.dropped : 0;
}

/* The folded form without its signs. */
static rc read_signs(const struct form *folded, struct arena *mem, struct form *out)
{
    uint32_t *cp, *from, n = 0;
    TRY(arena_array_raw(mem, folded->n + 1, &cp));
    TRY(arena_array_raw(mem, folded->n + 1, &from));
    for (uint32_t i = 0, end = 0, word = 0, signs = 0; i < folded->n; i++) {
        if (i >= end) {
            word = i;
            end = word_end(folded, i);
            signs = end > i ? signs_of(folded, i, end) : 0;
        }
        if (i - word < SYLLABLE_MOST && signs >> (i - word) & 1) continue;
        cp[n] = folded->cp[i];
        from[n++] = folded->from[i];
    }
    from[n] = folded->from[folded->n];
    *out = (struct form){.n = n, .cp = cp, .from = from};
    return OK;
}

rc text_skeleton_telex(struct view source, const struct text_limits *limits, struct arena *mem,
                       struct form *out)
{
    TRY(check_size(source, limits));
    struct form exact, folded, plain;
    TRY(exact_form(source, mem, &exact));
    TRY(folded_form(source, &exact, mem, &folded));
    TRY(read_signs(&folded, mem, &plain));
    return skeleton_form(source, &plain, mem, out);
}

static bool forms_look_like_telex(const struct form *exact, const struct form *folded)
{
    uint32_t n_words = 0, n_signed = 0, n_accented = 0;
    for (uint32_t i = 0; i < exact->n; i++)
        n_accented += (class_of(exact->cp[i] & ~SILENT) & CLASS_ACCENTED) != 0;
    for (uint32_t i = 0; i < folded->n; i++) {
        uint32_t end = word_end(folded, i);
        struct syllable s;
        n_words += end >= i + 2;
        n_signed += read_word(folded, i, end, &s);
        if (end > i) i = end - 1;
    }
    return n_signed >= 3 && n_signed * 2 >= n_words && n_accented * 10 <= n_words;
}

bool text_looks_like_telex(const struct text *text)
{
    return forms_look_like_telex(&text->exact, &text->folded);
}
