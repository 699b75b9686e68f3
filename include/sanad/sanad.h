/* SPDX-License-Identifier: Apache-2.0
 *
 * sanad: ask a bank of fact-checked claims about a post.
 *
 *   sanad_bank *bank;
 *   sanad_answer *answer;
 *   if (sanad_bank_open("facts.bank", &bank) != SANAD_OK) puts(sanad_error_message());
 *   if (sanad_check(bank, text, strlen(text), NULL, &answer) == SANAD_OK) {
 *       puts(sanad_answer_json(answer));
 *       sanad_answer_free(answer);
 *   }
 *   sanad_bank_close(bank);
 *
 * Functions that can fail return an error number, SANAD_OK (0) on success. Outputs come last and
 * are set on success only. All text is UTF-8. Compile and link with `pkg-config --cflags --libs
 * sanad`. Every structure is opaque but for sanad_options, which carries its own size, so a program
 * built against an older header works with a newer library of the same major version.
 *
 * Ownership words: borrowed = the library or the caller may read it until the named moment and does
 * not free it; owned = the receiver releases it with the named function.
 */
#ifndef SANAD_SANAD_H
#define SANAD_SANAD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SANAD_API __attribute__((visibility("default")))
#else
#define SANAD_API
#endif

/** Error numbers. They are never reused; new ones are added behind the last. */
enum sanad_error {
    SANAD_OK = 0,
    SANAD_E_USAGE = 1,        /* a NULL where none is allowed, an option out of its range */
    SANAD_E_INPUT = 2,        /* input that breaks the rules of its format */
    SANAD_E_ENCODING = 3,     /* text that is not valid UTF-8 */
    SANAD_E_LIMIT = 4,        /* input larger than a limit allows */
    SANAD_E_NOT_FOUND = 5,    /* a named thing does not exist */
    SANAD_E_DUPLICATE = 6,    /* an identifier that is already taken */
    SANAD_E_FORMAT = 7,       /* a file that is not a bank */
    SANAD_E_DAMAGED = 8,      /* a bank whose bytes do not match their checksum */
    SANAD_E_VERSION = 9,      /* a bank of a version this library does not read */
    SANAD_E_STALE = 10,       /* a change made for another state than the present one */
    SANAD_E_MEMORY = 11,      /* no memory left */
    SANAD_E_IO = 12,          /* the system could not read or write */
    SANAD_E_SPACE = 13,       /* the disk is full or a quota is reached */
    SANAD_E_INTERRUPTED = 14, /* stopped on request */
    SANAD_E_INTERNAL = 15,    /* a state that should not be possible */
    SANAD_E_BUSY = 16,        /* something another process holds */
    SANAD_E_READ_ONLY = 17,   /* a log that takes nothing until it is repaired */
    SANAD_E_NETWORK = 18,     /* a machine that could not be reached, or did not answer as agreed */
    SANAD_E_REFUSED = 19      /* something the rules or settings do not allow */
};

/** How sure an answer is. A post with a detected change of number, name or negation is never
 *  SANAD_CONFIRMED. */
enum sanad_tier {
    SANAD_NONE = 0,      /* the nearest claims, for evaluation; no answer */
    SANAD_SUGGESTED = 1, /* for a person to look at */
    SANAD_CONFIRMED = 2  /* the post makes this claim */
};

/** A bank on disk, followed as it changes. Made by sanad_bank_open. */
typedef struct sanad_bank sanad_bank;
/** The answer to one post. Made by sanad_check; independent of bank and post. */
typedef struct sanad_answer sanad_answer;

/** Choices for one question. Start from SANAD_OPTIONS. */
typedef struct sanad_options {
    size_t struct_bytes; /* sizeof(sanad_options) of the header the caller was compiled with */
    uint32_t top;        /* most hits, 1..100; 0 for the default, 5 */
    int32_t lowest_tier; /* of the hits given, enum sanad_tier */
    const char *lang;    /* BCP 47 tag of the post; NULL: detected. Borrowed for the call */
    size_t max_bytes;    /* largest post taken; 0 for the default, 1 MiB */
} sanad_options;
#define SANAD_OPTIONS                                      \
    {                                                      \
        sizeof(sanad_options), 0, SANAD_SUGGESTED, NULL, 0 \
    }

