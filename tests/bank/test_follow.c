/* SPDX-License-Identifier: Apache-2.0
 * Readers and writers of one bank at the same time. Also run under ThreadSanitizer. */
#include "few.h"

#include <pthread.h>
#include <unistd.h>

#include "seal/seal.h"

enum { READERS = 3, SECOND_MS = 1000 };

/* A reader as a program has them: looks for news when it gets round to it, holds a snapshot while
 * it answers, and never sees half a change. */
struct reader {
    struct bank_source *source;
    pthread_t thread;
    bool stop;
    uint64_t n_snapshots, n_torn;
};

static bool is_whole(const struct bank_snapshot *s)
{
    /* Changes 1, 3, 5 … replace "bridge" by "tower", 2, 4, 6 … the other way. */
    bool odd = s->seq % 2 == 1;
    return s->n_items == 2 && holds(s, "salt") && holds(s, "tower") == odd &&
           holds(s, "bridge") == !odd;
}

static void *read_on(void *context)
{
    struct reader *r = context;
    while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
        (void)!ok(bank_source_refresh(r->source, false));
        const struct bank_snapshot *s = bank_acquire(r->source);
        r->n_torn += !is_whole(s);
        r->n_snapshots++;
        bank_release(r->source, s);
    }
    return NULL;
}

static void start(struct reader readers[READERS], struct bank_source *source)
{
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.source = source};
        CHECK(pthread_create(&readers[i].thread, NULL, read_on, &readers[i]) == 0);
    }
}

static void stop(struct reader readers[READERS])
{
    for (int i = 0; i < READERS; i++)
        __atomic_store_n(&readers[i].stop, true, __ATOMIC_RELAXED);
    for (int i = 0; i < READERS; i++) {
        CHECK(pthread_join(readers[i].thread, NULL) == 0);
        CHECK(readers[i].n_snapshots > 0 && readers[i].n_torn == 0);
    }
}

static uint64_t seq_now(struct bank_source *source)
{
    const struct bank_snapshot *s = bank_acquire(source);
    uint64_t seq = s->seq;
    bank_release(source, s);
    return seq;
}

/* Milliseconds until readers see a change, by their own looking. */
static uint64_t wait_for(struct bank_source *source, uint64_t seq)
{
    uint64_t begun = clock_mono_ns();
    while (seq_now(source) != seq && clock_mono_ns() - begun < 20000000000u)
        usleep(1000);
    CHECK(seq_now(source) == seq);
    return (clock_mono_ns() - begun) / 1000000;
}

TEST(a_change_answers_within_a_second_while_everybody_reads)
{
    struct place place;
    struct bank_source *source;
    struct reader readers[READERS];
    uint64_t slowest_ms = 0;
    place_make(&place);
    write_bank(&place, "01");
    CHECK_OK(bank_source_open(place.bank, &source));
    start(readers, source);
    for (uint64_t seq = 1; seq <= 6; seq++) {
        CHECK_OK(change(&place, seq % 2 ? "2" : "1", seq % 2 ? "bridge" : "tower"));
        uint64_t ms = wait_for(source, seq);
        if (ms > slowest_ms) slowest_ms = ms;
    }
    CHECK_OK(bank_merge(place.bank, NULL));
    (void)wait_for(source, 0);
    stop(readers);
    if (slowest_ms >= SECOND_MS) fail_msg("%d ms until a change was seen", (int)slowest_ms);
    bank_source_close(source);
    place_remove(&place);
}

TEST(a_question_in_progress_keeps_the_bank_it_began_with)
{
    struct place place;
    struct bank_source *source;
    uint32_t at;
    struct view json;
    place_make(&place);
    write_bank(&place, "01");
    CHECK_OK(change(&place, "2", "bridge"));
    CHECK_OK(bank_source_open(place.bank, &source));
    const struct bank_snapshot *old = bank_acquire(source);
    CHECK_OK(bank_merge(place.bank, NULL));
    CHECK_OK(bank_source_refresh(source, true));
    CHECK_OK(change(&place, "34", "tower"));
    CHECK_OK(bank_source_refresh(source, true));
    const struct bank_snapshot *new = bank_acquire(source);
    CHECK(old->base != new->base && old->n_items == 2 && new->n_items == 3);
    CHECK(holds(old, "tower") && !holds(new, "tower") && holds(new, "ballot"));
    CHECK_OK(bank_find_id(old->overlay, VIEW("tower"), &at));
    CHECK_OK(bank_item_json(old->overlay, at, &json));
    CHECK_OK(bank_verify(old->base));
    bank_source_close(source);
    CHECK_OK(bank_verify(old->overlay)); /* even after closing */
    CHECK_OK(bank_verify(new->overlay));
    bank_release(NULL, old);
    bank_release(NULL, new);
    place_remove(&place);
}

