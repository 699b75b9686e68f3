/* SPDX-License-Identifier: Apache-2.0
 * Words of an exact form looked up in compiled tables. The hash is FNV-1a over folded code points,
 * as tools/gen_number_tables.py computes it. */
#include "text/lexicon_int.h"

#include <unicode/uchar.h>

enum { LONGEST_WORD = 40 };
#define HASH_SEED 0xcbf29ce484222325u
#define HASH_PRIME 0x100000001b3u

enum cp_class cp_class_beyond(uint32_t c)
{
    uint32_t mask = U_GET_GC_MASK((UChar32)c);
    if (mask & U_GC_L_MASK) return CP_LETTER;
    if (mask & U_GC_M_MASK) return CP_MARK;
    if (mask & U_GC_ND_MASK) return CP_DIGIT;
    return mask & U_GC_SC_MASK ? CP_SIGN : CP_OTHER;
}

int cp_digit(uint32_t c)
{
    if (c < 0x80) return c - '0' < 10 ? (int)(c - '0') : -1;
    return c < 0x660 ? -1 : (int)u_charDigitValue((UChar32)c);
}

bool cp_is_hyphen(uint32_t c)
{
    return c == '-' || c == 0x2010;
}

bool cp_is_dash(uint32_t c)
{
    return c == '-' || c == '~' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212;
}

bool cp_is_apostrophe(uint32_t c)
{
    return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x2BC || c == '`';
}

bool cp_is_latin(uint32_t c)
{
    return c < 0x250 || (c >= 0x1E00 && c < 0x1F00);
}

/* Letters that Arabic and Persian keyboards write differently; 0 for what is skipped. */
static inline uint32_t fold(uint32_t c)
{
    return c - 0x600 < 0x100 ? k_arabic_folded[c - 0x600] : c;
}

static inline uint64_t mixed(uint64_t hash, uint32_t c)
{
    uint32_t folded = fold(c);
    return folded ? (hash ^ folded) * HASH_PRIME : hash;
}

static inline const struct lexicon_slot *find(const struct lexicon *lx, uint64_t key)
{
    uint32_t at = (uint32_t)(key >> 32) & lx->mask;
    for (; lx->slots[at].key; at = (at + 1) & lx->mask)
        if (lx->slots[at].key == key) return &lx->slots[at];
    return NULL;
}

/* A sign, with the letter of "°c". */
static uint32_t read_sign(const struct form *f, uint32_t i, uint64_t *hash)
{
    bool degree = f->cp[i] == 0xB0;
    *hash = mixed(*hash, f->cp[i++]);
    if (degree && i < f->n && cp_class_of(f->cp[i]) == CP_LETTER)
        if (i + 1 == f->n || cp_class_of(f->cp[i + 1]) != CP_LETTER)
            *hash = mixed(*hash, f->cp[i++]);
    return i;
}

/* End of the word or sign at i; *hash goes on from what it was. *out_plain: whether it is nothing
 * but letters and marks, which every table reads in the same way. */
static uint32_t read_word(const struct lexicon *lx, const struct form *f, uint32_t i,
                          uint64_t *hash, bool *out_plain)
{
    *out_plain = false;
    if (cp_class_of(f->cp[i]) == CP_SIGN) return read_sign(f, i, hash);
    bool latin = cp_is_latin(f->cp[i]), plain = true;
    uint64_t h = *hash;
    uint32_t j = i;
    for (bool digits = false; j < f->n; j++) {
        uint32_t c = f->cp[j];
        enum cp_class class = cp_class_of(c);
        if (LIKELY(class == CP_LETTER || class == CP_MARK)) {
            h = j - i < LONGEST_WORD ? mixed(h, c) : 1;
            continue;
        }
        plain &= !latin || (class != CP_DIGIT && class != CP_SIGN);
        if (class == CP_DIGIT && latin && !digits) {
            const struct lexicon_slot *slot = find(lx, h);
            if (slot && slot->stops_at_digit) break;
            digits = true;
        } else if (class == CP_SIGN && latin && c != '%') {
            /* "us$", "m€": with the sign when the table knows it so */
            uint64_t with = mixed(h, c);
            if (!find(lx, with)) break;
            h = with;
            j++;
            break;
        } else if (class != CP_DIGIT || !latin) {
            break;
        }
        h = j - i < LONGEST_WORD ? mixed(h, c) : 1;
    }
    *hash = h;
    *out_plain = plain;
    return j;
}

/* The word or sign at i by itself. */
static uint32_t first_word(const struct lexicon *lx, const struct form *f, struct read_word *words,
                           uint32_t i, uint64_t *out_hash)
{
    *out_hash = HASH_SEED;
    if (words && words[i].end) {
        *out_hash = words[i].hash;
        return words[i].end;
    }
    bool plain;
    uint32_t end = read_word(lx, f, i, out_hash, &plain);
    if (words && plain) words[i] = (struct read_word){*out_hash, end};
    return end;
}

static bool joins_words(const struct form *f, uint32_t i)
{
    if (i + 1 >= f->n) return false;
    uint32_t c = f->cp[i];
    if (c != ' ' && !cp_is_hyphen(c) && !cp_is_apostrophe(c)) return false;
    return cp_class_of(f->cp[i + 1]) == CP_LETTER;
}

struct word_hit lexicon_at(const struct lexicon *lx, const struct form *f, struct read_word *words,
                           uint32_t i)
{
    uint64_t hash;
    uint32_t end = first_word(lx, f, words, i, &hash);
    struct word_hit hit = {.from = i, .end = end, .word_end = end};
    const struct lexicon_slot *slot = find(lx, hash);
    if (!slot) return hit;
    hit.at = slot->at;
    bool plain;
    for (uint8_t more = slot->more; more && joins_words(f, end); more--) {
        hash = mixed(hash, ' ');
        end = read_word(lx, f, end + 1, &hash, &plain);
        slot = find(lx, hash);
        if (!slot) {
            /* a longer phrase may still have these words in its middle: none of ours has an
               unknown beginning, the generator enters every beginning */
            break;
        }
        if (slot->at) {
            hit.at = slot->at;
            hit.end = end;
        }
    }
    return hit;
}

struct word_hit lexicon_at_cut(const struct lexicon *lx, const struct form *f,
                               struct read_word *words, uint32_t i)
{
    struct word_hit whole = lexicon_at(lx, f, words, i);
    uint32_t c = f->cp[i];
    if (whole.at || c < 0x627 || c > 0x6A9 || whole.word_end - i < 3) return whole;
    uint32_t j = i;
    bool wa = c == 0x648, li = c == 0x644;
    if (wa || li || c == 0x641 || c == 0x628 || c == 0x643) j++;
    struct word_hit cut = whole;
    if (j > i) cut = lexicon_at(lx, f, words, j);
    bool article = fold(f->cp[j]) == 0x627 && whole.word_end - j > 3 && f->cp[j + 1] == 0x644;
    if (!cut.at && article)
        cut = lexicon_at(lx, f, words, j + 2);
    else if (!cut.at && li && f->cp[j] == 0x644 && whole.word_end - j > 2)
        cut = lexicon_at(lx, f, words, j + 1);
    if (!cut.at) return whole;
    cut.from = i;
    cut.and_before = wa;
    cut.cut = true;
    return cut;
}
