/* SPDX-License-Identifier: Apache-2.0
 * What a user is told: tiers, ways of meeting, notes, options. */
#include "desk.h"

static struct desk s_desk;

#define BALLOTS "Ballots marked with a felt-tip pen are rejected by the scanners in every city."
#define BRIDGE \
    "The old harbour bridge collapsed on 12 March 2021 and 35 people drowned in the river."

static void check_ask(const char *post, const char *id, enum tier tier, enum how how)
{
    struct answer a = desk_ask(&s_desk, post);
    check_best(&a, id, tier, how);
    for (uint32_t i = 0; i < a.n_hits; i++)
        CHECK(a.hits[i].score >= 0 && a.hits[i].score <= 1);
}

TEST(the_same_text_is_an_exact_confirmed_hit)
{
    check_ask(BALLOTS, "ballots", TIER_CONFIRMED, HOW_EXACT);
    check_ask(
        "BALLOTS MARKED WITH A FELT-TIP PEN,   ARE REJECTED - BY THE SCANNERS IN EVERY CITY!!!",
        "ballots", TIER_CONFIRMED, HOW_EXACT);
    check_ask("🚨 «" BALLOTS "» 😱", "ballots", TIER_CONFIRMED, HOW_EXACT);
    check_ask("Uống nước chanh ấm mỗi sáng chữa khỏi ung thư trong vòng 30 ngày", "cancer",
              TIER_CONFIRMED, HOW_EXACT);
    check_ask("نوشیدن آب گرم با آبلیمو هر روز صبح سرطان را در 30 روز درمان می کند", "cancer",
              TIER_CONFIRMED, HOW_NEAR_COPY);
}

TEST(a_text_with_slips_is_a_confirmed_near_copy)
{
    check_ask("Balots marked with a felt-tip pen are rejceted by teh scanners in every city.",
              "ballots", TIER_CONFIRMED, HOW_NEAR_COPY);
    check_ask("So Ballots marked with a felt-tip pen are simply rejected by the scanners in every "
              "city.",
              "ballots", TIER_CONFIRMED, HOW_NEAR_COPY);
}

TEST(a_claim_inside_a_longer_post_is_confirmed)
{
    check_ask(
        "Good morning from the seaside, I slept badly. My aunt called about the garden. " BRIDGE
        " Later we ate soup, and the neighbours brought a cake with far too much sugar in it.",
        "bridge", TIER_CONFIRMED, HOW_CONTAINS);
}

TEST(a_piece_of_a_claim_is_only_suggested)
{
    check_ask("the old harbour bridge collapsed", "bridge", TIER_SUGGESTED, HOW_WITHIN);
}

TEST(the_same_claim_in_other_words_is_only_suggested)
{
    check_ask(
        "Dozens drowned when that bridge at the old harbour went down into the river in March "
        "2021",
        "bridge", TIER_SUGGESTED, HOW_SAME_WORDS);
}

TEST(a_changed_claim_is_never_confirmed)
{
    static const char *const k_posts[] = {
        "The old harbour bridge collapsed on 12 March 2021 and 36 people drowned in the river.",
        "The old harbour bridge collapsed on 12 March 2022 and 35 people drowned in the river.",
        "The old harbour bridge never collapsed on 12 March 2021 and 35 people drowned in the "
        "river.",
        "The old harbour tunnel collapsed on 12 March 2021 and 35 people drowned in the river.",
        "Good morning. The old harbour bridge collapsed on 12 March 2021 and 53 people drowned in "
        "the river. Later we ate soup and went to bed.",
    };
    for (size_t i = 0; i < COUNT_OF(k_posts); i++) {
        struct answer a = desk_ask(&s_desk, k_posts[i]);
        const struct hit *h = hit_of(&a, "bridge");
        if (!h || h->tier != TIER_SUGGESTED) fail_msg("%s: not suggested", k_posts[i]);
    }
}

TEST(the_same_number_in_words_still_confirms_a_short_claim)
{
    static const struct {
        const char *post;
        enum tier tier;
    } k_rows[] = {
        {"Tablets of zinc harmed a quarter of the children in the northern valley.",
         TIER_CONFIRMED},
        {"Tablets of zinc harmed one in four of the children in the northern valley.",
         TIER_CONFIRMED},
        {"Tablets of zinc harmed 24% of the children in the northern valley.", TIER_SUGGESTED},
        {"Tablets of zinc harmed one in five of the children in the northern valley.",
         TIER_SUGGESTED},
        {"Tablets of zinc harmed a third of the children in the northern valley.", TIER_SUGGESTED},
    };
    static const char *const k_claim[] = {
        "{\"id\":\"zinc\",\"lang\":\"en\",\"text\":\"Tablets of zinc harmed 25% of the children in "
        "the northern valley.\"}"};
    struct desk desk;
    desk_open_items(&desk, k_claim, 1);
    for (size_t i = 0; i < COUNT_OF(k_rows); i++) {
        struct answer a = desk_ask(&desk, k_rows[i].post);
        const struct hit *h = hit_of(&a, "zinc");
        if (!h || h->tier != k_rows[i].tier)
            fail_msg("%s: tier %d", k_rows[i].post, h ? (int)h->tier : -1);
    }
    desk_close(&desk);
}

