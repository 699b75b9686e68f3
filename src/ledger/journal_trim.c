/* SPDX-License-Identifier: Apache-2.0
 *
 * What the journal forgets: whole files, and with erase what lies beside earlier entries in the
 * file that goes on behind them. The layout stands at the head of journal.c. */
#include "ledger/writing_int.h"

#include <stdio.h>

static rc segment_path(const struct journal *j, uint64_t first, char **out)
{
    char name[SEGMENT_NAME_BYTES];
    journal_file_name(first, name);
    return path_join(j->folder, name, out);
}

/* ---- a file written anew ---- */

struct rewriting {
    const struct segment *segment;
    uint64_t index; /* nothing is left beside entries before it */
    uint64_t written;
    struct file_writer *file;
    struct buf group;
};

static rc copy_group(void *context, const struct group *group)
{
    struct rewriting *w = context;
    struct view entry, beside;
    static const uint8_t k_zero[GROUP_HEAD_BYTES];
    size_t at = 0;
    buf_reset(&w->group);
    TRY(buf_add(&w->group, view_of(k_zero, sizeof k_zero)));
    for (uint32_t i = 0; i < group->n; i++) {
        TRY(group_next(group->items, &at, &entry, &beside));
        if (group->index + i < w->index) beside.n = 0;
        TRY(group_add(entry, beside, &w->group));
    }
    TRY(group_seal(w->segment, group->index, group->n, group->received_ms, &w->group));
    w->written += w->group.n;
    return file_write(w->file, buf_view(&w->group));
}

/* The file that begins at first and ends at end, without what lies beside entries before index. */
static rc rewrite(struct journal *j, uint64_t first, uint64_t end, uint64_t index,
                  uint64_t *out_bytes)
{
    CLEANUP(free_path) char *path = NULL;
    CLEANUP(file_abandon) struct file_writer file = {0};
    struct segment segment;
    uint8_t head[SEGMENT_HEAD_BYTES];
    struct rewriting w = {.segment = &segment, .index = index, .file = &file};
    TRY(segment_path(j, first, &path));
    TRY(segment_new(first, &segment, head));
    TRY(file_create(path, &file));
    rc r = file_write(&file, view_of(head, sizeof head));
    if (ok(r)) r = segment_read(j->folder, first, end, &w, copy_group);
    buf_done(&w.group);
    TRY(r);
    TRY(file_commit(&file));
    *out_bytes = w.written + sizeof head;
    return OK;
}

/* ---- whole files ---- */

static rc remove_segment(struct journal *j, uint64_t first, uint64_t bytes)
{
    CLEANUP(free_path) char *path = NULL;
    TRY(segment_path(j, first, &path));
    TRY(file_remove(path));
    j->bytes -= bytes;
    return OK;
}

rc journal_trim(struct journal *j, uint64_t index, bool erase)
{
    CLEANUP(arena_done) struct arena mem = {0};
    uint64_t *firsts, bytes, now;
    size_t n;
    TRY(journal_list(j->folder, &mem, &firsts, &n));
    for (size_t i = 0; i + 1 < n; i++) { /* the last one is the present one */
        TRY(segment_bytes(j->folder, firsts[i], &bytes));
        if (firsts[i + 1] <= index) {
            TRY(remove_segment(j, firsts[i], bytes));
        } else if (erase && firsts[i] < index) {
            TRY(rewrite(j, firsts[i], firsts[i + 1], index, &now));
            j->bytes = j->bytes - bytes + now;
        }
    }
    return folder_sync(j->folder);
}
