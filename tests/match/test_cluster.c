/* SPDX-License-Identifier: Apache-2.0 */
#include "match/match.h"
#include "test.h"

#include <stdlib.h>

static struct arena g_mem;

static void add(struct cluster_set *set, const char *id, struct view text)
{
    struct cluster_digest digest;
    CHECK_OK(cluster_read(text, LANG_UNKNOWN, NULL, &g_mem, &digest));
    CHECK_OK(cluster_set_add(set, view_cstr(id), text, &digest));
}

static const struct cluster *fold(const struct cluster_set *set, uint32_t *out_n)
{
    const struct cluster *clusters;
    CHECK_OK(cluster_set_fold(set, NULL, NULL, &g_mem, &clusters, out_n));
    return clusters;
}

/* Number of clusters that posts fold into. */
static uint32_t folded(const char *const *texts, uint32_t n)
{
    struct cluster_set *set;
    char id[16];
    uint32_t n_clusters;
    CHECK_OK(cluster_set_new(NULL, &set));
    for (uint32_t i = 0; i < n; i++) {
        snprintf(id, sizeof id, "%u", i);
        add(set, id, view_cstr(texts[i]));
    }
    fold(set, &n_clusters);
    cluster_set_free(set);
    return n_clusters;
}

static void check_pair(const char *a, const char *b, uint32_t expected)
{
    uint32_t n = folded((const char *const[]){a, b}, 2), back;
    if (n != expected) fail_msg("\"%s\" and \"%s\": %u clusters, not %u", a, b, n, expected);
    back = folded((const char *const[]){b, a}, 2);
    assert_int_equal(back, n);
}

#define BALLOTS "Ballots marked with a felt-tip pen are rejected by the scanners in every city"

static void copies_are_one_item(void **state)
{
    static const char *const k_copies[] = {
        BALLOTS,
        "BALLOTS MARKED WITH A FELT TIP PEN ARE REJECTED BY THE SCANNERS IN EVERY CITY!!!",
        "B.a.l.l.o.t.s marked with a felt-tip pen are r e j e c t e d by the scanners in every "
        "city",
        "Ballots marked with a felt-tip p\u0435n \u0430re rej\u0435ct\u0435d by th\u0435 "
        "sc\u0430nn\u0435rs in every city",
        "Ballots maked with a felt-tip pen are rejcted by the scaners in every citty",
        "every city in the scanners by rejected are pen felt-tip a with marked Ballots",
        "Ballots marked with a felt-tip pen are rejected by the",
        "Please share before they delete it: " BALLOTS ". Tell your friends, they are hiding this.",
    };
    (void)state;
    for (uint32_t i = 1; i < COUNT_OF(k_copies); i++)
        check_pair(k_copies[0], k_copies[i], 1);
    assert_int_equal(folded(k_copies, COUNT_OF(k_copies)), 1);
}

static void posts_that_differ_in_a_number_stay_apart(void **state)
{
    (void)state;
    check_pair("The flood destroyed 340 houses in the old town",
               "The flood destroyed 840 houses in the old town", 2);
    check_pair("The flood destroyed 340 houses in the old town",
               "The flood destroyed ٣٤٠ houses in the old town", 1);
    check_pair("The city paid 3 million euros for the new bridge",
               "The city paid 3 billion euros for the new bridge", 2);
    check_pair("The city paid three judges for the new decision",
               "The city paid seven judges for the new decision", 2);
    check_pair("The towers of the 5G network cause the illness",
               "The towers of the 6G network cause the illness", 2);
    check_pair("The flood destroyed 340 houses in the old town",
               "The flood destroyed houses in the old town", 1);
}

static void a_copy_without_the_number_does_not_join_two_that_differ(void **state)
{
    (void)state;
    assert_int_equal(
        folded((const char *const[]){"The flood destroyed 340 houses in the old town by the river",
                                     "The flood destroyed houses in the old town by the river",
                                     "The flood destroyed 840 houses in the old town by the river"},
               3),
        2);
}

static void posts_that_differ_in_a_negation_stay_apart(void **state)
{
    (void)state;
    check_pair("The new vaccine is safe for children under five",
               "The new vaccine is not safe for children under five", 2);
    check_pair("Vắc xin mới an toàn cho trẻ em dưới năm tuổi",
               "Vắc xin mới không an toàn cho trẻ em dưới năm tuổi", 2);
    check_pair("Ông ấy không đồng ý với kế hoạch xây cầu mới",
               "Ong ay khong dong y voi ke hoach xay cau moi", 1);
}

