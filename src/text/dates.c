/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates and times of day. Months 1-12 are Gregorian, 21-32 Jalali, 41-52 Hijri; years stay as
 * written (1400 is a Jalali year). The value of a date is year * 10000 + month * 100 + day with
 * zeros for what is not said; the value of a time is seconds since midnight.
 *
 * 3/4/2021 is read day first; month first where only that is a date ("3/25/2021"). English writes
 * both ways, so number_agrees takes them swapped.
 */
#include "text/numbers_int.h"

bool is_year(const struct reader *r, double value)
{
    if (value >= 1900 && value <= 2100) return true;
    return r->lang == LANG_FA && value >= 1300 && value <= 1450;
}

void seal_date(struct number *date)
{
    date->kind = NUMBER_DATE;
    date->unit = "";
    date->value = date->year * 10000.0 + date->month * 100.0 + date->day;
}

static bool is_written_year(uint32_t y)
{
    return (y >= 1900 && y <= 2100) || (y >= 1300 && y <= 1500);
}

/* Digits that continue at i, in no longer run and not as a further part. */
static bool continues(const struct reader *r, uint32_t i, uint32_t separator)
{
    uint32_t c = cp_at(r, i);
    if (is_digit_at(r, i)) return true;
    return (c == separator || c == '/' || c == '.') && is_digit_at(r, i + 1);
}

static void finish(struct reading *out, uint32_t end)
{
    seal_date(&out->number);
    out->end = end;
}

/* A year behind a month: "March 2021", "de marzo de 2021", "tháng 3 năm 2021", "mars, 2021". */
static uint32_t read_year_behind(const struct reader *r, uint32_t i, struct number *date)
{
    uint32_t j = i, year, end;
    if (cp_at(r, j) == ',' || cp_at(r, j) == '.' || cp_at(r, j) == 0x60C) j++;
    if (cp_at(r, j) == '/' || cp_at(r, j) == '-')
        j++;
    else if (cp_at(r, j) != ' ')
        return i;
    else
        j++;
    for (uint32_t k = 0; k < 2 && is_letter_at(r, j); k++) {
        struct word_hit hit;
        struct number_word word = word_at(r, j, &hit);
        if (!(word.what & (ROLE_OF | ROLE_YEAR_CUE))) return i;
        j = skip_space(r, hit.end);
    }
    if (!read_integer(r, j, 4, &year, &end) || end != j + 4) return i;
    if (!is_written_year(year) || continues(r, end, ',')) return i;
    date->year = (int16_t)year;
    return end;
}

static bool set_day_month(struct number *date, uint32_t day, uint32_t month)
{
    if (day < 1 || day > 31 || month < 1 || month > 12) return false;
    date->day = (int8_t)day;
    date->month = (int8_t)month;
    return true;
}

/* 12/03/2021, 12.3.21, 2021-03-12; sep is the separator behind the first part. */
static bool read_triple(const struct reader *r, uint32_t first, uint32_t first_digits, uint32_t i,
                        struct reading *out)
{
    uint32_t sep = cp_at(r, i), second, third, j, end;
    if (!read_integer(r, i + 1, 2, &second, &j) || cp_at(r, j) != sep) return false;
    if (!read_integer(r, j + 1, 4, &third, &end) || continues(r, end, sep)) return false;
    struct number date = {0};
    if (first_digits == 4) {
        if (end - j > 3 || !is_written_year(first) || !set_day_month(&date, third, second))
            return false;
        date.year = (int16_t)first;
    } else {
        bool short_year = end - j == 3;
        if (!short_year && !is_written_year(third)) return false;
        if (!set_day_month(&date, first, second) && !set_day_month(&date, second, first))
            return false;
        date.year = (int16_t)(!short_year ? third : third < 50 ? 2000 + third : 1900 + third);
    }
    out->number = date;
    finish(out, end);
    return true;
}

