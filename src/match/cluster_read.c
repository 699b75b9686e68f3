/* SPDX-License-Identifier: Apache-2.0
 * A post becomes what folding compares: grams, words, numbers, words that negate. */
#include "kern/kern.h"
#include "match/cluster_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 512, MAX_NUMBERS = 64, MAX_DIGITS = 24 };

/* ---- distinct values, ascending ---- */

/* Eight bits at a time; for few values by insertion. */
static void sort_u32(uint32_t *values, uint32_t *spare, uint32_t n)
{
    enum { FEW = 48 };
    if (n <= FEW) {
        for (uint32_t i = 1; i < n; i++) {
            uint32_t x = values[i], j = i;
            for (; j > 0 && values[j - 1] > x; j--)
                values[j] = values[j - 1];
            values[j] = x;
        }
        return;
    }
    for (uint32_t shift = 0; shift < 32; shift += 8) {
        uint32_t count[257] = {0};
        for (uint32_t i = 0; i < n; i++)
            count[(values[i] >> shift & 255) + 1]++;
        for (uint32_t i = 0; i < 256; i++)
            count[i + 1] += count[i];
        for (uint32_t i = 0; i < n; i++)
            spare[count[values[i] >> shift & 255]++] = values[i];
        memcpy(values, spare, n * sizeof *values);
    }
}

static uint32_t distinct(uint32_t *values, uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || values[kept - 1] != values[i]) values[kept++] = values[i];
    return kept;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct cluster_number));
}

/* ---- the parts ---- */

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static rc read_grams(const struct form *skeleton, uint32_t max_letters, struct arena *mem,
                     struct cluster_digest *d)
{
    uint32_t *grams, *spare;
    uint32_t n = skeleton->n < max_letters ? skeleton->n : max_letters;
    TRY(arena_array_raw(mem, (size_t)n + 1, &grams));
    TRY(arena_array_raw(mem, (size_t)n + 1, &spare));
    d->n_letters = n;
    n = kern()->hash_ngrams(skeleton->cp, n, CLUSTER_GRAM, grams);
    sort_u32(grams, spare, n);
    d->n_grams = distinct(grams, n);
    d->grams = grams;
    d->minhash = UINT32_MAX;
    for (uint32_t i = 0; i < d->n_grams; i++) {
        uint32_t h = (uint32_t)mix(grams[i]);
        if (h < d->minhash) d->minhash = h;
    }
    return OK;
}

/* Words with any of these flags; 0: all. */
static rc read_words(const struct text *text, uint32_t flags, struct arena *mem,
                     const uint32_t **out, uint32_t *out_n)
{
    uint32_t *words, *spare, n = 0;
    TRY(arena_array_raw(mem, (size_t)text->n_tokens + 1, &words));
    TRY(arena_array_raw(mem, (size_t)text->n_tokens + 1, &spare));
    for (uint32_t i = 0; i < text->n_tokens && n < MAX_WORDS; i++) {
        const struct token *t = &text->tokens[i];
        if (token_speaks(t) && (flags == 0 || (t->flags & flags)))
            words[n++] = (uint32_t)(t->folded_key >> 32);
    }
    sort_u32(words, spare, n);
    *out_n = distinct(words, n);
    *out = words;
    return OK;
}

/* Where reading stands: tokens, skeleton and numbers are in the order of the source. */
struct cursor {
    const struct text *text;
    uint32_t letter, number;
    bool leet; /* so many words have digits that they may be letters */
};

/* Digits of a word; 0 when it has none. */
static uint32_t copy_digits(struct view word, uint8_t out[MAX_DIGITS])
{
    uint32_t n = 0;
    for (size_t i = 0; i < word.n && n < MAX_DIGITS; i++)
        if (word.p[i] >= '0' && word.p[i] <= '9') out[n++] = word.p[i];
    return n;
}

static bool is_leet_text(const struct text *text)
{
    enum { MOST = 2 };
    uint8_t digits[MAX_DIGITS];
    uint32_t n = 0;
    for (uint32_t i = 0; i < text->n_tokens && n <= MOST; i++)
        n += text->tokens[i].kind == TOKEN_WORD && copy_digits(text->tokens[i].folded, digits) > 0;
    return n > MOST;
}

/* The number that covers a token, NULL when none does. */
static const struct number *number_at(struct cursor *at, const struct token *t)
{
    const struct text *text = at->text;
    while (at->number < text->n_numbers && text->numbers[at->number].to <= t->from)
        at->number++;
    if (at->number == text->n_numbers) return NULL;
    const struct number *n = &text->numbers[at->number];
    return n->from <= t->from && n->to >= t->to ? n : NULL;
}

/* Scale and unit of a number: what multiplies its digits. 0: nothing does. */
static uint32_t scale_of(const struct number *n, const struct token *t)
{
    char digits[40];
    if (!n || n->kind == NUMBER_DATE || t->folded.n >= sizeof digits) return 0;
    memcpy(digits, t->folded.p, t->folded.n);
    digits[t->folded.n] = 0;
    double written = strtod(digits, NULL);
    double scale = written > 0 ? fabs(n->value / written) : 1;
    if (fabs(scale - 1) < 1e-9 || scale < 1e-30) return 0;
    return (uint32_t)mix((uint64_t)llround(log2(scale) * 1024)) | 1;
}

