/* SPDX-License-Identifier: Apache-2.0
 * sanad log show, verify, proof, replay: a log in its folder. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/desk_int.h"
#include "cmd/facts_int.h"
#include "cmd/log_keys_int.h"

/* ---- show ---- */

static void show_checkpoint(struct facts *f, const struct seal_checkpoint *c)
{
    facts_text(f, "origin", c->origin);
    facts_number(f, "entries", c->size);
    facts_id(f, "root", c->root.bytes);
}

static rc show_signers(struct facts *f, struct view note, struct arena *mem)
{
    struct seal_note parsed;
    CLEANUP(buf_done) struct buf names = {0};
    TRY(seal_note_parse(note, mem, &parsed));
    for (uint32_t i = 0; i < parsed.n_lines; i++)
        TRY(buf_addf(&names, "%s%.*s", i ? ", " : "", VIEW_ARG(parsed.lines[i].name)));
    facts_text(f, "signed_by", buf_view(&names));
    return OK;
}

static rc show(struct call *call, struct desk *d, struct facts *f)
{
    struct ledger_reader *reader;
    struct view note;
    uint64_t applied;
    uint32_t n;
    const struct record_register *reg;
    TRY(node_reader(d->node, &reader));
    const struct seal_checkpoint *c = ledger_reader_checkpoint(reader, &note, NULL);
    show_checkpoint(f, c);
    rc r = show_signers(f, note, &d->mem);
    if (ok(r)) r = store_applied(node_store(d->node), c->origin, &applied);
    ledger_reader_close(reader);
    TRY(r);
    facts_number(f, "in_the_view", applied);
    TRY(store_register(node_store(d->node), &reg));
    record_register_list(reg, &n);
    facts_number(f, "organisations", n);
    facts_number(f, "witnesses", node_configuration(d->node)->n_witnesses);
    return facts_print(call, f, call->values[LOG_SHOW_JSON].given);
}

rc verb_log_show(struct call *call, int *out_exit)
{
    CLEANUP(desk_close) struct desk d = {0};
    CLEANUP(facts_done) struct facts f;
    (void)out_exit;
    facts_begin(&f);
    TRY(desk_look(&d, call->args[0]));
    return show(call, &d, &f);
}

/* ---- verify ---- */

static void tell_report(struct facts *f, const struct log_keys *keys,
                        const struct ledger_report *report)
{
    facts_text(f, "origin", keys->list[0].name);
    facts_number(f, "entries", report->n_entries);
    facts_number(f, "tiles", report->n_tiles);
    facts_number(f, "bytes", report->bytes);
    facts_number(f, "faults", report->n_faults);
    facts_text(f, "key", keys->own_given ? VIEW("as given") : VIEW("as it lies with the log"));
}

static rc verify_log(struct call *call, struct arena *mem, int *out_exit)
{
    CLEANUP(facts_done) struct facts f;
    CLEANUP(buf_done) struct buf note = {0};
    struct watching watching;
    struct ledger_files files;
    struct log_keys keys;
    struct ledger_report report;
    facts_begin(&f);
    const struct ledger_watch watch = watching_begin(&watching, call, "verify");
    TRY(ledger_folder(call->args[0], mem, &files));
    /* Without one, or with one that cannot be read, the faults tell. */
    rc r = ledger_read_checkpoint(&files, &note);
    if (!ok(r) && r.code != E_NOT_FOUND && r.code != E_LIMIT) return r;
    TRY(log_keys_read(&call->values[LOG_VERIFY_KEY], buf_view(&note), &files, mem, &keys));
    r = ledger_verify(&files, keys.list, keys.n, &watch, &report);
    progress_clear(&watching.progress);
    TRY(r);
    tell_report(&f, &keys, &report);
    TRY(log_keys_tell(&keys, buf_view(&note), mem, &f));
    if (report.n_faults > 0) *out_exit = EXIT_BAD_INPUT;
    return facts_print(call, &f, call->values[LOG_VERIFY_JSON].given);
}

static rc check_proof(const struct seal_proof_file *file, const struct log_keys *keys,
                      struct arena *mem, struct seal_checkpoint *checkpoint,
                      struct ledger_entry *entry)
{
    struct seal_note note;
    struct seal_hash leaf;
    const struct seal_signed *signers;
    const struct view name = keys->list[0].name;
    TRY(seal_note_parse(file->checkpoint, mem, &note));
    TRY(seal_note_check(&note, keys->list, keys->n, mem, &signers));
    TRY(seal_checkpoint_parse(note.text, checkpoint));
    if (!view_eq(checkpoint->origin, name))
        return FAIL(E_DAMAGED, "the checkpoint is of %.*s", VIEW_ARG(checkpoint->origin));
    if (!signers[0].holds)
        return FAIL(E_DAMAGED, "not signed by the log's key %.*s", VIEW_ARG(name));
    TRY(ledger_entry_parse(file->extra, entry));
    TRY(seal_hash_leaf(file->extra, &leaf));
    return seal_check_inclusion(&file->proof, &leaf, file->index, checkpoint->size,
                                &checkpoint->root);
}

