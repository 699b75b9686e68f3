/* SPDX-License-Identifier: Apache-2.0
 * sanad bank build and bank merge: whole banks. */
#include <stdio.h>
#include <sys/stat.h>

#include "bank/bank.h"
#include "cmd/cmd.h"
#include "cmd/desk_int.h"
#include "cmd/rows_int.h"
#include "cmd/say_int.h"
#include "cmd/session_int.h"

/* ---- build ---- */

static void free_builder(struct bank_builder **builder)
{
    if (*builder) bank_builder_free(*builder);
}

static rc add_item(void *builder, const struct item *item)
{
    return bank_builder_add(builder, item);
}

/* Changes beside an old bank of this name do not fit the new one: that is said now, not at the
 * first question. */
static rc look_at_result(const struct call *call, const char *path)
{
    CLEANUP(session_close) struct session session = {0};
    return session_open(&session, path, call->reader);
}

static rc write_bank(struct call *call, const struct rows *rows, struct bank_builder *builder,
                     const char *path)
{
    const struct bank_progress progress = {rows->progress, progress_tell};
    rc r = bank_builder_write(builder, &progress, path);
    progress_clear(rows->progress);
    TRY(r);
    TRY(look_at_result(call, path));
    uint32_t n = bank_builder_count(builder);
    if (!call->values[BANK_BUILD_JSON].given) return say_count(call, MSG_BUILT, path, n);
    const struct fact facts[] = {{"claims", n}, {"refused", rows->n_refused}};
    return say_facts(call, path, COUNT_OF(facts), facts);
}

/* A folder that is missing or closed is told before an hour of reading, not after. */
static rc try_output(const char *path)
{
    struct file_writer file;
    TRY(file_create(path, &file));
    file_abandon(&file);
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return FAIL(E_FORMAT, "%s: cannot write: it is a folder", path);
    return OK;
}

static rc add_log(struct call *call, struct bank_builder *builder)
{
    CLEANUP(desk_close) struct desk desk = {0};
    const char *dir = call->values[BANK_BUILD_LOG].text;
    if (!dir && call->n_args == 0)
        return FAIL(E_USAGE, "bank build: there is no INPUT and no --log");
    if (!dir) return OK;
    TRY(desk_look_now(&desk, call, dir));
    return node_items(node_store(desk.node), builder, add_item);
}

rc verb_bank_build(struct call *call, int *out_exit)
{
    CLEANUP(free_builder) struct bank_builder *builder = NULL;
    const char *path = call->values[BANK_BUILD_OUTPUT].text;
    struct progress progress;
    struct rows rows = {.call = call, .progress = &progress, .take = add_item};

    interrupt_catch();
    progress_begin(&progress);
    TRY(try_output(path));
    TRY(bank_builder_new(&k_bank_params, NULL, &builder));
    rows.owner = builder;
    TRY(add_log(call, builder));
    TRY(rows_read(&rows, 0));
    rows_report_refused(&rows);
    if (rows.n_refused > 0) *out_exit = EXIT_BAD_INPUT;
    if (rows_strict_forbids(&rows, path)) return OK;
    if (bank_builder_count(builder) == 0) {
        report(call->reader, message(call->reader, MSG_NOTHING_ACCEPTED), 1,
               (struct view[]){view_cstr(path)});
        *out_exit = EXIT_BAD_INPUT;
        return OK;
    }
    return write_bank(call, &rows, builder, path);
}

/* ---- merge ---- */

rc verb_bank_merge(struct call *call, int *out_exit)
{
    const char *path = call->args[0];
    CLEANUP(session_close) struct session session = {0};
    struct progress progress;
    const struct bank_progress told = {&progress, progress_tell};

    (void)out_exit;
    interrupt_catch();
    progress_begin(&progress);
    rc r = bank_merge(path, &told);
    progress_clear(&progress);
    TRY(r);
    TRY(session_open(&session, path, call->reader));
    session.snapshot = bank_acquire(session.source);
    uint32_t n = session.snapshot->n_items;
    if (!call->values[BANK_MERGE_JSON].given) return say_count(call, MSG_MERGED, path, n);
    return say_facts(call, path, 1, &(struct fact){"claims", n});
}
