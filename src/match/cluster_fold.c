/* SPDX-License-Identifier: Apache-2.0
 * Links become clusters: surest first, and two clusters are only joined when enough of the pairs
 * between them say the same and none is a copy with a change. So a generic short post or a post
 * that quotes two stories does not chain them. */
#include "match/cluster_int.h"

#include <stdlib.h>
#include <string.h>

enum { SPOKESMEN = 6, REFUSALS = 1 << 14, LINKS_ASK = 1 << 10 };
static const double k_pairs_that_agree = 0.34;

/* A cluster that grows; valid for its root. */
struct group {
    uint32_t parent, size;
    uint32_t n_speak, speak[SPOKESMEN]; /* members that stand for it */
    uint64_t n_posts;
};
/* Two groups that were not joined, and how large they were. */
struct refusal {
    uint32_t a, b, size;
};
struct gathering {
    struct folding f;
    struct group *groups;
    struct refusal *refusals;
    uint64_t *likeness; /* by node: posts that are like it */
};

static uint32_t root_of(struct group *groups, uint32_t i)
{
    while (groups[i].parent != i) {
        groups[i].parent = groups[groups[i].parent].parent;
        i = groups[i].parent;
    }
    return i;
}

/* ---- joining ---- */

static struct refusal *refusal_of(struct gathering *g, uint32_t a, uint32_t b)
{
    return &g->refusals[(a * 0x9e3779b1u ^ b * 0x85ebca6bu) >> 7 & (REFUSALS - 1)];
}

/* Asked again only when the two have grown by half. */
static bool refused_before(struct gathering *g, uint32_t a, uint32_t b)
{
    const struct refusal *r = refusal_of(g, a, b);
    uint32_t size = g->groups[a].size + g->groups[b].size;
    return r->a == a && r->b == b && r->size > 0 && size < r->size + r->size / 2;
}

static bool most_met(const bool *met, uint32_t n)
{
    uint32_t n_met = 0;
    for (uint32_t i = 0; i < n; i++)
        n_met += met[i];
    return 3 * n_met >= 2 * n;
}

/* Enough pairs say the same, and nearly everybody agrees with somebody: a post that quotes two
 * stories agrees with both, the stories do not. */
static bool agree(const struct gathering *g, uint32_t a, uint32_t b)
{
    const struct group *x = &g->groups[a], *y = &g->groups[b];
    uint32_t n_same = 0, n = x->n_speak * y->n_speak;
    bool met_x[SPOKESMEN] = {false}, met_y[SPOKESMEN] = {false};
    if (n == 1) return true;
    for (uint32_t i = 0; i < x->n_speak; i++)
        for (uint32_t j = 0; j < y->n_speak; j++) {
            struct comparison c =
                cluster_compare(&g->f.nodes[x->speak[i]], &g->f.nodes[y->speak[j]]);
            if (c.apart) return false;
            n_same += c.same;
            met_x[i] |= c.same;
            met_y[j] |= c.same;
        }
    return n_same >= k_pairs_that_agree * n && most_met(met_x, x->n_speak) &&
           most_met(met_y, y->n_speak);
}

/* Half of the places for each side, more when the other has fewer. */
static void merge_spokesmen(struct group *into, const struct group *from)
{
    uint32_t mine = into->n_speak, theirs = from->n_speak, half = SPOKESMEN / 2;
    if (mine + theirs > SPOKESMEN) {
        if (theirs < half)
            mine = SPOKESMEN - theirs;
        else if (mine > half)
            mine = half;
        theirs = SPOKESMEN - mine;
    }
    memcpy(into->speak + mine, from->speak, theirs * sizeof *from->speak);
    into->n_speak = mine + theirs;
}

static void join(struct gathering *g, uint32_t a, uint32_t b)
{
    struct group *x = &g->groups[a], *y = &g->groups[b];
    if (x->size < y->size || (x->size == y->size && b < a)) {
        struct group *swap = x;
        x = y;
        y = swap;
    }
    merge_spokesmen(x, y);
    x->size += y->size;
    x->n_posts += y->n_posts;
    y->parent = x->parent;
}

static rc gather(struct gathering *g)
{
    for (uint64_t i = 0; i < g->f.n_links; i++) {
        const struct link *link = &g->f.links[i];
        if (i % LINKS_ASK == 0) TRY(cluster_go_on(&g->f));
        g->likeness[link->a] += g->f.nodes[link->b].node->n_posts;
        g->likeness[link->b] += g->f.nodes[link->a].node->n_posts;
        uint32_t a = root_of(g->groups, link->a), b = root_of(g->groups, link->b);
        if (a > b) {
            uint32_t swap = a;
            a = b;
            b = swap;
        }
        if (a == b || refused_before(g, a, b)) continue;
        if (agree(g, a, b))
            join(g, a, b);
        else
            *refusal_of(g, a, b) = (struct refusal){a, b, g->groups[a].size + g->groups[b].size};
    }
    return OK;
}

/* ---- clusters ---- */

static int by_bytes(const void *a, const void *b)
{
    return view_cmp(*(const struct view *)a, *(const struct view *)b);
}

static int largest_first(const void *a, const void *b)
{
    const struct cluster *x = a, *y = b;
    if (x->n_members != y->n_members) return x->n_members > y->n_members ? -1 : 1;
    int order = view_cmp(x->id, y->id);
    return order ? order : view_cmp(x->text, y->text);
}

