/* SPDX-License-Identifier: Apache-2.0
 *
 * record: what an organisation says, as one line of canonical JSON (RFC 8785). Kinds of record and
 * their rules come from kinds/<kind>.toml as const tables; here records are parsed and held against
 * them, with the path of every fault, and guards say whether a record may take effect. The format
 * is in docs/formats/record.md, the rules that guards keep in docs/safeguards.md.
 *
 * States of objects follow from records alone: the fold.
 *
 * Nothing here knows files, logs or databases. All functions may be used by any number of threads.
 */
#ifndef SANAD_RECORD_H
#define SANAD_RECORD_H

#include "base/base.h"
#include "seal/seal.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    RECORD_MAX_BYTES = 65535,       /* of the note's text, with its line feed */
    RECORD_MAX_SIGNERS = 16,        /* organisations that sign one record */
    RECORD_MAX_ABOUT = 64,          /* records spoken about */
    RECORD_MAX_TO = 64,             /* organisations a record is addressed to */
    RECORD_MAX_FAULTS = 32,         /* listed of one record; the rest is counted */
    RECORD_SALT_BYTES = 16,         /* of a record, and of each erasable part */
    RECORD_MAX_AHEAD_MS = 5 * 60000 /* how far `made` may lie ahead when written here */
};

/* ---- Kinds ------------------------------------------------------------------------------- */

/** What a value may be. docs/kinds/README.md describes each. */
enum record_type {
    RECORD_TEXT,    /* text of at most max_chars characters */
    RECORD_SHOWN,   /* {"lang","text"} with optional "translations", shown to people */
    RECORD_TOKEN,   /* 1..100 of A-Z a-z 0-9 . _ - */
    RECORD_BOOL,    /* true or false */
    RECORD_INT,     /* least..most */
    RECORD_LANG,    /* BCP 47 */
    RECORD_ORG,     /* domain name in lower-case A-labels */
    RECORD_ID,      /* "sha256:" and 64 digits: a record */
    RECORD_SHA256,  /* the same of any bytes */
    RECORD_URL,     /* absolute http or https, nobody named before the host */
    RECORD_DATE,    /* YYYY-MM-DD */
    RECORD_TIME,    /* YYYY-MM-DDThh:mm:ss.mmmZ */
    RECORD_COUNTRY, /* ISO 3166-1 alpha-2, or one of values */
    RECORD_VKEY,    /* public line of a key: name+hash+key */
    RECORD_ENUM,    /* one of values */
    RECORD_SHAPE    /* object with the fields of shape */
};

/** Marks of TLP 2.0, from open to closed. */
enum record_mark { RECORD_CLEAR, RECORD_GREEN, RECORD_AMBER, RECORD_AMBER_STRICT, RECORD_RED };

/** Holds when the field `field` has one of the words; "present" and "true"/"false" are words too.
 *  field NULL: always. */
struct record_when {
    const char *field;
    const char *const *is;
    uint32_t n;
};

struct record_shape;
struct record_field {
    const char *name, *label, *help; /* English; translations go by the path of the field */
    enum record_type type;
    bool required, erasable, list;
    enum record_mark part_mark; /* of an erasable field: who may read the record needs this too */
    uint32_t min, max;          /* elements of a list */
    uint32_t max_chars;
    int64_t least, most;
    const char *const *values;
    uint32_t n_values;
    const struct record_shape *shape;
    struct record_when when; /* required then, when it names a field */
};
struct record_shape {
    const char *name;
    bool one_of; /* exactly one of the fields stands */
    uint32_t n_fields;
    const struct record_field *fields;
};

struct record_state {
    const char *name, *meaning;
};
/** Bit of a state in record_transition.from. */
#define RECORD_STATE_BIT(index) (UINT32_C(1) << (index))
/** In from: the object does not exist yet. */
#define RECORD_START (UINT32_C(1) << 31)

