/* SPDX-License-Identifier: Apache-2.0
 * What a node loses when a disk, a process or a file lets it down; erasure; the local door. */
#include "desk.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static struct desk d;
static struct seal_hash g_claim, g_amber;

static void begin(void)
{
    desk_init(&d);
    desk_introduce(&d, 0, "checker.example");
    desk_introduce(&d, 0, "desk.example");
    g_claim = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
    g_amber = desk_say(&d, 0, "claim", "checker.example", NULL, NULL,
                       EDITS("\"mark\":\"clear\",", "\"mark\":\"amber\",\"to\":[\"desk.example\"],",
                             "chữa khỏi bệnh sốt rét", "UNMISTAKABLE WORDS"));
    desk_open(&d);
}

static void spoil(const char *name, long at, const char *bytes, size_t n)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", d.dir, name);
    int fd = open(path, O_RDWR);
    CHECK(fd >= 0 && pwrite(fd, bytes, n, at) == (ssize_t)n);
    close(fd);
}

TEST(files_are_for_their_owner_alone)
{
    static const char *const k_files[] = {"view.db", "notes.db", "local.db", "view.db-wal",
                                          "notes.db-wal"};
    begin();
    desk_apply_all(&d);
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        char path[256];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", d.dir, k_files[i]);
        CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    }
    desk_done(&d);
}

TEST(a_second_writer_is_refused_and_a_reader_is_not)
{
    struct store *other;
    struct store_options look = {.founders = d.founders, .n_founders = 3, .look_only = true};
    struct store_object o;
    begin();
    desk_apply_all(&d);
    CHECK_FAILS(E_BUSY, store_open(d.dir, &d.options, &other));
    CHECK_OK(store_open(d.dir, &look, &other));
    CHECK_OK(store_object(other, &k_anybody, &g_claim, &d.mem, &o));
    CHECK_TEXT(o.state, "published");
    desk_say(&d, 0, "step", "checker.example", NULL, &g_claim, NULL);
    desk_apply_all(&d);
    CHECK_OK(store_object(other, &k_anybody, &g_claim, &d.mem, &o));
    CHECK_TEXT(o.state, "withdrawn");
    CHECK_FAILS(E_READ_ONLY, store_apply(other, d.log[0], 1, d.now_ms, NULL));
    store_close(other);
    desk_done(&d);
}

TEST(looking_at_a_store_that_is_not_there_makes_none)
{
    struct store *s;
    struct store_options look = {.look_only = true};
    CHECK_FAILS(E_NOT_FOUND, store_open("/tmp/sanad-store-none", &look, &s));
    CHECK(access("/tmp/sanad-store-none", F_OK) != 0);
}

TEST(a_damaged_database_is_told)
{
    static const char k_junk[4096] = "this is no database, and the page is full of it";
    begin();
    desk_apply_all(&d);
    CHECK_OK(store_backup(d.store, "/tmp/sanad-store-copy"));
    store_close(d.store);
    d.store = NULL;
    spoil("notes.db", 0, k_junk, sizeof k_junk);
    CHECK_FAILS(E_DAMAGED, store_open(d.dir, &d.options, &d.store));
    remove_folder("/tmp/sanad-store-copy");
    desk_done(&d);
}

TEST(a_newer_schema_is_refused)
{
    static const char *const k_files[] = {"notes.db", "local.db"};
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        begin();
        desk_apply_all(&d);
        store_close(d.store);
        d.store = NULL;
        spoil(k_files[i], 60, "\0\0\0\x63", 4); /* user_version stands there, big-endian */
        CHECK_FAILS(E_VERSION, store_open(d.dir, &d.options, &d.store));
        CHECK_MESSAGE("schema 99");
        desk_done(&d);
    }
}

/* Folded by other rules: an older program's, or a newer one's. */
TEST(a_view_of_another_version_is_made_anew)
{
    static const char *const k_versions[] = {"\0\0\0\1", "\x7f\xff\xff\xfe"};
    struct store_options look;
    uint64_t next = 1;
    for (size_t i = 0; i < COUNT_OF(k_versions); i++) {
        begin();
        desk_apply_all(&d);
        struct view dump = desk_dump(&d);
        store_close(d.store);
        d.store = NULL;
        spoil("view.db", 60, k_versions[i], 4);
        look = d.options;
        look.look_only = true;
        CHECK_FAILS(E_STALE, store_open(d.dir, &look, &d.store));
        desk_open(&d);
        CHECK_OK(store_applied(d.store, d.log[0][0].log, &next));
        CHECK(next == 0);
        desk_apply_all(&d);
        check_same(desk_dump(&d), dump);
        desk_done(&d);
    }
}

TEST(a_full_disk_changes_nothing)
{
    struct rlimit was, tight;
    begin();
    desk_apply(&d, 0, 0, 2);
    struct view before = desk_dump(&d);
    for (int i = 0; i < 300; i++)
        desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    tight = was;
    tight.rlim_cur = 200000;
    setrlimit(RLIMIT_FSIZE, &tight);
    rc r = desk_try(&d, 0, 0, d.n[0], NULL);
    setrlimit(RLIMIT_FSIZE, &was);
    CHECK(r.code == E_SPACE || r.code == E_IO);
    check_same(before, desk_dump(&d));
    desk_apply_all(&d);
    struct view whole = desk_dump(&d);
    CHECK(whole.n > before.n);
    desk_done(&d);
}

