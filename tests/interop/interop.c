/* SPDX-License-Identifier: Apache-2.0
 *
 * What the comparisons with other people's code need of ours and the program does not offer: logs
 * of given entries and times, requests to a witness, canonical JSON. The same arguments give the
 * same bytes.
 *
 *   interop key DIR PURPOSE NAME SEED      PURPOSE.key (a key file), PURPOSE.skey and .vkey (lines)
 *                                          in DIR. NAME "sigsum": the origin that sigsum gives a
 * key interop log DIR KEYFILE FIRST SIZE…    a log whose entries are numbered from FIRST, published
 * at each SIZE interop request DIR VKEY OLD           body of add-checkpoint for the log's
 * checkpoint interop prove DIR VKEY INDEX           a .tlog-proof whose line `extra` is the entry
 *   interop verify DIR VKEY                faults, one a line; exit code 3
 *   interop canonical                      lines of JSON in, canonical lines out
 */
#include "ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1 << 20, GROUP = 1000 };
static const int64_t k_first_received_ms = 1767225600000;

/* ---- keys ---- */

static rc put_file(const char *dir, const char *stem, const char *ending, struct view bytes)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(file_abandon) struct file_writer file = {.fd = -1};
    struct view path;
    arena_init(&mem, 0);
    TRY(arena_format(&mem, &path, "%s/%s%s%c", dir, stem, ending, 0));
    TRY(file_create_private((const char *)path.p, &file));
    TRY(file_write(&file, bytes));
    return file_commit(&file);
}

/* "sigsum.org/v1/tree/" and the SHA-256 of the public key, as sigsum names a log. */
static rc sigsum_name(const uint8_t *seed, struct arena *mem, struct view *out)
{
    struct seal_signer key;
    uint8_t hash[SEAL_SHA256_BYTES];
    char hex[2 * SEAL_SHA256_BYTES];
    TRY(seal_signer_init(VIEW("sigsum"), SEAL_TYPE_ED25519, seed, &key));
    TRY(seal_sha256(view_of(key.public_key, sizeof key.public_key), hash));
    seal_hex(hash, sizeof hash, hex);
    return arena_format(mem, out, "sigsum.org/v1/tree/%.*s", (int)sizeof hex, hex);
}

static rc write_key(const char *dir, const char *stem, enum seal_purpose purpose,
                    const struct seal_signer *key)
{
    CLEANUP(buf_done) struct buf file = {0}, secret = {0}, shown = {0};
    const struct seal_verifier half = seal_signer_verifier(key);
    const struct view org = view_slice(key->name, 0, view_find(key->name, '/'));
    TRY(seal_key_file_write(key, purpose, org, VIEW("2026-01-01T00:00:00.000Z"), (struct view){0},
                            &file));
    TRY(seal_signer_print(key, &secret));
    TRY(seal_verifier_print(&half, &shown));
    TRY(put_file(dir, stem, ".key", buf_view(&file)));
    TRY(put_file(dir, stem, ".skey", buf_view(&secret)));
    return put_file(dir, stem, ".vkey", buf_view(&shown));
}

static rc make_key(char **args, struct arena *mem)
{
    const bool witness = strcmp(args[1], "witness") == 0;
    struct view name = view_cstr(args[2]);
    struct seal_signer key;
    uint8_t seed[SEAL_SEED_BYTES];
    TRY(seal_sha256(view_cstr(args[3]), seed));
    if (view_eq(name, VIEW("sigsum"))) TRY(sigsum_name(seed, mem, &name));
    TRY(seal_signer_init(name, witness ? SEAL_TYPE_COSIGNATURE : SEAL_TYPE_ED25519, seed, &key));
    return write_key(args[0], args[1], witness ? SEAL_WITNESS : SEAL_LOG, &key);
}

static rc open_key(const char *path, struct arena *mem, struct seal_signer *out)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct view line;
    TRY(file_read_private(path, LINE_MAX_BYTES, &bytes));
    TRY(arena_copy(mem, view_trim(buf_view(&bytes)), &line));
    return seal_signer_parse(line, mem, out);
}

