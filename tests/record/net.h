/* SPDX-License-Identifier: Apache-2.0
 * A small network for tests of the fold: organisations with keys, logs, and signed records in them.
 */
#ifndef SANAD_TESTS_NET_H
#define SANAD_TESTS_NET_H

#include "raw.h"

#ifndef NET_ENTRIES
#define NET_ENTRIES 1200
#endif
enum { NET_ORGS = 12 };

struct net_org {
    const char *name, *kind, *government, *parent;
    struct seal_signer author, reviewer, recovery;
    struct view log;
    uint64_t next_index;
    struct record_entry *own; /* its organisation record */
};
struct net {
    struct arena mem;
    struct net_org orgs[NET_ORGS];
    uint32_t n_orgs;
    struct record_founder founders[NET_ORGS];
    uint32_t n_founders;
    struct record_entry entries[NET_ENTRIES];
    uint32_t n;
    int64_t now_ms;
    bool facts_only; /* signatures are taken for granted instead of made and checked */
    uint32_t salt;
    struct record_world world;
    struct view users[4];
    uint32_t n_users;
    uint64_t n_written;
    uint32_t criteria, code;         /* entries + 1 of net_criteria, net_code */
    const struct record_entry *seen; /* what the world knows; NULL: all entries */
    uint32_t n_seen;
    int (*grind)(
        uint32_t entry); /* below 0: of some salts the one with the first id, above: last */
    const struct record_register *reg;
};

static inline struct net_org *net_org(struct net *net, const char *name)
{
    for (uint32_t i = 0; i < net->n_orgs; i++)
        if (strcmp(net->orgs[i].name, name) == 0) return &net->orgs[i];
    fail_msg("no organisation %s", name);
    return NULL;
}

static inline void net_key(struct net_org *o, struct seal_signer *out, uint8_t what, uint8_t number)
{
    uint8_t seed[SEAL_SEED_BYTES] = {what, number, (uint8_t)strlen(o->name), (uint8_t)o->name[0],
                                     (uint8_t)o->name[1]};
    CHECK_OK(seal_signer_init(view_cstr(o->name), SEAL_TYPE_ED25519, seed, out));
}

static inline char *net_vkey(struct net *net, const struct seal_signer *key)
{
    struct buf line = {0};
    struct seal_verifier v = seal_signer_verifier(key);
    char *out;
    CHECK_OK(seal_verifier_print(&v, &line));
    CHECK_OK(arena_array(&net->mem, line.n + 1, &out));
    memcpy(out, line.p, line.n);
    buf_done(&line);
    return out;
}

/* ---- records ---- */

static inline void net_replace(char *text, size_t cap, const char *from, const char *to, bool all)
{
    char *at = strstr(text, from);
    if (!at) fail_msg("%s does not stand in %s", from, text);
    size_t n_from = strlen(from), n_to = strlen(to);
    CHECK(strlen(text) + n_to + 1 < cap);
    for (; at; at = all ? strstr(at + n_to, from) : NULL) {
        memmove(at + n_to, at + n_from, strlen(at + n_from) + 1);
        memcpy(at, to, n_to);
    }
}

/** The note's signatures, made and checked, or taken for granted. */
static inline void net_sign(struct net *net, struct record_entry *e, const struct seal_signer *keys,
                            uint32_t n_keys)
{
    struct record_signature *facts;
    CHECK_OK(arena_array(&net->mem, (size_t)n_keys + 1, &facts));
    for (uint32_t k = 0; k < n_keys; k++) {
        facts[k] = (struct record_signature){.name = keys[k].name, .key_id = keys[k].id};
        memcpy(facts[k].public_key, keys[k].public_key, SEAL_PUBLIC_BYTES);
    }
    e->signatures = facts;
    e->n_signatures = n_keys;
    if (net->facts_only || n_keys == 0) return;
    CLEANUP(buf_done) struct buf note = {0};
    struct seal_verifier known[4];
    struct view kept;
    struct seal_note parsed;
    for (uint32_t k = 0; k < n_keys; k++)
        known[k] = seal_signer_verifier(&keys[k]);
    CHECK_OK(seal_note_write(e->r->text, keys, n_keys, &note));
    CHECK_OK(arena_copy(&net->mem, buf_view(&note), &kept));
    CHECK_OK(seal_note_parse(kept, &net->mem, &parsed));
    CHECK_OK(record_signatures(parsed.text, parsed.lines, parsed.n_lines, known, n_keys, NULL,
                               &net->mem, &e->signatures, &e->n_signatures));
    CHECK(e->n_signatures == n_keys);
}

