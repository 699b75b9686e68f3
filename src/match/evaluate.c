/* SPDX-License-Identifier: Apache-2.0
 * How good the answers are on a set of posts with known right claims: MAP@5, MRR, S@1/5/10, recall
 * at 1 % false matches, wrongly confirmed changes, latency. Posts go through match_post, the same
 * way a user's do. */
#include "match/match_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_LINE_BYTES = 16 << 20,
    RANKING = 24,      /* hits asked for, so that ten different claims are among them */
    LATENCY_EVERY = 4, /* each so many-th post is timed with a user's options */
};

/* ---- what is right ---- */

struct right {
    struct view query, claim;
};

struct truth {
    struct right *rows; /* by query */
    uint32_t n, cap;
    struct arena *mem;
};

static int by_query(const void *a, const void *b)
{
    const struct right *x = a, *y = b;
    int order = view_cmp(x->query, y->query);
    return order ? order : view_cmp(x->claim, y->claim);
}

static rc add_right(struct truth *t, struct view line, uint64_t number)
{
    size_t tab = view_find(line, '\t');
    if (view_trim(line).n == 0) return OK;
    if (tab == line.n)
        return FAIL(E_INPUT, "line %llu: query id, TAB, claim id expected",
                    (unsigned long long)number);
    if (t->n == t->cap) {
        uint32_t cap = t->cap ? t->cap * 2 : 1024;
        TRY(mem_resize(&t->rows, cap, sizeof *t->rows));
        t->cap = cap;
    }
    struct right r;
    TRY(arena_copy(t->mem, view_slice(line, 0, tab), &r.query));
    TRY(arena_copy(t->mem, view_trim(view_slice(line, tab + 1, line.n)), &r.claim));
    t->rows[t->n++] = r;
    return OK;
}

static rc load_truth(const char *path, struct arena *mem, struct truth *out)
{
    struct line_reader lines CLEANUP(line_close) = {.fd = -1};
    struct view line;
    bool more;
    out->mem = mem;
    TRY(line_open(path, MAX_LINE_BYTES, &lines));
    for (;;) {
        TRY(line_next(&lines, &line, &more));
        if (!more) break;
        rc r = add_right(out, line, lines.line_number);
        if (!ok(r)) return rc_within(r, "%s: ", path);
    }
    if (out->n > 1) qsort(out->rows, out->n, sizeof *out->rows, by_query);
    return OK;
}

