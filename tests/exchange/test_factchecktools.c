/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#define CLAIM                                                                                      \
    "{\"text\":\"Garlic cures it\",\"claimant\":\"Some "                                           \
    "Person\",\"claimDate\":\"2020-02-01T00:00:00Z\","                                             \
    "\"claimReview\":[{\"publisher\":{\"name\":\"Ex\",\"site\":\"www.x.example\"},\"url\":"        \
    "\"https://x.example/1\",\"title\":\"No\",\"reviewDate\":\"2020-02-03T00:00:00Z\","            \
    "\"textualRating\":\"False\",\"languageCode\":\"en\"},{\"publisher\":{\"site\":\"y.example\"}" \
    ","                                                                                            \
    "\"url\":\"https://y.example/1\",\"title\":\"Non\",\"textualRating\":\"Faux : rien\","         \
    "\"languageCode\":\"fr\"}]}"
#define ITEM                                                                                      \
    "{\"id\":\"https://x.example/1\",\"lang\":\"en\",\"text\":\"Garlic cures "                    \
    "it\",\"title\":\"No\","                                                                      \
    "\"url\":\"https://x.example/1\",\"verdicts\":[{\"date\":\"2020-02-03\",\"label\":\"false\"," \
    "\"label_text\":\"False\",\"lang\":\"en\",\"org\":\"x.example\",\"org_name\":\"Ex\",\"url\":" \
    "\"https://x.example/1\"},{\"label\":\"false\",\"label_text\":\"Faux : rien\",\"lang\":"      \
    "\"fr\",\"org\":\"y.example\",\"url\":\"https://y.example/1\"}]}\n"

TEST(answers_one_after_another_are_read_without_claimants)
{
    static const char *const k_files[] = {
        "{\"claims\":[" CLAIM "],\"nextPageToken\":\"x\"}",
        CLAIM,
        "{}\n{\"nextPageToken\":\"x\"}\n{\"claims\":[]}{\"claims\":[" CLAIM "]}\n",
        "{\"results\":[{\"claim\":" CLAIM "}]}",
        "[{\"claims\":[" CLAIM "]}]",
    };
    struct rows rows CLEANUP(rows_done) = {0};
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        CHECK_OK(rows_read(&rows, view_cstr(k_files[i]), ITEMS_FACTCHECKTOOLS));
        CHECK_ROWS_HAVE(rows, " " ITEM);
        CHECK(rows.counts.accepted == 1 && rows.counts.rejected == 0);
        CHECK_OK(rows_read(&rows, view_cstr(k_files[i]), ITEMS_AUTO));
        CHECK(i == 2 || rows.counts.accepted == 1);
    }
}

TEST(a_bad_claim_costs_itself_only)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(rows_read(
        &rows,
        VIEW(
            "{\"claims\":[{\"claimant\":\"x\"},{\"text\":5},{\"text\":\"a\"},{\"text\":\"a\","
            "\"claimReview\":{}},{\"text\":\"a\",\"claimReview\":[{\"url\":\"https://x.example\"},"
            "{\"url\":1}]},{\"text\":\"a\",\"claimReview\":[null]},{\"text\":\" \",\"claimReview\":"
            "[{\"languageCode\":\"en\",\"textualRating\":\"x\"}]},{\"text\":\"a\",\"claimReview\":["
            "{\"languageCode\":\"en\"}]}," CLAIM "]} {\"error\":{\"code\":403,\"message\":"
            "\"no key\"}}"),
        ITEMS_FACTCHECKTOOLS));
    CHECK_ROWS(rows, "-1 text: missing\n-2 text: a string is expected, this is a number\n"
                     "-3 languageCode: missing, and no default language is given\n"
                     "-4 claimReview: an array is expected, this is an object\n"
                     "-5 claimReview[1].url: a string is expected, this is a number\n"
                     "-6 claimReview[0].value: an object is expected, this is null\n"
                     "-7 text: blank\n-8 claimReview[0].label: missing; a verdict needs a label, "
                     "a rating, reasons or a url\n+9 " ITEM "-10 the answer is an error: no key\n");
}

TEST(a_claim_without_reviews_is_a_claim)
{
    const struct item_defaults defaults = {.lang = VIEW("en")};
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(rows_read_in_steps(&rows, VIEW("{\"claims\":[{\"text\":\"a\"}]}"), 3,
                                ITEMS_FACTCHECKTOOLS, &defaults, NULL));
    CHECK_ROWS_HAVE(rows, "\"lang\":\"en\",\"text\":\"a\"}\n");
}

TEST(too_many_reviews_are_refused_with_the_limit)
{
    struct item_limits limits = k_item_limits;
    struct rows rows CLEANUP(rows_done) = {0};
    limits.max_verdicts = 1;
    CHECK_OK(rows_read_in_steps(&rows, VIEW(CLAIM), 0, ITEMS_FACTCHECKTOOLS, NULL, &limits));
    CHECK_ROWS(rows, "-1 claimReview: 2 of them, the limit is 1\n");
}

TEST(no_memory_is_an_error_and_nothing_else)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_EVERY_ALLOCATION(rows_read(&rows, VIEW("{\"claims\":[" CLAIM "]}"), ITEMS_FACTCHECKTOOLS),
                           buf_done(&rows.log));
}

TESTS(RUN(answers_one_after_another_are_read_without_claimants), RUN(a_bad_claim_costs_itself_only),
      RUN(a_claim_without_reviews_is_a_claim), RUN(too_many_reviews_are_refused_with_the_limit),
      RUN(no_memory_is_an_error_and_nothing_else))
