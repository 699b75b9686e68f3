/* SPDX-License-Identifier: Apache-2.0
 * Guards that look at other records and the register through the view they are given. What the view
 * does not know speaks against the record: nothing is taken on trust. */
#include "record/fold_int.h"

#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define WEEK_MS INT64_C(604800000)

enum {
    FLOOD_MINUTES = 10,
    FLOOD_RECORDS = 200,
    FLOOD_TIMES_MEAN = 5,
    MEAN_WEEKS = 4,
    FLOOD_LEAST = 50, /* fewer in a week are no flood, whatever the mean */
    SAMPLE_PERCENT = 5,
    QUORUM_LEAST = 2
};

static rc find_org(const struct record_case *c, struct view org, const struct record_org **out)
{
    *out = NULL;
    return c->world->organisation ? c->world->organisation(c->world->context, org, out) : OK;
}

static rc find_about(const struct record_case *c, const struct record *object, const char *kind,
                     const struct record *const **out, uint32_t *out_n)
{
    *out = NULL;
    *out_n = 0;
    if (!c->world->about) return OK;
    return c->world->about(c->world->context, object->id, kind, out, out_n);
}

rc guard_may_author(const struct record_case *c)
{
    const struct record_kind *k = c->self->kind;
    const struct record_org *org;
    if (!k || k->n_authors == 0) return OK;
    TRY(find_org(c, c->self->org, &org));
    if (!org || !word_listed(k->authors, k->n_authors, org->org_kind))
        return REFUSE("may_author", "org: %.*s may not write a %s", VIEW_ARG(c->self->org),
                      k->name);
    return OK;
}

rc guard_second_reviewer(const struct record_case *c)
{
    const struct record *r = c->object ? c->object : c->self;
    const struct view *orgs;
    uint32_t n = 0;
    if (c->world->reviewers) TRY(c->world->reviewers(c->world->context, r->id, &orgs, &n));
    return n > 0 ? OK : REFUSE("second_reviewer", "no signature by a reviewer's key");
}

rc guard_states_cannot(const struct record_case *c)
{
    const struct record_org *org;
    TRY(find_org(c, c->self->org, &org));
    if (!org || view_eq(org->org_kind, VIEW("state_body")) ||
        view_eq(org->org_kind, VIEW("court")) || !view_eq(org->government, VIEW("none")))
        return REFUSE("states_cannot", "org: %.*s belongs to a state or is not known",
                      VIEW_ARG(c->self->org));
    return OK;
}

/* ---- relations ---- */

static rc refuse_related(const struct record_case *c, struct view author, struct view other)
{
    bool same = view_eq(author, other);
    if (!same && c->world->organisation) {
        const struct record_org *known;
        TRY(find_org(c, other, &known));
        /* Who is in no register declared nothing; only its name can tell. */
        if (known) TRY(record_related(c->world, author, other, &same));
    }
    if (!same) return OK;
    return REFUSE("not_about_itself", "org: %.*s speaks about itself or what belongs to it (%.*s)",
                  VIEW_ARG(author), VIEW_ARG(other));
}

rc guard_not_about_itself(const struct record_case *c)
{
    struct view flagger = json_get_string(c->self->body, "flagger");
    if (flagger.n > 0) TRY(refuse_related(c, c->self->org, flagger));
    for (uint32_t i = 0; i < c->self->n_about; i++) {
        const struct record *object;
        TRY(world_record(c, c->self->about[i], &object));
        if (!object) continue;
        if (!is_kind(object, "claim")) {
            TRY(refuse_related(c, c->self->org, object->org));
            continue;
        }
        struct view judged = json_get_string(json_get(object->body, "institution"), "org");
        if (judged.n > 0) TRY(refuse_related(c, c->self->org, judged));
    }
    return OK;
}

/* Organisations that stand behind an object: its proposer, or who vouches, agrees or voted yes. */
struct behind {
    struct view *orgs;
    uint32_t n, cap;
};

static void add_org(struct behind *b, struct view org)
{
    for (uint32_t i = 0; i < b->n; i++)
        if (view_eq(b->orgs[i], org)) return;
    if (b->n < b->cap) b->orgs[b->n++] = org;
}

