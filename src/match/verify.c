/* SPDX-License-Identifier: Apache-2.0
 * Does the post say what the claim says? Numbers, negation and names are compared one by one; what
 * differs is named, and a named difference keeps a hit from being confirmed. */
#include "match/match_int.h"

#include <math.h>
#include <string.h>

enum {
    MAX_SHARED = 12,
    CUE_REACH_BYTES = 48,
    BESIDE_BYTES = 32,
    BEHIND_BYTES = 64,
    DENIAL_REACH_BYTES = 10,
    EDGE_PARTS = 2
};

static struct view slice(const struct text *text, uint32_t from, uint32_t to)
{
    return view_slice(text->source, from, to > from ? to - from : 0);
}

/* ---- span and shares ---- */

static void fill_span(const struct alignment *a, struct why *why)
{
    if (a->span_from >= a->span_to) return;
    why->span_from = a->post[a->span_from].token->from;
    why->span_to = a->post[a->span_to - 1].token->to;
}

/* numbers: whether a number that is only written otherwise counts as found. */
static double share(const struct part *parts, uint32_t from, uint32_t to, bool numbers)
{
    double sum = 0, found = 0;
    for (uint32_t i = from; i < to; i++) {
        sum += (double)parts[i].weight;
        if (parts[i].mate != NO_MATE || (numbers && parts[i].number))
            found += (double)parts[i].weight;
    }
    return sum > 0 ? found / sum : 0;
}

static bool already(const struct alignment *a, const uint32_t *picked, uint32_t n, uint32_t j)
{
    for (uint32_t k = 0; k < n; k++)
        if (a->post[picked[k]].token->folded_key == a->post[j].token->folded_key) return true;
    return false;
}

/* The heaviest words in common, once each, heaviest first. */
static rc fill_shared(const struct alignment *a, const struct text *post, struct arena *mem,
                      struct why *why)
{
    struct view *words;
    uint32_t picked[MAX_SHARED], n = 0;
    TRY(arena_array(mem, MAX_SHARED, &words));
    for (uint32_t j = a->span_from; j < a->span_to; j++) {
        const struct part *p = &a->post[j];
        if (p->mate == NO_MATE || (p->token->flags & TOKEN_STOP) || already(a, picked, n, j))
            continue;
        if (n == MAX_SHARED && a->post[picked[n - 1]].weight >= p->weight) continue;
        uint32_t at = n < MAX_SHARED ? n++ : n - 1;
        for (; at > 0 && a->post[picked[at - 1]].weight < p->weight; at--)
            picked[at] = picked[at - 1];
        picked[at] = j;
    }
    for (uint32_t k = 0; k < n; k++)
        words[k] = token_as_written(post, a->post[picked[k]].token);
    why->shared = words;
    why->n_shared = n;
    return OK;
}

/* ---- numbers ---- */

#define MET_BY_WORDS UINT32_MAX

struct numbers {
    const struct text *claim, *post;
    uint32_t from, to; /* bytes of the post where numbers are compared */
    uint32_t *mate;    /* of each number of the claim: number of the post + 1, 0 none */
    bool *post_met;
};

static bool inside(const struct numbers *x, const struct number *n)
{
    return n->from >= x->from && n->to <= x->to;
}

/* The span, and what stands in place of the claim's words before and behind it. */
static void find_reach(const struct alignment *a, struct numbers *x)
{
    if (a->span_from >= a->span_to) return;
    uint32_t from = a->span_from, to = a->span_to;
    for (uint32_t i = 0; i < a->n_gaps; i++) {
        const struct gap *g = &a->gaps[i];
        if (g->claim_from == g->claim_to) continue;
        if (g->post_from < from) from = g->post_from;
        if (g->post_to > to) to = g->post_to;
    }
    x->from = a->post[from].token->from;
    x->to = a->post[to - 1].token->to;
    /* A sign or a unit behind the last word belongs to its number. */
    for (uint32_t j = 0; j < x->post->n_numbers; j++)
        if (x->post->numbers[j].from < x->to && x->post->numbers[j].to > x->to)
            x->to = x->post->numbers[j].to;
}

static void add_pair(struct number_pair *pairs, uint32_t *n, struct view claim, struct view post)
{
    if (*n < MAX_PAIRS) pairs[(*n)++] = (struct number_pair){claim, post};
}

static struct view written(const struct text *text, uint32_t i)
{
    return slice(text, text->numbers[i].from, text->numbers[i].to);
}

