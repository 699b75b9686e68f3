/* SPDX-License-Identifier: Apache-2.0
 *
 * node: what an organisation does with its log. A node is one folder:
 *
 *   DIR/node.json      who is in from the beginning, which witnesses are asked
 *   DIR/log … public/  the log (ledger)
 *   DIR/store/         view, notes, local (store)
 *
 * The walk of a record: note -> the local door (store_admit, which looks at the pending group too)
 * -> journal, one fdatasync: acknowledged -> tiles and checkpoint -> view -> bank. What stopped in
 * between is caught up with when the folder is opened.
 */
#ifndef SANAD_NODE_H
#define SANAD_NODE_H

#include "base/base.h"
#include "exchange/exchange.h"
#include "ledger/ledger.h"
#include "record/record.h"
#include "store/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Configuration ------------------------------------------------------------------------- */

/** Somebody who cosigns our checkpoints. */
struct node_witness {
    struct seal_verifier key; /* SEAL_TYPE_COSIGNATURE */
    struct view url;          /* its submission prefix: add-checkpoint stands below it */
};
struct node_config {
    const struct record_founder *members; /* in from the beginning */
    uint32_t n_members;
    const struct node_witness *witnesses;
    uint32_t n_witnesses;
};
/** Reads and writes DIR/node.json. Errors E_NOT_FOUND, E_INPUT with the path, E_IO, E_SPACE. */
MUST rc node_config_read(const char *dir, struct arena *mem, struct node_config *out);
MUST rc node_config_write(const char *dir, const struct node_config *config);

/* ---- A node -------------------------------------------------------------------------------- */

struct node;

/** Makes the folder, an empty log of this key, and an empty store: whole or not at all (made as
 *  DIR.unfinished first). Errors of ledger_create. */
MUST rc node_create(const char *dir, const struct seal_signer *log_key,
                    const struct node_config *config);
/** Opens log and store and catches up: what the log holds and the view does not is applied, and
 *  what time alone has changed since the view was written.
 *  log_key  borrowed until close; NULL: to look only, by the side of a writer
 *  Errors   of ledger_open and store_open */
MUST rc node_open(const char *dir, const struct seal_signer *log_key, int64_t now_ms,
                  struct node **out);
void node_close(struct node *n);
/** Folds what time alone has changed: a node that stays open asks now and then, and one that is
 *  opened to look before it shows states. The latter needs the store for a moment to itself.
 *  Errors  E_BUSY somebody writes (who folds this too), E_IO, E_SPACE: states stay as they were */
MUST rc node_tick(struct node *n, int64_t now_ms);

/** Parts of a node, borrowed until close. */
struct ledger *node_ledger(struct node *n); /* NULL when only looking */
struct store *node_store(struct node *n);
const struct node_config *node_configuration(const struct node *n);
/** Reader over the node's own tiles, opened anew: every entry is proved. Close it. */
MUST rc node_reader(struct node *n, struct ledger_reader **out);

/** Somebody watches long work. Every callback may be NULL; tell returns false to stop. */
struct node_watch {
    void *context;
    bool (*tell)(void *context, const char *phase, uint64_t done, uint64_t total);
};

/* ---- Submitting ---------------------------------------------------------------------------- */

/** What happened to one note of a group. */
struct node_result {
    rc failure; /* OK: acknowledged */
    struct view message;
    struct seal_hash id;
    struct ledger_place place;
};
/** Takes a group in: each note is admitted or refused by itself; the admitted ones are durable on
 *  return, published and in the view. Records already there are told as E_DUPLICATE.
 *  bundles      [n], a signed note and its erasable parts (docs/formats/record.md)
 *  out_results  [n], in mem
 *  Errors       of the log and the store: then nothing is acknowledged that is not durable, and
 *               E_READ_ONLY says why nothing is taken any more */
MUST rc node_submit(struct node *n, const struct view *bundles, size_t n_bundles, int64_t now_ms,
                    struct arena *mem, struct node_result *out_results);

/** What stopped the node behind a group that is acknowledged: its records are safe in the journal
 *  and perhaps not published or not in the view, and nothing more is taken until the folder is
 *  opened again. OK when nothing did; ask after the last group. */
MUST rc node_check(const struct node *n);

/** Erases a note that is not public, or one part: from the store and from the journal. The entry
 *  in the log stays: a time and a hash. After a failure or a stop ask again: then a record that is
 *  erased already is fine, and what is left of it goes too. Errors of store_erase, ledger_trim. */
MUST rc node_erase(struct node *n, const struct seal_hash *id, struct view field, int64_t now_ms);

/** What a witness said. */
struct node_asked {
    struct view witness;
    rc failure;
    struct view message;
};
/** Asks every configured witness to cosign the checkpoint; adds the lines that hold.
 *  out  one for each witness, in mem. Errors of the log's files only. */
MUST rc node_cosign(struct node *n, struct arena *mem, const struct node_asked **out,
                    uint32_t *out_n);

