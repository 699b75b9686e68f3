/* SPDX-License-Identifier: Apache-2.0
 *
 * Logs for the tests of ledger: a scratch folder, a key, entries that are known by their number,
 * and a look at what stands in the public folder, with its own few lines of reading. */
#ifndef SANAD_TESTS_LEDGER_LOGS_H
#define SANAD_TESTS_LEDGER_LOGS_H

#include "ledger/ledger.h"
#include "test.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_NAME "exchange.example/log1"
#define START_MS 1700000000000

enum { TEST_PATH = 512 };

/* ---- folders ---- */

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st, (void)flag, (void)at;
    return remove(path);
}

static inline void remove_all(const char *path)
{
    if (access(path, F_OK) == 0) CHECK(nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS) == 0);
}

/* A scratch folder and the place of a log in it; in memory where the system has such a place. */
struct place {
    char base[TEST_PATH / 2], dir[TEST_PATH];
};
static inline const char *new_place(struct place *p)
{
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(p->base, sizeof p->base, "%s/sanad-ledger-XXXXXX", base);
    CHECK(mkdtemp(p->base) != NULL);
    snprintf(p->dir, sizeof p->dir, "%s/log", p->base);
    return p->dir;
}
static inline void drop_place(struct place *p)
{
    remove_all(p->base);
}

/* "dir/name", for a few calls. */
static inline const char *below(const char *dir, const char *name)
{
    static char paths[8][TEST_PATH];
    static unsigned next;
    char *path = paths[next++ % 8];
    size_t a = strlen(dir), b = strlen(name);
    CHECK(a + b + 2 <= TEST_PATH);
    memcpy(path, dir, a);
    path[a] = '/';
    memcpy(path + a + 1, name, b + 1);
    return path;
}

static inline bool exists(const char *dir, const char *name)
{
    return access(below(dir, name), F_OK) == 0;
}

static inline void copy_tree(const char *from, const char *to)
{
    char command[3 * TEST_PATH];
    snprintf(command, sizeof command, "cp -a '%s' '%s'", from, to);
    CHECK(system(command) == 0);
}

static inline void read_all(const char *dir, const char *name, struct buf *out)
{
    buf_reset(out);
    CHECK_OK(file_read(below(dir, name), 1 << 28, out));
}

static inline void write_all(const char *dir, const char *name, struct view bytes)
{
    FILE *f = fopen(below(dir, name), "wb");
    CHECK(f != NULL);
    CHECK(fwrite(bytes.p, 1, bytes.n, f) == bytes.n);
    CHECK(fclose(f) == 0);
}

/* ---- keys and items ---- */

static inline const struct seal_signer *log_key(void)
{
    static struct seal_signer key;
    uint8_t seed[SEAL_SEED_BYTES];
    CHECK_OK(seal_sha256(VIEW("log1"), seed));
    CHECK_OK(seal_signer_init(VIEW(LOG_NAME), SEAL_TYPE_ED25519, seed, &key));
    return &key;
}

/* The id, note and beside of an entry are told by its number. */
static inline struct seal_hash id_of(uint64_t number)
{
    struct seal_hash h = {{0}};
    memcpy(h.bytes, &number, sizeof number);
    return h;
}

enum { BESIDE_BYTES = 24 };
static inline struct ledger_item item_of(uint64_t number, char text[BESIDE_BYTES])
{
    snprintf(text, BESIDE_BYTES, "secret %llu", (unsigned long long)number);
    return (struct ledger_item){.id = id_of(number),
                                .note = number % 3 ? VIEW("a note\n\n\u2014 a key\n") : VIEW(""),
                                .beside = number % 2 ? view_cstr(text) : VIEW("")};
}

/* n items numbered from the size on, in one group. */
static inline rc append_some(struct ledger *l, size_t n, int64_t now_ms,
                             struct ledger_place *out_places)
{
    static struct ledger_item items[LEDGER_GROUP_MAX];
    static char texts[LEDGER_GROUP_MAX][BESIDE_BYTES];
    static struct ledger_place places[LEDGER_GROUP_MAX];
    struct ledger_state s;
    ledger_state(l, &s);
    for (size_t i = 0; i < n; i++)
        items[i] = item_of(s.size + i, texts[i]);
    return ledger_append(l, items, n, now_ms, out_places ? out_places : places);
}

static inline struct ledger *open_log(const char *dir)
{
    struct ledger *l = NULL;
    CHECK_OK(ledger_open(dir, log_key(), NULL, &l));
    return l;
}

static inline struct ledger_state state_of(const struct ledger *l)
{
    struct ledger_state s;
    ledger_state(l, &s);
    return s;
}

