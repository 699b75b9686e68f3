/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd: the program `sanad`. What it can do stands in one table, verbs.toml, from which
 * tools/gen_verbs.py makes the rows below, the man page, the completions and docs/cli.md. A new
 * verb is a row there and a function verb_… here.
 *
 * Exit codes, the same everywhere: 0 found or done, 1 nothing found, 2 wrong use, 3 bad input,
 * 4 failure (errors.def), 130 stopped by Ctrl-C.
 */
#ifndef SANAD_CMD_H
#define SANAD_CMD_H

#include <getopt.h>
#include <signal.h>

#include "base/base.h"
#include "cmd/message_int.h"
#include "cmd/page_int.h"
#include "cmd/term_int.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    EXIT_NOTHING_FOUND = 1,
    EXIT_WRONG_USE = 2,
    EXIT_BAD_INPUT = 3,
    EXIT_INTERRUPTED = 130,
    OPTION_BASE = 256, /* getopt's value of a verb's first option; letters are below */
};

/* ---- The table --------------------------------------------------------------------------- */

struct call;
#include "verbs.gen.h"

enum option_type {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_PATH,
    OPTION_COUNT,
    OPTION_BYTES, /* K, M and G behind the number multiply by 1024 */
    OPTION_CHOICE,
    OPTION_LANGUAGE, /* of the messages */
};

struct option_row {
    const char *name;
    char letter; /* 0: none */
    bool required;
    bool many; /* may be given several times */
    enum option_type type;
    const char *value, *help,
        *facts;                /* for the help: name of the value, phrase, default and so on */
    const char *env;           /* variable that stands in when the option is absent */
    const char *const *values; /* of a choice, NULL behind the last */
    uint64_t least, most;
    uint64_t number; /* default; of a choice its place */
};

struct example_row {
    const char *left, *right;
};

struct verb_row {
    const char *name; /* one or two words; NULL behind the last */
    const char *summary, *synopsis, *about, *arguments;
    int min_args, max_args; /* -1: any number */
    size_t n_options;
    const struct option_row *options;
    const struct option *getopt_options;
    const char *letters;
    const struct example_row *examples;
    rc (*run)(struct call *call, int *out_exit);
};
extern const struct verb_row k_verbs[];
extern const size_t k_n_verbs;
extern const struct example_row k_exits[], k_environment[];
extern const char k_program_summary[], k_program_about[];

/* ---- One call of the program ------------------------------------------------------------- */

enum { VALUE_MAX_TEXTS = 64 };
struct value {
    bool given;
    uint64_t number;  /* count, bytes, place of a choice, enum lang; the default when not given */
    const char *text; /* as typed or from the environment, the last one; NULL when absent */
    uint32_t n_texts; /* of an option that may be given several times: all, in their order */
    const char *texts[VALUE_MAX_TEXTS];
};

struct call {
    const struct verb_row *verb;
    struct value values[VERB_MAX_OPTIONS]; /* in the order of the verb's options; verbs.gen.h names
                                              the places */
    int n_args;
    char *const *args;
    enum lang reader;
    struct term term; /* standard output */
    struct out_stream out;
};

/** Reads options and arguments into call, whose verb and reader are set.
 *  argv      argv[0] is the verb; permuted
 *  out_exit  < 0: go on; else the call ends with it (help was shown, or a fault reported) */
MUST rc options_read(struct call *call, int argc, char **argv, int *out_exit);

/** Help on a verb; NULL: on the program. */
MUST rc help_show(struct call *call, const struct verb_row *verb);
/** Help on the verbs that begin with this word; E_NOT_FOUND when there are none. */
MUST rc help_family(struct call *call, const char *first_word);
/** Verb by name, in one or two words; NULL when there is none. */
const struct verb_row *verb_find(const char *first, const char *second);
/** Whether verbs of two words begin with this one. */
bool verb_is_family(const char *first);
/** "there is no command …, did you mean …" on standard error. */
void verb_report_unknown(enum lang reader, const char *first, const char *second);

/** The candidate nearest to what was typed, NULL when none is near: at most a third of its letters
 *  wrong (Damerau-Levenshtein, optimal string alignment), or a beginning of one. */
const char *suggest(const char *typed, size_t n, const char *const *candidates);

/* ---- What is said on standard error ------------------------------------------------------ */

/** "sanad: " and a message with its values. */
void report(enum lang reader, const char *template_text, size_t n_args, const struct view *args);
/** The failure rc_message() describes, its kind in the reader's language. */
void report_failure(enum lang reader, rc failure);
/** "PLACE:LINE: REASON", or "line LINE: REASON" when place is NULL. */
void report_line(const char *place, uint64_t line, const char *reason);
/** At the end, that so many lines could not be used. Returns what the call ends with. */
int report_bad_lines(enum lang reader, uint64_t n);

/* ---- Ctrl-C ------------------------------------------------------------------------------ */

/** From now on Ctrl-C only sets a flag (a second one ends the program at once); unless it was
 *  ignored when the program began. */
void interrupt_catch(void);
/** While this is on, nothing has been written yet and Ctrl-C ends the program at once. */
void interrupt_ends_at_once(bool on);
bool interrupted(void);

#ifdef __cplusplus
}
#endif
#endif
