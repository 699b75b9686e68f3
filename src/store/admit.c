/* SPDX-License-Identifier: Apache-2.0
 * The local door. The pending group is applied in a transaction that is not committed, so a note
 * that comes next is judged by the very code that will fold it; the transaction stays open, so the
 * next call adds only what is new in the group. store_apply of the same group in the same places
 * goes on with it and commits; whatever else is called rolls it back. */
#include "store/store_int.h"

#include <stdio.h>
#include <string.h>

/* ---- the pending group ---- */

static bool extends(const struct store *s, const struct store_arrival *pending, size_t n)
{
    if (!s->open || s->n_pending > n) return false;
    for (uint32_t i = 0; i < s->n_pending; i++)
        if (memcmp(&s->pending[i].id, &pending[i].id, sizeof s->pending[i].id) != 0) return false;
    return true;
}

bool pending_stands(const struct store *s, const struct store_arrival *arrivals, size_t n,
                    int64_t now_ms)
{
    if (s->never_commit || s->now_ms != now_ms || !extends(s, arrivals, n)) return false;
    for (uint32_t i = 0; i < s->n_pending; i++)
        if (s->pending[i].index != arrivals[i].index ||
            s->pending[i].received_ms != arrivals[i].received_ms ||
            !view_eq(logs_origin(s, s->pending[i].shard), arrivals[i].log))
            return false;
    return true;
}

/* A group only grows, so its last note tells whether it is the same; store_apply looks at all. */
static bool goes_on(const struct store *s, const struct store_arrival *pending, size_t n)
{
    if (!s->open || s->n_pending > n) return false;
    if (s->n_pending == 0) return true;
    size_t last = s->n_pending - 1;
    return memcmp(&s->pending[last].id, &pending[last].id, sizeof pending[last].id) == 0;
}

static rc remember(struct store *s, const struct store_arrival *pending, size_t n)
{
    if (n > s->cap_pending) {
        uint32_t cap = (uint32_t)(2 * n);
        TRY(mem_resize(&s->pending, cap, sizeof *s->pending));
        s->cap_pending = cap;
    }
    for (size_t i = s->n_pending; i < n; i++) {
        struct log_row *log;
        TRY(logs_find(s, pending[i].log, true, &log));
        s->pending[i] =
            (struct pending){pending[i].id, log->shard, pending[i].received_ms, pending[i].index};
    }
    s->n_pending = (uint32_t)n;
    return OK;
}

static rc stand_on(struct store *s, const struct store_arrival *pending, size_t n, int64_t now_ms)
{
    if (!goes_on(s, pending, n)) {
        store_abandon(s);
        s->n_pending = 0;
    }
    TRY(store_begin(s, now_ms));
    if (s->n_pending < n) TRY(store_take(s, pending + s->n_pending, n - s->n_pending));
    return remember(s, pending, n);
}

/* ---- the note ---- */

struct door {
    struct store *s;
    struct arena *mem;
    const struct record *r;
    struct record_entry next;
};

static rc check_parts(const struct door *d, const struct record_part_text *parts, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        char why[512];
        rc r = record_check_part(d->r, parts[i].field, parts[i].text, d->mem, NULL, NULL);
        if (r.code != E_DAMAGED && r.code != E_NOT_FOUND) TRY(r);
        if (ok(r)) continue;
        snprintf(why, sizeof why, "%s", rc_message());
        return FAIL(E_INPUT, "%s", why);
    }
    for (uint32_t i = 0; i < d->r->n_parts; i++) {
        bool given = false;
        for (uint32_t k = 0; k < n && !given; k++)
            given = view_eq(parts[k].field, d->r->parts[i].field);
        if (!given)
            return FAIL(E_INPUT, "store: parts.%.*s: its text did not come with the record",
                        VIEW_ARG(d->r->parts[i].field));
    }
    return OK;
}

static rc check_new(const struct door *d)
{
    struct rec *known;
    TRY(rec_by_id(d->s, d->r->id, false, &known));
    if (!known || known->status == REC_NAMED) return OK;
    return FAIL(E_DUPLICATE, "store: the record stands in %.*s at %lld",
                VIEW_ARG(logs_origin(d->s, known->place.shard)), (long long)known->place.seq);
}

/* What was found is kept for the moment at which the note is taken. An organisation's own keys are
 * learnt with its record, which may be refused yet: that is looked at anew. */
