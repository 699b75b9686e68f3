/* SPDX-License-Identifier: Apache-2.0 */
#include "tiny_log.h"

/* A log of three entries that other programs checked (x/mod/sumdb, torchwood). */
#define THEIR_CHECKPOINT                                                                      \
    TINY_NAME "\n3\nLP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNo=\n\n\u2014 " TINY_NAME        \
              " zH/7MiqSL9sJrAADbH3wDPzb3w2y2t3kb67ESTRS3J9J8Bp6osQ8JKJ1GNGF/P8TRiownm+Okfl/" \
              "ONDkyqj3VVAMEQ0=\n"
#define THEIR_WITNESS "witness.example/w1+ed8c37d6+BLDvac9mmAMfo6UM3ZhuGEswRR4MUnSlB9TyBI0y+MK1"
#define THEIR_COSIGNATURE                                                       \
    "\u2014 witness.example/w1 "                                                \
    "7Yw31gAAAABlU/EAZSvdm482KtMc+xyH5vky890IT80rKuaBdjbCJggD1zHOn4YqHsPAl7K7H" \
    "A22SO4EUjMApAIQHCF2reUooP5ECA==\n"
#define THEIR_TILE                                                     \
    "f94070abfd2da0bf72902eb13a808e794f954d9e2745c682a158f6ed0d4ac036" \
    "fb5d93e6cf90bc9470cd9ea9d9e12348993db3e854ab2b7660e3594767045f6c" \
    "3d1de776df086c1ae9f7049d2bb0c0475ad14185f987e064e8d10dcb2db4a322"
#define THEIR_BUNDLE "00077b226e223a307d00077b226e223a317d00077b226e223a327d"

struct log {
    char dir[64];
    struct arena mem;
    struct ledger_files files;
    struct seal_verifier key;
    struct ledger_reader *reader;
};

static void log_init(struct log *l)
{
    memset(l, 0, sizeof *l);
    tiny_folder(l->dir);
    arena_init(&l->mem, 0);
    CHECK_OK(ledger_folder(l->dir, &l->mem, &l->files));
    l->key = tiny_key();
}

static rc log_open(struct log *l)
{
    ledger_reader_close(l->reader);
    l->reader = NULL;
    return ledger_reader_open(&l->files, &l->key, 1, &l->reader);
}

static void log_done(struct log *l)
{
    ledger_reader_close(l->reader);
    arena_done(&l->mem);
    tiny_remove(l->dir);
}

struct seen {
    const struct tiny *tiny; /* or NULL */
    uint64_t n, next;
    struct buf text;
};

static rc see(void *context, uint64_t index, struct view entry)
{
    struct seen *s = context;
    if (s->n++ == 0) s->next = index;
    CHECK(index == s->next++);
    if (s->tiny) CHECK(view_eq(entry, buf_view(&s->tiny->entries[index])));
    if (!s->tiny) CHECK_OK(buf_add(&s->text, entry));
    return OK;
}

static void put_hex(const char *dir, const char *path, const char *hex)
{
    uint8_t bytes[128];
    CHECK_OK(seal_from_hex(view_cstr(hex), strlen(hex) / 2, bytes));
    tiny_write(dir, path, view_of(bytes, strlen(hex) / 2));
}

static void put_their_log(const char *dir)
{
    put_hex(dir, "tile/0/000.p/3", THEIR_TILE);
    put_hex(dir, "tile/entries/000.p/3", THEIR_BUNDLE);
    tiny_write(dir, "checkpoint", VIEW(THEIR_CHECKPOINT THEIR_COSIGNATURE));
}

