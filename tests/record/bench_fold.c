/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fold costs: objects of 1,000 records by eight organisations, and the register of them.
 * Microseconds per fold, the least and the median of many rounds.
 */
#include "net.h"

enum { N_ROUNDS = 101, N_RECORDS = 1000 };

static struct net g;
static const struct record_entry *g_object;
static const struct record_register *g_reg;

static const char *by(int i)
{
    return g.orgs[i % 6].name;
}

static void begin(const char *kind)
{
    net_init(&g);
    g.facts_only = true;
    g_object = net_add(&g, "checker.example", kind, NULL, NULL);
}

static void claims(void)
{
    begin("claim");
    for (int i = 1; i < N_RECORDS; i++)
        net_add(&g, i % 2 ? "checker.example" : by(i), i % 2 ? "correction" : "receipt", g_object,
                NULL);
}

static void signals(void)
{
    begin("signal");
    for (int i = 1; i < N_RECORDS; i++)
        net_add(&g, by(i), i % 5 ? "opinion" : "exemption", g_object, NULL);
}

static void replaced(void)
{
    begin("statement");
    const struct record_entry *old = g_object;
    for (int i = 1; i < N_RECORDS; i++)
        old = net_add(&g, "checker.example", "statement", NULL, EDITS(SANAD_1, net_prev(&g, old)));
}

static const struct {
    const char *name;
    void (*make)(void);
} k_cases[] = {{"claim, corrections and receipts", claims},
               {"signal, opinions and exemptions", signals},
               {"statement, replaced each time", replaced}};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double round_us(struct arena *mem)
{
    const struct record_outcome *o;
    arena_reset(mem);
    uint64_t start = clock_mono_ns();
    CHECK_OK(record_fold(g_object->id, g.entries + 8, g.n - 8, g_reg, &g.world, g.now_ms, mem, &o));
    uint64_t spent = clock_mono_ns() - start;
    CHECK(o->n_effects == N_RECORDS && o->in_effect);
    return (double)spent / 1000;
}

TEST(the_fold_of_a_thousand_records_takes_too_long)
{
    for (size_t k = 0; k < COUNT_OF(k_cases); k++) {
        double us[N_ROUNDS];
        CLEANUP(arena_done) struct arena mem;
        arena_init(&mem, 0);
        k_cases[k].make();
        g_reg = net_register(&g);
        for (int i = 0; i < N_ROUNDS; i++)
            us[i] = round_us(&mem);
        qsort(us, N_ROUNDS, sizeof *us, by_size);
        printf("%-34s %9.1f us least %9.1f us median\n", k_cases[k].name, us[0], us[N_ROUNDS / 2]);
        net_done(&g);
    }
}

TESTS(RUN(the_fold_of_a_thousand_records_takes_too_long))
