/* SPDX-License-Identifier: Apache-2.0
 * Whether a post says what a claim says: numbers, negation, names. */
#include "desk.h"

static struct desk s_desk;

/* What verification found, as words. */
static void found(const struct verdict_on *v, char out[64])
{
    static const char *const k_negation[] = {"", " added", " removed"};
    snprintf(out, 64, "%s%s%s", v->number_changed ? " number" : "", v->name_changed ? " name" : "",
             k_negation[v->why.negation]);
}

static struct verdict_on verified(enum lang lang, const char *claim_text, const char *post_text)
{
    struct verdict_on v;
    struct text claim, post;
    struct post_parts parts;
    arena_reset(&s_desk.mem);
    CHECK_OK(text_read(view_cstr(claim_text), lang, NULL, &s_desk.mem, &claim));
    CHECK_OK(text_read(view_cstr(post_text), lang, NULL, &s_desk.mem, &post));
    CHECK_OK(post_parts_make(s_desk.bank, &post, &s_desk.mem, &parts));
    CHECK_OK(verify(s_desk.bank, &claim, &post, &parts, &s_desk.mem, &v));
    return v;
}

struct change {
    enum lang lang;
    const char *claim, *post, *found;
};

static void check_changes(const struct change *rows, size_t n)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        char words[64];
        struct verdict_on v = verified(rows[i].lang, rows[i].claim, rows[i].post);
        found(&v, words);
        const char *got = words[0] ? words + 1 : "";
        /* A number word that was replaced may be named as a word too. */
        bool number = strcmp(rows[i].found, "number") == 0 && v.number_changed;
        if (number || strcmp(got, rows[i].found) == 0) continue;
        print_message("claim: %s\npost:  %s\n\"%s\" was found, expected \"%s\"\n", rows[i].claim,
                      rows[i].post, got, rows[i].found);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}
#define CHECK_CHANGES(rows) check_changes(rows, COUNT_OF(rows))

/* clang-format off */
TEST(the_same_number_written_otherwise_is_no_change)
{
    static const struct change k_rows[] = {
        {LANG_EN, "The flood killed 3,500,000 birds in the valley.", "The flood killed 3.5 million birds in the valley.", ""},
        {LANG_EN, "Seven containers of ballots were found at the port.", "7 containers of ballots were found at the port.", ""},
        {LANG_EN, "Thieves took 2.5 tonnes of gold from the vault.", "Thieves took 2,500 kg of gold from the vault.", ""},
        {LANG_EN, "The wave came on 26 December 2004 in the morning.", "The wave came on December 26, 2004 in the morning.", ""},
        {LANG_EN, "The oven destroys 90% of the vitamins.", "The oven destroys 90 percent of the vitamins.", ""},
        {LANG_FA, "این قرص ۸۰٪ بیماران را درمان می‌کند", "این قرص 80 درصد بیماران را درمان می‌کند", ""},
        {LANG_FA, "برق شهر ۴۰ هزار خانه قطع شد", "برق شهر 40000 خانه قطع شد", ""},
        {LANG_AR, "قتلت العاصفة ٥٠ شخصا في الجبال", "قتلت العاصفة 50 شخصا في الجبال", ""},
        {LANG_AR, "خسر البنك 3 مليون دينار أمس", "خسر البنك 3000000 دينار أمس", ""},
        {LANG_VI, "Có 3,5 triệu người bị nhiễm bệnh ở miền núi", "Có 3.500.000 người bị nhiễm bệnh ở miền núi", ""},
        {LANG_FR, "Une commune de 1 000 habitants refuse le scrutin", "Une commune de 1000 habitants refuse le scrutin", ""},
        {LANG_ES, "Votaron 1.800 personas fallecidas en la provincia", "Votaron 1800 personas fallecidas en la provincia", ""},
        {LANG_IT, "La batteria perde l'80% della capacità", "La batteria perde l'80 per cento della capacità", ""},
        {LANG_ID, "Beras dijual Rp10.000 per kilogram di pasar", "Beras dijual Rp 10000 per kilogram di pasar", ""},
        {LANG_MS, "Kilang itu membuang 2 juta liter minyak", "Kilang itu membuang 2,000,000 liter minyak", ""},
        {LANG_EN, "The vaccine harmed 1 in 4 children of the valley.", "The vaccine harmed one in four children of the valley.", ""},
        {LANG_EN, "The vaccine harmed 25% of the children of the valley.", "The vaccine harmed a quarter of the children of the valley.", ""},
        {LANG_EN, "The vaccine harmed half of the children of the valley.", "The vaccine harmed 50 percent of the children of the valley.", ""},
        {LANG_EN, "The oven destroys two out of three vitamins.", "The oven destroys two thirds vitamins.", ""},
        {LANG_ES, "La vacuna daña a uno de cada cuatro niños del valle", "La vacuna daña a 1 de cada 4 niños del valle", ""},
        {LANG_FR, "Une femme sur quatre a perdu son emploi au village", "1 femme sur 4 a perdu son emploi au village", ""},
        {LANG_IT, "Una persona su quattro ha perso il lavoro al villaggio", "1 persona su 4 ha perso il lavoro al villaggio", ""},
        {LANG_FA, "از هر چهار نفر یک نفر در روستا بیمار شد", "از هر ۴ نفر ۱ نفر در روستا بیمار شد", ""},
        {LANG_AR, "أصاب اللقاح واحدا من كل أربعة أطفال في القرية", "أصاب اللقاح 1 من كل 4 أطفال في القرية", ""},
    };
    CHECK_CHANGES(k_rows);
}

