/* SPDX-License-Identifier: Apache-2.0
 * The JSON of an answer, byte by byte: others' programs read it (docs/formats/hit.md). */
#include "desk.h"

/* An answer with one of everything. */
static void make_answer(struct answer *a, struct hit *hit)
{
    static const struct view k_shared[] = {{(const uint8_t *)"felt", 4},
                                           {(const uint8_t *)"pen", 3}};
    static const struct number_pair k_agree[] = {
        {{(const uint8_t *)"30", 2}, {(const uint8_t *)"30", 2}}};
    static const struct number_pair k_differ[] = {{{(const uint8_t *)"4", 1}, {NULL, 0}}};
    static const struct word_pair k_changed[] = {
        {{(const uint8_t *)"city", 4}, {(const uint8_t *)"\"town\"", 6}}};
    *hit = (struct hit){.tier = TIER_SUGGESTED, .how = HOW_CONTAINS, .score = 0.123456};
    hit->item.id = VIEW("c1");
    hit->item.lang = VIEW("en");
    hit->item.text = VIEW("Felt-tip pens fail");
    hit->item.title = VIEW("Pens\n");
    hit->item.url = VIEW("https://one.example/c1");
    hit->item.licence = VIEW("CC0-1.0");
    hit->item.source = VIEW("ours");
    hit->why = (struct why){.segment = SEGMENT_TEXT,
                            .lang = LANG_EN,
                            .span_from = 3,
                            .span_to = 21,
                            .claim_share = 1,
                            .post_share = 0.5,
                            .n_shared = 2,
                            .shared = k_shared,
                            .n_agree = 1,
                            .agree = k_agree,
                            .n_differ = 1,
                            .differ = k_differ,
                            .n_changed = 1,
                            .changed = k_changed,
                            .negation = NEGATION_REMOVED,
                            .refuted = true};
    hit->measures = (struct hit_measures){.words = 0.25,
                                          .grams = 0.00004,
                                          .claim_in_post = 0.99996,
                                          .heaviest = 0.5,
                                          .span_share = 0.75,
                                          .pairs = 3,
                                          .claim_letters = 16,
                                          .post_letters = 40,
                                          .post_words = 5,
                                          .in_order = true};
    *a = (struct answer){
        .lang = LANG_EN, .cut = true, .note = NOTE_ONLY_LINK, .n_hits = 1, .hits = hit};
    memset(a->bank_version, 'a', 64);
}

#define AAAA "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

TEST(an_answer_is_written_as_the_format_says)
{
    struct buf out CLEANUP(buf_done) = {0};
    struct answer a;
    struct hit hit;
    make_answer(&a, &hit);
    CHECK_OK(answer_to_json(&a, VIEW("\"post 1\""), &out));
    CHECK_TEXT(
        buf_view(&out),
        "{\"bank\":\"" AAAA "\",\"cut\":true,\"hits\":[{\"claim\":{\"lang\":\"en\","
        "\"licence\":\"CC0-1.0\",\"source\":\"ours\",\"text\":\"Felt-tip pens fail\","
        "\"title\":\"Pens\\n\",\"url\":\"https://one.example/c1\"},\"disputes\":[],"
        "\"exemptions\":[],\"how\":\"contains\",\"id\":\"c1\",\"measures\":{"
        "\"claim_in_post\":1,\"claim_letters\":16,\"grams\":0,\"heaviest\":0.5,"
        "\"in_order\":true,\"names\":0,\"pairs\":3,\"post_in_claim\":0,\"post_letters\":40,"
        "\"post_words\":5,\"span_share\":0.75,\"words\":0.25},"
        "\"score\":0.1235,\"tier\":\"suggested\",\"verdicts\":[],\"why\":{\"changed\":[{"
        "\"claim\":\"city\",\"post\":\"\\\"town\\\"\"}],\"claim_share\":1,\"lang\":\"en\","
        "\"negation\":\"removed\",\"numbers\":{\"agree\":[{\"claim\":\"30\",\"post\":\"30\"}],"
        "\"differ\":[{\"claim\":\"4\"}]},\"part\":\"text\",\"post_share\":0.5,\"refuted\":true,"
        "\"shared\":[\"felt\",\"pen\"],\"span\":[3,21]}}],\"id\":\"post "
        "1\",\"lang\":\"en\",\"note\":"
        "\"only-link\"}");
}

TEST(an_answer_without_hits_is_an_honest_object)
{
    struct buf out CLEANUP(buf_done) = {0};
    struct answer a = {.lang = LANG_UNKNOWN};
    memset(a.bank_version, 'a', 64);
    CHECK_OK(buf_add(&out, VIEW("before ")));
    CHECK_OK(answer_to_json(&a, view_of(NULL, 0), &out));
    CHECK_TEXT(buf_view(&out), "before {\"bank\":\"" AAAA "\",\"hits\":[],\"lang\":\"und\"}");
    buf_reset(&out);
    CHECK_OK(answer_to_json(&a, VIEW("7"), &out));
    CHECK_TEXT(buf_view(&out), "{\"bank\":\"" AAAA "\",\"hits\":[],\"id\":7,\"lang\":\"und\"}");
}

