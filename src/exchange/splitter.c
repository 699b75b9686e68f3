/* SPDX-License-Identifier: Apache-2.0
 * Cuts JSON of any size into elements. It follows brackets and strings and nothing else; whether an
 * element is JSON is for json_parse. The open brackets, from outside in, are
 *
 *   frames    lists whose values are elements, and objects around such lists; at most SPLIT_FRAMES
 *   element   the brackets of the element in progress
 *
 * An object is taken for an element until a key of k_containers with an array turns up in it; then
 * it becomes a frame, what was kept of it is dropped, and the values of the array are elements. */
#include "exchange/exchange_int.h"

#include <string.h>

static const char *const k_containers[] = {"dataFeedElement", "@graph", "itemListElement", "claims",
                                           "results"};

void splitter_init(struct splitter *s, struct pieces pieces, size_t max_element_bytes)
{
    *s = (struct splitter){.pieces = pieces, .max_element_bytes = max_element_bytes, .n_frames = 1};
    s->frames[0].list = true;
}

void splitter_done(struct splitter *s)
{
    if (s) buf_done(&s->element);
}

static struct split_frame *top(struct splitter *s)
{
    return &s->frames[s->n_frames - 1];
}

static unsigned long long here(const struct splitter *s)
{
    return s->passed + s->at;
}

/* ---- the element in progress ---- */

/* Keeps what of the piece belongs to the element. */
static rc keep(struct splitter *s)
{
    struct view v = view_slice(s->piece, s->copy_from, s->at - s->copy_from);
    s->copy_from = s->at;
    if (!s->in_element || s->too_long) return OK;
    s->too_long = v.n > s->max_element_bytes - s->element.n;
    return s->too_long ? OK : buf_add(&s->element, v);
}

static rc begin_element(struct splitter *s, bool is_scalar)
{
    struct split_frame *f = top(s);
    if (s->depth == 0 && is_scalar)
        return FAIL(E_FORMAT, "byte %llu: '{' or '[' is expected here", here(s));
    if (f->after_value && s->n_frames > 1)
        return FAIL(E_FORMAT, "byte %llu: a comma is missing", here(s));
    f->after_value = true;
    f->after_comma = false;
    s->in_element = true;
    s->is_scalar = is_scalar;
    s->too_long = false;
    s->copy_from = s->at;
    s->element_at = here(s);
    s->number++;
    buf_reset(&s->element);
    return OK;
}

static rc end_element(struct splitter *s, struct view *out, bool *out_done)
{
    TRY(keep(s));
    s->in_element = false;
    *out_done = true;
    *out = buf_view(&s->element);
    if (s->too_long)
        return FAIL(E_LIMIT, "longer than the limit of %zu bytes", s->max_element_bytes);
    return OK;
}

/* ---- brackets ---- */

static rc open_bracket(struct splitter *s, bool object)
{
    if (s->depth == UINT32_MAX) return FAIL(E_FORMAT, "byte %llu: too many brackets", here(s));
    if (s->depth < SPLIT_KINDS) {
        uint8_t bit = (uint8_t)(1u << (s->depth & 7));
        s->kinds[s->depth / 8] =
            (uint8_t)(object ? s->kinds[s->depth / 8] | bit : s->kinds[s->depth / 8] & ~bit);
    }
    s->depth++;
    s->at++;
    s->key_ready = false;
    s->key_n = 0;
    return OK;
}

static void push_frame(struct splitter *s, bool list, uint32_t depth)
{
    s->frames[s->n_frames++] =
        (struct split_frame){.depth = depth, .list = list, .open_at = here(s)};
}

static bool key_is_container(const struct splitter *s)
{
    for (size_t i = 0; s->key_ready && i < COUNT_OF(k_containers); i++)
        if (view_eq(view_of(s->key, s->key_n), view_cstr(k_containers[i]))) return true;
    return false;
}

/* Depth of the object whose keys are looked at: the outermost of the element, or the frame. */
static uint32_t key_depth(const struct splitter *s)
{
    return s->frames[s->n_frames - 1].depth + (s->in_element ? 1 : 0);
}

static bool is_object_at(const struct splitter *s, uint32_t depth)
{
    return depth > 0 && depth <= SPLIT_KINDS &&
           (s->kinds[(depth - 1) / 8] >> ((depth - 1) & 7) & 1);
}

static rc on_open(struct splitter *s, bool object, struct view *out, bool *out_done)
{
    struct split_frame *f = top(s);
    if (s->in_element && s->is_scalar) return end_element(s, out, out_done);
    bool room = s->n_frames + 2 <= SPLIT_FRAMES;
    bool container = !object && room && s->depth == key_depth(s) && is_object_at(s, s->depth) &&
                     key_is_container(s);
    if (container) {
        if (s->in_element) {
            push_frame(s, false, s->depth);
            top(s)->open_at = s->element_at;
            s->in_element = false;
            s->number--;
        }
        push_frame(s, true, s->depth + 1);
        return open_bracket(s, false);
    }
    if (f->list && !s->in_element) {
        TRY(begin_element(s, false));
        if (!object && room) {
            s->in_element = false;
            s->number--;
            push_frame(s, true, s->depth + 1);
        }
    }
    return open_bracket(s, object);
}

