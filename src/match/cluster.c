/* SPDX-License-Identifier: Apache-2.0
 * Posts that are to be folded: kept once for each thing that is said, with the ids of all. */
#include "match/cluster_int.h"

#include <string.h>

const struct cluster_limits k_cluster_limits = {
    .max_posts = 1000000,
    .max_letters = 1024,
    .max_shown_bytes = 1024,
    .max_id_bytes = 256,
    .text = {.max_bytes = 1u << 20, .max_tokens = 65536},
};

rc cluster_set_new(const struct cluster_limits *limits, struct cluster_set **out)
{
    struct cluster_set *set;
    if (!limits) limits = &k_cluster_limits;
    if (limits->max_posts == 0 || limits->max_posts > 1u << 31)
        return FAIL(E_USAGE, "cluster: max_posts must be 1 to 2^31, not %llu",
                    (unsigned long long)limits->max_posts);
    TRY(mem_new(1, sizeof *set, &set));
    set->limits = *limits;
    arena_init(&set->mem, 0);
    *out = set;
    return OK;
}

void cluster_set_free(struct cluster_set *set)
{
    if (!set) return;
    arena_done(&set->mem);
    mem_free(set->posts);
    mem_free(set->nodes);
    mem_free(set->slots);
    mem_free(set);
}

uint64_t cluster_set_n_posts(const struct cluster_set *set)
{
    return set->n_posts;
}

uint64_t cluster_set_bytes(const struct cluster_set *set)
{
    return set->mem.taken_bytes + set->posts_room * sizeof *set->posts +
           set->nodes_room * sizeof *set->nodes + set->n_slots * sizeof *set->slots;
}

/* ---- what is said ---- */

static int array_cmp(const void *a, uint32_t na, const void *b, uint32_t nb, size_t size)
{
    if (na != nb) return na < nb ? -1 : 1;
    return na ? memcmp(a, b, na * size) : 0;
}

int cluster_digest_cmp(const struct cluster_digest *a, const struct cluster_digest *b)
{
    int order;
    if (a->minhash != b->minhash) return a->minhash < b->minhash ? -1 : 1;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    if (a->n_letters != b->n_letters) return a->n_letters < b->n_letters ? -1 : 1;
    order = array_cmp(a->grams, a->n_grams, b->grams, b->n_grams, sizeof *a->grams);
    if (order == 0) order = array_cmp(a->words, a->n_words, b->words, b->n_words, sizeof *a->words);
    if (order != 0) return order;
    order = array_cmp(a->cues, a->n_cues, b->cues, b->n_cues, sizeof *a->cues);
    if (order != 0) return order;
    return array_cmp(a->numbers, a->n_numbers, b->numbers, b->n_numbers, sizeof *a->numbers);
}

/* ---- the table by key ---- */

static uint32_t *slot_of(const struct cluster_set *set, const struct cluster_digest *digest)
{
    uint64_t at = digest->key & (set->n_slots - 1);
    while (set->slots[at] &&
           cluster_digest_cmp(&set->nodes[set->slots[at] - 1].digest, digest) != 0)
        at = (at + 1) & (set->n_slots - 1);
    return &set->slots[at];
}

static rc grow_slots(struct cluster_set *set)
{
    enum { FIRST = 1024 };
    if (2 * (set->n_nodes + 1) <= set->n_slots) return OK;
    uint64_t n = set->n_slots ? 2 * set->n_slots : FIRST;
    uint32_t *slots;
    TRY(mem_new(n, sizeof *slots, &slots));
    mem_free(set->slots);
    set->slots = slots;
    set->n_slots = n;
    for (uint64_t i = 0; i < set->n_nodes; i++)
        *slot_of(set, &set->nodes[i].digest) = (uint32_t)i + 1;
    return OK;
}

