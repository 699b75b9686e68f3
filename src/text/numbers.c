/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers of a text, in one pass: words that prepare a number (about, $, ngày) are remembered with
 * their place; digits and number words become a quantity; what stands behind gives it unit and
 * kind. What is no number on purpose:
 *
 *   covid19, covid-19, b12   Latin letters directly, or by a hyphen, before the digits: a name
 *   covid 19, omega 3        names of the table (role name)
 *   5g, 4chan, 1080p         2g to 6g, and digits with unknown Latin letters on them
 *   un, one, một, năm        articles, pronouns, everyday words, unless something is counted
 *   1.2.3.4                  versions and addresses; runs of more than 18 digits
 */
#include "text/numbers_int.h"

struct number_word word_at(const struct reader *r, uint32_t i, struct word_hit *hit)
{
    *hit = (struct word_hit){.from = i, .end = i, .word_end = i};
    if (i >= r->f->n) return (struct number_word){0};
    enum cp_class class = cp_class_of(r->f->cp[i]);
    if (class != CP_LETTER && class != CP_SIGN) return (struct number_word){0};
    bool arabic = r->lang == LANG_AR || r->lang == LANG_UNKNOWN || r->lang == LANG_OTHER;
    *hit = arabic ? lexicon_at_cut(r->lx, r->f, r->words, i) : lexicon_at(r->lx, r->f, r->words, i);
    if (!hit->at) return (struct number_word){0};
    struct number_word word = k_number_words[hit->at - 1];
    uint32_t cut_roles = ROLES_OF_VALUE | ROLE_MONTH | ROLE_YEAR_CUE | ROLE_CLOCK_CUE | ROLE_NAME |
                         ROLE_BEFORE | WORD_WEAK | WORD_ALONE | WORD_ARTICLE;
    if (hit->cut) word.what &= cut_roles;
    return word;
}

static rc make_room(struct reader *r)
{
    if (r->n < r->room) return OK;
    uint32_t room = r->room ? r->room * 2 : 16;
    struct number *grown;
    TRY(arena_array_raw(r->mem, room, &grown));
    for (uint32_t k = 0; k < r->n; k++)
        grown[k] = r->out[k];
    r->out = grown;
    r->room = room;
    return OK;
}

/* Whether only a dash or "to" stands between two code points. */
static bool is_range_between(const struct reader *r, uint32_t from, uint32_t to)
{
    uint32_t i = skip_space(r, from);
    if (i < to && cp_is_dash(cp_at(r, i))) return skip_space(r, i + 1) == to;
    struct word_hit hit;
    struct number_word word = word_at(r, i, &hit);
    return (word.what & ROLE_RANGE) && skip_space(r, hit.end) == to;
}

/* "20-30 %", "2 to 3 million": the first takes scale and unit of the second. */
static void share_with_latest(struct reader *r, const struct reading *now,
                              const struct unit_info *unit)
{
    if (!r->last_open || !r->n || !is_range_between(r, r->last_end, now->from)) return;
    struct number *latest = &r->out[r->n - 1];
    double scaled = latest->value * now->scale;
    double value = unit ? (scaled + unit->offset) * unit->factor : scaled;
    if (value > now->number.value) return;
    latest->kind = now->number.kind;
    latest->unit = now->number.unit;
    latest->value = value;
}

static rc put(struct reader *r, struct reading *now, bool about)
{
    TRY(make_room(r));
    struct number *n = &now->number;
    n->from = r->f->from[now->from];
    n->to = form_behind(r->f, now->end);
    n->approximate |= about;
    r->out[r->n++] = *n;
    r->last_end = now->end;
    r->last_open = n->kind == NUMBER_PLAIN && now->scale == 1;
    return OK;
}

/* "50+", "50 or so" */
static uint32_t skip_about_behind(const struct reader *r, uint32_t end, bool *about)
{
    if (cp_at(r, end) == '+' && !is_digit_at(r, end + 1)) {
        *about = true;
        return end + 1;
    }
    struct word_hit hit;
    if (word_at(r, skip_gap(r, end), &hit).what & ROLE_AFTER) {
        *about = true;
        if (!(k_number_words[hit.at - 1].what & (ROLE_BEFORE | ROLE_UNIT))) return hit.end;
    }
    return end;
}

/* The unit behind a quantity: its number in k_units, or 0. */
static uint8_t unit_behind(const struct reader *r, const struct quantity *q, uint32_t *end)
{
    if (q->unit) return q->unit;
    uint32_t i = skip_gap(r, *end);
    struct word_hit hit;
    struct number_word word = word_at(r, i, &hit);
    if ((word.what & ROLE_OF) && q->scale > 1) {
        i = hit.end;
        if (cp_at(r, i) == ' ' || cp_is_apostrophe(cp_at(r, i))) i++;
        word = word_at(r, i, &hit);
    }
    if (!(word.what & ROLE_UNIT) || ((word.what & WORD_GLUED) && i != *end)) return 0;
    /* "5 $ 10": the sign belongs to the number behind it only when it touches that one alone */
    if ((word.what & WORD_PREFIX) && i != *end && is_digit_at(r, hit.end)) return 0;
    *end = hit.end;
    return word.unit;
}

