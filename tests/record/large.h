/* SPDX-License-Identifier: Apache-2.0
 * Objects of thousands of records: what makes a fold slow when some step looks at all of them. */
#ifndef SANAD_TESTS_LARGE_H
#define SANAD_TESTS_LARGE_H

#define NET_ENTRIES 40000
#include <time.h>

#include "net.h"

struct large {
    struct net net;
    const struct record_entry *object;
    uint32_t from; /* entries before it are the register's */
    bool is_register;
    struct {
        uint8_t id[SEAL_SHA256_BYTES];
        const struct record *r;
        uint32_t n; /* entries then */
    } asked;
};

/* Guards ask for one record again and again; a walk through all of them each time would cost more
 * than the fold that is measured. */
static inline rc record_by_heart(void *context, const uint8_t id[SEAL_SHA256_BYTES],
                                 const struct record **out)
{
    struct large *l = context;
    if (l->asked.n != l->net.n || memcmp(l->asked.id, id, SEAL_SHA256_BYTES) != 0) {
        TRY(net_record(&l->net, id, &l->asked.r));
        memcpy(l->asked.id, id, SEAL_SHA256_BYTES);
        l->asked.n = l->net.n;
    }
    *out = l->asked.r;
    return OK;
}

static inline const char *by(const struct large *l, uint32_t i)
{
    return l->net.orgs[i % 6].name;
}

static inline void begin(struct large *l, const char *kind)
{
    net_init(&l->net);
    l->net.facts_only = true;
    l->net.world.record = record_by_heart; /* its context is the net, the first thing in *l */
    l->asked.n = 0;
    l->from = 8;
    l->is_register = false;
    l->object = kind ? net_add(&l->net, "checker.example", kind, NULL, NULL) : NULL;
}

static inline void claims(struct large *l, uint32_t n)
{
    begin(l, "claim");
    for (uint32_t i = 1; i < n; i++)
        net_add(&l->net, i % 2 ? "checker.example" : by(l, i), i % 2 ? "correction" : "receipt",
                l->object, NULL);
}

static inline void signals(struct large *l, uint32_t n)
{
    begin(l, "signal");
    for (uint32_t i = 1; i < n; i++)
        net_add(&l->net, by(l, i), i % 5 ? "opinion" : "exemption", l->object, NULL);
}

/* Nobody agrees with anybody who is unrelated: the guard never stops early. */
static inline void words_of_one_house(struct large *l, uint32_t n)
{
    begin(l, NULL);
    l->object = net_add(&l->net, "sister.example", "signal", NULL, NULL);
    for (uint32_t i = 1; i < n; i++)
        net_add(&l->net, "checker.example", "opinion", l->object,
                EDITS("\"opinion\":\"agree\"", "\"opinion\":\"disagree\""));
}

static inline void replaced(struct large *l, uint32_t n)
{
    begin(l, "statement");
    const struct record_entry *old = l->object;
    for (uint32_t i = 1; i < n; i++)
        old = net_add(&l->net, "checker.example", "statement", NULL,
                      EDITS(SANAD_1, net_prev(&l->net, old)));
}

/* Reviewers sign what another rule keeps from taking effect. */
static inline void reviewed_in_vain(struct large *l, uint32_t n)
{
    struct record_signature *line;
    begin(l, NULL);
    struct net_org *desk = net_org(&l->net, "desk.example");
    l->object = net_entry(
        &l->net, net_org(&l->net, "checker.example"),
        net_text(&l->net, "checker.example", "verdict", NULL,
                 EDITS("https://archive.example/paper/7", "https://www.registry.example/other")),
        &net_org(&l->net, "checker.example")->author, 1);
    CHECK_OK(arena_new(&l->net.mem, &line));
    *line = (struct record_signature){.name = desk->reviewer.name, .key_id = desk->reviewer.id};
    memcpy(line->public_key, desk->reviewer.public_key, SEAL_PUBLIC_BYTES);
    for (uint32_t i = 1; i < n; i++)
        net_add(&l->net, desk->name, "cosign", l->object, NULL)->cosigned = line;
}

/* ---- organisations ---- */

static inline void next_key(const struct net_org *o, uint32_t i, struct seal_signer *out)
{
    uint8_t seed[SEAL_SEED_BYTES] = {77, (uint8_t)i, (uint8_t)(i >> 8), (uint8_t)(i >> 16)};
    CHECK_OK(seal_signer_init(view_cstr(o->name), SEAL_TYPE_ED25519, seed, out));
}

static inline void begin_chain(struct large *l)
{
    begin(l, NULL);
    l->object = net_org(&l->net, "checker.example")->own;
    l->is_register = true;
}

