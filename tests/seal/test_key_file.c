/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#define ORG "checker.example"
#define CREATED "2026-11-22T10:15:00.000Z"
#define LATER "2027-11-22T10:15:00.000Z"
#define PASSPHRASE "từ khóa dài 🔑"

static const struct {
    enum seal_purpose purpose;
    const char *name;
} k_keys[] = {
    {SEAL_AUTHOR, ORG},
    {SEAL_REVIEWER, ORG "/reviewer"},
    {SEAL_LOG, "log." ORG},
    {SEAL_LOG, ORG "/log1"},
    {SEAL_WITNESS, ORG "/witness"},
    {SEAL_MIRROR, "m.log." ORG "/mirror"},
    {SEAL_RECOVERY, ORG "/recovery"},
};

static struct seal_signer key_of(size_t i)
{
    return signer(k_keys[i].name, seal_purpose_type(k_keys[i].purpose), "a");
}

static void write_file(const char *passphrase, struct buf *out)
{
    struct seal_signer key = key_of(0);
    CHECK_OK(seal_key_file_write(&key, SEAL_AUTHOR, VIEW(ORG), VIEW(CREATED), view_cstr(passphrase),
                                 out));
    seal_signer_done(&key);
}

TEST(a_key_of_each_purpose_comes_back_from_its_file)
{
    for (size_t i = 0; i < COUNT_OF(k_keys); i++) {
        CLEANUP(arena_done) struct arena mem;
        CLEANUP(buf_done) struct buf out = {0};
        struct seal_key_file file;
        struct seal_signer key = key_of(i), again;
        arena_init(&mem, 0);
        CHECK_OK(
            seal_key_file_write(&key, k_keys[i].purpose, VIEW(ORG), VIEW(CREATED), VIEW(""), &out));
        CHECK_OK(seal_key_file_parse(buf_view(&out), &mem, &file));
        CHECK_TEXT(file.org, ORG);
        CHECK_TEXT(file.created, CREATED);
        CHECK(file.purpose == k_keys[i].purpose && !file.sealed && file.state == SEAL_CURRENT);
        CHECK(file.public_half.id == key.id && file.ended.n == 0);
        CHECK_OK(seal_key_file_open(&file, VIEW(""), &mem, &again));
        CHECK(memcmp(again.secret, key.secret, sizeof key.secret) == 0);
        CHECK_TEXT(again.name, k_keys[i].name);
        CHECK(seal_purpose_find(view_cstr(seal_purpose_name(file.purpose))) == file.purpose);
    }
}

TEST(a_stolen_file_with_a_passphrase_tells_no_secret)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf out = {0}, line = {0};
    struct seal_key_file file;
    struct seal_signer key = key_of(0), again = {.id = 7};
    arena_init(&mem, 0);
    write_file(PASSPHRASE, &out);
    CHECK_OK(seal_signer_print(&key, &line));
    struct view secret = view_slice(buf_view(&line), line.n - 44, 43);
    CHECK(memmem(out.p, out.n, secret.p, secret.n) == NULL);
    CHECK(memmem(out.p, out.n, key.secret, 8) == NULL);
    CHECK_OK(seal_key_file_parse(buf_view(&out), &mem, &file));
    CHECK(file.sealed);
    CHECK_FAILS(E_USAGE, seal_key_file_open(&file, VIEW(""), &mem, &again));
    CHECK_FAILS(E_DAMAGED, seal_key_file_open(&file, VIEW(PASSPHRASE " "), &mem, &again));
    CHECK(again.id == 7);
    CHECK_OK(seal_key_file_open(&file, VIEW(PASSPHRASE), &mem, &again));
    CHECK(memcmp(again.secret, key.secret, sizeof key.secret) == 0);
}

TEST(nobody_gives_a_sealed_key_another_purpose_or_birthday)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_key_file file;
    struct seal_signer key = key_of(0);
    arena_init(&mem, 0);
    write_file(PASSPHRASE, &out);
    uint8_t *year = memmem(out.p, out.n, "created: 2026", 13);
    year[12] = '5';
    CHECK_OK(seal_key_file_parse(buf_view(&out), &mem, &file));
    CHECK_FAILS(E_DAMAGED, seal_key_file_open(&file, VIEW(PASSPHRASE), &mem, &key));
}

TEST(a_public_line_of_another_key_is_found_out)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf out = {0}, mixed = {0};
    struct seal_key_file file;
    struct seal_signer key = key_of(0), other = signer(ORG, SEAL_TYPE_ED25519, "b");
    arena_init(&mem, 0);
    write_file("", &out);
    uint8_t *secret = memmem(out.p, out.n, "PRIVATE", 7);
    CHECK_OK(buf_add(&mixed, view_of(out.p, (size_t)(secret - out.p))));
    CHECK_OK(seal_signer_print(&other, &mixed));
    CHECK_OK(buf_add_byte(&mixed, '\n'));
    CHECK_OK(seal_key_file_parse(buf_view(&mixed), &mem, &file));
    CHECK_FAILS(E_DAMAGED, seal_key_file_open(&file, VIEW(""), &mem, &key));
}

