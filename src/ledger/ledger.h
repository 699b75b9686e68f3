/* SPDX-License-Identifier: Apache-2.0
 *
 * ledger: the log of what was said, as files. A journal in which an entry is durable, C2SP
 * tlog-tiles that anyone may read, a signed checkpoint over them; recovery, proofs, verification,
 * verified copies, and the memory of a witness. Byte by byte: docs/formats/log.md.
 *
 * Knows bytes and ids, not what records mean; no sockets: who reads over a network gives
 * ledger_files. One log folder has one writer (a lock file), any number of readers. A writer
 * belongs to one thread; readers and verification may run in any number of others.
 *
 *   DIR/log            text: format version, origin, public key
 *   DIR/lock           held by the writer
 *   DIR/promised       size and root of the largest tree that was ever going to be signed
 *   DIR/journal/       what was acknowledged and is not yet in tiles or not yet kept elsewhere
 *   DIR/public/        checkpoint, tile/…, key: serve this folder, or hand it to anybody
 *   DIR/attachments/   files named by their SHA-256
 */
#ifndef SANAD_LEDGER_H
#define SANAD_LEDGER_H

#include "base/base.h"
#include "seal/seal.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    LEDGER_ENTRY_MAX_BYTES = 65535,    /* of one entry: what a bundle can hold */
    LEDGER_BESIDE_MAX_BYTES = 1 << 20, /* kept beside an entry, never in public */
    LEDGER_GROUP_MAX = 4096,           /* items of one append */
    LEDGER_GROUP_MAX_BYTES = 64 << 20, /* all bytes of one append */
    LEDGER_TILE = 256,                 /* hashes of a full tile, entries of a full bundle */
    LEDGER_ATTACHMENT_MAX_BYTES = 64 << 20
};

/* ---- Entries ------------------------------------------------------------------------------- */

/** "sanad/entry/v1", received in ms, "sha256:…", each with a line feed; then the signed note of a
 *  record marked clear, or nothing. */
struct ledger_entry {
    int64_t received_ms;
    struct seal_hash id;
    struct view note; /* empty: the record is not for everybody, or was never here */
};
/** Errors  E_INPUT with what is wrong; E_VERSION another first line; note borrowed from bytes. */
MUST rc ledger_entry_parse(struct view bytes, struct ledger_entry *out);
/** Appended to out. Errors E_LIMIT over LEDGER_ENTRY_MAX_BYTES; E_MEMORY. */
MUST rc ledger_entry_write(const struct ledger_entry *entry, struct buf *out);
/** Whether it could be written. Errors as ledger_entry_write, without E_MEMORY. */
MUST rc ledger_entry_check(const struct ledger_entry *entry);

/* ---- Files of a log ------------------------------------------------------------------------ */

/** Where files below the public folder are read: a folder, a mirror over HTTP, a test. */
struct ledger_files {
    void *context;
    /** Appends the whole file ("checkpoint", "tile/0/x001/234"). E_NOT_FOUND when there is none;
     *  E_LIMIT over limit_bytes. */
    rc (*read)(void *context, const char *path, size_t limit_bytes, struct buf *out);
    /** Calls each for every file below the public folder, in no order; its failures are passed on.
     *  NULL when nobody can tell, as over HTTP. */
    rc (*list)(void *context, void *to, rc (*each)(void *to, const char *path));
};
/** Files of a folder on disk; dir is the public folder or one that has a `public` folder, borrowed
 *  as long as out is used. */
MUST rc ledger_folder(const char *dir, struct arena *mem, struct ledger_files *out);
/** Appends the checkpoint, as it lies there and unchecked. Errors of files. */
MUST rc ledger_read_checkpoint(const struct ledger_files *files, struct buf *out);
/** The log's key as it lies there: what agrees with it is whole, and whose it is, it cannot say.
 *  Errors of files; those of seal_verifier_parse */
MUST rc ledger_read_key(const struct ledger_files *files, struct arena *mem,
                        struct seal_verifier *out);
/** "tile/<level>/<index>[.p/<width>]"; level -1 is "tile/entries/…"; width 256 is a full tile.
 *  out has room for LEDGER_PATH_BYTES. */
enum { LEDGER_PATH_BYTES = 64 };
void ledger_tile_path(int level, uint64_t index, uint32_t width, char out[LEDGER_PATH_BYTES]);
/** Reads such a path. Errors E_INPUT: leading zeros, width 0 or over 255, level over 63, … */
MUST rc ledger_tile_path_parse(struct view path, int *out_level, uint64_t *out_index,
                               uint32_t *out_width);

