/* SPDX-License-Identifier: Apache-2.0
 * sanad bank add and bank withdraw: one change beside a bank in use. What belongs to one call takes
 * effect together or not at all. */
#include <string.h>

#include "bank/bank.h"
#include "cmd/cmd.h"
#include "cmd/id_set_int.h"
#include "cmd/rows_int.h"
#include "cmd/say_int.h"
#include "cmd/session_int.h"

enum { FIRST_CAPACITY = 64, MOST_ID_BYTES = 512 };

/* Claims and ids of a change while it is collected. */
struct collected {
    struct arena *mem;
    const struct bank_snapshot *snapshot;
    bool replace;
    struct id_set ids;
    uint32_t n_add, n_withdraw, cap_add, cap_withdraw;
    struct item *add;
    struct view *withdraw;
};

/* Room for one more of n objects of `size` bytes; the old array stays in the arena until the end,
 * which doubling keeps below the size of the new one. */
static rc make_room(struct arena *mem, uint32_t n, uint32_t *cap, size_t size, void *inout)
{
    void *more, *old;
    if (n < *cap) return OK;
    uint32_t wanted = *cap ? *cap * 2 : FIRST_CAPACITY;
    TRY(arena_take(mem, wanted, size, ARENA_ALIGN, &more));
    memcpy(&old, inout, sizeof old);
    if (n) memcpy(more, old, n * size);
    memcpy(inout, &more, sizeof more);
    *cap = wanted;
    return OK;
}

/* ---- add ---- */

static rc withdraw_id(struct collected *c, struct view id)
{
    TRY(make_room(c->mem, c->n_withdraw, &c->cap_withdraw, sizeof *c->withdraw, &c->withdraw));
    return arena_copy(c->mem, id, &c->withdraw[c->n_withdraw++]);
}

/* A copy that outlives the row: through the item's own JSON. */
static rc copy_item(struct arena *mem, const struct item *item, struct item *out)
{
    CLEANUP(buf_done) struct buf json = {0};
    const struct json *object;
    TRY(item_to_json(item, &json));
    TRY(json_parse(buf_view(&json), NULL, mem, &object));
    return item_from_json(object, NULL, mem, out);
}

static rc add_item(void *owner, const struct item *item)
{
    struct collected *c = owner;
    bool taken, is_new;
    TRY(bank_holds(c->snapshot, item->id, &taken));
    if (taken && !c->replace)
        return FAIL(E_DUPLICATE, "id: \"%.*s\" is in the bank already", VIEW_ARG(item->id));
    TRY(id_set_add(&c->ids, item->id, &is_new));
    if (!is_new)
        return FAIL(E_DUPLICATE, "id: \"%.*s\" stands twice in the input", VIEW_ARG(item->id));
    TRY(make_room(c->mem, c->n_add, &c->cap_add, sizeof *c->add, &c->add));
    TRY(copy_item(c->mem, item, &c->add[c->n_add]));
    c->n_add++;
    return taken ? withdraw_id(c, item->id) : OK;
}

static rc write_change(const struct call *call, const struct collected *c, uint64_t *out_seq)
{
    const struct bank_change change = {c->n_add, c->n_withdraw, c->add, c->withdraw};
    return bank_change_write(call->args[0], &change, out_seq);
}

static rc add_collected(struct call *call, const struct rows *rows, const struct collected *c)
{
    uint64_t seq;
    TRY(write_change(call, c, &seq));
    if (!call->values[BANK_ADD_JSON].given)
        return say_count(call, MSG_ADDED, call->args[0], c->n_add);
    const struct fact facts[] = {{"change", seq},
                                 {"claims_added", c->n_add},
                                 {"claims_replaced", c->n_withdraw},
                                 {"refused", rows->n_refused}};
    return say_facts(call, call->args[0], COUNT_OF(facts), facts);
}

rc verb_bank_add(struct call *call, int *out_exit)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(session_close) struct session session = {0};
    const char *path = call->args[0];
    struct progress progress;
    struct collected c = {.mem = &mem, .replace = call->values[BANK_ADD_REPLACE].given};
    struct rows rows = {.call = call, .progress = &progress, .take = add_item, .owner = &c};

    arena_init(&mem, 0);
    interrupt_catch();
    progress_begin(&progress);
    TRY(session_open(&session, path, call->reader));
    session.snapshot = c.snapshot = bank_acquire(session.source);
    TRY(id_set_init(&c.ids, &mem));
    TRY(rows_read(&rows, 1));
    rows_report_refused(&rows);
    if (rows.n_refused > 0) *out_exit = EXIT_BAD_INPUT;
    if (rows_strict_forbids(&rows, path)) return OK;
    if (c.n_add == 0) {
        report(call->reader, message(call->reader, MSG_NOTHING_ACCEPTED), 1,
               (struct view[]){view_cstr(path)});
        *out_exit = EXIT_BAD_INPUT;
        return OK;
    }
    return add_collected(call, &rows, &c);
}

/* ---- withdraw ---- */

static rc take_id(struct collected *c, struct view id)
{
    bool is_new;
    id = view_trim(id);
    if (id.n == 0) return OK;
    TRY(id_set_add(&c->ids, id, &is_new));
    return is_new ? withdraw_id(c, id) : OK;
}

static rc read_ids(struct collected *c, const char *path)
{
    CLEANUP(line_close) struct line_reader in = {.fd = -1};
    struct view line;
    bool more = true;
    TRY(line_open(path, MOST_ID_BYTES, &in));
    for (;;) {
        rc r = line_next(&in, &line, &more);
        if (!ok(r)) return rc_within(r, "%s:%llu: ", path, (unsigned long long)in.line_number);
        if (!more) return OK;
        TRY(take_id(c, line));
    }
}

rc verb_bank_withdraw(struct call *call, int *out_exit)
{
    CLEANUP(arena_done) struct arena mem;
    const char *file = call->values[BANK_WITHDRAW_FILE].text, *path = call->args[0];
    struct collected c = {.mem = &mem};
    uint64_t seq;

    arena_init(&mem, 0);
    TRY(id_set_init(&c.ids, &mem));
    for (int i = 1; i < call->n_args; i++)
        TRY(take_id(&c, view_cstr(call->args[i])));
    if (file) TRY(read_ids(&c, file));
    if (c.n_withdraw == 0) {
        report(call->reader, message(call->reader, MSG_NO_IDS), 0, NULL);
        *out_exit = file ? EXIT_BAD_INPUT : EXIT_WRONG_USE;
        return OK;
    }
    TRY(write_change(call, &c, &seq));
    if (!call->values[BANK_WITHDRAW_JSON].given)
        return say_count(call, MSG_WITHDRAWN, path, c.n_withdraw);
    const struct fact facts[] = {{"change", seq}, {"claims_withdrawn", c.n_withdraw}};
    return say_facts(call, path, COUNT_OF(facts), facts);
}
