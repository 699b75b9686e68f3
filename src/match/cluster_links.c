/* SPDX-License-Identifier: Apache-2.0
 * Which posts say the same: candidates that share rare parts, compared one pair at a time.
 *
 * Parts are skeleton grams (a fixed quarter of all, chosen by their hash) and words. A part's list
 * holds the nodes that have it, in node order; since nodes are sorted by a minimum of their grams,
 * copies stand near each other in every list, and of a long list only the neighbourhood is looked
 * at. Source of the idea: Broder, Compression and Complexity of Sequences 1997. */
#include "match/cluster_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLE_MASK = 3, /* grams whose hash has these bits 0 are candidates' parts */
    MAX_LISTS = 32,  /* rarest lists looked at for a node */
    NEIGHBOURS = 24, /* nodes on either side in a list */
    MAX_CANDIDATES = 24,
    FULL_WEIGHT = 32,
    LEAST_WEIGHT = 8,
    PAIRS_ASK = 1 << 14, /* comparisons between two questions whether to go on */
};

/* What parts two posts need in common. See docs/formats/cluster.md. */
static const struct {
    double copy;                  /* of either side: a copy with small changes */
    double part_most, part_least; /* one side inside the other, and how much of that it is */
    double apart_least; /* copies from here on: what differs is a change, not another topic */
    uint32_t letters;   /* shorter posts are only ever the same or not */
    uint32_t words;
    uint32_t negation_words; /* a negation changes a copy that has no more other words than this */
} k_rule = {
    .copy = 0.42,
    .part_most = 0.72,
    .part_least = 0.13,
    .apart_least = 0.6,
    .letters = 14,
    .words = 3,
    .negation_words = 4,
};

rc cluster_go_on(const struct folding *f)
{
    if (!f->go_on || f->go_on(f->context)) return OK;
    return FAIL(E_INTERRUPTED, "cluster: stopped on request");
}

/* Three rounds of eleven bits. */
void cluster_sort_high(uint64_t *values, uint64_t *spare, uint64_t n)
{
    enum { BITS = 11, ROUNDS = 3 };
    uint64_t *from = values, *to = spare;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t shift = 32 + round * BITS;
        uint64_t count[(1 << BITS) + 1] = {0};
        for (uint64_t i = 0; i < n; i++)
            count[(from[i] >> shift & ((1 << BITS) - 1)) + 1]++;
        for (uint32_t i = 0; i < 1 << BITS; i++)
            count[i + 1] += count[i];
        for (uint64_t i = 0; i < n; i++)
            to[count[from[i] >> shift & ((1 << BITS) - 1)]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (n) memcpy(values, from, n * sizeof *values);
}

/* ---- weights ---- */

struct counts {
    uint32_t *n, mask;
};

static uint32_t word_part(uint32_t word)
{
    return (word ^ 0x5bd1e995u) * 0x9e3779b1u;
}

/* 1 for what stands in less than one of 256 posts, less for what is common. Never so little that
 * what one copy alone has outweighs it: a story may fill the whole stream. */
static uint8_t weight_of(uint32_t n_nodes, uint32_t n_with)
{
    double rarity = log2(((double)n_nodes + 64) / (double)n_with) / 8;
    double weight = rarity > 1 ? FULL_WEIGHT : rarity * FULL_WEIGHT;
    return (uint8_t)(weight < LEAST_WEIGHT ? LEAST_WEIGHT : weight);
}

static uint32_t weigh_parts(const struct folding *f, const struct counts *counts, bool words,
                            const uint32_t *parts, uint32_t n, uint8_t *out)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t part = words ? word_part(parts[i]) : parts[i];
        out[i] = weight_of(f->n_nodes, counts->n[part & counts->mask]);
        total += out[i];
    }
    return total;
}

static uint64_t count_parts(const struct folding *f)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < f->n_nodes; i++)
        n += f->nodes[i].node->digest.n_grams + f->nodes[i].node->digest.n_words;
    return n;
}

