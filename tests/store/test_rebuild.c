/* SPDX-License-Identifier: Apache-2.0
 * What users lose when a view that is rebuilt in one go is shown half, or not the one that was. */
#include "desk.h"

static struct desk d;

static void play(void)
{
    desk_init(&d);
    desk_introduce(&d, 0, "checker.example");
    desk_introduce(&d, 1, "desk.example");
    desk_introduce(&d, 2, "panel.example");
    for (int i = 0; i < 40; i++) {
        struct seal_hash claim = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
        desk_say(&d, 1, "verdict", "desk.example", "panel.example", &claim, NULL);
        desk_say(&d, 2, "review", "panel.example", NULL, &claim, NULL);
    }
    desk_open(&d);
}

static uint64_t applied(struct store *s)
{
    uint64_t next;
    CHECK_OK(store_applied(s, view_cstr(k_logs[0]), &next));
    return next;
}

static rc look(struct store **out)
{
    struct store_options looking = d.options;
    looking.look_only = true;
    return store_open(d.dir, &looking, out);
}

TEST(a_rebuilt_view_has_the_rows_that_were_there)
{
    play();
    desk_apply_all(&d);
    struct view first = desk_dump(&d);
    CHECK_OK(store_rebuild(d.store));
    CHECK(applied(d.store) == 0);
    desk_apply_all(&d);
    check_same(first, desk_dump(&d)); /* before the end, to who rebuilds */
    CHECK_OK(store_rebuilt(d.store));
    CHECK_OK(store_rebuilt(d.store)); /* twice is fine */
    check_same(first, desk_dump(&d));
    desk_reopen(&d);
    check_same(first, desk_dump(&d));
    desk_done(&d);
}

TEST(a_rebuild_that_stops_leaves_an_empty_view_and_nobody_sees_half)
{
    struct store *reader = NULL;
    play();
    desk_apply_all(&d);
    struct view first = desk_dump(&d);
    CHECK_OK(store_rebuild(d.store));
    desk_apply(&d, 0, 0, d.n[0]);
    store_close(d.store);
    d.store = NULL;
    CHECK_FAILS(E_STALE, look(&reader));
    desk_open(&d);
    CHECK(applied(d.store) == 0);
    desk_apply_all(&d);
    check_same(first, desk_dump(&d));
    desk_done(&d);
}

TEST(a_failure_while_rebuilding_leaves_an_empty_view_that_can_be_filled)
{
    play();
    desk_apply_all(&d);
    struct view first = desk_dump(&d);
    CHECK_OK(store_rebuild(d.store));
    desk_apply(&d, 0, 0, 20);
    CHECK_FAILS(E_STALE, desk_try(&d, 0, 21, 1, NULL));
    CHECK(applied(d.store) == 0);
    desk_apply_all(&d);
    CHECK_OK(store_rebuilt(d.store));
    check_same(first, desk_dump(&d));
    desk_done(&d);
}

TEST(who_looks_at_the_view_may_go_on_while_it_is_rebuilt)
{
    struct store *reader;
    play();
    desk_apply_all(&d);
    struct view first = desk_dump(&d);
    CHECK_OK(look(&reader));
    CHECK(applied(reader) == d.n[0]);
    CHECK_OK(store_rebuild(d.store));
    desk_apply_all(&d);
    CHECK(applied(reader) == d.n[0]);
    CHECK_OK(store_rebuilt(d.store));
    check_same(first, desk_dump(&d));
    store_close(reader);
    desk_done(&d);
}

TEST(a_store_for_looking_rebuilds_nothing)
{
    struct store *reader;
    play();
    CHECK_OK(look(&reader));
    CHECK_FAILS(E_READ_ONLY, store_rebuild(reader));
    store_close(reader);
    desk_done(&d);
}

TESTS(RUN(a_rebuilt_view_has_the_rows_that_were_there),
      RUN(a_rebuild_that_stops_leaves_an_empty_view_and_nobody_sees_half),
      RUN(a_failure_while_rebuilding_leaves_an_empty_view_that_can_be_filled),
      RUN(who_looks_at_the_view_may_go_on_while_it_is_rebuilt),
      RUN(a_store_for_looking_rebuilds_nothing))
