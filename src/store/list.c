/* SPDX-License-Identifier: Apache-2.0
 * Lists of objects, log by log in the order of their origins. Filters look only at what the viewer
 * may see, so that neither a count nor a cursor tells of what is hidden. */
#include "store/store_int.h"

#include <stdlib.h>
#include <string.h>

enum { RESET_EVERY = 1024, PAGE_ROWS = 256 };

struct listing {
    struct store *s;
    const struct store_viewer *viewer;
    const struct store_filter *f;
    uint32_t left;
    uint32_t looked_at;
    void *context;
    rc (*each)(void *context, const struct store_object *object);
};

/* ---- filters ---- */

/* Whether the object's version speaks about the thing: about the very record that is named, or,
 * for who may read that one, about any of its chain. */
static rc speaks_about(struct listing *l, const struct record *r, bool *out)
{
    struct rec *wanted, *root, *target, *target_root;
    enum store_sight sight = STORE_NOTHING;
    *out = false;
    TRY(rec_by_id(l->s, l->f->about->bytes, false, &wanted));
    if (wanted) TRY(sight_of(l->s, l->viewer, wanted, &sight));
    if (wanted) TRY(rec_root(l->s, wanted, &root));
    for (uint32_t i = 0; i < r->n_about && !*out; i++) {
        *out = memcmp(r->about[i], l->f->about->bytes, SEAL_SHA256_BYTES) == 0;
        if (*out || sight != STORE_ALL) continue;
        TRY(rec_by_id(l->s, r->about[i], false, &target));
        if (!target) continue;
        TRY(sight_of(l->s, l->viewer, target, &sight));
        TRY(rec_root(l->s, target, &target_root));
        *out = sight == STORE_ALL && target_root == root;
        sight = STORE_ALL; /* of the wanted one */
    }
    return OK;
}

static rc wanted(struct listing *l, struct rec *object, const struct store_object *o, bool *out)
{
    const struct store_filter *f = l->f;
    const struct record *said = o->current;
    *out = o->sight != STORE_NOTHING;
    if (!f || !*out) return OK;
    if (f->kind.n && !view_eq(f->kind, o->kind)) *out = false;
    if (f->state.n && !view_eq(f->state, o->state)) *out = false;
    if (f->changed_after_ms && o->since_ms <= f->changed_after_ms) *out = false;
    if (f->org.n && (o->sight != STORE_ALL || !view_eq(f->org, o->org))) *out = false;
    if (!*out || !f->about) return OK;
    *out = false;
    if (o->sight != STORE_ALL) return OK;
    if (!said) TRY(rec_read(l->s, object, &said)); /* without effect, and said nevertheless */
    return said ? speaks_about(l, said, out) : OK;
}

/* ---- rows ---- */

struct page {
    struct {
        int64_t n, seq;
    } row[PAGE_ROWS];
    uint32_t n;
};

static rc read_page(struct listing *l, int64_t shard, int64_t after, struct page *out)
{
    bool kind = l->f && l->f->kind.n > 0;
    enum op op = kind ? OP_object_list_kind : OP_object_list;
    struct cell c[2],
        key[] = {cell_int(shard), cell_int(after), kind ? cell_text(l->f->kind) : cell_none()};
    bool more;
    out->n = 0;
    TRY(db_ask(l->s->db, op, key, kind ? 3 : 2));
    while (out->n < PAGE_ROWS) {
        TRY(db_row(l->s->db, op, c, 2, &more));
        if (!more) return OK;
        out->row[out->n].n = c[0].i;
        out->row[out->n++].seq = c[1].i;
    }
    db_end(l->s->db, op);
    return OK;
}

/* Memory stays flat however long the list: what was looked at is let go now and then. */
static rc let_go(struct listing *l)
{
    if (++l->looked_at % RESET_EVERY != 0) return OK;
    batch_end(l->s);
    return batch_begin(l->s, l->s->now_ms);
}

static rc show(struct listing *l, int64_t n)
{
    struct store_object o;
    struct rec *object;
    bool take;
    arena_reset(&l->s->fold_mem);
    TRY(let_go(l));
    TRY(rec_by_n(l->s, n, &object));
    TRY(object_read(l->s, l->viewer, object, false, &l->s->fold_mem, &o));
    TRY(wanted(l, object, &o, &take));
    if (!take) return OK;
    l->left--;
    return l->each(l->context, &o);
}

static rc list_log(struct listing *l, int64_t shard, int64_t after)
{
    struct page page;
    do {
        TRY(read_page(l, shard, after, &page));
        for (uint32_t i = 0; i < page.n && l->left > 0; i++) {
            after = page.row[i].seq;
            TRY(show(l, page.row[i].n));
        }
    } while (page.n == PAGE_ROWS && l->left > 0);
    return OK;
}

/* ---- the cursor ---- */

struct cursor {
    struct view origin;
    int64_t seq;
};