rc cluster_weigh(struct folding *f)
{
    enum { LEAST_BITS = 12, MOST_BITS = 26 };
    struct counts counts;
    uint32_t bits = LEAST_BITS;
    while (bits < MOST_BITS && 1ull << bits < 2 * count_parts(f))
        bits++;
    counts.mask = (1u << bits) - 1;
    TRY(arena_array(f->mem, (size_t)1 << bits, &counts.n));
    for (uint32_t i = 0; i < f->n_nodes; i++) {
        const struct cluster_digest *d = &f->nodes[i].node->digest;
        for (uint32_t j = 0; j < d->n_grams; j++)
            counts.n[d->grams[j] & counts.mask]++;
        for (uint32_t j = 0; j < d->n_words; j++)
            counts.n[word_part(d->words[j]) & counts.mask]++;
    }
    for (uint32_t i = 0; i < f->n_nodes; i++) {
        struct weighed *w = &f->nodes[i];
        const struct cluster_digest *d = &w->node->digest;
        TRY(arena_bytes(f->mem, (size_t)d->n_grams + 1, &w->gram_weight));
        TRY(arena_bytes(f->mem, (size_t)d->n_words + 1, &w->word_weight));
        w->gram_total = weigh_parts(f, &counts, false, d->grams, d->n_grams, w->gram_weight);
        w->word_total = weigh_parts(f, &counts, true, d->words, d->n_words, w->word_weight);
    }
    return OK;
}

/* ---- one pair ---- */

static uint32_t common(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb,
                       const uint8_t *weight, uint32_t *out_n)
{
    uint32_t sum = 0, n = 0, i = 0, j = 0;
    while (i < na && j < nb) {
        uint32_t x = a[i], y = b[j];
        uint32_t hit = x == y;
        sum += hit * weight[i];
        n += hit;
        i += x <= y;
        j += y <= x;
    }
    *out_n = n;
    return sum;
}

static void shares(uint32_t sum, uint32_t a, uint32_t b, double *out_least, double *out_most)
{
    uint32_t more = a > b ? a : b, less = a > b ? b : a;
    *out_least = more ? (double)sum / more : 0;
    *out_most = less ? (double)sum / less : 0;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool has_word(const struct cluster_digest *d, uint32_t word)
{
    return bsearch(&word, d->words, d->n_words, sizeof *d->words, by_value) != NULL;
}

static bool same_number(const struct cluster_number *x, const struct cluster_number *y)
{
    return x->digits == y->digits && (x->scale == y->scale || !x->scale || !y->scale);
}

/* Some number of a is not in b. A scale ("million") may be missing, not another one. A word is not
 * another number when b has it: without its tone "grandmother" is "three". */
static bool has_other_number(const struct cluster_digest *a, const struct cluster_digest *b)
{
    for (uint32_t i = 0; i < a->n_numbers; i++) {
        const struct cluster_number *x = &a->numbers[i];
        bool met = x->word && has_word(b, x->word);
        for (uint32_t j = 0; j < b->n_numbers && !met; j++)
            met = same_number(x, &b->numbers[j]);
        if (!met) return true;
    }
    return false;
}

static bool number_changed(const struct cluster_digest *a, const struct cluster_digest *b)
{
    return has_other_number(a, b) && has_other_number(b, a);
}

static bool lacks_cue(const struct cluster_digest *a, const struct cluster_digest *b)
{
    for (uint32_t i = 0; i < a->n_cues; i++)
        if (!has_word(b, a->cues[i])) return true;
    return false;
}

/* A word that negates, and hardly a word besides: a longer rest may negate something else. */
static bool negation_changed(const struct cluster_digest *a, const struct cluster_digest *b,
                             uint32_t n_common)
{
    return a->n_words + b->n_words - 2 * n_common <= k_rule.negation_words &&
           (lacks_cue(a, b) || lacks_cue(b, a));
}

static bool is_short(const struct cluster_digest *d)
{
    return d->n_letters < k_rule.letters || (d->n_words < k_rule.words && d->n_letters < 40);
}

struct comparison cluster_compare(const struct weighed *a, const struct weighed *b)
{
    const struct cluster_digest *x = &a->node->digest, *y = &b->node->digest;
    struct comparison c = {0};
    uint32_t n_grams, n_words;
    if (is_short(x) || is_short(y)) return c;
    uint32_t grams = common(x->grams, x->n_grams, y->grams, y->n_grams, a->gram_weight, &n_grams);
    uint32_t words = common(x->words, x->n_words, y->words, y->n_words, a->word_weight, &n_words);
    shares(grams, a->gram_total, b->gram_total, &c.gram_least, &c.gram_most);
    shares(words, a->word_total, b->word_total, &c.word_least, &c.word_most);
    double least = c.gram_least > c.word_least ? c.gram_least : c.word_least;
    double most = c.gram_most > c.word_most ? c.gram_most : c.word_most;
    bool changed = number_changed(x, y) || negation_changed(x, y, n_words);
    c.same = !changed &&
             (least >= k_rule.copy || (most >= k_rule.part_most && least >= k_rule.part_least));
    c.apart = changed && least >= k_rule.apart_least;
    c.sure = (uint32_t)(500 * least + 500 * most);
    return c;
}

/* ---- lists ---- */

struct lists {
    uint64_t n;          /* parts of all nodes */
    uint64_t *slot_from; /* first slot of each node, n_nodes + 1 */
    uint32_t *node;      /* by place: nodes of a list, lists one behind the other */
    uint32_t *place;     /* by slot: where the node stands in its list */
    uint32_t *from, *to; /* by slot: its list */
};

static bool is_sampled(uint32_t gram)
{
    return (gram & SAMPLE_MASK) == 0;
}

static uint64_t count_slots(const struct folding *f, struct lists *l)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < f->n_nodes; i++) {
        const struct cluster_digest *d = &f->nodes[i].node->digest;
        l->slot_from[i] = n;
        for (uint32_t j = 0; j < d->n_grams; j++)
            n += is_sampled(d->grams[j]);
        n += d->n_words;
    }
    l->slot_from[f->n_nodes] = n;
    return n;
}

