/* SPDX-License-Identifier: Apache-2.0
 * Chains of organisation records: which of them hold, which keys speak from when to when, and what
 * was declared. A chain rests on its own signatures alone, so it is read before anything else:
 * revocations reach back. */
#include "record/fold_int.h"

#include <string.h>

static bool same_place(const struct place *a, const struct place *b)
{
    return place_cmp(a, b) == 0;
}

/* ---- keys ---- */

/* "name+8 digits+base64(type, key)". Whether the key is a point of its group is found out where a
 * signature is checked. */
static rc read_vkey(struct view line, struct arena *mem, struct record_key *out, bool *out_known)
{
    size_t plus = view_find(line, '+');
    struct view bytes;
    uint8_t id[4];
    *out_known = false;
    rc r = seal_from_hex(view_slice(line, plus + 1, 8), sizeof id, id);
    if (ok(r)) r = seal_from_base64(view_slice(line, plus + 10, line.n), mem, &bytes);
    if (r.code == E_MEMORY || r.code == E_INTERNAL) return r;
    if (!ok(r) || bytes.n != 1 + SEAL_PUBLIC_BYTES || bytes.p[0] == SEAL_TYPE_MLDSA44) return OK;
    *out_known = true;
    out->name = view_slice(line, 0, plus);
    out->vkey = line;
    out->id = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
    out->type = bytes.p[0];
    memcpy(out->public_key, bytes.p + 1, SEAL_PUBLIC_BYTES);
    return OK;
}

static int64_t key_time(const struct json *key, const char *name, int64_t otherwise)
{
    int64_t ms;
    return ok(record_time_read(json_get_string(key, name), &ms)) ? ms : otherwise;
}

static rc read_key(const struct chain *c, const struct json *listed, struct arena *mem,
                   struct record_key *out, bool *out_known)
{
    struct view vkey = json_get_string(listed, "vkey");
    enum seal_purpose purpose = seal_purpose_find(json_get_string(listed, "purpose"));
    *out_known = purpose != SEAL_NO_PURPOSE;
    if (!*out_known) return OK;
    for (uint32_t s = 0; s < c->n_spans; s++)
        if (view_eq(c->spans[s].key.vkey, vkey)) {
            *out = c->spans[s].key;
            goto known;
        }
    TRY(read_vkey(vkey, mem, out, out_known));
known:
    out->purpose = purpose;
    out->from_ms = key_time(listed, "from", INT64_MIN);
    out->until_ms = key_time(listed, "until", INT64_MAX);
    out->last_good = UINT64_MAX;
    return OK;
}

static bool same_key(const struct record_key *a, const struct record_key *b)
{
    return view_eq(a->name, b->name) && a->id == b->id &&
           memcmp(a->public_key, b->public_key, SEAL_PUBLIC_BYTES) == 0;
}

static bool signed_by(const struct record_signature *s, const struct record_key *key)
{
    return s->key_id == key->id && view_eq(s->name, key->name) &&
           memcmp(s->public_key, key->public_key, SEAL_PUBLIC_BYTES) == 0;
}

/* A key serves the purpose it was first listed for, and no other. */
static bool serves_another(const struct chain *c, const struct record_key *key)
{
    for (uint32_t s = 0; s < c->n_spans; s++)
        if (memcmp(c->spans[s].key.public_key, key->public_key, SEAL_PUBLIC_BYTES) == 0)
            return c->spans[s].key.purpose != key->purpose;
    return false;
}

static struct span *open_span(const struct chain *c, const struct record_key *key)
{
    for (uint32_t s = 0; s < c->n_spans; s++) {
        struct span *span = &c->spans[s];
        if (!span->is_dropped && span->key.purpose == key->purpose && same_key(&span->key, key))
            return span;
    }
    return NULL;
}

