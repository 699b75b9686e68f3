/* SPDX-License-Identifier: Apache-2.0
 * What a record names: the one it replaces, those it speaks about.
 *
 * The object of a record is the end of its chain of `prev` as far as it is known here; that end may
 * be an id that is only named. When it arrives and names another, all that hung on it moves. So the
 * object is a function of the set of records, whatever their order. */
#include "store/store_int.h"

#include <string.h>

static rc take_chain(struct batch *b, struct rec *root, struct rec *old)
{
    for (uint32_t i = 0; i < old->chain.n; i++)
        TRY(rec_list_add(b, &root->chain, old->chain.at[i]));
    if (!old->fresh) root->fresh = false; /* the database knows more of its chain */
    return rec_list_add(b, &root->chain, old);
}

static rc hang_on(struct store *s, struct rec *r, const uint8_t *prev)
{
    struct rec *p, *root, *own;
    TRY(rec_by_id(s, prev, true, &p));
    r->prev = p->n;
    TRY(rec_root(s, p, &root));
    TRY(rec_root(s, r, &own));
    if (own != r || root == r) return OK; /* already; a circle of hashes cannot be */
    TRY(take_chain(&s->batch, root, r));
    r->root = root->n;
    if (!r->in_db) return OK;
    struct cell c[] = {cell_int(r->n), cell_int(root->n)};
    TRY(db_do(s->db, OP_record_reroot, c, 2, NULL));
    return object_forget(s, r);
}

static rc speak_about(struct store *s, struct rec *r, const uint8_t *about)
{
    struct rec *target;
    TRY(rec_by_id(s, about, true, &target));
    struct cell c[] = {cell_int(target->n), cell_int(r->n)};
    TRY(db_do(s->db, OP_about_add, c, 2, NULL));
    TRY(rec_list_add(&s->batch, &r->targets, target));
    return rec_list_add(&s->batch, &target->about, r);
}

rc links_take(struct store *s, struct rec *r)
{
    if (r->r->has_prev) TRY(hang_on(s, r, r->r->prev));
    for (uint32_t i = 0; i < r->r->n_about; i++)
        TRY(speak_about(s, r, r->r->about[i]));
    return OK;
}

/* ---- of what is erased: a byte that says whether there is a prev, the prev, all abouts ---- */

rc links_write(struct view *out, const struct record *r, struct arena *mem)
{
    uint8_t *p;
    size_t n = 1 + ((size_t)r->has_prev + r->n_about) * SEAL_SHA256_BYTES;
    TRY(arena_bytes(mem, n, &p));
    *out = view_of(p, n);
    *p++ = r->has_prev;
    if (r->has_prev) {
        memcpy(p, r->prev, SEAL_SHA256_BYTES);
        p += SEAL_SHA256_BYTES;
    }
    if (r->n_about) memcpy(p, r->about, (size_t)r->n_about * SEAL_SHA256_BYTES);
    return OK;
}

rc links_take_erased(struct store *s, struct rec *r, struct view links)
{
    if (links.n == 0) return OK;
    size_t at = 1;
    if ((links.n - 1) % SEAL_SHA256_BYTES != 0 || (links.p[0] && links.n < 1 + SEAL_SHA256_BYTES))
        return FAIL(E_DAMAGED, "store: links of an erased record of %zu bytes", links.n);
    if (links.p[0]) {
        TRY(hang_on(s, r, links.p + 1));
        at += SEAL_SHA256_BYTES;
    }
    for (; at < links.n; at += SEAL_SHA256_BYTES)
        TRY(speak_about(s, r, links.p + at));
    return OK;
}
