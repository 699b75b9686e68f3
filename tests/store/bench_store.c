/* SPDX-License-Identifier: Apache-2.0
 * Records per second: bench_store [RECORDS [BATCH]]
 *
 * Claims, verdicts about them by another organisation with the signature of a third one's reviewer,
 * and imported reviews, about 1.4 kB each, in one log; all take effect. Taken in once, so that
 * `notes` knows which signatures hold, then replayed into an empty view. One thread; the notes are
 * read from a file, so the memory told is the store's. */
#include "desk.h"

#include <sys/resource.h>
#include <time.h>

/* Notes one behind the other, each with its length and its id before it. */
struct made {
    FILE *file;
    uint64_t bytes;
    uint32_t n;
};
struct head {
    uint32_t n;
    struct seal_hash id;
};

static struct desk g_desk;

static void keep(struct made *m, const struct seal_hash *id, struct view note)
{
    struct head head = {(uint32_t)note.n, *id};
    CHECK(fwrite(&head, sizeof head, 1, m->file) == 1);
    CHECK(fwrite(note.p, note.n, 1, m->file) == 1);
    m->bytes += note.n;
    m->n++;
}

static struct seal_hash say(struct made *m, const char *kind, const char *org, const char *second,
                            const struct seal_hash *about, const char *const *edits)
{
    struct seal_hash id;
    struct view text = desk_text(&g_desk, kind, org, about, edits);
    CHECK_OK(seal_sha256(text, id.bytes));
    keep(m, &id, desk_note(&g_desk, text, org, second));
    arena_reset(&g_desk.mem);
    return id;
}

static void make(struct made *m, uint32_t n)
{
    static char filler[700];
    memset(filler, 'a', sizeof filler - 1);
    for (int i = 7; i < 690; i += 8)
        filler[i] = ' ';
    m->file = tmpfile();
    CHECK(m->file != NULL);
    for (int i = 0; i < 4; i++) {
        desk_introduce(&g_desk, 0, k_orgs[i].org);
        const struct store_arrival *a = &g_desk.log[0][g_desk.n[0] - 1];
        keep(m, &a->id, a->note);
    }
    for (uint32_t i = 0; m->n < n; i++) {
        const char *org = k_orgs[i % 4].org, *other = k_orgs[(i + 1) % 4].org;
        struct seal_hash claim =
            say(m, "claim", org, NULL, NULL, EDITS("Nước muối ấm chữa khỏi bệnh sốt rét", filler));
        say(m, "verdict", other, k_orgs[(i + 2) % 4].org, &claim, NULL);
        say(m, "review", org, NULL, &claim, EDITS("Salt water cures malaria", filler));
    }
}

/* The next `n` of the file as arrivals. */
static void next_batch(const struct made *m, uint32_t at, uint32_t n, struct arena *mem,
                       struct store_arrival *out)
{
    for (uint32_t i = 0; i < n; i++) {
        struct head head;
        uint8_t *p;
        CHECK(fread(&head, sizeof head, 1, m->file) == 1);
        CHECK_OK(arena_bytes(mem, head.n, &p));
        CHECK(fread(p, head.n, 1, m->file) == 1);
        out[i] = (struct store_arrival){.log = view_cstr(k_logs[0]),
                                        .index = at + i,
                                        .received_ms = MADE_MS + at + i,
                                        .id = head.id,
                                        .note = view_of(p, head.n)};
    }
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double run(const struct made *m, uint32_t batch, struct store_report *total)
{
    struct store_arrival *a;
    struct arena mem;
    double spent = 0;
    CHECK_OK(mem_new(batch, sizeof *a, &a));
    arena_init(&mem, 0);
    *total = (struct store_report){0};
    rewind(m->file);
    for (uint32_t at = 0; at < m->n; at += batch) {
        uint32_t n = m->n - at < batch ? m->n - at : batch;
        struct store_report r;
        arena_reset(&mem);
        next_batch(m, at, n, &mem, a);
        double from = seconds();
        CHECK_OK(store_apply(g_desk.store, a, n, LATER_MS + 86400000, &r));
        spent += seconds() - from;
        total->n_new += r.n_new;
        total->n_folded += r.n_folded;
        total->n_without_effect += r.n_without_effect;
    }
    arena_done(&mem);
    mem_free(a);
    return spent;
}

static void tell(const char *what, const struct made *m, double s, const struct store_report *r)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf(
        "%-8s %8u records  %6.2f s  %8.0f records/s  %llu folded  %llu without effect  %ld MiB\n",
        what, m->n, s, m->n / s, (unsigned long long)r->n_folded,
        (unsigned long long)r->n_without_effect, u.ru_maxrss / 1024);
    fflush(stdout);
}

/* What a bank asks: of every claim, who found what about it. */
struct asking {
    struct seal_hash ids[512];
    uint32_t n, n_verdicts;
};

static rc keep_id(void *context, const struct store_object *o)
{
    struct asking *q = context;
    q->ids[q->n++] = o->id;
    return OK;
}

static void ask(void)
{
    static struct asking q;
    static const struct store_filter k_claims = {.kind = {(const uint8_t *)"claim", 5}};
    uint32_t n_claims = 0;
    double from = seconds();
    do {
        struct seal_hash after = q.ids[COUNT_OF(q.ids) - 1];
        q.n = 0;
        CHECK_OK(store_list(g_desk.store, &k_anybody, &k_claims, n_claims ? &after : NULL,
                            COUNT_OF(q.ids), &q, keep_id));
        n_claims += q.n;
        for (uint32_t i = 0; i < q.n; i++) {
            struct store_filter f = {.kind = VIEW("verdict"), .about = &q.ids[i]};
            CHECK_OK(
                store_list(g_desk.store, &k_anybody, &f, NULL, 100, &q.n_verdicts, count_object));
        }
    } while (q.n == COUNT_OF(q.ids));
    printf("asked    %8u claims   %6.2f s  %u verdicts\n", n_claims, seconds() - from,
           q.n_verdicts);
}

int main(int argc, char **argv)
{
    static struct made m;
    struct store_report r;
    uint32_t n = argc > 1 ? (uint32_t)atoi(argv[1]) : 60000;
    uint32_t batch = argc > 2 ? (uint32_t)atoi(argv[2]) : 10000;
    desk_init(&g_desk);
    make(&m, n);
    printf("mean %.0f bytes per note, %u per transaction\n", (double)m.bytes / m.n, batch);
    desk_open(&g_desk);
    double s = run(&m, batch, &r);
    tell("first", &m, s, &r);
    CHECK_OK(store_forget_view(g_desk.store));
    s = run(&m, batch, &r);
    tell("replay", &m, s, &r);
    ask();
    fclose(m.file);
    desk_done(&g_desk);
    return 0;
}
