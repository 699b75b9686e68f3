/* SPDX-License-Identifier: Apache-2.0
 * The measures that every later decision rests on, held to values computed by hand. */
#include <unistd.h>

#include "desk.h"

#define PEN "Ballots marked with a felt-tip pen are rejected by the scanners in every city."
#define PENCIL "Ballots marked with a pencil are rejected by the scanners in every village."
#define STAMP "Ballots marked with a stamp are burnt by the mayor in every harbour."
#define FAR "Zebras graze quietly beneath purple umbrellas"

static const char *const k_bank[] = {
    "{\"id\":\"pen\",\"lang\":\"en\",\"text\":\"" PEN "\"}",
    "{\"id\":\"pen-again\",\"lang\":\"en\",\"text\":\"" PEN "\"}",
    "{\"id\":\"pencil\",\"lang\":\"en\",\"text\":\"" PENCIL "\"}",
    "{\"id\":\"stamp\",\"lang\":\"en\",\"text\":\"" STAMP "\"}",
};

static struct desk s_desk;
static char s_folder[64];

static const char *path_of(const char *name)
{
    static char paths[8][128];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, 128, "%s/%s", s_folder, name);
    return path;
}

static const char *file(const char *name, const char *content)
{
    const char *path = path_of(name);
    FILE *f = fopen(path, "wb");
    CHECK(f && fputs(content, f) >= 0 && fclose(f) == 0);
    return path;
}

#define LINE(id, more, text) "{\"id\":\"" id "\"," more "\"text\":\"" text "\"}\n"

/* The ranking of PEN is: pen (with pen-again), pencil, stamp. */
static const char k_queries[] = LINE("first", "\"kind\":\"copy\",\"split\":\"dev\",", PEN)
    LINE("second", "\"kind\":\"copy\",\"split\":\"test\",", PEN)
        LINE("both", "\"kind\":\"many\",\"split\":\"test\",", PEN)
            LINE("none", "\"kind\":\"many\",\"split\":\"test\",", FAR)
                LINE("unknown", "\"split\":\"test\",", PEN) LINE("unjudged", "", PEN);
static const char k_qrels[] = "both\tpen\nboth\tstamp\nsecond\tpencil\nfirst\tpen-again\n\n"
                              "none\tpen\nunknown\tnowhere\r\nnot-asked\tpen\n";

static struct eval_inputs usual_inputs(void)
{
    return (struct eval_inputs){.queries = file("queries", k_queries),
                                .qrels = file("qrels", k_qrels)};
}

static rc evaluate(const struct eval_inputs *inputs, struct eval_report *out)
{
    arena_reset(&s_desk.mem);
    return match_evaluate(s_desk.matcher, &s_desk.snapshot, inputs, NULL, NULL, &s_desk.mem, out);
}

