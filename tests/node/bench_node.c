/* SPDX-License-Identifier: Apache-2.0
 *
 * What a record costs from its bytes to its acknowledgement, beside the bare calls on the same disk
 * in the same run. FOLDER is made and removed; it decides which disk. One JSON object a line.
 *
 *   bench_node submit FOLDER GROUP RECORDS
 *       node_submit whole; a log alone whose signatures and records are checked first; the same
 *       bytes by write and fdatasync; the same rows in SQLite (WAL, FULL, one transaction a group);
 *       bare crypto_sign_verify_detached over the same signatures
 *   bench_node paced FOLDER RATE SECONDS
 *       records offered at a rate, submitted in windows of 5 ms: from the moment a record came to
 *       its acknowledgement
 *   bench_node replay FOLDER RECORDS
 *       a log that was written without its store: the first opening (every signature is checked),
 *       a start, a replay (signatures are known), and the most memory of this process
 *
 * Records are claims of one organisation and verdicts about them with a reviewer's signature, in
 * turn: three signatures for two records. Times are of the clock on the wall.
 */
#include "records.h"

#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW_NS = 5000000, PUBLISH_NS = 100000000, ROUNDS = 3 };
#define NOW_MS INT64_C(1795346100000) /* an hour behind the `made` of every record here */

static struct {
    char dir[512], file[520];
    struct arena mem;
    struct record_founder founders[2];
    struct node_config config;
    struct view *bundles;
    struct seal_hash *ids;
    size_t n, group;
} g;