TEST(a_crash_between_notes_and_view_loses_nothing)
{
    begin();
    desk_apply_all(&d);
    struct view whole = desk_dump(&d);
    CHECK_OK(store_forget_view(d.store)); /* as if the view had never been committed */
    desk_reopen(&d);
    desk_apply_all(&d);
    check_same(whole, desk_dump(&d));
    desk_done(&d);
}

static rc apply_fresh(void)
{
    return desk_try(&d, 0, 0, d.n[0], NULL);
}

TEST(when_memory_runs_out_nothing_has_changed)
{
    begin();
    CHECK_EVERY_ALLOCATION(apply_fresh(), (void)0);
    struct view whole = desk_dump(&d);
    CHECK_OK(store_forget_view(d.store));
    desk_apply_all(&d);
    check_same(whole, desk_dump(&d));
    desk_done(&d);
}

/* ---- erasure ---- */

TEST(what_was_erased_is_in_no_file)
{
    struct store_object o;
    begin();
    desk_apply_all(&d);
    CHECK(desk_holds(&d, "UNMISTAKABLE WORDS"));
    CHECK_OK(store_erase(d.store, &g_amber, view_of(NULL, 0), d.now_ms));
    CHECK(!desk_holds(&d, "UNMISTAKABLE WORDS"));
    o = desk_object(&d, &g_amber);
    CHECK_TEXT(o.state, "erased");
    CHECK(o.current == NULL);
    struct view dump = desk_dump(&d);
    CHECK_OK(store_forget_view(d.store));
    desk_apply_all(&d); /* the note comes again, and stays erased */
    check_same(dump, desk_dump(&d));
    CHECK(!desk_holds(&d, "UNMISTAKABLE WORDS"));
    CHECK_FAILS(E_REFUSED, store_erase(d.store, &g_claim, view_of(NULL, 0), d.now_ms));
    CHECK_FAILS(E_NOT_FOUND, store_erase(d.store, &g_amber, view_of(NULL, 0), d.now_ms));
    CHECK_FAILS(E_NOT_FOUND, store_erase(d.store, &g_amber, VIEW("prints"), d.now_ms));
    desk_done(&d);
}

TEST(an_erased_part_is_in_no_file_and_its_record_stays)
{
    const struct record_part_text *parts;
    const struct record_kind *k = record_kind_find(VIEW("hold"));
    struct view note;
    uint32_t n;
    begin();
    struct seal_hash hold = desk_say(&d, 0, "hold", "checker.example", NULL, NULL, NULL);
    struct store_arrival *a = &d.log[0][d.n[0] - 1];
    a->parts = k->example_parts;
    a->n_parts = k->n_example_parts;
    desk_apply_all(&d);
    CHECK(desk_holds(&d, "platform.example/post/90"));
    CHECK_OK(store_note(d.store, &k_node, &hold, &d.mem, &note, &parts, &n));
    CHECK(n == 2);
    CHECK_OK(store_erase(d.store, &hold, VIEW("urls"), d.now_ms));
    CHECK(!desk_holds(&d, "platform.example/post/90"));
    desk_apply_all(&d);
    CHECK_OK(store_note(d.store, &k_node, &hold, &d.mem, &note, &parts, &n));
    CHECK(n == 1 && view_eq(parts[0].field, VIEW("prints")));
    CHECK(!desk_holds(&d, "platform.example/post/90"));
    desk_done(&d);
}

/* ---- the door ---- */

static rc admit(struct view text, const char *org, const struct store_arrival *pending, size_t n)
{
    const struct record_kind *k = record_kind_find(VIEW("claim"));
    bool claim = memmem(text.p, text.n, "\"kind\":\"claim\"", 14) != NULL;
    return store_admit(d.store, desk_note(&d, text, org, NULL), claim ? k->example_parts : NULL,
                       claim ? k->n_example_parts : 0, pending, n, MADE_MS + 60000, &d.mem, NULL);
}

TEST(the_door_lets_in_what_takes_effect_and_says_why_not)
{
    begin();
    desk_apply_all(&d);
    struct view before = desk_dump(&d);
    struct view claim = desk_text(&d, "claim", "checker.example", NULL, NULL);
    CHECK_OK(admit(claim, "checker.example", NULL, 0));
    CHECK_FAILS(E_INPUT, admit(claim, "desk.example", NULL, 0));
    CHECK_MESSAGE("no signature of checker.example");
    struct view step = desk_text(&d, "step", "desk.example", &g_claim, NULL);
    CHECK_FAILS(E_INPUT, admit(step, "desk.example", NULL, 0));
    struct seal_note cut;
    CHECK_OK(seal_note_parse(d.log[0][2].note, &d.mem, &cut));
    CHECK_FAILS(E_DUPLICATE, admit(cut.text, "checker.example", NULL, 0));
    struct view hold = desk_text(&d, "hold", "checker.example", NULL, NULL);
    CHECK_FAILS(E_INPUT, admit(hold, "checker.example", NULL, 0));
    CHECK_MESSAGE("did not come");
    check_same(before, desk_dump(&d));
    desk_done(&d);
}