static rc cursor_of(struct listing *l, const struct seal_hash *after, struct cursor *out)
{
    struct store_object o = {.sight = STORE_NOTHING};
    struct rec *r = NULL;
    struct cell key, c[11];
    bool found = false;
    *out = (struct cursor){.seq = -1};
    if (!after) return OK;
    TRY(rec_by_id(l->s, after->bytes, false, &r));
    if (r) TRY(object_read(l->s, l->viewer, r, false, &l->s->fold_mem, &o));
    if (o.sight != STORE_NOTHING) {
        key = cell_int(r->n);
        TRY(db_one(l->s->db, OP_object_get, &key, 1, &l->s->batch.mem, c, 11, &found));
    }
    if (!found) return FAIL(E_NOT_FOUND, "store: the list has no object to go on from");
    out->origin = logs_origin(l->s, c[9].i);
    out->seq = c[10].i;
    return OK;
}

/* ---- about one thing ---- */

/* Objects that may speak about a thing: those of all records about its chain. What they say and who
 * may read it is for `wanted`; this only spares the walk over everything else. */
struct about_row {
    int64_t n, seq;
    struct view origin;
};

static int by_place(const void *va, const void *vb)
{
    const struct about_row *a = va, *b = vb;
    int by = view_cmp(a->origin, b->origin);
    if (by != 0) return by;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static rc add_row(struct listing *l, int64_t record, const struct cursor *from,
                  struct about_row *list, uint32_t *n)
{
    struct rec *r, *object;
    struct cell c[11];
    bool found;
    TRY(rec_by_n(l->s, record, &r));
    TRY(rec_root(l->s, r, &object));
    if (object->stamp == l->s->batch.stamp) return OK;
    object->stamp = l->s->batch.stamp;
    struct cell key = cell_int(object->n);
    TRY(db_one(l->s->db, OP_object_get, &key, 1, &l->s->fold_mem, c, 11, &found));
    if (!found) return OK;
    if (l->f->kind.n && !view_eq(c[1].v, l->f->kind)) return OK;
    struct about_row row = {object->n, c[10].i, logs_origin(l->s, c[9].i)};
    int by = from->origin.n ? view_cmp(row.origin, from->origin) : 1;
    if (by > 0 || (by == 0 && row.seq > from->seq)) list[(*n)++] = row;
    return OK;
}

static rc about_rows(struct listing *l, const struct cursor *from, struct arena *mem,
                     struct about_row **out, uint32_t *out_n)
{
    struct rec *wanted, *root, **own;
    uint32_t n = 0, n_own = 0;
    *out_n = 0;
    TRY(rec_by_id(l->s, l->f->about->bytes, false, &wanted));
    if (!wanted) return OK;
    TRY(rec_root(l->s, wanted, &root));
    TRY(object_records(l->s, root, mem, &own, &n_own));
    TRY(arena_array(mem, n_own ? n_own : 1, out));
    l->s->batch.stamp++;
    for (uint32_t i = 0; i < n_own; i++)
        TRY(add_row(l, own[i]->n, from, *out, &n));
    qsort(*out, n, sizeof **out, by_place);
    *out_n = n;
    return OK;
}

static rc list_about(struct listing *l, const struct cursor *from)
{
    struct arena mem;
    struct about_row *list = NULL;
    uint32_t n = 0;
    arena_init(&mem, 0);
    rc r = about_rows(l, from, &mem, &list, &n);
    for (uint32_t i = 0; i < n && l->left > 0 && ok(r); i++)
        r = show(l, list[i].n);
    arena_done(&mem);
    return r;
}

static int by_origin(const void *a, const void *b)
{
    const struct log_row *const *x = a, *const *y = b;
    return view_cmp((*x)->origin, (*y)->origin);
}

static rc list_all(struct listing *l, const struct seal_hash *after)
{
    struct store *s = l->s;
    struct log_row **logs;
    struct arena mem;
    struct cursor from;
    TRY(cursor_of(l, after, &from));
    if (l->f && l->f->about) return list_about(l, &from);
    arena_init(&mem, 0);
    rc r = arena_array(&mem, s->n_logs ? s->n_logs : 1, &logs);
    for (uint32_t i = 0; i < s->n_logs && ok(r); i++)
        logs[i] = &s->logs[i];
    if (ok(r)) qsort(logs, s->n_logs, sizeof *logs, by_origin);
    for (uint32_t i = 0; i < s->n_logs && ok(r) && l->left > 0; i++) {
        int by = from.origin.n ? view_cmp(logs[i]->origin, from.origin) : 1;
        if (by >= 0) r = list_log(l, logs[i]->shard, by == 0 ? from.seq : -1);
    }
    arena_done(&mem);
    return r;
}

rc store_list(struct store *s, const struct store_viewer *viewer, const struct store_filter *f,
              const struct seal_hash *after, uint32_t limit, void *context,
              rc (*each)(void *context, const struct store_object *object))
{
    struct listing l = {
        .s = s, .viewer = viewer, .f = f, .left = limit, .context = context, .each = each};
    TRY(read_begin(s));
    rc r = list_all(&l, after);
    read_end(s);
    return r;
}
