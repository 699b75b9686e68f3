/* SPDX-License-Identifier: Apache-2.0
 * What is said on standard error. Never wrapped, so that scripts can read it line by line, but
 * harmless: messages quote ids, paths and texts of strangers. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <unistd.h>

struct complaint {
    struct out_stream out;
    struct page page;
};

static void begin(struct complaint *c, enum lang reader)
{
    struct term term;
    term_look(STDERR_FILENO, &term);
    term.columns = UINT32_MAX;
    out_init(&c->out, STDERR_FILENO);
    page_begin(&c->page, &c->out, term, reader);
}

static void end(struct complaint *c)
{
    rc r = page_end(&c->page);
    if (ok(r)) r = out_flush(&c->out);
    (void)r; /* nobody is left to tell */
    out_done(&c->out);
}

void report(enum lang reader, const char *template_text, size_t n_args, const struct view *args)
{
    struct complaint c;
    begin(&c, reader);
    page_own(&c.page, PAINT_NONE, "sanad: ");
    page_say(&c.page, PAINT_NONE, template_text, n_args, args);
    end(&c);
}

static const struct {
    enum err code;
    enum message message;
} k_kinds[] = {
#define ERR(symbol, number, http, exit, english) {symbol, MSG_##symbol},
#include "base/errors.def"
#undef ERR
};

void report_failure(enum lang reader, rc failure)
{
    struct complaint c;
    begin(&c, reader);
    page_own(&c.page, PAINT_NONE, "sanad: ");
    const char *detail = rc_message();
    for (size_t i = 0; i < COUNT_OF(k_kinds) && (reader != LANG_EN || !*detail); i++) {
        if (k_kinds[i].code != failure.code) continue;
        page_own(&c.page, PAINT_NONE, message(reader, k_kinds[i].message));
        if (*detail) page_own(&c.page, PAINT_NONE, ": ");
    }
    page_text(&c.page, PAINT_NONE, view_cstr(detail));
    end(&c);
}

void report_line(const char *place, uint64_t line, const char *reason)
{
    struct complaint c;
    begin(&c, LANG_EN);
    if (place) {
        page_text(&c.page, PAINT_NONE, view_cstr(place));
        page_own(&c.page, PAINT_NONE, ":");
    } else {
        page_own(&c.page, PAINT_NONE, "line ");
    }
    page_number(&c.page, PAINT_NONE, line);
    page_own(&c.page, PAINT_NONE, ": ");
    page_text(&c.page, PAINT_NONE, view_cstr(reason));
    end(&c);
}

int report_bad_lines(enum lang reader, uint64_t n)
{
    char count[24];
    snprintf(count, sizeof count, "%llu", (unsigned long long)n);
    report(reader, message_n(reader, MSG_LINES_BAD, n), 1, (struct view[]){view_cstr(count)});
    return EXIT_BAD_INPUT;
}
