/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of a whole: "1 in 4", "one woman in four", "une personne sur quatre", "از هر چهار نفر یک
 * نفر". They are one number, the share, so that a quarter and 25 % are the same. What stands
 * between the two often means something else ("killed 5 in 10 days", "4 people in 10 towns", "3 in
 * 2019"): such a word makes a ratio only of a small count and of what is no year, and lets a noun
 * stand before it only behind "one".
 */
#include "text/numbers_int.h"

#include <math.h>
#include <string.h>

enum { NOUNS_BEHIND_PART = 1, WORDS_BEHIND_WHOLE = 3, MOST_COUNTED = 10 };

static bool is_count(const struct quantity *q)
{
    return q->value >= 1 && q->value == floor(q->value) && !q->unit;
}

static bool read_count(const struct reader *r, uint32_t i, struct quantity *q)
{
    struct reading date;
    if (is_digit_at(r, i)) {
        if (read_date(r, i, &date) || !read_digits(r, i, q)) return false;
        add_scales(r, q);
        return is_count(q) && !is_letter_at(r, q->end);
    }
    return is_letter_at(r, i) && read_spelled(r, i, q) && is_count(q);
}

/* No time, no money, no percentage stands behind: "in 10 days". A counted thing may also be a unit;
 * so may a verb ("su quattro ha", a hectare), but none of these. */
static bool is_bare(const struct reader *r, const struct quantity *q)
{
    struct word_hit hit;
    struct number_word word = word_at(r, skip_gap(r, q->end), &hit);
    if (word.what & ROLE_MONTH) return false;
    if ((word.what & ROLE_COUNTED) || !(word.what & ROLE_UNIT)) return true;
    const struct unit_info *unit = &k_units[word.unit];
    return unit->kind == NUMBER_MEASURE && strcmp(unit->base, "s") != 0;
}

/* A power of ten from a hundred on. */
static bool is_round(double v)
{
    return v >= 100 && fabs(log10(v) - round(log10(v))) < 1e-9;
}

static bool is_small(const struct reader *r, const struct quantity *part,
                     const struct quantity *whole)
{
    bool year = whole->n_digits == 4 && is_year(r, whole->value);
    return !year && (part->value <= MOST_COUNTED || is_round(whole->value));
}

static bool next_is_value(const struct reader *r, uint32_t i)
{
    struct word_hit hit;
    return is_digit_at(r, i) || (word_at(r, i, &hit).what & ROLES_OF_VALUE);
}

/* "1 in 4": q is the part. */
static bool read_part_first(const struct reader *r, const struct quantity *q,
                            struct quantity *whole)
{
    uint32_t i = skip_gap(r, q->end);
    for (uint32_t nouns = 0; nouns <= NOUNS_BEHIND_PART && is_letter_at(r, i); nouns++) {
        struct word_hit hit;
        struct number_word word = word_at(r, i, &hit);
        uint32_t behind = skip_gap(r, hit.end);
        bool sure = word.ratio & RATIO_SURE;
        if (sure || ((word.ratio & RATIO_BETWEEN) && (nouns == 0 || q->value == 1)))
            return behind > hit.end && read_count(r, behind, whole) && is_bare(r, whole) &&
                   (sure || is_small(r, q, whole));
        if (next_is_value(r, i)) return false;
        i = skip_space(r, hit.word_end);
    }
    return false;
}

static uint32_t skip_comma(const struct reader *r, uint32_t i)
{
    uint32_t c = cp_at(r, i);
    return skip_space(r, c == ',' || c == 0x60C ? i + 1 : i);
}

/* "cứ 4 người thì có 1": q is the whole. */
static bool read_whole_first(const struct reader *r, const struct quantity *q,
                             struct quantity *part)
{
    if (!is_bare(r, q)) return false;
    uint32_t i = skip_comma(r, q->end);
    for (uint32_t words = 0; words <= WORDS_BEHIND_WHOLE; words++) {
        struct word_hit hit;
        if (next_is_value(r, i)) return read_count(r, i, part);
        if (!is_letter_at(r, i)) return false;
        (void)word_at(r, i, &hit);
        i = skip_comma(r, hit.word_end);
    }
    return false;
}

bool read_ratio(const struct reader *r, const struct quantity *q, struct reading *out)
{
    struct quantity other;
    if (!is_count(q)) return false;
    bool each = cue_at(r, &r->each, q->from);
    if (each ? !read_whole_first(r, q, &other) : !read_part_first(r, q, &other)) return false;
    double part = each ? other.value : q->value, whole = each ? q->value : other.value;
    if (part >= whole) return false;
    out->from = each ? r->each.from : q->from;
    out->end = other.end;
    out->number.kind = NUMBER_PLAIN;
    out->number.unit = "";
    out->number.value = part / whole;
    return true;
}
