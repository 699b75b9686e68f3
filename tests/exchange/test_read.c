/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <unistd.h>

#define A "{\"id\":\"a\",\"lang\":\"en\",\"text\":\"one\"}"
#define B "{\"id\":\"b\",\"lang\":\"en\",\"text\":\"two\"}"

TEST(the_format_is_found_by_the_first_bytes_then_by_the_name)
{
    static const struct {
        const char *bytes, *name;
        enum item_format format;
    } k_cases[] = {
        {A "\n", "x", ITEMS_JSONL},
        {A "\n", "x.csv", ITEMS_JSONL},
        {"\xEF\xBB\xBF \n" A, "x", ITEMS_JSONL},
        {"{\"lang\":\"en\",\"verdicts\":[{\"@type\":\"no\",\"claims\":[]}],\"id\":\"a\"}", "x",
         ITEMS_JSONL},
        {"{\"text\":\"claims\",\"claimReview\":[]}", "x", ITEMS_FACTCHECKTOOLS},
        {"{\n \"claims\": [ {", "x.json", ITEMS_FACTCHECKTOOLS},
        {"{}", "x.json", ITEMS_CLAIMREVIEW},
        {"{}", "x", ITEMS_JSONL},
        {"[{\"@context\":\"x\"}]", "x.jsonl", ITEMS_CLAIMREVIEW},
        {"[1]", "x", ITEMS_CLAIMREVIEW},
        {"{\"a\\\"\":1,\"dataFeedElement\":[]}", "x", ITEMS_CLAIMREVIEW},
        {"id,text,lang\n", "x", ITEMS_CSV},
        {"\"text\";\"ID\"\r\n", "x", ITEMS_CSV},
        {"a,b\n1,2\n", "x.CSV", ITEMS_CSV},
        {"garbage", "x.jsonl", ITEMS_JSONL},
        {"", "x.tsv", ITEMS_CSV},
        {"", "x", ITEMS_JSONL},
    };
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        struct line_reader in CLEANUP(line_close) = {0};
        enum item_format format = ITEMS_AUTO;
        CHECK_OK(line_open_bytes(view_cstr(k_cases[i].bytes), 100, &in));
        CHECK_OK(items_detect(&in, k_cases[i].name, &format));
        if (format != k_cases[i].format)
            fail_msg("%s is %s", k_cases[i].bytes, item_format_name(format));
    }
    static const char *const k_strange[][2] = {{"garbage", "neither JSON nor a table"},
                                               {"\xFF\xFEi\0d", "UTF-16"}};
    for (size_t i = 0; i < COUNT_OF(k_strange); i++) {
        struct line_reader in CLEANUP(line_close) = {0};
        enum item_format format;
        CHECK_OK(line_open_bytes(view_cstr(k_strange[i][0]), 100, &in));
        CHECK_FAILS(E_FORMAT, items_detect(&in, "x", &format));
        CHECK_MESSAGE(k_strange[i][1]);
    }
}

TEST(formats_have_names)
{
    for (enum item_format f = ITEMS_AUTO; f <= ITEMS_FACTCHECKTOOLS; f++) {
        enum item_format back;
        CHECK(item_format_from_name(view_cstr(item_format_name(f)), &back) && back == f);
    }
    enum item_format kept = ITEMS_CSV;
    CHECK(!item_format_from_name(VIEW("CSV"), &kept) && kept == ITEMS_CSV);
}

