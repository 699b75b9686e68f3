/* SPDX-License-Identifier: Apache-2.0
 * Options and arguments by the table, through getopt_long; what is wrong gets one sentence. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- complaints ---- */

static void complain(const struct call *call, enum message which, size_t n, const struct view *args)
{
    report(call->reader, message(call->reader, which), n, args);
}

static void point_to_help(const struct call *call)
{
    char text[96];
    snprintf(text, sizeof text, "sanad help %s", call->verb->name);
    complain(call, MSG_SEE_HELP, 1, &(struct view){(const uint8_t *)text, strlen(text)});
}

static void option_name(const struct option_row *row, char out[64])
{
    snprintf(out, 64, "--%s", row->name);
}

static void complain_unknown(const struct call *call, const char *typed)
{
    char verb[96];
    const char *names[VERB_MAX_OPTIONS + 2] = {NULL};
    snprintf(verb, sizeof verb, "sanad %s", call->verb->name);
    struct view args[] = {view_of(typed, strcspn(typed, "=")), view_cstr(verb)};
    complain(call, MSG_UNKNOWN_OPTION, 2, args);
    size_t i = 0;
    for (; i < call->verb->n_options; i++)
        names[i] = call->verb->options[i].name;
    names[i] = "help";
    const char *near = NULL;
    if (strncmp(typed, "--", 2) == 0) near = suggest(typed + 2, args[0].n - 2, names);
    if (!near) {
        point_to_help(call);
        return;
    }
    char text[64];
    snprintf(text, sizeof text, "--%s", near);
    complain(call, MSG_DID_YOU_MEAN, 1, &(struct view){(const uint8_t *)text, strlen(text)});
}

