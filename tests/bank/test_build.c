/* SPDX-License-Identifier: Apache-2.0
 * Making a bank and looking things up in it. */
#include "few.h"

#include "match/match.h"

TEST(two_newsrooms_with_the_same_claims_have_the_same_bank)
{
    static const char *const k_orders[] = {"01234", "43210", "20413", "31402", "14023"};
    struct buf first = image_of(k_orders[0], NULL);
    for (size_t i = 1; i < COUNT_OF(k_orders); i++) {
        struct buf other = image_of(k_orders[i], NULL);
        CHECK(view_eq(buf_view(&first), buf_view(&other)));
        buf_done(&other);
    }
    buf_done(&first);
}

TEST(a_bank_made_twice_from_one_builder_is_the_bank_made_once)
{
    struct arena mem CLEANUP(arena_done);
    struct buf first = {0}, second = {0}, fresh = image_of("01234", NULL);
    struct bank_builder *builder = builder_of("01", NULL);
    arena_init(&mem, 0);
    CHECK_OK(bank_builder_image(builder, NULL, &first));
    for (int i = 2; i < 5; i++) {
        struct item item = item_of(k_few[i], &mem);
        CHECK_OK(bank_builder_add(builder, &item));
    }
    CHECK_OK(bank_builder_image(builder, NULL, &second));
    CHECK(view_eq(buf_view(&second), buf_view(&fresh)));
    bank_builder_free(builder);
    buf_done(&first);
    buf_done(&second);
    buf_done(&fresh);
}

TEST(the_file_has_the_bytes_of_the_image)
{
    struct place place;
    struct buf image = image_of("0123", NULL), file = {0};
    place_make(&place);
    write_bank(&place, "0123");
    read_whole(place.bank, &file);
    CHECK(view_eq(buf_view(&image), buf_view(&file)));
    place_remove(&place);
    buf_done(&image);
    buf_done(&file);
}

TEST(a_bank_without_claims_answers_that_it_knows_nothing)
{
    struct buf image = image_of("", NULL);
    struct bank_snapshot snapshot = {0};
    struct matcher *matcher;
    struct answer answer;
    struct bank *b;
    struct arena mem CLEANUP(arena_done);
    const uint32_t *found;
    uint32_t n;
    arena_init(&mem, 0);
    CHECK_OK(bank_open_image(buf_view(&image), &b));
    CHECK_OK(bank_verify(b));
    CHECK(bank_n_items(b) == 0 && bank_n_docs(b) == 0);
    CHECK_FAILS(E_NOT_FOUND, bank_find_id(b, VIEW("salt"), &n));
    CHECK_OK(bank_find_url(b, VIEW("https://one.example/salt"), &mem, &found, &n));
    CHECK(n == 0);
    static const char *const k_posts[] = {"Warm salt water cures malaria in 12 days", "salt", "",
                                          "https://one.example/salt"};
    snapshot.base = b;
    CHECK_OK(matcher_new(&matcher));
    for (size_t i = 0; i < COUNT_OF(k_posts); i++) {
        CHECK_OK(match_post(matcher, &snapshot, view_cstr(k_posts[i]), NULL, &mem, &answer));
        CHECK(answer.n_hits == 0);
    }
    matcher_free(matcher);
    bank_free(b);
    buf_done(&image);
}

TEST(every_claim_is_found_by_its_id_and_no_other)
{
    struct buf image = image_of("43210", NULL);
    struct arena mem CLEANUP(arena_done);
    struct bank *b;
    uint32_t at;
    arena_init(&mem, 0);
    CHECK_OK(bank_open_image(buf_view(&image), &b));
    CHECK_OK(bank_verify(b));
    for (size_t i = 0; i < COUNT_OF(k_few); i++) {
        struct item item = item_of(k_few[i], &mem), there;
        CHECK_OK(bank_find_id(b, item.id, &at));
        CHECK_OK(bank_item(b, at, &mem, &there));
        CHECK(view_eq(there.id, item.id) && view_eq(there.text, item.text));
    }
    static const char *const k_unknown[] = {"", "a", "sal", "salt ", "salt1", "zzz", "Salt"};
    for (size_t i = 0; i < COUNT_OF(k_unknown); i++)
        CHECK_FAILS(E_NOT_FOUND, bank_find_id(b, view_cstr(k_unknown[i]), &at));
    bank_free(b);
    buf_done(&image);
}

