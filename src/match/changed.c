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

/* Number of the post's word that stands right before the first word met, where only a space divides
 * them ("ex president"); post_to when there is none. */
static uint32_t touching(const struct changes *c, const struct gap *g)
{
    if (g->post_from == g->post_to || g->post_to == c->a->n_post) return g->post_to;
    uint32_t from = c->a->post[g->post_to - 1].token->to;
    struct view between =
        view_slice(c->post->source, from, c->a->post[g->post_to].token->from - from);
    bool space = view_eq(between, VIEW(" ")) || view_eq(between, VIEW("-"));
    return space ? g->post_to - 1 : g->post_to;
}

/* At the edge a post that is only a part may have left a word out, and what surrounds a claim may
 * have words of its own; between two words that met, and right before the first, both are changes.
 */
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
    if (g->claim_from == 0 && at < touching(c, g)) at = touching(c, g);
    if (edge && g->claim_from != 0) return;
    for (struct view word; (word = next_turn(c, g, &at)).n > 0;) {
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
    v->why.changed = c.pairs;
    return OK;
}
