/* SPDX-License-Identifier: Apache-2.0
 * A group of notes from the local door to the view.
 *
 * Each note is judged with those of its group that were admitted before it. Then the group becomes
 * durable at once; what follows (tiles, checkpoint, view) is caught up with at the next opening
 * when it fails, so that an acknowledged record is never taken back. */
#include "node/node_int.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    FORESEE_LEAST = 4, /* notes for which threads are worth starting */
    MOST_CORES = 8
};

struct group {
    struct node *node;
    struct arena *mem;
    int64_t now_ms;
    struct store_arrival *came;     /* all, as they were cut */
    struct store_arrival *arrivals; /* admitted */
    struct ledger_item *items;
    struct node_result **results; /* of the admitted ones */
    size_t n;
    uint64_t next; /* index of the next admitted one */
};

static rc keep_message(struct arena *mem, rc failure, struct node_result *result)
{
    result->failure = failure;
    return arena_copy(mem, view_cstr(rc_message()), &result->message);
}

/* A failure of the note itself refuses this note; any other ends the group. */
static bool is_refusal(rc failure)
{
    return record_is_at_fault(failure) || failure.code == E_DUPLICATE;
}

/* The public gets a clear note and nothing else; everything else travels beside. */
static rc plan_item(const struct group *g, const struct record *r, struct view bundle,
                    struct store_arrival *arrival, struct ledger_item *item)
{
    bool clear = r->mark == RECORD_CLEAR;
    memcpy(item->id.bytes, r->id, SEAL_SHA256_BYTES);
    item->note = clear ? arrival->note : (struct view){0};
    item->beside = clear && arrival->n_parts == 0 ? (struct view){0} : bundle;
    arrival->id = item->id;
    const struct ledger_entry entry = {g->now_ms, item->id, item->note};
    return ledger_entry_check(&entry);
}

static rc read_one(struct group *g, struct view bundle, struct store_arrival *out)
{
    *out = (struct store_arrival){.log = g->node->log_key.name, .received_ms = g->now_ms};
    if (bundle.n > LEDGER_BESIDE_MAX_BYTES)
        return FAIL(E_LIMIT, "a record and its parts: %zu bytes, at most %d", bundle.n,
                    LEDGER_BESIDE_MAX_BYTES);
    return node_read_bundle(bundle, g->mem, out);
}

static rc read_all(struct group *g, const struct view *bundles, size_t n, struct node_result *out)
{
    for (size_t i = 0; i < n; i++) {
        rc r = read_one(g, bundles[i], &g->came[i]);
        if (!ok(r) && !is_refusal(r)) return r;
        if (!ok(r)) TRY(keep_message(g->mem, r, &out[i]));
    }
    return OK;
}

uint32_t node_cores(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return (uint32_t)(cores < 1 ? 1 : cores < MOST_CORES ? cores : MOST_CORES);
}

/* Signatures take longer than the rest of the door, and cores are there to share the work. */
static rc foresee(struct group *g, size_t n)
{
    struct view *notes;
    uint32_t others = node_cores() - 1;
    if (n < FORESEE_LEAST || others == 0) return OK;
    TRY(arena_array(g->mem, n, &notes));
    for (size_t i = 0; i < n; i++)
        notes[i] = g->came[i].note;
    return store_foresee(g->node->store, notes, n, others);
}

static rc admit(struct group *g, const struct store_arrival *came, struct view bundle,
                struct node_result *result)
{
    struct store_arrival *a = &g->arrivals[g->n];
    const struct record *r;
    *a = *came;
    a->index = g->next;
    TRY(store_admit(g->node->store, a->note, a->parts, a->n_parts, g->arrivals, g->n, g->now_ms,
                    g->mem, &r));
    TRY(plan_item(g, r, bundle, a, &g->items[g->n]));
    result->id = a->id;
    g->results[g->n++] = result;
    g->next++;
    return OK;
}

static rc admit_all(struct group *g, const struct view *bundles, size_t n, struct node_result *out)
{
    struct ledger_state state;
    ledger_state(g->node->ledger, &state);
    g->next = state.size;
    TRY(read_all(g, bundles, n, out));
    TRY(foresee(g, n));
    for (size_t i = 0; i < n; i++) {
        if (!ok(out[i].failure)) continue;
        rc r = admit(g, &g->came[i], bundles[i], &out[i]);
        if (!ok(r) && !is_refusal(r)) return r;
        if (!ok(r)) TRY(keep_message(g->mem, r, &out[i]));
    }
    return OK;
}

