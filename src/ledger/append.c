/* SPDX-License-Identifier: Apache-2.0
 *
 * Adding a group. Everything that can fail without the disk happens before the disk is touched, so
 * that a group which is durable is also in the tree. */
#include "ledger/writing_int.h"

#include <string.h>

/* Bundles wait in memory for a publish; behind so many bytes the full ones are written. */
enum { FLUSH_BYTES = 8 << 20 };

static rc check_items(const struct ledger_item *items, size_t n)
{
    size_t bytes = 0;
    if (n > LEDGER_GROUP_MAX)
        return FAIL(E_LIMIT, "log: a group of %zu items, more than %d", n, LEDGER_GROUP_MAX);
    for (size_t i = 0; i < n; i++) {
        if (items[i].beside.n > LEDGER_BESIDE_MAX_BYTES)
            return FAIL(E_LIMIT, "log: item %zu has %zu bytes beside it, more than %d", i,
                        items[i].beside.n, LEDGER_BESIDE_MAX_BYTES);
        bytes += items[i].beside.n + items[i].note.n;
        if (bytes > LEDGER_GROUP_MAX_BYTES)
            return FAIL(E_LIMIT, "log: with item %zu the group has more than %d bytes", i,
                        LEDGER_GROUP_MAX_BYTES);
    }
    return OK;
}

/* The entries as the group and the tiles take them. */
struct adding {
    struct buf entry, leaves;
    struct seal_tree tree;
    size_t entry_bytes;
};

static void adding_done(struct adding *a)
{
    buf_done(&a->entry);
    buf_done(&a->leaves);
}

static rc add_item(struct ledger *l, const struct ledger_item *item, int64_t received_ms,
                   struct adding *a)
{
    struct seal_hash leaf;
    const struct ledger_entry entry = {
        .received_ms = received_ms, .id = item->id, .note = item->note};
    buf_reset(&a->entry);
    TRY(ledger_entry_write(&entry, &a->entry));
    TRY(seal_hash_leaf(buf_view(&a->entry), &leaf));
    TRY(buf_add(&a->leaves, view_of(leaf.bytes, sizeof leaf.bytes)));
    TRY(seal_tree_add(&a->tree, &leaf));
    TRY(group_add(buf_view(&a->entry), item->beside, &l->journal.group));
    a->entry_bytes += a->entry.n;
    return OK;
}

static rc prepare(struct ledger *l, const struct ledger_item *items, size_t n, int64_t received_ms,
                  struct adding *a)
{
    a->tree = l->tree;
    TRY(journal_begin(&l->journal));
    for (size_t i = 0; i < n; i++) {
        rc r = add_item(l, &items[i], received_ms, a);
        if (!ok(r)) return rc_within(r, "item %zu: ", i);
    }
    return tiles_reserve(&l->tiles, n, a->entry_bytes);
}

/* The group stands in the journal: now it counts. There is room, so nothing fails. */
static rc take(struct ledger *l, size_t n, const struct adding *a)
{
    struct view items = view_slice(buf_view(&l->journal.group), GROUP_HEAD_BYTES, SIZE_MAX);
    struct view entry, beside;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        struct seal_hash leaf;
        memcpy(leaf.bytes, a->leaves.p + i * sizeof leaf.bytes, sizeof leaf.bytes);
        TRY(group_next(items, &at, &entry, &beside));
        TRY(tiles_add(&l->tiles, entry, &leaf));
    }
    l->tree = a->tree;
    return OK;
}

rc ledger_append(struct ledger *l, const struct ledger_item *items, size_t n, int64_t now_ms,
                 struct ledger_place *out_places)
{
    CLEANUP(adding_done) struct adding a = {0};
    int64_t received_ms = now_ms > l->received_ms ? now_ms : l->received_ms;
    uint64_t index = l->tree.size;
    TRY(ledger_may_write(l));
    TRY(check_items(items, n));
    if (n == 0) return OK;
    TRY(prepare(l, items, n, received_ms, &a));
    TRY(ledger_broke(l, journal_commit(&l->journal, index, (uint32_t)n, received_ms)));
    TRY(take(l, n, &a));
    l->received_ms = received_ms;
    for (size_t i = 0; i < n; i++)
        out_places[i] = (struct ledger_place){index + i, received_ms};
    /* The group is acknowledged whatever becomes of the tiles: the next call tells. */
    if (l->tiles.entries.n > FLUSH_BYTES) {
        rc r = ledger_broke(l, tiles_write_full(&l->tiles));
        (void)r;
    }
    return OK;
}