/* Each version lists another key and signs with the one before. */
static inline void keys_exchanged(struct large *l, uint32_t n)
{
    struct seal_signer key, next;
    begin_chain(l);
    struct net_org *o = net_org(&l->net, "checker.example");
    struct record_entry *old = o->own;
    key = o->author;
    for (uint32_t i = 1; i < n; i++) {
        next_key(o, i, &next);
        old = net_organisation(&l->net, o, net_key_row(&l->net, &next, "author"), "", old, &key);
        key = next;
    }
}

/* The same key comes and goes, and each time its end is told. */
static inline void key_comes_and_goes(struct large *l, uint32_t n)
{
    begin_chain(l);
    struct net_org *o = net_org(&l->net, "checker.example");
    struct record_entry *old = o->own;
    struct seal_signer other;
    next_key(o, 1, &other);
    char *one = net_key_row(&l->net, &o->author, "author"), both[700], more[60];
    snprintf(both, sizeof both, "%s,%s", one, net_key_row(&l->net, &other, "author"));
    for (uint32_t i = 1; i < n; i++) {
        snprintf(more, sizeof more, "\"last_good\":%u,", (unsigned)o->next_index);
        old = net_organisation(&l->net, o, i % 2 ? both : one, i % 2 ? "" : more, old, &o->author);
    }
}

/* Half is written by the author's key, and undone by the recovery key from the last to the first.
 */
static inline void undone_one_by_one(struct large *l, uint32_t n)
{
    begin_chain(l);
    struct net_org *o = net_org(&l->net, "checker.example");
    struct record_entry *old = o->own;
    char *keys = net_keys(&l->net, o), more[60];
    for (uint32_t i = 1; i < n; i++) {
        bool back = i >= n / 2;
        snprintf(more, sizeof more, "\"last_good\":%u,", (unsigned)(n - i));
        old = net_organisation(&l->net, o, keys, back ? more : "", old,
                               back ? &o->recovery : &o->author);
    }
}

/* Others write under the name: roots that hold nothing. */
static inline void name_taken_in_vain(struct large *l, uint32_t n)
{
    begin_chain(l);
    struct net_org *o = net_org(&l->net, "checker.example");
    char *keys = net_keys(&l->net, o);
    for (uint32_t i = 1; i < n; i++)
        net_organisation(&l->net, o, keys, "", NULL, &o->reviewer);
}

/* And they vote on it; each step asks for a quorum, and none has it. */
static inline void voted_on(struct large *l, uint32_t n)
{
    begin_chain(l);
    for (uint32_t i = 1; i < n; i++)
        net_add(&l->net, i % 4 < 2 ? "sister.example" : "brother.example", i % 2 ? "vote" : "step",
                l->object, i % 2 ? NULL : EDITS("\"to\":\"withdrawn\"", "\"to\":\"suspended\""));
}

/* Every entry stands in another log too. */
static inline void copied(struct large *l, uint32_t n)
{
    keys_exchanged(l, n / 2);
    uint32_t own = l->net.n;
    for (uint32_t i = 0; i < own; i++) {
        struct record_entry *e = &l->net.entries[l->net.n++];
        *e = l->net.entries[i];
        e->log = VIEW("zz.copies");
        e->index = i;
        e->received_ms++;
    }
}

static const struct large_case {
    const char *name;
    void (*make)(struct large *l, uint32_t n);
} k_large[] = {{"claim, corrections and receipts", claims},
               {"signal, opinions and exemptions", signals},
               {"signal, words of one house", words_of_one_house},
               {"statement, replaced each time", replaced},
               {"verdict, reviewed in vain", reviewed_in_vain},
               {"organisation, keys exchanged", keys_exchanged},
               {"organisation, a key comes and goes", key_comes_and_goes},
               {"organisation, undone one by one", undone_one_by_one},
               {"organisation, name taken in vain", name_taken_in_vain},
               {"organisation, voted on", voted_on},
               {"organisation, copied", copied}};

/** Seconds of this thread for one fold: of the register, or of the object with a register made
 *  before. */
static inline double large_fold(struct large *l, struct arena *mem)
{
    const struct record_outcome *o = NULL;
    const struct record_register *reg = l->net.reg;
    struct timespec from, to;
    arena_reset(mem);
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    if (l->is_register)
        CHECK_OK(record_register_fold(l->net.founders, l->net.n_founders, l->net.entries, l->net.n,
                                      l->net.now_ms, mem, &reg));
    CHECK_OK(record_fold(l->object->id, l->net.entries + (l->is_register ? 0 : l->from),
                         l->net.n - (l->is_register ? 0 : l->from), reg, &l->net.world,
                         l->net.now_ms, mem, &o));
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    CHECK(o->n_effects > 0);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

#endif
