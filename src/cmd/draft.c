/* SPDX-License-Identifier: Apache-2.0
 * Writes drafts from the tables of the kinds. */
#include "cmd/draft_int.h"

#include <string.h>

enum { STEP = 2, NOT_OFF = UINT32_MAX };

struct writer {
    struct buf *out;
    struct arena *mem;
    enum lang reader;
    struct view org;        /* stands for the example's; may be empty */
    const struct json *own; /* fields of the body that are switched on: they are known */
    bool as_given;          /* what stands in the values is switched on, needed or not */
    uint32_t indent;
    uint32_t off_at; /* column of the slashes, or NOT_OFF */
    rc failure;
};

static void keep(struct writer *w, rc r)
{
    if (ok(w->failure)) w->failure = r;
}

static void spaces(struct writer *w, uint32_t n)
{
    while (n-- > 0)
        keep(w, buf_add_byte(w->out, ' '));
}

/* The beginning of a line, up to what stands on it. */
static void line(struct writer *w)
{
    bool off = w->off_at != NOT_OFF;
    spaces(w, off ? w->off_at : w->indent);
    if (!off) return;
    keep(w, buf_add(w->out, VIEW("// ")));
    spaces(w, w->indent - w->off_at);
}

#define text_line(w, ...)                         \
    do {                                          \
        line(w);                                  \
        keep(w, buf_addf((w)->out, __VA_ARGS__)); \
        keep(w, buf_add_byte((w)->out, '\n'));    \
    } while (0)

static bool switch_off(struct writer *w, bool off)
{
    if (!off || w->off_at != NOT_OFF) return false;
    w->off_at = w->indent;
    return true;
}

static void switch_on(struct writer *w, bool switched)
{
    if (switched) w->off_at = NOT_OFF;
}

/* ---- values ---- */

/* What stands where the example has nothing. */
static struct json placeholder(const struct record_field *f)
{
    static const char *const k_texts[] = {
        [RECORD_TEXT] = "…",
        [RECORD_TOKEN] = "word",
        [RECORD_LANG] = "en",
        [RECORD_ORG] = "desk.example",
        [RECORD_ID] = "sha256:0000000000000000000000000000000000000000000000000000000000000000",
        [RECORD_SHA256] = "sha256:0000000000000000000000000000000000000000000000000000000000000000",
        [RECORD_URL] = "https://desk.example/",
        [RECORD_DATE] = "2027-06-22",
        [RECORD_TIME] = "2027-06-22T12:00:00.000Z",
        [RECORD_COUNTRY] = "VN",
        [RECORD_VKEY] = "name+id+key",
        [RECORD_SHAPE] = NULL,
    };
    static const struct json k_shown[] = {
        {.type = JSON_STRING,
         .key = {(const uint8_t *)"lang", 4},
         .as.string = {(const uint8_t *)"en", 2}},
        {.type = JSON_STRING,
         .key = {(const uint8_t *)"text", 4},
         .as.string = {(const uint8_t *)"…", 3}},
    };
    if (f->type == RECORD_BOOL) return (struct json){.type = JSON_BOOL};
    if (f->type == RECORD_INT) return (struct json){.type = JSON_INT, .as.integer = f->least};
    if (f->type == RECORD_SHOWN)
        return (struct json){.type = JSON_OBJECT, .n = COUNT_OF(k_shown), .as.items = k_shown};
    const char *text = f->type == RECORD_ENUM ? f->values[0] : k_texts[f->type];
    return (struct json){.type = JSON_STRING, .as.string = view_cstr(text)};
}

static void plain_value(struct writer *w, const struct json *value)
{
    struct json copy = *value;
    copy.key = view_of(NULL, 0);
    keep(w, json_write(&copy, w->mem, w->out));
}

static void shape_members(struct writer *w, const struct record_shape *shape,
                          const struct json *values);

static void one_value(struct writer *w, const struct record_field *f, const struct json *value)
{
    struct json none;
    if (f->type != RECORD_SHAPE) {
        if (!value) none = placeholder(f);
        plain_value(w, value ? value : &none);
        return;
    }
    keep(w, buf_add(w->out, VIEW("{\n")));
    w->indent += STEP;
    shape_members(w, f->shape, value);
    w->indent -= STEP;
    line(w);
    keep(w, buf_add_byte(w->out, '}'));
}

static bool on_one_line(const struct record_field *f)
{
    return !f->list || (f->type != RECORD_SHAPE && f->type != RECORD_SHOWN);
}

