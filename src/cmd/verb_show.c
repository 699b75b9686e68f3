/* SPDX-License-Identifier: Apache-2.0
 * sanad record show: what a record says, the state of its object, how it came to that, and where it
 * can be proved. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/desk_int.h"
#include "cmd/say_int.h"

enum { VALUES_FROM_COLUMN = 21, NAME_BYTES = 160 };

/* ---- for people ---- */

static void name_line(struct page *p, struct view name)
{
    page_text(p, PAINT_BOLD, name);
    page_indent(p, VALUES_FROM_COLUMN);
    page_column(p, VALUES_FROM_COLUMN);
}

static void end_line(struct page *p)
{
    page_line(p);
    page_indent(p, 0);
}

static void text_line(struct page *p, const char *name, struct view text)
{
    if (text.n == 0) return;
    name_line(p, view_cstr(name));
    page_text(p, PAINT_NONE, text);
    end_line(p);
}

static void time_line(struct page *p, const char *name, int64_t ms)
{
    char text[24];
    record_time_write(ms, text);
    text_line(p, name, view_of(text, sizeof text));
}

static void id_line(struct page *p, const char *name, const struct seal_hash *id)
{
    char text[RECORD_ID_CHARS];
    record_id_write(id->bytes, text);
    text_line(p, name, view_of(text, sizeof text));
}

/* Values as a person reads them: a shown text without its braces, all else as JSON. */
static rc value_line(struct page *p, const struct json *value, struct arena *mem)
{
    CLEANUP(buf_done) struct buf json = {0};
    struct view text = json_get_string(value, "text");
    if (value->type == JSON_STRING) text = value->as.string;
    if (text.n == 0) {
        TRY(json_write(value, mem, &json));
        text = buf_view(&json);
    }
    name_line(p, value->key);
    page_text(p, PAINT_NONE, text);
    end_line(p);
    return OK;
}

/* Of the envelope: what the record is about, for whom and until when; each of several on its own
 * line. */
static rc print_envelope(struct page *p, const struct store_object *o, struct arena *mem)
{
    static const char *const k_names[] = {"about", "prev", "made",   "until",
                                          "basis", "to",   "signers"};
    const struct json *record;
    if (!o->current) return OK;
    TRY(json_parse(o->current->text, NULL, mem, &record));
    for (size_t i = 0; i < COUNT_OF(k_names); i++) {
        const struct json *value = json_get(record, k_names[i]);
        text_line(p, k_names[i], json_get_string(record, k_names[i]));
        for (uint32_t k = 0; value && value->type == JSON_ARRAY && k < value->n; k++)
            if (value->as.items[k].type == JSON_STRING)
                text_line(p, k_names[i], value->as.items[k].as.string);
    }
    return OK;
}

static rc print_body(struct page *p, const struct store_object *o, struct arena *mem)
{
    const struct json *body = o->current ? o->current->body : NULL;
    page_line(p);
    for (uint32_t i = 0; body && i < body->n; i++)
        TRY(value_line(p, &body->as.items[i], mem));
    return OK;
}

/* Erasable fields lie beside the record: their values while they are there. */
static rc print_parts(struct page *p, const struct store_object *o,
                      const struct record_part_text *parts, uint32_t n_parts, bool all,
                      struct arena *mem)
{
    char hash[RECORD_ID_CHARS];
    for (uint32_t i = 0; o->current && i < o->current->n_parts; i++) {
        const struct view field = o->current->parts[i].field;
        const struct json *part = NULL;
        for (uint32_t k = 0; k < n_parts && !part; k++)
            if (view_eq(parts[k].field, field)) TRY(json_parse(parts[k].text, NULL, mem, &part));
        struct json value = {0};
        if (part && json_get(part, "value")) value = *json_get(part, "value");
        value.key = field;
        if (value.type != JSON_NULL) {
            TRY(value_line(p, &value, mem));
            continue;
        }
        name_line(p, field);
        page_own(p, PAINT_YELLOW, all ? "erased" : "erased, or not for this reader");
        record_id_write(o->current->parts[i].hash, hash);
        page_own(p, PAINT_NONE, " · ");
        page_text(p, PAINT_FAINT, view_of(hash, sizeof hash));
        end_line(p);
    }
    return OK;
}

static void print_event(struct page *p, const struct store_event *e)
{
    char time[24], place[NAME_BYTES];
    record_time_write(e->received_ms, time);
    name_line(p, view_of(time, 19));
    page_text(p, PAINT_NONE, e->kind.n > 0 ? e->kind : VIEW("record"));
    if (e->org.n > 0) {
        page_own(p, PAINT_NONE, " · ");
        page_text(p, PAINT_NONE, e->org);
    }
    if (e->state.n > 0) {
        page_own(p, PAINT_NONE, " → ");
        page_text(p, PAINT_BOLD, e->state);
    }
    if (e->erased) page_own(p, PAINT_NONE, " · erased");
    if (!e->in_effect) page_own(p, PAINT_YELLOW, " · without effect");
    page_own(p, PAINT_FAINT, " · ");
    snprintf(place, sizeof place, "%.*s #%" PRIu64, VIEW_ARG(view_slice(e->log, 0, 100)), e->index);
    page_text(p, PAINT_FAINT, view_cstr(place));
    page_line(p);
    if (e->why.n > 0) {
        page_text(p, PAINT_NONE, e->why);
        page_line(p);
    }
    page_indent(p, 0);
}

