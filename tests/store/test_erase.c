/* SPDX-License-Identifier: Apache-2.0
 * What people lose when an erasure stops half way, or when what was erased still speaks: words that
 * should be nowhere, a record that is shown and cannot be read, a key that nobody lists. */
#include "desk.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define WORDS "UNMISTAKABLE WORDS"
#define PAGE "platform.example/post/90"

enum { STEP_BYTES = 4096, MOST_STEPS = 400 };

static struct desk d;
static struct seal_hash g_claim, g_hold;
static char g_kept[80];

static void begin(void)
{
    desk_init(&d);
    desk_introduce(&d, 0, "checker.example");
    desk_introduce(&d, 0, "desk.example");
    g_claim = desk_say(&d, 0, "claim", "checker.example", NULL, NULL,
                       EDITS("\"mark\":\"clear\",", "\"mark\":\"amber\",\"to\":[\"desk.example\"],",
                             "chữa khỏi bệnh sốt rét", WORDS));
    desk_say(&d, 0, "verdict", "desk.example", "checker.example", &g_claim, NULL);
    g_hold = desk_say(&d, 0, "hold", "checker.example", NULL, NULL, NULL);
    const struct record_kind *k = record_kind_find(VIEW("hold"));
    d.log[0][d.n[0] - 1].parts = k->example_parts;
    d.log[0][d.n[0] - 1].n_parts = k->n_example_parts;
    desk_open(&d);
    desk_apply_all(&d);
    store_close(d.store);
    d.store = NULL;
    snprintf(g_kept, sizeof g_kept, "%s.kept", d.dir);
}

static void copy_folder(const char *from, const char *to)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf %s && cp -r %s %s", to, from, to);
    CHECK(system(command) == 0);
}

/* Killed by the kernel where it writes behind this many bytes of a file; *out_done: it was not. */
static void erase_until_killed(const struct seal_hash *id, struct view field, rlim_t bytes,
                               bool *out_done)
{
    int status = 0;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct rlimit none = {0, 0}, tight = {bytes, bytes};
        struct store *s;
        signal(SIGXFSZ, SIG_DFL);
        setrlimit(RLIMIT_CORE, &none);
        if (!ok(store_open(d.dir, &d.options, &s))) _exit(2);
        setrlimit(RLIMIT_FSIZE, &tight);
        _exit(ok(store_erase(s, id, field, d.now_ms)) ? 0 : 3);
    }
    CHECK(waitpid(child, &status, 0) == child);
    *out_done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!*out_done && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ))
        fail_msg("limit %llu: status %x", (unsigned long long)bytes, (unsigned)status);
}

/* Not begun, or done: the note and its rows agree, and what is shown as erased is nowhere. */
static bool check_whole(void)
{
    const struct record_part_text *parts;
    struct view note;
    uint32_t n;
    struct store_object o = desk_object(&d, &g_claim);
    bool erased = view_eq(o.state, VIEW("erased"));
    CHECK(erased == (o.current == NULL));
    CHECK(erased == !ok(store_note(d.store, &k_node, &g_claim, &d.mem, &note, &parts, &n)));
    if (erased) CHECK(!desk_holds(&d, WORDS));
    struct view shown = desk_dump(&d);
    CHECK_OK(store_forget_view(d.store));
    desk_apply_all(&d);
    check_same(desk_dump(&d), shown);
    return erased;
}

/* What was gone on with has emptied the view. */
static void catch_up(void)
{
    uint64_t next;
    CHECK_OK(store_applied(d.store, d.log[0][0].log, &next));
    if (next == 0) desk_apply_all(&d);
}

TEST(an_erasure_that_is_killed_at_any_write_is_not_begun_or_goes_on)
{
    uint32_t n_killed = 0, n_resumed = 0;
    bool done = false;
    begin();
    copy_folder(d.dir, g_kept);
    for (uint32_t step = 0; !done; step++) {
        CHECK(step < MOST_STEPS);
        copy_folder(g_kept, d.dir);
        erase_until_killed(&g_claim, view_of(NULL, 0), step * STEP_BYTES, &done);
        desk_open(&d);
        catch_up();
        bool erased = check_whole();
        n_killed += !done;
        n_resumed += !done && erased;
        store_close(d.store);
        d.store = NULL;
    }
    print_message("killed %u times, gone on with %u times\n", n_killed, n_resumed);
    CHECK(n_killed > 3 && n_resumed > 2);
    remove_folder(g_kept);
    desk_done(&d);
}