/* Parsed and written again it is the same: canonical, keys in order. */
static void check_canonical(struct view json_text)
{
    struct arena mem CLEANUP(arena_done) = {0};
    struct buf again CLEANUP(buf_done) = {0};
    const struct json *json;
    CHECK_OK(json_parse(json_text, NULL, &mem, &json));
    CHECK_OK(json_write(json, &mem, &again));
    CHECK(view_eq(json_text, buf_view(&again)));
}

TEST(real_answers_are_canonical_json)
{
    static const char *const k_posts[] = {
        "Ballots marked with a felt-tip pen are rejected by the scanners in every city.",
        "The old harbour bridge \"collapsed\" on 12 March 2021\tand 36 people drowned in the "
        "river.",
        "نوشیدن آب گرم با آب‌لیمو هر روز صبح سرطان را در "
        "۳۱ "
        "روز "
        "درمان "
        "نمی‌کند",
        "\xFF flat earth",
        "https://one.example/ballots",
        "Uống nước \xE1\xBB chanh ấm mỗi sáng chữa khỏi ung thư trong 3\xCC\x81\x30 ngày",
        "",
    };
    struct desk d;
    desk_open(&d);
    for (size_t i = 0; i < COUNT_OF(k_posts); i++) {
        struct buf out CLEANUP(buf_done) = {0};
        struct answer a = desk_ask(&d, k_posts[i]);
        CHECK_OK(answer_to_json(&a, VIEW("\"x\""), &out));
        check_canonical(buf_view(&out));
    }
    desk_close(&d);
}

TEST(every_verdict_of_a_claim_stands_in_the_answer)
{
    struct desk d;
    struct arena mem CLEANUP(arena_done) = {0};
    struct buf out CLEANUP(buf_done) = {0};
    const struct json *json;
    desk_open(&d);
    struct answer a = desk_ask(
        &d, "Ballots marked with a felt-tip pen are rejected by the scanners in every city.");
    CHECK_OK(answer_to_json(&a, view_of(NULL, 0), &out));
    CHECK_OK(json_parse(buf_view(&out), NULL, &mem, &json));
    const struct json *hits = json_get(json, "hits");
    CHECK(hits && hits->n > 0);
    const struct json *verdicts = json_get(&hits->as.items[0], "verdicts");
    CHECK(verdicts && verdicts->n == 2);
    CHECK_TEXT(json_get_string(&verdicts->as.items[0], "org"), "one.example");
    CHECK_TEXT(json_get_string(&verdicts->as.items[0], "label"), "false");
    CHECK_TEXT(json_get_string(&verdicts->as.items[0], "date"), "2025-03-14");
    CHECK_TEXT(json_get_string(&verdicts->as.items[0], "url"),
               "https://one.example/checks/ballots");
    CHECK_TEXT(json_get_string(&verdicts->as.items[1], "org"), "two.example");
    CHECK_TEXT(json_get_string(&verdicts->as.items[1], "label"), "unproven");
    desk_close(&d);
}

TEST(the_span_lies_inside_the_post_and_on_whole_letters)
{
    static const char *const k_posts[] = {
        "😀 Ballots marked with a felt-tip pen are rejected by the scanners in every city 😀",
        "«نوشیدن آب گرم هر روز سرطان را درمان می‌کند» 😀",
        "Hôm nay: uống nước chanh ấm mỗi sáng chữa khỏi ung thư trong vòng 30 ngày nhé",
        "flat earth",
        "https://one.example/ballots",
        "El glaciar perdió la mitad",
    };
    struct desk d;
    desk_open(&d);
    for (size_t i = 0; i < COUNT_OF(k_posts); i++) {
        struct answer a = desk_ask(&d, k_posts[i]);
        CHECK(a.n_hits > 0);
        for (uint32_t h = 0; h < a.n_hits; h++) {
            const struct why *why = &a.hits[h].why;
            CHECK(why->span_from <= why->span_to && why->span_to <= a.post.n);
            struct view span = view_slice(a.post, why->span_from, why->span_to - why->span_from);
            assert_int_equal(utf8_check(span), span.n);
        }
    }
    desk_close(&d);
}

static rc write_answer(const struct answer *a)
{
    struct buf out CLEANUP(buf_done) = {0};
    return answer_to_json(a, VIEW("1"), &out);
}

TEST(an_answer_that_does_not_fit_into_memory_is_an_error)
{
    struct answer a;
    struct hit hit;
    make_answer(&a, &hit);
    CHECK_EVERY_ALLOCATION(write_answer(&a), (void)0);
}

TESTS(RUN(an_answer_is_written_as_the_format_says), RUN(an_answer_without_hits_is_an_honest_object),
      RUN(real_answers_are_canonical_json), RUN(every_verdict_of_a_claim_stands_in_the_answer),
      RUN(the_span_lies_inside_the_post_and_on_whole_letters),
      RUN(an_answer_that_does_not_fit_into_memory_is_an_error))
