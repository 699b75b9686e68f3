/* SPDX-License-Identifier: Apache-2.0
 * Words that a post changed: names and other telling words, and the small ones that turn a claim
 * round ("more" for "less", "some" for "all", "vice president" for "president"). */
#include "match/match_int.h"

struct view token_as_written(const struct text *text, const struct token *token)
{
    return view_slice(text->source, token->from, token->to - token->from);
}

bool covered_by_number(const struct text *text, const struct token *t)
{
    for (uint32_t i = 0; i < text->n_numbers; i++)
        if (text->numbers[i].from <= t->from && t->to <= text->numbers[i].to) return true;
    return false;
}

struct changes {
    const struct alignment *a;
    const struct text *claim, *post;
    float least; /* weight of a telling word */
    struct word_pair *pairs;
    struct verdict_on *v;
};

static bool telling(const struct part *p, float least)
{
    return p->mate == NO_MATE && !(p->token->flags & TOKEN_STOP) && !p->has_digit &&
           p->weight >= least;
}

static double mean_weight(const struct alignment *a)
{
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_claim; i++) {
        if (a->claim[i].token->flags & TOKEN_STOP) continue;
        sum += (double)a->claim[i].weight;
        n++;
    }
    return n ? sum / n : 0;
}

static void add_changed(struct changes *c, struct view claim, struct view post)
{
    struct why *why = &c->v->why;
    if (why->n_changed < MAX_PAIRS) c->pairs[why->n_changed++] = (struct word_pair){claim, post};
}

/* First unmet telling word of the post's side of a gap from *inout_at on. */
static struct view replacement(const struct changes *c, const struct gap *g, uint32_t *inout_at)
{
    for (uint32_t j = *inout_at; j < g->post_to; j++) {
        const struct part *p = &c->a->post[j];
        if (p->mate != NO_MATE || p->has_digit || (p->token->flags & TOKEN_STOP)) continue;
        *inout_at = j + 1;
        return token_as_written(c->post, p->token);
    }
    return view_of(NULL, 0);
}

/* ---- small words, places and offices that turn a claim round ---- */

/* What a number or a negation covers is compared there. */
static bool turns(const struct text *text, const struct part *p)
{
    return p->mate == NO_MATE && (p->token->flags & TOKEN_TURNS) &&
           !(p->token->flags & TOKEN_NEGATES) && !covered_by_number(text, p->token);
}

/* Next unmet turning word of the post's side of a gap; empty when there is none. */
static struct view next_turn(const struct changes *c, const struct gap *g, uint32_t *inout_at)
{
    while (*inout_at < g->post_to) {
        const struct part *p = &c->a->post[(*inout_at)++];
        if (turns(c->post, p)) return token_as_written(c->post, p->token);
    }
    return view_of(NULL, 0);
}

/* "The wife of" or "ex" before a claim about a minister, "perhaps" before any: in its sentence, not
 * in one that ended. */
static bool leads_into(const struct changes *c, const struct gap *g, uint32_t word)
{
    const struct text *post = c->post;
    if (g->claim_from > 0 || g->post_to >= c->a->n_post) return false;
    uint32_t to = c->a->post[g->post_to].token->from;
    for (uint32_t at = c->a->post[word].token->to; at < to; at++)
        if (sentence_mark(post->source, at) > 0) return false;
    return true;
}

/* At the edge a post that is only a part may have left a word out, and what surrounds a claim may
 * have words of its own; between two words that met both are changes. */
static void turns_in_gap(struct changes *c, const struct gap *g)
{
    bool edge = g->claim_from == 0 || g->claim_to == c->a->n_claim;
    bool whole = c->v->why.claim_share >= LEAST_WHOLE_SHARE;
    uint32_t at = g->post_from;
    for (uint32_t i = g->claim_from; i < g->claim_to; i++) {
        if (!turns(c->claim, &c->a->claim[i])) continue;
        struct view word = next_turn(c, g, &at);
        if (word.n == 0 && edge && !whole) continue;
        c->v->name_changed = true;
        if (!telling(&c->a->claim[i], c->least))
            add_changed(c, token_as_written(c->claim, c->a->claim[i].token), word);
    }
    for (struct view word; (word = next_turn(c, g, &at)).n > 0;) {
        if (edge && !leads_into(c, g, at - 1)) continue;
        c->v->name_changed = true;
        add_changed(c, view_of(NULL, 0), word);
    }
}

/* ---- all changed words ---- */

static void telling_in_gap(struct changes *c, const struct gap *g)
{
    uint32_t at = g->post_from, turn_at = g->post_from;
    for (uint32_t i = g->claim_from; i < g->claim_to; i++) {
        const struct part *p = &c->a->claim[i];
        if (!telling(p, c->least) || covered_by_number(c->claim, p->token)) continue;
        struct view word = replacement(c, g, &at);
        /* "every" for "some", which is no telling word. */
        if (word.n == 0 && turns(c->claim, p)) word = next_turn(c, g, &turn_at);
        c->v->name_changed |= word.n > 0;
        add_changed(c, token_as_written(c->claim, p->token), word);
    }
}

/* ---- words that met and yet say something else ---- */

/* Indonesian and Malay "di-", the passive, which stems alike: "menjual" sells, "dijual" is sold. */
static bool passive_of_other(const struct token *a, const struct token *b)
{
    return a->folded_key != b->folded_key &&
           view_starts(a->folded, VIEW("di")) != view_starts(b->folded, VIEW("di"));
}

/* Letters of Vietnamese, one for one those of the folded form: nothing disguised, nothing repeated.
 */
static bool plainly_written(const struct token *t)
{
    size_t at = 0, folded_at = 0;
    while (at < t->exact.n && folded_at < t->folded.n) {
        uint32_t letter = utf8_next(t->exact, &at);
        if (letter >= 0x250 && (letter < 0x1E00 || letter > 0x1EFF)) return false;
        utf8_next(t->folded, &folded_at);
    }
    return at == t->exact.n && folded_at == t->folded.n;
}

/* Vietnamese words of other tones are other words; one without tones is typed without. */
static bool other_tones(const struct token *a, const struct token *b)
{
    return a->exact_key && b->exact_key && a->exact_key != b->exact_key && plainly_written(b);
}

static void other_forms(struct changes *c)
{
    enum lang lang = c->claim->lang;
    for (uint32_t i = 0; i < c->a->n_claim; i++) {
        const struct part *p = &c->a->claim[i];
        if (p->mate == NO_MATE || p->slip) continue;
        const struct token *post = c->a->post[p->mate].token;
        bool passive = (lang == LANG_ID || lang == LANG_MS) && passive_of_other(p->token, post);
        if (!passive && !(lang == LANG_VI && other_tones(p->token, post))) continue;
        c->v->name_changed = true;
        add_changed(c, token_as_written(c->claim, p->token), token_as_written(c->post, post));
    }
}

rc fill_changed(const struct alignment *a, const struct text *claim, const struct text *post,
                struct arena *mem, struct verdict_on *v)
{
    struct changes c = {.a = a, .claim = claim, .post = post, .v = v};
    c.least = (float)(0.35 * mean_weight(a));
    TRY(arena_array(mem, MAX_PAIRS, &c.pairs));
    for (uint32_t g = 0; g < a->n_gaps; g++) {
        telling_in_gap(&c, &a->gaps[g]);
        turns_in_gap(&c, &a->gaps[g]);
    }
    other_forms(&c);
    v->why.changed = c.pairs;
    return OK;
}
