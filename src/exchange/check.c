/* SPDX-License-Identifier: Apache-2.0
 * What the strings of an item must look like: one table per record, one function per kind.
 * Sources: RFC 5646 section 2.1 (language tags, only their outer shape), RFC 3339 (dates). */
#include "exchange/exchange_int.h"

#include <string.h>
#include <strings.h>

enum { MAX_LANG_BYTES = 35, DATE_BYTES = 10 };

#define FIELD(record, member, kind, needed)                                           \
    {                                                                                 \
#member, sizeof(#member) - 1, offsetof(struct record, member), kind, (needed) \
    }

static const struct field k_item_rows[] = {
    FIELD(item, id, FIELD_ID, true),        FIELD(item, lang, FIELD_LANG, true),
    FIELD(item, text, FIELD_TEXT, true),    FIELD(item, title, FIELD_TEXT, false),
    FIELD(item, url, FIELD_ADDRESS, false), FIELD(item, body, FIELD_TEXT, false),
    FIELD(item, topic, FIELD_NAME, false),  FIELD(item, licence, FIELD_NAME, false),
    FIELD(item, source, FIELD_NAME, false),
};
static const struct field k_verdict_rows[] = {
    FIELD(item_verdict, org, FIELD_NAME, false),
    FIELD(item_verdict, org_name, FIELD_NAME, false),
    FIELD(item_verdict, reported_by, FIELD_NAME, false),
    FIELD(item_verdict, label_text, FIELD_TEXT, false),
    FIELD(item_verdict, date, FIELD_DATE, false),
    FIELD(item_verdict, lang, FIELD_LANG, false),
    FIELD(item_verdict, url, FIELD_ADDRESS, false),
    FIELD(item_verdict, reasons, FIELD_TEXT, false),
    FIELD(item_verdict, claim, FIELD_NAME, false),
    FIELD(item_verdict, claim_text, FIELD_TEXT, false),
};
static const struct field k_source_rows[] = {
    FIELD(item_source, url, FIELD_ADDRESS, false),
    FIELD(item_source, title, FIELD_TEXT, false),
    FIELD(item_source, publisher, FIELD_NAME, false),
    FIELD(item_source, date, FIELD_DATE, false),
};
static const struct field k_translation_rows[] = {
    FIELD(item_translation, lang, FIELD_LANG, true),
    FIELD(item_translation, text, FIELD_TEXT, true),
    FIELD(item_translation, title, FIELD_TEXT, false),
};
const struct fields k_item_fields = {k_item_rows, COUNT_OF(k_item_rows)};
const struct fields k_verdict_fields = {k_verdict_rows, COUNT_OF(k_verdict_rows)};
const struct fields k_source_fields = {k_source_rows, COUNT_OF(k_source_rows)};
const struct fields k_translation_fields = {k_translation_rows, COUNT_OF(k_translation_rows)};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- blank ---- */

static bool is_blank_code_point(uint32_t c)
{
    static const uint32_t k_ranges[][2] = {
        {0x00, 0x20},     {0x7F, 0xA0},     {0xAD, 0xAD},     {0x1680, 0x1680}, {0x2000, 0x200F},
        {0x2028, 0x202F}, {0x205F, 0x2064}, {0x2066, 0x2069}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF},
    };
    for (size_t i = 0; i < COUNT_OF(k_ranges); i++)
        if (c >= k_ranges[i][0] && c <= k_ranges[i][1]) return true;
    return false;
}

bool is_blank(struct view v)
{
    for (size_t pos = 0; pos < v.n;)
        if (!is_blank_code_point(utf8_next(v, &pos))) return false;
    return true;
}

/* ---- characters ---- */

static rc check_characters(const char *name, struct view v, bool one_line)
{
    for (size_t i = 0; i < v.n; i++) {
        uint8_t c = v.p[i];
        if (c >= 0x20) continue;
        bool breaks = c == '\t' || c == '\n' || c == '\r';
        if (!breaks) return FAIL(E_INPUT, "%s: a control character U+%04X at byte %zu", name, c, i);
        if (one_line) return FAIL(E_INPUT, "%s: a line break or TAB at byte %zu", name, i);
    }
    return OK;
}

/* ---- languages ---- */

static bool looks_like_lang(struct view v)
{
    if (v.n < 2 || v.n > MAX_LANG_BYTES) return false;
    size_t from = 0, n_parts = 0;
    for (size_t i = 0; i <= v.n; i++) {
        if (i < v.n && v.p[i] != '-') {
            if (!is_letter(v.p[i]) && (n_parts == 0 || !is_digit(v.p[i]))) return false;
            continue;
        }
        size_t n = i - from;
        if (n_parts == 0 ? n < 2 || n > 3 : n < 1 || n > 8) return false;
        n_parts++;
        from = i + 1;
    }
    return true;
}

rc lang_or_empty(struct view v, struct arena *mem, struct view *out)
{
    uint8_t *p;
    v = view_trim(v);
    TRY(arena_bytes(mem, v.n, &p));
    for (size_t i = 0; i < v.n; i++)
        p[i] = v.p[i] == '_' ? '-' : v.p[i];
    *out = looks_like_lang(view_of(p, v.n)) ? view_of(p, v.n) : view_of(NULL, 0);
    return OK;
}

