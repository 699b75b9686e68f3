/* SPDX-License-Identifier: Apache-2.0
 * From the log to a bank: claims in effect become items with the verdicts of every organisation
 * beside each other, and with what others reported. Only what anybody may see.
 *
 *   claim    text and translations       item: text, translations; id: the claim's
 *   verdict  label, reasons, sources     verdict of its organisation
 *   review   printed label, publisher    what its author reports of the publisher, no verdict;
 *                                        its own item when it is about no claim of the log
 *   link     same as                     what its author said of one claim, beside the other
 *   translation  of a claim's text       its own item, with what its author said of the claim
 *
 * Any member may link and translate. So nobody's words stand beside a text that its author has not
 * signed for: of a linked claim, and of the claim behind a translation, only verdicts of the
 * organisation that links or translates are taken, and they say of which claim they were. */
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

/* What the store does not have for anybody is as one that nothing was said of: it never holds. */
static rc look_up(struct store *store, const struct seal_hash *id, struct arena *mem,
                  struct store_object *out)
{
    rc r = store_object(store, &k_anybody, id, mem, out);
    if (r.code != E_NOT_FOUND) return r;
    *out = (struct store_object){0};
    return OK;
}

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

static void verdict_of_review(const struct record *r, struct item_verdict *v)
{
    *v = (struct item_verdict){.org = host_of(json_get_string(r->body, "url")),
                               .org_name = json_get_string(r->body, "publisher"),
                               .reported_by = r->org,
                               .label = label_from_name(json_get_string(r->body, "our_label")),
                               .label_text = json_get_string(r->body, "printed_label"),
                               .date = json_get_string(r->body, "date"),
                               .url = json_get_string(r->body, "url")};
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
    struct seal_hash *objects; /* of the list */
    uint32_t n, cap;
};

static rc verdicts_begin(struct verdicts *v, struct arena *mem)
{
    *v = (struct verdicts){.cap = k_item_limits.max_verdicts};
    TRY(arena_array(mem, v->cap, &v->list));
    return arena_array(mem, v->cap, &v->objects);
}

static bool is_listed(const struct verdicts *v, const struct seal_hash *id)
{
    for (uint32_t i = 0; i < v->n; i++)
        if (memcmp(&v->objects[i], id, sizeof *id) == 0) return true;
    return false;
}

/* A verdict counts for the very text that it names: who replaces the text of a claim does not take
 * the verdicts along. */
static rc add_verdict(struct items *s, const struct store_object *claim,
                      const struct store_event *e, struct verdicts *v)
{
    struct store_object o;
    bool review = view_eq(e->kind, VIEW("review"));
    TRY(look_up(s->store, &e->id, &s->mem, &o));
    if (v->n == v->cap || is_listed(v, &o.id) || !holds(&o) || !names(o.current, claim->current))
        return OK;
    struct item_verdict *out = &v->list[v->n];
    v->objects[v->n++] = o.id;
    if (review) {
        verdict_of_review(o.current, out);
        return OK;
    }
    TRY(verdict_of_record(o.current, &s->mem, out));
    return add_corrections(&o, &s->mem, out);
}

/* In the order in which they were said, verdicts before what others reported. org: of this one
 * alone; empty: of everybody. */
static rc list_verdicts(struct items *s, const struct store_object *claim, struct view org,
                        struct verdicts *v)
{
    static const char *const k_kinds[] = {"verdict", "review"};
    for (size_t k = 0; k < COUNT_OF(k_kinds); k++)
        for (uint32_t i = 0; i < claim->n_events; i++) {
            const struct store_event *e = &claim->events[i];
            if (e->r && view_eq(e->kind, view_cstr(k_kinds[k])) &&
                (org.n == 0 || view_eq(org, e->org)))
                TRY(add_verdict(s, claim, e, v));
        }
    return OK;
}

/* What one organisation said of another claim than the item's own, and says so. */
static rc list_of_other(struct items *s, const struct store_object *claim, struct view org,
                        struct verdicts *v)
{
    char id[RECORD_ID_CHARS];
    struct view id_text;
    uint32_t first = v->n;
    TRY(list_verdicts(s, claim, org, v));
    if (v->n == first) return OK;
    record_id_write(claim->id.bytes, id);
    TRY(arena_copy(&s->mem, view_of(id, sizeof id), &id_text));
    for (uint32_t i = first; i < v->n; i++) {
        v->list[i].claim = id_text;
        v->list[i].claim_text = shown_text(claim->current->body, "text");
    }
    return OK;
}

/* ---- links ---- */

/* A link holds between the very texts that it names, as a verdict does. */
static bool links(const struct record *link, const struct record *one, const struct record *other)
{
    char ids[2][RECORD_ID_CHARS];
    struct view from = json_get_string(link->body, "from"), to = json_get_string(link->body, "to");
    record_id_write(one->id, ids[0]);
    record_id_write(other->id, ids[1]);
    struct view a = view_of(ids[0], sizeof ids[0]), b = view_of(ids[1], sizeof ids[1]);
    return (view_eq(from, a) && view_eq(to, b)) || (view_eq(from, b) && view_eq(to, a));
}

