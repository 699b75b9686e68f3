/* SPDX-License-Identifier: Apache-2.0
 * Words: keys, word lists, stems.
 *
 * Snowball (libstemmer) for en es fr id it, and ms by its Indonesian rules; own affix tables for
 * Arabic and Persian; none for Vietnamese, whose stem is the exact word with its tone at the end.
 */
#include "text/tables_int.h"
#include "text/text_int.h"

#include <libstemmer.h>
#include <string.h>

/* Longer words are not stemmed: no language has them, and the stemmers copy. */
enum { STEM_BYTES = 128 };

uint64_t text_key(struct view utf8)
{
    uint64_t h = KEY_SEED;
    for (size_t i = 0; i < utf8.n; i++)
        h = key_add(h, utf8.p[i]);
    return key_end(h);
}

const struct known_word *word_known(uint64_t key)
{
    static const struct known_word k_unknown = {0};
    for (uint32_t at = (uint32_t)key & k_known_words_mask; k_known_words[at].key;
         at = (at + 1) & k_known_words_mask)
        if (k_known_words[at].key == key) return &k_known_words[at];
    return &k_unknown;
}

/* ---- Affix tables ------------------------------------------------------------------------ */

static size_t letters_of(struct view v)
{
    size_t n = 0;
    for (size_t i = 0; i < v.n; i++)
        n += (v.p[i] & 0xC0) != 0x80;
    return n;
}

static bool take_affix(const struct affix *table, uint32_t n, bool prefix, struct view *word)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct affix *a = &table[i];
        struct view text = view_of(a->text, a->n_bytes);
        if (a->prefix != prefix || word->n <= text.n) continue;
        if (!(prefix ? view_starts(*word, text) : view_ends(*word, text))) continue;
        struct view rest = view_slice(*word, prefix ? text.n : 0, word->n - text.n);
        if (letters_of(rest) < a->letters_left) continue;
        *word = rest;
        return true;
    }
    return false;
}

static bool is_kept(enum lang lang, struct view word)
{
    return (word_known(text_key(word))->kept >> lang & 1) != 0;
}

static struct view stem_by_affixes(enum lang lang, const struct affix *table, uint32_t n,
                                   struct view word)
{
    static const bool k_prefix_steps[] = {true, false, false};
    for (size_t i = 0; i < COUNT_OF(k_prefix_steps) && !is_kept(lang, word); i++)
        (void)take_affix(table, n, k_prefix_steps[i], &word);
    return word;
}

/* ---- Snowball ---------------------------------------------------------------------------- */

static const char *const k_snowball[LANG_COUNT] = {
    [LANG_EN] = "english",    [LANG_ES] = "spanish", [LANG_FR] = "french",
    [LANG_ID] = "indonesian", [LANG_IT] = "italian", [LANG_MS] = "indonesian",
};

void stems_done(struct stems *s)
{
    if (s->snowball) sb_stemmer_delete(s->snowball);
    s->snowball = NULL;
}

/* The word as the stemmer likes it: with its accents, put back where they are often left out. */
static size_t with_accents(const struct stems *s, const uint32_t *exact, uint32_t n, bool accented,
                           struct view folded, uint8_t out[STEM_BYTES + 8])
{
    size_t used = 0;
    if (accented) {
        for (uint32_t i = 0; i < n && used < STEM_BYTES; i++)
            used += utf8_put(exact[i] & ~SILENT, out + used);
        return used;
    }
    memcpy(out, folded.p, folded.n);
    for (uint32_t i = 0; i < k_n_accents; i++) {
        struct view plain = view_cstr(k_accents[i].plain);
        if (k_accents[i].lang != s->lang || !view_ends(folded, plain)) continue;
        struct view accent = view_cstr(k_accents[i].accented);
        memcpy(out + folded.n - plain.n, accent.p, accent.n);
        return folded.n - plain.n + accent.n;
    }
    return folded.n;
}

/* Folds a stem, so that it has no accents whatever it came from. */
static rc fold_stem(struct view stem, struct arena *mem, struct view *out)
{
    uint8_t *p;
    TRY(arena_bytes(mem, stem.n * 4, &p));
    size_t n = 0;
    for (size_t pos = 0; pos < stem.n;) {
        uint32_t c = utf8_next(stem, &pos), entry = fold_of(c);
        const uint32_t *sequence = k_sequences + entry_payload(entry);
        switch (fold_kind_of(entry)) {
        case FOLD_SELF: n += utf8_put(c, p + n); break;
        case FOLD_ONE: n += utf8_put(entry_payload(entry), p + n); break;
        case FOLD_DROP: break;
        case FOLD_SEQUENCE:
            for (uint32_t i = 1; i <= sequence[0]; i++)
                n += utf8_put(sequence[i], p + n);
        }
    }
    *out = view_of(p, n);
    return OK;
}

static rc stem_by_snowball(struct stems *s, const uint32_t *exact, uint32_t n_exact, bool accented,
                           struct view folded, struct arena *mem, struct view *out)
{
    if (!s->snowball) s->snowball = sb_stemmer_new(k_snowball[s->lang], "UTF_8");
    if (!s->snowball) return FAIL(E_MEMORY, "text: no memory for a stemmer");
    uint8_t word[STEM_BYTES + 8];
    size_t n = with_accents(s, exact, n_exact, accented, folded, word);
    const sb_symbol *stem = sb_stemmer_stem(s->snowball, word, (int)n);
    if (!stem) return FAIL(E_MEMORY, "text: no memory to stem a word");
    struct view raw = view_of(stem, (size_t)sb_stemmer_length(s->snowball));
    if (view_eq(raw, folded)) {
        *out = folded;
        return OK;
    }
    return fold_stem(raw, mem, out);
}

/* ---- Vietnamese -------------------------------------------------------------------------- */

static const struct tone *tone_of(uint32_t c)
{
    uint32_t low = 0, high = k_n_tones;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (k_tones[middle].letter < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low < k_n_tones && k_tones[low].letter == c ? &k_tones[low] : NULL;
}

static rc stem_vietnamese(const uint32_t *exact, uint32_t n, struct arena *mem, struct view *out)
{
    uint8_t *p;
    TRY(arena_bytes(mem, (size_t)n * 4 + 4, &p));
    size_t used = 0;
    uint32_t mark = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct tone *tone = exact[i] < 0x80 ? NULL : tone_of(exact[i]);
        if (tone) mark = tone->mark;
        used += utf8_put(tone ? tone->vowel : exact[i] & ~SILENT, p + used);
    }
    if (mark) used += utf8_put(mark, p + used);
    *out = view_of(p, used);
    return OK;
}

rc stem_word(struct stems *s, const uint32_t *exact, uint32_t n_exact, bool accented,
             struct view folded, struct arena *mem, struct view *out)
{
    *out = folded;
    if (s->lang == LANG_VI) return accented ? stem_vietnamese(exact, n_exact, mem, out) : OK;
    if (folded.n > STEM_BYTES || (accented && n_exact * 4 > STEM_BYTES)) return OK;
    if (s->lang == LANG_AR) *out = stem_by_affixes(LANG_AR, k_affixes_ar, k_n_affixes_ar, folded);
    if (s->lang == LANG_FA) *out = stem_by_affixes(LANG_FA, k_affixes_fa, k_n_affixes_fa, folded);
    if (!k_snowball[s->lang]) return OK;
    return stem_by_snowball(s, exact, n_exact, accented, folded, mem, out);
}
