/* SPDX-License-Identifier: Apache-2.0
 * One delta: a small file beside a bank that adds and withdraws items, and the folder it stands in.
 * Layout in bank_int.h and docs/formats/delta.md. Each names the base and the delta before it, so
 * that a wrong base, a gap or a torn file is noticed. */
#include "bank/bank_int.h"
#include "seal/seal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_NUMBER_DIGITS = 18 };

const uint8_t k_no_hash[BANK_HASH_BYTES];

rc delta_read(struct view file, struct delta *out)
{
    uint8_t hash[BANK_HASH_BYTES];
    if (file.n < 12 || memcmp(file.p, "SANADDLT", 8) != 0)
        return FAIL(E_FORMAT, "not a delta (%zu bytes, no SANADDLT at byte 0)", file.n);
    if (get_u32(file.p + 8) != DELTA_VERSION)
        return FAIL(E_VERSION, "delta version %u, this program reads version %d",
                    get_u32(file.p + 8), DELTA_VERSION);
    if (file.n < DELTA_HEAD_BYTES + BANK_HASH_BYTES)
        return FAIL(E_DAMAGED, "torn: %zu bytes", file.n);
    size_t body = file.n - BANK_HASH_BYTES;
    TRY(seal_sha256(view_of(file.p, body), hash));
    if (get_u64(file.p + 96) != body - DELTA_HEAD_BYTES ||
        memcmp(hash, file.p + body, sizeof hash) != 0)
        return FAIL(E_DAMAGED, "torn or altered: its bytes do not match its checksum");
    *out = (struct delta){.seq = get_u64(file.p + 16),
                          .n_add = get_u32(file.p + 88),
                          .n_withdraw = get_u32(file.p + 92),
                          .base_hash = file.p + 24,
                          .previous_hash = file.p + 56,
                          .hash = file.p + body,
                          .payload = view_of(file.p + DELTA_HEAD_BYTES, body - DELTA_HEAD_BYTES)};
    return OK;
}

rc delta_entry(const struct delta *d, size_t *inout_at, struct view *out)
{
    struct view rest = view_slice(d->payload, *inout_at, d->payload.n);
    if (rest.n < 4 || get_u32(rest.p) > rest.n - 4)
        return FAIL(E_DAMAGED, "an entry reaches behind the end");
    *out = view_of(rest.p + 4, get_u32(rest.p));
    *inout_at += 4 + out->n;
    return OK;
}

static rc put_entry(struct buf *out, struct view entry)
{
    if (entry.n > UINT32_MAX) return FAIL(E_LIMIT, "bank: an entry of a delta over 4 GiB");
    TRY(buf_add_u32(out, (uint32_t)entry.n));
    return buf_add(out, entry);
}

static rc put_payload(const struct bank_change *change, struct buf *out)
{
    struct buf json CLEANUP(buf_done) = {0};
    for (uint32_t i = 0; i < change->n_withdraw; i++)
        TRY(put_entry(out, change->withdraw[i]));
    for (uint32_t i = 0; i < change->n_add; i++) {
        buf_reset(&json);
        TRY(item_to_json(&change->add[i], &json));
        TRY(put_entry(out, buf_view(&json)));
    }
    return OK;
}

rc delta_make(const struct pile *p, const struct bank_change *change, struct buf *out)
{
    struct buf payload CLEANUP(buf_done) = {0};
    uint8_t hash[BANK_HASH_BYTES];
    TRY(put_payload(change, &payload));
    TRY(buf_add(out, VIEW("SANADDLT")));
    TRY(buf_add_u32(out, DELTA_VERSION));
    TRY(buf_add_u32(out, 0));
    TRY(buf_add_u64(out, p->seq + 1));
    TRY(buf_add(out, view_of(bank_hash(p->base), BANK_HASH_BYTES)));
    TRY(buf_add(out, view_of(p->seq ? p->hash : k_no_hash, BANK_HASH_BYTES)));
    TRY(buf_add_u32(out, change->n_add));
    TRY(buf_add_u32(out, change->n_withdraw));
    TRY(buf_add_u64(out, payload.n));
    TRY(buf_add(out, buf_view(&payload)));
    TRY(seal_sha256(buf_view(out), hash));
    return buf_add(out, view_of(hash, sizeof hash));
}