static rc keep_for_taking(struct door *d, const struct seal_note *cut, struct view note)
{
    struct arena *mem = &d->s->batch.mem;
    struct door_note kept = {.r = d->r};
    bool all = d->next.n_signatures == cut->n_lines;
    if (d->s->never_commit) return OK;
    TRY(arena_copy(mem, note, &kept.note));
    if (all)
        TRY(signatures_join(kept.signatures, d->next.signatures, d->next.n_signatures, mem,
                            &kept.signatures));
    d->s->door = kept;
    return OK;
}

/* A line that holds, by a key of the author's organisation that is for something else. */
static rc refuse_purpose(const struct door *d)
{
    const struct record_member *m = record_register_find(d->s->reg, d->r->org);
    for (uint32_t i = 0; m && i < d->next.n_signatures; i++)
        for (uint32_t k = 0; k < m->n_keys; k++)
            if (memcmp(m->keys[k].public_key, d->next.signatures[i].public_key,
                       SEAL_PUBLIC_BYTES) == 0)
                return FAIL(E_INPUT,
                            "store: signature: the key %.*s is for %s, and one for %s of "
                            "%.*s is needed",
                            VIEW_ARG(m->keys[k].name), seal_purpose_name(m->keys[k].purpose),
                            seal_purpose_name(SEAL_AUTHOR), VIEW_ARG(d->r->org));
    return OK;
}

static rc check_signatures(struct door *d, const struct seal_note *cut)
{
    TRY(facts_look(d->s, d->r, d->r->text, cut->lines, cut->n_lines, d->mem, &d->next.signatures,
                   &d->next.n_signatures));
    for (uint32_t i = 0; i < d->next.n_signatures; i++)
        if (view_eq(d->next.signatures[i].name, d->r->org)) return OK;
    TRY(refuse_purpose(d));
    return FAIL(E_INPUT, "store: no signature of %.*s by a known key holds", VIEW_ARG(d->r->org));
}

static rc take_cosign(struct door *d)
{
    const struct record *object = NULL;
    struct rec *target;
    struct seal_line line;
    bool is_line;
    uint32_t n = 0;
    if (!d->r->kind || strcmp(d->r->kind->name, "cosign") != 0 || d->r->n_about == 0) return OK;
    TRY(rec_by_id(d->s, d->r->about[0], false, &target));
    if (target) TRY(rec_read(d->s, target, &object));
    if (!object) return FAIL(E_INPUT, "store: about[0]: what it signs is not known here");
    const struct record_signature *found;
    TRY(record_cosign_line(d->r, object->text, d->mem, &line, &is_line));
    if (is_line) TRY(facts_look(d->s, NULL, object->text, &line, 1, d->mem, &found, &n));
    if (n == 0) return FAIL(E_INPUT, "store: body.line: no known key explains this signature");
    d->next.cosigned = found;
    return OK;
}

static struct view home_of(const struct door *d)
{
    const struct record_member *m = record_register_find(d->s->reg, d->r->org);
    return m && m->home_log.n > 0 ? m->home_log : json_get_string(d->r->body, "home_log");
}

/* Where it would stand: behind the pending ones in the log behind this door, which may be another
 * than its author's. */
static rc place_next(struct door *d, const struct store_arrival *pending, size_t n, int64_t now_ms)
{
    struct view log = d->s->options.log;
    struct log_row *row = NULL;
    if (log.n == 0 && n > 0) log = pending[n - 1].log;
    if (log.n == 0) log = home_of(d);
    if (log.n > 0) TRY(logs_find(d->s, log, false, &row));
    memcpy(d->next.id, d->r->id, SEAL_SHA256_BYTES);
    d->next.r = d->r;
    d->next.log = log;
    d->next.index = row ? (uint64_t)row->next : 0;
    d->next.received_ms = now_ms;
    if (n > 0 && pending[n - 1].received_ms > now_ms)
        d->next.received_ms = pending[n - 1].received_ms;
    return OK;
}

static rc admit_to(struct door *d, const uint8_t *id, struct rec *root)
{
    struct store *s = d->s;
    struct record_entry *entries = NULL;
    struct rec **own = NULL;
    uint32_t n = 0, n_own = 0;
    arena_reset(&s->fold_mem);
    if (root) TRY(object_records(s, root, &s->fold_mem, &own, &n_own));
    TRY(entries_of(s, own, n_own, &s->fold_mem, &entries, &n));
    struct world w = {.s = s, .mem = &s->fold_mem};
    struct record_world world = world_of(&w);
    return record_admit(id, entries, n, &d->next, s->reg, &world, &s->fold_mem);
}

