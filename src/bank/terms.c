/* SPDX-License-Identifier: Apache-2.0
 * What of a text the indexes see. */
#include "bank/bank_int.h"

#include <string.h>

/* Toneless forms live beside the stems under keys of their own. */
#define TONELESS_SALT 0x746f6e656c657373ull

static uint32_t short_key(uint64_t key)
{
    return (uint32_t)(key >> 32);
}

uint32_t token_keys(const struct token *token, enum lang lang, bool for_query, uint32_t out[2])
{
    out[0] = short_key(token->stem_key);
    /* A post typed without tones still has to find a claim written with them; a word that has
     * its tones is found by them. */
    bool wanted = for_query ? token->exact_key == 0 : lang == LANG_VI;
    if (token->kind != TOKEN_WORD || !wanted) return 1;
    out[1] = short_key((token->folded_key ^ TONELESS_SALT) * 0x9E3779B97F4A7C15ull);
    return 2;
}

rc folded_words(const struct text *text, struct buf *out)
{
    for (uint32_t i = 0; i < text->n_tokens; i++) {
        if (!token_speaks(&text->tokens[i])) continue;
        if (out->n > 0) TRY(buf_add_byte(out, ' '));
        TRY(buf_add(out, text->tokens[i].folded));
    }
    return OK;
}

rc form_utf8(const struct form *form, struct buf *out)
{
    for (uint32_t i = 0; i < form->n; i++) {
        uint8_t bytes[4];
        TRY(buf_add(out, view_of(bytes, utf8_put(form->cp[i], bytes))));
    }
    return OK;
}

rc buf_in(struct arena *mem, size_t n, struct buf *out)
{
    *out = (struct buf){.cap = n, .limit_bytes = n};
    return arena_bytes(mem, n, &out->p);
}

rc bank_skeleton_utf8(const struct form *skeleton, struct arena *mem, struct view *out)
{
    struct buf bytes;
    TRY(buf_in(mem, 4 * (size_t)skeleton->n, &bytes));
    TRY(form_utf8(skeleton, &bytes));
    *out = buf_view(&bytes);
    return OK;
}

uint64_t skeleton_key(struct view skeleton_utf8)
{
    return text_key(skeleton_utf8);
}
