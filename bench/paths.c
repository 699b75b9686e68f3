/* SPDX-License-Identifier: Apache-2.0
 *
 * The paths that bench_match measures:
 *
 *   near       skeleton -> near-copies and containment, the best 5
 *   words      forms, tokens -> the best 10 by words alone
 *   words-read the same, the text read beforehand: what the index alone takes
 *   read       forms, tokens, numbers, negations alone, nothing looked up
 *   retrieve   forms, tokens -> candidates by words and grams, all measured
 *   answer     all of match_post, with the options of a user
 *
 * and the phases of a whole answer, each with what it needs made before the clock runs.
 */
#include <stdio.h>

#include "bench/bench_match.h"

enum { NEAR_TOP = 5, WORDS_TOP = 10 };

rc bench_open(const char *bank_path, struct bench *out)
{
    arena_init(&out->mem, 0);
    TRY(bank_source_open(bank_path, &out->source));
    out->snapshot = bank_acquire(out->source);
    TRY(bank_scratch_new(&out->scratch));
    return matcher_new(&out->matcher);
}

void bench_close(struct bench *b)
{
    bank_scratch_free(b->scratch);
    matcher_free(b->matcher);
    if (b->snapshot) bank_release(b->source, b->snapshot);
    if (b->source) bank_source_close(b->source);
    buf_done(&b->json);
    arena_done(&b->mem);
    *b = (struct bench){0};
}

/* ---- from candidates to ranked items ---- */

static double rank_as_copy(const struct candidate *c)
{
    double best = 0;
    for (int s = 0; s < SEGMENT_COUNT; s++) {
        double both = (double)c->claim_in_post[s] + (double)c->post_in_claim[s];
        if (both > best) best = both;
    }
    return best;
}

static double rank_by_words(const struct candidate *c)
{
    return (double)c->words;
}

static double rank_by_both(const struct candidate *c)
{
    return (double)c->words + (double)c->grams;
}

/* The best by `rank`, as documents; judge makes items of them. */
static void take_best(const struct candidate *c, uint32_t n, uint32_t most,
                      double (*rank)(const struct candidate *), struct found *out)
{
    double held[MOST_FOUND];
    for (uint32_t i = 0; i < n; i++) {
        double score = rank(&c[i]);
        uint32_t at = out->n;
        while (at > 0 && held[at - 1] < score)
            at--;
        if (at >= most) continue;
        if (out->n < most) out->n++;
        for (uint32_t k = out->n - 1; k > at; k--) {
            held[k] = held[k - 1];
            out->item[k] = out->item[k - 1];
        }
        held[at] = score;
        out->item[at] = c[i].doc;
    }
}

static rc judge_documents(struct bench *b, struct found *inout)
{
    for (uint32_t i = 0; i < inout->n; i++) {
        struct bank_doc doc;
        TRY(bank_doc(b->snapshot->base, inout->item[i], &doc));
        inout->item[i] = doc.item;
    }
    return OK;
}

/* ---- prepare ---- */

static rc nothing_ready(struct bench *b, const struct post *post)
{
    (void)post;
    arena_reset(&b->mem);
    buf_reset(&b->json);
    return OK;
}

static rc skeleton_ready(struct bench *b, const struct post *post)
{
    TRY(nothing_ready(b, post));
    b->text = (struct text){.source = post->text};
    return text_skeleton(post->text, NULL, &b->mem, &b->text.skeleton);
}

static rc words_ready(struct bench *b, const struct post *post)
{
    TRY(nothing_ready(b, post));
    return text_read_words(post->text, LANG_UNKNOWN, NULL, &b->mem, &b->text);
}

static rc text_ready(struct bench *b, const struct post *post)
{
    TRY(nothing_ready(b, post));
    return text_read(post->text, LANG_UNKNOWN, NULL, &b->mem, &b->text);
}

static rc near_query_ready(struct bench *b, const struct post *post)
{
    TRY(skeleton_ready(b, post));
    return bank_query_make(b->snapshot->base, &b->text, &b->mem, &b->query);
}

static rc query_ready(struct bench *b, const struct post *post)
{
    TRY(text_ready(b, post));
    return bank_query_make(b->snapshot->base, &b->text, &b->mem, &b->query);
}

static rc answer_ready(struct bench *b, const struct post *post)
{
    TRY(nothing_ready(b, post));
    return match_post(b->matcher, b->snapshot, post->text, NULL, &b->mem, &b->answer);
}

/* ---- parts of a look-up ---- */

static rc make_query(struct bench *b, const struct post *post, struct found *out)
{
    (void)post;
    (void)out;
    return bank_query_make(b->snapshot->base, &b->text, &b->mem, &b->query);
}

