/* SPDX-License-Identifier: Apache-2.0
 *
 * Backups of a log that is being written, and logs made of them.
 *
 *   1  checkpoint, kept in memory
 *   2  journal, oldest segment first: it begins at or before the size of the checkpoint, or the
 *      writer has trimmed it meanwhile and all is tried again; it ends behind whatever was
 *      acknowledged before 1
 *   3  attachments; tiles that the checkpoint covers, which do not change any more
 *   4  promised: the size of the checkpoint
 *   5  the checkpoint, when all that is durable; what is gone from the log goes from the backup
 *
 * So everything acknowledged before the backup began is in it: in tiles, or in the journal. What is
 * copied of the last segment may end within a group, as after a power failure.
 */
#include "ledger/copy_int.h"
#include "ledger/writing_int.h"

#include <stdio.h>
#include <string.h>

enum { ATTEMPTS = 16 };

struct backup {
    const char *from, *to;
    const struct ledger_watch *watch;
    struct arena mem;
    struct log_file log;
    struct ledger_files files; /* of from */
    struct buf note, bytes;
    struct signed_checkpoint checkpoint;
};

static rc sub_folder(struct backup *b, const char *dir, const char *name, const char **out)
{
    struct view path;
    TRY(arena_format(&b->mem, &path, "%s/%s%c", dir, name, 0));
    *out = (const char *)path.p;
    return OK;
}

static rc names_of(struct backup *b, const char *folder, struct view **out, size_t *out_n)
{
    rc r = folder_names(folder, &b->mem, out, out_n);
    if (r.code != E_NOT_FOUND) return r;
    *out_n = 0;
    return OK;
}

/* ---- journal ---- */

/* In pieces, so that a long journal needs no memory. What is appended meanwhile comes along. */
static rc copy_stream(const char *from, const char *to)
{
    CLEANUP(line_close) struct line_reader in = {.fd = -1};
    CLEANUP(file_abandon) struct file_writer w = {0};
    struct view piece;
    TRY(line_open(from, 1, &in));
    TRY(file_create(to, &w));
    for (uint64_t left = in.bytes_total; left > 0; left -= piece.n) {
        TRY(line_raw(&in, &piece));
        if (piece.n == 0) break;
        piece = view_slice(piece, 0, left);
        TRY(file_write(&w, piece));
    }
    return file_commit(&w);
}

static rc copy_segments(struct backup *b, bool *out_again)
{
    const char *from, *to;
    uint64_t *firsts;
    size_t n;
    TRY(sub_folder(b, b->from, JOURNAL_FOLDER, &from));
    TRY(sub_folder(b, b->to, JOURNAL_FOLDER, &to));
    TRY(folder_make_private(to));
    TRY(journal_list(from, &b->mem, &firsts, &n));
    *out_again = n > 0 && firsts[0] > b->checkpoint.tree.size;
    for (size_t i = 0; i < n && !*out_again; i++) {
        const char *source, *target;
        char name[SEGMENT_NAME_BYTES];
        journal_file_name(firsts[i], name);
        TRY(sub_folder(b, from, name, &source));
        TRY(sub_folder(b, to, name, &target));
        rc r = copy_stream(source, target);
        *out_again = r.code == E_NOT_FOUND; /* trimmed: another one may be gone as well */
        if (!*out_again) TRY(r);
    }
    return OK;
}

static rc copy_journal(struct backup *b)
{
    bool again = true;
    for (int i = 0; i < ATTEMPTS && again; i++) {
        TRY(checkpoint_read(&b->files, &b->log.key, 1, &b->mem, &b->note, &b->checkpoint));
        TRY(copy_segments(b, &again));
    }
    if (again) return FAIL(E_BUSY, "backup: the journal is trimmed faster than it is copied");
    return OK;
}

static void tell(struct backup *b, const char *path, struct view what)
{
    const struct ledger_fault fault = {path, UINT64_MAX, what};
    if (b->watch && b->watch->fault) b->watch->fault(b->watch->context, &fault);
}

/* The copy is as the log's own is. An end that was never finished may be what is being written;
 * not when it stands before what is signed. */
static rc check_journal(struct backup *b)
{
    const char *folder;
    struct journal_end end;
    const uint64_t size = b->checkpoint.tree.size;
    TRY(sub_folder(b, b->to, JOURNAL_FOLDER, &folder));
    TRY(journal_read(folder, 0, size, NULL, NULL, &end));
    TRY(sub_folder(b, b->from, JOURNAL_FOLDER, &folder));
    if (end.damaged)
        tell(b, folder, view_cstr(end.why));
    else if (end.torn && end.next < size)
        tell(b, folder, VIEW("journal: what it ends with cannot be read, and is signed"));
    return OK;
}

/* ---- attachments ---- */

static rc copy_attachment(struct backup *b, const char *from, const char *to, const char *name)
{
    struct seal_hash wanted, found;
    CLEANUP(free_path) char *path = NULL;
    if (folder_has(to, name)) return OK;
    buf_reset(&b->bytes);
    TRY(path_join(from, name, &path));
    rc r = file_read(path, LEDGER_ATTACHMENT_MAX_BYTES, &b->bytes);
    if (r.code == E_NOT_FOUND) return OK; /* removed meanwhile */
    TRY(r);
    if (!ok(seal_from_hex(view_cstr(name), sizeof wanted.bytes, wanted.bytes))) return OK;
    TRY(seal_sha256(buf_view(&b->bytes), found.bytes));
    if (same_hash(&wanted, &found)) return folder_put(to, name, buf_view(&b->bytes), false);
    tell(b, path, VIEW("the bytes have another hash"));
    return OK;
}

