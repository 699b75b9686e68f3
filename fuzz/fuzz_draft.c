/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a draft and as a bundle. What is made of a draft is canonical, its
 * parts have the hashes that it names, and places in it lie inside. A bundle that is read is
 * written again as the same bytes.
 */
#include "must.h"
#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define NOW_MS INT64_C(1795342500000)

static void try_places(struct view draft, const struct record_faults *faults)
{
    CLEANUP(buf_done) struct buf json = {0};
    uint32_t line, column;
    must(ok(record_draft_json(draft, &json)) && json.n == draft.n);
    for (uint32_t i = 0; i < faults->n; i++) {
        size_t at = record_draft_find(buf_view(&json), faults->list[i].path);
        must(at < draft.n);
        record_draft_place(draft, at, &line, &column);
        must(line > 0 && column > 0);
    }
}

static void try_draft(struct view bytes, struct arena *mem)
{
    struct record_draft draft;
    struct record_faults faults;
    const struct record *r;
    CLEANUP(buf_done) struct buf again = {0};
    if (!ok(record_draft_finish(bytes, NOW_MS, mem, &draft))) return;
    if (ok(record_write(draft.text, mem, &again))) must(view_eq(buf_view(&again), draft.text));
    rc parsed = record_parse(draft.text, RECORD_WRITTEN_HERE, NOW_MS, mem, &r, &faults);
    try_places(bytes, &faults);
    for (uint32_t i = 0; ok(parsed) && i < draft.n_parts; i++) {
        const struct record_part_text *part = &draft.parts[i];
        rc checked = record_check_part(r, part->field, part->text, mem, NULL, &faults);
        must(ok(checked) || checked.code == E_INPUT || checked.code == E_LIMIT);
    }
}

static void try_bundle(struct view bytes, struct arena *mem)
{
    struct record_bundle bundle;
    CLEANUP(buf_done) struct buf again = {0};
    if (!ok(record_bundle_read(bytes, mem, &bundle))) return;
    must(record_bundle_is(bytes));
    must(ok(record_bundle_write(bundle.note, bundle.parts, bundle.n_parts, mem, &again)));
    must(view_eq(buf_view(&again), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena mem;
    arena_init(&mem, 0);
    try_draft(view_of(bytes, n), &mem);
    try_bundle(view_of(bytes, n), &mem);
    arena_done(&mem);
    return 0;
}