/* Inside the span first, then anywhere in the post. */
static void meet_numbers(struct numbers *x, bool anywhere)
{
    for (uint32_t i = 0; i < x->claim->n_numbers; i++)
        for (uint32_t j = 0; j < x->post->n_numbers && !x->mate[i]; j++) {
            const struct number *p = &x->post->numbers[j];
            if (x->post_met[j] || (!anywhere && !inside(x, p)) ||
                !number_agrees(&x->claim->numbers[i], p))
                continue;
            x->mate[i] = j + 1;
            x->post_met[j] = true;
        }
}

/* Next number of the post inside the span that met none, from *inout_at on. */
static bool next_unmet(const struct numbers *x, uint32_t *inout_at, uint32_t *out)
{
    for (; *inout_at < x->post->n_numbers; (*inout_at)++) {
        if (x->post_met[*inout_at] || !inside(x, &x->post->numbers[*inout_at])) continue;
        *out = (*inout_at)++;
        return true;
    }
    return false;
}

/* A number whose words were all met one by one agrees, however it was disguised. */
static bool met_by_words(const struct number *n, const struct part *parts, uint32_t n_parts)
{
    bool any = false;
    for (uint32_t i = 0; i < n_parts; i++) {
        if (parts[i].token->to <= n->from || parts[i].token->from >= n->to) continue;
        if (parts[i].mate == NO_MATE || parts[i].slip || parts[i].inflected) return false;
        any = true;
    }
    return any;
}

static void meet_words(struct numbers *x, const struct alignment *a)
{
    for (uint32_t i = 0; i < x->claim->n_numbers; i++)
        if (!x->mate[i] && met_by_words(&x->claim->numbers[i], a->claim, a->n_claim))
            x->mate[i] = MET_BY_WORDS;
    for (uint32_t j = 0; j < x->post->n_numbers; j++)
        x->post_met[j] |= met_by_words(&x->post->numbers[j], a->post, a->n_post);
}

/* Unmet numbers of both sides, paired in their order; the rest is missing or added. */
static void fill_differences(const struct numbers *x, struct why *why, struct number_pair *differ)
{
    uint32_t at = 0, j;
    for (uint32_t i = 0; i < x->claim->n_numbers; i++) {
        if (x->mate[i]) continue;
        bool replaced = next_unmet(x, &at, &j);
        add_pair(differ, &why->n_differ, written(x->claim, i),
                 replaced ? written(x->post, j) : view_of(NULL, 0));
    }
    while (next_unmet(x, &at, &j))
        add_pair(differ, &why->n_differ, view_of(NULL, 0), written(x->post, j));
}

/* A quarter is 25 %. */
static double value_beside(const struct number *n, const struct number *other)
{
    bool share = n->kind == NUMBER_PLAIN && other->kind == NUMBER_PERCENT;
    return share ? 100 * n->value : n->value;
}

/* number_agrees forgives rounding and what a date leaves out; a copy may not need that. */
static bool same_number(const struct number *a, const struct number *b)
{
    double x = value_beside(a, b), y = value_beside(b, a);
    return fabs(x - y) <= 1e-9 * fmax(fabs(x), fabs(y)) && a->year == b->year &&
           a->month == b->month && a->day == b->day;
}

static void mark_number(const struct number *n, struct part *parts, uint32_t n_parts)
{
    for (uint32_t i = 0; i < n_parts; i++)
        parts[i].number |= parts[i].token->from >= n->from && parts[i].token->to <= n->to;
}

/* Whether those that agree are the same, whose words are marked. */
static bool mark_same(const struct numbers *x, struct alignment *a)
{
    bool all = true;
    for (uint32_t i = 0; i < x->claim->n_numbers; i++) {
        const struct number *claim = &x->claim->numbers[i];
        if (!x->mate[i] || met_by_words(claim, a->claim, a->n_claim)) continue;
        const struct number *post = &x->post->numbers[x->mate[i] - 1];
        bool same = same_number(claim, post);
        all &= same;
        if (!same) continue;
        mark_number(claim, a->claim, a->n_claim);
        mark_number(post, a->post, a->n_post);
    }
    return all;
}

static rc fill_numbers(struct alignment *a, const struct text *claim, const struct text *post,
                       struct arena *mem, struct why *why, bool *out_same)
{
    struct numbers x = {.claim = claim, .post = post};
    struct number_pair *agree, *differ;
    TRY(arena_array(mem, (size_t)claim->n_numbers + 1, &x.mate));
    TRY(arena_array(mem, (size_t)post->n_numbers + 1, &x.post_met));
    TRY(arena_array(mem, MAX_PAIRS, &agree));
    TRY(arena_array(mem, MAX_PAIRS, &differ));
    find_reach(a, &x);
    meet_numbers(&x, false);
    meet_numbers(&x, true);
    meet_words(&x, a);
    for (uint32_t i = 0; i < claim->n_numbers; i++)
        if (x.mate[i])
            add_pair(agree, &why->n_agree, written(claim, i),
                     x.mate[i] == MET_BY_WORDS ? written(claim, i) : written(post, x.mate[i] - 1));
    fill_differences(&x, why, differ);
    why->agree = agree;
    why->differ = differ;
    *out_same = mark_same(&x, a) && why->n_differ == 0;
    return OK;
}

