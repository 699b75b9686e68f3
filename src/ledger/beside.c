/* SPDX-License-Identifier: Apache-2.0
 *
 * What the journal still holds beside entries: read by who catches up, forgotten when it is kept
 * elsewhere. */
#include "ledger/writing_int.h"

struct telling {
    uint64_t from, end;
    void *context;
    rc (*each)(void *context, uint64_t index, const struct ledger_entry *entry, struct view beside);
};

static rc tell_group(void *context, const struct group *group)
{
    const struct telling *t = context;
    struct view bytes, beside;
    size_t at = 0;
    for (uint32_t i = 0; i < group->n; i++) {
        struct ledger_entry entry;
        uint64_t index = group->index + i;
        TRY(group_next(group->items, &at, &bytes, &beside));
        if (index < t->from || index >= t->end) continue;
        TRY(ledger_entry_parse(bytes, &entry));
        TRY(t->each(t->context, index, &entry, beside));
    }
    return OK;
}

rc ledger_each_beside(struct ledger *l, uint64_t from, void *context,
                      rc (*each)(void *context, uint64_t index, const struct ledger_entry *entry,
                                 struct view beside))
{
    struct telling t = {from, l->tree.size, context, each};
    struct journal_end end;
    if (from >= t.end) return OK;
    TRY(journal_read(l->journal.folder, from, l->published_size, &t, tell_group, &end));
    if (end.damaged) return FAIL(E_DAMAGED, "%s", end.why);
    return OK;
}

rc ledger_trim(struct ledger *l, uint64_t index, bool erase)
{
    TRY(ledger_may_write(l));
    if (index > l->tree.size) index = l->tree.size;
    /* Only what tiles hold may go; an erasure does not wait for the next publish. */
    if (erase && index > l->published_size) TRY(ledger_publish(l));
    if (index > l->published_size) index = l->published_size;
    /* No file is open when the last one was made and never used: then the one before it counts as
     * the present one, which is left alone, until there is another. */
    if (erase && index > 0 && (!l->journal.file.path || l->journal.segment.first < index))
        TRY(ledger_broke(l, journal_rotate(&l->journal, l->tree.size)));
    return ledger_broke(l, journal_trim(&l->journal, index, erase));
}
