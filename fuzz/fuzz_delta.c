/* SPDX-License-Identifier: Apache-2.0
 *
 * Changes beside a bank: a torn, foreign or nonsensical one is told and not applied, and the bank
 * answers as before.
 *
 *   first byte even: the rest is a delta file as it is
 *   first byte odd:  items added (1), ids withdrawn (1), then the payload of a delta that names the
 *                    right base and carries the right checksum
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seal/seal.h"
#include "small_bank.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SMALL_CLAIMS = 3 };

static char g_folder[64], g_bank[96], g_delta[160];
static uint8_t g_base_hash[BANK_HASH_BYTES];

static void clean_up(void)
{
    char path[160];
    unlink(g_delta);
    snprintf(path, sizeof path, "%s.d", g_bank);
    rmdir(path);
    unlink(g_bank);
    rmdir(g_folder);
}

static void make_base(void)
{
    struct bank_builder *builder;
    struct bank_source *source;
    snprintf(g_folder, sizeof g_folder, "/tmp/sanad-fuzz-XXXXXX");
    must(mkdtemp(g_folder) != NULL);
    snprintf(g_bank, sizeof g_bank, "%s/b", g_folder);
    snprintf(g_delta, sizeof g_delta, "%s.d", g_bank);
    must(mkdir(g_delta, 0755) == 0);
    snprintf(g_delta, sizeof g_delta, "%s.d/00000001.delta", g_bank);
    must(ok(bank_builder_new(&k_bank_params, NULL, &builder)));
    small_bank_add(builder, SMALL_CLAIMS);
    must(ok(bank_builder_write(builder, NULL, g_bank)));
    bank_builder_free(builder);
    must(ok(bank_source_open(g_bank, &source)));
    const struct bank_snapshot *snapshot = bank_acquire(source);
    memcpy(g_base_hash, bank_hash(snapshot->base), sizeof g_base_hash);
    bank_release(source, snapshot);
    bank_source_close(source);
    atexit(clean_up);
}

/* A sealed delta around the given payload. */
static rc seal_delta(struct view in, struct buf *out)
{
    static const uint8_t k_zeros[BANK_HASH_BYTES];
    uint8_t hash[BANK_HASH_BYTES];
    struct view payload = view_slice(in, 2, in.n);
    TRY(buf_add(out, VIEW("SANADDLT")));
    TRY(buf_add_u32(out, 1));
    TRY(buf_add_u32(out, 0));
    TRY(buf_add_u64(out, 1));
    TRY(buf_add(out, view_of(g_base_hash, sizeof g_base_hash)));
    TRY(buf_add(out, view_of(k_zeros, sizeof k_zeros)));
    TRY(buf_add_u32(out, in.n > 0 ? in.p[0] : 0));
    TRY(buf_add_u32(out, in.n > 1 ? in.p[1] : 0));
    TRY(buf_add_u64(out, payload.n));
    TRY(buf_add(out, payload));
    TRY(seal_sha256(buf_view(out), hash));
    return buf_add(out, view_of(hash, sizeof hash));
}

static void put_file(struct view bytes)
{
    FILE *f = fopen(g_delta, "wb");
    must(f && fwrite(bytes.p, 1, bytes.n, f) == bytes.n && fclose(f) == 0);
}

static void follow(void)
{
    struct bank_source *source;
    char problem[600];
    must(ok(bank_source_open(g_bank, &source)));
    bank_source_problem(source, problem, sizeof problem);
    const struct bank_snapshot *snapshot = bank_acquire(source);
    must((snapshot->seq == 1) == (problem[0] == 0));
    must(snapshot->seq == 1 || snapshot->n_items == SMALL_CLAIMS);
    must(!snapshot->overlay || ok(bank_verify(snapshot->overlay)));
    bank_release(source, snapshot);
    bank_source_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_done) struct buf sealed = {0};
    if (g_folder[0] == 0) make_base();
    if (size == 0) return 0;
    struct view rest = view_of(data + 1, size - 1);
    if (data[0] & 1) must(ok(seal_delta(rest, &sealed)));
    put_file(data[0] & 1 ? buf_view(&sealed) : rest);
    follow();
    return 0;
}
