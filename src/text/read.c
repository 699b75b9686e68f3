/* SPDX-License-Identifier: Apache-2.0
 * Reads a whole text: forms, language, URLs, numbers, negation, tokens. */
#include "text/text_int.h"

/* URLs as pairs from, to: numbers in them are not numbers of the text. */
static rc url_spans(const struct text *t, struct arena *mem, const uint32_t **out)
{
    uint32_t *spans;
    TRY(arena_array_raw(mem, 2 * (size_t)t->n_urls + 1, &spans));
    for (uint32_t i = 0; i < t->n_urls; i++) {
        spans[2 * i] = t->urls[i].from;
        spans[2 * i + 1] = t->urls[i].to;
    }
    *out = spans;
    return OK;
}

static rc read_meaning(struct text *t, struct arena *mem)
{
    const uint32_t *skip;
    struct read_word *words;
    TRY(url_spans(t, mem, &skip));
    TRY(arena_array(mem, (size_t)t->exact.n + 1, &words));
    TRY(find_numbers(&t->exact, t->lang, words, skip, t->n_urls, mem, &t->numbers, &t->n_numbers));
    TRY(find_negations(&t->exact, t->lang, words, mem, &t->negations, &t->n_negations));
    return find_refutations(&t->exact, t->lang, words, mem, &t->refutations, &t->n_refutations);
}

/* From a text with source and language, either perhaps unknown, to its tokens; the exact form keeps
 * its silent marks. */
static rc read_tokens(struct text *t, uint32_t most, struct arena *mem, struct token **out)
{
    if (t->lang == LANG_UNKNOWN) t->lang = detect_exact(&t->exact);
    TRY(find_urls(t->source, mem, &t->urls, &t->n_urls));
    return tokens_read(t, most, mem, out);
}

rc text_read_words(struct view source, enum lang lang, const struct text_limits *limits,
                   struct arena *mem, struct text *out)
{
    TRY(check_size(source, limits));
    if (!limits) limits = &k_text_limits;
    struct text t = {.source = source, .lang = lang};
    struct token *tokens;
    TRY(exact_form(source, mem, &t.exact));
    TRY(read_tokens(&t, limits->max_tokens, mem, &tokens));
    exact_finish(&t.exact);
    t.tokens = tokens;
    *out = t;
    return OK;
}

rc text_read(struct view source, enum lang lang, const struct text_limits *limits,
             struct arena *mem, struct text *out)
{
    TRY(check_size(source, limits));
    if (!limits) limits = &k_text_limits;
    struct text t = {.source = source, .lang = lang};
    TRY(exact_form(source, mem, &t.exact));
    TRY(folded_form(source, &t.exact, mem, &t.folded));
    TRY(skeleton_form(source, &t.folded, mem, &t.skeleton));
    struct token *tokens;
    TRY(read_tokens(&t, limits->max_tokens, mem, &tokens));
    exact_finish(&t.exact);
    TRY(read_meaning(&t, mem));
    tokens_mark_negations(&t, tokens);
    t.tokens = tokens;
    *out = t;
    return OK;
}
