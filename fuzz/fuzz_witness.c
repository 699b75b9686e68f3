/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a request to a witness that has cosigned a tree of one entry. It never
 * signs but what its log signed, never forgets, and always has an answer. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define ORIGIN "exchange.example/log1"

static struct seal_signer g_log, g_key;
static struct ledger_witness *g_witness;

static void make_key(const char *name, uint8_t type, const char *word, struct seal_signer *out)
{
    uint8_t seed[SEAL_SEED_BYTES];
    must(ok(seal_sha256(view_cstr(word), seed)));
    must(ok(seal_signer_init(view_cstr(name), type, seed, out)));
}

static char g_dir[] = "/tmp/sanad-fuzz-witness-XXXXXX";

static int remove_one(const char *path, const struct stat *about, int flag, struct FTW *at)
{
    (void)about, (void)flag, (void)at;
    return remove(path);
}

static void clean_up(void)
{
    ledger_witness_close(g_witness);
    g_witness = NULL;
    nftw(g_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void begin(void)
{
    CLEANUP(buf_done) struct buf line = {0};
    make_key(ORIGIN, SEAL_TYPE_ED25519, "log1", &g_log);
    make_key("witness.example/w1", SEAL_TYPE_COSIGNATURE, "w1", &g_key);
    struct seal_verifier key = seal_signer_verifier(&g_log);
    must(mkdtemp(g_dir) != NULL && atexit(clean_up) == 0);
    must(ok(ledger_witness_open(g_dir, &g_key, &g_witness)));
    must(ok(seal_verifier_print(&key, &line)));
    must(ok(ledger_witness_trust(g_witness, buf_view(&line))));
}

/* What is said to be kept was signed by the log and by us. */
static void check_latest(void)
{
    CLEANUP(buf_done) struct buf note = {0};
    struct seal_hash hash;
    struct seal_note parts;
    struct arena mem;
    const struct seal_signed *seen;
    const struct seal_verifier keys[] = {seal_signer_verifier(&g_log),
                                         seal_signer_verifier(&g_key)};
    must(ok(seal_sha256(VIEW(ORIGIN), hash.bytes)));
    must(ok(ledger_witness_latest(g_witness, &hash, &note)));
    arena_init(&mem, 0);
    must(ok(seal_note_parse(buf_view(&note), &mem, &parts)));
    must(ok(seal_note_check(&parts, keys, 2, &mem, &seen)) && seen[0].holds && seen[1].holds);
    arena_done(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const int k_statuses[] = {200, 400, 403, 404, 409, 422};
    struct ledger_witness_answer answer = {0};
    bool known = false;
    if (!g_witness) begin();
    must(ok(ledger_witness_add(g_witness, view_of(bytes, n), 1700000000, &answer)));
    for (size_t i = 0; i < COUNT_OF(k_statuses); i++)
        known |= answer.status == k_statuses[i];
    must(known && answer.content_type && answer.body.n > 0);
    if (answer.status == 200) check_latest();
    buf_done(&answer.body);
    return 0;
}
