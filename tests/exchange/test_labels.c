/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/exchange.h"
#include "test.h"

static enum label of(const char *words)
{
    return label_from_rating(view_cstr(words), 0, 0, 0);
}

TEST(our_own_names_are_the_closed_list)
{
    static const char *const k_names[] = {"",         "false",    "misleading",
                                          "accurate", "unproven", "not_checkable"};
    for (size_t i = 0; i < COUNT_OF(k_names); i++) {
        assert_string_equal(label_name((enum label)i), k_names[i]);
        CHECK(label_from_name(view_cstr(k_names[i])) == (enum label)i);
    }
    CHECK(label_from_name(VIEW("False")) == LABEL_NONE);
    CHECK(label_from_name(VIEW("fals")) == LABEL_NONE);
}

static const struct {
    const char *words;
    enum label label;
} k_ratings[] = {
    {"Pants on Fire", LABEL_FALSE},
    {"pants-on-fire!", LABEL_FALSE},
    {"FALSO", LABEL_FALSE},
    {"غير صحيح", LABEL_FALSE},
    {"غَيْر صَحِيح.", LABEL_FALSE},
    {"Hoaks", LABEL_FALSE},
    {"[HOAKS]", LABEL_FALSE},
    {"[SALAH] Video lama", LABEL_FALSE},
    {"نادرست", LABEL_FALSE},
    {"شاخ‌دار", LABEL_FALSE},
    {"گمراه‌کننده", LABEL_MISLEADING},
    {"گمراه کننده", LABEL_MISLEADING},
    {"گمراه كننده", LABEL_MISLEADING}, /* Arabic kaf */
    {"نیمه‌درست", LABEL_MISLEADING},
    {"مضلّل", LABEL_MISLEADING},
    {"زائف جزئيًا", LABEL_MISLEADING},
    {"TIN GIẢ", LABEL_FALSE},
    {"tin gia", LABEL_FALSE},
    {"Tin sai sự thật", LABEL_FALSE},
    {"Engañoso", LABEL_MISLEADING},
    {"ENGANOSO", LABEL_MISLEADING},
    {"Bulo", LABEL_FALSE},
    {"C'est plus compliqué", LABEL_MISLEADING},
    {"C’est plus compliqué", LABEL_MISLEADING},
    {"Faux : la photo date de 2015", LABEL_FALSE},
    {"Faux. Cette photo date de 2015", LABEL_FALSE},
    {"Plutôt vrai", LABEL_ACCURATE},
    {"Konten yang Menyesatkan", LABEL_MISLEADING},
    {"Tidak Benar", LABEL_FALSE},
    {"Mengelirukan", LABEL_MISLEADING},
    {"Panzana pazzesca", LABEL_FALSE},
    {"Contesto mancante", LABEL_MISLEADING},
    {"ข่าวปลอม", LABEL_FALSE},
    {"ข่าวจริง", LABEL_ACCURATE},
    {"NOT_RUMOR", LABEL_ACCURATE},
    {"含有個人意見", LABEL_NOT_CHECKABLE},
    {"Half-True", LABEL_MISLEADING},
    {"Mostly true", LABEL_ACCURATE},
    {"Unproven", LABEL_UNPROVEN},
    {"Satire", LABEL_NOT_CHECKABLE},
    {"ＦＡＬＳＥ", LABEL_FALSE},
    {"❌ False", LABEL_FALSE},
    {"True. But only in part", LABEL_NONE},
    {"True", LABEL_ACCURATE},
    {"Not what it seems", LABEL_NONE},
    {"falsework", LABEL_NONE},
    {"", LABEL_NONE},
    {"[", LABEL_NONE},
    {"[]", LABEL_NONE},
    {"…", LABEL_NONE},
    {"\xff\xfe", LABEL_NONE},
};

TEST(ratings_of_fact_checkers_keep_their_meaning)
{
    for (size_t i = 0; i < COUNT_OF(k_ratings); i++)
        if (of(k_ratings[i].words) != k_ratings[i].label)
            fail_msg("%s is \"%s\"", k_ratings[i].words, label_name(of(k_ratings[i].words)));
}

TEST(a_scale_speaks_only_where_words_do_not)
{
    static const struct {
        const char *words;
        double value, best, worst;
        enum label label;
    } k_cases[] = {
        {"", 1, 5, 1, LABEL_FALSE},
        {"", 2, 5, 1, LABEL_MISLEADING},
        {"", 3, 5, 1, LABEL_MISLEADING},
        {"", 4, 5, 1, LABEL_ACCURATE},
        {"", 5, 5, 1, LABEL_ACCURATE},
        {"", 0, 100, 0, LABEL_FALSE},
        {"", 20, 100, 0, LABEL_MISLEADING},
        {"", 5, 1, 5, LABEL_FALSE}, /* a scale whose best end is the low one */
        {"Faux", 5, 5, 1, LABEL_FALSE},
        {"Terrible", 1, 5, 1, LABEL_FALSE},
        {"No idea", 3, 5, 1, LABEL_NONE},
        {"True: but", 3, 5, 1, LABEL_NONE},
        {"", 0, 0, 0, LABEL_NONE},
        {"", -1, -1, -1, LABEL_NONE},
        {"", 9, 5, 1, LABEL_NONE},
        {"", 0, 5, 1, LABEL_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        enum label got = label_from_rating(view_cstr(k_cases[i].words), k_cases[i].value,
                                           k_cases[i].best, k_cases[i].worst);
        if (got != k_cases[i].label) fail_msg("case %zu is \"%s\"", i, label_name(got));
    }
    double nan = strtod("nan", NULL), inf = strtod("inf", NULL);
    CHECK(label_from_rating(VIEW(""), nan, 5, 1) == LABEL_NONE);
    CHECK(label_from_rating(VIEW(""), 1, inf, 1) == LABEL_NONE);
}

TEST(a_rating_of_a_megabyte_costs_little_and_means_nothing)
{
    struct buf b CLEANUP(buf_done) = {0};
    for (int i = 0; i < 1 << 17; i++)
        CHECK_OK(buf_add(&b, VIEW("false fa")));
    CHECK(label_from_rating(buf_view(&b), 0, 0, 0) == LABEL_NONE);
}

TESTS(RUN(our_own_names_are_the_closed_list), RUN(ratings_of_fact_checkers_keep_their_meaning),
      RUN(a_scale_speaks_only_where_words_do_not),
      RUN(a_rating_of_a_megabyte_costs_little_and_means_nothing))
