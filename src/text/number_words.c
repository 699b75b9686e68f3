/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers in words, and scale words behind digits. One grammar for all languages: a number is a
 * sum of groups below 1000, each with a scale; whether a word may join a group is decided by the
 * size of its value, so "two three" stays two numbers and "two hundred three" is one. What a
 * language does differently is a line in put_num: French counts on from 60 and 80, Arabic says
 * the unit before the ten, Vietnamese puts a unit behind ten.
 */
#include "text/numbers_int.h"

#include <math.h>

enum { MAX_STEPS = 24 }; /* words of one number */

struct sum {
    double total;
    double high, low; /* the group: its tens and hundreds, and the last unit */
    double scale;     /* of the latest scale word, INFINITY before the first */
    double product;   /* of all scale words, 1 before the first */
    bool group, closed;
    uint32_t end, n_words;
};

static bool divides(double by, double v)
{
    return fmod(v, by) == 0;
}

static bool put_num(struct sum *s, double v, bool and_before, enum lang lang)
{
    if (v >= 1000) {
        if (s->group || s->total > 0) return false;
        s->total = v;
        s->scale = s->product = v >= 1e9 ? 1e9 : v >= 1e6 ? 1e6 : 1000;
        return true;
    }
    if (!s->group) {
        if (v >= s->scale) return false;
        s->group = true;
        s->low = v < 10 ? v : 0;
        s->high = v - s->low;
        return true;
    }
    if (s->closed) return false;
    double tens = fmod(s->high, 100);
    if (v < 10 && v > 0 && s->low == 0 && divides(10, s->high) && s->high > 0) {
        bool joins_ten = lang == LANG_VI || (lang == LANG_FR && v >= 7);
        if (tens == 10 && !joins_ten) return false;
        s->low = v;
        return true;
    }
    if (v < 10 || v >= 100) return false;
    if (lang == LANG_FR && s->low == 4 && v == 20 && tens == 0)
        v = 80;
    else if (lang == LANG_AR && and_before && s->low > 0 && tens == 0 && divides(10, v))
        v += s->low;
    else if (lang == LANG_FR && s->low == 0 && (tens == 60 || tens == 80) && v < 20)
        tens = 0;
    else if (s->low != 0)
        return false;
    if (tens != 0 || s->high + s->low == 0) return false;
    s->low = fmod(v, 10);
    s->high += v - s->low;
    return true;
}

static bool put_times(struct sum *s, double by, uint32_t what)
{
    if (!s->group) {
        if (!(what & WORD_ALONE) || by >= s->scale) return false;
        s->group = true;
        s->high = by;
        return true;
    }
    if (s->closed) {
        s->high *= by;
        return true;
    }
    if (s->low > 0 && (by == 10 ? divides(100, s->high) : s->high == 0)) {
        s->high += s->low * by;
        s->low = 0;
        return true;
    }
    if (by == 100 && s->high > 0 && s->high + s->low < 100) {
        s->high = (s->high + s->low) * by;
        s->low = 0;
        return true;
    }
    return false;
}

static bool put_teen(struct sum *s)
{
    if (!s->group || s->closed || s->low == 0 || !divides(100, s->high)) return false;
    s->high += 10;
    return true;
}

static bool put_scale(struct sum *s, double by, uint32_t what)
{
    if (s->group) {
        double group = s->high + s->low;
        if (by == s->scale) return false;
        if (by < s->scale)
            s->total += group * by;
        else
            s->total = (s->total + group) * by;
    } else if (s->total > 0) {
        if (by <= s->scale) return false;
        s->total *= by;
    } else if (what & WORD_ALONE) {
        s->total = by;
    } else {
        return false;
    }
    s->product = s->group || s->total == by ? by : s->product * by;
    s->scale = by;
    s->group = s->closed = false;
    s->high = s->low = 0;
    return true;
}

static bool put_fraction(struct sum *s, double v, bool and_before, uint32_t what)
{
    if (s->group && !(s->closed && s->high < 1)) {
        double group = s->high + s->low;
        if (and_before || (what & WORD_DIRECT))
            s->high = group + v;
        else if (s->total == 0 && group >= 1 && group < 10)
            s->high = group * v;
        else
            return false;
    } else if (s->total > 0 && (and_before || (what & WORD_DIRECT))) {
        s->total += v * s->scale;
        return true;
    } else if (!s->group && s->total == 0 && (what & WORD_ALONE)) {
        s->high = v;
    } else {
        return false;
    }
    s->group = s->closed = true;
    s->low = 0;
    return true;
}

/* "$3m", "3m euros": money stands before or behind. */
static bool money_is_near(const struct reader *r, uint32_t from, uint32_t end)
{
    if (cue_at(r, &r->money, from)) return true;
    struct word_hit hit;
    struct number_word word = word_at(r, skip_gap(r, end), &hit);
    if (word.what & ROLE_OF) word = word_at(r, hit.end + 1, &hit);
    return word.unit && k_units[word.unit].kind == NUMBER_MONEY;
}

/* Whether a scale word with conditions may count here. */
static bool scale_counts(const struct reader *r, const struct quantity *q, const struct sum *s,
                         const struct word_hit *hit, uint32_t what)
{
    if ((what & WORD_GLUED) && (hit->from != s->end || q->spelled || s->end == q->from))
        return false;
    return !(what & WORD_MONEY) || money_is_near(r, q->from, hit->end);
}

