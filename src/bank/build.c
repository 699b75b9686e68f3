/* SPDX-License-Identifier: Apache-2.0
 * Builds an image: items sorted by id, so that the same items give the same bytes in whatever order
 * they came; then one reading of all texts; then the indexes; then the file.
 *
 * Memory while building: 16 bytes for each different gram of a document and each word, and the
 * image's sections; about 6 KB a claim of 150 letters. */
#include "bank/bank_int.h"
#include "kern/kern.h"
#include "seal/seal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRESS_STEP = 512, LARGEST_IDF_BITS = 18, SMALLEST_IDF_BITS = 10 };

/* ---- items waiting ---- */

struct waiting {
    size_t json_at, json_n, id_at, id_n;
};

struct bank_builder {
    struct bank_params params;
    const struct bank *statistics;
    struct buf json, ids;
    struct waiting *items;
    uint32_t n, cap;
    uint32_t *table; /* of the ids: open addressing, item number + 1 */
    uint32_t table_mask;
};

rc bank_builder_new(const struct bank_params *params, const struct bank *statistics,
                    struct bank_builder **out)
{
    struct bank_builder *b;
    TRY(mem_new(1, sizeof *b, &b));
    b->params = statistics ? statistics->params : params ? *params : k_bank_params;
    b->statistics = statistics;
    *out = b;
    return OK;
}

void bank_builder_free(struct bank_builder *b)
{
    if (!b) return;
    buf_done(&b->json);
    buf_done(&b->ids);
    mem_free(b->items);
    mem_free(b->table);
    mem_free(b);
}

uint32_t bank_builder_count(const struct bank_builder *b)
{
    return b->n;
}

static struct view id_at(const struct bank_builder *b, uint32_t i)
{
    return view_of(b->ids.p + b->items[i].id_at, b->items[i].id_n);
}

static struct view json_at(const struct bank_builder *b, uint32_t i)
{
    return view_of(b->json.p + b->items[i].json_at, b->items[i].json_n);
}

/* Slot of an id: empty, or with the number of its holder + 1. */
static uint32_t *id_slot(struct bank_builder *b, struct view id)
{
    uint32_t slot = (uint32_t)text_key(id) & b->table_mask;
    while (b->table[slot] && !view_eq(id_at(b, b->table[slot] - 1), id))
        slot = (slot + 1) & b->table_mask;
    return &b->table[slot];
}

static rc more_room(struct bank_builder *b)
{
    if (b->n < b->cap) return OK;
    uint32_t cap = b->cap ? b->cap * 2 : 64, *table;
    TRY(mem_resize(&b->items, cap, sizeof *b->items));
    TRY(mem_new((size_t)cap * 2, sizeof *table, &table));
    mem_free(b->table);
    b->table = table;
    b->table_mask = cap * 2 - 1;
    b->cap = cap;
    for (uint32_t i = 0; i < b->n; i++)
        *id_slot(b, id_at(b, i)) = i + 1;
    return OK;
}

rc bank_builder_add(struct bank_builder *b, const struct item *item)
{
    TRY(more_room(b));
    uint32_t *slot = id_slot(b, item->id);
    if (*slot) return FAIL(E_DUPLICATE, "the id \"%.*s\" is already taken", VIEW_ARG(item->id));
    if (b->n == UINT32_MAX / 2) return FAIL(E_LIMIT, "bank: more than 2 billion items");
    struct waiting w = {.json_at = b->json.n, .id_at = b->ids.n, .id_n = item->id.n};
    TRY(item_to_json(item, &b->json));
    w.json_n = b->json.n - w.json_at;
    TRY(buf_add(&b->ids, item->id));
    b->items[b->n++] = w;
    *slot = b->n;
    return OK;
}

/* ---- an image being made ---- */

struct pairs {
    uint64_t *at;
    size_t n, cap;
};

struct key_list {
    struct key_value *at;
    size_t n, cap;
};

struct making {
    struct bank_builder *builder;
    const struct bank_progress *progress;
    uint32_t *order; /* item numbers by id */
    struct buf section[SECTION_COUNT];
    struct buf item_blob, id_blob;
    struct pairs words, grams;
    struct key_list exact, urls;
    uint32_t *n_words; /* of each document */
    uint32_t n_docs, docs_cap;
    uint32_t *df, *last_doc; /* of word-bounded grams, by bucket */
    uint64_t total_words;
    double mean_words;
    struct arena mem; /* of one item */
    struct code_points letters;
    struct buf folded;
};

