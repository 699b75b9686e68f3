/* SPDX-License-Identifier: Apache-2.0
 * Which text rules a bank was built with. Its keys are those of folded and stemmed words, so a bank
 * only answers well when posts are folded and stemmed in the same way. Instead of a number that
 * somebody must remember to raise, the image keeps a fingerprint of what the rules do to sentences
 * that use them. */
#include "bank/bank_int.h"

static const struct {
    enum lang lang;
    const char *text;
} k_probes[] = {
    {LANG_EN,
     "The 3 VACCINES weren't tested on 1,500 children (50 %), scientists said… ｆｕｌｌ 𝐛𝐨𝐥𝐝"},
    {LANG_EN,
     "fr33 m0n3y f r e e sooooo gооd #HashTag — NASA (@NASA_Mars) https://one.example/a?b=c"},
    {LANG_AR, "لم يُعلِن المُستشفياتُ عن ٣٫٥ مليون لقاحٍ مجاني في الأسابيع القادمة إلى المدارس"},
    {LANG_FA,
     "كتاب‌های دانش‌آموزان مي‌گويند ۱۲ هزار نفر واکسن "
     "نزده‌اند "
     "و "
     "بیمارستانها "
     "تعطیل نیست"},
    {LANG_VI, "Hoà bình: nước muối không chữa khỏi 2,5 triệu người bệnh đậu mùa ở thành phố"},
    {LANG_ES, "Los científicos españoles no descubrieron vacunas peligrosas el 12 de mayo"},
    {LANG_FR, "L'école n'a pas brûlé 10 000 bulletins aujourd'hui, disent les œuvres"},
    {LANG_ID, "Pemerintah membagikan bantuan uang sebesar 600 ribu rupiah kepada masyarakat"},
    {LANG_MS, "Kerajaan mengumumkan pemberian wang tunai RM500 kepada rakyat Malaysia"},
    {LANG_IT, "Gli scienziati italiani non hanno scoperto vaccini pericolosi nell'acqua"},
    {LANG_OTHER, "Учёные не нашли вакцину İstanbul Straße 温盐水十二天 ภาษาไทย"},
};

static uint64_t mixed(uint64_t sum, uint64_t x)
{
    sum = (sum ^ x) * 0x9E3779B97F4A7C15u;
    return sum ^ sum >> 29;
}

rc text_rules(uint32_t *out)
{
    struct arena mem CLEANUP(arena_done);
    uint64_t sum = 0;
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_probes); i++) {
        struct text text;
        arena_reset(&mem);
        TRY(text_read(view_cstr(k_probes[i].text), k_probes[i].lang, NULL, &mem, &text));
        for (uint32_t t = 0; t < text.n_tokens; t++) {
            uint32_t keys[2] = {0, 0};
            (void)token_keys(&text.tokens[t], text.lang, true, keys);
            sum = mixed(sum, (uint64_t)keys[0] << 32 | keys[1]);
            sum = mixed(sum, text.tokens[t].folded_key + token_speaks(&text.tokens[t]));
        }
        for (uint32_t c = 0; c < text.skeleton.n; c++)
            sum = mixed(sum, text.skeleton.cp[c]);
    }
    *out = (uint32_t)(sum >> 32);
    return OK;
}