/* ---- logs ---- */

/* Every fourth record is not for everybody; the notes of the others differ in length. */
static rc write_note(uint64_t number, const struct seal_signer *key, struct buf *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    TRY(buf_addf(&text, "{\"n\":%llu,\"text\":\"", (unsigned long long)number));
    for (uint64_t i = 0; i < number % 37; i++)
        TRY(buf_add(&text, VIEW("نمک ")));
    TRY(buf_add(&text, VIEW("\"}\n")));
    return seal_note_write(buf_view(&text), key, 1, out);
}

static rc make_item(uint64_t number, const struct seal_signer *key, struct arena *mem,
                    struct ledger_item *out)
{
    CLEANUP(buf_done) struct buf note = {0};
    struct seal_note cut;
    TRY(write_note(number, key, &note));
    TRY(arena_copy(mem, buf_view(&note), &out->note));
    TRY(seal_note_parse(out->note, mem, &cut));
    TRY(seal_sha256(cut.text, out->id.bytes));
    if (number % 4 == 3) {
        out->beside = out->note;
        out->note = (struct view){0};
    }
    return OK;
}

static rc append_group(struct ledger *l, uint64_t first, size_t n, const struct seal_signer *key)
{
    CLEANUP(arena_done) struct arena mem;
    struct ledger_item *items;
    struct ledger_place *places;
    arena_init(&mem, 0);
    TRY(arena_array(&mem, n, &items));
    TRY(arena_array(&mem, n, &places));
    for (size_t i = 0; i < n; i++)
        TRY(make_item(first + i, key, &mem, &items[i]));
    return ledger_append(l, items, n, k_first_received_ms + (int64_t)first, places);
}

static rc grow(struct ledger *l, uint64_t first, uint64_t size, const struct seal_signer *key)
{
    struct ledger_state state;
    for (ledger_state(l, &state); state.size < size; ledger_state(l, &state)) {
        uint64_t n = size - state.size < GROUP ? size - state.size : GROUP;
        TRY(append_group(l, first + state.size, (size_t)n, key));
    }
    return ledger_publish(l);
}

static rc grow_all(struct ledger *l, char **sizes, uint64_t first, const struct seal_signer *key)
{
    for (; *sizes; sizes++)
        TRY(grow(l, first, strtoull(*sizes, NULL, 10), key));
    return OK;
}

static rc make_log(char **args, struct arena *mem)
{
    struct seal_signer key;
    struct ledger *l;
    TRY(open_key(args[1], mem, &key));
    rc made = ledger_create(args[0], &key);
    if (!ok(made) && made.code != E_DUPLICATE) return made;
    TRY(ledger_open(args[0], &key, NULL, &l));
    rc r = grow_all(l, args + 3, strtoull(args[2], NULL, 10), &key);
    ledger_close(l);
    return r;
}

/* ---- reading ---- */

struct reading {
    struct ledger_files files;
    struct seal_verifier key;
    struct ledger_reader *reader;
};

static rc open_log(char **args, struct arena *mem, struct reading *out)
{
    TRY(ledger_folder(args[0], mem, &out->files));
    TRY(seal_verifier_parse(view_cstr(args[1]), mem, &out->key));
    return ledger_reader_open(&out->files, &out->key, 1, &out->reader);
}

static rc print(const struct buf *bytes)
{
    if (fwrite(bytes->p, 1, bytes->n, stdout) != bytes->n) return FAIL(E_IO, "interop: no output");
    return OK;
}

static rc print_request(const struct ledger_reader *reader, const struct seal_source *from,
                        uint64_t old_size)
{
    CLEANUP(buf_done) struct buf body = {0};
    struct seal_proof proof = {0};
    struct view note;
    uint32_t n_signed;
    const struct seal_checkpoint *c = ledger_reader_checkpoint(reader, &note, &n_signed);
    if (old_size > 0 && old_size <= c->size)
        TRY(seal_prove_consistency(old_size, c->size, from, &proof));
    TRY(buf_addf(&body, "old %llu\n", (unsigned long long)old_size));
    TRY(seal_proof_print(&proof, &body));
    TRY(buf_add_byte(&body, '\n'));
    TRY(buf_add(&body, note));
    return print(&body);
}