/** Version of the library, "0.1.0". Static. Any thread. */
SANAD_API const char *sanad_version(void);

/** Message of this thread's latest failure in the library, "" when there was none. Borrowed until
 *  the next failure in the same thread. */
SANAD_API const char *sanad_error_message(void);

/** Opens a bank file and the changes beside it (PATH.d/).
 *  path     borrowed for the call
 *  out      owned, sanad_bank_close
 *  Errors   SANAD_E_NOT_FOUND, _IO, _FORMAT, _VERSION, _DAMAGED, _MEMORY, _USAGE
 *  Threads  any; the bank may be used by all of them
 *  Cost     header and section table are read, the rest is mapped */
SANAD_API int sanad_bank_open(const char *path, sanad_bank **out);

/** Closes a bank; NULL is fine. No other thread may be using it. Answers stay valid. */
SANAD_API void sanad_bank_close(sanad_bank *bank);

/** Takes up what changed on disk, or fails and stays with what it had. Cheap enough to be called
 *  before every question: it looks at most every 200 ms. Questions under way are not blocked.
 *  Errors   those of sanad_bank_open
 *  Threads  any; a second caller returns at once */
SANAD_API int sanad_bank_refresh(sanad_bank *bank);

/** Claims in the bank that are not withdrawn, as of the last open or refresh; 0 for NULL. Any
 *  thread. */
SANAD_API uint32_t sanad_bank_claims(sanad_bank *bank);

/** Why a change beside the bank file was not taken up (torn, for another bank, a gap), as of the
 *  last open or refresh; "" when all is well.
 *  out      out_bytes (at least 1) of the caller; cut to fit, always ends in NUL
 *  Threads  any */
SANAD_API void sanad_bank_problem(sanad_bank *bank, char *out, size_t out_bytes);

/** Asks about one post. Nothing found is no error: the answer has no hits.
 *  text     n_bytes of UTF-8, no NUL needed at the end; NULL only with n_bytes 0; borrowed for the
 *           call. Bytes that are not UTF-8 are passed over
 *  options  NULL for the defaults; borrowed for the call
 *  out      owned, sanad_answer_free
 *  Errors   SANAD_E_LIMIT (the message names the limit), _USAGE, _DAMAGED, _MEMORY
 *  Threads  any number at once on one bank
 *  Cost     about a millisecond for a post among 100,000 claims */
SANAD_API int sanad_check(sanad_bank *bank, const char *text, size_t n_bytes,
                          const sanad_options *options, sanad_answer **out);

/** Releases an answer and everything borrowed from it; NULL is fine. */
SANAD_API void sanad_answer_free(sanad_answer *answer);

/** Hits of the answer, best first: 0..top. 0 for NULL. An answer may be read by several threads. */
SANAD_API uint32_t sanad_answer_count(const sanad_answer *answer);

/** Identifier of hit i's claim; NULL when i is not below the count. Borrowed from the answer. */
SANAD_API const char *sanad_answer_id(const sanad_answer *answer, uint32_t i);

/** Tier of hit i (enum sanad_tier); SANAD_NONE when i is not below the count. */
SANAD_API int sanad_answer_tier(const sanad_answer *answer, uint32_t i);

/** Calibrated probability that the post makes the claim of hit i, 0..1; 0 when i is not below the
 *  count. */
SANAD_API double sanad_answer_score(const sanad_answer *answer, uint32_t i);

/** How the post and the claim of hit i meet: "exact", "near-copy", "contains", "within",
 *  "same-claim" or "same-link"; NULL when i is not below the count. Static. */
SANAD_API const char *sanad_answer_how(const sanad_answer *answer, uint32_t i);

/** The whole answer as canonical JSON: hits with reasons, verdicts of every organisation with
 *  sources, version of the bank (docs/formats/hit.md). "{}" for NULL. Borrowed from the answer. */
SANAD_API const char *sanad_answer_json(const sanad_answer *answer);

#ifdef __cplusplus
}
#endif
#endif
