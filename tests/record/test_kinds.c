/* SPDX-License-Identifier: Apache-2.0
 * Every kind and every field, by the tables themselves. */
#include "raw.h"

#include <inttypes.h>

/* A tree that can be changed: every object and list has room for one more. */
static struct json copy_tree(const struct json *v, struct arena *mem)
{
    struct json copy = *v, *items = NULL;
    if (v->type != JSON_ARRAY && v->type != JSON_OBJECT) return copy;
    CHECK_OK(arena_array(mem, v->n + 1, &items));
    for (uint32_t i = 0; i < v->n; i++)
        items[i] = copy_tree(&v->as.items[i], mem);
    copy.as.items = items;
    return copy;
}

static struct json *items_of(struct json *v)
{
    return (struct json *)(uintptr_t)v->as.items;
}

static struct json *member(struct json *object, const char *key)
{
    for (uint32_t i = 0; i < object->n; i++)
        if (view_eq(object->as.items[i].key, view_cstr(key))) return &items_of(object)[i];
    return NULL;
}

struct walk {
    const struct record_kind *kind;
    struct json *root;
    struct arena *mem;
    uint32_t n_cases;
};

/* The changed tree is refused, and the path stands among the faults. */
static void refused(struct walk *w, const char *path, const char *how)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf text = {0};
    struct record_faults faults;
    const struct record *r;
    arena_init(&mem, 0);
    CHECK_OK(json_write(w->root, &mem, &text));
    CHECK_OK(buf_add_byte(&text, '\n'));
    rc result = record_parse(buf_view(&text), RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, &faults);
    w->n_cases++;
    if (result.code == E_LIMIT) return;
    if (result.code != E_INPUT) fail_msg("%s: %s %s: was taken", w->kind->name, path, how);
    for (uint32_t i = 0; i < faults.n; i++)
        if (view_eq(faults.list[i].path, view_cstr(path))) return;
    fail_msg("%s: %s %s: said \"%s\"", w->kind->name, path, how, rc_message());
}

static struct json a_string(const char *text)
{
    return (struct json){.type = JSON_STRING, .as.string = view_cstr(text)};
}

static struct json a_long_text(struct walk *w, uint32_t n_chars)
{
    struct json v = {.type = JSON_STRING};
    uint8_t *p;
    CHECK_OK(arena_bytes(w->mem, n_chars, &p));
    memset(p, 'x', n_chars);
    v.as.string = view_of(p, n_chars);
    return v;
}

static void replaced(struct walk *w, struct json *place, struct json by, const char *path,
                     const char *how)
{
    struct json before = *place;
    by.key = before.key;
    *place = by;
    refused(w, path, how);
    *place = before;
}

static void walk_shape(struct walk *w, const struct record_shape *shape, struct json *object,
                       const char *path);

static void walk_one(struct walk *w, const struct record_field *f, struct json *v, const char *path)
{
    bool is_text = f->type != RECORD_BOOL && f->type != RECORD_INT && f->type != RECORD_SHAPE &&
                   f->type != RECORD_SHOWN;
    char below[300];
    replaced(w, v, is_text ? (struct json){.type = JSON_BOOL} : a_string("x"), path, "wrong type");
    if (f->type == RECORD_SHOWN && v->type == JSON_OBJECT) {
        snprintf(below, sizeof below, "%.200s.text", path);
        replaced(w, member(v, "text"), a_long_text(w, f->max_chars + 1), below, "too long");
        replaced(w, member(v, "text"), a_string(""), below, "empty");
        snprintf(below, sizeof below, "%.200s.lang", path);
        replaced(w, member(v, "lang"), a_string("?"), below, "no language");
    }
    if (f->type == RECORD_TEXT)
        replaced(w, v, a_long_text(w, f->max_chars + 1), path, "too long");
    else if (is_text)
        replaced(w, v, a_string("no such word!"), path, "wrong format");
    if (f->type == RECORD_INT && f->most < INT64_C(9007199254740991))
        replaced(w, v, (struct json){.type = JSON_INT, .as.integer = f->most + 1}, path, "too big");
    if (f->type == RECORD_SHAPE && v->type == JSON_OBJECT) walk_shape(w, f->shape, v, path);
}

static void walk_list(struct walk *w, const struct record_field *f, struct json *v,
                      const char *path)
{
    char below[300];
    struct json *items;
    struct json many = {.type = JSON_ARRAY, .n = f->max + 1};
    replaced(w, v, a_string("x"), path, "no list");
    if (f->min > 0) replaced(w, v, (struct json){.type = JSON_ARRAY}, path, "too few");
    if (v->type != JSON_ARRAY || v->n == 0) return;
    CHECK_OK(arena_array(w->mem, many.n, &items));
    for (uint32_t i = 0; i < many.n; i++)
        items[i] = v->as.items[0];
    many.as.items = items;
    replaced(w, v, many, path, "too many");
    snprintf(below, sizeof below, "%.200s[0]", path);
    walk_one(w, f, &items_of(v)[0], below);
}

static void walk_field(struct walk *w, const struct record_field *f, struct json *object,
                       const char *path)
{
    struct json *v = member(object, f->name);
    bool added = v == NULL;
    if (added) {
        /* Any value of a wrong type shows that the field is looked at. */
        v = &items_of(object)[object->n++];
        *v = (struct json){.type = JSON_BOOL, .key = view_cstr(f->name)};
        if (f->type == RECORD_BOOL && !f->list) v->type = JSON_INT;
        refused(w, path, f->erasable ? "stands in the body" : "wrong type");
        object->n--;
        return;
    }
    if (f->required) {
        struct json before = *v, last = items_of(object)[object->n - 1];
        *v = last;
        object->n--;
        refused(w, path, "missing");
        object->n++;
        items_of(object)[object->n - 1] = last;
        *v = before;
    }
    if (f->list)
        walk_list(w, f, v, path);
    else
        walk_one(w, f, v, path);
}

