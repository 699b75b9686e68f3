/* SPDX-License-Identifier: Apache-2.0
 *
 * store: what records say, as tables that can be asked. Three databases in one folder:
 *   view    rebuilt from the log at any time: places of records, objects and their states, what
 *           is projected of each kind. Never holds anything that is not somewhere else.
 *   notes   signed notes that are not in the public log and erasable parts: primary data, backed up
 *           with the log; and which signatures were found to hold, for a replay
 *   local   drafts and asks: never federated, never logged, never touched by a replay
 *
 * One interface; SQLite stands behind it now. Nothing of SQL or of SQLite shows here, places are
 * (log, index), and every change is one transaction that its caller may repeat after E_BUSY, so
 * that another database fits behind it.
 *
 * Marks, recipients and groups are enforced here and nowhere else: every question names its viewer.
 * A store belongs to one thread; readers open their own (look_only) and see whole transactions.
 */
#ifndef SANAD_STORE_H
#define SANAD_STORE_H

#include "base/base.h"
#include "record/record.h"

#ifdef __cplusplus
extern "C" {
#endif

struct store;

struct store_options {
    const struct record_founder *founders; /* borrowed until close */
    uint32_t n_founders;
    bool look_only;
    bool leaves_erasure; /* that was stopped, to the next opening; it may empty the view */
    bool without_view;   /* for store_backup alone */
    int64_t now_ms;      /* at which the register is folded before the first apply or tick */
    struct view log; /* origin of the log behind the local door, borrowed until close; empty: each
                        author's home log */
};
/** Opens or makes the databases in dir (made when missing), mode 600.
 *  Errors  E_NOT_FOUND look_only and none there; E_VERSION a newer schema of notes or local;
 *          E_STALE look_only and a view of another version, or being rebuilt; E_DAMAGED, E_IO,
 *          E_SPACE, E_BUSY another writer. A writer drops a view of another version (replay). */
MUST rc store_open(const char *dir, const struct store_options *options, struct store **out);
void store_close(struct store *s);

/* ---- Taking in ----------------------------------------------------------------------------- */

/** A record as it stands in a log. */
struct store_arrival {
    struct view log; /* origin */
    uint64_t index;
    int64_t received_ms;
    struct seal_hash id;
    struct view
        note; /* signed note; empty: looked up in notes, else only the commitment is known */
    const struct record_part_text *parts; /* erasable parts that came with it: field, bytes */
    uint32_t n_parts;
    const struct record *read; /* the note's text, parsed as RECORD_FROM_ELSEWHERE; NULL: not yet */
};
struct store_report {
    uint64_t n_new, n_known, n_unreadable, n_folded, n_without_effect;
};
/** Takes records in, folds what they touch and what rests on that, and projects: one transaction,
 *  with the applied index of each log. Notes of marks other than clear and parts are durable in
 *  `notes` before. What does not parse is kept as a commitment, with the reason. Twice is fine.
 *  Arrivals of a log come in the order of their index without gaps. A group that store_admit let in
 *  just before, note by note with the same now_ms, keeps what was done there when its places are
 *  those that were expected.
 *  now_ms   for clocks
 *  Errors   E_STALE a gap; E_BUSY, E_SPACE, E_IO, E_MEMORY: nothing was changed */
MUST rc store_apply(struct store *s, const struct store_arrival *arrivals, size_t n, int64_t now_ms,
                    struct store_report *out);
/** Whether nothing of any log is applied. */
MUST rc store_is_new(struct store *s, bool *out);
/** Index of the next entry of a log that is not applied yet; 0 for a log that is not known. */
MUST rc store_applied(struct store *s, struct view log, uint64_t *out_next);
/** When time alone changes a state next, INT64_MAX: never. Past: store_tick is due. */
MUST rc store_due(struct store *s, int64_t *out_ms);
/** Folds again what time alone has changed. out_next_ms: when to come again, INT64_MAX: never.
 *  Errors as store_apply */
MUST rc store_tick(struct store *s, int64_t now_ms, int64_t *out_next_ms);
/** What the local door says to a note that would come next: parsed at RECORD_WRITTEN_HERE,
 *  signatures, guards, effect (record_admit), the mark's needs. `pending` are those admitted before
 *  it that are not applied yet [n]: a list that only grows until store_apply; one that ends
 *  otherwise is another group.
 *  Errors  E_INPUT and others of record with the rule and path; E_DUPLICATE it is there already;
 *          E_MEMORY, E_IO
 *  out     the record, borrowed until the store is called again; may be NULL */
MUST rc store_admit(struct store *s, struct view note, const struct record_part_text *parts,
                    uint32_t n_parts, const struct store_arrival *pending, size_t n_pending,
                    int64_t now_ms, struct arena *mem, const struct record **out);
/** Begins to check the signatures of notes that are about to come to the door in this order, on
 *  n_threads other cores, so that store_admit and store_apply need not. Changes nothing that they
 *  answer. The threads end with store_forget_foreseen.
 *  notes   [n], borrowed until store_forget_foreseen or the next call. Errors E_MEMORY, E_IO */
MUST rc store_foresee(struct store *s, const struct view *notes, size_t n, uint32_t n_threads);
/** The same for entries that are about to be applied; nothing when their signatures are known from
 *  before, as after a replay. arrivals: of one log, [n], borrowed likewise */
MUST rc store_foresee_arrivals(struct store *s, const struct store_arrival *arrivals, size_t n,
                               uint32_t n_threads);
void store_forget_foreseen(struct store *s);
/** Empties the view, so that all logs can be applied from index 0 again. Notes and local stay. */
MUST rc store_forget_view(struct store *s);
/** The same to fill it in one go, at the speed of the processor: until store_rebuilt nothing of the
 *  view is committed or shown to readers (they are told E_STALE or E_BUSY); after a failure, or a
 *  stop in between, it is empty. While somebody else reads, as store_forget_view. */
MUST rc store_rebuild(struct store *s);
MUST rc store_rebuilt(struct store *s);
/** Erases a note that is not public (its record then folds as erased), or one part of it: the bytes
 *  are overwritten in the file. What stops it half way is gone on with by the next store_open. Of
 * an organisation's record the view is emptied, as by store_forget_view: its keys explain nothing
 * any more. Errors E_NOT_FOUND. The log's journal is the caller's (ledger_trim). */
MUST rc store_erase(struct store *s, const struct seal_hash *id, struct view field, int64_t now_ms);

/** Whether bytes of parts that a state of their kind erased may still stand beside the databases
 * and in the journal of the log: they left `notes` with the transaction that folded the state.
 * Stays so over a stop until store_settle_erasure. */
bool store_owes_erasure(const struct store *s);
/** The journal holds nothing of them any more (ledger_trim); now nothing beside the databases does.
 *  Errors  E_BUSY a reader holds them; E_IO: ask again */
MUST rc store_settle_erasure(struct store *s);

/* ---- Asking -------------------------------------------------------------------------------- */

enum store_viewer_kind {
    STORE_ANYBODY,      /* sees what is clear */
    STORE_ORGANISATION, /* an admitted member: green, and what names it or its groups */
    STORE_NODE          /* the node itself: folds, banks, backups; never a person's request */
};
struct store_viewer {
    enum store_viewer_kind kind;
    struct view org; /* of STORE_ORGANISATION */
};

/** The node itself. */
extern const struct store_viewer k_store_node;

/** What a viewer may see of a thing. */
enum store_sight {
    STORE_ALL,
    STORE_STATE_ONLY, /* below the mark: that it is there, kind and state, no reasons */
    STORE_NOTHING     /* and is not even listed: the state itself would tell (signals, holds) */
};

struct store_event {
    const struct record *r; /* NULL: erased, or the viewer may not read it */
    struct seal_hash id;
    struct view log, kind, org;
    uint64_t index;
    int64_t received_ms;
    bool in_effect, erased;
    struct view why;
    struct view state; /* it moved the object to; empty */
};
struct store_clock {
    struct view name, late_text;
    int64_t started_ms, due_ms;
    bool stopped, late;
};
struct store_object {
    struct seal_hash id;
    enum store_sight sight;
    struct view kind, org, state;
    int64_t since_ms;
    enum record_mark mark;
    struct view why; /* incomplete, frozen, without effect */
    const struct record
        *current;               /* the version that holds; NULL when erased or not for the viewer */
    const struct view *missing; /* signers */
    uint32_t n_missing;
    const struct store_event *events; /* in the order of the fold */
    uint32_t n_events;
    const struct store_clock *clocks;
    uint32_t n_clocks;
};
/** The object that a record belongs to. Errors E_NOT_FOUND; also when the viewer may see nothing.
 */
MUST rc store_object(struct store *s, const struct store_viewer *viewer, const struct seal_hash *id,
                     struct arena *mem, struct store_object *out);
/** The signed note of a record as it came, and its parts: those that the viewer may see. */
MUST rc store_note(struct store *s, const struct store_viewer *viewer, const struct seal_hash *id,
                   struct arena *mem, struct view *out_note,
                   const struct record_part_text **out_parts, uint32_t *out_n_parts);
/** Where a record stands in its author's home log; of what the viewer may not know of: E_NOT_FOUND.
 */
MUST rc store_place(struct store *s, const struct store_viewer *viewer, const struct seal_hash *id,
                    struct arena *mem, struct view *out_log, uint64_t *out_index);

struct store_filter {
    struct view kind, state, org;  /* empty: any */
    const struct seal_hash *about; /* NULL: any; who spoke about a thing, page by page */
    int64_t changed_after_ms;      /* 0: any */
};
/** Objects in the order of their first record (log, index), without events. after: NULL or the last
 *  id of the page before; at most `limit`. Each call of `each` borrows its object for the call.
 *  With `about`: what a page of a claim lists under it, each with its own state, where the events
 *  of store_object are single records.
 *  Cost  O(objects of the kind, or of all); with `about` O(records about it) */
MUST rc store_list(struct store *s, const struct store_viewer *viewer, const struct store_filter *f,
                   const struct seal_hash *after, uint32_t limit, void *context,
                   rc (*each)(void *context, const struct store_object *object));
/** The register as folded now: names, keys and membership of organisations, which are clear to
 *  everybody by their kind; so no viewer. Borrowed until the next apply, tick or close. */
MUST rc store_register(struct store *s, const struct record_register **out);

/** Every table of the view, rows in the order of their keys, as JSON lines: the same bytes for the
 *  same records, whatever the order they came in. */
MUST rc store_dump_view(struct store *s, void *context,
                        rc (*line)(void *context, struct view line));
/** Copies notes and local into a folder while the store is in use. */
MUST rc store_backup(struct store *s, const char *target_dir);
/** Puts such a copy where there is no store yet. The view is rebuilt by applying the logs.
 *  Errors E_DUPLICATE there is one; E_NOT_FOUND, E_IO, E_SPACE. */
MUST rc store_restore(const char *backup_dir, const char *dir);

/* ---- Local --------------------------------------------------------------------------------- */

/** A draft by name; replaces an earlier one. get and remove: E_NOT_FOUND. */
MUST rc store_draft_put(struct store *s, struct view name, struct view text, int64_t now_ms);
MUST rc store_draft_get(struct store *s, struct view name, struct arena *mem, struct view *out);
MUST rc store_draft_remove(struct store *s, struct view name);
MUST rc store_draft_list(struct store *s, void *context,
                         rc (*each)(void *context, struct view name, int64_t changed_ms));

/** Counts a question without an answer: its text, scrubbed by the caller, by day (UTC). Nothing
 * else is kept of it, so nothing says who asked. */
MUST rc store_ask_add(struct store *s, struct view text, int64_t now_ms);
/** Questions of a day "YYYY-MM-DD", the most frequent first. Those below STORE_LEAST_TOLD are told
 *  to nobody. */
enum { STORE_LEAST_TOLD = 10 };
MUST rc store_ask_list(struct store *s, struct view day, void *context,
                       rc (*each)(void *context, struct view text, uint64_t n));

#ifdef __cplusplus
}
#endif
#endif