static void fill_slots(const struct folding *f, uint64_t *out)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < f->n_nodes; i++) {
        const struct cluster_digest *d = &f->nodes[i].node->digest;
        for (uint32_t j = 0; j < d->n_grams; j++)
            if (is_sampled(d->grams[j])) {
                out[n] = (uint64_t)d->grams[j] << 32 | n;
                n++;
            }
        for (uint32_t j = 0; j < d->n_words; j++, n++)
            out[n] = (uint64_t)word_part(d->words[j]) << 32 | n;
    }
}

static void place_slots(const struct folding *f, struct lists *l, const uint64_t *sorted)
{
    for (uint32_t i = 0; i < f->n_nodes; i++)
        for (uint64_t s = l->slot_from[i]; s < l->slot_from[i + 1]; s++)
            l->from[s] = i; /* for a moment: the node of the slot */
    for (uint64_t p = 0; p < l->n; p++)
        l->node[p] = l->from[(uint32_t)sorted[p]];
    for (uint64_t p = 0, q; p < l->n; p = q) {
        for (q = p; q < l->n && sorted[q] >> 32 == sorted[p] >> 32; q++) {
            uint32_t slot = (uint32_t)sorted[q];
            l->place[slot] = (uint32_t)q;
            l->from[slot] = (uint32_t)p;
        }
        for (uint64_t r = p; r < q; r++)
            l->to[(uint32_t)sorted[r]] = (uint32_t)q;
    }
}

static rc make_lists(const struct folding *f, struct lists *l)
{
    uint64_t *values, *spare;
    TRY(arena_array_raw(f->mem, (size_t)f->n_nodes + 1, &l->slot_from));
    l->n = count_slots(f, l);
    if (l->n > UINT32_MAX) return FAIL(E_LIMIT, "cluster: more than 2^32 parts of posts");
    TRY(arena_array_raw(f->mem, l->n + 1, &values));
    TRY(arena_array_raw(f->mem, l->n + 1, &spare));
    TRY(arena_array_raw(f->mem, l->n + 1, &l->node));
    TRY(arena_array_raw(f->mem, l->n + 1, &l->place));
    TRY(arena_array_raw(f->mem, l->n + 1, &l->from));
    TRY(arena_array_raw(f->mem, l->n + 1, &l->to));
    fill_slots(f, values);
    cluster_sort_high(values, spare, l->n);
    place_slots(f, l, values);
    return OK;
}

/* ---- candidates ---- */

struct search {
    struct lists lists;
    uint16_t *hits;    /* by node */
    uint32_t *touched; /* nodes with hits */
    uint32_t n_touched;
    uint64_t *pairs, n_pairs; /* smaller node << 32 | larger */
};

/* The slots of a node with the shortest lists. */
static uint32_t rarest(const struct search *s, uint32_t node, uint32_t out[MAX_LISTS])
{
    const struct lists *l = &s->lists;
    uint32_t n = 0;
    for (uint64_t slot = l->slot_from[node]; slot < l->slot_from[node + 1]; slot++) {
        uint32_t length = l->to[slot] - l->from[slot], at = n;
        if (length < 2) continue;
        if (n == MAX_LISTS && l->to[out[n - 1]] - l->from[out[n - 1]] <= length) continue;
        if (n == MAX_LISTS)
            at = n - 1;
        else
            n++;
        for (; at > 0 && l->to[out[at - 1]] - l->from[out[at - 1]] > length; at--)
            out[at] = out[at - 1];
        out[at] = (uint32_t)slot;
    }
    return n;
}