/* 03/2021; 30/4 behind "ngày", or where it can be no fraction. */
static bool read_pair(const struct reader *r, uint32_t first, uint32_t i, struct reading *out)
{
    uint32_t second, end;
    if (cp_at(r, i) != '/' || !read_integer(r, i + 1, 4, &second, &end)) return false;
    if (continues(r, end, '/') || cp_at(r, end) == '%') return false;
    struct number date = {0};
    if (end - i == 5 && is_written_year(second) && first >= 1 && first <= 12) {
        date.month = (int8_t)first;
        date.year = (int16_t)second;
    } else {
        bool says_day = cue_at(r, &r->day, out->from);
        bool no_fraction = first > second && r->lang != LANG_EN && r->lang != LANG_FA;
        if (!says_day && !(no_fraction && end - i <= 3)) return false;
        if (!set_day_month(&date, first, second)) return false;
        end = read_year_behind(r, end, &date);
    }
    out->number = date;
    finish(out, end);
    return true;
}

/* 12:30, 12:30:05; 17h30; behind "pukul" also 12.30. */
static bool read_clock(const struct reader *r, uint32_t hour, uint32_t i, struct reading *out)
{
    uint32_t sep = cp_at(r, i), minute, second = 0, end;
    bool known = sep == ':' || sep == 'h' || (sep == 'g' && r->lang == LANG_VI) ||
                 (sep == '.' && cue_at(r, &r->clock, out->from));
    if (!known || hour > 24 || !read_integer(r, i + 1, 2, &minute, &end)) return false;
    if (end != i + 3 || minute > 59 || is_letter_at(r, end)) return false;
    if (cp_at(r, end) == ':') {
        uint32_t behind;
        if (!read_integer(r, end + 1, 2, &second, &behind) || second > 59) return false;
        end = behind;
    }
    struct word_hit hit;
    struct number_word word = word_at(r, skip_space(r, end), &hit);
    if ((word.what & ROLE_AMPM) && hour <= 12) {
        if (!(word.what & WORD_WHOLE)) hour = hour % 12 + (uint32_t)word.value;
        end = hit.end;
    }
    out->number = (struct number){
        .kind = NUMBER_TIME, .unit = "s", .value = hour * 3600.0 + minute * 60.0 + second};
    out->end = end;
    return true;
}

bool read_month_after(const struct reader *r, double day, uint32_t end, struct reading *out)
{
    struct word_hit hit;
    uint32_t i = end;
    struct number_word word = word_at(r, i, &hit);
    if (word.what & ROLE_ORDINAL) i = hit.end;
    if (cp_at(r, i) == '.') i++;
    i = skip_gap(r, i);
    word = word_at(r, i, &hit);
    if (word.what & ROLE_OF) {
        i = skip_space(r, hit.end);
        word = word_at(r, i, &hit);
    }
    struct number date = {.day = (int8_t)day};
    uint32_t month = word.month, behind = hit.end;
    if (!(word.what & ROLE_MONTH)) {
        if (!(word.what & ROLE_MONTH_CUE) || r->lang != LANG_VI) return false;
        if (!read_integer(r, skip_space(r, hit.end), 2, &month, &behind)) return false;
        if (month < 1 || month > 12) return false;
    }
    date.month = (int8_t)month;
    if (cp_at(r, behind) == '.' && cp_at(r, behind + 1) == ' ' && is_digit_at(r, behind + 2))
        behind++;
    uint32_t last = read_year_behind(r, behind, &date);
    if ((word.what & WORD_CAREFUL) && !date.year && !cue_at(r, &r->day, out->from)) return false;
    out->number = date;
    finish(out, last);
    return true;
}

bool read_month_first(const struct reader *r, const struct word_hit *hit,
                      const struct number_word *word, struct reading *out)
{
    struct number date = {.month = (int8_t)word->month};
    uint32_t i = hit->end, day, end;
    if (cp_at(r, i) == '.') i++;
    uint32_t last = read_year_behind(r, i, &date);
    bool english = r->lang == LANG_EN || r->lang == LANG_UNKNOWN;
    if (!date.year && english && cp_at(r, i) == ' ' && read_integer(r, i + 1, 2, &day, &end)) {
        if ((word->what & WORD_CAREFUL) && !cue_at(r, &r->day, hit->from)) return false;
        if (day < 1 || day > 31 || continues(r, end, ',') || cp_at(r, end) == '%') return false;
        date.day = (int8_t)day;
        struct word_hit suffix;
        if (word_at(r, end, &suffix).what & ROLE_ORDINAL)
            end = suffix.end;
        else if (is_letter_at(r, end))
            return false;
        last = read_year_behind(r, end, &date);
        struct word_hit unit;
        if (!date.year && (word_at(r, skip_space(r, end), &unit).what & (ROLE_UNIT | ROLE_SCALE)))
            return false;
    } else if (!date.year) {
        bool alone = hit->end - hit->from >= 4 && !(word->what & (WORD_CAREFUL | WORD_WEAK));
        if (!alone || hit->cut) return false;
        last = hit->end;
    }
    out->number = date;
    out->from = hit->from;
    finish(out, last);
    return true;
}

