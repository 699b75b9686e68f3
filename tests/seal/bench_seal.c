/* SPDX-License-Identifier: Apache-2.0
 *
 * What checking costs beside bare libsodium, in one run on one core: the rounds take turns, so that
 * a slow moment of the machine meets all of them. A table on standard output: microseconds per call
 * (the least and the median of many rounds), calls per second, and the share of the bare speed by
 * the least.
 */
#include "seal/seal.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_ROUNDS = 101, ROUND_NS = 2000000, TEXT_BYTES = 1024, N_STORED = 1 << 10 };

static struct {
    struct arena mem;
    struct buf note;
    struct seal_signer signer;
    struct seal_verifier verifier;
    struct seal_note parsed;
    struct seal_hash hash[N_STORED];
    struct seal_proof proof;
} g;

static void must(rc r)
{
    if (ok(r)) return;
    fprintf(stderr, "bench_seal: %s\n", rc_message());
    exit(1);
}

static void bare_check(void)
{
    if (crypto_sign_verify_detached(g.parsed.lines[0].signature.p, g.parsed.text.p, g.parsed.text.n,
                                    g.verifier.public_key.p) != 0)
        exit(1);
}

static void ed25519_check(void)
{
    must(seal_ed25519_check(g.parsed.text, g.verifier.public_key.p, g.parsed.lines[0].signature.p));
}

static void note_check(void)
{
    struct seal_note note;
    const struct seal_signed *seen;
    arena_reset(&g.mem);
    must(seal_note_parse(buf_view(&g.note), &g.mem, &note));
    must(seal_note_check(&note, &g.verifier, 1, &g.mem, &seen));
}

static void note_write(void)
{
    static struct buf out;
    buf_reset(&out);
    must(seal_note_write(g.parsed.text, &g.signer, 1, &out));
}

static void leaf_hash(void)
{
    must(seal_hash_leaf(g.parsed.text, &g.hash[0]));
}

static void tile_hash(void)
{
    struct seal_hash up;
    must(seal_hash_tree(g.hash, 256, &up));
}

static rc read_any(void *context, uint32_t level, uint64_t index, struct seal_hash *out)
{
    (void)context;
    *out = g.hash[(level + index) % N_STORED];
    return OK;
}

static void prove(void)
{
    const struct seal_source from = {NULL, read_any};
    must(seal_prove_inclusion(4999999, 10000000, &from, &g.proof));
}

/* It leads to a root that nobody knows, after all the work. */
static void proof_check(void)
{
    if (seal_check_inclusion(&g.proof, &g.hash[0], 4999999, 10000000, &g.hash[1]).code != E_DAMAGED)
        exit(1);
}

static const struct {
    const char *name;
    void (*run)(void);
    bool against_bare;
} k_calls[] = {
    {"crypto_sign_verify_detached", bare_check, true},
    {"seal_ed25519_check", ed25519_check, true},
    {"note: parse and check", note_check, true},
    {"note: sign and write", note_write, false},
    {"leaf of 1,024 bytes", leaf_hash, false},
    {"hash of a tile of 256", tile_hash, false},
    {"inclusion in 10 M, made", prove, false},
    {"inclusion in 10 M, checked", proof_check, false},
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double round_us(void (*run)(void))
{
    uint64_t start = clock_mono_ns(), spent = 0, n = 0;
    for (; spent < ROUND_NS; n++, spent = clock_mono_ns() - start)
        run();
    return (double)spent / (double)n / 1000;
}

static void set_up(void)
{
    static struct arena kept;
    static uint8_t text[TEXT_BYTES], seed[SEAL_SEED_BYTES] = {1};
    memset(text, 'a', sizeof text);
    text[TEXT_BYTES - 1] = '\n';
    must(seal_signer_init(VIEW("checker.example"), SEAL_TYPE_ED25519, seed, &g.signer));
    g.verifier = seal_signer_verifier(&g.signer);
    must(seal_note_write(view_of(text, sizeof text), &g.signer, 1, &g.note));
    must(seal_note_parse(buf_view(&g.note), &kept, &g.parsed));
    for (size_t i = 0; i < N_STORED; i++)
        must(seal_hash_leaf(view_of(&i, sizeof i), &g.hash[i]));
    prove();
}

int main(void)
{
    static double us[COUNT_OF(k_calls)][N_ROUNDS];
    set_up();
    for (size_t round = 0; round < N_ROUNDS; round++)
        for (size_t i = 0; i < COUNT_OF(k_calls); i++)
            us[i][round] = round_us(k_calls[i].run);
    for (size_t i = 0; i < COUNT_OF(k_calls); i++)
        qsort(us[i], N_ROUNDS, sizeof us[i][0], by_size);
    printf("%-28s %9s %9s %10s %6s\n", "", "least us", "median us", "calls/s", "bare");
    for (size_t i = 0; i < COUNT_OF(k_calls); i++) {
        double median = us[i][N_ROUNDS / 2];
        printf("%-28s %9.2f %9.2f %10.0f", k_calls[i].name, us[i][0], median, 1e6 / median);
        if (k_calls[i].against_bare) printf(" %5.1f%%", 100 * us[0][0] / us[i][0]);
        printf("\n");
    }
    return 0;
}
