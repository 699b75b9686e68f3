/* SPDX-License-Identifier: Apache-2.0
 * Random histories of an organisation's keys: exchanged, revoked, stolen, taken back by the
 * recovery key, the log moved, and claims signed by any of the keys before and after. Every order
 * and every cut come to the same, and what the rules of docs/formats/record.md say of each claim
 * and each version, read from the effects the slow way, holds. */
#include "history.h"

enum { N_HISTORIES = 4000, N_KEYS = 6, RECOVERY = 4, OTHER_RECOVERY = 5, MOST_VERSIONS = 12 };

/* What a version says, as the test wrote it. */
struct said {
    const struct record_entry *e;
    uint32_t listed;   /* bits of keys 0..3 */
    uint32_t ended;    /* of those, whose `until` is k_until */
    int recovery;      /* key committed to, or -1 */
    int64_t last_good; /* -1: none */
    struct view log;   /* home from then on */
    int by;            /* key */
};
struct claimed {
    const struct record_entry *e;
    int by;
};
struct chain_history {
    struct net net;
    struct net_org *o;
    struct seal_signer keys[N_KEYS];
    struct view logs[2];
    uint64_t next[2];
    struct said said[MOST_VERSIONS];
    uint32_t n_said;
    struct claimed claims[MOST];
    uint32_t n_claims;
    int last_log;
    uint32_t from; /* entries before it are everybody's */
};

static const char k_until[] = "2026-11-22T10:15:40.000Z";
#define UNTIL_MS (MADE_MS + 40000)

/* ---- making one ---- */

static void put(struct chain_history *h, struct record_entry *e, int log)
{
    /* In one log time never runs back; in another the same instant would be another order. */
    h->net.now_ms += log == h->last_log ? below(3) * 700 : 1 + below(2000);
    h->last_log = log;
    e->received_ms = h->net.now_ms;
    e->log = h->logs[log];
    e->index = h->next[log]++;
}

static const char *key_rows(struct chain_history *h, uint32_t listed, uint32_t ended)
{
    char *rows, until[80];
    CHECK_OK(arena_array(&h->net.mem, 3000, &rows));
    snprintf(until, sizeof until, "\"purpose\":\"author\",\"until\":\"%s\"", k_until);
    for (int k = 0; k < 4; k++) {
        char row[400];
        if (!(listed >> k & 1)) continue;
        snprintf(row, sizeof row, "%s", net_key_row(&h->net, &h->keys[k], "author"));
        if (ended >> k & 1) net_replace(row, sizeof row, "\"purpose\":\"author\"", until, false);
        snprintf(rows + strlen(rows), 3000 - strlen(rows), "%s%s", *rows ? "," : "", row);
    }
    return rows;
}

static void add_version(struct chain_history *h, const struct said *plan, const struct said *prev)
{
    char more[300] = "";
    struct said *s = &h->said[h->n_said++];
    *s = *plan;
    if (s->recovery >= 0)
        snprintf(more, sizeof more, "%s", net_recovery(&h->net, &h->keys[s->recovery]));
    if (s->last_good >= 0)
        snprintf(more + strlen(more), 60, "\"last_good\":%d,", (int)s->last_good);
    struct net_org writes = *h->o;
    writes.log = s->log;
    struct record_entry *e = net_organisation(&h->net, &writes, key_rows(h, s->listed, s->ended),
                                              more, prev ? prev->e : NULL, &h->keys[s->by]);
    const struct view home = prev ? prev->log : s->log;
    put(h, e, prev ? (below(10) == 0) ^ view_eq(home, h->logs[1]) : 0);
    s->e = e;
}

