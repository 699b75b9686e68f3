/* SPDX-License-Identifier: Apache-2.0
 * Guards that need no more than the record itself. */
#include "record/record_int.h"

#include <string.h>

#include "text/text.h"

#define DAY_MS INT64_C(86400000)

enum {
    LEAST_REASON_CHARS = 10, /* below, nobody can answer it */
    LEAST_LAW_CHARS = 3,
    EXPIRY_DAYS = 366,
    CRISIS_DAYS = 14,
    HOLD_DAYS = 181, /* the shortest six months */
    COMMENT_DAYS = 14,
    DELAY_DAYS = 30,
    SILENCE_DAYS = 84 /* six weeks, and once more */
};

/* Beginning of the day or instant that a field of the body names; INT64_MIN when it names none. */
static int64_t field_time(const struct json *body, const char *name)
{
    struct view v = json_get_string(body, name);
    int64_t ms;
    if (v.n == 10 && ok(record_date_read(v, &ms))) return ms;
    return v.n == 24 && ok(record_time_read(v, &ms)) ? ms : INT64_MIN;
}

rc guard_clock_order(const struct record_case *c)
{
    const struct record *r = c->self;
    if (r->until_ms >= 0 && r->until_ms <= r->made_ms)
        return REFUSE("clock_order", "until: not behind made");
    if (r->made_ms > c->received_ms + RECORD_MAX_AHEAD_MS)
        return REFUSE("clock_order", "made: more than 5 minutes ahead of its receipt");
    return OK;
}

rc guard_reasons_given(const struct record_case *c)
{
    static const char *const k_fields[] = {"reasons", "reason", "grounds"};
    for (size_t i = 0; i < COUNT_OF(k_fields); i++) {
        const struct json *v = json_get(c->self->body, k_fields[i]);
        if (v && written_chars(body_text(c->self->body, k_fields[i])) < LEAST_REASON_CHARS)
            return REFUSE("reasons_given", "body.%s: fewer than %d characters", k_fields[i],
                          LEAST_REASON_CHARS);
    }
    return OK;
}

/* ---- sources ---- */

static rc site_of(const struct json *source, struct arena *mem, struct view *out)
{
    struct view canonical;
    TRY(url_canonical(json_get_string(source, "url"), mem, &canonical));
    return url_site(canonical, mem, out);
}

/* Publishers are compared by their skeletons, so that spelling makes no second one. */
static rc same_publisher(const struct json *a, const struct json *b, struct arena *mem, bool *out)
{
    struct form x, y;
    TRY(text_skeleton(json_get_string(a, "publisher"), NULL, mem, &x));
    TRY(text_skeleton(json_get_string(b, "publisher"), NULL, mem, &y));
    *out = x.n == y.n && (x.n == 0 || memcmp(x.cp, y.cp, x.n * sizeof *x.cp) == 0);
    return OK;
}

struct source {
    const struct json *as; /* as it stands in the record */
    struct view site;
};

static rc independent(const struct record_case *c, const struct source *a, const struct source *b,
                      bool *out)
{
    bool same;
    *out = false;
    if (view_eq(json_get_string(a->as, "archived"), json_get_string(b->as, "archived"))) return OK;
    TRY(same_publisher(a->as, b->as, c->mem, &same));
    if (same || view_eq(a->site, b->site)) return OK;
    const struct record_org *known = NULL;
    if (c->world->organisation) {
        TRY(c->world->organisation(c->world->context, a->site, &known));
        if (known) TRY(c->world->organisation(c->world->context, b->site, &known));
    }
    /* Publishers outside the register have declared nothing that could relate them. */
    if (known) TRY(record_related(c->world, a->site, b->site, &same));
    *out = !same;
    return OK;
}

/* A source on the author's own pages is the author's word, not a second one. */
static bool own_page(const struct record_case *c, struct view site)
{
    struct view org = c->self->org;
    size_t shorter = site.n < org.n ? org.n - site.n : 0;
    bool below = view_ends(org, site) && (shorter == 0 || org.p[shorter - 1] == '.');
    return site.n > 0 && below;
}

rc guard_two_independent_sources(const struct record_case *c)
{
    const struct json *sources = json_get(c->self->body, "sources");
    uint32_t n = sources && sources->type == JSON_ARRAY ? sources->n : 0, n_others = 0;
    struct source *others;
    TRY(arena_array(c->mem, n ? n : 1, &others));
    for (uint32_t i = 0; i < n; i++) {
        struct source s = {.as = &sources->as.items[i]};
        bool good = false;
        TRY(site_of(s.as, c->mem, &s.site));
        if (own_page(c, s.site)) continue;
        for (uint32_t j = 0; j < n_others && !good; j++)
            TRY(independent(c, &s, &others[j], &good));
        if (good) return OK;
        others[n_others++] = s;
    }
    return REFUSE("two_independent_sources",
                  "body.sources: no two of other publishers, other sites and other copies");
}