static rc not_known(const char *field)
{
    return FAIL(E_INPUT, "store: %s: names a record that is not known here", field);
}

static rc find_target(struct door *d, const char *field, const uint8_t *id, struct rec **out_root)
{
    struct rec *r;
    TRY(rec_by_id(d->s, id, false, &r));
    if (!r || r->status == REC_NAMED) return not_known(field);
    return rec_root(d->s, r, out_root);
}

/* What a rule says may quote what its author may not read; and who is not told of a thing is not
 * told that it is there either. */
static rc hold_back(struct door *d, rc refused)
{
    const struct store_viewer author = {.kind = STORE_ORGANISATION, .org = d->r->org};
    enum store_sight sight, replaced = STORE_ALL;
    struct rec *prev = NULL;
    char why[512];
    if (refused.code != E_INPUT) return refused;
    snprintf(why, sizeof why, "%s", rc_message());
    TRY(sight_of_reasons(d->s, &author, d->r, &sight));
    if (d->r->has_prev) TRY(rec_by_id(d->s, d->r->prev, false, &prev));
    if (prev && prev->status != REC_NAMED) TRY(sight_of(d->s, &author, prev, &replaced));
    if (sight == STORE_ALL && replaced == STORE_ALL) return FAIL(E_INPUT, "%s", why);
    if (replaced == STORE_NOTHING) return not_known("prev");
    if (sight == STORE_NOTHING) return not_known("about");
    return FAIL(E_INPUT, "store: a rule says no; why is told to who may read what it is about");
}

/* Before anything else is asked of it, so that no answer tells what is hidden from what is not
 * there. */
static rc find_targets(struct door *d)
{
    struct rec *root;
    if (d->r->has_prev) TRY(find_target(d, "prev", d->r->prev, &root));
    for (uint32_t i = 0; i < d->r->n_about; i++)
        TRY(find_target(d, "about", d->r->about[i], &root));
    return OK;
}

static rc admit_all(struct door *d)
{
    struct rec *root = NULL;
    if (d->r->has_prev) TRY(find_target(d, "prev", d->r->prev, &root));
    TRY(admit_to(d, root ? root->id.bytes : d->r->id, root));
    for (uint32_t i = 0; i < d->r->n_about; i++) {
        TRY(find_target(d, "about", d->r->about[i], &root));
        TRY(admit_to(d, root->id.bytes, root));
    }
    return OK;
}

static rc admit(struct store *s, struct view note, const struct record_part_text *parts,
                uint32_t n_parts, const struct store_arrival *pending, size_t n_pending,
                int64_t now_ms, struct arena *mem, const struct record **out)
{
    struct door d = {.s = s, .mem = mem};
    struct seal_note cut;
    TRY(stand_on(s, pending, n_pending, now_ms));
    s->door = (struct door_note){0};
    TRY(foreseen_cut(s, note, mem, &cut));
    TRY(record_parse(cut.text, RECORD_WRITTEN_HERE, now_ms, &s->batch.mem, &d.r, NULL));
    TRY(check_new(&d));
    TRY(check_parts(&d, parts, n_parts));
    TRY(record_check_alone(d.r, now_ms, mem));
    TRY(check_signatures(&d, &cut));
    TRY(place_next(&d, pending, n_pending, now_ms));
    rc said = find_targets(&d);
    if (ok(said)) said = take_cosign(&d);
    if (ok(said)) said = admit_all(&d);
    if (!ok(said)) return hold_back(&d, said);
    TRY(keep_for_taking(&d, &cut, note));
    if (out) *out = d.r;
    return OK;
}

rc store_admit(struct store *s, struct view note, const struct record_part_text *parts,
               uint32_t n_parts, const struct store_arrival *pending, size_t n_pending,
               int64_t now_ms, struct arena *mem, const struct record **out)
{
    rc r = admit(s, note, parts, n_parts, pending, n_pending, now_ms, mem, out);
    /* A refusal says nothing about the group; a failure of the machine may have left it half. */
    bool refused = record_is_at_fault(r) || r.code == E_DUPLICATE;
    if (!ok(r) && !refused) store_abandon(s);
    return r;
}
