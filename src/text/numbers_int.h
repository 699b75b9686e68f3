/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files that read numbers. The way of a number: digits (number_digits.c) or words
 * (number_words.c) become a quantity, scale words included; dates.c looks whether it begins a date
 * or a time, ratios.c whether it is a part of a whole; numbers.c adds unit, currency, approximation
 * and writes it down. Positions are code points of the exact form everywhere here; bytes only in
 * struct number.
 */
#ifndef SANAD_TEXT_NUMBERS_INT_H
#define SANAD_TEXT_NUMBERS_INT_H

#include "text/lexicon_int.h"
#include "text/text_int.h"

/** What a word can be, and flags; tables/numbers_any.tsv says what they mean. */
enum number_role {
    ROLE_NUM = 1 << 0,
    ROLE_TIMES = 1 << 1,
    ROLE_TEEN = 1 << 2,
    ROLE_SCALE = 1 << 3,
    ROLE_FRACTION = 1 << 4,
    ROLE_AND = 1 << 5,
    ROLE_OF = 1 << 6,
    ROLE_UNIT = 1 << 7,
    ROLE_MONTH = 1 << 8,
    ROLE_BEFORE = 1 << 9, /* approximate, before the number */
    ROLE_AFTER = 1 << 10, /* approximate, behind it */
    ROLE_RANGE = 1 << 11,
    ROLE_COUNTED = 1 << 12,
    ROLE_NAME = 1 << 13,
    ROLE_YEAR_CUE = 1 << 14,
    ROLE_MONTH_CUE = 1 << 15,
    ROLE_DAY_CUE = 1 << 16,
    ROLE_CLOCK_CUE = 1 << 17,
    ROLE_AMPM = 1 << 18,
    ROLE_ORDINAL = 1 << 19,
    ROLE_NTH = 1 << 20,
    ROLE_PLAIN = 1 << 21,
    ROLE_STOP = 1 << 22,
    WORD_WEAK = 1 << 23,
    WORD_ARTICLE = 1 << 24,
    WORD_ALONE = 1 << 25,
    WORD_MONEY = 1 << 26,
    WORD_GLUED = 1 << 27,
    WORD_PREFIX = 1 << 28,
    WORD_DIRECT = 1 << 29,
    WORD_WHOLE = 1 << 30,
};
/* The sign bit does not fit an enum of int. */
#define WORD_CAREFUL 0x80000000u

/** Roles that can begin or continue a quantity. */
#define ROLES_OF_VALUE (ROLE_NUM | ROLE_TIMES | ROLE_TEEN | ROLE_SCALE | ROLE_FRACTION)

/** Where a word stands in a ratio. */
enum ratio_place {
    RATIO_BETWEEN = 1, /* also an everyday word: "1 in 4" */
    RATIO_SURE = 2,    /* "1 out of 4" */
    RATIO_EACH = 4,    /* before the whole: "از هر ۴ نفر ۱ نفر" */
};

struct number_word {
    uint32_t what; /* roles and flags */
    uint8_t unit;  /* into k_units, 0 = none */
    uint8_t month;
    uint8_t ratio; /* enum ratio_place */
    double value;
};
extern const struct number_word k_number_words[];

/** Value in the base unit = (x + offset) * factor. */
struct unit_info {
    const char *base;
    enum number_kind kind;
    double factor, offset;
};
extern const struct unit_info k_units[];

/** A value as it is written, before unit and kind are known. */
struct quantity {
    double value;
    uint32_t from, end;
    double scale;     /* product of its scale words, 1 without */
    uint8_t n_digits; /* plain digits without separators: how many; else 0 */
    uint8_t unit;     /* said by the word itself (Arabic dual), else 0 */
    bool spelled;
    bool weak, article; /* counts only with what follows */
};

/** A phrase that matters to a number standing right behind it. */
struct cue {
    uint32_t end; /* 0 = none yet */
    uint32_t from;
    uint8_t unit;
    bool careful;
};

