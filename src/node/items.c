/* SPDX-License-Identifier: Apache-2.0
 * From the log to a bank: claims in effect become items with the verdicts of every organisation
 * beside each other, and with what others reported. Only what anybody may see.
 *
 *   claim    text and translations       item: text, translations; id: the claim's
 *   verdict  label, reasons, sources     verdict of its organisation
 *   review   printed label, publisher    verdict of the publisher, under its licence; its own item
 *                                        when it is about no claim of the log */
#include "node/node_int.h"

#include <string.h>

enum { PAGE = 500 };

static const struct store_viewer k_anybody = {STORE_ANYBODY, {0}};

struct items {
    struct store *store;
    struct arena mem; /* of one item */
    void *context;
    rc (*take)(void *context, const struct item *item);
};

static bool holds(const struct store_object *o)
{
    return o->current &&
           (view_eq(o->state, VIEW("published")) || view_eq(o->state, VIEW("corrected")));
}

static struct view shown_text(const struct json *body, const char *field)
{
    return json_get_string(json_get(body, field), "text");
}

static struct view shown_lang(const struct json *body, const char *field)
{
    return json_get_string(json_get(body, field), "lang");
}

static struct view day_of(struct view time)
{
    return view_slice(time, 0, 10);
}

/* The host of an address: how a publisher without a name in the register is told. */
static struct view host_of(struct view url)
{
    for (size_t i = 0; i + 3 <= url.n; i++)
        if (memcmp(url.p + i, "://", 3) == 0) {
            struct view rest = view_slice(url, i + 3, url.n);
            rest = view_slice(rest, 0, view_find(rest, '/'));
            return view_slice(rest, 0, view_find(rest, ':'));
        }
    return (struct view){0};
}

static rc fill_sources(const struct json *list, struct arena *mem, struct item_verdict *v)
{
    struct item_source *sources;
    if (!list || list->type != JSON_ARRAY) return OK;
    TRY(arena_array(mem, list->n, &sources));
    for (uint32_t i = 0; i < list->n; i++) {
        const struct json *s = &list->as.items[i];
        sources[i] = (struct item_source){.url = json_get_string(s, "url"),
                                          .publisher = json_get_string(s, "publisher"),
                                          .date = json_get_string(s, "date")};
    }
    v->sources = sources;
    v->n_sources = list->n;
    return OK;
}

static rc verdict_of_record(const struct record *r, struct arena *mem, struct item_verdict *v)
{
    *v = (struct item_verdict){.org = r->org,
                               .label = label_from_name(json_get_string(r->body, "label")),
                               .date = json_get_string(r->body, "valid_from"),
                               .lang = shown_lang(r->body, "reasons"),
                               .reasons = shown_text(r->body, "reasons")};
    return fill_sources(json_get(r->body, "sources"), mem, v);
}

static rc verdict_of_review(const struct record *r, struct item_verdict *v)
{
    *v = (struct item_verdict){.org = host_of(json_get_string(r->body, "url")),
                               .org_name = json_get_string(r->body, "publisher"),
                               .label = label_from_name(json_get_string(r->body, "our_label")),
                               .label_text = json_get_string(r->body, "printed_label"),
                               .date = json_get_string(r->body, "date"),
                               .url = json_get_string(r->body, "url")};
    if (v->date.n == 0) v->date = day_of(json_get_string(r->body, "retrieved"));
    return OK;
}

/* ---- verdicts about one claim ---- */

/* What a correction says stands behind the reasons that it corrects: readers see both. */
static rc add_corrections(const struct store_object *o, struct arena *mem, struct item_verdict *v)
{
    for (uint32_t i = 0; i < o->n_events; i++) {
        const struct store_event *e = &o->events[i];
        if (!e->r || !e->in_effect || !view_eq(e->kind, VIEW("correction"))) continue;
        TRY(arena_format(mem, &v->reasons, "%.*s\n\n%.*s", VIEW_ARG(v->reasons),
                         VIEW_ARG(shown_text(e->r->body, "right"))));
    }
    return OK;
}

static bool names(const struct record *r, const struct record *thing)
{
    for (uint32_t i = 0; i < r->n_about; i++)
        if (memcmp(r->about[i], thing->id, SEAL_SHA256_BYTES) == 0) return true;
    return false;
}

struct verdicts {
    struct item_verdict *list;
    struct seal_hash *seen; /* objects */
    uint32_t n, n_seen, cap;
};

static bool is_seen(struct verdicts *v, const struct seal_hash *id)
{
    for (uint32_t i = 0; i < v->n_seen; i++)
        if (memcmp(&v->seen[i], id, sizeof *id) == 0) return true;
    v->seen[v->n_seen++] = *id;
    return false;
}

/* A verdict counts for the very text that it names: who replaces the text of a claim does not take
 * the verdicts along. */
static rc add_verdict(struct items *s, const struct store_object *claim,
                      const struct store_event *e, struct verdicts *v)
{
    struct store_object o;
    bool review = view_eq(e->kind, VIEW("review"));
    rc r = store_object(s->store, &k_anybody, &e->id, &s->mem, &o);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    if (is_seen(v, &o.id) || v->n == v->cap || !holds(&o) || !names(o.current, claim->current))
        return OK;
    struct item_verdict *out = &v->list[v->n++];
    if (review) return verdict_of_review(o.current, out);
    TRY(verdict_of_record(o.current, &s->mem, out));
    return add_corrections(&o, &s->mem, out);
}

