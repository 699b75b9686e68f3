/* SPDX-License-Identifier: Apache-2.0
 * Catching up: entries that the view does not have yet, from the journal, which still holds what
 * lies beside them, and from the tiles what is older than the journal. One thread reads and parses
 * a few batches ahead; the caller's, which alone knows the store, folds them. */
#include "node/node_int.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum {
    BATCH = 2048, /* records of one transaction */
    BATCHES = 2   /* read ahead */
};

struct batch {
    struct arena mem;
    struct store_arrival *list;
    size_t n;
    uint64_t next; /* index behind it */
};

struct catching {
    struct node *node;
    int64_t now_ms;
    uint64_t until, next; /* entries of the log: what is published, what is read next */
    struct batch batches[BATCHES], *filling;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* under the lock */
    uint64_t n_filled, n_taken;
    bool over, stop;
    rc failure; /* of reading; OK or told when over */
    char text[512];
};

/* ---- reading ahead ---- */

static rc begin_batch(struct catching *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->n_filled - c->n_taken == BATCHES && !c->stop)
        pthread_cond_wait(&c->changed, &c->lock);
    bool stop = c->stop;
    c->filling = &c->batches[c->n_filled % BATCHES];
    pthread_mutex_unlock(&c->lock);
    if (stop) return FAIL(E_INTERRUPTED, "log: nobody takes what is read");
    arena_reset(&c->filling->mem);
    c->filling->n = 0;
    return arena_array(&c->filling->mem, BATCH, &c->filling->list);
}

static rc hand_over(struct catching *c)
{
    if (!c->filling || c->filling->n == 0) return OK;
    c->filling->next = c->next;
    c->filling = NULL;
    pthread_mutex_lock(&c->lock);
    c->n_filled++;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    return OK;
}

/* What does not parse is parsed again by the store, which keeps the reason. */
static rc parse_note(struct catching *c, struct store_arrival *a)
{
    struct view text = view_slice(a->note, 0, view_find(a->note, '\n') + 1);
    if (a->note.n == 0) return OK;
    rc r = record_parse(text, RECORD_FROM_ELSEWHERE, c->now_ms, &c->filling->mem, &a->read, NULL);
    if (!ok(r)) a->read = NULL;
    return r.code == E_MEMORY ? r : OK;
}

static rc add_arrival(struct catching *c, uint64_t index, const struct ledger_entry *entry,
                      struct view beside)
{
    struct view copy;
    if (!c->filling) TRY(begin_batch(c));
    struct store_arrival *a = &c->filling->list[c->filling->n];
    *a = (struct store_arrival){.log = c->node->log_key.name,
                                .index = index,
                                .received_ms = entry->received_ms,
                                .id = entry->id};
    TRY(arena_copy(&c->filling->mem, beside.n > 0 ? beside : entry->note, &copy));
    if (beside.n > 0)
        TRY(node_read_bundle(copy, &c->filling->mem, a));
    else
        a->note = copy;
    TRY(parse_note(c, a));
    c->filling->n++;
    c->next = index + 1;
    return c->filling->n < BATCH ? OK : hand_over(c);
}

static rc take_from_tiles(void *context, uint64_t index, struct view bytes)
{
    struct ledger_entry entry;
    TRY(ledger_entry_parse(bytes, &entry));
    return add_arrival(context, index, &entry, (struct view){0});
}

static rc read_tiles(struct catching *c, uint64_t until)
{
    struct ledger_reader *reader;
    if (c->next >= until) return OK;
    TRY(node_reader(c->node, &reader));
    rc r = ledger_read(reader, c->next, until - c->next, c, take_from_tiles);
    ledger_reader_close(reader);
    return r;
}

/* The journal may begin behind what the view lacks: the tiles have the rest. */
static rc take_from_journal(void *context, uint64_t index, const struct ledger_entry *entry,
                            struct view beside)
{
    struct catching *c = context;
    TRY(read_tiles(c, index));
    return add_arrival(c, index, entry, beside);
}

static rc read_log(struct catching *c)
{
    TRY(ledger_each_beside(c->node->ledger, c->next, c, take_from_journal));
    TRY(read_tiles(c, c->until));
    return hand_over(c);
}