static void making_done(struct making *m)
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

static rc tell(const struct making *m, const char *phase, uint64_t done, uint64_t total)
{
    if (!m->progress || !m->progress->tell) return OK;
    if (m->progress->tell(m->progress->context, phase, done, total)) return OK;
    return FAIL(E_INTERRUPTED, "bank: building was stopped");
}

static rc add_pair(struct pairs *p, uint32_t key, uint32_t doc)
{
    if (p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 4096;
        TRY(mem_resize(&p->at, cap, sizeof *p->at));
        p->cap = cap;
    }
    p->at[p->n++] = (uint64_t)key << 32 | doc;
    return OK;
}

static rc add_key(struct key_list *l, uint64_t key, uint32_t value)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 1024;
        TRY(mem_resize(&l->at, cap, sizeof *l->at));
        l->cap = cap;
    }
    l->at[l->n++] = (struct key_value){key, value};
    return OK;
}

/* Items by id. The ids sit in another object, so the comparison needs it in reach. */
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
    struct bank_builder *b = m->builder;
    struct sortable *rows;
    TRY(mem_new(b->n, sizeof *m->order, &m->order));
    TRY(mem_new(b->n, sizeof *rows, &rows));
    for (uint32_t i = 0; i < b->n; i++)
        rows[i] = (struct sortable){id_at(b, i), i};
    qsort(rows, b->n, sizeof *rows, by_id);
    for (uint32_t i = 0; i < b->n; i++)
        m->order[i] = rows[i].item;
    mem_free(rows);
    return OK;
}

/* ---- documents ---- */

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static rc add_skeleton(struct making *m, uint32_t doc, struct view skeleton)
{
    uint32_t n;
    TRY(code_points_read(&m->letters, skeleton));
    TRY(skeleton_grams(&m->letters, m->builder->params.skeleton_gram, &n));
    uint32_t *hash = m->letters.hash;
    qsort(hash, n, sizeof *hash, by_value);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || hash[i] != hash[i - 1]) TRY(add_pair(&m->grams, hash[i], doc));
    if (skeleton.n > 0) TRY(add_key(&m->exact, skeleton_key(skeleton), doc));
    return OK;
}

static rc count_word_grams(struct making *m, uint32_t doc)
{
    uint32_t n;
    TRY(word_grams(&m->letters, buf_view(&m->folded), m->builder->params.word_gram, &n));
    for (uint32_t i = 0; m->df && i < n; i++) {
        uint32_t bucket = m->letters.hash[i] >> (32 - m->builder->params.idf_bits);
        if (m->last_doc[bucket] == doc + 1) continue;
        m->last_doc[bucket] = doc + 1;
        m->df[bucket]++;
    }
    return OK;
}

static rc room_for_doc(struct making *m)
{
    if (m->n_docs < m->docs_cap) return OK;
    uint32_t cap = m->docs_cap ? m->docs_cap * 2 : 1024;
    TRY(mem_resize(&m->n_words, cap, sizeof *m->n_words));
    m->docs_cap = cap;
    return OK;
}

static rc add_words(struct making *m, const struct text *text, uint32_t doc)
{
    for (uint32_t i = 0; i < text->n_tokens; i++) {
        uint32_t keys[2];
        if (!token_indexed(&text->tokens[i])) continue;
        uint32_t n = token_keys(&text->tokens[i], text->lang, false, keys);
        for (uint32_t k = 0; k < n; k++)
            TRY(add_pair(&m->words, keys[k], doc));
        m->n_words[doc]++;
    }
    TRY(folded_words(text, &m->folded));
    return OK;
}