enum { NET_GRINDS = 12 };
/** An author who wants to be first, or last, tries salts until the id suits. */
static inline void net_grind(uint8_t *text, size_t n, int wanted)
{
    static const char k_before[] = "\"salt\":\"";
    uint8_t best[SEAL_SHA256_BYTES], id[SEAL_SHA256_BYTES];
    char *salt = strstr((char *)text, k_before) + sizeof k_before - 1, kept = *salt;
    for (int k = 0; k < NET_GRINDS; k++) {
        *salt = (char)('A' + k);
        CHECK_OK(seal_sha256(view_of(text, n), id));
        if (k > 0 && memcmp(id, best, sizeof id) * wanted < 0) continue;
        memcpy(best, id, sizeof best);
        kept = *salt;
    }
    *salt = kept;
}

/** Any text as the next entry of the organisation's log, signed by the keys. */
static inline struct record_entry *net_entry(struct net *net, struct net_org *o, const char *text,
                                             const struct seal_signer *keys, uint32_t n_keys)
{
    CLEANUP(buf_done) struct buf canonical = {0};
    CHECK(net->n < NET_ENTRIES);
    struct record_entry *e = &net->entries[net->n++];
    CHECK_OK(record_write(view_cstr(text), &net->mem, &canonical));
    int grind = net->grind ? net->grind(net->n) : 0;
    CHECK_OK(buf_add_byte(&canonical, 0));
    canonical.n--;
    if (grind) net_grind(canonical.p, canonical.n, grind);
    CHECK_OK(record_parse(buf_view(&canonical), RECORD_FROM_ELSEWHERE, net->now_ms, &net->mem,
                          &e->r, NULL));
    memcpy(e->id, e->r->id, sizeof e->id);
    net->now_ms += 1000;
    e->received_ms = net->now_ms;
    e->log = o->log;
    e->index = o->next_index++;
    net_sign(net, e, keys, n_keys);
    return e;
}

/** The example of the kind by an organisation, about an entry (or NULL), with edits, signed by its
 *  author's key and, where a reviewer is asked for, by the reviewer of another. */
static inline char *net_text(struct net *net, const char *org, const char *kind,
                             const struct record_entry *about, const char *const *edits)
{
    static char text[80000];
    char from[128], to[128];
    struct view example;
    CHECK_OK(record_example(view_cstr(kind), &example));
    memset(text, 0, sizeof text);
    memcpy(text, example.p, example.n);
    snprintf(to, sizeof to, "\"org\":\"%s\"", org);
    char *author = strstr(text, ",\"mark\":");
    net_replace(author, 4000, "\"org\":\"checker.example\"", to, false);
    if (strstr(text, "\"signers\":[\"checker.example\"") && strcmp(org, "desk.example") != 0) {
        snprintf(from, sizeof from, "\"signers\":[\"%s\"", org);
        net_replace(text, sizeof text, "\"signers\":[\"checker.example\"", from, false);
    }
    snprintf(to, sizeof to, "\"salt\":\"%021uA==\"", ++net->salt);
    net_replace(text, sizeof text, "\"salt\":\"AAECAwQFBgcICQoLDA0ODw==\"", to, false);
    if (about) {
        memset(to, 0, sizeof to);
        record_id_write(about->id, to);
        if (strncmp(text, "{\"about\":[\"", 11) == 0) {
            snprintf(from, sizeof from, "%.*s", RECORD_ID_CHARS, text + 11);
            net_replace(text, sizeof text, from, to, true);
        } else {
            snprintf(from, sizeof from, "{\"about\":[\"%s\"],\"body\":", to);
            net_replace(text, sizeof text, "{\"body\":", from, false);
        }
    }
    for (size_t i = 0; edits && edits[i]; i += 2)
        net_replace(text, sizeof text, edits[i], edits[i + 1], false);
    return text;
}

static inline struct record_entry *net_add(struct net *net, const char *org, const char *kind,
                                           const struct record_entry *about,
                                           const char *const *edits);

/** Criteria in force, of the category of the example of a signal. */
static inline struct record_entry *net_criteria(struct net *net)
{
    if (net->criteria) return &net->entries[net->criteria - 1];
    struct record_entry *e =
        net_add(net, "panel.example", "criteria", NULL,
                EDITS("\"category\":\"attack_instruction\"", "\"category\":\"promotion\"",
                      "\"comments_from\":\"2026-11-22\"", "\"comments_from\":\"2026-10-01\"",
                      "\"comments_until\":\"2026-12-20\"", "\"comments_until\":\"2026-10-20\"",
                      "\"made\":\"2026-11-22", "\"made\":\"2026-10-01"));
    CHECK_OK(record_time_read(VIEW("2026-10-01T10:15:00.000Z"), &e->received_ms));
    net->criteria = (uint32_t)(e - net->entries) + 1;
    net_add(net, "checker.example", "vote", e, NULL);
    net_add(net, "desk.example", "vote", e, NULL);
    net_add(net, "desk.example", "step", e, EDITS("\"to\":\"withdrawn\"", "\"to\":\"in_force\""));
    return e;
}

