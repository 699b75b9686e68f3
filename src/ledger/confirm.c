/* SPDX-License-Identifier: Apache-2.0
 *
 * A restored log is let write again. What was acknowledged after the backup is missing in it; if
 * any of that was signed, going on would be a fork. So the largest checkpoint that anybody has must
 * be one that this log comes out with again: within its tiles, or with what its journal holds
 * behind them.
 */
#include "ledger/reading_int.h"
#include "ledger/writing_int.h"

struct confirming {
    struct arena mem;
    struct log_file log;
    struct ledger_files files;
    struct buf note;
    struct signed_checkpoint ours, witnessed;
    struct proved *tiles;
    struct seal_tree tree; /* of tiles and journal, up to the size that is witnessed */
};

static rc add_group(void *context, const struct group *group)
{
    struct confirming *c = context;
    struct view entry, beside;
    struct seal_hash leaf;
    size_t at = 0;
    for (uint32_t i = 0; i < group->n; i++) {
        TRY(group_next(group->items, &at, &entry, &beside));
        if (group->index + i != c->tree.size || c->tree.size >= c->witnessed.tree.size) continue;
        TRY(seal_hash_leaf(entry, &leaf));
        TRY(seal_tree_add(&c->tree, &leaf));
    }
    return OK;
}

static rc root_at_witnessed(struct confirming *c, const char *dir, struct seal_hash *out)
{
    CLEANUP(free_path) char *journal = NULL;
    struct journal_end end;
    uint64_t size = c->ours.tree.size;
    if (c->witnessed.tree.size <= size)
        return proved_root_at(c->tiles, c->witnessed.tree.size, out);
    struct seal_source source = proved_source(c->tiles);
    TRY(seal_tree_load(size, &source, &c->tree));
    TRY(path_join(dir, JOURNAL_FOLDER, &journal));
    TRY(journal_read(journal, size, 0, c, add_group, &end));
    if (c->tree.size < c->witnessed.tree.size)
        return FAIL(E_DAMAGED,
                    "restore: witnesses know %llu entries and the backup holds %llu: repair it "
                    "from a mirror first",
                    (unsigned long long)c->witnessed.tree.size, (unsigned long long)c->tree.size);
    return seal_tree_head(&c->tree, out);
}

static rc check_witnessed(struct confirming *c, const char *dir, struct view witnessed)
{
    struct seal_hash root;
    struct promise promise;
    TRY(checkpoint_check(witnessed, &c->log.key, 1, &c->mem, &c->witnessed));
    TRY(ledger_folder(dir, &c->mem, &c->files));
    TRY(checkpoint_read(&c->files, &c->log.key, 1, &c->mem, &c->note, &c->ours));
    TRY(proved_new(&c->files, c->ours.tree.size, &c->ours.tree.root, &c->tiles));
    TRY(proved_load_edge(c->tiles));
    TRY(root_at_witnessed(c, dir, &root));
    if (!same_hash(&root, &c->witnessed.tree.root))
        return FAIL(E_DAMAGED, "restore: witnesses know another tree of %llu entries",
                    (unsigned long long)c->witnessed.tree.size);
    TRY(promise_read(dir, &promise));
    if (promise.size >= c->witnessed.tree.size) return OK;
    promise = (struct promise){c->witnessed.tree.size, root};
    return promise_write(dir, &promise);
}

rc ledger_confirm(const char *dir, struct view witnessed)
{
    CLEANUP(folder_unlock) int lock = -1;
    struct confirming c = {0};
    rc r = OK;
    TRY(folder_lock(dir, &lock));
    arena_init(&c.mem, 0);
    r = log_file_read(dir, &c.mem, &c.log);
    if (ok(r) && folder_has(dir, RESTORED_FILE)) {
        if (witnessed.n) r = check_witnessed(&c, dir, witnessed);
        if (ok(r)) r = folder_remove(dir, RESTORED_FILE);
    }
    proved_free(c.tiles);
    buf_done(&c.note);
    arena_done(&c.mem);
    return r;
}