/* In the order in which they were said, verdicts before what others reported. */
static rc list_verdicts(struct items *s, const struct store_object *claim, struct verdicts *v)
{
    static const char *const k_kinds[] = {"verdict", "review"};
    v->cap = k_item_limits.max_verdicts;
    TRY(arena_array(&s->mem, v->cap, &v->list));
    TRY(arena_array(&s->mem, claim->n_events + 1, &v->seen));
    for (size_t k = 0; k < COUNT_OF(k_kinds); k++)
        for (uint32_t i = 0; i < claim->n_events; i++) {
            const struct store_event *e = &claim->events[i];
            if (e->r && view_eq(e->kind, view_cstr(k_kinds[k]))) TRY(add_verdict(s, claim, e, v));
        }
    return OK;
}

/* ---- items ---- */

static rc fill_translations(const struct json *shown, struct arena *mem, struct item *item)
{
    const struct json *list = json_get(shown, "translations");
    struct item_translation *t;
    if (!list || list->type != JSON_ARRAY) return OK;
    TRY(arena_array(mem, list->n, &t));
    for (uint32_t i = 0; i < list->n; i++)
        t[i] = (struct item_translation){.lang = json_get_string(&list->as.items[i], "lang"),
                                         .text = json_get_string(&list->as.items[i], "text")};
    item->translations = t;
    item->n_translations = list->n;
    return OK;
}

static rc begin_item(const struct store_object *o, const char *field, struct arena *mem,
                     struct item *item)
{
    char id[RECORD_ID_CHARS];
    const struct json *body = o->current->body;
    record_id_write(o->id.bytes, id);
    *item = (struct item){.text = shown_text(body, field),
                          .lang = shown_lang(body, field),
                          .licence = json_get_string(body, "licence"),
                          .source = o->org};
    const struct json *topics = json_get(body, "topics");
    if (topics && topics->type == JSON_ARRAY && topics->n > 0)
        item->topic = topics->as.items[0].as.string;
    TRY(arena_copy(mem, view_of(id, sizeof id), &item->id));
    return fill_translations(json_get(body, field), mem, item);
}

static rc item_of_claim(struct items *s, const struct store_object *o, struct item *item)
{
    struct verdicts verdicts = {0};
    TRY(begin_item(o, "text", &s->mem, item));
    TRY(list_verdicts(s, o, &verdicts));
    item->verdicts = verdicts.list;
    item->n_verdicts = verdicts.n;
    return OK;
}

static rc item_of_review(struct items *s, const struct store_object *o, struct item *item)
{
    struct item_verdict *verdict;
    TRY(begin_item(o, "claim_text", &s->mem, item));
    TRY(arena_new(&s->mem, &verdict));
    TRY(verdict_of_review(o->current, verdict));
    item->verdicts = verdict;
    item->n_verdicts = 1;
    return OK;
}

static rc take_object(void *context, const struct store_object *o)
{
    struct items *s = context;
    struct item item;
    bool review = view_eq(o->kind, VIEW("review"));
    if (!holds(o) || (review && o->current->n_about > 0)) return OK;
    arena_reset(&s->mem);
    if (review)
        TRY(item_of_review(s, o, &item));
    else
        TRY(item_of_claim(s, o, &item));
    return s->take(s->context, &item);
}

rc node_item(struct store *store, const struct seal_hash *id, void *context,
             rc (*take)(void *context, const struct item *item))
{
    struct items s = {.store = store, .context = context, .take = take};
    struct arena mem;
    struct store_object o;
    arena_init(&s.mem, 0);
    arena_init(&mem, 0);
    rc r = store_object(store, &k_anybody, id, &mem, &o);
    if (r.code == E_NOT_FOUND)
        r = OK;
    else if (ok(r))
        r = take_object(&s, &o);
    arena_done(&mem);
    arena_done(&s.mem);
    return r;
}

/* A page of ids at a time: the list is closed before anything else is asked. */
struct page {
    struct seal_hash ids[PAGE];
    uint32_t n;
};

static rc keep_id(void *context, const struct store_object *o)
{
    struct page *page = context;
    page->ids[page->n++] = o->id;
    return OK;
}

static rc take_kind(struct store *store, const char *kind, void *context,
                    rc (*take)(void *context, const struct item *item))
{
    const struct store_filter filter = {.kind = view_cstr(kind)};
    struct page page = {0};
    do {
        struct seal_hash after = page.ids[PAGE - 1];
        bool first = page.n == 0;
        page.n = 0;
        TRY(store_list(store, &k_anybody, &filter, first ? NULL : &after, PAGE, &page, keep_id));
        for (uint32_t i = 0; i < page.n; i++)
            TRY(node_item(store, &page.ids[i], context, take));
    } while (page.n == PAGE);
    return OK;
}

rc node_items(struct store *store, void *context,
              rc (*take)(void *context, const struct item *item))
{
    TRY(take_kind(store, "claim", context, take));
    return take_kind(store, "review", context, take);
}
