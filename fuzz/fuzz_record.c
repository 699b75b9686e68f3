/* SPDX-License-Identifier: Apache-2.0
 *
 * Records from strangers: whatever is taken is canonical, has the id of its bytes, and every guard
 * comes to an answer; what is taken at the local door is taken from elsewhere too. What is told to
 * be canonical, at a glance or not, is what comes out when it is written anew, and nothing else.
 */
#include "record/record.h"

#include <string.h>

#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_MS INT64_C(1795342500000)

static void use(const struct record *r, struct view text, struct arena *mem)
{
    static const struct record_world k_empty = {0};
    uint8_t id[SEAL_SHA256_BYTES];
    must(view_eq(r->text, text));
    must(ok(seal_sha256(text, id)) && memcmp(id, r->id, sizeof id) == 0);
    must(r->kind || r->newer);
    (void)!ok(record_check_alone(r, NOW_MS, mem));
    struct record_case c = {.self = r, .received_ms = NOW_MS, .world = &k_empty, .mem = mem};
    for (int g = 0; r->kind && g < RECORD_N_GUARDS; g++)
        (void)!ok(record_guard_check((enum record_guard)g, &c));
    for (uint32_t i = 0; i < r->n_parts; i++)
        (void)!ok(record_check_part(r, r->parts[i].field, text, mem, NULL, NULL));
}

static bool says_not_canonical(const struct record_faults *faults)
{
    for (uint32_t i = 0; i < faults->n; i++)
        if (view_starts(faults->list[i].what, VIEW("not canonical"))) return true;
    return false;
}

/* No faults and yet refused: larger or deeper than a record may be. */
static void look_twice(rc parsed, const struct record_faults *faults, struct view text,
                       struct arena *mem)
{
    CLEANUP(buf_done) struct buf again = {0};
    bool written = ok(record_write(text, mem, &again));
    must(written || !ok(parsed));
    if (written && (ok(parsed) || faults->total > 0))
        must(view_eq(buf_view(&again), text) == !says_not_canonical(faults));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_done) struct arena mem;
    struct record_faults faults;
    const struct record *here = NULL, *there = NULL;
    struct view text = view_of(data, size);
    arena_init(&mem, 64 << 20);
    rc r = record_parse(text, RECORD_FROM_ELSEWHERE, NOW_MS, &mem, &there, &faults);
    if (!ok(r)) must(rc_message()[0] != 0 && there == NULL);
    if (ok(r)) use(there, text, &mem);
    look_twice(r, &faults, text, &mem);
    if (ok(record_parse(text, RECORD_WRITTEN_HERE, NOW_MS, &mem, &here, NULL)))
        must(there && !here->newer && !here->frozen);
    return 0;
}
