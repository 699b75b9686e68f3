/* SPDX-License-Identifier: Apache-2.0
 *
 * What one core does: building a bank and asking it, in figures of one JSON object a line.
 *
 *   bench_match build CLAIMS BANK [RUNS]          items (JSON lines) -> image -> file, then opened
 *   bench_match look BANK POSTS [RUNS] [PATH]     every path, or one of k_paths
 *   bench_match profile BANK POSTS                the public calls of a whole answer, one by one
 *   bench_match change BANK POSTS [N] [OVERLAY]   claims added and withdrawn while posts are
 * answered
 *
 * POSTS are JSON lines {"text", "claims": [ids]}. A look-up goes from the bytes of a post to ranked
 * claims. Rates are per second of processor time of this one thread, so that a busy machine does
 * not falsify them; p50 and p99 are of the clock on the wall. "best" is the quickest run, "median"
 * the middle one. first and ten: share of posts whose claim comes first, or among the first ten.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/bench_match.h"

enum { LINE_BYTES = 1 << 20, MOST_RUNS = 21, WARM_UP = 200, OPENINGS = 50 };

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What asking the clock of a thread, a system call, adds to what it measures: left out. */
static uint64_t clock_ns(void)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 1000; i++) {
        uint64_t start = cpu_ns(), took = cpu_ns() - start;
        if (took < least) least = took;
    }
    return least;
}

