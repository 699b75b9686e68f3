/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"
#include "text/text.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

/* ---- Help -------------------------------------------------------------------------------- */

static struct arena g_mem;

static struct view utf8_of(struct form f)
{
    uint8_t *p;
    CHECK_OK(arena_bytes(&g_mem, (size_t)f.n * 4 + 1, &p));
    size_t n = 0;
    for (uint32_t i = 0; i < f.n; i++)
        n += utf8_put(f.cp[i], p + n);
    p[n] = 0;
    return view_of(p, n);
}

static struct text read_text(struct view source)
{
    struct text t;
    CHECK_OK(text_read(source, LANG_OTHER, NULL, &g_mem, &t));
    return t;
}

static struct view skeleton(const char *source)
{
    struct form f;
    CHECK_OK(text_skeleton(view_cstr(source), NULL, &g_mem, &f));
    return utf8_of(f);
}

static void check_same_form(struct form a, struct form b, struct view source)
{
    if (a.n != b.n || memcmp(a.cp, b.cp, a.n * sizeof *a.cp) != 0 ||
        memcmp(a.from, b.from, (a.n + 1) * sizeof *a.from) != 0)
        fail_msg("\"%.*s\": %.*s or %.*s", VIEW_ARG(source), VIEW_ARG(utf8_of(a)),
                 VIEW_ARG(utf8_of(b)));
}

static uint64_t g_seed = 20240607;
static uint32_t random_below(uint32_t n)
{
    g_seed = g_seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(g_seed >> 33) % n;
}

/* Letters, marks, jamo, signs and anything else, so that neighbours matter often. */
static uint32_t random_code_point(void)
{
    static const uint32_t k_ranges[][2] = {
        {0x20, 0x7E},      {0x20, 0x7E},     {0xA0, 0x24F},    {0x300, 0x36F},   {0x300, 0x345},
        {0x600, 0x6FF},    {0x64B, 0x65F},   {0x900, 0x9FF},   {0xB00, 0xDFF},   {0xE00, 0xEFF},
        {0xF00, 0xFFF},    {0x1100, 0x11FF}, {0x1E00, 0x1FFF}, {0x2000, 0x206F}, {0x3040, 0x30FF},
        {0xAC00, 0xAC40},  {0xFB00, 0xFEFF}, {0xFF00, 0xFFFF}, {0x370, 0x52F},   {0, 0x10FFFF},
        {0x1D400, 0x1D7FF}};
    const uint32_t *range = k_ranges[random_below(COUNT_OF(k_ranges))];
    uint32_t c = range[0] + random_below(range[1] - range[0] + 1);
    return c >= 0xD800 && c <= 0xDFFF ? 'x' : c;
}

static struct view random_text(uint8_t *out, uint32_t n)
{
    size_t used = 0;
    for (uint32_t i = 0; i < n; i++)
        used += utf8_put(random_code_point(), out + used);
    return view_of(out, used);
}

/* ---- Exact ------------------------------------------------------------------------------- */

static bool is_removed(uint32_t c)
{
    return c == 0xFFFD || (c >= 0xFFF9 && c <= 0xFFFC) ||
           (u_charType((UChar32)c) == U_CONTROL_CHAR && !u_isUWhiteSpace((UChar32)c));
}

/* What the header promises, by ICU alone. */
static struct view exact_by_icu(struct view source)
{
    enum { MOST = 4096 };
    UChar in[MOST], out[MOST];
    int32_t n_in = 0;
    for (size_t pos = 0; pos < source.n;) {
        uint32_t c = utf8_next(source, &pos);
        if (is_removed(c)) continue;
        if (u_isUWhiteSpace((UChar32)c) || c == 0x2800) c = ' ';
        U16_APPEND_UNSAFE(in, n_in, c);
    }
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *form = unorm2_getNFKCCasefoldInstance(&status);
    int32_t n = unorm2_normalize(form, in, n_in, out, MOST, &status);
    assert_true(U_SUCCESS(status));
    uint8_t *p;
    CHECK_OK(arena_bytes(&g_mem, (size_t)n * 4 + 4, &p));
    int32_t n_utf8 = 0;
    u_strToUTF8((char *)p, n * 4 + 4, &n_utf8, out, n, &status);
    assert_true(U_SUCCESS(status));
    size_t used = 0;
    for (int32_t i = 0; i < n_utf8; i++)
        if (p[i] != ' ' || (used && p[used - 1] != ' ')) p[used++] = p[i];
    while (used && p[used - 1] == ' ')
        used--;
    return view_of(p, used);
}

