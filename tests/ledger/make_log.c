/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes small logs for the tests of tools/verify_log.py: DIR at one size after the other, with the
 * files that an earlier size leaves, and beside it DIR.proof and DIR.entry of its last entry.
 *
 *   make_log DIR SIZE …
 */
#include "tiny_log.h"

int main(int argc, char **argv)
{
    struct tiny t = {.word = "a"};
    struct arena mem;
    struct ledger_files files;
    struct ledger_reader *reader;
    struct seal_verifier key = tiny_key();
    CLEANUP(buf_done) struct buf proof = {0};
    char path[512];
    if (argc < 3) return 2;
    for (int i = 2; i < argc; i++)
        tiny_publish(&t, argv[1], strtoull(argv[i], NULL, 10));
    if (t.size == 0) return 0;
    arena_init(&mem, 0);
    CHECK_OK(ledger_folder(argv[1], &mem, &files));
    CHECK_OK(ledger_reader_open(&files, &key, 1, &reader));
    CHECK_OK(ledger_prove(reader, t.size - 1, VIEW(""), &proof));
    snprintf(path, sizeof path, "%s.proof", argv[1]);
    tiny_write("/", path, buf_view(&proof));
    snprintf(path, sizeof path, "%s.entry", argv[1]);
    tiny_write("/", path, buf_view(&t.entries[t.size - 1]));
    ledger_reader_close(reader);
    arena_done(&mem);
    tiny_done(&t);
    return 0;
}