static rc add_span(struct chain *c, const struct record_key *key, const struct place *listed,
                   struct arena *mem)
{
    TRY(fold_grow(mem, &c->spans, c->n_spans, &c->cap_spans, sizeof *c->spans));
    c->spans[c->n_spans++] = (struct span){.key = *key, .listed = *listed};
    return OK;
}

static const struct json *keys_of(const struct version *v, uint32_t *out_n)
{
    const struct json *keys = json_get(v->entry->r->body, "keys");
    *out_n = keys && keys->type == JSON_ARRAY ? keys->n : 0;
    return *out_n ? keys->as.items : NULL;
}

/* Also where the same key was listed before. What was revoked stays so, whatever is told later. */
static void revoke(struct chain *c, const struct record_key *key, uint64_t last_good,
                   struct view log)
{
    for (uint32_t s = 0; s < c->n_spans; s++) {
        struct span *span = &c->spans[s];
        if (memcmp(span->key.public_key, key->public_key, SEAL_PUBLIC_BYTES) != 0) continue;
        bool stricter = span->key.last_good == UINT64_MAX ||
                        (view_eq(span->good_log, log) && last_good < span->key.last_good);
        if (!stricter) continue;
        span->key.last_good = last_good;
        span->good_log = log;
    }
}

/* Whatever stands open and is not in the list is dropped, or ends when the list says so; last_good
 * says since which entry it was no longer its holder's. */
static rc list_keys(struct chain *c, const struct version *v, struct view home_log,
                    struct arena *mem)
{
    const struct json *last_good = json_get(v->entry->r->body, "last_good");
    uint32_t n, n_before = c->n_spans;
    const struct json *keys = keys_of(v, &n);
    bool *stays, revokes = last_good && last_good->type == JSON_INT;
    TRY(arena_array(mem, (size_t)n_before + 1, &stays));
    for (uint32_t i = 0; i < n; i++) {
        struct record_key key;
        bool known;
        TRY(read_key(c, &keys[i], mem, &key, &known));
        if (!known || serves_another(c, &key)) continue;
        struct span *span = open_span(c, &key);
        bool same = span && span->key.from_ms == key.from_ms && span->key.until_ms == key.until_ms;
        if (span && (size_t)(span - c->spans) < n_before) stays[span - c->spans] = true;
        bool shorter = span && key.until_ms < span->key.until_ms;
        if (same) continue;
        if (span) {
            span->is_dropped = true;
            span->dropped = v->stamp.own;
        }
        TRY(add_span(c, &key, &v->stamp.own, mem));
        if (shorter && revokes) revoke(c, &key, (uint64_t)last_good->as.integer, home_log);
    }
    for (uint32_t s = 0; s < n_before; s++) {
        struct span *span = &c->spans[s];
        if (stays[s] || span->is_dropped) continue;
        span->is_dropped = true;
        span->dropped = v->stamp.own;
        if (!revokes) continue;
        revoke(c, &span->key, (uint64_t)last_good->as.integer, home_log);
    }
    return OK;
}

bool chain_key_speaks(const struct chain *c, enum seal_purpose purpose,
                      const struct record_signature *s, const struct record_entry *e)
{
    struct place at = entry_place(e);
    for (uint32_t k = 0; k < c->n_spans; k++) {
        const struct span *span = &c->spans[k];
        if (span->key.purpose != purpose || !signed_by(s, &span->key)) continue;
        bool listed = place_cmp(&span->listed, &at) <= 0 &&
                      (!span->is_dropped || place_cmp(&at, &span->dropped) < 0);
        bool in_time = e->received_ms >= span->key.from_ms && e->received_ms < span->key.until_ms;
        bool revoked = e->index > span->key.last_good && view_eq(e->log, span->good_log);
        if (listed && in_time && !revoked) return true;
    }
    return false;
}

/* ---- who signed a version ---- */

