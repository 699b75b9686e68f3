/* SPDX-License-Identifier: Apache-2.0
 *
 * The second half of record.h, which includes it: records in logs, the register of organisations
 * and their keys, and the fold, by which the states of objects follow from records alone. The rules
 * stand in docs/formats/record.md, section "Fold".
 */
#ifndef SANAD_RECORD_FOLD_H
#define SANAD_RECORD_FOLD_H

#include "record/record.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Records in logs ---------------------------------------------------------------------- */

/** A signature line that holds over a record's text under this very key. Whether the key may speak
 *  is decided by the fold. */
struct record_signature {
    struct view name; /* of the key */
    uint32_t key_id;
    uint8_t public_key[SEAL_PUBLIC_BYTES];
};

/** A record as it stands in its author's home log. */
struct record_entry {
    uint8_t id[SEAL_SHA256_BYTES];
    const struct record *r; /* NULL: erased, or only its commitment is known */
    bool erased;
    /* of an erased record: what it replaced, which its tombstone keeps; NULL: nothing, or not known
     */
    const uint8_t *replaced;
    const struct record_signature *signatures; /* that hold over r->text */
    uint32_t n_signatures;
    /* of a `cosign` record: the line in its body, when it holds over the text of its object */
    const struct record_signature *cosigned;
    int64_t received_ms;
    struct view log; /* origin */
    uint64_t index;
};

/** What somebody found out before: true when a check of this line is known, and whether it held. */
struct record_checked {
    void *context;
    bool (*find)(void *context, struct view text, const struct seal_line *line,
                 const struct seal_verifier *key, bool *out_holds);
};
/** The lines of a note (or that of a cosign record) that hold over a text under given keys.
 *  lines    seal_line[n]; keys of the names that stand in them
 *  checked  asked before anything is checked; NULL: nothing is known
 *  out      in mem. Errors E_MEMORY, E_INTERNAL. Cost one Ed25519 check per known line. */
MUST rc record_signatures(struct view text, const struct seal_line *lines, uint32_t n_lines,
                          const struct seal_verifier *keys, uint32_t n_keys,
                          const struct record_checked *checked, struct arena *mem,
                          const struct record_signature **out, uint32_t *out_n);

/** The line that a cosign record brings for the text of the record it is about: for
 *  record_signatures, with the keys of the line's name.
 *  out      views in mem; set when *out_is_line: its body holds one line and nothing else
 *  Errors   E_MEMORY, E_INTERNAL */
MUST rc record_cosign_line(const struct record *cosign, struct view text, struct arena *mem,
                           struct seal_line *out, bool *out_is_line);

/** The object that a record belongs to: of a record with `prev`, the first of the chain; of any
 *  other, itself. Records that speak about an object name any record of its chain. */

/* ---- Register ----------------------------------------------------------------------------- */

/** Who is in from the beginning: stands in the configuration of a node. */
struct record_founder {
    struct view org;
    struct seal_verifier key; /* author's key until the organisation's own record says more */
    struct view home_log;     /* origin; empty: any */
};

/** Organisations, their keys and states, folded from the records of the register. Immutable; lives
 *  in the arena of the fold. */
struct record_register;

/** Folds the organisations: records of kind organisation, vouch, and all records about
 *  organisations (steps, votes, cosigns), in any order.
 *  entries   [n], borrowed as long as out is used
 *  now_ms    for clocks
 *  Errors    E_MEMORY. Cost O(n log n). */
MUST rc record_register_fold(const struct record_founder *founders, uint32_t n_founders,
                             const struct record_entry *entries, uint32_t n, int64_t now_ms,
                             struct arena *mem, const struct record_register **out);

struct record_key {
    struct view name, vkey;
    uint32_t id;
    uint8_t public_key[SEAL_PUBLIC_BYTES];
    uint8_t type; /* SEAL_TYPE_* */
    enum seal_purpose purpose;
    int64_t from_ms, until_ms;     /* until: first instant behind; INT64_MAX */
    int64_t listed_ms, dropped_ms; /* received of the records that say so; INT64_MIN, INT64_MAX */
    uint64_t last_good;            /* index in the home log; UINT64_MAX: not revoked */
};
struct record_member {
    struct record_org org;
    const struct record *record; /* in effect; NULL: only the configuration knows it */
    const struct record_outcome *outcome;
    bool admitted; /* its records may take effect */
    struct view home_log;
    const struct record_key *keys; /* all it ever had */
    uint32_t n_keys;
};
/** NULL when the register does not know it. */
const struct record_member *record_register_find(const struct record_register *reg,
                                                 struct view org);
