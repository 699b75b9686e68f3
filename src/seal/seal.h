/* SPDX-License-Identifier: Apache-2.0
 *
 * seal: what makes a record hard to forge and a log hard to alter. SHA-256 (FIPS 180-4, OpenSSL),
 * Ed25519 (RFC 8032, libsodium), Merkle trees and their proofs (RFC 9162 section 2.1, the hashes of
 * RFC 6962), signed notes, checkpoints and cosignatures (C2SP). The only module that knows OpenSSL
 * and libsodium. Byte by byte: docs/formats/seal.md.
 *
 * Errors of all parsers and checks: E_INPUT what breaks the form, with its place; E_ENCODING no
 * UTF-8; E_LIMIT more than a limit below; E_DAMAGED the form is right and the signature or proof
 * does not hold; E_VERSION a key type that this version cannot use; E_MEMORY; E_INTERNAL when
 * OpenSSL or libsodium do not work at all. Outputs are set on success only.
 * All functions may be used by any number of threads; one hasher, tree or buffer by one at a time.
 */
#ifndef SANAD_SEAL_H
#define SANAD_SEAL_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SEAL_SHA256_BYTES = 32,
    SEAL_SEED_BYTES = 32,       /* RFC 8032 calls it the private key */
    SEAL_PUBLIC_BYTES = 32,     /* Ed25519 */
    SEAL_SIGNATURE_BYTES = 64,  /* Ed25519 */
    SEAL_NAME_MAX_BYTES = 255,  /* of a key that we hold or know */
    SEAL_LINE_MAX_BYTES = 5120, /* signature in a note, any type, behind the key id */
    SEAL_NOTE_MAX_BYTES = 1 << 20,
    SEAL_LINES_MAX = 100,  /* signature lines in a note, of any key */
    SEAL_UNKNOWN_MAX = 16, /* of them, lines of keys that the reader does not know */
    SEAL_PROOF_MAX = 64    /* hashes in a proof between trees of fewer than 2^63 leaves */
};
/** Leaves in a tree: what fits a signed 64-bit number elsewhere. */
#define SEAL_SIZE_MAX ((uint64_t)INT64_MAX)

/* ---- Hashes ------------------------------------------------------------------------------- */

struct seal_hash {
    uint8_t bytes[SEAL_SHA256_BYTES];
};

/** Hash of bytes in memory.
 *  bytes   borrowed for the call
 *  out     uint8[32], set on success only
 *  Errors  E_MEMORY; E_INTERNAL when OpenSSL offers no SHA-256 (a broken installation)
 *  Cost    O(n) */
MUST rc seal_sha256(struct view bytes, uint8_t out[SEAL_SHA256_BYTES]);

/** Hash of bytes that come in parts: init, add…, finish, and done in any case.
 *  Zeroed memory is a hasher after done. */
struct seal_hasher {
    void *context; /* OpenSSL's, owned */
};
/** Caller's memory. Errors as seal_sha256. */
MUST rc seal_hasher_init(struct seal_hasher *h);
/** The next part. Errors E_INTERNAL; also when h is not between init and finish. Cost O(n). */
MUST rc seal_hasher_add(struct seal_hasher *h, struct view part);
/** Hash of all parts; nothing may be added after that.
 *  out     uint8[32], set on success only. Errors E_INTERNAL */
MUST rc seal_hasher_finish(struct seal_hasher *h, uint8_t out[SEAL_SHA256_BYTES]);
/** Releases h. NULL, zeroed and finished hashers are fine, twice too. */
void seal_hasher_done(struct seal_hasher *h);

/* ---- Bytes as text ------------------------------------------------------------------------ */

/** n bytes as 2*n lower-case hexadecimal digits, no NUL behind them. out: char[2*n]. */
void seal_hex(const uint8_t *bytes, size_t n, char *out);
/** Exactly 2*n lower-case hexadecimal digits as n bytes: one spelling for each value.
 *  out     uint8[n], set on success only
 *  Errors  E_INPUT: another length, or a character that is no such digit, with its place */
MUST rc seal_from_hex(struct view hex, size_t n, uint8_t *out);

/** A count in decimal: no sign, no leading zero, at most SEAL_SIZE_MAX.
 *  what    names it in the message. Errors E_INPUT. */
MUST rc seal_count_read(struct view digits, const char *what, uint64_t *out);
/** Bytes as base64 (RFC 4648 section 4, padded, no line breaks), appended to out. */
MUST rc seal_base64(struct view bytes, struct buf *out);
/** The bytes of a base64 text: one spelling for each value, so padding is there and unused bits are
 *  zero.
 *  out     in the arena
 *  Errors  E_INPUT; E_MEMORY */