TEST(a_broken_new_bank_leaves_the_old_answers)
{
    struct place place;
    struct bank_source *source;
    struct buf whole = {0};
    place_make(&place);
    write_bank(&place, "01");
    read_whole(place.bank, &whole);
    CHECK_OK(bank_source_open(place.bank, &source));
    char name[128];
    snprintf(name, sizeof name, "%s/new", place.folder);
    static const size_t k_bytes[] = {0, 3, 500, 2000};
    for (size_t i = 0; i < COUNT_OF(k_bytes); i++) {
        write_whole(name, view_of(whole.p, k_bytes[i]));
        CHECK(rename(name, place.bank) == 0);
        CHECK(!ok(bank_source_refresh(source, true)) && rc_message()[0]);
        const struct bank_snapshot *s = bank_acquire(source);
        CHECK(s->n_items == 2 && holds(s, "bridge"));
        bank_release(source, s);
    }
    CHECK(unlink(place.bank) == 0);
    CHECK_OK(bank_source_refresh(source, true)); /* gone: what is mapped stays */
    write_bank(&place, "012");
    CHECK_OK(bank_source_refresh(source, true));
    const struct bank_snapshot *s = bank_acquire(source);
    CHECK(s->n_items == 3);
    bank_release(source, s);
    bank_source_close(source);
    place_remove(&place);
    buf_done(&whole);
}

TEST(a_broken_change_is_told_until_it_is_mended)
{
    struct place place;
    struct bank_source *source;
    struct buf whole = {0};
    char name[128], problem[600];
    place_make(&place);
    write_bank(&place, "01");
    CHECK_OK(bank_source_open(place.bank, &source));
    CHECK_OK(change(&place, "2", NULL));
    delta_name(&place, 1, name);
    read_whole(name, &whole);
    for (int mended = 0; mended < 2; mended++) {
        write_whole(name, view_of(whole.p, mended ? whole.n : whole.n - 1));
        for (int again = 0; again < 2; again++) {
            CHECK_OK(bank_source_refresh(source, true));
            bank_source_problem(source, problem, sizeof problem);
            CHECK((strstr(problem, "00000001.delta: torn") != NULL) == !mended);
            CHECK(!mended || problem[0] == 0);
            CHECK(seq_now(source) == (mended ? 1 : 0));
        }
    }
    bank_source_close(source);
    place_remove(&place);
    buf_done(&whole);
}

TEST(news_that_memory_did_not_suffice_for_come_with_the_next_look)
{
    struct place place;
    struct bank_source *source;
    place_make(&place);
    write_bank(&place, "01");
    for (int64_t k = 1, failing = 1; failing; k++) {
        CHECK_OK(bank_source_open(place.bank, &source));
        CHECK_OK(change(&place, "2", NULL));
        mem_fail_at(k);
        rc r = bank_source_refresh(source, true);
        mem_fail_at(0);
        failing = !ok(r);
        CHECK(ok(r) || r.code == E_MEMORY);
        CHECK_OK(bank_source_refresh(source, true));
        CHECK(seq_now(source) == 1);
        bank_source_close(source);
        empty_folder(place.deltas);
    }
    place_remove(&place);
}

TEST(a_bank_of_other_text_rules_says_so_and_a_merge_mends_it)
{
    struct place place;
    struct bank_source *source;
    struct buf whole = {0}, merged = {0};
    char problem[600];
    bool known;
    place_make(&place);
    write_bank(&place, "01");
    read_whole(place.bank, &whole);
    whole.p[36] ^= 1;
    CHECK_OK(seal_sha256(view_of(whole.p, 1120), whole.p + 1120));
    write_whole(place.bank, buf_view(&whole));
    CHECK_OK(bank_source_open(place.bank, &source));
    const struct bank_snapshot *s = bank_acquire(source);
    CHECK_OK(bank_text_rules_known(s->base, &known));
    CHECK(!known && s->n_items == 2);
    bank_release(source, s);
    bank_source_problem(source, problem, sizeof problem);
    CHECK_TEXT(view_cstr(problem), "");
    CHECK_OK(change(&place, "2", NULL));
    CHECK_OK(bank_merge(place.bank, NULL));
    CHECK_OK(bank_source_refresh(source, true));
    bank_source_problem(source, problem, sizeof problem);
    CHECK_TEXT(view_cstr(problem), "");
    bank_source_close(source);
    struct buf fresh = image_of("012", NULL);
    read_whole(place.bank, &merged);
    CHECK(view_eq(buf_view(&fresh), buf_view(&merged)));
    place_remove(&place);
    buf_done(&whole);
    buf_done(&merged);
    buf_done(&fresh);
}

/* ---- two writers ---- */

struct writer {
    const struct place *place;
    pthread_t thread;
    int number, n_failed;
};

enum { WRITERS = 3, CHANGES_EACH = 5 };

