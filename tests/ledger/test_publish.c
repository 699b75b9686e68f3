/* SPDX-License-Identifier: Apache-2.0 */
#include "logs.h"

static struct place g;

TEST(a_new_log_shows_a_signed_empty_tree)
{
    struct arena mem CLEANUP(arena_done) = {0};
    CLEANUP(buf_done) struct buf key = {0};
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct seal_checkpoint c = checkpoint_of(dir, &mem);
    CHECK(c.size == 0);
    CHECK_TEXT(c.origin, LOG_NAME);
    CHECK(!exists(dir, "public/tile"));
    read_all(dir, "public/key", &key);
    CHECK_TEXT(buf_view(&key),
               "exchange.example/log1+cc7ffb32+AbnpI4hLNCOleiCj8S7v9oIxdQcHk3hjyA/DpMUX/pA6\n");
    CHECK_FAILS(E_DUPLICATE, ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    struct ledger_state s = state_of(l);
    CHECK(s.size == 0 && s.published_size == 0 && !s.read_only && s.received_ms == 0);
    CHECK_TEXT(s.origin, LOG_NAME);
    CHECK_OK(ledger_publish(l));
    CHECK(!exists(dir, "public/tile"));
    ledger_close(l);
    drop_place(&g);
}

TEST(what_was_appended_is_what_everybody_reads)
{
    static const uint64_t k_sizes[] = {1,   2,   3,    255,   256,   257,  511,
                                       512, 513, 1000, 65536, 65537, 70000};
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    for (size_t i = 0; i < COUNT_OF(k_sizes); i++) {
        while (state_of(l).size < k_sizes[i]) {
            uint64_t left = k_sizes[i] - state_of(l).size;
            CHECK_OK(append_some(l, left < 3000 ? (size_t)left : 3000, START_MS, NULL));
        }
        CHECK_OK(ledger_publish(l));
        CHECK(state_of(l).published_size == k_sizes[i]);
        CHECK(check_public(dir) == k_sizes[i]);
    }
    CHECK(exists(dir, "public/tile/entries/273.p/112"));
    CHECK(exists(dir, "public/tile/0/273.p/112"));
    CHECK(exists(dir, "public/tile/1/000") && exists(dir, "public/tile/1/001.p/17"));
    CHECK(exists(dir, "public/tile/2/000.p/1"));
    CHECK(!exists(dir, "public/tile/3"));
    ledger_close(l);
    drop_place(&g);
}

TEST(a_full_tile_replaces_its_partial_ones)
{
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 3, START_MS, NULL));
    CHECK_OK(ledger_publish(l));
    CHECK_OK(append_some(l, 252, START_MS, NULL));
    CHECK_OK(ledger_publish(l));
    CHECK(exists(dir, "public/tile/0/000.p/3") && exists(dir, "public/tile/0/000.p/255"));
    CHECK(exists(dir, "public/tile/entries/000.p/3"));
    CHECK(!exists(dir, "public/tile/1"));
    CHECK_OK(append_some(l, 1, START_MS, NULL));
    CHECK_OK(ledger_publish(l));
    CHECK(exists(dir, "public/tile/0/000") && exists(dir, "public/tile/entries/000"));
    CHECK(!exists(dir, "public/tile/0/000.p") && !exists(dir, "public/tile/entries/000.p"));
    CHECK(!exists(dir, "public/tile/0/001.p")); /* never an empty tile */
    CHECK(exists(dir, "public/tile/1/000.p/1"));
    CHECK(check_public(dir) == 256);
    ledger_close(l);
    drop_place(&g);
}