static void list_value(struct writer *w, const struct record_field *f, const struct json *value)
{
    bool given = value && value->type == JSON_ARRAY;
    if (given && on_one_line(f)) {
        plain_value(w, value);
        return;
    }
    keep(w, buf_add(w->out, VIEW("[\n")));
    w->indent += STEP;
    for (uint32_t i = 0; i < (given ? value->n : 1); i++) {
        line(w);
        one_value(w, f, given ? &value->as.items[i] : NULL);
        keep(w, buf_add(w->out, VIEW(",\n")));
    }
    w->indent -= STEP;
    line(w);
    keep(w, buf_add_byte(w->out, ']'));
}

/* ---- fields ---- */

static void explain(struct writer *w, const struct record_field *f)
{
    CLEANUP(buf_done) struct buf words = {0}, when = {0};
    const char *needed = message(
        w->reader, f->required ? MSG_DRAFT_NEEDED
                               : (f->when.field ? MSG_DRAFT_NEEDED_WHEN : MSG_DRAFT_OPTIONAL));
    keep(w, draft_describe(f, w->reader, &words));
    if (f->when.field) keep(w, buf_addf(&when, " %s: ", f->when.field));
    for (uint32_t i = 0; f->when.field && i < f->when.n; i++)
        keep(w, buf_addf(&when, "%s%s", i ? ", " : "", f->when.is[i]));
    text_line(w, "# %s", f->help);
    text_line(w, "# %s%.*s; %.*s", needed, VIEW_ARG(buf_view(&when)), VIEW_ARG(buf_view(&words)));
}

static void member(struct writer *w, const struct record_field *f, const struct json *value,
                   bool off)
{
    explain(w, f);
    bool switched = switch_off(w, off);
    line(w);
    keep(w, buf_addf(w->out, "\"%s\": ", f->name));
    if (f->list)
        list_value(w, f, value);
    else
        one_value(w, f, value);
    keep(w, buf_add(w->out, VIEW(",\n")));
    switch_on(w, switched);
}

static bool is_needed(const struct record_shape *shape, const struct record_field *f,
                      const struct json *values)
{
    if (shape->one_of || f->required) return true;
    return f->when.field && values && record_when_holds(&f->when, values);
}

static void shape_members(struct writer *w, const struct record_shape *shape,
                          const struct json *values)
{
    const struct json *own = w->own;
    w->own = NULL;       /* of the body itself only */
    bool chosen = false; /* of shapes of which one field stands: without an example the first */
    for (uint32_t i = 0; i < shape->n_fields; i++) {
        const struct record_field *f = &shape->fields[i];
        const struct json *value = json_get(values, f->name);
        bool there = value || (!values && !chosen);
        bool on = there && (is_needed(shape, f, values) || (w->as_given && value) ||
                            (own && json_get(own, f->name)));
        chosen |= shape->one_of && on;
        member(w, f, value, !on);
    }
}

/* ---- envelope ---- */

struct envelope_row {
    const char *name;
    enum message help;
    const char *placeholder; /* JSON */
};
static const struct envelope_row k_envelope[] = {
    {"org", MSG_DRAFT_OF_ORG, "\"checker.example\""},
    {"mark", MSG_DRAFT_OF_MARK, "\"clear\""},
    {"to", MSG_DRAFT_OF_TO, "[\"desk.example\"]"},
    {"about", MSG_DRAFT_OF_ABOUT,
     "[\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"]"},
    {"until", MSG_DRAFT_OF_UNTIL, "\"2027-06-22\""},
    {"basis", MSG_DRAFT_OF_BASIS, "\"Act 12, article 3 (1)\""},
    {"signers", MSG_DRAFT_OF_SIGNERS, "[\"checker.example\",\"desk.example\"]"},
    {"prev", MSG_DRAFT_OF_PREV,
     "\"sha256:0000000000000000000000000000000000000000000000000000000000000000\""},
};

/* A copy in which the example's author is another. */
static rc with_org(struct writer *w, const struct json *value, struct json *out)
{
    struct json *items;
    *out = *value;
    if (w->org.n == 0) return OK;
    if (value->type == JSON_STRING && view_eq(value->as.string, VIEW("checker.example")))
        out->as.string = w->org;
    if (value->type != JSON_ARRAY) return OK;
    TRY(arena_array(w->mem, value->n, &items));
    for (uint32_t i = 0; i < value->n; i++) {
        items[i] = value->as.items[i];
        if (view_eq(items[i].as.string, VIEW("checker.example"))) items[i].as.string = w->org;
    }
    out->as.items = items;
    return OK;
}

