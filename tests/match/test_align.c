/* SPDX-License-Identifier: Apache-2.0
 * Which words of a post are those of a claim. */
#include "desk.h"

static struct desk s_desk;

static struct alignment aligned(struct view claim_text, struct view post_text)
{
    struct alignment a;
    struct text claim, post;
    struct post_parts parts;
    arena_reset(&s_desk.mem);
    CHECK_OK(text_read(claim_text, LANG_EN, NULL, &s_desk.mem, &claim));
    CHECK_OK(text_read(post_text, LANG_EN, NULL, &s_desk.mem, &post));
    CHECK_OK(post_parts_make(s_desk.bank, &post, &s_desk.mem, &parts));
    CHECK_OK(align(s_desk.bank, &claim, &parts, &s_desk.mem, &a));
    return a;
}

static uint32_t unmet(const struct part *parts, uint32_t from, uint32_t to)
{
    uint32_t n = 0;
    for (uint32_t i = from; i < to; i++)
        n += parts[i].mate == NO_MATE;
    return n;
}

/* Words of the claim without a mate, and of the post inside the span. */
static void check_unmet(const char *claim, const char *post, uint32_t in_claim, uint32_t in_span)
{
    struct alignment a = aligned(view_cstr(claim), view_cstr(post));
    uint32_t c = unmet(a.claim, 0, a.n_claim), p = unmet(a.post, a.span_from, a.span_to);
    if (c != in_claim || p != in_span)
        fail_msg("%s | %s: %u and %u words unmet, expected %u and %u", claim, post, c, p, in_claim,
                 in_span);
}

/* Mates point at each other, or at a word of the same stretch that was cut otherwise. */
static void check_sound(const struct alignment *a)
{
    CHECK(a->window_from <= a->window_to && a->window_to <= a->n_post);
    CHECK(a->span_from <= a->span_to && a->span_to <= a->n_post);
    for (uint32_t i = 0; i < a->n_claim; i++)
        CHECK(a->claim[i].mate == NO_MATE ||
              (a->claim[i].mate >= a->span_from && a->claim[i].mate < a->span_to));
    for (uint32_t j = 0; j < a->n_post; j++)
        CHECK(a->post[j].mate == NO_MATE || a->post[j].mate < a->n_claim);
    for (uint32_t g = 0; g < a->n_gaps; g++) {
        CHECK(a->gaps[g].claim_from <= a->gaps[g].claim_to && a->gaps[g].claim_to <= a->n_claim);
        CHECK(a->gaps[g].post_from <= a->gaps[g].post_to && a->gaps[g].post_to <= a->n_post);
    }
}

TEST(the_same_words_all_meet_in_order)
{
    struct alignment a =
        aligned(VIEW("The tower spreads an illness."), VIEW("The tower spreads an illness."));
    assert_int_equal(unmet(a.claim, 0, a.n_claim), 0);
    assert_int_equal(a.n_gaps, 0);
    CHECK(a.in_order);
    check_sound(&a);
}

TEST(words_that_moved_are_still_the_claims)
{
    struct alignment a = aligned(VIEW("Ballots with felt pens are rejected by scanners"),
                                 VIEW("Scanners rejected ballots with felt pens"));
    CHECK(!a.in_order);
    assert_int_equal(unmet(a.post, a.span_from, a.span_to), 0);
    check_sound(&a);
}

TEST(slips_of_the_finger_are_still_the_word)
{
    check_unmet("The vaccine changes human genes", "The vacine chanegs hmuan genes", 0, 0);
    check_unmet("Scientists confirmed the earthquake", "Scientsts confirmd the earthquacke", 0, 0);
}

TEST(short_words_and_digits_allow_no_slip)
{
    check_unmet("The cat sat there", "The dog sat there", 1, 1);
    check_unmet("Room 125 is closed", "Room 126 is closed", 1, 1);
    CHECK(!same_word_disguised(VIEW("5g"), VIEW("4g")));
    CHECK(!same_word_disguised(VIEW("cat"), VIEW("cut")));
    CHECK(!same_word_disguised(VIEW(""), VIEW("")));
    CHECK(!same_word_disguised(VIEW(""), VIEW("a")));
    CHECK(same_word_disguised(VIEW("network"), VIEW("netwrok")));
    CHECK(!same_word_disguised(VIEW("network"), VIEW("notebook")));
}

TEST(words_of_any_length_can_be_compared)
{
    char a[400], b[400];
    memset(a, 'x', sizeof a);
    memset(b, 'y', sizeof b);
    for (size_t n = 0; n <= sizeof a; n += 7) {
        CHECK(n == 0 || same_word_disguised(view_of(a, n), view_of(a, n)));
        CHECK(!same_word_disguised(view_of(a, n), view_of(b, n)));
    }
}