static rc append(struct group *g)
{
    struct ledger_place *places;
    TRY(arena_array(g->mem, g->n, &places));
    TRY(ledger_append(g->node->ledger, g->items, g->n, g->now_ms, places));
    for (size_t i = 0; i < g->n; i++) {
        g->results[i]->place = places[i];
        g->arrivals[i].index = places[i].index;
        g->arrivals[i].received_ms = places[i].received_ms;
    }
    return OK;
}

/* Tiles and checkpoint have nothing to do with the view, and both wait for the disk. */
struct publishing {
    struct ledger *ledger;
    rc result;
    char text[512];
};

static void *publish(void *context)
{
    struct publishing *p = context;
    p->result = ledger_publish(p->ledger);
    if (!ok(p->result)) snprintf(p->text, sizeof p->text, "%s", rc_message());
    return NULL;
}

static rc show(struct group *g)
{
    struct publishing p = {.ledger = g->node->ledger};
    struct store_report report;
    pthread_t beside;
    bool apart = pthread_create(&beside, NULL, publish, &p) == 0;
    if (!apart) publish(&p);
    rc applied = store_apply(g->node->store, g->arrivals, g->n, g->now_ms, &report);
    if (apart) pthread_join(beside, NULL);
    TRY(applied);
    if (!ok(p.result)) return FAIL(p.result.code, "%s", p.text);
    TRY(ledger_trim(g->node->ledger, g->arrivals[g->n - 1].index + 1, false));
    return node_settle(g->node);
}

rc node_check(const struct node *n)
{
    if (ok(n->trouble)) return OK;
    return FAIL(n->trouble.code,
                "log: what was acknowledged is kept, and nothing more is taken until it is opened "
                "again: %s",
                n->trouble_text);
}

rc node_submit(struct node *n, const struct view *bundles, size_t n_bundles, int64_t now_ms,
               struct arena *mem, struct node_result *out_results)
{
    struct group g = {.node = n, .mem = mem};
    if (!n->ledger) return FAIL(E_USAGE, "log: submitting needs the key of the log");
    g.now_ms = node_time(n, now_ms);
    if (n_bundles > LEDGER_GROUP_MAX)
        return FAIL(E_LIMIT, "log: %zu records in a group, at most %d", n_bundles,
                    LEDGER_GROUP_MAX);
    TRY(node_check(n));
    TRY(ledger_may_write(n->ledger));
    memset(out_results, 0, n_bundles * sizeof *out_results);
    TRY(arena_array(mem, n_bundles + 1, &g.came));
    TRY(arena_array(mem, n_bundles + 1, &g.arrivals));
    TRY(arena_array(mem, n_bundles + 1, &g.items));
    TRY(arena_array(mem, n_bundles + 1, &g.results));
    rc r = admit_all(&g, bundles, n_bundles, out_results);
    store_forget_foreseen(n->store);
    TRY(r);
    if (g.n == 0) return OK;
    TRY(append(&g));
    node_keep_trouble(n, show(&g));
    return OK;
}

/* Asked for again after a stop between store and journal, the store knows of nothing to erase and
 * the journal may still hold it; so the journal is seen to in any case. */
rc node_erase(struct node *n, const struct seal_hash *id, struct view field, int64_t now_ms)
{
    CLEANUP(arena_done) struct arena mem;
    struct node_replayed again;
    struct view log;
    uint64_t index;
    char why[512];
    arena_init(&mem, 0);
    if (!n->ledger) return FAIL(E_USAGE, "log: erasing needs the key of the log");
    rc r = store_erase(n->store, id, field, node_time(n, now_ms));
    if (!ok(r) && r.code != E_NOT_FOUND) return r;
    if (!ok(r)) snprintf(why, sizeof why, "%s", rc_message());
    TRY(node_catch_up(n, now_ms, NULL, &again)); /* the view may have been emptied */
    TRY(node_settle_now(n));
    if (ok(r)) return OK;
    if (field.n == 0 && ok(store_place(n->store, &k_store_node, id, &mem, &log, &index))) return OK;
    return FAIL(r.code, "%s", why);
}
