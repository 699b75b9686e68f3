/* SPDX-License-Identifier: Apache-2.0
 * From measures to one number. A post can meet a claim in two ways: as a text that is alike as a
 * whole (words, letter grams and what verification found), and as a copy of which one stands inside
 * the other. Both together order the hits of a post; how far a hit stands before the next, and how
 * much the post says at all, tell how sure it is. Constants: tables/score.tsv, written by
 * tools/train_match.py; what they reach on sets they were not trained on: docs/quality.md. */
#include "match/match_int.h"

#include <math.h>

/* Of a text that stands in another as it is. */
#define LEAST_WHOLE_COPY 0.86
#define LEAST_PART_COPY 0.85
#define LEAST_TOGETHER 0.7
#define LEAST_LOOSELY_TOGETHER 0.5
#define LEAST_SHARED_WORDS 3

static double logistic(double z)
{
    return 1 / (1 + exp(-z));
}

/* One text of which `share` stands in the other, so many `letters`; `least`: from which that is no
 * chance, over `unit`. */
static double copied(double share, double letters, double least, double unit)
{
    return logistic(k_score.copy_slope * (share - k_score.copy_share)) *
           logistic((letters - least) / unit);
}

/* A title inside a post says what it is about, not what it says. */
static double claim_copied(const struct measures *m)
{
    double share = fmax(m->claim_in_post, m->claim_share);
    return copied(share, share * m->claim_letters, k_score.claim_copy_letters,
                  k_score.claim_copy_unit) *
           (m->title ? k_score.title_part : 1);
}

/* The words of a short post stand in any long claim by chance; its letters in a row do not. Fewer
 * are enough than of a claim: a headline of few words stands in posts on other things, a post that
 * says nothing else is that headline, or the beginning of it. */
static double post_copied(const struct measures *m)
{
    return copied(m->post_in_claim, m->post_in_claim * m->post_letters, k_score.post_copy_letters,
                  k_score.post_copy_unit);
}

/* Shares of a long post are small; evidence that is no share is weighed beside the best of them. */
static double alike(const struct measures *m)
{
    double part = k_score.word_part[m->lang];
    double shares = part * m->words + (1 - part) * m->grams + k_score.post_part * m->post_share +
                    k_score.shared_part * log1p(m->n_shared);
    double evidence = k_score.heaviest_part * m->heaviest +
                      k_score.names_part * m->names / (1 + m->names) +
                      (m->negation_differs ? k_score.negation_part : 0);
    return k_score.alike_at_most *
           logistic(k_score.alike_offset +
                    k_score.alike_slope * (shares + m->best_grams * evidence));
}

double rank_of(const struct measures *m)
{
    /* Each standing in the other is surer than either: an exact copy comes before a part of it. */
    double unlike = (1 - alike(m)) * (1 - k_score.copy_at_most * claim_copied(m)) *
                    (1 - k_score.copy_at_most * post_copied(m));
    return log((1 - unlike) / unlike);
}

/* 0 to 1: whether one is a copy, by its words in their order or by its letters. */
static double copy_of(const struct measures *m)
{
    bool ordered = m->in_order && m->n_shared >= LEAST_SHARED_WORDS;
    bool whole = m->claim_share >= LEAST_WHOLE_COPY && m->span_share >= LEAST_TOGETHER;
    if (ordered && (whole || m->post_share >= LEAST_PART_COPY)) return 1;
    double claim = m->span_share >= LEAST_LOOSELY_TOGETHER ? claim_copied(m) : 0;
    return fmax(claim, post_copied(m));
}

/* What share of such hits was right: the table's steps, straight between them. */
static double calibrated(double score)
{
    double at = score * CALIBRATED_STEPS;
    int step = (int)fmin(at, CALIBRATED_STEPS - 1);
    const double *here = &k_score.calibrated[step];
    return here[0] + (at - step) * (here[1] - here[0]);
}

double probability_of(const struct measures *m, double rank, double lead)
{
    /* A copy is sure by itself, also where the bank holds claims that look like it. */
    double unsure = 1 - logistic(rank / k_score.unsure_scale), copy = copy_of(m);
    double more = k_score.sure_lead * fmin(fmax(lead, 0), k_score.lead_at_most) +
                  k_score.sure_words * log1p(m->post_words);
    double alike_only = k_score.sure_alike[m->lang] + k_score.sure_pairs[m->lang] * log1p(m->pairs);
    return calibrated(logistic(k_score.sure_offset + k_score.sure_rank * rank + unsure * more +
                               copy * k_score.sure_copy + (1 - copy) * alike_only));
}