static inline struct record_entry *net_code(struct net *net)
{
    if (net->code) return &net->entries[net->code - 1];
    struct record_entry *e = net_add(net, "panel.example", "code", NULL, NULL);
    net->code = (uint32_t)(e - net->entries) + 1;
    return e;
}

static inline struct record_entry *net_add(struct net *net, const char *org, const char *kind,
                                           const struct record_entry *about,
                                           const char *const *edits)
{
    if (!about && strcmp(kind, "signal") == 0) about = net_criteria(net);
    if (!about && strcmp(kind, "pledge") == 0) about = net_code(net);
    struct net_org *o = net_org(net, org);
    const struct record_kind *k = record_kind_find(view_cstr(kind));
    bool reviewed = k && (k->guards & RECORD_GUARD_BIT(second_reviewer)) != 0;
    struct seal_signer keys[2] = {o->author, net_org(net, "desk.example")->reviewer};
    return net_entry(net, o, net_text(net, org, kind, about, edits), keys, reviewed ? 2 : 1);
}

/** Text to put before the other members: names what is replaced. */
static inline char *net_prev(struct net *net, const struct record_entry *old)
{
    char *out, id[RECORD_ID_CHARS + 1] = {0};
    record_id_write(old->id, id);
    CHECK_OK(arena_array(&net->mem, 200, &out));
    snprintf(out, 200, "\"prev\":\"%s\",\"sanad\":1", id);
    return out;
}
#define SANAD_1 "\"sanad\":1"

/** A cosign record by an organisation with this key. */
static inline struct record_entry *net_cosign(struct net *net, const char *org,
                                              const struct seal_signer *key,
                                              const struct record_entry *about)
{
    char line[400] = {0}, edited[500];
    CLEANUP(buf_done) struct buf made = {0};
    CHECK_OK(seal_sign_line(key, about->r->text, 0, &made));
    memcpy(line, made.p, made.n - 1);
    snprintf(edited, sizeof edited, "\"line\":\"%s\"", line);
    struct view example;
    CHECK_OK(record_example(VIEW("cosign"), &example));
    const char *body = strstr((const char *)example.p, "\"line\":\""), *end = strchr(body + 8, '"');
    char from[400] = {0};
    memcpy(from, body, (size_t)(end - body) + 1);
    struct record_entry *e = net_add(net, org, "cosign", about, EDITS(from, edited));
    struct seal_verifier v = seal_signer_verifier(key);
    struct seal_line parsed;
    bool is_line;
    uint32_t n;
    CHECK_OK(record_cosign_line(e->r, about->r->text, &net->mem, &parsed, &is_line));
    CHECK(is_line);
    CHECK_OK(
        record_signatures(about->r->text, &parsed, 1, &v, 1, NULL, &net->mem, &e->cosigned, &n));
    CHECK(n == 1);
    return e;
}

/** An organisation's record about itself. keys: JSON of the list; more: further members of the
 *  body, with a comma behind, or "". */
static inline struct record_entry *net_organisation(struct net *net, struct net_org *o,
                                                    const char *keys, const char *more,
                                                    const struct record_entry *prev,
                                                    const struct seal_signer *by)
{
    char *text, id[RECORD_ID_CHARS + 1] = {0}, before[120] = "";
    if (prev) record_id_write(prev->id, id);
    if (prev) snprintf(before, sizeof before, "\"prev\":\"%s\",", id);
    CHECK_OK(arena_array(&net->mem, 12000, &text));
    snprintf(text, 12000,
             "{%s\"body\":{%s\"name\":[{\"lang\":\"en\",\"text\":\"x\"}],\"org_kind\":\"%s\","
             "\"countries\":[\"VN\"],\"languages\":[\"en\"],\"keys\":[%s],\"home_log\":\"%.*s\","
             "\"home_url\":\"https://%s/\",\"contact_url\":\"https://%s/c\",\"decides\":{\"lang\":"
             "\"en\",\"text\":\"x\"},\"government\":\"%s\",\"law\":{\"lang\":\"en\",\"text\":\"x\"}"
             ",\"complaints\":{\"lang\":\"en\",\"text\":\"x\"}%s},\"kind\":\"organisation\","
             "\"made\":\"2026-11-22T10:15:00.000Z\",\"mark\":\"clear\",\"org\":\"%s\",\"salt\":"
             "\"%021uA==\",\"sanad\":1,\"v\":1}",
             before, more, o->kind, keys, VIEW_ARG(o->log), o->name, o->name, o->government,
             o->parent ? o->parent : "", o->name, ++net->salt);
    return net_entry(net, o, text, by, 1);
}

