/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of banks: whatever the bytes, nothing is read outside of them and nothing hangs.
 *
 *   first byte even: the rest is an image as it is
 *   first byte odd:  the rest are edits of a sound image, five bytes each: offset (4, modulo its
 *                    size) and the byte to put there. The header is sealed again afterwards, so
 *                    that the edits reach what the header's checksum would guard.
 */
#include <string.h>

#include "seal/seal.h"
#include "small_bank.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EDIT_BYTES = 5, HASHED_BYTES = 1120, MOST_CANDIDATES = 256, MOST_ITEMS = 64 };

static const struct buf *sound_image(void)
{
    static struct buf image;
    if (image.n == 0) {
        struct bank_builder *builder;
        must(ok(bank_builder_new(&k_bank_params, NULL, &builder)));
        small_bank_add(builder, COUNT_OF(k_small_claims));
        must(ok(bank_builder_image(builder, NULL, &image)));
        bank_builder_free(builder);
    }
    return &image;
}

/* Items, documents and look-ups. Each may fail; none may do harm. */
static void read_everything(const struct bank *b, struct arena *mem)
{
    const uint32_t *found;
    uint32_t n, x;
    (void)!ok(bank_find_id(b, VIEW("b"), &x));
    (void)!ok(bank_find_url(b, VIEW("https://one.example/a"), mem, &found, &n));
    (void)!ok(bank_find_skeleton(b, VIEW("warmsaltwater"), mem, &found, &n));
    for (uint32_t i = 0; i < bank_n_items(b) && i < MOST_ITEMS; i++) {
        struct view json;
        struct item item;
        if (ok(bank_item_json(b, i, &json))) (void)utf8_check(json);
        (void)!ok(bank_item(b, i, mem, &item));
        (void)!ok(bank_first_doc(b, i, &x));
    }
    for (uint32_t i = 0; i < bank_n_docs(b) && i < MOST_ITEMS; i++) {
        struct bank_doc doc;
        if (!ok(bank_doc(b, i, &doc))) continue;
        must(doc.item < bank_n_items(b));
        (void)utf8_check(doc.folded);
        for (int s = 0; s < SEGMENT_COUNT; s++)
            (void)utf8_check(doc.skeleton[s]);
    }
}

static void ask(const struct bank *b, const char *post, struct arena *mem)
{
    struct text text;
    struct bank_query query;
    struct bank_scratch *scratch;
    struct candidate *found;
    uint32_t n = 0;
    must(ok(text_read(view_cstr(post), LANG_UNKNOWN, NULL, mem, &text)));
    if (!ok(bank_query_make(b, &text, mem, &query))) return;
    must(ok(arena_array(mem, MOST_CANDIDATES, &found)));
    must(ok(bank_scratch_new(&scratch)));
    if (ok(bank_near_copies(b, &query, scratch, mem, MOST_CANDIDATES, found, &n)))
        for (uint32_t i = 0; i < n; i++)
            must(found[i].doc < bank_n_docs(b));
    if (ok(bank_candidates(b, b, &query, scratch, mem, MOST_CANDIDATES, found, &n)))
        for (uint32_t i = 0; i < n; i++)
            must(found[i].doc < bank_n_docs(b));
    bank_scratch_free(scratch);
}

static void use_image(struct view image, bool sound)
{
    struct bank *b;
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    if (!ok(bank_open_image(image, &b))) {
        must(!sound && rc_message()[0] != 0);
        return;
    }
    must(ok(bank_verify(b)) || !sound);
    read_everything(b, &mem);
    ask(b, "warm salt water cures malaria within 12 days, they say", &mem);
    ask(b, "Nước muối ấm chữa khỏi sốt rét", &mem);
    bank_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    bool edits = data[0] & 1;
    const struct buf *sound = sound_image();
    size_t n = edits ? sound->n : size - 1;
    uint8_t *image = aligned_alloc(64, (n + 64) / 64 * 64);
    must(image != NULL);
    memcpy(image, edits ? sound->p : data + 1, n);
    for (size_t at = 1; edits && at + EDIT_BYTES <= size; at += EDIT_BYTES)
        image[get_u32(data + at) % n] = data[at + 4];
    if (edits) must(ok(seal_sha256(view_of(image, HASHED_BYTES), image + HASHED_BYTES)));
    use_image(view_of(image, n), edits && size < 1 + EDIT_BYTES);
    free(image);
    return 0;
}
