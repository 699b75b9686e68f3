/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"
#include "text/text.h"

static struct arena g_mem;

static struct text read_text(struct view source, enum lang lang)
{
    struct text t;
    CHECK_OK(text_read(source, lang, NULL, &g_mem, &t));
    return t;
}

/* Folded forms, with n for numbers, e for emoji, # and ^ for flags, * for function words. */
static const char *folded_line(const struct text *t)
{
    static char line[2000];
    size_t n = 0;
    line[0] = 0;
    for (uint32_t i = 0; i < t->n_tokens; i++) {
        const struct token *k = &t->tokens[i];
        n += (size_t)snprintf(
            line + n, sizeof line - n, "%s%.*s%s%s%s%s", n ? " " : "", VIEW_ARG(k->folded),
            k->kind == TOKEN_NUMBER  ? "n"
            : k->kind == TOKEN_EMOJI ? "e"
                                     : "",
            k->flags & TOKEN_HASHTAG ? "#" : "", k->flags & TOKEN_CAPITAL ? "^" : "",
            k->flags & TOKEN_STOP ? "*" : "");
    }
    return line;
}

static const char *stem_line(const struct text *t)
{
    static char line[2000];
    size_t n = 0;
    line[0] = 0;
    for (uint32_t i = 0; i < t->n_tokens; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, "%s%.*s", n ? " " : "",
                              VIEW_ARG(t->tokens[i].stem));
    return line;
}

struct example {
    enum lang lang;
    const char *text, *expected;
};

static void check_examples(const struct example *examples, size_t n,
                           const char *(*line_of)(const struct text *))
{
    for (size_t i = 0; i < n; i++) {
        struct text t = read_text(view_cstr(examples[i].text), examples[i].lang);
        const char *line = line_of(&t);
        if (strcmp(line, examples[i].expected) != 0)
            fail_msg("\"%s\" gives \"%s\", not \"%s\"", examples[i].text, line,
                     examples[i].expected);
    }
}

TEST(words_numbers_and_emoji_are_found_where_readers_see_them)
{
    static const struct example k_examples[] = {
        {LANG_EN, "", ""},
        {LANG_EN, "...", ""},
        {LANG_EN, "He saw Ann.", "he* saw ann^"},
        {LANG_EN, "I don't think so", "i* dont* think so*"},
        {LANG_EN, "Trump’s wall", "trumps wall"},
        {LANG_EN, "anti-vax covid-19 covid19", "anti vax covid 19n covid 19n"},
        {LANG_EN, "100km H1N1 5g mp3", "100n km h1n1^ 5g mp3"},
        {LANG_EN, "3,500,000.5 and 3.500.000", "3500000.5n and* 3500000n"},
        {LANG_EN, "4.8 4,8 ٤٫٨ 0.125", "4.8n 4.8n 4.8n 0.125n"},
        {LANG_EN, "12.03.2021", "12n 03n 2021n"},
        {LANG_EN, "#MeToo now #stop_it @user a@b.com",
         "me#* too#^* now* stop# it#* user# a* b com"},
        {LANG_EN, "a b a l l f_o_r_k U.S.", "aball fork us^*"},
        {LANG_EN, "b a l l*f*o*r*k", "bal lfork"},
        {LANG_EN, "😂😂 🇫🇷 👍🏽", "😂e 😂e 🇫🇷e 👍e"},
        {LANG_FR, "L’eau de l'école aujourd'hui", "l* eau de* l* ecole aujourdhui"},
        {LANG_IT, "dell'acqua", "dell* acqua"},
        {LANG_AR, "ا-ل-ب-ل-ا-د م ن ز ل ك*ب*ي*ر", "البلاد منزل كبير"},
        {LANG_AR, "ل66 مليار", "ل* 66n مليار"},
        {LANG_FA, "خانه‌ی ما می‌روند", "خانه ما* ميروند"},
        {LANG_VI, "Của ông, cửa nhà", "cua* ong* cua nha"},
        {LANG_OTHER, "東京タワーへ", "東京タワー へ"},
        {LANG_OTHER, "ประเทศไทย", "ประเทศไทย"},
        {LANG_OTHER, "ⅳ ½", "iv 1n 2n"},
    };
    check_examples(k_examples, COUNT_OF(k_examples), folded_line);
}

