/* SPDX-License-Identifier: Apache-2.0
 *
 * What reading costs: proofs out of a folder of many hashes (made up, the bundles are missing), and
 * the reading and verification of a log of real entries.
 *
 *   bench_reading FOLDER HASHES ENTRIES       FOLDER is made, and must not be there
 */
#include "tiny_log.h"

enum { N_PROOFS = 4000, LEVELS = 5 };

static double ms_since(uint64_t from)
{
    return (double)(clock_mono_ns() - from) / 1e6;
}

/* ---- a tree of hashes ---- */

struct growing {
    const char *dir;
    uint64_t n[LEVELS];
    struct seal_hash row[LEVELS][LEDGER_TILE];
};

static void put_row(const struct growing *g, int level, uint64_t index, uint32_t width)
{
    char path[LEDGER_PATH_BYTES];
    ledger_tile_path(level, index, width, path);
    tiny_write(g->dir, path, view_of(g->row[level][0].bytes, width * sizeof g->row[level][0]));
}

static void grow(struct growing *g, struct seal_hash hash)
{
    for (int level = 0; level < LEVELS; level++) {
        uint64_t at = g->n[level]++;
        g->row[level][at % LEDGER_TILE] = hash;
        if (g->n[level] % LEDGER_TILE) return;
        put_row(g, level, at / LEDGER_TILE, LEDGER_TILE);
        CHECK_OK(seal_hash_tree(g->row[level], LEDGER_TILE, &hash));
    }
}

static void put_hashes(const char *dir, uint64_t size)
{
    static struct growing g;
    struct seal_tree tree = {0};
    struct seal_signer key = tiny_signer(TINY_NAME, SEAL_TYPE_ED25519, "log1");
    struct seal_checkpoint c = {.origin = key.name, .size = size};
    CLEANUP(buf_done) struct buf text = {0}, note = {0};
    g.dir = dir;
    for (uint64_t i = 0; i < size; i++) {
        struct seal_hash leaf = {{0}};
        memcpy(leaf.bytes, &i, sizeof i);
        CHECK_OK(seal_tree_add(&tree, &leaf));
        grow(&g, leaf);
    }
    for (int level = 0; level < LEVELS; level++)
        if (g.n[level] % LEDGER_TILE)
            put_row(&g, level, g.n[level] / LEDGER_TILE, (uint32_t)(g.n[level] % LEDGER_TILE));
    CHECK_OK(seal_tree_head(&tree, &c.root));
    CHECK_OK(seal_checkpoint_print(&c, &text));
    CHECK_OK(seal_note_write(buf_view(&text), &key, 1, &note));
    tiny_write(dir, "checkpoint", buf_view(&note));
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bench_proofs(const char *dir, uint64_t size)
{
    struct arena mem;
    struct ledger_files files;
    struct ledger_reader *r;
    struct seal_verifier key = tiny_key();
    CLEANUP(buf_done) struct buf proof = {0};
    static double took[N_PROOFS];
    arena_init(&mem, 0);
    CHECK_OK(ledger_folder(dir, &mem, &files));
    uint64_t start = clock_mono_ns();
    CHECK_OK(ledger_reader_open(&files, &key, 1, &r));
    printf("open, %llu hashes: %.3f ms\n", (unsigned long long)size, ms_since(start));
    for (uint64_t i = 0; i < N_PROOFS; i++) {
        uint64_t index = (i * UINT64_C(0x9E3779B97F4A7C15)) % size;
        buf_reset(&proof);
        start = clock_mono_ns();
        CHECK_OK(ledger_prove(r, index, VIEW(""), &proof));
        took[i] = ms_since(start);
    }
    qsort(took, N_PROOFS, sizeof *took, by_size);
    printf("proof: median %.3f ms, p99 %.3f ms, slowest %.3f ms of %d\n", took[N_PROOFS / 2],
           took[N_PROOFS * 99 / 100], took[N_PROOFS - 1], N_PROOFS);
    ledger_reader_close(r);
    arena_done(&mem);
}

/* ---- entries ---- */

static rc count(void *context, uint64_t index, struct view entry)
{
    (void)index;
    *(uint64_t *)context += entry.n;
    return OK;
}

static void bench_entries(const char *dir, uint64_t size)
{
    struct tiny t = {.word = "a"};
    struct arena mem;
    struct ledger_files files;
    struct ledger_reader *r;
    struct ledger_report report;
    struct seal_verifier key = tiny_key();
    char copy[512];
    uint64_t bytes = 0;
    tiny_publish(&t, dir, size);
    arena_init(&mem, 0);
    CHECK_OK(ledger_folder(dir, &mem, &files));
    uint64_t start = clock_mono_ns();
    CHECK_OK(ledger_reader_open(&files, &key, 1, &r));
    CHECK_OK(ledger_read(r, 0, UINT64_MAX, &bytes, count));
    printf("read %llu entries of %.0f bytes: %.0f ms\n", (unsigned long long)size,
           (double)bytes / (double)size, ms_since(start));
    ledger_reader_close(r);
    start = clock_mono_ns();
    CHECK_OK(ledger_verify(&files, &key, 1, NULL, &report));
    CHECK(report.n_faults == 0 && report.n_entries == size);
    printf("verify them: %.0f ms\n", ms_since(start));
    snprintf(copy, sizeof copy, "%s-mirror", dir);
    start = clock_mono_ns();
    CHECK_OK(ledger_mirror(&files, copy, &key, 1, NULL, &report));
    printf("mirror them: %.0f ms\n", ms_since(start));
    tiny_remove(copy);
    arena_done(&mem);
    tiny_done(&t);
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    uint64_t n_hashes = strtoull(argv[2], NULL, 10), n_entries = strtoull(argv[3], NULL, 10);
    if (n_hashes) {
        put_hashes(argv[1], n_hashes);
        bench_proofs(argv[1], n_hashes);
        tiny_remove(argv[1]);
    }
    if (n_entries) {
        bench_entries(argv[1], n_entries);
        tiny_remove(argv[1]);
    }
    return 0;
}