/* ---- Writing ------------------------------------------------------------------------------- */

struct ledger;

struct ledger_options {
    bool look_only;         /* opens what is there; nothing is written, no lock is taken */
    uint64_t segment_bytes; /* of the journal before a new file begins; 0: 64 MiB */
};

/** Whether a log can be made there: DIR is empty, or there is none.
 *  Errors  E_DUPLICATE there is a log, or anything else; E_IO, E_MEMORY */
MUST rc ledger_check_free(const char *dir);
/** Makes DIR (which may exist when it is empty) and an empty log whose origin is the key's name.
 *  The checkpoint of size 0 is signed. The key itself is not written. The folder appears whole or
 *  not at all: it is made as DIR.part first.
 *  key     of type SEAL_TYPE_ED25519
 *  Errors  E_DUPLICATE there is a log, or anything else in DIR; E_NOT_FOUND no folder above DIR;
 *          E_USAGE another type of key; E_IO, E_SPACE; those of seal. */
MUST rc ledger_create(const char *dir, const struct seal_signer *key);

/** Opens, locks, recovers: entries that the journal holds and tiles do not are put into tiles, and
 *  a checkpoint is signed. When less than the promised or a cosigned size verifies, or anything
 * else of the log is missing or altered, it opens for reading only, with the reason in
 * ledger_state: it never signs a fork. A group whose append failed may be there after all: whole,
 * in its place, as if it had been acknowledged. key     borrowed until close; NULL only with
 * look_only Errors  E_NOT_FOUND no log; E_BUSY another process has it; E_VERSION a newer format;
 * E_FORMAT DIR/log cannot be read; E_INPUT the key is not this log's; E_USAGE no key; E_IO the
 * lock; E_MEMORY Cost    O(journal behind the checkpoint, whole files) + O(log size) reads */
MUST rc ledger_open(const char *dir, const struct seal_signer *key,
                    const struct ledger_options *options, struct ledger **out);
/** Publishes nothing; NULL is fine. */
void ledger_close(struct ledger *l);

struct ledger_item {
    struct seal_hash id;
    struct view note;   /* signed note of a clear record, or empty */
    struct view beside; /* not for the public: the note of another mark, erasable parts; or empty */
};
struct ledger_place {
    uint64_t index;
    int64_t received_ms; /* never less than that of an earlier entry */
};
/** Adds a group: one write, one fdatasync. On success every item is durable at its index.
 *  now_ms      wall clock; a clock that went back is replaced by the latest received
 *  out_places  [n]
 *  Errors  E_LIMIT an item or the group is too large, the item named by its number; E_MEMORY:
 *          nothing was added, the log goes on. E_READ_ONLY the log takes nothing, with the reason.
 *          E_SPACE, E_IO: nothing was acknowledged and the log is read-only from now on (a failed
 *          fsync is never tried again)
 *  Cost    O(bytes), one fdatasync */
MUST rc ledger_append(struct ledger *l, const struct ledger_item *items, size_t n, int64_t now_ms,
                      struct ledger_place *out_places);

/** Puts what was appended into tiles, makes them durable, keeps the promise, signs the checkpoint
 *  (RFC 9162 tree head as C2SP tlog-checkpoint) and puts it in place. Does nothing when there is
 *  nothing new.
 *  Errors  as append: the log is read-only afterwards (not after E_MEMORY: call it again); the
 *          earlier checkpoint stands
 *  Cost    O(what is new), no reading; one syncfs, which also waits for what others wrote to this
 *          file system, and two fsyncs for the checkpoint */
MUST rc ledger_publish(struct ledger *l);

/** Adds witnesses' lines to the checkpoint in place. checkpoint is a whole note over the same text;
 *  keys are those of the witnesses [n]; a newer line of a witness takes the place of its older one,
 * and lines of others are left out. Errors  E_INPUT another text, as after a publish; E_USAGE the
 * log's own key among keys; those of seal_note_parse and seal_note_check; E_READ_ONLY, E_IO,
 * E_SPACE as append */
MUST rc ledger_add_cosignatures(struct ledger *l, struct view checkpoint,
                                const struct seal_verifier *keys, size_t n);

