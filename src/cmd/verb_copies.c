/* SPDX-License-Identifier: Apache-2.0
 * sanad log mirror, backup, restore, repair, confirm: a log in more than one place. */
#include <stdio.h>
#include <string.h>

#include "cmd/desk_int.h"
#include "cmd/facts_int.h"
#include "cmd/log_keys_int.h"

/* ---- where files come from: a folder or an address ---- */

struct origin_files {
    struct node_remote *remote;
    struct ledger_files files;
    bool allow_private;
};

static rc open_files(const char *where, bool allow_private, struct arena *mem,
                     struct origin_files *out)
{
    struct view v = view_cstr(where);
    *out = (struct origin_files){.allow_private = allow_private};
    if (!view_starts(v, VIEW("http://")) && !view_starts(v, VIEW("https://"))) {
        if (strstr(where, "://"))
            return FAIL(E_USAGE,
                        "%.80s: an address begins with http:// or https://; or name a "
                        "folder",
                        where);
        return ledger_folder(where, mem, &out->files);
    }
    TRY(node_remote_open(v, allow_private, &out->remote));
    out->files = node_remote_files(out->remote);
    return OK;
}

/* What the client does not connect to by itself, its user may allow. */
static rc explain(const struct origin_files *from, rc r)
{
    char why[512];
    if (r.code != E_REFUSED || from->allow_private) return r;
    snprintf(why, sizeof why, "%s", rc_message());
    return FAIL(E_REFUSED, "%s; with --private it is asked nevertheless", why);
}

static void close_files(struct origin_files *o)
{
    node_remote_close(o->remote);
}

static struct ledger_watch copy_begin(struct watching *w, struct call *call, const char *phase)
{
    interrupt_catch();
    interrupt_ends_at_once(true); /* whatever is copied may end anywhere */
    return watching_begin(w, call, phase);
}

/* ---- verbs ---- */

/* Of the checkpoint that stands in the copy now. */
static rc tell_cosigners(const struct call *call, const struct log_keys *keys, struct arena *mem,
                         struct facts *f)
{
    CLEANUP(buf_done) struct buf note = {0};
    struct ledger_files copy;
    TRY(ledger_folder(call->args[1], mem, &copy));
    TRY(ledger_read_checkpoint(&copy, &note));
    return log_keys_tell(keys, buf_view(&note), mem, f);
}

static rc mirror(struct call *call, struct arena *mem, struct origin_files *from)
{
    CLEANUP(facts_done) struct facts f;
    CLEANUP(buf_done) struct buf note = {0};
    struct watching watching;
    struct ledger_report report;
    struct log_keys keys;
    facts_begin(&f);
    TRY(ledger_read_checkpoint(&from->files, &note));
    TRY(log_keys_read(&call->values[LOG_MIRROR_KEY], buf_view(&note), NULL, mem, &keys));
    const struct ledger_watch watch = copy_begin(&watching, call, "mirror");
    rc r = ledger_mirror(&from->files, call->args[1], keys.list, keys.n, &watch, &report);
    progress_clear(&watching.progress);
    TRY(r);
    facts_text(&f, "origin", keys.list[0].name);
    facts_number(&f, "entries", report.size);
    facts_number(&f, "copied", report.n_entries);
    facts_number(&f, "bytes", report.bytes);
    TRY(tell_cosigners(call, &keys, mem, &f));
    return facts_print(call, &f, call->values[LOG_MIRROR_JSON].given);
}

rc verb_log_mirror(struct call *call, int *out_exit)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(close_files) struct origin_files from;
    (void)out_exit;
    arena_init(&mem, 0);
    TRY(open_files(call->args[0], call->values[LOG_MIRROR_PRIVATE].given, &mem, &from));
    return explain(&from, mirror(call, &mem, &from));
}

rc verb_log_repair(struct call *call, int *out_exit)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(close_files) struct origin_files from;
    CLEANUP(facts_done) struct facts f;
    struct watching watching;
    (void)out_exit;
    arena_init(&mem, 0);
    facts_begin(&f);
    TRY(open_files(call->args[1], call->values[LOG_REPAIR_PRIVATE].given, &mem, &from));
    const struct ledger_watch watch = copy_begin(&watching, call, "repair");
    rc r = ledger_repair(call->args[0], &from.files, &watch);
    progress_clear(&watching.progress);
    TRY(explain(&from, r));
    const struct view log = view_cstr(call->args[0]);
    facts_text(&f, "log", log);
    facts_number(&f, "put_back", watching.n_faults);
    return facts_told(call, &f, call->values[LOG_REPAIR_JSON].given, MSG_LOG_REPAIRED, 1, &log);
}

static rc copy_node(struct call *call, const char *phase, enum message done, bool json,
                    rc (*copy)(const char *from, const char *to, const struct ledger_watch *watch),
                    int *out_exit)
{
    CLEANUP(facts_done) struct facts f;
    struct watching watching;
    const struct view paths[] = {view_cstr(call->args[0]), view_cstr(call->args[1])};
    facts_begin(&f);
    const struct ledger_watch watch = copy_begin(&watching, call, phase);
    rc r = copy(call->args[0], call->args[1], &watch);
    progress_clear(&watching.progress);
    TRY(r);
    facts_text(&f, "from", paths[0]);
    facts_text(&f, "to", paths[1]);
    if (watching.n_faults > 0) {
        facts_number(&f, "damaged", watching.n_faults);
        *out_exit = EXIT_BAD_INPUT;
    }
    return facts_told(call, &f, json, done, COUNT_OF(paths), paths);
}

rc verb_log_backup(struct call *call, int *out_exit)
{
    return copy_node(call, "backup", MSG_LOG_BACKED_UP, call->values[LOG_BACKUP_JSON].given,
                     node_backup, out_exit);
}

rc verb_log_restore(struct call *call, int *out_exit)
{
    return copy_node(call, "restore", MSG_LOG_RESTORED, call->values[LOG_RESTORE_JSON].given,
                     node_restore, out_exit);
}

rc verb_log_confirm(struct call *call, int *out_exit)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(facts_done) struct facts f;
    const struct node_asked *asked;
    uint32_t n;
    (void)out_exit;
    arena_init(&mem, 0);
    facts_begin(&f);
    TRY(node_confirm(call->args[0], call->values[LOG_CONFIRM_WITHOUT_WITNESSES].given, &mem, &asked,
                     &n));
    const struct view log = view_cstr(call->args[0]);
    facts_text(&f, "log", log);
    facts_number(&f, "witnesses", n);
    return facts_told(call, &f, call->values[LOG_CONFIRM_JSON].given, MSG_LOG_CONFIRMED, 1, &log);
}