static rc make_request(char **args, struct arena *mem)
{
    struct reading r;
    TRY(open_log(args, mem, &r));
    const struct seal_source source = ledger_source(r.reader);
    rc printed = print_request(r.reader, &source, strtoull(args[2], NULL, 10));
    ledger_reader_close(r.reader);
    return printed;
}

static rc keep_entry(void *context, uint64_t index, struct view entry)
{
    (void)index;
    return buf_add(context, entry);
}

static rc print_proof(struct ledger_reader *reader, uint64_t index)
{
    CLEANUP(buf_done) struct buf entry = {0}, proof = {0};
    TRY(ledger_read(reader, index, 1, &entry, keep_entry));
    TRY(ledger_prove(reader, index, buf_view(&entry), &proof));
    return print(&proof);
}

static rc make_proof(char **args, struct arena *mem)
{
    struct reading r;
    TRY(open_log(args, mem, &r));
    rc printed = print_proof(r.reader, strtoull(args[2], NULL, 10));
    ledger_reader_close(r.reader);
    return printed;
}

static void tell_fault(void *context, const struct ledger_fault *fault)
{
    (void)context;
    printf("%s: %.*s\n", fault->path, VIEW_ARG(fault->what));
}

static rc verify(char **args, struct arena *mem)
{
    const struct ledger_watch watch = {.fault = tell_fault};
    struct ledger_files files;
    struct seal_verifier key;
    struct ledger_report report;
    TRY(ledger_folder(args[0], mem, &files));
    TRY(seal_verifier_parse(view_cstr(args[1]), mem, &key));
    TRY(ledger_verify(&files, &key, 1, &watch, &report));
    if (report.n_faults > 0)
        return FAIL(E_DAMAGED, "%llu faults", (unsigned long long)report.n_faults);
    printf("%llu entries\n", (unsigned long long)report.n_entries);
    return OK;
}

/* ---- canonical JSON ---- */

static rc write_canonical(struct view line, struct buf *out)
{
    CLEANUP(arena_done) struct arena mem;
    const struct json *value;
    arena_init(&mem, 0);
    TRY(json_parse(line, NULL, &mem, &value));
    TRY(json_write(value, &mem, out));
    return buf_add_byte(out, '\n');
}

static rc write_all_canonical(struct line_reader *in)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct view line;
    bool more;
    for (;;) {
        TRY(line_next(in, &line, &more));
        if (!more) return OK;
        buf_reset(&out);
        rc r = write_canonical(line, &out);
        if (!ok(r)) return rc_within(r, "line %llu: ", (unsigned long long)in->line_number);
        TRY(print(&out));
    }
}

static rc canonical(char **args, struct arena *mem)
{
    struct line_reader in;
    (void)args, (void)mem;
    TRY(line_open("-", LINE_MAX_BYTES, &in));
    rc r = write_all_canonical(&in);
    line_close(&in);
    return r;
}

/* ---- the commands ---- */

static const struct {
    const char *name;
    rc (*run)(char **args, struct arena *mem);
    int least, most;
} k_commands[] = {
    {"key", make_key, 4, 4},     {"log", make_log, 4, 64}, {"request", make_request, 3, 3},
    {"prove", make_proof, 3, 3}, {"verify", verify, 2, 2}, {"canonical", canonical, 0, 0},
};

int main(int argc, char **argv)
{
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    for (size_t i = 0; argc > 1 && i < COUNT_OF(k_commands); i++) {
        if (strcmp(argv[1], k_commands[i].name) != 0 || argc - 2 < k_commands[i].least ||
            argc - 2 > k_commands[i].most)
            continue;
        rc r = k_commands[i].run(argv + 2, &mem);
        if (ok(r)) return 0;
        fprintf(stderr, "interop: %s\n", rc_message());
        return err_describe(r.code)->exit_code;
    }
    fprintf(stderr, "interop: key | log | request | prove | verify | canonical\n");
    return 2;
}
