/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether two numbers say the same. Where neither is approximate they must be equal; where one is,
 * both are rounded to the last digit of the one written with fewer digits, but never further apart
 * than a tenth. A fraction and a percentage are the same share: 1/3 is 33 %, and 66 % is 2/3 too,
 * for people cut as often as they round. Three guesses of find_numbers are forgiven, for they
 * depend on what stood beside: a bare year may be a count (2000 people), and a number whose unit or
 * currency is not known on one side may have one on the other.
 */
#include "text/numbers_int.h"

#include <math.h>
#include <string.h>

static bool same(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

/* Value of the last digit that is not zero, as for 3500000: 100000; at most 15 digits deep. */
static double last_place(double v)
{
    if (v == 0) return 0;
    double place = pow(10, floor(log10(fabs(v))));
    for (int digits = 0; digits < 15; digits++, place /= 10) {
        double steps = fabs(v) / place;
        if (fabs(steps - round(steps)) < 1e-6) return place;
    }
    return place;
}

static bool about_same(double a, double b)
{
    if (same(a, b)) return true;
    double coarse = fmax(last_place(a), last_place(b));
    double apart = fabs(a - b);
    return apart <= coarse / 2 && apart <= 0.1 * fmax(fabs(a), fabs(b));
}

static bool values_agree(const struct number *a, const struct number *b)
{
    if (a->approximate || b->approximate) return about_same(a->value, b->value);
    return same(a->value, b->value);
}

static bool is_jalali(int year)
{
    return year >= 1300 && year <= 1450;
}

/* A Jalali year begins in March: it meets two Gregorian ones. */
static bool years_agree(int a, int b, bool about)
{
    if (a == 0 || b == 0 || a == b) return true;
    if (is_jalali(a) != is_jalali(b)) {
        int apart = is_jalali(a) ? b - a : a - b;
        return apart == 621 || apart == 622;
    }
    return about && a / 10 == b / 10;
}

/* Months of different calendars cannot be compared. */
static bool months_agree(int a, int b)
{
    return a == 0 || b == 0 || a == b || (a > 20) != (b > 20) || (a > 40) != (b > 40);
}

static bool dates_agree(const struct number *a, const struct number *b)
{
    if (!years_agree(a->year, b->year, a->approximate || b->approximate)) return false;
    bool shares = (a->year && b->year) || (a->month && b->month);
    if (!shares) return false;
    bool comparable = (a->month > 20) == (b->month > 20) && (a->month > 40) == (b->month > 40);
    bool days = !comparable || !a->day || !b->day || a->day == b->day;
    if (days && months_agree(a->month, b->month)) return true;
    return a->day && a->day == b->month && a->month == b->day;
}

static bool is_bare_year(const struct number *n)
{
    return n->kind == NUMBER_DATE && n->year && !n->month && !n->day;
}

/* A plain number and one with a unit: the same when the unit was only left out. */
static bool agrees_without_unit(const struct number *plain, const struct number *with)
{
    if (with->kind != NUMBER_MONEY && with->kind != NUMBER_MEASURE) return false;
    for (uint32_t k = 1; k_units[k].base; k++) {
        const struct unit_info *unit = &k_units[k];
        if (unit->kind != with->kind || strcmp(unit->base, with->unit) != 0) continue;
        struct number as_unit = *plain;
        as_unit.value = (plain->value + unit->offset) * unit->factor;
        if (values_agree(&as_unit, with)) return true;
    }
    return false;
}

/* "a quarter" and "25 %" */
static bool agrees_as_percent(const struct number *share, const struct number *percent)
{
    if (share->kind != NUMBER_PLAIN || percent->kind != NUMBER_PERCENT) return false;
    if (share->value <= 0 || share->value >= 1) return false;
    double value = 100 * share->value, last = fmin(last_place(percent->value), 1);
    if (share->approximate || percent->approximate) return about_same(value, percent->value);
    double more = value - percent->value;
    return same(value, percent->value) || (more >= -0.5 * last && more < last);
}

static bool kinds_differ_but_agree(const struct number *a, const struct number *b)
{
    if (is_bare_year(a) && b->kind == NUMBER_PLAIN) return same(a->year, b->value);
    return agrees_as_percent(a, b) || (a->kind == NUMBER_PLAIN && agrees_without_unit(a, b));
}

/* Currencies that share a name: "rial" alone does not say whose. */
static const struct {
    const char *name, *code;
} k_shared_names[] = {
    {"rial", "IRR"},  {"rial", "SAR"},  {"rial", "QAR"}, {"dinar", "KWD"}, {"dirham", "AED"},
    {"rupee", "INR"}, {"rupee", "IDR"}, {"lira", "TRY"}, {"peso", "PHP"},  {"franc", "CHF"},
};

static bool may_be(const char *name, const char *code)
{
    for (size_t k = 0; k < COUNT_OF(k_shared_names); k++)
        if (strcmp(name, k_shared_names[k].name) == 0 && strcmp(code, k_shared_names[k].code) == 0)
            return true;
    return false;
}

static bool units_agree(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || may_be(a, b) || may_be(b, a);
}

bool number_agrees(const struct number *a, const struct number *b)
{
    if (a->kind != b->kind) return kinds_differ_but_agree(a, b) || kinds_differ_but_agree(b, a);
    if (a->kind == NUMBER_DATE) return dates_agree(a, b);
    if (!units_agree(a->unit, b->unit)) return false;
    return values_agree(a, b);
}