/* The node that most posts are like stands for all; of equals the first one. */
static bool is_nearer(const struct gathering *g, uint32_t node, uint32_t than)
{
    uint64_t x = g->likeness[node] + g->f.nodes[node].node->n_posts;
    uint64_t y = g->likeness[than] + g->f.nodes[than].node->n_posts;
    return x > y || (x == y && node < than);
}

static rc collect(struct gathering *g, const struct cluster_set *set, struct arena *mem,
                  const struct cluster **out, uint32_t *out_n)
{
    struct cluster *clusters;
    struct view **members;
    uint32_t *number, *centre, n = 0;
    TRY(arena_array_raw(mem, (size_t)g->f.n_nodes + 1, &number));
    TRY(arena_array_raw(mem, (size_t)g->f.n_nodes + 1, &centre));
    for (uint32_t i = 0; i < g->f.n_nodes; i++)
        if (root_of(g->groups, i) == i) {
            centre[n] = i;
            number[i] = n++;
        }
    TRY(arena_array(mem, (size_t)n + 1, &clusters));
    TRY(arena_array(mem, (size_t)n + 1, &members));
    for (uint32_t i = 0; i < g->f.n_nodes; i++) {
        uint32_t root = root_of(g->groups, i), k = number[root];
        const struct cluster_node *node = g->f.nodes[i].node;
        if (!members[k]) TRY(arena_array_raw(mem, g->groups[root].n_posts, &members[k]));
        if (is_nearer(g, i, centre[k])) centre[k] = i;
        for (int64_t p = node->last_post; p != NO_POST; p = set->posts[p].before) {
            members[k][clusters[k].n_members++] = set->posts[p].id;
            clusters[k].langs |= 1u << set->posts[p].lang;
        }
    }
    for (uint32_t k = 0; k < n; k++) {
        const struct cluster_node *node = g->f.nodes[centre[k]].node;
        qsort(members[k], clusters[k].n_members, sizeof **members, by_bytes);
        clusters[k].members = members[k];
        clusters[k].id = node->id;
        clusters[k].text = node->text;
        clusters[k].cut = node->cut;
    }
    qsort(clusters, n, sizeof *clusters, largest_first);
    *out = clusters;
    *out_n = n;
    return OK;
}

/* ---- all of it ---- */

static int by_what_is_said(const void *a, const void *b)
{
    return cluster_digest_cmp(&((const struct weighed *)a)->node->digest,
                              &((const struct weighed *)b)->node->digest);
}

static rc begin(struct gathering *g, const struct cluster_set *set)
{
    struct folding *f = &g->f;
    f->n_nodes = (uint32_t)set->n_nodes;
    TRY(arena_array(f->mem, (size_t)f->n_nodes + 1, &f->nodes));
    TRY(arena_array(f->mem, (size_t)f->n_nodes + 1, &g->groups));
    TRY(arena_array(f->mem, (size_t)f->n_nodes + 1, &g->likeness));
    TRY(arena_array(f->mem, REFUSALS, &g->refusals));
    for (uint32_t i = 0; i < f->n_nodes; i++)
        f->nodes[i].node = &set->nodes[i];
    if (f->n_nodes) qsort(f->nodes, f->n_nodes, sizeof *f->nodes, by_what_is_said);
    for (uint32_t i = 0; i < f->n_nodes; i++)
        g->groups[i] = (struct group){.parent = i,
                                      .size = 1,
                                      .n_speak = 1,
                                      .speak = {i},
                                      .n_posts = f->nodes[i].node->n_posts};
    return OK;
}

rc cluster_set_fold(const struct cluster_set *set, bool (*go_on)(void *context), void *context,
                    struct arena *mem, const struct cluster **out, uint32_t *out_n)
{
    struct gathering g = {.f = {.go_on = go_on, .context = context, .mem = mem}};
    TRY(begin(&g, set));
    TRY(cluster_weigh(&g.f));
    TRY(cluster_find_links(&g.f));
    TRY(gather(&g));
    return collect(&g, set, mem, out, out_n);
}

rc cluster_to_json(const struct cluster *cluster, uint32_t interim, struct buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    json_open_object(&w);
    if (cluster->cut) {
        json_key(&w, "cut");
        json_bool(&w, true);
    }
    json_key(&w, "id");
    json_raw(&w, cluster->id);
    if (interim) {
        json_key(&w, "interim");
        json_int(&w, interim);
    }
    json_key(&w, "langs");
    json_open_array(&w);
    for (uint32_t lang = 0; lang < LANG_COUNT; lang++)
        if ((cluster->langs & 1u << lang) &&
            (lang != LANG_UNKNOWN || !(cluster->langs & 1u << LANG_OTHER)))
            json_cstr(&w, lang_tag((enum lang)lang));
    json_close_array(&w);
    json_key(&w, "members");
    json_open_array(&w);
    for (uint32_t i = 0; i < cluster->n_members; i++)
        json_raw(&w, cluster->members[i]);
    json_close_array(&w);
    json_key(&w, "size");
    json_int(&w, cluster->n_members);
    json_key(&w, "text");
    json_string(&w, cluster->text);
    json_close_object(&w);
    return json_finish(&w);
}
