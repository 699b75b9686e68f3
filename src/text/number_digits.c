/* SPDX-License-Identifier: Apache-2.0
 *
 * Digits with their separators. Which of "." and "," groups thousands follows from the shape where
 * it can, and else from the language:
 *
 *   1,234,567.8   two kinds: the last one is the decimal sign, the others group threes
 *   1.234.567     one kind, more than once, threes behind it: it groups
 *   12,34,567     commas, twos and a last three: Indian grouping
 *   0,25  12,5    once, not three digits behind it, or a zero before it: decimal
 *   50.000        once and three zeros: it groups, nobody writes three decimal zeros
 *   1.234         once and three digits: k_once
 *   1.2.3.4       a version or an address: no number
 */
#include "text/numbers_int.h"

enum { MAX_PARTS = 8, MAX_DIGITS = 18 };

struct part {
    uint64_t value;
    uint32_t n_digits, end;
    uint32_t separator; /* before it, normalised: . , ' space */
    bool decimal_only;  /* Arabic decimal sign */
};

/* Once, with three digits behind it: does this sign group thousands? Spanish, Indonesian and
 * Vietnamese use both signs for thousands (the Americas, English influence) far more often than
 * they write exactly three decimals; French and Italian keep the comma decimal. */
static const struct {
    bool point, comma;
} k_once[LANG_COUNT] = {
    [LANG_UNKNOWN] = {false, true}, [LANG_OTHER] = {true, true}, [LANG_EN] = {false, true},
    [LANG_MS] = {false, true},      [LANG_AR] = {false, true},   [LANG_FA] = {false, true},
    [LANG_ES] = {true, true},       [LANG_ID] = {true, true},    [LANG_VI] = {true, true},
    [LANG_FR] = {true, false},      [LANG_IT] = {true, false},
};

static uint32_t separator_of(uint32_t c, bool *decimal_only)
{
    *decimal_only = c == 0x66B;
    switch (c) {
    case '.':
    case ',':
    case ' ':
    case '\'': return c;
    case 0x2019:
    case 0x66C: return '\'';
    case 0x66B:
    case 0x60C: return ',';
    default: return 0;
    }
}

/* "½" has become 1, fraction slash, 2, all from one place of the source. */
static bool is_vulgar(const struct reader *r, uint32_t i)
{
    return cp_at(r, i + 1) == 0x2044 && r->f->from[i] == r->f->from[i + 1];
}

/* Reads one run of digits; false when it is longer than MAX_DIGITS. */
static bool read_run(const struct reader *r, uint32_t i, struct part *p)
{
    uint32_t j = i;
    p->value = 0;
    for (; is_digit_at(r, j) && !(j > i && is_vulgar(r, j)); j++)
        if (j - i < MAX_DIGITS) p->value = p->value * 10 + (uint64_t)cp_digit(r->f->cp[j]);
    p->end = j;
    p->n_digits = j - i < 255 ? j - i : 255;
    return j - i <= MAX_DIGITS;
}

bool read_integer(const struct reader *r, uint32_t i, uint32_t most, uint32_t *out_value,
                  uint32_t *out_end)
{
    uint32_t value = 0, j = i;
    for (; is_digit_at(r, j); j++) {
        if (j - i == most) return false;
        value = value * 10 + (uint32_t)cp_digit(r->f->cp[j]);
    }
    *out_value = value;
    *out_end = j;
    return j > i;
}

/* Spaces group only exact threes behind one to three digits: "10 000", not "in 2020 300". */
static bool space_groups(const struct reader *r, const struct part *parts, uint32_t n)
{
    uint32_t i = parts[n - 1].end;
    uint32_t value, end;
    if (!read_integer(r, i + 1, 3, &value, &end) || end != i + 4) return false;
    if (n > 1) return parts[n - 1].separator == ' ';
    uint32_t first = r->f->cp[i - parts[0].n_digits];
    return parts[0].n_digits <= 3 && cp_digit(first) != 0 && is_digit_at(r, i + 1);
}

/* All parts of a run; *out_end behind the run even where parts run out. */
static uint32_t read_parts(const struct reader *r, uint32_t i, struct part *parts,
                           uint32_t *out_end)
{
    uint32_t n = 0;
    bool fits = true, decimal_only = false;
    uint32_t separator = 0;
    for (;;) {
        struct part p = {.separator = separator, .decimal_only = decimal_only};
        fits = read_run(r, i, &p) && fits;
        if (n < MAX_PARTS)
            parts[n++] = p;
        else
            fits = false;
        i = p.end;
        separator = separator_of(cp_at(r, i), &decimal_only);
        if (!separator || !is_digit_at(r, i + 1) || is_vulgar(r, i + 1)) break;
        if (separator == ' ' && !(fits && space_groups(r, parts, n))) break;
        i++;
    }
    *out_end = i;
    return fits ? n : 0;
}

static bool are_threes(const struct part *parts, uint32_t from, uint32_t to)
{
    for (uint32_t k = from; k < to; k++)
        if (parts[k].n_digits != 3) return false;
    return parts[0].n_digits <= 3;
}

static bool same_separators(const struct part *parts, uint32_t from, uint32_t to)
{
    for (uint32_t k = from + 1; k < to; k++)
        if (parts[k].separator != parts[from].separator) return false;
    return true;
}

