/* SPDX-License-Identifier: Apache-2.0
 *
 * Many Ed25519 signatures on several cores, while the caller does something else or helps. Each
 * thread takes the next few that nobody has taken, so one slow core does not hold the others up. No
 * thread waits for another: an answer that is being found elsewhere is found again. */
#include "seal/seal_int.h"

#include <pthread.h>
#include <stdatomic.h>

enum { AT_ONCE = 4, MOST_THREADS = 64 };
enum answer { UNKNOWN, HOLDS, FAILS };

struct seal_checking {
    const struct seal_check *checks;
    size_t n;
    _Atomic size_t next;
    _Atomic bool stop;
    _Atomic uint8_t *answers;
    uint32_t n_threads;
    pthread_t threads[MOST_THREADS];
};

static bool check_one(const struct seal_check *one)
{
    return ok(seal_ed25519_check(one->text, one->public_key, one->signature));
}

/* False when none is left. */
static bool check_next(struct seal_checking *c)
{
    size_t from = atomic_load(&c->next) < c->n ? atomic_fetch_add(&c->next, AT_ONCE) : c->n;
    for (size_t i = from; i < c->n && i < from + AT_ONCE; i++)
        atomic_store_explicit(&c->answers[i], check_one(&c->checks[i]) ? HOLDS : FAILS,
                              memory_order_release);
    return from < c->n;
}

static void *check_some(void *context)
{
    struct seal_checking *c = context;
    while (!atomic_load_explicit(&c->stop, memory_order_relaxed) && check_next(c))
        continue;
    return NULL;
}

rc seal_checking_start(const struct seal_check *checks, size_t n, uint32_t n_threads,
                       struct seal_checking **out)
{
    struct seal_checking *c;
    TRY(sodium_ready());
    TRY(mem_new(1, sizeof *c, &c));
    rc r = mem_new(n, sizeof *c->answers, &c->answers);
    if (!ok(r)) {
        mem_free(c);
        return r;
    }
    c->checks = checks;
    c->n = n;
    size_t useful = n / AT_ONCE < MOST_THREADS ? n / AT_ONCE : MOST_THREADS;
    /* A thread that cannot be had costs time and nothing else: who asks does the rest. */
    while (c->n_threads < n_threads && c->n_threads < useful &&
           pthread_create(&c->threads[c->n_threads], NULL, check_some, c) == 0)
        c->n_threads++;
    *out = c;
    return OK;
}

bool seal_checking_holds(struct seal_checking *c, size_t i)
{
    for (;;) {
        uint8_t answer = atomic_load_explicit(&c->answers[i], memory_order_acquire);
        if (answer != UNKNOWN) return answer == HOLDS;
        if (!check_next(c)) return check_one(&c->checks[i]);
    }
}

void seal_checking_stop(struct seal_checking *c)
{
    if (!c) return;
    atomic_store(&c->stop, true);
    for (uint32_t i = 0; i < c->n_threads; i++)
        pthread_join(c->threads[i], NULL);
    mem_free((void *)c->answers);
    mem_free(c);
}

rc seal_check_many(struct seal_check *checks, size_t n, uint32_t n_threads)
{
    struct seal_checking *c;
    if (n == 0) return OK;
    TRY(seal_checking_start(checks, n, n_threads > 0 ? n_threads - 1 : 0, &c));
    for (size_t i = 0; i < n; i++)
        checks[i].holds = seal_checking_holds(c, i);
    seal_checking_stop(c);
    return OK;
}