bool read_cued_date(const struct reader *r, const struct word_hit *hit,
                    const struct number_word *word, struct reading *out)
{
    uint32_t value, end, i = skip_space(r, hit->end);
    struct number date = {0};
    out->from = i;
    if (!read_integer(r, i, 4, &value, &end) || continues(r, end, ',')) return false;
    if ((word->what & ROLE_YEAR_CUE) && end - i >= 3 && value >= 500 && value < 2200) {
        struct word_hit unit;
        uint32_t behind = word_at(r, skip_gap(r, end), &unit).what;
        if (is_letter_at(r, end) || (behind & (ROLE_UNIT | ROLE_SCALE))) return false;
        date.year = (int16_t)value;
    } else if ((word->what & ROLE_MONTH_CUE) && end - i <= 2 && value >= 1 && value <= 12) {
        date.month = (int8_t)value;
        end = read_year_behind(r, end, &date);
        if (is_letter_at(r, end) || (!date.year && r->lang != LANG_VI)) return false;
    } else {
        return false;
    }
    out->number = date;
    finish(out, end);
    return true;
}

/* "p.m.": word_at sees no word in it. Gives 0 or 12 hours, and the end, which is i for neither. */
static double half_day(const struct reader *r, uint32_t i, uint32_t *end)
{
    uint32_t c = cp_at(r, i);
    *end = i;
    if ((c != 'a' && c != 'p') || cp_at(r, i + 1) != '.' || cp_at(r, i + 2) != 'm') return 0;
    if (is_letter_at(r, i + 3)) return 0;
    *end = cp_at(r, i + 3) == '.' ? i + 4 : i + 3;
    return c == 'p' ? 12 : 0;
}

bool read_hour(const struct reader *r, const struct quantity *q, struct reading *out)
{
    if (q->value > 24 || q->value != (double)(int)q->value || q->scale != 1) return false;
    struct word_hit hit;
    uint32_t i = skip_space(r, q->end), end = q->end;
    struct number_word word = word_at(r, i, &hit);
    double hour = q->value;
    uint32_t dotted_end;
    double noon = half_day(r, i, &dotted_end);
    bool dotted = dotted_end > i && hour <= 12;
    if ((word.what & ROLE_UNIT) && cue_at(r, &r->clock, q->from) &&
        k_units[word.unit].factor == 3600) {
        end = hit.end;
        word = word_at(r, skip_space(r, end), &hit);
    } else if (!(word.what & ROLE_AMPM) && !dotted) {
        if (!cue_at(r, &r->clock, q->from) || (word.what & (ROLE_UNIT | ROLE_COUNTED)))
            return false;
        if (r->clock.careful && is_letter_at(r, i)) return false;
    }
    if (dotted) {
        hour = (hour == 12 ? 0 : hour) + noon;
        end = dotted_end;
    } else if ((word.what & ROLE_AMPM) && hour <= 12) {
        if (!(word.what & WORD_WHOLE)) hour = (hour == 12 ? 0 : hour) + word.value;
        end = hit.end;
    }
    out->number = (struct number){.kind = NUMBER_TIME, .unit = "s", .value = hour * 3600};
    out->from = q->from;
    out->end = end;
    return true;
}

bool read_date(const struct reader *r, uint32_t i, struct reading *out)
{
    uint32_t first, end;
    if (!read_integer(r, i, 4, &first, &end)) return false;
    out->from = i;
    uint32_t c = cp_at(r, end);
    if ((c == '/' || c == '-' || c == '.') && is_digit_at(r, end + 1))
        if (read_triple(r, first, end - i, end, out)) return true;
    if (c == '/' && is_digit_at(r, end + 1) && read_pair(r, first, end, out)) return true;
    if (end - i <= 2 && is_digit_at(r, end + 1) && read_clock(r, first, end, out)) return true;
    if (end - i > 2 || first < 1 || first > 31) return false;
    return read_month_after(r, first, end, out);
}
