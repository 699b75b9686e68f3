/* SPDX-License-Identifier: Apache-2.0
 * Posts that are too large, broken or made to hurt; memory that runs out; many threads. */
#include <pthread.h>

#include "desk.h"

#define BALLOTS "Ballots marked with a felt-tip pen are rejected by the scanners in every city."

static struct desk s_desk;

TEST(a_post_over_the_limit_is_refused_and_the_limit_named)
{
    struct match_options o = k_match_options;
    struct answer a;
    struct view post = VIEW(BALLOTS);
    arena_reset(&s_desk.mem);
    o.limits.max_bytes = post.n - 1;
    CHECK_FAILS(E_LIMIT, match_post(s_desk.matcher, &s_desk.snapshot, post, &o, &s_desk.mem, &a));
    CHECK_MESSAGE("77");
    o.limits.max_bytes = post.n;
    CHECK_OK(match_post(s_desk.matcher, &s_desk.snapshot, post, &o, &s_desk.mem, &a));
    check_best(&a, "ballots", TIER_CONFIRMED, HOW_EXACT);
}

TEST(the_usual_limit_is_one_mebibyte)
{
    struct buf post CLEANUP(buf_done) = {0};
    struct answer a;
    uint8_t *room;
    CHECK_OK(buf_reserve(&post, (1u << 20) + 1, &room));
    memset(room, ' ', (1u << 20) + 1);
    memcpy(room, BALLOTS, sizeof BALLOTS - 1);
    a = desk_ask_bytes(&s_desk, view_of(room, 1u << 20), NULL);
    check_best(&a, "ballots", TIER_CONFIRMED, HOW_EXACT);
    CHECK_FAILS(E_LIMIT, match_post(s_desk.matcher, &s_desk.snapshot, view_of(room, (1u << 20) + 1),
                                    NULL, &s_desk.mem, &a));
    CHECK_MESSAGE("1048576");
}

TEST(the_arena_of_the_caller_bounds_the_memory)
{
    struct arena mem CLEANUP(arena_done);
    struct answer a;
    arena_init(&mem, 4096);
    CHECK_FAILS(E_MEMORY,
                match_post(s_desk.matcher, &s_desk.snapshot, VIEW(BALLOTS), NULL, &mem, &a));
}

TEST(bytes_that_are_no_text_are_looked_over)
{
    struct answer a = desk_ask_bytes(&s_desk, VIEW("\xFF\xFE" BALLOTS "\xC3"), NULL);
    check_best(&a, "ballots", TIER_CONFIRMED, HOW_EXACT);
    a = desk_ask_bytes(&s_desk,
                       VIEW("Ballots marked with a fe\xFFlt-tip pen are rejected by the "
                            "scanners\0 in every \xED\xA0\x80 city."),
                       NULL);
    CHECK(a.n_hits > 0 && view_eq(a.hits[0].item.id, VIEW("ballots")));
    a = desk_ask_bytes(&s_desk, VIEW("\xF0\x9F\x98 \xC0\xAF \xF4\x90\x80\x80"), NULL);
    assert_int_equal(a.n_hits, 0);
    for (unsigned byte = 1; byte < 256; byte++) {
        uint8_t bytes[300];
        memset(bytes, (int)byte, sizeof bytes);
        desk_ask_bytes(&s_desk, view_of(bytes, sizeof bytes), NULL);
    }
}

TEST(a_hundred_thousand_combining_marks_hide_nothing_and_hurt_nothing)
{
    struct buf post CLEANUP(buf_done) = {0};
    CHECK_OK(buf_add(&post, VIEW("Ballots marked with a felt-tip pen are rejected by the scanners "
                                 "in every city")));
    for (int i = 0; i < 100000; i++)
        CHECK_OK(buf_add(&post, VIEW("\xCC\x81")));
    uint64_t from = clock_mono_ns();
    struct answer a = desk_ask_bytes(&s_desk, buf_view(&post), NULL);
    CHECK(clock_mono_ns() - from < 5000000000u);
    CHECK(a.n_hits > 0 && view_eq(a.hits[0].item.id, VIEW("ballots")));
}

