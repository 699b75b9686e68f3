/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries, and the bundles that they stand in (C2SP tlog-tiles). One spelling for each entry: what
 * parses is written again as the same bytes.
 *
 *   line 1   sanad/entry/v1
 *   line 2   received: milliseconds since 1970, decimal, no sign, no leading zero
 *   line 3   sha256: and 64 lower-case hexadecimal digits, the record's id
 *   rest     the signed note of a clear record, or nothing
 *
 *   bundle: for each entry  offset 0 | size 2 | n, big-endian
 *                                  2 | n      | the entry
 */
#include "ledger/ledger_int.h"

#include <stdio.h>

enum { ENTRY_HEAD_BYTES = 128 };

static rc take_line(struct view *rest, int number, struct view *out)
{
    size_t n = view_find(*rest, '\n');
    if (n == rest->n) return FAIL(E_INPUT, "entry: line %d has no end", number);
    *out = view_of(rest->p, n);
    *rest = view_slice(*rest, n + 1, rest->n);
    return OK;
}

static rc check_version(struct view line)
{
    if (view_eq(line, VIEW(ENTRY_LINE))) return OK;
    return FAIL(view_starts(line, VIEW("sanad/entry/")) ? E_VERSION : E_INPUT,
                "entry: line 1 is \"%.*s\", not \"" ENTRY_LINE "\"",
                VIEW_ARG(view_slice(line, 0, 40)));
}

rc ledger_entry_parse(struct view bytes, struct ledger_entry *out)
{
    struct view rest = bytes, line;
    struct ledger_entry e = {0};
    uint64_t received;
    if (bytes.n > LEDGER_ENTRY_MAX_BYTES)
        return FAIL(E_INPUT, "entry: %zu bytes, more than %d", bytes.n, LEDGER_ENTRY_MAX_BYTES);
    TRY(take_line(&rest, 1, &line));
    TRY(check_version(line));
    TRY(take_line(&rest, 2, &line));
    TRY(seal_count_read(line, "entry: received", &received));
    e.received_ms = (int64_t)received;
    TRY(take_line(&rest, 3, &line));
    if (!view_starts(line, VIEW(ID_PREFIX)))
        return FAIL(E_INPUT, "entry: the id does not begin with " ID_PREFIX);
    TRY(seal_from_hex(view_slice(line, sizeof ID_PREFIX - 1, line.n), sizeof e.id.bytes,
                      e.id.bytes));
    e.note = rest;
    *out = e;
    return OK;
}

/* What stands before the note; its length. */
static rc write_head(const struct ledger_entry *entry, char head[ENTRY_HEAD_BYTES], size_t *out_n)
{
    char hex[2 * SEAL_SHA256_BYTES];
    if (entry->received_ms < 0)
        return FAIL(E_INPUT, "entry: received before 1970: %lld", (long long)entry->received_ms);
    seal_hex(entry->id.bytes, sizeof entry->id.bytes, hex);
    int n = snprintf(head, ENTRY_HEAD_BYTES, ENTRY_LINE "\n%lld\n" ID_PREFIX "%.*s\n",
                     (long long)entry->received_ms, (int)sizeof hex, hex);
    if (entry->note.n > (size_t)(LEDGER_ENTRY_MAX_BYTES - n))
        return FAIL(E_LIMIT, "entry: a note of %zu bytes, more than the %d that fit", entry->note.n,
                    LEDGER_ENTRY_MAX_BYTES - n);
    *out_n = (size_t)n;
    return OK;
}

rc ledger_entry_check(const struct ledger_entry *entry)
{
    char head[ENTRY_HEAD_BYTES];
    size_t n;
    return write_head(entry, head, &n);
}

rc ledger_entry_write(const struct ledger_entry *entry, struct buf *out)
{
    char head[ENTRY_HEAD_BYTES];
    size_t n;
    TRY(write_head(entry, head, &n));
    TRY(buf_reserve(out, n + entry->note.n, NULL));
    TRY(buf_add(out, view_of(head, n)));
    return buf_add(out, entry->note);
}

/* ---- bundles ---- */

rc bundle_next(struct view bundle, size_t *at, struct view *out_entry)
{
    struct view rest = view_slice(bundle, *at, bundle.n);
    size_t n = rest.n < LENGTH_BYTES ? 0 : (size_t)(rest.p[0] << 8 | rest.p[1]);
    if (rest.n < LENGTH_BYTES + n)
        return FAIL(E_DAMAGED, "bundle: an entry is cut off at byte %zu of %zu", *at, bundle.n);
    *out_entry = view_of(rest.p + LENGTH_BYTES, n);
    *at += LENGTH_BYTES + n;
    return OK;
}

rc bundle_add(struct view entry, struct buf *out)
{
    if (entry.n > LEDGER_ENTRY_MAX_BYTES)
        return FAIL(E_LIMIT, "bundle: an entry of %zu bytes, more than %d", entry.n,
                    LEDGER_ENTRY_MAX_BYTES);
    const uint8_t length[LENGTH_BYTES] = {(uint8_t)(entry.n >> 8), (uint8_t)entry.n};
    TRY(buf_reserve(out, sizeof length + entry.n, NULL));
    TRY(buf_add(out, view_of(length, sizeof length)));
    return buf_add(out, entry);
}