TEST(an_old_key_is_marked_without_its_passphrase_and_stays_usable)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf out = {0}, retired = {0}, revoked = {0}, more = {0};
    struct seal_key_file file;
    struct seal_signer key;
    arena_init(&mem, 0);
    write_file(PASSPHRASE, &out);
    CHECK_OK(seal_key_file_parse(buf_view(&out), &mem, &file));
    CHECK_OK(seal_key_file_mark(&file, SEAL_RETIRED, VIEW(LATER), &retired));
    CHECK_FAILS(E_USAGE, seal_key_file_mark(&file, SEAL_CURRENT, VIEW(LATER), &more));
    CHECK_FAILS(E_INPUT, seal_key_file_mark(&file, SEAL_RETIRED, VIEW("today"), &more));
    CHECK_OK(seal_key_file_parse(buf_view(&retired), &mem, &file));
    CHECK(file.state == SEAL_RETIRED);
    CHECK_TEXT(file.ended, LATER);
    CHECK_OK(seal_key_file_mark(&file, SEAL_REVOKED, VIEW(LATER), &revoked));
    CHECK_OK(seal_key_file_parse(buf_view(&revoked), &mem, &file));
    CHECK(file.state == SEAL_REVOKED);
    CHECK_FAILS(E_INPUT, seal_key_file_mark(&file, SEAL_RETIRED, VIEW(LATER), &more));
    CHECK(more.n == 0);
    CHECK_OK(seal_key_file_open(&file, VIEW(PASSPHRASE), &mem, &key));
    CHECK_TEXT(key.name, ORG);
}

TEST(a_key_of_another_program_is_read_but_has_no_purpose)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_key_file file;
    struct seal_signer key;
    arena_init(&mem, 0);
    static const char *const k_files[] = {NEUMANN_SECRET, NEUMANN_SECRET "\n"};
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        CHECK_OK(seal_key_file_parse(view_cstr(k_files[i]), &mem, &file));
        CHECK(file.purpose == SEAL_NO_PURPOSE && file.org.n == 0 && !file.sealed);
        CHECK_OK(seal_key_file_open(&file, VIEW(""), &mem, &key));
        CHECK(key.id == 0xc74f20a3 && file.public_half.id == key.id);
        CHECK_FAILS(E_INPUT, seal_key_file_mark(&file, SEAL_RETIRED, VIEW(LATER), &out));
    }
}

TEST(a_name_says_whose_key_it_is)
{
    static const struct {
        enum seal_purpose purpose;
        const char *name;
        bool fits;
    } k_cases[] = {
        {SEAL_AUTHOR, ORG, true},
        {SEAL_AUTHOR, ORG "/author", false},
        {SEAL_AUTHOR, "a." ORG, false},
        {SEAL_AUTHOR, "", false},
        {SEAL_REVIEWER, ORG, false},
        {SEAL_REVIEWER, ORG "/", false},
        {SEAL_REVIEWER, ORG "/r", true},
        {SEAL_LOG, "." ORG, false},
        {SEAL_LOG, "l." ORG, true},
        {SEAL_LOG, "my" ORG, false},
        {SEAL_LOG, "other.example/" ORG, false},
        {SEAL_LOG, "example", false},
    };
    for (size_t i = 0; i < COUNT_OF(k_cases); i++)
        CHECK(seal_purpose_fits(k_cases[i].purpose, VIEW(ORG), view_cstr(k_cases[i].name)) ==
              k_cases[i].fits);
    CHECK(!seal_purpose_fits(SEAL_AUTHOR, VIEW(""), VIEW("")));
}

TEST(a_key_is_not_written_for_what_it_cannot_do)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_signer author = key_of(0), witness = key_of(4);
    char long_phrase[SEAL_PASSPHRASE_MAX_BYTES + 1];
    memset(long_phrase, 'x', sizeof long_phrase);
    struct view none = VIEW(""), org = VIEW(ORG), created = VIEW(CREATED);
    CHECK_FAILS(E_INPUT, seal_key_file_write(&author, SEAL_NO_PURPOSE, org, created, none, &out));
    CHECK_FAILS(E_INPUT, seal_key_file_write(&author, SEAL_WITNESS, org, created, none, &out));
    CHECK_FAILS(E_INPUT, seal_key_file_write(&witness, SEAL_LOG, org, created, none, &out));
    CHECK_FAILS(E_INPUT,
                seal_key_file_write(&author, SEAL_AUTHOR, VIEW("b.example"), created, none, &out));
    CHECK_FAILS(E_INPUT, seal_key_file_write(&author, SEAL_AUTHOR, org, VIEW("now"), none, &out));
    CHECK_FAILS(E_LIMIT, seal_key_file_write(&author, SEAL_AUTHOR, org, created,
                                             view_of(long_phrase, sizeof long_phrase), &out));
    CHECK(out.n == 0);
}

static rc parse(struct view bytes)
{
    CLEANUP(arena_done) struct arena mem;
    struct seal_key_file file;
    arena_init(&mem, 0);
    return seal_key_file_parse(bytes, &mem, &file);
}