TEST(the_text_of_an_article_about_a_claim_does_not_confirm_it)
{
    struct answer a =
        desk_ask(&s_desk, "A picture of a lighthouse keeper with his grey parrot and a "
                          "broken umbrella was spread with this story");
    const struct hit *h = hit_of(&a, "bridge");
    CHECK(h && h->tier != TIER_CONFIRMED);
    assert_int_equal(h->why.segment, SEGMENT_BODY);
}

TEST(a_title_of_few_words_does_not_confirm_a_claim)
{
    struct answer a = desk_ask(&s_desk, "I bought three felt-tip pens for my daughter on Monday");
    const struct hit *h = hit_of(&a, "ballots");
    CHECK(!h || h->tier != TIER_CONFIRMED);
}

TEST(a_claim_in_several_languages_is_one_hit)
{
    struct match_options all = k_match_options;
    all.lowest = TIER_NONE;
    all.top = 100;
    struct answer a = desk_ask_bytes(
        &s_desk, VIEW(BALLOTS " Les bulletins remplis au feutre sont rejetés par les scanners"),
        &all);
    for (uint32_t i = 0; i < a.n_hits; i++)
        for (uint32_t j = 0; j < i; j++)
            CHECK(!view_eq(a.hits[i].item.id, a.hits[j].item.id));
    CHECK(hit_of(&a, "ballots") != NULL);
}

TEST(the_language_that_was_met_is_told)
{
    struct answer a = desk_ask(
        &s_desk, "Les bulletins remplis au feutre sont rejetés par les scanners dans toutes "
                 "les villes.");
    check_best(&a, "ballots", TIER_CONFIRMED, HOW_EXACT);
    assert_int_equal(a.hits[0].why.lang, LANG_FR);
    CHECK(view_starts(a.hits[0].why.claim_text, VIEW("Les bulletins")));
    assert_int_equal(a.lang, LANG_FR);
}

/* ---- notes ---- */

TEST(a_post_without_words_is_called_empty)
{
    static const char *const k_posts[] = {"", " \n\t ", "😀😱🚨", "!!! ??? …",
                                          "\xE2\x80\x8B\xE2\x80\x8B"};
    for (size_t i = 0; i < COUNT_OF(k_posts); i++) {
        struct answer a = desk_ask(&s_desk, k_posts[i]);
        assert_int_equal(a.note, NOTE_EMPTY);
        assert_int_equal(a.n_hits, 0);
    }
}

TEST(a_bare_link_finds_the_claims_that_carry_it)
{
    struct answer a = desk_ask(&s_desk, "http://two.example/grippe");
    assert_int_equal(a.note, NOTE_ONLY_LINK);
    check_best(&a, "virus", TIER_SUGGESTED, HOW_SAME_LINK);
    a = desk_ask(&s_desk, "https://ONE.example/checks/ballots?fbclid=abc#top 👇");
    assert_int_equal(a.n_hits, 1);
    check_best(&a, "ballots", TIER_SUGGESTED, HOW_SAME_LINK);
    a = desk_ask(&s_desk, "https://one.example/ballots https://two.example/grippe "
                          "https://one.example/checks/ballots");
    assert_int_equal(a.n_hits, 2);
    a = desk_ask(&s_desk, "https://one.example/elsewhere");
    assert_int_equal(a.note, NOTE_ONLY_LINK);
    assert_int_equal(a.n_hits, 0);
}

TEST(a_post_of_one_or_two_words_is_only_looked_up_as_a_whole)
{
    struct answer a = desk_ask(&s_desk, "flat EARTH!");
    assert_int_equal(a.note, NOTE_TOO_SHORT);
    assert_int_equal(a.n_hits, 1);
    check_best(&a, "short", TIER_SUGGESTED, HOW_EXACT);
    a = desk_ask(&s_desk, "harbour bridge");
    assert_int_equal(a.note, NOTE_TOO_SHORT);
    assert_int_equal(a.n_hits, 0);
    a = desk_ask(&s_desk, "felt-tip pens");
    CHECK(a.note == NOTE_NOTHING || a.n_hits == 1);
    a = desk_ask(&s_desk, "x");
    assert_int_equal(a.note, NOTE_TOO_SHORT);
    assert_int_equal(a.n_hits, 0);
}