static void short_posts_are_one_only_when_they_are_equal(void **state)
{
    (void)state;
    check_pair("so true", "so true!!", 1);
    check_pair("so true", "so truly", 2);
    check_pair("", "", 1);
    check_pair("\U0001F525", "\U0001F64F", 2);
    check_pair("share this", "share this " BALLOTS, 2);
}

static void a_post_that_quotes_two_stories_does_not_chain_them(void **state)
{
#define KITES "The river turned purple after the festival of kites in the harbour of the capital"
    static const char *const k_posts[] = {
        BALLOTS, BALLOTS " they say", KITES, KITES " they say", BALLOTS ". " KITES,
    };
    (void)state;
    assert_int_equal(folded(k_posts, COUNT_OF(k_posts)), 2);
}

static void a_sentence_that_many_posts_end_with_does_not_chain_them(void **state)
{
    static const char *const k_ends[] = {"the mayor sold the public garden to his brother",
                                         "a whale was seen between the bridges of the capital",
                                         "drinking hot water cures every illness of the throat",
                                         "schools will open only on Mondays during the winter",
                                         "the northern lights were switched off by a telescope"};
    char text[COUNT_OF(k_ends) + 1][256];
    const char *texts[COUNT_OF(text)];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(text); i++) {
        snprintf(text[i], sizeof text[i], "%s. Forwarded as received, share it now",
                 i < COUNT_OF(k_ends) ? k_ends[i] : "");
        texts[i] = text[i];
    }
    assert_true(folded(texts, COUNT_OF(text)) >= COUNT_OF(k_ends));
}

/* Sentences of invented words, each with copies; equal numbers give equal posts. */
static void invent(uint32_t story, uint32_t copy, char *out, size_t room)
{
    static const char *const k_parts[] = {"ba", "co", "du", "fe", "gi", "ho",
                                          "ka", "le", "mi", "no", "pu", "ra"};
    uint32_t x = story * 2654435761u + 1, n = 0;
    out[0] = 0;
    for (uint32_t word = 0; word < 12; word++) {
        for (uint32_t part = 0; part < 3; part++) {
            x = x * 1664525u + 1013904223u;
            n +=
                (uint32_t)snprintf(out + n, room - n, "%s", k_parts[(x >> 16) % COUNT_OF(k_parts)]);
        }
        if (copy && word == copy % 12) n += (uint32_t)snprintf(out + n, room - n, "xx");
        n += (uint32_t)snprintf(out + n, room - n, word % 2 ? " " : copy == 3 ? "  " : " ");
    }
}

static void json_of(const struct cluster_set *set, struct buf *out)
{
    uint32_t n;
    const struct cluster *clusters = fold(set, &n);
    for (uint32_t i = 0; i < n; i++)
        CHECK_OK(cluster_to_json(&clusters[i], 0, out));
}

static void the_order_of_the_posts_does_not_matter(void **state)
{
    enum { STORIES = 40, COPIES = 6, N = STORIES * COPIES, ROUNDS = 6 };
    struct buf first = {0};
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t order[N], x = round + 1;
        for (uint32_t i = 0; i < N; i++)
            order[i] = i;
        for (uint32_t i = N - 1; round && i > 0; i--) {
            x = x * 1664525u + 1013904223u;
            uint32_t j = (x >> 8) % (i + 1), swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        struct cluster_set *set;
        struct buf json = {0};
        CHECK_OK(cluster_set_new(NULL, &set));
        for (uint32_t i = 0; i < N; i++) {
            char id[16], text[600];
            snprintf(id, sizeof id, "\"p%u\"", order[i]);
            invent(order[i] / COPIES, order[i] % COPIES, text, sizeof text);
            add(set, id, view_cstr(text));
            if (i == N / 2) json_of(set, &json); /* an interim result changes nothing */
        }
        buf_reset(&json);
        json_of(set, &json);
        if (round == 0)
            CHECK_OK(buf_add(&first, buf_view(&json)));
        else
            CHECK(view_eq(buf_view(&first), buf_view(&json)));
        uint32_t n;
        fold(set, &n);
        assert_int_equal(n, STORIES);
        buf_done(&json);
        cluster_set_free(set);
        arena_reset(&g_mem);
    }
    buf_done(&first);
}

