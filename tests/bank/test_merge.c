/* SPDX-License-Identifier: Apache-2.0
 * Folding changes into a bank, and adding and merging on a machine that fails. */
#include "few.h"

TEST(a_merged_bank_has_the_bytes_of_a_fresh_one)
{
    static const struct {
        const char *base, *add[3], *withdraw[3], *wanted;
    } k_cases[] = {
        {"01", {"2", "34", ""}, {NULL, NULL, NULL}, "01234"},    /* added */
        {"01234", {"", "", ""}, {"salt", "tower", NULL}, "134"}, /* withdrawn */
        {"012", {"0", "3", ""}, {"salt", NULL, NULL}, "0123"},   /* replaced by itself */
        {"01", {"2", "", "2"}, {NULL, "tower", NULL}, "012"},    /* added, withdrawn, added */
        {"0", {"", "12", ""}, {"salt", NULL, "bridge"}, "2"},    /* nothing of the base left */
        {"01", {"", "", ""}, {"salt", "bridge", NULL}, ""},      /* nothing at all */
        {"", {"4", "3", "210"}, {NULL, "cheque", NULL}, "3210"}, /* from nothing */
    };
    for (size_t c = 0; c < COUNT_OF(k_cases); c++) {
        struct place place;
        struct buf fresh = image_of(k_cases[c].wanted, NULL), merged = {0};
        struct bank_source *source;
        place_make(&place);
        write_bank(&place, k_cases[c].base);
        for (int i = 0; i < 3; i++)
            if (*k_cases[c].add[i] || k_cases[c].withdraw[i])
                CHECK_OK(change(&place, k_cases[c].add[i], k_cases[c].withdraw[i]));
        CHECK_OK(bank_merge(place.bank, NULL));
        read_whole(place.bank, &merged);
        CHECK(view_eq(buf_view(&fresh), buf_view(&merged)));
        CHECK_OK(bank_source_open(place.bank, &source));
        const struct bank_snapshot *s = bank_acquire(source);
        CHECK(s->seq == 0 && !s->overlay && s->n_items == strlen(k_cases[c].wanted));
        bank_release(source, s);
        bank_source_close(source);
        place_remove(&place);
        buf_done(&fresh);
        buf_done(&merged);
    }
}

TEST(a_merge_keeps_the_parameters_of_the_bank)
{
    struct bank_params params = {5, 4, 7, 2.0, 0.5, 100};
    struct place place;
    struct buf fresh = image_of("012", &params), merged = {0};
    place_make(&place);
    struct bank_builder *builder = builder_of("01", &params);
    CHECK_OK(bank_builder_write(builder, NULL, place.bank));
    bank_builder_free(builder);
    CHECK_OK(change(&place, "2", NULL));
    CHECK_OK(bank_merge(place.bank, NULL));
    read_whole(place.bank, &merged);
    CHECK(view_eq(buf_view(&fresh), buf_view(&merged)));
    place_remove(&place);
    buf_done(&fresh);
    buf_done(&merged);
}

/* ---- merges that were stopped ---- */

TEST(a_merge_stopped_after_the_rename_loses_and_doubles_nothing)
{
    struct changed_bank c;
    struct buf first = {0}, second = {0};
    changed_make(&c);
    read_whole(c.first, &first);
    read_whole(c.second, &second);
    CHECK_OK(bank_merge(c.place.bank, NULL));
    /* As after a crash: the new base, and the changes that it holds. */
    write_whole(c.first, buf_view(&first));
    struct bank_source *source;
    for (int both = 0; both < 2; both++) {
        char problem[600];
        CHECK_OK(bank_source_open(c.place.bank, &source));
        bank_source_problem(source, problem, sizeof problem);
        CHECK_TEXT(view_cstr(problem), "");
        const struct bank_snapshot *s = bank_acquire(source);
        CHECK(s->seq == 0 && s->n_items == 4 && !s->overlay);
        bank_release(source, s);
        bank_source_close(source);
        write_whole(c.second, buf_view(&second));
    }
    CHECK_OK(change(&c.place, "4", "tower"));
    CHECK_OK(bank_source_open(c.place.bank, &source));
    const struct bank_snapshot *s = bank_acquire(source);
    CHECK(s->seq == 1 && s->n_items == 4 && holds(s, "cheque") && !holds(s, "tower"));
    bank_release(source, s);
    bank_source_close(source);
    buf_done(&first);
    buf_done(&second);
    place_remove(&c.place);
}

static bool stop_at(void *context, const char *phase, uint64_t done, uint64_t total)
{
    int *left = context;
    (void)phase;
    (void)done;
    (void)total;
    return --*left > 0;
}

