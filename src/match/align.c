/* SPDX-License-Identifier: Apache-2.0
 * Which words of a post are those of a claim, and what stands in place of the others. */
#include "match/match_int.h"

#include <string.h>

enum { MAX_CLAIM_PARTS = 320, MAX_WINDOW_PARTS = 512, LONGEST_WORD = 48 };

/* ---- words ---- */

static bool has_digit(struct view v)
{
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] >= '0' && v.p[i] <= '9') return true;
    return false;
}

static uint32_t decode(struct view v, uint32_t out[LONGEST_WORD])
{
    uint32_t n = 0;
    for (size_t pos = 0; pos < v.n && n < LONGEST_WORD;)
        out[n++] = utf8_next(v, &pos);
    return n;
}

/* Edit distance with neighbours swapped counting one (optimal string alignment). */
static uint32_t distance(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb)
{
    uint32_t row[3][LONGEST_WORD + 1];
    for (uint32_t j = 0; j <= nb; j++)
        row[0][j] = j;
    for (uint32_t i = 1; i <= na; i++) {
        uint32_t *now = row[i % 3], *last = row[(i - 1) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (uint32_t j = 1; j <= nb; j++) {
            uint32_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best) best = last[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < best) best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[na % 3][nb];
}

/* "nhg" for "nhung", "trog" for "trong": letters left out, the first and the last kept. */
static bool shortened(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb)
{
    if (nb < 2 || nb >= na || a[0] != b[0] || a[na - 1] != b[nb - 1] || 2 * nb < na) return false;
    uint32_t j = 0;
    for (uint32_t i = 0; i < na && j < nb; i++)
        j += a[i] == b[j];
    return j == nb;
}

/* Names are told apart by a letter or two ("Slovakia", "Slovenia"), opposites by their beginning
 * ("possible", "impossible"), so slips are forgiven late and never in the first letter. */
bool same_word_disguised(struct view a, struct view b)
{
    uint32_t x[LONGEST_WORD], y[LONGEST_WORD];
    if (has_digit(a) || has_digit(b)) return false;
    uint32_t nx = decode(a, x), ny = decode(b, y);
    uint32_t longer = nx > ny ? nx : ny, shorter = nx > ny ? ny : nx;
    if (shorter == 0 || x[0] != y[0] || longer - shorter > 3) return false;
    uint32_t allowed = shorter >= 10 ? 2 : shorter >= 5 ? 1 : 0;
    return distance(x, nx, y, ny) <= allowed || shortened(x, nx, y, ny) || shortened(y, ny, x, nx);
}

/* A word that the bank knows is no slip of the pen but another word; so is one that turns a claim
 * round ("dessous" for "dessus"). */
static bool slip(const struct part *claim, const struct part *post)
{
    bool other = post->known || (post->token->flags & TOKEN_TURNS);
    return !other && same_word_disguised(claim->token->folded, post->token->folded);
}

static bool same_word(const struct token *a, const struct token *b)
{
    return a->stem_key == b->stem_key || a->folded_key == b->folded_key;
}

/* ---- parts ---- */

static rc make_parts(const struct bank *statistics, const struct text *text, uint32_t most,
                     struct arena *mem, struct part **out, uint32_t *out_n)
{
    struct part *parts;
    struct token_weight *weights;
    uint32_t n = 0;
    TRY(arena_array_raw(mem, text->n_tokens, &parts));
    TRY(bank_token_weights(statistics, text->tokens, text->n_tokens, text->lang, mem, &weights));
    for (uint32_t i = 0; i < text->n_tokens && n < most; i++) {
        const struct token *t = &text->tokens[i];
        if (!token_speaks(t)) continue;
        float weight = weights[i].weight;
        if (t->flags & TOKEN_STOP) weight *= 0.25f;
        parts[n++] = (struct part){.token = t,
                                   .weight = weight,
                                   .known = weights[i].known,
                                   .has_digit = has_digit(t->folded),
                                   .mate = NO_MATE};
    }
    *out = parts;
    *out_n = n;
    return OK;
}

/* ---- the stretch of the post that shares most ---- */

/* Small hash set of the claim's words. */
struct word_set {
    uint64_t key[2048];
};

static void set_add(struct word_set *s, uint64_t key)
{
    uint32_t slot = (uint32_t)(key * 0x9E3779B97F4A7C15ull >> 53);
    while (s->key[slot] && s->key[slot] != key)
        slot = (slot + 1) % COUNT_OF(s->key);
    s->key[slot] = key;
}

static bool set_has(const struct word_set *s, uint64_t key)
{
    uint32_t slot = (uint32_t)(key * 0x9E3779B97F4A7C15ull >> 53);
    while (s->key[slot] && s->key[slot] != key)
        slot = (slot + 1) % COUNT_OF(s->key);
    return s->key[slot] == key;
}

static void choose_window(struct alignment *a)
{
    struct word_set words;
    uint32_t length = a->n_claim + a->n_claim / 2 + 8;
    if (length > MAX_WINDOW_PARTS) length = MAX_WINDOW_PARTS;
    a->window_to = a->n_post;
    if (a->n_post <= length) return;
    memset(&words, 0, sizeof words);
    for (uint32_t i = 0; i < a->n_claim; i++) {
        set_add(&words, a->claim[i].token->stem_key);
        set_add(&words, a->claim[i].token->folded_key);
    }
    float sum = 0, best = -1;
    for (uint32_t i = 0; i < a->n_post; i++) {
        const struct part *in = &a->post[i], *out = i >= length ? &a->post[i - length] : NULL;
        bool hit = set_has(&words, in->token->stem_key) || set_has(&words, in->token->folded_key);
        a->post[i].mate = hit ? 0 : NO_MATE; /* remembered for leaving the window */
        if (hit) sum += in->weight;
        if (out && out->mate == 0) sum -= out->weight;
        if (sum > best + 1e-4f) {
            best = sum;
            a->window_to = i + 1;
        }
    }
    for (uint32_t i = 0; i < a->n_post; i++)
        a->post[i].mate = NO_MATE;
    if (a->window_to < length) a->window_to = length;
    a->window_from = a->window_to - length;
}

/* ---- heaviest common subsequence ---- */

static void pair(struct alignment *a, uint32_t c, uint32_t p)
{
    bool inflected = a->claim[c].token->folded_key != a->post[p].token->folded_key;
    a->claim[c].mate = p;
    a->post[p].mate = c;
    a->claim[c].inflected = a->post[p].inflected = inflected;
}

static rc common_subsequence(struct alignment *a, struct arena *mem)
{
    uint32_t rows = a->n_claim, columns = a->window_to - a->window_from;
    size_t width = columns + 1;
    float *best;
    TRY(arena_array(mem, (size_t)(rows + 1) * width, &best));
    for (uint32_t i = rows; i-- > 0;)
        for (uint32_t j = columns; j-- > 0;) {
            float skip = best[(i + 1) * width + j], other = best[i * width + j + 1];
            float value = skip > other ? skip : other;
            if (same_word(a->claim[i].token, a->post[a->window_from + j].token)) {
                float with = best[(i + 1) * width + j + 1] + a->claim[i].weight + 0.01f;
                if (with > value) value = with;
            }
            best[i * width + j] = value;
        }
    for (uint32_t i = 0, j = 0; i < rows && j < columns;) {
        float here = best[i * width + j];
        if (here <= best[(i + 1) * width + j])
            i++;
        else if (here <= best[i * width + j + 1])
            j++;
        else
            pair(a, i++, a->window_from + j++);
    }
    return OK;
}

/* Words that stand elsewhere in the window: moved. */
static void pair_moved(struct alignment *a)
{
    for (uint32_t i = 0; i < a->n_claim; i++) {
        if (a->claim[i].mate != NO_MATE) continue;
        for (uint32_t j = a->window_from; j < a->window_to; j++) {
            if (a->post[j].mate != NO_MATE || !same_word(a->claim[i].token, a->post[j].token))
                continue;
            pair(a, i, j);
            a->claim[i].moved = true;
            a->in_order = false;
            break;
        }
    }
}

/* ---- gaps ---- */

/* Letters of a stretch, without spaces. */
static uint32_t joined(const struct part *parts, uint32_t from, uint32_t to,
                       uint32_t out[LONGEST_WORD], bool *out_digits)
{
    uint32_t n = 0;
    *out_digits = false;
    for (uint32_t i = from; i < to; i++) {
        struct view v = parts[i].token->folded;
        *out_digits |= parts[i].has_digit;
        for (size_t pos = 0; pos < v.n; n++) {
            uint32_t c = utf8_next(v, &pos);
            if (n == LONGEST_WORD) return LONGEST_WORD + 1;
            out[n] = c;
        }
    }
    return n;
}

/* "b all" for "ball", "inthe" for "in the": the same letters cut into words otherwise. */
static bool same_letters(const struct alignment *a, const struct gap *g)
{
    uint32_t x[LONGEST_WORD + 1], y[LONGEST_WORD + 1];
    bool dx, dy;
    uint32_t nx = joined(a->claim, g->claim_from, g->claim_to, x, &dx);
    uint32_t ny = joined(a->post, g->post_from, g->post_to, y, &dy);
    if (nx < 2 || ny < 2 || nx > LONGEST_WORD || ny > LONGEST_WORD || dx || dy) return false;
    uint32_t shorter = nx < ny ? nx : ny;
    return distance(x, nx, y, ny) <= shorter / 8;
}

static void pair_gap(struct alignment *a, const struct gap *g)
{
    if (g->claim_from == g->claim_to || g->post_from == g->post_to) return;
    if (same_letters(a, g)) {
        for (uint32_t i = g->claim_from; i < g->claim_to; i++) {
            uint32_t p = g->post_from + (i - g->claim_from);
            a->claim[i].mate = p < g->post_to ? p : g->post_to - 1;
        }
        for (uint32_t j = g->post_from; j < g->post_to; j++) {
            uint32_t c = g->claim_from + (j - g->post_from);
            a->post[j].mate = c < g->claim_to ? c : g->claim_to - 1;
        }
        return;
    }
    uint32_t j = g->post_from;
    for (uint32_t i = g->claim_from; i < g->claim_to; i++)
        for (uint32_t k = j; k < g->post_to; k++) {
            if (a->claim[i].mate != NO_MATE || a->post[k].mate != NO_MATE ||
                !slip(&a->claim[i], &a->post[k]))
                continue;
            pair(a, i, k);
            a->claim[i].slip = a->post[k].slip = true;
            j = k + 1;
            break;
        }
}

/* A mate that keeps the order: moved words do not bound gaps. */
static bool anchors(const struct alignment *a, uint32_t c, uint32_t after)
{
    uint32_t p = a->claim[c].mate;
    return p != NO_MATE && p >= after;
}

/* Stretches of the claim between anchors, and what the post has there. */
static rc collect_gaps(struct alignment *a, struct arena *mem)
{
    TRY(arena_array(mem, (size_t)a->n_claim + 1, &a->gaps));
    uint32_t next_post = a->window_from;
    for (uint32_t i = 0; i <= a->n_claim;) {
        uint32_t from = i;
        while (i < a->n_claim && !anchors(a, i, next_post))
            i++;
        uint32_t post_to = i < a->n_claim ? a->claim[i].mate : a->window_to;
        bool first = from == 0, last = i == a->n_claim;
        struct gap g = {from, i, next_post, post_to};
        /* Before the first and behind the last word only as much as could have been replaced. */
        uint32_t room = i - from + 2;
        if (first && post_to - g.post_from > room) g.post_from = post_to - room;
        if (last && g.post_to - g.post_from > room) g.post_to = g.post_from + room;
        if (g.claim_from < g.claim_to || g.post_from < g.post_to) a->gaps[a->n_gaps++] = g;
        if (i < a->n_claim) next_post = a->claim[i].mate + 1;
        i++;
    }
    return OK;
}

static void find_span(struct alignment *a)
{
    a->span_from = a->n_post;
    a->span_to = 0;
    for (uint32_t j = a->window_from; j < a->window_to; j++) {
        if (a->post[j].mate == NO_MATE) continue;
        if (j < a->span_from) a->span_from = j;
        a->span_to = j + 1;
    }
    if (a->span_to == 0) a->span_from = 0;
}

rc post_parts_make(const struct bank *statistics, const struct text *post, struct arena *mem,
                   struct post_parts *out)
{
    struct part *parts;
    TRY(make_parts(statistics, post, UINT32_MAX, mem, &parts, &out->n));
    out->part = parts;
    return OK;
}

rc align(const struct bank *statistics, const struct text *claim, const struct post_parts *post,
         struct arena *mem, struct alignment *out)
{
    struct alignment a = {.in_order = true, .n_post = post->n};
    TRY(make_parts(statistics, claim, MAX_CLAIM_PARTS, mem, &a.claim, &a.n_claim));
    TRY(arena_array_raw(mem, post->n, &a.post));
    if (post->n > 0) memcpy(a.post, post->part, post->n * sizeof *a.post);
    choose_window(&a);
    TRY(common_subsequence(&a, mem));
    pair_moved(&a);
    TRY(collect_gaps(&a, mem));
    for (uint32_t i = 0; i < a.n_gaps; i++)
        pair_gap(&a, &a.gaps[i]);
    find_span(&a);
    *out = a;
    return OK;
}
