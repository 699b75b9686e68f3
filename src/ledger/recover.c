/* SPDX-License-Identifier: Apache-2.0
 *
 * What a start does: the checkpoint in place must be the one of the tiles, and what the journal
 * holds behind it is added again. Whatever was ever going to be signed must come out the same;
 * when it does not, the log takes nothing more, so that it never signs two trees.
 *
 *   1  checkpoint, signed by the log's key       size, root
 *   2  promised                                  at least that size
 *   3  right edge of the tiles at that size      its head is the root
 *   4  journal from that size on                 at the promised size the head is the promised root
 *   5  the journal ends at or behind the promised size
 *
 * Who only looks reads in the same order; a writer at work changes them in the reverse one, so that
 * what is read later is never behind what was read before.
 */
#include "ledger/writing_int.h"

#include <stdio.h>
#include <unistd.h>

enum { FLUSH_BYTES = 8 << 20 };

struct recovery {
    struct ledger *l;
    struct promise promise;
};

/* What is wrong with the log itself is no failure of opening it; what is wrong with the machine is.
 */
static rc or_stop(struct ledger *l, rc r)
{
    if (ok(r) || r.code == E_MEMORY || r.code == E_INTERNAL) return r;
    ledger_stop(l, "%s", rc_message());
    return OK;
}

/* ---- 1, 2 ---- */

static rc read_checkpoint(struct ledger *l)
{
    CLEANUP(free_path) char *path = NULL;
    CLEANUP(arena_done) struct arena mem = {0};
    struct seal_note note;
    struct seal_checkpoint c;
    const struct seal_signed *seen;
    TRY(path_join(l->tiles.public_folder, CHECKPOINT_FILE, &path));
    TRY(file_read(path, CHECKPOINT_MAX_BYTES, &l->note));
    TRY(seal_note_parse(buf_view(&l->note), &mem, &note));
    TRY(seal_note_check(&note, &l->log.key, 1, &mem, &seen));
    TRY(seal_checkpoint_parse(note.text, &c));
    if (!view_eq(c.origin, l->log.key.name))
        return FAIL(E_DAMAGED, "checkpoint: of another log, %.*s", VIEW_ARG(c.origin));
    l->published_size = c.size;
    l->root = c.root;
    return OK;
}

static rc check_promise(const struct ledger *l, struct promise *out)
{
    TRY(promise_read(l->dir, out));
    if (out->size < l->published_size)
        return FAIL(E_DAMAGED, "log: %llu entries are promised and %llu are signed",
                    (unsigned long long)out->size, (unsigned long long)l->published_size);
    if (out->size == l->published_size && !same_hash(&out->root, &l->root))
        return FAIL(E_DAMAGED, "log: the checkpoint of size %llu is of another tree than promised",
                    (unsigned long long)out->size);
    return OK;
}

/* ---- 3 ---- */

static rc check_tiles(struct ledger *l)
{
    struct seal_hash root;
    struct seal_tree tree;
    TRY(tiles_load(&l->tiles, l->published_size));
    const struct seal_source from = tiles_source(&l->tiles);
    TRY(seal_tree_load(l->published_size, &from, &tree));
    TRY(seal_tree_head(&tree, &root));
    if (!same_hash(&root, &l->root))
        return FAIL(E_DAMAGED, "tiles: those of size %llu have another root than the checkpoint",
                    (unsigned long long)l->published_size);
    TRY(tiles_last_received(&l->tiles, &l->received_ms));
    l->tree = tree;
    return OK;
}

/* ---- 4 ---- */

static rc check_promised_root(const struct recovery *r)
{
    struct seal_hash root;
    if (r->l->tree.size != r->promise.size) return OK;
    TRY(seal_tree_head(&r->l->tree, &root));
    if (same_hash(&root, &r->promise.root)) return OK;
    return FAIL(E_DAMAGED, "journal: at size %llu it leads to another tree than promised",
                (unsigned long long)r->promise.size);
}

static rc take_entry(const struct recovery *r, struct view entry)
{
    struct ledger *l = r->l;
    struct ledger_entry parsed;
    struct seal_hash leaf;
    TRY(ledger_entry_parse(entry, &parsed));
    TRY(seal_hash_leaf(entry, &leaf));
    if (!l->look_only) TRY(tiles_add(&l->tiles, entry, &leaf));
    TRY(seal_tree_add(&l->tree, &leaf));
    if (parsed.received_ms > l->received_ms) l->received_ms = parsed.received_ms;
    return check_promised_root(r);
}

static rc take_group(void *context, const struct group *group)
{
    const struct recovery *r = context;
    struct view entry, beside;
    size_t at = 0;
    for (uint32_t i = 0; i < group->n; i++) {
        TRY(group_next(group->items, &at, &entry, &beside));
        if (group->index + i >= r->l->tree.size) TRY(take_entry(r, entry));
    }
    /* A log that could not publish for long must still fit into memory; but nothing is written
     * before the promise was kept. */
    bool writes = !r->l->read_only && !r->l->look_only && r->l->tree.size >= r->promise.size;
    if (writes && r->l->tiles.entries.n > FLUSH_BYTES) TRY(tiles_write_full(&r->l->tiles));
    return OK;
}

/* ---- 5 ---- */

static rc check_end(const struct recovery *r, const struct journal_end *end)
{
    const struct ledger *l = r->l;
    if (end->any && end->begin > l->published_size)
        return FAIL(E_DAMAGED, "journal: entries %llu to %llu are missing",
                    (unsigned long long)l->published_size, (unsigned long long)end->begin - 1);
    if (end->damaged) return FAIL(E_DAMAGED, "%s", end->why);
    if (l->tree.size < r->promise.size)
        return FAIL(E_DAMAGED, "log: %llu entries were promised and %llu are there",
                    (unsigned long long)r->promise.size, (unsigned long long)l->tree.size);
    if (end->any && end->next < l->published_size)
        return FAIL(E_DAMAGED, "journal: it ends at entry %llu of %llu",
                    (unsigned long long)end->next, (unsigned long long)l->published_size);
    return OK;
}

static rc check_restored(const struct ledger *l)
{
    CLEANUP(free_path) char *path = NULL;
    CLEANUP(buf_done) struct buf why = {0};
    TRY(path_join(l->dir, RESTORED_FILE, &path));
    if (access(path, F_OK) != 0) return OK;
    TRY(file_read(path, sizeof l->why, &why));
    struct view text = view_trim(buf_view(&why));
    return FAIL(E_READ_ONLY, "%.*s",
                VIEW_ARG(text.n ? text : VIEW("restored from a backup, and not confirmed")));
}

/* The whole of it; a failure is either the machine's, or the reason why the log takes nothing. */
static rc recover(struct recovery *r, struct journal_end *end)
{
    struct ledger *l = r->l;
    TRY(read_checkpoint(l));
    TRY(check_promise(l, &r->promise));
    TRY(check_tiles(l));
    TRY(journal_read(l->journal.folder, l->published_size, 0, r, take_group, end));
    l->journal.bytes = end->bytes;
    return check_end(r, end);
}

rc ledger_recover(struct ledger *l)
{
    struct recovery r = {.l = l};
    struct journal_end end = {0};
    TRY(or_stop(l, check_restored(l)));
    TRY(or_stop(l, recover(&r, &end)));
    if (l->read_only || l->look_only) return OK;
    TRY(or_stop(l, journal_resume(&l->journal, &end)));
    if (!l->read_only) TRY(or_stop(l, tiles_sweep(&l->tiles, l->published_size)));
    if (!l->read_only) TRY(or_stop(l, ledger_publish(l)));
    return OK;
}