/* ---- Other people's fact-checks ------------------------------------------------------------ */

struct node_import {
    const struct seal_signer *author; /* of the importing organisation */
    enum item_format format;
    struct item_defaults defaults;
    bool look_only; /* rows are checked and counted, and nothing is written */
    int64_t now_ms;
    void *context;
    void (*reject)(void *context, uint64_t where, const char *reason);
    bool (*progress)(void *context, uint64_t bytes, uint64_t total);
};
struct node_imported {
    uint64_t n_rows, n_reviews, n_known, n_rejected;
};
/** Each verdict of each row becomes a `review` record signed by the importer: "reported by" the
 *  importer, never a verdict. A review of the same publisher, address and claim that is there
 *  already is not written twice. Errors as items_read and node_submit; behind E_FORMAT the rows
 *  before the place where the file breaks off are in all the same.
 *  out  also when it fails */
MUST rc node_import_items(struct node *n, const char *path, const struct node_import *how,
                          struct node_imported *out);

/* ---- What comes out ------------------------------------------------------------------------ */

/** Claims in effect with the verdicts of every organisation, and reviews, as items; in the order
 *  of their first record. What anybody may see, nothing else. */
MUST rc node_items(struct store *s, void *context,
                   rc (*take)(void *context, const struct item *item));
/** The item of one claim or review, when it is in effect; else take is not called. */
MUST rc node_item(struct store *s, const struct seal_hash *id, void *context,
                  rc (*take)(void *context, const struct item *item));
/** Writes beside a bank, as one change, the claims and reviews that these records are or speak of
 *  (directly, or through the object they change); what is no longer in effect is withdrawn.
 *  ids  [n] of records. Errors of bank_change_write. */
MUST rc node_bank_follow(struct store *s, const char *bank_path, const struct seal_hash *ids,
                         size_t n);
/** Everything a viewer may see, one JSON line an object: id, place, received, note, parts, object,
 *  effect; docs/formats/export.md. */
MUST rc node_export(struct node *n, const struct store_viewer *viewer, void *context,
                    rc (*line)(void *context, struct view line));

/** The line of one object. Errors E_NOT_FOUND; also when the viewer may see nothing of it. */
MUST rc node_export_one(struct node *n, const struct store_viewer *viewer,
                        const struct seal_hash *object, void *context,
                        rc (*line)(void *context, struct view line));

/* ---- Keeping ------------------------------------------------------------------------------- */

struct node_replayed {
    uint64_t n_entries;
    struct store_report report;
};
/** Empties the view and folds the whole log again. Drafts, asks and notes stay as they are. Until
 * it is done nobody else may look at the view; what stops in between is made up for at the next
 *  opening. */
MUST rc node_replay(struct node *n, int64_t now_ms, const struct node_watch *watch,
                    struct node_replayed *out);
/** Log, notes, local and configuration into a folder; see ledger_backup. Restoring is the reverse;
 *  the view is rebuilt at the first opening.
 *  watch  may be NULL; its fault tells what was damaged and is not in the copy. All else is. */
MUST rc node_backup(const char *dir, const char *target, const struct ledger_watch *watch);
MUST rc node_restore(const char *backup, const char *dir, const struct ledger_watch *watch);
/** Lets a restored log write again, after each witness said that it has seen no more of it.
 *  without_witnesses  the operator vouches that nobody has; only of a log that names none
 *  out                what each said, in mem
 *  Errors   the first witness's that knows more, or that cannot be asked; E_INPUT when none is
 *           named and nobody vouches, or one is and somebody does; of ledger_confirm */
MUST rc node_confirm(const char *dir, bool without_witnesses, struct arena *mem,
                     const struct node_asked **out, uint32_t *out_n);

/* ---- Over the network ---------------------------------------------------------------------- */

/** Files of a log below an address, for ledger_mirror and ledger_reader_open. Close it. */
struct node_remote;
MUST rc node_remote_open(struct view url, bool allow_private, struct node_remote **out);
void node_remote_close(struct node_remote *r);
struct ledger_files node_remote_files(struct node_remote *r);

struct node_witness_service {
    const char *dir;               /* memory of the witness */
    const struct seal_signer *key; /* SEAL_TYPE_COSIGNATURE */
    const char *listen;            /* address, default 127.0.0.1 */
    uint16_t port;                 /* 0: any free one */
    uint64_t stop_after_idle_ms;   /* 0: never */
    void *context;
    void (*ready)(void *context, uint16_t port);
    const struct log_sink *log;
};
/** Serves POST <prefix>/add-checkpoint and GET <prefix>/<origin hash>/checkpoint until stopped. */
MUST rc node_witness_serve(const struct node_witness_service *service);
/** Makes node_witness_serve return; may be called from a signal handler. */
void node_witness_stop(void);

#ifdef __cplusplus
}
#endif
#endif
