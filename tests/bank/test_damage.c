/* SPDX-License-Identifier: Apache-2.0
 * Banks that are not as they were written: cut off, altered, of a newer version. Images are copied
 * to heap blocks of their exact size, so that AddressSanitizer sees every byte read behind them. */
#include "few.h"

#include "seal/seal.h"

enum { HASHED_BYTES = 1120, HEAD_BYTES = 1152, TABLE_AT = 96, ROW_BYTES = 64 };

static struct buf exact_copy(struct view image)
{
    struct buf copy = {0};
    CHECK_OK(mem_resize(&copy.p, image.n, 1));
    if (image.n) memcpy(copy.p, image.p, image.n);
    copy.n = copy.cap = image.n;
    return copy;
}

static struct buf small_image(void)
{
    const struct bank_params params = small_params();
    struct buf image = image_of("012", &params), copy = exact_copy(buf_view(&image));
    buf_done(&image);
    return copy;
}

static void seal_again(struct buf *image)
{
    CHECK_OK(seal_sha256(view_of(image->p, HASHED_BYTES), image->p + HASHED_BYTES));
}

TEST(a_bank_cut_off_anywhere_is_refused)
{
    struct buf image = small_image();
    for (size_t n = 0; n < image.n; n++) {
        struct buf cut = exact_copy(view_of(image.p, n));
        struct bank *b = NULL;
        rc r = bank_open_image(buf_view(&cut), &b);
        CHECK(b == NULL && (r.code == E_FORMAT || r.code == E_DAMAGED) && rc_message()[0]);
        buf_done(&cut);
    }
    buf_done(&image);
}

TEST(a_bank_with_bytes_behind_its_end_is_refused)
{
    struct buf image = small_image();
    struct bank *b;
    CHECK_OK(buf_add_byte(&image, 0));
    CHECK_FAILS(E_DAMAGED, bank_open_image(buf_view(&image), &b));
    buf_done(&image);
}

/* Opening, then everything there is to find. Any of it may fail; what comes back must be usable. */
struct asked {
    struct text post;
    struct arena mem;
    struct bank_scratch *scratch;
};

static void look_everything_up(const struct bank *b, struct asked *a)
{
    struct arena mem CLEANUP(arena_done);
    struct bank_query query;
    struct candidate found[96];
    const uint32_t *numbers;
    uint32_t n = 0, x;
    arena_init(&mem, 0);
    (void)!ok(bank_find_id(b, VIEW("salt"), &x));
    if (ok(bank_find_url(b, VIEW("https://one.example/salt"), &mem, &numbers, &n)))
        for (uint32_t i = 0; i < n; i++)
            CHECK(numbers[i] < bank_n_items(b));
    if (ok(bank_find_skeleton(b, VIEW("saltwater"), &mem, &numbers, &n)))
        for (uint32_t i = 0; i < n; i++)
            CHECK(numbers[i] < bank_n_docs(b));
    if (ok(bank_query_make(b, &a->post, &mem, &query)) &&
        ok(bank_candidates(b, b, &query, a->scratch, &mem, COUNT_OF(found), found, &n)))
        for (uint32_t i = 0; i < n; i++)
            CHECK(found[i].doc < bank_n_docs(b));
}

static void read_everything(const struct bank *b)
{
    struct arena mem CLEANUP(arena_done);
    uint32_t x;
    arena_init(&mem, 0);
    for (uint32_t i = 0; i < bank_n_items(b); i++) {
        struct item item;
        (void)!ok(bank_item(b, i, &mem, &item));
        (void)!ok(bank_first_doc(b, i, &x));
    }
    for (uint32_t i = 0; i < bank_n_docs(b); i++) {
        struct bank_doc doc;
        if (!ok(bank_doc(b, i, &doc))) continue;
        CHECK(doc.item < bank_n_items(b));
        (void)utf8_check(doc.folded);
        for (int s = 0; s < SEGMENT_COUNT; s++)
            (void)utf8_check(doc.skeleton[s]);
    }
}

static void asked_make(struct asked *a)
{
    arena_init(&a->mem, 0);
    CHECK_OK(text_read(VIEW("Warm salt water cures malaria, the tower an illness"), LANG_EN, NULL,
                       &a->mem, &a->post));
    CHECK_OK(bank_scratch_new(&a->scratch));
}

static void asked_done(struct asked *a)
{
    bank_scratch_free(a->scratch);
    arena_done(&a->mem);
}

TEST(every_flipped_bit_is_found_and_none_leads_outside)
{
    struct asked asked;
    struct buf image = small_image();
    struct bank *b;
    asked_make(&asked);
    for (size_t bit = 0; bit < 8 * image.n; bit++) {
        uint8_t *byte = &image.p[bit / 8];
        *byte ^= (uint8_t)(1u << (bit % 8));
        rc r = bank_open_image(buf_view(&image), &b);
        CHECK(ok(r) == (bit / 8 >= HEAD_BYTES)); /* the header has a checksum of its own */
        if (ok(r)) {
            CHECK_FAILS(E_DAMAGED, bank_verify(b));
            look_everything_up(b, &asked);
            if (bit % 8 == bit / 8 % 8) read_everything(b);
            bank_free(b);
        }
        *byte ^= (uint8_t)(1u << (bit % 8));
    }
    CHECK_OK(bank_open_image(buf_view(&image), &b));
    CHECK_OK(bank_verify(b));
    bank_free(b);
    asked_done(&asked);
    buf_done(&image);
}

