/* SPDX-License-Identifier: Apache-2.0
 *
 * Small logs for the tests of reading: a folder of tiles, bundles and a checkpoint, made from the
 * text of the C2SP pages with seal alone, so that what is read was not written by the same code.
 * Entry i depends on a word and on i: logs of two words are forks from the entry where the second
 * word begins.
 */
#ifndef SANAD_TESTS_LEDGER_TINY_LOG_H
#define SANAD_TESTS_LEDGER_TINY_LOG_H

#include "ledger/reading_int.h"
#include "test.h"

#include <dirent.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#define TINY_NAME "exchange.example/log1"
#define TINY_KEY TINY_NAME "+cc7ffb32+AbnpI4hLNCOleiCj8S7v9oIxdQcHk3hjyA/DpMUX/pA6"

static inline struct seal_signer tiny_signer(const char *name, uint8_t type, const char *word)
{
    uint8_t seed[SEAL_SEED_BYTES];
    struct seal_signer key;
    CHECK_OK(seal_sha256(view_cstr(word), seed));
    CHECK_OK(seal_signer_init(view_cstr(name), type, seed, &key));
    return key;
}

static inline struct seal_verifier tiny_key(void)
{
    static struct seal_signer signer;
    signer = tiny_signer(TINY_NAME, SEAL_TYPE_ED25519, "log1");
    return seal_signer_verifier(&signer);
}

/* ---- folders ---- */

static inline void tiny_folder(char path[64])
{
    strcpy(path, "/tmp/sanad-ledger-XXXXXX");
    CHECK(mkdtemp(path) != NULL);
}

static inline int tiny_remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
    (void)st;
    (void)flag;
    (void)f;
    return remove(path);
}

static inline void tiny_remove(const char *dir)
{
    nftw(dir, tiny_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void tiny_read(const char *dir, const char *path, struct buf *out)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", dir, path);
    buf_reset(out);
    CHECK_OK(file_read(whole, 1 << 26, out));
}

static inline void tiny_write(const char *dir, const char *path, struct view bytes)
{
    CHECK_OK(folder_put(dir, path, bytes, false));
}

/* ---- entries and trees ---- */

struct tiny {
    uint64_t size, cap, fork_at; /* from fork_at on, entries are of the other word */
    const char *word, *other;
    struct buf *entries;
    struct seal_hash *leaves;
};

static inline void tiny_entry(const struct tiny *t, uint64_t i, struct buf *out)
{
    struct ledger_entry e = {.received_ms = 1700000000000 + (int64_t)i};
    CLEANUP(buf_done) struct buf note = {0};
    static struct seal_signer author;
    char text[80];
    int n = snprintf(text, sizeof text, "{\"n\":%llu,\"word\":\"%s\"}\n", (unsigned long long)i,
                     i < t->fork_at ? t->word : t->other);
    CHECK_OK(seal_sha256(view_of(text, (size_t)n), e.id.bytes));
    if (i % 3 == 0) { /* the others are records that are not for everybody */
        if (!author.name.n) author = tiny_signer("author.example", SEAL_TYPE_ED25519, "author");
        CHECK_OK(seal_note_write(view_of(text, (size_t)n), &author, 1, &note));
        e.note = buf_view(&note);
    }
    CHECK_OK(ledger_entry_write(&e, out));
}

static inline void tiny_grow(struct tiny *t, uint64_t size)
{
    if (t->fork_at == 0 && !t->other) t->fork_at = UINT64_MAX;
    if (size > t->cap) {
        t->cap = size;
        t->entries = realloc(t->entries, size * sizeof *t->entries);
        t->leaves = realloc(t->leaves, size * sizeof *t->leaves);
        CHECK(t->entries && t->leaves);
    }
    for (; t->entries && t->leaves && t->size < size; t->size++) {
        t->entries[t->size] = (struct buf){0};
        tiny_entry(t, t->size, &t->entries[t->size]);
        CHECK_OK(seal_hash_leaf(buf_view(&t->entries[t->size]), &t->leaves[t->size]));
    }
}

static inline void tiny_done(struct tiny *t)
{
    for (uint64_t i = 0; i < t->size; i++)
        buf_done(&t->entries[i]);
    free(t->entries);
    free(t->leaves);
    *t = (struct tiny){0};
}

static inline struct seal_hash tiny_root(const struct tiny *t, uint64_t size)
{
    struct seal_hash root;
    CHECK_OK(seal_hash_tree(t->leaves, size, &root));
    return root;
}

/* The hash of level `level` (256-fold) at `index`. */
static inline struct seal_hash tiny_hash(const struct tiny *t, int level, uint64_t index)
{
    struct seal_hash h;
    uint64_t n = UINT64_C(1) << (8 * level);
    CHECK_OK(seal_hash_tree(t->leaves + index * n, n, &h));
    return h;
}

/* ---- files ---- */

static inline void tiny_put_tile(const struct tiny *t, const char *dir, int level, uint64_t index,
                                 uint32_t width)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    char path[LEDGER_PATH_BYTES];
    for (uint32_t i = 0; i < width; i++) {
        uint64_t at = index * 256 + i;
        if (level < 0) {
            CHECK_OK(bundle_add(buf_view(&t->entries[at]), &bytes));
        } else {
            struct seal_hash h = tiny_hash(t, level, at);
            CHECK_OK(buf_add(&bytes, view_of(h.bytes, sizeof h.bytes)));
        }
    }
    ledger_tile_path(level, index, width, path);
    tiny_write(dir, path, buf_view(&bytes));
}

/* Everything of the tree of this size, as a log writes it. */
static inline void tiny_put_tiles(const struct tiny *t, const char *dir, uint64_t size)
{
    for (int level = -1; level < 3; level++) {
        uint64_t n = size >> (level < 0 ? 0 : 8 * level);
        for (uint64_t at = 0; at < n; at += 256)
            tiny_put_tile(t, dir, level, at / 256, (uint32_t)(n - at < 256 ? n - at : 256));
    }
}

static inline void tiny_checkpoint(const struct tiny *t, uint64_t size, struct buf *out)
{
    struct seal_signer key = tiny_signer(TINY_NAME, SEAL_TYPE_ED25519, "log1");
    CLEANUP(buf_done) struct buf text = {0};
    struct seal_checkpoint c = {.origin = key.name, .size = size, .root = tiny_root(t, size)};
    CHECK_OK(seal_checkpoint_print(&c, &text));
    CHECK_OK(seal_note_write(buf_view(&text), &key, 1, out));
}

static inline void tiny_put_checkpoint(const struct tiny *t, const char *dir, uint64_t size)
{
    CLEANUP(buf_done) struct buf note = {0};
    tiny_checkpoint(t, size, &note);
    tiny_write(dir, "checkpoint", buf_view(&note));
    tiny_write(dir, "key", VIEW(TINY_KEY "\n"));
}

/* A log in dir that has this size now. */
static inline void tiny_publish(struct tiny *t, const char *dir, uint64_t size)
{
    tiny_grow(t, size);
    tiny_put_tiles(t, dir, size);
    tiny_put_checkpoint(t, dir, size);
}

#endif
