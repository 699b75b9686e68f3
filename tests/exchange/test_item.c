/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/exchange.h"
#include "test.h"

static const char k_full[] =
    "{\"body\":\"long\",\"id\":\"a\",\"lang\":\"en\",\"licence\":\"CC0-1.0\",\"source\":\"here\","
    "\"text\":\"One\\nclaim.\",\"title\":\"T\",\"topic\":\"health\",\"translations\":[{\"lang\":"
    "\"pt-BR\",\"text\":\"Uma\",\"title\":\"U\"},{\"lang\":\"ar\",\"text\":\"واحد\"}],\"url\":"
    "\"https://x.example/1\",\"verdicts\":[{\"date\":\"2024-02-29\",\"label\":\"false\","
    "\"label_text\":\"Falso\",\"lang\":\"es\",\"org\":\"x.example\",\"org_name\":\"X\",\"reasons\":"
    "\"Because.\",\"sources\":[{\"date\":\"2020-01-01\",\"publisher\":\"P\",\"title\":\"S\","
    "\"url\":"
    "\"https://s.example/\"},{\"title\":\"Paper only\"}],\"url\":\"https://x.example/v\"},{"
    "\"claim\":\"b\",\"claim_text\":\"Another\",\"label_text\":\"Odd "
    "words\",\"org\":\"y.example\"},{\"label\":\"false\",\"org\":\"z.example\",\"reported_by\":"
    "\"y.example\",\"url\":\"https://z.example/1\"}]}";

static rc read_item(const char *text, struct arena *mem, struct item *out)
{
    const struct json *object;
    TRY(json_parse(view_cstr(text), NULL, mem, &object));
    return item_from_json(object, NULL, mem, out);
}

static rc there_and_back(const char *text, struct buf *out)
{
    struct arena mem CLEANUP(arena_done);
    arena_init(&mem, 0);
    struct item item;
    TRY(read_item(text, &mem, &item));
    return item_to_json(&item, out);
}

TEST(an_item_survives_the_way_through_canonical_json)
{
    struct buf out CLEANUP(buf_done) = {0};
    CHECK_OK(there_and_back(k_full, &out));
    CHECK_TEXT(buf_view(&out), k_full);
}

TEST(the_order_of_members_and_empty_ones_make_no_difference)
{
    struct buf out CLEANUP(buf_done) = {0};
    CHECK_OK(there_and_back("{\"verdicts\":[],\"title\":\"\",\"url\":null,\"translations\":null,"
                            "\"text\":\"t\",\"lang\":\"vi\",\"id\":\"i\",\"more\":{\"a\":[1]}}",
                            &out));
    CHECK_TEXT(buf_view(&out), "{\"id\":\"i\",\"lang\":\"vi\",\"text\":\"t\"}");
}

TEST(the_rating_of_an_evaluation_set_becomes_a_verdict)
{
    static const char *const k_pairs[][2] = {
        {"\"rating\":\"Pants on Fire!\",\"url\":\"https://www.Check.example:80/a?b\"",
         "[{\"label\":\"false\",\"label_text\":\"Pants on Fire!\",\"org\":\"check.example\","
         "\"url\":\"https://www.Check.example:80/a?b\"}]"},
        {"\"rating\":\"misleading\"", "[{\"label\":\"misleading\"}]"},
        {"\"rating\":\"three stars\"", "[{\"label_text\":\"three stars\"}]"},
        {"\"rating\":\"\"", "[]"},
        {"\"rating\":\" \"", "[]"},
        {"\"rating\":\"True\",\"verdicts\":[{\"label\":\"unproven\"}]",
         "[{\"label\":\"unproven\"}]"},
        {"\"rating\":\"True\",\"verdicts\":[]",
         "[{\"label\":\"accurate\",\"label_text\":\"True\"}]"},
    };
    struct buf out CLEANUP(buf_done) = {0};
    for (size_t i = 0; i < COUNT_OF(k_pairs); i++) {
        struct arena mem CLEANUP(arena_done);
        arena_init(&mem, 0);
        struct item item;
        char text[256];
        snprintf(text, sizeof text, "{\"id\":\"i\",\"lang\":\"en\",\"text\":\"t\",%s}",
                 k_pairs[i][0]);
        CHECK_OK(read_item(text, &mem, &item));
        buf_reset(&out);
        CHECK_OK(item_verdicts_to_json(&item, &out));
        CHECK_TEXT(buf_view(&out), k_pairs[i][1]);
    }
}

