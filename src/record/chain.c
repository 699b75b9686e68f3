/* SPDX-License-Identifier: Apache-2.0
 * Chains of organisation records: which of them hold, and what was declared. A chain rests on its
 * own signatures alone, so it is read before anything else: revocations reach back. */
#include "record/fold_int.h"

#include <stdlib.h>
#include <string.h>

/* ---- who signed a version ---- */

static rc vkey_hash(const struct record_signature *s, uint8_t out[SEAL_SHA256_BYTES])
{
    CLEANUP(buf_done) struct buf line = {0};
    struct seal_verifier v = {s->name, s->key_id, SEAL_TYPE_ED25519,
                              view_of(s->public_key, SEAL_PUBLIC_BYTES)};
    TRY(seal_verifier_print(&v, &line));
    return seal_sha256(buf_view(&line), out);
}

static rc signed_by_recovery(const struct version *v, const uint8_t *committed, bool *out)
{
    *out = false;
    for (uint32_t s = 0; committed && s < v->entry->n_signatures && !*out; s++) {
        uint8_t hash[SEAL_SHA256_BYTES];
        TRY(vkey_hash(&v->entry->signatures[s], hash));
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
    const struct json *keys = chain_keys_of(v, &n);
    *out = c->founder && speaks_any(c, v);
    for (uint32_t i = 0; i < n && !c->founder && !*out; i++) {
        struct record_key key;
        bool known;
        TRY(chain_read_key(&keys[i], mem, &key, &known));
        if (!known || key.purpose != SEAL_AUTHOR || v->entry->received_ms < key.from_ms ||
            v->entry->received_ms >= key.until_ms)
            continue;
        for (uint32_t s = 0; s < v->entry->n_signatures; s++)
            *out |= chain_signed_by(&v->entry->signatures[s], &key);
    }
    return OK;
}

/* ---- versions ---- */

struct reading_chain {
    struct chain *c;
    struct arena *mem;
    struct view home_log; /* in force; empty: any */
    bool committed;       /* to a recovery key */
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
    bool recovered = v->recovered, first = false;
    if (k == 0) TRY(signed_by_itself(c, v, in->mem, &first));
    if (!recovered && !first && (k == 0 || !speaks_any(c, v)))
        return not_in_effect(in, v, "signature: no key that may speak for the organisation");
    struct view home = in->home_log;
    if (k == 0 && home.n == 0 && !c->founder) home = declared_log(v);
    if (!recovered && home.n > 0 && !view_eq(v->entry->log, home))
        return not_in_effect(in, v, "log: not its home log");
    if (v->undone) return not_in_effect(in, v, "undone by a record of the recovery key");
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

/* Of each member of the list, the name in the register, else its words. */
static rc read_parents(const struct json *list, struct arena *mem, const struct view **out,
                       uint32_t *out_n)
{
    struct view *words;
    *out_n = 0;
    if (!list || list->type != JSON_ARRAY) return OK;
    TRY(arena_array(mem, (size_t)list->n + 1, &words));
    for (uint32_t i = 0; i < list->n; i++) {
        struct view word = json_get_string(&list->as.items[i], "org");
        if (word.n == 0) word = json_get_string(&list->as.items[i], "text");
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
    TRY(read_parents(json_get(body, "parents"), mem, &org->parents, &org->n_parents));
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

/* ---- recovery ---- */

static const struct json *last_good_of(const struct version *v)
{
    const struct json *last_good = json_get(v->entry->r->body, "last_good");
    return last_good && last_good->type == JSON_INT ? last_good : NULL;
}

static bool commits(const struct version *v, uint8_t out[SEAL_SHA256_BYTES])
{
    return ok(record_id_read(json_get_string(v->entry->r->body, "recovery"), out));
}

/* Only what the committed key signed commits to another, so who recovers is known before anybody
 * knows which of the other versions hold. */
static rc find_recovered(struct reading_chain *in, uint32_t committed_by)
{
    struct chain *c = in->c;
    uint8_t key[SEAL_SHA256_BYTES], next[SEAL_SHA256_BYTES];
    if (!commits(&c->versions[committed_by], key)) return OK;
    for (uint32_t k = committed_by + 1; k < c->n_versions; k++) {
        struct version *v = &c->versions[k];
        TRY(signed_by_recovery(v, key, &v->recovered));
        if (!v->recovered) continue;
        TRY(keep_guards(in, v));
        v->recovered = v->why.n == 0;
        if (v->recovered && commits(v, next)) memcpy(key, next, sizeof key);
    }
    return OK;
}

struct undone_in {
    struct view log;
    uint64_t last_good;
    uint32_t commitment; /* for which it holds */
};

static int by_log(const void *a, const void *b)
{
    const struct undone_in *x = a, *y = b;
    return view_cmp(x->log, y->log);
}

static struct undone_in *log_row(struct undone_in *rows, uint32_t n, struct view log)
{
    struct undone_in key = {.log = log};
    return n ? bsearch(&key, rows, n, sizeof *rows, by_log) : NULL;
}

static rc logs_of(const struct chain *c, struct arena *mem, struct undone_in **out, uint32_t *out_n)
{
    struct undone_in *rows;
    uint32_t n = 0;
    TRY(arena_array(mem, (size_t)c->n_versions + 1, &rows));
    for (uint32_t k = 0; k < c->n_versions; k++)
        rows[k].log = c->versions[k].entry->log;
    if (c->n_versions > 1) qsort(rows, c->n_versions, sizeof *rows, by_log);
    for (uint32_t k = 0; k < c->n_versions; k++)
        if (n == 0 || !view_eq(rows[n - 1].log, rows[k].log)) rows[n++] = rows[k];
    *out = rows;
    *out_n = n;
    return OK;
}

static void tell_undone(struct undone_in *row, uint64_t last_good, uint32_t commitment)
{
    if (!row) return;
    bool stricter = row->commitment != commitment || last_good < row->last_good;
    if (stricter) *row = (struct undone_in){row->log, last_good, commitment};
}

/* What somebody else wrote with a stolen key behind the last good entry is undone, in the log that
 * the record declares and, when it moves, in the one that it leaves: all since the commitment that
 * it rests on. Read from the end, so that what undoes a version is known when it is met. */
static rc undo(struct reading_chain *in, uint32_t committed_by)
{
    struct chain *c = in->c;
    struct undone_in *rows;
    uint32_t n_rows, commitment = 1;
    uint8_t key[SEAL_SHA256_BYTES];
    TRY(logs_of(c, in->mem, &rows, &n_rows));
    for (uint32_t k = c->n_versions; k-- > committed_by + 1;) {
        struct version *v = &c->versions[k];
        const struct json *last_good = last_good_of(v);
        const struct undone_in *row = log_row(rows, n_rows, v->entry->log);
        if (!v->recovered) {
            v->undone = row && row->commitment == commitment && v->entry->index > row->last_good;
            continue;
        }
        if (commits(v, key)) commitment++;
        if (!last_good) continue;
        const struct version *before = v->prev == NO_ITEM ? v : &c->versions[v->prev];
        tell_undone(log_row(rows, n_rows, declared_log(v)), (uint64_t)last_good->as.integer,
                    commitment);
        tell_undone(log_row(rows, n_rows, declared_log(before)), (uint64_t)last_good->as.integer,
                    commitment);
    }
    return OK;
}

static rc commit_recovery(struct reading_chain *in, uint32_t k)
{
    uint8_t key[SEAL_SHA256_BYTES];
    if (in->committed || !commits(&in->c->versions[k], key)) return OK;
    in->committed = true;
    TRY(find_recovered(in, k));
    return undo(in, k);
}

static rc read_version(struct reading_chain *in, uint32_t k)
{
    struct version *v = &in->c->versions[k];
    TRY(find_authority(in, k));
    if (v->authority != BY_NOBODY) TRY(keep_guards(in, v));
    if (v->authority == BY_NOBODY) return OK;
    TRY(chain_list_keys(in->c, v, in->home_log.n > 0 ? in->home_log : declared_log(v), in->mem));
    TRY(commit_recovery(in, k));
    v->home_log = in->home_log = declared_log(v);
    return read_declaration(v, in->mem);
}

/* The founder's key speaks from the beginning until the founder's own record lists others. */
static rc begin_chain(struct reading_chain *in)
{
    static const struct place k_beginning = {INT64_MIN, {NULL, 0}, 0};
    const struct record_founder *f = in->c->founder;
    CLEANUP(buf_done) struct buf line = {0};
    if (f && f->key.public_key.n != SEAL_PUBLIC_BYTES)
        return FAIL(E_USAGE, "record: the key of founder %.*s has %zu bytes", VIEW_ARG(f->org),
                    f->key.public_key.n);
    TRY(chain_begin_keys(in->c, in->mem));
    if (!f) return OK;
    in->home_log = f->home_log;
    struct record_key key = {.name = f->key.name,
                             .id = f->key.id,
                             .type = f->key.type,
                             .purpose = SEAL_AUTHOR,
                             .from_ms = INT64_MIN,
                             .until_ms = INT64_MAX,
                             .last_good = UINT64_MAX};
    memcpy(key.public_key, f->key.public_key.p, SEAL_PUBLIC_BYTES);
    TRY(seal_verifier_print(&f->key, &line));
    TRY(arena_copy(in->mem, buf_view(&line), &key.vkey));
    return chain_add_span(in->c, &key, &k_beginning, in->mem);
}

rc chain_read(struct chain *c, struct arena *mem)
{
    struct reading_chain in = {.c = c, .mem = mem};
    TRY(begin_chain(&in));
    for (uint32_t k = 0; k < c->n_versions; k++)
        TRY(read_version(&in, k));
    return chain_index(c, mem);
}