TEST(a_log_of_another_program_is_read)
{
    struct log l;
    struct seen s = {0};
    struct seal_verifier keys[2];
    struct view note;
    uint32_t n_signed;
    log_init(&l);
    put_their_log(l.dir);
    keys[0] = l.key;
    CHECK_OK(seal_verifier_parse(VIEW(THEIR_WITNESS), &l.mem, &keys[1]));
    CHECK_OK(ledger_reader_open(&l.files, keys, 2, &l.reader));
    CHECK(ledger_reader_checkpoint(l.reader, &note, &n_signed)->size == 3 && n_signed == 2);
    CHECK_TEXT(note, THEIR_CHECKPOINT THEIR_COSIGNATURE);
    CHECK_OK(ledger_read(l.reader, 0, 100, &s, see));
    CHECK(s.n == 3);
    CHECK_TEXT(buf_view(&s.text), "{\"n\":0}{\"n\":1}{\"n\":2}");
    buf_done(&s.text);
    log_done(&l);
}

TEST(every_entry_of_logs_of_many_sizes_is_read_and_proved)
{
    static const uint64_t k_sizes[] = {0, 1, 2, 255, 256, 257, 511, 512, 700, 65535, 65536, 65793};
    struct tiny t = {.word = "a"};
    for (size_t i = 0; i < COUNT_OF(k_sizes); i++) {
        struct log l;
        struct seen s = {.tiny = &t};
        log_init(&l);
        tiny_publish(&t, l.dir, k_sizes[i]);
        CHECK_OK(log_open(&l));
        CHECK_OK(ledger_read(l.reader, 0, UINT64_MAX, &s, see));
        CHECK(s.n == k_sizes[i]);
        struct seal_source source = ledger_source(l.reader);
        struct seal_hash root = tiny_root(&t, k_sizes[i]);
        for (uint64_t at = 0; at < k_sizes[i]; at += at < 300 ? 1 : 6521) {
            struct seal_proof proof;
            CHECK_OK(seal_prove_inclusion(at, k_sizes[i], &source, &proof));
            CHECK_OK(seal_check_inclusion(&proof, &t.leaves[at], at, k_sizes[i], &root));
            struct seal_hash before = tiny_root(&t, at);
            if (at == 0) continue;
            CHECK_OK(seal_prove_consistency(at, k_sizes[i], &source, &proof));
            CHECK_OK(seal_check_consistency(&proof, at, &before, k_sizes[i], &root));
        }
        log_done(&l);
    }
    tiny_done(&t);
}

TEST(a_part_of_a_log_is_read_without_the_rest)
{
    struct log l;
    struct tiny t = {.word = "a"};
    static const struct {
        uint64_t from, n, want;
    } k_parts[] = {{0, 1, 1},   {255, 2, 2},  {256, 256, 256}, {500, 200, 200},       {699, 50, 1},
                   {700, 1, 0}, {9999, 1, 0}, {100, 0, 0},     {300, UINT64_MAX, 400}};
    log_init(&l);
    tiny_publish(&t, l.dir, 700);
    CHECK_OK(log_open(&l));
    for (size_t i = 0; i < COUNT_OF(k_parts); i++) {
        struct seen s = {.tiny = &t};
        CHECK_OK(ledger_read(l.reader, k_parts[i].from, k_parts[i].n, &s, see));
        CHECK(s.n == k_parts[i].want);
        if (s.n) CHECK(s.next == k_parts[i].from + s.n);
    }
    log_done(&l);
    tiny_done(&t);
}

static void remove_file(const char *dir, const char *path)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", dir, path);
    CHECK(unlink(whole) == 0);
}

TEST(a_reader_goes_on_while_the_log_grows)
{
    struct log l;
    struct tiny t = {.word = "a"};
    struct seen s = {.tiny = &t};
    log_init(&l);
    tiny_publish(&t, l.dir, 300);
    CHECK_OK(log_open(&l));
    /* More tiles than the checkpoint has; then the partial ones are gone. */
    tiny_grow(&t, 800);
    tiny_put_tiles(&t, l.dir, 800);
    CHECK_OK(log_open(&l));
    CHECK_OK(ledger_read(l.reader, 0, 300, &s, see));
    remove_file(l.dir, "tile/0/001.p/44");
    remove_file(l.dir, "tile/entries/001.p/44");
    s.n = 0;
    CHECK_OK(ledger_read(l.reader, 0, 300, &s, see));
    CHECK_OK(log_open(&l));
    s.n = 0;
    CHECK_OK(ledger_read(l.reader, 0, UINT64_MAX, &s, see));
    CHECK(s.n == 300);
    log_done(&l);
    tiny_done(&t);
}

