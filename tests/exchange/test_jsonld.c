/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

/* Reads in pieces of 1, 2, 3, … bytes and whole; the outcome must be the same. */
static rc read_ld(struct rows *rows, struct view bytes)
{
    struct buf first CLEANUP(buf_done) = {0};
    rc r = rows_read(rows, bytes, ITEMS_CLAIMREVIEW);
    rc kept = buf_add(&first, buf_view(&rows->log));
    CHECK(ok(kept));
    for (size_t step = 1; step < 8; step++) {
        char message[1024];
        snprintf(message, sizeof message, "%s", rc_message());
        rc again = rows_read_in_steps(rows, bytes, step, ITEMS_CLAIMREVIEW, NULL, NULL);
        if (!view_eq(buf_view(&first), buf_view(&rows->log)) || again.code != r.code)
            fail_msg("in steps of %zu:\n%s", step, ROWS_TEXT(*rows));
        if (!ok(r)) assert_string_equal(message, rc_message());
    }
    return r;
}

#define REVIEW(n)                                                                                  \
    "{\"@context\":\"https://schema.org\",\"@type\":\"ClaimReview\",\"url\":\"https://"            \
    "x.example/" n "\",\"claimReviewed\":\"Claim [" n                                              \
    "] {\",\"inLanguage\":\"es_MX\",\"datePublished\":"                                            \
    "\"2021-05-06T07:08:09Z\",\"author\":{\"@type\":\"Organization\",\"name\":\"Ex\",\"url\":"     \
    "\"https://www.x.example/about\"},\"itemReviewed\":{\"@type\":\"Claim\",\"author\":{"          \
    "\"@type\":\"Person\",\"name\":\"Somebody\"},\"appearance\":[{\"url\":"                        \
    "\"https://posts.example/1\"}]},\"reviewRating\":{\"@type\":\"Rating\",\"ratingValue\":\"1\"," \
    "\"bestRating\":\"5\",\"worstRating\":1,\"alternateName\":\"Falso\"}}"
#define ITEM(n)                                                                                   \
    "{\"id\":\"https://x.example/" n "\",\"lang\":\"es-MX\",\"text\":\"Claim [" n                 \
    "] {\",\"url\":\"https://x.example/" n "\",\"verdicts\":[{\"date\":\"2021-05-06\",\"label\":" \
    "\"false\",\"label_text\":\"Falso\",\"lang\":\"es-MX\",\"org\":\"x.example\",\"org_name\":"   \
    "\"Ex\",\"url\":\"https://x.example/" n "\"}]}\n"

TEST(every_way_to_wrap_reviews_is_read)
{
    static const char *const k_files[] = {
        REVIEW("1") REVIEW("2"),
        "\xEF\xBB\xBF" REVIEW("1") "\r\n" REVIEW("2") "\n",
        "\x1E" REVIEW("1") "\n\x1E" REVIEW("2") "\n",
        "[" REVIEW("1") " , " REVIEW("2") "]",
        "[[" REVIEW("1") "],[],[" REVIEW("2") "]]",
        "{\"@context\":\"x\",\"@graph\":[" REVIEW("1") "," REVIEW("2") "],\"after\":[{\"a\":[]}]}",
        "{\"@type\":\"DataFeed\",\"name\":\"a \\\"@graph\\\":[\",\"dataFeedElement\":[{\"@type\":"
        "\"DataFeedItem\",\"item\":[" REVIEW("1") "]},{\"item\":" REVIEW("2") "}]}",
        "{\"itemListElement\" : [{\"@type\":\"ListItem\",\"item\":" REVIEW(
            "1") "},{\"@type\":"
                 "\"ListItem\",\"item\":" REVIEW("2") "}]}",
        "[{\"@graph\":[" REVIEW("1") "]},{\"@graph\":[" REVIEW("2") "]}]",
        "{\"@graph\":[{\"@type\":\"WebSite\"}]}{\"dataFeedElement\":[" REVIEW(
            "1") "],\"@graph\":[" REVIEW("2") "]}",
    };
    struct rows rows CLEANUP(rows_done) = {0};
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        CHECK_OK(read_ld(&rows, view_cstr(k_files[i])));
        CHECK_ROWS_HAVE(rows, ITEM("1"));
        CHECK_ROWS_HAVE(rows, ITEM("2"));
        CHECK(rows.counts.accepted == 2 && rows.counts.rejected == 0);
    }
    CHECK_ROWS(rows, "+2 " ITEM("1") "+3 " ITEM("2"));
}

