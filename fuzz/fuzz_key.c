/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a key file. One that is read, is marked, read again and still says the
 * same; an open one gives the key of its public line or nothing. Sealed ones are opened when that
 * is little work.
 */
#include <string.h>

#include "must.h"
#include "seal/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void try_mark(const struct seal_key_file *file, struct arena *mem)
{
    CLEANUP(buf_done) struct buf again = {0};
    struct seal_key_file marked;
    if (!ok(seal_key_file_mark(file, SEAL_REVOKED, VIEW("2027-11-22T10:15:00.000Z"), &again))) {
        must(file->purpose == SEAL_NO_PURPOSE || file->state == SEAL_REVOKED);
        return;
    }
    must(ok(seal_key_file_parse(buf_view(&again), mem, &marked)));
    must(marked.state == SEAL_REVOKED && marked.sealed == file->sealed);
    must(view_eq(marked.head, file->head) && view_eq(marked.secret, file->secret));
}

static bool little_work(const struct seal_key_file *file)
{
    return !file->sealed || view_starts(file->secret, VIEW("SEALED argon2id13 1 8192 "));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena mem;
    struct seal_key_file file;
    struct seal_signer key;
    arena_init(&mem, 0);
    if (ok(seal_key_file_parse(view_of(bytes, n), &mem, &file))) {
        must(file.purpose == SEAL_NO_PURPOSE ||
             seal_purpose_fits(file.purpose, file.org, file.public_half.name));
        try_mark(&file, &mem);
        if (little_work(&file) && ok(seal_key_file_open(&file, VIEW("word"), &mem, &key))) {
            must(memcmp(key.public_key, file.public_half.public_key.p, SEAL_PUBLIC_BYTES) == 0);
            seal_signer_done(&key);
        }
    }
    arena_done(&mem);
    return 0;
}