TEST(another_number_is_noticed)
{
    static const struct change k_rows[] = {
        {LANG_EN, "Lemon water cures cancer within 30 days.", "Lemon water cures cancer within 31 days.", "number"},
        {LANG_EN, "Lemon water cures cancer within 30 days.", "Lemon water cures cancer within 3 days.", "number"},
        {LANG_EN, "The flood killed 3.5 million birds in the valley.", "The flood killed 3.5 billion birds in the valley.", "number"},
        {LANG_EN, "Thieves took 5 kg of gold from the vault.", "Thieves took 5 tonnes of gold from the vault.", "number"},
        {LANG_EN, "Seven containers of ballots were found at the port.", "Nine containers of ballots were found at the port.", "number"},
        {LANG_EN, "The wave came on 26 December 2004 in the morning.", "The wave came on 26 December 2005 in the morning.", "number"},
        {LANG_EN, "The wave came on 26 December 2004 in the morning.", "The wave came on 27 December 2004 in the morning.", "number"},
        {LANG_FA, "این قرص ۸۰٪ بیماران را درمان می‌کند", "این قرص ۸۱٪ بیماران را درمان می‌کند", "number"},
        {LANG_AR, "قتلت العاصفة ٥٠ شخصا في الجبال", "قتلت العاصفة ٥٥ شخصا في الجبال", "number"},
        {LANG_VI, "Có 3,5 triệu người bị nhiễm bệnh ở miền núi", "Có 3,5 tỷ người bị nhiễm bệnh ở miền núi", "number"},
        {LANG_FR, "Une commune de 1 000 habitants refuse le scrutin", "Une commune de 1 001 habitants refuse le scrutin", "number"},
        {LANG_ES, "Votaron 1.800 personas fallecidas en la provincia", "Votaron 18.000 personas fallecidas en la provincia", "number"},
        {LANG_AR, "قتل الانفجار خمسة جنود في ميناء طرابلس", "قتل الانفجار خمسين جنود في ميناء طرابلس", "number"},
        {LANG_AR, "سمم المعلم قهوة تسعة من زملائه في حلب", "سمم المعلم قهوة تسعين من زملائه في حلب", "number"},
        {LANG_EN, "The vaccine harmed 1 in 4 children of the valley.", "The vaccine harmed 1 in 5 children of the valley.", "number"},
        {LANG_EN, "The vaccine harmed one in four children of the valley.", "The vaccine harmed three in four children of the valley.", "number"},
        {LANG_EN, "The vaccine harmed a quarter of the children of the valley.", "The vaccine harmed 24% of the children of the valley.", "number"},
        {LANG_EN, "The vaccine harmed a third of the children of the valley.", "The vaccine harmed two thirds of the children of the valley.", "number"},
        {LANG_FR, "Une femme sur quatre a perdu son emploi au village", "Une femme sur trois a perdu son emploi au village", "number"},
        {LANG_FA, "از هر چهار نفر یک نفر در روستا بیمار شد", "از هر چهار نفر سه نفر در روستا بیمار شد", "number"},
        {LANG_VI, "Cứ 4 người thì có 1 người mắc bệnh ở miền núi", "Cứ 5 người thì có 1 người mắc bệnh ở miền núi", "number"},
    };
    CHECK_CHANGES(k_rows);
}