static rc vkey_hash(const struct record_signature *s, struct arena *mem,
                    uint8_t out[SEAL_SHA256_BYTES])
{
    CLEANUP(buf_done) struct buf line = {0};
    struct seal_verifier v = {s->name, s->key_id, SEAL_TYPE_ED25519,
                              view_of(s->public_key, SEAL_PUBLIC_BYTES)};
    (void)mem;
    TRY(seal_verifier_print(&v, &line));
    return seal_sha256(buf_view(&line), out);
}

static rc signed_by_recovery(const struct version *v, const uint8_t *committed, struct arena *mem,
                             bool *out)
{
    *out = false;
    for (uint32_t s = 0; committed && s < v->entry->n_signatures && !*out; s++) {
        uint8_t hash[SEAL_SHA256_BYTES];
        TRY(vkey_hash(&v->entry->signatures[s], mem, hash));
        *out = memcmp(hash, committed, sizeof hash) == 0;
    }
    return OK;
}

static bool speaks_any(const struct chain *c, const struct version *v)
{
    for (uint32_t s = 0; s < v->entry->n_signatures; s++)
        if (chain_key_speaks(c, SEAL_AUTHOR, &v->entry->signatures[s], v->entry)) return true;
    return false;
}

/* The first record needs a key it lists itself; a founder's, the founder's key. */
static rc signed_by_itself(const struct chain *c, const struct version *v, struct arena *mem,
                           bool *out)
{
    uint32_t n;
    const struct json *keys = keys_of(v, &n);
    *out = c->founder && speaks_any(c, v);
    for (uint32_t i = 0; i < n && !c->founder && !*out; i++) {
        struct record_key key;
        bool known;
        TRY(read_key(c, &keys[i], mem, &key, &known));
        if (!known || key.purpose != SEAL_AUTHOR || v->entry->received_ms < key.from_ms ||
            v->entry->received_ms >= key.until_ms)
            continue;
        for (uint32_t s = 0; s < v->entry->n_signatures; s++)
            *out |= signed_by(&v->entry->signatures[s], &key);
    }
    return OK;
}

/* ---- versions ---- */

struct reading_chain {
    struct chain *c;
    struct arena *mem;
    struct view home_log;                /* in force; empty: any */
    uint8_t recovery[SEAL_SHA256_BYTES]; /* committed */
    bool committed;
    uint32_t committed_by; /* version */
};

static rc not_in_effect(struct reading_chain *in, struct version *v, const char *why)
{
    v->authority = BY_NOBODY;
    return arena_copy(in->mem, view_cstr(why), &v->why);
}

static struct view declared_log(const struct version *v)
{
    return json_get_string(v->entry->r->body, "home_log");
}

static rc find_authority(struct reading_chain *in, uint32_t k)
{
    struct chain *c = in->c;
    struct version *v = &c->versions[k];
    bool recovered, first = false;
    if (v->excluded) return not_in_effect(in, v, "undone by a record of the recovery key");
    TRY(signed_by_recovery(v, in->committed ? in->recovery : NULL, in->mem, &recovered));
    if (k == 0) TRY(signed_by_itself(c, v, in->mem, &first));
    if (!recovered && !first && (k == 0 || !speaks_any(c, v)))
        return not_in_effect(in, v, "signature: no key that may speak for the organisation");
    struct view home = in->home_log;
    if (k == 0 && home.n == 0 && !c->founder) home = declared_log(v);
    if (!recovered && home.n > 0 && !view_eq(v->entry->log, home))
        return not_in_effect(in, v, "log: not its home log");
    v->authority = recovered ? BY_RECOVERY : first ? BY_FIRST : BY_AUTHOR;
    return OK;
}

static rc keep_guards(struct reading_chain *in, struct version *v)
{
    static const struct record_world k_nothing = {0};
    struct record_case ask = {.self = v->entry->r,
                              .received_ms = v->entry->received_ms,
                              .world = &k_nothing,
                              .mem = in->mem};
    rc said = record_guards_check(v->entry->r->kind->guards, &ask);
    if (ok(said) || said.code != E_INPUT) return said;
    return not_in_effect(in, v, rc_message());
}

