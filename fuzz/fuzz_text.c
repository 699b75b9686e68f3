/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a text, whatever its bytes: positions never run backwards and stay inside the source,
 * tokens, numbers, cues and links lie inside it and in order, and what is handed out is UTF-8.
 */
#include <math.h>

#include "must.h"
#include "text/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_utf8(struct view v)
{
    must(utf8_check(v) == v.n);
}

static void check_form(const struct form *form, size_t size)
{
    if (form->n == 0) return;
    for (uint32_t i = 0; i < form->n; i++) {
        must(form->cp[i] != 0 && form->cp[i] < 0x110000);
        must(form->cp[i] < 0xD800 || form->cp[i] > 0xDFFF);
        must(form->from[i] <= form->from[i + 1]);
    }
    must(form->from[form->n] <= size);
}

static void check_tokens(const struct text *t)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < t->n_tokens; i++) {
        const struct token *token = &t->tokens[i];
        must(token->from >= last && token->from <= token->to && token->to <= t->source.n);
        must(token->stem_key != 0 && token->folded_key != 0);
        must_be_utf8(token->exact);
        must_be_utf8(token->folded);
        must_be_utf8(token->stem);
        last = token->from;
    }
}

static void check_spans(const struct text *t)
{
    for (uint32_t i = 0; i < t->n_numbers; i++) {
        must(t->numbers[i].from < t->numbers[i].to && t->numbers[i].to <= t->source.n);
        must(isfinite(t->numbers[i].value));
        must(number_agrees(&t->numbers[i], &t->numbers[i]));
    }
    for (uint32_t i = 0; i < t->n_negations; i++)
        must(t->negations[i].from < t->negations[i].to && t->negations[i].to <= t->source.n);
    for (uint32_t i = 0; i < t->n_urls; i++) {
        must(t->urls[i].from < t->urls[i].to && t->urls[i].to <= t->source.n);
        must_be_utf8(t->urls[i].canonical);
    }
}

/* Reading less gives the same as far as it goes. */
static void check_words(const struct text *t, enum lang lang, const struct text_limits *limits,
                        struct arena *mem)
{
    struct text words;
    must(ok(text_read_words(t->source, lang, limits, mem, &words)));
    must(words.lang == t->lang && words.cut == t->cut && words.n_tokens == t->n_tokens);
    for (uint32_t i = 0; i < words.n_tokens; i++) {
        const struct token *a = &words.tokens[i], *b = &t->tokens[i];
        must(a->flags == (b->flags & ~(uint32_t)TOKEN_NEGATES) && a->from == b->from);
        must(a->stem_key == b->stem_key && a->folded_key == b->folded_key);
        must(a->stem_key == text_key(a->stem) && a->folded_key == text_key(a->folded));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct text_limits k_limits = {1 << 16, 4096};
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 256 << 20);
    /* The first byte chooses the language, so that all tables are walked. */
    enum lang lang = size ? (enum lang)(data[0] % LANG_COUNT) : LANG_UNKNOWN;
    struct view source = view_slice(view_of(data, size), 1, size);
    struct text t;
    rc r = text_read(source, lang, &k_limits, &mem, &t);
    if (!ok(r)) {
        must(r.code == E_LIMIT || r.code == E_MEMORY);
        return 0;
    }
    must((unsigned)t.lang < LANG_COUNT);
    check_form(&t.exact, source.n);
    check_form(&t.folded, source.n);
    check_form(&t.skeleton, source.n);
    check_tokens(&t);
    check_spans(&t);
    check_words(&t, lang, &k_limits, &mem);

    struct form skeleton;
    must(ok(text_skeleton(source, &k_limits, &mem, &skeleton)));
    must(skeleton.n == t.skeleton.n);
    for (uint32_t i = 0; i < skeleton.n; i++)
        must(skeleton.cp[i] == t.skeleton.cp[i]);
    return 0;
}