/* The words that speak. */
static const char *spoken_line(const struct text *t)
{
    static char line[2000];
    size_t n = 0;
    line[0] = 0;
    for (uint32_t i = 0; i < t->n_tokens; i++)
        if (token_speaks(&t->tokens[i]))
            n += (size_t)snprintf(line + n, sizeof line - n, "%s%.*s", n ? " " : "",
                                  VIEW_ARG(t->tokens[i].folded));
    return line;
}

TEST(an_account_behind_the_name_of_its_owner_counts_for_nothing_and_any_other_does)
{
    static const struct example k_examples[] = {
        {LANG_EN, "Water on Mars — NASA (@NASAMars) June 3", "water on mars nasa june 3"},
        {LANG_EN, "NASA (@NASA_Mars_7x) (again)", "nasa again"},
        {LANG_EN, "NASA (@NASA) said, @ESA did not (at @CERN)", "nasa said esa did not at cern"},
        {LANG_EN, "(@NASA) said", "nasa said"},
        {LANG_EN, "NASA (@NASA said", "nasa nasa said"},
        {LANG_EN, "NASA (@NASA", "nasa nasa"},
        {LANG_AR, "وكالة ناسا (@NASAArabic) ٣", "وكاله ناسا 3"},
    };
    check_examples(k_examples, COUNT_OF(k_examples), spoken_line);
}

TEST(forms_of_one_word_meet_in_its_stem)
{
    static const struct example k_examples[] = {
        {LANG_EN, "vaccines vaccinated", "vaccin vaccin"},
        {LANG_ES, "canción cancion canciones", "cancion cancion cancion"},
        {LANG_FR, "réalités realite", "realit realit"},
        {LANG_IT, "città città", "citt citt"},
        {LANG_ID, "kebijakan", "bijak"},
        {LANG_AR, "المدرسة مدرسة والمدرسة وزير", "مدرس مدرس مدرس وزير"},
        {LANG_FA, "کتاب کتاب‌ها کتابهای ایران میلیون می‌روند",
         "كتاب كتاب كتاب ايران ميليون روند"},
        {LANG_OTHER, "running", "running"},
    };
    check_examples(k_examples, COUNT_OF(k_examples), stem_line);
}

TEST(vietnamese_words_keep_their_tone_wherever_it_is_written)
{
    struct text t = read_text(VIEW("hòa hoà hoa hỏa"), LANG_VI);
    CHECK(t.n_tokens == 4);
    CHECK(t.tokens[0].stem_key == t.tokens[1].stem_key);
    CHECK(t.tokens[0].exact_key == t.tokens[1].exact_key);
    CHECK(t.tokens[0].stem_key != t.tokens[2].stem_key);
    CHECK(t.tokens[0].stem_key != t.tokens[3].stem_key);
    CHECK(t.tokens[2].exact_key == 0);
    for (int i = 1; i < 4; i++)
        CHECK(t.tokens[0].folded_key == t.tokens[i].folded_key);
}

TEST(a_token_points_at_what_was_written)
{
    struct text t = read_text(VIEW("Một 𝐭𝐞𝐬𝐭, f_o_r_k!"), LANG_VI);
    CHECK(t.n_tokens == 3);
    CHECK_TEXT(view_slice(t.source, t.tokens[0].from, t.tokens[0].to - t.tokens[0].from), "Một");
    CHECK_TEXT(view_slice(t.source, t.tokens[1].from, t.tokens[1].to - t.tokens[1].from), "𝐭𝐞𝐬𝐭");
    CHECK_TEXT(view_slice(t.source, t.tokens[2].from, t.tokens[2].to - t.tokens[2].from),
               "f_o_r_k");
    CHECK_TEXT(t.tokens[2].exact, "fork");
    CHECK_TEXT(t.tokens[0].exact, "một");
    CHECK_TEXT(t.tokens[0].folded, "mot");
}

TEST(a_text_in_capitals_has_no_names)
{
    struct text t = read_text(VIEW("WHO SAID THAT ANN LIED"), LANG_EN);
    for (uint32_t i = 0; i < t.n_tokens; i++)
        CHECK(!(t.tokens[i].flags & TOKEN_CAPITAL));
}

/* The words that turn a claim round. */
static const char *turns_line(const struct text *t)
{
    static char line[2000];
    size_t n = 0;
    line[0] = 0;
    for (uint32_t i = 0; i < t->n_tokens; i++)
        if (t->tokens[i].flags & TOKEN_TURNS)
            n += (size_t)snprintf(line + n, sizeof line - n, "%s%.*s", n ? " " : "",
                                  VIEW_ARG(t->tokens[i].exact));
    return line;
}

