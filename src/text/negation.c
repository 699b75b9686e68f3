/* SPDX-License-Identifier: Apache-2.0
 *
 * Negation cues. What counts is how often a sentence is turned round, so a negation that is said
 * twice is one cue: "ne … pas", "no … nada", "non … mai", "هیچ … نیست". The table
 * (tables/negation.tsv) says which words repeat; here is only how far they reach.
 */
#include "text/lexicon_int.h"
#include "text/negation_int.h"
#include "text/text_int.h"

enum {
    REACH = 8,      /* words between a negation and its repetition */
    OPEN_REACH = 6, /* words between "ne" and "pas" or "que" */
};

struct found {
    struct negation *list;
    uint32_t n, room;
    struct arena *mem;
    uint32_t word;      /* words seen */
    uint32_t last_word; /* of the latest cue of this sentence, 0 = none; counted from 1 */
    bool last_weak;     /* the latest cue only repeats, a real one may replace it */
    uint32_t open_word; /* of a "ne" that waits, 0 = none */
};

static rc put(struct found *found, const struct form *f, uint32_t from, uint32_t end, bool weak)
{
    if (found->n == found->room) {
        uint32_t room = found->room ? found->room * 2 : 8;
        struct negation *grown;
        TRY(arena_array_raw(found->mem, room, &grown));
        for (uint32_t k = 0; k < found->n; k++)
            grown[k] = found->list[k];
        found->list = grown;
        found->room = room;
    }
    found->list[found->n++] = (struct negation){f->from[from], form_behind(f, end)};
    found->last_word = found->word;
    found->last_weak = weak;
    return OK;
}

static bool is_near(const struct found *found)
{
    return found->last_word && found->word - found->last_word <= REACH;
}

/* A real cue: takes the place of one before it that only repeats. */
static rc put_real(struct found *found, const struct form *f, uint32_t from, uint32_t end)
{
    if (is_near(found) && found->last_weak) found->n--;
    return put(found, f, from, end, false);
}

static uint32_t cp_or_zero(const struct form *f, uint32_t i)
{
    return i < f->n ? f->cp[i] : 0;
}

static bool is_letter(const struct form *f, uint32_t i)
{
    return i < f->n && cp_class_of(f->cp[i]) == CP_LETTER;
}

/* "don't": the end of it, or 0 when no "'t" follows. */
static uint32_t end_of_nt(const struct form *f, uint32_t end)
{
    if (!cp_is_apostrophe(cp_or_zero(f, end)) || cp_or_zero(f, end + 1) != 't') return 0;
    return is_letter(f, end + 2) ? 0 : end + 2;
}

/* "No. 5", "№ 5": a number's name, no negation. */
static bool is_numbering(const struct form *f, const struct word_hit *hit)
{
    if (hit->end - hit->from != 2 || f->cp[hit->from] != 'n' || f->cp[hit->from + 1] != 'o')
        return false;
    uint32_t i = hit->end;
    if (cp_or_zero(f, i) == '.') i++;
    if (cp_or_zero(f, i) == ' ') i++;
    return i < f->n && cp_class_of(f->cp[i]) == CP_DIGIT;
}

static bool is_question_tag(const struct form *f, uint32_t end)
{
    if (cp_or_zero(f, end) == ' ') end++;
    return cp_or_zero(f, end) == '?' || cp_or_zero(f, end) == 0x61F;
}

/* Persian "نمی" written onto a verb that is not in the table. */
static bool is_persian_prefix(const struct form *f, const struct word_hit *hit)
{
    uint32_t i = hit->from;
    if (hit->word_end - i < 5 || f->cp[i] != 0x646 || f->cp[i + 1] != 0x645) return false;
    return f->cp[i + 2] == 0x6CC || f->cp[i + 2] == 0x64A;
}

static bool is_open(const struct found *found)
{
    return found->open_word && found->word - found->open_word <= OPEN_REACH;
}