TEST(a_link_to_a_claim_or_to_a_verdict_finds_the_claim)
{
    static const struct {
        const char *url, *id;
    } k_links[] = {{"https://one.example/salt", "salt"},
                   {"HTTPS://ONE.example/checks/salt#top", "salt"},
                   {"https://two.example/cheque", "cheque"},
                   {"https://two.example/other", NULL}};
    struct buf image = image_of("01234", NULL);
    struct arena mem CLEANUP(arena_done);
    struct bank *b;
    arena_init(&mem, 0);
    CHECK_OK(bank_open_image(buf_view(&image), &b));
    for (size_t i = 0; i < COUNT_OF(k_links); i++) {
        struct view canonical;
        const uint32_t *items;
        uint32_t n, wanted;
        CHECK_OK(url_canonical(view_cstr(k_links[i].url), &mem, &canonical));
        CHECK_OK(bank_find_url(b, canonical, &mem, &items, &n));
        CHECK(n == (k_links[i].id ? 1 : 0));
        if (n == 0) continue;
        CHECK_OK(bank_find_id(b, view_cstr(k_links[i].id), &wanted));
        CHECK(items[0] == wanted);
    }
    bank_free(b);
    buf_done(&image);
}

static uint32_t find_text(const struct bank *b, const char *post, struct bank_doc *out)
{
    struct arena mem CLEANUP(arena_done);
    struct text text;
    struct view skeleton;
    const uint32_t *docs;
    uint32_t n;
    arena_init(&mem, 0);
    CHECK_OK(text_read(view_cstr(post), LANG_UNKNOWN, NULL, &mem, &text));
    CHECK_OK(bank_skeleton_utf8(&text.skeleton, &mem, &skeleton));
    CHECK_OK(bank_find_skeleton(b, skeleton, &mem, &docs, &n));
    if (n > 0) CHECK_OK(bank_doc(b, docs[0], out));
    return n;
}

TEST(the_same_words_in_other_clothes_find_the_document)
{
    struct buf image = image_of("01234", NULL);
    struct bank_doc doc;
    struct bank *b;
    uint32_t tower, first;
    CHECK_OK(bank_open_image(buf_view(&image), &b));
    CHECK_OK(bank_find_id(b, VIEW("tower"), &tower));
    CHECK(find_text(b, "  the TELEVISION tower; spreads an illness!!", &doc) == 1);
    CHECK(doc.item == tower && doc.variant == 1 && doc.lang == LANG_EN);
    CHECK_OK(bank_first_doc(b, tower, &first));
    CHECK(find_text(b, "Tháp truyền hình phát ra sóng gây bệnh.", &doc) == 1);
    CHECK(doc.item == tower && doc.variant == 0 && doc.lang == LANG_VI);
    CHECK(find_text(b, "The television tower spreads an idea", &doc) == 0);
    bank_free(b);
    buf_done(&image);
}

TEST(an_id_that_comes_twice_is_refused_and_the_first_stays)
{
    struct arena mem CLEANUP(arena_done);
    struct bank_builder *builder = builder_of("012", NULL);
    struct buf image = {0}, wanted = image_of("012", NULL);
    arena_init(&mem, 0);
    struct item again = item_of(k_few[1], &mem);
    again.text = VIEW("Another text");
    CHECK_FAILS(E_DUPLICATE, bank_builder_add(builder, &again));
    CHECK_MESSAGE("bridge");
    CHECK(bank_builder_count(builder) == 3);
    CHECK_OK(bank_builder_image(builder, NULL, &image));
    CHECK(view_eq(buf_view(&image), buf_view(&wanted)));
    bank_builder_free(builder);
    buf_done(&image);
    buf_done(&wanted);
}

TEST(a_thousand_claims_keep_their_ids)
{
    struct bank_builder *builder;
    struct buf image = {0};
    struct bank *b;
    uint32_t at;
    char id[16];
    CHECK_OK(bank_builder_new(NULL, NULL, &builder));
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(id, sizeof id, "%u", i * 7919 % 1000);
        struct item item = {.id = view_cstr(id), .lang = VIEW("en"), .text = VIEW("Same text")};
        CHECK_OK(bank_builder_add(builder, &item));
    }
    CHECK_OK(bank_builder_image(builder, NULL, &image));
    CHECK_OK(bank_open_image(buf_view(&image), &b));
    CHECK_OK(bank_verify(b));
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(id, sizeof id, "%u", i);
        CHECK_OK(bank_find_id(b, view_cstr(id), &at));
    }
    bank_free(b);
    bank_builder_free(builder);
    buf_done(&image);
}

/* ---- limits ---- */

