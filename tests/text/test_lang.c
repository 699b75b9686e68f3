/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"
#include "text/text_int.h"

TEST(a_line_in_any_of_the_nine_languages_is_known)
{
    static const struct {
        enum lang lang;
        const char *text;
    } k_lines[] = {
        {LANG_AR, "هذا الخبر ليس صحيحا على الإطلاق"},
        {LANG_AR, "هل هذا في مصر"},
        {LANG_EN, "The bridge was not closed on Monday"},
        {LANG_ES, "El puente no estaba cerrado el lunes"},
        {LANG_FA, "این خبر درست نیست و پل بسته نشده است"},
        {LANG_FA, "اين خبر را از كجا آورده اند"},
        {LANG_FR, "Le pont n'était pas fermé lundi dans la ville"},
        {LANG_ID, "Jembatan itu tidak ditutup karena banjir kemarin"},
        {LANG_IT, "Il ponte non era chiuso lunedì, ma è stato aperto"},
        {LANG_MS, "Jambatan itu tidak ditutup kerana banjir semalam"},
        {LANG_VI, "Cây cầu không bị đóng cửa hôm thứ hai"},
        {LANG_VI, "Cay cau khong phai la cua nhung nguoi nay"},
        {LANG_OTHER, "Die Brücke war am Montag nicht geschlossen"},
        {LANG_OTHER, "A ponte não foi fechada pela polícia na segunda"},
        {LANG_OTHER, "Мост не был закрыт в понедельник"},
        {LANG_OTHER, "その橋は月曜日に閉鎖されていませんでした"},
        {LANG_OTHER, "پل پیر کو بند نہیں کیا گیا تھا اور یہ خبر غلط ہے"},
        {LANG_UNKNOWN, ""},
        {LANG_UNKNOWN, "123 !!! 😂"},
        {LANG_UNKNOWN, "\xFF\xFE\xC3"},
    };
    for (size_t i = 0; i < COUNT_OF(k_lines); i++) {
        enum lang found = text_detect_lang(view_cstr(k_lines[i].text));
        if (found != k_lines[i].lang)
            fail_msg("\"%s\": %s (%d)", k_lines[i].text, lang_tag(found), (int)found);
    }
}

TEST(a_disguise_does_not_hide_the_language)
{
    CHECK(text_detect_lang(VIEW("𝐓𝐡𝐞 𝐛𝐫𝐢𝐝𝐠𝐞 𝐰𝐚𝐬 𝐧𝐨𝐭 𝐜𝐥𝐨𝐬𝐞𝐝 𝐨𝐧 𝐌𝐨𝐧𝐝𝐚𝐲")) == LANG_EN);
    CHECK(text_detect_lang(VIEW("هـــذا الخــبر لـــيس صحــيحا على الإطلاق")) == LANG_AR);
}

TEST(a_long_text_cut_inside_a_letter_is_still_known)
{
    static uint8_t text[70000];
    const char *line = "Cây cầu không bị đóng cửa. ";
    size_t n = strlen(line);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)line[i % n];
    for (size_t cut = 0; cut < 40; cut++)
        CHECK(text_detect_lang(view_of(text, sizeof text - cut)) == LANG_VI);
}

TEST(language_tags_of_other_systems_are_understood)
{
    static const struct {
        const char *tag;
        enum lang lang;
    } k_tags[] = {{"ar", LANG_AR},       {"fa-AF", LANG_FA}, {"pt-BR", LANG_OTHER},
                  {"in", LANG_ID},       {"EN_us", LANG_EN}, {"", LANG_UNKNOWN},
                  {"und", LANG_UNKNOWN}, {"zsm", LANG_MS},   {"english", LANG_OTHER},
                  {"-", LANG_UNKNOWN}};
    for (size_t i = 0; i < COUNT_OF(k_tags); i++)
        CHECK(lang_from_tag(view_cstr(k_tags[i].tag)) == k_tags[i].lang);
    for (int lang = LANG_AR; lang < LANG_OTHER; lang++)
        CHECK(lang_from_tag(view_cstr(lang_tag((enum lang)lang))) == (enum lang)lang);
    CHECK(strcmp(lang_tag(LANG_OTHER), "und") == 0);
    CHECK(lang_is_rtl(LANG_FA) && lang_is_rtl(LANG_AR) && !lang_is_rtl(LANG_VI));
}

TEST(bytes_behind_a_text_do_not_change_its_language)
{
    static const char *const k_behind[] = {"a", "b ", "\x80", "\xff", "\xcc\x81", "\xd9\x85", "\n"};
    /* Letters of another script among those of Vietnamese; once in 50,000 posts it shows. */
    struct view text = VIEW(
        "Hoa Kỳ đã сân nhắс trừng рhạt Еl Salvador dо ủng hộ Trung Quốс, nhưng ѕаu đó đã rút lạі");
    uint8_t room[512];
    for (size_t i = 0; i < COUNT_OF(k_behind); i++) {
        memcpy(room, text.p, text.n);
        for (size_t k = text.n; k < sizeof room; k++)
            room[k] = (uint8_t)k_behind[i][(k - text.n) % strlen(k_behind[i])];
        enum lang found = cld2_detect(room, text.n);
        memset(room + text.n, 0, sizeof room - text.n);
        CHECK(cld2_detect(room, text.n) == found);
    }
}

TESTS(RUN(a_line_in_any_of_the_nine_languages_is_known), RUN(a_disguise_does_not_hide_the_language),
      RUN(a_long_text_cut_inside_a_letter_is_still_known),
      RUN(bytes_behind_a_text_do_not_change_its_language),
      RUN(language_tags_of_other_systems_are_understood))