enum record_by {
    RECORD_BY_SELF,    /* the object itself arrives */
    RECORD_BY_SIGNERS, /* the last of its signers signs */
    RECORD_BY_STEP,    /* a step whose `to` is the state */
    RECORD_BY_PREV,    /* a record of the same author that replaces it */
    RECORD_BY_CLOCK,   /* the clock runs out */
    RECORD_BY_KIND     /* a record of by_kind about it */
};
enum record_who {
    RECORD_WHO_ANY,
    RECORD_WHO_AUTHOR,    /* of the object */
    RECORD_WHO_SIGNER,    /* one of the object's signers */
    RECORD_WHO_OTHER,     /* not the author of the object */
    RECORD_WHO_UNRELATED, /* nor related to it */
    RECORD_WHO_ADDRESSEE, /* who is asked or ordered */
    RECORD_WHO_MEMBER,    /* named in the object's list of members or quorum */
    RECORD_WHO_OWNER      /* its author, or named as its owner: who does it */
};
/** A clock of an object in some states: a length in seconds from entering them, or the end of a day
 *  or time that a field gives ("until" is the envelope's). It runs on from one of them to another,
 *  stands while the object is in one of `stands`, and goes on with what was left. */
struct record_clock {
    const char *name;
    uint32_t states;        /* RECORD_STATE_BIT, ored */
    uint32_t within_s;      /* 0: by field */
    const char *field;      /* NULL: by within_s */
    const char *stops_by;   /* kind of record that stops it, or NULL */
    const char *extends_by; /* kind of record whose later `until` holds instead, or NULL */
    const char *late;       /* what is shown when it ran out, or NULL */
    uint32_t stands;        /* RECORD_STATE_BIT, ored */
    const char *const
        *about; /* runs for objects whose first `about` is of these kinds; none: all */
    uint32_t n_about;
};
struct record_transition {
    uint32_t from; /* RECORD_START or RECORD_STATE_BIT, ored */
    uint32_t to;   /* index of a state */
    enum record_by by;
    const char *by_kind;
    enum record_who who;
    uint64_t guards; /* RECORD_GUARD_BIT, ored */
    int otherwise;   /* index of the state where it goes when a guard says no; -1: nowhere */
    struct record_when when;
    const struct record_clock *clock;
};

/** An erasable field and the part that travels beside the record: canonical {"salt":…,"value":…},
 *  no line feed. */
struct record_part_text {
    struct view field, text;
};

struct record_kind {
    const char *name, *family, *label, *summary;
    uint32_t version;
    enum record_mark lowest_mark;
    bool hidden; /* its state alone would tell: who may not read it is not told that it is there */
    const char *const *authors; /* kinds of organisations; none listed: any */
    uint32_t n_authors;
    uint32_t about_min, about_max;
    const char *const *about_kinds; /* none listed: any */
    uint32_t n_about_kinds;
    bool until_required, basis_required;
    uint32_t signers_min;
    bool prev_refused; /* no later record replaces it */
    int safest;        /* index of the state in which it freezes; -1: where it stands */
    uint32_t erases;   /* RECORD_STATE_BIT, ored: there the erasable parts go */
    uint64_t guards;   /* of the record itself, wherever it is written */
    struct record_shape body;
    const struct record_state *states;
    uint32_t n_states;
    const struct record_transition *transitions;
    uint32_t n_transitions;
    const struct record_clock *clocks;
    uint32_t n_clocks;
    struct view example; /* a whole record, canonical, with its line feed */
    const struct record_part_text *example_parts;
    uint32_t n_example_parts;
};

/** All kinds, by family. Static. */
extern const struct record_kind k_record_kinds[];
extern const uint32_t k_n_record_kinds;
/** Another number when the kinds are others: what was folded with them is to be folded anew. */
extern const uint32_t k_record_rules;
/** Kind by name; NULL when this version knows none. Cost O(kinds). */
const struct record_kind *record_kind_find(struct view name);
/** Field of a kind's body or of a shape; NULL when there is none. */
const struct record_field *record_field_find(const struct record_shape *shape, struct view name);
/** Index of a state of a kind, or -1. */
int record_state_find(const struct record_kind *kind, struct view name);
/** "clear", "green", "amber", "amber+strict", "red". */
const char *record_mark_name(enum record_mark mark);
/** A valid record of the kind, to start from; E_NOT_FOUND for an unknown kind. Static text. */
MUST rc record_example(struct view kind, struct view *out);

/* ---- Records ----------------------------------------------------------------------------- */

