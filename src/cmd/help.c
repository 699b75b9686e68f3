/* SPDX-License-Identifier: Apache-2.0
 * Help from the table, and verbs by name. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

enum {
    LEFT_COLUMN = 2,
    HELP_COLUMN = 30,
    NARROW_COLUMNS = 64,
    NARROW_INDENT = 6,
    LONGEST_NAME = 64
};

/* ---- verbs by name ---- */

const struct verb_row *verb_find(const char *first, const char *second)
{
    char both[LONGEST_NAME];
    const char *name = first;
    if (second) {
        snprintf(both, sizeof both, "%s %s", first, second);
        name = both;
    }
    for (size_t i = 0; i < k_n_verbs; i++)
        if (strcmp(k_verbs[i].name, name) == 0) return &k_verbs[i];
    return NULL;
}

static bool in_family(const struct verb_row *verb, const char *first)
{
    size_t n = strlen(first);
    return strncmp(verb->name, first, n) == 0 && verb->name[n] == ' ';
}

bool verb_is_family(const char *first)
{
    for (size_t i = 0; i < k_n_verbs; i++)
        if (in_family(&k_verbs[i], first)) return true;
    return false;
}

/* First words of all verbs, or second words of a family. */
static void words_of(const char *family, const char **out, size_t max, char (*room)[LONGEST_NAME])
{
    size_t n = 0;
    for (size_t i = 0; i < k_n_verbs && n + 1 < max; i++) {
        const char *name = k_verbs[i].name;
        if (family && !in_family(&k_verbs[i], family)) continue;
        if (family)
            snprintf(room[n], LONGEST_NAME, "%s", name + strlen(family) + 1);
        else
            snprintf(room[n], LONGEST_NAME, "%.*s", (int)strcspn(name, " "), name);
        out[n] = room[n];
        n++;
    }
    out[n] = NULL;
}

void verb_report_unknown(enum lang reader, const char *first, const char *second)
{
    enum { MOST_VERBS = 64 };
    char room[MOST_VERBS][LONGEST_NAME], typed[160], text[160];
    const char *words[MOST_VERBS];
    snprintf(typed, sizeof typed, "%s%s%s", first, second ? " " : "", second ? second : "");
    report(reader, message(reader, MSG_UNKNOWN_VERB), 1, (struct view[]){view_cstr(typed)});
    words_of(second ? first : NULL, words, MOST_VERBS, room);
    const char *meant = second ? second : first;
    const char *near = suggest(meant, strlen(meant), words);
    if (near)
        snprintf(text, sizeof text, "sanad %s%s%s", second ? first : "", second ? " " : "", near);
    else
        snprintf(text, sizeof text, "sanad help%s%s", second ? " " : "", second ? first : "");
    report(reader, message(reader, near ? MSG_DID_YOU_MEAN : MSG_SEE_HELP), 1,
           (struct view[]){view_cstr(text)});
}

/* ---- pages ---- */

static void begin(struct call *call, struct page *p)
{
    page_begin(p, &call->out, call->term, LANG_EN);
}

static void heading(struct page *p, const char *text)
{
    page_line(p);
    page_own(p, PAINT_BOLD, text);
    page_line(p);
}

/* Two columns, or one below the other where there is no room. */
static void two_columns(struct page *p, const char *left, const char *right)
{
    uint32_t leading = (uint32_t)strspn(left, " ");
    page_indent(p, LEFT_COLUMN + leading);
    page_own(p, PAINT_BOLD, left + leading);
    if (p->term.columns < NARROW_COLUMNS) {
        page_line(p);
        page_indent(p, NARROW_INDENT);
    } else {
        page_indent(p, HELP_COLUMN);
        page_column(p, HELP_COLUMN);
    }
    page_own(p, PAINT_NONE, right);
    page_line(p);
    page_indent(p, 0);
}

static void rows(struct page *p, const char *title, const struct example_row *row)
{
    heading(p, title);
    for (; row->left; row++)
        two_columns(p, row->left, row->right);
}

static void paragraphs(struct page *p, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        page_line(p);
        page_text(p, PAINT_NONE, view_of(text, n));
        page_line(p);
        text += n + (text[n] ? 1 : 0);
    }
}