static uint32_t first_right(const struct truth *t, struct view query)
{
    uint32_t low = 0, high = t->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (view_cmp(t->rows[middle].query, query) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- one group of queries ---- */

struct tally {
    struct view name;
    uint64_t n, n_right_best;
    double map5, rr, s1, s5, s10, confirmed;
    double *right_scores; /* of queries whose best hit is right */
    size_t cap;
};

static rc add_score(struct tally *t, double score)
{
    if (t->n_right_best == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 256;
        TRY(mem_resize(&t->right_scores, cap, sizeof *t->right_scores));
        t->cap = cap;
    }
    t->right_scores[t->n_right_best++] = score;
    return OK;
}

struct numbers_list {
    double *at;
    size_t n, cap;
};

static rc add_number(struct numbers_list *l, double x)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 256;
        TRY(mem_resize(&l->at, cap, sizeof *l->at));
        l->cap = cap;
    }
    l->at[l->n++] = x;
    return OK;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

struct evaluation {
    struct matcher *matcher;
    const struct bank_snapshot *snapshot;
    const struct eval_inputs *inputs;
    struct arena *keep, scratch;
    struct truth truth;
    struct tally all, *kinds;
    uint32_t n_kinds, kinds_cap;
    uint64_t n_skipped, n_seen;
    struct numbers_list unrelated, latency;
    uint64_t n_unrelated, unrelated_confirmed, unrelated_suggested;
    uint64_t n_changed, changed_confirmed;
    bool (*progress)(void *, uint64_t, uint64_t);
    void *context;
};

static void evaluation_done(struct evaluation *e)
{
    arena_done(&e->scratch);
    mem_free(e->truth.rows);
    mem_free(e->all.right_scores);
    for (uint32_t i = 0; i < e->n_kinds; i++)
        mem_free(e->kinds[i].right_scores);
    mem_free(e->kinds);
    mem_free(e->unrelated.at);
    mem_free(e->latency.at);
}

/* Identical claims under several ids are one: what tells them apart is their text. */
static uint64_t claim_key(const struct item *item)
{
    return text_key(item->text);
}

static bool contains(const uint64_t *keys, uint32_t n, uint64_t key)
{
    for (uint32_t i = 0; i < n; i++)
        if (keys[i] == key) return true;
    return false;
}

/* Keys of the right claims that the bank holds. */
static rc right_keys(struct evaluation *e, struct view query, uint64_t **out, uint32_t *out_n)
{
    uint32_t from = first_right(&e->truth, query), to = from, n = 0;
    uint64_t *keys;
    while (to < e->truth.n && view_eq(e->truth.rows[to].query, query))
        to++;
    TRY(arena_array(&e->scratch, to - from, &keys));
    for (uint32_t i = from; i < to; i++) {
        uint32_t number;
        struct item item;
        const struct bank *b = e->snapshot->base;
        if (!ok(bank_find_id(b, e->truth.rows[i].claim, &number))) continue;
        TRY(bank_item(b, number, &e->scratch, &item));
        if (!contains(keys, n, claim_key(&item))) keys[n++] = claim_key(&item);
    }
    *out = keys;
    *out_n = n;
    return OK;
}

static rc tally_answer(struct tally *t, const struct answer *a, const uint64_t *right,
                       uint32_t n_right)
{
    uint64_t seen[RANKING];
    uint32_t rank = 0, found = 0;
    double precision = 0, reciprocal = 0;
    t->n++;
    for (uint32_t i = 0; i < a->n_hits && i < RANKING; i++) {
        uint64_t key = claim_key(&a->hits[i].item);
        if (contains(seen, rank, key)) continue;
        seen[rank++] = key;
        if (!contains(right, n_right, key)) continue;
        found++;
        if (rank <= 5) precision += (double)found / rank;
        if (found > 1) continue;
        reciprocal = 1.0 / rank;
        t->s1 += rank == 1;
        t->s5 += rank <= 5;
        t->s10 += rank <= 10;
        t->confirmed += a->hits[i].tier == TIER_CONFIRMED;
        if (rank == 1) TRY(add_score(t, a->hits[i].score));
    }
    t->map5 += precision / (n_right < 5 ? n_right : 5);
    t->rr += reciprocal;
    return OK;
}

static rc kind_of(struct evaluation *e, struct view name, struct tally **out)
{
    for (uint32_t i = 0; i < e->n_kinds; i++)
        if (view_eq(e->kinds[i].name, name)) {
            *out = &e->kinds[i];
            return OK;
        }
    if (e->n_kinds == e->kinds_cap) {
        uint32_t cap = e->kinds_cap ? e->kinds_cap * 2 : 32;
        TRY(mem_resize(&e->kinds, cap, sizeof *e->kinds));
        e->kinds_cap = cap;
    }
    struct tally fresh = {0};
    TRY(arena_copy(e->keep, name, &fresh.name));
    e->kinds[e->n_kinds] = fresh;
    *out = &e->kinds[e->n_kinds++];
    return OK;
}

/* ---- posts of a file ---- */

struct post_line {
    struct view id, text, kind, split, near_id;
    enum lang lang;
};

static rc parse_post(struct view line, struct arena *mem, struct post_line *out)
{
    const struct json *o;
    TRY(json_parse(line, NULL, mem, &o));
    *out = (struct post_line){.id = json_get_string(o, "id"),
                              .text = json_get_string(o, "text"),
                              .kind = json_get_string(o, "kind"),
                              .split = json_get_string(o, "split"),
                              .near_id = json_get_string(o, "near_id"),
                              .lang = lang_from_tag(json_get_string(o, "lang"))};
    if (out->id.n == 0 || out->text.n == 0) return FAIL(E_INPUT, "\"id\" or \"text\" is missing");
    return OK;
}

typedef rc (*post_fn)(struct evaluation *e, const struct post_line *post);

static rc each_post(struct evaluation *e, const char *path, post_fn fn)
{
    struct line_reader lines CLEANUP(line_close) = {.fd = -1};
    struct view line;
    bool more;
    TRY(line_open(path, MAX_LINE_BYTES, &lines));
    for (;;) {
        struct post_line post;
        arena_reset(&e->scratch);
        TRY(line_next(&lines, &line, &more));
        if (!more) return OK;
        rc r = parse_post(line, &e->scratch, &post);
        if (ok(r)) r = fn(e, &post);
        if (!ok(r))
            return rc_within(r, "%s: line %llu: ", path, (unsigned long long)lines.line_number);
        if (++e->n_seen % 64 == 0 && e->progress && !e->progress(e->context, e->n_seen, 0))
            return FAIL(E_INTERRUPTED, "evaluation was stopped");
    }
}

static rc ask(struct evaluation *e, const struct post_line *post, struct answer *out)
{
    struct match_options options = k_match_options;
    options.lang = post->lang;
    if (e->n_seen % LATENCY_EVERY == 0) {
        uint64_t from = clock_mono_ns();
        TRY(match_post(e->matcher, e->snapshot, post->text, &options, &e->scratch, out));
        TRY(add_number(&e->latency, (double)(clock_mono_ns() - from) / 1000));
    }
    options.top = RANKING;
    options.lowest = TIER_NONE;
    return match_post(e->matcher, e->snapshot, post->text, &options, &e->scratch, out);
}

static rc on_query(struct evaluation *e, const struct post_line *post)
{
    struct answer answer;
    struct tally *kind;
    uint64_t *right;
    uint32_t n_right;
    struct view split = e->inputs->split;
    if (split.n > 0 && !view_eq(split, post->split)) return OK;
    if (e->inputs->max_queries && e->all.n >= e->inputs->max_queries) return OK;
    TRY(right_keys(e, post->id, &right, &n_right));
    if (n_right == 0) {
        e->n_skipped++;
        return OK;
    }
    TRY(ask(e, post, &answer));
    TRY(tally_answer(&e->all, &answer, right, n_right));
    if (post->kind.n == 0) return OK;
    TRY(kind_of(e, post->kind, &kind));
    return tally_answer(kind, &answer, right, n_right);
}

static rc on_unrelated(struct evaluation *e, const struct post_line *post)
{
    struct answer answer;
    TRY(ask(e, post, &answer));
    enum tier best = TIER_NONE;
    for (uint32_t i = 0; i < answer.n_hits; i++)
        if (answer.hits[i].tier > best) best = answer.hits[i].tier;
    e->n_unrelated++;
    e->unrelated_confirmed += best == TIER_CONFIRMED;
    e->unrelated_suggested += best == TIER_SUGGESTED;
    return add_number(&e->unrelated, answer.n_hits ? answer.hits[0].score : 0);
}

static rc on_changed(struct evaluation *e, const struct post_line *post)
{
    struct answer answer;
    uint64_t near_key = 0;
    uint32_t number;
    if (post->near_id.n > 0 && ok(bank_find_id(e->snapshot->base, post->near_id, &number))) {
        struct item item;
        TRY(bank_item(e->snapshot->base, number, &e->scratch, &item));
        near_key = claim_key(&item);
    }
    TRY(ask(e, post, &answer));
    bool wrong = false;
    for (uint32_t i = 0; i < answer.n_hits; i++)
        wrong |= answer.hits[i].tier == TIER_CONFIRMED &&
                 (near_key == 0 || claim_key(&answer.hits[i].item) == near_key);
    e->n_changed++;
    e->changed_confirmed += wrong;
    return OK;
}

/* ---- the report ---- */

static double recall_above(const struct tally *t, double threshold)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < t->n_right_best; i++)
        n += t->right_scores[i] > threshold;
    return t->n ? (double)n / (double)t->n : 0;
}

