/* SPDX-License-Identifier: Apache-2.0 */
#include "golden_numbers.h"
#include "numbers_shown.h"

static void check_numbers(enum lang lang, const char *text, const char *expected)
{
    struct arena mem;
    struct buf shown;
    arena_init(&mem, 0);
    buf_init(&shown, 0);
    numbers_shown(text, lang, &mem, &shown);
    if (!view_eq(buf_view(&shown), view_cstr(expected)))
        fail_msg("language %d \"%s\": \"%.*s\" instead of \"%s\"", (int)lang, text,
                 VIEW_ARG(buf_view(&shown)), expected);
    buf_done(&shown);
    arena_done(&mem);
}

TEST(numbers_in_nine_languages_mean_what_a_reader_takes_them_for)
{
    for (size_t i = 0; i < COUNT_OF(k_golden_numbers); i++)
        check_numbers(k_golden_numbers[i].lang, k_golden_numbers[i].text,
                      k_golden_numbers[i].shown);
}

TEST(numbers_of_a_text_in_no_known_language_are_still_read)
{
    check_numbers(LANG_UNKNOWN, "80% 3.5 million 5 km 2021-03-12",
                  "80%; 3500000; 5000 m; @2021-3-12");
    check_numbers(LANG_OTHER, "५० १२३ ৪৫ ๑๒", "50123; 45; 12");
    check_numbers(LANG_UNKNOWN, "۸۰ میلیون 3 triệu 12:30 $5", "80000000; 3000000; t45000; 5 USD");
    check_numbers(LANG_UNKNOWN, "", "");
}

TEST(a_number_points_at_its_own_bytes)
{
    struct arena mem;
    arena_init(&mem, 0);
    const char *text = "đã chi $3.5 triệu, hơn ½ ngân sách";
    struct form exact = exact_of(view_cstr(text), &mem);
    const struct number *n;
    uint32_t count;
    CHECK_OK(find_numbers(&exact, LANG_VI, NULL, NULL, 0, &mem, &n, &count));
    assert_int_equal(count, 2);
    CHECK_TEXT(view_slice(view_cstr(text), n[0].from, n[0].to - n[0].from), "$3.5 triệu");
    CHECK_TEXT(view_slice(view_cstr(text), n[1].from, n[1].to - n[1].from), "½");
    CHECK(n[1].approximate && n[1].value == 0.5);
    arena_done(&mem);
}

TEST(digits_inside_an_address_are_no_numbers_of_the_post)
{
    struct arena mem;
    arena_init(&mem, 0);
    struct view text = VIEW("see https://a.example/2021/03/50-percent and 7 more");
    struct form exact = exact_of(text, &mem);
    const uint32_t skip[] = {4, 40};
    const struct number *n;
    uint32_t count;
    CHECK_OK(find_numbers(&exact, LANG_EN, NULL, skip, 1, &mem, &n, &count));
    assert_int_equal(count, 1);
    CHECK(n[0].value == 7);
    arena_done(&mem);
}

static struct number first_of(const char *text, enum lang lang, struct arena *mem)
{
    struct form exact = exact_of(view_cstr(text), mem);
    const struct number *n;
    uint32_t count;
    CHECK_OK(find_numbers(&exact, lang, NULL, NULL, 0, mem, &n, &count));
    if (count == 0) fail_msg("no number in \"%s\"", text);
    return n[0];
}

