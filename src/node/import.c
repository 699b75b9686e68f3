/* SPDX-License-Identifier: Apache-2.0
 * Other people's fact-checks become `review` records, signed by who imports them: "reported by"
 * the importer. They are no verdicts and count towards nothing.
 *
 * A review is known by publisher, address and claim text: what is there already is not written
 * again, so that a feed can be imported every day. */
#include "node/node_int.h"

#include <stdio.h>
#include <string.h>

enum {
    GROUP = 256,        /* reviews of one submission */
    CLAIM_CHARS = 2000, /* kinds/review.toml */
    LABEL_CHARS = 200,
    TABLE_LEAST = 1 << 12 /* places of the table of known reviews */
};

struct import {
    struct node *node;
    const struct node_import *how;
    struct node_imported *counts;
    struct arena mem; /* of one group */
    struct arena row; /* of one row */
    struct view bundles[GROUP];
    uint64_t where[GROUP];
    size_t n;
    /* Known reviews: the first 8 bytes of their SHA-256; 0 is an empty place. */
    uint64_t *known;
    size_t n_known, n_places;
};

/* ---- known reviews ---- */

static rc review_key(struct view publisher, struct view url, struct view text, uint64_t *out)
{
    struct seal_hasher h = {0};
    uint8_t hash[SEAL_SHA256_BYTES];
    const struct view parts[] = {publisher, VIEW("\n"), url, VIEW("\n"), text};
    rc r = seal_hasher_init(&h);
    for (size_t i = 0; i < COUNT_OF(parts) && ok(r); i++)
        r = seal_hasher_add(&h, parts[i]);
    if (ok(r)) r = seal_hasher_finish(&h, hash);
    seal_hasher_done(&h);
    TRY(r);
    *out = get_u64(hash) | 1; /* never 0 */
    return OK;
}

static bool insert(uint64_t *places, size_t n_places, uint64_t key)
{
    size_t at = (size_t)key & (n_places - 1);
    while (places[at] != 0 && places[at] != key)
        at = (at + 1) & (n_places - 1);
    bool is_new = places[at] == 0;
    places[at] = key;
    return is_new;
}

static rc remember(struct import *im, uint64_t key, bool *out_new)
{
    if (im->n_known * 2 >= im->n_places) {
        size_t n = im->n_places ? im->n_places * 2 : TABLE_LEAST;
        uint64_t *larger;
        TRY(mem_new(n, sizeof *larger, &larger));
        for (size_t i = 0; i < im->n_places; i++)
            if (im->known[i] != 0) insert(larger, n, im->known[i]);
        mem_free(im->known);
        im->known = larger;
        im->n_places = n;
    }
    *out_new = insert(im->known, im->n_places, key);
    im->n_known += *out_new;
    return OK;
}

static rc remember_object(void *context, const struct store_object *o)
{
    struct import *im = context;
    uint64_t key;
    bool is_new;
    if (!o->current) return OK;
    const struct json *body = o->current->body;
    TRY(review_key(json_get_string(body, "publisher"), json_get_string(body, "url"),
                   json_get_string(json_get(body, "claim_text"), "text"), &key));
    return remember(im, key, &is_new);
}

static rc remember_all(struct import *im)
{
    const struct store_filter filter = {.kind = VIEW("review")};
    return store_list(node_store(im->node), &k_store_node, &filter, NULL, UINT32_MAX, im,
                      remember_object);
}

/* ---- a review ---- */

/* columns: where a table has it, when they are called otherwise. */
static rc need(struct view value, const char *field, const char *columns, uint32_t most_chars)
{
    uint32_t n = 0;
    if (value.n == 0 && columns)
        return FAIL(E_INPUT, "%s: missing (in a table: the column %s)", field, columns);
    if (value.n == 0) return FAIL(E_INPUT, "%s: missing", field);
    for (size_t at = 0; at < value.n; n++)
        utf8_next(value, &at);
    if (most_chars > 0 && n > most_chars)
        return FAIL(E_LIMIT, "%s: %u characters, at most %u", field, n, most_chars);
    return OK;
}

