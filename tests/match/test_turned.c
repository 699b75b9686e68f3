/* SPDX-License-Identifier: Apache-2.0
 * Posts that take over a claim whole and say something else by a small word or by order alone. */
#include "desk.h"

enum { MOST_POSTS = 20 };

struct claim {
    const char *lang, *text, *posts[MOST_POSTS];
};

/* clang-format off */
static const struct claim k_rows[] = {
    {"en", "Doctors in Hanoi confirmed on Monday that the new vaccine caused 12 deaths among nurses at the city hospital.",
     {"Doctors in Hanoi confirmed on Monday that the new vaccine may have caused 12 deaths among nurses at the city hospital.",
      "Doctors in Hanoi confirmed on Monday that the new vaccine allegedly caused 12 deaths among nurses at the city hospital.",
      "Doctors in Hanoi refused to confirm on Monday that the new vaccine caused 12 deaths among nurses at the city hospital.",
      "Doctors in Hanoi confirmed on Monday that the new vaccine will cause 12 deaths among nurses at the city hospital."}},
    {"en", "Russia sold weapons worth 3 billion dollars to Iran before the war began in the spring of last year, according to a leaked report of the ministry of defence.",
     {"Russia sold weapons worth 3 billion dollars against Iran before the war began in the spring of last year, according to a leaked report of the ministry of defence.",
      "Russia sold weapons worth 3 billion dollars to Iran before the war began in the spring of this year, according to a leaked report of the ministry of defence."}},
    {"en", "Taking vitamin D every day lowers the risk of heart attack in women over fifty more than aspirin does.",
     {"Taking vitamin D every day might lower the risk of heart attack in women over fifty more than aspirin does.",
      "Taking vitamin D every day can lower the risk of heart attack in women over fifty more than aspirin does."}},
    {"en", "The president was shot by his own bodyguard in the garden of the palace on Sunday evening.",
     {"The president shot his own bodyguard in the garden of the palace on Sunday evening.",
      "The son of the president was shot by his own bodyguard in the garden of the palace on Sunday evening.",
      "The vice president was shot by his own bodyguard in the garden of the palace on Sunday evening.",
      "The president was shot by his own bodyguard outside the garden of the palace on Sunday evening."}},
    {"en", "The mosque in Lyon was burned down by protesters from the far right last night and two people were injured.",
     {"The mosque in Lyon was burned down despite protesters from the far right last night and two people were injured."}},
    {"en", "The new vaccine cures malaria in every child of the northern valley within a few weeks.",
     {"The new vaccine does n\xd0\xbet cure malaria in every child of the northern valley within a few weeks.",
      "The new vaccine n-o-t cures malaria in every child of the northern valley within a few weeks.",
      "The new vaccine does n.o.t cure malaria in every child of the northern valley within a few weeks."}},
    {"es", "La vacuna nueva cura la malaria en todos los niños del valle del norte en pocas semanas.",
     {"La vacuna nueva n\xd0\xbe cura la malaria en todos los niños del valle del norte en pocas semanas."}},
    {"es", "El ministro de Salud de Perú confirmó el lunes que la vacuna nueva causó 12 muertes entre enfermeras del hospital central.",
     {"El ministro de Salud de Perú confirmó el lunes que la vacuna nueva podría haber causado 12 muertes entre enfermeras del hospital central.",
      "El ministro de Salud de Perú confirmó el lunes que la vacuna nueva supuestamente causó 12 muertes entre enfermeras del hospital central.",
      "La esposa del ministro de Salud de Perú confirmó el lunes que la vacuna nueva causó 12 muertes entre enfermeras del hospital central."}},
    {"es", "Rusia vendió armas por 3 mil millones de dólares a Irán antes de la guerra según un informe filtrado del ministerio de Defensa.",
     {"Rusia quiso vender armas por 3 mil millones de dólares a Irán antes de la guerra según un informe filtrado del ministerio de Defensa.",
      "Rusia vendió armas por 3 mil millones de dólares contra Irán antes de la guerra según un informe filtrado del ministerio de Defensa."}},
    {"es", "El presidente fue asesinado por su propio guardaespaldas en el jardín del palacio el domingo.",
     {"El presidente asesinó a su propio guardaespaldas en el jardín del palacio el domingo.",
      "El hijo del presidente fue asesinado por su propio guardaespaldas en el jardín del palacio el domingo.",
      "El presidente fue asesinado por su propio guardaespaldas fuera del jardín del palacio el domingo."}},
    {"fr", "Le ministre de la Santé du Mali a confirmé lundi que le nouveau vaccin a causé 12 décès parmi les infirmières de l'hôpital central.",
     {"Le ministre de la Santé du Mali a confirmé lundi que le nouveau vaccin aurait causé 12 décès parmi les infirmières de l'hôpital central.",
      "Le ministre de la Santé du Mali a confirmé lundi que le nouveau vaccin pourrait avoir causé 12 décès parmi les infirmières de l'hôpital central.",
      "L'ancien ministre de la Santé du Mali a confirmé lundi que le nouveau vaccin a causé 12 décès parmi les infirmières de l'hôpital central.",
      "La femme du ministre de la Santé du Mali a confirmé lundi que le nouveau vaccin a causé 12 décès parmi les infirmières de l'hôpital central.",
      "Le ministre de la Santé du Mali a refusé de confirmer lundi que le nouveau vaccin a causé 12 décès parmi les infirmières de l'hôpital central."}},
    {"fr", "La Russie a vendu des armes pour 3 milliards de dollars à l'Iran avant la guerre selon un rapport secret du ministère de la Défense.",
     {"L'Iran a vendu des armes pour 3 milliards de dollars à la Russie avant la guerre selon un rapport secret du ministère de la Défense."}},
    {"fr", "Le président a été tué par son garde du corps dans le jardin du palais dimanche soir.",
     {"Le président a tué son garde du corps dans le jardin du palais dimanche soir.",
      "Le fils du président a été tué par son garde du corps dans le jardin du palais dimanche soir.",
      "Le président a failli être tué par son garde du corps dans le jardin du palais dimanche soir.",
      "Le président a été tué par son garde du corps devant le jardin du palais dimanche soir."}},
    {"it", "Il ministro della Salute ha confermato lunedì che il nuovo vaccino ha causato 12 morti tra le infermiere dell'ospedale centrale di Torino.",
     {"Il ministro della Salute ha confermato lunedì che il nuovo vaccino potrebbe aver causato 12 morti tra le infermiere dell'ospedale centrale di Torino.",
      "Il ministro della Salute ha confermato lunedì che il nuovo vaccino avrebbe causato 12 morti tra le infermiere dell'ospedale centrale di Torino.",
      "L'ex ministro della Salute ha confermato lunedì che il nuovo vaccino ha causato 12 morti tra le infermiere dell'ospedale centrale di Torino.",
      "La moglie del ministro della Salute ha confermato lunedì che il nuovo vaccino ha causato 12 morti tra le infermiere dell'ospedale centrale di Torino.",
      "Il ministro della Salute ha rifiutato di confermare lunedì che il nuovo vaccino ha causato 12 morti tra le infermiere dell'ospedale centrale di Torino."}},
    {"it", "La Russia ha venduto armi per 3 miliardi di dollari all'Iran prima della guerra secondo un rapporto segreto del ministero della Difesa.",
     {"La Russia ha tentato di vendere armi per 3 miliardi di dollari all'Iran prima della guerra secondo un rapporto segreto del ministero della Difesa."}},
    {"id", "Menteri Kesehatan mengumumkan pada hari Senin bahwa vaksin baru menyebabkan 12 kematian perawat di rumah sakit pusat Surabaya.",
     {"Menteri Kesehatan mengumumkan pada hari Senin bahwa vaksin baru mungkin menyebabkan 12 kematian perawat di rumah sakit pusat Surabaya.",
      "Menteri Kesehatan mengumumkan pada hari Senin bahwa vaksin baru diduga menyebabkan 12 kematian perawat di rumah sakit pusat Surabaya.",
      "Mantan Menteri Kesehatan mengumumkan pada hari Senin bahwa vaksin baru menyebabkan 12 kematian perawat di rumah sakit pusat Surabaya.",
      "Istri Menteri Kesehatan mengumumkan pada hari Senin bahwa vaksin baru menyebabkan 12 kematian perawat di rumah sakit pusat Surabaya.",
      "Menteri Kesehatan menolak mengumumkan pada hari Senin bahwa vaksin baru menyebabkan 12 kematian perawat di rumah sakit pusat Surabaya.",
      "Wakil Menteri Kesehatan mengumumkan pada hari Senin bahwa vaksin baru menyebabkan 12 kematian perawat di rumah sakit pusat Surabaya."}},
    {"id", "Rusia menjual senjata senilai 3 miliar dolar kepada Iran sebelum perang menurut laporan rahasia kementerian pertahanan.",
     {"Rusia gagal menjual senjata senilai 3 miliar dolar kepada Iran sebelum perang menurut laporan rahasia kementerian pertahanan.",
      "Rusia dijual senjata senilai 3 miliar dolar kepada Iran sebelum perang menurut laporan rahasia kementerian pertahanan."}},
    {"id", "Presiden ditembak oleh pengawalnya sendiri di taman istana pada hari Minggu malam.",
     {"Anak presiden ditembak oleh pengawalnya sendiri di taman istana pada hari Minggu malam."}},
    {"ms", "Menteri Kesihatan mengumumkan pada hari Isnin bahawa vaksin baharu menyebabkan 12 kematian jururawat di hospital besar Ipoh.",
     {"Menteri Kesihatan mengumumkan pada hari Isnin bahawa vaksin baharu mungkin menyebabkan 12 kematian jururawat di hospital besar Ipoh.",
      "Menteri Kesihatan mengumumkan pada hari Isnin bahawa vaksin baharu dipercayai menyebabkan 12 kematian jururawat di hospital besar Ipoh.",
      "Bekas Menteri Kesihatan mengumumkan pada hari Isnin bahawa vaksin baharu menyebabkan 12 kematian jururawat di hospital besar Ipoh.",
      "Isteri Menteri Kesihatan mengumumkan pada hari Isnin bahawa vaksin baharu menyebabkan 12 kematian jururawat di hospital besar Ipoh.",
      "Menteri Kesihatan enggan mengumumkan pada hari Isnin bahawa vaksin baharu menyebabkan 12 kematian jururawat di hospital besar Ipoh."}},
    {"ms", "Presiden ditembak oleh pengawalnya sendiri di taman istana pada malam Ahad.",
     {"Anak presiden ditembak oleh pengawalnya sendiri di taman istana pada malam Ahad."}},
    {"vi", "Bộ trưởng Y tế xác nhận hôm thứ Hai rằng vắc-xin mới đã gây ra 12 ca tử vong của y tá tại bệnh viện trung ương Huế.",
     {"Bộ trưởng Y tế xác nhận hôm thứ Hai rằng vắc-xin mới có thể đã gây ra 12 ca tử vong của y tá tại bệnh viện trung ương Huế.",
      "Cựu Bộ trưởng Y tế xác nhận hôm thứ Hai rằng vắc-xin mới đã gây ra 12 ca tử vong của y tá tại bệnh viện trung ương Huế.",
      "Vợ Bộ trưởng Y tế xác nhận hôm thứ Hai rằng vắc-xin mới đã gây ra 12 ca tử vong của y tá tại bệnh viện trung ương Huế.",
      "Thứ trưởng Bộ Y tế xác nhận hôm thứ Hai rằng vắc-xin mới đã gây ra 12 ca tử vong của y tá tại bệnh viện trung ương Huế.",
      "Bộ trưởng Y tế từ chối xác nhận hôm thứ Hai rằng vắc-xin mới đã gây ra 12 ca tử vong của y tá tại bệnh viện trung ương Huế.",
      "Bộ trưởng Y tế xác nhận hôm thứ Hai rằng vắc-xin mới sẽ gây ra 12 ca tử vong của y tá tại bệnh viện trung ương Huế."}},
    {"vi", "Nga bán vũ khí trị giá 3 tỷ đô la cho Iran trước chiến tranh theo một báo cáo mật của bộ quốc phòng.",
     {"Nga định bán vũ khí trị giá 3 tỷ đô la cho Iran trước chiến tranh theo một báo cáo mật của bộ quốc phòng.",
      "Nga bàn vũ khí trị giá 3 tỷ đô la cho Iran trước chiến tranh theo một báo cáo mật của bộ quốc phòng.",
      "Nga suýt bán vũ khí trị giá 3 tỷ đô la cho Iran trước chiến tranh theo một báo cáo mật của bộ quốc phòng."}},
    {"vi", "Tổng thống bị vệ sĩ của mình bắn trong vườn dinh thự vào tối Chủ nhật.",
     {"Con trai Tổng thống bị vệ sĩ của mình bắn trong vườn dinh thự vào tối Chủ nhật.",
      "Tổng thống suýt bị vệ sĩ của mình bắn trong vườn dinh thự vào tối Chủ nhật.",
      "Phó Tổng thống bị vệ sĩ của mình bắn trong vườn dinh thự vào tối Chủ nhật."}},
    {"ar", "أعلن وزير الصحة المصري يوم الاثنين أن اللقاح الجديد تسبب في وفاة 12 ممرضة في المستشفى المركزي بمدينة طنطا.",
     {"أعلن وزير الصحة المصري يوم الاثنين أن اللقاح الجديد ربما تسبب في وفاة 12 ممرضة في المستشفى المركزي بمدينة طنطا.",
      "أعلن زوجة وزير الصحة المصري يوم الاثنين أن اللقاح الجديد تسبب في وفاة 12 ممرضة في المستشفى المركزي بمدينة طنطا.",
      "أعلن نائب وزير الصحة المصري يوم الاثنين أن اللقاح الجديد تسبب في وفاة 12 ممرضة في المستشفى المركزي بمدينة طنطا."}},
    {"ar", "باعت روسيا أسلحة بقيمة 3 مليارات دولار إلى إيران قبل الحرب وفق تقرير سري لوزارة الدفاع.",
     {"باعت روسيا أسلحة بقيمة 3 مليارات دولار ضد إيران قبل الحرب وفق تقرير سري لوزارة الدفاع.",
      "باعت روسيا أسلحة بقيمة 3 مليارات دولار من إيران قبل الحرب وفق تقرير سري لوزارة الدفاع.",
      "ما باعت روسيا أسلحة بقيمة 3 مليارات دولار إلى إيران قبل الحرب وفق تقرير سري لوزارة الدفاع."}},
    {"ar", "قتل الرئيس حارسه الشخصي في حديقة القصر مساء يوم الأحد بعد خلاف طويل بينهما.",
     {"قتل ابن الرئيس حارسه الشخصي في حديقة القصر مساء يوم الأحد بعد خلاف طويل بينهما.",
      "قتل الرئيس حارسه الشخصي خارج حديقة القصر مساء يوم الأحد بعد خلاف طويل بينهما.",
      "قتل نائب الرئيس حارسه الشخصي في حديقة القصر مساء يوم الأحد بعد خلاف طويل بينهما."}},
    {"fa", "وزیر بهداشت روز دوشنبه اعلام کرد که واکسن جدید باعث مرگ ۱۲ پرستار در بیمارستان مرکزی شیراز شد.",
     {"وزیر بهداشت روز دوشنبه اعلام کرد که واکسن جدید احتمالا باعث مرگ ۱۲ پرستار در بیمارستان مرکزی شیراز شد.",
      "وزیر بهداشت روز دوشنبه اعلام کرد که واکسن جدید ممکن است باعث مرگ ۱۲ پرستار در بیمارستان مرکزی شیراز شد.",
      "همسر وزیر بهداشت روز دوشنبه اعلام کرد که واکسن جدید باعث مرگ ۱۲ پرستار در بیمارستان مرکزی شیراز شد.",
      "معاون وزیر بهداشت روز دوشنبه اعلام کرد که واکسن جدید باعث مرگ ۱۲ پرستار در بیمارستان مرکزی شیراز شد.",
      "وزیر سابق بهداشت روز دوشنبه اعلام کرد که واکسن جدید باعث مرگ ۱۲ پرستار در بیمارستان مرکزی شیراز شد.",
      "وزیر بهداشت روز دوشنبه اعلام کرد که واکسن جدید باعث مرگ ۱۲ پرستار در بیمارستان مرکزی شیراز خواهد شد."}},
    {"fa", "روسیه پیش از جنگ سه میلیارد دلار سلاح به ایران فروخت، بر اساس گزارش محرمانه وزارت دفاع.",
     {"روسیه پیش از جنگ سه میلیارد دلار سلاح از ایران فروخت، بر اساس گزارش محرمانه وزارت دفاع."}},
    {"fa", "رئیس جمهور یکشنبه شب در باغ کاخ به دست محافظ خود کشته شد.",
     {"پسر رئیس جمهور یکشنبه شب در باغ کاخ به دست محافظ خود کشته شد.",
      "رئیس جمهور سابق یکشنبه شب در باغ کاخ به دست محافظ خود کشته شد."}},
    {"en", "The bridge between Lagos and Ibadan was closed because of an explosion at 7 am on 3 May 2019.",
     {"If the bridge between Lagos and Ibadan was closed because of an explosion at 7 am on 3 May 2019."}},
    {"es", "La mitad de los alumnos de la escuela rural perdió el año porque el gobierno cerró las aulas durante 8 meses en 2020.",
     {"La mitad de los alumnos de la escuela rural perdió el año aunque el gobierno cerró las aulas durante 8 meses en 2020."}},
    {"it", "Metà degli alunni della scuola rurale ha ripetuto l'anno perché il governo ha chiuso le aule per 8 mesi nel 2020.",
     {"Metà degli alunni della scuola rurale ha ripetuto l'anno benché il governo ha chiuso le aule per 8 mesi nel 2020."}},
    {"fr", "La moitié des élèves de l'école rurale a redoublé parce que le gouvernement a fermé les classes pendant 8 mois en 2020.",
     {"La moitié des élèves de l'école rurale a redoublé bien que le gouvernement a fermé les classes pendant 8 mois en 2020."}},
    {"id", "Separuh siswa sekolah desa tinggal kelas karena pemerintah menutup kelas selama 8 bulan pada 2020.",
     {"Separuh siswa sekolah desa tinggal kelas meskipun pemerintah menutup kelas selama 8 bulan pada 2020."}},
    {"vi", "Một nửa học sinh trường làng ở lại lớp vì chính phủ đóng cửa lớp học 8 tháng trong năm 2020.",
     {"Một nửa học sinh trường làng ở lại lớp dù chính phủ đóng cửa lớp học 8 tháng trong năm 2020."}},
    {"ar", "فازت مصر على تونس بهدفين في نهائي الدوحة بسبب خطأ الحارس.",
     {"فازت مصر على تونس بهدفين في نهائي الدوحة رغم خطأ الحارس."}},
    {"fa", "نیمی از دانش‌آموزان مدرسه روستا مردود شدند چون دولت کلاس‌ها را هشت ماه در سال ۱۳۹۹ بست.",
     {"نیمی از دانش‌آموزان مدرسه روستا مردود شدند با اینکه دولت کلاس‌ها را هشت ماه در سال ۱۳۹۹ بست."}},
    {"id", "Polisi Medan menangkap seorang guru yang meracuni kopi sembilan rekannya.",
     {"Polisi Medan menangkap seorang guru yang dituduh meracuni kopi sembilan rekannya."}},
    {"fa", "پلیس مشهد معلمی را بازداشت کرد که قهوه نه همکارش را مسموم کرده بود.",
     {"پلیس مشهد معلمی را بازداشت کرد که متهم است قهوه نه همکارش را مسموم کرده بود."}},
};
/* clang-format on */

