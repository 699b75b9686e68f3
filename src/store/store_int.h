/* SPDX-License-Identifier: Apache-2.0
 * Inside of store. Two halves: a database that runs prepared operations by number (one folder per
 * database: sqlite/), and what the operations mean, which knows no SQL.
 *
 *   batch   records that one transaction looked at, by id and by number, in one arena
 *   objects that it touched, folded until nothing changes */
#ifndef SANAD_STORE_INT_H
#define SANAD_STORE_INT_H

#include "store/store.h"
#include "store_ops.gen.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The database -------------------------------------------------------------------------- */

enum db_which { DB_VIEW, DB_NOTES, DB_LOCAL, N_DB };
enum cell_type { CELL_NULL, CELL_INT, CELL_TEXT, CELL_BLOB };
/** One argument or one column. */
struct cell {
    enum cell_type type;
    int64_t i;
    struct view v; /* arguments: borrowed for the call; columns: until the operation's next use */
};
static inline struct cell cell_int(int64_t i)
{
    struct cell c = {CELL_INT, i, {NULL, 0}};
    return c;
}
static inline struct cell cell_none(void)
{
    struct cell c = {CELL_NULL, 0, {NULL, 0}};
    return c;
}
/** Text and bytes; NULL when there are none. */
static inline struct cell cell_text(struct view v)
{
    struct cell c = {v.n ? CELL_TEXT : CELL_NULL, 0, v};
    return c;
}
static inline struct cell cell_blob(struct view v)
{
    struct cell c = {v.n ? CELL_BLOB : CELL_NULL, 0, v};
    return c;
}

/** A text with its length before it, so that no two lists of texts give the same bytes. */
static inline rc text_add(struct buf *b, struct view v)
{
    TRY(buf_add_u32(b, (uint32_t)v.n));
    return buf_add(b, v);
}

struct db;
/** Opens the databases, with or without the view. Errors as store_open. */
MUST rc db_open(const char *dir, bool look_only, bool with_view, struct db **out);
void db_close(struct db *db);
/** One transaction over view, or over notes. Twice is fine. Readers hold a snapshot. */
MUST rc db_begin(struct db *db, enum db_which which);
MUST rc db_commit(struct db *db, enum db_which which);
void db_rollback(struct db *db, enum db_which which);
/** Ends a transaction that only looked at the view. */
void db_looked(struct db *db);
/** Empties the view. Errors E_IO, E_SPACE. Outside of transactions. */
MUST rc db_empty_view(struct db *db);
/** Empties it, and from then on commits and syncs nothing until db_rebuilt: what is closed before,
 *  stops, or is rolled back, is empty. */
MUST rc db_rebuild(struct db *db);
MUST rc db_rebuilt(struct db *db);
/** Moves everything into the main files and empties what stands beside them, so that bytes that
 *  were erased are in none. */
MUST rc db_settle(struct db *db, bool patient);
MUST rc db_copy(struct db *db, enum db_which which, const char *path);
/** A count that moves when another process changed the view. */
MUST rc db_version(struct db *db, int64_t *out);

/** Runs an operation without rows; out_changed (may be NULL): rows that it wrote. */
MUST rc db_do(struct db *db, enum op op, const struct cell *args, uint32_t n, int64_t *out_changed);
/** Starts an operation with rows; the same operation must not be under way. */
MUST rc db_ask(struct db *db, enum op op, const struct cell *args, uint32_t n);
/** The next row: its first n columns; *out_more false behind the last, and then it is over. */
MUST rc db_row(struct db *db, enum op op, struct cell *out, uint32_t n, bool *out_more);
/** Ends an operation whose rows are not all wanted, or whose columns are no longer borrowed. */
void db_end(struct db *db, enum op op);
/** The first row, copied into mem. */
MUST rc db_one(struct db *db, enum op op, const struct cell *args, uint32_t n, struct arena *mem,
               struct cell *out, uint32_t n_out, bool *out_found);
/** All rows, their first n_cells columns, [rows][n_cells], copied into mem. */
MUST rc db_rows(struct db *db, enum op op, const struct cell *args, uint32_t n, struct arena *mem,
                uint32_t n_cells, const struct cell **out, uint32_t *out_n);
/** First columns of all rows, numbers, in mem. */
MUST rc db_numbers(struct db *db, enum op op, const struct cell *args, uint32_t n,
                   struct arena *mem, int64_t **out, uint32_t *out_n);
uint32_t db_columns(struct db *db, enum op op);
const char *db_op_name(enum op op);

/* ---- Records of a transaction ---------------------------------------------------------------- */