/* A .tlog-proof file whose extra is the entry: whoever holds it needs nothing but the key. */
static rc verify_proof(struct call *call, struct arena *mem)
{
    CLEANUP(facts_done) struct facts f;
    CLEANUP(buf_done) struct buf bytes = {0};
    struct seal_proof_file file;
    struct seal_checkpoint checkpoint;
    struct ledger_entry entry;
    struct log_keys keys;
    facts_begin(&f);
    TRY(file_read(call->args[0], SEAL_NOTE_MAX_BYTES, &bytes));
    TRY(seal_proof_file_parse(buf_view(&bytes), mem, &file));
    TRY(log_keys_read(&call->values[LOG_VERIFY_KEY], file.checkpoint, NULL, mem, &keys));
    TRY(check_proof(&file, &keys, mem, &checkpoint, &entry));
    facts_text(&f, "origin", checkpoint.origin);
    facts_number(&f, "index", file.index);
    facts_number(&f, "entries", checkpoint.size);
    facts_id(&f, "record", entry.id.bytes);
    facts_time(&f, "received", entry.received_ms);
    TRY(log_keys_tell(&keys, file.checkpoint, mem, &f));
    return facts_print(call, &f, call->values[LOG_VERIFY_JSON].given);
}

rc verb_log_verify(struct call *call, int *out_exit)
{
    CLEANUP(arena_done) struct arena mem;
    struct stat st;
    arena_init(&mem, 0);
    interrupt_catch();
    interrupt_ends_at_once(true); /* nothing is written */
    if (stat(call->args[0], &st) == 0 && S_ISREG(st.st_mode)) {
        rc r = verify_proof(call, &mem);
        return ok(r) || strstr(rc_message(), call->args[0]) ? r
                                                            : rc_within(r, "%s: ", call->args[0]);
    }
    return verify_log(call, &mem, out_exit);
}

/* ---- proof ---- */

struct one_entry {
    struct buf bytes;
};

static rc keep_entry(void *context, uint64_t index, struct view entry)
{
    struct one_entry *e = context;
    (void)index;
    return buf_add(&e->bytes, entry);
}

static rc find_index(struct desk *d, const char *typed, struct ledger_reader *reader, uint64_t *out)
{
    struct seal_hash id;
    struct view log;
    char *end;
    if (typed[0] >= '0' && typed[0] <= '9' && strlen(typed) < 20) {
        *out = strtoull(typed, &end, 10);
        if (*end == 0) return OK;
    }
    TRY(id_read(typed, &id));
    if (!d->node) return ledger_find(reader, &id, out);
    rc r = store_place(node_store(d->node), &k_store_node, &id, &d->mem, &log, out);
    return r.code == E_NOT_FOUND ? ledger_find(reader, &id, out) : r;
}

/* The folder of a log; or public files alone, a mirror or what somebody sent: then the key that
 * lies with them is used. */
static rc open_reader(struct desk *d, const char *dir, struct ledger_files *files,
                      struct ledger_reader **out)
{
    struct seal_verifier key;
    rc r = desk_look(d, dir);
    if (ok(r)) return node_reader(d->node, out);
    if (r.code != E_NOT_FOUND && r.code != E_STALE) return r;
    char why[512];
    snprintf(why, sizeof why, "%s", rc_message());
    rc f = ledger_folder(dir, &d->mem, files);
    if (ok(f)) f = ledger_read_key(files, &d->mem, &key);
    if (f.code == E_NOT_FOUND) return FAIL(r.code, "%s", why);
    TRY(f);
    return ledger_reader_open(files, &key, 1, out);
}

static rc write_out(struct call *call, const char *path, struct view bytes)
{
    CLEANUP(file_abandon) struct file_writer file = {0};
    if (!path) return out_write(&call->out, bytes);
    TRY(file_create(path, &file));
    TRY(file_write(&file, bytes));
    return file_commit(&file);
}

static rc prove(struct call *call, struct desk *d, struct ledger_reader *reader,
                struct one_entry *entry, struct buf *proof)
{
    uint64_t index;
    TRY(find_index(d, call->args[1], reader, &index));
    TRY(ledger_read(reader, index, 1, entry, keep_entry));
    if (entry->bytes.n == 0) return FAIL(E_NOT_FOUND, "the log has no entry %" PRIu64, index);
    TRY(ledger_prove(reader, index, buf_view(&entry->bytes), proof));
    return write_out(call, call->values[LOG_PROOF_OUTPUT].text, buf_view(proof));
}

rc verb_log_proof(struct call *call, int *out_exit)
{
    CLEANUP(desk_close) struct desk d = {0};
    struct ledger_files files;
    struct ledger_reader *reader;
    struct one_entry entry = {0};
    struct buf proof = {0};
    (void)out_exit;
    TRY(open_reader(&d, call->args[0], &files, &reader));
    rc r = prove(call, &d, reader, &entry, &proof);
    ledger_reader_close(reader);
    buf_done(&entry.bytes);
    buf_done(&proof);
    return r;
}

/* ---- replay ---- */

rc verb_log_replay(struct call *call, int *out_exit)
{
    CLEANUP(desk_close) struct desk d = {0};
    CLEANUP(facts_done) struct facts f;
    struct node_replayed done;
    (void)out_exit;
    facts_begin(&f);
    interrupt_catch();
    TRY(desk_open(&d, call, call->args[0], call->values[LOG_REPLAY_LOG_KEY].text,
                  call->values[LOG_REPLAY_LOG_PASSPHRASE_FILE].text));
    const struct node_watch watch = desk_watch(&d);
    rc r = node_replay(d.node, clock_wall_ms(), &watch, &done);
    progress_clear(&d.progress);
    TRY(r);
    facts_number(&f, "entries", done.n_entries);
    facts_number(&f, "folded", done.report.n_folded);
    facts_number(&f, "without_effect", done.report.n_without_effect);
    facts_number(&f, "unreadable", done.report.n_unreadable);
    return facts_print(call, &f, call->values[LOG_REPLAY_JSON].given);
}