static void envelope_member(struct writer *w, const struct envelope_row *row,
                            const struct json *values)
{
    const struct json *value = json_get(values, row->name);
    text_line(w, "# %s", message(w->reader, row->help));
    bool switched = switch_off(w, !value);
    line(w);
    keep(w, buf_addf(w->out, "\"%s\": ", row->name));
    if (value) {
        struct json changed = {0};
        rc r = with_org(w, value, &changed);
        keep(w, r);
        if (ok(r)) plain_value(w, &changed);
    } else {
        keep(w, buf_addf(w->out, "%s", row->placeholder));
    }
    keep(w, buf_add(w->out, VIEW(",\n")));
    switch_on(w, switched);
}

static void whole(struct writer *w, const struct record_kind *kind, const struct json *values)
{
    const struct json *body = json_get(values, "body");
    text_line(w, "# %s: %s", kind->name, kind->summary);
    text_line(w, "# %s", message(w->reader, MSG_DRAFT_HOW_TO_EDIT));
    text_line(w, "# %s", message(w->reader, MSG_DRAFT_HOW_TO_SIGN));
    text_line(w, "{");
    w->indent = STEP;
    text_line(w, "\"kind\": \"%s\",", kind->name);
    for (size_t i = 0; i < COUNT_OF(k_envelope); i++)
        if (strcmp(k_envelope[i].name, "about") != 0 || kind->about_max > 0)
            envelope_member(w, &k_envelope[i], values);
    text_line(w, "\"body\": {");
    w->indent += STEP;
    shape_members(w, &kind->body, body);
    w->indent -= STEP;
    text_line(w, "},");
    w->indent = 0;
    text_line(w, "}");
}

static rc write_draft(struct writer *w, const struct record_kind *kind, const struct json *values)
{
    size_t before = w->out->n;
    w->off_at = NOT_OFF;
    whole(w, kind, values);
    if (!ok(w->failure)) w->out->n = before;
    return w->failure;
}

rc draft_of_record(const struct record_kind *kind, const struct json *values, enum lang reader,
                   struct arena *mem, struct buf *out)
{
    struct writer w = {.out = out, .mem = mem, .reader = reader, .as_given = true};
    return write_draft(&w, kind, values);
}

/* ---- examples ---- */

static void put(struct json *object, struct json *items, const struct json *member)
{
    uint32_t i = 0;
    while (i < object->n && !view_eq(items[i].key, member->key))
        i++;
    object->n += i == object->n;
    items[i] = *member;
}

/* The example's body with the values of its parts, as if nothing could be erased, and with what is
 * known. */
static rc whole_body(const struct record_kind *kind, const struct json *body,
                     const struct json *own, struct arena *mem, struct json *out)
{
    struct json *items;
    uint32_t n_own = own ? own->n : 0;
    TRY(arena_array(mem, (size_t)body->n + kind->n_example_parts + n_own, &items));
    if (body->n) memcpy(items, body->as.items, body->n * sizeof *items);
    for (uint32_t i = 0; i < kind->n_example_parts; i++) {
        const struct json *part;
        TRY(json_parse(kind->example_parts[i].text, NULL, mem, &part));
        items[body->n + i] = *json_get(part, "value");
        items[body->n + i].key = kind->example_parts[i].field;
    }
    *out = *body;
    out->n = body->n + kind->n_example_parts;
    out->as.items = items;
    for (uint32_t i = 0; i < n_own; i++)
        put(out, items, &own->as.items[i]);
    return OK;
}

rc draft_of_kind(const struct record_kind *kind, struct view org, const struct json *own,
                 enum lang reader, struct arena *mem, struct buf *out)
{
    const struct json *example;
    struct json root, *items;
    TRY(json_parse(kind->example, NULL, mem, &example));
    TRY(arena_array(mem, example->n, &items));
    root = *example;
    for (uint32_t i = 0; i < example->n; i++) {
        items[i] = example->as.items[i];
        if (view_eq(items[i].key, VIEW("body")))
            TRY(whole_body(kind, &example->as.items[i], own, mem, &items[i]));
    }
    root.as.items = items;
    struct writer w = {.out = out, .mem = mem, .reader = reader, .org = org, .own = own};
    return write_draft(&w, kind, &root);
}