TEST(a_claim_at_the_limits_is_taken_and_one_beyond_is_named)
{
    static char long_text[(1 << 20) + 1], long_id[513];
    memset(long_text, 'a', sizeof long_text);
    for (size_t i = 6; i < sizeof long_text; i += 7)
        long_text[i] = ' ';
    memset(long_id, 'i', sizeof long_id);
    struct item item = {.id = view_of(long_id, 512),
                        .lang = VIEW("en"),
                        .text = view_of(long_text, 1 << 20),
                        .body = view_of(long_text, 1 << 20)};
    struct bank_builder *builder;
    struct buf image = {0};
    struct bank *b;
    CHECK_OK(bank_builder_new(NULL, NULL, &builder));
    CHECK_OK(bank_builder_add(builder, &item));
    CHECK_OK(bank_builder_image(builder, NULL, &image));
    CHECK_OK(bank_open_image(buf_view(&image), &b));
    CHECK_OK(bank_verify(b));
    bank_free(b);
    item.id = VIEW("too-long");
    item.text = view_of(long_text, sizeof long_text);
    CHECK_OK(bank_builder_add(builder, &item));
    CHECK_FAILS(E_LIMIT, bank_builder_image(builder, NULL, &image));
    CHECK_MESSAGE("too-long");
    bank_builder_free(builder);
    buf_done(&image);
}

TEST(a_body_is_cut_between_two_characters)
{
    struct bank_params params = k_bank_params;
    struct item item = {
        .id = VIEW("x"), .lang = VIEW("vi"), .text = VIEW("Một câu"), .body = VIEW("ốốốốốốốốốố")};
    for (params.max_body_bytes = 0; params.max_body_bytes < 8; params.max_body_bytes++) {
        struct bank_builder *builder;
        struct buf image = {0};
        struct bank *b;
        struct bank_doc doc;
        CHECK_OK(bank_builder_new(&params, NULL, &builder));
        CHECK_OK(bank_builder_add(builder, &item));
        CHECK_OK(bank_builder_image(builder, NULL, &image));
        CHECK_OK(bank_open_image(buf_view(&image), &b));
        CHECK_OK(bank_verify(b));
        CHECK_OK(bank_doc(b, 0, &doc));
        CHECK((doc.skeleton[SEGMENT_BODY].n > 0) == (params.max_body_bytes >= 3));
        bank_free(b);
        bank_builder_free(builder);
        buf_done(&image);
    }
}

TEST(parameters_that_make_no_bank_are_refused)
{
    static const struct bank_params k_bad[] = {
        {.skeleton_gram = 1, .word_gram = 4, .bm25_k1 = 1, .bm25_b = 0.5},
        {.skeleton_gram = 9, .word_gram = 4, .bm25_k1 = 1, .bm25_b = 0.5},
        {.skeleton_gram = 5, .word_gram = 0, .bm25_k1 = 1, .bm25_b = 0.5},
        {.skeleton_gram = 5, .word_gram = 4, .idf_bits = 25, .bm25_k1 = 1, .bm25_b = 0.5},
        {.skeleton_gram = 5, .word_gram = 4, .bm25_k1 = -1, .bm25_b = 0.5},
        {.skeleton_gram = 5, .word_gram = 4, .bm25_k1 = 1, .bm25_b = 1.5},
        {.skeleton_gram = 5, .word_gram = 4, .bm25_k1 = 0.0 / 0.0, .bm25_b = 0.5},
    };
    for (size_t i = 0; i < COUNT_OF(k_bad); i++) {
        struct bank_builder *builder = NULL;
        CHECK_FAILS(E_USAGE, bank_builder_new(&k_bad[i], NULL, &builder));
        CHECK(builder == NULL);
    }
}

/* ---- failures ---- */

static bool stop_at(void *context, const char *phase, uint64_t done, uint64_t total)
{
    int *left = context;
    (void)phase;
    CHECK(done <= total);
    return --*left > 0;
}

TEST(a_build_that_is_stopped_leaves_the_old_bank)
{
    struct place place;
    struct buf before = {0}, after = {0};
    place_make(&place);
    write_bank(&place, "0");
    read_whole(place.bank, &before);
    struct bank_builder *builder = builder_of("012", NULL);
    rc r = FAIL(E_INTERRUPTED, "not yet");
    int stops = 0;
    for (int k = 1; !ok(r); k++, stops++) {
        int left = k;
        const struct bank_progress progress = {&left, stop_at};
        read_whole(place.bank, &after);
        CHECK(view_eq(buf_view(&before), buf_view(&after)));
        r = bank_builder_write(builder, &progress, place.bank);
        CHECK(ok(r) || r.code == E_INTERRUPTED);
    }
    CHECK(stops > 10);
    bank_builder_free(builder);
    place_remove(&place);
    buf_done(&before);
    buf_done(&after);
}