static void check_exact(struct view source)
{
    struct view ours = utf8_of(read_text(source).exact), icus = exact_by_icu(source);
    if (view_eq(ours, icus)) return;
    for (size_t pos = 0; pos < source.n;)
        print_message("U+%04X ", utf8_next(source, &pos));
    fail_msg("exact \"%.*s\", ICU \"%.*s\"", VIEW_ARG(ours), VIEW_ARG(icus));
}

TEST(every_character_of_unicode_gets_the_standard_exact_form)
{
    for (uint32_t c = 0; c < 0x110000; c++) {
        uint8_t bytes[4];
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        arena_reset(&g_mem);
        check_exact(view_of(bytes, utf8_put(c, bytes)));
    }
}

TEST(characters_that_melt_into_each_other_get_the_standard_exact_form)
{
    uint8_t bytes[64 * 4];
    for (int i = 0; i < 60000; i++) {
        arena_reset(&g_mem);
        check_exact(random_text(bytes, 1 + random_below(12)));
    }
}

TEST(a_hundred_thousand_marks_on_a_letter_do_not_hang)
{
    static uint8_t source[200002];
    size_t n = 0;
    source[n++] = 'a';
    for (int i = 0; i < 100000; i++)
        n += utf8_put(i % 2 ? 0x301 : 0x323, source + n);
    source[n++] = 'b';
    struct text t = read_text(view_of(source, n));
    CHECK(t.exact.n <= 32);
    CHECK_TEXT(utf8_of(t.folded), "ab");
    CHECK_TEXT(utf8_of(t.skeleton), "ab");
    for (size_t i = 1; i + 1 < n; i += 2) /* marks that only need sorting */
        utf8_put(i % 4 == 1 ? 0x64E : 0x651, source + i);
    CHECK(read_text(view_of(source, n)).exact.n <= 32);
}

TEST(what_nobody_sees_is_in_no_form)
{
    struct text t =
        read_text(VIEW("a\0b\xE2\x80\x8B\x63\xFF\xC3 \t\r\n d\xEF\xBB\xBF \xE2\xA0\x80"));
    CHECK_TEXT(utf8_of(t.exact), "abc d");
    CHECK(read_text(VIEW("")).exact.n == 0);
    CHECK(read_text(VIEW(" \n ")).exact.n == 0);
    CHECK(read_text(VIEW(" \n ")).exact.from[0] == 0);
}

/* ---- Positions --------------------------------------------------------------------------- */

TEST(a_found_span_is_shown_as_it_was_written)
{
    const char *source = "Đ\xE1\xBA\xB7t \xE2\x80\x8B"
                         "Cafe\xCC\x81, ﷺ!";
    struct text t = read_text(view_cstr(source));
    CHECK_TEXT(utf8_of(t.folded), "dat cafe, صلي الله عليه وسلم!");
    struct view cafe = view_slice(t.source, t.folded.from[4], t.folded.from[8] - t.folded.from[4]);
    CHECK_TEXT(cafe, "Cafe\xCC\x81");
    uint32_t first = 10,
             behind = t.folded.n - 1; /* the ligature gives many letters from one place */
    struct view blessing =
        view_slice(t.source, t.folded.from[first], t.folded.from[behind] - t.folded.from[first]);
    CHECK_TEXT(blessing, "ﷺ");
}

static void check_positions(struct form f, struct view source)
{
    for (uint32_t i = 0; i < f.n; i++) {
        CHECK(f.from[i] <= f.from[i + 1]);
        CHECK(f.from[i] < source.n && (source.p[f.from[i]] & 0xC0) != 0x80);
    }
    CHECK(f.from[f.n] <= source.n);
}