TEST(a_refusal_of_the_sink_rejects_the_row_or_stops_the_reading)
{
    static const enum err k_rows[] = {E_DUPLICATE, E_INPUT, E_LIMIT};
    for (size_t i = 0; i < COUNT_OF(k_rows); i++) {
        struct rows rows CLEANUP(rows_done) = {.take_fails = k_rows[i], .fails_where = 1};
        CHECK_OK(rows_read(&rows, VIEW(A "\n" B), ITEMS_JSONL));
        CHECK_ROWS(rows, "-1 sink: a\n+2 " B "\n");
        CHECK(rows.counts.accepted == 1 && rows.counts.rejected == 1);
    }
    static const enum err k_fatal[] = {E_IO, E_SPACE, E_MEMORY, E_FORMAT};
    static const char *const k_texts[] = {
        A "\n" B, "id,lang,text\na,en,one\n",
        "{\"claimReviewed\":\"a\",\"inLanguage\":\"en\",\"url\":\"https://x.example\"}",
        ("{\"claims\":[{\"text\":\"a\",\"claimReview\":[{\"languageCode\":\"en\",\"url\":"
         "\"https://x.example\"}]}]}")};
    for (size_t i = 0; i < COUNT_OF(k_fatal) * COUNT_OF(k_texts); i++) {
        struct rows rows CLEANUP(rows_done) = {.take_fails = k_fatal[i % 4]};
        CHECK_FAILS(k_fatal[i % 4], rows_read(&rows, view_cstr(k_texts[i / 4]), ITEMS_AUTO));
        CHECK_MESSAGE("sink: ");
        CHECK_ROWS(rows, "");
    }
}

TEST(a_long_import_shows_progress_and_can_be_stopped)
{
    struct buf in CLEANUP(buf_done) = {0};
    struct rows rows CLEANUP(rows_done) = {0};
    CHECK_OK(buf_add(&in, VIEW("id,lang,text\n")));
    for (int i = 0; i < 100; i++)
        CHECK_OK(buf_addf(&in, "%d,en,%030000d\n", i, i));
    char path[] = "/tmp/sanad-test-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, in.p, in.n) == (ssize_t)in.n);
    close(fd);
    const struct item_sink sink = {&rows, rows_take, rows_reject, rows_progress};
    CHECK_OK(items_read(path, ITEMS_AUTO, NULL, NULL, &sink, &rows.counts));
    CHECK(rows.counts.accepted == 100 && rows.n_progress >= 3);
    rows.n_progress = 0;
    rows.stop_at_progress = 2;
    CHECK_FAILS(E_INTERRUPTED, items_read(path, ITEMS_AUTO, NULL, NULL, &sink, &rows.counts));
    CHECK(rows.counts.accepted < 100);
    rows.stop_at_progress = 0;
    CHECK(truncate(path, 0) == 0);
    CHECK_OK(items_read(path, ITEMS_AUTO, NULL, NULL, &sink, &rows.counts));
    CHECK(rows.counts.accepted == 0);
    unlink(path);
    CHECK_FAILS(E_NOT_FOUND, items_read(path, ITEMS_AUTO, NULL, NULL, &sink, &rows.counts));
    CHECK_FAILS(E_FORMAT, items_read("/tmp", ITEMS_AUTO, NULL, NULL, &sink, &rows.counts));
}

TEST(bytes_in_memory_read_like_a_file)
{
    struct rows rows CLEANUP(rows_done) = {0};
    const struct item_sink sink = {&rows, rows_take, rows_reject, NULL};
    CHECK_OK(items_read_bytes(VIEW(A), ITEMS_AUTO, NULL, NULL, &sink, &rows.counts));
    CHECK(rows.counts.accepted == 1);
}

/* The demonstration bank is what every newcomer imports first. */
TEST(the_demonstration_bank_is_read_whole)
{
    static const char *const k_files[] = {"demo/claims/society.jsonl",
                                          "demo/claims/health-science.jsonl"};
    const char *root = getenv("SANAD_SOURCE");
    if (!root) SKIP("SANAD_SOURCE does not say where the sources are");
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        struct rows rows CLEANUP(rows_done) = {0};
        const struct item_sink sink = {&rows, rows_take, rows_reject, NULL};
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", root, k_files[i]);
        CHECK_OK(items_read(path, ITEMS_AUTO, NULL, NULL, &sink, &rows.counts));
        CHECK(rows.counts.accepted > 50);
        if (rows.counts.rejected) fail_msg("%s", ROWS_TEXT(rows));
    }
}

TESTS(RUN(the_format_is_found_by_the_first_bytes_then_by_the_name), RUN(formats_have_names),
      RUN(a_refusal_of_the_sink_rejects_the_row_or_stops_the_reading),
      RUN(a_long_import_shows_progress_and_can_be_stopped), RUN(bytes_in_memory_read_like_a_file),
      RUN(the_demonstration_bank_is_read_whole))