static struct eval_scores scores_of(const struct tally *t, double threshold)
{
    double n = t->n ? (double)t->n : 1;
    return (struct eval_scores){.n = t->n,
                                .map5 = t->map5 / n,
                                .mrr = t->rr / n,
                                .s1 = t->s1 / n,
                                .s5 = t->s5 / n,
                                .s10 = t->s10 / n,
                                .confirmed = t->confirmed / n,
                                .recall_at_1 = threshold < 0 ? -1 : recall_above(t, threshold)};
}

static double quantile(struct numbers_list *l, double part)
{
    if (l->n == 0) return 0;
    qsort(l->at, l->n, sizeof *l->at, by_size);
    size_t i = (size_t)ceil(part * (double)l->n);
    return l->at[i > 0 ? i - 1 : 0];
}

static double part_of(uint64_t n, uint64_t all)
{
    return all ? (double)n / (double)all : -1;
}

static rc report(struct evaluation *e, struct eval_report *out)
{
    struct eval_group *groups;
    /* The score that no more than 1 % of unrelated posts pass. */
    double threshold = e->n_unrelated ? quantile(&e->unrelated, 0.99) : -1;
    TRY(arena_array(e->keep, e->n_kinds, &groups));
    for (uint32_t i = 0; i < e->n_kinds; i++)
        groups[i] = (struct eval_group){e->kinds[i].name, scores_of(&e->kinds[i], threshold)};
    *out =
        (struct eval_report){.all = scores_of(&e->all, threshold),
                             .n_kinds = e->n_kinds,
                             .kinds = groups,
                             .unrelated_confirmed = part_of(e->unrelated_confirmed, e->n_unrelated),
                             .unrelated_suggested = part_of(e->unrelated_suggested, e->n_unrelated),
                             .threshold_at_1 = threshold,
                             .changed_confirmed = part_of(e->changed_confirmed, e->n_changed),
                             .n_unrelated = e->n_unrelated,
                             .n_changed = e->n_changed,
                             .n_skipped = e->n_skipped,
                             .p50_us = quantile(&e->latency, 0.5),
                             .p99_us = quantile(&e->latency, 0.99)};
    return OK;
}

rc match_evaluate(struct matcher *m, const struct bank_snapshot *snapshot,
                  const struct eval_inputs *inputs,
                  bool (*progress)(void *context, uint64_t done, uint64_t total), void *context,
                  struct arena *mem, struct eval_report *out)
{
    struct evaluation e CLEANUP(evaluation_done) = {.matcher = m,
                                                    .snapshot = snapshot,
                                                    .inputs = inputs,
                                                    .keep = mem,
                                                    .progress = progress,
                                                    .context = context};
    TRY(load_truth(inputs->qrels, mem, &e.truth));
    TRY(each_post(&e, inputs->queries, on_query));
    if (inputs->unrelated) TRY(each_post(&e, inputs->unrelated, on_unrelated));
    if (inputs->changed) TRY(each_post(&e, inputs->changed, on_changed));
    return report(&e, out);
}