/* "ne" counts at once; what follows may take it back, but not from "aucune étude ne montre que". */
static rc put_open(struct found *found, const struct form *f, const struct word_hit *hit)
{
    bool closed = is_near(found) && found->last_weak;
    if (hit->end - hit->from == 1 && !cp_is_apostrophe(cp_or_zero(f, hit->end))) return OK;
    TRY(put_real(found, f, hit->from, hit->end));
    found->open_word = closed ? 0 : found->word;
    return OK;
}

static void end_sentence(struct found *found)
{
    found->last_word = found->open_word = 0;
}

static rc put_cue(struct found *found, const struct form *f, const struct word_hit *hit)
{
    struct cue_word cue = k_cue_words[hit->at - 1];
    if ((cue.flags & CUE_QUESTION) && is_question_tag(f, hit->end)) return OK;
    uint32_t nt_end;
    switch ((enum cue_kind)cue.kind) {
    case CUE_NEGATE: return is_numbering(f, hit) ? OK : put_real(found, f, hit->from, hit->end);
    case CUE_NT:
        nt_end = end_of_nt(f, hit->end);
        return nt_end ? put_real(found, f, hit->from, nt_end) : OK;
    case CUE_OPEN: return put_open(found, f, hit);
    case CUE_CONCORD: return is_near(found) ? OK : put(found, f, hit->from, hit->end, true);
    case CUE_CLOSE:
        if (is_open(found))
            found->open_word = 0;
        else if ((cue.flags & CUE_ALONE) && !is_near(found))
            return put(found, f, hit->from, hit->end, true);
        return OK;
    case CUE_ONLY:
        if (is_open(found)) {
            found->n--;
            found->open_word = found->last_word = 0;
        }
        return OK;
    case CUE_CLAUSE: end_sentence(found); return OK;
    case CUE_REFUTE:
    case CUE_SHIELD:
    case CUE_NONE: break;
    }
    return OK;
}

/* A clause at least: "…, which is not true" denies for itself what "never" before it denies. */
static bool ends_sentence(const struct form *f, uint32_t i)
{
    uint32_t c = f->cp[i];
    if (c == ',' || c == 0x60C) return i + 1 == f->n || f->cp[i + 1] == ' ';
    if (c == '!' || c == '?' || c == ';' || c == 0x61F || c == 0x61B) return true;
    return c == '.' && (i + 1 == f->n || f->cp[i + 1] == ' ');
}

rc find_negations(const struct form *exact, enum lang lang, struct read_word *words,
                  struct arena *mem, const struct negation **out, uint32_t *out_n)
{
    const struct lexicon *lx = &k_negation_lexicon[lang];
    struct found found = {.mem = mem};
    uint32_t i = 0;
    while (i < exact->n) {
        if (cp_class_of(exact->cp[i]) != CP_LETTER) {
            if (ends_sentence(exact, i)) end_sentence(&found);
            i++;
            continue;
        }
        struct word_hit hit = lexicon_at(lx, exact, words, i);
        found.word++;
        if (hit.at)
            TRY(put_cue(&found, exact, &hit));
        else if (lang == LANG_FA && is_persian_prefix(exact, &hit))
            TRY(put_real(&found, exact, hit.from, hit.end));
        i = hit.end;
    }
    *out = found.list;
    *out_n = found.n;
    return OK;
}

rc find_refutations(const struct form *exact, enum lang lang, struct read_word *words,
                    struct arena *mem, const struct negation **out, uint32_t *out_n)
{
    const struct lexicon *lx = &k_refutation_lexicon[lang];
    struct found found = {.mem = mem};
    uint32_t i = 0;
    while (i < exact->n) {
        if (cp_class_of(exact->cp[i]) != CP_LETTER) {
            i++;
            continue;
        }
        struct word_hit hit = lexicon_at_cut(lx, exact, words, i);
        if (hit.at) TRY(put(&found, exact, hit.from, hit.end, false));
        i = hit.end;
    }
    *out = found.list;
    *out_n = found.n;
    return OK;
}
