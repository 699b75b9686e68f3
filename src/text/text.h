/* SPDX-License-Identifier: Apache-2.0
 *
 * text: what a post or a claim says, in forms that survive disguise. Normalised forms with
 * positions back to the original bytes, tokens, stems, language, numbers, negation, URLs.
 *
 * Three forms of one text, each an array of code points:
 *
 *   exact: NFKC case-fold (ICU), without what nobody sees (zero-width characters and with them the
 *   Persian half-space, bidi controls, soft hyphen, variation selectors, controls); every run of
 *   white space is one U+0020, none at the ends; of the marks on one letter at most 30
 *
 *   folded: exact, and then the tables: letter variants, marks and tones removed, digits of all
 *   scripts as 0-9, look-alikes as the letter they imitate, three or more equal letters as one; an
 *   ezafe written as half-space and yeh left out
 *
 *   skeleton: folded, letters and digits only, no spaces; equal letters in a row as one; Arabic
 *   letters without their dots; digits inside a word with letters as the letters they imitate
 *   (leet). Two texts that people read as the same have nearly the same skeleton.
 *
 * Ranking uses exact and folded side by side (folding tones costs Vietnamese 3-5 points); near-copy
 * search uses the skeleton. The tables are text/tables/ *.tsv, made for linguists to read and
 * extend; tools/gen_text_tables.py compiles them.
 *
 * Sources: Unicode Standard Annex 15 (normalisation, stream-safe text), Annex 29 (word boundaries),
 * UTS 39 (confusables), UTS 46 and the WHATWG URL Standard (URLs).
 */
#ifndef SANAD_TEXT_H
#define SANAD_TEXT_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Languages --------------------------------------------------------------------------- */

/** The nine languages sanad knows well; all others are LANG_OTHER and take the general path. */
enum lang {
    LANG_UNKNOWN,
    LANG_AR,
    LANG_EN,
    LANG_ES,
    LANG_FA,
    LANG_FR,
    LANG_ID,
    LANG_IT,
    LANG_MS,
    LANG_VI,
    LANG_OTHER,
};
enum { LANG_COUNT = LANG_OTHER + 1 };

/** From a BCP 47 tag ("pt-BR" -> LANG_OTHER, "fa-AF" -> LANG_FA, "in" -> LANG_ID); empty: UNKNOWN.
 */
enum lang lang_from_tag(struct view tag);
/** "ar", …, "und" for UNKNOWN and OTHER. Static. */
const char *lang_tag(enum lang lang);
bool lang_is_rtl(enum lang lang);
/** Language of a text: by script and function words when short, by CLD2 otherwise.
 *  LANG_UNKNOWN when there is too little to tell. */
enum lang text_detect_lang(struct view utf8);

/* ---- Forms ------------------------------------------------------------------------------- */

/** One form. from[i] is the byte of the source where code point i began, from[n] where the last
 *  one ended; code points that came from one place share it. In the arena of the text. */
struct form {
    uint32_t n;
    const uint32_t *cp;
    const uint32_t *from;
};

struct text_limits {
    size_t max_bytes;    /* of the source */
    uint32_t max_tokens; /* tokens behind this one are not looked at; struct text says so */
};
/** 1 MiB, 65,536 tokens. */
extern const struct text_limits k_text_limits;

/** Only the skeleton, by the shortest way: no tokens, no language. The near-copy path lives on it.
 *  source  borrowed for the call. Ill-formed UTF-8 is read as U+FFFD and dropped.
 *  Errors  E_LIMIT, E_MEMORY. Cost O(n). */
MUST rc text_skeleton(struct view source, const struct text_limits *limits, struct arena *mem,
                      struct form *out);

/** The skeleton of Vietnamese that was typed by the Telex rules and never turned into letters
 *  ("ddaay laf", "mootj"): equal to text_skeleton of the same words with their tones. Other words
 *  that can be read so lose a letter ("his" -> "hi"), so it is a second try for texts that
 *  text_looks_like_telex, not a replacement. Parameters, errors and cost as text_skeleton. */
MUST rc text_skeleton_telex(struct view source, const struct text_limits *limits, struct arena *mem,
                            struct form *out);

/* ---- Tokens ------------------------------------------------------------------------------ */

enum token_kind {
    TOKEN_WORD,   /* letters, or letters with digits */
    TOKEN_NUMBER, /* digits with their separators */
    TOKEN_EMOJI,
};
enum token_flag {
    TOKEN_STOP = 1,    /* function word of the text's language */
    TOKEN_NEGATES = 2, /* part of a negation cue */
    TOKEN_CAPITAL =
        4, /* begins with a capital, not at the start of a sentence, not all capitals everywhere */
    TOKEN_HASHTAG = 8, /* #word or @word */
    TOKEN_IN_URL = 16,
    TOKEN_TURNS = 32,  /* turns a claim round when it is exchanged, left out or put in: "more",
                          "all", "before", "only", an office, a country in the text's language
                          (tables/turns.tsv, offices.tsv, places.tsv) */
    TOKEN_HANDLE = 64, /* "(@name)": an account behind the name of its owner, which it repeats */
};
/** A word, a number or an emoji; what counts as one is written at the head of scan.c. Texts are
 *  without apostrophes and without the separators of spaced-out letters; a number's folded text is
 *  digits with at most one point (3500000.25). Scripts without spaces (Han, Kana, Thai, Lao, Khmer,
 * Myanmar) are cut by ICU's dictionary; where that gives nothing, into overlapping pairs. */