static bool is_time(const struct unit_info *unit)
{
    return unit->base[0] == 's' && unit->base[1] == 0;
}

/* With weak words and articles, something must be counted. */
static bool is_meant(const struct reader *r, const struct quantity *q, const struct unit_info *unit)
{
    if (q->article) return unit && (r->lang != LANG_EN || !is_time(unit));
    if (!q->weak || unit) return true;
    struct word_hit hit;
    return word_at(r, skip_space(r, q->end), &hit).what & ROLE_COUNTED;
}

/* Letters written onto digits that are neither unit nor scale: 20th, 1990s, 4chan. */
enum suffix { SUFFIX_NONE, SUFFIX_ORDINAL, SUFFIX_DECADE, SUFFIX_NAME };

static enum suffix suffix_of(const struct reader *r, const struct quantity *q, uint32_t *end)
{
    uint32_t i = q->end;
    if (q->spelled || !is_letter_at(r, i)) return SUFFIX_NONE;
    struct word_hit hit;
    struct number_word word = word_at(r, i, &hit);
    uint32_t c = r->f->cp[i];
    bool one_letter = hit.word_end == i + 1;
    *end = hit.end;
    if (q->n_digits == 4 && c == 's' && one_letter) return SUFFIX_DECADE;
    if (q->n_digits == 1 && c == 'g' && one_letter && q->value >= 2 && q->value <= 6)
        return SUFFIX_NAME;
    if (word.what & ROLE_ORDINAL) return SUFFIX_ORDINAL;
    *end = hit.word_end;
    if (!word.what && cp_is_latin(c)) return SUFFIX_NAME;
    *end = q->end;
    return SUFFIX_NONE;
}

/* Minus, when nothing but a space or a bracket stands before it. */
static bool is_negative(const struct reader *r, uint32_t i)
{
    uint32_t c = i ? cp_at(r, i - 1) : 0;
    if (c != '-' && c != 0x2212) return false;
    uint32_t before = i > 1 ? cp_at(r, i - 2) : ' ';
    return (before == ' ' || before == '(') && !(r->n && r->last_end + 1 >= i - 1 && r->last_end);
}

static void apply_unit(struct reading *now, const struct unit_info *unit)
{
    now->number.kind = unit->kind;
    now->number.unit = unit->base;
    now->number.value = (now->number.value + unit->offset) * unit->factor;
}

static bool is_spelled_day(const struct quantity *q)
{
    return q->spelled && !q->weak && !q->article && q->scale == 1 && q->value >= 1 &&
           q->value <= 31;
}

/* Gives a quantity unit and kind and writes it down; *end behind what was used. */
static rc put_quantity(struct reader *r, const struct quantity *q, uint32_t *end)
{
    *end = q->end;
    struct reading now = {.from = q->from, .end = q->end, .scale = 1};
    bool about = cue_at(r, &r->about, q->from);
    if (read_hour(r, q, &now) ||
        (is_spelled_day(q) && read_month_after(r, q->value, q->end, &now))) {
        *end = now.end;
        now.number.spelled = q->spelled;
        return put(r, &now, about);
    }
    if (!cue_at(r, &r->nth, q->from) && read_ratio(r, q, &now)) {
        *end = now.end;
        now.number.spelled = q->spelled;
        TRY(put(r, &now, about));
        r->last_open = false;
        return OK;
    }
    now.scale = q->scale;
    enum suffix suffix = suffix_of(r, q, end);
    if (suffix == SUFFIX_NAME) return OK;
    now.number.value = is_negative(r, q->from) ? -q->value : q->value;
    now.number.spelled = q->spelled;
    now.number.unit = "";
    bool money = cue_at(r, &r->money, q->from);
    bool year = q->n_digits == 4 && is_year(r, q->value) && now.number.value > 0;
    /* "since 2024 day visitors pay": no time span */
    bool no_unit = suffix || (year && cue_at(r, &r->day, q->from));
    uint8_t unit = no_unit ? 0 : unit_behind(r, q, end);
    if (money && !(unit && k_units[unit].kind == NUMBER_PERCENT)) {
        unit = r->money.unit;
        now.from = r->money.from;
        about |= cue_at(r, &r->about, now.from);
    }
    const struct unit_info *info = unit ? &k_units[unit] : NULL;
    if (!is_meant(r, q, info)) return OK;
    if (info) apply_unit(&now, info);
    *end = skip_about_behind(r, *end, &about);
    now.end = *end;
    if (suffix == SUFFIX_ORDINAL || cue_at(r, &r->nth, q->from)) {
        now.number.kind = NUMBER_ORDINAL;
    } else if (year && !info && (!about || suffix == SUFFIX_DECADE)) {
        now.number.year = (int16_t)q->value;
        now.number.approximate = suffix == SUFFIX_DECADE;
        seal_date(&now.number);
    } else if (info || q->scale > 1) {
        share_with_latest(r, &now, info);
    }
    return put(r, &now, about);
}

