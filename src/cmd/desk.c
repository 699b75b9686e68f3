/* SPDX-License-Identifier: Apache-2.0
 * A log's folder in use by a verb. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/desk_int.h"

enum { VKEY_FILE_MAX_BYTES = 16 << 10 };

rc log_key_path(const char *dir, struct arena *mem, const char **out)
{
    struct view path, folder = view_cstr(dir);
    char whole[PATH_MAX];
    while (folder.n > 1 && folder.p[folder.n - 1] == '/')
        folder.n--;
    TRY(arena_format(mem, &path, "%.*s.key%c", VIEW_ARG(folder), 0));
    *out = (const char *)path.p;
    /* The key of "." and of a link lies beside the folder itself. */
    if (access(*out, F_OK) == 0 || !realpath(dir, whole)) return OK;
    TRY(arena_format(mem, &path, "%s.key%c", whole, 0));
    if (access((const char *)path.p, F_OK) == 0) *out = (const char *)path.p;
    return OK;
}

static void begin(struct desk *d)
{
    *d = (struct desk){0};
    arena_init(&d->mem, 0);
    progress_begin(&d->progress);
}

static void tell_read_only(struct desk *d, struct call *call)
{
    struct ledger_state state;
    ledger_state(node_ledger(d->node), &state);
    if (state.read_only)
        report(call->reader, message(call->reader, MSG_LOG_READ_ONLY), 1, &state.why);
}

rc key_open(const struct call *call, const char *path, const char *passphrase_file,
            enum seal_purpose purpose, struct arena *mem, struct seal_signer *out)
{
    CLEANUP(key_entry_done) struct key_entry key = {0};
    TRY(key_entry_read(path, mem, &key));
    if (key.file.purpose != SEAL_NO_PURPOSE && key.file.purpose != purpose)
        return FAIL(E_INPUT, "%s: the key is for %s, and one for %s is needed", path,
                    seal_purpose_name(key.file.purpose), seal_purpose_name(purpose));
    return key_entry_open(&key, passphrase_file, call->reader, mem, out);
}

rc desk_open(struct desk *d, struct call *call, const char *dir, const char *key_path,
             const char *passphrase_file)
{
    begin(d);
    if (!key_path) TRY(log_key_path(dir, &d->mem, &key_path));
    TRY(key_open(call, key_path, passphrase_file, SEAL_LOG, &d->mem, &d->log_key));
    TRY(node_open(dir, &d->log_key, clock_wall_ms(), &d->node));
    tell_read_only(d, call);
    return OK;
}

rc desk_look(struct desk *d, const char *dir)
{
    begin(d);
    return node_open(dir, NULL, clock_wall_ms(), &d->node);
}

rc desk_look_now(struct desk *d, struct call *call, const char *dir)
{
    TRY(desk_look(d, dir));
    if (ok(node_tick(d->node, clock_wall_ms()))) return OK;
    struct view why = view_cstr(rc_message());
    report(call->reader, message(call->reader, MSG_LOG_NOT_NOW), 1, &why);
    return OK;
}

void desk_close(struct desk *d)
{
    node_close(d->node);
    d->node = NULL;
    seal_signer_done(&d->log_key);
    arena_done(&d->mem);
}

struct node_watch desk_watch(struct desk *d)
{
    return (struct node_watch){&d->progress, progress_tell};
}

/* A fault's reason may begin with its path again. */
static struct view reason_of(const struct ledger_fault *fault)
{
    struct view path = view_cstr(fault->path), what = fault->what;
    bool again =
        view_starts(what, path) && view_starts(view_slice(what, path.n, what.n), VIEW(": "));
    return again ? view_slice(what, path.n + 2, what.n) : what;
}

static void tell_fault(void *context, const struct ledger_fault *fault)
{
    struct watching *w = context;
    struct view path = view_cstr(fault->path), what = reason_of(fault);
    char reason[512];
    w->n_faults++;
    progress_clear(&w->progress);
    snprintf(reason, sizeof reason, "%.*s", VIEW_ARG(what));
    if (fault->index == UINT64_MAX)
        report(w->call->reader, "%s: %s", 2, (struct view[]){path, what});
    else
        report_line(fault->path, fault->index, reason);
}

static void tell_entries(void *context, uint64_t done, uint64_t of_entries)
{
    struct watching *w = context;
    progress_tell(&w->progress, w->phase, done, of_entries);
}

struct ledger_watch watching_begin(struct watching *w, struct call *call, const char *phase)
{
    *w = (struct watching){.call = call, .phase = phase};
    progress_begin(&w->progress);
    return (struct ledger_watch){w, tell_fault, tell_entries};
}

rc vkey_read(const char *line_or_path, struct arena *mem, struct seal_verifier *out)
{
    struct stat st;
    CLEANUP(buf_done) struct buf bytes = {0};
    struct view line = view_cstr(line_or_path);
    const bool is_file = stat(line_or_path, &st) == 0;
    if (is_file) {
        TRY(file_read(line_or_path, VKEY_FILE_MAX_BYTES, &bytes));
        line = view_trim(buf_view(&bytes));
    }
    rc r = seal_verifier_parse(line, mem, out);
    if (ok(r)) return r;
    if (is_file) return rc_within(r, "%s: ", line_or_path);
    return rc_within(r, "%.200s: no such file, and no line of a key either: ", line_or_path);
}

rc id_read(const char *typed, struct seal_hash *out)
{
    char whole[RECORD_ID_CHARS + 1];
    if (strlen(typed) == RECORD_ID_CHARS - 7) {
        snprintf(whole, sizeof whole, "sha256:%s", typed);
        typed = whole;
    }
    if (ok(record_id_read(view_cstr(typed), out->bytes))) return OK;
    return FAIL(E_INPUT, "%.80s: no id of a record: sha256: and 64 digits 0-9 and a-f", typed);
}

rc viewer_read(const char *as, struct store_viewer *out)
{
    *out = (struct store_viewer){.kind = STORE_NODE};
    if (!as) return OK;
    *out = (struct store_viewer){.kind = STORE_ANYBODY};
    if (strcmp(as, "anybody") == 0) return OK;
    *out = (struct store_viewer){STORE_ORGANISATION, view_cstr(as)};
    if (ok(record_org_check(out->org))) return OK;
    return FAIL(E_USAGE,
                "--as \"%.80s\": an organisation's name is needed, such as checker.example, or "
                "the word anybody",
                as);
}

rc kind_find(const char *name, const struct record_kind **out)
{
    const char *names[256] = {NULL};
    *out = record_kind_find(view_cstr(name));
    if (*out) return OK;
    for (uint32_t i = 0; i < k_n_record_kinds && i + 1 < COUNT_OF(names); i++)
        names[i] = k_record_kinds[i].name;
    const char *near = suggest(name, strlen(name), names);
    if (near)
        return FAIL(E_USAGE, "record: there is no kind \"%.80s\"; did you mean \"%s\"?", name,
                    near);
    return FAIL(E_USAGE, "record: there is no kind \"%.80s\"; sanad record new lists them", name);
}