static inline char *net_key_row(struct net *net, const struct seal_signer *key, const char *purpose)
{
    char *row, *vkey = net_vkey(net, key);
    CHECK_OK(arena_array(&net->mem, 300, &row));
    snprintf(row, 300, "{\"from\":\"2026-01-01T00:00:00.000Z\",\"purpose\":\"%s\",\"vkey\":\"%s\"}",
             purpose, vkey);
    return row;
}

static inline char *net_keys(struct net *net, const struct net_org *o)
{
    char *keys;
    CHECK_OK(arena_array(&net->mem, 700, &keys));
    snprintf(keys, 700, "%s,%s", net_key_row(net, &o->author, "author"),
             net_key_row(net, &o->reviewer, "reviewer"));
    return keys;
}

static inline char *net_recovery(struct net *net, const struct seal_signer *key)
{
    char *vkey = net_vkey(net, key), *more, digits[RECORD_ID_CHARS + 1] = {0};
    uint8_t hash[SEAL_SHA256_BYTES];
    CHECK_OK(seal_sha256(view_cstr(vkey), hash));
    record_id_write(hash, digits);
    CHECK_OK(arena_array(&net->mem, 160, &more));
    snprintf(more, 160, "\"recovery\":\"%s\",", digits);
    return more;
}

/* ---- the world ---- */

static inline const struct record_entry *net_seen(const struct net *net, uint32_t *out_n)
{
    *out_n = net->seen ? net->n_seen : net->n;
    return net->seen ? net->seen : net->entries;
}

static inline rc net_record(void *context, const uint8_t id[SEAL_SHA256_BYTES],
                            const struct record **out)
{
    uint32_t n;
    const struct record_entry *list = net_seen(context, &n);
    *out = NULL;
    for (uint32_t i = 0; i < n; i++)
        if (memcmp(list[i].id, id, SEAL_SHA256_BYTES) == 0) *out = list[i].r;
    return OK;
}

static inline rc net_state(void *context, const uint8_t id[SEAL_SHA256_BYTES], int64_t at_ms,
                           const char **out_name)
{
    struct net *net = context;
    const struct record_outcome *o = NULL;
    uint8_t root[SEAL_SHA256_BYTES];
    uint32_t n;
    const struct record_entry *list = net_seen(net, &n);
    memcpy(root, id, sizeof root);
    for (uint32_t i = 0; i < n; i++) {
        const struct record_entry *e = &list[i];
        if (memcmp(e->id, root, sizeof root) != 0 || !e->r || !e->r->has_prev) continue;
        memcpy(root, e->r->prev, sizeof root);
        i = UINT32_MAX; /* again from the first */
    }
    *out_name = NULL;
    rc r = record_fold(root, list, n, net->reg, &net->world, net->now_ms, &net->mem, &o);
    if (r.code == E_USAGE) return OK;
    TRY(r);
    *out_name = record_state_at(o, id, at_ms);
    return OK;
}

static inline rc net_users(void *context, const uint8_t id[SEAL_SHA256_BYTES], int64_t at_ms,
                           const struct view **out, uint32_t *out_n)
{
    struct net *net = context;
    (void)id;
    (void)at_ms;
    *out = net->users;
    *out_n = net->n_users;
    return OK;
}

static inline rc net_written(void *context, struct view org, const char *kind, int64_t from_ms,
                             int64_t to_ms, const uint8_t except[SEAL_SHA256_BYTES],
                             uint64_t *out_n)
{
    struct net *net = context;
    uint32_t n;
    const struct record_entry *list = net_seen(net, &n);
    *out_n = net->n_written;
    for (uint32_t i = 0; i < n; i++) {
        const struct record_entry *e = &list[i];
        *out_n += e->r && view_eq(e->r->org, org) && view_eq(e->r->kind_name, view_cstr(kind)) &&
                  e->received_ms >= from_ms && e->received_ms < to_ms &&
                  memcmp(e->id, except, SEAL_SHA256_BYTES) != 0;
    }
    return OK;
}

