/* SPDX-License-Identifier: Apache-2.0
 * Workers and the ring. The lock guards places and states of the ring; a batch belongs to whoever
 * its state says, so it is filled and answered without the lock. */
#include "cmd/match_pool_int.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd/match_line_int.h"

enum { BATCHES_PER_THREAD = 3, POST_MEMORY_BYTES = 1 << 30 };

enum state { STATE_FREE, STATE_READY, STATE_TAKEN, STATE_DONE };

struct slot {
    enum state state;
    struct batch batch;
};

/* What a thread needs to answer. */
struct worker {
    struct match_pool *pool;
    struct matcher *matcher;
    struct arena mem; /* of one line */
    pthread_t thread;
    bool started;
};

struct match_pool {
    struct bank_source *source;
    struct match_pool_options options;
    struct slot *slots;
    struct worker *workers;
    uint64_t n_slots, head, tail, next; /* ever filled, written, taken by a worker */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ending;
};

/* ---- batches ---- */

static rc arena_cstr(struct arena *mem, const char *text, const char **out)
{
    char *copy;
    size_t n = strlen(text) + 1;
    TRY(arena_array_raw(mem, n, &copy));
    *out = memcpy(copy, text, n);
    return OK;
}

rc batch_add(struct batch *b, uint64_t number, struct view text, const char *bad)
{
    struct batch_line line = {.number = number};
    if (bad) {
        TRY(arena_cstr(&b->mem, bad, &line.bad));
    } else {
        TRY(arena_copy(&b->mem, text, &line.text));
    }
    b->lines[b->n_lines++] = line;
    b->n_bytes += text.n;
    return OK;
}

bool batch_is_full(const struct batch *b)
{
    return b->n_lines == BATCH_LINES || b->n_bytes >= BATCH_BYTES;
}

static void batch_reset(struct batch *b)
{
    arena_reset(&b->mem);
    buf_reset(&b->out);
    b->n_lines = 0;
    b->n_bytes = 0;
    b->failure = OK;
}

/* ---- answering ---- */

/* Faults of the post end its line; anything else ends the run. */
static bool is_fault_of_line(rc r)
{
    return r.code == E_INPUT || r.code == E_ENCODING || r.code == E_LIMIT;
}

static rc answer_batch(struct worker *w, const struct bank_snapshot *snapshot, struct batch *b)
{
    const struct match_pool_options *options = &w->pool->options;
    for (uint32_t i = 0; i < b->n_lines; i++) {
        struct batch_line *line = &b->lines[i];
        if (line->bad) continue;
        size_t before = b->out.n;
        arena_reset(&w->mem);
        rc r = match_line(w->matcher, snapshot, line->text, options, &w->mem, &b->out);
        if (ok(r)) continue;
        if (!is_fault_of_line(r)) return r;
        b->out.n = before;
        TRY(arena_cstr(&b->mem, rc_message(), &line->bad));
    }
    return OK;
}

static void work_on(struct worker *w, struct batch *b)
{
    const struct bank_snapshot *snapshot = bank_acquire(w->pool->source);
    b->failure = answer_batch(w, snapshot, b);
    if (!ok(b->failure)) snprintf(b->failure_text, sizeof b->failure_text, "%s", rc_message());
    bank_release(w->pool->source, snapshot);
}

/* The next batch that is ready, NULL when the work ends. */
static struct slot *take(struct match_pool *pool)
{
    struct slot *slot = NULL;
    pthread_mutex_lock(&pool->lock);
    while (!pool->ending && pool->next == pool->head)
        pthread_cond_wait(&pool->changed, &pool->lock);
    if (!pool->ending) {
        slot = &pool->slots[pool->next++ % pool->n_slots];
        slot->state = STATE_TAKEN;
    }
    pthread_mutex_unlock(&pool->lock);
    return slot;
}

