/* SPDX-License-Identifier: Apache-2.0
 * Hosts of addresses, and stable ids for items of formats that have none.
 * The set of ids given out: open addressing, linear probing, at most half full. */
#include "exchange/exchange_int.h"

#include <strings.h>

/* key: hash of an address, or of an address and a text; value: how many texts the address has, or
 * which of them this one is. */
struct id_slot {
    uint64_t key; /* 0: free */
    uint64_t value;
};

/* FNV-1a with the finaliser of splitmix64. Part of the ids, so it never changes. */
static uint64_t hash64(uint64_t seed, struct view v)
{
    uint64_t h = seed ^ 0xCBF29CE484222325u;
    for (size_t i = 0; i < v.n; i++)
        h = (h ^ v.p[i]) * 0x100000001B3u;
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9u;
    h = (h ^ h >> 27) * 0x94D049BB133111EBu;
    h ^= h >> 31;
    return h ? h : 1;
}

rc url_host(struct view url, struct arena *mem, struct view *out)
{
    static const char *const k_schemes[] = {"http://", "https://", "//"};
    struct view host = view_trim(url), whole = host;
    for (size_t i = 0; i < COUNT_OF(k_schemes); i++) {
        struct view scheme = view_cstr(k_schemes[i]);
        if (whole.n > scheme.n && strncasecmp((const char *)whole.p, k_schemes[i], scheme.n) == 0)
            host = view_slice(whole, scheme.n, whole.n);
    }
    bool has_scheme = host.p != whole.p;
    size_t end = 0;
    while (end < host.n && host.p[end] != '/' && host.p[end] != '?' && host.p[end] != '#')
        end++;
    host = view_slice(host, 0, end);
    size_t user = view_find(host, '@');
    if (user < host.n) host = view_slice(host, user + 1, host.n);
    host = view_slice(host, 0, view_find(host, ':'));
    uint8_t *p;
    TRY(arena_bytes(mem, host.n, &p));
    for (size_t i = 0; i < host.n; i++)
        p[i] = host.p[i] >= 'A' && host.p[i] <= 'Z' ? host.p[i] + 32 : host.p[i];
    host = view_of(p, host.n);
    bool is_host = view_find(host, '.') < host.n && view_find(host, ' ') == host.n;
    if (!is_host && !has_scheme) host.n = 0;
    if (view_starts(host, VIEW("www."))) host = view_slice(host, 4, host.n);
    *out = host;
    return OK;
}

void id_set_done(struct id_set *set)
{
    mem_free(set->slots);
    *set = (struct id_set){0};
}

static struct id_slot *find_slot(const struct id_set *set, uint64_t key)
{
    size_t i = (size_t)key & (set->n_slots - 1);
    while (set->slots[i].key != 0 && set->slots[i].key != key)
        i = (i + 1) & (set->n_slots - 1);
    return &set->slots[i];
}

static rc make_room(struct id_set *set)
{
    enum { FIRST_SLOTS = 1024 };
    if (set->n_used * 2 + 4 <= set->n_slots) return OK;
    struct id_set larger = {.n_slots = set->n_slots ? set->n_slots * 2 : FIRST_SLOTS,
                            .n_used = set->n_used};
    TRY(mem_new(larger.n_slots, sizeof *larger.slots, &larger.slots));
    for (size_t i = 0; i < set->n_slots; i++)
        if (set->slots[i].key) *find_slot(&larger, set->slots[i].key) = set->slots[i];
    mem_free(set->slots);
    *set = larger;
    return OK;
}

static uint64_t *value_of(struct id_set *set, uint64_t key)
{
    struct id_slot *slot = find_slot(set, key);
    if (slot->key == 0) {
        slot->key = key;
        set->n_used++;
    }
    return &slot->value;
}

rc id_for(struct id_set *set, struct view url, struct view text, const struct item_limits *limits,
          struct arena *mem, struct view *out)
{
    enum { SUFFIX_BYTES = 32 };
    if (is_blank(url) || url.n + SUFFIX_BYTES > limits->max_id_bytes)
        return arena_format(mem, out, "cr:%016llx",
                            (unsigned long long)hash64(hash64(0, url), text));
    TRY(make_room(set));
    uint64_t *n_claims = value_of(set, hash64(0, url));
    uint64_t *which = value_of(set, hash64(hash64(1, url), text));
    if (*which == 0) *which = ++*n_claims;
    if (*which == 1) return arena_copy(mem, url, out);
    return arena_format(mem, out, "%.*s#claim-%llu", (int)url.n, (const char *)url.p,
                        (unsigned long long)*which);
}