static rc read_all(struct log *l, struct tiny *t)
{
    struct seen s = {.tiny = t};
    TRY(log_open(l));
    return ledger_read(l->reader, 0, UINT64_MAX, &s, see);
}

TEST(no_altered_byte_reaches_a_reader)
{
    static const char *const k_files[] = {
        "tile/0/000",       "tile/0/001.p/44",       "tile/1/000.p/1",
        "tile/entries/000", "tile/entries/001.p/44", "checkpoint"};
    struct log l;
    struct tiny t = {.word = "a"};
    log_init(&l);
    tiny_publish(&t, l.dir, 300);
    CHECK_OK(read_all(&l, &t));
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        tiny_read(l.dir, k_files[i], &bytes);
        for (size_t at = 0; at < bytes.n; at += 1 + bytes.n / 97) {
            bytes.p[at] ^= 0x04;
            tiny_write(l.dir, k_files[i], buf_view(&bytes));
            rc r = read_all(&l, &t);
            if (ok(r)) fail_msg("byte %zu of %s is altered and nobody saw it", at, k_files[i]);
            bool named = i == 5 || strstr(rc_message(), k_files[i]) || strstr(rc_message(), "root");
            if (!named) fail_msg("%s: %s", k_files[i], rc_message());
            bytes.p[at] ^= 0x04;
        }
        for (size_t n = 0; n < bytes.n; n += 1 + bytes.n / 13) {
            tiny_write(l.dir, k_files[i], view_of(bytes.p, n));
            if (ok(read_all(&l, &t))) fail_msg("%s: %zu bytes are enough", k_files[i], n);
        }
        CHECK_OK(buf_add_byte(&bytes, 0));
        tiny_write(l.dir, k_files[i], buf_view(&bytes));
        if (ok(read_all(&l, &t))) fail_msg("%s: one byte more is taken", k_files[i]);
        remove_file(l.dir, k_files[i]);
        CHECK_FAILS(E_NOT_FOUND, read_all(&l, &t));
        CHECK_MESSAGE(k_files[i]);
        bytes.n--;
        tiny_write(l.dir, k_files[i], buf_view(&bytes));
        CHECK_OK(read_all(&l, &t));
    }
    log_done(&l);
    tiny_done(&t);
}

TEST(a_checkpoint_of_another_log_or_key_is_refused)
{
    struct log l;
    struct tiny t = {.word = "a"};
    log_init(&l);
    CHECK_FAILS(E_NOT_FOUND, log_open(&l));
    tiny_publish(&t, l.dir, 3);
    struct seal_signer other = tiny_signer(TINY_NAME, SEAL_TYPE_ED25519, "log2");
    l.key = seal_signer_verifier(&other);
    CHECK_FAILS(E_DAMAGED, log_open(&l));
    CHECK_MESSAGE("not signed by");
    other = tiny_signer("another.example/log", SEAL_TYPE_ED25519, "log1");
    l.key = seal_signer_verifier(&other);
    CHECK_FAILS(E_DAMAGED, log_open(&l));
    CHECK_MESSAGE("not of another.example/log");
    CHECK_FAILS(E_USAGE, ledger_reader_open(&l.files, NULL, 0, &l.reader));
    log_done(&l);
    tiny_done(&t);
}

