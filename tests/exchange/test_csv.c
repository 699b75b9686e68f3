/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

/* Reads in pieces of 1, 2, 3, … bytes and whole; the outcome must be the same. */
static rc read_csv(struct rows *rows, struct view bytes)
{
    struct buf first CLEANUP(buf_done) = {0};
    rc r = rows_read(rows, bytes, ITEMS_CSV);
    rc kept = buf_add(&first, buf_view(&rows->log));
    CHECK(ok(kept));
    for (size_t step = 1; step < 8; step++) {
        char message[1024];
        snprintf(message, sizeof message, "%s", rc_message());
        rc again = rows_read_in_steps(rows, bytes, step, ITEMS_CSV, NULL, NULL);
        if (!view_eq(buf_view(&first), buf_view(&rows->log)) || again.code != r.code)
            fail_msg("in steps of %zu:\n%s", step, ROWS_TEXT(*rows));
        if (!ok(r)) assert_string_equal(message, rc_message());
    }
    return r;
}

static const char k_three[] = "+2 {\"id\":\"1\",\"lang\":\"en\",\"text\":\"a\"}\n"
                              "+3 {\"id\":\"2\",\"lang\":\"en\",\"text\":\"b\"}\n"
                              "+4 {\"id\":\"3\",\"lang\":\"en\",\"text\":\"c\"}\n";

TEST(every_usual_kind_of_table_is_read)
{
    static const char *const k_files[] = {
        "id,lang,text\n1,en,a\n2,en,b\n3,en,c\n",
        "id,lang,text\r\n1,en,a\r\n2,en,b\r\n3,en,c\r\n",
        "id,lang,text\r1,en,a\r2,en,b\r3,en,c",
        "\xEF\xBB\xBFid,lang,text\n1,en,a\n2,en,b\n3,en,c",
        "ID;Lang;TEXT\n1;en;a\n2;en;b\n3;en;c\n",
        "id\tlang\ttext\n1\ten\ta\n2\ten\tb\n3\ten\tc\n",
        "\"id\",\"lang\",\"text\"\n\"1\",\"en\",\"a\"\n\"2\",\"en\",\"b\"\n\"3\",\"en\",\"c\"\n",
        "\"a;b;c;d\",id,lang,text\n,1,en,a\n,2,en,b\n\"\",3,en,c\n",
        "text,unknown,lang, id \na,x,en,1\nb,,en,2\nc,\"\",en, 3 \n",
    };
    struct rows rows CLEANUP(rows_done) = {0};
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        CHECK_OK(read_csv(&rows, view_cstr(k_files[i])));
        CHECK_ROWS(rows, k_three);
    }
}

TEST(quotes_keep_commas_lines_and_quotes)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(read_csv(&rows, VIEW("id,lang,text\n1,en,\"a, \"\"b\"\"\r\nc\"\n\n\n2,en,5\" pipe\n"
                                  "3,en,\" \"\"\"\n")));
    CHECK_ROWS(rows, "+2 {\"id\":\"1\",\"lang\":\"en\",\"text\":\"a, \\\"b\\\"\\r\\nc\"}\n"
                     "+6 {\"id\":\"2\",\"lang\":\"en\",\"text\":\"5\\\" pipe\"}\n"
                     "+7 {\"id\":\"3\",\"lang\":\"en\",\"text\":\" \\\"\"}\n");
}

TEST(verdict_columns_and_ratings_become_a_verdict)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(read_csv(
        &rows, VIEW("id,lang,text,url,rating,license,verdict_org,verdict_label,verdict_date,"
                    "verdict_url,verdict_reasons,Verdict_Reported_By\n"
                    "1,en,a,,,MIT,x.example,false,2024-01-02,https://x.example/1,why,r.example\n"
                    "2,en,a,,,,x.example,Bulo,,,,\n"
                    "3,en,a,https://www.y.example/3,Half true,,,,,,,\n"
                    "4,en,a,,,,,,,,,r.example\n"
                    "5,en,a,,,,x.example,false,2024-02-30,,,\n"
                    "6,en,a,,,,x.example,,,,,\n")));
    CHECK_ROWS(
        rows,
        "+2 {\"id\":\"1\",\"lang\":\"en\",\"licence\":\"MIT\",\"text\":\"a\",\"verdicts\":[{"
        "\"date\":\"2024-01-02\",\"label\":\"false\",\"org\":\"x.example\",\"reasons\":\"why\","
        "\"reported_by\":\"r.example\",\"url\":\"https://x.example/1\"}]}\n"
        "+3 {\"id\":\"2\",\"lang\":\"en\",\"text\":\"a\",\"verdicts\":[{\"label\":\"false\","
        "\"label_text\":\"Bulo\",\"org\":\"x.example\"}]}\n"
        "+4 {\"id\":\"3\",\"lang\":\"en\",\"text\":\"a\",\"url\":\"https://www.y.example/3\","
        "\"verdicts\":[{\"label\":\"misleading\",\"label_text\":\"Half true\",\"org\":"
        "\"y.example\",\"url\":\"https://www.y.example/3\"}]}\n"
        "+5 {\"id\":\"4\",\"lang\":\"en\",\"text\":\"a\"}\n"
        "-6 verdict_date: a day of the calendar as YYYY-MM-DD is expected, not \"2024-02-30\"\n"
        "-7 verdict_label: missing; a verdict needs a label, a rating, reasons or a url\n");
}