static struct desk s_desk;
static struct buf s_lines[COUNT_OF(k_rows)];

static void open_rows(void)
{
    const char *claims[COUNT_OF(k_rows)];
    for (size_t i = 0; i < COUNT_OF(k_rows); i++) {
        CHECK_OK(buf_addf(&s_lines[i], "{\"id\":\"%zu\",\"lang\":\"%s\",\"text\":\"%s\"}", i,
                          k_rows[i].lang, k_rows[i].text));
        CHECK_OK(buf_add_byte(&s_lines[i], 0));
        claims[i] = (const char *)s_lines[i].p;
    }
    desk_open_items(&s_desk, claims, COUNT_OF(k_rows));
}

static void close_rows(void)
{
    desk_close(&s_desk);
    for (size_t i = 0; i < COUNT_OF(k_rows); i++)
        buf_done(&s_lines[i]);
}

static bool is_confirmed(size_t claim, const char *post)
{
    char id[24];
    snprintf(id, sizeof id, "%zu", claim);
    struct answer a = desk_ask(&s_desk, post);
    const struct hit *h = hit_of(&a, id);
    return h && h->tier == TIER_CONFIRMED;
}

TEST(a_claim_that_was_turned_by_a_small_word_or_by_order_is_never_confirmed)
{
    size_t wrong = 0;
    open_rows();
    for (size_t i = 0; i < COUNT_OF(k_rows); i++) {
        CHECK(is_confirmed(i, k_rows[i].text));
        for (size_t k = 0; k < MOST_POSTS && k_rows[i].posts[k]; k++) {
            if (!is_confirmed(i, k_rows[i].posts[k])) continue;
            print_message("confirmed: %s\n", k_rows[i].posts[k]);
            wrong++;
        }
    }
    close_rows();
    assert_int_equal(wrong, 0);
}

TEST(what_turns_a_claim_does_so_in_its_own_sentence_only)
{
    open_rows();
    static const char *const k_before[] = {"Last night I saw my brother. ",
                                           "Maybe: ", "From Reuters! ", "From\n"};
    for (size_t i = 0; i < COUNT_OF(k_before); i++) {
        char post[512];
        snprintf(post, sizeof post, "%s%s", k_before[i], k_rows[0].text);
        if (!is_confirmed(0, post)) fail_msg("not confirmed: %s", post);
    }
    close_rows();
}

int main(void)
{
    const struct CMUnitTest k_tests[] = {
        RUN(a_claim_that_was_turned_by_a_small_word_or_by_order_is_never_confirmed),
        RUN(what_turns_a_claim_does_so_in_its_own_sentence_only),
    };
    return cmocka_run_group_tests(k_tests, NULL, NULL);
}
