/* SPDX-License-Identifier: Apache-2.0
 * Labels: our closed list, and the crosswalk from what fact-checkers print.
 * The rules are those of docs/formats/labels.md; the table is tables/labels.tsv, compiled by
 * tools/gen_labels.py. */
#include "exchange/exchange.h"

#include <math.h>
#include <string.h>

/* Characters [first, last] become `to`, or nothing where it is 0. A range of several is dropped. */
struct fold {
    uint32_t first, last, to;
};
/* A folded rating; sorted by bytes. */
struct rating {
    const char *key;
    enum label label;
};
#include "labels_table.h"

static const char *const k_names[LABEL_COUNT] = {
    [LABEL_NONE] = "",
    [LABEL_FALSE] = "false",
    [LABEL_MISLEADING] = "misleading",
    [LABEL_ACCURATE] = "accurate",
    [LABEL_UNPROVEN] = "unproven",
    [LABEL_NOT_CHECKABLE] = "not_checkable",
};

const char *label_name(enum label label)
{
    return k_names[label];
}

enum label label_from_name(struct view name)
{
    for (size_t i = LABEL_FALSE; i < COUNT_OF(k_names); i++)
        if (view_eq(name, view_cstr(k_names[i]))) return (enum label)i;
    return LABEL_NONE;
}

/* ---- folding ---- */

static uint32_t fold_code_point(uint32_t c)
{
    if (c < 0x80) {
        if (c >= 'A' && c <= 'Z') return c + 32;
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : 0;
    }
    size_t low = 0, high = COUNT_OF(k_folds);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k_folds[middle].last < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low < COUNT_OF(k_folds) && k_folds[low].first <= c ? k_folds[low].to : c;
}

/* The letters and digits of a rating. One that is longer than every key matches none. */
static struct view fold_rating(struct view printed, uint8_t room[MAX_KEY_BYTES + 4])
{
    size_t n = 0;
    for (size_t pos = 0; pos < printed.n;) {
        uint32_t c = fold_code_point(utf8_next(printed, &pos));
        if (c == 0) continue;
        n += utf8_put(c, room + n);
        if (n > MAX_KEY_BYTES) return view_of(NULL, 0);
    }
    return view_of(room, n);
}

static enum label look_up(struct view printed)
{
    uint8_t room[MAX_KEY_BYTES + 4];
    struct view key = fold_rating(printed, room);
    size_t low = 0, high = COUNT_OF(k_ratings);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = view_cmp(view_cstr(k_ratings[middle].key), key);
        if (order == 0) return k_ratings[middle].label;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return LABEL_NONE;
}

/* ---- heads ---- */

/* The words before the explanation, or an empty view when there is none. */
static struct view head_of(struct view printed)
{
    static const char *const k_ends[] = {":", "(", "|", "—", "–", " - ", ". ", "\n"};
    printed = view_trim(printed);
    if (printed.n && printed.p[0] == '[') {
        size_t end = view_find(printed, ']');
        return end < printed.n ? view_slice(printed, 1, end - 1) : view_of(NULL, 0);
    }
    size_t first = printed.n;
    for (size_t i = 0; i < COUNT_OF(k_ends); i++) {
        const uint8_t *at = first ? memmem(printed.p, first, k_ends[i], strlen(k_ends[i])) : NULL;
        if (at) first = (size_t)(at - printed.p);
    }
    return first < printed.n ? view_slice(printed, 0, first) : view_of(NULL, 0);
}

/* ---- numbers ---- */

#define FALSE_BELOW 0.2
#define ACCURATE_FROM 0.7

static enum label from_scale(double value, double best, double worst, bool words_unknown)
{
    double place = (value - worst) / (best - worst);
    if (best == worst || !isfinite(best) || !isfinite(worst)) return LABEL_NONE;
    if (!isfinite(place) || place < 0 || place > 1) return LABEL_NONE;
    if (place < FALSE_BELOW) return LABEL_FALSE;
    if (place >= ACCURATE_FROM) return LABEL_ACCURATE;
    return words_unknown ? LABEL_NONE : LABEL_MISLEADING;
}

enum label label_from_rating(struct view printed, double value, double best, double worst)
{
    enum label label = look_up(printed);
    if (label != LABEL_NONE) return label;
    label = look_up(head_of(printed));
    if (label != LABEL_NONE && label != LABEL_ACCURATE) return label;
    return from_scale(value, best, worst, view_trim(printed).n > 0);
}
