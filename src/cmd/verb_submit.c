/* SPDX-License-Identifier: Apache-2.0
 * sanad record submit, list, erase: records into a log and what became of them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/desk_int.h"
#include "cmd/facts_int.h"
#include "cmd/say_int.h"

/* ---- submit ---- */

enum { GROUP_BYTES = 32 << 20, SUBMIT_GROUP = 1024 };

struct submitting {
    struct call *call;
    struct desk *desk;
    struct arena mem; /* of one group */
    struct view bundles[SUBMIT_GROUP];
    const char *paths[SUBMIT_GROUP];
    size_t n, bytes;
    uint64_t n_taken, n_refused;
};

static rc say_taken(struct submitting *s, const char *path, const struct node_result *r)
{
    char id[RECORD_ID_CHARS + 1] = {0};
    record_id_write(r->id.bytes, id);
    if (!s->call->values[RECORD_SUBMIT_JSON].given)
        return out_writef(&s->call->out, "%s\t%" PRIu64 "\t%s\n", id, r->place.index, path);
    CLEANUP(buf_done) struct buf line = {0};
    struct json_writer w;
    json_begin(&w, &line);
    json_open_object(&w);
    json_key(&w, "file");
    json_cstr(&w, path);
    json_key(&w, "id");
    json_cstr(&w, id);
    json_key(&w, "index");
    json_int(&w, (int64_t)r->place.index);
    json_key(&w, "received");
    json_int(&w, r->place.received_ms);
    json_close_object(&w);
    return say_json(s->call, &w);
}

/* The bank follows as soon as the records are in the view. */
static rc follow_bank(struct submitting *s, const struct node_result *results, size_t n)
{
    const char *bank = s->call->values[RECORD_SUBMIT_BANK].text;
    struct seal_hash *ids;
    size_t n_ids = 0;
    if (!bank) return OK;
    TRY(arena_array(&s->mem, n, &ids));
    for (size_t i = 0; i < n; i++)
        if (ok(results[i].failure)) ids[n_ids++] = results[i].id;
    return node_bank_follow(node_store(s->desk->node), bank, ids, n_ids);
}

static rc submit_group(struct submitting *s)
{
    struct node_result *results;
    if (s->n == 0) return OK;
    TRY(arena_array(&s->mem, s->n, &results));
    TRY(node_submit(s->desk->node, s->bundles, s->n, clock_wall_ms(), &s->mem, results));
    for (size_t i = 0; i < s->n; i++) {
        if (ok(results[i].failure)) {
            s->n_taken++;
            TRY(say_taken(s, s->paths[i], &results[i]));
            continue;
        }
        s->n_refused++;
        report(s->call->reader, "%s: %s", 2,
               (struct view[]){view_cstr(s->paths[i]), results[i].message});
    }
    TRY(out_flush(&s->call->out));
    TRY(node_check(s->desk->node));
    TRY(follow_bank(s, results, s->n));
    s->n = s->bytes = 0;
    arena_reset(&s->mem);
    return OK;
}

static rc add_bundle(struct submitting *s, struct view bundle, const char *path)
{
    TRY(arena_copy(&s->mem, bundle, &s->bundles[s->n]));
    s->paths[s->n++] = path;
    s->bytes += bundle.n;
    return s->n < SUBMIT_GROUP && s->bytes < GROUP_BYTES ? OK : submit_group(s);
}

/* A file holds one bundle or several, one behind the other: a record begins with its brace. */
static size_t next_bundle(struct view bytes, size_t at)
{
    for (size_t i = at + 1; i < bytes.n; i++)
        if (bytes.p[i] == '{' && bytes.p[i - 1] == '\n') return i;
    return bytes.n;
}

/* One file that is missing or empty keeps nobody else out. */
static bool is_unreadable(rc r)
{
    return r.code == E_NOT_FOUND || r.code == E_INPUT || r.code == E_LIMIT;
}

static rc add_file(struct submitting *s, const char *path)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    rc r = file_read(path, GROUP_BYTES, &bytes);
    const struct view all = buf_view(&bytes);
    if (ok(r) && all.n == 0) r = FAIL(E_INPUT, "%s: empty", path);
    if (is_unreadable(r)) {
        report(s->call->reader, "%s", 1, (struct view[]){view_cstr(rc_message())});
        s->n_refused++;
        return OK;
    }
    TRY(r);
    for (size_t at = 0; at < all.n;) {
        size_t end = next_bundle(all, at);
        TRY(add_bundle(s, view_slice(all, at, end - at), path));
        at = end;
    }
    return OK;
}