static uint32_t digits_key(struct view digits)
{
    while (digits.n > 1 && digits.p[0] == '0')
        digits = view_slice(digits, 1, digits.n);
    return (uint32_t)(text_key(digits) >> 32);
}

/* Digits that the skeleton kept as digits; those it read as letters are a disguise. */
static uint32_t digits_in_word(struct cursor *at, const struct token *t)
{
    const struct form *skeleton = &at->text->skeleton;
    uint8_t digits[MAX_DIGITS];
    size_t n = 0;
    while (at->letter < skeleton->n && skeleton->from[at->letter] < t->from)
        at->letter++;
    for (uint32_t i = at->letter; i < skeleton->n && skeleton->from[i] < t->to && n < MAX_DIGITS;
         i++)
        if (skeleton->cp[i] >= '0' && skeleton->cp[i] <= '9')
            digits[n++] = (uint8_t)skeleton->cp[i];
    return n ? digits_key(view_of(digits, n)) : 0;
}

/* "5G", "G7": the skeleton reads such digits as letters, people do not. */
static bool read_short_name(const struct cursor *at, const struct token *t,
                            struct cluster_number *out)
{
    enum { LETTERS = 2 };
    uint8_t digits[MAX_DIGITS];
    if (at->leet || t->kind != TOKEN_WORD) return false;
    uint32_t n = copy_digits(t->folded, digits);
    if (n == 0 || t->folded.n > n + LETTERS) return false;
    *out =
        (struct cluster_number){digits_key(view_of(digits, n)), 0, (uint32_t)(t->folded_key >> 32)};
    return true;
}

/* False when the token is no number. Of spelled ones only single words count: what words say
 * together is torn apart by disguises. */
static bool read_number(struct cursor *at, const struct token *t, struct cluster_number *out)
{
    uint32_t digits = digits_in_word(at, t);
    const struct number *n = number_at(at, t);
    if (digits && t->kind == TOKEN_NUMBER) {
        *out = (struct cluster_number){digits_key(t->folded), scale_of(n, t), 0};
    } else if (digits) {
        *out = (struct cluster_number){digits, 0, 0};
    } else if (n && n->spelled && n->from == t->from && n->to == t->to) {
        char shown[32];
        size_t length = json_format_double(n->value, shown);
        *out = (struct cluster_number){digits_key(view_of(shown, length)), 0,
                                       (uint32_t)(t->folded_key >> 32)};
    } else {
        return read_short_name(at, t, out);
    }
    return true;
}

static rc read_numbers(const struct text *text, struct arena *mem, struct cluster_digest *d)
{
    struct cluster_number *numbers;
    struct cursor at = {.text = text, .leet = is_leet_text(text)};
    uint32_t n = 0, kept = 0;
    TRY(arena_array_raw(mem, MAX_NUMBERS, &numbers));
    for (uint32_t i = 0; i < text->n_tokens && n < MAX_NUMBERS; i++) {
        const struct token *t = &text->tokens[i];
        if (!token_speaks(t)) continue;
        n += read_number(&at, t, &numbers[n]);
    }
    if (n) qsort(numbers, n, sizeof *numbers, by_bytes);
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || by_bytes(&numbers[kept - 1], &numbers[i]) != 0)
            numbers[kept++] = numbers[i];
    d->n_numbers = kept;
    d->numbers = numbers;
    return OK;
}

static uint64_t key_of(const struct form *skeleton, struct view text,
                       const struct cluster_digest *d)
{
    uint64_t key = d->n_cues;
    for (uint32_t i = 0; i < skeleton->n; i++)
        key = (key ^ skeleton->cp[i]) * 0x100000001b3u + 1;
    for (uint32_t i = 0; i < d->n_words; i++)
        key = mix(key ^ d->words[i]);
    for (uint32_t i = 0; i < d->n_numbers; i++)
        key = mix(key ^ ((uint64_t)d->numbers[i].digits << 32 | d->numbers[i].scale));
    return skeleton->n ? mix(key) : text_key(view_trim(text));
}

rc cluster_read(struct view source, enum lang lang, const struct cluster_limits *limits,
                struct arena *mem, struct cluster_digest *out)
{
    struct text text;
    struct form skeleton;
    if (!limits) limits = &k_cluster_limits;
    TRY(text_read(source, lang, &limits->text, mem, &text));
    struct cluster_digest d = {.lang = text.lang};
    skeleton = text.skeleton;
    if (text_looks_like_telex(&text))
        TRY(text_skeleton_telex(source, &limits->text, mem, &skeleton));
    TRY(read_grams(&skeleton, limits->max_letters, mem, &d));
    TRY(read_words(&text, 0, mem, &d.words, &d.n_words));
    TRY(read_words(&text, TOKEN_NEGATES, mem, &d.cues, &d.n_cues));
    TRY(read_numbers(&text, mem, &d));
    d.key = key_of(&skeleton, source, &d);
    *out = d;
    return OK;
}