static void random_version(struct chain_history *h)
{
    const struct said *prev = &h->said[below(4) ? h->n_said - 1 : below(h->n_said)];
    struct said s = {.recovery = -1, .last_good = -1, .log = prev->log, .by = (int)below(N_KEYS)};
    uint32_t log = view_eq(prev->log, h->logs[1]);
    if (below(3)) /* one of the keys of the version before */
        while (!(prev->listed >> s.by & 1))
            s.by = (int)below(4);
    if (below(4) == 0) s.by = RECOVERY;
    s.listed = 1 + below(15);
    s.ended = below(4) ? 0 : below(16);
    if (below(3) == 0) s.recovery = RECOVERY + (int)below(2);
    if (below(3) == 0) s.last_good = below((uint32_t)h->next[log] + 2);
    if (below(6) == 0) s.log = h->logs[below(2)];
    add_version(h, &s, prev);
}

static void random_claim(struct chain_history *h)
{
    struct claimed *c = &h->claims[h->n_claims++];
    const struct said *last = &h->said[h->n_said - 1];
    c->by = below(3) ? (int)below(4) : (int)below(N_KEYS);
    struct record_entry *e = net_entry(
        &h->net, h->o, net_text(&h->net, h->o->name, "claim", NULL, NULL), &h->keys[c->by], 1);
    put(h, e, (below(10) == 0) ^ view_eq(last->log, h->logs[1]));
    c->e = e;
}

static void begin(struct chain_history *h, uint32_t number)
{
    static struct seal_signer keys[2][N_KEYS];
    g_random = (uint64_t)number * 0x9e3779b97f4a7c15 + 7;
    net_begin(&h->net);
    uint32_t which = number % 2;
    h->o = net_org(&h->net, which ? "new.example" : "checker.example");
    for (uint8_t k = 0; keys[which][0].name.n == 0 || k < N_KEYS; k++) {
        if (keys[which][k].name.n == 0)
            net_key(h->o, &keys[which][k], k < RECOVERY ? 1 : 3, k < RECOVERY ? k : k - RECOVERY);
        if (k == N_KEYS - 1) break;
    }
    memcpy(h->keys, keys[which], sizeof h->keys);
    h->logs[0] = h->o->log;
    h->logs[1] = VIEW("moved.example");
    h->next[0] = h->o->next_index;
    h->next[1] = h->n_said = h->n_claims = 0;
    h->last_log = 0;
    h->from = h->net.n;
}

/* The founder's record stands already; the newcomer's is vouched for. */
static void make(struct chain_history *h, uint32_t number)
{
    begin(h, number);
    struct said first = {NULL, 1, 0, RECOVERY, -1, h->logs[0], 0};
    if (h->o->own) {
        first.e = h->o->own;
        h->said[h->n_said++] = first;
    } else {
        add_version(h, &first, NULL);
        net_add(&h->net, "panel.example", "vouch", h->said[0].e, NULL);
        net_add(&h->net, "desk.example", "vouch", h->said[0].e, NULL);
    }
    uint32_t n = 6 + below(MOST - 8);
    for (uint32_t i = 0; i < n; i++)
        if (below(3) == 0 && h->n_said < MOST_VERSIONS)
            random_version(h);
        else
            random_claim(h);
}

/* ---- the rules, the slow way ---- */

static bool before(const struct record_entry *a, const struct record_entry *b)
{
    if (a->received_ms != b->received_ms) return a->received_ms < b->received_ms;
    int by = view_cmp(a->log, b->log);
    return by != 0 ? by < 0 : a->index < b->index;
}

/* Versions in effect, in their order: the test puts them in time as it writes them. */
struct held {
    const struct said *at[MOST_VERSIONS];
    uint32_t n;
};

static const struct said *last_before(const struct held *held, const struct record_entry *e)
{
    const struct said *found = NULL;
    for (uint32_t k = 0; k < held->n; k++)
        if (before(held->at[k]->e, e)) found = held->at[k];
    return found;
}

static bool lists(const struct said *s, int key)
{
    return key < RECOVERY && (s->listed >> key & 1);
}

static bool ends(const struct said *s, int key)
{
    return s->ended >> key & 1;
}

/* Since when the key is listed as it is at s: another end is another listing. */
static uint32_t listed_since(const struct held *held, int key, const struct said *s)
{
    uint32_t k = 0;
    while (held->at[k] != s)
        k++;
    while (k > 0 && lists(held->at[k - 1], key) && ends(held->at[k - 1], key) == ends(s, key))
        k--;
    return k;
}

