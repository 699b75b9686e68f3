/* SPDX-License-Identifier: Apache-2.0
 * Logs by origin: their number in this view, and how far each is applied. */
#include "store/store_int.h"

#include <string.h>

static rc add(struct store *s, struct view origin, int64_t shard, int64_t next)
{
    if (s->n_logs == s->cap_logs) {
        uint32_t cap = s->cap_logs ? 2 * s->cap_logs : 16;
        TRY(mem_resize(&s->logs, cap, sizeof *s->logs));
        s->cap_logs = cap;
    }
    struct log_row row = {.shard = shard, .next = next, .fact_shard = -1};
    TRY(arena_copy(&s->logs_mem, origin, &row.origin));
    s->logs[s->n_logs++] = row;
    return OK;
}

static rc load_fact_logs(struct store *s)
{
    struct cell c[2];
    bool more;
    TRY(db_ask(s->db, OP_fact_log_all, NULL, 0));
    for (;;) {
        TRY(db_row(s->db, OP_fact_log_all, c, 2, &more));
        if (!more) return OK;
        for (uint32_t i = 0; i < s->n_logs; i++)
            if (view_eq(s->logs[i].origin, c[1].v)) s->logs[i].fact_shard = c[0].i;
    }
}

rc logs_load(struct store *s)
{
    struct cell c[3];
    bool more;
    if (s->logs_known) return OK;
    arena_reset(&s->logs_mem);
    s->n_logs = 0;
    TRY(db_ask(s->db, OP_log_all, NULL, 0));
    for (;;) {
        TRY(db_row(s->db, OP_log_all, c, 3, &more));
        if (!more) break;
        rc r = add(s, c[1].v, c[0].i, c[2].i);
        if (!ok(r)) {
            db_end(s->db, OP_log_all);
            return r;
        }
    }
    TRY(load_fact_logs(s));
    s->logs_known = true;
    return OK;
}

static rc make_log(struct store *s, struct view origin)
{
    int64_t shard = 1;
    for (uint32_t i = 0; i < s->n_logs; i++)
        if (s->logs[i].shard >= shard) shard = s->logs[i].shard + 1;
    struct cell c[] = {cell_int(shard), cell_text(origin)};
    TRY(db_do(s->db, OP_log_add, c, 2, NULL));
    TRY(add(s, origin, shard, 0));
    return load_fact_logs(s);
}

rc logs_find(struct store *s, struct view origin, bool make, struct log_row **out)
{
    *out = NULL;
    TRY(logs_load(s));
    for (int again = 0; again < 2; again++) {
        for (uint32_t i = 0; i < s->n_logs; i++)
            if (view_eq(s->logs[i].origin, origin)) {
                *out = &s->logs[i];
                return OK;
            }
        if (!make || again) return OK;
        if (origin.n == 0) return FAIL(E_INPUT, "store: a log without an origin");
        TRY(make_log(s, origin));
    }
    return OK;
}

struct view logs_origin(const struct store *s, int64_t shard)
{
    for (uint32_t i = 0; i < s->n_logs; i++)
        if (s->logs[i].shard == shard) return s->logs[i].origin;
    return view_of(NULL, 0);
}

rc logs_write(struct store *s)
{
    for (uint32_t i = 0; i < s->n_logs; i++) {
        struct cell c[] = {cell_int(s->logs[i].shard), cell_int(s->logs[i].next)};
        if (s->logs[i].next_dirty) TRY(db_do(s->db, OP_log_next, c, 2, NULL));
        s->logs[i].next_dirty = false;
    }
    return OK;
}