static bool bad_choice(const struct call *call, const char *name, const char *text,
                       const char *const *values)
{
    char list[256] = "";
    for (size_t n = 0; *values && n < sizeof list; values++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", *values);
    complain(call, MSG_BAD_CHOICE, 3,
             (struct view[]){view_cstr(name), view_cstr(text), view_cstr(list)});
    return false;
}

/* ---- values; false after a complaint ---- */

static bool read_number(const struct option_row *row, const char *text, uint64_t *out)
{
    static const char k_scales[] = "KMG";
    char *end;
    if (*text < '0' || *text > '9' || strlen(text) > 18) return false;
    uint64_t n = strtoull(text, &end, 10);
    if (row->type == OPTION_BYTES && *end) {
        const char *scale = strchr(k_scales, *end >= 'a' ? *end - 32 : *end);
        if (!scale) return false;
        for (const char *s = k_scales; s <= scale; s++)
            if (MUL_OVERFLOWS(n, (uint64_t)1024, &n)) return false;
        end++;
    }
    if (*end || n < row->least || n > row->most) return false;
    *out = n;
    return true;
}

static bool set_number(const struct call *call, const struct option_row *row, const char *name,
                       struct value *value)
{
    char least[24], most[24];
    if (read_number(row, value->text, &value->number)) return true;
    snprintf(least, sizeof least, "%llu", (unsigned long long)row->least);
    snprintf(most, sizeof most, "%llu", (unsigned long long)row->most);
    complain(call, MSG_BAD_NUMBER, 4,
             (struct view[]){view_cstr(name), view_cstr(value->text), view_cstr(least),
                             view_cstr(most)});
    return false;
}

static bool set_choice(const struct call *call, const struct option_row *row, const char *name,
                       struct value *value)
{
    for (size_t i = 0; row->values[i]; i++) {
        if (strcmp(row->values[i], value->text) != 0) continue;
        value->number = i;
        return true;
    }
    return bad_choice(call, name, value->text, row->values);
}

static bool set_language(const struct call *call, const char *name, struct value *value)
{
    static const char *const k_languages[] = {"ar", "fa", "vi", "es", "fr",
                                              "id", "ms", "it", "en", NULL};
    enum lang lang;
    if (!message_lang(value->text, &lang)) return bad_choice(call, name, value->text, k_languages);
    value->number = (uint64_t)lang;
    return true;
}

static bool set_value(const struct call *call, const struct option_row *row, struct value *value)
{
    char name[64];
    option_name(row, name);
    switch (row->type) {
    case OPTION_COUNT:
    case OPTION_BYTES: return set_number(call, row, name, value);
    case OPTION_CHOICE: return set_choice(call, row, name, value);
    case OPTION_LANGUAGE: return set_language(call, name, value);
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_PATH: break;
    }
    return true;
}

/* ---- the whole line ---- */

/* Place of the option that getopt means, -1 when it is none of the table. */
static int place_of(const struct verb_row *verb, int got)
{
    if (got >= OPTION_BASE) return got - OPTION_BASE;
    for (size_t i = 0; i < verb->n_options; i++)
        if (verb->options[i].letter && verb->options[i].letter == got) return (int)i;
    return -1;
}

static void complain_getopt(const struct call *call, int got, char **argv)
{
    char letter[3] = {'-', (char)optopt, 0};
    bool is_long = optopt == 0 || optopt >= OPTION_BASE || optopt == 'h';
    const char *typed = is_long ? argv[optind - 1] : letter;
    struct view name = view_of(typed, strcspn(typed, "="));
    if (got == ':')
        complain(call, MSG_NEEDS_VALUE, 1, &name);
    else if (is_long && optopt != 0)
        complain(call, MSG_TAKES_NO_VALUE, 1, &name);
    else
        complain_unknown(call, typed);
}

/* E.g. "FILE [ID...]" -> "FILE": the first argument that is missing. */
static struct view missing_argument(const struct verb_row *verb, int n_given)
{
    struct view rest = view_cstr(verb->arguments);
    for (; n_given > 0; n_given--) {
        size_t end = view_find(rest, ' ');
        if (end == rest.n) break;
        rest = view_slice(rest, end + 1, rest.n);
    }
    return view_of(rest.p, view_find(rest, ' '));
}

static bool check_arguments(const struct call *call)
{
    const struct verb_row *verb = call->verb;
    struct view word;
    if (call->n_args < verb->min_args) {
        word = missing_argument(verb, call->n_args);
        complain(call, MSG_ARGUMENT_NEEDED, 1, &word);
        return false;
    }
    if (verb->max_args >= 0 && call->n_args > verb->max_args) {
        word = view_cstr(call->args[verb->max_args]);
        complain(call, MSG_ARGUMENT_TOO_MANY, 1, &word);
        return false;
    }
    return true;
}

static bool check_required(struct call *call)
{
    for (size_t i = 0; i < call->verb->n_options; i++) {
        const struct option_row *row = &call->verb->options[i];
        struct value *value = &call->values[i];
        const char *env = row->env ? getenv(row->env) : NULL;
        if (!value->text && env && *env) {
            value->text = env;
            if (!set_value(call, row, value)) return false;
        }
        if (!row->required || value->text) continue;
        char name[64], what[128];
        bool bank = row->env && strcmp(row->env, "SANAD_BANK") == 0;
        option_name(row, name);
        snprintf(what, sizeof what, row->env ? "%s (%s)" : "%s", name, row->env);
        struct view view = view_cstr(what);
        complain(call, bank ? MSG_BANK_NEEDED : MSG_OPTION_NEEDED, 1, &view);
        return false;
    }
    return true;
}

static bool add_text(const struct call *call, const struct option_row *row, struct value *value)
{
    struct view word = view_cstr(value->text);
    if (!row->many) return true;
    if (value->n_texts == VALUE_MAX_TEXTS) {
        complain(call, MSG_ARGUMENT_TOO_MANY, 1, &word);
        return false;
    }
    value->texts[value->n_texts++] = value->text;
    return true;
}

/* All options; < 0: all is well. */
static int read_options(struct call *call, int argc, char **argv, bool *out_help)
{
    opterr = 0;
    optind = 0;
    for (;;) {
        int got = getopt_long(argc, argv, call->verb->letters, call->verb->getopt_options, NULL);
        if (got == -1) return -1;
        if (got == 'h') {
            *out_help = true;
            return 0;
        }
        int place = got == '?' || got == ':' ? -1 : place_of(call->verb, got);
        if (place < 0) {
            complain_getopt(call, got, argv);
            return EXIT_WRONG_USE;
        }
        const struct option_row *row = &call->verb->options[place];
        struct value *value = &call->values[place];
        value->given = true;
        value->text = optarg;
        if (!set_value(call, row, value) || !add_text(call, row, value)) return EXIT_WRONG_USE;
        if (row->type == OPTION_LANGUAGE) call->reader = (enum lang)value->number;
    }
}

rc options_read(struct call *call, int argc, char **argv, int *out_exit)
{
    bool help = false;
    for (size_t i = 0; i < call->verb->n_options; i++)
        call->values[i] = (struct value){.number = call->verb->options[i].number};
    *out_exit = read_options(call, argc, argv, &help);
    if (help) return help_show(call, call->verb);
    if (*out_exit >= 0) return OK;
    call->args = argv + optind;
    call->n_args = argc - optind;
    if (!check_arguments(call) || !check_required(call)) {
        point_to_help(call);
        *out_exit = EXIT_WRONG_USE;
    }
    return OK;
}