TEST(the_same_entries_give_the_same_bytes_however_they_were_grouped)
{
    CLEANUP(buf_done) struct buf one = {0}, other = {0};
    struct place other_place;
    const char *a = new_place(&g), *b = new_place(&other_place);
    CHECK_OK(ledger_create(a, log_key()));
    CHECK_OK(ledger_create(b, log_key()));
    struct ledger *l = open_log(a);
    CHECK_OK(append_some(l, 600, START_MS, NULL));
    CHECK_OK(ledger_publish(l));
    ledger_close(l);
    for (uint64_t left = 600; left > 0; left -= 50) { /* a start in between, each time */
        l = open_log(b);
        CHECK_OK(append_some(l, 20, START_MS, NULL));
        CHECK_OK(ledger_publish(l));
        CHECK_OK(append_some(l, 30, START_MS, NULL));
        ledger_close(l);
    }
    ledger_close(open_log(b));
    static const char *const k_files[] = {"public/checkpoint",
                                          "public/tile/0/000",
                                          "public/tile/0/002.p/88",
                                          "public/tile/entries/001",
                                          "public/tile/entries/002.p/88",
                                          "public/tile/1/000.p/2"};
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        read_all(a, k_files[i], &one);
        read_all(b, k_files[i], &other);
        CHECK(view_eq(buf_view(&one), buf_view(&other)));
    }
    drop_place(&g);
    drop_place(&other_place);
}

TEST(a_place_is_the_index_and_time_that_the_entry_has)
{
    struct ledger_place places[LEDGER_TILE];
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 2, START_MS, places));
    CHECK(places[0].index == 0 && places[1].index == 1);
    CHECK(places[1].received_ms == START_MS);
    CHECK_OK(append_some(l, 1, START_MS - 5000, places));
    CHECK(places[0].index == 2 && places[0].received_ms == START_MS); /* the clock went back */
    CHECK_OK(append_some(l, 0, START_MS, places));
    CHECK(state_of(l).size == 3);
    ledger_close(l);
    l = open_log(dir);
    CHECK(state_of(l).received_ms == START_MS);
    CHECK_OK(append_some(l, 253, 0, places));
    CHECK(places[0].index == 3 && places[0].received_ms == START_MS);
    CHECK_OK(ledger_publish(l));
    CHECK_OK(ledger_trim(l, 256, true));
    ledger_close(l);
    l = open_log(dir); /* a full bundle and an empty journal: the time stands in the bundle */
    CHECK(state_of(l).received_ms == START_MS);
    ledger_close(l);
    drop_place(&g);
}

TEST(a_group_with_one_item_too_large_adds_nothing)
{
    static uint8_t large[LEDGER_BESIDE_MAX_BYTES + 1];
    static struct ledger_item items[LEDGER_GROUP_MAX + 1];
    static struct ledger_place places[LEDGER_GROUP_MAX + 1];
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    items[1].note = view_of(large, LEDGER_ENTRY_MAX_BYTES);
    CHECK_FAILS(E_LIMIT, ledger_append(l, items, 3, START_MS, places));
    CHECK_MESSAGE("item 1");
    items[1] = items[0];
    items[2].beside = view_of(large, sizeof large);
    CHECK_FAILS(E_LIMIT, ledger_append(l, items, 3, START_MS, places));
    CHECK_MESSAGE("item 2");
    CHECK_FAILS(E_LIMIT, ledger_append(l, items, LEDGER_GROUP_MAX + 1, START_MS, places));
    for (size_t i = 0; i < 65; i++)
        items[i].beside = view_of(large, LEDGER_BESIDE_MAX_BYTES);
    CHECK_FAILS(E_LIMIT, ledger_append(l, items, 65, START_MS, places));
    CHECK(state_of(l).size == 0 && !state_of(l).read_only);
    CHECK_OK(ledger_append(l, items, 64, START_MS, places));
    CHECK(state_of(l).size == 64);
    ledger_close(l);
    ledger_close(open_log(dir));
    drop_place(&g);
}

