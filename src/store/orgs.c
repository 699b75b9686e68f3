/* SPDX-License-Identifier: Apache-2.0
 * Organisations that an object rests on. Nearly all objects rest on a few, and those change once in
 * a year, so a row for each pair would be written a million times to be read once. Each object has
 * its own as lines; what finds them is an index from an organisation to runs of objects in which
 * there was one. Whoever reads it looks at every object of a run, so it may hold too much. */
#include "store/store_int.h"

#include <string.h>

enum { RUN = 64 }; /* objects; docs/formats/store.md */

rc orgs_pack(const struct record_outcome *o, struct arena *mem, struct view *out)
{
    size_t n = 0;
    uint8_t *p;
    for (uint32_t i = 0; i < o->n_rests_on; i++)
        if (o->rests_on[i].on == RECORD_ON_ORG && o->rests_on[i].org.n > 0)
            n += o->rests_on[i].org.n + 1;
    TRY(arena_bytes(mem, n, &p));
    *out = view_of(p, n);
    for (uint32_t i = 0; i < o->n_rests_on; i++) {
        struct view org = o->rests_on[i].org;
        if (o->rests_on[i].on != RECORD_ON_ORG || org.n == 0) continue;
        memcpy(p, org.p, org.n);
        p += org.n;
        *p++ = '\n';
    }
    return OK;
}

static bool next_line(struct view lines, size_t *at, struct view *out)
{
    if (*at >= lines.n) return false;
    struct view rest = view_slice(lines, *at, lines.n);
    *out = view_slice(rest, 0, view_find(rest, '\n'));
    *at += out->n + 1;
    return true;
}

static bool listed(struct view lines, struct view org)
{
    struct view line;
    for (size_t at = 0; next_line(lines, &at, &line);)
        if (view_eq(line, org)) return true;
    return false;
}

static struct org_run *place_of(struct batch *b, struct view org)
{
    uint32_t hash = (uint32_t)org.n;
    for (size_t i = 0; i < org.n; i++)
        hash = hash * 31 + org.p[i];
    return &b->runs[hash % ORG_RUNS];
}

static rc add_run(struct store *s, struct view org, int64_t run)
{
    struct org_run *known = place_of(&s->batch, org);
    bool same = view_eq(known->org, org);
    if (same && known->run == run) return OK;
    struct cell c[] = {cell_text(org), cell_int(run)};
    TRY(db_do(s->db, OP_on_org_add, c, COUNT_OF(c), NULL));
    if (!same) TRY(arena_copy(&s->batch.mem, org, &known->org));
    known->run = run;
    return OK;
}

rc orgs_write(struct store *s, int64_t object, struct view lines, struct view *inout_stood)
{
    struct view org;
    if (view_eq(lines, *inout_stood)) return OK;
    for (size_t at = 0; next_line(lines, &at, &org);)
        if (!listed(*inout_stood, org)) TRY(add_run(s, org, object / RUN));
    return arena_copy(&s->batch.mem, lines, inout_stood);
}

struct numbers {
    int64_t *at;
    uint32_t n, cap;
};

static rc add_number(struct numbers *list, int64_t n, struct arena *mem)
{
    if (list->n == list->cap) {
        int64_t *wider;
        list->cap = list->cap ? 2 * list->cap : 64;
        TRY(arena_array(mem, list->cap, &wider));
        if (list->n) memcpy(wider, list->at, list->n * sizeof *wider);
        list->at = wider;
    }
    list->at[list->n++] = n;
    return OK;
}

rc orgs_dependents(struct store *s, struct view org, int64_t **out, uint32_t *out_n)
{
    struct cell c[2], key[] = {cell_text(org), cell_int(RUN)};
    struct numbers list = {0};
    bool more;
    TRY(db_ask(s->db, OP_on_org, key, COUNT_OF(key)));
    for (;;) {
        TRY(db_row(s->db, OP_on_org, c, COUNT_OF(c), &more));
        if (!more) break;
        if (!listed(c[1].v, org)) continue;
        rc r = add_number(&list, c[0].i, &s->batch.mem);
        if (!ok(r)) {
            db_end(s->db, OP_on_org);
            return r;
        }
    }
    *out = list.at;
    *out_n = list.n;
    return OK;
}
