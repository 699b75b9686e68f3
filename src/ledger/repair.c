/* SPDX-License-Identifier: Apache-2.0
 *
 * Repair: what a damaged log has lost or altered is put back from a mirror. The mirror's checkpoint
 * is the log's own word, so it may take the place of ours, when it holds at least all that was ever
 * going to be signed; with less, the log would sign a fork.
 */
#include "ledger/copy_int.h"
#include "ledger/writing_int.h"

#include <string.h>

struct repairing {
    struct copy copy;
    const char *dir;
    struct log_file log;
    struct buf note, own_note;
    struct signed_checkpoint theirs, ours;
    struct promise promise;
    bool promised, any; /* there is a promise that can be read; a checkpoint of ours */
};

static bool lost(rc r)
{
    return r.code == E_NOT_FOUND || r.code == E_DAMAGED || r.code == E_INPUT ||
           r.code == E_ENCODING || r.code == E_LIMIT || r.code == E_FORMAT;
}

static rc read_ours(struct repairing *p)
{
    rc r = promise_read(p->dir, &p->promise);
    p->promised = ok(r);
    if (!ok(r) && !lost(r)) return r;
    r = checkpoint_read(&p->copy.own, &p->log.key, 1, &p->copy.mem, &p->own_note, &p->ours);
    p->any = ok(r);
    return ok(r) || lost(r) ? OK : r;
}

static rc check_holds(struct repairing *p, uint64_t size, const struct seal_hash *root,
                      const char *what)
{
    bool contains;
    if (p->theirs.tree.size < size)
        return FAIL(E_DAMAGED,
                    "repair: the mirror holds %llu entries, the %s tree %llu: ask another one",
                    (unsigned long long)p->theirs.tree.size, what, (unsigned long long)size);
    TRY(copy_contains(&p->copy, size, root, &contains));
    if (!contains)
        return FAIL(E_DAMAGED, "repair: the mirror holds another tree than the %s one", what);
    return OK;
}

/* Files of smaller trees that larger ones have replaced may be as damaged; they are not needed. */
static rc drop_replaced(void *context, const char *path)
{
    const struct repairing *p = context;
    int level;
    uint64_t index;
    uint32_t width;
    if (!ok(ledger_tile_path_parse(view_cstr(path), &level, &index, &width))) return OK;
    uint32_t covers = level < TILE_LEVELS ? tile_covers(p->theirs.tree.size, level, index) : 0;
    /* One that goes beyond the mirror was never signed, and the journal has what is in it. */
    if (covers == 0 || covers == width) return OK;
    return folder_remove(p->copy.dir, path);
}

/* A journal that ends before the mirror's tree, or that cannot be read up to there, has nothing
 * that the tree needs: a new file begins behind it. What lies beside its entries stays. */
static rc mend_journal(const struct repairing *p)
{
    CLEANUP(free_path) char *folder = NULL;
    struct journal_end end;
    struct segment segment;
    uint8_t head[SEGMENT_HEAD_BYTES];
    char name[SEGMENT_NAME_BYTES];
    uint64_t size = p->theirs.tree.size;
    TRY(path_join(p->dir, JOURNAL_FOLDER, &folder));
    TRY(folder_make(folder));
    TRY(journal_read(folder, size, 0, NULL, NULL, &end));
    if (!end.any || end.next > size || (end.next == size && !end.damaged)) return OK;
    TRY(segment_new(size, &segment, head));
    journal_file_name(size, name);
    return folder_put(folder, name, view_of(head, sizeof head), true);
}

static rc repair(struct repairing *p, const struct ledger_files *mirror)
{
    struct copy *c = &p->copy;
    TRY(log_file_read(p->dir, &c->mem, &p->log));
    TRY(checkpoint_read(mirror, &p->log.key, 1, &c->mem, &p->note, &p->theirs));
    TRY(read_ours(p));
    TRY(copy_tree(c, p->theirs.tree.size, &p->theirs.tree.root));
    if (p->promised) TRY(check_holds(p, p->promise.size, &p->promise.root, "promised"));
    if (p->any) TRY(check_holds(p, p->ours.tree.size, &p->ours.tree.root, "signed"));
    c->told = true;
    TRY(copy_files(c, 0));
    TRY(folder_each(c->dir, p, drop_replaced));
    const struct promise promise = {p->theirs.tree.size, p->theirs.tree.root};
    if (!p->promised || p->promise.size < promise.size) TRY(promise_write(p->dir, &promise));
    TRY(mend_journal(p));
    bool keep = p->any && p->ours.tree.size == p->theirs.tree.size;
    return copy_finish(c, &p->log.key, keep ? p->ours.note : p->theirs.note);
}

rc ledger_repair(const char *dir, const struct ledger_files *mirror,
                 const struct ledger_watch *watch)
{
    CLEANUP(free_path) char *public_folder = NULL;
    CLEANUP(folder_unlock) int lock = -1;
    struct repairing p = {.dir = dir};
    TRY(path_join(dir, PUBLIC_FOLDER, &public_folder));
    TRY(folder_lock(dir, &lock));
    TRY(folders_make(public_folder));
    rc r = copy_init(&p.copy, mirror, public_folder, watch);
    if (ok(r)) r = repair(&p, mirror);
    buf_done(&p.note);
    buf_done(&p.own_note);
    copy_done(&p.copy);
    return r;
}
