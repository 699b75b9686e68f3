/* SPDX-License-Identifier: Apache-2.0 */
#include "exact.h"

/* Sentences and their cues, as written, separated by "; ". */
/* clang-format off */
static const struct {
    enum lang lang;
    const char *text, *cues;
} k_golden[] = {
    {LANG_EN, "The vaccine does not cause autism", "not"},
    {LANG_EN, "They don't know", "don't"},
    {LANG_EN, "They don’t know", "don’t"},
    {LANG_EN, "It cannot be true", "cannot"},
    {LANG_EN, "She never said that", "never"},
    {LANG_EN, "Not only doctors say so", ""},
    {LANG_EN, "There is no doubt", ""},
    {LANG_EN, "No. 5 on the list", ""},
    {LANG_EN, "He is without hope", "without"},
    {LANG_EN, "nobody came and nothing happened", "nobody; nothing"},
    {LANG_EN, "It isnt so", "isnt"},
    {LANG_EN, "a note on the notebook", ""},
    {LANG_ES, "No es verdad", "No"},
    {LANG_ES, "No hay nada aquí", "No"},
    {LANG_ES, "Nunca lo dijo", "Nunca"},
    {LANG_ES, "Sin agua", "Sin"},
    {LANG_ES, "Sin embargo, llueve", ""},
    {LANG_ES, "Sin duda alguna", ""},
    {LANG_ES, "Nadie lo sabe", "Nadie"},
    {LANG_ES, "Tampoco vino", "Tampoco"},
    {LANG_ES, "No vino ningún médico", "No"},
    {LANG_ES, "No solo eso", ""},
    {LANG_ES, "Ni una palabra", "Ni"},
    {LANG_FR, "Il ne mange pas", "ne"},
    {LANG_FR, "Il n'est jamais venu", "n"},
    {LANG_FR, "Il ne dit que du bien", ""},
    {LANG_FR, "Aucune étude ne montre que cela aide", "ne"},
    {LANG_FR, "Personne n'a prouvé que cela aide", "Personne n"},
    {LANG_FR, "Rien ne prouve que cela aide", "Rien ne"},
    {LANG_FR, "Sans eau", "Sans"},
    {LANG_FR, "C'est pas vrai", "pas"},
    {LANG_FR, "Aucun vaccin n'est sûr", "n"},
    {LANG_FR, "Sans doute", ""},
    {LANG_FR, "Une personne est venue", ""},
    {LANG_FR, "Personne ne sait", "Personne ne"},
    {LANG_FR, "Plus de cinq morts", ""},
    {LANG_FR, "Ce n'est plus vrai", "n"},
    {LANG_FR, "Non seulement lui", ""},
    {LANG_IT, "Non è vero", "Non"},
    {LANG_IT, "Non ha mai detto niente", "Non"},
    {LANG_IT, "Senza acqua", "Senza"},
    {LANG_IT, "Non solo lui", ""},
    {LANG_IT, "Nessuno lo sa", "Nessuno"},
    {LANG_IT, "Senza dubbio", ""},
    {LANG_IT, "Mai visto", "Mai"},
    {LANG_IT, "Non c'è nessun pericolo", "Non"},
    {LANG_IT, "Non appena arriva", ""},
    {LANG_IT, "Neanche uno", "Neanche"},
    {LANG_IT, "Quanto mai bello", ""},
    {LANG_ID, "Ini tidak benar", "tidak"},
    {LANG_ID, "Bukan dia", "Bukan"},
    {LANG_ID, "Jangan percaya", "Jangan"},
    {LANG_ID, "Belum terbukti", "Belum"},
    {LANG_ID, "Tanpa izin", "Tanpa"},
    {LANG_ID, "Bukan hanya itu", ""},
    {LANG_ID, "Tidak hanya dia", ""},
    {LANG_ID, "Gak tahu", "Gak"},
    {LANG_ID, "Tak mungkin", "Tak"},
    {LANG_ID, "Tidaklah demikian", "Tidaklah"},
    {LANG_ID, "Mau tidak mau", ""},
    {LANG_MS, "Ini tidak benar", "tidak"},
    {LANG_MS, "Bukan dia", "Bukan"},
    {LANG_MS, "Jangan percaya", "Jangan"},
    {LANG_MS, "Belum terbukti", "Belum"},
    {LANG_MS, "Tanpa izin", "Tanpa"},
    {LANG_MS, "Bukan sahaja itu", ""},
    {LANG_MS, "Tak boleh", "Tak"},
    {LANG_MS, "Tiada bukti", "Tiada"},
    {LANG_MS, "Bukan setakat itu", ""},
    {LANG_MS, "Usah risau", "Usah"},
    {LANG_MS, "Tidak lama lagi", ""},
    {LANG_VI, "không phải sự thật", "không phải"},
    {LANG_VI, "không khí trong lành", ""},
    {LANG_VI, "Ngành hàng không", ""},
    {LANG_VI, "đúng không?", ""},
    {LANG_VI, "Anh ấy chưa đến", "chưa"},
    {LANG_VI, "không chỉ có vậy", ""},
    {LANG_VI, "Chẳng bao giờ", "Chẳng bao giờ"},
    {LANG_VI, "đừng tin", "đừng"},
    {LANG_VI, "Khong phai su that", "Khong phai"},
    {LANG_VI, "không gian mạng", ""},
    {LANG_VI, "Nó không hề sai", "không hề"},
    {LANG_AR, "ليس صحيحا", "ليس"},
    {LANG_AR, "لم يقل أبدا", "لم"},
    {LANG_AR, "لن يحدث", "لن"},
    {LANG_AR, "لا شك في ذلك", ""},
    {LANG_AR, "لا يسبب المرض", "لا"},
    {LANG_AR, "وليس كذلك", "وليس"},
    {LANG_AR, "غير صحيح", "غير"},
    {LANG_AR, "بدون ماء", "بدون"},
    {LANG_AR, "ما زال هنا", ""},
    {LANG_AR, "ما كان صادقا", "ما كان"},
    {LANG_AR, "ماء الورد", ""},
    {LANG_AR, "مش صحيح", "مش"},
    {LANG_FA, "این درست نیست", "نیست"},
    {LANG_FA, "نمی‌شود", "نمی‌شود"},
    {LANG_FA, "نمی شود", "نمی"},
    {LANG_FA, "هیچ دارویی وجود ندارد", "ندارد"},
    {LANG_FA, "نکرده‌اند", "نکرده‌اند"},
    {LANG_FA, "هرگز نرفت", "نرفت"},
    {LANG_FA, "نه تنها او", ""},
    {LANG_FA, "بدون آب", "بدون"},
    {LANG_FA, "بدون شک", ""},
    {LANG_FA, "نخواهد آمد", "نخواهد"},
    {LANG_FA, "نیامد", "نیامد"},
    {LANG_FA, "نان و نمک", ""},
    {LANG_FA, "نمی‌پوسد", "نمی‌پوسد"},
};
static const struct {
    enum lang lang;
    const char *text, *words;
} k_refuting[] = {
    {LANG_EN, "This is a hoax, and the claim is false", "hoax; false"},
    {LANG_ES, "Es un bulo", "bulo"},
    {LANG_FR, "C'est une infox", "infox"},
    {LANG_IT, "È una bufala", "bufala"},
    {LANG_ID, "Kabar bohong atau hoaks", "Kabar bohong; hoaks"},
    {LANG_MS, "Berita palsu", "Berita palsu"},
    {LANG_VI, "Là tin giả", "tin giả"},
    {LANG_AR, "الشائعة كاذبة", "الشائعة; كاذبة"},
    {LANG_FA, "شایعه دروغ است", "شایعه; دروغ"},
};
/* clang-format on */

