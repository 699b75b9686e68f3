/* SPDX-License-Identifier: Apache-2.0
 *
 * A log under load, to be killed: organisations with known keys, and records of every way through a
 * node (public ones, ones for a few with parts beside them, verdicts and steps on what came
 * before).
 *
 *   load init DIR                 an empty log; DIR.key is its key, the same in every run
 *   load run DIR FIRST COUNT      submits records FIRST to FIRST + COUNT - 1 in groups of many
 * sizes; a line "INDEX ID" for each as soon as it is acknowledged load write FILE FIRST COUNT   the
 * same records as bundles, for sanad record submit
 *
 * FIRST is a multiple of 5: record 5k + 3 is a verdict on 5k + 2, 5k + 4 withdraws 5k + 1. */
#include "../store/desk.h"
#include "node/node.h"

#include <inttypes.h>

enum { LARGEST_GROUP = 64, ROUND = 5 };

static struct desk d;

static int failed(rc r)
{
    fprintf(stderr, "load: %s\n", rc_message());
    return err_describe(r.code)->exit_code;
}

static void log_key(struct seal_signer *out)
{
    uint8_t seed[SEAL_SEED_BYTES];
    CHECK_OK(seal_sha256(VIEW("log"), seed));
    CHECK_OK(seal_signer_init(VIEW("one.example/log"), SEAL_TYPE_ED25519, seed, out));
}

/* ---- records ---- */

static const char *made_now(void)
{
    static char made[25];
    record_time_write(clock_wall_ms(), made);
    return made;
}

static void reviewer_key(struct seal_signer *out)
{
    uint8_t seed[SEAL_SEED_BYTES];
    CHECK_OK(seal_sha256(VIEW("reviewer"), seed));
    CHECK_OK(seal_signer_init(VIEW("panel.example/reviewer"), SEAL_TYPE_ED25519, seed, out));
}

static struct view bundle_of(struct view text, bool reviewed, const struct record_kind *parts_of)
{
    CLEANUP(buf_done) struct buf signed_by = {0};
    struct buf out = {0};
    struct seal_signer keys[2] = {d.keys[0]};
    struct view note, kept;
    reviewer_key(&keys[1]);
    CHECK_OK(seal_note_write(text, keys, reviewed ? 2 : 1, &signed_by));
    note = buf_view(&signed_by);
    CHECK_OK(record_bundle_write(note, parts_of ? parts_of->example_parts : NULL,
                                 parts_of ? parts_of->n_example_parts : 0, &d.mem, &out));
    CHECK_OK(arena_copy(&d.mem, buf_view(&out), &kept));
    buf_done(&out);
    return kept;
}

static struct view text_of(uint64_t i, const char *kind, const struct seal_hash *about,
                           const char *const *edits)
{
    const char *all[16] = {"2026-11-22T10:15:00.000Z", made_now()};
    size_t n = 2;
    for (; edits && edits[n - 2]; n++)
        all[n] = edits[n - 2];
    d.salt = (uint32_t)i;
    return desk_text(&d, kind, "checker.example", about, all);
}

/* Record i; ids holds those of its round. */
static struct view bundle(uint64_t i, struct seal_hash ids[ROUND])
{
    const struct record_kind *claim = record_kind_find(VIEW("claim"));
    char words[80];
    struct view text;
    uint64_t at = i % ROUND;
    snprintf(words, sizeof words, "chữa khỏi bệnh số %" PRIu64, i);
    const char *const *clear = EDITS("chữa khỏi bệnh sốt rét", words);
    const char *const *amber = EDITS("chữa khỏi bệnh sốt rét", words, "\"mark\":\"clear\",",
                                     "\"mark\":\"amber\",\"to\":[\"desk.example\"],");
    if (at == 3)
        text = text_of(i, "verdict", &ids[2], NULL);
    else if (at == 4)
        text = text_of(i, "step", &ids[1], NULL);
    else
        text = text_of(i, "claim", NULL, at == 0 ? amber : clear);
    CHECK_OK(seal_sha256(text, ids[at].bytes));
    return bundle_of(text, at == 3, at < 3 ? claim : NULL);
}

/* ---- init ---- */

static rc write_key(const char *dir, const struct seal_signer *key)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(file_abandon) struct file_writer file = {.fd = -1};
    char path[512];
    snprintf(path, sizeof path, "%s.key", dir);
    TRY(seal_key_file_write(key, SEAL_LOG, VIEW("one.example"), VIEW("2026-01-01T00:00:00.000Z"),
                            VIEW(""), &bytes));
    TRY(file_create_private(path, &file));
    TRY(file_write(&file, buf_view(&bytes)));
    return file_commit(&file);
}

static const char *line_of(const struct seal_signer *key)
{
    struct buf out = {0};
    struct seal_verifier v = seal_signer_verifier(key);
    CHECK_OK(seal_verifier_print(&v, &out));
    CHECK_OK(buf_add_byte(&out, 0));
    return (const char *)out.p; /* for the life of the process */
}

