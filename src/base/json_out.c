/* SPDX-License-Identifier: Apache-2.0
 * JSON out: canonical form, RFC 8785 (JCS). */
#include "base/base.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SAFE_INTEGER 9007199254740991ll

/* ---- numbers ---- */

/* RFC 8785 section 3.2.2.3: as ECMAScript's Number::toString. The shortest digits that read back
 * as the same double are the shortest %.{p}e that does. */
size_t json_format_double(double x, char out[32])
{
    if (x == 0) {
        memcpy(out, "0", 2);
        return 1;
    }
    char shortest[32];
    for (int precision = 0; precision < 18; precision++) {
        snprintf(shortest, sizeof shortest, "%.*e", precision, x);
        if (strtod(shortest, NULL) == x) break;
    }
    char digits[24];
    int n_digits = 0;
    const char *at = shortest;
    bool negative = *at == '-';
    for (at += negative; *at != 'e'; at++)
        if (*at != '.') digits[n_digits++] = *at;
    int point = atoi(at + 1) + 1; /* position of the decimal point: 0.digits x 10^point */
    digits[n_digits] = 0;
    const char *sign = negative ? "-" : "";
    int n;
    if (n_digits <= point && point <= 21)
        n = snprintf(out, 32, "%s%s%.*s", sign, digits, point - n_digits, "000000000000000000000");
    else if (0 < point && point <= 21)
        n = snprintf(out, 32, "%s%.*s.%s", sign, point, digits, digits + point);
    else if (-6 < point && point <= 0)
        n = snprintf(out, 32, "%s0.%.*s%s", sign, -point, "000000", digits);
    else if (n_digits == 1)
        n = snprintf(out, 32, "%s%se%+d", sign, digits, point - 1);
    else
        n = snprintf(out, 32, "%s%c.%se%+d", sign, digits[0], digits + 1, point - 1);
    return (size_t)n;
}

/* ---- strings ---- */

static rc write_string(struct buf *out, struct view s)
{
    static const char k_hex[] = "0123456789abcdef";
    static const char k_short[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    TRY(buf_add_byte(out, '"'));
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        TRY(buf_add(out, view_slice(s, from, i - from)));
        from = i + 1;
        char escape[6] = {'\\', (char)c};
        size_t n = 2;
        if (c < 0x20 && k_short[c]) {
            escape[1] = k_short[c];
        } else if (c < 0x20) {
            const char u[6] = {'\\', 'u', '0', '0', k_hex[c >> 4], k_hex[c & 15]};
            memcpy(escape, u, sizeof u);
            n = sizeof u;
        }
        TRY(buf_add(out, view_of(escape, n)));
    }
    TRY(buf_add(out, view_slice(s, from, s.n)));
    return buf_add_byte(out, '"');
}

/* Order of UTF-16 units (RFC 8785 section 3.2.3) is that of code points, except that characters
 * above U+FFFF (surrogates, D800..DFFF) come before U+E000..U+FFFF. */
static int utf16_order(struct view a, struct view b)
{
    size_t i = 0, n = a.n < b.n ? a.n : b.n;
    while (i < n && a.p[i] == b.p[i])
        i++;
    if (i == n) return a.n < b.n ? -1 : a.n > b.n;
    bool astral_a = a.p[i] >= 0xF0, astral_b = b.p[i] >= 0xF0;
    bool high_a = a.p[i] == 0xEE || a.p[i] == 0xEF, high_b = b.p[i] == 0xEE || b.p[i] == 0xEF;
    if (astral_a && high_b) return -1;
    if (astral_b && high_a) return 1;
    return a.p[i] < b.p[i] ? -1 : 1;
}

/* ---- streaming writer ---- */

void json_begin(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){.out = out};
}

static void keep(struct json_writer *w, rc r)
{
    if (ok(w->failure)) w->failure = r;
}

/* What stands before a value: a comma between elements of an array, nothing after a key. */
static bool before_value(struct json_writer *w)
{
    if (!ok(w->failure)) return false;
    if (w->after_key) {
        w->after_key = false;
        return true;
    }
    if (w->depth == 0) return true;
    if (w->level[w->depth - 1].object)
        keep(w, FAIL(E_INTERNAL, "json: a value without a key in an object"));
    else if (w->level[w->depth - 1].any)
        keep(w, buf_add_byte(w->out, ','));
    w->level[w->depth - 1].any = true;
    return ok(w->failure);
}

static void open_level(struct json_writer *w, bool object)
{
    if (!before_value(w)) return;
    if (w->depth == JSON_WRITER_DEPTH) {
        keep(w, FAIL(E_LIMIT, "json: written deeper than %d", JSON_WRITER_DEPTH));
        return;
    }
    w->level[w->depth].object = object;
    w->level[w->depth].any = false;
    w->level[w->depth].last_key[0] = 0;
    w->depth++;
    keep(w, buf_add_byte(w->out, object ? '{' : '['));
}

static void close_level(struct json_writer *w, bool object)
{
    if (!ok(w->failure)) return;
    if (w->depth == 0 || w->level[w->depth - 1].object != object || w->after_key) {
        keep(w, FAIL(E_INTERNAL, "json: a bracket closed that was not open"));
        return;
    }
    w->depth--;
    keep(w, buf_add_byte(w->out, object ? '}' : ']'));
}

void json_open_object(struct json_writer *w)
{
    open_level(w, true);
}
void json_close_object(struct json_writer *w)
{
    close_level(w, true);
}
void json_open_array(struct json_writer *w)
{
    open_level(w, false);
}
void json_close_array(struct json_writer *w)
{
    close_level(w, false);
}