static rc at_digit(struct reader *r, uint32_t i, uint32_t *end)
{
    struct reading date = {.scale = 1};
    if (read_date(r, i, &date)) {
        *end = date.end;
        return put(r, &date, cue_at(r, &r->about, i));
    }
    struct quantity q;
    if (!read_digits(r, i, &q)) {
        *end = q.end;
        return OK;
    }
    add_scales(r, &q);
    return put_quantity(r, &q, end);
}

/* Behind a word in whose name the digits stand ("covid 19"), else i. */
static uint32_t skip_name_digits(const struct reader *r, uint32_t i)
{
    uint32_t j = i;
    if (cp_at(r, j) == ' ' || cp_is_dash(cp_at(r, j))) j++;
    if (!is_digit_at(r, j)) return i;
    while (is_digit_at(r, j))
        j++;
    return j;
}

static void remember_cues(struct reader *r, const struct number_word *word,
                          const struct word_hit *hit)
{
    struct cue cue = {.end = hit->end,
                      .from = hit->from,
                      .unit = word->unit,
                      .careful = word->what & WORD_CAREFUL};
    uint32_t what = word->what;
    bool in_range = (what & ROLE_RANGE) && r->n && skip_space(r, r->last_end) == hit->from;
    if ((what & ROLE_BEFORE) && !in_range) r->about = cue;
    if ((what & ROLE_UNIT) && (what & WORD_PREFIX)) r->money = cue;
    if (what & ROLE_CLOCK_CUE) r->clock = cue;
    if (what & ROLE_DAY_CUE) r->day = cue;
    bool hyphen = cp_is_hyphen(cp_at(r, cue.end));
    if ((what & ROLE_NTH) && (hyphen || !cue.careful)) {
        r->nth = cue;
        if (hyphen) r->nth.end++;
    }
}

static rc at_word(struct reader *r, uint32_t i, uint32_t *end)
{
    struct word_hit hit;
    struct number_word word = word_at(r, i, &hit);
    *end = hit.end;
    if (word.ratio & RATIO_EACH) r->each = (struct cue){.end = hit.end, .from = i};
    if (!word.what) {
        if (cp_is_hyphen(cp_at(r, hit.end)) && cp_is_latin(cp_at(r, i)))
            *end = skip_name_digits(r, hit.end);
        return OK;
    }
    if (word.what & ROLE_NAME) {
        *end = skip_name_digits(r, hit.end);
        return OK;
    }
    struct reading date = {.scale = 1};
    bool found = (word.what & ROLE_MONTH) && read_month_first(r, &hit, &word, &date);
    if (!found && (word.what & (ROLE_YEAR_CUE | ROLE_MONTH_CUE)))
        found = read_cued_date(r, &hit, &word, &date);
    if (found) {
        *end = date.end;
        return put(r, &date, cue_at(r, &r->about, i));
    }
    struct quantity q;
    if ((word.what & (ROLES_OF_VALUE | WORD_WHOLE)) && read_spelled(r, i, &q))
        return put_quantity(r, &q, end);
    remember_cues(r, &word, &hit);
    return OK;
}

static rc step(struct reader *r, uint32_t i, uint32_t *end)
{
    uint32_t c = r->f->cp[i];
    *end = i + 1;
    switch (cp_class_of(c)) {
    case CP_DIGIT: return at_digit(r, i, end);
    case CP_LETTER:
    case CP_SIGN: return at_word(r, i, end);
    case CP_SPACE:
    case CP_MARK:
    case CP_OTHER: break;
    }
    if (c == '~' || c == '<' || c == '>' || c == 0x2248 || c == 0x2243 || c == 0x2264 ||
        c == 0x2265)
        r->about = (struct cue){.end = i + 1, .from = i};
    return OK;
}

rc find_numbers(const struct form *exact, enum lang lang, struct read_word *words,
                const uint32_t *skip, uint32_t n_skip, struct arena *mem, const struct number **out,
                uint32_t *out_n)
{
    struct reader r = {
        .f = exact, .lang = lang, .lx = &k_number_lexicon[lang], .words = words, .mem = mem};
    uint32_t i = 0, next_skip = 0;
    while (i < exact->n) {
        uint32_t at = exact->from[i];
        while (next_skip < n_skip && skip[2 * next_skip + 1] <= at)
            next_skip++;
        if (next_skip < n_skip && skip[2 * next_skip] <= at) {
            i++;
            continue;
        }
        uint32_t end;
        TRY(step(&r, i, &end));
        i = end;
    }
    *out = r.out;
    *out_n = r.n;
    return OK;
}
