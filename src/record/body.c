/* SPDX-License-Identifier: Apache-2.0
 * The body of a record against the table of its kind. Shapes nest as deep as the tables do, which
 * the generator limits; the depth of the input costs nothing here. */
#include "record/record_int.h"

#include <string.h>

enum { MAX_TRANSLATIONS = 64 };

bool word_listed(const char *const *words, uint32_t n, struct view word)
{
    for (uint32_t i = 0; i < n; i++)
        if (view_eq(view_cstr(words[i]), word)) return true;
    return false;
}

const struct record_field *record_field_find(const struct record_shape *shape, struct view name)
{
    for (uint32_t i = 0; i < shape->n_fields; i++)
        if (view_eq(view_cstr(shape->fields[i].name), name)) return &shape->fields[i];
    return NULL;
}

bool record_has_part(const struct record *r, struct view field)
{
    for (uint32_t i = 0; i < r->n_parts; i++)
        if (view_eq(r->parts[i].field, field)) return true;
    return false;
}

bool record_when_holds(const struct record_when *when, const struct json *body)
{
    if (!when->field) return true;
    const struct json *v = json_get(body, when->field);
    if (!v) return false;
    if (word_listed(when->is, when->n, VIEW("present"))) return true;
    if (v->type == JSON_BOOL)
        return word_listed(when->is, when->n, v->as.boolean ? VIEW("true") : VIEW("false"));
    return v->type == JSON_STRING && word_listed(when->is, when->n, v->as.string);
}

static bool expect(struct check *c, const struct json *v, enum json_type type, const char *what)
{
    if (v->type == type) return true;
    check_fault(c, NULL, "%s is expected, not %s", what, json_type_name(v->type));
    return false;
}

/* ---- texts that people read ---- */

static void check_words(struct check *c, const struct json *object, uint32_t max_chars)
{
    static const char *const k_members[] = {"lang", "text"};
    for (size_t i = 0; i < COUNT_OF(k_members); i++) {
        const struct json *v = json_get(object, k_members[i]);
        if (!v) {
            check_fault(c, k_members[i], "is missing");
            continue;
        }
        check_into(c, view_cstr(k_members[i]));
        if (expect(c, v, JSON_STRING, "a text")) {
            const char *why = i == 0 ? format_fault(RECORD_LANG, v->as.string) : NULL;
            if (why) check_fault(c, NULL, "%s", why);
            if (i == 1) check_chars(c, v->as.string, max_chars);
        }
        check_out(c);
    }
}

static void refuse_others(struct check *c, const struct json *object, const char *const *known,
                          uint32_t n_known)
{
    for (uint32_t i = 0; i < object->n && !c->keep_unknown; i++)
        if (!word_listed(known, n_known, object->as.items[i].key)) {
            check_into(c, object->as.items[i].key);
            check_fault(c, NULL, "is no field of a text");
            check_out(c);
        }
}

static void check_shown(struct check *c, const struct record_field *f, const struct json *v)
{
    static const char *const k_known[] = {"lang", "text", "translations"};
    if (!expect(c, v, JSON_OBJECT, "an object with lang and text")) return;
    refuse_others(c, v, k_known, 3);
    check_words(c, v, f->max_chars);
    const struct json *others = json_get(v, "translations");
    if (!others) return;
    check_into(c, VIEW("translations"));
    if (expect(c, others, JSON_ARRAY, "a list") && others->n > MAX_TRANSLATIONS)
        check_fault(c, NULL, "more than %d translations", MAX_TRANSLATIONS);
    for (uint32_t i = 0; others->type == JSON_ARRAY && i < others->n && i < MAX_TRANSLATIONS; i++) {
        check_into_element(c, i);
        if (expect(c, &others->as.items[i], JSON_OBJECT, "an object with lang and text")) {
            refuse_others(c, &others->as.items[i], k_known, 2);
            check_words(c, &others->as.items[i], f->max_chars);
        }
        check_out(c);
    }
    check_out(c);
}

/* ---- one value ---- */

