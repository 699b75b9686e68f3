/* SPDX-License-Identifier: Apache-2.0
 * A small world for guards: a register of invented organisations and a list of records. */
#ifndef SANAD_TESTS_WORLD_H
#define SANAD_TESTS_WORLD_H

#include "raw.h"

struct world {
    struct record_world calls;
    struct arena mem;
    const struct record *records[32];
    uint32_t n_records;
    const struct record *found[32];
    bool reviewed;
    const char *state; /* of everything */
    struct view users[2];
    uint32_t n_users;
    uint64_t n_burst, n_week, n_before;
    rc failure;
};

static const struct view k_parent = {(const uint8_t *)"holding.example", 15};

static inline rc world_organisation(void *context, struct view org, const struct record_org **out)
{
    static const struct {
        const char *name, *kind, *government;
        bool held;
    } k_orgs[] = {{"checker.example", "fact_checker", "none", false},
                  {"desk.example", "newsroom", "none", false},
                  {"panel.example", "civil_society", "none", false},
                  {"sister.example", "newsroom", "none", true},
                  {"brother.example", "fact_checker", "none", true},
                  {"holding.example", "business", "none", false},
                  {"platform.example", "platform", "none", false},
                  {"ministry.example", "state_body", "VN", false},
                  {"water.example", "business", "VN", false}};
    struct world *w = context;
    TRY(w->failure);
    *out = NULL;
    for (size_t i = 0; i < COUNT_OF(k_orgs); i++) {
        if (!view_eq(org, view_cstr(k_orgs[i].name))) continue;
        struct record_org *found;
        TRY(arena_new(&w->mem, &found));
        found->name = view_cstr(k_orgs[i].name);
        found->org_kind = view_cstr(k_orgs[i].kind);
        found->government = view_cstr(k_orgs[i].government);
        found->parents = &k_parent;
        found->n_parents = k_orgs[i].held;
        *out = found;
    }
    return OK;
}

static inline rc world_find(void *context, const uint8_t id[SEAL_SHA256_BYTES],
                            const struct record **out)
{
    struct world *w = context;
    *out = NULL;
    for (uint32_t i = 0; i < w->n_records; i++)
        if (memcmp(w->records[i]->id, id, SEAL_SHA256_BYTES) == 0) *out = w->records[i];
    return OK;
}

static inline rc world_about(void *context, const uint8_t id[SEAL_SHA256_BYTES], const char *kind,
                             const struct record *const **out, uint32_t *out_n)
{
    struct world *w = context;
    *out_n = 0;
    for (uint32_t i = 0; i < w->n_records; i++)
        for (uint32_t a = 0; a < w->records[i]->n_about; a++)
            if (memcmp(w->records[i]->about[a], id, SEAL_SHA256_BYTES) == 0 &&
                view_eq(w->records[i]->kind_name, view_cstr(kind)))
                w->found[(*out_n)++] = w->records[i];
    *out = w->found;
    return OK;
}

static inline rc world_state(void *context, const uint8_t id[SEAL_SHA256_BYTES], int64_t at_ms,
                             const char **out_name)
{
    struct world *w = context;
    (void)id;
    (void)at_ms;
    *out_name = w->state;
    return w->failure;
}

static inline rc world_reviewers(void *context, const uint8_t id[SEAL_SHA256_BYTES],
                                 const struct view **out, uint32_t *out_n)
{
    static const struct view k_reviewer = {(const uint8_t *)"desk.example", 12};
    struct world *w = context;
    (void)id;
    *out = &k_reviewer;
    *out_n = w->reviewed;
    return OK;
}

static inline rc world_users(void *context, const uint8_t id[SEAL_SHA256_BYTES], int64_t at_ms,
                             const struct view **out, uint32_t *out_n)
{
    struct world *w = context;
    (void)id;
    (void)at_ms;
    *out = w->users;
    *out_n = w->n_users;
    return OK;
}

static inline rc world_written(void *context, struct view org, const char *kind, int64_t from_ms,
                               int64_t to_ms, const uint8_t except[SEAL_SHA256_BYTES],
                               uint64_t *out_n)
{
    struct world *w = context;
    (void)org;
    (void)kind;
    (void)except;
    int64_t length_s = (to_ms - from_ms) / 1000;
    *out_n = length_s <= 600 ? w->n_burst : length_s <= 604800 ? w->n_week : w->n_before;
    if (length_s == 604800 && to_ms > MADE_MS) *out_n = w->n_week;
    return OK;
}

static inline void world_init(struct world *w)
{
    *w = (struct world){.calls = {.organisation = world_organisation,
                                  .record = world_find,
                                  .about = world_about,
                                  .state = world_state,
                                  .reviewers = world_reviewers,
                                  .users = world_users,
                                  .n_written = world_written}};
    w->calls.context = w;
    arena_init(&w->mem, 0);
}

static inline void world_done(struct world *w)
{
    arena_done(&w->mem);
}

/** Adds a record; about_id, when given, takes the place of the example's first `about`. */
static inline const struct record *world_add(struct world *w, const char *kind,
                                             const struct record *about, const char *const *edits)
{
    const char *all[24] = {0};
    size_t n = 0;
    char old[RECORD_ID_CHARS + 16] = {0}, new[RECORD_ID_CHARS + 16] = {0};
    if (about) {
        struct view example;
        CHECK_OK(record_example(view_cstr(kind), &example));
        memcpy(old, example.p, 10 + RECORD_ID_CHARS);
        memcpy(new, "{\"about\":[\"", 11);
        record_id_write(about->id, new + 11);
        memcpy(old, example.p, 11 + RECORD_ID_CHARS);
        all[n++] = old;
        all[n++] = new;
    }
    for (size_t i = 0; edits && edits[i]; i++)
        all[n++] = edits[i];
    const struct record *r = raw_record(kind, all, &w->mem);
    CHECK(w->n_records < COUNT_OF(w->records));
    w->records[w->n_records++] = r;
    return r;
}

/** What a guard of the record's kind says. */
static inline rc judge(struct world *w, const struct record *r, const struct record *object)
{
    struct record_case c = {
        .self = r, .object = object, .received_ms = MADE_MS, .world = &w->calls, .mem = &w->mem};
    return record_guards_check(r->kind->guards, &c);
}

static inline rc ask_guard(struct world *w, enum record_guard guard, const struct record *r,
                           const struct record *object)
{
    struct record_case c = {
        .self = r, .object = object, .received_ms = MADE_MS, .world = &w->calls, .mem = &w->mem};
    return record_guard_check(guard, &c);
}

#define BY(org) "\"org\":\"checker.example\"", "\"org\":\"" org "\""

#endif
