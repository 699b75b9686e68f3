/* SPDX-License-Identifier: Apache-2.0
 * The order of a fold: each record once, behind everything it names, then by (received, log,
 * index). An entry's rank rests on what it names alone, so folds of more or fewer objects agree. */
#include "record/fold_int.h"

#include <stdlib.h>
#include <string.h>

struct place entry_place(const struct record_entry *e)
{
    return (struct place){e->received_ms, e->log, e->index};
}

int place_cmp(const struct place *a, const struct place *b)
{
    if (a->received_ms != b->received_ms) return a->received_ms < b->received_ms ? -1 : 1;
    bool same_log = a->log.p == b->log.p && a->log.n == b->log.n;
    int by_log = same_log ? 0 : view_cmp(a->log, b->log);
    if (by_log != 0) return by_log;
    return (a->index > b->index) - (a->index < b->index);
}

int stamp_cmp(const struct stamp *a, const struct stamp *b)
{
    int by = place_cmp(&a->when, &b->when);
    if (by != 0) return by;
    if (a->level != b->level) return a->level < b->level ? -1 : 1;
    return place_cmp(&a->own, &b->own);
}

/* ---- each once ---- */

static uint64_t id_key(const uint8_t *id)
{
    uint64_t key;
    memcpy(&key, id, sizeof key);
    return key;
}

static int by_id(const void *a, const void *b)
{
    const struct id_row *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    int by = memcmp(x->entry->id, y->entry->id, SEAL_SHA256_BYTES);
    if (by != 0) return by;
    struct place at_x = entry_place(x->entry), at_y = entry_place(y->entry);
    by = place_cmp(&at_x, &at_y);
    /* Of the same place in two readings, the erased one is the later. */
    return by != 0 ? by : (x->entry->r != NULL) - (y->entry->r != NULL);
}

/* First row of an id among rows that are sorted by it; n: none. */
static uint32_t first_row(const struct id_row *rows, uint32_t n, const uint8_t *id)
{
    uint64_t key = id_key(id);
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        const struct id_row *row = &rows[mid];
        int by = row->key != key ? (row->key < key ? -1 : 1)
                                 : memcmp(row->entry->id, id, SEAL_SHA256_BYTES);
        if (by < 0)
            low = mid + 1;
        else
            high = mid;
    }
    bool found = low < n && memcmp(rows[low].entry->id, id, SEAL_SHA256_BYTES) == 0;
    return found ? low : n;
}

static const struct record *readable(const struct id_row *rows, uint32_t n, uint32_t from)
{
    const uint8_t *id = from < n ? rows[from].entry->id : NULL;
    for (uint32_t i = from; i < n; i++) {
        if (memcmp(rows[i].entry->id, id, SEAL_SHA256_BYTES) != 0) break;
        if (rows[i].entry->r) return rows[i].entry->r;
    }
    return NULL;
}

/* What everybody else is told: the entry of an organisation's record stands in the log that the
 * record before it declared, of its first record in the one that it declares itself. */
static struct view told_home(const struct id_row *rows, uint32_t n, const struct record *r)
{
    const struct record *old = r->has_prev ? readable(rows, n, first_row(rows, n, r->prev)) : NULL;
    return json_get_string((old ? old : r)->body, "home_log");
}

/* Of rows of one record, which begin at `from`: the first in its home log, else the first. */
static uint32_t choose(const struct id_row *rows, uint32_t n, uint32_t from, uint32_t end,
                       const struct record_register *reg)
{
    const struct record *r = readable(rows, n, from);
    struct view home;
    if (end == from + 1 || !r) return from;
    bool tells = is_kind(r, "organisation");
    if (tells) home = told_home(rows, n, r);
    for (uint32_t i = from; i < end; i++)
        if (tells ? view_eq(home, rows[i].entry->log)
                  : reg && register_at_home(reg, r, rows[i].entry))
            return i;
    return from;
}