rc verb_record_submit(struct call *call, int *out_exit)
{
    CLEANUP(desk_close) struct desk d = {0};
    struct submitting *s;
    const struct value *values = call->values;
    TRY(desk_open(&d, call, values[RECORD_SUBMIT_LOG].text, values[RECORD_SUBMIT_LOG_KEY].text,
                  values[RECORD_SUBMIT_LOG_PASSPHRASE_FILE].text));
    TRY(arena_new(&d.mem, &s));
    s->call = call;
    s->desk = &d;
    arena_init(&s->mem, 0);
    rc r = OK;
    for (int i = 0; i < call->n_args && ok(r); i++)
        r = add_file(s, call->args[i]);
    if (ok(r)) r = submit_group(s);
    arena_done(&s->mem);
    if (s->n_refused > 0) *out_exit = EXIT_BAD_INPUT;
    return r;
}

/* ---- list ---- */

struct listing {
    struct call *call;
    uint64_t n;
};

static rc list_object(void *context, const struct store_object *o)
{
    struct listing *l = context;
    char id[RECORD_ID_CHARS + 1] = {0}, since[25] = {0};
    record_id_write(o->id.bytes, id);
    if (o->since_ms > 0) record_time_write(o->since_ms, since); /* of what is erased nobody knows */
    l->n++;
    if (!l->call->values[RECORD_LIST_JSON].given)
        return out_writef(&l->call->out, "%s\t%.*s\t%.*s\t%.*s\t%s\n", id, VIEW_ARG(o->kind),
                          VIEW_ARG(o->state), VIEW_ARG(o->org), since);
    CLEANUP(buf_done) struct buf line = {0};
    struct json_writer w;
    json_begin(&w, &line);
    json_open_object(&w);
    json_key(&w, "id");
    json_cstr(&w, id);
    json_key(&w, "kind");
    json_string(&w, o->kind);
    json_key(&w, "org");
    json_string(&w, o->org);
    json_key(&w, "since");
    json_cstr(&w, since);
    json_key(&w, "state");
    json_string(&w, o->state);
    json_close_object(&w);
    return say_json(l->call, &w);
}

rc verb_record_list(struct call *call, int *out_exit)
{
    CLEANUP(desk_close) struct desk d = {0};
    const struct value *values = call->values;
    struct store_viewer viewer;
    const struct store_filter filter = {.kind = view_cstr(values[RECORD_LIST_KIND].text),
                                        .state = view_cstr(values[RECORD_LIST_STATE].text),
                                        .org = view_cstr(values[RECORD_LIST_ORG].text)};
    const struct record_kind *kind;
    struct listing l = {call, 0};
    TRY(viewer_read(values[RECORD_LIST_AS].text, &viewer));
    if (filter.org.n > 0) TRY(record_org_check(filter.org));
    TRY(desk_look_now(&d, call, values[RECORD_LIST_LOG].text));
    TRY(store_list(node_store(d.node), &viewer, &filter, NULL,
                   (uint32_t)values[RECORD_LIST_TOP].number, &l, list_object));
    if (l.n > 0) return OK;
    *out_exit = EXIT_NOTHING_FOUND;
    /* A log may hold kinds of newer versions: only what is not there was perhaps mistyped. */
    return filter.kind.n > 0 ? kind_find(values[RECORD_LIST_KIND].text, &kind) : OK;
}

/* ---- erase ---- */

rc verb_record_erase(struct call *call, int *out_exit)
{
    CLEANUP(desk_close) struct desk d = {0};
    const struct value *values = call->values;
    CLEANUP(facts_done) struct facts f;
    struct seal_hash id;
    (void)out_exit;
    facts_begin(&f);
    TRY(id_read(call->args[0], &id));
    TRY(desk_open(&d, call, values[RECORD_ERASE_LOG].text, values[RECORD_ERASE_LOG_KEY].text,
                  values[RECORD_ERASE_LOG_PASSPHRASE_FILE].text));
    TRY(node_erase(d.node, &id, view_cstr(values[RECORD_ERASE_FIELD].text), clock_wall_ms()));
    const struct view typed = view_cstr(call->args[0]);
    facts_id(&f, "id", id.bytes);
    facts_text(&f, "field", view_cstr(values[RECORD_ERASE_FIELD].text));
    return facts_told(call, &f, values[RECORD_ERASE_JSON].given, MSG_RECORD_ERASED, 1, &typed);
}