/* What a checksum does not catch because the forger made a new one: sections swapped, moved, of
 * another size; wild numbers in every place where a number stands. */
TEST(a_forged_bank_with_right_checksums_leads_nowhere_outside)
{
    static const uint64_t k_wild[] = {0, 1, 63, 64, 1152, UINT32_MAX, UINT64_MAX, 1ull << 63};
    struct asked asked;
    struct buf image = small_image(), copy;
    struct bank *b;
    asked_make(&asked);
    for (size_t at = 12; at + 8 <= HASHED_BYTES; at += 4)
        for (size_t w = 0; w < COUNT_OF(k_wild); w++) {
            copy = exact_copy(buf_view(&image));
            memcpy(copy.p + at, &k_wild[w], at % 8 && at < TABLE_AT ? 4 : 8);
            seal_again(&copy);
            if (ok(bank_open_image(buf_view(&copy), &b))) {
                (void)!ok(bank_verify(b));
                look_everything_up(b, &asked);
                read_everything(b);
                bank_free(b);
            }
            buf_done(&copy);
        }
    asked_done(&asked);
    buf_done(&image);
}

TEST(wild_numbers_anywhere_in_a_bank_lead_nowhere_outside)
{
    static const uint32_t k_wild[] = {0, 1, 0x80, 0x7FFFFFFF, UINT32_MAX, 0x00FFFFFF};
    struct asked asked;
    struct buf image = small_image();
    asked_make(&asked);
    for (size_t at = HEAD_BYTES; at + 4 <= image.n; at++)
        for (size_t w = 0; w < COUNT_OF(k_wild); w++) {
            uint8_t kept[4];
            struct bank *b;
            memcpy(kept, image.p + at, 4);
            memcpy(image.p + at, &k_wild[w], 4);
            CHECK_OK(bank_open_image(buf_view(&image), &b));
            look_everything_up(b, &asked);
            read_everything(b);
            bank_free(b);
            memcpy(image.p + at, kept, 4);
        }
    asked_done(&asked);
    buf_done(&image);
}

/* Sections that contradict each other under right checksums. */
static void reseal_section(struct buf *image, uint32_t section)
{
    uint8_t *row = image->p + TABLE_AT + (size_t)section * ROW_BYTES;
    CHECK_OK(seal_sha256(view_of(image->p + get_u64(row + 16), get_u64(row + 24)), row + 32));
    seal_again(image);
}

TEST(sections_that_do_not_fit_each_other_are_found_by_verify)
{
    struct buf image = small_image();
    struct bank *b;
    size_t changed = 0, accepted = 0;
    for (uint32_t section = 0; section < 10; section++) {
        const uint8_t *row = image.p + TABLE_AT + (size_t)section * ROW_BYTES;
        for (uint64_t i = 0; i < get_u64(row + 24); i++) {
            struct buf copy = exact_copy(buf_view(&image));
            copy.p[get_u64(row + 16) + i] ^= 0x81;
            reseal_section(&copy, section);
            CHECK_OK(bank_open_image(buf_view(&copy), &b));
            changed++;
            accepted += ok(bank_verify(b));
            bank_free(b);
            buf_done(&copy);
        }
    }
    /* A letter, a weight or the key of a hash can be another one: nothing contradicts it. */
    CHECK(changed > 3000 && accepted < changed / 2);
    buf_done(&image);
}

TEST(a_bank_of_a_newer_version_says_which_versions_are_meant)
{
    struct buf image = small_image();
    struct bank *b;
    image.p[8] = 2;
    CHECK_FAILS(E_VERSION, bank_open_image(buf_view(&image), &b));
    CHECK_MESSAGE("version 2");
    CHECK_MESSAGE("version 1");
    image.p[8] = 1;
    image.p[80]++; /* another gram hash, with a right checksum */
    seal_again(&image);
    CHECK_FAILS(E_VERSION, bank_open_image(buf_view(&image), &b));
    buf_done(&image);
}

TEST(a_file_of_another_kind_is_called_so)
{
    struct bank *b;
    CHECK_FAILS(E_FORMAT, bank_open_image(VIEW("{\"id\":\"1\",\"lang\":\"en\"}"), &b));
    CHECK_FAILS(E_FORMAT, bank_open_image(view_of(NULL, 0), &b));
}

TESTS(RUN(a_bank_cut_off_anywhere_is_refused), RUN(a_bank_with_bytes_behind_its_end_is_refused),
      RUN(every_flipped_bit_is_found_and_none_leads_outside),
      RUN(a_forged_bank_with_right_checksums_leads_nowhere_outside),
      RUN(wild_numbers_anywhere_in_a_bank_lead_nowhere_outside),
      RUN(sections_that_do_not_fit_each_other_are_found_by_verify),
      RUN(a_bank_of_a_newer_version_says_which_versions_are_meant),
      RUN(a_file_of_another_kind_is_called_so))