static rc read_words(const struct json *list, const char *member, struct arena *mem,
                     const struct view **out, uint32_t *out_n)
{
    struct view *words;
    *out_n = 0;
    if (!list || list->type != JSON_ARRAY) return OK;
    TRY(arena_array(mem, (size_t)list->n + 1, &words));
    for (uint32_t i = 0; i < list->n; i++) {
        struct view word = json_get_string(&list->as.items[i], member);
        if (word.n > 0) words[(*out_n)++] = word;
    }
    *out = words;
    return OK;
}

/* A parent that is in no register is compared by its words, a funder by name. */
static rc read_declaration(struct version *v, struct arena *mem)
{
    const struct json *body = v->entry->r->body, *funders = json_get(body, "funders");
    struct record_org *org = &v->org;
    struct view *major;
    org->name = v->entry->r->org;
    org->org_kind = json_get_string(body, "org_kind");
    org->government = json_get_string(body, "government");
    TRY(read_words(json_get(body, "parents"), "org", mem, &org->parents, &org->n_parents));
    uint32_t n = funders && funders->type == JSON_ARRAY ? funders->n : 0;
    TRY(arena_array(mem, (size_t)n + 1, &major));
    for (uint32_t i = 0; i < n; i++) {
        const struct json *share = json_get(&funders->as.items[i], "share_percent");
        if (share && share->type == JSON_INT && share->as.integer > 50)
            major[org->n_major_funders++] = json_get_string(&funders->as.items[i], "funder");
    }
    org->major_funders = major;
    return OK;
}

static void commit_recovery(struct reading_chain *in, uint32_t k)
{
    const struct version *v = &in->c->versions[k];
    struct view recovery = json_get_string(v->entry->r->body, "recovery");
    if (recovery.n == 0 || (in->committed && v->authority != BY_RECOVERY)) return;
    if (!ok(record_id_read(recovery, in->recovery))) return;
    in->committed = true;
    in->committed_by = k;
}

/* The log in which the version that this one replaces said that what follows would stand. */
static struct view log_before(const struct chain *c, const struct version *v)
{
    for (uint32_t i = 0; i < c->n_versions && v->entry->r->has_prev; i++)
        if (memcmp(c->versions[i].entry->id, v->entry->r->prev, SEAL_SHA256_BYTES) == 0)
            return declared_log(&c->versions[i]);
    return declared_log(v);
}

/* What somebody else wrote with a stolen key behind the last good entry is undone, in the log that
 * the record declares and, when it moves, in the one that it leaves. */
static bool undo(struct reading_chain *in, uint32_t k)
{
    const struct version *v = &in->c->versions[k];
    const struct json *last_good = json_get(v->entry->r->body, "last_good");
    bool any = false;
    if (v->authority != BY_RECOVERY || !last_good || last_good->type != JSON_INT) return false;
    struct view stays = declared_log(v), leaves = log_before(in->c, v);
    for (uint32_t i = in->committed_by + 1; i < in->c->n_versions; i++) {
        struct version *u = &in->c->versions[i];
        bool there = view_eq(u->entry->log, stays) || view_eq(u->entry->log, leaves);
        bool late = there && u->entry->index > (uint64_t)last_good->as.integer;
        if (i >= k || u->authority != BY_AUTHOR || u->excluded || !late) continue;
        u->excluded = true;
        any = true;
    }
    return any;
}

static rc read_version(struct reading_chain *in, uint32_t k, bool *out_again)
{
    struct version *v = &in->c->versions[k];
    *out_again = false;
    TRY(find_authority(in, k));
    if (v->authority != BY_NOBODY) TRY(keep_guards(in, v));
    if (v->authority == BY_NOBODY) return OK;
    *out_again = undo(in, k);
    if (*out_again) return OK;
    TRY(list_keys(in->c, v, in->home_log.n > 0 ? in->home_log : declared_log(v), in->mem));
    commit_recovery(in, k);
    v->home_log = in->home_log = declared_log(v);
    if (!v->org.name.p) TRY(read_declaration(v, in->mem));
    return OK;
}

