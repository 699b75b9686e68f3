/* SPDX-License-Identifier: Apache-2.0
 * Numbers as one line, for golden tables: "80%", "5 USD", "5000 g", "@2021-3-12", "t61200" (seconds
 * since midnight), "#20" (ordinal), each with "~" behind when approximate. */
#ifndef SANAD_TESTS_NUMBERS_SHOWN_H
#define SANAD_TESTS_NUMBERS_SHOWN_H

#include "exact.h"

static inline void number_shown(const struct number *n, struct buf *out)
{
    if (out->n) CHECK_OK(buf_add(out, VIEW("; ")));
    switch (n->kind) {
    case NUMBER_PLAIN: CHECK_OK(buf_addf(out, "%.10g", n->value)); break;
    case NUMBER_PERCENT: CHECK_OK(buf_addf(out, "%.10g%%", n->value)); break;
    case NUMBER_MONEY:
    case NUMBER_MEASURE: CHECK_OK(buf_addf(out, "%.10g %s", n->value, n->unit)); break;
    case NUMBER_DATE: CHECK_OK(buf_addf(out, "@%d-%d-%d", n->year, n->month, n->day)); break;
    case NUMBER_TIME: CHECK_OK(buf_addf(out, "t%.10g", n->value)); break;
    case NUMBER_ORDINAL: CHECK_OK(buf_addf(out, "#%.10g", n->value)); break;
    }
    if (n->approximate) CHECK_OK(buf_add_byte(out, '~'));
}

static inline void numbers_shown(const char *text, enum lang lang, struct arena *mem,
                                 struct buf *out)
{
    struct form exact = exact_of(view_cstr(text), mem);
    const struct number *numbers;
    uint32_t n;
    CHECK_OK(find_numbers(&exact, lang, NULL, NULL, 0, mem, &numbers, &n));
    for (uint32_t i = 0; i < n; i++)
        number_shown(&numbers[i], out);
}

#endif
