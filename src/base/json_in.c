/* SPDX-License-Identifier: Apache-2.0
 * JSON in: what simdjson does not refuse by itself, and where a fault stands.
 * RFC 8259 (JSON), RFC 7493 section 2.3 (unique names), section 2.1 (no lone surrogates). */
#include "base/base_int.h"

#include <stdlib.h>
#include <string.h>

const struct json_limits k_json_limits = {
    .max_bytes = 16u << 20, .max_depth = 64, .max_values = 1000000};

static const char *const k_type_names[] = {
    [JSON_NULL] = "null",     [JSON_BOOL] = "boolean",  [JSON_INT] = "number",
    [JSON_DOUBLE] = "number", [JSON_STRING] = "string", [JSON_ARRAY] = "array",
    [JSON_OBJECT] = "object",
};

const char *json_type_name(enum json_type type)
{
    return k_type_names[type];
}

const struct json *json_get(const struct json *obj, const char *key)
{
    if (!obj || obj->type != JSON_OBJECT) return NULL;
    struct view want = view_cstr(key);
    for (uint32_t i = 0; i < obj->n; i++)
        if (view_eq(obj->as.items[i].key, want)) return &obj->as.items[i];
    return NULL;
}

struct view json_get_string(const struct json *obj, const char *key)
{
    const struct json *member = json_get(obj, key);
    return member && member->type == JSON_STRING ? member->as.string : view_of(NULL, 0);
}

/* ---- duplicate keys ---- */

enum { FEW_MEMBERS = 12 };

static int by_key(const void *a, const void *b)
{
    const struct json *const *x = a, *const *y = b;
    return view_cmp((*x)->key, (*y)->key);
}

static rc duplicate(struct view key)
{
    return FAIL(E_INPUT, "json: the key \"%.*s\" stands twice in one object", VIEW_ARG(key));
}

static rc check_members(const struct json *object, struct arena *mem)
{
    const struct json *m = object->as.items;
    if (object->n <= FEW_MEMBERS) {
        for (uint32_t i = 1; i < object->n; i++)
            for (uint32_t j = 0; j < i; j++)
                if (view_eq(m[i].key, m[j].key)) return duplicate(m[i].key);
        return OK;
    }
    const struct json **sorted;
    TRY(arena_array_raw(mem, object->n, &sorted));
    for (uint32_t i = 0; i < object->n; i++)
        sorted[i] = &m[i];
    qsort(sorted, object->n, sizeof *sorted, by_key);
    for (uint32_t i = 1; i < object->n; i++)
        if (view_eq(sorted[i]->key, sorted[i - 1]->key)) return duplicate(sorted[i]->key);
    return OK;
}

static rc check_text(struct view s, const char *what)
{
    size_t bad = utf8_check(s);
    if (bad == s.n) return OK;
    return FAIL(E_ENCODING, "json: a lone surrogate in the %s \"%.*s…\"", what, (int)bad,
                (const char *)s.p);
}

/* Walks the whole tree without recursion: containers wait in a list. */
static rc check_tree(const struct json *root, bool has_escapes, struct arena *mem)
{
    struct waiting {
        const struct json *container;
        struct waiting *next;
    } *todo = NULL;
    if (root->type == JSON_STRING && has_escapes) return check_text(root->as.string, "string");
    if (root->type != JSON_ARRAY && root->type != JSON_OBJECT) return OK;
    TRY(arena_new(mem, &todo));
    todo->container = root;
    while (todo) {
        const struct json *c = todo->container;
        todo = todo->next;
        if (c->type == JSON_OBJECT) TRY(check_members(c, mem));
        for (uint32_t i = 0; i < c->n; i++) {
            const struct json *child = &c->as.items[i];
            if (has_escapes) {
                TRY(check_text(child->key, "key"));
                if (child->type == JSON_STRING) TRY(check_text(child->as.string, "string"));
            }
            if ((child->type != JSON_ARRAY && child->type != JSON_OBJECT) || child->n == 0)
                continue;
            struct waiting *w;
            TRY(arena_new(mem, &w));
            *w = (struct waiting){child, todo};
            todo = w;
        }
    }
    return OK;
}

/* ---- where a syntax fault stands ---- */

/* simdjson says what is wrong but not where. This finds the place: the first byte at which no
 * JSON text could go on. It runs on refused input only and accepts nothing by itself. */
struct scan {
    struct view text;
    size_t at;
    uint8_t stack[1024]; /* '{' or '[' */
    uint32_t depth;
};

static void skip_space(struct scan *s)
{
    while (s->at < s->text.n && memchr(" \t\r\n", s->text.p[s->at], 4))
        s->at++;
}