TEST(a_number_word_that_looks_like_another_is_not_taken_for_a_slip)
{
    static const struct change k_rows[] = {
        {LANG_EN, "The plant lost seventeen million litres of milk.", "The plant lost seventeen billion litres of milk.", "number"},
        {LANG_ES, "El pueblo perdió sesenta casas en la riada.", "El pueblo perdió setenta casas en la riada.", "number"},
        {LANG_ES, "La ley cambia el 5 de junio de 2024 en todo el país.", "La ley cambia el 5 de julio de 2024 en todo el país.", "number"},
        {LANG_IT, "Il paese ha perso sessanta case nella piena.", "Il paese ha perso settanta case nella piena.", "number"},
        {LANG_ID, "Aturan baru berlaku mulai 5 Juni 2024 di pasar.", "Aturan baru berlaku mulai 5 Juli 2024 di pasar.", "number"},
        {LANG_FA, "هفتاد خانه در سیل روستا ویران شد", "هشتاد خانه در سیل روستا ویران شد", "number"},
        {LANG_AR, "انهارت سبعون دارا في فيضان القرية", "انهارت تسعون دارا في فيضان القرية", "number"},
    };
    CHECK_CHANGES(k_rows);
}

TEST(a_number_left_out_or_put_in_is_noticed)
{
    static const struct change k_rows[] = {
        {LANG_EN, "Lemon water cures cancer within 30 days.", "Lemon water cures cancer within days.", "number"},
        {LANG_EN, "Scientists have confirmed that an earthquake will hit the coast.", "Scientists have confirmed that an earthquake of 9 will hit the coast.", "number"},
        {LANG_EN, "The power was cut for 2 hours and 40,000 ballots vanished.", "The power was cut for 2 hours and ballots vanished.", "number"},
    };
    CHECK_CHANGES(k_rows);
}

TEST(numbers_elsewhere_in_the_post_are_no_change)
{
    static const struct change k_rows[] = {
        {LANG_EN, "Lemon water cures cancer within 30 days.",
         "My neighbour is 64 and has 3 cats. Lemon water cures cancer within 30 days. Call me at 5 pm or read page 12 of the paper.", ""},
    };
    CHECK_CHANGES(k_rows);
}

TEST(a_word_with_a_digit_has_to_be_the_same)
{
    static const struct change k_rows[] = {
        {LANG_EN, "The 5G network spreads the illness.", "The 5g network spreads the illness.", ""},
        {LANG_EN, "The 5G network spreads the illness.", "The 4G network spreads the illness.", "number"},
        {LANG_EN, "The covid19 vaccine changes genes.", "The covid18 vaccine changes genes.", "number"},
        {LANG_EN, "The covid19 vaccine changes genes.", "The COVID19 vaccine changes genes.", ""},
        {LANG_EN, "The COVID-19 vaccine changes genes.", "The COVID-18 vaccine changes genes.", "number"},
        {LANG_FA, "دکل 5G بیماری را پخش می‌کند", "دکل 4G بیماری را پخش می‌کند", "number"},
    };
    CHECK_CHANGES(k_rows);
}

TEST(a_negation_added_is_noticed)
{
    static const struct change k_rows[] = {
        {LANG_EN, "Lemon water cures cancer quickly.", "Lemon water does not cure cancer quickly.", "added"},
        {LANG_ES, "El limón cura el cáncer de pulmón.", "El limón no cura el cáncer de pulmón.", "added"},
        {LANG_FR, "Le citron guérit le cancer du poumon.", "Le citron ne guérit pas le cancer du poumon.", "added"},
        {LANG_IT, "Il limone guarisce il cancro del polmone.", "Il limone non guarisce il cancro del polmone.", "added"},
        {LANG_ID, "Lemon menyembuhkan kanker paru-paru.", "Lemon tidak menyembuhkan kanker paru-paru.", "added"},
        {LANG_MS, "Lemon menyembuhkan kanser paru-paru.", "Lemon tidak menyembuhkan kanser paru-paru.", "added"},
        {LANG_VI, "Chanh chữa khỏi bệnh ung thư phổi.", "Chanh không chữa khỏi bệnh ung thư phổi.", "added"},
        {LANG_AR, "الليمون يشفي من سرطان الرئة", "الليمون لا يشفي من سرطان الرئة", "added"},
        {LANG_FA, "لیمو سرطان ریه را درمان می‌کند", "لیمو سرطان ریه را درمان نمی‌کند", "added"},
        {LANG_FA, "آلبرت در درس ریاضی مدرسه مردود شد", "آلبرت در درس ریاضی مدرسه مردود نشد", "added"},
        {LANG_FA, "این اتفاق در شهر ما افتاد", "این اتفاق در شهر ما نیفتاد", "name added"},
    };
    CHECK_CHANGES(k_rows);
}