/* One document: `parts` are its segments, empty ones skipped. */
static rc add_doc(struct making *m, uint32_t item, uint32_t variant, enum lang lang,
                  const struct view parts[SEGMENT_COUNT])
{
    TRY(room_for_doc(m));
    uint32_t doc = m->n_docs++, skeleton_bytes[SEGMENT_COUNT];
    struct buf *docs = &m->section[SECTION_DOCS], *forms = &m->section[SECTION_FORMS];
    struct text text[SEGMENT_COUNT] = {0};
    uint64_t at = forms->n;
    m->n_words[doc] = 0;
    buf_reset(&m->folded);
    for (uint32_t s = 0; s < SEGMENT_COUNT; s++) {
        if (parts[s].n == 0) continue;
        TRY(text_read(parts[s], lang, NULL, &m->mem, &text[s]));
        TRY(add_words(m, &text[s], doc));
    }
    m->total_words += m->n_words[doc];
    TRY(count_word_grams(m, doc));
    TRY(buf_add(forms, buf_view(&m->folded)));
    for (uint32_t s = 0; s < SEGMENT_COUNT; s++) {
        size_t from = forms->n;
        TRY(form_utf8(&text[s].skeleton, forms));
        skeleton_bytes[s] = (uint32_t)(forms->n - from);
        TRY(add_skeleton(m, doc, view_of(forms->p + from, skeleton_bytes[s])));
    }
    TRY(buf_add_u32(docs, item));
    TRY(buf_add_u16(docs, (uint16_t)lang));
    TRY(buf_add_u16(docs, (uint16_t)variant));
    TRY(buf_add_u32(docs, 0)); /* gram norm, known when all documents are read */
    TRY(buf_add_u32(docs, m->n_words[doc]));
    TRY(buf_add_u64(docs, at));
    TRY(buf_add_u32(docs, (uint32_t)m->folded.n));
    for (uint32_t s = 0; s < SEGMENT_COUNT; s++)
        TRY(buf_add_u32(docs, skeleton_bytes[s]));
    return OK;
}

static rc add_url(struct making *m, struct view url, uint32_t item)
{
    struct view canonical;
    if (url.n == 0) return OK;
    rc r = url_canonical(url, &m->mem, &canonical);
    if (r.code == E_INPUT || r.code == E_LIMIT) return OK; /* kept as text, not found as a link */
    TRY(r);
    return add_key(&m->urls, text_key(canonical), item);
}

/* A body is cut at a character. */
static struct view cut(struct view body, size_t max_bytes)
{
    if (body.n <= max_bytes) return body;
    while (max_bytes > 0 && (body.p[max_bytes] & 0xC0) == 0x80)
        max_bytes--;
    return view_of(body.p, max_bytes);
}

static enum lang lang_of(struct view tag, struct view text)
{
    enum lang lang = lang_from_tag(tag);
    return lang == LANG_UNKNOWN ? text_detect_lang(text) : lang;
}

static rc read_item(struct making *m, uint32_t number)
{
    struct bank_builder *b = m->builder;
    struct view json_text = json_at(b, m->order[number]);
    const struct json *json;
    struct item item;
    arena_reset(&m->mem);
    TRY(json_parse(json_text, NULL, &m->mem, &json));
    TRY(item_from_json(json, NULL, &m->mem, &item));
    TRY(buf_add_u64(&m->section[SECTION_ITEMS], m->item_blob.n));
    TRY(buf_add(&m->item_blob, json_text));
    TRY(buf_add_u32(&m->section[SECTION_IDS], (uint32_t)m->id_blob.n));
    TRY(buf_add(&m->id_blob, item.id));
    TRY(buf_add_u32(&m->section[SECTION_FIRST], m->n_docs));
    struct view original[SEGMENT_COUNT] = {item.title, item.text,
                                           cut(item.body, b->params.max_body_bytes)};
    TRY(add_doc(m, number, 0, lang_of(item.lang, item.text), original));
    for (uint32_t t = 0; t < item.n_translations; t++) {
        const struct item_translation *other = &item.translations[t];
        struct view parts[SEGMENT_COUNT] = {other->title, other->text};
        TRY(add_doc(m, number, t + 1, lang_of(other->lang, other->text), parts));
    }
    TRY(add_url(m, item.url, number));
    for (uint32_t v = 0; v < item.n_verdicts; v++)
        TRY(add_url(m, item.verdicts[v].url, number));
    return OK;
}

static rc read_items(struct making *m)
{
    uint32_t n = m->builder->n;
    for (uint32_t i = 0; i < n; i++) {
        if (i % PROGRESS_STEP == 0) TRY(tell(m, "reading", i, n));
        TRY(read_item(m, i));
    }
    TRY(buf_add_u64(&m->section[SECTION_ITEMS], m->item_blob.n));
    TRY(buf_add(&m->section[SECTION_ITEMS], buf_view(&m->item_blob)));
    TRY(buf_add_u32(&m->section[SECTION_IDS], (uint32_t)m->id_blob.n));
    TRY(buf_add(&m->section[SECTION_IDS], buf_view(&m->id_blob)));
    TRY(buf_add_u32(&m->section[SECTION_FIRST], m->n_docs));
    if (m->id_blob.n > UINT32_MAX) return FAIL(E_LIMIT, "bank: ids over 4 GiB");
    return tell(m, "reading", n, n);
}