struct token {
    enum token_kind kind;
    uint32_t flags;
    uint32_t from, to;   /* bytes of the source */
    struct view exact;   /* UTF-8 in the arena */
    struct view folded;  /* may be the same bytes as exact */
    struct view stem;    /* stem without accents; exact where tones carry the meaning (Vietnamese);
                            for other kinds, function words and words of URLs = folded */
    uint64_t stem_key;   /* text_key(stem) */
    uint64_t exact_key;  /* text_key(exact) when exact tells more than folded (accents), else 0; for
                            Vietnamese that of the stem: exact with the tone behind the last
                            letter, so that hòa and hoà are one word */
    uint64_t folded_key; /* text_key(folded), not stemmed */
};

/** Whether a token is one of the text's words or numbers: no emoji, no part of a link, no account
 *  behind its owner's name. */
static inline bool token_speaks(const struct token *token)
{
    return token->kind != TOKEN_EMOJI && !(token->flags & (TOKEN_IN_URL | TOKEN_HANDLE));
}

/** 64-bit key of a term, the same on every machine and for ever (FNV-1a, then the finaliser of
 *  splitmix64). Never 0. */
uint64_t text_key(struct view utf8);

/* ---- Numbers ----------------------------------------------------------------------------- */

enum number_kind {
    NUMBER_PLAIN,
    NUMBER_PERCENT,
    NUMBER_MONEY,
    NUMBER_MEASURE,
    NUMBER_DATE,
    NUMBER_TIME,
    NUMBER_ORDINAL
};
/** "3.5 million tonnes", "۸۰٪", "ba triệu", "12 March 2021", "half". */
struct number {
    enum number_kind kind;
    double value;      /* scale words and unit factor applied: 3500000 (tonnes: 3.5e9 g) */
    const char *unit;  /* "", "%", "USD", "g", "m", "s", "C", "B" …: the base unit. Static */
    int16_t year;      /* dates; 0 when not said */
    int8_t month, day; /* dates; 0 when not said */
    bool approximate;  /* "about", "more than", "nearly" */
    bool spelled;      /* written in words */
    uint32_t from, to; /* bytes of the source */
};
/** Whether two numbers say the same: same kind of thing, values within rounding of the one written
 *  with fewer digits when one of them is approximate, dates that do not contradict each other. */
bool number_agrees(const struct number *a, const struct number *b);

/* ---- Negation, URLs ---------------------------------------------------------------------- */

/** A cue that turns a sentence round: "not", "n't", "no es", "không", "ليس", "نیست", "never" …
 *  Also the span of a refutation, which calls something else false and does not turn its own
 *  sentence round: "fake", "bulo", "شایعه", "tin giả". */
struct negation {
    uint32_t from, to; /* bytes of the source */
};

struct found_url {
    uint32_t from, to;     /* bytes of the source */
    struct view canonical; /* url_canonical of it */
};

/** Canonical form of a URL: WHATWG parsing and serialisation (special schemes), IDNA by UTS 46,
 *  default port, fragment, known tracking parameters and credentials removed, remaining parameters
 *  kept in order, known redirect wrappers (google.com/url?q=…, l.facebook.com/l.php?u=…) opened up
 *  to 4 levels, "www.", "m.", "mobile.", "amp." in front of a registrable domain removed, http
 *  written as https. "example.org/x" without a scheme is read as https.
 *  Errors  E_INPUT with the reason and the byte. */
MUST rc url_canonical(struct view url, struct arena *mem, struct view *out);
/** Registrable domain (public suffix list) of a canonical URL's host: "bbc.co.uk"; the host itself
 *  for IP addresses and single labels. Part of canonical. */
MUST rc url_site(struct view canonical, struct arena *mem, struct view *out);

/* ---- All of it --------------------------------------------------------------------------- */

struct text {
    struct view source; /* borrowed from the caller */
    enum lang lang;     /* as given, else detected */
    struct form exact, folded, skeleton;
    uint32_t n_tokens, n_numbers, n_negations, n_refutations, n_urls;
    const struct token *tokens;
    const struct number *numbers;
    const struct negation *negations;
    const struct negation *refutations; /* words that call something else false, in order */
    const struct found_url *urls;
    bool cut; /* more tokens than the limit */
};

/** Reads a whole text.
 *  source  borrowed as long as *out is used; any bytes, see text_skeleton
 *  lang    LANG_UNKNOWN to have it detected
 *  limits  NULL for k_text_limits
 *  mem     everything of *out lives there
 *  Errors  E_LIMIT (larger than max_bytes; the message names the limit), E_MEMORY.
 *  Cost    O(n); about 10 microseconds for a post of 200 bytes. Thread-safe. */
MUST rc text_read(struct view source, enum lang lang, const struct text_limits *limits,
                  struct arena *mem, struct text *out);

/** The same as far as words need it: exact form, language, URLs and tokens. Folded form, skeleton,
 *  numbers, negations and refutations stay empty, and no token has TOKEN_NEGATES. */
MUST rc text_read_words(struct view source, enum lang lang, const struct text_limits *limits,
                        struct arena *mem, struct text *out);

/** Whether at least three words and half of all carry signs of Telex and hardly one a tone mark.
 *  Cost O(n), no allocation. */
bool text_looks_like_telex(const struct text *text);

#ifdef __cplusplus
}
#endif
#endif
