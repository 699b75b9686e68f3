/* SPDX-License-Identifier: Apache-2.0
 * Which language a text is in: by script and function words, which is quick and works on a line;
 * CLD2 where they say too little. Indonesian and Malay are told apart by the words of id_ms.tsv. */
#include "text/tables_int.h"
#include "text/text_int.h"

enum { LOOK_AT = 4096 /* code points */, WORD_BYTES = 64, WHOLE = 60 /* weight of a sure word */ };

static const struct {
    const char *tag;
    enum lang lang;
} k_tags[] = {
    {"ar", LANG_AR},  {"en", LANG_EN},  {"es", LANG_ES},       {"fa", LANG_FA},  {"fr", LANG_FR},
    {"id", LANG_ID},  {"it", LANG_IT},  {"ms", LANG_MS},       {"vi", LANG_VI},  {"in", LANG_ID},
    {"ara", LANG_AR}, {"arb", LANG_AR}, {"eng", LANG_EN},      {"spa", LANG_ES}, {"fas", LANG_FA},
    {"per", LANG_FA}, {"pes", LANG_FA}, {"prs", LANG_FA},      {"fra", LANG_FR}, {"fre", LANG_FR},
    {"ind", LANG_ID}, {"ita", LANG_IT}, {"msa", LANG_MS},      {"may", LANG_MS}, {"zsm", LANG_MS},
    {"zlm", LANG_MS}, {"vie", LANG_VI}, {"und", LANG_UNKNOWN},
};

enum lang lang_from_tag(struct view tag)
{
    uint8_t low[4] = {0};
    size_t n = 0;
    for (; n < tag.n && tag.p[n] != '-' && tag.p[n] != '_'; n++) {
        if (n == sizeof low - 1) return LANG_OTHER;
        uint8_t c = tag.p[n];
        low[n] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
    }
    if (n == 0) return LANG_UNKNOWN;
    for (size_t i = 0; i < COUNT_OF(k_tags); i++)
        if (view_eq(view_of(low, n), view_cstr(k_tags[i].tag))) return k_tags[i].lang;
    return LANG_OTHER;
}

const char *lang_tag(enum lang lang)
{
    static const char *const k_names[LANG_COUNT] = {"und", "ar", "en", "es", "fa", "fr",
                                                    "id",  "it", "ms", "vi", "und"};
    return (unsigned)lang < LANG_COUNT ? k_names[lang] : "und";
}

bool lang_is_rtl(enum lang lang)
{
    return lang == LANG_AR || lang == LANG_FA;
}

/* ---- Evidence ---------------------------------------------------------------------------- */

struct evidence {
    uint32_t latin, arabic, vietnamese, other; /* letters */
    uint32_t words;
    uint32_t score[LANG_COUNT]; /* function words, WHOLE each if of one language only */
    uint32_t tells_id, tells_ms;
};

/* Of a word its keys in the making. */
struct word {
    uint64_t exact, folded;
    uint32_t n_exact, n_folded; /* bytes */
    bool other;                 /* the folded one is not the exact one */
};
static const struct word k_no_word = {.exact = KEY_SEED, .folded = KEY_SEED};

static bool has(unsigned mask, enum lang lang)
{
    return (mask >> lang & 1) != 0;
}

/* Indonesian and Malay share most function words: together they count as one. */
static void note_word(struct evidence *e, struct word *w)
{
    if (w->n_exact == 0) return;
    const struct known_word *exact = word_known(key_end(w->exact));
    const struct known_word *folded = w->other ? word_known(key_end(w->folded)) : exact;
    unsigned mask = exact->stop | folded->stop;
    if (!has(exact->stop, LANG_VI)) mask &= ~(1u << LANG_VI);
    e->tells_id += has(folded->tells, LANG_ID) && !has(folded->tells, LANG_MS);
    e->tells_ms += has(folded->tells, LANG_MS) && !has(folded->tells, LANG_ID);
    bool malay = has(mask, LANG_ID) || has(mask, LANG_MS);
    unsigned n = malay;
    for (unsigned lang = LANG_AR; lang <= LANG_OTHER && mask; lang++)
        n += lang != LANG_ID && lang != LANG_MS && has(mask, (enum lang)lang);
    for (unsigned lang = LANG_AR; lang <= LANG_OTHER && n; lang++)
        if (has(mask, (enum lang)lang)) e->score[lang] += WHOLE / (n * n);
    e->words++;
    *w = k_no_word;
}

/* Letters that Persian has and Arabic has not, and the other way round. */
static void note_arabic(struct evidence *e, uint32_t c)
{
    static const uint32_t k_persian[] = {0x67E, 0x686, 0x698, 0x6AF};
    static const uint32_t k_arabic[] = {0x629, 0x623, 0x625, 0x649};
    e->arabic++;
    for (size_t i = 0; i < COUNT_OF(k_persian); i++) {
        if (c == k_persian[i]) e->score[LANG_FA] += WHOLE / 2;
        if (c == k_arabic[i]) e->score[LANG_AR] += WHOLE / 4;
    }
}