#define CHECK_NEAR(x, expected)                                       \
    do {                                                              \
        double check_x_ = (x), check_y_ = (expected);                 \
        if (check_x_ < check_y_ - 1e-9 || check_x_ > check_y_ + 1e-9) \
            fail_msg("%s is %.9f, not %.9f", #x, check_x_, check_y_); \
    } while (0)

TEST(the_ranking_that_the_values_rest_on_is_as_thought)
{
    struct answer a = desk_ask(&s_desk, PEN);
    assert_int_equal(a.n_hits, 4);
    CHECK_TEXT(a.hits[0].item.id, "pen");
    CHECK_TEXT(a.hits[1].item.id, "pen-again");
    CHECK_TEXT(a.hits[2].item.id, "pencil");
    CHECK_TEXT(a.hits[3].item.id, "stamp");
    assert_int_equal(a.hits[0].tier, TIER_CONFIRMED);
    CHECK(a.hits[2].tier != TIER_CONFIRMED);
    assert_int_equal(desk_ask(&s_desk, FAR).n_hits, 0);
}

TEST(the_measures_are_those_computed_by_hand)
{
    struct eval_inputs inputs = usual_inputs();
    struct eval_report r;
    CHECK_OK(evaluate(&inputs, &r));
    assert_int_equal(r.all.n, 4);
    assert_int_equal(r.n_skipped, 2);
    /* first: 1. second: 1/2. both: (1/1 + 2/3) / 2. none: 0. */
    CHECK_NEAR(r.all.map5, (1 + 0.5 + (1 + 2.0 / 3) / 2 + 0) / 4);
    CHECK_NEAR(r.all.mrr, (1 + 0.5 + 1 + 0) / 4);
    CHECK_NEAR(r.all.s1, 2.0 / 4);
    CHECK_NEAR(r.all.s5, 3.0 / 4);
    CHECK_NEAR(r.all.s10, 3.0 / 4);
    CHECK_NEAR(r.all.confirmed, 2.0 / 4);
    CHECK_NEAR(r.all.recall_at_1, -1);
    CHECK_NEAR(r.unrelated_confirmed, -1);
    CHECK_NEAR(r.unrelated_suggested, -1);
    CHECK_NEAR(r.threshold_at_1, -1);
    CHECK_NEAR(r.changed_confirmed, -1);
    CHECK(r.p50_us > 0 && r.p99_us >= r.p50_us);
}

TEST(each_kind_has_its_own_measures)
{
    struct eval_inputs inputs = usual_inputs();
    struct eval_report r;
    CHECK_OK(evaluate(&inputs, &r));
    assert_int_equal(r.n_kinds, 2);
    CHECK_TEXT(r.kinds[0].name, "copy");
    assert_int_equal(r.kinds[0].scores.n, 2);
    CHECK_NEAR(r.kinds[0].scores.map5, 0.75);
    CHECK_NEAR(r.kinds[0].scores.s1, 0.5);
    CHECK_TEXT(r.kinds[1].name, "many");
    assert_int_equal(r.kinds[1].scores.n, 2);
    CHECK_NEAR(r.kinds[1].scores.map5, (1 + 2.0 / 3) / 4);
    CHECK_NEAR(r.kinds[1].scores.mrr, 0.5);
}

TEST(only_the_split_and_the_count_asked_for_are_measured)
{
    struct eval_inputs inputs = usual_inputs();
    struct eval_report r;
    inputs.split = VIEW("test");
    CHECK_OK(evaluate(&inputs, &r));
    assert_int_equal(r.all.n, 3);
    assert_int_equal(r.n_skipped, 1);
    CHECK_NEAR(r.all.mrr, 1.5 / 3);
    inputs.split = VIEW("nowhere");
    CHECK_OK(evaluate(&inputs, &r));
    assert_int_equal(r.all.n, 0);
    CHECK_NEAR(r.all.mrr, 0);
    inputs.split = view_of(NULL, 0);
    inputs.max_queries = 2;
    CHECK_OK(evaluate(&inputs, &r));
    assert_int_equal(r.all.n, 2);
    CHECK_NEAR(r.all.mrr, 0.75);
}

TEST(unrelated_posts_give_the_share_shown_and_the_recall)
{
    struct eval_inputs inputs = usual_inputs();
    struct eval_report r;
    inputs.unrelated =
        file("unrelated", LINE("u1", "", FAR) LINE("u2", "", "Soup again for supper"));
    CHECK_OK(evaluate(&inputs, &r));
    assert_int_equal(r.n_unrelated, 2);
    CHECK_NEAR(r.unrelated_confirmed, 0);
    CHECK_NEAR(r.unrelated_suggested, 0);
    CHECK_NEAR(r.threshold_at_1, 0);
    CHECK_NEAR(r.all.recall_at_1, 2.0 / 4);
    /* One that is a copy sets the threshold above every query. */
    inputs.unrelated = file("unrelated", LINE("u1", "", FAR) LINE("u2", "", PEN)
                                             LINE("u3", "",
                                                  "The mayor burnt ballots marked with a "
                                                  "stamp in the harbour"));
    CHECK_OK(evaluate(&inputs, &r));
    CHECK_NEAR(r.unrelated_confirmed, 1.0 / 3);
    CHECK_NEAR(r.unrelated_suggested, 1.0 / 3);
    CHECK(r.threshold_at_1 > 0.9);
    CHECK_NEAR(r.all.recall_at_1, 0);
}

TEST(changed_posts_that_were_confirmed_are_counted)
{
    struct eval_inputs inputs = usual_inputs();
    struct eval_report r;
    inputs.changed =
        file("changed", LINE("c1", "\"near_id\":\"pen\",", PEN)
                            LINE("c2", "\"near_id\":\"pencil\",", PEN) LINE("c3", "", STAMP)
                                LINE("c4", "\"near_id\":\"pen\",",
                                     "Ballots marked with a felt-tip pen are never rejected by the "
                                     "scanners in every city."));
    CHECK_OK(evaluate(&inputs, &r));
    assert_int_equal(r.n_changed, 4);
    CHECK_NEAR(r.changed_confirmed, 2.0 / 4);
}

/* ---- files that are not as they should be ---- */

static void check_bad(size_t which, const char *content, const char *says)
{
    struct eval_inputs inputs = usual_inputs();
    struct eval_report r;
    const char *path = file("bad", content);
    memcpy((char *)&inputs + which, &path, sizeof path);
    CHECK_FAILS(E_INPUT, evaluate(&inputs, &r));
    CHECK_MESSAGE(path);
    CHECK_MESSAGE(says);
}

TEST(a_bad_line_is_named_with_file_and_number)
{
    check_bad(offsetof(struct eval_inputs, queries), LINE("q", "", PEN) "{\n", "line 2");
    check_bad(offsetof(struct eval_inputs, queries), LINE("q", "", PEN) LINE("q", "", PEN) "[]\n",
              "line 3");
    check_bad(offsetof(struct eval_inputs, queries), "{\"id\":\"x\"}\n", "line 1");
    check_bad(offsetof(struct eval_inputs, queries), "{\"text\":\"x\"}\n", "line 1");
    check_bad(offsetof(struct eval_inputs, queries), LINE("q", "", PEN) "\n" LINE("r", "", PEN),
              "line 2");
    check_bad(offsetof(struct eval_inputs, qrels), "first\tpen\nsecond pencil\n", "line 2");
    check_bad(offsetof(struct eval_inputs, unrelated), LINE("q", "", PEN) "{\"id\":\"x\"}\n",
              "line 2");
    check_bad(offsetof(struct eval_inputs, changed), "nonsense\n", "line 1");
}

TEST(a_missing_file_is_named)
{
    struct eval_inputs inputs = usual_inputs();
    struct eval_report r;
    inputs.queries = path_of("absent");
    CHECK_FAILS(E_NOT_FOUND, evaluate(&inputs, &r));
    CHECK_MESSAGE("absent");
    inputs = usual_inputs();
    inputs.qrels = path_of("absent");
    CHECK_FAILS(E_NOT_FOUND, evaluate(&inputs, &r));
    inputs = usual_inputs();
    inputs.unrelated = path_of("absent");
    CHECK_FAILS(E_NOT_FOUND, evaluate(&inputs, &r));
    inputs = usual_inputs();
    inputs.changed = path_of("absent");
    CHECK_FAILS(E_NOT_FOUND, evaluate(&inputs, &r));
}

TEST(empty_files_measure_nothing)
{
    struct eval_inputs inputs = usual_inputs();
    struct eval_report r;
    inputs.queries = file("bad", "");
    inputs.qrels = inputs.unrelated = inputs.changed = inputs.queries;
    CHECK_OK(evaluate(&inputs, &r));
    assert_int_equal(r.all.n + r.n_unrelated + r.n_changed + r.n_skipped, 0);
    CHECK_NEAR(r.all.map5, 0);
    CHECK_NEAR(r.changed_confirmed, -1);
}

/* ---- being stopped ---- */

static bool stop_at_128(void *context, uint64_t done, uint64_t total)
{
    (void)total;
    *(uint64_t *)context = done;
    return done < 128;
}

TEST(an_evaluation_can_be_watched_and_stopped)
{
    struct buf many CLEANUP(buf_done) = {0};
    struct eval_inputs inputs = usual_inputs();
    struct eval_report r;
    uint64_t done = 0;
    for (int i = 0; i < 300; i++)
        CHECK_OK(buf_addf(&many, "{\"id\":\"q%d\",\"text\":\"" FAR "\"}\n", i));
    CHECK_OK(buf_add_byte(&many, 0));
    inputs.unrelated = file("many", (const char *)many.p);
    arena_reset(&s_desk.mem);
    CHECK_FAILS(E_INTERRUPTED, match_evaluate(s_desk.matcher, &s_desk.snapshot, &inputs,
                                              stop_at_128, &done, &s_desk.mem, &r));
    assert_int_equal(done, 128);
}

static rc evaluate_afresh(const struct eval_inputs *inputs)
{
    struct arena mem CLEANUP(arena_done) = {0};
    struct eval_report r;
    return match_evaluate(s_desk.matcher, &s_desk.snapshot, inputs, NULL, NULL, &mem, &r);
}

TEST(no_allocation_that_fails_breaks_an_evaluation)
{
    struct eval_inputs inputs = usual_inputs();
    inputs.unrelated = file("unrelated", LINE("u1", "", FAR));
    inputs.changed = file("changed", LINE("c1", "\"near_id\":\"pen\",", PEN));
    CHECK_EVERY_ALLOCATION(evaluate_afresh(&inputs), (void)0);
}

static int open_desk(void **state)
{
    (void)state;
    snprintf(s_folder, sizeof s_folder, "/tmp/sanad-eval-XXXXXX");
    if (!mkdtemp(s_folder)) return 1;
    desk_open_items(&s_desk, k_bank, COUNT_OF(k_bank));
    return 0;
}
static int close_desk(void **state)
{
    static const char *const k_names[] = {"queries", "qrels", "unrelated",
                                          "changed", "bad",   "many"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(k_names); i++)
        unlink(path_of(k_names[i]));
    rmdir(s_folder);
    desk_close(&s_desk);
    return 0;
}

int main(void)
{
    const struct CMUnitTest k_tests[] = {
        RUN(the_ranking_that_the_values_rest_on_is_as_thought),
        RUN(the_measures_are_those_computed_by_hand),
        RUN(each_kind_has_its_own_measures),
        RUN(only_the_split_and_the_count_asked_for_are_measured),
        RUN(unrelated_posts_give_the_share_shown_and_the_recall),
        RUN(changed_posts_that_were_confirmed_are_counted),
        RUN(a_bad_line_is_named_with_file_and_number),
        RUN(a_missing_file_is_named),
        RUN(empty_files_measure_nothing),
        RUN(an_evaluation_can_be_watched_and_stopped),
        RUN(no_allocation_that_fails_breaks_an_evaluation),
    };
    return cmocka_run_group_tests(k_tests, open_desk, close_desk);
}