/** Founders with their records: checker, desk, panel, sister and brother (of one house), platform,
 *  ministry and water (of one state). */
static inline void net_init(struct net *net)
{
    static const struct {
        const char *name, *kind, *government, *parent;
    } k_orgs[] = {
        {"checker.example", "fact_checker", "none", NULL},
        {"desk.example", "newsroom", "none", NULL},
        {"panel.example", "civil_society", "none", NULL},
        {"sister.example", "newsroom", "none", ",\"parents\":[{\"org\":\"holding.example\"}]"},
        {"brother.example", "fact_checker", "none", ",\"parents\":[{\"org\":\"holding.example\"}]"},
        {"platform.example", "platform", "none", NULL},
        {"ministry.example", "state_body", "VN", NULL},
        {"water.example", "business", "VN", NULL}};
    *net = (struct net){.now_ms = MADE_MS};
    arena_init(&net->mem, 0);
    net->world = (struct record_world){.context = net,
                                       .record = net_record,
                                       .state = net_state,
                                       .users = net_users,
                                       .n_written = net_written};
    for (size_t i = 0; i < COUNT_OF(k_orgs); i++) {
        struct net_org *o = &net->orgs[net->n_orgs++];
        *o = (struct net_org){.name = k_orgs[i].name,
                              .kind = k_orgs[i].kind,
                              .government = k_orgs[i].government,
                              .parent = k_orgs[i].parent};
        net_key(o, &o->author, 1, 0);
        net_key(o, &o->reviewer, 2, 0);
        net_key(o, &o->recovery, 3, 0);
        CHECK_OK(arena_format(&net->mem, &o->log, "log.%s", o->name));
        net->founders[net->n_founders++] = (struct record_founder){
            view_cstr(o->name), seal_signer_verifier(&o->author), view_of(NULL, 0)};
        o->own = net_organisation(net, o, net_keys(net, o), net_recovery(net, &o->recovery), NULL,
                                  &o->author);
    }
}

/** Somebody new: keys and a log, no record yet, no founder. */
static inline struct net_org *net_newcomer(struct net *net, const char *name)
{
    struct net_org *o = &net->orgs[net->n_orgs++];
    *o = (struct net_org){.name = name, .kind = "newsroom", .government = "none"};
    net_key(o, &o->author, 1, 0);
    net_key(o, &o->reviewer, 2, 0);
    net_key(o, &o->recovery, 3, 0);
    CHECK_OK(arena_format(&net->mem, &o->log, "log.%s", o->name));
    return o;
}

static inline void net_done(struct net *net)
{
    arena_done(&net->mem);
}

static inline const struct record_register *net_register(struct net *net)
{
    CHECK_OK(record_register_fold(net->founders, net->n_founders, net->entries, net->n, net->now_ms,
                                  &net->mem, &net->reg));
    return net->reg;
}

static inline const struct record_outcome *net_fold(struct net *net, const struct record_entry *e)
{
    const struct record_outcome *o;
    CHECK_OK(record_fold(e->id, net->entries, net->n, net_register(net), &net->world, net->now_ms,
                         &net->mem, &o));
    return o;
}

static inline const struct record_effect *net_effect(const struct record_outcome *o,
                                                     const struct record_entry *e)
{
    for (uint32_t i = 0; i < o->n_effects; i++)
        if (memcmp(o->effects[i].entry->id, e->id, SEAL_SHA256_BYTES) == 0) return &o->effects[i];
    fail_msg("%s", "the entry has no effect on the object");
    return NULL;
}

#define CHECK_STATE(net, e, name)                                              \
    do {                                                                       \
        const struct record_outcome *check_o_ = net_fold(net, e);              \
        if (strcmp(check_o_->state_name, name) != 0)                           \
            fail_msg("%s is %s, not %s: %.*s", #e, check_o_->state_name, name, \
                     VIEW_ARG(check_o_->why));                                 \
    } while (0)
/** The entry `e` has no effect on the object `on`, and the reason holds this. */
#define CHECK_NO_EFFECT(net, on, e, part)                                                         \
    do {                                                                                          \
        const struct record_entry *check_e_ = (e);                                                \
        const struct record_effect *check_row_ = net_effect(net_fold(net, on), check_e_);         \
        char check_why_[1100];                                                                    \
        snprintf(check_why_, sizeof check_why_, "%.*s", VIEW_ARG(check_row_->why));               \
        if (check_row_->in_effect || !strstr(check_why_, part))                                   \
            fail_msg("%s: %s, \"%s\"", #e, check_row_->in_effect ? "in effect" : "not in effect", \
                     check_why_);                                                                 \
    } while (0)

#endif
