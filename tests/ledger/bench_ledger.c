/* SPDX-License-Identifier: Apache-2.0
 *
 * What a durable entry costs, beside the bare calls on the same disk in the same run.
 *
 *   bench_ledger FOLDER [SECONDS] [NOTE_BYTES]
 *
 * FOLDER is made and removed; it decides which disk. One JSON object a line:
 *
 *   full groups   entries a second with groups of 4,096, publishing every 100 ms; the same bytes
 * with bare write and fdatasync, the runs taking turns rate          20,000 and 1,000 entries a
 * second offered in groups of 5 ms: from the moment an entry came to its acknowledgement,
 * publishing every 100 ms in the same thread open          a start with that log
 *
 * One thread, no signature checked. Times are of the clock on the wall.
 */
#include "ledger/ledger.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PUBLISH_NS = 100000000, GROUP_NS = 5000000, ROUNDS = 5, MOST = 1 << 21 };

static struct {
    char dir[512], raw[512];
    struct seal_signer key;
    struct ledger *log;
    struct ledger_item items[LEDGER_GROUP_MAX];
    struct ledger_place places[LEDGER_GROUP_MAX];
    uint64_t n_published, next_publish_ns;
    double publish_ms[MOST / 64];
    uint8_t *bytes;
} g;

static void must(rc r)
{
    if (ok(r)) return;
    fprintf(stderr, "bench_ledger: %s\n", rc_message());
    exit(1);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double share_of(double *sorted, size_t n, double share)
{
    return n ? sorted[(size_t)((double)(n - 1) * share)] : 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st, (void)flag, (void)at;
    return remove(path);
}

static void sleep_until(uint64_t ns)
{
    uint64_t now = clock_mono_ns();
    if (now >= ns) return;
    struct timespec t = {(time_t)((ns - now) / 1000000000), (long)((ns - now) % 1000000000)};
    nanosleep(&t, NULL);
}

/* ---- the log ---- */

static void make_items(size_t note_bytes)
{
    g.bytes = malloc(note_bytes ? note_bytes : 1);
    if (!g.bytes) exit(1);
    memset(g.bytes, 'n', note_bytes);
    for (size_t i = 0; i < LEDGER_GROUP_MAX; i++) {
        must(seal_random(g.items[i].id.bytes, sizeof g.items[i].id.bytes));
        g.items[i].note = view_of(g.bytes, note_bytes);
    }
}

static void new_log(void)
{
    ledger_close(g.log);
    nftw(g.dir, remove_one, 32, FTW_DEPTH | FTW_PHYS);
    must(ledger_create(g.dir, &g.key));
    must(ledger_open(g.dir, &g.key, NULL, &g.log));
    g.n_published = 0;
    g.next_publish_ns = clock_mono_ns() + PUBLISH_NS;
}

static void publish_when_due(void)
{
    uint64_t start = clock_mono_ns();
    if (start < g.next_publish_ns) return;
    must(ledger_publish(g.log));
    uint64_t end = clock_mono_ns();
    if (g.n_published < COUNT_OF(g.publish_ms))
        g.publish_ms[g.n_published++] = (double)(end - start) / 1e6;
    g.next_publish_ns = (end > start + PUBLISH_NS ? end : start) + PUBLISH_NS;
}

static double full_groups(uint64_t run_ns)
{
    uint64_t start = clock_mono_ns(), n = 0;
    while (clock_mono_ns() - start < run_ns) {
        must(ledger_append(g.log, g.items, LEDGER_GROUP_MAX, clock_wall_ms(), g.places));
        n += LEDGER_GROUP_MAX;
        publish_when_due();
    }
    must(ledger_publish(g.log));
    return (double)n * 1e9 / (double)(clock_mono_ns() - start);
}

/* ---- the same bytes without a log ---- */

static double bare(uint64_t run_ns, size_t group_bytes)
{
    uint64_t start = clock_mono_ns(), n = 0;
    int fd = open(g.raw, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    uint8_t *group = calloc(1, group_bytes);
    if (fd < 0 || !group) exit(1);
    memset(group, 'n', group_bytes);
    while (clock_mono_ns() - start < run_ns) {
        if (write(fd, group, group_bytes) != (ssize_t)group_bytes || fdatasync(fd) != 0) exit(1);
        n += LEDGER_GROUP_MAX;
    }
    double rate = (double)n * 1e9 / (double)(clock_mono_ns() - start);
    close(fd);
    unlink(g.raw);
    free(group);
    return rate;
}

static void measure_full_groups(double seconds, size_t note_bytes)
{
    double ours[ROUNDS], raw[ROUNDS];
    uint64_t run_ns = (uint64_t)(seconds * 1e9 / (2 * ROUNDS));
    size_t group_bytes = LEDGER_GROUP_MAX * (note_bytes + 109) + 64;
    for (int i = 0; i < ROUNDS; i++) {
        new_log();
        ours[i] = full_groups(run_ns);
        raw[i] = bare(run_ns, group_bytes);
    }
    qsort(ours, ROUNDS, sizeof *ours, by_size);
    qsort(raw, ROUNDS, sizeof *raw, by_size);
    printf("{\"what\":\"full groups\",\"note_bytes\":%zu,\"group\":%d,\"entries_per_s\":%.0f,"
           "\"best\":%.0f,\"bare_per_s\":%.0f,\"share\":%.3f}\n",
           note_bytes, LEDGER_GROUP_MAX, ours[ROUNDS / 2], ours[ROUNDS - 1], raw[ROUNDS / 2],
           ours[ROUNDS / 2] / raw[ROUNDS / 2]);
}

/* ---- offered at a rate ---- */

static size_t offer(uint64_t rate, uint64_t run_ns, double *out_ms)
{
    uint64_t start = clock_mono_ns(), came = 0, n = 0;
    uint64_t total = (uint64_t)((double)rate * (double)run_ns / 1e9);
    while (n < total && n < MOST) {
        sleep_until(start + (n + 1) * 1000000000 / rate + GROUP_NS);
        uint64_t now = clock_mono_ns();
        came = (now - start) * rate / 1000000000;
        if (came > total) came = total;
        size_t some = came > n ? (size_t)(came - n) : 0;
        if (some > LEDGER_GROUP_MAX) some = LEDGER_GROUP_MAX;
        must(ledger_append(g.log, g.items, some, clock_wall_ms(), g.places));
        uint64_t end = clock_mono_ns();
        for (size_t i = 0; i < some && n < MOST; i++, n++)
            out_ms[n] = (double)(end - start - n * 1000000000 / rate) / 1e6;
        publish_when_due();
    }
    return (size_t)n;
}

static void measure_rate(uint64_t rate, double seconds, size_t note_bytes)
{
    static double ms[MOST];
    struct rusage used;
    new_log();
    size_t n = offer(rate, (uint64_t)(seconds * 1e9), ms);
    size_t n_published = g.n_published;
    qsort(ms, n, sizeof *ms, by_size);
    qsort(g.publish_ms, n_published, sizeof *ms, by_size);
    getrusage(RUSAGE_SELF, &used);
    printf("{\"what\":\"rate\",\"note_bytes\":%zu,\"offered_per_s\":%llu,\"entries\":%zu,"
           "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"most_ms\":%.2f,\"publishes\":%zu,"
           "\"publish_p50_ms\":%.2f,\"publish_p99_ms\":%.2f,\"memory_mib\":%.0f}\n",
           note_bytes, (unsigned long long)rate, n, share_of(ms, n, 0.5), share_of(ms, n, 0.99),
           share_of(ms, n, 1), n_published, share_of(g.publish_ms, n_published, 0.5),
           share_of(g.publish_ms, n_published, 0.99), (double)used.ru_maxrss / 1024);
}

static void measure_open(void)
{
    struct ledger_state s;
    must(ledger_publish(g.log));
    ledger_close(g.log);
    uint64_t start = clock_mono_ns();
    must(ledger_open(g.dir, &g.key, NULL, &g.log));
    double ms = (double)(clock_mono_ns() - start) / 1e6;
    ledger_state(g.log, &s);
    printf("{\"what\":\"open\",\"entries\":%llu,\"journal_mib\":%.1f,\"ms\":%.1f}\n",
           (unsigned long long)s.size, (double)s.journal_bytes / (1 << 20), ms);
}

int main(int n_args, char **args)
{
    static const uint8_t k_seed[SEAL_SEED_BYTES] = {1};
    double seconds = n_args > 2 ? atof(args[2]) : 5;
    size_t note_bytes = n_args > 3 ? (size_t)atol(args[3]) : 1000;
    if (n_args < 2 || seconds <= 0 || note_bytes > 60000) {
        fprintf(stderr, "bench_ledger FOLDER [SECONDS] [NOTE_BYTES]\n");
        return 2;
    }
    snprintf(g.dir, sizeof g.dir, "%s", args[1]);
    snprintf(g.raw, sizeof g.raw, "%s.raw", args[1]);
    must(seal_signer_init(VIEW("log.example"), SEAL_TYPE_ED25519, k_seed, &g.key));
    make_items(note_bytes);
    measure_full_groups(seconds, note_bytes);
    measure_rate(1000, seconds, note_bytes);
    measure_rate(20000, seconds, note_bytes);
    measure_open();
    ledger_close(g.log);
    nftw(g.dir, remove_one, 32, FTW_DEPTH | FTW_PHYS);
    free(g.bytes);
    return 0;
}
