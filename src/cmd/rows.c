/* SPDX-License-Identifier: Apache-2.0
 * Claims read from files. */
#include "cmd/rows_int.h"

#include <stdio.h>
#include <string.h>

enum { MOST_SHOWN = 20 };

/* The two verbs share these options at the same places. */
_Static_assert((int)BANK_BUILD_FORMAT == (int)BANK_ADD_FORMAT &&
                   (int)BANK_BUILD_LANG == (int)BANK_ADD_LANG &&
                   (int)BANK_BUILD_LICENCE == (int)BANK_ADD_LICENCE &&
                   (int)BANK_BUILD_SOURCE == (int)BANK_ADD_SOURCE &&
                   (int)BANK_BUILD_STRICT == (int)BANK_ADD_STRICT,
               "bank build and bank add use the group of options `items` first");

static rc take_row(void *context, const struct item *item, uint64_t where)
{
    struct rows *rows = context;
    (void)where;
    TRY(rows->take(rows->owner, item));
    rows->n_accepted++;
    return OK;
}

static void refuse_row(void *context, uint64_t where, const char *reason)
{
    struct rows *rows = context;
    if (rows->n_refused++ >= MOST_SHOWN) return;
    progress_clear(rows->progress);
    report_line(rows->path, where, reason);
}

static bool tell_progress(void *context, uint64_t bytes, uint64_t total)
{
    struct rows *rows = context;
    return progress_tell(rows->progress, rows->path, bytes, total);
}

static rc read_file(struct rows *rows)
{
    const struct value *values = rows->call->values;
    const struct item_defaults defaults = {view_cstr(values[BANK_BUILD_LANG].text),
                                           view_cstr(values[BANK_BUILD_LICENCE].text),
                                           view_cstr(values[BANK_BUILD_SOURCE].text)};
    const struct item_sink sink = {rows, take_row, refuse_row, tell_progress};
    struct item_counts counts;
    interrupt_ends_at_once(strcmp(rows->path, "-") == 0);
    rc r = items_read(rows->path, (enum item_format)values[BANK_BUILD_FORMAT].number, &defaults,
                      NULL, &sink, &counts);
    interrupt_ends_at_once(false);
    if (ok(r) || strstr(rc_message(), rows->path)) return r;
    return rc_within(r, "%s: ", rows->path);
}

rc rows_read(struct rows *rows, int first_arg)
{
    rc r = OK;
    for (int i = first_arg; i < rows->call->n_args && ok(r); i++) {
        rows->path = rows->call->args[i];
        r = read_file(rows);
    }
    progress_clear(rows->progress);
    return r;
}

static void report_count(const struct rows *rows, enum message which, uint64_t n)
{
    char count[24];
    snprintf(count, sizeof count, "%llu", (unsigned long long)n);
    report(rows->call->reader, message_n(rows->call->reader, which, n), 1,
           (struct view[]){view_cstr(count)});
}

void rows_report_refused(const struct rows *rows)
{
    if (rows->n_refused > MOST_SHOWN)
        report_count(rows, MSG_ROWS_MORE, rows->n_refused - MOST_SHOWN);
    if (rows->n_refused > 0) report_count(rows, MSG_ROWS_REFUSED, rows->n_refused);
}

bool rows_strict_forbids(const struct rows *rows, const char *bank_path)
{
    if (!rows->call->values[BANK_BUILD_STRICT].given || rows->n_refused == 0) return false;
    report(rows->call->reader, message(rows->call->reader, MSG_STRICT_REFUSES), 1,
           (struct view[]){view_cstr(bank_path)});
    return true;
}