TEST(a_review_inside_its_page_is_found)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(read_ld(&rows, VIEW("{\"@type\":\"WebPage\",\"mainEntity\":" REVIEW("1") "}")));
    CHECK_ROWS(rows, "+1 " ITEM("1"));
    CHECK_OK(
        read_ld(&rows, VIEW("{\"@type\":\"Article\",\"hasPart\":[{\"@type\":\"Table\"}," REVIEW(
                           "1") "," REVIEW("2") "]}")));
    CHECK_ROWS(rows, "+1 " ITEM("1") "+1 " ITEM("2"));
}

TEST(no_person_is_taken_over)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(read_ld(&rows, VIEW("{\"@type\":[\"Review\",\"schema:ClaimReview\"],\"url\":"
                                 "\"https://x.example/1\",\"claimReviewed\":\"C\",\"inLanguage\":"
                                 "{\"@type\":\"Language\",\"name\":\"Spanish\",\"alternateName\":"
                                 "\"es\"},\"author\":{\"@type\":\"Person\",\"name\":\"Jane Doe\","
                                 "\"url\":\"https://x.example/jane\"},\"reviewRating\":{"
                                 "\"alternateName\":\"Bulo\"}}")));
    CHECK_ROWS(rows, "+1 {\"id\":\"https://x.example/1\",\"lang\":\"es\",\"text\":\"C\",\"url\":"
                     "\"https://x.example/1\",\"verdicts\":[{\"label\":\"false\",\"label_text\":"
                     "\"Bulo\",\"lang\":\"es\",\"org\":\"x.example\",\"url\":"
                     "\"https://x.example/1\"}]}\n");
}

TEST(several_claims_of_one_article_get_ids_of_their_own)
{
    struct rows rows CLEANUP(rows_done) = {0};
#define CLAIM(text)                                                                      \
    "{\"claimReviewed\":" text ",\"inLanguage\":\"fr\",\"url\":\"https://x.example/1\"," \
    "\"reviewRating\":{\"alternateName\":\"Faux\"}}"
    CHECK_OK(
        read_ld(&rows, VIEW(CLAIM("\"A\"") CLAIM("\"B\"") CLAIM("\"A\"") CLAIM("[\"C\",\"D\"]"))));
    CHECK_ROWS_HAVE(rows, "+1 {\"id\":\"https://x.example/1\",");
    CHECK_ROWS_HAVE(rows, "+2 {\"id\":\"https://x.example/1#claim-2\",");
    CHECK_ROWS_HAVE(rows, "+3 {\"id\":\"https://x.example/1\","); /* the sink refuses it */
    CHECK_ROWS_HAVE(rows, "+4 {\"id\":\"https://x.example/1#claim-3\",");
    CHECK_ROWS_HAVE(rows, "+4 {\"id\":\"https://x.example/1#claim-4\",");
    CHECK_OK(read_ld(&rows, VIEW("{\"claimReviewed\":\"A\",\"inLanguage\":\"fr\",\"reviewRating\":{"
                                 "\"alternateName\":\"Faux\"}}")));
    CHECK_ROWS_HAVE(rows, "+1 {\"id\":\"cr:");
    CHECK_OK(read_ld(&rows, VIEW("{\"@type\":\"ClaimReview\",\"url\":\"https://x.example/1\","
                                 "\"inLanguage\":\"fr\",\"reviewRating\":{\"ratingValue\":5,"
                                 "\"bestRating\":5,\"worstRating\":1},\"itemReviewed\":[{\"@type\":"
                                 "\"Person\",\"name\":\"Nobody\"},{\"@type\":\"Claim\",\"name\":"
                                 "\"A\"},{\"@type\":\"Claim\",\"text\":\"B\"}]}")));
    CHECK(rows.counts.accepted == 2);
    CHECK(!strstr(ROWS_TEXT(rows), "Nobody"));
    CHECK_ROWS_HAVE(rows, "\"label\":\"accurate\"");
}