static rc on_close(struct splitter *s, bool object, struct view *out, bool *out_done)
{
    struct split_frame *f = top(s);
    if (s->in_element && s->is_scalar) return end_element(s, out, out_done);
    bool fits = s->depth > 0 && (s->depth > SPLIT_KINDS || is_object_at(s, s->depth) == object);
    if (!fits)
        return FAIL(E_FORMAT, "byte %llu: a '%c' that closes nothing", here(s), object ? '}' : ']');
    if (!s->in_element && f->list && f->after_comma)
        return FAIL(E_FORMAT, "byte %llu: a value is missing behind the comma", here(s));
    s->depth--;
    s->at++;
    s->key_ready = false;
    if (s->in_element) return s->depth == f->depth ? end_element(s, out, out_done) : OK;
    if (s->depth < f->depth) s->n_frames--;
    return OK;
}

/* ---- strings ---- */

static rc on_quote(struct splitter *s)
{
    if (top(s)->list && !s->in_element) TRY(begin_element(s, true));
    s->takes_key = s->depth == key_depth(s);
    if (s->takes_key) {
        s->key_n = 0;
        s->key_ready = false;
    }
    s->in_string = true;
    s->escaped = false;
    s->at++;
    return OK;
}

/* Up to the end of the string or of the piece. */
static void pass_string(struct splitter *s)
{
    for (; s->at < s->piece.n; s->at++) {
        uint8_t c = s->piece.p[s->at];
        if (c == '"' && !s->escaped) {
            s->in_string = false;
            s->at++;
            return;
        }
        s->escaped = c == '\\' && !s->escaped;
        if (s->takes_key && s->key_n < SPLIT_KEY_BYTES) s->key[s->key_n++] = c;
    }
}

/* ---- other bytes ---- */

static rc on_comma(struct splitter *s, struct view *out, bool *out_done)
{
    struct split_frame *f = top(s);
    if (s->in_element && s->is_scalar) return end_element(s, out, out_done);
    if (f->list && !s->in_element) {
        if (!f->after_value || s->n_frames == 1)
            return FAIL(E_FORMAT, "byte %llu: a comma without a value before it", here(s));
        f->after_value = false;
        f->after_comma = true;
    }
    s->key_ready = false;
    s->at++;
    return OK;
}

static rc on_other(struct splitter *s, uint8_t c, struct view *out, bool *out_done)
{
    enum { RECORD_SEPARATOR = 0x1E }; /* RFC 7464: JSON text sequences */
    bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (space && s->in_element && s->is_scalar) return end_element(s, out, out_done);
    if (space || (c == RECORD_SEPARATOR && s->depth == 0)) {
        s->at++;
        return OK;
    }
    if (c == ':' && s->depth == key_depth(s)) s->key_ready = s->key_n > 0;
    if (top(s)->list && !s->in_element) TRY(begin_element(s, true));
    s->at++;
    return OK;
}

static rc take_byte(struct splitter *s, struct view *out, bool *out_done)
{
    uint8_t c = s->piece.p[s->at];
    switch (c) {
    case '"': return on_quote(s);
    case '{':
    case '[': return on_open(s, c == '{', out, out_done);
    case '}':
    case ']': return on_close(s, c == '}', out, out_done);
    case ',': return on_comma(s, out, out_done);
    default: return on_other(s, c, out, out_done);
    }
}

/* ---- the door ---- */

static rc at_end(const struct splitter *s)
{
    unsigned long long open_at = s->in_element ? s->element_at : s->frames[s->n_frames - 1].open_at;
    if (s->depth == 0 && !s->in_string) return OK;
    return FAIL(E_FORMAT, "byte %llu: the file ends inside the %s that opens at byte %llu", here(s),
                s->in_element ? "element" : "list", open_at);
}

rc splitter_next(struct splitter *s, struct view *out_element, bool *out_more)
{
    bool done = false;
    *out_more = true;
    while (!done) {
        if (s->at == s->piece.n) {
            TRY(keep(s));
            s->passed += s->piece.n;
            s->at = s->copy_from = 0;
            TRY(pieces_next(&s->pieces, &s->piece));
            if (s->piece.n == 0) {
                *out_more = false;
                return at_end(s);
            }
        }
        if (s->in_string)
            pass_string(s);
        else
            TRY(take_byte(s, out_element, &done));
    }
    return OK;
}

rc elements_read(struct reading *r,
                 rc (*take)(struct reading *r, const struct json *value, uint64_t where),
                 uint64_t *out_elements)
{
    struct splitter s CLEANUP(splitter_done);
    splitter_init(&s, (struct pieces){.in = &r->in, .step = r->step}, r->limits->max_row_bytes);
    for (;;) {
        struct view element;
        const struct json *value;
        bool more;
        rc failure = splitter_next(&s, &element, &more);
        if (ok(failure) && !more) break;
        if (ok(failure)) failure = reading_parse(r, element, &value);
        if (ok(failure)) failure = take(r, value, s.number);
        if (!ok(failure)) TRY(reading_reject(r, failure, s.number));
        TRY(reading_progress(r));
    }
    *out_elements = s.number;
    return OK;
}