/* Each with its author's key; the reviewer's is one more of the third. */
static struct view introduction(uint32_t i)
{
    struct seal_signer reviewer;
    char kind[64], keys[512];
    reviewer_key(&reviewer);
    snprintf(kind, sizeof kind, "\"org_kind\":\"%s\"", k_orgs[i].kind);
    snprintf(keys, sizeof keys,
             "\"keys\":[{\"from\":\"2026-01-01T00:00:00.000Z\",\"purpose\":\"reviewer\","
             "\"vkey\":\"%s\"},{",
             line_of(&reviewer));
    struct view text =
        desk_text(&d, "organisation", k_orgs[i].org, NULL,
                  EDITS("2026-11-22T10:15:00.000Z", made_now(),
                        "checker.example+c10d7dd4+ASmsOTxO2NGjGq1Fz8zqNSQPYM4r3jYSQCu9k8YGDrlL",
                        line_of(&d.keys[i]), "\"org_kind\":\"fact_checker\"", kind,
                        "\"home_log\":\"log.checker.example\"", "\"home_log\":\"one.example/log\"",
                        "\"from\":\"2026-11-01", "\"from\":\"2026-01-01", "\"last_good\":1024,", "",
                        "\"keys\":[{", i == 2 ? keys : "\"keys\":[{"));
    return desk_note(&d, text, k_orgs[i].org, NULL);
}

static rc introduce(struct node *n)
{
    struct node_result results[3];
    struct view bundles[3];
    for (uint32_t i = 0; i < 3; i++)
        bundles[i] = introduction(i);
    TRY(node_submit(n, bundles, 3, clock_wall_ms(), &d.mem, results));
    for (uint32_t i = 0; i < 3; i++)
        if (!ok(results[i].failure)) return FAIL(E_INTERNAL, "%.*s", VIEW_ARG(results[i].message));
    return OK;
}

static rc init(const char *dir, const struct seal_signer *key)
{
    struct node_config config = {.members = d.founders, .n_members = d.options.n_founders};
    struct node *n;
    TRY(node_create(dir, key, &config));
    TRY(write_key(dir, key));
    TRY(node_open(dir, key, clock_wall_ms(), &n));
    rc r = introduce(n);
    node_close(n);
    return r;
}

/* ---- run ---- */

static rc tell(const struct node_result *results, size_t n)
{
    CLEANUP(buf_done) struct buf lines = {0};
    for (size_t i = 0; i < n; i++) {
        char id[RECORD_ID_CHARS + 1] = {0};
        if (!ok(results[i].failure)) return FAIL(E_INTERNAL, "%.*s", VIEW_ARG(results[i].message));
        record_id_write(results[i].id.bytes, id);
        TRY(buf_addf(&lines, "%" PRIu64 "\t%s\n", results[i].place.index, id));
    }
    if (write(STDOUT_FILENO, lines.p, lines.n) != (ssize_t)lines.n)
        return FAIL(E_IO, "nobody listens");
    return OK;
}

/* What failed once takes nothing more; both reasons are told, and the first is the result. */
static rc once_more(struct node *n, uint64_t i, rc failure)
{
    struct node_result result;
    struct seal_hash ids[ROUND];
    fprintf(stderr, "load: %s\n", rc_message());
    const struct view note = bundle(i, ids);
    rc r = node_submit(n, &note, 1, clock_wall_ms(), &d.mem, &result);
    if (ok(r)) return FAIL(E_INTERNAL, "it took a record after it had failed");
    fprintf(stderr, "again: %s\n", rc_message());
    return failure;
}

static rc run(const char *dir, const struct seal_signer *key, uint64_t first, uint64_t count)
{
    static struct node_result results[LARGEST_GROUP];
    struct view bundles[LARGEST_GROUP];
    struct seal_hash ids[ROUND];
    struct node *n;
    rc r = OK;
    r = node_open(dir, key, clock_wall_ms(), &n);
    if (!ok(r)) return rc_within(r, "opening: ");
    for (uint64_t i = first; i < first + count && ok(r);) {
        size_t group = 1 + (i * 2654435761u >> 7) % LARGEST_GROUP, g = 0;
        arena_reset(&d.mem);
        for (; g < group && i < first + count; g++, i++)
            bundles[g] = bundle(i, ids);
        r = node_submit(n, bundles, g, clock_wall_ms(), &d.mem, results);
        if (ok(r)) r = tell(results, g);
        if (ok(r)) r = node_check(n);
    }
    if (!ok(r)) r = once_more(n, first + count, r);
    node_close(n);
    return r;
}

static rc write_bundles(const char *path, uint64_t first, uint64_t count)
{
    CLEANUP(file_abandon) struct file_writer file = {.fd = -1};
    struct seal_hash ids[ROUND];
    TRY(file_create(path, &file));
    for (uint64_t i = first; i < first + count; i++) {
        arena_reset(&d.mem);
        TRY(file_write(&file, bundle(i, ids)));
    }
    return file_commit(&file);
}

int main(int argc, char **argv)
{
    struct seal_signer key;
    rc r;
    if (argc != 3 && argc != 5) return 2;
    desk_init(&d);
    rmdir(d.dir);
    for (uint32_t i = 0; i < d.options.n_founders; i++) /* the arena is emptied between groups */
        d.founders[i].org = d.founders[i].key.name;
    log_key(&key);
    uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    uint64_t count = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
    if (strcmp(argv[1], "init") == 0)
        r = init(argv[2], &key);
    else if (strcmp(argv[1], "run") == 0)
        r = run(argv[2], &key, first, count);
    else
        r = write_bundles(argv[2], first, count);
    arena_done(&d.mem);
    return ok(r) ? 0 : failed(r);
}
