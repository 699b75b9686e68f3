/* SPDX-License-Identifier: Apache-2.0
 * From measures to a score that means something. */
#include "match/match_int.h"
#include "test.h"

/* A retelling in which a good part of the words was met, some of them as neighbours. */
static struct measures retelling(enum lang lang, double pairs)
{
    return (struct measures){.lang = lang,
                             .words = 0.5,
                             .grams = 0.45,
                             .best_grams = 0.45,
                             .claim_letters = 90,
                             .post_letters = 120,
                             .claim_share = 0.5,
                             .post_share = 0.45,
                             .span_share = 0.5,
                             .n_shared = 8,
                             .heaviest = 0.7,
                             .post_words = 25,
                             .pairs = pairs};
}

static double score_of(const struct measures *m, double lead)
{
    return probability_of(m, rank_of(m), lead);
}

TEST(what_ranks_higher_scores_higher)
{
    struct measures m = retelling(LANG_EN, 0);
    double last = -1;
    for (double rank = -8; rank <= 10; rank += 0.01) {
        double score = probability_of(&m, rank, 0);
        CHECK(score > last && score >= 0 && score <= 1);
        last = score;
    }
}

TEST(a_lead_before_the_next_hit_never_lowers_a_score)
{
    struct measures m = retelling(LANG_EN, 0);
    for (double lead = 0; lead < 5; lead += 0.1)
        CHECK(probability_of(&m, 0, lead + 0.1) >= probability_of(&m, 0, lead));
}

TEST(single_syllables_in_common_do_not_suggest_a_vietnamese_claim_and_words_do)
{
    struct measures loose = retelling(LANG_VI, 1), joined = retelling(LANG_VI, 14);
    CHECK(score_of(&loose, 2) < k_score.suggested_from);
    CHECK(score_of(&joined, 2) >= k_score.suggested_from);
}

TEST(where_words_are_words_their_neighbours_change_nothing)
{
    struct measures loose = retelling(LANG_EN, 1), joined = retelling(LANG_EN, 14);
    CHECK(score_of(&loose, 2) <= score_of(&joined, 2) &&
          score_of(&loose, 2) >= score_of(&joined, 2));
}

TEST(a_copy_is_sure_in_every_language_however_its_words_stand)
{
    for (int lang = LANG_UNKNOWN; lang < LANG_COUNT; lang++) {
        struct measures m = retelling((enum lang)lang, 0);
        m.claim_in_post = m.post_in_claim = m.claim_share = m.post_share = m.span_share = 1;
        m.in_order = true;
        CHECK(score_of(&m, 0) > 0.95);
    }
}

TESTS(RUN(what_ranks_higher_scores_higher), RUN(a_lead_before_the_next_hit_never_lowers_a_score),
      RUN(single_syllables_in_common_do_not_suggest_a_vietnamese_claim_and_words_do),
      RUN(where_words_are_words_their_neighbours_change_nothing),
      RUN(a_copy_is_sure_in_every_language_however_its_words_stand))