TEST(a_negation_taken_out_is_noticed)
{
    static const struct change k_rows[] = {
        {LANG_EN, "Antibiotics do not work against flu viruses.", "Antibiotics do work against flu viruses.", "removed"},
        {LANG_ES, "Los antibióticos no sirven contra la gripe.", "Los antibióticos sirven contra la gripe.", "removed"},
        {LANG_FR, "La foudre ne tombe jamais deux fois ici.", "La foudre tombe deux fois ici.", "removed"},
        {LANG_VI, "Ngân hàng không yêu cầu mã PIN của khách.", "Ngân hàng yêu cầu mã PIN của khách.", "removed"},
        {LANG_AR, "المضادات الحيوية لا تنفع ضد الفيروسات", "المضادات الحيوية تنفع ضد الفيروسات", "removed"},
        {LANG_FA, "این دارو روی ویروس اثر ندارد", "این دارو روی ویروس اثر دارد", "removed"},
        {LANG_ES, "El banco cobrará si no reenvías el aviso azul.", "El banco cobrará si reenvías el aviso azul.", "removed"},
    };
    CHECK_CHANGES(k_rows);
}

TEST(a_denial_before_or_behind_the_claim_is_noticed)
{
    static const struct change k_rows[] = {
        {LANG_EN, "Lemon water cures cancer quickly.", "It is not true that lemon water cures cancer quickly.", "added"},
        {LANG_EN, "Lemon water cures cancer quickly.", "Lemon water cures cancer quickly, which is not true.", "added"},
        {LANG_ES, "El limón cura el cáncer de pulmón.", "No es cierto que el limón cura el cáncer de pulmón.", "added"},
        {LANG_ES, "Un rayo nunca cae aquí dos veces.", "Un rayo nunca cae aquí dos veces, lo cual no es cierto.", "added"},
        {LANG_ES, "Un rayo nunca cae aquí dos veces.", "No es cierto que un rayo nunca cae aquí dos veces.", "added"},
        {LANG_FA, "فرود روی ماه هرگز اتفاق نیفتاد", "درست نیست که فرود روی ماه هرگز اتفاق نیفتاد", "added"},
        {LANG_FA, "لیمو سرطان ریه را درمان می‌کند", "درست نیست که لیمو سرطان ریه را درمان می‌کند", "added"},
        {LANG_VI, "Chanh chữa khỏi bệnh ung thư phổi.", "Không có chuyện chanh chữa khỏi bệnh ung thư phổi.", "added"},
    };
    CHECK_CHANGES(k_rows);
}

TEST(a_negation_in_the_next_sentence_is_not_held_against_a_copy)
{
    static const struct change k_rows[] = {
        {LANG_EN, "Lemon water cures cancer quickly.", "I can not believe it! Lemon water cures cancer quickly.", ""},
        {LANG_EN, "Lemon water cures cancer quickly.", "Lemon water cures cancer quickly. We never go out on Sundays.", ""},
        {LANG_EN, "Lemon water cures cancer quickly.", "Do not wait.\nLemon water cures cancer quickly", ""},
        {LANG_ES, "El limón cura el cáncer de pulmón.", "¡No esperes! El limón cura el cáncer de pulmón.", ""},
        {LANG_AR, "الليمون يشفي من سرطان الرئة", "هل تعرف هذا؟ لا تنتظر؟ الليمون يشفي من سرطان الرئة", ""},
        {LANG_VI, "Chanh chữa khỏi bệnh ung thư phổi.", "Đừng chờ nữa! Chanh chữa khỏi bệnh ung thư phổi.", ""},
        {LANG_EN, "Not only lemons cure cancer quickly.", "Not only lemons cure cancer quickly.", ""},
    };
    CHECK_CHANGES(k_rows);
}