TEST(positions_always_stay_in_order_and_on_characters)
{
    uint8_t bytes[64 * 4];
    for (int i = 0; i < 20000; i++) {
        arena_reset(&g_mem);
        struct text t = read_text(random_text(bytes, 1 + random_below(40)));
        check_positions(t.exact, t.source);
        check_positions(t.folded, t.source);
        check_positions(t.skeleton, t.source);
        for (uint32_t k = 0; k < t.n_tokens; k++) {
            CHECK(t.tokens[k].from < t.tokens[k].to && t.tokens[k].to <= t.source.n);
            CHECK(k == 0 || t.tokens[k - 1].from <= t.tokens[k].from);
        }
    }
}

TEST(broken_bytes_are_read_without_harm)
{
    uint8_t bytes[200];
    for (int i = 0; i < 20000; i++) {
        arena_reset(&g_mem);
        uint32_t n = 1 + random_below(sizeof bytes);
        for (uint32_t k = 0; k < n; k++)
            bytes[k] = (uint8_t)(random_below(3) ? random_below(256) : 0x61 + random_below(26));
        struct text t = read_text(view_of(bytes, n));
        for (uint32_t k = 0; k < t.exact.n; k++)
            CHECK(t.exact.cp[k] != 0xFFFD && t.exact.cp[k] < 0x110000);
    }
}

/* ---- Skeleton ---------------------------------------------------------------------------- */

TEST(the_quick_skeleton_is_the_one_of_a_whole_reading)
{
    uint8_t bytes[64 * 4];
    for (int i = 0; i < 60000; i++) {
        arena_reset(&g_mem);
        struct view source = random_text(bytes, 1 + random_below(30));
        struct form quick;
        CHECK_OK(text_skeleton(source, NULL, &g_mem, &quick));
        check_same_form(quick, read_text(source).skeleton, source);
    }
    for (uint32_t c = 0; c < 0x110000; c++) {
        arena_reset(&g_mem);
        struct view source = view_of(bytes, utf8_put(c, bytes));
        struct form quick;
        CHECK_OK(text_skeleton(source, NULL, &g_mem, &quick));
        check_same_form(quick, read_text(source).skeleton, source);
    }
}

