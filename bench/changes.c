/* SPDX-License-Identifier: Apache-2.0
 *
 * Changes while look-ups go on: one thread answers posts without a pause, another adds or withdraws
 * one claim after the other as `sanad bank add` and `withdraw` do, and follows the bank as `sanad
 * match` does. A change is effective when a snapshot shows it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench_match.h"

enum { MOST_CHANGES = 200, MOST_TIMES = 1 << 20, POLL_US = 2000, QUIET_MS = 1500 };

struct times {
    uint32_t n;
    uint64_t ns[MOST_TIMES];
};

struct changes {
    struct bench *bench;
    const char *path;
    bool stop;                  /* atomic */
    bool changing;              /* atomic */
    struct times quiet, during; /* of an answer, before the changes and while they come */
    rc looked;
};

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static double part_of(struct times *t, uint32_t hundredths)
{
    if (t->n == 0) return 0;
    qsort(t->ns, t->n, sizeof *t->ns, by_size);
    return (double)t->ns[(uint64_t)t->n * hundredths / 100 - (hundredths == 100)];
}

static rc answer_one(struct changes *c, const struct post *post)
{
    struct bench *b = c->bench;
    struct times *t = __atomic_load_n(&c->changing, __ATOMIC_ACQUIRE) ? &c->during : &c->quiet;
    const struct bank_snapshot *snapshot = bank_acquire(b->source);
    uint64_t start = clock_mono_ns();
    arena_reset(&b->mem);
    rc r = match_post(b->matcher, snapshot, post->text, NULL, &b->mem, &b->answer);
    if (t->n < MOST_TIMES) t->ns[t->n++] = clock_mono_ns() - start;
    bank_release(b->source, snapshot);
    return r;
}

static void *answer_all(void *context)
{
    struct changes *c = context;
    for (uint32_t i = 0; ok(c->looked) && !__atomic_load_n(&c->stop, __ATOMIC_ACQUIRE); i++)
        c->looked = answer_one(c, &c->bench->posts[i % c->bench->n]);
    return NULL;
}

/* Until a snapshot has it. */
static rc follow(struct bench *b, uint64_t seq)
{
    for (;;) {
        TRY(bank_source_refresh(b->source, false));
        const struct bank_snapshot *snapshot = bank_acquire(b->source);
        bool there = snapshot->seq >= seq;
        bank_release(b->source, snapshot);
        if (there) return OK;
        usleep(POLL_US);
    }
}

static rc change(struct changes *c, const struct bank_change *what, struct times *t)
{
    uint64_t seq, start = clock_mono_ns();
    TRY(bank_change_write(c->path, what, &seq));
    TRY(follow(c->bench, seq));
    if (t) t->ns[t->n++] = clock_mono_ns() - start;
    return OK;
}

/* A claim of its own: the text of a post with its number. */
static rc make_item(const struct changes *c, uint32_t number, struct arena *mem, struct item *out)
{
    struct view post = c->bench->posts[number % c->bench->n].text, tail;
    struct item item = {.lang = VIEW("en")};
    uint8_t *text;
    TRY(arena_format(mem, &item.id, "added-%06u", number));
    TRY(arena_format(mem, &tail, " %u", number));
    TRY(arena_bytes(mem, post.n + tail.n, &text));
    memcpy(text, post.p, post.n);
    memcpy(text + post.n, tail.p, tail.n);
    item.text = view_of(text, post.n + tail.n);
    *out = item;
    return OK;
}

static rc fill_overlay(struct changes *c, uint32_t n, struct arena *mem)
{
    struct item *items;
    if (n == 0) return OK;
    TRY(arena_array(mem, n, &items));
    for (uint32_t i = 0; i < n; i++)
        TRY(make_item(c, i, mem, &items[i]));
    return change(c, &(struct bank_change){.n_add = n, .add = items}, NULL);
}

static rc change_all(struct changes *c, uint32_t n, uint32_t n_overlay, struct times *add,
                     struct times *withdraw)
{
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    TRY(fill_overlay(c, n_overlay, &mem));
    usleep(QUIET_MS * 1000);
    __atomic_store_n(&c->changing, true, __ATOMIC_RELEASE);
    for (uint32_t i = 0; i < n; i++) {
        struct item item;
        TRY(make_item(c, n_overlay + i, &mem, &item));
        TRY(change(c, &(struct bank_change){.n_add = 1, .add = &item}, add));
        TRY(change(c, &(struct bank_change){.n_withdraw = 1, .withdraw = &item.id}, withdraw));
    }
    return OK;
}

rc bench_changes(struct bench *b, const char *path, uint32_t n, uint32_t n_overlay)
{
    static struct changes c;
    static struct times add, withdraw;
    pthread_t thread;
    if (n > MOST_CHANGES) n = MOST_CHANGES;
    c.bench = b;
    c.path = path;
    if (pthread_create(&thread, NULL, answer_all, &c) != 0) return FAIL(E_MEMORY, "no thread");
    rc r = change_all(&c, n, n_overlay, &add, &withdraw);
    __atomic_store_n(&c.stop, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    TRY(r);
    TRY(c.looked);
    printf(
        "{\"what\":\"change\",\"changes\":%u,\"overlay\":%u,\"add_ms\":%.1f,\"add_most_ms\":%.1f,"
        "\"withdraw_ms\":%.1f,\"withdraw_most_ms\":%.1f,\"quiet_p50_us\":%.1f,"
        "\"quiet_p99_us\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"most_us\":%.1f}\n",
        2 * n, n_overlay, part_of(&add, 50) / 1e6, part_of(&add, 100) / 1e6,
        part_of(&withdraw, 50) / 1e6, part_of(&withdraw, 100) / 1e6, part_of(&c.quiet, 50) / 1e3,
        part_of(&c.quiet, 99) / 1e3, part_of(&c.during, 50) / 1e3, part_of(&c.during, 99) / 1e3,
        part_of(&c.during, 100) / 1e3);
    return OK;
}