static void drop_org(struct behind *b, struct view org)
{
    for (uint32_t i = 0; i < b->n; i++)
        if (view_eq(b->orgs[i], org)) {
            b->orgs[i] = b->orgs[--b->n];
            return;
        }
}

/* The latest word of an organisation about this very text counts. */
static void count_word(struct behind *b, const struct record *r, const struct record *object)
{
    static const char *const k_yes[][3] = {
        {"vouch", NULL, NULL}, {"opinion", "opinion", "agree"}, {"vote", "vote", "yes"}};
    for (size_t i = 0; i < COUNT_OF(k_yes); i++) {
        if (!is_kind(r, k_yes[i][0]) || !names_id(r, object->id)) continue;
        bool yes =
            !k_yes[i][1] || view_eq(json_get_string(r->body, k_yes[i][1]), view_cstr(k_yes[i][2]));
        if (yes)
            add_org(b, r->org);
        else
            drop_org(b, r->org);
    }
}

static rc gather(const struct record_case *c, const struct record *object, const char *kind,
                 struct behind *b)
{
    const struct record *const *list;
    uint32_t n;
    TRY(find_about(c, object, kind, &list, &n));
    b->n = 0;
    b->cap = n + 2;
    TRY(arena_array(c->mem, b->cap, &b->orgs));
    if (is_kind(object, "signal")) add_org(b, object->org);
    for (uint32_t i = 0; i < n; i++)
        count_word(b, list[i], object);
    if (c->self != object && is_kind(c->self, kind)) count_word(b, c->self, object);
    if (is_kind(object, "organisation")) drop_org(b, object->org);
    return OK;
}

static rc has_unrelated_pair(const struct record_case *c, const struct behind *b, bool *out)
{
    *out = false;
    for (uint32_t i = 0; i < b->n && !*out; i++)
        for (uint32_t j = 0; j < i && !*out; j++) {
            bool related;
            TRY(record_related(c->world, b->orgs[i], b->orgs[j], &related));
            *out = !related;
        }
    return OK;
}

rc guard_unrelated_pair(const struct record_case *c)
{
    const struct record *object;
    struct behind b;
    bool found;
    TRY(case_object(c, &object));
    if (!object) return REFUSE("unrelated_pair", "about: not known here");
    TRY(gather(c, object, is_kind(object, "signal") ? "opinion" : "vouch", &b));
    TRY(has_unrelated_pair(c, &b, &found));
    return found ? OK : REFUSE("unrelated_pair", "%u organisations, no two of them unrelated", b.n);
}

rc guard_quorum(const struct record_case *c)
{
    const struct record *object;
    struct behind b;
    bool pair;
    TRY(case_object(c, &object));
    if (!object) return REFUSE("quorum", "about: not known here");
    const struct json *members = json_get(object->body, "quorum");
    const struct json *given = json_get(object->body, "quorum_needed");
    int64_t needed = given && given->type == JSON_INT ? given->as.integer : QUORUM_LEAST;
    if (needed < QUORUM_LEAST) needed = QUORUM_LEAST;
    TRY(gather(c, object, "vote", &b));
    for (uint32_t i = b.n; members && i-- > 0;)
        if (!lists_org(members, b.orgs[i])) drop_org(&b, b.orgs[i]);
    if (b.n < needed)
        return REFUSE("quorum", "%u said yes, %lld are needed", b.n, (long long)needed);
    TRY(has_unrelated_pair(c, &b, &pair));
    return pair ? OK : REFUSE("quorum", "no two of those who said yes are unrelated");
}

/* ---- appeals ---- */

static rc refuse_party(const struct record_case *c, struct view member, const struct record *thing)
{
    const struct view *users = NULL;
    uint32_t n = 0;
    bool related;
    TRY(record_related(c->world, member, thing->org, &related));
    if (related)
        return REFUSE("other_panel", "%.*s made the thing, belongs to who made it, or is not known",
                      VIEW_ARG(member));
    if (c->world->users)
        TRY(c->world->users(c->world->context, thing->id, c->received_ms, &users, &n));
    for (uint32_t i = 0; i < n; i++)
        if (view_eq(users[i], member))
            return REFUSE("other_panel", "%.*s uses the thing", VIEW_ARG(member));
    for (uint32_t i = 0; i < thing->n_signers; i++)
        if (view_eq(thing->signers[i], member))
            return REFUSE("other_panel", "%.*s signed the thing", VIEW_ARG(member));
    return OK;
}

