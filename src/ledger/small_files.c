/* SPDX-License-Identifier: Apache-2.0
 *
 * The small files of a log folder.
 *
 *   DIR/log        line 1   sanad/log/v1
 *                  line 2   the public line of the log's key; its name is the origin
 *
 *   DIR/promised   two places, at byte 0 and byte 4096, written by turns; the larger size counts.
 *                  Each is these lines, and zeros up to 4096 bytes:
 *                  line 1   sanad/promised/v1
 *                  line 2   size, decimal
 *                  line 3   base64 of the root
 *                  line 4   the first 16 hexadecimal digits of SHA-256 of the lines before
 *
 * The second is written in place for each checkpoint, since a file renamed without an fsync may be
 * empty after a power failure on some file systems: when one place is torn, the other still holds
 * the promise before, and nothing was signed for the torn one yet.
 */
#include "ledger/ledger_int.h"

#include <stdio.h>
#include <string.h>

#define LOG_LINE "sanad/log/v"
#define PROMISED_LINE "sanad/promised/v1"
enum { SMALL_FILE_BYTES = 1 << 14, CHECK_BYTES = 8, PLACE_BYTES = 4096, N_PLACES = 2 };

rc path_join(const char *dir, const char *name, char **out)
{
    size_t n = strlen(dir) + strlen(name) + 2;
    char *p;
    TRY(mem_new(n, 1, &p));
    snprintf(p, n, "%s/%s", dir, name);
    *out = p;
    return OK;
}

static rc read_small(const char *dir, const char *name, struct buf *out)
{
    CLEANUP(free_path) char *path = NULL;
    TRY(path_join(dir, name, &path));
    return file_read(path, SMALL_FILE_BYTES, out);
}

rc write_durable(const char *dir, const char *name, struct view bytes)
{
    CLEANUP(free_path) char *path = NULL;
    CLEANUP(file_abandon) struct file_writer w = {0};
    TRY(path_join(dir, name, &path));
    TRY(file_create(path, &w));
    TRY(file_write(&w, bytes));
    return file_commit(&w);
}

static bool next_line(struct view *rest, struct view *out)
{
    size_t n = view_find(*rest, '\n');
    if (n == rest->n) return false;
    *out = view_of(rest->p, n);
    *rest = view_slice(*rest, n + 1, rest->n);
    return true;
}

/* ---- DIR/log ---- */

static rc read_version(struct view line, uint32_t *out)
{
    uint64_t version;
    struct view digits = view_slice(line, sizeof LOG_LINE - 1, line.n);
    if (!view_starts(line, VIEW(LOG_LINE)) ||
        !ok(seal_count_read(digits, "log: format version", &version)) || version == 0)
        return FAIL(E_FORMAT, "log: line 1 is \"%.*s\", not a version of a log",
                    VIEW_ARG(view_slice(line, 0, 40)));
    if (version > FORMAT_VERSION)
        return FAIL(E_VERSION, "log: format %llu is newer than this program, which reads up to %d",
                    (unsigned long long)version, FORMAT_VERSION);
    *out = (uint32_t)version;
    return OK;
}

rc log_file_read(const char *dir, struct arena *mem, struct log_file *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct view rest, line;
    struct log_file log;
    TRY(read_small(dir, LOG_FILE, &text));
    rest = buf_view(&text);
    if (!next_line(&rest, &line)) return FAIL(E_FORMAT, "log: no line in %s/" LOG_FILE, dir);
    TRY(read_version(line, &log.version));
    if (!next_line(&rest, &line) || rest.n > 0)
        return FAIL(E_FORMAT, "log: %s/" LOG_FILE " has not two lines", dir);
    TRY(seal_verifier_parse(line, mem, &log.key));
    *out = log;
    return OK;
}

rc log_file_write(const char *dir, const struct seal_verifier *key)
{
    CLEANUP(buf_done) struct buf text = {0};
    TRY(buf_addf(&text, LOG_LINE "%d\n", FORMAT_VERSION));
    TRY(seal_verifier_print(key, &text));
    TRY(buf_add_byte(&text, '\n'));
    return write_durable(dir, LOG_FILE, buf_view(&text));
}

/* ---- DIR/promised ---- */

static rc add_check(struct buf *text)
{
    uint8_t hash[SEAL_SHA256_BYTES];
    char hex[2 * CHECK_BYTES];
    TRY(seal_sha256(buf_view(text), hash));
    seal_hex(hash, CHECK_BYTES, hex);
    TRY(buf_add(text, view_of(hex, sizeof hex)));
    return buf_add_byte(text, '\n');
}

/* One place, filled up with zeros. */
static rc print_promise(const struct promise *promise, struct buf *out)
{
    static const uint8_t k_zeros[PLACE_BYTES];
    TRY(buf_addf(out, PROMISED_LINE "\n%llu\n", (unsigned long long)promise->size));
    TRY(seal_base64(view_of(promise->root.bytes, sizeof promise->root.bytes), out));
    TRY(buf_add_byte(out, '\n'));
    TRY(add_check(out));
    return buf_add(out, view_of(k_zeros, sizeof k_zeros - out->n));
}

/* *out_good is false for what is not exactly what we would write. */
static rc read_place(struct view place, struct promise *out, bool *out_good)
{
    CLEANUP(buf_done) struct buf again = {0};
    struct view rest = place, first, size, root;
    struct promise p;
    *out_good = false;
    if (!next_line(&rest, &first) || !next_line(&rest, &size) || !next_line(&rest, &root) ||
        !view_eq(first, VIEW(PROMISED_LINE)) || !ok(seal_count_read(size, "size", &p.size)) ||
        !ok(seal_from_base64_exact(root, sizeof p.root.bytes, p.root.bytes)))
        return OK;
    TRY(print_promise(&p, &again));
    *out_good = view_eq(place, buf_view(&again));
    if (*out_good) *out = p;
    return OK;
}

/* The latest promise and the place where it stands. */
static rc read_places(const char *dir, struct promise *out, uint32_t *out_place)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    bool any = false;
    TRY(read_small(dir, PROMISED_FILE, &bytes));
    for (uint32_t i = 0; i < N_PLACES; i++) {
        struct view place = view_slice(buf_view(&bytes), i * PLACE_BYTES, PLACE_BYTES);
        struct promise p;
        bool good;
        TRY(read_place(place, &p, &good));
        if (!good || (any && p.size <= out->size)) continue;
        *out = p;
        *out_place = i;
        any = true;
    }
    if (!any) return FAIL(E_DAMAGED, "log: %s/" PROMISED_FILE " cannot be read", dir);
    return OK;
}

rc promise_read(const char *dir, struct promise *out)
{
    struct promise p = {0};
    uint32_t place;
    TRY(read_places(dir, &p, &place));
    *out = p;
    return OK;
}

rc promise_write(const char *dir, const struct promise *promise)
{
    static const uint8_t k_zeros[PLACE_BYTES];
    CLEANUP(buf_done) struct buf bytes = {0};
    TRY(print_promise(promise, &bytes));
    TRY(buf_add(&bytes, view_of(k_zeros, sizeof k_zeros)));
    return write_durable(dir, PROMISED_FILE, buf_view(&bytes));
}

rc promise_place(const char *dir, const struct promise *promise)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(free_path) char *path = NULL;
    struct promise before = {0};
    uint32_t place;
    TRY(read_places(dir, &before, &place));
    TRY(print_promise(promise, &bytes));
    TRY(path_join(dir, PROMISED_FILE, &path));
    return file_overwrite(path, (uint64_t)(1 - place) * PLACE_BYTES, buf_view(&bytes));
}
