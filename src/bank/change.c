/* SPDX-License-Identifier: Apache-2.0
 * Writing beside a bank: the next delta, and the merge that folds all of them into the base. One
 * writer at a time holds a lock; readers never wait.
 *
 * A merge renames the new base over the old one and then removes the deltas. Between the two, and
 * for ever after a crash there, deltas of the old base stand beside the new one: so that they are
 * told from those of a wrong base, the merge first writes which base it is about to replace, before
 * the ones that were replaced earlier: a slow reader may hold a delta of two merges ago. */
#include "bank/bank_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_lock(const int *fd)
{
    if (*fd >= 0) close(*fd);
}

static rc lock_failed(const char *path)
{
    if (errno == EINTR) return FAIL(E_INTERRUPTED, "%s: stopped while waiting", path);
    return FAIL(errno == ENOSPC ? E_SPACE : E_IO, "%s: cannot lock: %s", path, strerror(errno));
}

/* The lock goes with the process. */
static rc lock_folder(const char *bank_path, int *out_fd)
{
    char path[4096];
    if (access(bank_path, F_OK) != 0)
        return FAIL(E_NOT_FOUND, "%s: cannot open: %s", bank_path, strerror(errno));
    int n = snprintf(path, sizeof path, "%s.d", bank_path);
    if (n < 0 || (size_t)n + 8 > sizeof path) return FAIL(E_LIMIT, "%s: too long", bank_path);
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return FAIL(E_IO, "%s: cannot create: %s", path, strerror(errno));
    memcpy(path + n, "/lock", 6);
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (fd < 0) return lock_failed(path);
    if (flock(fd, LOCK_EX) != 0) {
        rc r = lock_failed(path);
        close(fd);
        return r;
    }
    *out_fd = fd;
    return OK;
}

/* Base and all deltas, or the first that cannot be applied as the failure. */
static rc open_sound(const char *bank_path, struct pile *p)
{
    TRY(pile_open(bank_path, p));
    TRY(pile_follow(p, bank_path));
    return p->problem[0] ? FAIL(E_STALE, "%s", p->problem) : OK;
}

static rc write_file(const char *path, struct view bytes)
{
    struct file_writer w CLEANUP(file_abandon) = {.fd = -1};
    TRY(file_create(path, &w));
    TRY(file_write(&w, bytes));
    return file_commit(&w);
}

rc bank_change_write(const char *bank_path, const struct bank_change *change, uint64_t *out_seq)
{
    int lock CLEANUP(close_lock) = -1;
    struct pile p CLEANUP(pile_done) = {0};
    struct buf bytes CLEANUP(buf_done) = {0};
    struct delta d;
    char *path = NULL;
    TRY(lock_folder(bank_path, &lock));
    TRY(open_sound(bank_path, &p));
    TRY(delta_make(&p, change, &bytes));
    TRY(delta_read(buf_view(&bytes), &d));
    TRY(pile_apply(&p, &d)); /* what readers will refuse is not written */
    /* Whatever stands there although it was not applied is left over from before a merge. */
    TRY(delta_remove_above(bank_path, d.seq - 1));
    TRY(delta_path(bank_path, d.seq, &path));
    rc r = write_file(path, buf_view(&bytes));
    mem_free(path);
    if (ok(r)) *out_seq = d.seq;
    return r;
}

/* ---- merging ---- */

static rc note_replaced(const char *bank_path, const struct pile *p)
{
    struct buf bases CLEANUP(buf_done) = {0}, before CLEANUP(buf_done) = {0};
    char *path = NULL;
    rc r = merged_read(bank_path, &before);
    if (r.code == E_LIMIT) buf_reset(&before); /* not ours: begun anew */
    if (r.code != E_LIMIT) TRY(r);
    TRY(buf_add(&bases, view_of(bank_hash(p->base), BANK_HASH_BYTES)));
    TRY(buf_add(&bases, view_slice(buf_view(&before), 0, (MERGED_MOST - 1) * BANK_HASH_BYTES)));
    TRY(merged_path(bank_path, &path));
    r = write_file(path, buf_view(&bases));
    mem_free(path);
    return r;
}

/* The parameters of the base; its count of idf bits only when that was not left to the count of
 * items. */
static struct bank_params params_of(const struct pile *p)
{
    struct bank_params params = *bank_parameters(p->base);
    if (params.idf_bits == idf_bits_for(bank_n_items(p->base))) params.idf_bits = 0;
    return params;
}

static rc rebuild(const struct pile *p, const struct bank_progress *progress, const char *bank_path)
{
    struct bank_params params = params_of(p);
    struct bank_builder *builder;
    TRY(bank_builder_new(&params, NULL, &builder));
    rc r = pile_give_base(p, builder);
    if (ok(r)) r = pile_give_added(p, 0, p->ids.n, builder);
    if (ok(r)) r = bank_builder_write(builder, progress, bank_path);
    bank_builder_free(builder);
    return r;
}

rc bank_merge(const char *bank_path, const struct bank_progress *progress)
{
    int lock CLEANUP(close_lock) = -1;
    struct pile p CLEANUP(pile_done) = {0};
    TRY(lock_folder(bank_path, &lock));
    TRY(open_sound(bank_path, &p));
    if (p.seq > 0) TRY(note_replaced(bank_path, &p));
    TRY(rebuild(&p, progress, bank_path));
    return delta_remove_above(bank_path, 0);
}