static void check_int(struct check *c, const struct record_field *f, const struct json *v)
{
    if (!expect(c, v, JSON_INT, "a whole number")) return;
    if (v->as.integer < f->least || v->as.integer > f->most)
        check_fault(c, NULL, "%lld is not within %lld to %lld", (long long)v->as.integer,
                    (long long)f->least, (long long)f->most);
}

static void check_enum(struct check *c, const struct record_field *f, struct view word)
{
    char list[256];
    size_t at = 0;
    if (word_listed(f->values, f->n_values, word)) return;
    for (uint32_t i = 0; i < f->n_values; i++) {
        size_t n = strlen(f->values[i]);
        if (at + n + 2 >= sizeof list) break;
        if (i > 0) memcpy(list + at, ", ", 2);
        at += i > 0 ? 2 : 0;
        memcpy(list + at, f->values[i], n);
        at += n;
    }
    check_fault(c, NULL, "is none of: %.*s", (int)at, list);
}

static void check_string(struct check *c, const struct record_field *f, const struct json *v)
{
    if (!expect(c, v, JSON_STRING, "a text")) return;
    if (f->type == RECORD_ENUM) {
        check_enum(c, f, v->as.string);
        return;
    }
    if (f->type == RECORD_COUNTRY && word_listed(f->values, f->n_values, v->as.string)) return;
    if (f->type == RECORD_TEXT) {
        check_chars(c, v->as.string, f->max_chars);
        return;
    }
    const char *why = format_fault(f->type, v->as.string);
    if (why) check_fault(c, NULL, "%s", why);
}

static void check_one(struct check *c, const struct record_field *f, const struct json *v)
{
    if (f->type == RECORD_SHOWN)
        check_shown(c, f, v);
    else if (f->type == RECORD_BOOL)
        (void)expect(c, v, JSON_BOOL, "true or false");
    else if (f->type == RECORD_INT)
        check_int(c, f, v);
    else if (f->type != RECORD_SHAPE)
        check_string(c, f, v);
    else if (expect(c, v, JSON_OBJECT, "an object"))
        check_shape(c, f->shape, v, NULL);
}

void check_value(struct check *c, const struct record_field *f, const struct json *value)
{
    if (!f->list) {
        check_one(c, f, value);
        return;
    }
    if (!expect(c, value, JSON_ARRAY, "a list")) return;
    if (value->n < f->min || value->n > f->max)
        check_fault(c, NULL, "%u elements, %u to %u are expected", value->n, f->min, f->max);
    for (uint32_t i = 0; i < value->n && i < f->max; i++) {
        check_into_element(c, i);
        check_one(c, f, &value->as.items[i]);
        check_out(c);
    }
}

/* ---- an object ---- */

static void check_unknown(struct check *c, const struct record_shape *shape,
                          const struct json *object)
{
    for (uint32_t i = 0; i < object->n && !c->keep_unknown; i++)
        if (!record_field_find(shape, object->as.items[i].key)) {
            check_into(c, object->as.items[i].key);
            check_fault(c, NULL, "is no field of %s", shape->name);
            check_out(c);
        }
}

static bool is_needed(const struct record_field *f, const struct json *object)
{
    return f->required || (f->when.field && record_when_holds(&f->when, object));
}

void check_shape(struct check *c, const struct record_shape *shape, const struct json *object,
                 const struct record *with_parts)
{
    uint32_t n_present = 0;
    check_unknown(c, shape, object);
    for (uint32_t i = 0; i < shape->n_fields; i++) {
        const struct record_field *f = &shape->fields[i];
        const struct json *v = json_get(object, f->name);
        bool apart = with_parts && record_has_part(with_parts, view_cstr(f->name));
        n_present += v != NULL;
        if (!v && !apart && is_needed(f, object)) check_fault(c, f->name, "is missing");
        if (!v) continue;
        check_into(c, v->key);
        if (f->erasable)
            check_fault(c, NULL, "travels in a part that can be erased; its hash stands in parts");
        else
            check_value(c, f, v);
        check_out(c);
    }
    if (shape->one_of && n_present != 1)
        check_fault(c, NULL, "exactly one field of %s is expected, not %u", shape->name, n_present);
}
