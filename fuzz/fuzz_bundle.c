/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a bundle of as many entries as the first byte says, and each entry by
 * itself. A bundle that is taken is made again of its entries; so is an entry of its parts. */
#include "ledger/reading_int.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void try_entry(struct view bytes)
{
    CLEANUP(buf_done) struct buf again = {0};
    struct ledger_entry entry;
    if (!ok(ledger_entry_parse(bytes, &entry))) return;
    must(entry.received_ms >= 0 && entry.note.n < bytes.n);
    must(ok(ledger_entry_write(&entry, &again)) && view_eq(buf_view(&again), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(buf_done) struct buf again = {0};
    struct view entries[LEDGER_TILE];
    uint32_t n_entries = 0;
    if (n == 0) return 0;
    uint32_t width = 1u + bytes[0];
    struct view bundle = view_of(bytes + 1, n - 1);
    rc r = bundle_cut(bundle, width, entries, &n_entries);
    must(n_entries <= width);
    for (uint32_t i = 0; i < n_entries; i++) {
        must(ok(bundle_add(entries[i], &again)));
        try_entry(entries[i]);
    }
    must(view_starts(bundle, buf_view(&again)));
    if (ok(r)) must(n_entries == width && again.n == bundle.n);
    return 0;
}