TEST(ids_stay_apart_among_thousands_of_addresses)
{
    enum { ADDRESSES = 3000 };
    struct buf in CLEANUP(buf_done) = {0};
    struct rows rows CLEANUP(rows_done) = {0};
    for (int i = 0; i < 2 * ADDRESSES; i++)
        CHECK_OK(buf_addf(&in,
                          "{\"claimReviewed\":\"%d\",\"inLanguage\":\"fr\",\"url\":"
                          "\"https://x.example/%d\"}\n",
                          i, i % ADDRESSES));
    CHECK_OK(rows_read(&rows, buf_view(&in), ITEMS_CLAIMREVIEW));
    CHECK(rows.counts.accepted == 2 * ADDRESSES);
    CHECK_ROWS_HAVE(rows, "\n+3000 {\"id\":\"https://x.example/2999\",");
    CHECK_ROWS_HAVE(rows, "\n+6000 {\"id\":\"https://x.example/2999#claim-2\",");
    CHECK(!strstr(ROWS_TEXT(rows), "#claim-3"));
}

TEST(a_bad_element_costs_itself_only)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(read_ld(
        &rows,
        VIEW("[" REVIEW(
            "1") ",7,\"s\",null,{\"@type\":\"ClaimReview\"},{\"claimReviewed\":5},"
                 "{\"claimReviewed\":\" "
                 "\"},{\"claimReviewed\":\"x\",\"url\":\"https://x.example/2\"},"
                 "{\"a\":tru},{\"a\":1},{\"@type\":\"WebSite\"},{\"claimReviewed\":\"\\ud800\"},"
                 "{\"claimReviewed\":\"\xff\"},{\"claimReviewed\":\"a\\u0000\",\"inLanguage\":"
                 "\"fr\"},"
                 "{\"claimReviewed\":\"a\",\"inLanguage\":\"fr\"}," REVIEW("2") "]")));
    CHECK_ROWS_HAVE(rows,
                    "+1 " ITEM("1") "-2 element: an object is expected, this is a number\n"
                                    "-3 element: an object is expected, this is a string\n"
                                    "-4 element: an object is expected, this is null\n"
                                    "-5 claimReviewed: missing\n"
                                    "-6 claimReviewed: a string is expected, this is a number\n"
                                    "-7 claimReviewed: blank\n"
                                    "-8 inLanguage: missing, and no default language is given\n"
                                    "-9 json: ");
    CHECK_ROWS_HAVE(rows, "-10 claimReviewed: missing\n-12 json: ");
    CHECK_ROWS_HAVE(rows, "-13 json: not UTF-8 at byte 18\n"
                          "-14 text: a control character U+0000 at byte 1\n"
                          "-15 reviewRating: label: missing");
    CHECK_ROWS_HAVE(rows, "\n+16 " ITEM("2"));
}

TEST(brackets_that_do_not_fit_are_refused_with_their_byte)
{
    static const char *const k_pairs[][2] = {
        {"[{\"a\":1}", "byte 8: the file ends inside the list that opens at byte 0"},
        {"[{\"a\":1", "byte 7: the file ends inside the element that opens at byte 1"},
        {"[\"abc", "byte 5: the file ends inside the element that opens at byte 1"},
        {" {\"@graph\":[{}", "byte 14: the file ends inside the list that opens at byte 11"},
        {"{\"@graph\":[]", "byte 12: the file ends inside the list that opens at byte 0"},
        {"[{\"a\":1]}", "byte 7: a ']' that closes nothing"},
        {"[}", "byte 1: a '}' that closes nothing"},
        {"]", "byte 0: a ']' that closes nothing"},
        {"[{} {}]", "byte 4: a comma is missing"},
        {"[1 2]", "byte 3: a comma is missing"},
        {"[1{}]", "byte 2: a comma is missing"},
        {"[,]", "byte 1: a comma without a value before it"},
        {"[{},]", "byte 4: a value is missing behind the comma"},
        {"[{},,]", "byte 4: a comma without a value before it"},
        {"<html>", "byte 0: '{' or '[' is expected here"},
        {"{} x", "byte 3: '{' or '[' is expected here"},
        {"\"a\"", "byte 0: '{' or '[' is expected here"},
        {"{\"@type\":\"WebSite\"}", "no ClaimReview in 1 elements"},
    };
    struct rows rows CLEANUP(rows_done) = {0};
    for (size_t i = 0; i < COUNT_OF(k_pairs); i++) {
        rc r = read_ld(&rows, view_cstr(k_pairs[i][0]));
        if (r.code != E_FORMAT || !strstr(rc_message(), k_pairs[i][1]))
            fail_msg("%s: %s", k_pairs[i][0], ok(r) ? "accepted" : rc_message());
    }
}