TEST(every_name_in_the_format_can_be_told_and_read)
{
    assert_string_equal(tier_name(TIER_NONE), "none");
    assert_string_equal(tier_name(TIER_SUGGESTED), "suggested");
    assert_string_equal(tier_name(TIER_CONFIRMED), "confirmed");
    assert_string_equal(how_name(HOW_EXACT), "exact");
    assert_string_equal(how_name(HOW_NEAR_COPY), "near-copy");
    assert_string_equal(how_name(HOW_CONTAINS), "contains");
    assert_string_equal(how_name(HOW_WITHIN), "within");
    assert_string_equal(how_name(HOW_SAME_WORDS), "same-claim");
    assert_string_equal(how_name(HOW_SAME_LINK), "same-link");
    assert_string_equal(note_name(NOTE_NOTHING), "");
    assert_string_equal(note_name(NOTE_EMPTY), "empty");
    assert_string_equal(note_name(NOTE_TOO_SHORT), "too-short");
    assert_string_equal(note_name(NOTE_ONLY_LINK), "only-link");
    for (enum tier t = TIER_NONE; t <= TIER_CONFIRMED; t++) {
        enum tier back = TIER_NONE;
        CHECK(tier_from_name(view_cstr(tier_name(t)), &back) && back == t);
    }
    enum tier untouched = TIER_SUGGESTED;
    CHECK(!tier_from_name(VIEW("Confirmed"), &untouched) && !tier_from_name(VIEW(""), &untouched));
    assert_int_equal(untouched, TIER_SUGGESTED);
}

/* ---- options ---- */

TEST(no_more_hits_come_than_were_asked_for)
{
    struct match_options o = k_match_options;
    struct view post =
        VIEW("The scanners in the city and the bridge in the river were switched off "
             "by the telescope every morning within 30 days");
    o.lowest = TIER_NONE;
    uint32_t last = 0;
    for (o.top = 1; o.top <= 100; o.top += o.top < 5 ? 1 : 95) {
        struct answer a = desk_ask_bytes(&s_desk, post, &o);
        CHECK(a.n_hits <= o.top && a.n_hits >= last);
        for (uint32_t i = 1; i < a.n_hits; i++)
            CHECK(a.hits[i].score <= a.hits[i - 1].score);
        last = a.n_hits;
    }
    CHECK(last >= 4);
}

TEST(no_hit_below_the_lowest_tier_is_shown)
{
    struct match_options o = k_match_options;
    struct view copy = VIEW(BALLOTS),
                other = VIEW("scanners in the river were marked every morning");
    o.lowest = TIER_CONFIRMED;
    struct answer a = desk_ask_bytes(&s_desk, copy, &o);
    assert_int_equal(a.n_hits, 1);
    a = desk_ask_bytes(&s_desk, other, &o);
    assert_int_equal(a.n_hits, 0);
    o.lowest = TIER_NONE;
    a = desk_ask_bytes(&s_desk, other, &o);
    CHECK(a.n_hits > 0);
    o.lowest = TIER_CONFIRMED;
    a = desk_ask_bytes(&s_desk, VIEW("https://one.example/ballots"), &o);
    assert_int_equal(a.n_hits, 0);
}

TEST(a_language_that_is_given_is_believed)
{
    struct match_options o = k_match_options;
    o.lang = LANG_FA;
    struct answer a = desk_ask_bytes(&s_desk, VIEW(BALLOTS), &o);
    assert_int_equal(a.lang, LANG_FA);
    check_best(&a, "ballots", TIER_CONFIRMED, HOW_EXACT);
}

TEST(the_bank_is_named_in_every_answer)
{
    struct answer a = desk_ask(&s_desk, "");
    assert_int_equal(strlen(a.bank_version), 64);
    assert_int_equal(strspn(a.bank_version, "0123456789abcdef"), 64);
}

TEST(an_empty_bank_answers_with_nothing)
{
    struct desk empty;
    desk_open_items(&empty, NULL, 0);
    static const char *const k_posts[] = {BALLOTS, "", "flat earth", "https://one.example/ballots"};
    for (size_t i = 0; i < COUNT_OF(k_posts); i++)
        assert_int_equal(desk_ask(&empty, k_posts[i]).n_hits, 0);
    desk_close(&empty);
}

TESTS_AT_DESK(
    s_desk, RUN(the_same_text_is_an_exact_confirmed_hit),
    RUN(a_text_with_slips_is_a_confirmed_near_copy), RUN(a_claim_inside_a_longer_post_is_confirmed),
    RUN(a_piece_of_a_claim_is_only_suggested), RUN(the_same_claim_in_other_words_is_only_suggested),
    RUN(a_changed_claim_is_never_confirmed),
    RUN(the_same_number_in_words_still_confirms_a_short_claim),
    RUN(the_text_of_an_article_about_a_claim_does_not_confirm_it),
    RUN(a_title_of_few_words_does_not_confirm_a_claim),
    RUN(a_claim_in_several_languages_is_one_hit), RUN(the_language_that_was_met_is_told),
    RUN(a_post_without_words_is_called_empty), RUN(a_bare_link_finds_the_claims_that_carry_it),
    RUN(a_post_of_one_or_two_words_is_only_looked_up_as_a_whole),
    RUN(every_name_in_the_format_can_be_told_and_read), RUN(no_more_hits_come_than_were_asked_for),
    RUN(no_hit_below_the_lowest_tier_is_shown), RUN(a_language_that_is_given_is_believed),
    RUN(the_bank_is_named_in_every_answer), RUN(an_empty_bank_answers_with_nothing))