rc guard_every_sentence_sourced(const struct record_case *c)
{
    const struct json *sentences = json_get(c->self->body, "sentences");
    for (uint32_t i = 0; sentences && sentences->type == JSON_ARRAY && i < sentences->n; i++) {
        const struct json *sources = json_get(&sentences->as.items[i], "sources");
        if (!sources || sources->type != JSON_ARRAY || sources->n == 0)
            return REFUSE("every_sentence_sourced", "body.sentences[%u].sources: none", i);
    }
    if (!sentences || sentences->type != JSON_ARRAY || sentences->n == 0)
        return REFUSE("every_sentence_sourced", "body.sentences: none");
    return OK;
}

/* ---- signals ---- */

static rc in_state(const struct record_case *c, const uint8_t *id, const char *state, bool *out)
{
    const char *name = NULL;
    if (c->world->state) TRY(c->world->state(c->world->context, id, c->received_ms, &name));
    *out = name && strcmp(name, state) == 0;
    return OK;
}

rc guard_criteria_cited(const struct record_case *c)
{
    const struct record *signal = is_kind(c->self, "signal") || !c->object ? c->self : c->object;
    const struct record *criteria = NULL;
    uint8_t id[SEAL_SHA256_BYTES];
    bool in_force;
    if (!ok(record_id_read(json_get_string(signal->body, "criteria"), id)))
        return REFUSE("criteria_cited", "body.criteria: no id");
    if (!json_get(signal->body, "list_reference"))
        return REFUSE("criteria_cited", "body.list_reference: no public list is named");
    if (signal->n_about != 1 || memcmp(signal->about[0], id, sizeof id) != 0)
        return REFUSE("criteria_cited", "body.criteria: another record than the one in about");
    if (!c->world->record) return OK; /* alone: the fold asks again */
    TRY(world_record(c, id, &criteria));
    if (!criteria) return REFUSE("criteria_cited", "body.criteria: not known here");
    if (!is_kind(criteria, "criteria"))
        return REFUSE("criteria_cited", "body.criteria: a record of another kind");
    if (!view_eq(json_get_string(criteria->body, "category"),
                 json_get_string(signal->body, "category")))
        return REFUSE("criteria_cited", "body.category: not the category of the criteria");
    TRY(in_state(c, id, "in_force", &in_force));
    return in_force ? OK : REFUSE("criteria_cited", "body.criteria: this text was not in force");
}

/* A later text of a pledge to the very text of the code that it is to. Beside its own object, which
 * decides, nobody knows what it replaces. */
static bool signed_before(const struct record_case *c, const struct record *pledge)
{
    const struct record *old = c->replaces;
    if (pledge != c->self || !pledge->has_prev) return false;
    return !old ||
           (old->n_about == 1 && memcmp(old->about[0], pledge->about[0], SEAL_SHA256_BYTES) == 0);
}

rc guard_code_open(const struct record_case *c)
{
    const struct record *pledge = is_kind(c->self, "pledge") || !c->object ? c->self : c->object;
    const struct record *code = NULL;
    bool open;
    if (pledge->n_about == 1) TRY(world_record(c, pledge->about[0], &code));
    if (!code || !is_kind(code, "code")) return REFUSE("code_open", "about: no code that is known");
    if (!view_eq(json_get_string(code->body, "code_version"),
                 json_get_string(pledge->body, "code_version")))
        return REFUSE("code_open", "body.code_version: another than that of the code");
    TRY(in_state(c, code->id, "published", &open));
    return open || signed_before(c, pledge)
               ? OK
               : REFUSE("code_open", "about: this text of the code cannot be signed");
}

rc guard_expiry_set(const struct record_case *c)
{
    const struct record *r = c->self;
    if ((is_kind(r, "opinion") || is_kind(r, "step")) && c->object) r = c->object;
    const struct json *crisis = json_get(r->body, "crisis");
    bool short_life = crisis && crisis->type == JSON_BOOL && crisis->as.boolean;
    int days = short_life ? CRISIS_DAYS : EXPIRY_DAYS;
    if (r->until_ms < 0) return REFUSE("expiry_set", "until: is missing");
    /* One day more: the last day counts whole. */
    if (r->until_ms > r->made_ms + (days + 1) * DAY_MS)
        return REFUSE("expiry_set", "until: more than %d days after made", days);
    return OK;
}

