/* SPDX-License-Identifier: Apache-2.0
 * Everything a viewer may see, one JSON line for each object: what it is, its state, its own signed
 * notes with their erasable parts, and what every record about it did. Each note stands once, with
 * the object that it is or replaces. docs/formats/export.md */
#include "node/node_int.h"

#include <string.h>

enum { PAGE = 500 };

struct exporting {
    struct store *store;
    const struct store_viewer *viewer;
    void *context;
    rc (*line)(void *context, struct view line);
    struct seal_hash ids[PAGE];
    uint32_t n;
};

static void write_id(struct json_writer *w, const char *key, const struct seal_hash *id)
{
    char text[RECORD_ID_CHARS];
    record_id_write(id->bytes, text);
    json_key(w, key);
    json_string(w, view_of(text, sizeof text));
}

static void write_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[24];
    record_time_write(ms, text);
    json_key(w, key);
    json_string(w, view_of(text, sizeof text));
}

static void write_text(struct json_writer *w, const char *key, struct view text)
{
    if (text.n == 0) return;
    json_key(w, key);
    json_string(w, text);
}

/* What a record of the object itself brings; text and parts by themselves, because keys are sorted.
 */
struct own_note {
    struct view note;
    const struct record_part_text *parts;
    uint32_t n_parts;
};

static rc write_parts(const struct own_note *own, struct arena *mem, struct json_writer *w)
{
    if (own->n_parts == 0) return OK;
    json_key(w, "parts");
    json_open_object(w);
    for (uint32_t i = 0; i < own->n_parts; i++) {
        struct view field;
        TRY(arena_format(mem, &field, "%.*s%c", VIEW_ARG(own->parts[i].field), 0));
        json_key(w, (const char *)field.p);
        json_string(w, own->parts[i].text);
    }
    json_close_object(w);
    return OK;
}

static bool is_own(const struct store_object *o, const struct store_event *e)
{
    return e->r && (memcmp(e->id.bytes, o->id.bytes, sizeof o->id.bytes) == 0 ||
                    (e->r->has_prev && view_eq(e->kind, o->kind) && view_eq(e->org, o->org)));
}

static rc write_event(const struct exporting *x, const struct store_object *o,
                      const struct store_event *e, struct arena *mem, struct json_writer *w)
{
    struct own_note own = {0};
    if (is_own(o, e))
        TRY(store_note(x->store, x->viewer, &e->id, mem, &own.note, &own.parts, &own.n_parts));
    json_open_object(w);
    if (e->erased) {
        json_key(w, "erased");
        json_bool(w, true);
    }
    write_id(w, "id", &e->id);
    json_key(w, "in_effect");
    json_bool(w, e->in_effect);
    json_key(w, "index");
    json_int(w, (int64_t)e->index);
    write_text(w, "kind", e->kind);
    write_text(w, "log", e->log);
    write_text(w, "note", own.note);
    write_text(w, "org", e->org);
    TRY(write_parts(&own, mem, w));
    write_time(w, "received", e->received_ms);
    write_text(w, "state", e->state);
    write_text(w, "why", e->why);
    json_close_object(w);
    return OK;
}

static rc write_object(const struct exporting *x, const struct store_object *o, struct arena *mem,
                       struct buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    json_open_object(&w);
    write_id(&w, "id", &o->id);
    write_text(&w, "kind", o->kind);
    json_key(&w, "mark");
    json_cstr(&w, record_mark_name(o->mark));
    write_text(&w, "org", o->org);
    json_key(&w, "records");
    json_open_array(&w);
    for (uint32_t i = 0; i < o->n_events; i++)
        TRY(write_event(x, o, &o->events[i], mem, &w));
    json_close_array(&w);
    if (o->since_ms > 0) write_time(&w, "since", o->since_ms);
    write_text(&w, "state", o->state);
    write_text(&w, "why", o->why);
    json_close_object(&w);
    return json_finish(&w);
}

static rc export_object(const struct exporting *x, const struct seal_hash *id)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf line = {0};
    struct store_object o;
    arena_init(&mem, 0);
    TRY(store_object(x->store, x->viewer, id, &mem, &o));
    TRY(write_object(x, &o, &mem, &line));
    return x->line(x->context, buf_view(&line));
}

/* The list is read whole before its objects are asked for: one question at a time. */
static rc note_id(void *context, const struct store_object *o)
{
    struct exporting *x = context;
    x->ids[x->n++] = o->id;
    return OK;
}

rc node_export(struct node *n, const struct store_viewer *viewer, void *context,
               rc (*line)(void *context, struct view line))
{
    static const struct store_filter k_all = {0};
    struct exporting x = {.store = n->store, .viewer = viewer, .context = context, .line = line};
    for (bool first = true; first || x.n == PAGE; first = false) {
        struct seal_hash after = x.ids[PAGE - 1];
        x.n = 0;
        TRY(store_list(x.store, viewer, &k_all, first ? NULL : &after, PAGE, &x, note_id));
        for (uint32_t i = 0; i < x.n; i++)
            TRY(export_object(&x, &x.ids[i]));
    }
    return OK;
}

rc node_export_one(struct node *n, const struct store_viewer *viewer,
                   const struct seal_hash *object, void *context,
                   rc (*line)(void *context, struct view line))
{
    const struct exporting x = {
        .store = n->store, .viewer = viewer, .context = context, .line = line};
    return export_object(&x, object);
}