TEST(the_largest_entries_fill_a_bundle)
{
    static uint8_t note[LEDGER_ENTRY_MAX_BYTES];
    static struct ledger_item items[LEDGER_TILE];
    static struct ledger_place places[LEDGER_TILE];
    CLEANUP(buf_done) struct buf bundle = {0};
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    memset(note, '\n', sizeof note);
    /* The three lines before the note have 101 bytes. */
    for (size_t i = 0; i < COUNT_OF(items); i++)
        items[i] = (struct ledger_item){.id = id_of(i),
                                        .note = view_of(note, LEDGER_ENTRY_MAX_BYTES - 101)};
    CHECK_OK(ledger_append(l, items, COUNT_OF(items), START_MS, places));
    CHECK_OK(ledger_publish(l));
    read_all(dir, "public/tile/entries/000", &bundle);
    CHECK(bundle.n == (size_t)LEDGER_TILE * (2 + LEDGER_ENTRY_MAX_BYTES));
    CHECK(check_public(dir) == LEDGER_TILE);
    ledger_close(l);
    ledger_close(open_log(dir));
    drop_place(&g);
}

TEST(entries_that_wait_for_long_do_not_fill_the_memory)
{
    static uint8_t note[60000];
    static struct ledger_item items[LEDGER_TILE];
    static struct ledger_place places[LEDGER_TILE];
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    memset(note, '\n', sizeof note);
    for (uint64_t n = 0; n < 300; n += 50) {
        for (size_t i = 0; i < 50; i++)
            items[i] = (struct ledger_item){.id = id_of(n + i), .note = view_of(note, sizeof note)};
        CHECK_OK(ledger_append(l, items, 50, START_MS, places));
    }
    CHECK(exists(dir, "public/tile/entries/000") && !exists(dir, "public/tile/entries/001.p"));
    CHECK(check_public(dir) == 0);
    CHECK_OK(ledger_publish(l));
    CHECK(check_public(dir) == 300);
    ledger_close(l);
    drop_place(&g);
}

static void count_syncs(void *context, enum file_step step, const char *path)
{
    int *n = context;
    (void)path;
    *n += step == STEP_SYNC_ALL;
}

TEST(a_public_folder_on_another_disk_is_made_durable_too)
{
    struct stat a, b;
    const char *dir = new_place(&g);
    make_log(dir, 3);
    char elsewhere[] = "/tmp/sanad-public-XXXXXX";
    CHECK(mkdtemp(elsewhere) && rmdir(elsewhere) == 0);
    CHECK(stat("/tmp", &a) == 0 && stat(dir, &b) == 0);
    if (a.st_dev == b.st_dev) {
        drop_place(&g);
        SKIP("/tmp and /dev/shm are one file system");
    }
    copy_tree(below(dir, "public"), elsewhere);
    remove_all(below(dir, "public"));
    CHECK(symlink(elsewhere, below(dir, "public")) == 0);
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 2, START_MS, NULL));
    int n = 0;
    file_watch(count_syncs, &n);
    CHECK_OK(ledger_publish(l));
    file_watch(NULL, NULL);
    CHECK(n == 2);
    CHECK(check_public(dir) == 5);
    ledger_close(l);
    remove_all(elsewhere);
    drop_place(&g);
}

/* ---- cosignatures ---- */

static struct seal_signer witness_key(const char *name)
{
    struct seal_signer key;
    uint8_t seed[SEAL_SEED_BYTES];
    CHECK_OK(seal_sha256(view_cstr(name), seed));
    CHECK_OK(seal_signer_init(view_cstr(name), SEAL_TYPE_COSIGNATURE, seed, &key));
    return key;
}

static void cosign(const char *dir, const struct seal_signer *key, uint64_t time_s, struct buf *out)
{
    struct arena mem CLEANUP(arena_done) = {0};
    struct seal_note note;
    CLEANUP(buf_done) struct buf now = {0};
    read_all(dir, "public/checkpoint", &now);
    CHECK_OK(seal_note_parse(buf_view(&now), &mem, &note));
    buf_reset(out);
    CHECK_OK(buf_add(out, note.text));
    CHECK_OK(buf_add_byte(out, '\n'));
    CHECK_OK(seal_sign_line(key, note.text, time_s, out));
}