static rc grow(struct cluster_set *set)
{
    enum { FIRST = 256 };
    if (set->n_posts == set->posts_room) {
        uint64_t room = set->posts_room ? set->posts_room + set->posts_room / 2 : FIRST;
        TRY(mem_resize(&set->posts, room, sizeof *set->posts));
        set->posts_room = room;
    }
    if (set->n_nodes == set->nodes_room) {
        uint64_t room = set->nodes_room ? set->nodes_room + set->nodes_room / 2 : FIRST;
        TRY(mem_resize(&set->nodes, room, sizeof *set->nodes));
        set->nodes_room = room;
    }
    return grow_slots(set);
}

/* ---- adding ---- */

static rc copy_array(struct arena *mem, const void *values, uint32_t n, size_t size, void *out)
{
    void *copy;
    TRY(arena_take_raw(mem, (size_t)n + 1, size, size, &copy));
    if (n) memcpy(copy, values, n * size);
    memcpy(out, &copy, sizeof copy);
    return OK;
}

static rc copy_digest(struct cluster_set *set, const struct cluster_digest *from,
                      struct cluster_digest *out)
{
    *out = *from;
    TRY(copy_array(&set->mem, from->grams, from->n_grams, sizeof *from->grams, &out->grams));
    TRY(copy_array(&set->mem, from->words, from->n_words, sizeof *from->words, &out->words));
    TRY(copy_array(&set->mem, from->cues, from->n_cues, sizeof *from->cues, &out->cues));
    return copy_array(&set->mem, from->numbers, from->n_numbers, sizeof *from->numbers,
                      &out->numbers);
}

/* The beginning of a text, whole code points. */
static struct view beginning(struct view text, size_t most)
{
    if (text.n <= most) return text;
    while (most > 0 && (text.p[most] & 0xC0) == 0x80)
        most--;
    return view_slice(text, 0, most);
}

/* Of posts that say the same the one with the shortest text is shown, so that the order in which
 * they came does not matter. What the shorter one replaces stays in the arena; it gets shorter each
 * time. */
static bool shown_before(struct view text, struct view id, bool cut,
                         const struct cluster_node *node)
{
    if (cut != node->cut) return !cut;
    if (text.n != node->text.n) return text.n < node->text.n;
    int order = view_cmp(text, node->text);
    return order < 0 || (order == 0 && view_cmp(id, node->id) < 0);
}

static rc show(struct cluster_set *set, struct cluster_node *node, struct view id, struct view text,
               bool cut)
{
    struct view copy = node->text;
    if (!view_eq(copy, text)) TRY(arena_copy(&set->mem, text, &copy));
    node->text = copy;
    node->id = id;
    node->cut = cut;
    return OK;
}

rc cluster_set_add(struct cluster_set *set, struct view id_json, struct view text,
                   const struct cluster_digest *digest)
{
    if (set->n_posts >= set->limits.max_posts)
        return FAIL(E_LIMIT, "cluster: more than %llu posts",
                    (unsigned long long)set->limits.max_posts);
    if (id_json.n > set->limits.max_id_bytes)
        return FAIL(E_LIMIT, "id: %zu bytes, the limit is %u", id_json.n, set->limits.max_id_bytes);
    struct view id, shown = beginning(text, set->limits.max_shown_bytes);
    bool cut = shown.n < text.n;
    TRY(grow(set));
    TRY(arena_copy(&set->mem, id_json, &id));
    uint32_t *slot = slot_of(set, digest);
    if (*slot == 0) {
        struct cluster_node node = {.last_post = NO_POST};
        TRY(copy_digest(set, digest, &node.digest));
        TRY(show(set, &node, id, shown, cut));
        set->nodes[set->n_nodes++] = node;
        *slot = (uint32_t)set->n_nodes;
    } else if (shown_before(shown, id, cut, &set->nodes[*slot - 1])) {
        TRY(show(set, &set->nodes[*slot - 1], id, shown, cut));
    }
    struct cluster_node *node = &set->nodes[*slot - 1];
    set->posts[set->n_posts] = (struct cluster_post){id, digest->lang, node->last_post};
    node->last_post = (int64_t)set->n_posts++;
    node->n_posts++;
    return OK;
}