/* By any version since then that dropped the key, or brought its end forward, and told the last
 * good entry, in the log that was home until then. */
static bool is_revoked(const struct held *held, int key, const struct said *s,
                       const struct record_entry *e)
{
    uint32_t k = listed_since(held, key, s);
    for (k = k ? k : 1; k < held->n; k++) {
        const struct said *old = held->at[k - 1], *now = held->at[k];
        bool dropped = lists(old, key) && (!lists(now, key) || (ends(now, key) && !ends(old, key)));
        if (dropped && now->last_good >= 0 && view_eq(e->log, old->log) &&
            (int64_t)e->index > now->last_good)
            return true;
    }
    return false;
}

static bool speaks(const struct held *held, int key, const struct record_entry *e)
{
    const struct said *s = last_before(held, e);
    if (!s || !lists(s, key) || (ends(s, key) && e->received_ms >= UNTIL_MS)) return false;
    return !is_revoked(held, key, s, e);
}

static bool at_home(const struct held *held, const struct record_entry *e)
{
    const struct said *s = last_before(held, e);
    return s && view_eq(s->log, e->log);
}

/* What a record of the recovery key undoes. */
static bool undoes(const struct said *s, const struct said *prev, const struct said *other)
{
    bool there = view_eq(other->e->log, s->log) || view_eq(other->e->log, prev->log);
    return there && s->last_good >= 0 && (int64_t)other->e->index > s->last_good;
}

static const struct said *prev_of(const struct chain_history *h, const struct said *s)
{
    for (uint32_t k = 0; k < h->n_said; k++)
        if (memcmp(h->said[k].e->id, s->e->r->prev, SEAL_SHA256_BYTES) == 0) return &h->said[k];
    fail();
    return NULL;
}

/* Which versions hold: again from the beginning for each that is undone. */
static void find_held(const struct chain_history *h, struct held *out)
{
    uint32_t undone = 0;
again:;
    struct held held = {.at = {&h->said[0]}, .n = 1};
    uint32_t committed_by = 0, recovered = 0;
    int committed = RECOVERY;
    for (uint32_t k = 1; k < h->n_said; k++) {
        const struct said *s = &h->said[k];
        bool by_recovery = s->by == committed;
        if (undone >> k & 1) continue;
        if (!by_recovery && !(speaks(&held, s->by, s->e) && at_home(&held, s->e))) continue;
        for (uint32_t i = committed_by + 1; by_recovery && i < k; i++) {
            bool held_yet = false;
            for (uint32_t j = 0; j < held.n; j++)
                held_yet |= held.at[j] == &h->said[i];
            if (!held_yet || (recovered >> i & 1) || !undoes(s, prev_of(h, s), &h->said[i]))
                continue;
            undone |= UINT32_C(1) << i;
        }
        for (uint32_t j = 0; j < held.n; j++)
            if (undone >> (held.at[j] - h->said) & 1) goto again;
        held.at[held.n++] = s;
        if (!by_recovery) continue;
        recovered |= UINT32_C(1) << k;
        if (s->recovery < 0) continue;
        committed = s->recovery;
        committed_by = k;
    }
    *out = held;
}

/* ---- the checks ---- */

/* For the message of a failure. */
static void tell(const struct chain_history *h, const struct held *held)
{
    for (uint32_t i = h->from; i < h->net.n; i++) {
        const struct record_entry *e = &h->net.entries[i];
        print_message("%lld %.*s %u %.*s", (long long)(e->received_ms - MADE_MS), VIEW_ARG(e->log),
                      (unsigned)e->index, VIEW_ARG(e->r->kind_name));
        for (uint32_t k = 0; k < h->n_said; k++) {
            const struct said *s = &h->said[k];
            bool holds = false;
            for (uint32_t j = 0; j < held->n; j++)
                holds |= held->at[j] == s;
            if (s->e == e)
                print_message(" version %u by %d lists %x ended %x recovery %d good %d log %.*s %s",
                              k, s->by, s->listed, s->ended, s->recovery, (int)s->last_good,
                              VIEW_ARG(s->log), holds ? "holds" : "void");
        }
        for (uint32_t k = 0; k < h->n_claims; k++)
            if (h->claims[k].e == e) print_message(" claim %u by %d", k, h->claims[k].by);
        print_message("\n");
    }
}

