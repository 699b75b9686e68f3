/* SPDX-License-Identifier: Apache-2.0
 * What a chain of organisation records says of an instant: its home log, what was declared, whether
 * it was admitted. Each answer is a binary search. */
#include "record/fold_int.h"

#include <stdlib.h>
#include <string.h>

static int by_place(const void *a, const void *b)
{
    const struct home *x = a, *y = b;
    int by = place_cmp(&x->from, &y->from);
    return by != 0 ? by : (x->version > y->version) - (x->version < y->version);
}

static int by_view(const void *a, const void *b)
{
    return view_cmp(*(const struct view *)a, *(const struct view *)b);
}

/* Of versions whose places run back, the latest in the order of the chain holds. */
rc chain_index(struct chain *c, struct arena *mem)
{
    TRY(arena_array(mem, (size_t)c->n_versions + 1, &c->held));
    TRY(arena_array(mem, (size_t)c->n_versions + 1, &c->homes));
    TRY(arena_array(mem, (size_t)c->n_versions + 2, &c->logs));
    c->n_held = c->n_logs = 0;
    for (uint32_t k = 0; k < c->n_versions; k++) {
        const struct version *v = &c->versions[k];
        if (v->authority == BY_NOBODY) continue;
        c->homes[c->n_held] = (struct home){v->stamp.own, k};
        c->logs[c->n_logs++] = v->home_log;
        c->held[c->n_held++] = k;
    }
    if (c->founder && c->founder->home_log.n > 0) c->logs[c->n_logs++] = c->founder->home_log;
    if (c->n_held > 1) qsort(c->homes, c->n_held, sizeof *c->homes, by_place);
    if (c->n_logs > 1) qsort(c->logs, c->n_logs, sizeof *c->logs, by_view);
    for (uint32_t k = 1; k < c->n_held; k++)
        if (c->homes[k].version < c->homes[k - 1].version)
            c->homes[k].version = c->homes[k - 1].version;
    return OK;
}

static const struct version *version_at(const struct chain *c, const struct place *at)
{
    uint32_t low = 0, high = c->n_held;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (place_cmp(&c->homes[mid].from, at) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low ? &c->versions[c->homes[low - 1].version] : NULL;
}

bool chain_declares(const struct chain *c, struct view log)
{
    return c->n_logs && bsearch(&log, c->logs, c->n_logs, sizeof *c->logs, by_view);
}

bool chain_at_home(const struct chain *c, const struct record_entry *e)
{
    struct place at = entry_place(e);
    const struct version *v = version_at(c, &at);
    struct view home = v ? v->home_log : c->founder ? c->founder->home_log : view_of(NULL, 0);
    return home.n == 0 || view_eq(home, e->log);
}

const struct record_org *chain_org(const struct chain *c, const struct stamp *at)
{
    uint32_t low = 0, high = c->n_held;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (stamp_cmp(&c->versions[c->held[mid]].stamp, at) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low ? &c->versions[c->held[low - 1]].org : NULL;
}

const struct standing *chain_standing(const struct chain *c, const struct stamp *at)
{
    uint32_t low = 0, high = c->n_standings;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (stamp_cmp(&c->standings[mid].since, at) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low ? &c->standings[low - 1] : NULL;
}

bool chain_admitted(const struct chain *c, const struct stamp *at)
{
    const struct standing *s = chain_standing(c, at);
    return s && s->admitted;
}

rc chain_stand(struct chain *c, struct standing standing, struct arena *mem)
{
    TRY(fold_grow(mem, &c->standings, c->n_standings, &c->cap_standings, sizeof *c->standings));
    c->standings[c->n_standings++] = standing;
    return OK;
}

struct version *chain_version(struct chain *c, const uint8_t *id, uint32_t *inout_next)
{
    for (uint32_t n = 0; n < c->n_versions; n++) {
        uint32_t k = (*inout_next + n) % c->n_versions;
        if (memcmp(c->versions[k].entry->id, id, SEAL_SHA256_BYTES) != 0) continue;
        *inout_next = k + 1;
        return &c->versions[k];
    }
    return NULL;
}
