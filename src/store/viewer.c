/* SPDX-License-Identifier: Apache-2.0
 * Who may see what: the one place. Marks are those of TLP 2.0.
 *
 *   clear                     anybody
 *   green                     admitted members
 *   amber, amber+strict, red  the author, admitted organisations that `to` names, and admitted
 *                             organisations that joined the group that `to` names
 *
 * Below that: that it is there, its kind and its state; of kinds whose state alone would tell
 * (`hidden`), and of kinds that this version does not know, nothing at all. What was erased shows
 * that it was. A member that left or was suspended sees what is clear, and what it wrote.
 *
 * Erasable parts may have a mark of their own (record_field.part_mark): the public sees of an order
 * hosts, count and hash, and the pages themselves are for members. In a state that erases them
 * nobody is shown them, whether the bytes have gone yet or not.
 *
 * Why a record has no effect may quote what it is about: that is told to who may read all of it. */
#include "store/store_int.h"

const struct store_viewer k_store_node = {.kind = STORE_NODE};

static bool lists(const struct view *orgs, uint32_t n, struct view org)
{
    for (uint32_t i = 0; i < n; i++)
        if (view_eq(orgs[i], org)) return true;
    return false;
}

static bool invited(const struct json *members, struct view org)
{
    for (uint32_t i = 0; members && members->type == JSON_ARRAY && i < members->n; i++)
        if (members->as.items[i].type == JSON_STRING &&
            view_eq(members->as.items[i].as.string, org))
            return true;
    return false;
}

/* Its author is in from the beginning; others by their own step that joins, as long as the group's
 * author lists them. Who left by its last step is out, the author too. */
static rc has_joined(struct store *s, struct view org, struct rec *group, bool *out)
{
    int64_t *list;
    uint32_t n;
    struct cell key = cell_int(group->n);
    *out = view_eq(group->org, org);
    TRY(db_numbers(s->db, OP_effect_in, &key, 1, &s->batch.mem, &list, &n));
    for (uint32_t i = 0; i < n; i++) {
        const struct record *step;
        struct rec *r;
        TRY(rec_by_n(s, list[i], &r));
        if (!view_eq(r->org, org) || !view_eq(r->kind, VIEW("step"))) continue;
        TRY(rec_read(s, r, &step));
        struct view member = step ? json_get_string(step->body, "member") : view_of(NULL, 0);
        if (member.n > 0) *out = view_eq(member, VIEW("joins"));
    }
    return OK;
}

static rc in_group(struct store *s, struct view org, const uint8_t *id, bool *out)
{
    struct rec *named, *group, *current;
    const struct record *body;
    struct cell key, c[9];
    bool found;
    *out = false;
    TRY(rec_by_id(s, id, false, &named));
    if (!named) return OK;
    TRY(rec_root(s, named, &group));
    if (!view_eq(group->kind, VIEW("group"))) return OK;
    key = cell_int(group->n);
    TRY(db_one(s->db, OP_object_get, &key, 1, &s->batch.mem, c, 9, &found));
    if (!found || c[7].type != CELL_INT || !view_eq(c[3].v, VIEW("open"))) return OK;
    TRY(rec_by_n(s, c[7].i, &current));
    TRY(rec_read(s, current, &body));
    if (!body) return OK;
    bool asked = invited(json_get(body->body, "members"), org) || view_eq(group->org, org);
    return asked ? has_joined(s, org, group, out) : OK;
}

static rc may_read(struct store *s, const struct store_viewer *v, struct rec *r, int64_t mark,
                   bool *out)
{
    const struct record *record;
    *out = mark == RECORD_CLEAR;
    if (*out || v->kind != STORE_ORGANISATION) return OK;
    *out = view_eq(r->org, v->org);
    if (*out || mark < 0) return OK;
    TRY(register_load(s));
    const struct record_member *m = record_register_find(s->reg, v->org);
    if (!m || !m->admitted) return OK;
    *out = mark == RECORD_GREEN;
    if (*out) return OK;
    TRY(rec_read(s, r, &record));
    if (!record) return OK;
    *out = lists(record->to, record->n_to, v->org);
    if (*out || !record->has_group) return OK;
    return in_group(s, v->org, record->group, out);
}

rc sight_of(struct store *s, const struct store_viewer *viewer, struct rec *r,
            enum store_sight *out)
{
    bool all = viewer->kind == STORE_NODE;
    if (!all && r->status != REC_READABLE) {
        /* A commitment stands in the public log and says nothing more; what it was is not known. */
        *out = r->status == REC_ERASED ? STORE_STATE_ONLY : STORE_NOTHING;
        return OK;
    }
    if (!all) TRY(may_read(s, viewer, r, r->mark, &all));
    const struct record_kind *k = record_kind_find(r->kind);
    *out = all ? STORE_ALL : k && !k->hidden ? STORE_STATE_ONLY : STORE_NOTHING;
    return OK;
}

/* A ruling is about an appeal, which is about a thing: rules read no further. */
enum { MAX_READ_DEEP = 2 };

static rc reads_all(struct store *s, const struct store_viewer *v, const struct record *r,
                    enum store_sight *out_least, uint32_t deep)
{
    for (uint32_t i = 0; i < r->n_about && *out_least != STORE_NOTHING; i++) {
        const struct record *next;
        enum store_sight sight;
        struct rec *target;
        TRY(rec_by_id(s, r->about[i], false, &target));
        if (!target || target->status == REC_NAMED)
            continue; /* nothing is known, so nothing told */
        TRY(sight_of(s, v, target, &sight));
        if (sight > *out_least) *out_least = sight;
        if (deep + 1 == MAX_READ_DEEP) continue;
        TRY(rec_read(s, target, &next));
        if (next) TRY(reads_all(s, v, next, out_least, deep + 1));
    }
    return OK;
}

rc sight_of_reasons(struct store *s, const struct store_viewer *viewer, const struct record *r,
                    enum store_sight *out)
{
    *out = STORE_ALL;
    return viewer->kind == STORE_NODE ? OK : reads_all(s, viewer, r, out, 0);
}

static rc state_erases(struct store *s, const struct record_kind *k, struct rec *r, bool *out)
{
    struct rec *root;
    struct cell key, c[4];
    bool found;
    *out = false;
    if (!k || k->erases == 0) return OK;
    TRY(rec_root(s, r, &root));
    key = cell_int(root->n);
    TRY(db_one(s->db, OP_object_get, &key, 1, &s->batch.mem, c, 4, &found));
    int state = found ? record_state_find(k, c[3].v) : -1;
    *out = state >= 0 && (k->erases >> state & 1);
    return OK;
}

rc sees_part(struct store *s, const struct store_viewer *viewer, struct rec *r, struct view field,
             bool *out)
{
    const struct record_kind *k = record_kind_find(r->kind);
    const struct record_field *f = k ? record_field_find(&k->body, field) : NULL;
    enum record_mark mark = f ? f->part_mark : RECORD_GREEN; /* of a newer version */
    bool erased;
    TRY(state_erases(s, k, r, &erased));
    *out = !erased && (viewer->kind == STORE_NODE || (int64_t)mark <= r->mark);
    return *out || erased ? OK : may_read(s, viewer, r, mark, out);
}
