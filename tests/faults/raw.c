/* SPDX-License-Identifier: Apache-2.0
 *
 * What no honest program does, and what arrives from other logs:
 *
 *   raw sign KEY FILE…     signs texts as they stand, whatever they are; the notes on standard
 * output raw append DIR NOTE…   notes into a log past its door: it does not ask whether they may
 * come raw sync DIR OTHER     what another log holds, into the view of DIR, as its exchange would
 *
 * Names of files are those of single notes without parts. */
#include "node/node.h"

#include <stdio.h>
#include <string.h>

static struct arena mem;

static rc read_all(const char *path, struct view *out)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    TRY(file_read(path, LEDGER_BESIDE_MAX_BYTES, &bytes));
    return arena_copy(&mem, buf_view(&bytes), out);
}

static rc read_key(const char *path, struct seal_signer *out)
{
    struct seal_key_file file;
    struct view bytes;
    TRY(read_all(path, &bytes));
    TRY(seal_key_file_parse(bytes, &mem, &file));
    return seal_key_file_open(&file, VIEW(""), &mem, out);
}

static rc open_node(const char *dir, struct node **out)
{
    static struct seal_signer key;
    char path[512];
    snprintf(path, sizeof path, "%s.key", dir);
    TRY(read_key(path, &key));
    return node_open(dir, &key, clock_wall_ms(), out);
}

/* ---- sign ---- */

static rc sign(const char *key_path, char **texts, int n)
{
    struct seal_signer key;
    TRY(read_key(key_path, &key));
    for (int i = 0; i < n; i++) {
        CLEANUP(buf_done) struct buf note = {0};
        struct view text;
        TRY(read_all(texts[i], &text));
        TRY(seal_note_write(text, &key, 1, &note));
        if (fwrite(note.p, 1, note.n, stdout) != note.n) return FAIL(E_IO, "nobody listens");
    }
    return OK;
}

/* ---- append ---- */

static rc plan(const char *path, struct ledger_item *item)
{
    static const char k_clear[] = "\"mark\":\"clear\"";
    struct record_bundle bundle;
    struct view bytes;
    *item = (struct ledger_item){0};
    TRY(read_all(path, &bytes));
    TRY(record_bundle_read(bytes, &mem, &bundle));
    TRY(seal_sha256(bundle.text, item->id.bytes));
    bool clear = memmem(bundle.text.p, bundle.text.n, k_clear, sizeof k_clear - 1) != NULL;
    *(clear ? &item->note : &item->beside) = bytes;
    return OK;
}

static rc append(const char *dir, char **notes, int n)
{
    struct ledger_place *places;
    struct ledger_item *items;
    struct node *node;
    TRY(arena_array(&mem, (size_t)n, &items));
    TRY(arena_array(&mem, (size_t)n, &places));
    for (int i = 0; i < n; i++)
        TRY(plan(notes[i], &items[i]));
    TRY(open_node(dir, &node));
    rc r = ledger_append(node_ledger(node), items, (size_t)n, clock_wall_ms(), places);
    if (ok(r)) r = ledger_publish(node_ledger(node));
    node_close(node);
    TRY(r);
    for (int i = 0; i < n; i++)
        printf("%llu\n", (unsigned long long)places[i].index);
    TRY(open_node(dir, &node)); /* which catches up */
    node_close(node);
    return OK;
}

/* ---- sync ---- */

struct syncing {
    struct store *from, *to;
    struct view origin;
};

static rc take(void *context, uint64_t index, struct view bytes)
{
    struct syncing *s = context;
    struct ledger_entry entry;
    struct store_report report;
    TRY(ledger_entry_parse(bytes, &entry));
    struct store_arrival a = {.log = s->origin,
                              .index = index,
                              .received_ms = entry.received_ms,
                              .id = entry.id,
                              .note = entry.note};
    /* What is not for everybody comes by another way, from node to node. */
    rc r = entry.note.n > 0
               ? OK
               : store_note(s->from, &k_store_node, &entry.id, &mem, &a.note, &a.parts, &a.n_parts);
    if (!ok(r) && r.code != E_NOT_FOUND) return r;
    return store_apply(s->to, &a, 1, clock_wall_ms(), &report);
}

static rc sync_from(struct node *to, const char *other)
{
    struct node *from;
    struct ledger_reader *reader;
    uint64_t next;
    TRY(node_open(other, NULL, clock_wall_ms(), &from));
    rc r = node_reader(from, &reader);
    if (ok(r)) {
        const struct seal_checkpoint *c = ledger_reader_checkpoint(reader, NULL, NULL);
        struct syncing s = {node_store(from), node_store(to), c->origin};
        r = store_applied(s.to, s.origin, &next);
        if (ok(r) && next < c->size) r = ledger_read(reader, next, c->size - next, &s, take);
        ledger_reader_close(reader);
    }
    node_close(from);
    return r;
}

static rc sync_logs(const char *dir, const char *other)
{
    struct node *to;
    TRY(open_node(dir, &to));
    rc r = sync_from(to, other);
    node_close(to);
    return r;
}

int main(int argc, char **argv)
{
    if (argc < 4) return 2;
    arena_init(&mem, 0);
    rc r = strcmp(argv[1], "sign") == 0     ? sign(argv[2], argv + 3, argc - 3)
           : strcmp(argv[1], "append") == 0 ? append(argv[2], argv + 3, argc - 3)
                                            : sync_logs(argv[2], argv[3]);
    if (!ok(r)) fprintf(stderr, "raw: %s\n", rc_message());
    arena_done(&mem);
    return ok(r) ? 0 : err_describe(r.code)->exit_code;
}
