/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal as it is written: what was acknowledged stands here first. Files that only grow
 * (segments), named by the index of their first entry in twenty decimal digits. Numbers are
 * little-endian.
 *
 *   segment   offset | size | meaning
 *                  0 |    8 | "sanadjrn"
 *                  8 |    4 | 1, the version
 *                 12 |    4 | 0
 *                 16 |    8 | index of the first entry, as in the name
 *                 24 |    8 | mark, random: what every group of this file begins with
 *                 32 |   32 | salt, random
 *                 64 |   32 | SHA-256 of bytes 0 to 63
 *                 96 |      | groups, one behind the other
 *
 *   group          0 |    8 | mark
 *                  8 |    4 | n, bytes of the items
 *                 12 |    4 | count of items, 1 to 4,096
 *                 16 |    8 | index of the first one
 *                 24 |    8 | received, milliseconds since 1970; the same in each entry
 *                 32 |   32 | SHA-256 of salt, bytes 0 to 31, items
 *                 64 |    n | items
 *
 *   item           0 |    4 | e, bytes of the entry
 *                  4 |    4 | b, bytes beside it
 *                  8 |    e | the entry, as it stands in its bundle
 *              8 + e |    b | what lies beside it
 *
 * One checksum for a whole group, because a group is what one fdatasync makes durable: when power
 * fails in between, any of its pages may be there and any may be missing, so a good piece behind a
 * bad one means nothing within a group. A good group behind a bad one means damage: it was written
 * after the bad one was durable. SHA-256 and not a CRC, since what lies beside an entry has no
 * other hash, and it costs nothing beside the fdatasync. Salt and mark are never public, so that no
 * entry can hold bytes that pass for a group.
 */
#include "ledger/writing_int.h"

#include <stdio.h>
#include <string.h>

static const uint8_t k_magic[8] = {'s', 'a', 'n', 'a', 'd', 'j', 'r', 'n'};
enum {
    SEGMENT_VERSION = 1,
    AT_VERSION = 8,
    AT_FIRST = 16,
    AT_MARK = 24,
    AT_SALT = 32,
    AT_HASH = 64
};

static void put_u32(uint8_t *p, uint32_t x)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(x >> 8 * i);
}

static void put_u64(uint8_t *p, uint64_t x)
{
    put_u32(p, (uint32_t)x);
    put_u32(p + 4, (uint32_t)(x >> 32));
}

/* ---- the pieces of a file ---- */

void journal_file_name(uint64_t first, char out[SEGMENT_NAME_BYTES])
{
    snprintf(out, SEGMENT_NAME_BYTES, "%020llu", (unsigned long long)first);
}

rc segment_new(uint64_t first, struct segment *out, uint8_t out_head[SEGMENT_HEAD_BYTES])
{
    struct segment s = {.first = first};
    TRY(seal_random(s.mark, sizeof s.mark));
    TRY(seal_random(s.salt, sizeof s.salt));
    memset(out_head, 0, SEGMENT_HEAD_BYTES);
    memcpy(out_head, k_magic, sizeof k_magic);
    put_u32(out_head + AT_VERSION, SEGMENT_VERSION);
    put_u64(out_head + AT_FIRST, first);
    memcpy(out_head + AT_MARK, s.mark, sizeof s.mark);
    memcpy(out_head + AT_SALT, s.salt, sizeof s.salt);
    TRY(seal_sha256(view_of(out_head, AT_HASH), out_head + AT_HASH));
    *out = s;
    return OK;
}

rc segment_parse(const uint8_t head[SEGMENT_HEAD_BYTES], struct segment *out)
{
    uint8_t hash[SEAL_SHA256_BYTES];
    struct segment s;
    TRY(seal_sha256(view_of(head, AT_HASH), hash));
    if (memcmp(head, k_magic, sizeof k_magic) != 0 ||
        memcmp(hash, head + AT_HASH, sizeof hash) != 0)
        return FAIL(E_DAMAGED, "journal: the head of a file is damaged");
    if (get_u32(head + AT_VERSION) != SEGMENT_VERSION)
        return FAIL(E_VERSION, "journal: a file of version %u", get_u32(head + AT_VERSION));
    s.first = get_u64(head + AT_FIRST);
    memcpy(s.mark, head + AT_MARK, sizeof s.mark);
    memcpy(s.salt, head + AT_SALT, sizeof s.salt);
    *out = s;
    return OK;
}

rc group_hash(const struct segment *segment, const uint8_t *head, struct view items,
              struct seal_hash *out)
{
    CLEANUP(seal_hasher_done) struct seal_hasher h = {0};
    TRY(seal_hasher_init(&h));
    TRY(seal_hasher_add(&h, view_of(segment->salt, sizeof segment->salt)));
    TRY(seal_hasher_add(&h, view_of(head, GROUP_HEAD_BYTES - SEAL_SHA256_BYTES)));
    TRY(seal_hasher_add(&h, items));
    return seal_hasher_finish(&h, out->bytes);
}