static const struct {
    enum lang lang_a;
    const char *a;
    enum lang lang_b;
    const char *b;
    bool agree;
} k_pairs[] = {
    {LANG_EN, "3.5 million", LANG_EN, "3,500,000", true},
    {LANG_EN, "twenty-five", LANG_FA, "بیست و پنج", true},
    {LANG_EN, "80 percent", LANG_AR, "٨٠٪", true},
    {LANG_EN, "80 percent", LANG_EN, "81%", false},
    {LANG_EN, "80%", LANG_EN, "80 people", false},
    {LANG_EN, "about 3 million", LANG_EN, "2,960,000", true},
    {LANG_EN, "3 million", LANG_EN, "2,960,000", false},
    {LANG_EN, "about 100", LANG_EN, "140", false},
    {LANG_EN, "5 km", LANG_EN, "5,000 metres", true},
    {LANG_EN, "5 km", LANG_EN, "5 kg", false},
    {LANG_EN, "24 hours", LANG_EN, "1 day", true},
    {LANG_EN, "one year", LANG_EN, "12 months", true},
    {LANG_EN, "$5", LANG_EN, "5 euros", false},
    {LANG_EN, "5 zorkmids", LANG_EN, "5 euros", true},
    {LANG_EN, "6 zorkmids", LANG_EN, "5 euros", false},
    {LANG_EN, "12 March 2021", LANG_EN, "March 2021", true},
    {LANG_EN, "12 March 2021", LANG_EN, "13 March 2021", false},
    {LANG_EN, "12 March 2021", LANG_EN, "2021", true},
    {LANG_EN, "12 March 2021", LANG_EN, "2020", false},
    {LANG_EN, "5 March", LANG_EN, "in 2021", false},
    {LANG_EN, "3/4/2021", LANG_EN, "4/3/2021", true},
    {LANG_EN, "2000 people", LANG_EN, "2,000 people", true},
    {LANG_FA, "سال ۱۴۰۰", LANG_EN, "in 2021", true},
    {LANG_FA, "سال ۱۴۰۰", LANG_EN, "in 2019", false},
    {LANG_FA, "۱۲ فروردین ۱۴۰۰", LANG_EN, "1 April 2021", true},
    {LANG_EN, "5 pm", LANG_EN, "17:00", true},
    {LANG_EN, "5 pm", LANG_EN, "5 am", false},
    {LANG_EN, "the 5th", LANG_EN, "5", false},
    {LANG_ID, "Rp10.000", LANG_FR, "10 000 roupies", true},
    {LANG_EN, "in December", LANG_EN, "in November", false},
    {LANG_EN, "1 in 4", LANG_EN, "one in four", true},
    {LANG_EN, "one out of four", LANG_EN, "a quarter", true},
    {LANG_EN, "1 in 4", LANG_EN, "1 in 5", false},
    {LANG_EN, "1 in 4", LANG_EN, "2 in 4", false},
    {LANG_EN, "a quarter", LANG_EN, "25 percent", true},
    {LANG_EN, "1 in 4", LANG_EN, "%25 of voters", true},
    {LANG_EN, "1 in 4", LANG_EN, "20 %", false},
    {LANG_EN, "half", LANG_EN, "50%", true},
    {LANG_EN, "two thirds", LANG_EN, "66.7%", true},
    {LANG_EN, "two thirds", LANG_EN, "67%", true},
    {LANG_EN, "two thirds", LANG_EN, "66%", true},
    {LANG_EN, "two thirds", LANG_EN, "60%", false},
    {LANG_EN, "a quarter", LANG_EN, "0.25%", false},
    {LANG_EN, "5", LANG_EN, "500%", false},
    {LANG_EN, "a third", LANG_FR, "une personne sur trois", true},
    {LANG_ES, "uno de cada cuatro", LANG_FA, "از هر چهار نفر یک نفر", true},
    {LANG_AR, "واحد من كل أربعة", LANG_ID, "seperempat", true},
    {LANG_IT, "tre su quattro", LANG_VI, "75%", true},
};

TEST(a_changed_number_is_noticed_and_another_spelling_is_not)
{
    struct arena mem;
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_pairs); i++) {
        struct number a = first_of(k_pairs[i].a, k_pairs[i].lang_a, &mem);
        struct number b = first_of(k_pairs[i].b, k_pairs[i].lang_b, &mem);
        if (number_agrees(&a, &b) != k_pairs[i].agree || number_agrees(&b, &a) != k_pairs[i].agree)
            fail_msg("\"%s\" and \"%s\"", k_pairs[i].a, k_pairs[i].b);
        CHECK(number_agrees(&a, &a));
    }
    arena_done(&mem);
}