/* The founder's key speaks from the beginning until the founder's own record lists others. */
static rc begin_chain(struct reading_chain *in)
{
    static const struct place k_beginning = {INT64_MIN, {NULL, 0}, 0};
    const struct record_founder *f = in->c->founder;
    CLEANUP(buf_done) struct buf line = {0};
    in->c->n_spans = 0;
    if (!f) return OK;
    in->home_log = f->home_log;
    struct record_key key = {.name = f->key.name,
                             .id = f->key.id,
                             .type = f->key.type,
                             .purpose = SEAL_AUTHOR,
                             .from_ms = INT64_MIN,
                             .until_ms = INT64_MAX,
                             .last_good = UINT64_MAX};
    if (f->key.public_key.n != SEAL_PUBLIC_BYTES)
        return FAIL(E_USAGE, "record: the key of founder %.*s has %zu bytes", VIEW_ARG(f->org),
                    f->key.public_key.n);
    memcpy(key.public_key, f->key.public_key.p, SEAL_PUBLIC_BYTES);
    TRY(seal_verifier_print(&f->key, &line));
    TRY(arena_copy(in->mem, buf_view(&line), &key.vkey));
    return add_span(in->c, &key, &k_beginning, in->mem);
}

rc chain_read(struct chain *c, struct arena *mem)
{
    for (bool again = true; again;) {
        struct reading_chain in = {.c = c, .mem = mem};
        again = false;
        TRY(begin_chain(&in));
        for (uint32_t k = 0; k < c->n_versions && !again; k++)
            TRY(read_version(&in, k, &again));
    }
    return OK;
}

/* ---- what a chain says ---- */

static const struct version *version_at(const struct chain *c, const struct place *at)
{
    const struct version *found = NULL;
    for (uint32_t k = 0; k < c->n_versions; k++) {
        const struct version *v = &c->versions[k];
        if (v->authority == BY_NOBODY) continue;
        if (place_cmp(&v->stamp.own, at) < 0 || same_place(&v->stamp.own, at)) found = v;
    }
    return found;
}

bool chain_declares(const struct chain *c, struct view log)
{
    for (uint32_t k = 0; k < c->n_versions; k++)
        if (c->versions[k].authority != BY_NOBODY && view_eq(c->versions[k].home_log, log))
            return true;
    return c->founder && c->founder->home_log.n > 0 && view_eq(c->founder->home_log, log);
}

bool chain_at_home(const struct chain *c, const struct record_entry *e)
{
    struct place at = entry_place(e);
    const struct version *v = version_at(c, &at);
    struct view home = v ? v->home_log : c->founder ? c->founder->home_log : view_of(NULL, 0);
    return home.n == 0 || view_eq(home, e->log);
}

const struct record_org *chain_org(const struct chain *c, const struct stamp *at)
{
    const struct record_org *found = NULL;
    for (uint32_t k = 0; k < c->n_versions; k++)
        if (c->versions[k].authority != BY_NOBODY && stamp_cmp(&c->versions[k].stamp, at) < 0)
            found = &c->versions[k].org;
    return found;
}

const struct standing *chain_standing(const struct chain *c, const struct stamp *at)
{
    for (uint32_t s = c->n_standings; s-- > 0;)
        if (stamp_cmp(&c->standings[s].since, at) < 0) return &c->standings[s];
    return NULL;
}

bool chain_admitted(const struct chain *c, const struct stamp *at)
{
    const struct standing *s = chain_standing(c, at);
    return s && s->admitted;
}

rc chain_stand(struct chain *c, struct standing standing, struct arena *mem)
{
    TRY(fold_grow(mem, &c->standings, c->n_standings, &c->cap_standings, sizeof *c->standings));
    c->standings[c->n_standings++] = standing;
    return OK;
}