TEST(what_an_organisation_printed_is_never_lost)
{
    static const char *const k_pairs[][2] = {
        {"\"label\":\"Erfunden\"", "{\"label_text\":\"Erfunden\"}"},
        {"\"label\":\"false\",\"label_text\":\"Bulo\"",
         "{\"label\":\"false\",\"label_text\":\"Bulo\"}"},
        {"\"label\":\"false\",\"rating\":\"Bulo\"",
         "{\"label\":\"false\",\"label_text\":\"Bulo\"}"},
        {"\"rating\":\"Hoaks\"", "{\"label\":\"false\",\"label_text\":\"Hoaks\"}"},
        {"\"rating\":\"unproven\"", "{\"label\":\"unproven\"}"},
        {"\"label\":\"\",\"label_text\":\"Falso\"", "{\"label_text\":\"Falso\"}"},
        {"\"label\":null,\"url\":\"https://a.example\"", "{\"url\":\"https://a.example\"}"},
        {"\"label\":\"accurate\",\"date\":\"2021-03-04T23:00:00+02:00\"",
         "{\"date\":\"2021-03-04\",\"label\":\"accurate\"}"},
    };
    struct buf out CLEANUP(buf_done) = {0};
    for (size_t i = 0; i < COUNT_OF(k_pairs); i++) {
        char text[256], want[256];
        snprintf(text, sizeof text,
                 "{\"id\":\"i\",\"lang\":\"en\",\"text\":\"t\",\"verdicts\":[{%s}]}",
                 k_pairs[i][0]);
        snprintf(want, sizeof want,
                 "{\"id\":\"i\",\"lang\":\"en\",\"text\":\"t\",\"verdicts\":[%s]}", k_pairs[i][1]);
        buf_reset(&out);
        CHECK_OK(there_and_back(text, &out));
        CHECK_TEXT(buf_view(&out), want);
    }
}

TEST(a_bad_item_is_refused_with_the_path_of_the_fault)
{
#define ITEM(more) "{\"id\":\"i\",\"lang\":\"en\",\"text\":\"t\"," more "}"
#define VERDICT_WITH(more) \
    ITEM("\"verdicts\":[{\"label\":\"false\"},{\"label\":\"false\"," more "}]")
    static const char *const k_pairs[][2] = {
        {"[]", "row: an object is expected, this is an array"},
        {"{\"lang\":\"en\",\"text\":\"t\"}", "id: missing or empty"},
        {"{\"id\":\"i\",\"text\":\"t\"}", "lang: missing or empty"},
        {"{\"id\":\"i\",\"lang\":\"en\"}", "text: missing or empty"},
        {"{\"id\":\"i\",\"lang\":\"en\",\"text\":\"\"}", "text: missing or empty"},
        {"{\"id\":\"i\",\"lang\":\"en\",\"text\":\" \\n\\u00a0\\u200b\"}", "text: blank"},
        {"{\"id\":7,\"lang\":\"en\",\"text\":\"t\"}", "id: a string is expected, this is a number"},
        {"{\"id\":\"a\\tb\",\"lang\":\"en\",\"text\":\"t\"}", "id: a line break or TAB at byte 1"},
        {"{\"id\":\"i\",\"lang\":\"English\",\"text\":\"t\"}",
         "lang: a language tag like \"fa\" or \"pt-BR\" is expected, not \"English\""},
        {"{\"id\":\"i\",\"lang\":\"en_US\",\"text\":\"t\"}", "lang: a language tag"},
        {"{\"id\":\"i\",\"lang\":\"e\",\"text\":\"t\"}", "lang: a language tag"},
        {"{\"id\":\"i\",\"lang\":\"en-\",\"text\":\"t\"}", "lang: a language tag"},
        {"{\"id\":\"i\",\"lang\":\"en\",\"text\":\"a\\u0000b\"}",
         "text: a control character U+0000 at byte 1"},
        {"{\"id\":\"i\",\"lang\":\"en\",\"text\":\"ab\\u001b\"}",
         "text: a control character U+001B at byte 2"},
        {ITEM("\"title\":{}"), "title: a string is expected, this is an object"},
        {ITEM("\"url\":\"javascript:alert(1)\""),
         "url: an address of the web is expected, not \"javascript:…\""},
        {ITEM("\"rating\":3"), "rating: a string is expected, this is a number"},
        {ITEM("\"rating\":\"a\\u0001\""), "rating: a control character U+0001"},
        {ITEM("\"verdicts\":{}"), "verdicts: an array is expected, this is an object"},
        {ITEM("\"verdicts\":[null]"), "verdicts[0]: an object is expected, this is null"},
        {ITEM("\"verdicts\":[{}]"), "verdicts[0].label: missing"},
        {ITEM("\"verdicts\":[{\"label\":true}]"),
         "verdicts[0].label: a string is expected, this is a boolean"},
        {VERDICT_WITH("\"date\":20210101"),
         "verdicts[1].date: a string is expected, this is a number"},
        {VERDICT_WITH("\"date\":\"2021-02-29\""),
         "verdicts[1].date: a day of the calendar as YYYY-MM-DD is expected, not \"2021-02-29\""},
        {VERDICT_WITH("\"date\":\"2021-13-01\""), "verdicts[1].date: a day"},
        {VERDICT_WITH("\"date\":\"2021-1-1\""), "verdicts[1].date: a day"},
        {VERDICT_WITH("\"date\":\"1900-02-29\""), "verdicts[1].date: a day"},
        {VERDICT_WITH("\"date\":\"0000-01-01\""), "verdicts[1].date: a day"},
        {VERDICT_WITH("\"date\":\"2021-01-01x\""), "verdicts[1].date: a day"},
        {VERDICT_WITH("\"reasons\":[\"a\"]"),
         "verdicts[1].reasons: a string is expected, this is an array"},
        {VERDICT_WITH("\"sources\":[{\"url\":\"https://a.example\"},{\"url\":5}]"),
         "verdicts[1].sources[1].url: a string is expected, this is a number"},
        {VERDICT_WITH("\"sources\":[{\"publisher\":\"p\"}]"),
         "verdicts[1].sources[0].url: a source needs an address or a title"},
        {ITEM("\"translations\":[{\"lang\":\"fr\"}]"), "translations[0].text: missing or empty"},
        {ITEM("\"translations\":[{\"text\":\"x\"}]"), "translations[0].lang: missing or empty"},
        {ITEM("\"translations\":\"no\""), "translations: an array is expected, this is a string"},
    };
    struct buf out CLEANUP(buf_done) = {0};
    for (size_t i = 0; i < COUNT_OF(k_pairs); i++) {
        rc r = there_and_back(k_pairs[i][0], &out);
        if (r.code != E_INPUT || !strstr(rc_message(), k_pairs[i][1]))
            fail_msg("%s: %s instead of %s", k_pairs[i][0], ok(r) ? "accepted" : rc_message(),
                     k_pairs[i][1]);
    }
}

