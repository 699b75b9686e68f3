/* SPDX-License-Identifier: Apache-2.0
 * Inside of the fold: the order of entries, chains of organisations with their keys, one object on
 * its way through its states. The rules stand in docs/formats/record.md, section "Fold". */
#ifndef SANAD_FOLD_INT_H
#define SANAD_FOLD_INT_H

#include "record/record_int.h"

enum { NO_ITEM = UINT32_MAX };

/* ---- order ---- */

/** Where an entry stands: received, then the origin of the log, then the index. */
struct place {
    int64_t received_ms;
    struct view log;
    uint64_t index;
};
/** Its rank in a fold: the latest place among itself and all that it names, how many steps it is
 *  behind that one, its own place. Does not depend on what else is folded. */
struct stamp {
    struct place when;
    uint32_t level;
    struct place own;
};
/** NULL when it was erased. */
static inline const struct record *entry_record(const struct record_entry *e)
{
    return e->erased ? NULL : e->r;
}
/** What it replaces, also when it was erased; NULL: nothing. */
static inline const uint8_t *entry_prev(const struct record_entry *e)
{
    const struct record *r = entry_record(e);
    return r ? (r->has_prev ? r->prev : NULL) : e->replaced;
}
struct place entry_place(const struct record_entry *e);
int place_cmp(const struct place *a, const struct place *b);
int stamp_cmp(const struct stamp *a, const struct stamp *b);

/** An entry in its order. */
struct item {
    const struct record_entry *entry;
    struct stamp stamp;
    uint32_t prev;        /* item of `prev` */
    uint32_t told_by;     /* itself; erased: the next before it that can be read */
    uint32_t object;      /* whose chain it is in */
    const char *refused;  /* why its `prev` makes no chain */
    uint32_t signed_mask; /* of r->signers, as the fold goes */
    uint32_t effect;      /* row in its object's effects */
    uint32_t version;     /* of its organisation's chain */
    bool waits;           /* for signers */
    bool unreviewed;      /* a guard said no; a reviewer's signature may change that */
};
struct id_row {
    uint64_t key;
    const struct record_entry *entry;
    uint32_t item;
};
struct history {
    struct item *items; /* in the order of the fold */
    uint32_t n;
    struct id_row *ids;
    const uint8_t *last_id; /* of history_find */
    uint32_t last_item;
};
struct record_register;
/** reg: where home logs are declared, of all but organisations, whose chains tell themselves; NULL
 *  while it is being made. */
MUST rc history_make(const struct record_entry *entries, uint32_t n,
                     const struct record_register *reg, struct arena *mem, struct history *out);
uint32_t history_find(struct history *h, const uint8_t id[SEAL_SHA256_BYTES]);
/** Cuts the items into chains of `prev`. only: the one object there is, or NULL for all of a kind.
 *  out_roots  uint32[n]: first items of the objects */
MUST rc history_chains(struct history *h, const uint8_t *only, const char *kind, struct arena *mem,
                       uint32_t **out_roots, uint32_t *out_n);

/* ---- chains of organisations ---- */

enum authority { BY_NOBODY, BY_FIRST, BY_AUTHOR, BY_RECOVERY };

/** One record of an organisation about itself. */
struct version {
    const struct record_entry *entry;
    struct stamp stamp;
    uint32_t prev; /* version that it replaces; NO_ITEM: none that can be read */
    enum authority authority;
    struct view why; /* BY_NOBODY */
    struct record_org org;
    struct view home_log;
    bool recovered; /* signed by the committed recovery key */
    bool undone;    /* by a later record of it, if it was by an author's key */
};
/** A key from when it is listed until it is not. */
struct span {
    struct record_key key;
    struct place listed, dropped;
    bool is_dropped;
};
/** Entries of a log behind the last good one are not the holder's, in all spans of the key before.
 */
