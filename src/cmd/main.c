/* SPDX-License-Identifier: Apache-2.0
 * The program `sanad`: finds the verb, reads its options, runs it, and turns what comes back into
 * an exit code. Never calls setlocale: bytes are UTF-8, and the reader's language is an argument.
 */
#include "cmd/cmd.h"

#include <string.h>
#include <unistd.h>

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* Verb of the command line; NULL when the call ends here with *out_exit. */
static const struct verb_row *find_verb(struct call *call, int argc, char **argv, int *out_words,
                                        rc *out_rc, int *out_exit)
{
    const char *first = argc > 1 ? argv[1] : NULL, *second = argc > 2 ? argv[2] : NULL;
    *out_words = 1;
    *out_exit = 0;
    *out_rc = OK;
    if (!first || is_one_of(first, "--help", "-h")) {
        *out_rc = help_show(call, NULL);
        return NULL;
    }
    if (is_one_of(first, "--version", "-V")) return verb_find("version", NULL);
    if (!verb_is_family(first)) {
        const struct verb_row *verb = strchr(first, ' ') ? NULL : verb_find(first, NULL);
        if (!verb) verb_report_unknown(call->reader, first, NULL);
        if (!verb) *out_exit = EXIT_WRONG_USE;
        return verb;
    }
    if (!second || is_one_of(second, "--help", "-h")) {
        *out_rc = help_family(call, first);
        return NULL;
    }
    *out_words = 2;
    const struct verb_row *verb = verb_find(first, second);
    if (!verb) verb_report_unknown(call->reader, first, second);
    if (!verb) *out_exit = EXIT_WRONG_USE;
    return verb;
}

static rc run(struct call *call, int argc, char **argv, int *out_exit)
{
    int words;
    rc r;
    call->verb = find_verb(call, argc, argv, &words, &r, out_exit);
    if (!call->verb) return r;
    TRY(options_read(call, argc - words, argv + words, out_exit));
    if (*out_exit >= 0) return OK;
    *out_exit = 0;
    return call->verb->run(call, out_exit);
}

static int exit_code_of(const struct call *call, rc failure)
{
    if (failure.code == E_INTERRUPTED && call->out.closed_by_reader) return 0;
    if (failure.code == E_INTERRUPTED && interrupted()) {
        report(call->reader, message(call->reader, MSG_STOPPED), 0, NULL);
        return EXIT_INTERRUPTED;
    }
    report_failure(call->reader, failure);
    return err_describe(failure.code)->exit_code;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a closed pipe comes back as EPIPE and ends the call quietly */
    struct call call = {.reader = message_reader()};
    term_look(STDOUT_FILENO, &call.term);
    out_init(&call.out, STDOUT_FILENO);
    int exit_code = 0;
    rc r = run(&call, argc, argv, &exit_code);
    rc flushed = out_flush(&call.out); /* also what was said before a failure */
    if (ok(r)) r = flushed;
    if (!ok(r)) exit_code = exit_code_of(&call, r);
    out_done(&call.out);
    return exit_code;
}