static const struct {
    const char *kind, *plain, *disguised;
} k_disguises[] = {
    {"capitals", "The river rose overnight.", "THE RIVER ROSE OVERNIGHT"},
    {"zero width", "The river rose overnight.",
     "T\u200Bhe ri\u200Dver r\u2060ose over\u00ADnight."},
    {"direction", "The river rose overnight.",
     "\u202BThe\u202C \u200Friver\u200E rose \u2067overnight\u2069."},
    {"emoji", "The river rose overnight.", "The 🌊🌊 river rose 😱 overnight. 🇫🇷"},
    {"repeats", "The river rose overnight.", "The riiiiiver rosssse overniiight"},
    {"spaces", "The river rose overnight.", "The\u3000river\trose\n\u00A0overnight."},
    {"punctuation", "The river rose overnight.", "The* river!! rose_ - overnight؟؟"},
    {"separators", "The river rose overnight.", "The r-i-v-e-r r o s e o_v_e_r_n_i_g_h_t."},
    {"look-alikes", "The river rose overnight.", "Тhе rіvеr rоѕе оvеrnіght."},
    {"fullwidth", "The river rose overnight.", "Ｔｈｅ ｒｉｖｅｒ ｒｏｓｅ ｏｖｅｒｎｉｇｈｔ．"},
    {"mathematical", "The river rose overnight.", "𝐓𝐡𝐞 𝐫𝐢𝐯𝐞𝐫 𝐫𝐨𝐬𝐞 𝐨𝐯𝐞𝐫𝐧𝐢𝐠𝐡𝐭."},
    {"leet", "The river rose overnight.", "Th3 r1v3r r0s3 ov3rn1ght."},
    {"leet at edges", "They said it is at the old market", "7h3y 541d 17 15 47 7h3 0ld m4rk3t"},
    {"accents", "Le café était fermé à Noël", "Le cafe etait ferme a Noel"},
    {"decomposed", "Đường phố ngập nước",
     "Đu\u031Bo\u031B\u0300ng pho\u0302\u0301 nga\u0302\u0323p nu\u031Bo\u031B\u0301c"},
    {"no tones", "Đường phố ngập nước", "Duong pho ngap nuoc"},
    {"place of the tone", "Hòa bình", "Hoà bình"},
    {"harakat", "ارتفع النهر ليلا", "اِرْتَفَعَ النَّهْرُ لَيْلًا"},
    {"tatweel", "ارتفع النهر ليلا", "ارتفـــع النـهر ليـــلا"},
    {"alef", "أعلنت إدارة الآثار", "اعلنت ادارة الاثار"},
    {"teh marbuta, yeh", "مدينة في ليبيا إلى", "مدينه فى ليبيا إلي"},
    {"Persian letters", "كيلو ملح يكفي", "کیلو ملح یکفی"},
    {"presentation forms", "السلام", "ﺍﻟﺴﻼﻡ"},
    {"dotless", "نبيذ ثقيل في الشتاء", "ںٮىد ٮڡىل ڡى السٮاء"},
    {"Arabic look-alikes", "زاوية وكلب", "زٵۆېە ۆڪلب"},
    {"digits", "في عام 2011 كان 4.8", "في عام ٢٠١١ كان ۴٫۸"},
    {"half-space left out", "نمی‌دانم می‌روند", "نمیدانم میروند"},
    {"half-space as space", "نمی‌دانم می‌روند", "نمی دانم می روند"},
    {"ezafe", "خانه ما بزرگ است", "خانه‌ی ما بزرگ است"},
    {"ezafe with hamza", "خانه ما بزرگ است", "خانهٔ ما بزرگ است"},
    {"apostrophes", "L'eau n'est pas", "L’eau n´est pas"},
    {"number apart", "covid-19, 100 km", "Covid19 100km"},
    {"black squares", "stop", "🆂🆃🅾🅿"},
};

TEST(a_disguised_copy_keeps_its_skeleton)
{
    for (size_t i = 0; i < COUNT_OF(k_disguises); i++) {
        struct view plain = skeleton(k_disguises[i].plain);
        struct view disguised = skeleton(k_disguises[i].disguised);
        if (!view_eq(plain, disguised))
            fail_msg("%s: %.*s is not %.*s", k_disguises[i].kind, VIEW_ARG(disguised),
                     VIEW_ARG(plain));
    }
}

TEST(what_says_something_else_has_another_skeleton)
{
    static const char *const k_pairs[][2] = {
        {"2011", "2012"},       {"100", "1000"},  {"1100", "1000"}, {"5 people", "6 people"},
        {"in 1999", "in 1998"}, {"H1N1", "H5N1"}, {"か", "が"},     {"100km", "106km"}};
    for (size_t i = 0; i < COUNT_OF(k_pairs); i++)
        CHECK(!view_eq(skeleton(k_pairs[i][0]), skeleton(k_pairs[i][1])));
    CHECK_TEXT(skeleton("@ann paid $100, 50% of 4711"), "anpaid10050of4711");
}

static bool looks_like_telex(struct view source)
{
    struct arena mem CLEANUP(arena_done);
    struct text text;
    arena_init(&mem, 0);
    CHECK_OK(text_read(source, LANG_UNKNOWN, NULL, &mem, &text));
    return text_looks_like_telex(&text);
}