/* What users of a thing do may rest on rulings about other things, and never on one of its own: an
 * appeal is about no ruling, no appeal and no receipt. Whether it is in effect is not asked here,
 * so its words are not enough. */
static rc appealed(const struct record_case *c, const struct record *appeal, uint32_t t,
                   const struct record **out)
{
    const struct record_kind *k = appeal->kind;
    TRY(world_record(c, appeal->about[t], out));
    if (!*out) return REFUSE("other_panel", "the thing appealed against is not known here");
    if (!k || !word_listed(k->about_kinds, k->n_about_kinds, (*out)->kind_name))
        return REFUSE("other_panel", "about: an appeal is not about a %.*s",
                      VIEW_ARG((*out)->kind_name));
    return OK;
}

rc guard_other_panel(const struct record_case *c)
{
    const struct record *appeal, *thing;
    const struct json *panel = json_get(c->self->body, "panel");
    TRY(case_object(c, &appeal));
    if (!appeal || !is_kind(appeal, "appeal") || appeal->n_about == 0)
        return REFUSE("other_panel", "about: the appeal is not known here");
    for (uint32_t t = 0; t < appeal->n_about; t++) {
        TRY(appealed(c, appeal, t, &thing));
        TRY(refuse_party(c, c->self->org, thing));
        for (uint32_t i = 0; panel && panel->type == JSON_ARRAY && i < panel->n; i++)
            TRY(refuse_party(c, panel->as.items[i].as.string, thing));
    }
    return OK;
}

static rc answered(const struct record_case *c, const struct record *thing, struct view user,
                   bool *out)
{
    static const char *const k_answers[] = {"receipt", "answer"};
    *out = view_eq(c->self->org, user) &&
           (is_kind(c->self, k_answers[0]) || is_kind(c->self, k_answers[1]));
    for (size_t k = 0; k < COUNT_OF(k_answers) && !*out; k++) {
        const struct record *const *list;
        uint32_t n;
        TRY(find_about(c, thing, k_answers[k], &list, &n));
        for (uint32_t i = 0; i < n && !*out; i++)
            *out = view_eq(list[i]->org, user);
    }
    return OK;
}

rc guard_all_users_answered(const struct record_case *c)
{
    const struct record *object;
    TRY(case_object(c, &object));
    if (!object || !c->world->users)
        return REFUSE("all_users_answered", "about: its users are not known here");
    for (uint32_t t = 0; t < object->n_about; t++) {
        const struct view *users;
        uint32_t n = 0;
        TRY(c->world->users(c->world->context, object->about[t], c->received_ms, &users, &n));
        for (uint32_t i = 0; i < n; i++) {
            bool done;
            TRY(answered(c, object, users[i], &done));
            if (!done)
                return REFUSE("all_users_answered", "%.*s has not answered", VIEW_ARG(users[i]));
        }
    }
    return OK;
}

/* ---- desk ---- */

rc guard_debriefed(const struct record_case *c)
{
    const struct record *object;
    const struct record *const *list;
    uint32_t n;
    TRY(case_object(c, &object));
    if (!object) return REFUSE("debriefed", "about: not known here");
    if (is_kind(c->self, "debrief") && c->self->n_about > 0 &&
        memcmp(c->self->about[0], object->id, SEAL_SHA256_BYTES) == 0)
        return OK;
    TRY(find_about(c, object, "debrief", &list, &n));
    return n > 0 ? OK : REFUSE("debriefed", "there is no debrief");
}