static rc ask_copies(struct bench *b, uint32_t most, struct found *out)
{
    struct candidate *c;
    uint32_t n;
    TRY(arena_array_raw(&b->mem, most, &c));
    TRY(bank_near_copies(b->snapshot->base, &b->query, b->scratch, &b->mem, most, c, &n));
    if (out) take_best(c, n, NEAR_TOP, rank_as_copy, out);
    return OK;
}

static rc ask_candidates(struct bench *b, uint32_t most, double (*rank)(const struct candidate *),
                         struct found *out)
{
    struct candidate *c;
    uint32_t n;
    const struct bank *base = b->snapshot->base;
    TRY(arena_array_raw(&b->mem, most, &c));
    TRY(bank_candidates(base, base, &b->query, b->scratch, &b->mem, most, c, &n));
    if (out) take_best(c, n, MOST_FOUND, rank, out);
    return OK;
}

static rc only_copies(struct bench *b, const struct post *post, struct found *out)
{
    (void)post;
    return ask_copies(b, NEAR_TOP, out);
}

static rc only_candidates(struct bench *b, const struct post *post, struct found *out)
{
    (void)post;
    return ask_candidates(b, MOST_CANDIDATES, rank_by_both, out);
}

static rc only_language(struct bench *b, const struct post *post, struct found *out)
{
    (void)out;
    b->text.lang = text_detect_lang(post->text);
    return OK;
}

static rc only_skeleton(struct bench *b, const struct post *post, struct found *out)
{
    (void)out;
    return text_skeleton(post->text, NULL, &b->mem, &b->text.skeleton);
}

static rc only_text(struct bench *b, const struct post *post, struct found *out)
{
    (void)out;
    return text_read(post->text, LANG_UNKNOWN, NULL, &b->mem, &b->text);
}

static rc only_json(struct bench *b, const struct post *post, struct found *out)
{
    (void)post;
    (void)out;
    return answer_to_json(&b->answer, VIEW(""), &b->json);
}

/* ---- whole look-ups ---- */

static rc near(struct bench *b, const struct post *post, struct found *out)
{
    b->text = (struct text){.source = post->text};
    TRY(only_skeleton(b, post, out));
    TRY(make_query(b, post, out));
    return ask_copies(b, NEAR_TOP, out);
}

static rc words_of_read(struct bench *b, const struct post *post, struct found *out)
{
    struct candidate c[WORDS_TOP];
    uint32_t n;
    const struct bank *base = b->snapshot->base;
    (void)post;
    TRY(bank_query_words(base, &b->text, &b->mem, &b->query));
    TRY(bank_by_words(base, &b->query, b->scratch, &b->mem, WORDS_TOP, c, &n));
    take_best(c, n, WORDS_TOP, rank_by_words, out);
    return OK;
}

static rc words(struct bench *b, const struct post *post, struct found *out)
{
    TRY(text_read_words(post->text, LANG_UNKNOWN, NULL, &b->mem, &b->text));
    return words_of_read(b, post, out);
}

static rc retrieve(struct bench *b, const struct post *post, struct found *out)
{
    TRY(only_text(b, post, out));
    TRY(make_query(b, post, out));
    return ask_candidates(b, MOST_CANDIDATES, rank_by_both, out);
}

static rc answer(struct bench *b, const struct post *post, struct found *out)
{
    (void)out;
    return match_post(b->matcher, b->snapshot, post->text, NULL, &b->mem, &b->answer);
}

static rc judge_answer(struct bench *b, struct found *inout)
{
    inout->n = b->answer.n_hits < MOST_FOUND ? b->answer.n_hits : MOST_FOUND;
    for (uint32_t i = 0; i < inout->n; i++)
        TRY(bank_find_id(b->snapshot->base, b->answer.hits[i].item.id, &inout->item[i]));
    return OK;
}

const struct path k_paths[] = {
    {"near", nothing_ready, near, judge_documents},
    {"words", nothing_ready, words, judge_documents},
    {"words-read", words_ready, words_of_read, judge_documents},
    {"read", nothing_ready, only_text, judge_documents},
    {"retrieve", nothing_ready, retrieve, judge_documents},
    {"answer", nothing_ready, answer, judge_answer},
};
const uint32_t k_n_paths = COUNT_OF(k_paths);

const struct path k_phases[] = {
    {"skeleton alone", nothing_ready, only_skeleton, NULL},
    {"query of a skeleton", skeleton_ready, make_query, NULL},
    {"near-copies", near_query_ready, only_copies, NULL},
    {"language", nothing_ready, only_language, NULL},
    {"text, language included", nothing_ready, only_text, NULL},
    {"query", text_ready, make_query, NULL},
    {"candidates, near-copies included", query_ready, only_candidates, NULL},
    {"whole answer", nothing_ready, answer, NULL},
    {"answer as JSON", answer_ready, only_json, NULL},
};
const uint32_t k_n_phases = COUNT_OF(k_phases);