struct ledger_state {
    struct view origin;
    uint64_t size;           /* durable entries; read-only: as many as verify */
    uint64_t published_size; /* in the checkpoint */
    struct seal_hash root;   /* of the published tree */
    int64_t received_ms;     /* of the last entry; 0 */
    bool read_only;
    struct view why; /* read-only; borrowed until close */
    uint64_t journal_bytes;
};
void ledger_state(const struct ledger *l, struct ledger_state *out);
/** Whether the log takes anything. Errors E_READ_ONLY, with the reason. */
MUST rc ledger_may_write(const struct ledger *l);

/** Entries from index `from` on and what lies beside them, as far as the journal still holds them,
 * in order: what a reader that stopped has to catch up with. An index that is left out stands in
 * the tiles (older than the journal, or repaired from a mirror). beside is empty when there is none
 * or it was erased. The callback's views last for the call; it must not append, publish or trim.
 *  Errors  those of each, unchanged; E_DAMAGED behind the good ones; E_IO */
MUST rc ledger_each_beside(struct ledger *l, uint64_t from, void *context,
                           rc (*each)(void *context, uint64_t index,
                                      const struct ledger_entry *entry, struct view beside));
/** Everything before `index` is kept elsewhere: journal files that hold nothing else and whose
 *  entries are published are removed. With `erase` what is appended is published, the file being
 *  written is closed, and one that goes on behind `index` is written anew without what was beside
 *  earlier entries: nothing of that is left in any file of the journal. What a disk keeps of
 * removed files is not ours to say. A stop in between leaves more than was asked; call it again.
 *  Errors  as append */
MUST rc ledger_trim(struct ledger *l, uint64_t index, bool erase);

/** Attachments: bytes by their SHA-256, durable on return, whole or not at all. A disk that is full
 *  costs the attachment; the log goes on. Errors E_LIMIT, E_SPACE, E_IO, E_READ_ONLY;
 *  read and remove: E_NOT_FOUND; read: E_DAMAGED when the bytes have another hash, out as before.
 */
MUST rc ledger_attach(struct ledger *l, struct view bytes, struct seal_hash *out_hash);
MUST rc ledger_attachment(const char *dir, const struct seal_hash *hash, struct buf *out);
MUST rc ledger_detach(struct ledger *l, const struct seal_hash *hash);

/* ---- Reading ------------------------------------------------------------------------------- */

/** A log as a signed checkpoint describes it; everything read is held against its root. */
struct ledger_reader;

/** Reads and checks the checkpoint.
 *  files   borrowed until close
 *  keys    the log's key first, then witnesses, whose cosignatures are counted
 *  Errors  E_NOT_FOUND no checkpoint; E_DAMAGED a signature does not hold; E_INPUT; the files' */
MUST rc ledger_reader_open(const struct ledger_files *files, const struct seal_verifier *keys,
                           size_t n_keys, struct ledger_reader **out);
void ledger_reader_close(struct ledger_reader *r);
/** The checkpoint, the note it came in, and how many of the keys signed; borrowed until close. */
const struct seal_checkpoint *ledger_reader_checkpoint(const struct ledger_reader *r,
                                                       struct view *out_note, uint32_t *out_signed);
/** Entries [from, from + n) (cut to the size), in order, each proved to be in the tree.
 *  Errors  E_DAMAGED names tile or entry; E_NOT_FOUND a missing file; those of each and files
 *  Cost    O(bytes); tiles are read once, 256 entries at a time */
MUST rc ledger_read(struct ledger_reader *r, uint64_t from, uint64_t n, void *context,
                    rc (*each)(void *context, uint64_t index, struct view entry));
/** Index of the entry with this id, by reading all. Errors E_NOT_FOUND. */
MUST rc ledger_find(struct ledger_reader *r, const struct seal_hash *id, uint64_t *out_index);
/** A .tlog-proof of an entry, appended to out; extra may be empty. */
MUST rc ledger_prove(struct ledger_reader *r, uint64_t index, struct view extra, struct buf *out);
/** Hashes of the tree from its tiles, for seal_prove_…; borrowed until close. */
struct seal_source ledger_source(struct ledger_reader *r);

/** Everything that can be checked from the files alone: signatures, every entry, every hash of
 *  every tile, partial ones too, order of received times, the form of entries and the ids of their
 *  notes. Files that were replaced by larger ones are checked when the files can be listed. */