TEST(who_has_the_files_alone_finds_the_key_that_lies_with_them)
{
    struct log l;
    struct tiny t = {.word = "a"};
    struct seal_verifier key = {.type = 9};
    struct buf note = {0};
    struct view checked;
    log_init(&l);
    CHECK_FAILS(E_NOT_FOUND, ledger_read_key(&l.files, &l.mem, &key));
    CHECK_FAILS(E_NOT_FOUND, ledger_read_checkpoint(&l.files, &note));
    tiny_publish(&t, l.dir, 3);
    CHECK_OK(log_open(&l));
    CHECK_OK(ledger_read_checkpoint(&l.files, &note));
    ledger_reader_checkpoint(l.reader, &checked, NULL);
    CHECK(view_eq(buf_view(&note), checked));
    CHECK_OK(ledger_read_key(&l.files, &l.mem, &key));
    CHECK(seal_verifier_eq(&key, &l.key));
    tiny_write(l.dir, "key", VIEW("exchange.example/log1\n"));
    CHECK_FAILS(E_INPUT, ledger_read_key(&l.files, &l.mem, &key));
    CHECK_MESSAGE("key: ");
    CHECK(seal_verifier_eq(&key, &l.key));
    buf_done(&note);
    log_done(&l);
    tiny_done(&t);
}

TEST(an_id_is_found_and_its_proof_convinces_others)
{
    struct log l;
    struct tiny t = {.word = "a"};
    CLEANUP(buf_done) struct buf file = {0};
    struct ledger_entry e;
    struct seal_proof_file proof;
    uint64_t index = 77;
    log_init(&l);
    tiny_publish(&t, l.dir, 700);
    CHECK_OK(log_open(&l));
    CHECK_OK(ledger_entry_parse(buf_view(&t.entries[513]), &e));
    CHECK_OK(ledger_find(l.reader, &e.id, &index));
    CHECK(index == 513);
    CHECK_OK(ledger_prove(l.reader, index, buf_view(&t.entries[513]), &file));
    CHECK_OK(seal_proof_file_parse(buf_view(&file), &l.mem, &proof));
    CHECK(proof.index == 513 && view_eq(proof.extra, buf_view(&t.entries[513])));
    struct signed_checkpoint c;
    CHECK_OK(checkpoint_check(proof.checkpoint, &l.key, 1, &l.mem, &c));
    CHECK_OK(seal_check_inclusion(&proof.proof, &t.leaves[513], 513, c.tree.size, &c.tree.root));
    e.id.bytes[5] ^= 1;
    CHECK_FAILS(E_NOT_FOUND, ledger_find(l.reader, &e.id, &index));
    CHECK(index == 513);
    buf_reset(&file);
    CHECK_FAILS(E_INPUT, ledger_prove(l.reader, 700, VIEW(""), &file));
    CHECK(file.n == 0);
    log_done(&l);
    tiny_done(&t);
}

static rc refuse(void *context, uint64_t index, struct view entry)
{
    (void)context;
    (void)entry;
    return FAIL(E_INTERRUPTED, "enough at %llu", (unsigned long long)index);
}

TEST(who_reads_may_stop)
{
    struct log l;
    struct tiny t = {.word = "a"};
    log_init(&l);
    tiny_publish(&t, l.dir, 3);
    CHECK_OK(log_open(&l));
    CHECK_FAILS(E_INTERRUPTED, ledger_read(l.reader, 1, 2, NULL, refuse));
    CHECK_MESSAGE("at 1");
    log_done(&l);
    tiny_done(&t);
}

TEST(a_lack_of_memory_is_told)
{
    struct log l;
    struct tiny t = {.word = "a"};
    log_init(&l);
    tiny_publish(&t, l.dir, 300);
    CHECK_EVERY_ALLOCATION(read_all(&l, &t), (void)0);
    log_done(&l);
    tiny_done(&t);
}

TESTS(RUN(a_log_of_another_program_is_read),
      RUN(every_entry_of_logs_of_many_sizes_is_read_and_proved),
      RUN(a_part_of_a_log_is_read_without_the_rest), RUN(a_reader_goes_on_while_the_log_grows),
      RUN(no_altered_byte_reaches_a_reader), RUN(a_checkpoint_of_another_log_or_key_is_refused),
      RUN(who_has_the_files_alone_finds_the_key_that_lies_with_them),
      RUN(an_id_is_found_and_its_proof_convinces_others), RUN(who_reads_may_stop),
      RUN(a_lack_of_memory_is_told))