static void *run_worker(void *context)
{
    struct worker *w = context;
    struct slot *slot;
    while ((slot = take(w->pool)) != NULL) {
        work_on(w, &slot->batch);
        pthread_mutex_lock(&w->pool->lock);
        slot->state = STATE_DONE;
        pthread_cond_broadcast(&w->pool->changed);
        pthread_mutex_unlock(&w->pool->lock);
    }
    return NULL;
}

/* ---- the pool ---- */

static rc start(struct worker *w)
{
    /* Ctrl-C is for the main thread, whose read it has to wake. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&w->thread, NULL, run_worker, w);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error != 0) return FAIL(E_IO, "match: cannot start a thread: %s", strerror(error));
    w->started = true;
    return OK;
}

static rc fill_pool(struct match_pool *pool)
{
    uint32_t n = pool->options.n_threads;
    pool->n_slots = n > 1 ? (uint64_t)n * BATCHES_PER_THREAD : 1;
    TRY(mem_new(pool->n_slots, sizeof *pool->slots, &pool->slots));
    TRY(mem_new(n, sizeof *pool->workers, &pool->workers));
    for (uint64_t i = 0; i < pool->n_slots; i++)
        pool->slots[i].batch.failure = OK;
    for (uint32_t i = 0; i < n; i++) {
        struct worker *w = &pool->workers[i];
        w->pool = pool;
        arena_init(&w->mem, POST_MEMORY_BYTES);
        TRY(matcher_new(&w->matcher));
        if (n > 1) TRY(start(w));
    }
    return OK;
}

rc match_pool_new(struct bank_source *source, const struct match_pool_options *options,
                  struct match_pool **out)
{
    struct match_pool *pool;
    TRY(mem_new(1, sizeof *pool, &pool));
    pool->source = source;
    pool->options = *options;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    rc r = fill_pool(pool);
    if (!ok(r)) {
        match_pool_free(pool);
        return r;
    }
    *out = pool;
    return OK;
}

void match_pool_free(struct match_pool *pool)
{
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; pool->workers && i < pool->options.n_threads; i++) {
        if (pool->workers[i].started) pthread_join(pool->workers[i].thread, NULL);
        if (pool->workers[i].matcher) matcher_free(pool->workers[i].matcher);
        arena_done(&pool->workers[i].mem);
    }
    for (uint64_t i = 0; pool->slots && i < pool->n_slots; i++) {
        arena_done(&pool->slots[i].batch.mem);
        buf_done(&pool->slots[i].batch.out);
    }
    mem_free(pool->workers);
    mem_free(pool->slots);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    mem_free(pool);
}

struct batch *match_pool_filling(struct match_pool *pool)
{
    if (pool->head - pool->tail == pool->n_slots) return NULL;
    return &pool->slots[pool->head % pool->n_slots].batch;
}

void match_pool_submit(struct match_pool *pool)
{
    struct slot *slot = &pool->slots[pool->head % pool->n_slots];
    if (pool->options.n_threads <= 1) {
        work_on(&pool->workers[0], &slot->batch);
        slot->state = STATE_DONE;
        pool->head++;
        return;
    }
    pthread_mutex_lock(&pool->lock);
    slot->state = STATE_READY;
    pool->head++;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

struct batch *match_pool_oldest(struct match_pool *pool, bool wait)
{
    if (pool->tail == pool->head) return NULL;
    struct slot *slot = &pool->slots[pool->tail % pool->n_slots];
    pthread_mutex_lock(&pool->lock);
    while (wait && slot->state != STATE_DONE)
        pthread_cond_wait(&pool->changed, &pool->lock);
    bool done = slot->state == STATE_DONE;
    pthread_mutex_unlock(&pool->lock);
    return done ? &slot->batch : NULL;
}

void match_pool_release(struct match_pool *pool)
{
    struct slot *slot = &pool->slots[pool->tail % pool->n_slots];
    batch_reset(&slot->batch);
    slot->state = STATE_FREE;
    pool->tail++;
}