static uint64_t most_memory_bytes(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (uint64_t)used.ru_maxrss * 1024;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void sort_u64(uint64_t *x, uint32_t n)
{
    qsort(x, n, sizeof *x, by_size);
}

static double per_s(uint64_t n, uint64_t ns)
{
    return 1e9 * (double)n / (double)(ns ? ns : 1);
}

/* ---- building and opening ---- */

static void free_builder(struct bank_builder **builder)
{
    bank_builder_free(*builder);
}

static rc take(void *context, const struct item *item, uint64_t where)
{
    (void)where;
    return bank_builder_add(context, item);
}

static void reject(void *context, uint64_t where, const char *reason)
{
    (void)context;
    fprintf(stderr, "bench_match: line %llu: %s\n", (unsigned long long)where, reason);
}

/* Items into a builder and its image into a file; how long each half took. */
static rc build_once(struct view claims, const char *path, uint64_t ns[2], uint64_t *out_items)
{
    CLEANUP(free_builder) struct bank_builder *builder = NULL;
    struct item_counts counts;
    TRY(bank_builder_new(&k_bank_params, NULL, &builder));
    const struct item_sink sink = {.context = builder, .take = take, .reject = reject};
    uint64_t start = cpu_ns();
    TRY(items_read_bytes(claims, ITEMS_JSONL, NULL, NULL, &sink, &counts));
    ns[0] = cpu_ns() - start;
    start = cpu_ns();
    TRY(bank_builder_write(builder, NULL, path));
    ns[1] = cpu_ns() - start;
    *out_items = counts.accepted;
    return counts.accepted ? OK : FAIL(E_INPUT, "no claims");
}

static rc measure_opening(const char *path, uint64_t ns[OPENINGS])
{
    for (uint32_t i = 0; i < OPENINGS; i++) {
        struct bank_source *source;
        uint64_t start = clock_mono_ns();
        TRY(bank_source_open(path, &source));
        ns[i] = clock_mono_ns() - start;
        bank_source_close(source);
    }
    sort_u64(ns, OPENINGS);
    return OK;
}

static rc run_build(const char *claims_path, const char *bank_path, uint32_t runs)
{
    struct buf claims CLEANUP(buf_done) = {0};
    struct file_map image;
    uint64_t total[MOST_RUNS], read[MOST_RUNS], opening[OPENINGS], n = 0;
    TRY(file_read(claims_path, SIZE_MAX, &claims));
    for (uint32_t i = 0; i < runs; i++) {
        uint64_t ns[2];
        TRY(build_once(buf_view(&claims), bank_path, ns, &n));
        read[i] = ns[0];
        total[i] = ns[0] + ns[1];
    }
    sort_u64(total, runs);
    sort_u64(read, runs);
    TRY(measure_opening(bank_path, opening));
    TRY(file_map_open(bank_path, &image));
    printf("{\"what\":\"build\",\"items\":%llu,\"runs\":%u,\"best_per_s\":%.1f,"
           "\"median_per_s\":%.1f,\"read_per_s\":%.1f,\"mb_per_s\":%.2f,\"bank_bytes\":%zu,"
           "\"bytes_per_item\":%.1f,\"memory_bytes\":%llu}\n",
           (unsigned long long)n, runs, per_s(n, total[0]), per_s(n, total[runs / 2]),
           per_s(n, read[0]), per_s(claims.n, total[0]) / 1e6, image.bytes.n,
           (double)image.bytes.n / (double)n, (unsigned long long)most_memory_bytes());
    printf("{\"what\":\"open\",\"runs\":%d,\"best_us\":%.2f,\"p50_us\":%.2f,\"p99_us\":%.2f}\n",
           OPENINGS, (double)opening[0] / 1e3, (double)opening[OPENINGS / 2] / 1e3,
           (double)opening[OPENINGS * 99 / 100] / 1e3);
    file_map_close(&image);
    return OK;
}

/* ---- posts ---- */

static rc read_right(const struct bench *b, const struct json *claims, struct arena *mem,
                     struct post *post)
{
    uint32_t *items;
    if (!claims || claims->type != JSON_ARRAY) return FAIL(E_INPUT, "posts: no \"claims\"");
    TRY(arena_array(mem, claims->n, &items));
    for (uint32_t i = 0; i < claims->n; i++)
        TRY(bank_find_id(b->snapshot->base, claims->as.items[i].as.string, &items[i]));
    post->n_right = claims->n;
    post->right = items;
    return OK;
}

static rc read_posts(const char *path, struct arena *mem, struct bench *b)
{
    struct line_reader lines CLEANUP(line_close) = {.fd = -1};
    struct view line;
    bool more;
    TRY(arena_array(mem, MOST_POSTS, &b->posts));
    TRY(line_open(path, LINE_BYTES, &lines));
    for (;;) {
        const struct json *row;
        TRY(line_next(&lines, &line, &more));
        if (!more || b->n == MOST_POSTS) break;
        TRY(json_parse(line, NULL, mem, &row));
        struct post *post = &b->posts[b->n++];
        post->text = json_get_string(row, "text");
        TRY(read_right(b, json_get(row, "claims"), mem, post));
    }
    return b->n ? OK : FAIL(E_INPUT, "%s: no posts", path);
}

/* ---- looking up ---- */

static uint32_t place_of_right(const struct post *post, const struct found *found)
{
    for (uint32_t i = 0; i < found->n; i++)
        for (uint32_t k = 0; k < post->n_right; k++)
            if (found->item[i] == post->right[k]) return i;
    return MOST_FOUND;
}

struct run {
    uint64_t cpu_ns, n_first, n_ten;
};

/* All posts once; their times on the wall in wall_ns. The clock of the thread is a system call, so
 * it is asked per post only for what it covers, and what judging the answer takes is left out. */
static rc run_once(struct bench *b, const struct path *path, uint64_t *wall_ns, struct run *out)
{
    struct run run = {0};
    const uint64_t clock = clock_ns();
    for (uint32_t i = 0; i < b->n; i++) {
        struct found found = {0};
        TRY(path->prepare(b, &b->posts[i]));
        uint64_t cpu = cpu_ns(), wall = clock_mono_ns();
        TRY(path->look(b, &b->posts[i], &found));
        wall_ns[i] = clock_mono_ns() - wall;
        cpu = cpu_ns() - cpu;
        run.cpu_ns += cpu > clock ? cpu - clock : 0;
        TRY(path->judge(b, &found));
        uint32_t place = place_of_right(&b->posts[i], &found);
        run.n_first += place == 0;
        run.n_ten += place < MOST_FOUND;
    }
    sort_u64(wall_ns, b->n);
    *out = run;
    return OK;
}

static rc warm_up(struct bench *b, const struct path *path)
{
    for (uint32_t i = 0; i < b->n && i < WARM_UP; i++) {
        struct found found = {0};
        TRY(path->prepare(b, &b->posts[i]));
        TRY(path->look(b, &b->posts[i], &found));
    }
    return OK;
}

static rc measure_path(struct bench *b, const struct path *path, uint32_t runs)
{
    static uint64_t wall[MOST_POSTS];
    uint64_t total[MOST_RUNS], p50 = UINT64_MAX, p99 = UINT64_MAX;
    struct run run = {0};
    TRY(warm_up(b, path));
    for (uint32_t i = 0; i < runs; i++) {
        TRY(run_once(b, path, wall, &run));
        total[i] = run.cpu_ns;
        if (wall[b->n / 2] < p50) p50 = wall[b->n / 2];
        if (wall[(size_t)b->n * 99 / 100] < p99) p99 = wall[(size_t)b->n * 99 / 100];
    }
    sort_u64(total, runs);
    printf("{\"what\":\"%s\",\"posts\":%u,\"runs\":%u,\"best_per_s\":%.1f,\"median_per_s\":%.1f,"
           "\"p50_us\":%.2f,\"p99_us\":%.2f,\"first\":%.4f,\"ten\":%.4f,\"memory_bytes\":%llu}\n",
           path->name, b->n, runs, per_s(b->n, total[0]), per_s(b->n, total[runs / 2]),
           (double)p50 / 1e3, (double)p99 / 1e3, (double)run.n_first / b->n,
           (double)run.n_ten / b->n, (unsigned long long)most_memory_bytes());
    fflush(stdout);
    return OK;
}

static rc measure_phases(struct bench *b)
{
    printf("{\"what\":\"profile\",\"posts\":%u,\"us\":{", b->n);
    for (uint32_t k = 0; k < k_n_phases; k++) {
        uint64_t best = UINT64_MAX;
        for (int run = 0; run < 3; run++) {
            uint64_t total = 0;
            for (uint32_t i = 0; i < b->n; i++) {
                TRY(k_phases[k].prepare(b, &b->posts[i]));
                uint64_t start = cpu_ns();
                TRY(k_phases[k].look(b, &b->posts[i], NULL));
                total += cpu_ns() - start;
            }
            if (total < best) best = total;
        }
        printf("%s\"%s\":%.2f", k ? "," : "", k_phases[k].name, (double)best / 1e3 / b->n);
    }
    printf("}}\n");
    return OK;
}

static rc measure(struct bench *b, const char *only, uint32_t runs)
{
    if (runs == 0) return measure_phases(b);
    bool any = false;
    for (uint32_t i = 0; i < k_n_paths; i++) {
        if (only && strcmp(only, k_paths[i].name) != 0) continue;
        TRY(measure_path(b, &k_paths[i], runs));
        any = true;
    }
    return any ? OK : FAIL(E_INPUT, "no path \"%s\"", only);
}

/* runs 0: the profile. */
static rc run_look(const char *bank_path, const char *posts_path, uint32_t runs, const char *only)
{
    CLEANUP(bench_close) struct bench b = {0};
    CLEANUP(arena_done) struct arena posts;
    arena_init(&posts, 0);
    TRY(bench_open(bank_path, &b));
    TRY(read_posts(posts_path, &posts, &b));
    return measure(&b, only, runs);
}

static rc run_change(const char *bank_path, const char *posts_path, uint32_t n, uint32_t n_overlay)
{
    CLEANUP(bench_close) struct bench b = {0};
    CLEANUP(arena_done) struct arena posts;
    arena_init(&posts, 0);
    TRY(bench_open(bank_path, &b));
    TRY(read_posts(posts_path, &posts, &b));
    return bench_changes(&b, bank_path, n, n_overlay);
}

int main(int argc, char **argv)
{
    uint32_t runs = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 5;
    const char *verb = argc > 3 ? argv[1] : "";
    rc r;
    if (runs < 1 || runs > MOST_RUNS) runs = 5;
    if (strcmp(verb, "build") == 0) {
        r = run_build(argv[2], argv[3], runs);
    } else if (strcmp(verb, "look") == 0) {
        r = run_look(argv[2], argv[3], runs, argc > 5 ? argv[5] : NULL);
    } else if (strcmp(verb, "profile") == 0) {
        r = run_look(argv[2], argv[3], 0, NULL);
    } else if (strcmp(verb, "change") == 0) {
        r = run_change(argv[2], argv[3], runs, argc > 5 ? (uint32_t)strtoul(argv[5], NULL, 10) : 0);
    } else {
        fprintf(stderr, "usage: bench_match build CLAIMS BANK [RUNS]\n"
                        "       bench_match look BANK POSTS [RUNS] [PATH]\n"
                        "       bench_match profile BANK POSTS\n"
                        "       bench_match change BANK POSTS [N] [OVERLAY]\n");
        return 2;
    }
    if (!ok(r)) fprintf(stderr, "bench_match: %s\n", rc_message());
    return ok(r) ? 0 : 4;
}