typedef rc finder(const struct form *, enum lang, struct read_word *words, struct arena *,
                  const struct negation **, uint32_t *);

static void check_cues(finder *find, enum lang lang, const char *text, const char *cues)
{
    struct arena mem;
    struct buf shown;
    arena_init(&mem, 0);
    buf_init(&shown, 0);
    struct form exact = exact_of(view_cstr(text), &mem);
    const struct negation *found;
    uint32_t n;
    CHECK_OK(find(&exact, lang, NULL, &mem, &found, &n));
    for (uint32_t i = 0; i < n; i++) {
        if (i) CHECK_OK(buf_add(&shown, VIEW("; ")));
        size_t bytes = found[i].to - found[i].from;
        CHECK_OK(buf_add(&shown, view_slice(view_cstr(text), found[i].from, bytes)));
    }
    if (!view_eq(buf_view(&shown), view_cstr(cues)))
        fail_msg("%d \"%s\": \"%.*s\" instead of \"%s\"", (int)lang, text,
                 VIEW_ARG(buf_view(&shown)), cues);
    buf_done(&shown);
    arena_done(&mem);
}

TEST(a_denial_is_not_taken_for_the_claim_itself)
{
    for (size_t i = 0; i < COUNT_OF(k_golden); i++)
        check_cues(find_negations, k_golden[i].lang, k_golden[i].text, k_golden[i].cues);
}

