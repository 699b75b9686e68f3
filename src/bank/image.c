/* SPDX-License-Identifier: Apache-2.0
 * A mapped image: opened by header and section table, read with every offset checked, verified
 * whole by verify.c. Layout in bank_int.h. */
#include "bank/bank_int.h"
#include "kern/kern.h"
#include "seal/seal.h"

#include <math.h>
#include <string.h>

#define MOST_NORM 1e9f

_Static_assert((int)SECTION_PAD_BYTES >= (int)KERN_PAD_BYTES,
               "a damaged offset must not lead outside");

const struct bank_params k_bank_params = {.skeleton_gram = 5,
                                          .word_gram = 4,
                                          .idf_bits = 0, /* by the count of documents */
                                          .bm25_k1 = 1.2,
                                          .bm25_b = 0.8,
                                          .max_body_bytes = 2000};

const char *const k_section_names[SECTION_COUNT] = {
    [SECTION_ITEMS] = "items", [SECTION_IDS] = "ids",     [SECTION_FIRST] = "first",
    [SECTION_DOCS] = "docs",   [SECTION_FORMS] = "forms", [SECTION_WORDS] = "words",
    [SECTION_GRAMS] = "grams", [SECTION_IDF] = "idf",     [SECTION_EXACT] = "exact",
    [SECTION_URLS] = "urls",
};

static const char *const k_segment_names[SEGMENT_COUNT] = {
    [SEGMENT_TITLE] = "title", [SEGMENT_TEXT] = "text", [SEGMENT_BODY] = "body"};

const char *segment_name(enum segment segment)
{
    return k_segment_names[segment];
}

/* ---- opening ---- */