static void count_hits(struct search *s, uint32_t node, uint32_t slot)
{
    const struct lists *l = &s->lists;
    uint32_t from = l->from[slot], to = l->to[slot], at = l->place[slot];
    if (at - from > NEIGHBOURS) from = at - NEIGHBOURS;
    if (to - at > NEIGHBOURS + 1) to = at + NEIGHBOURS + 1;
    for (uint32_t p = from; p < to; p++) {
        uint32_t other = l->node[p];
        if (other == node) continue;
        if (s->hits[other]++ == 0) s->touched[s->n_touched++] = other;
    }
}

/* Most hits first, then the smaller node; forgets the hits. */
static void keep_best(struct search *s, uint32_t node)
{
    uint32_t best[MAX_CANDIDATES], n = 0;
    for (uint32_t i = 0; i < s->n_touched; i++) {
        uint32_t other = s->touched[i], hits = s->hits[other], at = n;
        if (n == MAX_CANDIDATES) {
            uint32_t last = best[n - 1];
            if (s->hits[last] > hits || (s->hits[last] == hits && last < other)) continue;
            at = n - 1;
        } else {
            n++;
        }
        for (; at > 0 && (s->hits[best[at - 1]] < hits ||
                          (s->hits[best[at - 1]] == hits && best[at - 1] > other));
             at--)
            best[at] = best[at - 1];
        best[at] = other;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint64_t a = node < best[i] ? node : best[i], b = node < best[i] ? best[i] : node;
        s->pairs[s->n_pairs++] = a << 32 | b;
    }
    for (uint32_t i = 0; i < s->n_touched; i++)
        s->hits[s->touched[i]] = 0;
    s->n_touched = 0;
}

/* Each pair once, in the order of its nodes. */
static void sort_pairs(struct search *s, uint64_t *spare)
{
    uint64_t n = 0;
    for (uint32_t half = 0; half < 2; half++) { /* the lower half first, then the upper one */
        for (uint64_t i = 0; i < s->n_pairs; i++)
            s->pairs[i] = s->pairs[i] << 32 | s->pairs[i] >> 32;
        cluster_sort_high(s->pairs, spare, s->n_pairs);
    }
    for (uint64_t i = 0; i < s->n_pairs; i++)
        if (n == 0 || s->pairs[n - 1] != s->pairs[i]) s->pairs[n++] = s->pairs[i];
    s->n_pairs = n;
}

static rc find_pairs(struct folding *f, struct search *s)
{
    uint64_t most = (uint64_t)f->n_nodes * MAX_CANDIDATES;
    uint32_t slots[MAX_LISTS];
    uint64_t *spare;
    TRY(make_lists(f, &s->lists));
    TRY(arena_array(f->mem, (size_t)f->n_nodes + 1, &s->hits));
    TRY(arena_array_raw(f->mem, (size_t)f->n_nodes + 1, &s->touched));
    TRY(arena_array_raw(f->mem, most + 1, &s->pairs));
    for (uint32_t i = 0; i < f->n_nodes; i++) {
        if (i % 4096 == 0) TRY(cluster_go_on(f));
        uint32_t n = rarest(s, i, slots);
        for (uint32_t j = 0; j < n; j++)
            count_hits(s, i, slots[j]);
        keep_best(s, i);
    }
    TRY(arena_array_raw(f->mem, s->n_pairs + 1, &spare));
    sort_pairs(s, spare);
    return OK;
}

rc cluster_find_links(struct folding *f)
{
    struct search s = {0};
    uint64_t *keys, *spare, n = 0;
    struct link *links;
    TRY(find_pairs(f, &s));
    TRY(arena_array_raw(f->mem, s.n_pairs + 1, &keys));
    TRY(arena_array_raw(f->mem, s.n_pairs + 1, &spare));
    for (uint64_t i = 0; i < s.n_pairs; i++) {
        if (i % PAIRS_ASK == 0) TRY(cluster_go_on(f));
        uint32_t a = (uint32_t)(s.pairs[i] >> 32), b = (uint32_t)s.pairs[i];
        struct comparison c = cluster_compare(&f->nodes[a], &f->nodes[b]);
        if (c.same) keys[n++] = (uint64_t)(UINT16_MAX - c.sure) << 32 | i;
    }
    cluster_sort_high(keys, spare, n);
    TRY(arena_array_raw(f->mem, n + 1, &links));
    for (uint64_t i = 0; i < n; i++) {
        uint64_t pair = s.pairs[(uint32_t)keys[i]];
        links[i] = (struct link){(uint32_t)(pair >> 32), (uint32_t)pair,
                                 UINT16_MAX - (uint32_t)(keys[i] >> 32)};
    }
    f->links = links;
    f->n_links = n;
    return OK;
}
