/* SPDX-License-Identifier: Apache-2.0
 * Inside of record: collecting faults with their paths, formats of values, the body. */
#ifndef SANAD_RECORD_INT_H
#define SANAD_RECORD_INT_H

#include "record/record.h"

enum { CHECK_DEPTH = 16, PATH_BYTES = 512 };

/** One check on its way through a record: where it is, and what it found. */
struct check {
    struct arena *mem;
    struct record_faults *faults;
    rc failure; /* of memory, not of the record; sticks */
    struct {
        struct view name; /* member, or empty: element */
        uint32_t index;
    } at[CHECK_DEPTH];
    uint32_t depth;
    bool keep_unknown;   /* of a newer version: unknown fields stay */
    bool names_in_order; /* those of every object, and all ASCII */
};

void check_into(struct check *c, struct view name);
void check_into_element(struct check *c, uint32_t index);
void check_out(struct check *c);
/** Notes a fault at the present place, or below it at `name` (may be NULL). */
void check_fault(struct check *c, const char *name, const char *fmt, ...) PRINTF(3, 4);
/** The first fault as a failure; the sticking failure; or OK. */
MUST rc check_result(const struct check *c);

/** Walks everything that was parsed: no null, fractions, big numbers, NUL. */
MUST rc check_plain(struct check *c, const struct json *root);
/** Whether what check_plain walked is canonical at a glance: names in order, nothing between its
 *  tokens, no escape that could be written shorter, no -0. False says nothing. */
bool check_plainly_canonical(const struct check *c, struct view text);

/** Why a value is not of a format, or NULL when it is. */
const char *format_fault(enum record_type type, struct view text);
/** A text of 1..max_chars characters without control characters but line feed and tab. */
void check_chars(struct check *c, struct view text, uint32_t max_chars);
bool format_salt(struct view text);

/** A value against its field (a list, or one), and an object against its shape. parts: fields that
 *  stand elsewhere, for the body of a kind. */
void check_value(struct check *c, const struct record_field *f, const struct json *value);
void check_shape(struct check *c, const struct record_shape *shape, const struct json *object,
                 const struct record *with_parts);

bool word_listed(const char *const *words, uint32_t n, struct view word);
bool record_has_part(const struct record *r, struct view field);

/* ---- for guards ---- */

typedef rc (*guard_fn)(const struct record_case *c);
#define GUARD(name, scope, english) rc guard_##name(const struct record_case *c);
#include "record/guards.def"
#undef GUARD

/** Text of a body's field: the string, or the "text" of what is shown. Empty when absent. */
struct view body_text(const struct json *body, const char *name);
/** Characters that are no white space. */
uint32_t written_chars(struct view text);
/** What c->object means for guards of records about others: object, or the first `about` in the
 *  world; NULL when not known. */
MUST rc case_object(const struct record_case *c, const struct record **out);
/** Record of the world, NULL when not known. */
MUST rc world_record(const struct record_case *c, const uint8_t *id, const struct record **out);
/** Whether the record is of this kind. */
bool is_kind(const struct record *r, const char *kind);
/** Whether a list of a body names the organisation. */
bool lists_org(const struct json *list, struct view org);

#define REFUSE(guard, ...) FAIL(E_INPUT, "guard " guard ": " __VA_ARGS__)

#endif