TEST(a_part_whose_erasure_is_killed_at_any_write_goes_when_the_store_is_opened)
{
    uint32_t n_resumed = 0;
    bool done = false;
    begin();
    copy_folder(d.dir, g_kept);
    for (uint32_t step = 1; !done; step++) {
        CHECK(step < MOST_STEPS);
        copy_folder(g_kept, d.dir);
        CHECK(desk_holds(&d, PAGE));
        erase_until_killed(&g_hold, VIEW("urls"), step * STEP_BYTES, &done);
        desk_open(&d);
        CHECK(!desk_holds(&d, PAGE));
        n_resumed += !done;
        store_close(d.store);
        d.store = NULL;
    }
    CHECK(n_resumed > 0);
    remove_folder(g_kept);
    desk_done(&d);
}

TEST(an_intent_that_cannot_be_read_is_told)
{
    char path[128];
    begin();
    snprintf(path, sizeof path, "%s/erasing", d.dir);
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fputs("sha256:00 - 1\n", f);
    fclose(f);
    CHECK_FAILS(E_DAMAGED, store_open(d.dir, &d.options, &d.store));
    CHECK_MESSAGE("erasing");
    desk_done(&d);
}

/* Its keys were nowhere else, so nothing that they signed is signed any more. */
TEST(the_keys_of_an_erased_organisation_prove_nothing_any_more)
{
    begin();
    uint64_t next;
    desk_open(&d);
    uint32_t i = org_of("late.example");
    struct view row = desk_key_row(&d, &d.keys[i], "author"), rows;
    CHECK_OK(arena_format(&d.mem, &rows, "%.*s%c", VIEW_ARG(row), 0));
    struct seal_hash claim = desk_say(&d, 0, "claim", "late.example", NULL, NULL, NULL);
    struct seal_hash org =
        desk_say(&d, 0, "organisation", "late.example", NULL, NULL,
                 EDITS("{\"from\":\"2026-11-01T00:00:00.000Z\",\"purpose\":\"author\","
                       "\"until\":\"2027-11-01T00:00:00.000Z\",\"vkey\":"
                       "\"checker.example+c10d7dd4+ASmsOTxO2NGjGq1Fz8zqNSQPYM4r3jYSQCu9k8YGDrlL\"}",
                       (const char *)rows.p, "\"mark\":\"clear\",",
                       "\"mark\":\"amber\",\"to\":[\"desk.example\"],"));
    desk_apply_all(&d);
    static const char k_row[] = "[\"known_key\",\"late.example\"";
    struct view shown = desk_dump(&d);
    CHECK(memmem(shown.p, shown.n, k_row, sizeof k_row - 1) != NULL);
    CHECK_OK(store_erase(d.store, &org, view_of(NULL, 0), d.now_ms));
    CHECK_OK(store_applied(d.store, view_cstr(k_logs[0]), &next));
    CHECK(next == 0); /* as the header says */
    desk_apply_all(&d);
    shown = desk_dump(&d);
    CHECK(memmem(shown.p, shown.n, k_row, sizeof k_row - 1) == NULL);
    CHECK_TEXT(desk_object(&d, &org).state, "erased");
    CHECK_TEXT(desk_object(&d, &claim).state, "refused");
    /* A store that never saw it shows the same. */
    CHECK_OK(store_forget_view(d.store));
    desk_apply_all(&d);
    check_same(desk_dump(&d), shown);
    desk_done(&d);
}

TESTS(RUN(an_erasure_that_is_killed_at_any_write_is_not_begun_or_goes_on),
      RUN(a_part_whose_erasure_is_killed_at_any_write_goes_when_the_store_is_opened),
      RUN(an_intent_that_cannot_be_read_is_told),
      RUN(the_keys_of_an_erased_organisation_prove_nothing_any_more))