/* ---- weights ---- */

static rc start_weights(struct making *m)
{
    struct bank_params *p = &m->builder->params;
    if (m->builder->statistics) return OK;
    if (p->idf_bits == 0) {
        p->idf_bits = SMALLEST_IDF_BITS;
        while (p->idf_bits < LARGEST_IDF_BITS && 1u << p->idf_bits < 8 * m->builder->n)
            p->idf_bits++;
    }
    TRY(mem_new(1ull << p->idf_bits, sizeof *m->df, &m->df));
    return mem_new(1ull << p->idf_bits, sizeof *m->last_doc, &m->last_doc);
}

/* Weights of word-bounded grams in sixteenths: 1 + ln((1 + N) / (1 + df)). */
static rc add_idf(struct making *m)
{
    if (!m->df) return OK;
    for (uint64_t i = 0; i < 1ull << m->builder->params.idf_bits; i++) {
        double idf = 1 + log((1.0 + m->n_docs) / (1.0 + m->df[i]));
        TRY(buf_add_byte(&m->section[SECTION_IDF], (uint8_t)fmin(255, floor(idf * 16 + 0.5))));
    }
    return OK;
}

/* Sum over different grams of ((1 + ln tf) x weight)^2. */
static double norm_of(uint32_t *hash, uint32_t n, const struct bank *statistics)
{
    double sum = 0;
    qsort(hash, n, sizeof *hash, by_value);
    for (uint32_t i = 0; i < n;) {
        uint32_t tf = 1;
        while (i + tf < n && hash[i + tf] == hash[i])
            tf++;
        double w = (1 + log(tf)) * (double)gram_weight(statistics, hash[i]);
        sum += w * w;
        i += tf;
    }
    return sqrt(sum);
}

static rc add_norms(struct making *m)
{
    struct bank own = {.params = m->builder->params};
    own.section[SECTION_IDF] = buf_view(&m->section[SECTION_IDF]);
    const struct bank *statistics = m->builder->statistics ? m->builder->statistics : &own;
    uint8_t *docs = m->section[SECTION_DOCS].p;
    for (uint32_t d = 0; d < m->n_docs; d++) {
        uint8_t *row = docs + (size_t)d * DOC_BYTES;
        uint32_t n;
        struct view folded =
            view_of(m->section[SECTION_FORMS].p + get_u64(row + 16), get_u32(row + 24));
        if (d % (16 * PROGRESS_STEP) == 0) TRY(tell(m, "weighing", d, m->n_docs));
        TRY(word_grams(&m->letters, folded, m->builder->params.word_gram, &n));
        float norm = (float)norm_of(m->letters.hash, n, statistics);
        memcpy(row + 8, &norm, sizeof norm);
    }
    m->mean_words = m->builder->statistics ? m->builder->statistics->mean_words
                    : m->n_docs            ? (double)m->total_words / m->n_docs
                                           : 0;
    return OK;
}

/* BM25's share of a term in a document, without its idf, of what it could be at most. */
static uint8_t word_impact(const void *context, uint32_t doc, uint32_t tf)
{
    const struct making *m = context;
    const struct bank_params *p = &m->builder->params;
    double mean = m->mean_words > 0 ? m->mean_words : 1;
    double length = 1 - p->bm25_b + p->bm25_b * m->n_words[doc] / mean;
    double share = tf / (tf + p->bm25_k1 * length);
    return (uint8_t)fmax(1, floor(share * 255 + 0.5));
}

static rc add_index(struct making *m, struct pairs *pairs, enum section_id id, impact_fn impact)
{
    uint64_t *spare;
    TRY(tell(m, "indexing", id, SECTION_COUNT));
    TRY(mem_new(pairs->n, sizeof *spare, &spare));
    sort_pairs(pairs->at, spare, pairs->n);
    mem_free(spare);
    return postings_build(pairs->at, pairs->n, impact, m, &m->section[id]);
}