TEST(half_a_key_file_is_refused_at_every_byte)
{
    for (int sealed = 0; sealed < 2; sealed++) {
        CLEANUP(buf_done) struct buf out = {0};
        write_file(sealed ? PASSPHRASE : "", &out);
        for (size_t n = 0; n < out.n; n++)
            CHECK(!ok(parse(view_of(out.p, n))) || n == 0);
        CHECK_OK(parse(buf_view(&out)));
        CHECK_OK(buf_add_byte(&out, '\n'));
        CHECK_FAILS(E_INPUT, parse(buf_view(&out)));
    }
    CHECK_FAILS(E_INPUT, parse(VIEW("")));
}

#define HEAD                                                                     \
    "# sanad key 1\n# org: " ORG "\n# purpose: author\n# created: " CREATED "\n" \
    "# public: " ORG "+b09dfffb+AerhyHk7VZfEs/SQ52rDEXLEOWkPjuFBQruFGmH5pJ8O\n"
#define SALT "AAECAwQFBgcICQoLDA0ODw=="
#define NONCE "AAECAwQFBgcICQoLDA0ODwABAgMEBQYH"
#define BOX "AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8AAQIDBAUGBwgJCgsMDQ4P"

TEST(a_file_that_asks_for_harmful_work_or_is_mangled_is_refused)
{
    static const struct {
        const char *file;
        enum err expected;
    } k_cases[] = {
        {HEAD "SEALED argon2id13 1 8192 " SALT " " NONCE " " BOX "\n", E_OK},
        {HEAD "SEALED argon2id13 16 1073741824 " SALT " " NONCE " " BOX "\n", E_OK},
        {HEAD "SEALED argon2id13 0 8192 " SALT " " NONCE " " BOX "\n", E_LIMIT},
        {HEAD "SEALED argon2id13 17 8192 " SALT " " NONCE " " BOX "\n", E_LIMIT},
        {HEAD "SEALED argon2id13 1 8191 " SALT " " NONCE " " BOX "\n", E_LIMIT},
        {HEAD "SEALED argon2id13 1 1073741825 " SALT " " NONCE " " BOX "\n", E_LIMIT},
        {HEAD "SEALED argon2id13 01 8192 " SALT " " NONCE " " BOX "\n", E_INPUT},
        {HEAD "SEALED argon2id13 1 8192 " SALT " " NONCE "\n", E_INPUT},
        {HEAD "SEALED scrypt 1 8192 " SALT " " NONCE " " BOX "\n", E_VERSION},
        {HEAD "# retired: " LATER "\nSEALED argon2id13 1 8192 " SALT " " NONCE " " BOX "\n", E_OK},
        {HEAD "# retired: soon\nSEALED argon2id13 1 8192 " SALT " " NONCE " " BOX "\n", E_INPUT},
        {HEAD "# current: " LATER "\nSEALED argon2id13 1 8192 " SALT " " NONCE " " BOX "\n",
         E_INPUT},
        {"# sanad key 2\n", E_VERSION},
        {"# sanad key 1\r\n", E_INPUT},
        {"# sanad key 1\n# purpose: author\n", E_INPUT},
        {"hello", E_INPUT},
    };
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        rc r = parse(view_cstr(k_cases[i].file));
        if (r.code != k_cases[i].expected)
            fail_msg("%zu: error %d: %s", i, (int)r.code, rc_message());
    }
    static uint8_t big[SEAL_KEY_FILE_MAX_BYTES + 1];
    CHECK_FAILS(E_LIMIT, parse(view_of(big, sizeof big)));
}

static rc write_and_open(struct buf *out)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf marked = {0};
    struct seal_signer key = key_of(0), again;
    struct seal_key_file file;
    arena_init(&mem, 0);
    TRY(seal_key_file_write(&key, SEAL_AUTHOR, VIEW(ORG), VIEW(CREATED), VIEW(""), out));
    TRY(seal_key_file_parse(buf_view(out), &mem, &file));
    TRY(seal_key_file_mark(&file, SEAL_RETIRED, VIEW(LATER), &marked));
    return seal_key_file_open(&file, VIEW(""), &mem, &again);
}

TEST(no_memory_is_said_and_leaves_nothing)
{
    CLEANUP(buf_done) struct buf out = {0};
    CHECK_EVERY_ALLOCATION(write_and_open(&out), buf_done(&out));
}

TESTS(RUN(a_key_of_each_purpose_comes_back_from_its_file),
      RUN(a_stolen_file_with_a_passphrase_tells_no_secret),
      RUN(nobody_gives_a_sealed_key_another_purpose_or_birthday),
      RUN(a_public_line_of_another_key_is_found_out),
      RUN(an_old_key_is_marked_without_its_passphrase_and_stays_usable),
      RUN(a_key_of_another_program_is_read_but_has_no_purpose), RUN(a_name_says_whose_key_it_is),
      RUN(a_key_is_not_written_for_what_it_cannot_do),
      RUN(half_a_key_file_is_refused_at_every_byte),
      RUN(a_file_that_asks_for_harmful_work_or_is_mangled_is_refused),
      RUN(no_memory_is_said_and_leaves_nothing))