MUST rc seal_from_base64(struct view text, struct arena *mem, struct view *out);
/** The same for a known count of bytes. out: uint8[n]. Errors E_INPUT, also for another length. */
MUST rc seal_from_base64_exact(struct view text, size_t n, uint8_t *out);

/* ---- Ed25519 ------------------------------------------------------------------------------ */

/** Random bytes of the system: seeds, salts. Errors E_INTERNAL when libsodium cannot start. */
MUST rc seal_random(uint8_t *out, size_t n);
/** Overwrites a secret; the compiler does not drop it. */
void seal_wipe(void *secret, size_t n);
/** Whether a signature over a message is the key's.
 *  Strict: the scalar is reduced, key and point are canonical and of large order, so that a
 *  signature has no second spelling.
 *  Errors  E_DAMAGED it is not; E_INTERNAL. Cost one pass over the message and one verification. */
MUST rc seal_ed25519_check(struct view message, const uint8_t public_key[SEAL_PUBLIC_BYTES],
                           const uint8_t signature[SEAL_SIGNATURE_BYTES]);
/** One signature of many; all views borrowed. */
struct seal_check {
    struct view text;
    const uint8_t *public_key, *signature; /* SEAL_PUBLIC_BYTES, SEAL_SIGNATURE_BYTES */
    bool holds;                            /* out */
};
/** Checks them on n_threads cores, this one's among them; the threads are gone on return.
 *  checks  [n]. Errors E_INTERNAL, E_MEMORY. Cost n verifications by the threads that could be had
 */
MUST rc seal_check_many(struct seal_check *checks, size_t n, uint32_t n_threads);
/** The same while the caller does something else: n_threads others begin with the first.
 *  checks  [n], borrowed until stop, `holds` stays unused. Errors E_INTERNAL, E_MEMORY */
struct seal_checking;
MUST rc seal_checking_start(const struct seal_check *checks, size_t n, uint32_t n_threads,
                            struct seal_checking **out);
/** Whether check i < n holds; helps until that is known, and never waits. For one thread. */
bool seal_checking_holds(struct seal_checking *c, size_t i);
/** Ends the threads, whatever is left; NULL is fine. */
void seal_checking_stop(struct seal_checking *c);

/* ---- Keys with names ---------------------------------------------------------------------- */

/** First byte of a key in a note (C2SP signed-note). */
enum {
    SEAL_TYPE_ED25519 = 0x01,
    SEAL_TYPE_COSIGNATURE = 0x04, /* Ed25519 with a time, over checkpoints */
    SEAL_TYPE_MLDSA44 = 0x06      /* known by its form; neither signed nor checked yet */
};

/** A key that signatures are checked with. */
struct seal_verifier {
    struct view name; /* borrowed or arena, as the function says */
    uint32_t id;      /* first four bytes of SHA-256(name, line feed, type, key), big-endian */
    uint8_t type;     /* SEAL_TYPE_* */
    struct view public_key;
};
/** A key of a name and bytes; computes the id.
 *  name, public_key   borrowed as long as out is used
 *  Errors  E_INPUT: a name that is empty, has a space (of Unicode) or a plus, or is too long; a key
 *          of another length than its type has, or an Ed25519 key that is no point of the group.
 *          E_ENCODING; E_VERSION a type that is none of the above; E_INTERNAL */
MUST rc seal_verifier_init(struct view name, uint8_t type, struct view public_key,
                           struct seal_verifier *out);
/** Reads "name+id+base64(type, key)".
 *  line    no line feed; borrowed for the call
 *  out     name and key in the arena
 *  Errors  those of seal_verifier_init; E_INPUT also when the id is not that of the key */
MUST rc seal_verifier_parse(struct view line, struct arena *mem, struct seal_verifier *out);
/** The same key of the same name. */
bool seal_verifier_eq(const struct seal_verifier *a, const struct seal_verifier *b);
/** Appends "name+id+base64(type, key)", no line feed. */
MUST rc seal_verifier_print(const struct seal_verifier *key, struct buf *out);

/** A key that signs. Holds a secret: keep it in one place and call done. */
struct seal_signer {
    struct view name; /* borrowed or arena, as the function says */
    uint32_t id;
    uint8_t type;
    uint8_t public_key[SEAL_PUBLIC_BYTES];
    uint8_t secret[SEAL_SEED_BYTES + SEAL_PUBLIC_BYTES]; /* the seed, then the public key */
};
/** The key of a seed.
 *  name    borrowed as long as out is used
 *  type    SEAL_TYPE_ED25519 or SEAL_TYPE_COSIGNATURE
 *  Errors  those of seal_verifier_init */
