/* SPDX-License-Identifier: Apache-2.0
 *
 * Mirrors and repairs. A mirror is the public folder of a log in another place: a checkpoint stands
 * in it only when everything that it covers was proved and is durable. Two checkpoints of one key
 * of which neither contains the other are evidence and are kept.
 */
#include "ledger/copy_int.h"

#include <stdio.h>
#include <string.h>

/* ---- forks ---- */

static rc keep_evidence(const char *dir, struct view note)
{
    static const char k_name[] = "fork-", k_end[] = ".checkpoint";
    uint8_t hash[SEAL_SHA256_BYTES];
    char path[sizeof k_name + sizeof k_end + 2 * SEAL_SHA256_BYTES];
    char hex[2 * SEAL_SHA256_BYTES];
    TRY(seal_sha256(note, hash));
    seal_hex(hash, sizeof hash, hex);
    snprintf(path, sizeof path, "%s%.*s%s", k_name, (int)sizeof hex, hex, k_end);
    return folder_put(dir, path, note, true);
}

static rc refuse_fork(const char *dir, const struct signed_checkpoint *ours,
                      const struct signed_checkpoint *theirs)
{
    TRY(keep_evidence(dir, ours->note));
    TRY(keep_evidence(dir, theirs->note));
    return FAIL(E_DAMAGED,
                "mirror: %.*s signed two trees: the one of %llu entries does not go with the one "
                "of %llu; both checkpoints are kept in %s",
                VIEW_ARG(ours->tree.origin), (unsigned long long)theirs->tree.size,
                (unsigned long long)ours->tree.size, dir);
}

/* ---- mirror ---- */

struct mirroring {
    struct copy copy;
    const struct seal_verifier *keys;
    size_t n_keys;
    struct buf note;
    bool any; /* there is a checkpoint in the copy */
    struct signed_checkpoint theirs, ours;
};

static rc read_ours(struct mirroring *m)
{
    rc r = checkpoint_read(&m->copy.own, m->keys, m->n_keys, &m->copy.mem, &m->note, &m->ours);
    m->any = ok(r);
    if (r.code == E_NOT_FOUND) return OK;
    return ok(r) ? r : rc_within(r, "%s/" CHECKPOINT_FILE ": ", m->copy.dir);
}

/* Partial tiles of the tree before that are full now: nobody asks for them any more. */
static rc drop_partial(struct mirroring *m)
{
    uint64_t before = m->any ? m->ours.tree.size : 0;
    for (int level = ENTRIES_LEVEL; level < TILE_LEVELS; level++) {
        char path[LEDGER_PATH_BYTES];
        uint64_t index = full_tiles(before, level);
        if (!tile_width(before, level) || full_tiles(m->theirs.tree.size, level) <= index) continue;
        ledger_tile_path(level, index, LEDGER_TILE, path);
        TRY(folder_drop(m->copy.dir, path, ".p"));
    }
    return OK;
}

static rc copy_larger(struct mirroring *m)
{
    struct copy *c = &m->copy;
    bool contains = true;
    TRY(copy_tree(c, m->theirs.tree.size, &m->theirs.tree.root));
    if (m->any) TRY(copy_contains(c, m->ours.tree.size, &m->ours.tree.root, &contains));
    if (!contains) return refuse_fork(c->dir, &m->ours, &m->theirs);
    TRY(copy_files(c, m->any ? m->ours.tree.size : 0));
    TRY(copy_finish(c, &m->keys[0], m->theirs.note));
    return drop_partial(m);
}

/* An old view of the log, or one with other cosignatures. */
static rc look_at_smaller(struct mirroring *m)
{
    struct copy *c = &m->copy;
    bool contains;
    TRY(copy_tree(c, m->ours.tree.size, &m->ours.tree.root));
    TRY(copy_contains(c, m->theirs.tree.size, &m->theirs.tree.root, &contains));
    if (!contains) return refuse_fork(c->dir, &m->ours, &m->theirs);
    if (m->theirs.tree.size < m->ours.tree.size || m->theirs.n_signed <= m->ours.n_signed)
        return OK;
    return folder_put(c->dir, CHECKPOINT_FILE, m->theirs.note, true);
}

static rc mirror(struct mirroring *m, struct view note)
{
    struct copy *c = &m->copy;
    TRY(checkpoint_check(note, m->keys, m->n_keys, &c->mem, &m->theirs));
    TRY(read_ours(m));
    bool smaller = m->any && m->theirs.tree.size <= m->ours.tree.size;
    TRY(smaller ? look_at_smaller(m) : copy_larger(m));
    c->report.size = smaller ? m->ours.tree.size : m->theirs.tree.size;
    c->report.n_signed = m->theirs.n_signed;
    return OK;
}

rc mirror_checkpoint(const struct ledger_files *from, struct view note, const char *dir,
                     const struct seal_verifier *keys, size_t n_keys,
                     const struct ledger_watch *watch, struct ledger_report *out)
{
    struct mirroring m = {.keys = keys, .n_keys = n_keys};
    TRY(folders_make(dir));
    rc r = copy_init(&m.copy, from, dir, watch);
    if (ok(r)) r = mirror(&m, note);
    buf_done(&m.note);
    copy_done(&m.copy);
    TRY(r);
    *out = m.copy.report;
    return OK;
}

rc ledger_mirror(const struct ledger_files *from, const char *dir, const struct seal_verifier *keys,
                 size_t n_keys, const struct ledger_watch *watch, struct ledger_report *out)
{
    CLEANUP(buf_done) struct buf note = {0};
    TRY(ledger_read_checkpoint(from, &note));
    return mirror_checkpoint(from, buf_view(&note), dir, keys, n_keys, watch, out);
}