static void need(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "bench_node: %s\n", what);
    exit(1);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st, (void)flag, (void)at;
    return remove(path);
}
static void remove_all(void)
{
    nftw(g.dir, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}
static double seconds_since(uint64_t start_ns)
{
    return (double)(clock_mono_ns() - start_ns) / 1e9;
}
static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
static double memory_mib(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_maxrss / 1024;
}
static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double middle(double *x)
{
    qsort(x, ROUNDS, sizeof *x, by_size);
    return x[ROUNDS / 2];
}

static void set_up(size_t n)
{
    make_keys();
    g.founders[0] = (struct record_founder){.org = made.keys[0].name, .key = made.keys[0]};
    g.founders[1] =
        (struct record_founder){.org = made.keys[1].name, .key = seal_signer_verifier(&made.desk)};
    g.config = (struct node_config){.members = g.founders, .n_members = 2};
    arena_init(&g.mem, 0);
    must(arena_array(&g.mem, n, &g.bundles));
    must(arena_array(&g.mem, n, &g.ids));
    g.n = n;
    make_records(0, n, &g.mem, g.bundles, g.ids);
}

static struct node *new_node(void)
{
    struct node *node;
    remove_all();
    must(node_create(g.dir, &made.log, &g.config));
    must(node_open(g.dir, &made.log, NOW_MS, &node));
    return node;
}

static size_t group_at(size_t at)
{
    return g.n - at < g.group ? g.n - at : g.group;
}

/* ---- whole groups ---- */

static void submit_some(struct node *node, const struct view *bundles, size_t n)
{
    CLEANUP(arena_done) struct arena mem;
    struct node_result *results;
    arena_init(&mem, 0);
    must(arena_array(&mem, n, &results));
    must(node_submit(node, bundles, n, NOW_MS, &mem, results));
    for (size_t i = 0; i < n; i++)
        if (!ok(results[i].failure)) {
            fprintf(stderr, "bench_node: refused: %.*s\n", VIEW_ARG(results[i].message));
            exit(1);
        }
}

/* The two organisations first: what follows is measured. */
static double submitted(double *out_cpu)
{
    struct node *node = new_node();
    submit_some(node, g.bundles, 2);
    uint64_t start = clock_mono_ns();
    double cpu = cpu_seconds();
    for (size_t at = 2, n; at < g.n; at += n) {
        n = group_at(at);
        submit_some(node, g.bundles + at, n);
    }
    double rate = (double)(g.n - 2) / seconds_since(start);
    *out_cpu = (cpu_seconds() - cpu) * 1e6 / (double)(g.n - 2);
    node_close(node);
    return rate;
}

/* A group before the log: its signatures are being checked on the other cores. */
struct checked_group {
    struct arena mem;
    struct seal_note notes[LEDGER_GROUP_MAX];
    struct seal_check checks[2 * LEDGER_GROUP_MAX];
    size_t n, n_checks;
    struct seal_checking *checking;
};

static void begin_group(struct checked_group *c, const struct view *bundles, size_t n,
                        uint32_t cores)
{
    arena_reset(&c->mem);
    c->n = n;
    c->n_checks = 0;
    for (size_t i = 0; i < n; i++) {
        struct seal_note *note = &c->notes[i];
        must(seal_note_parse(bundles[i], &c->mem, note));
        for (uint32_t k = 0; k < note->n_lines; k++)
            c->checks[c->n_checks++] = (struct seal_check){.text = note->text,
                                                           .public_key = made.keys[k].public_key.p,
                                                           .signature = note->lines[k].signature.p};
    }
    must(seal_checking_start(c->checks, c->n_checks, cores - 1, &c->checking));
}

/* Every record is parsed and every signature held, or nothing is appended. */
static void finish_group(struct checked_group *c, const struct view *bundles,
                         struct ledger_item *items)
{
    const struct record *r;
    for (size_t i = 0; i < c->n; i++) {
        must(record_parse(c->notes[i].text, RECORD_WRITTEN_HERE, NOW_MS, &c->mem, &r, NULL));
        memcpy(items[i].id.bytes, r->id, sizeof items[i].id.bytes);
        items[i].note = bundles[i];
    }
    for (size_t i = 0; i < c->n_checks; i++)
        need(seal_checking_holds(c->checking, i), "a signature");
    seal_checking_stop(c->checking);
}

/* The signatures of a group are checked while the one before it is written. */
static double logged(uint32_t cores, double *out_cpu)
{
    static struct checked_group groups[2];
    static struct ledger_item items[LEDGER_GROUP_MAX];
    static struct ledger_place places[LEDGER_GROUP_MAX];
    struct ledger *log;
    remove_all();
    must(ledger_create(g.dir, &made.log));
    must(ledger_open(g.dir, &made.log, NULL, &log));
    uint64_t start = clock_mono_ns(), published = start;
    double cpu = cpu_seconds();
    begin_group(&groups[0], g.bundles + 2, group_at(2), cores);
    for (size_t at = 2, k = 0; at < g.n; k++) {
        struct checked_group *c = &groups[k % 2];
        finish_group(c, g.bundles + at, items);
        at += c->n;
        if (at < g.n) begin_group(&groups[(k + 1) % 2], g.bundles + at, group_at(at), cores);
        must(ledger_append(log, items, c->n, NOW_MS, places));
        if (clock_mono_ns() - published < PUBLISH_NS) continue;
        must(ledger_publish(log));
        published = clock_mono_ns();
    }
    must(ledger_publish(log));
    double rate = (double)(g.n - 2) / seconds_since(start);
    *out_cpu = (cpu_seconds() - cpu) * 1e6 / (double)(g.n - 2);
    ledger_close(log);
    arena_done(&groups[0].mem);
    arena_done(&groups[1].mem);
    return rate;
}

/* ---- the same without us ---- */

static double written(void)
{
    struct buf group = {0};
    int fd = open(g.file, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    need(fd >= 0, g.file);
    uint64_t start = clock_mono_ns();
    for (size_t at = 0, n; at < g.n; at += n) {
        n = group_at(at);
        buf_reset(&group);
        for (size_t i = 0; i < n; i++)
            must(buf_add(&group, g.bundles[at + i]));
        need(write(fd, group.p, group.n) == (ssize_t)group.n && fdatasync(fd) == 0, "write");
    }
    double rate = (double)g.n / seconds_since(start);
    close(fd);
    unlink(g.file);
    buf_done(&group);
    return rate;
}

static void run_sql(sqlite3 *db, const char *sql)
{
    need(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static void unlink_sqlite(void)
{
    static const char *const k_ends[] = {"", "-wal", "-shm"};
    char path[540];
    for (size_t i = 0; i < COUNT_OF(k_ends); i++) {
        snprintf(path, sizeof path, "%s%s", g.file, k_ends[i]);
        unlink(path);
    }
}

static double inserted(void)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    unlink_sqlite();
    need(sqlite3_open(g.file, &db) == SQLITE_OK, g.file);
    run_sql(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                "CREATE TABLE entry (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, note BLOB)");
    need(sqlite3_prepare_v2(db, "INSERT INTO entry VALUES (?, ?, ?)", -1, &st, NULL) == SQLITE_OK,
         "prepare");
    uint64_t start = clock_mono_ns();
    for (size_t at = 0, n; at < g.n; at += n) {
        n = group_at(at);
        run_sql(db, "BEGIN IMMEDIATE");
        for (size_t i = at; i < at + n; i++) {
            sqlite3_bind_int64(st, 1, (sqlite3_int64)i);
            sqlite3_bind_blob(st, 2, g.ids[i].bytes, sizeof g.ids[i].bytes, SQLITE_STATIC);
            sqlite3_bind_blob(st, 3, g.bundles[i].p, (int)g.bundles[i].n, SQLITE_STATIC);
            need(sqlite3_step(st) == SQLITE_DONE && sqlite3_reset(st) == SQLITE_OK, "insert");
        }
        run_sql(db, "COMMIT");
    }
    double rate = (double)g.n / seconds_since(start);
    sqlite3_finalize(st);
    sqlite3_close(db);
    unlink_sqlite();
    return rate;
}

/* Signatures a second. */
static double verified(void)
{
    CLEANUP(arena_done) struct arena mem;
    struct seal_note note;
    size_t n = g.n < 6000 ? g.n : 6000, checked = 0;
    uint64_t spent = 0;
    arena_init(&mem, 0);
    for (size_t i = 2; i < n; i++) {
        must(seal_note_parse(g.bundles[i], &mem, &note));
        uint64_t start = clock_mono_ns();
        for (uint32_t k = 0; k < note.n_lines; k++, checked++)
            need(crypto_sign_verify_detached(note.lines[k].signature.p, note.text.p, note.text.n,
                                             made.keys[k].public_key.p) == 0,
                 "a signature");
        spent += clock_mono_ns() - start;
    }
    return (double)checked * 1e9 / (double)spent;
}

static void measure_submit(void)
{
    double ours[ROUNDS], cpu[ROUNDS], log[ROUNDS], one[ROUNDS], log_cpu[ROUNDS];
    uint32_t cores = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
    double raw[ROUNDS], sql[ROUNDS], bare[ROUNDS], bytes = 0;
    for (size_t i = 0; i < g.n; i++)
        bytes += (double)g.bundles[i].n;
    for (int i = 0; i < ROUNDS; i++) {
        raw[i] = written();
        ours[i] = submitted(&cpu[i]);
        sql[i] = inserted();
        one[i] = logged(1, &log_cpu[i]);
        log[i] = logged(cores, &log_cpu[i]);
        bare[i] = verified();
    }
    printf("{\"what\":\"submit\",\"group\":%zu,\"records\":%zu,\"note_bytes\":%.0f,"
           "\"node_per_s\":%.0f,\"node_cpu_us\":%.1f,\"cores\":%u,\"log_per_s\":%.0f,\"log_one_"
           "core_per_s\":%.0f,\"log_cpu_us\":%.1f,"
           "\"raw_per_s\":%.0f,\"sqlite_per_s\":%.0f,\"verify_per_s\":%.0f,\"memory_mib\":%.0f}\n",
           g.group, g.n, bytes / (double)g.n, middle(ours), middle(cpu), cores, middle(log),
           middle(one), middle(log_cpu), middle(raw), middle(sql), middle(bare), memory_mib());
}

/* ---- at a rate ---- */

static void sleep_until(uint64_t ns)
{
    uint64_t now = clock_mono_ns();
    if (now >= ns) return;
    struct timespec t = {(time_t)((ns - now) / 1000000000), (long)((ns - now) % 1000000000)};
    nanosleep(&t, NULL);
}

static void measure_paced(uint64_t rate)
{
    struct node *node = new_node();
    double *ms;
    size_t total = g.n - 2, n = 0;
    must(arena_array(&g.mem, total, &ms));
    submit_some(node, g.bundles, 2);
    uint64_t start = clock_mono_ns();
    while (n < total) {
        sleep_until(start + (n + 1) * 1000000000 / rate + WINDOW_NS);
        uint64_t came = (clock_mono_ns() - start) * rate / 1000000000;
        size_t some = (came < total ? (size_t)came : total) - n;
        if (some > LEDGER_GROUP_MAX) some = LEDGER_GROUP_MAX;
        submit_some(node, g.bundles + 2 + n, some);
        uint64_t end = clock_mono_ns();
        for (size_t i = 0; i < some; i++, n++)
            ms[n] = (double)(end - start - n * 1000000000 / rate) / 1e6;
    }
    node_close(node);
    qsort(ms, total, sizeof *ms, by_size);
    printf("{\"what\":\"paced\",\"rate\":%llu,\"records\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
           "\"most_ms\":%.2f}\n",
           (unsigned long long)rate, total, ms[total / 2], ms[total * 99 / 100], ms[total - 1]);
}

/* ---- replay ---- */

static void write_log(size_t n)
{
    static struct view notes[1024];
    static struct seal_hash ids[1024];
    static struct ledger_item items[1024];
    static struct ledger_place places[1024];
    struct ledger *log;
    remove_all();
    must(node_create(g.dir, &made.log, &g.config));
    must(ledger_open(g.dir, &made.log, NULL, &log));
    for (size_t at = 0; at < n; at += COUNT_OF(notes)) {
        size_t some = n - at < COUNT_OF(notes) ? n - at : COUNT_OF(notes);
        arena_reset(&g.mem);
        make_records(at, some, &g.mem, notes, ids);
        for (size_t i = 0; i < some; i++)
            items[i] = (struct ledger_item){.id = ids[i], .note = notes[i]};
        must(ledger_append(log, items, some, NOW_MS, places));
    }
    must(ledger_publish(log));
    ledger_close(log);
}

static void measure_replay(size_t n)
{
    struct node *node;
    struct node_replayed report;
    write_log(n);
    uint64_t start = clock_mono_ns();
    must(node_open(g.dir, &made.log, NOW_MS, &node));
    double first = seconds_since(start);
    node_close(node);
    start = clock_mono_ns();
    must(node_open(g.dir, &made.log, NOW_MS, &node));
    double open_s = seconds_since(start);
    start = clock_mono_ns();
    must(node_replay(node, NOW_MS, NULL, &report));
    double again = seconds_since(start);
    need(report.report.n_new == n && report.report.n_without_effect == 0, "not all had effect");
    node_close(node);
    printf("{\"what\":\"replay\",\"records\":%zu,\"first_per_s\":%.0f,\"again_per_s\":%.0f,"
           "\"open_ms\":%.1f,\"memory_mib\":%.0f}\n",
           n, (double)n / first, (double)n / again, open_s * 1000, memory_mib());
}

int main(int n_args, char **args)
{
    const char *what = n_args == 5 || n_args == 4 ? args[1] : "";
    size_t a = n_args > 3 ? strtoul(args[3], NULL, 10) : 0;
    size_t b = n_args > 4 ? strtoul(args[4], NULL, 10) : 0;
    if (n_args > 2) snprintf(g.dir, sizeof g.dir, "%s", args[2]);
    snprintf(g.file, sizeof g.file, "%s.raw", g.dir);
    if (strcmp(what, "submit") == 0 && a > 0 && a <= LEDGER_GROUP_MAX && b > 2) {
        g.group = a;
        set_up(b);
        measure_submit();
    } else if (strcmp(what, "paced") == 0 && a > 0 && b > 0) {
        set_up(2 + a * b);
        measure_paced(a);
    } else if (strcmp(what, "replay") == 0 && a > 2) {
        set_up(1);
        made.salt = 0;
        write_log(2);
        measure_replay(a);
    } else {
        fputs("bench_node submit FOLDER GROUP RECORDS | paced FOLDER RATE SECONDS | replay FOLDER "
              "RECORDS\n",
              stderr);
        return 2;
    }
    remove_all();
    arena_done(&g.mem);
    return 0;
}