static rc copy_attachments(struct backup *b)
{
    const char *from, *to;
    struct view *names;
    size_t n;
    TRY(sub_folder(b, b->from, ATTACHMENT_FOLDER, &from));
    TRY(sub_folder(b, b->to, ATTACHMENT_FOLDER, &to));
    TRY(folder_make_private(to));
    TRY(names_of(b, from, &names, &n));
    for (size_t i = 0; i < n; i++)
        TRY(copy_attachment(b, from, to, (const char *)names[i].p));
    return folder_sync_all(to);
}

/* What is gone from the log was trimmed or erased; a copy of it may not stay. */
static rc drop_gone(struct backup *b, const char *folder)
{
    const char *from, *to;
    struct view *names;
    size_t n;
    TRY(sub_folder(b, b->from, folder, &from));
    TRY(sub_folder(b, b->to, folder, &to));
    TRY(names_of(b, to, &names, &n));
    for (size_t i = 0; i < n; i++)
        if (!folder_has(from, (const char *)names[i].p))
            TRY(folder_remove(to, (const char *)names[i].p));
    return OK;
}

/* ---- all of it ---- */

/* The target is a backup of this log that holds no more than the log does, or nothing yet. */
static rc check_target(struct backup *b)
{
    struct log_file theirs;
    struct ledger_files files;
    struct signed_checkpoint c, ours;
    CLEANUP(buf_done) struct buf note = {0};
    rc r = log_file_read(b->to, &b->mem, &theirs);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    if (theirs.key.id != b->log.key.id || !view_eq(theirs.key.name, b->log.key.name))
        return FAIL(E_DUPLICATE, "%s: holds another log, %.*s", b->to, VIEW_ARG(theirs.key.name));
    TRY(ledger_folder(b->to, &b->mem, &files));
    r = checkpoint_read(&files, &b->log.key, 1, &b->mem, &note, &c);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    TRY(checkpoint_read(&b->files, &b->log.key, 1, &b->mem, &b->note, &ours));
    if (c.tree.size > ours.tree.size)
        return FAIL(E_STALE, "%s: holds %llu entries, and the log only %llu: it is not overwritten",
                    b->to, (unsigned long long)c.tree.size, (unsigned long long)ours.tree.size);
    return OK;
}

static rc copy_tiles(struct backup *b)
{
    const char *to;
    struct ledger_report report;
    TRY(sub_folder(b, b->to, PUBLIC_FOLDER, &to));
    const struct promise promise = {b->checkpoint.tree.size, b->checkpoint.tree.root};
    TRY(promise_write(b->to, &promise));
    return mirror_checkpoint(&b->files, b->checkpoint.note, to, &b->log.key, 1, b->watch, &report);
}

static rc copy_log(struct backup *b)
{
    TRY(log_file_read(b->from, &b->mem, &b->log));
    TRY(ledger_folder(b->from, &b->mem, &b->files));
    TRY(folders_make(b->to));
    TRY(check_target(b));
    TRY(copy_journal(b));
    TRY(copy_attachments(b));
    TRY(copy_tiles(b));
    TRY(drop_gone(b, JOURNAL_FOLDER));
    TRY(check_journal(b));
    TRY(drop_gone(b, ATTACHMENT_FOLDER));
    return log_file_write(b->to, &b->log.key); /* last: half a backup is no log */
}

static rc copy_whole(const char *from, const char *to, const struct ledger_watch *watch)
{
    struct backup b = {.from = from, .to = to, .watch = watch};
    arena_init(&b.mem, 0);
    rc r = copy_log(&b);
    buf_done(&b.note);
    buf_done(&b.bytes);
    arena_done(&b.mem);
    return r;
}

rc ledger_backup(const char *dir, const char *target, const struct ledger_watch *watch)
{
    return copy_whole(dir, target, watch);
}

/* Nothing, or what a restore that was stopped has left. */
static rc check_empty(struct backup *b)
{
    struct view *names;
    size_t n;
    TRY(names_of(b, b->to, &names, &n));
    if (folder_has(b->to, LOG_FILE)) return FAIL(E_DUPLICATE, "%s: there is a log", b->to);
    if (n > 0 && !folder_has(b->to, RESTORED_FILE))
        return FAIL(E_DUPLICATE, "%s: is not empty", b->to);
    return OK;
}

rc ledger_restore(const char *backup, const char *dir, const struct ledger_watch *watch)
{
    static const char k_why[] =
        "restored from a backup, and not confirmed: what was acknowledged after the backup is "
        "missing; sanad log confirm asks the witnesses how much they have seen\n";
    struct backup b = {.to = dir};
    struct log_file theirs;
    arena_init(&b.mem, 0);
    rc r = check_empty(&b);
    if (ok(r)) r = log_file_read(backup, &b.mem, &theirs); /* else nothing is begun */
    arena_done(&b.mem);
    TRY(r);
    TRY(folders_make(dir));
    TRY(folder_put(dir, RESTORED_FILE, view_cstr(k_why), true));
    return copy_whole(backup, dir, watch);
}
