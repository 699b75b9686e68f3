/* SPDX-License-Identifier: Apache-2.0
 * Projection: the body of the version that holds, as a row of its kind's table. The columns are the
 * kind's fields in their order, without the erasable ones (tools/gen_kinds.py makes the tables). */
#include "store/store_int.h"

#include <string.h>

enum { MAX_COLUMNS = 64 };

int kind_index(const struct record_kind *kind)
{
    return kind ? (int)(kind - k_record_kinds) : -1;
}

static rc as_cell(const struct record_field *f, const struct json *value, struct arena *mem,
                  struct cell *out)
{
    *out = cell_none();
    if (!value) return OK;
    bool number = !f->list && (f->type == RECORD_INT || f->type == RECORD_BOOL);
    if (number && value->type == JSON_INT) *out = cell_int(value->as.integer);
    if (number && value->type == JSON_BOOL) *out = cell_int(value->as.boolean);
    if (number) return OK;
    if (value->type == JSON_STRING) {
        *out = cell_text(value->as.string);
        return OK;
    }
    CLEANUP(buf_done) struct buf text = {0};
    struct view kept;
    TRY(json_write(value, mem, &text));
    TRY(arena_copy(mem, buf_view(&text), &kept));
    *out = cell_text(kept);
    return OK;
}

static rc put(struct store *s, struct rec *object, const struct record *r, struct arena *mem)
{
    const struct record_kind *k = r->kind;
    struct cell c[MAX_COLUMNS];
    uint32_t n = 0;
    c[n++] = cell_int(object->n);
    for (uint32_t i = 0; i < k->body.n_fields && n < MAX_COLUMNS; i++) {
        const struct record_field *f = &k->body.fields[i];
        if (f->erasable) continue;
        struct view name = view_cstr(f->name);
        const struct json *value = NULL;
        for (uint32_t m = 0; m < r->body->n && !value; m++)
            if (view_eq(r->body->as.items[m].key, name)) value = &r->body->as.items[m];
        TRY(as_cell(f, value, mem, &c[n++]));
    }
    return db_do(s->db, (enum op)(OP_kind_put_first + kind_index(k)), c, n, NULL);
}

rc project_drop(struct store *s, struct rec *object)
{
    const struct record_kind *k =
        record_kind_find(object->was_kind.n ? object->was_kind : object->kind);
    struct cell key = cell_int(object->n);
    return k ? db_do(s->db, (enum op)(OP_kind_drop_first + kind_index(k)), &key, 1, NULL) : OK;
}

rc project(struct store *s, struct rec *object, const struct record_outcome *o, bool stood,
           struct arena *mem)
{
    const struct record *current = o->current ? o->current->r : NULL;
    if (stood) TRY(project_drop(s, object));
    if (!current || !current->kind || !current->body) return OK;
    return put(s, object, current, mem);
}