/* What a machine compares has no blanks; what people read has. */
rc guard_prints_only(const struct record_case *c)
{
    const struct json *prints = json_get(c->self->body, "prints");
    for (uint32_t i = 0; prints && prints->type == JSON_ARRAY && i < prints->n; i++) {
        struct view value = json_get_string(&prints->as.items[i], "value");
        for (size_t k = 0; k < value.n; k++)
            if (value.p[k] <= ' ' || value.p[k] > '~')
                return REFUSE("prints_only", "body.prints[%u].value: no fingerprint is written so",
                              i);
    }
    return OK;
}

/* ---- answers and agreements ---- */

rc guard_answer_given(const struct record_case *c)
{
    if (view_eq(json_get_string(c->self->body, "measure"), VIEW("no_answer")))
        return REFUSE("answer_given", "body.measure: no_answer is said by the clock alone");
    return OK;
}

static bool signs(const struct record *r, struct view org)
{
    for (uint32_t i = 0; i < r->n_signers; i++)
        if (view_eq(r->signers[i], org)) return true;
    return false;
}

rc guard_parties_sign(const struct record_case *c)
{
    const struct record *r = c->self;
    const struct json *parties = json_get(r->body, "parties");
    for (uint32_t i = 0; parties && parties->type == JSON_ARRAY && i < parties->n; i++)
        if (!signs(r, parties->as.items[i].as.string))
            return REFUSE("parties_sign", "signers: %.*s is a party and not among them",
                          VIEW_ARG(parties->as.items[i].as.string));
    for (uint32_t i = 0; i < r->n_signers; i++)
        if (!lists_org(parties, r->signers[i]))
            return REFUSE("parties_sign", "body.parties: %.*s signs and is not among them",
                          VIEW_ARG(r->signers[i]));
    return OK;
}

/* ---- law ---- */

static rc within_days(const struct record *r, const char *field, int days)
{
    const struct json *v = json_get(r->body, field);
    int64_t until = v ? field_time(v, "until") : INT64_MIN;
    if (!v) return OK;
    if (until == INT64_MIN || until > r->made_ms + days * DAY_MS)
        return REFUSE("legal_basis", "body.%s.until: more than %d days after made", field, days);
    if (written_chars(body_text(v, "ground")) < LEAST_REASON_CHARS)
        return REFUSE("legal_basis", "body.%s.ground: no legal ground", field);
    return OK;
}

rc guard_legal_basis(const struct record_case *c)
{
    static const char *const k_needed[] = {"authority", "competent_role", "article",
                                           "legal_ground"};
    static const char *const k_redress[] = {"body", "deadline", "provisions"};
    const struct record *r = c->self;
    const struct json *redress = json_get(r->body, "redress");
    if (written_chars(r->basis) < LEAST_LAW_CHARS)
        return REFUSE("legal_basis", "basis: no law is named");
    for (size_t i = 0; i < COUNT_OF(k_needed); i++)
        if (written_chars(body_text(r->body, k_needed[i])) < LEAST_LAW_CHARS)
            return REFUSE("legal_basis", "body.%s: is missing", k_needed[i]);
    for (size_t i = 0; i < COUNT_OF(k_redress); i++)
        if (written_chars(body_text(redress, k_redress[i])) < LEAST_LAW_CHARS)
            return REFUSE("legal_basis", "body.redress.%s: is missing", k_redress[i]);
    if (r->mark != RECORD_CLEAR && !json_get(r->body, "delay"))
        return REFUSE("legal_basis", "mark: an order is public, or delayed with ground and end");
    TRY(within_days(r, "delay", DELAY_DAYS));
    return within_days(r, "non_disclosure", SILENCE_DAYS);
}

rc guard_rule_invoked(const struct record_case *c)
{
    if (written_chars(body_text(c->self->body, "rule_text")) < LEAST_REASON_CHARS)
        return REFUSE("rule_invoked", "body.rule_text: no rule of the platform");
    if (json_get_string(c->self->body, "rule_url").n == 0)
        return REFUSE("rule_invoked", "body.rule_url: is missing");
    return OK;
}

rc guard_law_cited(const struct record_case *c)
{
    const struct json *body = c->self->body;
    if (written_chars(body_text(body, "law")) < LEAST_LAW_CHARS ||
        written_chars(body_text(body, "article")) < 1)
        return REFUSE("law_cited", "body.article: the law is cited with its article");
    int64_t date = field_time(body, "text_date");
    if (date == INT64_MIN || date > c->self->made_ms)
        return REFUSE("law_cited", "body.text_date: the text must have stood when it was read");
    return OK;
}

/* ---- time ---- */

rc guard_review_in_time(const struct record_case *c)
{
    if (field_time(c->self->body, "review_by") <= c->self->made_ms)
        return REFUSE("review_in_time", "body.review_by: not behind made");
    return OK;
}