static bool is_indian(const struct part *parts, uint32_t n)
{
    if (parts[1].separator != ',' || parts[0].n_digits > 2 || parts[n - 1].n_digits != 3)
        return false;
    for (uint32_t k = 1; k + 1 < n; k++)
        if (parts[k].n_digits != 2) return false;
    return true;
}

/* Joins `n` parts: the first `whole` are the integer, one more is the fraction. */
static double joined(const struct part *parts, uint32_t whole, uint32_t n)
{
    double value = 0;
    for (uint32_t k = 0; k < whole; k++) {
        for (uint32_t d = 0; k && d < parts[k].n_digits; d++)
            value *= 10;
        value += (double)parts[k].value;
    }
    if (whole == n) return value;
    double tenth = 1;
    for (uint32_t d = 0; d < parts[whole].n_digits; d++)
        tenth *= 10;
    /* one division of exact integers rounds once, as strtod does */
    if (value * tenth < 9e15) return (value * tenth + (double)parts[whole].value) / tenth;
    return value + (double)parts[whole].value / tenth;
}

static bool once_groups(const struct part *parts, enum lang lang)
{
    if (parts[1].decimal_only || parts[1].n_digits != 3) return false;
    if (parts[0].n_digits > 3 || parts[0].value == 0) return false;
    if (parts[1].value == 0 || parts[1].separator == '\'' || parts[1].separator == ' ') return true;
    return parts[1].separator == '.' ? k_once[lang].point : k_once[lang].comma;
}

/* Value of the first parts; *used says how many, 0 for no number. */
static double resolve(const struct part *parts, uint32_t n, enum lang lang, uint32_t *used)
{
    *used = n;
    if (n == 1) return (double)parts[0].value;
    uint32_t last = parts[n - 1].separator;
    if (n == 2) {
        if (once_groups(parts, lang)) return joined(parts, 2, 2);
        if (last == '.' || last == ',') return joined(parts, 1, 2);
    } else if (same_separators(parts, 1, n)) {
        if (are_threes(parts, 1, n) || is_indian(parts, n)) return joined(parts, n, n);
        *used = last == '.' ? 0 : 1;
        return (double)parts[0].value;
    } else if (same_separators(parts, 1, n - 1) && (last == '.' || last == ',') &&
               are_threes(parts, 1, n - 1)) {
        return joined(parts, n - 1, n);
    }
    *used = 1;
    return (double)parts[0].value;
}

/* "1/2", "1⁄2", and in Persian "۳/۵ درصد", which is a decimal. */
static void add_fraction(const struct reader *r, struct quantity *q)
{
    uint32_t sign = cp_at(r, q->end), below, end;
    if (sign != '/' && sign != 0x2044) return;
    if (!read_integer(r, q->end + 1, 3, &below, &end) || cp_at(r, end) == '/') return;
    uint32_t after = skip_space(r, end);
    struct word_hit hit;
    struct number_word word = word_at(r, after, &hit);
    if (r->lang == LANG_FA && sign == '/' && (word.what & (ROLE_UNIT | ROLE_SCALE))) {
        double tenth = end - q->end > 3 ? 1000 : end - q->end > 2 ? 100 : 10;
        q->value = (q->value * tenth + below) / tenth;
    } else if (below > 1 && below <= 100 && (sign == 0x2044 || q->value < below)) {
        q->value /= below;
    } else {
        return;
    }
    q->end = end;
    q->n_digits = 0;
}

/* "2½", "2 ½" */
static void add_vulgar(const struct reader *r, struct quantity *q)
{
    uint32_t i = skip_space(r, q->end);
    if (!is_digit_at(r, i) || !is_vulgar(r, i)) return;
    struct quantity part = {.value = cp_digit(r->f->cp[i]), .end = i + 1};
    add_fraction(r, &part);
    if (part.end == i + 1) return;
    q->value += part.value;
    q->end = part.end;
    q->n_digits = 0;
}

bool read_digits(const struct reader *r, uint32_t i, struct quantity *q)
{
    struct part parts[MAX_PARTS];
    *q = (struct quantity){.from = i, .scale = 1};
    uint32_t run_end, used = 0;
    uint32_t n = read_parts(r, i, parts, &run_end);
    q->end = run_end;
    if (n == 0) return false;
    q->value = resolve(parts, n, r->lang, &used);
    if (used == 0) return false;
    /* "3,5,7": what the first number was no part of, is no part of the next */
    if (i > 1 && n == 2 && cp_at(r, i - 1) == parts[1].separator && is_digit_at(r, i - 2)) {
        used = 1;
        q->value = (double)parts[0].value;
    }
    q->end = parts[used - 1].end;
    if (used == 1) q->n_digits = (uint8_t)parts[0].n_digits;
    bool after_point = i > 0 && cp_at(r, i - 1) == '.' && (i == 1 || cp_at(r, i - 2) == ' ');
    if (used == 1 && after_point) {
        struct part point[2] = {{.n_digits = 1}, parts[0]};
        q->value = joined(point, 1, 2);
        q->n_digits = 0;
    } else if (used == 1) {
        add_fraction(r, q);
        add_vulgar(r, q);
    }
    return true;
}
