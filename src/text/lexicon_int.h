/* SPDX-License-Identifier: Apache-2.0
 *
 * Word tables compiled from src/text/tables: one hash table per language, asked at a place of an
 * exact form. Words are compared folded (Arabic letter variants as one, marks and tatweel
 * dropped); an entry may be a phrase of several words. Between the files of text only.
 */
#ifndef SANAD_TEXT_LEXICON_INT_H
#define SANAD_TEXT_LEXICON_INT_H

#include "text/text_int.h"

enum cp_class { CP_OTHER, CP_SPACE, CP_LETTER, CP_MARK, CP_DIGIT, CP_SIGN };

/** Code points below this have their class in a table: all scripts of the nine languages. */
enum { CP_TABLE = 0x2100 };
extern const uint8_t k_cp_class[CP_TABLE];
/** Code points 0600-06FF with the letters that keyboards write differently as one; 0 is skipped. */
extern const uint16_t k_arabic_folded[0x100];

enum cp_class cp_class_beyond(uint32_t c);
/** CP_SIGN: currency signs, per cent and per mille signs, the degree sign. */
static inline enum cp_class cp_class_of(uint32_t c)
{
    return c < CP_TABLE ? (enum cp_class)k_cp_class[c] : cp_class_beyond(c);
}
/** Value of a decimal digit of any script, -1 for everything else. */
int cp_digit(uint32_t c);
bool cp_is_hyphen(uint32_t c);
bool cp_is_dash(uint32_t c);
bool cp_is_apostrophe(uint32_t c);
/** Letters whose words swallow digits that follow at once: "covid19" is one word. */
bool cp_is_latin(uint32_t c);

/** at = entry + 1, 0 for none; more = how many words a longer entry beginning so may add. */
struct lexicon_slot {
    uint64_t key;
    uint16_t at;
    uint8_t more;
    uint8_t stops_at_digit; /* a currency: "rm50" is not one word */
};
/** Open addressing with linear probing; an empty slot has key 0. */
struct lexicon {
    const struct lexicon_slot *slots;
    uint32_t mask;
};
extern const struct lexicon k_number_lexicon[LANG_COUNT];
extern const struct lexicon k_negation_lexicon[LANG_COUNT];
extern const struct lexicon k_refutation_lexicon[LANG_COUNT];

struct word_hit {
    uint32_t from, end; /* code points of the entry, of the first word when there is none */
    uint32_t word_end;  /* end of the first word */
    uint16_t at;        /* entry + 1, 0 for none */
    bool and_before;    /* Arabic "wa" glued to the word was taken off */
    bool cut;           /* some prefix was taken off */
};

/** The longest entry that begins with the word or sign at code point i (class LETTER or SIGN).
 *  words: what is known of the words of f, and is added to; or NULL.
 *  Cost O(length of the phrase); words longer than 40 code points are in no table. */
struct word_hit lexicon_at(const struct lexicon *lx, const struct form *f, struct read_word *words,
                           uint32_t i);
/** The same; when the word is Arabic and in no table, once more without the letters written onto
 *  it: wa, fa, bi, li, ka and the article. */
struct word_hit lexicon_at_cut(const struct lexicon *lx, const struct form *f,
                               struct read_word *words, uint32_t i);

#endif