/* ---- digits that no number covers ---- */

/* A word with digits ("5g", "covid19") has to be met letter by letter. */
static bool loose_digits(const struct text *text, const struct part *parts, uint32_t from,
                         uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        if (parts[i].has_digit && parts[i].mate == NO_MATE &&
            !covered_by_number(text, parts[i].token))
            return true;
    return false;
}

/* ---- negation ---- */

static uint32_t count_cues(const struct text *text, uint32_t from, uint32_t to)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < text->n_negations; i++)
        n += text->negations[i].from >= from && text->negations[i].to <= to;
    return n;
}

size_t sentence_mark(struct view source, size_t at)
{
    static const char *const k_marks[] = {".", "!", "?", "\n", ";", ":", "؟", "؛", "۔", "…", "。"};
    if (at >= source.n) return 0;
    for (size_t i = 0; i < COUNT_OF(k_marks); i++)
        if ((uint8_t)k_marks[i][0] == source.p[at] &&
            view_starts(view_slice(source, at, source.n), view_cstr(k_marks[i])))
            return strlen(k_marks[i]);
    return 0;
}

/* Start of the sentence before `at`, at most CUE_REACH_BYTES away: "It is not true that …". */
static uint32_t sentence_start(struct view source, uint32_t at)
{
    uint32_t start = at > CUE_REACH_BYTES ? at - CUE_REACH_BYTES : 0;
    for (uint32_t i = start; i < at; i++) {
        size_t n = sentence_mark(source, i);
        if (n > 0 && i + n <= at) start = i + (uint32_t)n;
    }
    return start;
}

/* "… is not true": as far behind the span as its sentence goes. */
static uint32_t sentence_end(struct view source, uint32_t at)
{
    uint32_t highest = source.n - at > CUE_REACH_BYTES ? at + CUE_REACH_BYTES : (uint32_t)source.n;
    while (at < highest && sentence_mark(source, at) == 0)
        at++;
    return at;
}

/* Bytes of the claim that the post covers: all of it, or from the first to the last word met when
 * the post is only a part. A denial elsewhere in the claim is none of the post's. */
static void covered_claim(const struct alignment *a, const struct text *claim, double claim_share,
                          uint32_t *out_from, uint32_t *out_to)
{
    *out_from = 0;
    *out_to = (uint32_t)claim->source.n;
    if (claim_share >= LEAST_WHOLE_SHARE) return;
    uint32_t first = a->n_claim, last = 0;
    for (uint32_t i = 0; i < a->n_claim; i++) {
        if (a->claim[i].mate == NO_MATE) continue;
        if (i < first) first = i;
        last = i;
    }
    if (first == a->n_claim) return;
    first = first > EDGE_PARTS ? first - EDGE_PARTS : 0;
    last = last + EDGE_PARTS < a->n_claim ? last + EDGE_PARTS : a->n_claim - 1;
    *out_from = a->claim[first].token->from;
    *out_to = a->claim[last].token->to;
}

static void fill_negation(const struct alignment *a, const struct text *claim,
                          const struct text *post, struct verdict_on *v)
{
    uint32_t claim_from, claim_to;
    covered_claim(a, claim, v->why.claim_share, &claim_from, &claim_to);
    uint32_t in_claim = count_cues(claim, claim_from, claim_to);
    uint32_t in_post = count_cues(post, sentence_start(post->source, v->why.span_from),
                                  sentence_end(post->source, v->why.span_to));
    if (in_post == in_claim) return;
    v->negation_changed = true;
    /* In other words a sentence may deny twice what another denies once. */
    bool both = in_post > 0 && in_claim > 0;
    if (both && v->why.claim_share < LEAST_WHOLE_SHARE) return;
    v->why.negation = in_post > in_claim ? NEGATION_ADDED : NEGATION_REMOVED;
}

/* ---- "hoax: …" ---- */

/* A short sentence right before `at` belongs to what stands there: "HOAX! …", "Fake news: …". */
static uint32_t beside_start(struct view source, uint32_t at)
{
    uint32_t start = sentence_start(source, at);
    uint32_t lowest = start > BESIDE_BYTES ? start - BESIDE_BYTES : 0, mark = start;
    while (mark > lowest && (source.p[mark - 1] == ' ' || sentence_mark(source, mark - 1) > 0))
        mark--;
    uint32_t before = sentence_start(source, mark);
    return before >= lowest ? before : start;
}