/* ---- dates ---- */

static unsigned digits(const uint8_t *p, size_t n)
{
    unsigned x = 0;
    for (size_t i = 0; i < n; i++)
        x = x * 10 + (unsigned)(p[i] - '0');
    return x;
}

static bool is_day(struct view v)
{
    static const uint8_t k_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const char k_shape[] = "dddd-dd-dd";
    for (size_t i = 0; i < DATE_BYTES; i++)
        if (i >= v.n || (k_shape[i] == 'd' ? !is_digit(v.p[i]) : v.p[i] != '-')) return false;
    if (v.n > DATE_BYTES && v.p[DATE_BYTES] != 'T' && v.p[DATE_BYTES] != ' ') return false;
    unsigned year = digits(v.p, 4), month = digits(v.p + 5, 2), day = digits(v.p + 8, 2);
    if (year == 0 || month < 1 || month > 12 || day < 1) return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= k_days[month - 1] + (unsigned)(month == 2 && leap);
}

struct view date_or_empty(struct view v)
{
    v = view_trim(v);
    return is_day(v) ? view_slice(v, 0, DATE_BYTES) : view_of(NULL, 0);
}

/* ---- addresses ---- */

/* What shows it as a link must not run it. Without a scheme, or with a port ("host:80"), fine. */
static bool has_strange_scheme(struct view v)
{
    static const char *const k_schemes[] = {"http", "https", "ftp", "doi", "urn", "hdl", "gemini"};
    size_t n = view_find(v, ':');
    if (n == v.n || n == 0 || (n + 1 < v.n && is_digit(v.p[n + 1]))) return false;
    for (size_t i = 0; i < n; i++)
        if (!is_letter(v.p[i]) && !is_digit(v.p[i]) && !memchr("+-.", v.p[i], 3)) return false;
    for (size_t i = 0; i < COUNT_OF(k_schemes); i++)
        if (n == strlen(k_schemes[i]) && strncasecmp((const char *)v.p, k_schemes[i], n) == 0)
            return false;
    return true;
}

/* ---- one field, one record ---- */

static rc check_shape(const struct field *f, struct view *v)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_NAME:
    case FIELD_ID: return OK;
    case FIELD_LANG:
        if (looks_like_lang(*v)) return OK;
        return FAIL(E_INPUT,
                    "%s: a language tag like \"fa\" or \"pt-BR\" is expected, not \"%.*s\"",
                    f->name, VIEW_ARG(*v));
    case FIELD_DATE:
        if (!is_day(*v))
            return FAIL(E_INPUT,
                        "%s: a day of the calendar as YYYY-MM-DD is expected, not \"%.*s\"",
                        f->name, VIEW_ARG(*v));
        *v = view_slice(*v, 0, DATE_BYTES);
        return OK;
    case FIELD_ADDRESS:
        if (!has_strange_scheme(*v)) return OK;
        return FAIL(E_INPUT, "%s: an address of the web is expected, not \"%.*s:…\"", f->name,
                    VIEW_ARG(view_slice(*v, 0, view_find(*v, ':'))));
    }
    return FAIL(E_INTERNAL, "%s: a field of unknown kind", f->name);
}

static rc check_field(const struct field *f, const struct item_limits *limits, struct view *v)
{
    size_t most = f->kind == FIELD_ID ? limits->max_id_bytes : limits->max_text_bytes;
    if (v->n > most) return FAIL(E_LIMIT, "%s: %zu bytes, the limit is %zu", f->name, v->n, most);
    TRY(check_characters(f->name, *v, f->kind != FIELD_TEXT));
    if (is_blank(*v)) {
        if (f->needed) return FAIL(E_INPUT, "%s: %s", f->name, v->n ? "blank" : "missing or empty");
        *v = view_of(NULL, 0);
        return OK;
    }
    return check_shape(f, v);
}

rc fields_check(struct fields fields, const struct item_limits *limits, void *record)
{
    for (size_t i = 0; i < fields.n; i++) {
        void *at = (char *)record + fields.rows[i].offset;
        TRY(check_field(&fields.rows[i], limits, at));
    }
    return OK;
}

/* ---- from JSON ---- */

rc expect_type(const char *name, const struct json *value, enum json_type type)
{
    if (value->type == type) return OK;
    return FAIL(E_INPUT, "%s: %s %s is expected, this is %s%s", name,
                type == JSON_ARRAY || type == JSON_OBJECT ? "an" : "a", json_type_name(type),
                value->type == JSON_NULL                                  ? ""
                : value->type == JSON_ARRAY || value->type == JSON_OBJECT ? "an "
                                                                          : "a ",
                json_type_name(value->type));
}

rc fields_read(struct fields fields, const struct json *object, void *record)
{
    for (uint32_t i = 0; i < object->n; i++) {
        const struct json *member = &object->as.items[i];
        for (size_t k = 0; k < fields.n; k++) {
            const struct field *f = &fields.rows[k];
            if (!view_eq(member->key, view_of(f->name, f->name_n))) continue;
            if (member->type == JSON_NULL) break;
            TRY(expect_type(f->name, member, JSON_STRING));
            memcpy((char *)record + f->offset, &member->as.string, sizeof(struct view));
            break;
        }
    }
    return OK;
}