TEST(a_post_that_calls_a_claim_fake_is_seen_as_such)
{
    for (size_t i = 0; i < COUNT_OF(k_refuting); i++)
        check_cues(find_refutations, k_refuting[i].lang, k_refuting[i].text, k_refuting[i].words);
}

TEST(cues_that_cannot_be_mistaken_work_without_a_language)
{
    check_cues(find_negations, LANG_UNKNOWN, "this is not so", "not");
    check_cues(find_negations, LANG_UNKNOWN, "nunca. tidak. jamais", "nunca; tidak; jamais");
    check_cues(find_negations, LANG_OTHER, "no man is an island", "");
    check_cues(find_negations, LANG_UNKNOWN, "", "");
    check_cues(find_refutations, LANG_UNKNOWN, "", "");
}

TEST(a_negation_said_twice_counts_once_but_not_across_sentences)
{
    check_cues(find_negations, LANG_ES, "No vino. Nadie vino", "No; Nadie");
    check_cues(find_negations, LANG_FR, "Il ne vient pas. Il n'a que toi", "ne");
    check_cues(find_negations, LANG_IT, "Nessuno; mai", "Nessuno; mai");
    check_cues(find_negations, LANG_EN, "not without", "not; without");
}

TEST(a_million_negations_are_read_in_bounded_memory_and_time)
{
    struct arena mem;
    arena_init(&mem, 0);
    struct buf text;
    buf_init(&text, 0);
    for (int i = 0; i < 200000; i++)
        CHECK_OK(buf_add(&text, VIEW("n' ne que not ")));
    struct form exact = exact_of(buf_view(&text), &mem);
    const struct negation *found;
    uint32_t n;
    CHECK_OK(find_negations(&exact, LANG_FR, NULL, &mem, &found, &n));
    CHECK_OK(find_negations(&exact, LANG_EN, NULL, &mem, &found, &n));
    assert_int_equal(n, 200000);
    buf_done(&text);
    arena_done(&mem);
}

TEST(no_memory_while_looking_for_cues_is_an_error_not_a_crash)
{
    struct arena mem, small;
    arena_init(&mem, 0);
    arena_init(&small, 0);
    struct form exact = exact_of(VIEW("not no never none nor not no never none fake hoax"), &mem);
    const struct negation *found;
    uint32_t n;
    CHECK_EVERY_ALLOCATION(find_negations(&exact, LANG_EN, NULL, &small, &found, &n),
                           arena_done(&small));
    CHECK_EVERY_ALLOCATION(find_refutations(&exact, LANG_EN, NULL, &small, &found, &n),
                           arena_done(&small));
    arena_done(&small);
    arena_done(&mem);
}

TESTS(RUN(a_denial_is_not_taken_for_the_claim_itself),
      RUN(a_post_that_calls_a_claim_fake_is_seen_as_such),
      RUN(cues_that_cannot_be_mistaken_work_without_a_language),
      RUN(a_negation_said_twice_counts_once_but_not_across_sentences),
      RUN(a_million_negations_are_read_in_bounded_memory_and_time),
      RUN(no_memory_while_looking_for_cues_is_an_error_not_a_crash))
