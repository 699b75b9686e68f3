/* SPDX-License-Identifier: Apache-2.0
 * What a field may hold, in words. */
#include <stdio.h>

#include "cmd/draft_int.h"

static rc say(struct buf *out, const char *template_text, size_t n_args, const struct view *args)
{
    struct message_cursor at = {.rest = template_text};
    struct view text;
    int arg;
    while (message_piece(&at, &text, &arg)) {
        if (arg >= 0 && (size_t)arg < n_args) text = args[arg];
        if (arg >= 0 && (size_t)arg >= n_args) continue;
        TRY(buf_add(out, text));
    }
    return OK;
}

static rc say_number(struct buf *out, const char *template_text, long long a, long long b)
{
    char x[24], y[24];
    snprintf(x, sizeof x, "%lld", a);
    snprintf(y, sizeof y, "%lld", b);
    return say(out, template_text, 2, (struct view[]){view_cstr(x), view_cstr(y)});
}

static rc say_words(struct buf *out, const char *template_text, const char *const *words,
                    uint32_t n)
{
    CLEANUP(buf_done) struct buf list = {0};
    for (uint32_t i = 0; i < n; i++)
        TRY(buf_addf(&list, "%s%s", i ? ", " : "", words[i]));
    struct view all = buf_view(&list);
    return say(out, template_text, 1, &all);
}

static const enum message k_types[] = {
    [RECORD_TEXT] = MSG_DRAFT_TEXT,       [RECORD_SHOWN] = MSG_DRAFT_SHOWN,
    [RECORD_TOKEN] = MSG_DRAFT_TOKEN,     [RECORD_BOOL] = MSG_DRAFT_BOOL,
    [RECORD_INT] = MSG_DRAFT_INT,         [RECORD_LANG] = MSG_DRAFT_LANG,
    [RECORD_ORG] = MSG_DRAFT_ORG,         [RECORD_ID] = MSG_DRAFT_ID,
    [RECORD_SHA256] = MSG_DRAFT_SHA256,   [RECORD_URL] = MSG_DRAFT_URL,
    [RECORD_DATE] = MSG_DRAFT_DATE,       [RECORD_TIME] = MSG_DRAFT_TIME,
    [RECORD_COUNTRY] = MSG_DRAFT_COUNTRY, [RECORD_VKEY] = MSG_DRAFT_VKEY,
    [RECORD_ENUM] = MSG_DRAFT_ENUM,       [RECORD_SHAPE] = MSG_DRAFT_SHAPE,
};

static rc describe_value(const struct record_field *f, enum lang reader, struct buf *out)
{
    const char *text = message(reader, k_types[f->type]);
    if (f->type == RECORD_INT) return say_number(out, text, f->least, f->most);
    if (f->type == RECORD_ENUM) return say_words(out, text, f->values, f->n_values);
    TRY(say_number(out, text, f->max_chars, 0));
    if (f->type != RECORD_COUNTRY || f->n_values == 0) return OK;
    TRY(buf_add(out, VIEW("; ")));
    return say_words(out, message(reader, MSG_DRAFT_ENUM), f->values, f->n_values);
}

rc draft_describe(const struct record_field *f, enum lang reader, struct buf *out)
{
    if (f->list) {
        TRY(say_number(out, message(reader, MSG_DRAFT_LIST), f->min, f->max));
        TRY(buf_add(out, VIEW(": ")));
    }
    TRY(describe_value(f, reader, out));
    if (f->type == RECORD_SHAPE && f->shape->one_of)
        TRY(buf_addf(out, "; %s", message(reader, MSG_DRAFT_ONE_OF)));
    if (f->erasable) TRY(buf_addf(out, "; %s", message(reader, MSG_DRAFT_ERASABLE)));
    return OK;
}

const struct record_field *draft_field_at(const struct record_kind *kind, struct view path)
{
    const struct record_shape *shape = kind ? &kind->body : NULL;
    const struct record_field *field = NULL;
    if (!view_starts(path, VIEW("body."))) return NULL;
    for (path = view_slice(path, 5, path.n); path.n > 0;) {
        size_t dot = view_find(path, '.');
        struct view step = view_slice(path, 0, dot);
        step = view_slice(step, 0, view_find(step, '['));
        const struct record_field *next = shape ? record_field_find(shape, step) : NULL;
        if (!next) return field; /* "lang" of a shown text and the like */
        field = next;
        shape = field->shape;
        path = view_slice(path, dot + 1, path.n);
    }
    return field;
}