static bool scan_string(struct scan *s)
{
    for (s->at++; s->at < s->text.n; s->at++) {
        uint8_t c = s->text.p[s->at];
        if (c == '"') {
            s->at++;
            return true;
        }
        if (c < 0x20) return false;
        if (c != '\\') continue;
        if (s->at + 1 >= s->text.n) {
            s->at = s->text.n;
            return false;
        }
        if (!memchr("\"\\/bfnrtu", s->text.p[s->at + 1], 9)) return false;
        s->at++;
    }
    return false;
}

static bool scan_scalar(struct scan *s)
{
    static const char k_words[][6] = {"true", "false", "null"};
    struct view rest = view_slice(s->text, s->at, s->text.n);
    for (size_t i = 0; i < COUNT_OF(k_words); i++)
        if (view_starts(rest, view_cstr(k_words[i]))) {
            s->at += strlen(k_words[i]);
            return true;
        }
    size_t from = s->at;
    while (s->at < s->text.n && memchr("+-.0123456789eE", s->text.p[s->at], 15))
        s->at++;
    return s->at > from;
}

static size_t find_fault(struct view text)
{
    struct scan s = {.text = text};
    bool want_value = true, want_key = false;
    for (;;) {
        skip_space(&s);
        if (s.at >= text.n) return text.n;
        uint8_t c = text.p[s.at];
        if (want_key) {
            if (c == '}') {
                s.at++;
                s.depth--;
            } else {
                if (c != '"' || !scan_string(&s)) return s.at;
                skip_space(&s);
                if (s.at >= text.n || text.p[s.at] != ':') return s.at;
                s.at++;
                want_value = true;
            }
            want_key = false;
            continue;
        }
        if (want_value && (c == '{' || c == '[')) {
            if (s.depth >= sizeof s.stack) return s.at;
            s.stack[s.depth++] = c;
            s.at++;
            want_key = c == '{';
            want_value = c == '[';
            continue;
        }
        if (want_value && c != ']') {
            if (c == '"' ? !scan_string(&s) : !scan_scalar(&s)) return s.at;
            want_value = false;
            continue;
        }
        if (s.depth == 0) return s.at;
        bool object = s.stack[s.depth - 1] == '{';
        if (c == ',') {
            want_key = object;
            want_value = !object;
        } else if (c == (object ? '}' : ']')) {
            s.depth--;
            want_value = false;
        } else {
            return s.at;
        }
        s.at++;
    }
}

/* Offset of the first bracket below max_depth others. */
static size_t find_depth(struct view text, uint32_t max_depth)
{
    struct scan s = {.text = text};
    uint32_t depth = 0;
    while (s.at < text.n) {
        uint8_t c = text.p[s.at];
        if (c == '"') {
            if (!scan_string(&s)) break;
            continue;
        }
        if ((c == '[' || c == '{') && ++depth > max_depth) break;
        if (c == ']' || c == '}') depth--;
        s.at++;
    }
    return s.at;
}

static rc with_place(rc failure, enum json_fault fault, struct view text,
                     const struct json_limits *limits)
{
    char what[256];
    if (fault == JSON_FAULT_OTHER) return failure;
    bool depth = fault == JSON_FAULT_DEPTH;
    size_t at = depth ? find_depth(text, limits->max_depth) : find_fault(text);
    strncpy(what, rc_message(), sizeof what - 1);
    what[sizeof what - 1] = 0;
    return FAIL(failure.code, "%s (at byte %zu)", what, at);
}

/* ---- the door ---- */

rc json_parse(struct view text, const struct json_limits *limits, struct arena *mem,
              const struct json **out)
{
    if (!limits) limits = &k_json_limits;
    if (text.n > limits->max_bytes)
        return FAIL(E_LIMIT, "json: %zu bytes, the limit is %zu", text.n, limits->max_bytes);
    if (view_trim(text).n == 0) return FAIL(E_INPUT, "json: empty, a value is expected");
    if (view_starts(text, VIEW("\xEF\xBB\xBF")))
        return FAIL(E_INPUT, "json: a byte order mark at byte 0");
    size_t bad = utf8_check(text);
    if (bad < text.n) return FAIL(E_ENCODING, "json: not UTF-8 at byte %zu", bad);
    struct json *root;
    TRY(arena_new(mem, &root));
    enum json_fault fault;
    rc r = json_simd_parse(text, limits, mem, root, &fault);
    if (!ok(r)) return with_place(r, fault, text, limits);
    /* One letter is looked for many times as fast as two, and mostly there is none. */
    size_t escape = view_find(text, '\\');
    bool has_escapes = memmem(text.p + escape, text.n - escape, "\\u", 2) != NULL;
    TRY(check_tree(root, has_escapes, mem));
    *out = root;
    return OK;
}