TEST(small_words_that_turn_a_claim_are_known_in_each_language)
{
    static const struct example k_examples[] = {
        {LANG_EN, "More than 5 of ALL banks closed before noon", "more all before"},
        {LANG_ES, "Más de 5 bancos cerraron después de todos", "más después todos"},
        {LANG_FR, "Moins de 5 banques, avant toutes les autres", "moins avant toutes"},
        {LANG_IT, "Più di 5 banche chiuse prima di tutte", "più prima tutte"},
        {LANG_ID, "Lebih dari 5 bank tutup sebelum semua toko", "lebih dari sebelum semua"},
        {LANG_MS, "Kurang daripada 5 bank ditutup selepas itu", "kurang daripada selepas"},
        {LANG_VI, "Mọi nước có hơn 5 cây trước mùa mưa", "mọi hơn trước"},
        {LANG_VI, "ba con thỏ sáu tai ở truông, chị hờn", ""},
        {LANG_AR, "أكثر من 5 بنوك أغلقت في جميع المدن وبعد الظهر", "أكثر من جميع وبعد"},
        {LANG_FA, "بیش از ۵ بانک پس از ظهر در همهٔ شهرها بسته شد", "بیش از پس از همهٔ"},
        {LANG_EN, "mọi todos semua", ""},
        {LANG_OTHER, "more less", ""},
    };
    check_examples(k_examples, COUNT_OF(k_examples), turns_line);
}

TEST(names_of_places_and_offices_are_known_in_each_language)
{
    static const struct example k_examples[] = {
        {LANG_EN, "the deputy minister of syria met the emir in Bahrain",
         "deputy minister syria emir bahrain"},
        {LANG_ES, "la ministra viajó de siria al perú", "ministra siria perú"},
        {LANG_FR, "le ministre est allé de Syrie en Égypte", "ministre syrie égypte"},
        {LANG_IT, "il ministro vide Siria ed Egitto", "ministro siria egitto"},
        {LANG_ID, "menteri melihat Suriah dan Mesir", "menteri suriah mesir"},
        {LANG_MS, "menteri melihat Syria dan Mesir", "menteri syria mesir"},
        {LANG_VI, "phó chủ tịch sang Syria và Ai Cập", "phó tịch syria ai cập"},
        {LANG_VI, "áo đỏ, ý hay, đức tin", ""},
        {LANG_VI, "hôm qua Nga và Trung Quốc ký, Đức thì chờ", "nga trung quốc đức"},
        {LANG_AR, "زار الوزير سوريا والعراق ثم عاد للعراق", "الوزير سوريا والعراق للعراق"},
        {LANG_FA, "وزیر سوریه و عراق را دید", "وزیر سوریه عراق"},
        {LANG_EN, "a reunion of friends in a jersey", ""},
        {LANG_ES, "سوريا syrie", ""},
    };
    check_examples(k_examples, COUNT_OF(k_examples), turns_line);
}

TEST(words_that_call_something_false_are_found)
{
    struct text t = read_text(VIEW("HOAX: lemons cure everything"), LANG_EN);
    CHECK(t.n_refutations == 1 && t.refutations[0].from == 0 && t.refutations[0].to == 4);
    CHECK(read_text(VIEW("Lemons cure everything"), LANG_EN).n_refutations == 0);
}

TEST(keys_are_the_same_for_ever)
{
    CHECK(text_key(VIEW("")) == 0xF52A15E9A9B5E89Bu);
    CHECK(text_key(VIEW("sanad")) == 0xCA45D3AD8306F5C4u);
}

TESTS(RUN(words_numbers_and_emoji_are_found_where_readers_see_them),
      RUN(an_account_behind_the_name_of_its_owner_counts_for_nothing_and_any_other_does),
      RUN(forms_of_one_word_meet_in_its_stem),
      RUN(vietnamese_words_keep_their_tone_wherever_it_is_written),
      RUN(a_token_points_at_what_was_written), RUN(a_text_in_capitals_has_no_names),
      RUN(small_words_that_turn_a_claim_are_known_in_each_language),
      RUN(names_of_places_and_offices_are_known_in_each_language),
      RUN(words_that_call_something_false_are_found), RUN(keys_are_the_same_for_ever))