static double get_double(const uint8_t *p)
{
    uint64_t bits = get_u64(p);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static rc check_head(struct view image)
{
    if (image.n < 12 || memcmp(image.p, "SANADBNK", 8) != 0)
        return FAIL(E_FORMAT, "bank: not a bank file (%zu bytes, no SANADBNK at byte 0)", image.n);
    uint32_t version = get_u32(image.p + 8);
    if (version != BANK_VERSION)
        return FAIL(E_VERSION, "bank: file version %u, this program reads version %d", version,
                    BANK_VERSION);
    if (image.n < HEADER_BYTES || get_u32(image.p + 12) != HEADER_BYTES)
        return FAIL(E_DAMAGED, "bank: header cut off at byte %zu of %d", image.n, HEADER_BYTES);
    uint8_t hash[BANK_HASH_BYTES];
    TRY(seal_sha256(view_of(image.p, HEADER_HASHED_BYTES), hash));
    if (memcmp(hash, image.p + HEADER_HASHED_BYTES, sizeof hash) != 0)
        return FAIL(E_DAMAGED, "bank: the header does not match its checksum");
    if (get_u64(image.p + 16) != image.n)
        return FAIL(E_DAMAGED, "bank: %zu bytes, the header says %llu", image.n,
                    (unsigned long long)get_u64(image.p + 16));
    return OK;
}

bool params_sane(const struct bank_params *p, bool to_build)
{
    bool grams = p->skeleton_gram >= 2 && p->skeleton_gram <= KERN_GRAM_MAX && p->word_gram >= 2 &&
                 p->word_gram <= KERN_GRAM_MAX;
    bool bits = p->idf_bits <= 24 && (to_build || p->idf_bits >= 1);
    /* Bounds that also refuse what is not a number. */
    bool bm25 = p->bm25_k1 >= 0 && p->bm25_k1 <= 100 && p->bm25_b >= 0 && p->bm25_b <= 1;
    return grams && bits && bm25;
}

static rc read_params(struct bank *b)
{
    const uint8_t *p = b->image.p;
    b->n_items = get_u32(p + 24);
    b->n_docs = get_u32(p + 28);
    b->text_rules = get_u32(p + 36);
    b->params = (struct bank_params){.skeleton_gram = get_u32(p + 40),
                                     .word_gram = get_u32(p + 44),
                                     .idf_bits = get_u32(p + 48),
                                     .max_body_bytes = get_u32(p + 52),
                                     .bm25_k1 = get_double(p + 56),
                                     .bm25_b = get_double(p + 64)};
    b->mean_words = get_double(p + 72);
    if (get_u32(p + 80) != KERN_GRAM_HASH_ID || get_u32(p + 84) != KEY_HASH_ID)
        return FAIL(E_VERSION, "bank: built with hashes this program does not know");
    if (!params_sane(&b->params, false) || !(b->mean_words >= 0 && b->mean_words <= 1e9))
        return FAIL(E_DAMAGED, "bank: parameters out of range");
    return OK;
}

static rc read_sections(struct bank *b)
{
    uint32_t n = get_u32(b->image.p + 32);
    if (n > HEADER_MAX_SECTIONS) return FAIL(E_DAMAGED, "bank: %u sections", n);
    for (uint32_t s = 0; s < SECTION_COUNT; s++) {
        char name[16] = {0};
        memcpy(name, k_section_names[s], strlen(k_section_names[s]));
        const uint8_t *row = NULL;
        for (uint32_t i = 0; i < n && !row; i++) {
            const uint8_t *r = b->image.p + HEADER_TABLE_AT + (size_t)i * HEADER_SECTION_BYTES;
            if (memcmp(r, name, sizeof name) == 0) row = r;
        }
        if (!row) return FAIL(E_DAMAGED, "bank: section %s is missing", name);
        uint64_t at = get_u64(row + 16), bytes = get_u64(row + 24), end;
        if (ADD_OVERFLOWS(at, bytes, &end) || end > b->image.n ||
            b->image.n - end < SECTION_PAD_BYTES || at % SECTION_ALIGN != 0 || at < HEADER_BYTES)
            return FAIL(E_DAMAGED, "bank: section %s lies outside the file", name);
        b->section[s] = view_of(b->image.p + at, bytes);
    }
    return OK;
}

/* Sections whose size follows from the counts. */
static rc check_sizes(const struct bank *b)
{
    const struct {
        enum section_id id;
        uint64_t least;
    } k_least[] = {{SECTION_ITEMS, 8ull * b->n_items + 8},
                   {SECTION_IDS, 4ull * b->n_items + 4},
                   {SECTION_FIRST, 4ull * b->n_items + 4},
                   {SECTION_DOCS, (uint64_t)DOC_BYTES * b->n_docs}};
    for (size_t i = 0; i < COUNT_OF(k_least); i++)
        if (b->section[k_least[i].id].n < k_least[i].least)
            return FAIL(E_DAMAGED, "bank: section %s is too short", k_section_names[k_least[i].id]);
    return OK;
}

rc bank_open_image(struct view image, struct bank **out)
{
    struct bank b = {.image = image}, *owned;
    TRY(check_head(image));
    TRY(read_params(&b));
    TRY(read_sections(&b));
    TRY(check_sizes(&b));
    TRY(mem_new(1, sizeof *owned, &owned));
    *owned = b;
    *out = owned;
    return OK;
}

void bank_free(struct bank *b)
{
    mem_free(b);
}

/* ---- facts ---- */

uint32_t bank_n_items(const struct bank *b)
{
    return b->n_items;
}
uint32_t bank_n_docs(const struct bank *b)
{
    return b->n_docs;
}
const uint8_t *bank_hash(const struct bank *b)
{
    return b->image.p + HEADER_HASHED_BYTES;
}
const struct bank_params *bank_parameters(const struct bank *b)
{
    return &b->params;
}

rc bank_text_rules_known(const struct bank *b, bool *out)
{
    uint32_t own;
    TRY(text_rules(&own));
    *out = own == b->text_rules;
    return OK;
}

bool bank_section(const struct bank *b, uint32_t i, const char **out_name, uint64_t *out_bytes)
{
    if (i >= SECTION_COUNT) return false;
    *out_name = k_section_names[i];
    *out_bytes = b->section[i].n;
    return true;
}

/* ---- items ---- */

static rc no_item(uint32_t item)
{
    return FAIL(E_DAMAGED, "bank: item %u does not lie inside its section", item);
}

rc bank_item_json(const struct bank *b, uint32_t item, struct view *out)
{
    struct view s = b->section[SECTION_ITEMS];
    uint64_t blob_at = 8ull * b->n_items + 8;
    if (item >= b->n_items) return no_item(item);
    uint64_t from = get_u64(s.p + 8ull * item), to = get_u64(s.p + 8ull * item + 8);
    if (from > to || to > s.n - blob_at) return no_item(item);
    *out = view_of(s.p + blob_at + from, to - from);
    return OK;
}

rc bank_item(const struct bank *b, uint32_t item, struct arena *mem, struct item *out)
{
    struct view text;
    const struct json *json;
    TRY(bank_item_json(b, item, &text));
    rc r = json_parse(text, NULL, mem, &json);
    if (ok(r)) r = item_from_json(json, NULL, mem, out);
    if (ok(r) || r.code == E_MEMORY) return r;
    return FAIL(E_DAMAGED, "bank: item %u cannot be read", item);
}

rc bank_item_id(const struct bank *b, uint32_t item, struct view *out)
{
    struct view s = b->section[SECTION_IDS];
    uint64_t blob_at = 4ull * b->n_items + 4;
    uint32_t from = get_u32(s.p + 4ull * item), to = get_u32(s.p + 4ull * item + 4);
    if (from > to || to > s.n - blob_at) return no_item(item);
    *out = view_of(s.p + blob_at + from, to - from);
    return OK;
}

rc bank_find_id(const struct bank *b, struct view id, uint32_t *out_item)
{
    uint32_t low = 0, high = b->n_items;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct view there;
        TRY(bank_item_id(b, middle, &there));
        int order = view_cmp(there, id);
        if (order == 0) {
            *out_item = middle;
            return OK;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return FAIL(E_NOT_FOUND, "bank: no item \"%.*s\"", VIEW_ARG(id));
}

/* ---- documents ---- */

rc bank_doc(const struct bank *b, uint32_t doc, struct bank_doc *out)
{
    if (doc >= b->n_docs) return FAIL(E_DAMAGED, "bank: no document %u", doc);
    const uint8_t *p = b->section[SECTION_DOCS].p + (size_t)DOC_BYTES * doc;
    struct view forms = b->section[SECTION_FORMS];
    struct bank_doc d = {.item = get_u32(p), .variant = get_u16(p + 6)};
    uint16_t lang = get_u16(p + 4);
    d.lang = lang < LANG_COUNT ? (enum lang)lang : LANG_OTHER;
    memcpy(&d.gram_norm, p + 8, sizeof d.gram_norm);
    uint64_t at = get_u64(p + 16), folded = get_u32(p + 24), need = folded;
    for (uint32_t s = 0; s < SEGMENT_COUNT; s++)
        need += get_u32(p + 28 + 4 * s);
    /* A weight is never below 1, so a norm is not either, unless there is no gram. */
    bool norm = d.gram_norm == 0.0f || (d.gram_norm >= 1.0f && d.gram_norm <= MOST_NORM);
    if (d.item >= b->n_items || at > forms.n || need > forms.n - at || !norm)
        return FAIL(E_DAMAGED, "bank: document %u lies outside its section", doc);
    d.folded = view_of(forms.p + at, folded);
    at += folded;
    for (uint32_t s = 0; s < SEGMENT_COUNT; s++) {
        d.skeleton[s] = view_of(forms.p + at, get_u32(p + 28 + 4 * s));
        at += d.skeleton[s].n;
    }
    *out = d;
    return OK;
}

rc bank_first_doc(const struct bank *b, uint32_t item, uint32_t *out_doc)
{
    if (item >= b->n_items) return no_item(item);
    *out_doc = get_u32(b->section[SECTION_FIRST].p + 4ull * item);
    return *out_doc < b->n_docs ? OK : FAIL(E_DAMAGED, "bank: item %u has no document", item);
}

rc bank_find_url(const struct bank *b, struct view canonical, struct arena *mem,
                 const uint32_t **out_items, uint32_t *out_n)
{
    return keys_find(b->section[SECTION_URLS], text_key(canonical), b->n_items, mem, out_items,
                     out_n);
}

static bool has_skeleton(const struct bank_doc *doc, struct view skeleton)
{
    for (uint32_t s = 0; s < SEGMENT_COUNT; s++)
        if (view_eq(doc->skeleton[s], skeleton)) return true;
    return false;
}

/* The keys are hashes, so what they name is looked at: neither a collision nor a damaged byte makes
 * another text the same. */
rc bank_find_skeleton(const struct bank *b, struct view skeleton_utf8, struct arena *mem,
                      const uint32_t **out_docs, uint32_t *out_n)
{
    const uint32_t *named;
    uint32_t n, *docs, n_docs = 0;
    TRY(keys_find(b->section[SECTION_EXACT], skeleton_key(skeleton_utf8), b->n_docs, mem, &named,
                  &n));
    TRY(arena_array_raw(mem, n, &docs));
    for (uint32_t i = 0; i < n; i++) {
        struct bank_doc doc;
        TRY(bank_doc(b, named[i], &doc));
        if (has_skeleton(&doc, skeleton_utf8)) docs[n_docs++] = named[i];
    }
    *out_docs = docs;
    *out_n = n_docs;
    return OK;
}
