/* SPDX-License-Identifier: Apache-2.0
 * Records per second: bench_store [RECORDS [BATCH]]
 *
 * Claims, verdicts about them with a reviewer's signature, and imported reviews, about 1 kB each,
 * in one log. Taken in once, so that `notes` knows which signatures hold, then replayed into an
 * empty view. One thread. */
#include "desk.h"

#include <sys/resource.h>
#include <time.h>

struct made {
    struct buf bytes;
    struct {
        size_t at, n;
        struct seal_hash id;
    } * rows;
    uint32_t n;
};

static struct desk g_desk;

static void keep(struct made *m, struct view text, const char *org, const char *second)
{
    struct view note = desk_note(&g_desk, text, org, second);
    m->rows[m->n].at = m->bytes.n;
    m->rows[m->n].n = note.n;
    CHECK_OK(seal_sha256(text, m->rows[m->n].id.bytes));
    CHECK_OK(buf_add(&m->bytes, note));
    m->n++;
}

static void make(struct made *m, uint32_t n)
{
    static char filler[700];
    memset(filler, 'a', sizeof filler - 1);
    for (int i = 7; i < 690; i += 8)
        filler[i] = ' ';
    CHECK_OK(mem_new(n + 8, sizeof *m->rows, &m->rows));
    for (int i = 0; i < 4; i++) {
        desk_introduce(&g_desk, 0, k_orgs[i].org);
        struct store_arrival *a = &g_desk.log[0][g_desk.n[0] - 1];
        m->rows[m->n].at = m->bytes.n;
        m->rows[m->n].n = a->note.n;
        m->rows[m->n++].id = a->id;
        CHECK_OK(buf_add(&m->bytes, a->note));
    }
    struct seal_hash claim = m->rows[0].id;
    while (m->n < n) {
        const char *org = k_orgs[m->n / 3 % 3].org, *other = k_orgs[(m->n / 3 + 1) % 3].org;
        struct view text;
        switch (m->n % 3) {
        case 0:
            text = desk_text(&g_desk, "claim", org, NULL,
                             EDITS("Nước muối ấm chữa khỏi bệnh sốt rét", filler));
            keep(m, text, org, NULL);
            claim = m->rows[m->n - 1].id;
            break;
        case 1:
            text = desk_text(&g_desk, "verdict", org, &claim, NULL);
            keep(m, text, org, other);
            break;
        default:
            text = desk_text(&g_desk, "review", org, &claim,
                             EDITS("Salt water cures malaria", filler));
            keep(m, text, org, NULL);
        }
        arena_reset(&g_desk.mem);
    }
}

static double run(const struct made *m, uint32_t batch, struct store_report *total)
{
    struct store_arrival *a;
    struct timespec from, to;
    CHECK_OK(mem_new(batch, sizeof *a, &a));
    *total = (struct store_report){0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (uint32_t at = 0; at < m->n; at += batch) {
        uint32_t n = m->n - at < batch ? m->n - at : batch;
        struct store_report r;
        for (uint32_t i = 0; i < n; i++)
            a[i] = (struct store_arrival){
                .log = view_cstr(k_logs[0]),
                .index = at + i,
                .received_ms = MADE_MS + at + i,
                .id = m->rows[at + i].id,
                .note = view_of(m->bytes.p + m->rows[at + i].at, m->rows[at + i].n)};
        CHECK_OK(store_apply(g_desk.store, a, n, LATER_MS + 86400000, &r));
        total->n_new += r.n_new;
        total->n_folded += r.n_folded;
        total->n_without_effect += r.n_without_effect;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    mem_free(a);
    return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
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

int main(int argc, char **argv)
{
    static struct made m;
    struct store_report r;
    uint32_t n = argc > 1 ? (uint32_t)atoi(argv[1]) : 60000;
    uint32_t batch = argc > 2 ? (uint32_t)atoi(argv[2]) : 10000;
    desk_init(&g_desk);
    make(&m, n);
    printf("mean %.0f bytes per note, %u per transaction\n", (double)m.bytes.n / m.n, batch);
    desk_open(&g_desk);
    double s = run(&m, batch, &r);
    tell("first", &m, s, &r);
    CHECK_OK(store_forget_view(g_desk.store));
    s = run(&m, batch, &r);
    tell("replay", &m, s, &r);
    desk_done(&g_desk);
    return 0;
}