/** Where a record comes in. What is written here obeys every rule. What others wrote may be of a
 *  newer version: then unknown kinds and fields are kept, and what cannot be understood freezes. */
enum record_door { RECORD_WRITTEN_HERE, RECORD_FROM_ELSEWHERE };

/** One thing that is wrong, and where: path "body.sources[1].url", what "no absolute …". */
struct record_fault {
    struct view path, what;
};
struct record_faults {
    struct record_fault list[RECORD_MAX_FAULTS];
    uint32_t n;     /* listed */
    uint32_t total; /* found */
};

/** An erasable field: its value stands in a part of this hash. */
struct record_part {
    struct view field;
    uint8_t hash[SEAL_SHA256_BYTES];
};

/** A record as read. Lives in the arena of the parse; views point into it. */
struct record {
    struct view text;               /* canonical, with its line feed; a copy in the arena */
    uint8_t id[SEAL_SHA256_BYTES];  /* SHA-256 of text */
    const struct record_kind *kind; /* NULL: not known to this version */
    struct view kind_name, org, basis;
    uint32_t version;
    int64_t made_ms;
    int64_t until_ms; /* first instant behind the end (the day's end for a date); -1: none */
    enum record_mark mark;
    const uint8_t (*about)[SEAL_SHA256_BYTES];
    uint32_t n_about;
    bool has_prev, has_group;
    uint8_t prev[SEAL_SHA256_BYTES];
    uint8_t group[SEAL_SHA256_BYTES]; /* `to` names one group */
    const struct view *to;            /* or organisations */
    uint32_t n_to;
    const struct view *signers;
    uint32_t n_signers;
    const struct record_part *parts;
    uint32_t n_parts;
    const struct json *body; /* object */
    bool newer;              /* of a later version than this program's */
    bool frozen;             /* holds something that must be understood and is not */
    struct view frozen_why;  /* path and reason, when frozen */
};

/** Reads and checks a record: canonical text, envelope, body by its kind.
 *  text        borrowed for the call: the JSON object and one line feed
 *  now_ms      for `made` ahead of time, which is refused at RECORD_WRITTEN_HERE only
 *  mem         the record lives there; on failure some memory may stay taken
 *  out_faults  may be NULL; set when the failure is in the record, views in mem
 *  Errors      E_INPUT, E_ENCODING: the record is wrong, the message holds the first fault with its
 *              path; E_LIMIT: over RECORD_MAX_BYTES; E_VERSION: an envelope of a later format;
 *              E_MEMORY
 *  Cost        O(n log n) */
MUST rc record_parse(struct view text, enum record_door door, int64_t now_ms, struct arena *mem,
                     const struct record **out, struct record_faults *out_faults);

/** Any JSON object as the text of a record: canonical, with its line feed, not checked further.
 *  draft   borrowed; spaces and order do not matter. Errors as json_parse; E_INPUT for a value
 *          that no record holds (null, fractions, numbers beyond 2^53 - 1, NUL), with its path
 *  out     appended to */
MUST rc record_write(struct view draft, struct arena *mem, struct buf *out);

/** "sha256:" and 64 digits, no NUL. */
enum { RECORD_ID_CHARS = 71 };
void record_id_write(const uint8_t id[SEAL_SHA256_BYTES], char out[RECORD_ID_CHARS]);
/** Errors E_INPUT. out set on success only. */
MUST rc record_id_read(struct view text, uint8_t out[SEAL_SHA256_BYTES]);

/** Checks the part of an erasable field: canonical {"salt":…,"value":…} whose hash the record names
 *  and whose value the field allows.
 *  out_value  the value, in mem; NULL is fine. Errors E_NOT_FOUND: the record has no such part;
 *             E_DAMAGED: another hash; E_INPUT with paths; E_MEMORY */
MUST rc record_check_part(const struct record *r, struct view field, struct view part,
                          struct arena *mem, const struct json **out_value,
                          struct record_faults *out_faults);
/** Writes a part (appended to out) and its hash.
 *  value  canonical JSON. Errors E_MEMORY */
MUST rc record_write_part(const uint8_t salt[RECORD_SALT_BYTES], struct view value, struct buf *out,
                          uint8_t out_hash[SEAL_SHA256_BYTES]);