TEST(a_merge_that_is_stopped_leaves_bank_and_changes)
{
    struct changed_bank c;
    changed_make(&c);
    for (int k = 1; k < 12; k += 3) {
        int left = k;
        const struct bank_progress progress = {&left, stop_at};
        CHECK_FAILS(E_INTERRUPTED, bank_merge(c.place.bank, &progress));
        check_seen(&c, 2, "");
    }
    place_remove(&c.place);
}

/* ---- failures of the machine ---- */

static uint32_t count_items(const struct place *p)
{
    struct bank_source *source;
    char problem[600];
    CHECK_OK(bank_source_open(p->bank, &source));
    bank_source_problem(source, problem, sizeof problem);
    CHECK_TEXT(view_cstr(problem), "");
    const struct bank_snapshot *s = bank_acquire(source);
    CHECK(holds(s, "salt") && holds(s, "bridge"));
    CHECK_OK(bank_verify(s->base));
    uint32_t n = s->n_items;
    bank_release(source, s);
    bank_source_close(source);
    return n;
}

TEST(a_full_disk_while_adding_leaves_a_bank_that_answers)
{
    struct place place;
    place_make(&place);
    write_bank(&place, "01");
    int failures = 0;
    for (int64_t k = 1;; k++) {
        file_fail_at(k);
        rc r = change(&place, "2", NULL);
        file_fail_at(0);
        uint32_t n = count_items(&place);
        if (ok(r)) break;
        CHECK(r.code == E_SPACE || (r.code == E_DUPLICATE && n == 3));
        failures++;
        if (n == 3) break; /* only the folder was not synced: it is there */
    }
    CHECK(failures >= 3 && count_items(&place) == 3);
    place_remove(&place);
}

TEST(a_full_disk_while_merging_leaves_a_bank_that_answers)
{
    for (int64_t k = 1, failing = 1; failing; k++) {
        struct place place;
        place_make(&place);
        write_bank(&place, "01");
        CHECK_OK(change(&place, "23", NULL));
        CHECK_OK(change(&place, "", "tower"));
        file_fail_at(k);
        rc r = bank_merge(place.bank, NULL);
        file_fail_at(0);
        failing = !ok(r);
        CHECK(ok(r) || r.code == E_SPACE);
        CHECK(count_items(&place) == 3);
        /* And one can go on from there. */
        CHECK_OK(change(&place, "4", NULL));
        CHECK(count_items(&place) == 4);
        CHECK_OK(bank_merge(place.bank, NULL));
        CHECK(count_items(&place) == 4);
        CHECK(ok(r) == (k > 8)); /* marker and bank: write, sync, rename, sync of the folder */
        place_remove(&place);
    }
}

static rc add_and_merge(const struct place *place, const struct bank_change *added)
{
    struct bank_source *source;
    uint64_t seq;
    TRY(bank_change_write(place->bank, added, &seq));
    TRY(bank_source_open(place->bank, &source));
    bank_source_close(source);
    return bank_merge(place->bank, NULL);
}

TEST(a_machine_short_of_memory_changes_a_bank_wholly_or_not)
{
    struct arena mem CLEANUP(arena_done);
    struct place place;
    struct buf old = {0};
    arena_init(&mem, 0);
    place_make(&place);
    write_bank(&place, "01");
    read_whole(place.bank, &old);
    struct item item = item_of(k_few[2], &mem);
    struct view id = VIEW("bridge");
    const struct bank_change added = {1, 1, &item, &id};
    CHECK_EVERY_ALLOCATION(add_and_merge(&place, &added),
                           (empty_folder(place.deltas), write_whole(place.bank, buf_view(&old))));
    struct buf fresh = image_of("02", NULL), merged = {0};
    read_whole(place.bank, &merged);
    CHECK(view_eq(buf_view(&fresh), buf_view(&merged)));
    place_remove(&place);
    buf_done(&old);
    buf_done(&fresh);
    buf_done(&merged);
}

TESTS(RUN(a_merged_bank_has_the_bytes_of_a_fresh_one),
      RUN(a_merge_keeps_the_parameters_of_the_bank),
      RUN(a_merge_stopped_after_the_rename_loses_and_doubles_nothing),
      RUN(a_merge_that_is_stopped_leaves_bank_and_changes),
      RUN(a_full_disk_while_adding_leaves_a_bank_that_answers),
      RUN(a_full_disk_while_merging_leaves_a_bank_that_answers),
      RUN(a_machine_short_of_memory_changes_a_bank_wholly_or_not))
