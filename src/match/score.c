/* SPDX-License-Identifier: Apache-2.0
 * From measures to one number. The weights come from tools/train_match.py; which sets they were
 * fitted on and how well they hold stands in docs/quality.md. */
#include "match/match_int.h"

#include <math.h>

/* Ranking before verification: words and grams say how alike the whole is; skeleton containment
 * lifts a copy inside a longer post, or a part of a claim, above texts that are merely alike. */
double rank_of(const struct measures *m)
{
    double copy = m->claim_in_post > m->post_in_claim ? m->claim_in_post : m->post_in_claim;
    return 1.3 * m->words + m->grams + 0.6 * copy * copy;
}

static double logistic(double z)
{
    return 1 / (1 + exp(-z));
}

double score_of(const struct measures *m, enum lang lang)
{
    (void)lang;
    double copy = m->claim_in_post > m->post_in_claim ? m->claim_in_post : m->post_in_claim;
    double z = -4.6 + 5.0 * m->grams + 3.0 * m->words + 3.0 * copy + 2.5 * m->claim_share +
               0.5 * m->post_share;
    if (m->changed) z -= 0.7;
    return logistic(z);
}

double suggested_from(enum lang lang)
{
    (void)lang;
    return 0.5;
}