TEST(a_leap_day_is_a_day)
{
    struct buf out CLEANUP(buf_done) = {0};
    CHECK_OK(there_and_back(VERDICT_WITH("\"date\":\"2000-02-29\""), &out));
    CHECK_OK(there_and_back(VERDICT_WITH("\"date\":\"2021-12-31 10:00\""), &out));
}

TEST(each_limit_is_told_with_its_number)
{
    const struct item_limits limits = {.max_row_bytes = 1000,
                                       .max_id_bytes = 4,
                                       .max_text_bytes = 8,
                                       .max_translations = 1,
                                       .max_verdicts = 1,
                                       .max_sources = 1};
    static const char *const k_pairs[][2] = {
        {"{\"id\":\"12345\",\"lang\":\"en\",\"text\":\"t\"}", "id: 5 bytes, the limit is 4"},
        {"{\"id\":\"1234\",\"lang\":\"en\",\"text\":\"123456789\"}",
         "text: 9 bytes, the limit is 8"},
        {ITEM("\"verdicts\":[{\"label\":\"false\"},{\"label\":\"false\"}]"),
         "verdicts: 2 of them, the limit is 1"},
        {ITEM("\"verdicts\":[{\"label\":\"false\",\"sources\":[{},{}]}]"),
         "verdicts[0].sources: 2 of them, the limit is 1"},
        {ITEM("\"translations\":[{},{}]"), "translations: 2 of them, the limit is 1"},
    };
    for (size_t i = 0; i < COUNT_OF(k_pairs); i++) {
        struct arena mem CLEANUP(arena_done);
        arena_init(&mem, 0);
        const struct json *object;
        struct item item;
        CHECK_OK(json_parse(view_cstr(k_pairs[i][0]), NULL, &mem, &object));
        CHECK_FAILS(E_LIMIT, item_from_json(object, &limits, &mem, &item));
        CHECK_MESSAGE(k_pairs[i][1]);
    }
    struct buf out CLEANUP(buf_done) = {0};
    CHECK_OK(there_and_back("{\"id\":\"1234\",\"lang\":\"en\",\"text\":\"12345678\"}", &out));
}

TEST(no_memory_is_an_error_and_nothing_else)
{
    struct buf out CLEANUP(buf_done) = {0};
    CHECK_EVERY_ALLOCATION(there_and_back(k_full, &out), buf_done(&out));
    CHECK_TEXT(buf_view(&out), k_full);
}

TESTS(RUN(an_item_survives_the_way_through_canonical_json),
      RUN(the_order_of_members_and_empty_ones_make_no_difference),
      RUN(the_rating_of_an_evaluation_set_becomes_a_verdict),
      RUN(what_an_organisation_printed_is_never_lost),
      RUN(a_bad_item_is_refused_with_the_path_of_the_fault), RUN(a_leap_day_is_a_day),
      RUN(each_limit_is_told_with_its_number), RUN(no_memory_is_an_error_and_nothing_else))