TEST(another_name_is_noticed)
{
    static const struct change k_rows[] = {
        {LANG_EN, "The towers spread the virus in the city of Wuhan.", "The towers spread the virus in the city of Lagos.", "name"},
        {LANG_EN, "Officials at NASA confirmed the long night.", "Officials at UNESCO confirmed the long night.", "name"},
        {LANG_EN, "The Indian president was vaccinated with salt water.", "The Italian president was vaccinated with salt water.", "name"},
        {LANG_ES, "Las torres propagan el virus en Sevilla.", "Las torres propagan el virus en Bilbao.", "name"},
        {LANG_FA, "دکل‌ها ویروس را در شهر ووهان پخش کردند", "دکل‌ها ویروس را در شهر شیراز پخش کردند", "name"},
        {LANG_AR, "الأبراج تنشر الفيروس في مدينة ووهان", "الأبراج تنشر الفيروس في مدينة القاهرة", "name"},
        {LANG_VI, "Tháp phát sóng lây virus ở thành phố Đà Nẵng", "Tháp phát sóng lây virus ở thành phố Hải Phòng", "name"},
        {LANG_ID, "Menara menyebarkan virus di kota Surabaya", "Menara menyebarkan virus di kota Makassar", "name"},
        {LANG_FR, "Wuhan a caché le virus au monde.", "Lagos a caché le virus au monde.", "name"},
        {LANG_EN, "The virus was hidden by Norway.", "The virus was hidden by Sweden.", "name"},
    };
    CHECK_CHANGES(k_rows);
}

TEST(an_opposite_is_not_taken_for_a_slip)
{
    static const struct change k_rows[] = {
        {LANG_EN, "Most patients in the clinic were vaccinated people.", "Most patients in the clinic were unvaccinated people.", "name"},
        {LANG_EN, "The new pill is effective against malaria.", "The new pill is ineffective against malaria.", "name"},
        {LANG_EN, "Voting by telephone is possible in the valley.", "Voting by telephone is impossible in the valley.", "name"},
        {LANG_EN, "The tax will increase the price of bread.", "The tax will decrease the price of bread.", "name"},
    };
    CHECK_CHANGES(k_rows);
}

TEST(a_name_that_looks_like_another_is_not_taken_for_a_slip)
{
    static const struct change k_rows[] = {
        {LANG_EN, "The towers spread the virus in Gambia.", "The towers spread the virus in Zambia.", "name"},
        {LANG_EN, "The towers spread the virus in Iran.", "The towers spread the virus in Iraq.", "name"},
        {LANG_EN, "The towers spread the virus in Slovakia.", "The towers spread the virus in Slovenia.", "name"},
    };
    CHECK_CHANGES(k_rows);
}

TEST(a_misspelt_name_is_the_same_name)
{
    static const struct change k_rows[] = {
        {LANG_EN, "The towers spread the virus in the city of Wuhan.", "The towers spread the virus in the city of Wuhann.", ""},
        {LANG_EN, "The towers spread the virus in the city of Wuhan.", "The towers spread the virus in the city of W u h a n.", ""},
        {LANG_EN, "The vaccine changes the genes.", "Teh vacccine chnages the genes.", ""},
        {LANG_ES, "La vacuna cambia los genes del niño.", "LA VACUNA CAMBIA LOS GENES DEL NINO.", ""},
        {LANG_AR, "الأبراج تنشر الفيروس في المدينة", "الابراج تنشر الفيروس في المدينه", ""},
    };
    CHECK_CHANGES(k_rows);
}
/* clang-format on */

