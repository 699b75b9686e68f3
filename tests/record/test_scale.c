/* SPDX-License-Identifier: Apache-2.0
 * Histories of thousands: sixteen times as many records may cost little more than sixteen times as
 * much. Only the relation of two sizes in the same run is held against a bound, far from both: n
 * log n with caches that are too small comes to 20 to 60, a step that looks at all records to 256.
 */
#include "large.h"

enum { FEW = 1250, MANY = 16 * FEW, MOST_TIMES = 128, ROUNDS = 3 };

static double least(struct large *l, const struct large_case *k, uint32_t n)
{
    CLEANUP(arena_done) struct arena mem;
    double s = 1e9;
    arena_init(&mem, 0);
    k->make(l, n);
    net_register(&l->net);
    for (int i = 0; i < ROUNDS; i++) {
        double once = large_fold(l, &mem);
        s = once < s ? once : s;
    }
    net_done(&l->net);
    return s;
}

TEST(nobody_stops_a_node_with_a_long_history)
{
    static struct large l;
    for (size_t k = 0; k < COUNT_OF(k_large); k++) {
        double few = least(&l, &k_large[k], FEW), many = least(&l, &k_large[k], MANY);
        print_message("%-36s x%.1f\n", k_large[k].name, many / few);
        if (many > MOST_TIMES * few)
            fail_msg("%s: %d times as many cost %.0f times as much", k_large[k].name, MANY / FEW,
                     many / few);
    }
}

TESTS(RUN(nobody_stops_a_node_with_a_long_history))