rc group_add(struct view entry, struct view beside, struct buf *out)
{
    TRY(buf_reserve(out, ITEM_HEAD_BYTES + entry.n + beside.n, NULL));
    TRY(buf_add_u32(out, (uint32_t)entry.n));
    TRY(buf_add_u32(out, (uint32_t)beside.n));
    TRY(buf_add(out, entry));
    return buf_add(out, beside);
}

rc group_seal(const struct segment *segment, uint64_t index, uint32_t n, int64_t received_ms,
              struct buf *bytes)
{
    struct seal_hash hash;
    struct view items = view_slice(buf_view(bytes), GROUP_HEAD_BYTES, bytes->n);
    if (items.n > UINT32_MAX) return FAIL(E_LIMIT, "journal: a group of %zu bytes", items.n);
    memcpy(bytes->p, segment->mark, MARK_BYTES);
    put_u32(bytes->p + 8, (uint32_t)items.n);
    put_u32(bytes->p + 12, n);
    put_u64(bytes->p + 16, index);
    put_u64(bytes->p + 24, (uint64_t)received_ms);
    TRY(group_hash(segment, bytes->p, items, &hash));
    memcpy(bytes->p + 32, hash.bytes, sizeof hash.bytes);
    return OK;
}

/* ---- writing ---- */

rc journal_begin(struct journal *j)
{
    static const uint8_t k_zero[GROUP_HEAD_BYTES];
    buf_reset(&j->group);
    return buf_add(&j->group, view_of(k_zero, sizeof k_zero));
}

static rc make_segment(struct journal *j, uint64_t index, const char *path)
{
    struct append_file file = {.fd = -1};
    struct segment segment;
    uint8_t head[SEGMENT_HEAD_BYTES];
    TRY(segment_new(index, &segment, head));
    TRY(append_create(path, &file));
    rc r = append_write(&file, view_of(head, sizeof head));
    /* The name must be durable before anything in the file is acknowledged. */
    if (ok(r)) r = append_sync(&file);
    if (ok(r)) r = folder_sync(j->folder);
    if (!ok(r)) {
        append_close(&file);
        return r;
    }
    append_close(&j->file);
    j->file = file;
    j->segment = segment;
    j->bytes += sizeof head;
    return OK;
}

rc journal_rotate(struct journal *j, uint64_t index)
{
    CLEANUP(free_path) char *path = NULL;
    char name[SEGMENT_NAME_BYTES];
    if (j->file.path && j->segment.first == index) return OK;
    journal_file_name(index, name);
    TRY(path_join(j->folder, name, &path));
    return make_segment(j, index, path);
}

/* The first failure is the one to tell of; when the cut fails too, the next start either finds a
 * group that was never acknowledged whole, and takes it, or finds it torn. */
static rc take_back(struct journal *j, uint64_t size, rc failure)
{
    char why[512];
    snprintf(why, sizeof why, "%s", rc_message());
    rc cut = append_cut(&j->file, size);
    (void)cut;
    return FAIL(failure.code, "%s", why);
}

rc journal_commit(struct journal *j, uint64_t index, uint32_t n, int64_t received_ms)
{
    if (!j->file.path || j->file.size >= j->segment_bytes) TRY(journal_rotate(j, index));
    TRY(group_seal(&j->segment, index, n, received_ms, &j->group));
    uint64_t before = j->file.size;
    rc r = append_write(&j->file, buf_view(&j->group));
    if (ok(r)) r = append_sync(&j->file);
    if (!ok(r)) return take_back(j, before, r);
    j->bytes += j->group.n;
    return OK;
}

rc journal_resume(struct journal *j, const struct journal_end *end)
{
    CLEANUP(free_path) char *path = NULL;
    char name[SEGMENT_NAME_BYTES];
    j->bytes = end->bytes;
    if (!end->any) return OK;
    journal_file_name(end->last_first, name);
    TRY(path_join(j->folder, name, &path));
    if (end->headless) { /* made, and not used yet */
        TRY(file_remove(path));
        j->bytes -= end->last_bytes;
        return folder_sync(j->folder);
    }
    TRY(segment_head(path, &j->segment));
    TRY(append_open(path, &j->file));
    if (end->torn) {
        j->bytes -= j->file.size - end->last_bytes;
        TRY(append_cut(&j->file, end->last_bytes));
    }
    /* What a process wrote before it was killed is readable and perhaps not durable. */
    TRY(append_sync(&j->file));
    return folder_sync(j->folder);
}

void journal_close(struct journal *j)
{
    append_close(&j->file);
    buf_done(&j->group);
    mem_free(j->folder);
    j->folder = NULL;
}