struct revocation {
    struct view log;
    uint64_t last_good;
    uint32_t reaches; /* spans of the chain when it was told */
};
/** All that a chain tells about one public key. */
struct life {
    uint8_t public_key[SEAL_PUBLIC_BYTES];
    enum seal_purpose purpose; /* for which it was first listed */
    uint32_t *spans;           /* of the chain, as they were listed */
    uint32_t n_spans, cap_spans;
    bool in_order; /* each span was dropped before the next was listed */
    struct revocation *revoked;
    uint32_t n_revoked, cap_revoked;
};
struct standing {
    struct stamp since;
    bool admitted, left;
};
/** From a place on, the version that declares the home log. */
struct home {
    struct place from;
    uint32_t version;
};
/** Everything a chain of organisation records says about keys, and when it was admitted. */
struct chain {
    struct view name;
    const uint8_t *id;                    /* of its first record; NULL: only in the configuration */
    const struct record_founder *founder; /* of this name */
    bool is_founder;                      /* it is the founder's own chain */
    struct stamp root;
    struct version *versions;
    uint32_t n_versions;
    struct span *spans;
    uint32_t n_spans, cap_spans;
    struct life *lives; /* by public key */
    uint32_t n_lives;
    uint32_t *open; /* spans that are listed, while it is being read */
    uint32_t n_open, cap_open;
    uint32_t *held; /* versions that hold */
    uint32_t n_held;
    struct home *homes; /* n_held, by place */
    struct view *logs;  /* that it ever declared, sorted */
    uint32_t n_logs;
    struct standing *standings; /* by since */
    uint32_t n_standings, cap_standings;
    const struct record_outcome *outcome;
};
/** The item as the next version of its chain, whose list has room. */
void chain_add_version(struct chain *c, const struct history *h, struct item *i);
/** Reads keys and declarations of the versions in their order; c->versions has entries and stamps.
 *  Cost O(n log n) in versions and the keys they list. */
MUST rc chain_read(struct chain *c, struct arena *mem);
MUST rc chain_index(struct chain *c, struct arena *mem);
/** All keys that the chain lists, none listed yet. */
MUST rc chain_begin_keys(struct chain *c, struct arena *mem);
MUST rc chain_read_key(const struct json *listed, struct arena *mem, struct record_key *out,
                       bool *out_known);
/** Rows of a version's `keys`. */
const struct json *chain_keys_of(const struct version *v, uint32_t *out_n);
struct life *chain_life(const struct chain *c, const uint8_t *public_key);
MUST rc chain_add_span(struct chain *c, const struct record_key *key, const struct place *listed,
                       struct arena *mem);
/** Whatever stands open and is not in the list is dropped, or ends when the list says so; last_good
 *  says since which entry of home_log it was no longer its holder's. */
MUST rc chain_list_keys(struct chain *c, const struct version *v, struct view home_log,
                        struct arena *mem);
bool chain_signed_by(const struct record_signature *s, const struct record_key *key);
bool chain_key_speaks(const struct chain *c, enum seal_purpose purpose,
                      const struct record_signature *s, const struct record_entry *e);
/** Why a key does not speak. */
enum silence {
    KEY_SPEAKS,
    KEY_REVOKED,
    KEY_NOT_LISTED,
    KEY_OUT_OF_TIME,
    KEY_OF_ANOTHER_PURPOSE,
    KEY_UNKNOWN
};
/** out_key: the key that is meant; not set for KEY_UNKNOWN. */
enum silence chain_key_silence(const struct chain *c, enum seal_purpose purpose,
                               const struct record_signature *s, const struct record_entry *e,
                               struct record_key *out_key);
