/* SPDX-License-Identifier: Apache-2.0
 * sanad log attach and attachment: documents that records name by their hash. */
#include "cmd/desk_int.h"
#include "cmd/say_int.h"

/* ---- attach ---- */

struct attached {
    const char *path;
    size_t n_bytes;
    bool there_already;
    char id[RECORD_ID_CHARS + 1];
};

static rc say_attached(struct call *call, const struct attached *a)
{
    CLEANUP(buf_done) struct buf line = {0};
    struct json_writer w;
    if (!call->values[LOG_ATTACH_JSON].given) {
        if (a->there_already)
            report(call->reader, message(call->reader, MSG_LOG_ATTACHED_ALREADY), 2,
                   (struct view[]){view_cstr(a->path), view_cstr(a->id)});
        return out_writef(&call->out, "%s\t%s\n", a->id, a->path);
    }
    json_begin(&w, &line);
    json_open_object(&w);
    json_key(&w, "bytes");
    json_int(&w, (int64_t)a->n_bytes);
    json_key(&w, "file");
    json_cstr(&w, a->path);
    json_key(&w, "id");
    json_cstr(&w, a->id);
    json_key(&w, "there_already");
    json_bool(&w, a->there_already);
    json_close_object(&w);
    return say_json(call, &w);
}

/* A damaged one is no obstacle: it is written anew. */
static rc is_there(const char *dir, struct view bytes, bool *out)
{
    CLEANUP(buf_done) struct buf there = {0};
    struct seal_hash hash;
    TRY(seal_sha256(bytes, hash.bytes));
    rc r = ledger_attachment(dir, &hash, &there);
    *out = ok(r);
    return r.code == E_NOT_FOUND || r.code == E_DAMAGED || r.code == E_LIMIT ? OK : r;
}

static rc attach(struct call *call, struct desk *d, const char *path)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct attached a = {.path = path};
    struct seal_hash hash;
    TRY(file_read(path, LEDGER_ATTACHMENT_MAX_BYTES, &bytes));
    if (bytes.n == 0) return FAIL(E_INPUT, "%s: empty", path);
    TRY(is_there(call->args[0], buf_view(&bytes), &a.there_already));
    if (interrupted()) return FAIL(E_INTERRUPTED, "attach: stopped on request");
    TRY(ledger_attach(node_ledger(d->node), buf_view(&bytes), &hash));
    record_id_write(hash.bytes, a.id);
    a.n_bytes = bytes.n;
    TRY(say_attached(call, &a));
    return out_flush(&call->out);
}

/* What lies at one file and keeps no other out. */
static bool is_of_the_file(rc r)
{
    static const enum err k_codes[] = {E_NOT_FOUND, E_INPUT, E_FORMAT, E_LIMIT};
    for (size_t i = 0; i < COUNT_OF(k_codes); i++)
        if (r.code == k_codes[i]) return true;
    return false;
}

rc verb_log_attach(struct call *call, int *out_exit)
{
    CLEANUP(desk_close) struct desk d = {0};
    const struct value *values = call->values;
    interrupt_catch();
    TRY(desk_open(&d, call, call->args[0], values[LOG_ATTACH_LOG_KEY].text,
                  values[LOG_ATTACH_LOG_PASSPHRASE_FILE].text));
    TRY(ledger_may_write(node_ledger(d.node)));
    for (int i = 1; i < call->n_args; i++) {
        rc r = attach(call, &d, call->args[i]);
        if (ok(r)) continue;
        if (!is_of_the_file(r)) return r;
        report_failure(call->reader, r);
        *out_exit = EXIT_BAD_INPUT;
    }
    return OK;
}

/* ---- attachment ---- */

rc verb_log_attachment(struct call *call, int *out_exit)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(file_abandon) struct file_writer file = {0};
    const char *path = call->values[LOG_ATTACHMENT_OUTPUT].text;
    struct seal_hash hash;
    (void)out_exit;
    TRY(id_read(call->args[1], &hash));
    TRY(ledger_attachment(call->args[0], &hash, &bytes));
    if (!path) return out_write(&call->out, buf_view(&bytes));
    TRY(file_create_private(path, &file)); /* it may be for few */
    TRY(file_write(&file, buf_view(&bytes)));
    return file_commit(&file);
}