enum rec_status {
    REC_NAMED,      /* another record names it; it stands in no log here */
    REC_COMMITMENT, /* it stands in a log; what it says is not known */
    REC_READABLE,
    REC_UNREADABLE, /* there is a note, and it is none; why */
    REC_ERASED
};

struct object_rows;
struct rec_place {
    int64_t shard, seq, received_ms;
};
struct rec;
struct rec_list {
    struct rec **at;
    uint32_t n, cap;
};
struct rec {
    int64_t n;
    struct seal_hash id;
    int64_t root; /* follow with rec_root */
    int64_t prev; /* number, 0: none */
    enum rec_status status;
    struct view kind, org, why;
    struct view was_kind; /* before it was erased */
    int64_t mark;         /* -1: not known */
    struct rec_place place;
    struct rec_place *again; /* further places */
    uint32_t n_again;
    struct view signatures, cosigned; /* packed record_signature */
    struct view note;                 /* of this transaction; empty: ask the database */
    const struct record *r;           /* read; NULL: not yet, or there is none */
    struct rec_list chain, about;     /* of fresh ones: who has it as root, who speaks about it */
    struct rec_list targets;          /* of what arrived: what it speaks about */
    bool fresh; /* made by this transaction: nothing older knows of it, and the lists are whole */
    bool in_db; /* its row is written */
    bool was_readable; /* and said so before this transaction */
    bool to_write, note_to_write;
    bool looked_at;             /* r was asked of the database */
    bool again_known;           /* places, too */
    bool arrived;               /* its content is new in this transaction */
    bool depended;              /* an object may rest on it */
    bool touched;               /* as an object: on a list */
    bool folded;                /* as an object: this transaction has written its rows */
    struct object_rows *rows;   /* as an object: as they stand; NULL: not asked, or none */
    bool complete;              /* every line of its note is explained */
    uint32_t fold_run, n_folds; /* as an object: how often that run folded it */
    uint32_t stamp;             /* of the list that it was last put on */
    struct rec *next_id;        /* in the table */
    struct rec *next_n;
    struct rec *next_dirty; /* of those to write */
};

/** Known key of a name. */
struct known_key {
    struct view org;
    uint32_t id;
    uint8_t public_key[SEAL_PUBLIC_BYTES];
};

enum { ORG_RUNS = 64 };

struct batch {
    struct arena mem; /* lives as long as the transaction */
    struct rec **by_id, **by_n;
    uint32_t n_buckets, n_recs;
    struct seal_hash absent; /* was asked for last and is not there; when has_absent */
    bool has_absent;
    struct rec_list all, arrived, touched;
    struct rec *dirty, *last_dirty; /* to write, in the order in which they became so */
    struct known_key *new_keys;
    uint32_t n_new_keys, cap_new_keys;
    struct batch_place {
        struct rec *r;
        struct rec_place place;
        bool again;
    } * places;
    uint32_t n_places, cap_places;
    int64_t last_n;
    uint32_t stamp, fold_run;
    /* what the index to organisations is known to hold, each at the place that its name gives it */
    struct org_run {
        struct view org;
        int64_t run;
    } runs[ORG_RUNS];
    bool register_dirty;
    bool erased_parts; /* a state did */
    int64_t due_ms;    /* no object is due before; when known */
    bool due_known;
    struct store_report report;
};

struct log_row {
    struct view origin;
    int64_t shard, next;
    int64_t fact_shard; /* -1: not known */
    bool next_dirty;
};

struct store {
    struct db *db;
    char *dir;
    struct store_options options;
    struct arena logs_mem;
    struct log_row *logs;
    uint32_t n_logs, cap_logs;
    bool logs_known;
    struct arena keys_mem;
    struct known_key *keys; /* sorted by name, id, key */
    uint32_t n_keys, cap_keys;
    bool keys_known;
    struct arena register_mem[2]; /* the register, and the one before */
    uint32_t register_in;
    const struct record_register *reg;
    bool reg_known;
    bool reg_held; /* against the members that the view knows, so that what rests on them is folded
                    */
    int64_t reg_next_ms;
    struct batch batch;
    bool open; /* a transaction is under way: the batch is of it */
    struct arena fold_mem;
    int64_t now_ms;
    /* the pending group that stands in the open transaction */
    struct pending {
        struct seal_hash id;
        int64_t shard, received_ms;
        uint64_t index;
    } * pending;
    uint32_t n_pending, cap_pending;
    bool never_commit; /* the open transaction learnt from a note that may be refused */
    /* The note that the door let in last, so that taking it reads and checks it no second time. In
     * the batch's arena; r NULL: none. signatures empty: not all lines were explained. */
    struct door_note {
        const struct record *r;
        struct view note, signatures;
    } door;
    int64_t seen_version; /* of the view, for readers */
    bool owes;            /* the file `settling` is there */
    /* signatures that are checked ahead; NULL: none */
    struct arena seen_mem;
    struct foresight *foresight;
};

