/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody can do who has keys and a log and none of our manners, for the tests of the
 * program:
 *
 *   raw sign BUNDLE KEYFILE…   the text on standard input, canonical and signed, with the parts of
 *                              the bundle; to standard output
 *   raw append LOG BUNDLE…     puts bundles into a log (its key beside it, LOG.key) past the door
 */
#include <stdio.h>
#include <string.h>

#include "ledger/ledger.h"
#include "record/record.h"
#include "seal/seal.h"

enum { MOST_BYTES = 1 << 20, MOST_KEYS = 16 };

static struct arena mem;

static rc read_whole(const char *path, struct view *out)
{
    CLEANUP(buf_done) struct buf b = {0};
    TRY(file_read(path, MOST_BYTES, &b));
    return arena_copy(&mem, buf_view(&b), out);
}

static rc read_key(const char *path, struct seal_signer *out)
{
    struct seal_key_file file;
    struct view bytes;
    TRY(read_whole(path, &bytes));
    TRY(seal_key_file_parse(bytes, &mem, &file));
    return seal_key_file_open(&file, view_of(NULL, 0), &mem, out);
}

static rc sign(int n, char **args)
{
    static char text[MOST_BYTES];
    struct seal_signer keys[MOST_KEYS];
    struct record_bundle bundle;
    struct buf canonical = {0}, note = {0}, out = {0};
    struct view bytes;
    size_t length = fread(text, 1, sizeof text, stdin);
    if (n < 2 || n > MOST_KEYS) return FAIL(E_USAGE, "a bundle and keys are expected");
    TRY(read_whole(args[0], &bytes));
    TRY(record_bundle_read(bytes, &mem, &bundle));
    for (int i = 1; i < n; i++)
        TRY(read_key(args[i], &keys[i - 1]));
    TRY(record_write(view_of(text, length), &mem, &canonical));
    TRY(seal_note_write(buf_view(&canonical), keys, (size_t)n - 1, &note));
    TRY(record_bundle_write(buf_view(&note), bundle.parts, bundle.n_parts, &mem, &out));
    fwrite(out.p, 1, out.n, stdout);
    buf_done(&canonical);
    buf_done(&note);
    buf_done(&out);
    return OK;
}

static rc append(struct ledger *l, const char *path)
{
    struct ledger_item item = {0};
    struct ledger_place place;
    struct record_bundle bundle;
    struct view bytes;
    TRY(read_whole(path, &bytes));
    TRY(record_bundle_read(bytes, &mem, &bundle));
    struct view text = view_slice(bundle.note, 0, view_find(bundle.note, '\n') + 1);
    bool clear = memmem(text.p, text.n, "\"mark\":\"clear\"", 14) != NULL;
    TRY(seal_sha256(text, item.id.bytes));
    if (clear) item.note = bundle.note;
    if (!clear || bundle.n_parts > 0) item.beside = bytes;
    return ledger_append(l, &item, 1, clock_wall_ms(), &place);
}

static rc append_all(int n, char **args)
{
    struct seal_signer key;
    struct ledger *l;
    char path[4096];
    snprintf(path, sizeof path, "%s.key", args[0]);
    TRY(read_key(path, &key));
    TRY(ledger_open(args[0], &key, NULL, &l));
    rc r = OK;
    for (int i = 1; i < n && ok(r); i++)
        r = append(l, args[i]);
    if (ok(r)) r = ledger_publish(l);
    ledger_close(l);
    return r;
}

int main(int argc, char **argv)
{
    rc r = FAIL(E_USAGE, "sign or append");
    arena_init(&mem, 0);
    if (argc > 3 && strcmp(argv[1], "sign") == 0) r = sign(argc - 2, argv + 2);
    if (argc > 3 && strcmp(argv[1], "append") == 0) r = append_all(argc - 2, argv + 2);
    if (!ok(r)) fprintf(stderr, "raw: %s\n", rc_message());
    arena_done(&mem);
    return ok(r) ? 0 : 1;
}