/* A log of n entries, published, closed. */
static inline void make_log(const char *dir, uint64_t n)
{
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    while (n > 0) {
        size_t some = n < LEDGER_GROUP_MAX ? (size_t)n : LEDGER_GROUP_MAX;
        CHECK_OK(append_some(l, some, START_MS, NULL));
        n -= some;
    }
    CHECK_OK(ledger_publish(l));
    ledger_close(l);
}

/* ---- what an outsider reads ---- */

/* The checkpoint in place, whose signature holds. */
static inline struct seal_checkpoint checkpoint_of(const char *dir, struct arena *mem)
{
    struct buf text = {0};
    struct view bytes;
    struct seal_note note;
    struct seal_checkpoint c;
    const struct seal_signed *seen;
    const struct seal_verifier key = seal_signer_verifier(log_key());
    read_all(dir, "public/checkpoint", &text);
    CHECK_OK(arena_copy(mem, buf_view(&text), &bytes));
    buf_done(&text);
    CHECK_OK(seal_note_parse(bytes, mem, &note));
    CHECK_OK(seal_note_check(&note, &key, 1, mem, &seen));
    CHECK_OK(seal_checkpoint_parse(note.text, &c));
    return c;
}

/* A tile as a client fetches it: the partial one, else the full one cut. */
static inline struct view tile_of(const char *dir, int level, uint64_t index, uint32_t width,
                                  struct buf *out)
{
    char path[LEDGER_PATH_BYTES + 8] = "public/";
    ledger_tile_path(level, index, width, path + 7);
    if (!exists(dir, path)) ledger_tile_path(level, index, LEDGER_TILE, path + 7);
    read_all(dir, path, out);
    return buf_view(out);
}

/* Leaf hashes of all entries that a checkpoint covers, from the bundles; each entry parsed, the
 * tiles of all levels held against them. Freed with free. */
static inline struct seal_hash *leaves_of(const char *dir, uint64_t size)
{
    struct seal_hash *leaves = calloc(size ? size : 1, sizeof *leaves);
    struct buf bundle = {0};
    int64_t before = 0;
    for (uint64_t i = 0, at = 0; i < size; i++) {
        struct ledger_entry entry;
        uint32_t width = size - i < LEDGER_TILE ? (uint32_t)(size - i) : LEDGER_TILE;
        if (i % LEDGER_TILE == 0) {
            tile_of(dir, -1, i / LEDGER_TILE, width, &bundle);
            at = 0;
        }
        CHECK(at + 2 <= bundle.n);
        size_t n = (size_t)(bundle.p[at] << 8 | bundle.p[at + 1]);
        CHECK(at + 2 + n <= bundle.n);
        struct view bytes = view_of(bundle.p + at + 2, n);
        CHECK_OK(ledger_entry_parse(bytes, &entry));
        const struct seal_hash id = id_of(i);
        CHECK(memcmp(&entry.id, &id, sizeof id) == 0);
        CHECK(entry.received_ms >= before);
        before = entry.received_ms;
        CHECK_OK(seal_hash_leaf(bytes, &leaves[i]));
        at += 2 + n;
    }
    buf_done(&bundle);
    return leaves;
}

static inline void check_tiles_of(const char *dir, const struct seal_hash *leaves, uint64_t size)
{
    struct buf tile = {0};
    struct seal_hash *row = calloc(size ? size : 1, sizeof *row);
    memcpy(row, leaves, size * sizeof *row);
    for (int level = 0; size > 0; level++, size /= LEDGER_TILE) {
        for (uint64_t i = 0; i < size; i += LEDGER_TILE) {
            uint32_t width = size - i < LEDGER_TILE ? (uint32_t)(size - i) : LEDGER_TILE;
            struct view got = tile_of(dir, level, i / LEDGER_TILE, width, &tile);
            CHECK(got.n >= width * sizeof *row);
            CHECK(memcmp(got.p, &row[i], width * sizeof *row) == 0);
        }
        for (uint64_t i = 0; i < size / LEDGER_TILE; i++)
            CHECK_OK(seal_hash_tree(&row[i * LEDGER_TILE], LEDGER_TILE, &row[i]));
    }
    free(row);
    buf_done(&tile);
}

/* Everything that the checkpoint in place covers is there, and leads to its root. */
static inline uint64_t check_public(const char *dir)
{
    struct arena mem = {0};
    struct seal_hash root;
    struct seal_checkpoint c = checkpoint_of(dir, &mem);
    struct seal_hash *leaves = leaves_of(dir, c.size);
    CHECK_OK(seal_hash_tree(leaves, c.size, &root));
    CHECK(memcmp(&root, &c.root, sizeof root) == 0);
    check_tiles_of(dir, leaves, c.size);
    free(leaves);
    arena_done(&mem);
    return c.size;
}

#endif