static void *write_on(void *context)
{
    struct writer *w = context;
    for (int i = 0; i < CHANGES_EACH; i++) {
        char id[16];
        uint64_t seq;
        snprintf(id, sizeof id, "w%d-%d", w->number, i);
        struct item item = {.id = view_cstr(id), .lang = VIEW("en"), .text = VIEW("A claim")};
        const struct bank_change one = {1, 0, &item, NULL};
        w->n_failed += !ok(bank_change_write(w->place->bank, &one, &seq));
        if (w->number == 0 && i == 2) w->n_failed += !ok(bank_merge(w->place->bank, NULL));
    }
    return NULL;
}

TEST(writers_at_the_same_time_lose_no_change)
{
    struct place place;
    struct bank_source *source;
    struct writer writers[WRITERS];
    place_make(&place);
    write_bank(&place, "01");
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.place = &place, .number = i};
        CHECK(pthread_create(&writers[i].thread, NULL, write_on, &writers[i]) == 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        CHECK(pthread_join(writers[i].thread, NULL) == 0);
        CHECK(writers[i].n_failed == 0);
    }
    CHECK_OK(bank_source_open(place.bank, &source));
    const struct bank_snapshot *s = bank_acquire(source);
    CHECK(s->n_items == 2 + WRITERS * CHANGES_EACH);
    CHECK(holds(s, "w0-4") && holds(s, "w1-0") && holds(s, "w2-4"));
    bank_release(source, s);
    bank_source_close(source);
    place_remove(&place);
}

/* Opening while a merge replaces the base must not give the old base without its changes. */
struct opener {
    const struct place *place;
    pthread_t thread;
    bool stop;
    int n_gone; /* claims c0 … that are withdrawn for good */
    uint64_t n_opened, n_wrong;
    char wrong[600];
};

static void wrong(struct opener *o, const char *what)
{
    o->n_wrong++;
    snprintf(o->wrong, sizeof o->wrong, "%s", what);
}

static void open_once(struct opener *o)
{
    int n_gone = __atomic_load_n(&o->n_gone, __ATOMIC_ACQUIRE);
    struct bank_source *source;
    char problem[600], id[16];
    if (!ok(bank_source_open(o->place->bank, &source))) {
        wrong(o, rc_message());
        return;
    }
    bank_source_problem(source, problem, sizeof problem);
    const struct bank_snapshot *s = bank_acquire(source);
    if (problem[0]) wrong(o, problem);
    for (int i = 0; i < n_gone; i++) {
        snprintf(id, sizeof id, "c%d", i);
        if (holds(s, id)) wrong(o, id);
    }
    o->n_opened++;
    bank_release(source, s);
    bank_source_close(source);
}

static void *open_on(void *context)
{
    struct opener *o = context;
    while (!__atomic_load_n(&o->stop, __ATOMIC_RELAXED))
        open_once(o);
    return NULL;
}

TEST(a_withdrawn_claim_does_not_flash_up_while_the_bank_is_merged)
{
    struct place place;
    struct opener opener = {.place = &place};
    place_make(&place);
    write_bank(&place, "0");
    CHECK(pthread_create(&opener.thread, NULL, open_on, &opener) == 0);
    for (int i = 0; i < 10; i++) {
        char id[16];
        uint64_t seq;
        snprintf(id, sizeof id, "c%d", i);
        struct view gone = view_cstr(id);
        struct item item = {.id = gone, .lang = VIEW("en"), .text = VIEW("A claim")};
        CHECK_OK(bank_change_write(place.bank, &(struct bank_change){1, 0, &item, NULL}, &seq));
        CHECK_OK(bank_merge(place.bank, NULL));
        CHECK_OK(bank_change_write(place.bank, &(struct bank_change){0, 1, NULL, &gone}, &seq));
        __atomic_store_n(&opener.n_gone, i + 1, __ATOMIC_RELEASE);
        CHECK_OK(bank_merge(place.bank, NULL));
    }
    __atomic_store_n(&opener.stop, true, __ATOMIC_RELAXED);
    CHECK(pthread_join(opener.thread, NULL) == 0);
    CHECK(opener.n_opened > 0);
    if (opener.n_wrong) fail_msg("%d times, last: %s", (int)opener.n_wrong, opener.wrong);
    place_remove(&place);
}

TESTS(RUN(a_change_answers_within_a_second_while_everybody_reads),
      RUN(a_question_in_progress_keeps_the_bank_it_began_with),
      RUN(a_broken_new_bank_leaves_the_old_answers),
      RUN(a_broken_change_is_told_until_it_is_mended),
      RUN(news_that_memory_did_not_suffice_for_come_with_the_next_look),
      RUN(a_bank_of_other_text_rules_says_so_and_a_merge_mends_it),
      RUN(writers_at_the_same_time_lose_no_change),
      RUN(a_withdrawn_claim_does_not_flash_up_while_the_bank_is_merged))
