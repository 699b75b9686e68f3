/* SPDX-License-Identifier: Apache-2.0
 * The order of a fold: 10,000 random histories, shuffled, cut, doubled, backdated and with ids that
 * somebody chose, come to the same. SANAD_HISTORIES sets another count. */
#include "history.h"

enum { N_HISTORIES = 10000, CUT_EVERYWHERE = 8, GROUND = 4 };

static uint32_t n_histories(void)
{
    const char *count = getenv("SANAD_HISTORIES");
    return count ? (uint32_t)atoi(count) : N_HISTORIES;
}

static void begin_history(struct net *net, uint32_t number)
{
    g_random = (uint64_t)number * 0x9e3779b97f4a7c15 + 1;
    net_begin(net);
}

/* Some stand in other logs too, later than in the author's own. */
static uint32_t add_doubles(struct record_entry *list, uint32_t n)
{
    uint32_t all = n;
    for (uint32_t i = 0; i < n; i++) {
        if (below(4) != 0) continue;
        list[all] = list[i];
        if (below(2)) {
            list[all].log = VIEW("zz.copies");
            list[all].index = all;
            bool home = list[i].r && !view_eq(list[i].r->org, VIEW("new.example")) &&
                        !view_eq(list[i].log, VIEW("log.elsewhere"));
            list[all].received_ms += home ? -(int64_t)below(900000) : 1 + (int64_t)below(1000);
        }
        all++;
    }
    return all;
}

static const struct record_outcome *fold_all(struct net *net, const struct record_entry *object,
                                             const struct record_entry *list, uint32_t n)
{
    return fold_seen(net, object, net->entries, net->n, list, n);
}

/* ---- any order, and twice ---- */

static void check_orders(struct net *net, const struct record_entry *object)
{
    struct record_entry *list = copy_entries(net, net->entries, net->n);
    const struct record_outcome *whole = fold_all(net, object, net->entries, net->n);
    uint32_t all = add_doubles(list, net->n);
    shuffle(list, all);
    same(whole, fold_all(net, object, list, all), true);
    const struct record_member *m = record_register_find(net->reg, VIEW("new.example"));
    if (!m || !m->outcome || memcmp(m->outcome->effects[0].entry->id, object->id, 32) != 0) return;
    /* The register and the fold of one organisation alone say the same. */
    const struct record_outcome *alone;
    CHECK_OK(record_fold(object->id, list, all, net->reg, NULL, net->now_ms, &net->mem, &alone));
    same(m->outcome, alone, true);
}

TEST(nobody_changes_a_state_by_the_order_in_which_records_arrive)
{
    static struct net net;
    uint32_t n = n_histories(), moved = 0, effective = 0;
    for (uint32_t h = 0; h < n; h++) {
        uint32_t from;
        begin_history(&net, h);
        struct record_entry *object = make_history(&net, &from);
        check_orders(&net, object);
        const struct record_outcome *o = net_fold(&net, object);
        moved += o->n_moves > 1;
        effective += o->in_effect;
        net_done(&net);
    }
    print_message("%u histories: %u in effect, %u moved on\n", n, effective, moved);
    CHECK(effective > n / 5 && moved > n / 20);
}

/* ---- some first, the rest later ---- */

/* What had arrived by then, in another order and some of it twice: two who know the same agree,
 * whatever either has folded before. */
static bool check_cut(struct net *net, const struct record_entry *object,
                      const struct record_entry *arrived, uint32_t n)
{
    struct record_entry *list = copy_entries(net, arrived, n);
    const struct record_outcome *one = fold_seen(net, object, arrived, n, arrived, n);
    uint32_t all = n;
    for (uint32_t i = 0; i < n; i++)
        if (below(4) == 0) list[all++] = list[i];
    shuffle(list, all);
    const struct record_outcome *other = fold_seen(net, object, arrived, n, list, all);
    CHECK(!one == !other);
    if (one) same(one, other, true);
    return one != NULL;
}

TEST(who_heard_a_part_first_knows_in_the_end_what_everybody_knows)
{
    static struct net net;
    uint32_t n = n_histories(), cuts = 0, known = 0;
    for (uint32_t h = 0; h < n; h++) {
        uint32_t from;
        begin_history(&net, h);
        struct record_entry *object = make_history(&net, &from);
        const struct record_outcome *whole = fold_all(&net, object, net.entries, net.n);
        struct record_entry *arrived = copy_entries(&net, net.entries, net.n);
        shuffle(arrived + from, net.n - from);
        uint32_t only = from + below(net.n - from);
        for (uint32_t k = from; k <= net.n; k++) {
            if (h % CUT_EVERYWHERE != 0 && k != only && k != net.n) continue;
            known += check_cut(&net, object, arrived, k);
            cuts++;
        }
        same(whole, fold_seen(&net, object, arrived, net.n, arrived, net.n), true);
        net_done(&net);
    }
    print_message("%u histories, %u cuts, the object known at %u\n", n, cuts, known);
    CHECK(known > cuts / 2 && known < cuts);
}

/* ---- ids that somebody chose ---- */

static uint32_t g_number, g_turned;

/* Some first, some last, and in the second round the other way. */
static int grind_some(uint32_t entry)
{
    uint32_t mixed = (g_number * 31 + entry) * 2654435761u >> 28;
    if (g_turned == 0 || mixed < 4) return 0;
    return ((mixed & 1) != 0) == (g_turned == 1) ? -1 : 1;
}

TEST(nobody_gets_ahead_by_grinding_an_id)
{
    static struct net net[3];
    uint32_t n = n_histories() / GROUND, other_order = 0;
    for (uint32_t h = 0; h < n; h++) {
        const struct record_outcome *o[3];
        struct record_entry *object[3];
        uint32_t from;
        g_number = h;
        for (g_turned = 0; g_turned < 3; g_turned++) {
            struct net *one = &net[g_turned];
            begin_history(one, h);
            one->grind = grind_some;
            object[g_turned] = make_history(one, &from);
            o[g_turned] = fold_all(one, object[g_turned], one->entries, one->n);
        }
        for (uint32_t k = from + 1; k < net[1].n; k++) {
            int before = memcmp(net[1].entries[k - 1].id, net[1].entries[k].id, 32);
            int after = memcmp(net[2].entries[k - 1].id, net[2].entries[k].id, 32);
            other_order += (before < 0) != (after < 0);
        }
        same(o[0], o[1], false);
        same(o[0], o[2], false);
        for (int i = 0; i < 3; i++)
            net_done(&net[i]);
    }
    print_message("%u histories, %u neighbours the other way round\n", n, other_order);
    CHECK(other_order > 2 * n);
}

TESTS(RUN(nobody_changes_a_state_by_the_order_in_which_records_arrive),
      RUN(who_heard_a_part_first_knows_in_the_end_what_everybody_knows),
      RUN(nobody_gets_ahead_by_grinding_an_id))