struct review {
    struct view publisher, url, printed, licence, date;
    const char *label; /* "" : no crosswalk */
};

static rc plan_review(const struct item *item, const struct item_verdict *v, struct review *out)
{
    *out = (struct review){.publisher = v->org_name.n > 0 ? v->org_name : v->org,
                           .url = v->url.n > 0 ? v->url : item->url,
                           .printed = v->label_text,
                           .licence = item->licence,
                           .date = v->date,
                           .label = label_name(v->label)};
    if (out->printed.n == 0) out->printed = view_cstr(out->label);
    TRY(need(item->text, "text", NULL, CLAIM_CHARS));
    TRY(need(out->publisher, "publisher", "verdict_org or verdict_org_name", LABEL_CHARS));
    TRY(need(out->url, "url", "verdict_url or url", 0));
    TRY(need(out->printed, "label", "verdict_label or rating", LABEL_CHARS));
    return need(out->licence, "licence", NULL, LABEL_CHARS);
}

static void write_body(struct json_writer *w, const struct item *item, const struct review *review,
                       const char *retrieved)
{
    json_open_object(w);
    json_key(w, "claim_text");
    json_open_object(w);
    json_key(w, "lang");
    json_string(w, item->lang);
    json_key(w, "text");
    json_string(w, item->text);
    json_close_object(w);
    if (review->date.n > 0) {
        json_key(w, "date");
        json_string(w, review->date);
    }
    json_key(w, "licence");
    json_string(w, review->licence);
    if (review->label[0]) {
        json_key(w, "our_label");
        json_cstr(w, review->label);
    }
    json_key(w, "printed_label");
    json_string(w, review->printed);
    json_key(w, "publisher");
    json_string(w, review->publisher);
    json_key(w, "retrieved");
    json_cstr(w, retrieved);
    json_key(w, "url");
    json_string(w, review->url);
    json_close_object(w);
}

static rc write_record(struct import *im, const struct item *item, const struct review *review,
                       struct buf *out)
{
    struct json_writer w;
    uint8_t salt[RECORD_SALT_BYTES];
    char made[25] = {0};
    CLEANUP(buf_done) struct buf salt_text = {0};
    TRY(seal_random(salt, sizeof salt));
    TRY(seal_base64(view_of(salt, sizeof salt), &salt_text));
    record_time_write(im->how->now_ms, made);
    json_begin(&w, out);
    json_open_object(&w);
    json_key(&w, "body");
    write_body(&w, item, review, made);
    json_key(&w, "kind");
    json_cstr(&w, "review");
    json_key(&w, "made");
    json_cstr(&w, made);
    json_key(&w, "mark");
    json_cstr(&w, "clear");
    json_key(&w, "org");
    json_string(&w, im->how->author->name);
    json_key(&w, "salt");
    json_string(&w, buf_view(&salt_text));
    json_key(&w, "sanad");
    json_int(&w, 1);
    json_key(&w, "v");
    json_int(&w, 1);
    json_close_object(&w);
    TRY(json_finish(&w));
    return buf_add_byte(out, '\n');
}

static rc submit_group(struct import *im)
{
    struct node_result *results;
    if (im->n == 0) return OK;
    TRY(arena_array(&im->mem, im->n, &results));
    TRY(node_submit(im->node, im->bundles, im->n, im->how->now_ms, &im->mem, results));
    for (size_t i = 0; i < im->n; i++) {
        char reason[512];
        if (ok(results[i].failure)) {
            im->counts->n_reviews++;
            continue;
        }
        im->counts->n_rejected++;
        snprintf(reason, sizeof reason, "%.*s", VIEW_ARG(results[i].message));
        if (im->how->reject) im->how->reject(im->how->context, im->where[i], reason);
    }
    im->n = 0;
    arena_reset(&im->mem);
    return node_check(im->node);
}

/* A review that the door can take, written out. */
struct ready {
    struct review review;
    struct view text;
};