/** Members in the order of their names. */
const struct record_member *record_register_list(const struct record_register *reg,
                                                 uint32_t *out_n);
/** Whether a key spoke for the organisation and purpose when the entry was received: listed then,
 *  within its time, not revoked before the entry's index in the home log. */
bool record_register_key_speaks(const struct record_register *reg, struct view org,
                                enum seal_purpose purpose, const struct record_signature *signature,
                                const struct record_entry *entry);

/* ---- Fold --------------------------------------------------------------------------------- */

/** What a record did to its object. */
struct record_effect {
    const struct record_entry *entry;
    bool in_effect;  /* false: kept as evidence */
    bool version;    /* it is the object's text, or one that replaces it */
    int state;       /* index it moved the object to, -1: it did not */
    struct view why; /* not in effect, or in effect and moved nothing: the reason, with its path */
};
struct record_move {
    int from, to;                     /* -1: start */
    int64_t at_ms;                    /* received, or when the clock ran out */
    const struct record_entry *entry; /* NULL: a clock */
    const struct record_clock *clock;
};
struct record_running {
    const struct record_clock *clock;
    int64_t started_ms, due_ms;
    bool stopped, late; /* at the time of the fold */
};
/** Something beyond its own records that the outcome rests on; when it changes, fold again. */
enum record_rests_on {
    RECORD_ON_OBJECT, /* a record or the records about it: id */
    RECORD_ON_ORG,    /* an organisation in the register: name */
    RECORD_ON_RATE    /* how much an organisation writes: name and kind */
};
struct record_dependency {
    enum record_rests_on on;
    uint8_t id[SEAL_SHA256_BYTES];
    struct view org;
    const char *kind;
};

struct record_outcome {
    const struct record_kind *kind; /* NULL: not known to this version */
    bool in_effect;
    int state; /* -1: not in effect, or a kind without states */
    /* of the state; "recorded" in effect without states; "incomplete", "erased", "unknown",
     * "refused" */
    const char *state_name;
    int64_t since_ms;
    bool incomplete;                    /* signers are missing */
    bool frozen;                        /* a newer version: the safest state, and why */
    struct view why;                    /* not in effect, incomplete or frozen */
    const struct record_entry *current; /* the version whose body holds; NULL when erased */
    const struct view *missing;         /* signers that have not signed */
    uint32_t n_missing;
    const struct record_effect *effects; /* of every entry, in the order of the fold */
    uint32_t n_effects;
    const struct record_move *moves;
    uint32_t n_moves;
    const struct record_running *clocks;
    uint32_t n_clocks;
    int64_t next_ms; /* when the outcome changes by time alone; INT64_MAX: never */
    const struct record_dependency *rests_on; /* sorted, each once */
    uint32_t n_rests_on;
};

/** The state of one object: a pure function of what is given; the order of entries does not matter,
 *  nor whether some stand twice.
 *  entries  the object's first record, all that replace it and all about any of them; borrowed as
 *           long as out is used
 *  reg      the register
 *  world    for guards: `record`, `users`, `n_written`, and `about` of other objects; organisation
 *           and reviewers come from reg. NULL: nothing else is known
 *  now_ms   up to which clocks run
 *  out      in mem
 *  Errors   E_USAGE no first record among entries; E_MEMORY; what callbacks gave
 *  Cost     O(n log n) and the guards: 1,000 records in under a millisecond */
MUST rc record_fold(const uint8_t object_id[SEAL_SHA256_BYTES], const struct record_entry *entries,
                    uint32_t n, const struct record_register *reg, const struct record_world *world,
                    int64_t now_ms, struct arena *mem, const struct record_outcome **out);

/** The state that the outcome shows for an instant up to its now, of the text of this id: that of
 * the object while the text holds; of one that was replaced, the last that a record gave it, until
 * a later text reaches the same. What record_world.state asks for. NULL: it had none, or has none
 * any more. Static. Cost O(n) and O(moves) for each version. */
const char *record_state_at(const struct record_outcome *o, const uint8_t id[SEAL_SHA256_BYTES],
                            int64_t at_ms);

/** What the local door says to a record that would come next: whether it takes effect on every
 *  object it replaces or is about (each folded with it).
 *  Errors  E_INPUT the rule that it breaks, with its path; E_MEMORY; what callbacks gave */
MUST rc record_admit(const uint8_t object_id[SEAL_SHA256_BYTES], const struct record_entry *entries,
                     uint32_t n, const struct record_entry *next, const struct record_register *reg,
                     const struct record_world *world, struct arena *mem);

#ifdef __cplusplus
}
#endif
#endif
