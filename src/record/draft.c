/* SPDX-License-Identifier: Apache-2.0
 *
 * Drafts: records as people write them, JSON with notes (# and //) and with commas behind the last
 * member. What is filled in is what nobody should have to type: versions, time, salts, hashes. */
#include "record/record_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENVELOPE_VERSION = 1, FILLED_IN = 5 };

/* ---- notes and commas ---- */

/* Where the last comma stands that nothing but space and notes has followed; SIZE_MAX: nowhere. */
struct stripping {
    uint8_t *p;
    size_t n, comma;
    bool in_string, in_note;
    uint8_t before; /* last byte that counted */
};

static void strip_byte(struct stripping *s, size_t i)
{
    uint8_t c = s->p[i];
    if (c == '\n') {
        s->in_note = s->in_string = false; /* no string goes over a line: json_parse says so */
    } else if (s->in_note) {
        s->p[i] = ' ';
    } else if (s->in_string) {
        s->in_string = c != '"';
    } else if (c == '#' || (c == '/' && i + 1 < s->n && s->p[i + 1] == '/')) {
        s->in_note = true;
        s->p[i] = ' ';
    } else if (c != ' ' && c != '\t' && c != '\r') {
        s->in_string = c == '"';
        if ((c == '}' || c == ']') && s->comma != SIZE_MAX) s->p[s->comma] = ' ';
        bool behind_value = s->before != '{' && s->before != '[' && s->before != ',';
        s->comma = c == ',' && behind_value ? i : SIZE_MAX;
        s->before = c;
    }
}

rc record_draft_json(struct view draft, struct buf *out)
{
    uint8_t *p;
    if (draft.n > RECORD_DRAFT_MAX_BYTES)
        return FAIL(E_LIMIT, "draft: more than %d bytes", RECORD_DRAFT_MAX_BYTES);
    if (view_starts(draft, VIEW("\xff\xfe")) || view_starts(draft, VIEW("\xfe\xff")))
        return FAIL(E_ENCODING, "draft: saved as UTF-16; save it as UTF-8");
    TRY(buf_reserve(out, draft.n, &p));
    if (draft.n) memcpy(p, draft.p, draft.n);
    if (view_starts(draft, VIEW("\xef\xbb\xbf"))) memset(p, ' ', 3);
    struct stripping s = {.p = p, .n = draft.n, .comma = SIZE_MAX, .before = '{'};
    for (size_t i = 0; i < draft.n; i++) {
        if (s.in_string && p[i] == '\\' && i + 1 < draft.n && p[i + 1] != '\n')
            i++; /* whatever it is, it does not end the string */
        else
            strip_byte(&s, i);
    }
    out->n += draft.n;
    return OK;
}

/* ---- what nobody should have to type ---- */

struct finishing {
    struct arena *mem;
    const struct record_kind *kind; /* may be NULL: record_parse says so */
    struct json *root;              /* our copy; its list has room for what is filled in */
    struct record_part_text *parts;
    uint32_t n_parts;
};

static struct json *items_of(struct json *v)
{
    return (struct json *)(uintptr_t)v->as.items;
}

static struct json *add_member(struct json *object, const char *key)
{
    struct json *m = &items_of(object)[object->n++];
    *m = (struct json){.key = view_cstr(key)};
    return m;
}

/* A copy of an object with room for `more` members. */
static rc copy_object(const struct json *v, uint32_t more, struct arena *mem, struct json *out)
{
    struct json *items;
    TRY(arena_array(mem, (size_t)v->n + more, &items));
    for (uint32_t i = 0; i < v->n; i++)
        items[i] = v->as.items[i];
    *out = *v;
    out->as.items = items;
    return OK;
}

static rc fresh_salt(struct arena *mem, struct view *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    uint8_t salt[RECORD_SALT_BYTES];
    TRY(seal_random(salt, sizeof salt));
    TRY(seal_base64(view_of(salt, sizeof salt), &text));
    return arena_copy(mem, buf_view(&text), out);
}

static rc fill_in(struct finishing *f, int64_t now_ms)
{
    struct json *root = f->root, *m;
    char made[24];
    if (!json_get(root, "sanad")) {
        m = add_member(root, "sanad");
        m->type = JSON_INT;
        m->as.integer = ENVELOPE_VERSION;
    }
    if (!json_get(root, "v") && f->kind) {
        m = add_member(root, "v");
        m->type = JSON_INT;
        m->as.integer = f->kind->version;
    }
    if (!json_get(root, "made")) {
        m = add_member(root, "made");
        m->type = JSON_STRING;
        record_time_write(now_ms, made);
        TRY(arena_copy(f->mem, view_of(made, sizeof made), &m->as.string));
    }
    if (!json_get(root, "salt")) {
        m = add_member(root, "salt");
        m->type = JSON_STRING;
        TRY(fresh_salt(f->mem, &m->as.string));
    }
    return OK;
}

/* ---- erasable fields ---- */

