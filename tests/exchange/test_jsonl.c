/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#define A "{\"id\":\"a\",\"lang\":\"en\",\"text\":\"one\"}"
#define B "{\"id\":\"b\",\"lang\":\"fa\",\"text\":\"دو\"}"

TEST(a_bad_line_costs_itself_only)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(
        rows_read(&rows,
                  VIEW("\xEF\xBB\xBF" A "\r\n\n  \t\n{\"id\":\"x\",\"lang\":\"en\"}\n[1]\n{bad\n"
                       "{\"id\":\"x\",\"id\":\"y\"}\n" B),
                  ITEMS_JSONL));
    CHECK_ROWS(rows, "+1 " A "\n-4 text: missing or empty\n"
                     "-5 row: an object is expected, this is an array\n"
                     "-6 json: The JSON document has an improper structure: missing or superfluous "
                     "commas, braces, missing keys, etc. (at byte 1)\n"
                     "-7 json: the key \"id\" stands twice in one object\n+8 " B "\n");
    CHECK(rows.counts.accepted == 2 && rows.counts.rejected == 4);
}

TEST(hostile_lines_are_named_and_passed_over)
{
    struct buf in CLEANUP(buf_done) = {0};
    struct rows rows CLEANUP(rows_done) = {0};
    for (int i = 0; i < 10000; i++)
        CHECK_OK(buf_add_byte(&in, '['));
    CHECK_OK(buf_add(&in, VIEW("\n{\"id\":\"\xff\"}\n{\"id\":\"a\0b\"}\n")));
    CHECK_OK(buf_add(&in, VIEW("{\"id\":\"i\",\"lang\":\"en\",\"text\":\"\\ud800\"}\n")));
    CHECK_OK(buf_add(&in, VIEW("{\"id\":\"i\",\"lang\":\"en\",\"text\":\"a\\u0000\"}\n")));
    for (int i = 0; i < 10000; i++)
        CHECK_OK(buf_add_byte(&in, '['));
    for (int i = 0; i < 10000; i++)
        CHECK_OK(buf_add_byte(&in, ']'));
    CHECK_OK(buf_add(&in, VIEW("\n" A)));
    CHECK_OK(rows_read(&rows, buf_view(&in), ITEMS_JSONL));
    CHECK_ROWS_HAVE(rows, "-1 json: ");
    CHECK_ROWS_HAVE(rows, "-2 json: not UTF-8 at byte 7\n");
    CHECK_ROWS_HAVE(rows, "-3 json: ");
    CHECK_ROWS_HAVE(rows, "-4 json: ");
    CHECK_ROWS_HAVE(rows, "-5 text: a control character U+0000 at byte 1\n");
    CHECK_ROWS_HAVE(rows, "-6 json: brackets nested deeper than 64 (at byte 64)\n");
    CHECK_ROWS_HAVE(rows, "+7 " A "\n");
    CHECK(rows.counts.accepted == 1 && rows.counts.rejected == 6);
}

TEST(a_huge_line_is_passed_over_in_bounded_memory)
{
    struct item_limits limits = k_item_limits;
    struct buf in CLEANUP(buf_done) = {0};
    struct rows rows CLEANUP(rows_done) = {0};
    limits.max_row_bytes = 100;
    CHECK_OK(buf_add(&in, VIEW(A "\n\"")));
    for (int i = 0; i < 300000; i++)
        CHECK_OK(buf_add_byte(&in, 'x'));
    CHECK_OK(buf_add(&in, VIEW("\"\n" B "\n")));
    CHECK_OK(rows_read_in_steps(&rows, buf_view(&in), 0, ITEMS_JSONL, NULL, &limits));
    CHECK_ROWS(rows, "+1 " A "\n-2 longer than the limit of 100 bytes\n+3 " B "\n");
}

TEST(a_row_of_too_many_values_is_refused)
{
    struct buf in CLEANUP(buf_done) = {0};
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(buf_add(&in, VIEW("[0")));
    for (int i = 0; i < 300000; i++)
        CHECK_OK(buf_add(&in, VIEW(",0")));
    CHECK_OK(buf_add(&in, VIEW("]\n" A)));
    CHECK_OK(rows_read(&rows, buf_view(&in), ITEMS_JSONL));
    CHECK_ROWS(rows, "-1 json: more than 200000 values\n+2 " A "\n");
}

TEST(defaults_fill_what_rows_do_not_say)
{
    const struct item_defaults defaults = {VIEW("id"), VIEW("CC-BY-4.0"), VIEW("there")};
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(
        rows_read_in_steps(&rows,
                           VIEW("{\"id\":\"a\",\"text\":\"one\"}\n{\"id\":\"b\",\"lang\":"
                                "\"ms\",\"licence\":\"MIT\",\"source\":\"\",\"text\":\"two\"}"),
                           0, ITEMS_JSONL, &defaults, NULL));
    CHECK_ROWS(rows,
               "+1 {\"id\":\"a\",\"lang\":\"id\",\"licence\":\"CC-BY-4.0\",\"source\":\"there\","
               "\"text\":\"one\"}\n+2 {\"id\":\"b\",\"lang\":\"ms\",\"licence\":\"MIT\",\"source\":"
               "\"there\",\"text\":\"two\"}\n");
}

TESTS(RUN(a_bad_line_costs_itself_only), RUN(hostile_lines_are_named_and_passed_over),
      RUN(a_huge_line_is_passed_over_in_bounded_memory), RUN(a_row_of_too_many_values_is_refused),
      RUN(defaults_fill_what_rows_do_not_say))
