/* SPDX-License-Identifier: Apache-2.0
 * A whole image held against its page: every byte by the checksums, and what the checksums cannot
 * know, that the sections fit each other. Layout in bank_int.h. */
#include "bank/bank_int.h"
#include "seal/seal.h"

#include <string.h>

enum { LEAST_IDF = 16 }; /* sixteenths: a weight is 1 at least */

/* ---- every byte ---- */

static rc check_zeros(const struct bank *b, uint64_t from, uint64_t to)
{
    for (uint64_t at = from; at < to; at++)
        if (b->image.p[at] != 0)
            return FAIL(E_DAMAGED, "bank: byte %llu, between two sections, is not zero",
                        (unsigned long long)at);
    return OK;
}

static rc check_section(const struct bank *b, const uint8_t *row, uint64_t *inout_end)
{
    uint64_t at = get_u64(row + 16), bytes = get_u64(row + 24);
    uint8_t hash[BANK_HASH_BYTES];
    if (at < *inout_end || at > b->image.n || bytes > b->image.n - at)
        return FAIL(E_DAMAGED, "bank: section %.16s overlaps another", (const char *)row);
    TRY(check_zeros(b, *inout_end, at));
    TRY(seal_sha256(view_of(b->image.p + at, bytes), hash));
    if (memcmp(hash, row + 32, sizeof hash) != 0)
        return FAIL(E_DAMAGED,
                    "bank: section %.16s (bytes %llu to %llu) does not match its checksum",
                    (const char *)row, (unsigned long long)at, (unsigned long long)(at + bytes));
    *inout_end = at + bytes;
    return OK;
}

static rc check_bytes(const struct bank *b)
{
    uint64_t end = HEADER_BYTES;
    for (uint32_t i = 0; i < get_u32(b->image.p + 32); i++)
        TRY(check_section(b, b->image.p + HEADER_TABLE_AT + (size_t)i * HEADER_SECTION_BYTES,
                          &end));
    return check_zeros(b, end, b->image.n);
}

/* ---- items and documents ---- */

static rc check_ids(const struct bank *b)
{
    struct arena mem CLEANUP(arena_done);
    struct view previous = {0};
    uint64_t json_bytes = 0, id_bytes = 0;
    arena_init(&mem, 0);
    for (uint32_t i = 0; i < b->n_items; i++) {
        struct item item;
        struct view json, id;
        arena_reset(&mem);
        TRY(bank_item(b, i, &mem, &item));
        TRY(bank_item_json(b, i, &json));
        TRY(bank_item_id(b, i, &id));
        if (!view_eq(id, item.id) || (i > 0 && view_cmp(previous, id) >= 0))
            return FAIL(E_DAMAGED, "bank: ids out of order at item %u", i);
        previous = id;
        json_bytes += json.n;
        id_bytes += id.n;
    }
    if (json_bytes + 8ull * b->n_items + 8 != b->section[SECTION_ITEMS].n ||
        id_bytes + 4ull * b->n_items + 4 != b->section[SECTION_IDS].n)
        return FAIL(E_DAMAGED, "bank: bytes that belong to no item");
    return OK;
}

static uint32_t first_doc(const struct bank *b, uint32_t item)
{
    return get_u32(b->section[SECTION_FIRST].p + 4ull * item);
}

static rc check_forms(const struct bank *b, uint32_t number, const struct bank_doc *doc,
                      uint64_t *inout_at)
{
    struct view forms = b->section[SECTION_FORMS];
    uint64_t bytes = doc->folded.n;
    bool text = utf8_check(doc->folded) == doc->folded.n;
    for (uint32_t s = 0; s < SEGMENT_COUNT; s++) {
        bytes += doc->skeleton[s].n;
        text = text && utf8_check(doc->skeleton[s]) == doc->skeleton[s].n;
    }
    if (!text) return FAIL(E_DAMAGED, "bank: a form of document %u is not UTF-8", number);
    if (bytes > 0 && doc->folded.p != forms.p + *inout_at)
        return FAIL(E_DAMAGED, "bank: forms out of order at document %u", number);
    *inout_at += bytes;
    return OK;
}

static rc check_docs(const struct bank *b)
{
    uint64_t forms_at = 0;
    uint32_t item = 0;
    for (uint32_t d = 0; d < b->n_docs; d++) {
        struct bank_doc doc;
        TRY(bank_doc(b, d, &doc));
        item += d > 0 && doc.variant == 0;
        if (doc.item != item || doc.variant != d - first_doc(b, item))
            return FAIL(E_DAMAGED, "bank: document %u is out of order", d);
        if (get_u16(b->section[SECTION_DOCS].p + (size_t)DOC_BYTES * d + 4) >= LANG_COUNT)
            return FAIL(E_DAMAGED, "bank: document %u has no language", d);
        TRY(check_forms(b, d, &doc, &forms_at));
    }
    if (b->n_docs > 0 && item + 1 != b->n_items)
        return FAIL(E_DAMAGED, "bank: %u items, documents for %u", b->n_items, item + 1);
    if (first_doc(b, b->n_items) != b->n_docs || (b->n_docs == 0 && b->n_items > 0) ||
        forms_at != b->section[SECTION_FORMS].n)
        return FAIL(E_DAMAGED, "bank: documents that belong to no item");
    return OK;
}

static rc check_idf(const struct bank *b)
{
    struct view idf = b->section[SECTION_IDF];
    if (idf.n == 0) return OK; /* an overlay: the base's count */
    if (idf.n != 1ull << b->params.idf_bits)
        return FAIL(E_DAMAGED, "bank: section idf has a wrong size");
    for (size_t i = 0; i < idf.n; i++)
        if (idf.p[i] < LEAST_IDF) return FAIL(E_DAMAGED, "bank: section idf has a weight below 1");
    return OK;
}

rc bank_verify(const struct bank *b)
{
    TRY(check_bytes(b));
    TRY(check_ids(b));
    TRY(check_docs(b));
    TRY(check_idf(b));
    TRY(postings_check(b->section[SECTION_WORDS], b->n_docs, true, "words"));
    TRY(postings_check(b->section[SECTION_GRAMS], b->n_docs, false, "grams"));
    TRY(keys_check(b->section[SECTION_EXACT], b->n_docs, "exact"));
    return keys_check(b->section[SECTION_URLS], b->n_items, "urls");
}