TEST(a_post_of_a_million_words_is_cut_and_says_so)
{
    struct buf post CLEANUP(buf_done) = {0};
    struct match_options o = k_match_options;
    struct answer a;
    o.limits.max_bytes = 16u << 20;
    CHECK_OK(buf_add(&post, VIEW(BALLOTS)));
    for (int i = 0; i < 1000000; i++)
        CHECK_OK(buf_addf(&post, " w%d", i % 5000));
    uint64_t from = clock_mono_ns();
    a = desk_ask_bytes(&s_desk, buf_view(&post), &o);
    CHECK(clock_mono_ns() - from < 20000000000u);
    CHECK(a.cut);
    CHECK(s_desk.mem.taken_bytes < 1u << 30);
    CHECK(hit_of(&a, "ballots") != NULL);
    o.limits.max_tokens = 14;
    a = desk_ask_bytes(&s_desk, VIEW(BALLOTS " And so on and so on."), &o);
    CHECK(a.cut);
    o.limits.max_tokens = 65536;
    a = desk_ask_bytes(&s_desk, VIEW(BALLOTS " And so on and so on."), &o);
    CHECK(!a.cut);
}

TEST(a_megabyte_without_a_space_is_harmless)
{
    struct buf post CLEANUP(buf_done) = {0};
    uint8_t *room;
    CHECK_OK(buf_reserve(&post, 1u << 20, &room));
    static const char k_fill[] = {'a', '1', '.', '#', '@', '-', '(', '\t'};
    for (size_t i = 0; i < COUNT_OF(k_fill); i++) {
        memset(room, k_fill[i], 1u << 20);
        uint64_t from = clock_mono_ns();
        desk_ask_bytes(&s_desk, view_of(room, 1u << 20), NULL);
        CHECK(clock_mono_ns() - from < 10000000000u);
    }
}

/* ---- memory that runs out ---- */

static rc ask_afresh(const char *post, struct buf *out_json)
{
    struct arena mem CLEANUP(arena_done) = {0};
    struct matcher *m;
    struct answer a;
    buf_done(out_json);
    TRY(matcher_new(&m));
    rc r = match_post(m, &s_desk.snapshot, view_cstr(post), NULL, &mem, &a);
    if (ok(r)) r = answer_to_json(&a, VIEW("1"), out_json);
    matcher_free(m);
    return r;
}

/* Out of memory is said, or did not matter: never a poorer answer. */
static void check_every_allocation(const char *post)
{
    struct buf whole CLEANUP(buf_done) = {0}, got CLEANUP(buf_done) = {0};
    mem_fail_at(0);
    CHECK_OK(ask_afresh(post, &whole));
    int64_t n = mem_fail_at(0);
    CHECK(n > 0);
    for (int64_t k = 1; k <= n; k++) {
        mem_fail_at(k);
        rc r = ask_afresh(post, &got);
        mem_fail_at(0);
        if (ok(r) && !view_eq(buf_view(&got), buf_view(&whole)))
            fail_msg("%s: without allocation %d another answer", post, (int)k);
        if (!ok(r) && r.code != E_MEMORY)
            fail_msg("%s: allocation %d: %s", post, (int)k, rc_message());
    }
}

static const char *const k_texts[] = {
    (BALLOTS),
    "flat earth",
    "https://one.example/ballots",
    "😀",
    "Uống nước chanh ấm mỗi sáng chữa khỏi ung thư",
    "uoongs nuwowcs chanh aams mooix sangs chuwax khoir ung thuw",
    "آب گرم سرطان را در ۳۱ روز درمان نمی‌کند",
};

TEST(no_allocation_that_fails_loses_or_breaks_anything)
{
    for (size_t i = 0; i < COUNT_OF(k_texts); i++)
        check_every_allocation(k_texts[i]);
}

