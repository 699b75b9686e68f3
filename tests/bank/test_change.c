/* SPDX-License-Identifier: Apache-2.0
 * Changes beside a bank: what they do, what is refused, and the merge. */
#include "few.h"

#include <sys/stat.h>

#include "match/match.h"

/* ---- what a change does ---- */

static bool answers(const struct bank_snapshot *s, const char *post, const char *id)
{
    struct arena mem CLEANUP(arena_done);
    struct match_options options = k_match_options;
    struct matcher *matcher;
    struct answer answer;
    bool found = false;
    options.lowest = TIER_NONE;
    options.top = 100;
    arena_init(&mem, 0);
    CHECK_OK(matcher_new(&matcher));
    CHECK_OK(match_post(matcher, s, view_cstr(post), &options, &mem, &answer));
    for (uint32_t i = 0; i < answer.n_hits; i++)
        found |= view_eq(answer.hits[i].item.id, view_cstr(id));
    matcher_free(matcher);
    return found;
}

TEST(a_withdrawn_claim_never_answers_again)
{
    static const char *const k_posts[] = {"Warm salt water cures malaria in 12 days",
                                          "they say warm salt water cures malaria in 12 days, wow",
                                          "https://one.example/salt", "salt water malaria cures"};
    struct place place;
    struct bank_source *source;
    place_make(&place);
    write_bank(&place, "012");
    CHECK_OK(bank_source_open(place.bank, &source));
    for (int step = 0; step < 5; step++) {
        /* there, withdrawn from the base, back as an addition, withdrawn again, merged */
        if (step == 1 || step == 3) CHECK_OK(change(&place, "", "salt"));
        if (step == 2) CHECK_OK(change(&place, "0", NULL));
        if (step == 4) CHECK_OK(bank_merge(place.bank, NULL));
        CHECK_OK(bank_source_refresh(source, true));
        const struct bank_snapshot *s = bank_acquire(source);
        bool wanted = step == 0 || step == 2;
        CHECK(holds(s, "salt") == wanted && s->n_items == (wanted ? 3 : 2));
        for (size_t i = 0; i < COUNT_OF(k_posts); i++)
            CHECK(answers(s, k_posts[i], "salt") == wanted);
        CHECK(answers(s, "Tháp truyền hình phát ra sóng gây bệnh", "tower"));
        bank_release(source, s);
    }
    bank_source_close(source);
    place_remove(&place);
}

TEST(a_replaced_claim_answers_with_its_new_text)
{
    struct arena mem CLEANUP(arena_done);
    struct place place;
    struct bank_source *source;
    uint64_t seq;
    arena_init(&mem, 0);
    place_make(&place);
    write_bank(&place, "012");
    struct item item = item_of(k_few[0], &mem), there;
    item.text = VIEW("Cold pepper tea cures malaria in 3 days");
    struct view id = item.id;
    CHECK_OK(bank_change_write(place.bank, &(struct bank_change){1, 1, &item, &id}, &seq));
    CHECK(seq == 1);
    CHECK_OK(bank_source_open(place.bank, &source));
    const struct bank_snapshot *s = bank_acquire(source);
    CHECK(holds(s, "salt") && s->n_items == 3 && s->overlay);
    CHECK_OK(bank_item(s->overlay, 0, &mem, &there));
    CHECK_TEXT(there.text, "Cold pepper tea cures malaria in 3 days");
    CHECK(!answers(s, "they say that cold pepper tea cures malaria", "bridge"));
    CHECK(answers(s, "they say that cold pepper tea cures malaria in 3 days", "salt"));
    bank_release(source, s);
    bank_source_close(source);
    place_remove(&place);
}

TEST(a_thousand_added_claims_do_not_take_minutes)
{
    enum { MANY = 20000 };
    struct arena mem CLEANUP(arena_done);
    struct place place;
    struct item *items;
    struct view *ids;
    uint64_t seq, begun = clock_mono_ns();
    arena_init(&mem, 0);
    place_make(&place);
    write_bank(&place, "0");
    CHECK_OK(arena_array(&mem, MANY, &items));
    CHECK_OK(arena_array(&mem, MANY, &ids));
    for (uint32_t i = 0; i < MANY; i++) {
        CHECK_OK(arena_format(&mem, &ids[i], "number-%05u", i));
        items[i] = (struct item){.id = ids[i], .lang = VIEW("en"), .text = VIEW("A claim")};
    }
    CHECK_OK(bank_change_write(place.bank, &(struct bank_change){MANY, 0, items, NULL}, &seq));
    CHECK_OK(bank_change_write(place.bank, &(struct bank_change){0, MANY, NULL, ids}, &seq));
    CHECK(seq == 2);
    CHECK(clock_mono_ns() - begun < 60000000000u); /* seconds even when sanitized */
    place_remove(&place);
}

enum { ENOUGH = 2100 }; /* claims added at once that become a layer of their own */

