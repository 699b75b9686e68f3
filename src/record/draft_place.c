/* SPDX-License-Identifier: Apache-2.0
 * Where in a draft a fault stands: a path is followed through JSON that json_parse has accepted. */
#include "record/record_int.h"

void record_draft_place(struct view draft, size_t at, uint32_t *out_line, uint32_t *out_column)
{
    uint32_t line = 1, column = 1;
    for (size_t i = 0; i < at && i < draft.n; i++) {
        if (draft.p[i] == '\n') {
            line++;
            column = 1;
        } else if ((draft.p[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    *out_line = line;
    *out_column = column;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static size_t skip_space(struct view v, size_t at)
{
    while (at < v.n && is_space(v.p[at]))
        at++;
    return at;
}

/* Behind a string that begins at `at`. */
static size_t skip_string(struct view v, size_t at)
{
    for (at++; at < v.n && v.p[at] != '"'; at++)
        at += v.p[at] == '\\';
    return at < v.n ? at + 1 : v.n;
}

/* Behind a value, by counting brackets: the text is well-formed. */
static size_t skip_value(struct view v, size_t at)
{
    uint32_t depth = 0;
    while (at < v.n) {
        uint8_t c = v.p[at];
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
        if (c == '{' || c == '[') depth++;
        if (c == '}' || c == ']') depth--;
        at = c == '"' ? skip_string(v, at) : at + 1;
    }
    return at;
}

/* The value of a member, or 0. at: the opening bracket. */
static size_t find_member(struct view v, size_t at, struct view name)
{
    for (at = skip_space(v, at + 1); at < v.n && v.p[at] == '"'; at = skip_space(v, at)) {
        size_t behind = skip_string(v, at);
        bool same = view_eq(view_slice(v, at + 1, behind - at - 2), name);
        size_t value = skip_space(v, skip_space(v, behind) + 1);
        if (same) return value;
        at = skip_value(v, value);
        if (at < v.n && v.p[at] == ',') at = skip_space(v, at + 1);
    }
    return 0;
}

static size_t find_element(struct view v, size_t at, size_t index)
{
    for (at = skip_space(v, at + 1); at < v.n && v.p[at] != ']'; index--) {
        if (index == 0) return at;
        at = skip_value(v, at);
        if (at < v.n && v.p[at] == ',') at = skip_space(v, at + 1);
    }
    return 0;
}

/* The next step of a path, "name" or "[7]"; false at its end. */
static bool take_step(struct view *path, struct view *out_name, size_t *out_index)
{
    size_t n = 0;
    if (path->n && path->p[0] == '.') *path = view_slice(*path, 1, path->n);
    if (path->n == 0) return false;
    *out_index = 0;
    if (path->p[0] == '[') {
        for (n = 1; n < path->n && path->p[n] >= '0' && path->p[n] <= '9' && n < 10; n++)
            *out_index = *out_index * 10 + (size_t)(path->p[n] - '0');
        *out_name = view_of(NULL, 0);
        *path = view_slice(*path, n + 1, path->n);
        return true;
    }
    while (n < path->n && path->p[n] != '.' && path->p[n] != '[')
        n++;
    *out_name = view_slice(*path, 0, n);
    *path = view_slice(*path, n, path->n);
    return true;
}

size_t record_draft_find(struct view json, struct view path)
{
    size_t at = skip_space(json, 0), index;
    struct view name;
    while (at < json.n && take_step(&path, &name, &index)) {
        size_t next = 0;
        if (json.p[at] == '{' && name.n) next = find_member(json, at, name);
        if (json.p[at] == '[' && name.n == 0) next = find_element(json, at, index);
        if (next == 0 || next >= json.n) break;
        at = next;
    }
    return at < json.n ? at : 0;
}