static void show_options(struct page *p, const struct verb_row *verb)
{
    heading(p, "Options:");
    for (size_t i = 0; i < verb->n_options; i++) {
        const struct option_row *row = &verb->options[i];
        char left[96], right[512], letter[5] = "    ";
        if (row->letter) snprintf(letter, sizeof letter, "-%c, ", row->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, row->name, row->value ? " " : "",
                 row->value ? row->value : "");
        snprintf(right, sizeof right, "%s%s%s%s", row->help, *row->facts ? " (" : "", row->facts,
                 *row->facts ? ")" : "");
        two_columns(p, left, right);
    }
    two_columns(p, "-h, --help", "show this help");
}

static void show_examples(struct page *p, const struct verb_row *verb)
{
    if (!verb->examples[0].left) return;
    heading(p, "Examples:");
    p->term.columns = UINT32_MAX; /* commands are to be copied */
    for (const struct example_row *row = verb->examples; row->left; row++) {
        page_indent(p, LEFT_COLUMN);
        page_own(p, PAINT_FAINT, "# ");
        page_own(p, PAINT_FAINT, row->right);
        page_line(p);
        page_own(p, PAINT_NONE, row->left);
        page_line(p);
        page_indent(p, 0);
    }
}

static rc show_program(struct call *call)
{
    struct page p;
    begin(call, &p);
    page_own(&p, PAINT_BOLD, "sanad");
    page_own(&p, PAINT_NONE, ": ");
    page_own(&p, PAINT_NONE, k_program_summary);
    page_line(&p);
    heading(&p, "Commands:");
    for (size_t i = 0; i < k_n_verbs; i++)
        two_columns(&p, k_verbs[i].name, k_verbs[i].summary);
    page_line(&p);
    page_own(&p, PAINT_NONE, "\"sanad help COMMAND\" or \"sanad COMMAND --help\" tells more.");
    page_line(&p);
    rows(&p, "Exit codes:", k_exits);
    rows(&p, "Environment:", k_environment);
    return page_end(&p);
}

rc help_show(struct call *call, const struct verb_row *verb)
{
    if (!verb) return show_program(call);
    struct page p;
    begin(call, &p);
    page_own(&p, PAINT_BOLD, "Usage: ");
    page_indent(&p, LEFT_COLUMN);
    page_own(&p, PAINT_NONE, verb->synopsis);
    page_line(&p);
    page_indent(&p, 0);
    paragraphs(&p, verb->about);
    show_options(&p, verb);
    show_examples(&p, verb);
    return page_end(&p);
}

rc help_family(struct call *call, const char *first_word)
{
    if (!verb_is_family(first_word)) return FAIL(E_NOT_FOUND, "help: no command %s", first_word);
    struct page p;
    begin(call, &p);
    page_own(&p, PAINT_BOLD, "Usage: ");
    page_own(&p, PAINT_NONE, "sanad ");
    page_own(&p, PAINT_NONE, first_word);
    page_own(&p, PAINT_NONE, " COMMAND [OPTION...] ...");
    page_line(&p);
    heading(&p, "Commands:");
    for (size_t i = 0; i < k_n_verbs; i++)
        if (in_family(&k_verbs[i], first_word))
            two_columns(&p, k_verbs[i].name, k_verbs[i].summary);
    page_line(&p);
    page_own(&p, PAINT_NONE, "\"sanad help ");
    page_own(&p, PAINT_NONE, first_word);
    page_own(&p, PAINT_NONE, " COMMAND\" tells more.");
    return page_end(&p);
}

rc verb_help(struct call *call, int *out_exit)
{
    const char *first = call->n_args > 0 ? call->args[0] : NULL;
    const char *second = call->n_args > 1 ? call->args[1] : NULL;
    const struct verb_row *verb = first ? verb_find(first, second) : NULL;
    *out_exit = 0;
    if (!first || verb) return help_show(call, verb);
    if (!second && verb_is_family(first)) return help_family(call, first);
    verb_report_unknown(call->reader, first, verb_is_family(first) ? second : NULL);
    *out_exit = EXIT_WRONG_USE;
    return OK;
}