struct seen_states {
    uint32_t held, void_versions, claims, revoked;
};

static void check_versions(struct chain_history *h, const struct held *held,
                           struct seen_states *count)
{
    const struct record_outcome *o = net_fold(&h->net, h->said[0].e);
    for (uint32_t k = 0, next = 0; k < h->n_said; k++) {
        bool holds = next < held->n && held->at[next] == &h->said[k];
        const struct record_effect *row = net_effect(o, h->said[k].e);
        if (row->in_effect != holds) tell(h, held);
        if (row->in_effect != holds)
            fail_msg("version %u by key %d: %.*s", k, h->said[k].by, VIEW_ARG(row->why));
        next += holds;
        count->held += holds && k > 0;
        count->void_versions += !holds;
    }
}

static void check_claims(struct chain_history *h, const struct held *held,
                         struct seen_states *count)
{
    for (uint32_t k = 0; k < h->n_claims; k++) {
        const struct claimed *c = &h->claims[k];
        const struct said *s = last_before(held, c->e);
        bool holds = at_home(held, c->e) && speaks(held, c->by, c->e);
        const struct record_outcome *o = net_fold(&h->net, c->e);
        if (o->in_effect != holds) tell(h, held);
        if (o->in_effect != holds) fail_msg("claim %u by key %d: %.*s", k, c->by, VIEW_ARG(o->why));
        count->claims += holds;
        count->revoked += s && lists(s, c->by) && is_revoked(held, c->by, s, c->e);
    }
}

static void check_orders(struct chain_history *h)
{
    struct net *net = &h->net;
    uint32_t from = h->from;
    struct record_entry *arrived = copy_entries(net, net->entries, net->n);
    const struct record_entry *objects[2] = {h->said[0].e, h->claims[below(h->n_claims)].e};
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        const struct record_outcome *whole =
            fold_seen(net, objects[i], net->entries, net->n, net->entries, net->n);
        shuffle(arrived + from, net->n - from);
        uint32_t cut = from + below(net->n - from);
        const struct record_outcome *a = fold_seen(net, objects[i], arrived, cut, arrived, cut);
        struct record_entry *list = copy_entries(net, arrived, cut);
        memcpy(list + cut, list + from, (cut - from) * sizeof *list);
        shuffle(list, 2 * cut - from);
        const struct record_outcome *b =
            fold_seen(net, objects[i], arrived, cut, list, 2 * cut - from);
        CHECK(!a == !b);
        if (a) same(a, b, true);
        same(whole, fold_seen(net, objects[i], arrived, net->n, arrived, net->n), true);
    }
}

TEST(a_key_counts_for_what_its_holder_wrote_and_for_nothing_else)
{
    static struct chain_history h;
    const char *count = getenv("SANAD_HISTORIES");
    uint32_t n = count ? (uint32_t)atoi(count) : N_HISTORIES;
    struct seen_states seen = {0};
    for (uint32_t k = 0; k < n; k++) {
        struct held held;
        make(&h, k);
        if (h.n_claims == 0) random_claim(&h);
        find_held(&h, &held);
        check_versions(&h, &held, &seen);
        check_claims(&h, &held, &seen);
        check_orders(&h);
        net_done(&h.net);
    }
    print_message("%u histories: %u versions held, %u void; %u claims held, %u revoked\n", n,
                  seen.held, seen.void_versions, seen.claims, seen.revoked);
    CHECK(seen.held > n / 2 && seen.void_versions > n / 2 && seen.claims > n &&
          seen.revoked > n / 20);
}

TESTS(RUN(a_key_counts_for_what_its_holder_wrote_and_for_nothing_else))