static rc each_once(const struct record_entry *entries, uint32_t n,
                    const struct record_register *reg, struct arena *mem, struct history *out)
{
    struct id_row *rows;
    TRY(arena_array(mem, (size_t)n + 1, &rows));
    TRY(arena_array(mem, (size_t)n + 1, &out->ids));
    for (uint32_t i = 0; i < n; i++)
        rows[i] = (struct id_row){id_key(entries[i].id), &entries[i], 0};
    if (n > 1) qsort(rows, n, sizeof *rows, by_id);
    for (uint32_t i = 0, end; i < n; i = end) {
        end = i + 1;
        while (end < n && memcmp(rows[end].entry->id, rows[i].entry->id, SEAL_SHA256_BYTES) == 0)
            end++;
        out->ids[out->n++] = rows[choose(rows, n, i, end, reg)];
    }
    return OK;
}

uint32_t history_find(struct history *h, const uint8_t id[SEAL_SHA256_BYTES])
{
    if (h->last_id && memcmp(h->last_id, id, SEAL_SHA256_BYTES) == 0) return h->last_item;
    uint32_t row = first_row(h->ids, h->n, id);
    if (row == h->n) return NO_ITEM;
    h->last_id = h->ids[row].entry->id;
    h->last_item = h->ids[row].item;
    return h->last_item;
}

/* ---- ranks ---- */

static uint32_t n_about(const struct record_entry *e)
{
    const struct record *r = entry_record(e);
    return r ? r->n_about : 0;
}

static uint32_t n_named(const struct record_entry *e)
{
    return n_about(e) + (entry_prev(e) != NULL);
}

static uint32_t named(struct history *h, const struct record_entry *e, uint32_t k)
{
    return history_find(h, k < n_about(e) ? e->r->about[k] : entry_prev(e));
}

/* Everything it names has its rank, but what names it in turn, which no hash allows. */
static void rank(struct history *h, struct item *i, const uint8_t *done)
{
    struct stamp s = {.own = entry_place(i->entry)};
    s.when = s.own;
    for (uint32_t k = 0; k < n_named(i->entry); k++) {
        uint32_t d = named(h, i->entry, k);
        if (d == NO_ITEM || done[d] != 2) continue;
        const struct stamp *dep = &h->items[d].stamp;
        int by = place_cmp(&dep->when, &s.when);
        if (by < 0) continue;
        uint32_t level = dep->level + 1;
        s.level = by > 0 || level > s.level ? level : s.level;
        s.when = dep->when;
    }
    i->stamp = s;
}

static rc rank_all(struct history *h, struct arena *mem)
{
    struct visit {
        uint32_t item, next;
    } * stack;
    uint8_t *done; /* 0: not seen, 1: on the stack, 2: ranked */
    TRY(arena_array(mem, (size_t)h->n + 1, &stack));
    TRY(arena_array(mem, (size_t)h->n + 1, &done));
    for (uint32_t from = 0; from < h->n; from++) {
        uint32_t depth = 0;
        if (done[from] != 0) continue;
        stack[depth++] = (struct visit){from, 0};
        done[from] = 1;
        while (depth > 0) {
            struct visit *top = &stack[depth - 1];
            const struct record_entry *e = h->items[top->item].entry;
            if (top->next == n_named(e)) {
                rank(h, &h->items[top->item], done);
                done[top->item] = 2;
                depth--;
                continue;
            }
            uint32_t d = named(h, e, top->next++);
            if (d == NO_ITEM || done[d] != 0) continue;
            done[d] = 1;
            stack[depth++] = (struct visit){d, 0};
        }
    }
    return OK;
}

static int by_stamp(const void *a, const void *b)
{
    const struct item *x = *(const struct item *const *)a, *y = *(const struct item *const *)b;
    int by = stamp_cmp(&x->stamp, &y->stamp);
    /* No log has two entries at one index; of one that says so, all make the same. */
    return by != 0 ? by : memcmp(x->entry->id, y->entry->id, SEAL_SHA256_BYTES);
}

static bool sorted_yet(const struct history *h)
{
    for (uint32_t i = 1; i < h->n; i++)
        if (stamp_cmp(&h->items[i - 1].stamp, &h->items[i].stamp) >= 0) return false;
    return true;
}