TEST(a_bad_row_costs_itself_only)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(read_csv(&rows, VIEW("id,lang,text\n1,en\n2,en,b,c\n3,en,\"a\"x\n,en,d\n5,en,\n6,e,f\n"
                                  "7,en,\xff\n8,en,a\0b\n9,en,\"two\nlines\"\n10,en,ok")));
    CHECK_ROWS(rows, "-2 2 fields, the header has 3\n-3 4 fields, the header has 3\n"
                     "-4 column 3: text behind the closing quote\n-5 id: missing or empty\n"
                     "-6 text: missing or empty\n"
                     "-7 lang: a language tag like \"fa\" or \"pt-BR\" is expected, not \"e\"\n"
                     "-8 text: not UTF-8 at byte 0\n"
                     "-9 text: a control character U+0000 at byte 1\n"
                     "+10 {\"id\":\"9\",\"lang\":\"en\",\"text\":\"two\\nlines\"}\n"
                     "+12 {\"id\":\"10\",\"lang\":\"en\",\"text\":\"ok\"}\n");
}

TEST(a_file_that_is_no_table_is_refused_as_a_whole)
{
    static const char *const k_pairs[][2] = {
        {"", "line 1: no header"},
        {"\n\n", "line 1: no header"},
        {"id,lang\n1,en\n", "line 1: no column \"text\""},
        {"lang,text\n", "line 1: no column \"id\""},
        {"id,text\n1,a\n", "line 1: no column \"lang\", and no default language is given"},
        {"id,text,lang,Text\n", "line 1: the column \"text\" stands twice"},
        {"id,text,lang,licence,license\n", "stands twice"},
        {"id,lang,\"text\n1,en,a\n", "line 1: a quote opens and does not close before the end"},
    };
    struct rows rows CLEANUP(rows_done) = {0};
    for (size_t i = 0; i < COUNT_OF(k_pairs); i++) {
        CHECK_FAILS(E_FORMAT, read_csv(&rows, view_cstr(k_pairs[i][0])));
        CHECK_MESSAGE(k_pairs[i][1]);
        CHECK_MESSAGE("test: ");
    }
    const struct item_defaults defaults = {.lang = VIEW("ms")};
    CHECK_OK(rows_read_in_steps(&rows, VIEW("id,text\n1,a\n"), 0, ITEMS_CSV, &defaults, NULL));
    CHECK_ROWS(rows, "+2 {\"id\":\"1\",\"lang\":\"ms\",\"text\":\"a\"}\n");
}

TEST(an_unbalanced_quote_is_reported_where_it_opened)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_FAILS(E_FORMAT,
                read_csv(&rows, VIEW("id,lang,text\n1,en,a\n2,en,\"b\n3,en,c\n4,en,d\n")));
    CHECK_MESSAGE("line 3: a quote opens and does not close before the end of the file");
    CHECK_ROWS(rows, "+2 {\"id\":\"1\",\"lang\":\"en\",\"text\":\"a\"}\n"
                     "-3 a quote opens in line 3 and does not close before the end of the file\n");
    CHECK(rows.counts.accepted == 1 && rows.counts.rejected == 1);

    struct buf in CLEANUP(buf_done) = {0};
    struct item_limits limits = k_item_limits;
    limits.max_row_bytes = 1000;
    CHECK_OK(buf_add(&in, VIEW("id,lang,text\n1,en,a\n2,en,\"b\n")));
    for (int i = 0; i < 100000; i++)
        CHECK_OK(buf_add(&in, VIEW("3,en,c\n")));
    CHECK_FAILS(E_FORMAT, rows_read_in_steps(&rows, buf_view(&in), 50, ITEMS_CSV, NULL, &limits));
    CHECK_MESSAGE("line 3: a quote opens and does not close before the limit of a row");
}

TEST(a_huge_row_is_passed_over)
{
    struct buf in CLEANUP(buf_done) = {0};
    struct rows rows CLEANUP(rows_done) = {0};
    struct item_limits limits = k_item_limits;
    limits.max_row_bytes = 64;
    CHECK_OK(buf_add(&in, VIEW("id,lang,text\n1,en,")));
    for (int i = 0; i < 100000; i++)
        CHECK_OK(buf_add_byte(&in, 'x'));
    CHECK_OK(buf_add(&in, VIEW("\r\n2,en,b\r\n")));
    for (size_t step = 0; step < 200; step += 99) {
        CHECK_OK(rows_read_in_steps(&rows, buf_view(&in), step, ITEMS_CSV, NULL, &limits));
        CHECK_ROWS(rows, "-2 longer than the limit of 64 bytes\n"
                         "+3 {\"id\":\"2\",\"lang\":\"en\",\"text\":\"b\"}\n");
    }
}

TEST(a_table_cut_anywhere_is_read_or_refused)
{
    static const char k_file[] = "id,lang,text,verdict_label\r\n1,en,\"a \"\"b\"\"\r\nc\",false\r\n"
                                 "2,fa,\"د\",نادرست\r\n";
    struct rows rows CLEANUP(rows_done) = {0};
    for (size_t n = 0; n < sizeof k_file; n++) {
        rc r = read_csv(&rows, view_of(k_file, n));
        CHECK(ok(r) || r.code == E_FORMAT);
    }
}

TEST(no_memory_is_an_error_and_nothing_else)
{
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_EVERY_ALLOCATION(
        rows_read(&rows, VIEW("id,lang,text,rating,url\n1,en,a,False,https://x.example\n"),
                  ITEMS_CSV),
        buf_done(&rows.log));
}

TESTS(RUN(every_usual_kind_of_table_is_read), RUN(quotes_keep_commas_lines_and_quotes),
      RUN(verdict_columns_and_ratings_become_a_verdict), RUN(a_bad_row_costs_itself_only),
      RUN(a_file_that_is_no_table_is_refused_as_a_whole),
      RUN(an_unbalanced_quote_is_reported_where_it_opened), RUN(a_huge_row_is_passed_over),
      RUN(a_table_cut_anywhere_is_read_or_refused), RUN(no_memory_is_an_error_and_nothing_else))