/* store.c */
/** Rolls back whatever is under way, and forgets what was learnt from it. */
void store_abandon(struct store *s);
MUST rc store_begin(struct store *s, int64_t now_ms);
MUST rc store_commit(struct store *s);
/** Takes arrivals and folds; not committed. */
MUST rc store_take(struct store *s, const struct store_arrival *arrivals, size_t n);

/* admit.c */
/** Whether the open transaction holds the first of these as they stand, so that it may go on with
 *  the others and be committed. */
bool pending_stands(const struct store *s, const struct store_arrival *arrivals, size_t n,
                    int64_t now_ms);

/* batch.c */
/** Its row is written at the next batch_write_records. */
void rec_dirty(struct batch *b, struct rec *r);
MUST rc batch_begin(struct store *s, int64_t now_ms);
void batch_end(struct store *s);
MUST rc rec_list_add(struct batch *b, struct rec_list *list, struct rec *r);
/** The record of an id, with a row of its own when `make`; NULL when not known and not to be made.
 */
MUST rc rec_by_id(struct store *s, const uint8_t id[SEAL_SHA256_BYTES], bool make,
                  struct rec **out);
MUST rc rec_by_n(struct store *s, int64_t n, struct rec **out);
/** The first of its chain as far as known: maybe one that is only named. */
MUST rc rec_root(struct store *s, struct rec *r, struct rec **out);
/** What it says; *out NULL: not known, erased or unreadable. */
MUST rc rec_read(struct store *s, struct rec *r, const struct record **out);
/** Its signed note; empty when there is none. In the batch's arena. */
MUST rc rec_note(struct store *s, struct rec *r, struct view *out);
/** All places: *out_n of them, the first is r->place. */
MUST rc rec_places(struct store *s, struct rec *r);
/** Writes rows of records that are new or changed. */
MUST rc batch_write_records(struct store *s);

/* logs.c */
MUST rc logs_load(struct store *s);
MUST rc logs_find(struct store *s, struct view origin, bool make, struct log_row **out);
struct view logs_origin(const struct store *s, int64_t shard);
MUST rc logs_write(struct store *s);

/* take.c: an arrival */
MUST rc take_arrival(struct store *s, const struct store_arrival *a);
/** Links, keys and signatures of what arrived; then all rows. */
MUST rc take_settle(struct store *s);

MUST rc rate_take(struct store *s, struct rec *r);

/* facts.c: signatures. Packed: for each, sorted, u32 key id, the key, one byte of length, name. */
MUST rc keys_load(struct store *s);
MUST rc keys_learn(struct store *s, struct rec *r);
/** Signature lines of a record that just arrived, from notes or by looking. */
MUST rc facts_of(struct store *s, struct rec *r);
/** Lines of another note over the same text, by looking. */
MUST rc facts_of_note(struct store *s, struct rec *r, struct view note);
/** Lines that stand in cosign records: r itself, or those about r. */
MUST rc facts_cosigns(struct store *s, struct rec *r);
/** Looks again at lines of names that have new keys. */
MUST rc facts_again(struct store *s);
MUST rc signatures_unpack(struct view packed, struct arena *mem,
                          const struct record_signature **out, uint32_t *out_n);
/** Both together, sorted, each once. */
MUST rc signatures_join(struct view packed, const struct record_signature *more, uint32_t n_more,
                        struct arena *mem, struct view *out);
/** Lines over a text by known keys; of an organisation record r (may be NULL) its own too. */
MUST rc facts_look(struct store *s, const struct record *r, struct view text,
                   const struct seal_line *lines, uint32_t n, struct arena *mem,
                   const struct record_signature **out, uint32_t *out_n);
bool signatures_hold_name(struct view packed, struct view name);

/** Known keys that lines may have been made with. */
MUST rc facts_keys(struct store *s, const struct seal_line *lines, uint32_t n, struct arena *mem,
                   struct seal_verifier **out, uint32_t *out_n);

/* foresee.c */
/** A note at the door, as it was cut ahead or cut now. */
MUST rc foreseen_cut(struct store *s, struct view note, struct arena *mem, struct seal_note *out);
/** Whether this line over this text under this key was checked ahead, and what came out. */
bool foreseen(void *context, struct view text, const struct seal_line *line,
              const struct seal_verifier *key, bool *out_holds);

