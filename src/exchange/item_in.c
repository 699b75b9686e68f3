/* SPDX-License-Identifier: Apache-2.0
 * An item from one JSON object with our documented fields (docs/formats/items.md). */
#include "exchange/exchange_int.h"

#include <stdio.h>
#include <string.h>

const struct item_limits k_item_limits = {
    .max_row_bytes = 4u << 20,
    .max_id_bytes = 512,
    .max_text_bytes = 1u << 20,
    .max_translations = 64,
    .max_verdicts = 256,
    .max_sources = 64,
};

/* What reading one list of records needs to know. */
struct list {
    const char *name;
    size_t record_bytes;
    uint32_t most;
    rc (*read)(const struct json *object, const struct item_limits *limits, struct arena *mem,
               void *record);
};

/* A list member of an object; absent and null are empty lists.
 *  out_records  pointer to a pointer to records, in the arena */
static rc read_list(const struct list *list, const struct json *object,
                    const struct item_limits *limits, struct arena *mem, void *out_records,
                    uint32_t *out_n)
{
    const struct json *array = json_get(object, list->name);
    if (!array || array->type == JSON_NULL) return OK;
    TRY(expect_type(list->name, array, JSON_ARRAY));
    if (array->n > list->most)
        return FAIL(E_LIMIT, "%s: %u of them, the limit is %u", list->name, array->n, list->most);
    if (array->n == 0) return OK;
    char *records;
    TRY(arena_take(mem, array->n, list->record_bytes, ARENA_ALIGN, &records));
    for (uint32_t i = 0; i < array->n; i++) {
        char name[48];
        snprintf(name, sizeof name, "%s[%u]", list->name, i);
        TRY(expect_type(name, &array->as.items[i], JSON_OBJECT));
        rc r = list->read(&array->as.items[i], limits, mem, records + i * list->record_bytes);
        if (!ok(r)) return rc_within(r, "%s.", name);
    }
    memcpy(out_records, &records, sizeof records);
    *out_n = array->n;
    return OK;
}

static rc read_translation(const struct json *object, const struct item_limits *limits,
                           struct arena *mem, void *record)
{
    (void)mem;
    TRY(fields_read(k_translation_fields, object, record));
    return fields_check(k_translation_fields, limits, record);
}

static rc read_source(const struct json *object, const struct item_limits *limits,
                      struct arena *mem, void *record)
{
    (void)mem;
    struct item_source *source = record;
    TRY(fields_read(k_source_fields, object, source));
    TRY(fields_check(k_source_fields, limits, source));
    if (source->url.n == 0 && source->title.n == 0)
        return FAIL(E_INPUT, "url: a source needs an address or a title");
    return OK;
}

/* A string member, empty when absent or null. */
static rc read_string(const struct json *object, const char *name, struct view *out)
{
    const struct json *member = json_get(object, name);
    *out = view_of(NULL, 0);
    if (!member || member->type == JSON_NULL) return OK;
    TRY(expect_type(name, member, JSON_STRING));
    *out = member->as.string;
    return OK;
}

/* A label is from our list; one that we do not know is words like any other. Only a rating goes
 * through the crosswalk. */
void verdict_set_label(struct view label, struct view rating, struct item_verdict *v)
{
    bool has_label = !is_blank(label);
    struct view words = has_label ? label : rating;
    v->label = label_from_name(words);
    bool ours = v->label != LABEL_NONE;
    if (!ours && !has_label) v->label = label_from_rating(rating, 0, 0, 0);
    if (v->label_text.n > 0) return;
    if (ours && label_from_name(rating) == LABEL_NONE) v->label_text = rating;
    if (!ours) v->label_text = words;
}

rc verdict_check(struct item_verdict *v, const struct item_limits *limits)
{
    TRY(fields_check(k_verdict_fields, limits, v));
    if (v->label == LABEL_NONE && v->label_text.n + v->reasons.n + v->url.n == 0)
        return FAIL(E_INPUT, "label: missing; a verdict needs a label, a rating, reasons or a url");
    return OK;
}

static rc read_verdict(const struct json *object, const struct item_limits *limits,
                       struct arena *mem, void *record)
{
    struct item_verdict *v = record;
    const struct list sources = {"sources", sizeof(struct item_source), limits->max_sources,
                                 read_source};
    TRY(fields_read(k_verdict_fields, object, v));
    struct view label, rating;
    TRY(read_string(object, "label", &label));
    TRY(read_string(object, "rating", &rating));
    verdict_set_label(label, rating, v);
    TRY(verdict_check(v, limits));
    return read_list(&sources, object, limits, mem, &v->sources, &v->n_sources);
}

/* "rating" at the top, as evaluation sets have it, is the verdict of whoever stands behind url. */
static rc read_rating(const struct json *object, const struct item_limits *limits,
                      struct arena *mem, struct item *item)
{
    static const struct field k_rating = {"rating", 6, offsetof(struct item_verdict, label_text),
                                          FIELD_TEXT, false};
    struct view rating;
    TRY(read_string(object, "rating", &rating));
    if (item->n_verdicts > 0 || is_blank(rating)) return OK;
    struct item_verdict *v;
    TRY(arena_new(mem, &v));
    verdict_set_label(view_of(NULL, 0), rating, v);
    v->url = item->url;
    TRY(fields_check((struct fields){&k_rating, 1}, limits, v));
    TRY(url_host(item->url, mem, &v->org));
    item->verdicts = v;
    item->n_verdicts = 1;
    return OK;
}

rc item_read_json(const struct json *object, const struct item_limits *limits,
                  const struct item_defaults *defaults, struct arena *mem, struct item *out)
{
    const struct list translations = {"translations", sizeof(struct item_translation),
                                      limits->max_translations, read_translation};
    const struct list verdicts = {"verdicts", sizeof(struct item_verdict), limits->max_verdicts,
                                  read_verdict};
    struct item item = {0};
    TRY(expect_type("row", object, JSON_OBJECT));
    TRY(fields_read(k_item_fields, object, &item));
    item_use_defaults(&item, defaults);
    TRY(fields_check(k_item_fields, limits, &item));
    TRY(read_list(&translations, object, limits, mem, &item.translations, &item.n_translations));
    TRY(read_list(&verdicts, object, limits, mem, &item.verdicts, &item.n_verdicts));
    TRY(read_rating(object, limits, mem, &item));
    *out = item;
    return OK;
}

void item_use_defaults(struct item *item, const struct item_defaults *defaults)
{
    if (is_blank(item->lang)) item->lang = defaults->lang;
    if (is_blank(item->licence)) item->licence = defaults->licence;
    if (is_blank(item->source)) item->source = defaults->source;
}

rc item_from_json(const struct json *object, const struct item_limits *limits, struct arena *mem,
                  struct item *out)
{
    static const struct item_defaults k_none;
    return item_read_json(object, limits ? limits : &k_item_limits, &k_none, mem, out);
}
