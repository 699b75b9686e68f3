/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fold costs: objects of 1,000, 4,000 and 16,000 records, and chains of organisations with
 * the register of them. Microseconds per fold, the least of some rounds; and how many times as much
 * four times as many cost. SANAD_CASE is a part of the name of those that run.
 */
#include "large.h"

static double least_us(struct large *l, uint32_t rounds)
{
    CLEANUP(arena_done) struct arena mem;
    double least = 1e9;
    arena_init(&mem, 0);
    for (uint32_t i = 0; i < rounds; i++) {
        double s = large_fold(l, &mem);
        if (s < least) least = s;
        if (s > 2) break;
    }
    return least * 1e6;
}

TEST(the_fold_of_a_thousand_records_takes_too_long)
{
    static struct large l;
    static const uint32_t k_sizes[] = {1000, 4000, 16000};
    const char *only = getenv("SANAD_CASE");
    for (size_t k = 0; k < COUNT_OF(k_large); k++) {
        double us[COUNT_OF(k_sizes)];
        if (only && !strstr(k_large[k].name, only)) continue;
        for (size_t i = 0; i < COUNT_OF(k_sizes); i++) {
            k_large[k].make(&l, k_sizes[i]);
            net_register(&l.net);
            us[i] = least_us(&l, 100000 / k_sizes[i]);
            net_done(&l.net);
        }
        printf("%-36s %9.1f %9.1f %10.1f us  x%.1f x%.1f\n", k_large[k].name, us[0], us[1], us[2],
               us[1] / us[0], us[2] / us[1]);
    }
}

TESTS(RUN(the_fold_of_a_thousand_records_takes_too_long))