TEST(words_joined_or_cut_apart_are_still_the_words)
{
    check_unmet("The ball rolled into the lake", "The b all rolled into the lake", 0, 0);
    check_unmet("The ball rolled into the lake", "The ball rolled intothe lake", 0, 0);
    check_unmet("Hidden from the simple filters", "Hid den from thesimple fil ters", 0, 0);
}

TEST(a_word_put_in_or_left_out_leaves_the_others_met)
{
    check_unmet("The tower spreads an illness", "The tower always spreads an illness", 0, 1);
    check_unmet("The tower always spreads an illness", "The tower spreads an illness", 1, 0);
}

static void add_words(struct buf *b, const char *word, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        CHECK_OK(buf_addf(b, "%s%c%c ", word, 'a' + (int)(i % 26), 'a' + (int)(i / 26 % 26)));
}

TEST(a_claim_is_found_anywhere_in_a_long_post)
{
    static const char k_claim[] = "Ballots marked with felt pens are rejected by the scanners";
    static const uint32_t k_before[] = {0, 1, 700, 1500, 2990, 2999};
    for (size_t i = 0; i < COUNT_OF(k_before); i++) {
        struct buf post CLEANUP(buf_done) = {0};
        add_words(&post, "qu", k_before[i]);
        size_t from = post.n;
        CHECK_OK(buf_add(&post, view_cstr(k_claim)));
        CHECK_OK(buf_add(&post, VIEW(" ")));
        add_words(&post, "zo", 3000 - k_before[i]);
        struct alignment a = aligned(view_cstr(k_claim), buf_view(&post));
        check_sound(&a);
        assert_int_equal(unmet(a.claim, 0, a.n_claim), 0);
        assert_int_equal(a.post[a.span_from].token->from, from);
        assert_int_equal(a.post[a.span_to - 1].token->to, from + sizeof k_claim - 1);
    }
}

TEST(the_stretch_that_shares_most_is_taken_not_the_first)
{
    struct buf post CLEANUP(buf_done) = {0};
    CHECK_OK(buf_add(&post, VIEW("Ballots and pens were bought. ")));
    add_words(&post, "qu", 500);
    CHECK_OK(buf_add(&post, VIEW("Ballots marked with felt pens are rejected by the scanners. ")));
    add_words(&post, "zo", 500);
    CHECK_OK(buf_add(&post, VIEW("Scanners rejected it.")));
    struct alignment a = aligned(VIEW("Ballots marked with felt pens are rejected by the scanners"),
                                 buf_view(&post));
    assert_int_equal(unmet(a.claim, 0, a.n_claim), 0);
    assert_int_equal(a.span_to - a.span_from, a.n_claim);
}

TEST(very_long_claims_are_looked_at_up_to_a_bound)
{
    struct buf text CLEANUP(buf_done) = {0};
    add_words(&text, "word", 5000);
    struct alignment a = aligned(buf_view(&text), buf_view(&text));
    check_sound(&a);
    CHECK(a.n_claim <= 320);
    CHECK(a.window_to - a.window_from <= 512);
    assert_int_equal(unmet(a.claim, 0, a.n_claim), 0);
}

TEST(nothing_on_either_side_is_no_alignment)
{
    struct alignment a = aligned(VIEW(""), VIEW(""));
    check_sound(&a);
    a = aligned(VIEW("The tower spreads an illness"), VIEW(""));
    check_sound(&a);
    a = aligned(VIEW(""), VIEW("The tower spreads an illness"));
    check_sound(&a);
    a = aligned(VIEW("😀 😀"), VIEW("https://one.example/x"));
    assert_int_equal(a.n_claim, 0);
    assert_int_equal(a.n_post, 0);
    check_sound(&a);
}

TEST(the_same_word_a_thousand_times_is_harmless)
{
    struct buf text CLEANUP(buf_done) = {0};
    for (int i = 0; i < 2000; i++)
        CHECK_OK(buf_add(&text, VIEW("tower ")));
    struct alignment a = aligned(VIEW("tower tower tower"), buf_view(&text));
    check_sound(&a);
    assert_int_equal(unmet(a.claim, 0, a.n_claim), 0);
    a = aligned(buf_view(&text), VIEW("tower tower tower"));
    check_sound(&a);
}

TESTS_AT_DESK(s_desk, RUN(the_same_words_all_meet_in_order),
              RUN(words_that_moved_are_still_the_claims),
              RUN(slips_of_the_finger_are_still_the_word),
              RUN(short_words_and_digits_allow_no_slip), RUN(words_of_any_length_can_be_compared),
              RUN(words_joined_or_cut_apart_are_still_the_words),
              RUN(a_word_put_in_or_left_out_leaves_the_others_met),
              RUN(a_claim_is_found_anywhere_in_a_long_post),
              RUN(the_stretch_that_shares_most_is_taken_not_the_first),
              RUN(very_long_claims_are_looked_at_up_to_a_bound),
              RUN(nothing_on_either_side_is_no_alignment),
              RUN(the_same_word_a_thousand_times_is_harmless))