static rc add_review(struct import *im, const struct item *item, const struct ready *ready,
                     uint64_t where)
{
    CLEANUP(buf_done) struct buf note = {0};
    uint64_t key;
    bool is_new;
    TRY(review_key(ready->review.publisher, ready->review.url, item->text, &key));
    TRY(remember(im, key, &is_new));
    if (!is_new) {
        im->counts->n_known++;
        return OK;
    }
    TRY(seal_note_write(ready->text, im->how->author, 1, &note));
    TRY(arena_copy(&im->mem, buf_view(&note), &im->bundles[im->n]));
    im->where[im->n++] = where;
    return im->n < GROUP ? OK : submit_group(im);
}

static rc make_ready(struct import *im, const struct item *item, const struct item_verdict *v,
                     struct ready *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    const struct record *r;
    TRY(plan_review(item, v, &out->review));
    TRY(write_record(im, item, &out->review, &text));
    TRY(arena_copy(&im->row, buf_view(&text), &out->text));
    return record_parse(out->text, RECORD_WRITTEN_HERE, im->how->now_ms, &im->row, &r, NULL);
}

/* Items keep the line breaks of the system that they come from; records have line feeds alone. */
static rc add_with_line_feeds(struct view text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n') continue;
        TRY(buf_add_byte(out, c == '\r' ? '\n' : c));
    }
    return OK;
}

static rc take_row(void *context, const struct item *given, uint64_t where)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct import *im = context;
    struct item item = *given;
    struct ready *ready;
    TRY(add_with_line_feeds(given->text, &text));
    item.text = buf_view(&text);
    if (item.n_verdicts == 0)
        return FAIL(E_INPUT, "verdicts: missing: there is nothing to report (a table has them in "
                             "the columns verdict_org, verdict_label and verdict_url, or in rating "
                             "and url)");
    /* A row is taken whole or not at all. */
    arena_reset(&im->row);
    TRY(arena_array(&im->row, item.n_verdicts, &ready));
    for (uint32_t i = 0; i < item.n_verdicts; i++)
        TRY(make_ready(im, &item, &item.verdicts[i], &ready[i]));
    for (uint32_t i = 0; i < item.n_verdicts && !im->how->look_only; i++)
        TRY(add_review(im, &item, &ready[i], where));
    return OK;
}

static void reject_row(void *context, uint64_t where, const char *reason)
{
    struct import *im = context;
    im->counts->n_rejected++;
    if (im->how->reject) im->how->reject(im->how->context, where, reason);
}

static bool tell_progress(void *context, uint64_t bytes, uint64_t total)
{
    struct import *im = context;
    return !im->how->progress || im->how->progress(im->how->context, bytes, total);
}

static rc import(struct import *im, const char *path)
{
    const struct item_sink sink = {im, take_row, reject_row, tell_progress};
    struct item_counts rows = {0};
    if (!im->how->look_only) TRY(remember_all(im));
    rc r = items_read(path, im->how->format, &im->how->defaults, NULL, &sink, &rows);
    im->counts->n_rows = rows.accepted + rows.rejected;
    if (r.code != E_FORMAT) TRY(r);
    /* What stood before the place where a file breaks off is as good as in any other file. */
    char why[1024];
    snprintf(why, sizeof why, "%s", ok(r) ? "" : rc_message());
    TRY(submit_group(im));
    return ok(r) ? r : FAIL(r.code, "%s", why);
}

rc node_import_items(struct node *n, const char *path, const struct node_import *how,
                     struct node_imported *out)
{
    struct node_imported counts = {0};
    struct import *im;
    TRY(mem_new(1, sizeof *im, &im));
    im->node = n;
    im->how = how;
    im->counts = &counts;
    arena_init(&im->mem, 0);
    arena_init(&im->row, 0);
    rc r = import(im, path);
    arena_done(&im->row);
    arena_done(&im->mem);
    mem_free(im->known);
    mem_free(im);
    *out = counts;
    return r;
}
