/* SPDX-License-Identifier: Apache-2.0
 * An item as canonical JSON (RFC 8785): keys in order, empty members left out. */
#include "exchange/exchange_int.h"

static void put(struct json_writer *w, const char *key, struct view v)
{
    if (v.n == 0) return;
    json_key(w, key);
    json_string(w, v);
}

static void put_sources(struct json_writer *w, const struct item_verdict *v)
{
    if (v->n_sources == 0) return;
    json_key(w, "sources");
    json_open_array(w);
    for (uint32_t i = 0; i < v->n_sources; i++) {
        const struct item_source *s = &v->sources[i];
        json_open_object(w);
        put(w, "date", s->date);
        put(w, "publisher", s->publisher);
        put(w, "title", s->title);
        put(w, "url", s->url);
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_verdicts(struct json_writer *w, const struct item *item)
{
    json_open_array(w);
    for (uint32_t i = 0; i < item->n_verdicts; i++) {
        const struct item_verdict *v = &item->verdicts[i];
        json_open_object(w);
        put(w, "claim", v->claim);
        put(w, "claim_text", v->claim_text);
        put(w, "date", v->date);
        put(w, "label", view_cstr(label_name(v->label)));
        put(w, "label_text", v->label_text);
        put(w, "lang", v->lang);
        put(w, "org", v->org);
        put(w, "org_name", v->org_name);
        put(w, "reasons", v->reasons);
        put(w, "reported_by", v->reported_by);
        put_sources(w, v);
        put(w, "url", v->url);
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_translations(struct json_writer *w, const struct item *item)
{
    if (item->n_translations == 0) return;
    json_key(w, "translations");
    json_open_array(w);
    for (uint32_t i = 0; i < item->n_translations; i++) {
        const struct item_translation *t = &item->translations[i];
        json_open_object(w);
        put(w, "lang", t->lang);
        put(w, "text", t->text);
        put(w, "title", t->title);
        json_close_object(w);
    }
    json_close_array(w);
}

rc item_to_json(const struct item *item, struct buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    json_open_object(&w);
    put(&w, "body", item->body);
    put(&w, "id", item->id);
    put(&w, "lang", item->lang);
    put(&w, "licence", item->licence);
    put(&w, "source", item->source);
    put(&w, "text", item->text);
    put(&w, "title", item->title);
    put(&w, "topic", item->topic);
    put_translations(&w, item);
    put(&w, "url", item->url);
    if (item->n_verdicts > 0) {
        json_key(&w, "verdicts");
        put_verdicts(&w, item);
    }
    json_close_object(&w);
    return json_finish(&w);
}

rc item_verdicts_to_json(const struct item *item, struct buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    put_verdicts(&w, item);
    return json_finish(&w);
}