TEST(a_matcher_that_ran_out_of_memory_answers_the_next_post)
{
    struct answer a;
    for (int64_t k = 1; k < 40; k++) {
        arena_done(&s_desk.mem);
        mem_fail_at(k);
        rc r = match_post(s_desk.matcher, &s_desk.snapshot, VIEW(BALLOTS), NULL, &s_desk.mem, &a);
        mem_fail_at(0);
        (void)r;
        a = desk_ask(&s_desk, BALLOTS);
        check_best(&a, "ballots", TIER_CONFIRMED, HOW_EXACT);
    }
    matcher_free(NULL);
}

/* A post that waits for the allocator waits for every other thread: after the first posts the
 * matcher and the caller's arena have what they need. */
TEST(posts_wait_for_no_allocation_once_a_matcher_has_answered_a_few)
{
    struct answer a;
    for (size_t round = 0; round < 3; round++) {
        mem_fail_at(0);
        for (size_t i = 0; i < COUNT_OF(k_texts); i++) {
            arena_reset(&s_desk.mem);
            CHECK_OK(match_post(s_desk.matcher, &s_desk.snapshot, view_cstr(k_texts[i]), NULL,
                                &s_desk.mem, &a));
        }
    }
    int64_t n = mem_fail_at(0);
    if (n != 0) fail_msg("%d allocations for %zu posts", (int)n, COUNT_OF(k_texts));
}

/* ---- threads ---- */

static const char *const k_posts[] = {
    BALLOTS,
    "Every morning lemon water within 30 days",
    "flat earth",
    "https://one.example/ballots",
    "The old harbour bridge collapsed on 12 March 2021 and 36 people drowned in the river.",
    "Le vaccin contre la grippe donne la grippe dans les trois jours",
    "Menara jaringan 4G menyebarkan penyakit di seluruh desa pegunungan",
    "",
};

struct worker {
    pthread_t thread;
    struct buf answers;
    rc result;
};

static rc answer_all(struct worker *w)
{
    struct arena mem CLEANUP(arena_done) = {0};
    struct matcher *m;
    rc r = OK;
    TRY(matcher_new(&m));
    for (size_t i = 0; ok(r) && i < 40 * COUNT_OF(k_posts); i++) {
        struct answer a;
        arena_reset(&mem);
        r = match_post(m, &s_desk.snapshot, view_cstr(k_posts[i % COUNT_OF(k_posts)]), NULL, &mem,
                       &a);
        if (ok(r)) r = answer_to_json(&a, view_of(NULL, 0), &w->answers);
    }
    matcher_free(m);
    return r;
}

static void *work(void *context)
{
    struct worker *w = context;
    w->result = answer_all(w);
    return NULL;
}

TEST(two_threads_on_one_bank_give_the_same_answers)
{
    struct worker workers[2] = {0};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    CHECK(ok(workers[0].result) && ok(workers[1].result));
    CHECK(workers[0].answers.n > 0);
    CHECK(view_eq(buf_view(&workers[0].answers), buf_view(&workers[1].answers)));
    for (size_t i = 0; i < 2; i++)
        buf_done(&workers[i].answers);
}

TESTS_AT_DESK(s_desk, RUN(a_post_over_the_limit_is_refused_and_the_limit_named),
              RUN(the_usual_limit_is_one_mebibyte), RUN(the_arena_of_the_caller_bounds_the_memory),
              RUN(bytes_that_are_no_text_are_looked_over),
              RUN(a_hundred_thousand_combining_marks_hide_nothing_and_hurt_nothing),
              RUN(a_post_of_a_million_words_is_cut_and_says_so),
              RUN(a_megabyte_without_a_space_is_harmless),
              RUN(no_allocation_that_fails_loses_or_breaks_anything),
              RUN(a_matcher_that_ran_out_of_memory_answers_the_next_post),
              RUN(posts_wait_for_no_allocation_once_a_matcher_has_answered_a_few),
              RUN(two_threads_on_one_bank_give_the_same_answers))