MUST rc seal_signer_init(struct view name, uint8_t type, const uint8_t seed[SEAL_SEED_BYTES],
                         struct seal_signer *out);
/** Reads "PRIVATE+KEY+name+id+base64(type, seed)".
 *  out     the name in the arena; the secret only in out
 *  Errors  as seal_verifier_parse; no message holds a part of the secret */
MUST rc seal_signer_parse(struct view line, struct arena *mem, struct seal_signer *out);
/** Appends the line that seal_signer_parse reads, no line feed. Wipe out before it goes. */
MUST rc seal_signer_print(const struct seal_signer *key, struct buf *out);
/** The public half; borrows from key. */
struct seal_verifier seal_signer_verifier(const struct seal_signer *key);
/** Wipes the secret. NULL, zeroed, twice: fine. */
void seal_signer_done(struct seal_signer *key);

/* ---- Files of keys ------------------------------------------------------------------------- */

/** The one thing a key is for. */
enum seal_purpose {
    SEAL_NO_PURPOSE, /* a bare line of another program: nothing is known */
    SEAL_AUTHOR,
    SEAL_REVIEWER,
    SEAL_LOG,
    SEAL_WITNESS,
    SEAL_MIRROR,
    SEAL_RECOVERY,
    SEAL_N_PURPOSES
};
/** "author", … ; "" for SEAL_NO_PURPOSE. Static. */
const char *seal_purpose_name(enum seal_purpose purpose);
/** SEAL_NO_PURPOSE for a word that is none. */
enum seal_purpose seal_purpose_find(struct view name);
/** Type of key: witnesses and mirrors cosign, all others sign. */
uint8_t seal_purpose_type(enum seal_purpose purpose);
/** Whether a key of this name may serve that purpose of the organisation: an author's key bears the
 *  organisation's own name, any other a longer one: "<org>/…" or "….<org>", maybe with "/…". */
bool seal_purpose_fits(enum seal_purpose purpose, struct view org, struct view name);

enum seal_key_state { SEAL_CURRENT, SEAL_RETIRED, SEAL_REVOKED };
/** "current", "retired", "revoked". Static. */
const char *seal_key_state_name(enum seal_key_state state);

enum {
    SEAL_KEY_FILE_MAX_BYTES = 8192,
    SEAL_TIME_CHARS = 24, /* YYYY-MM-DDThh:mm:ss.mmmZ */
    SEAL_PASSPHRASE_MAX_BYTES = 1024
};
/** What a key file says without its secret. */
struct seal_key_file {
    struct view org; /* empty for a bare line; all views borrowed from the file */
    enum seal_purpose purpose;
    struct view created; /* SEAL_TIME_CHARS, empty for a bare line */
    enum seal_key_state state;
    struct view ended;                /* since when it is not current; or empty */
    struct seal_verifier public_half; /* name and key in the arena */
    bool sealed;                      /* with a passphrase */
    struct view head, secret;         /* inside: what the seal also covers; the last line */
};
/** Reads a key file but for its secret.
 *  bytes   borrowed as long as out is used
 *  Errors  E_INPUT with the line; E_VERSION; E_LIMIT; E_MEMORY */
MUST rc seal_key_file_parse(struct view bytes, struct arena *mem, struct seal_key_file *out);
/** Takes the secret out.
 *  passphrase  for a sealed file; not looked at otherwise
 *  out         name in the arena; call seal_signer_done
 *  Errors  E_USAGE a sealed file without a passphrase; E_DAMAGED another passphrase, or a file that
 *          was changed, or a secret that is not that of the public line; E_MEMORY
 *  Cost    of a sealed one what its line says: about a second and 256 MiB for what we write */
MUST rc seal_key_file_open(const struct seal_key_file *file, struct view passphrase,
                           struct arena *mem, struct seal_signer *out);
/** Appends a new key file. Wipe out before it goes.
 *  created     SEAL_TIME_CHARS
 *  passphrase  empty: not sealed; at most SEAL_PASSPHRASE_MAX_BYTES
 *  Errors  E_USAGE a purpose that is none, or of another type of key; E_INPUT a name that does not
 *          fit; E_LIMIT; E_MEMORY, also when the system has not the 256 MiB; E_INTERNAL */