/* clang-format off */
TEST(a_small_word_that_turns_the_claim_is_noticed)
{
    static const struct change k_rows[] = {
        {LANG_EN, "The flood drowned more than 300 birds in the valley.", "The flood drowned less than 300 birds in the valley.", "name"},
        {LANG_EN, "The plant is open in all countries of the union.", "The plant is open in some countries of the union.", "name"},
        {LANG_EN, "The plant is open in all countries of the union.", "The plant is open in countries of the union.", "name"},
        {LANG_EN, "The plant is open in countries of the union.", "The plant is open in few countries of the union.", "name"},
        {LANG_EN, "After a meal cold water hardens the fat.", "Before a meal cold water hardens the fat.", "name"},
        {LANG_EN, "After a meal cold water hardens the fat.", "It is always so: after a meal cold water hardens the fat.", ""},
        {LANG_ES, "Votaron más de 1.800 personas fallecidas en la provincia", "Votaron menos de 1.800 personas fallecidas en la provincia", "name"},
        {LANG_FR, "Le fisc saisit l'épargne au-dessus de 10 000 euros", "Le fisc saisit l'épargne au-dessous de 10 000 euros", "name"},
        {LANG_FR, "Une commune refuse le scrutin après la fête", "Une commune refuse le scrutin avant la fête", "name"},
        {LANG_IT, "La batteria perde carica dopo il freddo", "La batteria perde carica prima il freddo", "name"},
        {LANG_ID, "Beras dijual di semua pasar kota", "Beras dijual di sebagian pasar kota", "name"},
        {LANG_MS, "Kilang itu membuang minyak selepas hujan", "Kilang itu membuang minyak sebelum hujan", "name"},
        {LANG_VI, "Bệnh lan ra mọi nước ở miền núi", "Bệnh lan ra vài nước ở miền núi", "name"},
        {LANG_VI, "Bệnh lan ra mọi nước ở miền núi", "Benh lan ra moi nuoc o mien nui", ""},
        {LANG_AR, "قتلت العاصفة أكثر من ٥٠ شخصا في الجبال", "قتلت العاصفة أقل من ٥٠ شخصا في الجبال", "name"},
        {LANG_FA, "این قرص بیش از ۸۰ بیمار را درمان می‌کند", "این قرص کمتر از ۸۰ بیمار را درمان می‌کند", "name"},
    };
    CHECK_CHANGES(k_rows);
}
/* clang-format on */

/* clang-format off */
TEST(a_place_or_an_office_put_in_or_left_out_is_noticed)
{
    static const struct change k_rows[] = {
        {LANG_EN, "The minister was arrested in the market of the city.", "The prime minister was arrested in the market of the city.", "name"},
        {LANG_EN, "The minister was arrested in the market of the city.", "the deputy minister was arrested in the market of the city.", "name"},
        {LANG_EN, "The former president was arrested in the market of the city.", "The president was arrested in the market of the city.", "name"},
        {LANG_EN, "President Obama was arrested in the market of the city.", "Ex president Obama was arrested in the market of the city.", "name"},
        {LANG_EN, "President Obama was arrested in the market of the city.", "Our vice sleeps. President Obama was arrested in the market of the city.", ""},
        {LANG_EN, "Doctors found the virus in hospitals of the capital.", "doctors found the virus in syria hospitals of the capital.", "name"},
        {LANG_EN, "The towers of South Korea spread the virus in the city.", "The towers of Korea spread the virus in the city.", "name"},
        {LANG_EN, "Doctors found the virus in hospitals of the capital.", "Syria, today: doctors found the virus in hospitals of the capital.", ""},
        {LANG_ES, "Los médicos hallaron el virus en un hospital", "los médicos de siria hallaron el virus en un hospital", "name"},
        {LANG_FR, "Le ministre a fermé le marché de la ville", "Le vice-ministre a fermé le marché de la ville", "name"},
        {LANG_IT, "Il ministro ha chiuso il mercato della città", "L'ex ministro ha chiuso il mercato della città", "name"},
        {LANG_ID, "Dokter menemukan virus itu di rumah sakit kota", "Dokter Suriah menemukan virus itu di rumah sakit kota", "name"},
        {LANG_MS, "Semalam menteri itu menutup pasar bandar", "Semalam timbalan menteri itu menutup pasar bandar", "name"},
        {LANG_VI, "Hôm qua chủ tịch đóng cửa chợ thành phố", "Hôm qua phó chủ tịch đóng cửa chợ thành phố", "name"},
        {LANG_AR, "عثر الأطباء على الفيروس في المستشفى أمس", "عثر الأطباء بسوريا على الفيروس في المستشفى أمس", "name"},
        {LANG_AR, "أغلق أمس وزير الصحة السوق", "أغلق أمس نائب وزير الصحة السوق", "name"},
        {LANG_FA, "پزشکان ویروس را در بیمارستان یافتند", "پزشکان سوریه ویروس را در بیمارستان یافتند", "name"},
        {LANG_FA, "دیروز وزیر بازار شهر را بست", "دیروز معاون وزیر بازار شهر را بست", "name"},
    };
    CHECK_CHANGES(k_rows);
}