static void *read_ahead(void *context)
{
    struct catching *c = context;
    rc r = read_log(c);
    pthread_mutex_lock(&c->lock);
    c->failure = r;
    if (!ok(r)) snprintf(c->text, sizeof c->text, "%s", rc_message());
    c->over = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* ---- folding ---- */

static void count(struct node_replayed *sum, const struct store_report *more, size_t n)
{
    sum->n_entries += n;
    sum->report.n_new += more->n_new;
    sum->report.n_known += more->n_known;
    sum->report.n_unreadable += more->n_unreadable;
    sum->report.n_folded += more->n_folded;
    sum->report.n_without_effect += more->n_without_effect;
}

/* NULL: all were taken. */
static struct batch *next_batch(struct catching *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->n_filled == c->n_taken && !c->over)
        pthread_cond_wait(&c->changed, &c->lock);
    struct batch *b = c->n_filled > c->n_taken ? &c->batches[c->n_taken % BATCHES] : NULL;
    pthread_mutex_unlock(&c->lock);
    return b;
}

static rc fold_batch(struct catching *c, const struct batch *b, struct node_replayed *out)
{
    struct store *store = c->node->store;
    struct store_report report = {0};
    uint32_t others = node_cores() - 1;
    if (others > 0) TRY(store_foresee_arrivals(store, b->list, b->n, others));
    rc r = store_apply(store, b->list, b->n, c->now_ms, &report);
    store_forget_foreseen(store);
    TRY(r);
    count(out, &report, b->n);
    return OK;
}

static rc fold_all(struct catching *c, const struct node_watch *watch, struct node_replayed *out)
{
    for (struct batch *b; (b = next_batch(c)) != NULL;) {
        TRY(fold_batch(c, b, out));
        if (watch && watch->tell && !watch->tell(watch->context, "fold", b->next, c->until))
            return FAIL(E_INTERRUPTED, "log: stopped at entry %llu", (unsigned long long)b->next);
        pthread_mutex_lock(&c->lock);
        c->n_taken++;
        pthread_cond_broadcast(&c->changed);
        pthread_mutex_unlock(&c->lock);
    }
    return ok(c->failure) ? OK : FAIL(c->failure.code, "%s", c->text);
}

static rc read_and_fold(struct catching *c, const struct node_watch *watch,
                        struct node_replayed *out)
{
    pthread_t reader;
    if (pthread_create(&reader, NULL, read_ahead, c) != 0)
        return FAIL(E_MEMORY, "log: no thread to read with");
    rc r = fold_all(c, watch, out);
    pthread_mutex_lock(&c->lock);
    c->stop = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    pthread_join(reader, NULL);
    return r;
}

static rc take_missing(struct catching *c, const struct node_watch *watch,
                       struct node_replayed *out)
{
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    for (int i = 0; i < BATCHES; i++)
        arena_init(&c->batches[i].mem, 0);
    rc r = read_and_fold(c, watch, out);
    for (int i = 0; i < BATCHES; i++)
        arena_done(&c->batches[i].mem);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    return r;
}

rc node_catch_up(struct node *n, int64_t now_ms, const struct node_watch *watch,
                 struct node_replayed *out)
{
    struct node_replayed report = {0};
    struct catching c = {.node = n, .now_ms = node_time(n, now_ms)};
    struct ledger_state state;
    bool is_new;
    ledger_state(n->ledger, &state);
    c.until = state.published_size;
    TRY(store_applied(n->store, n->log_key.name, &c.next));
    /* A group goes to the view while its checkpoint is being made; and of a log that is read-only
     * fewer may verify than were published. */
    uint64_t most = state.size > state.published_size ? state.size : state.published_size;
    if (c.next > most)
        return FAIL(E_DAMAGED, "log: the view has seen %llu entries and the log has %llu",
                    (unsigned long long)c.next, (unsigned long long)most);
    if (c.next < most) {
        TRY(store_is_new(n->store, &is_new));
        if (is_new && c.until >= BATCH) TRY(store_rebuild(n->store));
        rc r = take_missing(&c, watch, &report);
        if (!ok(r)) node_keep_trouble(n, r); /* half a view is no door */
        TRY(r);
    }
    TRY(store_rebuilt(n->store));
    *out = report;
    return state.read_only ? OK : ledger_trim(n->ledger, c.next, false);
}

rc node_replay(struct node *n, int64_t now_ms, const struct node_watch *watch,
               struct node_replayed *out)
{
    if (!n->ledger) return FAIL(E_USAGE, "log: a replay needs the key of the log");
    TRY(store_rebuild(n->store));
    return node_catch_up(n, now_ms, watch, out);
}