MUST rc seal_key_file_write(const struct seal_signer *key, enum seal_purpose purpose,
                            struct view org, struct view created, struct view passphrase,
                            struct buf *out);
/** Appends the same file with another state: needs no passphrase. Wipe out before it goes.
 *  state   SEAL_RETIRED or SEAL_REVOKED; time: SEAL_TIME_CHARS
 *  Errors  E_INPUT a bare line, or a revoked key (which stays so); E_USAGE; E_MEMORY */
MUST rc seal_key_file_mark(const struct seal_key_file *file, enum seal_key_state state,
                           struct view time, struct buf *out);

/* ---- Signed notes (C2SP signed-note v1.0.0) ------------------------------------------------ */

struct seal_line {
    struct view name; /* borrowed from the note */
    uint32_t id;
    struct view signature; /* what follows the id, at least one byte; arena */
};
struct seal_note {
    struct view text;              /* with its last line feed; borrowed from the note */
    const struct seal_line *lines; /* each once */
    uint32_t n_lines;              /* 1 … SEAL_LINES_MAX */
};
/** Cuts a note into text and signature lines; checks no signature.
 *  bytes   the whole note, borrowed as long as out is used
 *  Errors  E_INPUT: no blank line, no signature, a control character (so CRLF), a malformed line;
 *          E_ENCODING; E_LIMIT; E_MEMORY
 *  Cost    O(n), and O(lines^2) comparisons */
MUST rc seal_note_parse(struct view bytes, struct arena *mem, struct seal_note *out);

/** What a note says about one key. */
struct seal_signed {
    bool holds;      /* there is a line of this key, and it holds */
    uint64_t time_s; /* of a cosignature: seconds since 1970, the latest of several; else 0 */
};
/** Checks all lines of known keys, of which each has to hold, also when there are several of one
 *  key; those of unknown keys are ignored, up to SEAL_UNKNOWN_MAX.
 *  keys    seal_verifier[n_keys], no two with the same name and id
 *  out     seal_signed[n_keys] in the arena, in the order of keys; at least one holds
 *  Errors  E_NOT_FOUND no line of a known key; E_DAMAGED a known key's line does not hold;
 *          E_LIMIT too many unknown lines; E_DUPLICATE two equal keys; E_VERSION a line of a known
 *          key whose type cannot be checked; E_MEMORY; E_INTERNAL
 *  Cost    one Ed25519 check per known line */
MUST rc seal_note_check(const struct seal_note *note, const struct seal_verifier *keys,
                        size_t n_keys, struct arena *mem, const struct seal_signed **out);

/** Appends one signature line over a text: "— name base64(id, signature)" and a line feed.
 *  text    of a note, with its last line feed; a cosignature only signs checkpoints
 *  time_s  of a cosignature, at most INT64_MAX; else 0
 *  Errors  E_INPUT a text that no note may have; E_USAGE a time that does not fit the type;
 *          E_LIMIT, E_MEMORY of the buffer. out is as before on failure. */
MUST rc seal_sign_line(const struct seal_signer *key, struct view text, uint64_t time_s,
                       struct buf *out);
/** Appends a whole note: text, blank line, one line per signer. Errors as seal_sign_line;
 *  E_USAGE no signer or a cosigner; E_DUPLICATE two signers of the same name and id. */
MUST rc seal_note_write(struct view text, const struct seal_signer *keys, size_t n_keys,
                        struct buf *out);

/* ---- Checkpoints (C2SP tlog-checkpoint v1.0.0) --------------------------------------------- */

struct seal_checkpoint {
    struct view origin; /* all views borrowed from the text */
    uint64_t size;      /* 0 … SEAL_SIZE_MAX */
    struct seal_hash root;
    struct view extension; /* further lines with their line feeds; empty in what we write */
};
/** Reads the text of a note as a checkpoint.
 *  Errors  E_INPUT: fewer than three lines, an empty line, a size with a sign or leading zero or
 *          over the limit, a root that is not 32 bytes, size 0 with another root than SHA-256("");
 *          E_ENCODING */
MUST rc seal_checkpoint_parse(struct view text, struct seal_checkpoint *out);
/** Appends the text. Errors E_INPUT: an origin with spaces or a plus, or what parse refuses. */
MUST rc seal_checkpoint_print(const struct seal_checkpoint *c, struct buf *out);

/* ---- Merkle trees (RFC 9162 section 2.1) --------------------------------------------------- */

/** SHA-256(0x00, entry). */
MUST rc seal_hash_leaf(struct view entry, struct seal_hash *out);
/** SHA-256(0x01, left, right). */
MUST rc seal_hash_node(const struct seal_hash *left, const struct seal_hash *right,
                       struct seal_hash *out);