TEST(a_place_that_looks_like_another_is_not_taken_for_a_slip)
{
    static const struct change k_rows[] = {
        {LANG_EN, "The towers spread the virus in Ireland.", "The towers spread the virus in Iceland.", "name"},
        {LANG_AR, "الأبراج تنشر الفيروس في ليبيا", "الأبراج تنشر الفيروس في ليبيريا", "name"},
        {LANG_ID, "Menara menyebarkan virus di kota India", "Menara menyebarkan virus di kota Irlandia", "name"},
    };
    CHECK_CHANGES(k_rows);
}
/* clang-format on */

TEST(a_small_word_put_in_is_named)
{
    struct verdict_on v = verified(LANG_EN, "The plant is open in countries of the union.",
                                   "The plant is open in few countries of the union.");
    assert_int_equal(v.why.n_changed, 1);
    assert_int_equal(v.why.changed[0].claim.n, 0);
    CHECK_TEXT(v.why.changed[0].post, "few");
}

TEST(a_post_that_calls_the_claim_false_is_noticed)
{
    static const struct {
        enum lang lang;
        const char *claim, *post;
        bool refuted;
    } k_rows[] = {
        {LANG_EN, "Lemon water cures cancer.", "HOAX: Lemon water cures cancer.", true},
        {LANG_EN, "Lemon water cures cancer.", "Lemon water cures cancer. False!", true},
        {LANG_EN, "Lemon water cures cancer.", "It is a lie that lemon water cures cancer", true},
        {LANG_EN, "Lemon water cures cancer.", "Lemon water cures cancer.\n\nRating: FALSE", true},
        {LANG_EN, "Lemon water cures cancer.",
         "Lemon water cures cancer. This was debunked by several doctors whom we asked.", true},
        {LANG_EN, "Lemon water cures cancer.", "Lemon water cures cancer", false},
        {LANG_EN, "Lemon water cures cancer.", "This is no hoax: lemon water cures cancer", false},
        {LANG_EN, "A fake cure of lemon water kills.", "A fake cure of lemon water kills.", false},
        {LANG_EN, "Lemon water cures cancer.",
         "Our mayor said on Monday that the report about the bridge is false and the press too. "
         "I think it will rain. Lemon water cures cancer.",
         false},
        {LANG_ES, "El limón cura el cáncer.", "BULO: El limón cura el cáncer.", true},
        {LANG_ES, "El limón cura el cáncer.", "El limón cura el cáncer. No hay pruebas de ello.",
         true},
        {LANG_ID, "Lemon menyembuhkan kanker.", "[SALAH] Lemon menyembuhkan kanker", true},
        {LANG_VI, "Chanh chữa khỏi ung thư.", "Chanh chữa khỏi ung thư.\n\nKết luận: sai", true},
        {LANG_FA, "لیمو سرطان را درمان می‌کند",
         "شایعه: لیمو سرطان را درمان می‌کند", true},
        {LANG_VI, "Chanh chữa khỏi ung thư.", "TIN GIẢ: Chanh chữa khỏi ung thư.", true},
    };
    for (size_t i = 0; i < COUNT_OF(k_rows); i++)
        if (verified(k_rows[i].lang, k_rows[i].claim, k_rows[i].post).why.refuted !=
            k_rows[i].refuted)
            fail_msg("%s", k_rows[i].post);
}

TEST(the_pairs_of_numbers_say_what_stands_for_what)
{
    struct verdict_on v =
        verified(LANG_EN, "The power was cut for 2 hours and 40,000 ballots vanished in 3 towns.",
                 "The power was cut for 2 hours and 50,000 ballots vanished in towns.");
    assert_int_equal(v.why.n_agree, 1);
    CHECK_TEXT(v.why.agree[0].claim, "2 hours");
    CHECK_TEXT(v.why.agree[0].post, "2 hours");
    assert_int_equal(v.why.n_differ, 2);
    CHECK_TEXT(v.why.differ[0].claim, "40,000");
    CHECK_TEXT(v.why.differ[0].post, "50,000");
    CHECK_TEXT(v.why.differ[1].claim, "3");
    assert_int_equal(v.why.differ[1].post.n, 0);
}

TEST(the_words_that_changed_are_named_on_both_sides)
{
    struct verdict_on v = verified(LANG_EN, "The towers spread the virus in the city of Wuhan.",
                                   "The towers spread the virus in the city of Lagos.");
    assert_int_equal(v.why.n_changed, 1);
    CHECK_TEXT(v.why.changed[0].claim, "Wuhan");
    CHECK_TEXT(v.why.changed[0].post, "Lagos");
}