static void walk_shape(struct walk *w, const struct record_shape *shape, struct json *object,
                       const char *path)
{
    char below[300];
    for (uint32_t i = 0; i < shape->n_fields; i++) {
        snprintf(below, sizeof below, "%.200s.%s", path, shape->fields[i].name);
        walk_field(w, &shape->fields[i], object, below);
    }
    snprintf(below, sizeof below, "%.200s.no_such_field", path);
    items_of(object)[object->n] = a_string("x");
    items_of(object)[object->n++].key = VIEW("no_such_field");
    refused(w, below, "unknown");
    object->n--;
}

TEST(a_field_that_is_missing_too_long_or_of_another_type_is_refused_with_its_path)
{
    uint32_t n_cases = 0;
    for (uint32_t k = 0; k < k_n_record_kinds; k++) {
        CLEANUP(arena_done) struct arena mem;
        arena_init(&mem, 0);
        const struct json *parsed;
        CHECK_OK(json_parse(k_record_kinds[k].example, NULL, &mem, &parsed));
        struct json root = copy_tree(parsed, &mem);
        struct walk w = {&k_record_kinds[k], &root, &mem, 0};
        walk_shape(&w, &k_record_kinds[k].body, member(&root, "body"), "body");
        n_cases += w.n_cases;
    }
    print_message("%u changed records refused\n", n_cases);
    CHECK(n_cases > 1000);
}

TEST(the_example_of_every_kind_can_be_signed_as_it_is)
{
    CHECK(k_n_record_kinds >= 46);
    for (uint32_t k = 0; k < k_n_record_kinds; k++) {
        CLEANUP(arena_done) struct arena mem;
        arena_init(&mem, 0);
        const struct record_kind *kind = &k_record_kinds[k];
        const struct record *r;
        struct view text;
        uint8_t id[SEAL_SHA256_BYTES];
        CHECK_OK(record_example(view_cstr(kind->name), &text));
        CHECK_OK(record_parse(text, RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, NULL));
        CHECK(r->kind == kind && !r->frozen && !r->newer && r->made_ms == MADE_MS);
        CHECK_OK(seal_sha256(text, id));
        assert_memory_equal(id, r->id, sizeof id);
        CHECK_OK(record_check_alone(r, MADE_MS, &mem));
        CHECK(r->n_parts == kind->n_example_parts);
        for (uint32_t i = 0; i < kind->n_example_parts; i++)
            CHECK_OK(record_check_part(r, kind->example_parts[i].field, kind->example_parts[i].text,
                                       &mem, NULL, NULL));
    }
}

TEST(every_state_of_every_kind_is_reached_by_a_record_or_a_clock)
{
    for (uint32_t k = 0; k < k_n_record_kinds; k++) {
        const struct record_kind *kind = &k_record_kinds[k];
        uint32_t reached = 0;
        for (uint32_t t = 0; t < kind->n_transitions; t++) {
            const struct record_transition *x = &kind->transitions[t];
            CHECK(x->to < kind->n_states);
            CHECK((x->by == RECORD_BY_KIND) == (x->by_kind != NULL));
            CHECK((x->by == RECORD_BY_CLOCK) == (x->clock != NULL));
            if (x->by_kind) CHECK(record_kind_find(view_cstr(x->by_kind)) != NULL);
            reached |= RECORD_STATE_BIT(x->to);
        }
        for (uint32_t s = 0; s < kind->n_states; s++) {
            CHECK(reached & RECORD_STATE_BIT(s));
            CHECK(record_state_find(kind, view_cstr(kind->states[s].name)) == (int)s);
        }
        CHECK(record_state_find(kind, VIEW("no_such_state")) == -1);
    }
}

TEST(nobody_can_put_a_person_or_a_score_into_a_record)
{
    /* R1, R2: a raw record cannot carry what no kind has a field for. */
    static const char *const k_fields[] = {"name",    "email", "phone", "ip",
                                           "account", "score", "rank",  "birth"};
    for (uint32_t k = 0; k < k_n_record_kinds; k++)
        for (size_t i = 0; i < COUNT_OF(k_fields); i++) {
            CLEANUP(arena_done) struct arena mem;
            const struct record *r;
            char body[64], path[64];
            arena_init(&mem, 0);
            if (record_field_find(&k_record_kinds[k].body, view_cstr(k_fields[i]))) continue;
            snprintf(body, sizeof body, "\"body\":{\"%s\":\"x\",", k_fields[i]);
            snprintf(path, sizeof path, "body.%s: is no field", k_fields[i]);
            struct view text = raw_text(k_record_kinds[k].name, EDITS("\"body\":{", body), &mem);
            CHECK_FAILS(E_INPUT, record_parse(text, RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, NULL));
            CHECK_MESSAGE(path);
        }
}

TESTS(RUN(the_example_of_every_kind_can_be_signed_as_it_is),
      RUN(a_field_that_is_missing_too_long_or_of_another_type_is_refused_with_its_path),
      RUN(every_state_of_every_kind_is_reached_by_a_record_or_a_clock),
      RUN(nobody_can_put_a_person_or_a_score_into_a_record))
