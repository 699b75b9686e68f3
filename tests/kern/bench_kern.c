/* SPDX-License-Identifier: Apache-2.0
 *
 * Nanoseconds per element of every loop of kern in every variant this machine runs: the least and
 * the median of several runs. A table on standard output; `bench_kern LOOP` shows one loop only. */
#include "kern/kern.h"
#include "kern_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_DOCS = 94000, /* documents of a large bank */
    N_POST = 4096,  /* postings of a common word */
    N_SET = 200,    /* shingles of a long post */
    N_RUNS = 15,
    RUN_NS = 2000000
};

/* Input of all loops, filled once. */
static struct {
    uint16_t score[N_DOCS], largest[N_DOCS];
    uint8_t count[N_DOCS];
    uint32_t docs[N_POST], out[N_DOCS], set_a[N_DOCS], set_b[N_SET], few[N_SET / 50];
    uint64_t wide_a[N_SET], wide_b[N_SET], wide_out[N_SET], words[N_POST];
    uint8_t impact[N_POST], packed[N_POST * 4 + KERN_PAD_BYTES];
} g;

static uint64_t g_keep; /* so that no result is thrown away by the compiler */

static void unpack(const struct kern *k, uint32_t bits)
{
    for (uint32_t i = 0; i < N_POST; i += KERN_BLOCK)
        g_keep += k->unpack_deltas(g.packed + i / 8 * bits, bits, KERN_BLOCK, i, g.out);
}

static void unpack_3(const struct kern *k)
{
    unpack(k, 3);
}

static void unpack_11(const struct kern *k)
{
    unpack(k, 11);
}

static void unpack_27(const struct kern *k)
{
    unpack(k, 27);
}

static void accumulate(const struct kern *k)
{
    k->accumulate_u16(g.score, g.docs, g.impact, N_POST, 3);
}

static void add_hits(const struct kern *k)
{
    struct kern_hits hits = {.count = g.count, .once = g.out, .twice = g.set_a};
    k->add_hits_u8(&hits, g.docs, N_POST);
    g_keep += hits.n_once;
}

static void stretches(const struct kern *k)
{
    k->stretch_max_u16(g.score, N_DOCS, g.largest);
}

static void intersect_32(const struct kern *k)
{
    g_keep += k->intersect_u32(g.set_a, N_SET, g.set_b, N_SET);
}

static void intersect_few(const struct kern *k)
{
    g_keep += k->intersect_u32(g.few, COUNT_OF(g.few), g.set_b, N_SET);
}

static void intersect_64(const struct kern *k)
{
    g_keep += k->intersect_u64(g.wide_a, N_SET, g.wide_b, N_SET, g.wide_out);
}

static void ones(const struct kern *k)
{
    g_keep += k->popcount(g.words, N_POST);
}

static void hash_4(const struct kern *k)
{
    g_keep += k->hash_ngrams(g.docs, 280, 4, g.out);
}

static const struct {
    const char *name;
    void (*run)(const struct kern *k);
    double n_elements;
} k_loops[] = {
    {"unpack_deltas 3 bits", unpack_3, N_POST},
    {"unpack_deltas 11 bits", unpack_11, N_POST},
    {"unpack_deltas 27 bits", unpack_27, N_POST},
    {"accumulate_u16", accumulate, N_POST},
    {"add_hits_u8", add_hits, N_POST},
    {"stretch_max_u16", stretches, N_DOCS},
    {"intersect_u32 200+200", intersect_32, 2 * N_SET},
    {"intersect_u32 4+200", intersect_few, N_SET},
    {"intersect_u64 200+200", intersect_64, 2 * N_SET},
    {"popcount", ones, N_POST},
    {"hash_ngrams 4 of 280", hash_4, 277},
};

static void fill(void)
{
    uint64_t seed = 42;
    for (size_t i = 0; i < N_POST; i++) {
        g.words[i] = random_u64(&seed);
        g.impact[i] = (uint8_t)random_u64(&seed);
    }
    for (size_t i = 0; i < sizeof g.packed; i++)
        g.packed[i] = (uint8_t)random_u64(&seed);
    random_ascending(&seed, g.docs, N_POST, 2 * N_DOCS / N_POST - 2);
    random_ascending(&seed, g.set_a, N_SET, 1000);
    random_ascending(&seed, g.set_b, N_SET, 1000);
    random_ascending(&seed, g.few, COUNT_OF(g.few), 50000);
    for (size_t i = 0; i < N_SET; i += 2) /* half of a is also in b, more or less */
        g.set_b[i] = g.set_a[i];
    for (size_t i = 1; i < N_SET; i++)
        if (g.set_b[i] <= g.set_b[i - 1]) g.set_b[i] = g.set_b[i - 1] + 1;
    for (size_t i = 0; i < N_SET; i++) {
        g.wide_a[i] = (uint64_t)g.set_a[i] << 20;
        g.wide_b[i] = (uint64_t)g.set_b[i] << 20;
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(size_t loop, const struct kern *k)
{
    double per_element[N_RUNS];
    for (int run = 0; run < N_RUNS; run++) {
        uint64_t start = clock_mono_ns(), spent = 0, rounds = 0;
        for (; spent < RUN_NS; rounds++, spent = clock_mono_ns() - start)
            k_loops[loop].run(k);
        per_element[run] = (double)spent / (double)rounds / k_loops[loop].n_elements;
    }
    qsort(per_element, N_RUNS, sizeof per_element[0], by_size);
    printf("%-24s %-8s %10.3f %10.3f\n", k_loops[loop].name, k->name, per_element[0],
           per_element[N_RUNS / 2]);
}

int main(int argc, char **argv)
{
    fill();
    printf("%-24s %-8s %10s %10s\n", "ns per element", "variant", "least", "median");
    for (size_t loop = 0; loop < COUNT_OF(k_loops); loop++) {
        if (argc > 1 && !strstr(k_loops[loop].name, argv[1])) continue;
        for (size_t i = 0; kern_variant(i); i++)
            measure(loop, kern_variant(i));
    }
    return g_keep == 1 ? 1 : 0;
}