TEST(words_that_stay_neighbours_are_counted)
{
    static const char k_claim[] = "Towers spread the virus everywhere.";
    assert_int_equal(verified(LANG_EN, k_claim, k_claim).pairs, 4);
    assert_int_equal(
        verified(LANG_EN, k_claim, "Everywhere the virus is feared, towers spread fear").pairs, 2);
    assert_int_equal(verified(LANG_EN, k_claim, "A virus may spread from towers").pairs, 0);
    assert_int_equal(verified(LANG_EN, k_claim, "").pairs, 0);
}

TEST(the_span_is_where_the_claim_stands_in_the_post)
{
    static const char k_post[] = "Hello dear readers! Towers spread the virus everywhere. Bye now.";
    struct verdict_on v = verified(LANG_EN, "Towers spread the virus everywhere.", k_post);
    struct view span = view_of(k_post + v.why.span_from, v.why.span_to - v.why.span_from);
    CHECK_TEXT(span, "Towers spread the virus everywhere");
}

TEST(a_post_full_of_numbers_names_only_so_many_pairs)
{
    struct verdict_on v = verified(
        LANG_EN, "Numbers 101 102 103 104 105 106 107 108 109 110 111 112 were drawn by the clerk.",
        "Numbers 201 202 203 204 205 206 207 208 209 210 211 212 were drawn by the clerk.");
    CHECK(v.number_changed);
    CHECK(v.why.n_differ <= 8 && v.why.n_agree <= 8 && v.why.n_changed <= 8 &&
          v.why.n_shared <= 12);
    v = verified(
        LANG_EN, "Numbers 101 102 103 104 105 106 107 108 109 110 111 112 were drawn by the clerk.",
        "Numbers 101 102 103 104 105 106 107 108 109 110 111 912 were drawn by the clerk.");
    CHECK(v.number_changed);
}

TEST(nothing_in_common_gives_no_span_and_no_crash)
{
    struct verdict_on v = verified(LANG_EN, "Towers spread the virus.", "Gute Nacht allerseits");
    assert_int_equal(v.why.n_shared, 0);
    assert_int_equal(v.why.span_from, 0);
    assert_int_equal(v.why.span_to, 0);
    v = verified(LANG_EN, "", "Gute Nacht allerseits");
    CHECK(!v.exact);
    v = verified(LANG_EN, "Towers spread the virus.", "");
    CHECK(!v.exact);
    v = verified(LANG_EN, "", "");
    CHECK(!v.exact);
}

TESTS_AT_DESK(
    s_desk, RUN(the_same_number_written_otherwise_is_no_change), RUN(another_number_is_noticed),
    RUN(a_number_word_that_looks_like_another_is_not_taken_for_a_slip),
    RUN(a_number_left_out_or_put_in_is_noticed), RUN(numbers_elsewhere_in_the_post_are_no_change),
    RUN(a_word_with_a_digit_has_to_be_the_same), RUN(a_negation_added_is_noticed),
    RUN(a_negation_taken_out_is_noticed), RUN(a_denial_before_or_behind_the_claim_is_noticed),
    RUN(a_negation_in_the_next_sentence_is_not_held_against_a_copy), RUN(another_name_is_noticed),
    RUN(an_opposite_is_not_taken_for_a_slip),
    RUN(a_name_that_looks_like_another_is_not_taken_for_a_slip),
    RUN(a_misspelt_name_is_the_same_name), RUN(a_small_word_that_turns_the_claim_is_noticed),
    RUN(a_place_or_an_office_put_in_or_left_out_is_noticed),
    RUN(a_place_that_looks_like_another_is_not_taken_for_a_slip), RUN(a_small_word_put_in_is_named),
    RUN(a_post_that_calls_the_claim_false_is_noticed),
    RUN(the_pairs_of_numbers_say_what_stands_for_what),
    RUN(the_words_that_changed_are_named_on_both_sides),
    RUN(words_that_stay_neighbours_are_counted),
    RUN(the_span_is_where_the_claim_stands_in_the_post),
    RUN(a_post_full_of_numbers_names_only_so_many_pairs),
    RUN(nothing_in_common_gives_no_span_and_no_crash))