TEST(vietnamese_typed_by_telex_meets_what_was_meant)
{
    struct view typed = VIEW("Ddaay laf mootj ngooi laangf nhor owr mieenf Trung,f rats ddepj");
    struct view meant = VIEW("Đây là một ngôi lầng nhỏ ở miền Trung, rất đẹp");
    struct form a, b;
    CHECK(looks_like_telex(typed));
    CHECK(!looks_like_telex(meant));
    CHECK(!looks_like_telex(VIEW("This is an English sentence about his car and her boss")));
    CHECK(!looks_like_telex(VIEW("")));
    CHECK_OK(text_skeleton_telex(typed, NULL, &g_mem, &a));
    CHECK_OK(text_skeleton(meant, NULL, &g_mem, &b));
    CHECK_TEXT(utf8_of(a), (const char *)utf8_of(b).p);
}

/* ---- Limits ------------------------------------------------------------------------------ */

TEST(a_text_over_the_limit_is_refused_with_the_limit_named)
{
    struct text_limits limits = {.max_bytes = 10, .max_tokens = 2};
    struct text t;
    struct form f;
    CHECK_FAILS(E_LIMIT, text_read(VIEW("eleven byte"), LANG_EN, &limits, &g_mem, &t));
    CHECK_MESSAGE("10 bytes (max_bytes)");
    CHECK_FAILS(E_LIMIT, text_skeleton(VIEW("eleven byte"), &limits, &g_mem, &f));
    CHECK_FAILS(E_LIMIT, text_skeleton_telex(VIEW("eleven byte"), &limits, &g_mem, &f));
    CHECK_OK(text_read(VIEW("ten  bytes"), LANG_EN, &limits, &g_mem, &t));
    CHECK(t.n_tokens == 2 && !t.cut);
    CHECK_OK(text_read(VIEW("a bb c dd"), LANG_EN, &limits, &g_mem, &t));
    CHECK(t.n_tokens == 2 && t.cut);
}

TEST(a_megabyte_of_tokens_is_read_up_to_the_limit)
{
    static uint8_t source[1 << 20];
    for (size_t i = 0; i < sizeof source; i++)
        source[i] = i % 3 == 2 ? ' ' : (uint8_t)('a' + i % 26);
    struct text t = read_text(view_of(source, sizeof source));
    CHECK(t.n_tokens == k_text_limits.max_tokens && t.cut);
}

TEST(no_memory_is_an_error_and_nothing_else)
{
    struct view source =
        VIEW("Đặt 3,5 km 今天天气 l'eau ١٢ می‌روند 𝐁 H1N1 h3ll0 w0rld th1s");
    struct arena mem;
    struct text t;
    struct form f;
    arena_init(&mem, 0);
    CHECK_EVERY_ALLOCATION(text_read(source, LANG_FR, NULL, &mem, &t), arena_done(&mem));
    CHECK_EVERY_ALLOCATION(text_skeleton(source, NULL, &mem, &f), arena_done(&mem));
    CHECK_EVERY_ALLOCATION(text_skeleton_telex(source, NULL, &mem, &f), arena_done(&mem));
    arena_done(&mem);
    for (size_t limit = 64; limit < 20000; limit += 97) {
        arena_init(&mem, limit);
        rc r = text_read(source, LANG_VI, NULL, &mem, &t);
        CHECK(ok(r) || r.code == E_MEMORY);
        arena_done(&mem);
    }
}

TESTS(RUN(every_character_of_unicode_gets_the_standard_exact_form),
      RUN(characters_that_melt_into_each_other_get_the_standard_exact_form),
      RUN(a_hundred_thousand_marks_on_a_letter_do_not_hang), RUN(what_nobody_sees_is_in_no_form),
      RUN(a_found_span_is_shown_as_it_was_written),
      RUN(positions_always_stay_in_order_and_on_characters),
      RUN(broken_bytes_are_read_without_harm),
      RUN(the_quick_skeleton_is_the_one_of_a_whole_reading),
      RUN(a_disguised_copy_keeps_its_skeleton), RUN(what_says_something_else_has_another_skeleton),
      RUN(vietnamese_typed_by_telex_meets_what_was_meant),
      RUN(a_text_over_the_limit_is_refused_with_the_limit_named),
      RUN(a_megabyte_of_tokens_is_read_up_to_the_limit),
      RUN(no_memory_is_an_error_and_nothing_else))