static uint32_t count_of_many(const char *part, uint32_t times, enum lang lang)
{
    struct arena mem;
    struct buf text;
    arena_init(&mem, 0);
    buf_init(&text, 0);
    for (uint32_t i = 0; i < times; i++)
        CHECK_OK(buf_add(&text, view_cstr(part)));
    struct form exact = exact_of(buf_view(&text), &mem);
    const struct number *n;
    uint32_t count;
    CHECK_OK(find_numbers(&exact, lang, NULL, NULL, 0, &mem, &n, &count));
    buf_done(&text);
    arena_done(&mem);
    return count;
}

TEST(floods_of_digits_and_number_words_are_read_in_linear_time)
{
    assert_int_equal(count_of_many("7", 1000000, LANG_EN), 0);
    assert_int_equal(count_of_many("7.", 500000, LANG_EN), 0);
    CHECK(count_of_many("1/", 500000, LANG_EN) > 0);
    CHECK(count_of_many("1 000 ", 200000, LANG_FR) > 0);
    assert_int_equal(count_of_many("twenty ", 100000, LANG_EN), 100000);
    assert_int_equal(count_of_many("million ", 100000, LANG_EN), 0);
    CHECK(count_of_many("two hundred and three million ", 50000, LANG_EN) > 0);
    CHECK(count_of_many("mil y ", 100000, LANG_ES) > 0);
    CHECK(count_of_many("năm ", 100000, LANG_VI) > 0);
    CHECK(count_of_many("و", 300000, LANG_AR) == 0);
    CHECK(count_of_many("ألف و", 100000, LANG_AR) > 0);
    CHECK(count_of_many("more than ", 100000, LANG_EN) == 0);
    CHECK(count_of_many("$", 300000, LANG_EN) == 0);
}

TEST(strange_bytes_and_odd_ends_do_no_harm)
{
    static const char *const k_odd[] = {"1",     "1.",    "1,",         "1/",     "1:",  "1-",
                                        "$",     "$1",    "-1",         "1 ",     "°",   "1 °",
                                        "1°c",   "12/3/", "may ",       "12 may", "one", "a",
                                        "half ", "5 -",   "5 million ", "2021-",  "ke-"};
    for (size_t i = 0; i < COUNT_OF(k_odd); i++)
        for (int lang = 0; lang < LANG_COUNT; lang++)
            CHECK(count_of_many(k_odd[i], 1, (enum lang)lang) <= 2);
}

TEST(no_memory_while_looking_for_numbers_is_an_error_not_a_crash)
{
    struct arena mem, small;
    arena_init(&mem, 0);
    arena_init(&small, 0);
    struct form exact =
        exact_of(VIEW("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18"), &mem);
    const struct number *n;
    uint32_t count;
    CHECK_EVERY_ALLOCATION(find_numbers(&exact, LANG_EN, NULL, NULL, 0, &small, &n, &count),
                           arena_done(&small));
    assert_int_equal(count, 18);
    arena_done(&small);
    arena_done(&mem);
}

TESTS(RUN(numbers_in_nine_languages_mean_what_a_reader_takes_them_for),
      RUN(numbers_of_a_text_in_no_known_language_are_still_read),
      RUN(a_number_points_at_its_own_bytes),
      RUN(digits_inside_an_address_are_no_numbers_of_the_post),
      RUN(a_changed_number_is_noticed_and_another_spelling_is_not),
      RUN(floods_of_digits_and_number_words_are_read_in_linear_time),
      RUN(strange_bytes_and_odd_ends_do_no_harm),
      RUN(no_memory_while_looking_for_numbers_is_an_error_not_a_crash))