rc guard_comment_period(const struct record_case *c)
{
    int64_t from = field_time(c->self->body, "comments_from");
    int64_t until = field_time(c->self->body, "comments_until");
    if (from == INT64_MIN || until == INT64_MIN || until - from < COMMENT_DAYS * DAY_MS)
        return REFUSE("comment_period", "body.comments_until: fewer than %d days", COMMENT_DAYS);
    /* Nobody comments on what is not there yet. */
    if (until + DAY_MS - c->received_ms < COMMENT_DAYS * DAY_MS)
        return REFUSE("comment_period", "body.comments_until: fewer than %d days after receipt",
                      COMMENT_DAYS);
    return OK;
}

/* Rows of the log of access that stood are the first of a later one. */
static bool keeps_access(const struct json *old, const struct json *now)
{
    static const char *const k_members[] = {"time", "office", "outcome"};
    uint32_t n = old && old->type == JSON_ARRAY ? old->n : 0;
    if (n == 0) return true;
    if (!now || now->type != JSON_ARRAY || now->n < n) return false;
    for (uint32_t i = 0; i < n; i++)
        for (size_t k = 0; k < COUNT_OF(k_members); k++)
            if (!view_eq(json_get_string(&old->as.items[i], k_members[k]),
                         json_get_string(&now->as.items[i], k_members[k])))
                return false;
    return true;
}

/* From its receipt: a day that the author writes makes no month shorter. */
rc guard_hold_long_enough(const struct record_case *c)
{
    const struct record *r = c->self, *old = c->replaces;
    int64_t from = r->made_ms > c->received_ms ? r->made_ms : c->received_ms;
    if (r->until_ms < from + HOLD_DAYS * DAY_MS)
        return REFUSE("hold_long_enough", "until: less than six months after made and receipt");
    if (old && r->until_ms < old->until_ms)
        return REFUSE("hold_long_enough", "until: earlier than that of the text it replaces");
    if (old && !keeps_access(json_get(old->body, "access"), json_get(r->body, "access")))
        return REFUSE("hold_long_enough", "body.access: who had access stays on record");
    return OK;
}

rc guard_period_in_order(const struct record_case *c)
{
    static const char *const k_pairs[][2] = {{"period_from", "period_until"}, {"from", "to"}};
    for (size_t i = 0; i < COUNT_OF(k_pairs); i++) {
        int64_t from = field_time(c->self->body, k_pairs[i][0]);
        int64_t to = field_time(c->self->body, k_pairs[i][1]);
        if (from != INT64_MIN && to != INT64_MIN && to < from)
            return REFUSE("period_in_order", "body.%s: before body.%s", k_pairs[i][1],
                          k_pairs[i][0]);
    }
    return OK;
}

/* ---- organisations and people ---- */

rc guard_names_itself(const struct record_case *c)
{
    const struct json *keys = json_get(c->self->body, "keys");
    for (uint32_t i = 0; keys && keys->type == JSON_ARRAY && i < keys->n; i++) {
        const struct json *key = &keys->as.items[i];
        struct view vkey = json_get_string(key, "vkey");
        if (view_eq(json_get_string(key, "purpose"), VIEW("author")) &&
            view_eq(view_slice(vkey, 0, view_find(vkey, '+')), c->self->org))
            return OK;
    }
    return REFUSE("names_itself", "body.keys: no author's key bears the name %.*s",
                  VIEW_ARG(c->self->org));
}

rc guard_decided_by_people(const struct record_case *c)
{
    const struct json *human = json_get(c->self->body, "human");
    if (!human || human->type != JSON_BOOL || !human->as.boolean)
        return REFUSE("decided_by_people", "body.human: people decide, not a machine");
    return OK;
}

rc guard_all_criteria_stated(const struct record_case *c)
{
    const struct json *criteria = json_get(c->self->body, "criteria");
    const struct json *quorum = json_get(c->self->body, "quorum");
    const struct json *needed = json_get(c->self->body, "quorum_needed");
    for (uint32_t i = 0; criteria && criteria->type == JSON_ARRAY && i < criteria->n; i++)
        if (written_chars(body_text(&criteria->as.items[i], "finding")) < LEAST_REASON_CHARS)
            return REFUSE("all_criteria_stated", "body.criteria[%u].finding: says nothing", i);
    if (!quorum || !needed || quorum->type != JSON_ARRAY || needed->type != JSON_INT ||
        needed->as.integer < 2 || needed->as.integer > quorum->n)
        return REFUSE("all_criteria_stated",
                      "body.quorum_needed: two or more, and no more than vote");
    return OK;
}