static void a_story_that_fills_the_stream_is_one_item(void **state)
{
    enum { N = 3000 };
    struct cluster_set *set;
    uint32_t n;
    (void)state;
    CHECK_OK(cluster_set_new(NULL, &set));
    for (uint32_t i = 0; i < N; i++) {
        char id[16], text[600], tail[32];
        snprintf(id, sizeof id, "%u", i);
        invent(1, 0, text, sizeof text);
        snprintf(tail, sizeof tail, "%c%c%cut", 'a' + (int)(i % 20), 'a' + (int)(i / 20 % 20),
                 'a' + (int)(i / 400));
        CHECK(strlen(text) + strlen(tail) < sizeof text);
        strcat(text, tail);
        add(set, id, view_cstr(text));
    }
    const struct cluster *clusters = fold(set, &n);
    assert_int_equal(n, 1);
    assert_int_equal(clusters[0].n_members, N);
    cluster_set_free(set);
    arena_reset(&g_mem);
}

#define PERSIAN "برگه‌های رأی رد می‌شوند"
static void an_item_names_its_posts_and_shows_one_of_them(void **state)
{
    struct cluster_set *set;
    struct buf json = {0};
    uint32_t n;
    (void)state;
    CHECK_OK(cluster_set_new(NULL, &set));
    add(set, "\"b\"", view_cstr(BALLOTS));
    add(set, "7", view_cstr(BALLOTS "!"));
    add(set, "\"a\"", view_cstr(PERSIAN));
    const struct cluster *clusters = fold(set, &n);
    assert_int_equal(n, 2);
    assert_int_equal(cluster_set_n_posts(set), 3);
    CHECK(cluster_set_bytes(set) > 0);
    CHECK_OK(cluster_to_json(&clusters[0], 0, &json));
    CHECK_TEXT(
        buf_view(&json),
        "{\"id\":\"b\",\"langs\":[\"en\"],\"members\":[\"b\",7],\"size\":2,\"text\":\"" BALLOTS
        "\"}");
    buf_reset(&json);
    CHECK_OK(cluster_to_json(&clusters[1], 3, &json));
    CHECK_TEXT(view_slice(buf_view(&json), 0, 39),
               "{\"id\":\"a\",\"interim\":3,\"langs\":[\"fa\"],\"m");
    buf_done(&json);
    cluster_set_free(set);
}

static void long_texts_are_shown_in_part(void **state)
{
    struct cluster_limits limits = k_cluster_limits;
    struct cluster_set *set;
    struct buf json = {0};
    uint32_t n;
    (void)state;
    limits.max_shown_bytes = 4;
    CHECK_OK(cluster_set_new(&limits, &set));
    add(set, "1", view_cstr("abcé and more of it"));
    const struct cluster *clusters = fold(set, &n);
    CHECK_TEXT(clusters[0].text, "abc");
    CHECK_OK(cluster_to_json(&clusters[0], 0, &json));
    CHECK(view_starts(buf_view(&json), VIEW("{\"cut\":true,")));
    buf_done(&json);
    cluster_set_free(set);
}

static void limits_are_told_and_leave_the_set_as_it_was(void **state)
{
    struct cluster_limits limits = k_cluster_limits;
    struct cluster_digest digest;
    struct cluster_set *set;
    (void)state;
    limits.max_posts = 0;
    CHECK_FAILS(E_USAGE, cluster_set_new(&limits, &set));
    limits.max_posts = 1;
    limits.max_id_bytes = 3;
    limits.text.max_bytes = 100;
    CHECK_OK(cluster_set_new(&limits, &set));
    CHECK_OK(cluster_read(VIEW("one two three"), LANG_EN, &limits, &g_mem, &digest));
    CHECK_FAILS(E_LIMIT, cluster_set_add(set, VIEW("1234"), VIEW("x"), &digest));
    CHECK_OK(cluster_set_add(set, VIEW("123"), VIEW("x"), &digest));
    CHECK_FAILS(E_LIMIT, cluster_set_add(set, VIEW("124"), VIEW("x"), &digest));
    CHECK_MESSAGE("1 posts");
    assert_int_equal(cluster_set_n_posts(set), 1);
    char text[200];
    memset(text, 'a', sizeof text);
    CHECK_FAILS(E_LIMIT,
                cluster_read(view_of(text, sizeof text), LANG_EN, &limits, &g_mem, &digest));
    cluster_set_free(set);
    cluster_set_free(NULL);
}