/** The least index behind which the span's key is revoked; UINT64_MAX: it is not. */
uint64_t chain_last_good(const struct chain *c, uint32_t span);
/** The version of this id; next: where to look first, in the order of the fold. */
struct version *chain_version(struct chain *c, const uint8_t *id, uint32_t *inout_next);
/** Whether the log is the home log that the chain declared before the entry. */
bool chain_declares(const struct chain *c, struct view log);
bool chain_at_home(const struct chain *c, const struct record_entry *e);
bool chain_admitted(const struct chain *c, const struct stamp *at);
MUST rc chain_stand(struct chain *c, struct standing standing, struct arena *mem);
/** Its standing before `at`, NULL when it was never admitted. */
const struct standing *chain_standing(const struct chain *c, const struct stamp *at);
/** What it declared before `at`, NULL when nothing. */
const struct record_org *chain_org(const struct chain *c, const struct stamp *at);

/** A reviewer's key and whose it is. */
struct reviewer_row {
    uint8_t public_key[SEAL_PUBLIC_BYTES];
    const struct chain *chain;
};
struct record_register {
    struct chain **chains; /* by name, then by root */
    uint32_t n_chains;
    bool settled;                   /* of a name, those that were ever admitted come first */
    struct reviewer_row *reviewers; /* by key */
    uint32_t n_reviewers;
    const struct record_founder *founders;
    uint32_t n_founders;
    struct record_member *members;
    uint32_t n_members;
};
/** The chain that held the name last before `at`; NULL when none was ever admitted. */
struct chain *register_holder(const struct record_register *reg, struct view org,
                              const struct stamp *at, uint32_t *out_index);
/** Another chain of the name, begun before this one and not left, that an author's key of the entry
 *  speaks for: the same organisation. out_version: the last one of it before the entry. NULL: none.
 */
const struct chain *register_same(const struct record_register *reg, const struct chain *c,
                                  const struct item *root, const struct version **out_version);
/** The register with this chain in the place of the one of the same id, or beside the others. */
MUST rc register_with(const struct record_register *reg, struct chain *c, struct arena *mem,
                      struct record_register **out);
const struct record_founder *register_founder(const struct record_register *reg, struct view org);
/** Whether an entry stands in the home log of the author of its record: such a duplicate wins. */
bool register_at_home(const struct record_register *reg, const struct record *r,
                      const struct record_entry *e);

/* ---- objects ---- */

struct running {
    struct record_running shown;
    bool runs, moved_on;
    bool stands;
    int64_t stood_from_ms; /* when it stands */
    int64_t stood_ms;      /* altogether, before */
    int64_t extended_ms;   /* INT64_MIN: not */
};
/** Records of one kind in effect on an object, in their order; of an organisation that said more
 * than once something about the same, the latest. So a guard looks at as many as there are
 * speakers. */
struct words {
    const struct record_kind *kind;
    const struct record **said;
    uint32_t *rows; /* of the object's effects */
    uint32_t n, cap, cap_rows;
};
struct object {
    const struct record_kind *kind;
    uint32_t root;
    struct view author;
    struct chain *chain; /* of an organisation */
    uint32_t next_version;
    int state;
    int64_t since_ms;
    uint32_t entered; /* rows of effects when it entered its state */
    bool started, incomplete, frozen;
    const char *end; /* "erased", "unknown", "refused", or NULL */
    struct view why;
    uint32_t current; /* item */
    struct running *clocks;
    struct record_effect *effects;
    uint32_t n_effects, cap_effects;
    struct words *words;
    uint32_t n_words, cap_words;
    struct record_move *moves;
    uint32_t n_moves, cap_moves;
    struct record_dependency *rests_on;
    uint32_t n_rests_on, cap_rests_on;
    uint64_t *orgs_seen; /* a bit for each chain of the register */
    int64_t next_ms;     /* of entries that lie ahead */
};
struct engine {
    struct arena *mem;
    struct arena scratch; /* until the next entry */
    struct record_register *reg;
    const struct record_world *outside; /* NULL: nothing else is known */
    struct record_world world;          /* what guards see */
    int64_t now_ms;
    struct history h;
    struct object *objects;
    uint32_t n_objects;
    struct object *at; /* the object and the entry being judged */
    struct item *item;
};