void json_key(struct json_writer *w, const char *key)
{
    if (!ok(w->failure)) return;
    if (w->depth == 0 || !w->level[w->depth - 1].object || w->after_key) {
        keep(w, FAIL(E_INTERNAL, "json: the key \"%s\" outside an object", key));
        return;
    }
    char *last = w->level[w->depth - 1].last_key;
    size_t n = strlen(key);
    if (n >= sizeof w->level[0].last_key ||
        (w->level[w->depth - 1].any && utf16_order(view_cstr(last), view_cstr(key)) >= 0)) {
        keep(w, FAIL(E_INTERNAL, "json: the key \"%s\" is out of order or too long", key));
        return;
    }
    if (w->level[w->depth - 1].any) keep(w, buf_add_byte(w->out, ','));
    w->level[w->depth - 1].any = true;
    memcpy(last, key, n + 1);
    keep(w, write_string(w->out, view_cstr(key)));
    keep(w, buf_add_byte(w->out, ':'));
    w->after_key = true;
}

void json_string(struct json_writer *w, struct view utf8)
{
    if (before_value(w)) keep(w, write_string(w->out, utf8));
}

void json_cstr(struct json_writer *w, const char *utf8)
{
    json_string(w, view_cstr(utf8));
}

void json_int(struct json_writer *w, int64_t x)
{
    if (!before_value(w)) return;
    if (x > MAX_SAFE_INTEGER || x < -MAX_SAFE_INTEGER)
        keep(w, FAIL(E_INPUT, "json: %lld is outside +-(2^53 - 1)", (long long)x));
    else
        keep(w, buf_addf(w->out, "%lld", (long long)x));
}

void json_double(struct json_writer *w, double x)
{
    if (!before_value(w)) return;
    char text[32];
    if (!isfinite(x))
        keep(w, FAIL(E_INPUT, "json: a number that is not finite"));
    else
        keep(w, buf_add(w->out, view_of(text, json_format_double(x, text))));
}

void json_bool(struct json_writer *w, bool x)
{
    json_raw(w, x ? VIEW("true") : VIEW("false"));
}

void json_null(struct json_writer *w)
{
    json_raw(w, VIEW("null"));
}

void json_raw(struct json_writer *w, struct view canonical)
{
    if (before_value(w)) keep(w, buf_add(w->out, canonical));
}

rc json_finish(struct json_writer *w)
{
    if (ok(w->failure) && (w->depth != 0 || w->after_key))
        return FAIL(E_INTERNAL, "json: %u brackets left open", w->depth);
    return w->failure;
}

/* ---- whole trees ---- */

static int by_utf16_key(const void *a, const void *b)
{
    const struct json *const *x = a, *const *y = b;
    return utf16_order((*x)->key, (*y)->key);
}

/* A container being written and how far. */
struct writing {
    const struct json *container;
    const struct json **sorted; /* objects only */
    uint32_t at;
    struct writing *outer;
};

static rc enter(const struct json *c, struct arena *mem, struct buf *out, struct writing **top)
{
    struct writing *w;
    TRY(arena_new(mem, &w));
    w->container = c;
    w->outer = *top;
    if (c->type == JSON_OBJECT && c->n > 0) {
        TRY(arena_array_raw(mem, c->n, &w->sorted));
        bool in_order = true; /* as in every text that is canonical already */
        for (uint32_t i = 0; i < c->n; i++) {
            w->sorted[i] = &c->as.items[i];
            in_order = in_order && (i == 0 || by_utf16_key(&w->sorted[i - 1], &w->sorted[i]) < 0);
        }
        if (!in_order) qsort(w->sorted, c->n, sizeof *w->sorted, by_utf16_key);
    }
    *top = w;
    return buf_add_byte(out, c->type == JSON_OBJECT ? '{' : '[');
}

static rc write_scalar(const struct json *v, struct buf *out)
{
    struct json_writer w;
    if (v->type == JSON_STRING) return write_string(out, v->as.string); /* nearly all are */
    json_begin(&w, out);
    switch (v->type) {
    case JSON_NULL: json_null(&w); break;
    case JSON_BOOL: json_bool(&w, v->as.boolean); break;
    case JSON_INT:
        if (llabs(v->as.integer) <= MAX_SAFE_INTEGER)
            json_int(&w, v->as.integer);
        else
            json_double(&w, (double)v->as.integer);
        break;
    case JSON_DOUBLE: json_double(&w, v->as.number); break;
    case JSON_STRING: json_string(&w, v->as.string); break;
    case JSON_ARRAY:
    case JSON_OBJECT: return FAIL(E_INTERNAL, "json: a container where a scalar belongs");
    }
    return json_finish(&w);
}

rc json_write(const struct json *value, struct arena *mem, struct buf *out)
{
    struct writing *top = NULL;
    if (value->type != JSON_ARRAY && value->type != JSON_OBJECT) return write_scalar(value, out);
    TRY(enter(value, mem, out, &top));
    while (top) {
        const struct json *c = top->container;
        if (top->at == c->n) {
            TRY(buf_add_byte(out, c->type == JSON_OBJECT ? '}' : ']'));
            top = top->outer;
            continue;
        }
        const struct json *child = top->sorted ? top->sorted[top->at] : &c->as.items[top->at];
        if (top->at++ > 0) TRY(buf_add_byte(out, ','));
        if (c->type == JSON_OBJECT) {
            TRY(write_string(out, child->key));
            TRY(buf_add_byte(out, ':'));
        }
        if (child->type == JSON_ARRAY || child->type == JSON_OBJECT)
            TRY(enter(child, mem, out, &top));
        else
            TRY(write_scalar(child, out));
    }
    return OK;
}