/* links.c */
MUST rc links_take(struct store *s, struct rec *r);
MUST rc links_write(struct view *out, const struct record *r, struct arena *mem);
MUST rc links_take_erased(struct store *s, struct rec *r, struct view links);

/* register.c */
MUST rc register_load(struct store *s);
/** Folds the register again when it may have changed, and touches what rests on it. */
MUST rc register_renew(struct store *s);

/* entries.c */
/** The place that counts: in its author's home log, else the first. */
MUST rc place_chosen(struct store *s, struct rec *r, struct rec_place *out);
/** Records of an object: its chain and all about it. */
MUST rc object_records(struct store *s, struct rec *root, struct arena *mem, struct rec ***out,
                       uint32_t *out_n);
MUST rc object_chain(struct store *s, struct rec *root, struct arena *mem, struct rec ***out,
                     uint32_t *out_n);
MUST rc entry_make(struct store *s, struct rec *r, const struct rec_place *place, struct arena *mem,
                   struct record_entry *out);

/** Entries of records, one for each place: the fold knows which of them is at home. */
MUST rc entries_of(struct store *s, struct rec *const *own, uint32_t n, struct arena *mem,
                   struct record_entry **out, uint32_t *out_n);

/* fold.c */
MUST rc object_touch(struct store *s, struct rec *r);
/** Touches the object of a record and those that it speaks about. */
MUST rc object_touch_all(struct store *s, struct rec *r);
MUST rc objects_fold(struct store *s);
MUST rc object_forget(struct store *s, struct rec *root);
/** Touches all that rests on an organisation. */
MUST rc touch_dependents_of_org(struct store *s, struct view org);

/* rows.c */
struct folding {
    struct rec *root;
    const struct record_outcome *o;
    struct rec_place place;
    int64_t last_ms, digest;
};
/** What stands of an object, in the batch; NULL: nothing. out_digest stays as it is then. */
MUST rc rows_standing(struct store *s, struct rec *root, struct object_rows **out,
                      int64_t *out_digest);
/** Brings its rows to what came out. stood: of rows_standing; text: scratch. */
MUST rc rows_write(struct store *s, const struct folding *f, struct object_rows *stood,
                   struct buf *text);
MUST rc rows_drop(struct store *s, struct rec *root);

/* orgs.c: organisations that an object rests on. As lines: each name and a line end. */
MUST rc orgs_pack(const struct record_outcome *o, struct arena *mem, struct view *out);
/** The index to them, for what is new; *inout_stood is then what stands, in the batch. */
MUST rc orgs_write(struct store *s, int64_t object, struct view lines, struct view *inout_stood);
/** Numbers of the objects that rest on an organisation. */
MUST rc orgs_dependents(struct store *s, struct view org, int64_t **out, uint32_t *out_n);

/* world.c */
struct world {
    struct store *s;
    struct arena *mem;
};
struct record_world world_of(struct world *w);

/* project.c */
MUST rc project(struct store *s, struct rec *object, const struct record_outcome *o, bool stood,
                struct arena *mem);
MUST rc project_drop(struct store *s, struct rec *object);
int kind_index(const struct record_kind *kind);

/* erase.c */
/** Goes on with an erasure that something stopped. Errors as store_erase; E_DAMAGED. */
MUST rc erase_resume(struct store *s);
/** What a state of its kind erases of an object goes from notes, with this transaction. */
MUST rc erase_by_state(struct store *s, struct rec *root, const struct record_outcome *o);
/** Before such a transaction is committed: what stands beside is to go too. */
MUST rc owe_erasure(struct store *s);
MUST rc owes_read(struct store *s);

/* store.c */
/** What out held before is gone; it ends in a NUL. */
MUST rc store_path(const char *dir, const char *name, struct buf *out);

/* viewer.c */
/** What a viewer may see of a record. */
MUST rc sight_of(struct store *s, const struct store_viewer *viewer, struct rec *r,
                 enum store_sight *out);
/** Whether a viewer who may read a record may see the part of this field. */
MUST rc sees_part(struct store *s, const struct store_viewer *viewer, struct rec *r,
                  struct view field, bool *out);

/** The least that a viewer may see of what rules read when they judge a record: with less than
 *  STORE_ALL, reasons are not told. */
MUST rc sight_of_reasons(struct store *s, const struct store_viewer *viewer, const struct record *r,
                         enum store_sight *out);

/* ask.c */
MUST rc object_read(struct store *s, const struct store_viewer *viewer, struct rec *object,
                    bool with_events, struct arena *mem, struct store_object *out);
/** Begins a reading: one snapshot, whatever a pending group left is rolled back. */
MUST rc read_begin(struct store *s);
void read_end(struct store *s);

#ifdef __cplusplus
}
#endif
#endif