static uint32_t lines_of(const char *dir, const struct seal_signer *key, uint64_t *out_time_s)
{
    struct arena mem CLEANUP(arena_done) = {0};
    struct seal_note note;
    const struct seal_signed *seen;
    CLEANUP(buf_done) struct buf now = {0};
    const struct seal_verifier keys[] = {seal_signer_verifier(log_key()),
                                         seal_signer_verifier(key)};
    read_all(dir, "public/checkpoint", &now);
    CHECK_OK(seal_note_parse(buf_view(&now), &mem, &note));
    CHECK_OK(seal_note_check(&note, keys, 2, &mem, &seen));
    CHECK(seen[0].holds);
    *out_time_s = seen[1].holds ? seen[1].time_s : 0;
    return note.n_lines;
}

TEST(what_witnesses_signed_stands_under_the_checkpoint)
{
    uint64_t time_s;
    CLEANUP(buf_done) struct buf first = {0}, second = {0};
    struct seal_signer w1 = witness_key("witness.example/w1"),
                       w2 = witness_key("witness.example/w2");
    const struct seal_verifier k1 = seal_signer_verifier(&w1), k2 = seal_signer_verifier(&w2);
    const char *dir = new_place(&g);
    make_log(dir, 3);
    struct ledger *l = open_log(dir);
    cosign(dir, &w1, 100, &first);
    cosign(dir, &w2, 101, &second);
    CHECK_OK(ledger_add_cosignatures(l, buf_view(&first), &k1, 1));
    CHECK_OK(ledger_add_cosignatures(l, buf_view(&second), &k2, 1));
    CHECK(lines_of(dir, &w1, &time_s) == 3 && time_s == 100);
    CHECK(lines_of(dir, &w2, &time_s) == 3 && time_s == 101);
    cosign(dir, &w1, 200, &first); /* a newer one takes the place of the older */
    CHECK_OK(ledger_add_cosignatures(l, buf_view(&first), &k1, 1));
    CHECK(lines_of(dir, &w1, &time_s) == 3 && time_s == 200);
    CHECK_FAILS(E_NOT_FOUND, ledger_add_cosignatures(l, buf_view(&first), &k2, 1));
    const struct seal_verifier own = seal_signer_verifier(log_key());
    CHECK_FAILS(E_USAGE, ledger_add_cosignatures(l, buf_view(&first), &own, 1));
    first.p[first.n - 10] ^= 4;
    rc r = ledger_add_cosignatures(l, buf_view(&first), &k1, 1);
    CHECK(r.code == E_DAMAGED || r.code == E_INPUT);
    CHECK(!state_of(l).read_only);
    ledger_close(l);
    l = open_log(dir); /* a start keeps them */
    CHECK(lines_of(dir, &w1, &time_s) == 3 && time_s == 200);
    CHECK_OK(append_some(l, 1, START_MS, NULL));
    CHECK_OK(ledger_publish(l));
    CHECK_FAILS(E_INPUT, ledger_add_cosignatures(l, buf_view(&second), &k2, 1));
    CHECK(lines_of(dir, &w1, &time_s) == 1 && check_public(dir) == 4);
    ledger_close(l);
    drop_place(&g);
}

TESTS(RUN(entries_that_wait_for_long_do_not_fill_the_memory),
      RUN(a_public_folder_on_another_disk_is_made_durable_too),
      RUN(a_new_log_shows_a_signed_empty_tree), RUN(what_was_appended_is_what_everybody_reads),
      RUN(a_full_tile_replaces_its_partial_ones),
      RUN(the_same_entries_give_the_same_bytes_however_they_were_grouped),
      RUN(a_place_is_the_index_and_time_that_the_entry_has),
      RUN(a_group_with_one_item_too_large_adds_nothing), RUN(the_largest_entries_fill_a_bundle),
      RUN(what_witnesses_signed_stands_under_the_checkpoint))