rc guard_second_sample(const struct record_case *c)
{
    const struct record *object;
    const struct json *percent = json_get(c->self->body, "sample_percent");
    TRY(case_object(c, &object));
    if (!object || view_eq(object->org, c->self->org))
        return REFUSE("second_sample", "org: another organisation takes the sample");
    if (!percent || percent->type != JSON_INT || percent->as.integer < SAMPLE_PERCENT)
        return REFUSE("second_sample", "body.sample_percent: less than %d", SAMPLE_PERCENT);
    return OK;
}

/* ---- alliances ---- */

rc guard_may_join(const struct record_case *c)
{
    const struct record *object;
    TRY(case_object(c, &object));
    if (!object) return REFUSE("may_join", "about: not known here");
    const struct json *open = json_get(object->body, "open_to_join");
    if (open && open->type == JSON_BOOL && open->as.boolean) return OK;
    if (lists_org(json_get(object->body, "members"), c->self->org)) return OK;
    return REFUSE("may_join", "org: %.*s is not among its members", VIEW_ARG(c->self->org));
}

/* ---- platforms ---- */

rc guard_is_addressee(const struct record_case *c)
{
    const struct record *object;
    TRY(case_object(c, &object));
    if (!object) return REFUSE("is_addressee", "about: not known here");
    struct view asked =
        json_get_string(object->body, is_kind(object, "order") ? "addressee" : "platform");
    if (!view_eq(asked, c->self->org))
        return REFUSE("is_addressee", "org: %.*s was asked, not %.*s", VIEW_ARG(asked),
                      VIEW_ARG(c->self->org));
    return OK;
}

/* Removal is for what a law or closed criteria cover: signals. A claim that is false is lawful. */
rc guard_lawful_claims_stay(const struct record_case *c)
{
    if (!view_eq(json_get_string(c->self->body, "wanted"), VIEW("remove"))) return OK;
    for (uint32_t i = 0; i < c->self->n_about; i++) {
        const struct record *object;
        TRY(world_record(c, c->self->about[i], &object));
        if (!object || !is_kind(object, "signal"))
            return REFUSE("lawful_claims_stay",
                          "body.wanted: removal is asked for signals only, and about[%u] is none",
                          i);
    }
    return OK;
}

/* ---- clocks ---- */

rc guard_within_clock(const struct record_case *c)
{
    if (!c->clock) return REFUSE("within_clock", "no clock runs");
    int64_t end = clock_due(c->clock, c->object ? c->object : c->self, c->clock_started_ms);
    if (c->received_ms >= end)
        return REFUSE("within_clock", "%s ran out %lld s before", c->clock->name,
                      (long long)((c->received_ms - end) / 1000));
    return OK;
}

static rc count_written(const struct record_case *c, int64_t from_ms, int64_t to_ms, uint64_t *out)
{
    return c->world->n_written(c->world->context, c->self->org, "signal", from_ms, to_ms,
                               c->self->id, out);
}

/* The record itself is not among those counted. */
rc guard_not_flooding(const struct record_case *c)
{
    uint64_t burst = 0, week = 0, before = 0;
    int64_t now = c->received_ms;
    if (!c->world->n_written) return REFUSE("not_flooding", "the author's rate is not known here");
    TRY(count_written(c, now - FLOOD_MINUTES * MINUTE_MS, now + 1, &burst));
    if (burst + 1 > FLOOD_RECORDS)
        return REFUSE("not_flooding", "more than %d in %d minutes", FLOOD_RECORDS, FLOOD_MINUTES);
    TRY(count_written(c, now - WEEK_MS, now + 1, &week));
    TRY(count_written(c, now - (MEAN_WEEKS + 1) * WEEK_MS, now - WEEK_MS, &before));
    /* Who has no mean yet has one burst a week: else many small ones would be no flood. */
    if (before == 0 && week + 1 > FLOOD_RECORDS)
        return REFUSE("not_flooding", "more than %d in a week, and none in the weeks before",
                      FLOOD_RECORDS);
    if (before > 0 && week + 1 > FLOOD_LEAST && (week + 1) * MEAN_WEEKS > FLOOD_TIMES_MEAN * before)
        return REFUSE("not_flooding", "%llu in a week, more than %d times its mean",
                      (unsigned long long)(week + 1), FLOOD_TIMES_MEAN);
    return OK;
}