static rc make_part(struct finishing *f, const struct json *value, struct json *out_member)
{
    CLEANUP(buf_done) struct buf canonical = {0}, text = {0};
    uint8_t salt[RECORD_SALT_BYTES], hash[SEAL_SHA256_BYTES];
    char id[RECORD_ID_CHARS];
    if (f->n_parts == RECORD_MAX_PARTS)
        return FAIL(E_LIMIT, "draft: more than %d erasable fields", RECORD_MAX_PARTS);
    struct record_part_text *part = &f->parts[f->n_parts++];
    struct json plain = *value;
    plain.key = view_of(NULL, 0);
    TRY(json_write(&plain, f->mem, &canonical));
    TRY(seal_random(salt, sizeof salt));
    TRY(record_write_part(salt, buf_view(&canonical), &text, hash));
    part->field = value->key;
    TRY(arena_copy(f->mem, buf_view(&text), &part->text));
    record_id_write(hash, id);
    *out_member = (struct json){.type = JSON_STRING, .key = value->key};
    return arena_copy(f->mem, view_of(id, sizeof id), &out_member->as.string);
}

static bool is_erasable(const struct record_kind *kind, struct view name)
{
    const struct record_field *field = record_field_find(&kind->body, name);
    return field && field->erasable;
}

static uint32_t count_erasable(const struct record_kind *kind, const struct json *body)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < body->n; i++)
        n += is_erasable(kind, body->as.items[i].key);
    return n;
}

static rc add_parts(struct finishing *f, struct json *body, struct json *parts)
{
    struct json *items = items_of(body);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < body->n; i++) {
        if (!is_erasable(f->kind, items[i].key)) {
            items[kept++] = items[i];
            continue;
        }
        for (uint32_t j = 0; j < parts->n; j++)
            if (view_eq(parts->as.items[j].key, items[i].key))
                return FAIL(E_INPUT, "draft: %.*s stands in the body and among the parts",
                            VIEW_ARG(items[i].key));
        TRY(make_part(f, &items[i], &items_of(parts)[parts->n]));
        parts->n++;
    }
    body->n = kept;
    return OK;
}

static struct json *root_member(struct json *root, const char *key)
{
    for (uint32_t i = 0; i < root->n; i++)
        if (view_eq(root->as.items[i].key, view_cstr(key))) return &items_of(root)[i];
    return NULL;
}

static rc move_erasable(struct finishing *f)
{
    const struct json no_parts = {.type = JSON_OBJECT};
    struct json *body = root_member(f->root, "body"), *parts = root_member(f->root, "parts");
    if (!f->kind || !body || body->type != JSON_OBJECT) return OK;
    uint32_t n = count_erasable(f->kind, body);
    if (n == 0 || (parts && parts->type != JSON_OBJECT)) return OK;
    struct json filled;
    TRY(arena_array(f->mem, RECORD_MAX_PARTS, &f->parts));
    TRY(copy_object(body, 0, f->mem, body));
    TRY(copy_object(parts ? parts : &no_parts, n, f->mem, &filled));
    TRY(add_parts(f, body, &filled));
    filled.key = VIEW("parts");
    if (!parts) parts = add_member(f->root, "parts");
    *parts = filled;
    return OK;
}

/* ---- the whole draft ---- */

/* json_parse says the byte; people count lines. */
static rc with_line(rc failure, struct view draft)
{
    uint32_t line, column;
    const char *at = strstr(rc_message(), "at byte ");
    if (!at) return rc_within(failure, "draft: ");
    size_t byte = strtoul(at + strlen("at byte "), NULL, 10);
    record_draft_place(draft, byte, &line, &column);
    struct view rest = view_slice(draft, byte, 3);
    const char *hint = view_eq(rest, VIEW("\u201c")) || view_eq(rest, VIEW("\u201d"))
                           ? "curly quotation marks where \" belongs: "
                           : "";
    return rc_within(failure, "draft: line %u, column %u: %s", line, column, hint);
}

rc record_draft_finish(struct view draft, int64_t now_ms, struct arena *mem,
                       struct record_draft *out)
{
    static const struct json_limits k_limits = {RECORD_DRAFT_MAX_BYTES, 16, 20000};
    CLEANUP(buf_done) struct buf json = {0}, text = {0};
    const struct json *read;
    struct json root;
    TRY(record_draft_json(draft, &json));
    rc r = json_parse(buf_view(&json), &k_limits, mem, &read);
    if (!ok(r)) return with_line(r, draft);
    if (read->type != JSON_OBJECT)
        return FAIL(E_INPUT, "draft: an object { … } is expected, not %s",
                    json_type_name(read->type));
    TRY(copy_object(read, FILLED_IN, mem, &root));
    struct finishing f = {.mem = mem, .root = &root};
    f.kind = record_kind_find(json_get_string(&root, "kind"));
    TRY(fill_in(&f, now_ms));
    TRY(move_erasable(&f));
    TRY(json_write(&root, mem, &text));
    TRY(buf_add_byte(&text, '\n'));
    struct record_draft draft_out = {.parts = f.parts, .n_parts = f.n_parts};
    TRY(arena_copy(mem, buf_view(&text), &draft_out.text));
    *out = draft_out;
    return OK;
}
