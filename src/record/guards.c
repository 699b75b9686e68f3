/* SPDX-License-Identifier: Apache-2.0
 * The table of guards, and what they share. */
#include "record/record_int.h"

#include <string.h>

#define ALONE false
#define WORLD true
static const struct record_guard_info k_guards[] = {
#define GUARD(name, scope, english) {#name, english, scope},
#include "record/guards.def"
#undef GUARD
};
#undef ALONE
#undef WORLD

static const guard_fn k_functions[] = {
#define GUARD(name, scope, english) guard_##name,
#include "record/guards.def"
#undef GUARD
};

STATIC_ASSERT(RECORD_N_GUARDS <= 64, "a set of guards is a word of 64 bits");

const struct record_guard_info *record_guard_describe(enum record_guard guard)
{
    return &k_guards[guard];
}

rc record_guard_check(enum record_guard guard, const struct record_case *c)
{
    static const struct record_world k_nothing = {0};
    struct record_case known = *c;
    if (k_guards[guard].needs_world && !c->world)
        return FAIL(E_INPUT, "guard %s: it needs to see other records", k_guards[guard].name);
    if (!known.world) known.world = &k_nothing;
    return k_functions[guard](&known);
}

rc record_guards_check(uint64_t guards, const struct record_case *c)
{
    for (uint32_t g = 0; g < RECORD_N_GUARDS; g++)
        if (guards >> g & 1) TRY(record_guard_check((enum record_guard)g, c));
    return OK;
}

rc record_check_alone(const struct record *r, int64_t now_ms, struct arena *mem)
{
    struct record_case c = {.self = r, .received_ms = now_ms, .mem = mem};
    for (uint32_t g = 0; r->kind && g < RECORD_N_GUARDS; g++)
        if ((r->kind->guards >> g & 1) && !k_guards[g].needs_world)
            TRY(record_guard_check((enum record_guard)g, &c));
    return OK;
}

/* ---- shared by guards ---- */

bool is_kind(const struct record *r, const char *kind)
{
    return view_eq(r->kind_name, view_cstr(kind));
}

struct view body_text(const struct json *body, const char *name)
{
    const struct json *v = json_get(body, name);
    if (v && v->type == JSON_OBJECT) return json_get_string(v, "text");
    return v && v->type == JSON_STRING ? v->as.string : view_of(NULL, 0);
}

uint32_t written_chars(struct view text)
{
    uint32_t n = 0;
    for (size_t at = 0; at < text.n;) {
        uint32_t c = utf8_next(text, &at);
        bool space = c <= 0x20 || c == 0xa0 || (c >= 0x2000 && c <= 0x200f) || c == 0x202f ||
                     c == 0x3000 || c == 0xfeff;
        n += !space;
    }
    return n;
}

bool lists_org(const struct json *list, struct view org)
{
    for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->n; i++)
        if (list->as.items[i].type == JSON_STRING && view_eq(list->as.items[i].as.string, org))
            return true;
    return false;
}

rc world_record(const struct record_case *c, const uint8_t *id, const struct record **out)
{
    *out = NULL;
    return c->world->record ? c->world->record(c->world->context, id, out) : OK;
}

rc case_object(const struct record_case *c, const struct record **out)
{
    *out = c->object;
    if (c->object || c->self->n_about == 0) return OK;
    return world_record(c, c->self->about[0], out);
}

/* ---- relations ---- */

static bool share_one(const struct view *a, uint32_t n_a, const struct view *b, uint32_t n_b)
{
    for (uint32_t i = 0; i < n_a; i++)
        for (uint32_t j = 0; j < n_b; j++)
            if (view_eq(a[i], b[j])) return true;
    return false;
}

static bool related(const struct record_org *a, const struct record_org *b)
{
    bool states = a->government.n > 0 && !view_eq(a->government, VIEW("none"));
    return view_eq(a->name, b->name) || (states && view_eq(a->government, b->government)) ||
           share_one(a->parents, a->n_parents, b->parents, b->n_parents) ||
           share_one(&a->name, 1, b->parents, b->n_parents) ||
           share_one(a->parents, a->n_parents, &b->name, 1) ||
           share_one(a->major_funders, a->n_major_funders, b->major_funders, b->n_major_funders) ||
           share_one(&a->name, 1, b->major_funders, b->n_major_funders) ||
           share_one(a->major_funders, a->n_major_funders, &b->name, 1);
}

rc record_related(const struct record_world *world, struct view a, struct view b, bool *out_related)
{
    const struct record_org *org_a = NULL, *org_b = NULL;
    if (world->organisation) {
        TRY(world->organisation(world->context, a, &org_a));
        TRY(world->organisation(world->context, b, &org_b));
    }
    *out_related = !org_a || !org_b || view_eq(a, b) || related(org_a, org_b);
    return OK;
}