static rc add_linked(struct items *s, const struct store_object *claim,
                     const struct store_object *link, struct verdicts *v)
{
    const struct record *r = link->current;
    for (uint32_t i = 0; i < r->n_about; i++) {
        struct seal_hash id;
        struct store_object other;
        memcpy(id.bytes, r->about[i], sizeof id.bytes);
        TRY(look_up(s->store, &id, &s->mem, &other));
        if (memcmp(&other.id, &claim->id, sizeof other.id) != 0 && holds(&other) &&
            links(r, claim->current, other.current))
            TRY(list_of_other(s, &other, link->org, v));
    }
    return OK;
}

static rc list_linked(struct items *s, const struct store_object *claim, struct verdicts *v)
{
    for (uint32_t i = 0; i < claim->n_events; i++) {
        const struct store_event *e = &claim->events[i];
        struct store_object link;
        if (!e->r || !view_eq(e->kind, VIEW("link")) ||
            !view_eq(json_get_string(e->r->body, "relation"), VIEW("same_as")))
            continue;
        TRY(look_up(s->store, &e->id, &s->mem, &link));
        if (link.current && view_eq(link.state, VIEW("linked")))
            TRY(add_linked(s, claim, &link, v));
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
    struct verdicts verdicts;
    TRY(begin_item(o, "text", &s->mem, item));
    TRY(verdicts_begin(&verdicts, &s->mem));
    TRY(list_verdicts(s, o, (struct view){0}, &verdicts));
    TRY(list_linked(s, o, &verdicts));
    item->verdicts = verdicts.list;
    item->n_verdicts = verdicts.n;
    return OK;
}

static rc item_of_review(struct items *s, const struct store_object *o, struct item *item)
{
    struct item_verdict *verdict;
    if (o->current->n_about > 0) return OK; /* it stands beside that claim */
    TRY(begin_item(o, "claim_text", &s->mem, item));
    TRY(arena_new(&s->mem, &verdict));
    verdict_of_review(o->current, verdict);
    item->verdicts = verdict;
    item->n_verdicts = 1;
    return OK;
}

/* What a translation makes of the text of a claim; empty: it translates something else of it. */
static struct view translated_text(const struct record *r)
{
    const struct json *texts = json_get(r->body, "texts");
    for (uint32_t i = 0; texts && texts->type == JSON_ARRAY && i < texts->n; i++)
        if (view_eq(json_get_string(&texts->as.items[i], "field"), VIEW("text")))
            return json_get_string(&texts->as.items[i], "text");
    return (struct view){0};
}

static rc item_of_translation(struct items *s, const struct store_object *o, struct item *item)
{
    struct verdicts verdicts;
    struct store_object claim;
    struct seal_hash id;
    struct view text = translated_text(o->current);
    if (text.n == 0 || o->current->n_about != 1) return OK;
    memcpy(id.bytes, o->current->about[0], sizeof id.bytes);
    TRY(look_up(s->store, &id, &s->mem, &claim));
    if (!view_eq(claim.kind, VIEW("claim")) || !holds(&claim) || !names(o->current, claim.current))
        return OK;
    TRY(begin_item(o, "text", &s->mem, item));
    TRY(verdicts_begin(&verdicts, &s->mem));
    TRY(list_of_other(s, &claim, o->org, &verdicts));
    item->text = text;
    item->lang = json_get_string(o->current->body, "lang");
    item->verdicts = verdicts.list;
    item->n_verdicts = verdicts.n;
    return OK;
}

static const struct {
    const char *kind;
    rc (*make)(struct items *s, const struct store_object *o, struct item *item);
} k_makers[] = {
    {"claim", item_of_claim},
    {"review", item_of_review},
    {"translation", item_of_translation},
};

static rc take_object(void *context, const struct store_object *o)
{
    struct items *s = context;
    struct item item = {0};
    if (!holds(o)) return OK;
    arena_reset(&s->mem);
    for (size_t i = 0; i < COUNT_OF(k_makers); i++)
        if (view_eq(o->kind, view_cstr(k_makers[i].kind))) TRY(k_makers[i].make(s, o, &item));
    return item.text.n > 0 ? s->take(s->context, &item) : OK;
}

rc node_item(struct store *store, const struct seal_hash *id, void *context,
             rc (*take)(void *context, const struct item *item))
{
    struct items s = {.store = store, .context = context, .take = take};
    struct arena mem;
    struct store_object o;
    arena_init(&s.mem, 0);
    arena_init(&mem, 0);
    rc r = look_up(store, id, &mem, &o);
    if (ok(r)) r = take_object(&s, &o);
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
    for (size_t i = 0; i < COUNT_OF(k_makers); i++)
        TRY(take_kind(store, k_makers[i].kind, context, take));
    return OK;
}