/* ---- Drafts and bundles: docs/formats/record.md ------------------------------------------- */

enum {
    RECORD_DRAFT_MAX_BYTES = 1 << 20,
    RECORD_BUNDLE_MAX_BYTES = 2 << 20, /* a note and its parts */
    RECORD_MAX_PARTS = 16              /* in a bundle */
};
/** A record as a person writes it, made ready to be signed. */
struct record_draft {
    struct view text; /* canonical, with its line feed: for record_parse */
    const struct record_part_text *parts;
    uint32_t n_parts;
};
/** Appends the JSON of a draft: notes (from # or // to the end of their line) and commas behind the
 *  last member become spaces, as does a byte order mark, so that every byte keeps its place.
 *  Errors  E_LIMIT; E_ENCODING a draft in UTF-16; E_MEMORY */
MUST rc record_draft_json(struct view draft, struct buf *out);
/** Makes a record of a draft: fills `sanad`, `v`, `made`, `salt` when absent, moves the values of
 *  erasable fields from the body into salted parts, and writes canonically. Checks nothing more:
 *  record_parse and record_check_part do.
 *  out     lives in mem
 *  Errors  as json_parse, with line and column; those of record_draft_json; E_INPUT a part that
 *          stands in the body and in `parts`, or more than RECORD_MAX_PARTS */
MUST rc record_draft_finish(struct view draft, int64_t now_ms, struct arena *mem,
                            struct record_draft *out);
/** Line and column (characters), both from 1, of a byte. */
void record_draft_place(struct view draft, size_t at, uint32_t *out_line, uint32_t *out_column);
/** Byte where the value of a fault's path begins ("body.sources[1].url"), or where the nearest
 *  object or list around it does. json: as record_draft_json gives it. 0 when nothing is found. */
size_t record_draft_find(struct view json, struct view path);

/** A record on its way: the signed note and the parts of its erasable fields. A bundle without
 *  parts is the note alone. */
struct record_bundle {
    struct view note;                     /* borrowed from the bytes, as all views */
    struct view text;                     /* of the note: the record */
    const struct record_part_text *parts; /* by field, each once; in mem */
    uint32_t n_parts;
};
/** Whether a failure is a fault of the record itself, which its writer can mend, and says nothing
 * of the machine that it came to. */
static inline bool record_is_at_fault(rc r)
{
    return r.code == E_INPUT || r.code == E_ENCODING || r.code == E_LIMIT || r.code == E_VERSION;
}
/** Whether bytes look like a bundle and not like a draft: there is a signature line. */
bool record_bundle_is(struct view bytes);
/** Cuts a bundle; checks neither signatures (seal_note_parse, seal_note_check) nor the record
 *  (record_parse) nor parts (record_check_part; a part may be missing: it was erased).
 *  Errors  E_INPUT with what is wrong; E_LIMIT; E_MEMORY */
MUST rc record_bundle_read(struct view bytes, struct arena *mem, struct record_bundle *out);
/** Appends a bundle.
 *  note    signed, as seal_note_write gives it; parts: in any order
 *  Errors  E_INPUT what record_bundle_read would refuse; E_LIMIT; E_MEMORY */
MUST rc record_bundle_write(struct view note, const struct record_part_text *parts,
                            uint32_t n_parts, struct arena *mem, struct buf *out);

/** Whether a text is the name of an organisation: a domain in lower-case A-labels. Errors E_INPUT.
 */
MUST rc record_org_check(struct view name);
/** Milliseconds since 1970 of "YYYY-MM-DDThh:mm:ss.mmmZ". Years 1970..9999. Errors E_INPUT. */
MUST rc record_time_read(struct view text, int64_t *out_ms);
/** Its writing, 24 characters without NUL. ms within the same years. */
void record_time_write(int64_t ms, char out[24]);
/** Milliseconds of the beginning of a day "YYYY-MM-DD", years 0001..9999; before 1970 negative.
 *  Errors E_INPUT. */
MUST rc record_date_read(struct view text, int64_t *out_ms);

/** Whether the condition holds for a body. Cost O(fields). */
bool record_when_holds(const struct record_when *when, const struct json *body);

