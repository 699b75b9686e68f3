/* SPDX-License-Identifier: Apache-2.0
 * Items as answers show them: what somebody reports of another is left out where it stands as that
 * other's own verdict. */
#include "match/match_int.h"

/* An address that cannot be read is itself. */
static rc address_of(const struct item_verdict *v, struct arena *mem, struct view *out)
{
    *out = v->url;
    if (v->url.n == 0) return OK;
    rc r = url_canonical(v->url, mem, out);
    if (r.code != E_INPUT) return r;
    *out = v->url;
    return OK;
}

static bool stands_itself(const struct item *item, const struct view *addresses, uint32_t report)
{
    for (uint32_t i = 0; i < item->n_verdicts && addresses[report].n > 0; i++)
        if (item->verdicts[i].reported_by.n == 0 && view_eq(addresses[i], addresses[report]))
            return true;
    return false;
}

static rc drop_reports(struct item *item, struct arena *mem)
{
    struct view *addresses;
    struct item_verdict *kept;
    uint32_t n = 0;
    TRY(arena_array(mem, item->n_verdicts, &addresses));
    TRY(arena_array(mem, item->n_verdicts, &kept));
    for (uint32_t i = 0; i < item->n_verdicts; i++)
        TRY(address_of(&item->verdicts[i], mem, &addresses[i]));
    for (uint32_t i = 0; i < item->n_verdicts; i++)
        if (item->verdicts[i].reported_by.n == 0 || !stands_itself(item, addresses, i))
            kept[n++] = item->verdicts[i];
    item->verdicts = kept;
    item->n_verdicts = n;
    return OK;
}

rc item_to_show(const struct bank *b, uint32_t number, struct arena *mem, struct item *out)
{
    bool own = false, reported = false;
    TRY(bank_item(b, number, mem, out));
    for (uint32_t i = 0; i < out->n_verdicts; i++) {
        bool is_report = out->verdicts[i].reported_by.n > 0;
        own |= !is_report;
        reported |= is_report;
    }
    return own && reported ? drop_reports(out, mem) : OK;
}