MUST rc fold_grow(struct arena *mem, void *inout_list, uint32_t n, uint32_t *inout_cap,
                  size_t size);
MUST rc engine_init(struct engine *g, struct record_register *reg, const struct record_world *world,
                    int64_t now_ms, struct arena *mem);
void engine_done(struct engine *g);
MUST rc engine_object(struct engine *g, uint32_t root, struct chain *chain, struct object *o);
/** All entries in their order, each on every object that it touches, and clocks up to now. */
MUST rc engine_run(struct engine *g);
MUST rc engine_outcome(struct engine *g, struct object *o, const struct record_outcome **out);

/** The entry on the object. */
MUST rc judge_item(struct engine *g, struct object *o, struct item *i);
/** The guards of a record's kind, as of the entry being judged. replaces: the text whose place it
 *  would take, or NULL. why: the one that says no. */
MUST rc keep_guards_of_kind(struct engine *g, const struct record *r, const struct record *replaces,
                            int64_t received_ms, struct view *why);
/** What a record does to its object; row says it. */
MUST rc move_chain(struct engine *g, struct object *o, struct item *i, struct record_effect *row);
MUST rc move_cosign(struct engine *g, struct object *o, struct item *i, struct record_effect *row);
MUST rc move_step(struct engine *g, struct object *o, struct item *i, struct record_effect *row);
MUST rc move_kind(struct engine *g, struct object *o, struct item *i, struct record_effect *row);
/** Whether a transition's who, when and guards let the record v move the object.
 *  object   what v moves; NULL: itself
 *  out_why  set when who or a guard says no, and was empty */
MUST rc fold_may_move(struct engine *g, struct object *o, const struct record_transition *t,
                      const struct item *v, const struct record *object, bool *out,
                      struct view *out_why);
MUST rc fold_who_holds(struct engine *g, const struct object *o, enum record_who who,
                       struct view org, bool *out);
bool in_chain(const struct engine *g, const struct object *o, const struct item *i);

MUST rc object_move(struct engine *g, struct object *o, int to, int64_t at_ms, struct item *i,
                    const struct record_clock *clock);
MUST rc object_freeze(struct engine *g, struct object *o, struct item *i);
/** Index of the state that record_state_at names; -1: none. */
int state_of_text(const struct record_outcome *o, const uint8_t *id, int64_t at_ms);
/** The body that holds changed: clocks by its fields end at another time. */
void object_refresh_clocks(struct engine *g, struct object *o);
MUST rc object_run_clocks(struct engine *g, struct object *o, int64_t until_ms);
void object_hear_clocks(struct engine *g, struct object *o, const struct item *i);
const struct record *object_record(const struct engine *g, const struct object *o);
bool object_is(const struct object *o, const char *kind);

MUST rc rest_on(struct engine *g, const struct record_dependency *d);
MUST rc rest_on_org(struct engine *g, struct view org, uint32_t chain_index);
/** The entry takes effect in the last row of the object's effects: guards hear of it. */
MUST rc object_hear_words(struct engine *g, struct object *o, const struct item *i);
/** What guards see: the register as of the entry, the object itself, and what lies outside. */
void fold_world_init(struct engine *g);
/** A refusal becomes its reason, in mem; other failures pass. */
MUST rc take_refusal(struct engine *g, rc said, struct view *why);
/** Says that none of the signatures [n] speaks for the organisation, and why.
 *  field  where the signatures stand */
MUST rc fold_say_silent(struct engine *g, struct view org, enum seal_purpose purpose,
                        const char *field, const struct record_signature *signatures, uint32_t n,
                        struct view *why);
MUST rc fold_say(struct engine *g, struct view *why, const char *fmt, ...) PRINTF(3, 4);
bool names_id(const struct record *r, const uint8_t id[SEAL_SHA256_BYTES]);
/** First instant at which a clock has run out; INT64_MAX: it does not run. */
int64_t clock_due(const struct record_clock *clock, const struct record *object,
                  int64_t started_ms);

#endif
