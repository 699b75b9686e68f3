/* SPDX-License-Identifier: Apache-2.0
 * From measures to one number. A post can meet a claim in two ways, each with its own probability:
 * as a text that is alike as a whole (words and letter grams), and as a copy of which one stands
 * inside the other. How the constants were chosen and what they reach stands in docs/quality.md. */
#include "match/match_int.h"

#include <math.h>

static const struct {
    double word_part[LANG_COUNT];     /* of words beside letter grams, by the post's language */
    double post_part, shared_part;    /* of what verification found */
    double alike_offset, alike_slope; /* logistic of being alike as a whole */
    double copy_share, copy_slope;    /* share from which one text stands in the other */
    double copy_letters, copy_letters_unit; /* and letters from which that is no chance */
    double title_part;                      /* of a copy's weight when only a title was met */
    double alike_at_most, copy_at_most;     /* a copy is surer than a likeness can be */
} k_score = {
    /* Letter grams are toneless, so Vietnamese leans on its words. */
    .word_part = {[LANG_UNKNOWN] = 0.45,
                  [LANG_AR] = 0.45,
                  [LANG_EN] = 0.45,
                  [LANG_ES] = 0.45,
                  [LANG_FA] = 0.45,
                  [LANG_FR] = 0.45,
                  [LANG_ID] = 0.45,
                  [LANG_IT] = 0.45,
                  [LANG_MS] = 0.45,
                  [LANG_VI] = 0.85,
                  [LANG_OTHER] = 0.45},
    .post_part = 0.2,
    .shared_part = 0.02,
    .alike_offset = -7.2,
    .alike_slope = 14,
    .copy_share = 0.7,
    .copy_slope = 20,
    .copy_letters = 26,
    .copy_letters_unit = 5,
    .title_part = 0.5,
    .alike_at_most = 0.94,
    .copy_at_most = 0.97};

static double logistic(double z)
{
    return 1 / (1 + exp(-z));
}

/* One text of `letters` of which `share` stands in the other. */
static double copied(double share, double letters)
{
    return logistic(k_score.copy_slope * (share - k_score.copy_share)) *
           logistic((share * letters - k_score.copy_letters) / k_score.copy_letters_unit);
}

double score_of(const struct measures *m)
{
    double part = k_score.word_part[m->lang];
    double alike = k_score.alike_at_most *
                   logistic(k_score.alike_offset +
                            k_score.alike_slope * (part * m->words + (1 - part) * m->grams +
                                                   k_score.post_part * m->post_share +
                                                   k_score.shared_part * log1p(m->n_shared)));
    /* A title inside a post says what it is about, not what it says. */
    double claim = copied(fmax(m->claim_in_post, m->claim_share), m->claim_letters) *
                   (m->title ? k_score.title_part : 1);
    /* The words of a short post stand in any long claim by chance; its letters in a row do not. */
    double post = copied(m->post_in_claim, m->n_letters);
    /* Each standing in the other is surer than either: an exact copy comes before a part of it. */
    return 1 - (1 - alike) * (1 - k_score.copy_at_most * claim) * (1 - k_score.copy_at_most * post);
}

double suggested_from(enum lang lang)
{
    (void)lang; /* one operating point so far: docs/quality.md */
    return 0.4;
}