static inline void add_letter(uint64_t *key, uint32_t *inout_n, uint32_t c)
{
    uint8_t bytes[4];
    uint32_t n = put_short(c, bytes);
    for (uint32_t i = 0; i < n; i++)
        *key = key_add(*key, bytes[i]);
    *inout_n += n;
}

static inline void note_letter(struct evidence *e, struct word *w, uint32_t c)
{
    unsigned class = class_of(c);
    if (class & CLASS_ARABIC)
        note_arabic(e, c);
    else if (class & CLASS_LATIN)
        e->latin++;
    else if (class & CLASS_LETTER)
        e->other++;
    e->vietnamese += (class & CLASS_VIETNAMESE) != 0;
    if (w->n_exact + 4 > WORD_BYTES || w->n_folded + 4 > WORD_BYTES) return;
    add_letter(&w->exact, &w->n_exact, c);
    uint32_t entry = fold_of(c);
    enum fold_kind kind = fold_kind_of(entry);
    w->other |= kind != FOLD_SELF;
    if (kind == FOLD_SELF) add_letter(&w->folded, &w->n_folded, c);
    if (kind == FOLD_ONE) add_letter(&w->folded, &w->n_folded, entry_payload(entry));
}

static void collect(const struct form *exact, struct evidence *e)
{
    struct word w = k_no_word;
    uint32_t n = exact->n < LOOK_AT ? exact->n : LOOK_AT;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = exact->cp[i] & ~SILENT;
        if (class_of(c) & (CLASS_LETTER | CLASS_MARK))
            note_letter(e, &w, c);
        else
            note_word(e, &w);
    }
    note_word(e, &w);
}

/* ---- Decision ---------------------------------------------------------------------------- */

static enum lang indonesian_or_malay(const struct evidence *e)
{
    return e->tells_ms > e->tells_id ? LANG_MS : LANG_ID;
}

static enum lang settle(enum lang lang, const struct evidence *e)
{
    return lang == LANG_ID || lang == LANG_MS ? indonesian_or_malay(e) : lang;
}

/* The best of the scores and, in *out_sure, whether it is far enough ahead. */
static enum lang best_score(const struct evidence *e, bool *out_sure)
{
    enum lang best = LANG_UNKNOWN;
    uint32_t top = 0, second = 0;
    for (unsigned i = LANG_AR; i <= LANG_OTHER; i++) {
        uint32_t score = e->score[i];
        if (i == LANG_MS) continue;
        if (i == LANG_ID && e->score[LANG_MS] > score) score = e->score[LANG_MS];
        if (score > top) {
            second = top;
            top = score;
            best = (enum lang)i;
        } else if (score > second) {
            second = score;
        }
    }
    *out_sure = top >= 2 * WHOLE && top >= 2 * second && top * 12 >= e->words * WHOLE;
    return top > second ? best : LANG_UNKNOWN;
}

/* CLD2 gets the exact form: well-formed, and without the disguises that would lead it astray. */
static enum lang ask_cld2(const struct form *exact)
{
    enum { ASK = 1024 };
    uint8_t utf8[ASK * 4 + CLD2_BEHIND];
    size_t used = 0;
    for (uint32_t i = 0; i < exact->n && i < ASK; i++)
        used += utf8_put(exact->cp[i] & ~SILENT, utf8 + used);
    return cld2_detect(utf8, used);
}

enum lang detect_exact(const struct form *exact)
{
    struct evidence e = {0};
    collect(exact, &e);
    uint32_t letters = e.latin + e.arabic + e.other;
    if (letters == 0) return LANG_UNKNOWN;
    if (e.latin * 2 > letters && e.vietnamese >= 2 && e.vietnamese * 12 >= e.latin) return LANG_VI;
    bool sure;
    enum lang best = best_score(&e, &sure);
    if (sure && e.other * 2 < letters) return settle(best, &e);
    enum lang found = ask_cld2(exact);
    if (found == LANG_UNKNOWN && best != LANG_UNKNOWN && e.other * 2 < letters) found = best;
    if (found == LANG_UNKNOWN && e.other * 2 > letters) found = LANG_OTHER;
    return settle(found, &e);
}

enum lang text_detect_lang(struct view utf8)
{
    struct arena mem;
    arena_init(&mem, 0);
    struct form exact;
    enum lang lang = LANG_UNKNOWN;
    struct view head = view_slice(utf8, 0, (size_t)LOOK_AT * 4);
    if (ok(exact_form(head, &mem, &exact))) lang = detect_exact(&exact);
    arena_done(&mem);
    return lang;
}