/* Claims number-<from> … and, when it is wanted, "salt" among them. */
static void add_many(const struct place *place, uint32_t from, bool salt)
{
    struct arena mem CLEANUP(arena_done);
    struct item *items;
    uint64_t seq;
    arena_init(&mem, 0);
    CHECK_OK(arena_array(&mem, ENOUGH + 1, &items));
    for (uint32_t i = 0; i < ENOUGH; i++) {
        items[i] = (struct item){.lang = VIEW("en"), .text = VIEW("A claim about a number")};
        CHECK_OK(arena_format(&mem, &items[i].id, "number-%05u", from + i));
    }
    items[ENOUGH] = item_of(k_few[0], &mem);
    const struct bank_change c = {ENOUGH + salt, 0, items, NULL};
    CHECK_OK(bank_change_write(place->bank, &c, &seq));
}

static void check_layers(struct bank_source *source, bool salt, uint32_t n_layers, uint32_t n_items)
{
    static const char *const k_posts[] = {"Warm salt water cures malaria in 12 days",
                                          "https://one.example/salt"};
    CHECK_OK(bank_source_refresh(source, true));
    const struct bank_snapshot *s = bank_acquire(source);
    bool there = !salt;
    CHECK_OK(bank_holds(s, VIEW("salt"), &there));
    CHECK(there == salt && holds(s, "salt") == salt);
    assert_int_equal(s->n_layers, n_layers);
    assert_int_equal(s->n_items, n_items);
    for (size_t i = 0; i < COUNT_OF(k_posts); i++)
        CHECK(answers(s, k_posts[i], "salt") == salt);
    CHECK(answers(s, "Tháp truyền hình phát ra sóng gây bệnh", "tower"));
    bank_release(source, s);
}

TEST(a_claim_added_before_thousands_of_others_answers_and_is_withdrawn_like_any)
{
    struct place place;
    struct bank_source *source;
    place_make(&place);
    write_bank(&place, "12");
    CHECK_OK(bank_source_open(place.bank, &source));
    add_many(&place, 0, true);
    check_layers(source, true, 1, 3 + ENOUGH);
    const struct bank_snapshot *before = bank_acquire(source), *after;
    CHECK(!before->overlay);
    CHECK_OK(change(&place, "", "salt")); /* out of the layer, which is not made anew */
    check_layers(source, false, 1, 2 + ENOUGH);
    after = bank_acquire(source);
    CHECK(after->layers[0].bank == before->layers[0].bank && after->layers[0].withdrawn);
    CHECK(holds(before, "salt"));
    bank_release(source, before);
    bank_release(source, after);
    CHECK_OK(change(&place, "0", NULL)); /* back, as one of the latest */
    check_layers(source, true, 1, 3 + ENOUGH);
    add_many(&place, ENOUGH, false); /* as many again: one layer of both */
    check_layers(source, true, 1, 3 + 2 * ENOUGH);
    add_many(&place, 2 * ENOUGH, false);
    check_layers(source, true, 2, 3 + 3 * ENOUGH);
    CHECK_OK(change(&place, "", "salt"));
    check_layers(source, false, 2, 2 + 3 * ENOUGH);
    CHECK_OK(bank_merge(place.bank, NULL));
    check_layers(source, false, 0, 2 + 3 * ENOUGH);
    bank_source_close(source);
    place_remove(&place);
}

/* ---- what is refused before it is written ---- */

TEST(a_change_that_cannot_be_is_refused_and_nothing_is_written)
{
    struct arena mem CLEANUP(arena_done);
    struct place place;
    struct stat st;
    uint64_t seq = 77;
    char name[128];
    arena_init(&mem, 0);
    place_make(&place);
    CHECK_FAILS(E_NOT_FOUND, change(&place, "0", NULL));
    CHECK(stat(place.deltas, &st) != 0);
    write_bank(&place, "01");
    CHECK_FAILS(E_DUPLICATE, change(&place, "0", NULL));
    CHECK_MESSAGE("salt");
    CHECK_FAILS(E_DUPLICATE, change(&place, "22", NULL));
    CHECK_FAILS(E_NOT_FOUND, change(&place, "2", "ballot"));
    CHECK_MESSAGE("ballot");
    CHECK_FAILS(E_NOT_FOUND, change(&place, "2", "tower")); /* withdrawals come first */
    struct item no_text = {.id = VIEW("x"), .lang = VIEW("en")};
    CHECK_FAILS(E_INPUT,
                bank_change_write(place.bank, &(struct bank_change){1, 0, &no_text, NULL}, &seq));
    CHECK(seq == 77);
    delta_name(&place, 1, name);
    CHECK(stat(name, &st) != 0);
    CHECK_OK(change(&place, "2", "salt"));
    CHECK(stat(name, &st) == 0);
    place_remove(&place);
}

/* ---- what readers refuse ---- */