static rc make(struct making *m)
{
    TRY(sort_items(m));
    TRY(start_weights(m));
    TRY(read_items(m));
    TRY(add_idf(m));
    TRY(add_norms(m));
    TRY(add_index(m, &m->words, SECTION_WORDS, word_impact));
    TRY(add_index(m, &m->grams, SECTION_GRAMS, NULL));
    TRY(keys_build(m->exact.at, m->exact.n, &m->section[SECTION_EXACT]));
    return keys_build(m->urls.at, m->urls.n, &m->section[SECTION_URLS]);
}

/* ---- the file ---- */

static rc add_double(struct buf *out, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return buf_add_u64(out, bits);
}

static uint64_t behind(uint64_t end)
{
    return (end + SECTION_PAD_BYTES + SECTION_ALIGN - 1) / SECTION_ALIGN * SECTION_ALIGN;
}

static rc add_facts(const struct making *m, uint64_t file_bytes, struct buf *head)
{
    const struct bank_params *p = &m->builder->params;
    TRY(buf_add(head, VIEW("SANADBNK")));
    TRY(buf_add_u32(head, BANK_VERSION));
    TRY(buf_add_u32(head, HEADER_BYTES));
    TRY(buf_add_u64(head, file_bytes));
    const uint32_t k_facts[] = {m->builder->n,    m->n_docs,    SECTION_COUNT, 0,
                                p->skeleton_gram, p->word_gram, p->idf_bits,   p->max_body_bytes};
    for (size_t i = 0; i < COUNT_OF(k_facts); i++)
        TRY(buf_add_u32(head, k_facts[i]));
    TRY(add_double(head, p->bm25_k1));
    TRY(add_double(head, p->bm25_b));
    TRY(add_double(head, m->mean_words));
    TRY(buf_add_u32(head, KERN_GRAM_HASH_ID));
    TRY(buf_add_u32(head, KEY_HASH_ID));
    return buf_add_u64(head, 0);
}

static rc make_header(const struct making *m, struct buf *head)
{
    static const uint8_t k_zero[HEADER_BYTES];
    uint64_t at[SECTION_COUNT + 1] = {HEADER_BYTES};
    for (uint32_t s = 0; s < SECTION_COUNT; s++)
        at[s + 1] = behind(at[s] + m->section[s].n);
    TRY(add_facts(m, at[SECTION_COUNT], head));
    for (uint32_t s = 0; s < SECTION_COUNT; s++) {
        uint8_t hash[BANK_HASH_BYTES];
        size_t name = strlen(k_section_names[s]);
        TRY(buf_add(head, view_of(k_section_names[s], name)));
        TRY(buf_add(head, view_of(k_zero, 16 - name)));
        TRY(buf_add_u64(head, at[s]));
        TRY(buf_add_u64(head, m->section[s].n));
        TRY(seal_sha256(buf_view(&m->section[s]), hash));
        TRY(buf_add(head, view_of(hash, sizeof hash)));
    }
    TRY(buf_add(head, view_of(k_zero, HEADER_HASHED_BYTES - head->n)));
    uint8_t hash[BANK_HASH_BYTES];
    TRY(seal_sha256(buf_view(head), hash));
    return buf_add(head, view_of(hash, sizeof hash));
}

/* Hands the parts of the file to `put` one after another. */
static rc emit(const struct making *m, rc (*put)(void *to, struct view part), void *to)
{
    static const uint8_t k_zero[SECTION_PAD_BYTES + SECTION_ALIGN];
    struct buf head CLEANUP(buf_done) = {0};
    TRY(make_header(m, &head));
    TRY(put(to, buf_view(&head)));
    uint64_t at = HEADER_BYTES;
    for (uint32_t s = 0; s < SECTION_COUNT; s++) {
        TRY(tell(m, "writing", s, SECTION_COUNT));
        uint64_t end = at + m->section[s].n;
        TRY(put(to, buf_view(&m->section[s])));
        TRY(put(to, view_of(k_zero, behind(end) - end)));
        at = behind(end);
    }
    return tell(m, "writing", SECTION_COUNT, SECTION_COUNT);
}

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
    TRY(make(&m));
    return emit(&m, put_buf, out);
}

rc bank_builder_write(struct bank_builder *b, const struct bank_progress *progress,
                      const char *path)
{
    struct making m CLEANUP(making_done) = {.builder = b, .progress = progress};
    struct file_writer w CLEANUP(file_abandon) = {.fd = -1};
    TRY(make(&m));
    TRY(file_create(path, &w));
    TRY(emit(&m, put_file, &w));
    return file_commit(&w);
}