struct reader {
    const struct form *f;
    enum lang lang;
    const struct lexicon *lx;
    struct read_word *words;
    struct arena *mem;
    struct number *out;
    uint32_t n, room;
    struct cue about, money, clock, day, nth, each;
    /* the latest number, while a range may still give it unit and scale */
    uint32_t last_end;
    bool last_open;
};

/** What one reading step gives. */
struct reading {
    struct number number;
    uint32_t from, end;
    double scale;
};

static inline uint32_t cp_at(const struct reader *r, uint32_t i)
{
    return i < r->f->n ? r->f->cp[i] : 0;
}
static inline bool is_digit_at(const struct reader *r, uint32_t i)
{
    return i < r->f->n && cp_class_of(r->f->cp[i]) == CP_DIGIT;
}
static inline bool is_letter_at(const struct reader *r, uint32_t i)
{
    return i < r->f->n && cp_class_of(r->f->cp[i]) == CP_LETTER;
}
static inline uint32_t skip_space(const struct reader *r, uint32_t i)
{
    return cp_at(r, i) == ' ' ? i + 1 : i;
}
/** i, behind one space, or behind a hyphen that a letter follows. */
static inline uint32_t skip_gap(const struct reader *r, uint32_t i)
{
    if (cp_at(r, i) == ' ') return i + 1;
    return cp_is_hyphen(cp_at(r, i)) && is_letter_at(r, i + 1) ? i + 1 : i;
}
/** Whether a cue stands right before code point i. */
static inline bool cue_at(const struct reader *r, const struct cue *cue, uint32_t i)
{
    if (!cue->end || cue->end > i) return false;
    uint32_t c = cp_at(r, cue->end);
    return cue->end == i || (cue->end + 1 == i && (c == ' ' || cp_is_apostrophe(c)));
}

/** The entry at code point i; a zeroed one when there is no letter or sign, or it is unknown. */
struct number_word word_at(const struct reader *r, uint32_t i, struct word_hit *out_hit);

/** Plain digits at i, at most `most`; false when there are none or more. */
bool read_integer(const struct reader *r, uint32_t i, uint32_t most, uint32_t *out_value,
                  uint32_t *out_end);
/** Digits at i with their separators, decimals, fractions. q->end is behind the run of digits even
 *  when it is no number (an address, a version, more than 18 digits): then false. */
bool read_digits(const struct reader *r, uint32_t i, struct quantity *q);
/** Goes on behind digits with scale words and further groups ("2 million 500 thousand"). */
void add_scales(const struct reader *r, struct quantity *q);
/** A quantity in words that begins at i. */
bool read_spelled(const struct reader *r, uint32_t i, struct quantity *q);

/** A part of a whole: "1 in 4", "one out of every four", "cứ 4 người thì có 1".
 *  q  the number read first; of *out value, from and end are set */
bool read_ratio(const struct reader *r, const struct quantity *q, struct reading *out);

/** Date or time that begins with the digits at i. */
bool read_date(const struct reader *r, uint32_t i, struct reading *out);
/** Date of a day that has been read ("12", "twelve") when a month follows at `end`. */
bool read_month_after(const struct reader *r, double day, uint32_t end, struct reading *out);
/** "March 12, 2021", "mars 2021": the month stands at hit. */
bool read_month_first(const struct reader *r, const struct word_hit *hit,
                      const struct number_word *word, struct reading *out);
/** Digits behind a word that says year or month ("năm 2021", "tháng 3 năm 2021"). */
bool read_cued_date(const struct reader *r, const struct word_hit *hit,
                    const struct number_word *word, struct reading *out);
/** Year of a date as people write it alone: 1900-2100, in Persian 1300-1450 too. */
bool is_year(const struct reader *r, double value);
/** Fills kind and value of a date whose year, month and day are set. */
void seal_date(struct number *date);
/** A time of day from an hour that has been read: "5 pm", behind "at": pukul 5. */
bool read_hour(const struct reader *r, const struct quantity *q, struct reading *out);

#endif
