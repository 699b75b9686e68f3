/* SPDX-License-Identifier: Apache-2.0
 * sanad import and export: other people's fact-checks in, everything out. */
#include <stdio.h>
#include <string.h>

#include "cmd/desk_int.h"
#include "cmd/facts_int.h"

/* ---- import ---- */

enum { MOST_SHOWN = 20 };

struct importing {
    struct call *call;
    struct desk desk;
    const char *path;
    uint64_t n_told;
    bool broken; /* a file could not be read to its end */
};

static void refuse_row(void *context, uint64_t where, const char *reason)
{
    struct importing *im = context;
    if (im->n_told++ >= MOST_SHOWN) return;
    progress_clear(&im->desk.progress);
    report_line(im->path, where, reason);
}

static bool tell_bytes(void *context, uint64_t bytes, uint64_t total)
{
    struct importing *im = context;
    return progress_tell(&im->desk.progress, im->path, bytes, total);
}

/* Behind a file that breaks off the others come as behind one with refused rows. */
static rc go_on(struct importing *im, rc failure)
{
    progress_clear(&im->desk.progress);
    report_failure(im->call->reader, failure);
    im->broken = true;
    return OK;
}

static rc read_all(struct importing *im, const struct node_import *how, struct node_imported *sum)
{
    rc r = OK;
    for (int i = 0; i < im->call->n_args && ok(r); i++) {
        struct node_imported counts = {0};
        im->path = im->call->args[i];
        r = node_import_items(im->desk.node, im->path, how, &counts);
        sum->n_rows += counts.n_rows;
        sum->n_reviews += counts.n_reviews;
        sum->n_known += counts.n_known;
        sum->n_rejected += counts.n_rejected;
        if (r.code == E_FORMAT && counts.n_rows > 0) r = go_on(im, r);
    }
    progress_clear(&im->desk.progress);
    return r;
}

/* --strict: all is read once before anything is written. */
static rc import_all(struct importing *im, const struct seal_signer *author,
                     struct node_imported *sum)
{
    const struct value *values = im->call->values;
    struct node_import how = {.author = author,
                              .format = (enum item_format)values[IMPORT_FORMAT].number,
                              .defaults = {view_cstr(values[IMPORT_LANG].text),
                                           view_cstr(values[IMPORT_LICENCE].text),
                                           view_cstr(values[IMPORT_SOURCE].text)},
                              .look_only = values[IMPORT_STRICT].given,
                              .now_ms = clock_wall_ms(),
                              .context = im,
                              .reject = refuse_row,
                              .progress = tell_bytes};
    TRY(read_all(im, &how, sum));
    if (!how.look_only || sum->n_rejected > 0 || im->broken) return OK;
    how.look_only = false;
    *sum = (struct node_imported){0};
    return read_all(im, &how, sum);
}

/* The key that was named, or the current one of the organisation in the folder of keys. */
static rc open_author(struct importing *im, struct seal_signer *author)
{
    CLEANUP(keys_done) struct keys keys = {0};
    const struct value *values = im->call->values;
    struct arena *mem = &im->desk.mem;
    const char *folder;
    struct key_entry *key;
    if (values[IMPORT_KEY].given)
        return key_open(im->call, values[IMPORT_KEY].text, values[IMPORT_PASSPHRASE_FILE].text,
                        SEAL_AUTHOR, mem, author);
    TRY(keys_path(values[IMPORT_KEYS].text, mem, &folder));
    TRY(keys_read(folder, im->call->reader, mem, &keys));
    TRY(keys_current(&keys, folder, view_cstr(values[IMPORT_ORG].text), SEAL_AUTHOR,
                     (struct view){0}, &key));
    return key_entry_open(key, values[IMPORT_PASSPHRASE_FILE].text, im->call->reader, mem, author);
}

static rc import(struct importing *im, struct seal_signer *author, int *out_exit)
{
    CLEANUP(facts_done) struct facts f;
    const struct value *values = im->call->values;
    struct node_imported sum = {0};
    facts_begin(&f);
    TRY(desk_open(&im->desk, im->call, values[IMPORT_LOG].text, values[IMPORT_LOG_KEY].text,
                  values[IMPORT_LOG_PASSPHRASE_FILE].text));
    TRY(open_author(im, author));
    TRY(import_all(im, author, &sum));
    if (sum.n_rejected > 0 || im->broken) *out_exit = EXIT_BAD_INPUT;
    facts_number(&f, "rows", sum.n_rows);
    facts_number(&f, "reviews", sum.n_reviews);
    facts_number(&f, "there_already", sum.n_known);
    facts_number(&f, "refused", sum.n_rejected);
    return facts_print(im->call, &f, values[IMPORT_JSON].given);
}

rc verb_import(struct call *call, int *out_exit)
{
    struct importing im = {.call = call};
    struct seal_signer author = {0};
    interrupt_catch();
    rc r = import(&im, &author, out_exit);
    seal_signer_done(&author);
    desk_close(&im.desk);
    return r;
}

/* ---- export ---- */

struct exporting {
    struct call *call;
    struct file_writer file;
    bool to_file;
};

static rc write_line(void *context, struct view line)
{
    struct exporting *x = context;
    if (interrupted()) return FAIL(E_INTERRUPTED, "export: stopped on request");
    if (!x->to_file) {
        TRY(out_write(&x->call->out, line));
        return out_write(&x->call->out, VIEW("\n"));
    }
    TRY(file_write(&x->file, line));
    return file_write(&x->file, VIEW("\n"));
}

static rc write_item(void *context, const struct item *item)
{
    CLEANUP(buf_done) struct buf line = {0};
    TRY(item_to_json(item, &line));
    return write_line(context, buf_view(&line));
}

enum export_what { EXPORT_RECORDS, EXPORT_ITEMS };

rc verb_export(struct call *call, int *out_exit)
{
    CLEANUP(desk_close) struct desk d = {0};
    const struct value *values = call->values;
    struct store_viewer viewer;
    const char *path = values[EXPORT_OUTPUT].text;
    struct exporting x = {.call = call, .to_file = path != NULL};
    (void)out_exit;
    interrupt_catch();
    TRY(viewer_read(values[EXPORT_AS].text, &viewer));
    TRY(desk_look_now(&d, call, values[EXPORT_LOG].text));
    /* What the node sees holds what only recipients may read; items and what anybody sees do not.
     */
    bool items = values[EXPORT_WHAT].number == EXPORT_ITEMS;
    bool open = items || viewer.kind == STORE_ANYBODY;
    if (path) TRY(open ? file_create(path, &x.file) : file_create_private(path, &x.file));
    rc r = items ? node_items(node_store(d.node), &x, write_item)
                 : node_export(d.node, &viewer, &x, write_line);
    if (ok(r) && path) r = file_commit(&x.file);
    file_abandon(&x.file);
    return r;
}
