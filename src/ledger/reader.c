/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a log: a checkpoint that its key signed, and entries that are proved to be in the tree of
 * that checkpoint before anybody sees them. What was appended later is not seen.
 */
#include "ledger/reading_int.h"

#include <string.h>

struct ledger_reader {
    const struct ledger_files *files;
    struct arena mem;
    struct buf note, bundle;
    struct signed_checkpoint checkpoint;
    struct proved *tiles;
};

/* ---- checkpoints ---- */

rc checkpoint_check(struct view note, const struct seal_verifier *keys, size_t n_keys,
                    struct arena *mem, struct signed_checkpoint *out)
{
    struct seal_note parts;
    const struct seal_signed *seen;
    struct signed_checkpoint c = {.note = note};
    if (n_keys == 0) return FAIL(E_USAGE, "checkpoint: no key to check it with");
    TRY(seal_note_parse(note, mem, &parts));
    TRY(seal_checkpoint_parse(parts.text, &c.tree));
    if (!view_eq(c.tree.origin, keys[0].name))
        return FAIL(E_DAMAGED, "checkpoint: it is of %.*s, not of %.*s", VIEW_ARG(c.tree.origin),
                    VIEW_ARG(keys[0].name));
    rc r = seal_note_check(&parts, keys, n_keys, mem, &seen);
    bool none = r.code == E_NOT_FOUND;
    if (!none) TRY(r);
    if (none || !seen[0].holds)
        return FAIL(E_DAMAGED, "checkpoint: not signed by the log's key %.*s",
                    VIEW_ARG(keys[0].name));
    for (size_t i = 0; i < n_keys; i++)
        c.n_signed += seen[i].holds;
    *out = c;
    return OK;
}

rc checkpoint_read(const struct ledger_files *files, const struct seal_verifier *keys,
                   size_t n_keys, struct arena *mem, struct buf *bytes,
                   struct signed_checkpoint *out)
{
    buf_reset(bytes);
    TRY(ledger_read_checkpoint(files, bytes));
    return checkpoint_check(buf_view(bytes), keys, n_keys, mem, out);
}

/* ---- open and close ---- */

static rc open_reader(struct ledger_reader *r, const struct seal_verifier *keys, size_t n_keys)
{
    TRY(checkpoint_read(r->files, keys, n_keys, &r->mem, &r->note, &r->checkpoint));
    TRY(proved_new(r->files, r->checkpoint.tree.size, &r->checkpoint.tree.root, &r->tiles));
    return proved_load_edge(r->tiles);
}

rc ledger_reader_open(const struct ledger_files *files, const struct seal_verifier *keys,
                      size_t n_keys, struct ledger_reader **out)
{
    struct ledger_reader *r;
    TRY(mem_new(1, sizeof *r, &r));
    r->files = files;
    arena_init(&r->mem, 0);
    rc opened = open_reader(r, keys, n_keys);
    if (!ok(opened)) {
        ledger_reader_close(r);
        return opened;
    }
    *out = r;
    return OK;
}

void ledger_reader_close(struct ledger_reader *r)
{
    if (!r) return;
    proved_free(r->tiles);
    buf_done(&r->note);
    buf_done(&r->bundle);
    arena_done(&r->mem);
    mem_free(r);
}

const struct seal_checkpoint *ledger_reader_checkpoint(const struct ledger_reader *r,
                                                       struct view *out_note, uint32_t *out_signed)
{
    if (out_note) *out_note = r->checkpoint.note;
    if (out_signed) *out_signed = r->checkpoint.n_signed;
    return &r->checkpoint.tree;
}

struct seal_source ledger_source(struct ledger_reader *r)
{
    return proved_source(r->tiles);
}

/* ---- entries ---- */

struct span {
    uint64_t from, to;
};

static rc read_bundle(struct ledger_reader *r, uint64_t index, const struct span *span,
                      void *context, rc (*each)(void *context, uint64_t index, struct view entry))
{
    char path[LEDGER_PATH_BYTES];
    struct view entries[LEDGER_TILE];
    uint32_t width, n;
    uint64_t first = index * LEDGER_TILE;
    const struct seal_hash *hashes;
    TRY(proved_get(r->tiles, 0, index, &hashes));
    TRY(tile_read(r->files, r->tiles->size, ENTRIES_LEVEL, index, &r->bundle, path, &width));
    rc cut = bundle_cut(buf_view(&r->bundle), width, entries, &n);
    if (!ok(cut)) return rc_within(cut, "%s: ", path);
    for (uint32_t i = 0; i < n; i++) {
        struct seal_hash leaf;
        if (first + i < span->from || first + i >= span->to) continue;
        TRY(seal_hash_leaf(entries[i], &leaf));
        if (!same_hash(&leaf, &hashes[i]))
            return FAIL(E_DAMAGED, "%s: entry %llu is not the one in the tree", path,
                        (unsigned long long)(first + i));
    }
    for (uint32_t i = 0; i < n; i++)
        if (first + i >= span->from && first + i < span->to)
            TRY(each(context, first + i, entries[i]));
    return OK;
}

rc ledger_read(struct ledger_reader *r, uint64_t from, uint64_t n, void *context,
               rc (*each)(void *context, uint64_t index, struct view entry))
{
    uint64_t size = r->tiles->size;
    if (from >= size || n == 0) return OK;
    const struct span span = {from, n < size - from ? from + n : size};
    for (uint64_t i = span.from / LEDGER_TILE; i <= (span.to - 1) / LEDGER_TILE; i++)
        TRY(read_bundle(r, i, &span, context, each));
    return OK;
}

struct finding {
    const struct seal_hash *id;
    bool found;
    uint64_t index;
};

/* Entries in another form are somebody else's log; none of them is the one. */
static rc look_at(void *context, uint64_t index, struct view entry)
{
    struct finding *f = context;
    struct ledger_entry parts;
    if (f->found || !ok(ledger_entry_parse(entry, &parts)) || !same_hash(&parts.id, f->id))
        return OK;
    f->found = true;
    f->index = index;
    return OK;
}

rc ledger_find(struct ledger_reader *r, const struct seal_hash *id, uint64_t *out_index)
{
    struct finding f = {.id = id};
    for (uint64_t at = 0; at < r->tiles->size && !f.found; at += LEDGER_TILE)
        TRY(ledger_read(r, at, LEDGER_TILE, &f, look_at));
    if (!f.found) return FAIL(E_NOT_FOUND, "log: no entry has this id");
    *out_index = f.index;
    return OK;
}

rc ledger_prove(struct ledger_reader *r, uint64_t index, struct view extra, struct buf *out)
{
    struct seal_source source = proved_source(r->tiles);
    struct seal_proof_file file = {
        .extra = extra, .index = index, .checkpoint = r->checkpoint.note};
    TRY(seal_prove_inclusion(index, r->tiles->size, &source, &file.proof));
    return seal_proof_file_print(&file, out);
}