struct ledger_fault {
    const char *path; /* of the file */
    uint64_t index;   /* of the entry, or UINT64_MAX */
    struct view what;
};
struct ledger_report {
    uint64_t size;                      /* of the checkpoint */
    uint64_t n_entries, n_tiles, bytes; /* looked at; of a copy: written */
    uint64_t n_faults;
    uint64_t
        n_beyond; /* files that no checkpoint covers: left by a crash, or strangers; no fault */
    uint32_t n_signed; /* keys that signed the checkpoint */
};
struct ledger_watch {
    void *context;
    void (*fault)(void *context, const struct ledger_fault *fault);      /* may be NULL */
    void (*progress)(void *context, uint64_t done, uint64_t of_entries); /* may be NULL */
};
/** Goes on after a fault, so that all are told. OK with faults in the report; a failure is one of
 *  memory or of reading. Cost one hash of every byte. */
MUST rc ledger_verify(const struct ledger_files *files, const struct seal_verifier *keys,
                      size_t n_keys, const struct ledger_watch *watch, struct ledger_report *out);

/* ---- Copies -------------------------------------------------------------------------------- */

/** Copies what the checkpoint of `from` covers and `dir` does not have yet into dir (made when
 *  missing), verifying everything, the checkpoint last; so it resumes where it stopped. A
 *  checkpoint that does not contain the one in dir is a fork: both are kept as
 *  dir/fork-<hash of the note>.checkpoint and nothing else changes.
 *  Errors  E_DAMAGED fork or wrong bytes; E_NOT_FOUND; E_SPACE, E_IO; the files' */
MUST rc ledger_mirror(const struct ledger_files *from, const char *dir,
                      const struct seal_verifier *keys, size_t n_keys,
                      const struct ledger_watch *watch, struct ledger_report *out);
/** Puts back what a damaged log has lost or altered, from a mirror whose checkpoint the log's own
 *  key signed and which holds at least the promised size. The log must not be open. */
MUST rc ledger_repair(const char *dir, const struct ledger_files *mirror,
                      const struct ledger_watch *watch);
/** A copy of a log folder (not its key) that can be made while the log is written; a second one
 * into the same target copies what is new. Attachments too. The target verifies by itself. */
MUST rc ledger_backup(const char *dir, const char *target, const struct ledger_watch *watch);
/** Makes a log folder of a backup. It takes nothing until ledger_confirm was given the largest size
 *  its witnesses know, because what was acknowledged after the backup is missing. */
MUST rc ledger_restore(const char *backup, const char *dir, const struct ledger_watch *watch);
/** Lets a restored log write again. witnessed: the largest checkpoint any witness or mirror has of
 *  this log, a note that the log's key signed, or empty when there is none to ask.
 *  Errors  E_DAMAGED it is of a larger tree, or of another one: repair from a mirror first */
MUST rc ledger_confirm(const char *dir, struct view witnessed);

/* ---- Witness (C2SP tlog-witness v1.0.0) ---------------------------------------------------- */

/** Remembers, for each log it watches, the last checkpoint it cosigned; durable before it answers.
 *  One process, one thread. */
struct ledger_witness;
/** key is of type SEAL_TYPE_COSIGNATURE, borrowed until close; dir is made when missing and locked.
 *  Errors E_USAGE another key type; E_BUSY; E_IO, E_DAMAGED. */
MUST rc ledger_witness_open(const char *dir, const struct seal_signer *key,
                            struct ledger_witness **out);
void ledger_witness_close(struct ledger_witness *w);
/** Watches a log from now on: its public line (name is the origin). Durable. Twice is fine; another
 *  key for the same origin is added beside the first. */
MUST rc ledger_witness_trust(struct ledger_witness *w, struct view vkey);
/** What is answered to one add-checkpoint request. */
struct ledger_witness_answer {
    int status;               /* 200 400 403 404 409 422, 500 */
    const char *content_type; /* text/plain; charset=utf-8 or text/x.tlog.size */
    struct buf body;          /* signature lines, the size, or the reason; done by the caller */
};
/** body: "old N", proof lines, blank line, checkpoint. A fork (same size with another root, or a
 *  proof that fails) is refused, and both checkpoints are kept in dir/forks/.
 *  Errors  only those of memory and disk; then nothing was signed */
MUST rc ledger_witness_add(struct ledger_witness *w, struct view body, uint64_t now_s,
                           struct ledger_witness_answer *out);
/** The last cosigned checkpoint by SHA-256 of the origin, appended to out. E_NOT_FOUND. */
MUST rc ledger_witness_latest(struct ledger_witness *w, const struct seal_hash *origin_hash,
                              struct buf *out);

#ifdef __cplusplus
}
#endif
#endif
