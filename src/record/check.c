/* SPDX-License-Identifier: Apache-2.0
 * Faults with their paths, and what no value of a record may be. */
#include "record/record_int.h"

#include <stdio.h>
#include <string.h>

#define MAX_SAFE_INTEGER INT64_C(9007199254740991)

void check_into(struct check *c, struct view name)
{
    if (c->depth < CHECK_DEPTH) c->at[c->depth].name = name;
    c->depth++;
}

void check_into_element(struct check *c, uint32_t index)
{
    if (c->depth < CHECK_DEPTH) {
        c->at[c->depth].name = view_of(NULL, 0);
        c->at[c->depth].index = index;
    }
    c->depth++;
}

void check_out(struct check *c)
{
    c->depth--;
}

/* What a reader sees: names of others may hold anything, so they are cut and made plain. */
static size_t add_name(char *path, size_t at, struct view name)
{
    if (at > 0 && at < PATH_BYTES) path[at++] = '.';
    for (size_t i = 0; i < name.n && i < 64 && at < PATH_BYTES; i++)
        path[at++] = name.p[i] < 0x20 || name.p[i] >= 0x7f ? '?' : (char)name.p[i];
    return at;
}

static struct view path_of(const struct check *c, const char *name, char path[PATH_BYTES])
{
    size_t at = 0;
    for (uint32_t i = 0; i < c->depth && i < CHECK_DEPTH; i++) {
        if (c->at[i].name.p) {
            at = add_name(path, at, c->at[i].name);
        } else {
            char index[16];
            int n = snprintf(index, sizeof index, "[%u]", c->at[i].index);
            if (at + (size_t)n <= PATH_BYTES) memcpy(path + at, index, (size_t)n);
            if (at + (size_t)n <= PATH_BYTES) at += (size_t)n;
        }
    }
    if (name) at = add_name(path, at, view_cstr(name));
    return view_of(path, at);
}

void check_fault(struct check *c, const char *name, const char *fmt, ...)
{
    char path[PATH_BYTES], what[512];
    va_list args;
    c->faults->total++;
    if (c->faults->n == RECORD_MAX_FAULTS || !ok(c->failure)) return;
    va_start(args, fmt);
    int n = vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof what ? (size_t)n : sizeof what - 1;
    struct record_fault *fault = &c->faults->list[c->faults->n];
    rc r = arena_copy(c->mem, path_of(c, name, path), &fault->path);
    if (ok(r)) r = arena_copy(c->mem, view_of(what, length), &fault->what);
    if (ok(r))
        c->faults->n++;
    else
        c->failure = r;
}

rc check_result(const struct check *c)
{
    if (!ok(c->failure)) return c->failure;
    if (c->faults->n == 0) return OK;
    const struct record_fault *first = &c->faults->list[0];
    const char *colon = first->path.n ? ": " : "";
    if (c->faults->total == 1)
        return FAIL(E_INPUT, "record: %.*s%s%.*s", VIEW_ARG(first->path), colon,
                    VIEW_ARG(first->what));
    return FAIL(E_INPUT, "record: %.*s%s%.*s (and %u more)", VIEW_ARG(first->path), colon,
                VIEW_ARG(first->what), c->faults->total - 1);
}

/* ---- every value ---- */

/* A container on the way and how far. */
struct level {
    const struct json *container;
    uint32_t next;
    struct level *outer;
};

static void check_scalar(struct check *c, const struct json *v)
{
    if (v->type == JSON_NULL) check_fault(c, NULL, "null stands in no record: leave it out");
    if (v->type == JSON_DOUBLE) check_fault(c, NULL, "only whole numbers within 2^53 - 1");
    if (v->type == JSON_INT &&
        (v->as.integer > MAX_SAFE_INTEGER || v->as.integer < -MAX_SAFE_INTEGER))
        check_fault(c, NULL, "only whole numbers within 2^53 - 1");
    if (v->type == JSON_STRING && v->as.string.n > 0 &&
        memchr(v->as.string.p, 0, v->as.string.n) != NULL)
        check_fault(c, NULL, "NUL stands in no text");
}

static rc go_down(struct check *c, const struct json *v, struct level **top)
{
    struct level *down;
    TRY(arena_new(c->mem, &down));
    *down = (struct level){v, 0, *top};
    *top = down;
    return OK;
}

static bool is_ascii(struct view v)
{
    uint8_t all = 0;
    for (size_t i = 0; i < v.n; i++)
        all |= v.p[i];
    return all < 0x80;
}

rc check_plain(struct check *c, const struct json *root)
{
    struct level *top = NULL;
    c->names_in_order = true;
    if (root->type != JSON_OBJECT) {
        check_fault(c, NULL, "an object is expected, not %s", json_type_name(root->type));
        return c->failure;
    }
    TRY(go_down(c, root, &top));
    while (top) {
        const struct json *in = top->container;
        if (top->next == in->n) {
            top = top->outer;
            if (top) check_out(c);
            continue;
        }
        const struct json *v = &in->as.items[top->next++];
        if (in->type == JSON_OBJECT) {
            check_into(c, v->key);
            if (!is_ascii(v->key) || (top->next > 1 && view_cmp(v[-1].key, v->key) >= 0))
                c->names_in_order = false;
            if (v->key.n == 0 || memchr(v->key.p, 0, v->key.n))
                check_fault(c, NULL, "an empty name, or NUL in a name");
        } else {
            check_into_element(c, top->next - 1);
        }
        if (v->type == JSON_ARRAY || v->type == JSON_OBJECT) {
            TRY(go_down(c, v, &top));
            continue;
        }
        check_scalar(c, v);
        check_out(c);
    }
    return c->failure;
}
