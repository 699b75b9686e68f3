/* SPDX-License-Identifier: Apache-2.0
 * Items waiting to become an image: kept as canonical JSON, sorted by id when it is made, so that
 * the same items give the same bytes in whatever order they came.
 *
 * Memory while an image is made: 16 bytes for each different gram of a document and each word, and
 * the image's sections; about 6 KB a claim of 150 letters. */
#include <stdlib.h>

#include "bank/making_int.h"

rc bank_builder_new(const struct bank_params *params, const struct bank *statistics,
                    struct bank_builder **out)
{
    struct bank_builder *b;
    struct bank_params used = statistics ? statistics->params : params ? *params : k_bank_params;
    if (!params_sane(&used, true)) return FAIL(E_USAGE, "bank: parameters out of range");
    TRY(mem_new(1, sizeof *b, &b));
    b->params = used;
    b->statistics = statistics;
    *out = b;
    return OK;
}

void bank_builder_free(struct bank_builder *b)
{
    if (!b) return;
    buf_done(&b->json);
    ids_done(&b->ids);
    mem_free(b->items);
    mem_free(b);
}

uint32_t bank_builder_count(const struct bank_builder *b)
{
    return b->ids.n;
}

struct view waiting_json(const struct bank_builder *b, uint32_t item)
{
    return view_of(b->json.p + b->items[item].json_at, b->items[item].json_n);
}

static rc keep(struct bank_builder *b, const struct item *item)
{
    uint32_t n = b->ids.n;
    if (n == b->cap) {
        uint32_t cap = b->cap ? b->cap * 2 : 64;
        TRY(mem_resize(&b->items, cap, sizeof *b->items));
        b->cap = cap;
    }
    b->items[n].json_at = b->json.n;
    TRY(item_to_json(item, &b->json));
    b->items[n].json_n = b->json.n - b->items[n].json_at;
    return ids_add(&b->ids, item->id);
}

rc bank_builder_add(struct bank_builder *b, const struct item *item)
{
    uint32_t holder;
    size_t json_n = b->json.n;
    if (ids_find(&b->ids, item->id, &holder))
        return FAIL(E_DUPLICATE, "the id \"%.*s\" is already taken", VIEW_ARG(item->id));
    rc r = keep(b, item);
    if (!ok(r)) b->json.n = json_n;
    return r;
}

/* ---- making ---- */

void making_done(struct making *m)
{
    for (uint32_t s = 0; s < SECTION_COUNT; s++)
        buf_done(&m->section[s]);
    buf_done(&m->item_blob);
    buf_done(&m->id_blob);
    buf_done(&m->folded);
    mem_free(m->order);
    mem_free(m->words.at);
    mem_free(m->grams.at);
    mem_free(m->exact.at);
    mem_free(m->urls.at);
    mem_free(m->n_words);
    mem_free(m->df);
    mem_free(m->last_doc);
    arena_done(&m->mem);
    code_points_done(&m->letters);
}

rc making_tell(const struct making *m, const char *phase, uint64_t done, uint64_t total)
{
    if (!m->progress || !m->progress->tell) return OK;
    if (m->progress->tell(m->progress->context, phase, done, total)) return OK;
    return FAIL(E_INTERRUPTED, "bank: building was stopped");
}

int making_by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* qsort hands no context on, so the ids come along. */
struct sortable {
    struct view id;
    uint32_t item;
};

static int by_id(const void *a, const void *b)
{
    return view_cmp(((const struct sortable *)a)->id, ((const struct sortable *)b)->id);
}

static rc sort_items(struct making *m)
{
    const struct ids *ids = &m->builder->ids;
    struct sortable *rows;
    TRY(mem_new(ids->n, sizeof *m->order, &m->order));
    TRY(mem_new(ids->n, sizeof *rows, &rows));
    for (uint32_t i = 0; i < ids->n; i++)
        rows[i] = (struct sortable){ids_at(ids, i), i};
    qsort(rows, ids->n, sizeof *rows, by_id);
    for (uint32_t i = 0; i < ids->n; i++)
        m->order[i] = rows[i].item;
    mem_free(rows);
    return OK;
}

static rc make(struct making *m)
{
    m->params = m->builder->params;
    TRY(text_rules(&m->text_rules));
    TRY(sort_items(m));
    TRY(making_start_weights(m));
    TRY(making_read_items(m));
    return making_index(m);
}

/* ---- the door ---- */

static rc put_buf(void *to, struct view part)
{
    return buf_add(to, part);
}
static rc put_file(void *to, struct view part)
{
    return file_write(to, part);
}

rc bank_builder_image(struct bank_builder *b, const struct bank_progress *progress, struct buf *out)
{
    struct making m CLEANUP(making_done) = {.builder = b, .progress = progress};
    size_t n = out->n;
    TRY(make(&m));
    rc r = making_emit(&m, put_buf, out);
    if (!ok(r)) out->n = n;
    return r;
}

rc bank_builder_write(struct bank_builder *b, const struct bank_progress *progress,
                      const char *path)
{
    struct making m CLEANUP(making_done) = {.builder = b, .progress = progress};
    struct file_writer w CLEANUP(file_abandon) = {.fd = -1};
    TRY(make(&m));
    TRY(file_create(path, &w));
    TRY(making_emit(&m, put_file, &w));
    return file_commit(&w);
}