/* ---- the folder ---- */

static rc path_in_folder(const char *bank_path, const char *name, char **out_owned)
{
    size_t n = strlen(bank_path) + strlen(name) + 4;
    TRY(mem_new(n, 1, out_owned));
    snprintf(*out_owned, n, "%s.d%s%s", bank_path, *name ? "/" : "", name);
    return OK;
}

rc delta_path(const char *bank_path, uint64_t seq, char **out_owned)
{
    char name[48];
    snprintf(name, sizeof name, "%08llu.delta", (unsigned long long)seq);
    return path_in_folder(bank_path, name, out_owned);
}

rc merged_path(const char *bank_path, char **out_owned)
{
    return path_in_folder(bank_path, "merged", out_owned);
}

rc merged_read(const char *bank_path, struct buf *out)
{
    char *path = NULL;
    TRY(merged_path(bank_path, &path));
    rc r = file_read(path, MERGED_MOST * BANK_HASH_BYTES, out);
    mem_free(path);
    return r.code == E_NOT_FOUND ? OK : r;
}

/* Number in "00000012.delta"; 0 for any other name. */
static uint64_t number_of(const char *name)
{
    size_t digits = strspn(name, "0123456789");
    uint64_t number = 0;
    if (digits < 8 || digits > MOST_NUMBER_DIGITS || strcmp(name + digits, ".delta") != 0) return 0;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (uint64_t)(name[i] - '0');
    return number;
}

/* Numbers of the deltas that are there, above a number, in no order: uint64 each. */
static rc list_numbers(const char *bank_path, uint64_t above, struct buf *out)
{
    char *path = NULL;
    TRY(path_in_folder(bank_path, "", &path));
    DIR *folder = opendir(path);
    rc r =
        folder || errno == ENOENT ? OK : FAIL(E_IO, "%s: cannot open: %s", path, strerror(errno));
    for (struct dirent *entry; ok(r) && folder && (entry = readdir(folder));) {
        uint64_t number = number_of(entry->d_name);
        if (number > above) r = buf_add_u64(out, number);
    }
    if (folder) closedir(folder);
    mem_free(path);
    return r;
}

rc delta_lowest(const char *bank_path, uint64_t above, uint64_t *out)
{
    struct buf numbers CLEANUP(buf_done) = {0};
    TRY(list_numbers(bank_path, above, &numbers));
    *out = 0;
    for (size_t i = 0; i < numbers.n; i += 8) {
        uint64_t number = get_u64(numbers.p + i);
        if (*out == 0 || number < *out) *out = number;
    }
    return OK;
}

static int by_number_down(const void *a, const void *b)
{
    uint64_t x = get_u64(a), y = get_u64(b);
    return x < y ? 1 : x > y ? -1 : 0;
}

rc delta_remove_above(const char *bank_path, uint64_t keep)
{
    struct buf numbers CLEANUP(buf_done) = {0};
    TRY(list_numbers(bank_path, keep, &numbers));
    if (numbers.n > 0) qsort(numbers.p, numbers.n / 8, 8, by_number_down);
    for (size_t i = 0; i < numbers.n; i += 8) {
        char *path = NULL;
        TRY(delta_path(bank_path, get_u64(numbers.p + i), &path));
        rc r = unlink(path) == 0 || errno == ENOENT
                   ? OK
                   : FAIL(E_IO, "%s: cannot remove: %s", path, strerror(errno));
        mem_free(path);
        TRY(r);
    }
    return OK;
}
