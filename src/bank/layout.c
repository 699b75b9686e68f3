/* SPDX-License-Identifier: Apache-2.0
 * The sections of an image one behind another, with the header that names and seals them. Layout in
 * bank_int.h. */
#include "bank/making_int.h"
#include "kern/kern.h"
#include "seal/seal.h"

#include <string.h>

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
    const struct bank_params *p = &m->params;
    TRY(buf_add(head, VIEW("SANADBNK")));
    TRY(buf_add_u32(head, BANK_VERSION));
    TRY(buf_add_u32(head, HEADER_BYTES));
    TRY(buf_add_u64(head, file_bytes));
    const uint32_t k_facts[] = {m->builder->ids.n, m->n_docs,    SECTION_COUNT, m->text_rules,
                                p->skeleton_gram,  p->word_gram, p->idf_bits,   p->max_body_bytes};
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
rc making_emit(const struct making *m, rc (*put)(void *to, struct view part), void *to)
{
    static const uint8_t k_zero[SECTION_PAD_BYTES + SECTION_ALIGN];
    struct buf head CLEANUP(buf_done) = {0};
    TRY(make_header(m, &head));
    TRY(put(to, buf_view(&head)));
    uint64_t at = HEADER_BYTES;
    for (uint32_t s = 0; s < SECTION_COUNT; s++) {
        TRY(making_tell(m, "writing", s, SECTION_COUNT));
        uint64_t end = at + m->section[s].n;
        TRY(put(to, buf_view(&m->section[s])));
        TRY(put(to, view_of(k_zero, behind(end) - end)));
        at = behind(end);
    }
    return making_tell(m, "writing", SECTION_COUNT, SECTION_COUNT);
}