TEST(a_change_that_is_torn_or_altered_anywhere_is_not_applied)
{
    struct changed_bank c;
    struct buf whole = {0};
    changed_make(&c);
    check_seen(&c, 2, "");
    read_whole(c.second, &whole);
    for (size_t n = 0; n < whole.n; n += n < 140 ? 1 : 7) {
        write_whole(c.second, view_of(whole.p, n));
        check_seen(&c, 1, "00000002.delta: ");
    }
    for (size_t at = 0; at < whole.n; at++) {
        whole.p[at] ^= (uint8_t)(1u << (at % 8));
        write_whole(c.second, buf_view(&whole));
        check_seen(&c, 1, "00000002.delta: ");
        whole.p[at] ^= (uint8_t)(1u << (at % 8));
    }
    CHECK_FAILS(E_STALE, change(&c.place, "4", NULL) /* nothing is put on a broken chain */);
    buf_done(&whole);
    place_remove(&c.place);
}

TEST(a_change_of_a_newer_version_is_told_as_such)
{
    struct changed_bank c;
    struct buf whole = {0};
    changed_make(&c);
    read_whole(c.second, &whole);
    whole.p[8] = 2;
    write_whole(c.second, buf_view(&whole));
    check_seen(&c, 1, "version 2");
    buf_done(&whole);
    place_remove(&c.place);
}

TEST(a_missing_change_is_told_and_what_follows_it_waits)
{
    struct changed_bank c;
    char far[128];
    changed_make(&c);
    CHECK(rename(c.second, c.third) == 0);
    check_seen(&c, 1, "delta 2 is missing");
    delta_name(&c.place, 9, far);
    CHECK(rename(c.third, far) == 0);
    check_seen(&c, 1, "delta 2 is missing");
    CHECK(rename(far, c.second) == 0);
    check_seen(&c, 2, "");
    CHECK(unlink(c.first) == 0);
    check_seen(&c, 0, "delta 1 is missing");
    place_remove(&c.place);
}

TEST(a_change_under_a_wrong_number_is_not_applied)
{
    struct changed_bank c;
    struct buf first = {0}, second = {0};
    changed_make(&c);
    read_whole(c.first, &first);
    read_whole(c.second, &second);
    write_whole(c.first, buf_view(&second));
    check_seen(&c, 0, "number 2 inside");
    write_whole(c.first, buf_view(&first));
    write_whole(c.third, buf_view(&second));
    check_seen(&c, 2, "00000003.delta: has number 2");
    buf_done(&first);
    buf_done(&second);
    place_remove(&c.place);
}

TEST(a_change_made_for_another_bank_is_not_applied)
{
    struct changed_bank c;
    struct buf other = {0};
    changed_make(&c);
    write_bank(&c.place, "014");
    check_seen(&c, 0, "another base");
    CHECK_FAILS(E_STALE, change(&c.place, "3", NULL));
    /* The chain, too: change 2 after another change 1. */
    write_bank(&c.place, "01");
    check_seen(&c, 2, "");
    read_whole(c.second, &other);
    unlink(c.second);
    unlink(c.first);
    CHECK_OK(change(&c.place, "24", NULL));
    write_whole(c.second, buf_view(&other));
    check_seen(&c, 1, "does not follow");
    buf_done(&other);
    place_remove(&c.place);
}

TEST(what_is_no_change_beside_a_bank_is_left_alone)
{
    static const char *const k_names[] = {"notes.txt",
                                          "3.delta",
                                          "00000003.delta~",
                                          "x00000003.delta",
                                          "00000003.delta.part.12",
                                          "99999999999999999999999.delta"};
    struct changed_bank c;
    struct buf after = {0};
    changed_make(&c);
    for (size_t i = 0; i < COUNT_OF(k_names); i++) {
        char name[256];
        snprintf(name, sizeof name, "%s/%s", c.place.deltas, k_names[i]);
        write_whole(name, VIEW("mine"));
        check_seen(&c, 2, "");
    }
    CHECK_OK(change(&c.place, "4", NULL));
    CHECK_OK(bank_merge(c.place.bank, NULL));
    for (size_t i = 0; i < COUNT_OF(k_names); i++) {
        char name[256];
        snprintf(name, sizeof name, "%s/%s", c.place.deltas, k_names[i]);
        read_whole(name, &after);
        CHECK(view_eq(buf_view(&after), VIEW("mine")));
    }
    buf_done(&after);
    place_remove(&c.place);
}

TESTS(RUN(a_withdrawn_claim_never_answers_again), RUN(a_replaced_claim_answers_with_its_new_text),
      RUN(a_thousand_added_claims_do_not_take_minutes),
      RUN(a_claim_added_before_thousands_of_others_answers_and_is_withdrawn_like_any),
      RUN(a_change_that_cannot_be_is_refused_and_nothing_is_written),
      RUN(a_change_that_is_torn_or_altered_anywhere_is_not_applied),
      RUN(a_change_of_a_newer_version_is_told_as_such),
      RUN(a_missing_change_is_told_and_what_follows_it_waits),
      RUN(a_change_under_a_wrong_number_is_not_applied),
      RUN(a_change_made_for_another_bank_is_not_applied),
      RUN(what_is_no_change_beside_a_bank_is_left_alone))