static rc sort_items(struct history *h, struct arena *mem)
{
    struct item **order, *sorted;
    uint32_t *place;
    h->last_id = NULL;
    if (sorted_yet(h)) return OK;
    TRY(arena_array(mem, (size_t)h->n + 1, &order));
    TRY(arena_array(mem, (size_t)h->n + 1, &sorted));
    TRY(arena_array(mem, (size_t)h->n + 1, &place));
    for (uint32_t i = 0; i < h->n; i++)
        order[i] = &h->items[i];
    if (h->n > 1) qsort(order, h->n, sizeof *order, by_stamp);
    for (uint32_t i = 0; i < h->n; i++) {
        place[order[i] - h->items] = i;
        sorted[i] = *order[i];
    }
    for (uint32_t i = 0; i < h->n; i++)
        h->ids[i].item = place[h->ids[i].item];
    h->items = sorted;
    return OK;
}

rc history_make(const struct record_entry *entries, uint32_t n, const struct record_register *reg,
                struct arena *mem, struct history *out)
{
    uint32_t *rows, n_items = 0;
    *out = (struct history){0};
    TRY(each_once(entries, n, reg, mem, out));
    TRY(arena_array(mem, (size_t)out->n + 1, &out->items));
    TRY(arena_array(mem, (size_t)n + 1, &rows));
    for (uint32_t i = 0; i < out->n; i++)
        rows[out->ids[i].entry - entries] = i + 1;
    /* As they were given: mostly in their order. */
    for (uint32_t i = 0; i < n; i++) {
        if (rows[i] == 0) continue;
        out->ids[rows[i] - 1].item = n_items;
        out->items[n_items++] =
            (struct item){&entries[i], .prev = NO_ITEM, .object = NO_ITEM, .told_by = NO_ITEM};
    }
    TRY(rank_all(out, mem));
    return sort_items(out, mem);
}

/* ---- chains ---- */

/* Whose an erased record was is told by what it replaced; of a first one nobody can tell. */
static const char *prev_refused(const struct history *h, const struct item *i)
{
    uint32_t at = i->prev == NO_ITEM ? NO_ITEM : h->items[i->prev].told_by;
    if (at == NO_ITEM) return "prev: the record that it replaces is not known here";
    const struct item *before = &h->items[at];
    const struct record *r = entry_record(i->entry), *old = entry_record(before->entry);
    if (!old) return "prev: the record that it replaces was erased";
    if (!view_eq(old->org, r->org)) return "prev: a record of another author";
    if (!view_eq(old->kind_name, r->kind_name)) return "prev: a record of another kind";
    return before->refused;
}

void chain_add_version(struct chain *c, const struct history *h, struct item *i)
{
    const struct item *prev = i->prev == NO_ITEM ? NULL : &h->items[i->prev];
    bool known = prev && !prev->refused && entry_record(prev->entry);
    i->version = c->n_versions++;
    c->versions[i->version] = (struct version){
        .entry = i->entry, .stamp = i->stamp, .prev = known ? prev->version : NO_ITEM};
}

rc history_chains(struct history *h, const uint8_t *only, const char *kind, struct arena *mem,
                  uint32_t **out_roots, uint32_t *out_n)
{
    uint32_t *roots, n = 0;
    TRY(arena_array(mem, (size_t)h->n + 1, &roots));
    for (uint32_t k = 0; k < h->n; k++) {
        struct item *i = &h->items[k];
        const struct record *r = entry_record(i->entry);
        const uint8_t *prev = entry_prev(i->entry);
        bool root = r && !prev;
        i->told_by = k;
        if (prev) {
            i->prev = history_find(h, prev);
            i->refused = r ? prev_refused(h, i) : NULL;
            /* Versions between it and the next before it that can be read were erased. */
            if (!r && i->prev != NO_ITEM) i->told_by = h->items[i->prev].told_by;
            if (i->prev != NO_ITEM) i->object = h->items[i->prev].object;
        }
        if (only ? memcmp(i->entry->id, only, SEAL_SHA256_BYTES) == 0 : root && is_kind(r, kind)) {
            i->object = n;
            roots[n++] = k;
        }
    }
    *out_roots = roots;
    *out_n = n;
    return OK;
}