static void a_post_takes_no_more_memory_than_is_promised(void **state)
{
    enum { N = 2000, MOST_BYTES = 11 << 10, REPEATS = 60 };
    static char text[1 << 16];
    struct cluster_set *set;
    (void)state;
    CHECK_OK(cluster_set_new(NULL, &set));
    for (uint32_t i = 0; i < N; i++) {
        uint32_t n = 0,
                 repeats = i < N / 2 ? 3 : REPEATS; /* 200 letters; more than are looked at */
        for (uint32_t j = 0; j < repeats; j++) {
            invent(i * REPEATS + j, 0, text + n, sizeof text - n);
            n += (uint32_t)strlen(text + n);
        }
        add(set, "\"an id of usual length\"", view_of(text, n));
        if (i == N / 2 - 1) CHECK(cluster_set_bytes(set) / (N / 2) < 2500);
        if (i % 100 == 0) arena_reset(&g_mem);
    }
    CHECK(cluster_set_bytes(set) / N < MOST_BYTES);
    uint64_t before = cluster_set_bytes(set);
    for (uint32_t i = 0; i < N; i++)
        add(set, "\"an id of usual length\"", view_cstr(BALLOTS));
    CHECK((cluster_set_bytes(set) - before) / N < 120);
    cluster_set_free(set);
    arena_reset(&g_mem);
}

static bool never(void *context)
{
    (void)context;
    return false;
}

static void folding_can_be_stopped_and_nothing_folds_to_nothing(void **state)
{
    struct cluster_set *set;
    const struct cluster *clusters;
    uint32_t n;
    (void)state;
    CHECK_OK(cluster_set_new(NULL, &set));
    fold(set, &n);
    assert_int_equal(n, 0);
    add(set, "1", view_cstr(BALLOTS));
    CHECK_FAILS(E_INTERRUPTED, cluster_set_fold(set, never, NULL, &g_mem, &clusters, &n));
    fold(set, &n);
    assert_int_equal(n, 1);
    cluster_set_free(set);
}

static rc everything(void)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf json = {0};
    struct cluster_set *set;
    const struct cluster *clusters;
    struct cluster_digest digest;
    uint32_t n;
    rc r;
    arena_init(&mem, 0);
    TRY(cluster_set_new(NULL, &set));
    r = cluster_read(VIEW(BALLOTS), LANG_EN, NULL, &mem, &digest);
    if (ok(r)) r = cluster_set_add(set, VIEW("1"), VIEW(BALLOTS), &digest);
    if (ok(r)) r = cluster_set_add(set, VIEW("2"), VIEW("x"), &digest);
    if (ok(r)) r = cluster_set_fold(set, NULL, NULL, &mem, &clusters, &n);
    if (ok(r)) r = cluster_to_json(&clusters[0], 0, &json);
    cluster_set_free(set);
    return r;
}

static void memory_that_ends_is_told(void **state)
{
    (void)state;
    CHECK_EVERY_ALLOCATION(everything(), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_one_item),
        cmocka_unit_test(posts_that_differ_in_a_number_stay_apart),
        cmocka_unit_test(a_copy_without_the_number_does_not_join_two_that_differ),
        cmocka_unit_test(posts_that_differ_in_a_negation_stay_apart),
        cmocka_unit_test(short_posts_are_one_only_when_they_are_equal),
        cmocka_unit_test(a_post_that_quotes_two_stories_does_not_chain_them),
        cmocka_unit_test(a_sentence_that_many_posts_end_with_does_not_chain_them),
        cmocka_unit_test(the_order_of_the_posts_does_not_matter),
        cmocka_unit_test(a_story_that_fills_the_stream_is_one_item),
        cmocka_unit_test(an_item_names_its_posts_and_shows_one_of_them),
        cmocka_unit_test(long_texts_are_shown_in_part),
        cmocka_unit_test(limits_are_told_and_leave_the_set_as_it_was),
        cmocka_unit_test(a_post_takes_no_more_memory_than_is_promised),
        cmocka_unit_test(folding_can_be_stopped_and_nothing_folds_to_nothing),
        cmocka_unit_test(memory_that_ends_is_told),
    };
    arena_init(&g_mem, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&g_mem);
    return failed;
}