TEST(ten_thousand_brackets_hurt_nobody)
{
    static const char k_open[] = "[{", *const k_close = "]}";
    for (int kind = 0; kind < 2; kind++) {
        struct buf in CLEANUP(buf_done) = {0};
        struct rows rows CLEANUP(rows_done) = {0};
        for (int i = 0; i < 10000; i++)
            CHECK_OK(buf_addf(&in, "%c%s", k_open[kind], kind ? "\"a\":" : ""));
        CHECK_FAILS(E_FORMAT, rows_read(&rows, buf_view(&in), ITEMS_CLAIMREVIEW));
        CHECK_MESSAGE("the file ends inside the element");
        if (kind) CHECK_OK(buf_add_byte(&in, '1'));
        for (int i = 0; i < 10000; i++)
            CHECK_OK(buf_add_byte(&in, (uint8_t)k_close[kind]));
        CHECK_OK(rows_read(&rows, buf_view(&in), ITEMS_CLAIMREVIEW));
        CHECK_ROWS_HAVE(rows, "-1 json: brackets nested deeper than 64 (at byte ");
    }
}

TEST(a_huge_element_is_passed_over_and_a_huge_list_is_not)
{
    struct buf in CLEANUP(buf_done) = {0};
    struct rows rows CLEANUP(rows_done) = {0};
    struct item_limits limits = k_item_limits;
    limits.max_row_bytes = 2000;
    CHECK_OK(buf_add(&in, VIEW("{\"pad\":\"")));
    for (int i = 0; i < 5000; i++)
        CHECK_OK(buf_add_byte(&in, '['));
    CHECK_OK(buf_add(&in, VIEW("\",\"dataFeedElement\":[{\"a\":\"")));
    for (int i = 0; i < 5000; i++)
        CHECK_OK(buf_add_byte(&in, 'x'));
    CHECK_OK(buf_add(&in, VIEW("\"}")));
    for (int i = 0; i < 100; i++)
        CHECK_OK(buf_add(&in, VIEW("," REVIEW("1"))));
    CHECK_OK(buf_add(&in, VIEW("]}")));
    for (size_t step = 0; step < 100; step += 33) {
        CHECK_OK(rows_read_in_steps(&rows, buf_view(&in), step, ITEMS_CLAIMREVIEW, NULL, &limits));
        CHECK_ROWS_HAVE(rows, "-1 longer than the limit of 2000 bytes\n+2 " ITEM("1"));
        CHECK(rows.counts.accepted == 100 && rows.counts.rejected == 1);
    }
}

TEST(a_file_cut_anywhere_is_read_or_refused)
{
    static const char k_file[] =
        "{\"@graph\":[" REVIEW("1") ",{\"@type\":\"x\\\"\"}," REVIEW("2") "],\"b\":{}}";
    struct rows rows CLEANUP(rows_done) = {0};
    for (size_t n = 0; n < sizeof k_file; n++) {
        rc r = read_ld(&rows, view_of(k_file, n));
        CHECK(n == 0 || n == sizeof k_file - 1 ? ok(r) : r.code == E_FORMAT);
    }
}

TEST(no_memory_is_an_error_and_nothing_else)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_EVERY_ALLOCATION(rows_read(&rows, VIEW("[" REVIEW("1") "]"), ITEMS_CLAIMREVIEW),
                           buf_done(&rows.log));
}

TESTS(RUN(every_way_to_wrap_reviews_is_read), RUN(a_review_inside_its_page_is_found),
      RUN(no_person_is_taken_over), RUN(several_claims_of_one_article_get_ids_of_their_own),
      RUN(ids_stay_apart_among_thousands_of_addresses), RUN(a_bad_element_costs_itself_only),
      RUN(brackets_that_do_not_fit_are_refused_with_their_byte),
      RUN(ten_thousand_brackets_hurt_nobody),
      RUN(a_huge_element_is_passed_over_and_a_huge_list_is_not),
      RUN(a_file_cut_anywhere_is_read_or_refused), RUN(no_memory_is_an_error_and_nothing_else))