static uint32_t beside_end(struct view source, uint32_t at)
{
    uint32_t end = sentence_end(source, at), mark = end;
    while (mark < source.n && (source.p[mark] == ' ' || sentence_mark(source, mark) > 0))
        mark += source.p[mark] == ' ' ? 1 : (uint32_t)sentence_mark(source, mark);
    uint32_t behind = sentence_end(source, mark);
    /* "Rating: FALSE" */
    if (behind < source.n && source.p[behind] == ':') behind = sentence_end(source, behind + 1);
    return behind - end <= BEHIND_BYTES ? behind : end;
}

/* "This is no hoax" */
static bool denied(const struct text *text, const struct negation *refutation)
{
    for (uint32_t i = 0; i < text->n_negations; i++) {
        const struct negation *n = &text->negations[i];
        if (n->to <= refutation->from && refutation->from - n->to <= DENIAL_REACH_BYTES)
            return true;
    }
    return false;
}

static uint32_t count_refutations(const struct text *text, uint32_t from, uint32_t to)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < text->n_refutations; i++) {
        const struct negation *r = &text->refutations[i];
        n += r->from >= from && r->to <= to && !denied(text, r);
    }
    return n;
}

static void fill_refuted(const struct alignment *a, const struct text *claim,
                         const struct text *post, struct verdict_on *v)
{
    uint32_t from, to;
    covered_claim(a, claim, v->why.claim_share, &from, &to);
    if (a->span_from >= a->span_to) return;
    v->why.refuted = count_refutations(post, beside_start(post->source, v->why.span_from),
                                       beside_end(post->source, v->why.span_to)) >
                     count_refutations(claim, from, to);
}

/* ---- evidence ---- */

/* Words in common whose next word is the next word on the other side too. */
static uint32_t count_pairs(const struct alignment *a)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i + 1 < a->n_claim; i++)
        n += a->claim[i].mate != NO_MATE && a->claim[i + 1].mate == a->claim[i].mate + 1;
    return n;
}

/* What is met, by weight: how rare its rarest word is, how much of it are names, how much the post
 * says at all. */
static void weigh(const struct bank *statistics, const struct alignment *a, struct verdict_on *v)
{
    double most = log(1 + ((double)bank_n_docs(statistics) - 0.5) / 1.5);
    for (uint32_t i = 0; i < a->n_claim; i++) {
        const struct part *p = &a->claim[i];
        if (p->token->flags & TOKEN_STOP) continue;
        v->weight_words++;
        if (p->mate == NO_MATE) continue;
        v->telling_moved |= p->moved;
        v->heaviest = fmax(v->heaviest, (double)p->weight / most);
        if (p->token->flags & (TOKEN_CAPITAL | TOKEN_HASHTAG)) v->names += (double)p->weight / most;
    }
    for (uint32_t j = 0; j < a->n_post; j++)
        v->post_words += !(a->post[j].token->flags & TOKEN_STOP);
    v->pairs = count_pairs(a);
}

/* ---- all of it ---- */

rc verify(const struct bank *statistics, const struct text *claim, const struct text *post,
          const struct post_parts *parts, struct arena *mem, struct verdict_on *out)
{
    struct alignment a;
    struct verdict_on v = {0};
    TRY(align(statistics, claim, parts, mem, &a));
    fill_span(&a, &v.why);
    v.why.claim_text = claim->source;
    v.why.lang = claim->lang;
    v.why.claim_share = share(a.claim, 0, a.n_claim, false);
    v.why.post_share = share(a.post, 0, a.n_post, false);
    TRY(fill_shared(&a, post, mem, &v.why));
    bool same_numbers;
    TRY(fill_numbers(&a, claim, post, mem, &v.why, &same_numbers));
    TRY(fill_changed(&a, claim, post, mem, &v));
    fill_negation(&a, claim, post, &v);
    fill_refuted(&a, claim, post, &v);
    v.number_changed = !same_numbers || loose_digits(claim, a.claim, 0, a.n_claim) ||
                       loose_digits(post, a.post, a.span_from, a.span_to);
    v.span_share = share(a.post, a.span_from, a.span_to, false);
    v.claim_said = share(a.claim, 0, a.n_claim, true);
    v.span_said = share(a.post, a.span_from, a.span_to, true);
    v.in_order = a.in_order;
    v.exact = a.in_order && a.n_gaps == 0 && a.n_claim == a.n_post && a.n_claim > 0;
    weigh(statistics, &a, &v);
    *out = v;
    return OK;
}