/* A word that is also a unit ("năm": five, year) is the unit behind a number, unless it goes on. */
static bool is_rather_unit(const struct reader *r, const struct sum *s, uint32_t what,
                           const struct word_hit *hit, bool and_before)
{
    if (!(what & ROLE_UNIT) || !(what & ROLE_NUM) || (!s->group && s->total == 0) || and_before)
        return false;
    struct word_hit next;
    return !(word_at(r, skip_gap(r, hit->end), &next).what & (ROLE_TIMES | ROLE_SCALE));
}

/* Puts the word at hit to the sum; false when it does not fit. */
static bool put_word(const struct reader *r, const struct quantity *q, struct sum *s,
                     const struct number_word *word, const struct word_hit *hit, bool and_before)
{
    uint32_t what = word->what;
    struct sum with = *s;
    bool fits = false;
    if (is_rather_unit(r, s, what, hit, and_before)) return false;
    if ((what & ROLE_SCALE) && scale_counts(r, q, s, hit, what))
        fits = put_scale(&with, word->value, what);
    if (!fits && (what & ROLE_TIMES)) fits = put_times(&with, word->value, what);
    if (!fits && (what & ROLE_TEEN)) fits = put_teen(&with);
    if (!fits && (what & ROLE_NUM)) fits = put_num(&with, word->value, and_before, r->lang);
    if (!fits && (what & ROLE_FRACTION)) fits = put_fraction(&with, word->value, and_before, what);
    if (!fits) return false;
    *s = with;
    s->end = hit->end;
    s->n_words++;
    return true;
}

/* Digits behind a scale word: "2 million 500 thousand", in Persian and Arabic "۲ هزار و ۵۰۰". */
static bool put_digits(const struct reader *r, struct sum *s, uint32_t i, bool and_before)
{
    uint32_t value, end;
    if (s->group || s->total == 0 || !read_integer(r, i, 3, &value, &end)) return false;
    if (value == 0 || value >= s->scale || cp_at(r, end) == '/') return false;
    struct word_hit hit;
    struct number_word word = word_at(r, skip_space(r, end), &hit);
    bool scaled = (word.what & ROLE_SCALE) && !(word.what & (WORD_MONEY | WORD_GLUED)) &&
                  word.value < s->scale;
    bool plain = and_before && (r->lang == LANG_FA || r->lang == LANG_AR);
    if (!scaled && !(plain && !(word.what & (ROLE_SCALE | ROLE_MONTH)))) return false;
    s->high = value;
    s->low = 0;
    s->group = s->closed = true;
    s->end = end;
    return true;
}

/* Behind "and", when one stands at i and something of a number can follow it. */
static uint32_t skip_and(const struct reader *r, uint32_t i, bool *and_before)
{
    struct word_hit hit;
    struct number_word word = word_at(r, i, &hit);
    *and_before = false;
    if (!(word.what & ROLE_AND)) return i;
    uint32_t j = skip_gap(r, hit.end);
    if (j == hit.end && !is_digit_at(r, j)) return i;
    *and_before = true;
    return j;
}

static void compose(const struct reader *r, const struct quantity *q, struct sum *s)
{
    struct sum safe = *s;
    for (uint32_t step = 0; step < MAX_STEPS; step++) {
        bool and_before, fresh = !s->group;
        uint32_t i = skip_and(r, skip_gap(r, s->end), &and_before);
        if (is_digit_at(r, i)) {
            if (!put_digits(r, s, i, and_before)) break;
            continue;
        }
        struct word_hit hit;
        struct number_word word = word_at(r, i, &hit);
        if (!(word.what & ROLES_OF_VALUE)) break;
        and_before |= hit.and_before;
        /* "no fifty of them": a word cut of its article never continues a number */
        if (hit.cut && !hit.and_before && !(word.what & (ROLE_SCALE | ROLE_TIMES))) break;
        struct sum before = *s;
        if (!put_word(r, q, s, &word, &hit, and_before)) {
            /* "two thousand and three thousand": the three belongs to the next number */
            bool dangling = s->group && s->total > 0 && (word.what & ROLE_SCALE) &&
                            !(word.what & (WORD_MONEY | WORD_GLUED));
            if (dangling) *s = safe;
            break;
        }
        if (fresh) safe = before;
    }
}

static void settle(struct quantity *q, const struct sum *s)
{
    q->value = s->total + s->high + s->low;
    q->scale = s->product;
    q->end = s->end;
}

void add_scales(const struct reader *r, struct quantity *q)
{
    struct sum s = {.high = q->value,
                    .scale = INFINITY,
                    .product = 1,
                    .group = true,
                    .closed = true,
                    .end = q->end};
    compose(r, q, &s);
    if (s.end == q->end) return;
    settle(q, &s);
    q->n_digits = 0;
}

/* "half million", "a dozen", "a third": the article is one where it multiplies. */
bool read_spelled(const struct reader *r, uint32_t i, struct quantity *q)
{
    *q = (struct quantity){.from = i, .end = i, .scale = 1, .spelled = true};
    struct word_hit hit;
    struct number_word word = word_at(r, i, &hit);
    if ((word.what & ROLE_UNIT) && (word.what & WORD_WHOLE)) {
        q->value = word.value;
        q->unit = word.unit;
        q->end = hit.end;
        return true;
    }
    if (!(word.what & ROLES_OF_VALUE)) return false;
    struct sum s = {.scale = INFINITY, .product = 1, .end = i};
    if (!put_word(r, q, &s, &word, &hit, false)) return false;
    compose(r, q, &s);
    settle(q, &s);
    q->weak = s.n_words == 1 && (word.what & (WORD_WEAK));
    q->article = s.n_words == 1 && (word.what & WORD_ARTICLE);
    return true;
}
