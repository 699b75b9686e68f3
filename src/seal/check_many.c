/* SPDX-License-Identifier: Apache-2.0
 *
 * Many Ed25519 signatures on several cores. Threads live for the call; each takes the next few that
 * nobody has taken, so one slow core does not hold the others up. */
#include "seal/seal_int.h"

#include <pthread.h>
#include <stdatomic.h>

enum { AT_ONCE = 16, MOST_THREADS = 64 };

struct checking {
    struct seal_check *checks;
    size_t n;
    _Atomic size_t next;
};

static void *check_some(void *context)
{
    struct checking *c = context;
    for (;;) {
        size_t from = atomic_fetch_add(&c->next, AT_ONCE);
        if (from >= c->n) return NULL;
        for (size_t i = from; i < c->n && i < from + AT_ONCE; i++) {
            struct seal_check *one = &c->checks[i];
            one->holds = ok(seal_ed25519_check(one->text, one->public_key, one->signature));
        }
    }
}

rc seal_check_many(struct seal_check *checks, size_t n, uint32_t n_threads)
{
    struct checking c = {.checks = checks, .n = n};
    pthread_t others[MOST_THREADS];
    uint32_t started = 0,
             useful = (uint32_t)(n / AT_ONCE < MOST_THREADS ? n / AT_ONCE : MOST_THREADS);
    TRY(sodium_ready());
    /* A thread that cannot be had costs time and nothing else: the caller's own does the rest. */
    while (started + 1 < n_threads && started < useful &&
           pthread_create(&others[started], NULL, check_some, &c) == 0)
        started++;
    check_some(&c);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(others[i], NULL);
    return OK;
}
