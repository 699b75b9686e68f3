/* SPDX-License-Identifier: Apache-2.0
 * Between the files of text only. */
#ifndef SANAD_TEXT_INT_H
#define SANAD_TEXT_INT_H

#include "text/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Byte of the source behind code point end - 1. Code points that came from one place share it, so
 *  from[end] may be where that place begins. */
static inline uint32_t form_behind(const struct form *form, uint32_t end)
{
    while (end > 0 && end < form->n && form->from[end] == form->from[end - 1])
        end++;
    return form->from[end];
}

/** What lexicon_at found out about the word that begins at a code point, for the searches that come
 *  behind: it is the same in all tables. All zero: nothing yet. */
struct read_word {
    uint64_t hash;
    uint32_t end;
};

/** numbers.c: numbers of an exact form, in order, not overlapping. Spans in bytes of the source.
 *  words: for each code point, shared by the searches of one text, or NULL.
 *  lang decides words, and which of "." and "," groups thousands. Words inside URLs are skipped:
 *  skip holds n_skip byte spans (pairs from, to) in order. */
MUST rc find_numbers(const struct form *exact, enum lang lang, struct read_word *words,
                     const uint32_t *skip, uint32_t n_skip, struct arena *mem,
                     const struct number **out, uint32_t *out_n);

/** negation.c: cues of an exact form, in order, not overlapping. LANG_UNKNOWN: cues of all
 *  languages that cannot be mistaken. */
MUST rc find_negations(const struct form *exact, enum lang lang, struct read_word *words,
                       struct arena *mem, const struct negation **out, uint32_t *out_n);

/** negation.c: words that say something else is false ("fake", "bulo", "شایعه", "tin giả"), in
 *  order, not overlapping. They do not turn their own sentence round. */
MUST rc find_refutations(const struct form *exact, enum lang lang, struct read_word *words,
                         struct arena *mem, const struct negation **out, uint32_t *out_n);

/** url.c: spans of URLs in running text with their canonical forms ("https://…", "www.…",
 *  "name.tld/path" with a known public suffix). */
MUST rc find_urls(struct view source, struct arena *mem, const struct found_url **out,
                  uint32_t *out_n);

/** Set on a code point of an exact form that reading uses in between: it is in no other form (the
 * yeh of an ezafe: "خانه‌ی" reads like "خانهٔ"). exact_finish takes the marks off. */
#define SILENT 0x80000000u

/** forms.c: the exact form, silent marks still in it. */
MUST rc exact_form(struct view source, struct arena *mem, struct form *out);
/** forms.c: takes the silent marks off. */
void exact_finish(struct form *exact);
/** forms.c: the folded form of an exact form with its silent marks. */
MUST rc folded_form(struct view source, const struct form *exact, struct arena *mem,
                    struct form *out);
/** forms.c: where the code point at byte `at` ends, with the marks and invisible characters behind
 *  it. */
uint32_t form_end(struct view source, uint32_t at);
/** forms.c: whether the half-space before byte `at` and the yeh at it write an ezafe. */
bool silent_yeh(struct view source, size_t half_space_at, size_t at);
/** forms.c: E_LIMIT with the limit in the message. */
MUST rc check_size(struct view source, const struct text_limits *limits);
/** skeleton.c: the skeleton of a folded form. */
MUST rc skeleton_form(struct view source, const struct form *folded, struct arena *mem,
                      struct form *out);

/** text_key byte by byte: from KEY_SEED by key_add to key_end. */
#define KEY_SEED 0xCBF29CE484222325u
static inline uint64_t key_add(uint64_t h, uint8_t byte)
{
    return (h ^ byte) * 0x100000001B3u;
}
static inline uint64_t key_end(uint64_t h)
{
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9u;
    h = (h ^ h >> 27) * 0x94D049BB133111EBu;
    h ^= h >> 31;
    return h ? h : 1;
}
/** The bytes of utf8_put, in line for what is short. */
static inline uint32_t put_short(uint32_t c, uint8_t out[4])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xC0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3F));
        return 2;
    }
    return (uint32_t)utf8_put(c, out);
}
/** utf8_next with what is short in line. */
static inline uint32_t next_short(struct view v, size_t *pos)
{
    const uint8_t *p = v.p + *pos;
    if (LIKELY(p[0] < 0x80)) {
        ++*pos;
        return p[0];
    }
    if (p[0] >= 0xC2 && p[0] < 0xE0 && v.n - *pos >= 2 && (p[1] & 0xC0) == 0x80) {
        *pos += 2;
        return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    }
    return utf8_next(v, pos);
}

struct known_word;
/** words.c: what the word lists say about a word; all zero when nothing. Static. */
const struct known_word *word_known(uint64_t key);

/** A stretch of the exact form that becomes a token. */
struct piece {
    enum token_kind kind;
    uint32_t flags;    /* TOKEN_HASHTAG */
    uint32_t from, to; /* code points of the exact form */
};
/** scan.c: the pieces of an exact form with its silent marks, in order. *out_cut tells whether
 * there were more than `most`. */
MUST rc scan_pieces(struct view source, const struct form *exact, enum lang lang, uint32_t most,
                    struct arena *mem, const struct piece **out, uint32_t *out_n, bool *out_cut);

struct sb_stemmer;
/** words.c: stems of one text; opens the stemmer of the language when it is first needed (about
 * half a microsecond), so that threads share nothing. */
struct stems {
    enum lang lang;
    struct sb_stemmer *snowball;
};
void stems_done(struct stems *s);
/** The stem of a word.
 *  exact   its code points without apostrophes
 *  folded  UTF-8; the result is a copy in mem, or folded itself */
MUST rc stem_word(struct stems *s, const uint32_t *exact, uint32_t n_exact, bool accented,
                  struct view folded, struct arena *mem, struct view *out);

/** tokens.c: tokens from the exact form with its silent marks; t has language, exact form and the
 *  spans of URLs; those of negations are put in later by tokens_mark. */
MUST rc tokens_read(struct text *t, uint32_t most, struct arena *mem, struct token **out);
void tokens_mark_negations(const struct text *t, struct token *tokens);

/** lang.c: language of an exact form. */
enum lang detect_exact(const struct form *exact);

/** lang_cld2.cpp: CLD2's answer to well-formed UTF-8, LANG_UNKNOWN when it is not reliable. It
 * looks at bytes behind the text, so there is room for CLD2_BEHIND of them, which become 0: one
 * text has one answer, whatever stood there before. */
enum { CLD2_BEHIND = 64 };
enum lang cld2_detect(uint8_t *utf8, size_t n);

#ifdef __cplusplus
}
#endif

#endif
