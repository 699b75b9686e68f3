/* SPDX-License-Identifier: Apache-2.0
 *
 * The compiled tables of text/tables/ *.tsv and of Unicode, made by tools/gen_text_tables.py.
 * Between the files of text only.
 *
 * A table over code points has two stages: k_x_index[c >> 7] is the number of a block of 128
 * entries. An entry of the three form tables is kind << 24 | payload; a sequence stands in
 * k_sequences at the payload: its length, then its code points.
 */
#ifndef SANAD_TEXT_TABLES_H
#define SANAD_TEXT_TABLES_H

#include "text/text.h"

enum { CODE_POINTS = 0x110000, BLOCK_BITS = 7, BLOCK = 1 << BLOCK_BITS };

/** Source -> exact form: what a code point becomes where it stands alone. */
enum exact_kind {
    EXACT_SELF,
    EXACT_ONE,      /* payload = the code point */
    EXACT_SEQUENCE, /* payload = index */
    EXACT_DROP,     /* invisible */
    EXACT_SPACE,
    EXACT_MARK, /* payload = combining class; only its order among marks matters */
    EXACT_JOIN, /* may melt into what precedes: ICU decides */
};

/** Exact -> folded form. */
enum fold_kind { FOLD_SELF, FOLD_ONE, FOLD_SEQUENCE, FOLD_DROP };

/** Source -> skeleton; on a code point of the folded form it gives the same. */
enum skeleton_kind {
    SKELETON_BREAK,      /* ends a word */
    SKELETON_LETTER,     /* payload = the letter */
    SKELETON_SELF,       /* a letter that stays */
    SKELETON_DIGIT,      /* payload = '0'..'9' */
    SKELETON_DROP,       /* nothing, and the word goes on */
    SKELETON_SIGN,       /* payload = '@' or '$': a letter in some words */
    SKELETON_SEQUENCE,   /* payload = index of code points of the folded form */
    SKELETON_MARK,       /* a mark that stays; the long way only, as its neighbours matter */
    SKELETON_HALF_SPACE, /* U+200C */
    SKELETON_SLOW,       /* only by way of the exact form */
};

/** Bits of k_class, of source, exact and folded code points alike. */
enum char_class {
    CLASS_LETTER = 1,
    CLASS_DIGIT = 2,
    CLASS_MARK = 4,
    CLASS_EMOJI = 8,
    CLASS_UPPER = 16,
    CLASS_LOWER = 32,
    CLASS_NO_SPACES = 64, /* Han, Kana, Thai, Lao, Khmer, Myanmar */
    CLASS_ARABIC = 128,
    CLASS_LATIN = 256,
    CLASS_ACCENTED = 512,    /* Latin letter with a mark, or one of latin.tsv */
    CLASS_VIETNAMESE = 1024, /* Latin letter that hardly another of our languages has */
    CLASS_REGION = 2048,     /* regional indicator: two make a flag */
    CLASS_FLUID = 4096,      /* invisible or no boundary before: belongs to what precedes */
};
enum { CLASS_WORD = CLASS_LETTER | CLASS_DIGIT | CLASS_MARK };

extern const uint16_t k_exact_index[], k_fold_index[], k_skeleton_index[], k_class_index[];
extern const uint32_t k_exact_blocks[], k_fold_blocks[], k_skeleton_blocks[];
extern const uint16_t k_class_blocks[];
extern const uint32_t k_sequences[];
/** Letter that a digit or sign imitates, 0 for none; by ASCII code. */
extern const uint8_t k_leet[128];

static inline uint32_t exact_of(uint32_t c)
{
    return k_exact_blocks[(uint32_t)k_exact_index[c >> BLOCK_BITS] << BLOCK_BITS |
                          (c & (BLOCK - 1))];
}
static inline uint32_t fold_of(uint32_t c)
{
    return k_fold_blocks[(uint32_t)k_fold_index[c >> BLOCK_BITS] << BLOCK_BITS | (c & (BLOCK - 1))];
}
static inline uint32_t skeleton_of(uint32_t c)
{
    return k_skeleton_blocks[(uint32_t)k_skeleton_index[c >> BLOCK_BITS] << BLOCK_BITS |
                             (c & (BLOCK - 1))];
}
static inline unsigned class_of(uint32_t c)
{
    return k_class_blocks[(uint32_t)k_class_index[c >> BLOCK_BITS] << BLOCK_BITS |
                          (c & (BLOCK - 1))];
}
static inline enum exact_kind exact_kind_of(uint32_t entry)
{
    return (enum exact_kind)(entry >> 24);
}
static inline enum fold_kind fold_kind_of(uint32_t entry)
{
    return (enum fold_kind)(entry >> 24);
}
static inline enum skeleton_kind skeleton_kind_of(uint32_t entry)
{
    return (enum skeleton_kind)(entry >> 24);
}
static inline uint32_t entry_payload(uint32_t entry)
{
    return entry & 0xFFFFFF;
}

/** A word that some table knows. Masks have bit 1 << lang. */
struct known_word {
    uint64_t key;           /* text_key; 0 = empty slot */
    uint16_t stop;          /* function word of */
    uint16_t elides;        /* loses its vowel before an apostrophe in */
    uint16_t tells;         /* tells Indonesian from Malay */
    uint16_t kept;          /* only looks as if it had an affix */
    uint16_t turns;         /* turns a claim round in */
    uint16_t turns_as_name; /* the same, written as a name */
    uint16_t negates;       /* a negation in */
};
/** Open addressing, k_known_words_mask + 1 slots, next slot on collision. */
extern const struct known_word k_known_words[];
extern const uint32_t k_known_words_mask;

/** One affix of a light stemmer, in UTF-8; longest first. */
struct affix {
    const char *text;
    uint8_t n_bytes, letters_left;
    bool prefix;
};
extern const struct affix k_affixes_ar[], k_affixes_fa[];
extern const uint32_t k_n_affixes_ar, k_n_affixes_fa;

/** An ending whose accent is often left out. */
struct accent {
    enum lang lang;
    const char *plain, *accented;
};
extern const struct accent k_accents[];
extern const uint32_t k_n_accents;

/** A Vietnamese letter with a tone: the vowel without it, and the tone as combining mark. In order.
 */
struct tone {
    uint32_t letter, vowel, mark;
};
extern const struct tone k_tones[];
extern const uint32_t k_n_tones;

/** Telex: onsets and codas, longest first; NULL-terminated. Letters as ASCII masks (bit c - 'a').
 */
extern const char *const k_telex_onsets[], *const k_telex_codas[];
extern const uint32_t k_telex_tones, k_telex_horns, k_telex_vowels;

#endif