/** Head of the tree over these hashes. Of leaf hashes: the root. Of 2^k neighbours of one level,
 *  the first at a multiple of 2^k: the hash k levels above, as tiles need it. Of none: the root of
 *  the empty tree. Cost n - 1 hashes, no allocation of ours. */
MUST rc seal_hash_tree(const struct seal_hash *hashes, uint64_t n, struct seal_hash *out);

/** A tree that only grows: the full subtrees it is made of. Zeroed memory is the empty tree. */
struct seal_tree {
    uint64_t size;
    struct seal_hash full[63]; /* [l]: of 2^l leaves, when bit l of size is set */
};
/** One more leaf. Errors E_LIMIT, E_INTERNAL, E_MEMORY. Cost 1 hash on average, 63 at most. */
MUST rc seal_tree_add(struct seal_tree *t, const struct seal_hash *leaf);
/** The root. Cost at most 62 hashes. */
MUST rc seal_tree_head(const struct seal_tree *t, struct seal_hash *out);

/** Where stored hashes are read: the hash of the full subtree over the leaves
 *  index * 2^level … (index + 1) * 2^level - 1. Only subtrees inside the tree are asked for. */
struct seal_source {
    void *context;
    rc (*read)(void *context, uint32_t level, uint64_t index, struct seal_hash *out);
};
/** The tree of a size from stored hashes. Errors E_LIMIT; those of the source. Cost ≤ 63 reads. */
MUST rc seal_tree_load(uint64_t size, const struct seal_source *from, struct seal_tree *out);

/* ---- Proofs -------------------------------------------------------------------------------- */

struct seal_proof {
    uint32_t n;
    struct seal_hash hash[SEAL_PROOF_MAX]; /* from the leaves up */
};
/** Proof that leaf `index` is in the tree of `size` leaves.
 *  Errors  E_INPUT index >= size; E_LIMIT; those of the source. Cost O(log size) reads. */
MUST rc seal_prove_inclusion(uint64_t index, uint64_t size, const struct seal_source *from,
                             struct seal_proof *out);
/** Proof that the tree of `size` leaves begins with the tree of `old_size`.
 *  Errors  E_INPUT old_size 0 (there is nothing to prove) or > size; E_LIMIT; the source's. */
MUST rc seal_prove_consistency(uint64_t old_size, uint64_t size, const struct seal_source *from,
                               struct seal_proof *out);
/** Whether a proof shows it. Size and root belong together only by the signature of a checkpoint:
 *  neighbouring sizes share the shapes of some proofs. Errors E_INPUT sizes that no proof can be
 * about, as above; E_DAMAGED a proof of another length or that leads to another root. */
MUST rc seal_check_inclusion(const struct seal_proof *proof, const struct seal_hash *leaf,
                             uint64_t index, uint64_t size, const struct seal_hash *root);
MUST rc seal_check_consistency(const struct seal_proof *proof, uint64_t old_size,
                               const struct seal_hash *old_root, uint64_t size,
                               const struct seal_hash *root);
/** Lines of base64, one per hash, each with its line feed; none for an empty proof.
 *  Errors  E_INPUT a line that is no hash, with its number; E_LIMIT more than SEAL_PROOF_MAX. */
MUST rc seal_proof_parse(struct view lines, struct seal_proof *out);
MUST rc seal_proof_print(const struct seal_proof *proof, struct buf *out);

/** A .tlog-proof file (C2SP tlog-proof v1): who holds it can check offline that an entry is in a
 *  log, with the keys of the log and its witnesses. */
struct seal_proof_file {
    struct view extra; /* bytes that nothing vouches for; arena; may be empty */
    uint64_t index;
    struct seal_proof proof;
    struct view checkpoint; /* the signed note, borrowed from the file */
};
/** Cuts the file; checks neither proof nor checkpoint: seal_note_parse, seal_note_check,
 *  seal_checkpoint_parse and seal_check_inclusion do.
 *  bytes   borrowed as long as out is used
 *  Errors  E_INPUT with the line; E_LIMIT; E_MEMORY */
MUST rc seal_proof_file_parse(struct view bytes, struct arena *mem, struct seal_proof_file *out);
/** Appends the file. Errors E_MEMORY, E_LIMIT of the buffer. */
MUST rc seal_proof_file_print(const struct seal_proof_file *file, struct buf *out);

#ifdef __cplusplus
}
#endif
#endif