static void print_clocks(struct page *p, const struct store_object *o)
{
    for (uint32_t i = 0; i < o->n_clocks; i++) {
        const struct store_clock *c = &o->clocks[i];
        char due[24];
        if (c->stopped) continue;
        record_time_write(c->due_ms, due);
        name_line(p, c->name);
        page_own(p, PAINT_NONE, "until ");
        page_text(p, PAINT_NONE, view_of(due, sizeof due));
        if (c->late) {
            page_own(p, PAINT_NONE, " · ");
            page_text(p, PAINT_RED, c->late_text.n > 0 ? c->late_text : VIEW("late"));
        }
        end_line(p);
    }
}

static rc look_at_entry(void *context, uint64_t index, struct view entry)
{
    struct ledger_entry parsed;
    (void)context;
    (void)index;
    return ledger_entry_parse(entry, &parsed);
}

/* Whether the entry really stands in the tree that the log signed; told like this, so that nobody
 * has to take the view's word for it. */
static rc prove(struct desk *d, const struct store_viewer *viewer, const struct seal_hash *id,
                struct view *out)
{
    struct ledger_reader *reader;
    struct view log;
    uint64_t index;
    rc r = store_place(node_store(d->node), viewer, id, &d->mem, &log, &index);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    TRY(node_reader(d->node, &reader));
    const struct seal_checkpoint *c = ledger_reader_checkpoint(reader, NULL, NULL);
    if (view_eq(log, c->origin)) {
        r = ledger_read(reader, index, 1, NULL, look_at_entry);
        if (ok(r))
            r = arena_format(&d->mem, out, "entry %" PRIu64 " of %" PRIu64 " in %.*s", index,
                             c->size, VIEW_ARG(log));
    }
    ledger_reader_close(reader);
    return r;
}

static rc print_page(struct call *call, const struct store_object *o,
                     const struct record_part_text *parts, uint32_t n_parts, struct view proof,
                     bool all, struct arena *mem)
{
    struct page p;
    page_begin(&p, &call->out, call->term, LANG_EN);
    text_line(&p, "kind", o->kind);
    id_line(&p, "id", &o->id);
    text_line(&p, "by", o->org);
    text_line(&p, "state", o->state);
    if (o->since_ms > 0) time_line(&p, "since", o->since_ms); /* of what is erased nobody knows */
    text_line(&p, "why", o->why);
    text_line(&p, "mark", view_cstr(record_mark_name(o->mark)));
    text_line(&p, "proved", proof);
    for (uint32_t i = 0; i < o->n_missing; i++)
        text_line(&p, "not signed by", o->missing[i]);
    print_clocks(&p, o);
    rc r = print_envelope(&p, o, mem);
    if (ok(r)) r = print_body(&p, o, mem);
    if (ok(r)) r = print_parts(&p, o, parts, n_parts, all, mem);
    if (o->n_events > 0) page_line(&p);
    for (uint32_t i = 0; i < o->n_events; i++)
        print_event(&p, &o->events[i]);
    TRY(page_end(&p));
    return r;
}

/* ---- for programs ---- */

struct one_line {
    struct call *call;
};

static rc print_line(void *context, struct view line)
{
    struct one_line *l = context;
    TRY(out_write(&l->call->out, line));
    return out_write(&l->call->out, VIEW("\n"));
}

rc verb_record_show(struct call *call, int *out_exit)
{
    CLEANUP(desk_close) struct desk d = {0};
    const struct value *values = call->values;
    struct store_viewer viewer;
    struct store_object object;
    struct seal_hash id;
    struct view note;
    const struct record_part_text *parts;
    uint32_t n_parts;
    struct view proof = {0};
    (void)out_exit;
    TRY(id_read(call->args[0], &id));
    TRY(viewer_read(values[RECORD_SHOW_AS].text, &viewer));
    TRY(desk_look_now(&d, call, values[RECORD_SHOW_LOG].text));
    struct store *store = node_store(d.node);
    if (values[RECORD_SHOW_NOTE].given) {
        CLEANUP(buf_done) struct buf bundle = {0};
        TRY(store_note(store, &viewer, &id, &d.mem, &note, &parts, &n_parts));
        TRY(record_bundle_write(note, parts, n_parts, &d.mem, &bundle));
        return out_write(&call->out, buf_view(&bundle));
    }
    TRY(store_object(store, &viewer, &id, &d.mem, &object));
    if (values[RECORD_SHOW_JSON].given)
        return node_export_one(d.node, &viewer, &object.id, &(struct one_line){call}, print_line);
    TRY(prove(&d, &viewer, &id, &proof));
    parts = NULL;
    n_parts = 0;
    if (object.current && object.current->n_parts > 0) {
        memcpy(id.bytes, object.current->id, sizeof id.bytes);
        TRY(store_note(store, &viewer, &id, &d.mem, &note, &parts, &n_parts));
    }
    return print_page(call, &object, parts, n_parts, proof, viewer.kind == STORE_NODE, &d.mem);
}