/* A group that is let in and then applied keeps what the door did; a refused note leaves nothing.
 */
TEST(what_the_door_let_in_is_shown_as_a_replay_shows_it)
{
    for (int refused = 0; refused < 2; refused++) {
        struct store_report report;
        struct buf vkey = {0};
        begin();
        desk_apply_all(&d);
        d.now_ms = MADE_MS + 60000;
        uint32_t from = d.n[0], i = 0;
        struct seal_hash claim = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
        desk_say(&d, 0, "receipt", "desk.example", NULL, &claim, NULL);
        desk_say(&d, 0, "claim", "checker.example", "desk.example", NULL, NULL);
        for (; i < 3; i++) {
            struct store_arrival *a = &d.log[0][from + i];
            const struct record_kind *k = record_kind_find(VIEW("claim"));
            CHECK_OK(store_admit(d.store, a->note, i == 1 ? NULL : k->example_parts,
                                 i == 1 ? 0 : k->n_example_parts, &d.log[0][from], i, d.now_ms,
                                 &d.mem, NULL));
        }
        if (refused) { /* its keys must not stay */
            struct seal_verifier v = seal_signer_verifier(&d.keys[org_of("late.example")]);
            CHECK_OK(seal_verifier_print(&v, &vkey));
            CHECK_OK(buf_add_byte(&vkey, 0));
            struct view text = desk_text(
                &d, "organisation", "late.example", NULL,
                EDITS("checker.example+c10d7dd4+ASmsOTxO2NGjGq1Fz8zqNSQPYM4r3jYSQCu9k8YGDrlL",
                      (const char *)vkey.p));
            CHECK_FAILS(E_INPUT, admit(text, "desk.example", &d.log[0][from], 3));
            buf_done(&vkey);
        }
        CHECK_OK(desk_try(&d, 0, from, 3, &report));
        CHECK(report.n_new == 3 && report.n_known == 0);
        struct view shown = desk_dump(&d);
        CHECK_OK(store_forget_view(d.store));
        desk_apply_all(&d);
        check_same(shown, desk_dump(&d));
        desk_done(&d);
    }
}

TEST(the_door_sees_what_is_pending)
{
    begin();
    desk_apply_all(&d);
    struct view before = desk_dump(&d);
    uint32_t from = d.n[0];
    struct seal_hash claim = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
    struct view step = desk_text(&d, "step", "checker.example", &claim, NULL);
    CHECK_FAILS(E_INPUT, admit(step, "checker.example", NULL, 0));
    CHECK_OK(admit(step, "checker.example", &d.log[0][from], 1));
    desk_put(&d, 0, step, desk_note(&d, step, "checker.example", NULL));
    CHECK_FAILS(E_DUPLICATE, admit(step, "checker.example", &d.log[0][from], 2));
    struct view again = desk_text(&d, "step", "checker.example", &claim, NULL);
    CHECK_FAILS(E_INPUT, admit(again, "checker.example", &d.log[0][from], 2));
    check_same(before, desk_dump(&d));
    desk_apply_all(&d);
    struct store_object o = desk_object(&d, &claim);
    CHECK_TEXT(o.state, "withdrawn");
    desk_done(&d);
}

/* ---- local ---- */

TEST(a_replay_leaves_drafts_alone)
{
    struct view text;
    begin();
    CHECK_OK(store_draft_put(d.store, VIEW("one"), VIEW("half a sentence"), MADE_MS));
    CHECK_OK(store_forget_view(d.store));
    desk_apply_all(&d);
    CHECK_OK(store_draft_get(d.store, VIEW("one"), &d.mem, &text));
    CHECK_TEXT(text, "half a sentence");
    CHECK_OK(store_draft_remove(d.store, VIEW("one")));
    CHECK_FAILS(E_NOT_FOUND, store_draft_get(d.store, VIEW("one"), &d.mem, &text));
    CHECK_FAILS(E_NOT_FOUND, store_draft_remove(d.store, VIEW("one")));
    desk_done(&d);
}

TESTS(RUN(files_are_for_their_owner_alone), RUN(a_second_writer_is_refused_and_a_reader_is_not),
      RUN(looking_at_a_store_that_is_not_there_makes_none), RUN(a_damaged_database_is_told),
      RUN(a_newer_schema_is_refused), RUN(a_view_of_another_version_is_made_anew),
      RUN(a_full_disk_changes_nothing), RUN(a_crash_between_notes_and_view_loses_nothing),
      RUN(when_memory_runs_out_nothing_has_changed), RUN(what_was_erased_is_in_no_file),
      RUN(an_erased_part_is_in_no_file_and_its_record_stays),
      RUN(the_door_lets_in_what_takes_effect_and_says_why_not), RUN(the_door_sees_what_is_pending),
      RUN(what_the_door_let_in_is_shown_as_a_replay_shows_it), RUN(a_replay_leaves_drafts_alone))