static rc build_whole(struct buf *image)
{
    struct arena mem CLEANUP(arena_done);
    struct bank_builder *builder;
    const struct json *json;
    struct item item;
    arena_init(&mem, 0);
    TRY(bank_builder_new(NULL, NULL, &builder));
    rc r = OK;
    for (size_t i = 0; ok(r) && i < 3; i++) {
        r = json_parse(view_cstr(k_few[i]), NULL, &mem, &json);
        if (ok(r)) r = item_from_json(json, NULL, &mem, &item);
        if (ok(r)) r = bank_builder_add(builder, &item);
    }
    if (ok(r)) r = bank_builder_image(builder, NULL, image);
    bank_builder_free(builder);
    return r;
}

TEST(a_machine_short_of_memory_makes_no_half_bank)
{
    struct buf image = {0}, wanted = image_of("012", NULL);
    CHECK_EVERY_ALLOCATION(build_whole(&image), CHECK(image.n == 0));
    CHECK(view_eq(buf_view(&image), buf_view(&wanted)));
    buf_done(&image);
    buf_done(&wanted);
}

static rc look_up(struct view image)
{
    struct arena mem CLEANUP(arena_done);
    struct bank *b = NULL;
    struct text text;
    struct bank_query query;
    struct bank_scratch *scratch = NULL;
    struct candidate found[96];
    const uint32_t *numbers;
    uint32_t n = 0;
    arena_init(&mem, 0);
    TRY(bank_open_image(image, &b));
    rc r = text_read(VIEW("warm salt water cures malaria"), LANG_EN, NULL, &mem, &text);
    if (ok(r)) r = bank_query_make(b, &text, &mem, &query);
    if (ok(r)) r = bank_scratch_new(&scratch);
    if (ok(r)) r = bank_candidates(b, b, &query, scratch, &mem, COUNT_OF(found), found, &n);
    if (ok(r)) r = bank_find_url(b, VIEW("https://one.example/salt"), &mem, &numbers, &n);
    if (ok(r)) r = bank_find_skeleton(b, VIEW("saltwater"), &mem, &numbers, &n);
    bank_scratch_free(scratch);
    bank_free(b);
    return r;
}

TEST(a_question_without_memory_is_refused_and_asked_again_answered)
{
    struct buf image = image_of("012", NULL);
    CHECK_EVERY_ALLOCATION(look_up(buf_view(&image)), (void)0);
    buf_done(&image);
}

TEST(a_full_disk_while_building_keeps_the_old_bank)
{
    struct place place;
    struct buf before = {0}, after = {0};
    place_make(&place);
    write_bank(&place, "0");
    read_whole(place.bank, &before);
    struct bank_builder *builder = builder_of("012", NULL);
    rc r = FAIL(E_SPACE, "not yet");
    struct bank *b;
    int failures = 0;
    for (int64_t k = 1; !ok(r); k++) {
        file_fail_at(k);
        r = bank_builder_write(builder, NULL, place.bank);
        file_fail_at(0);
        failures += !ok(r);
        CHECK(ok(r) || r.code == E_SPACE);
        read_whole(place.bank, &after);
        CHECK_OK(bank_open_image(buf_view(&after), &b));
        CHECK_OK(bank_verify(b));
        /* The last step is the sync of the folder: the new bank stands there, whole. */
        CHECK(bank_n_items(b) == 3 || view_eq(buf_view(&before), buf_view(&after)));
        bank_free(b);
    }
    CHECK(failures >= 3);
    bank_builder_free(builder);
    place_remove(&place);
    buf_done(&before);
    buf_done(&after);
}

TESTS(RUN(two_newsrooms_with_the_same_claims_have_the_same_bank),
      RUN(a_bank_made_twice_from_one_builder_is_the_bank_made_once),
      RUN(the_file_has_the_bytes_of_the_image),
      RUN(a_bank_without_claims_answers_that_it_knows_nothing),
      RUN(every_claim_is_found_by_its_id_and_no_other),
      RUN(a_link_to_a_claim_or_to_a_verdict_finds_the_claim),
      RUN(the_same_words_in_other_clothes_find_the_document),
      RUN(an_id_that_comes_twice_is_refused_and_the_first_stays),
      RUN(a_thousand_claims_keep_their_ids),
      RUN(a_claim_at_the_limits_is_taken_and_one_beyond_is_named),
      RUN(a_body_is_cut_between_two_characters), RUN(parameters_that_make_no_bank_are_refused),
      RUN(a_build_that_is_stopped_leaves_the_old_bank),
      RUN(a_machine_short_of_memory_makes_no_half_bank),
      RUN(a_question_without_memory_is_refused_and_asked_again_answered),
      RUN(a_full_disk_while_building_keeps_the_old_bank))