/* ---- Guards ------------------------------------------------------------------------------ */

enum record_guard {
#define GUARD(name, scope, english) RECORD_GUARD_##name,
#include "record/guards.def"
#undef GUARD
    RECORD_N_GUARDS
};
#define RECORD_GUARD_BIT(name) (UINT64_C(1) << RECORD_GUARD_##name)

/** An organisation as the register has it. Lists are borrowed from the world. */
struct record_org {
    struct view name, org_kind;
    struct view government; /* country, or "none" */
    const struct view *parents;
    uint32_t n_parents;
    const struct view *major_funders; /* over 50 % */
    uint32_t n_major_funders;
};

/** What a guard may look at beyond the record. Every callback gives E_OK with NULL or 0 for what is
 *  not known; lists are borrowed until the guard returns. A callback that is NULL knows nothing. */
struct record_world {
    void *context;
    rc (*organisation)(void *context, struct view org, const struct record_org **out);
    rc (*record)(void *context, const uint8_t id[SEAL_SHA256_BYTES], const struct record **out);
    /** Records in effect of this kind about an object, in the order of the fold; of what an
     *  organisation said again about the same, the latest will do. */
    rc (*about)(void *context, const uint8_t id[SEAL_SHA256_BYTES], const char *kind,
                const struct record *const **out, uint32_t *out_n);
    /** Name of the state that the text of this id was in at an instant, as record_state_at tells
     *  it; NULL: in none, or nothing is known. Static. */
    rc (*state)(void *context, const uint8_t id[SEAL_SHA256_BYTES], int64_t at_ms,
                const char **out_name);
    /** Organisations whose reviewer keys signed the record; one will do. */
    rc (*reviewers)(void *context, const uint8_t id[SEAL_SHA256_BYTES], const struct view **out,
                    uint32_t *out_n);
    /** Organisations that used a thing (a signal, a verdict) by an instant: who takes it up later
     *  undoes nothing that was decided about it. */
    rc (*users)(void *context, const uint8_t id[SEAL_SHA256_BYTES], int64_t at_ms,
                const struct view **out, uint32_t *out_n);
    /** How many records of the kind stand in the organisation's home log, signed by it, received
     *  in [from_ms, to_ms), other than the one being judged. */
    rc (*n_written)(void *context, struct view org, const char *kind, int64_t from_ms,
                    int64_t to_ms, const uint8_t except[SEAL_SHA256_BYTES], uint64_t *out_n);
};

/** What is judged. */
struct record_case {
    const struct record *self;        /* the record that arrives */
    const struct record *object;      /* what it moves; NULL: itself, or its first `about` */
    const struct record *replaces;    /* the text that holds, when self is to take its place */
    int64_t received_ms;              /* of self, or now at the local door */
    const struct record_clock *clock; /* within_clock: which, */
    int64_t clock_started_ms;         /* and since when */
    const struct record_world *world; /* NULL: guards that need one say that they cannot know */
    struct arena *mem;                /* scratch */
};

struct record_guard_info {
    const char *name, *english;
    bool needs_world;
};
/** Row of a guard. Static. */
const struct record_guard_info *record_guard_describe(enum record_guard guard);

/** One guard.
 *  Errors  E_INPUT: it says no; the message begins with its name and holds path and reason. Others
 *          are real failures (E_MEMORY, or what a callback gave) and say nothing about the record.
 */
MUST rc record_guard_check(enum record_guard guard, const struct record_case *c);
/** All guards of the set, in the order of guards.def; the first that says no. */
MUST rc record_guards_check(uint64_t guards, const struct record_case *c);
/** Those guards of the record's kind that look at the record alone: what a signer is told at once.
 *  Errors as record_guard_check; OK for a kind that is not known. */
MUST rc record_check_alone(const struct record *r, int64_t now_ms, struct arena *mem);

/** Whether two organisations share a parent, a funder over half, or a government, or one is the
 *  other's parent. One that the register does not know counts as related: nothing is taken on
 * trust.
 */
MUST rc record_related(const struct record_world *world, struct view a, struct view b,
                       bool *out_related);

#ifdef __cplusplus
}
#endif

#include "record/fold.h"

#endif
