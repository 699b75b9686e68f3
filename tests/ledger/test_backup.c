/* SPDX-License-Identifier: Apache-2.0 */
#include "tiny_log.h"

#include <pthread.h>
#include <stdatomic.h>

struct drill {
    char base[64], log[80], backup[80], restored[80];
    struct seal_signer key;
    struct ledger *l;
    uint64_t n;
};

static void drill_init(struct drill *d)
{
    memset(d, 0, sizeof *d);
    tiny_folder(d->base);
    snprintf(d->log, sizeof d->log, "%s/log", d->base);
    snprintf(d->backup, sizeof d->backup, "%s/backup", d->base);
    snprintf(d->restored, sizeof d->restored, "%s/restored", d->base);
    d->key = tiny_signer(TINY_NAME, SEAL_TYPE_ED25519, "log1");
    CHECK_OK(ledger_create(d->log, &d->key));
    CHECK_OK(ledger_open(d->log, &d->key, NULL, &d->l));
}

static void drill_done(struct drill *d)
{
    ledger_close(d->l);
    tiny_remove(d->base);
}

/* Ids are numbers, and something lies beside each. */
static rc append_to(struct ledger *l, uint64_t first, uint32_t n)
{
    struct ledger_item items[64] = {0};
    struct ledger_place places[64];
    for (uint32_t i = 0; i < n; i++) {
        uint64_t number = first + i;
        memcpy(items[i].id.bytes, &number, sizeof number);
        items[i].beside = VIEW("a note that is not for everybody");
    }
    TRY(ledger_append(l, items, n, 1700000000000 + (int64_t)first, places));
    CHECK(places[0].index == first);
    return OK;
}

static void append(struct drill *d, uint32_t n)
{
    CHECK_OK(append_to(d->l, d->n, n));
    d->n += n;
}

static struct ledger_state state_of(const char *dir, const struct seal_signer *key,
                                    struct ledger **out)
{
    struct ledger_state s;
    CHECK_OK(ledger_open(dir, key, NULL, out));
    ledger_state(*out, &s);
    return s;
}

static uint64_t count_faults(const char *dir)
{
    struct arena mem;
    struct ledger_files files;
    struct ledger_report report;
    struct seal_verifier key = tiny_key();
    arena_init(&mem, 0);
    CHECK_OK(ledger_folder(dir, &mem, &files));
    CHECK_OK(ledger_verify(&files, &key, 1, NULL, &report));
    arena_done(&mem);
    return report.n_faults;
}

static rc see_beside(void *context, uint64_t index, const struct ledger_entry *entry,
                     struct view beside)
{
    uint64_t *n = context;
    CHECK(memcmp(entry->id.bytes, &index, sizeof index) == 0);
    CHECK_TEXT(beside, "a note that is not for everybody");
    ++*n;
    return OK;
}

static void read_checkpoint(const char *dir, struct buf *out)
{
    tiny_read(dir, "public/checkpoint", out);
}

TEST(a_lost_disk_costs_nothing_that_was_backed_up)
{
    struct drill d;
    struct ledger *l = NULL;
    CLEANUP(buf_done) struct buf witnessed = {0};
    uint64_t n_beside = 0;
    struct seal_hash hash;
    drill_init(&d);
    append(&d, 60);
    CHECK_OK(ledger_publish(d.l));
    CHECK_OK(ledger_attach(d.l, VIEW("a bulletin"), &hash));
    append(&d, 40); /* acknowledged, and in no tile yet */
    CHECK_OK(ledger_backup(d.log, d.backup, NULL));
    CHECK_OK(ledger_publish(d.l));
    read_checkpoint(d.log, &witnessed); /* a witness has this one */
    ledger_close(d.l);
    d.l = NULL;
    tiny_remove(d.log);

    CHECK(count_faults(d.backup) == 0);
    CHECK_OK(ledger_restore(d.backup, d.restored, NULL));
    CHECK(count_faults(d.restored) == 0);
    struct ledger_state s = state_of(d.restored, &d.key, &l);
    CHECK(s.read_only && strstr((const char *)s.why.p, "restored from a backup"));
    CHECK_FAILS(E_READ_ONLY, append_to(l, 100, 1));
    CHECK_FAILS(E_READ_ONLY, ledger_publish(l));
    CHECK_FAILS(E_BUSY, ledger_confirm(d.restored, VIEW("")));
    ledger_close(l);
    CHECK_OK(ledger_confirm(d.restored, buf_view(&witnessed)));
    s = state_of(d.restored, &d.key, &l);
    if (s.read_only) fail_msg("%.*s", VIEW_ARG(s.why));
    CHECK(s.size == 100 && s.published_size == 100);
    CHECK_OK(ledger_each_beside(l, 0, &n_beside, see_beside));
    CHECK(n_beside == 100);
    CHECK_OK(append_to(l, 100, 1));
    CHECK_OK(ledger_publish(l));
    CHECK(count_faults(d.restored) == 0);
    CLEANUP(buf_done) struct buf bulletin = {0};
    CHECK_OK(ledger_attachment(d.restored, &hash, &bulletin));
    CHECK_TEXT(buf_view(&bulletin), "a bulletin");
    ledger_close(l);
    drill_done(&d);
}

TEST(a_restored_log_that_witnesses_are_ahead_of_takes_nothing_until_it_is_repaired)
{
    struct drill d;
    struct ledger *l = NULL;
    struct arena mem;
    struct ledger_files mirror;
    char copy[80];
    CLEANUP(buf_done) struct buf witnessed = {0};
    drill_init(&d);
    arena_init(&mem, 0);
    append(&d, 60);
    CHECK_OK(ledger_publish(d.l));
    CHECK_OK(ledger_backup(d.log, d.backup, NULL));
    append(&d, 40);
    CHECK_OK(ledger_publish(d.l));
    read_checkpoint(d.log, &witnessed);
    snprintf(copy, sizeof copy, "%s/mirror", d.base);
    struct seal_verifier key = tiny_key();
    struct ledger_report report;
    CHECK_OK(ledger_folder(d.log, &mem, &mirror));
    CHECK_OK(ledger_mirror(&mirror, copy, &key, 1, NULL, &report));
    ledger_close(d.l);
    d.l = NULL;
    tiny_remove(d.log);

    CHECK_OK(ledger_restore(d.backup, d.restored, NULL));
    CHECK_FAILS(E_DAMAGED, ledger_confirm(d.restored, buf_view(&witnessed)));
    CHECK_MESSAGE("100");
    CHECK(state_of(d.restored, &d.key, &l).read_only);
    ledger_close(l);
    CHECK_OK(ledger_folder(copy, &mem, &mirror));
    CHECK_OK(ledger_repair(d.restored, &mirror, NULL));
    CHECK(state_of(d.restored, &d.key, &l).read_only); /* still not confirmed */
    ledger_close(l);
    CHECK_OK(ledger_confirm(d.restored, buf_view(&witnessed)));
    struct ledger_state s = state_of(d.restored, &d.key, &l);
    if (s.read_only) fail_msg("%.*s", VIEW_ARG(s.why));
    CHECK(s.size == 100);
    CHECK_OK(append_to(l, 100, 1));
    CHECK_OK(ledger_publish(l));
    CHECK(count_faults(d.restored) == 0);
    ledger_close(l);
    arena_done(&mem);
    drill_done(&d);
}

TEST(a_restored_log_does_not_go_on_beside_a_fork)
{
    struct drill d;
    struct ledger *l = NULL;
    CLEANUP(buf_done) struct buf forged = {0}, old = {0};
    struct tiny t = {.word = "a"};
    drill_init(&d);
    append(&d, 30);
    CHECK_OK(ledger_publish(d.l));
    read_checkpoint(d.log, &old);
    append(&d, 30);
    CHECK_OK(ledger_publish(d.l));
    append(&d, 30); /* only in the journal */
    CHECK_OK(ledger_backup(d.log, d.backup, NULL));
    CHECK_OK(ledger_restore(d.backup, d.restored, NULL));
    tiny_grow(&t, 80);
    tiny_checkpoint(&t, 40, &forged);
    CHECK_FAILS(E_DAMAGED, ledger_confirm(d.restored, buf_view(&forged)));
    buf_reset(&forged);
    tiny_checkpoint(&t, 80, &forged);
    CHECK_FAILS(E_DAMAGED, ledger_confirm(d.restored, buf_view(&forged)));
    forged.p[forged.n - 9] ^= 1;
    rc r = ledger_confirm(d.restored, buf_view(&forged));
    CHECK(!ok(r));
    CHECK(state_of(d.restored, &d.key, &l).read_only);
    ledger_close(l);
    CHECK_OK(ledger_confirm(d.restored, buf_view(&old)));
    CHECK(!state_of(d.restored, &d.key, &l).read_only);
    ledger_close(l);
    CHECK_OK(ledger_confirm(d.restored, VIEW(""))); /* nothing to do any more */
    drill_done(&d);
    tiny_done(&t);
}

TEST(a_second_backup_into_the_same_place_brings_what_is_new_and_drops_what_was_erased)
{
    struct drill d;
    struct ledger *l = NULL;
    struct seal_hash first, second;
    CLEANUP(buf_done) struct buf bytes = {0};
    uint64_t n_beside = 0;
    drill_init(&d);
    append(&d, 60);
    CHECK_OK(ledger_publish(d.l));
    CHECK_OK(ledger_attach(d.l, VIEW("first"), &first));
    CHECK_OK(ledger_backup(d.log, d.backup, NULL));
    CHECK_OK(ledger_attach(d.l, VIEW("second"), &second));
    CHECK_OK(ledger_detach(d.l, &first));
    CHECK_OK(ledger_trim(d.l, 60, true));
    append(&d, 60);
    append(&d, 60);
    append(&d, 60);
    append(&d, 60);
    CHECK_OK(ledger_publish(d.l));
    append(&d, 5);
    CHECK_OK(ledger_backup(d.log, d.backup, NULL));
    CHECK(count_faults(d.backup) == 0);
    CHECK_FAILS(E_NOT_FOUND, ledger_attachment(d.backup, &first, &bytes));
    CHECK_OK(ledger_attachment(d.backup, &second, &bytes));
    CHECK_OK(ledger_restore(d.backup, d.restored, NULL));
    CHECK_OK(ledger_confirm(d.restored, VIEW("")));
    CHECK(state_of(d.restored, &d.key, &l).size == 305);
    CHECK_OK(ledger_each_beside(l, 60, &n_beside, see_beside));
    CHECK(n_beside == 245);
    ledger_close(l);
    drill_done(&d);
}

TEST(a_backup_is_not_overwritten_by_less_or_by_another_log)
{
    struct drill d, other;
    drill_init(&d);
    append(&d, 60);
    CHECK_OK(ledger_publish(d.l));
    CHECK_OK(ledger_backup(d.log, d.backup, NULL));
    CHECK_FAILS(E_DUPLICATE, ledger_restore(d.backup, d.log, NULL));
    CHECK_FAILS(E_NOT_FOUND, ledger_backup(d.restored, d.backup, NULL));
    drill_init(&other); /* the same key, and less: a disk that lost everything */
    CHECK_FAILS(E_STALE, ledger_backup(other.log, d.backup, NULL));
    ledger_close(other.l);
    tiny_remove(other.log);
    other.key = tiny_signer("another.example/log", SEAL_TYPE_ED25519, "other");
    CHECK_OK(ledger_create(other.log, &other.key));
    CHECK_OK(ledger_open(other.log, &other.key, NULL, &other.l));
    CHECK_FAILS(E_DUPLICATE, ledger_backup(other.log, d.backup, NULL));
    CHECK(count_faults(d.backup) == 0);
    CHECK_OK(folder_put(d.restored, "something", VIEW("x"), false));
    CHECK_FAILS(E_DUPLICATE, ledger_restore(d.backup, d.restored, NULL));
    drill_done(&other);
    drill_done(&d);
}

TEST(a_damaged_log_is_not_backed_up_as_a_good_one)
{
    struct drill d;
    CLEANUP(buf_done) struct buf bytes = {0};
    drill_init(&d);
    append(&d, 60);
    CHECK_OK(ledger_publish(d.l));
    tiny_read(d.log, "public/tile/entries/000.p/60", &bytes);
    bytes.p[500] ^= 1;
    tiny_write(d.log, "public/tile/entries/000.p/60", buf_view(&bytes));
    CHECK_FAILS(E_DAMAGED, ledger_backup(d.log, d.backup, NULL));
    CHECK_MESSAGE("tile/entries/000.p/60");
    drill_done(&d);
}

static void count_told(void *context, const struct ledger_fault *fault)
{
    uint32_t *n = context;
    print_message("%s: %.*s\n", fault->path, VIEW_ARG(fault->what));
    (*n)++;
}

TEST(a_journal_that_cannot_be_read_is_told_with_the_copy)
{
    struct drill d;
    CLEANUP(buf_done) struct buf bytes = {0};
    uint32_t n_told = 0;
    const struct ledger_watch watch = {.context = &n_told, .fault = count_told};
    const char *segment = "journal/00000000000000000000";
    drill_init(&d);
    append(&d, 30);
    append(&d, 30);
    CHECK_OK(ledger_publish(d.l));
    CHECK_OK(ledger_backup(d.log, d.backup, &watch));
    CHECK(n_told == 0);
    tiny_read(d.log, segment, &bytes);
    const size_t places[] = {200, bytes.n - 1}; /* good groups behind it; what the log signed */
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        bytes.p[places[i]] ^= 1;
        tiny_write(d.log, segment, buf_view(&bytes));
        CHECK_OK(ledger_backup(d.log, d.backup, &watch));
        CHECK(n_told == i + 1);
        bytes.p[places[i]] ^= 1;
    }
    CHECK_OK(buf_add(&bytes, VIEW("half a group: it is being written")));
    tiny_write(d.log, segment, buf_view(&bytes));
    CHECK_OK(ledger_backup(d.log, d.backup, &watch));
    CHECK(n_told == COUNT_OF(places));
    drill_done(&d);
}

/* ---- while it is written ---- */

struct busy {
    struct drill *d;
    _Atomic uint64_t acknowledged;
    _Atomic bool stop;
    bool failed;
};

static void *write_on(void *context)
{
    struct busy *b = context;
    uint64_t n = 0;
    for (uint32_t round = 1; !atomic_load(&b->stop); round++) {
        uint32_t some = 1 + round * 7 % 50;
        rc r = append_to(b->d->l, n, some);
        if (ok(r)) atomic_store(&b->acknowledged, n += some);
        if (ok(r) && round % 3 == 0) r = ledger_publish(b->d->l);
        if (ok(r) && round % 11 == 0) r = ledger_trim(b->d->l, n / 2, round % 2);
        if (!ok(r)) {
            b->failed = true;
            print_message("%s\n", rc_message());
            break;
        }
    }
    b->d->n = n;
    return NULL;
}

TEST(a_backup_made_while_the_log_is_written_has_all_that_was_acknowledged_before)
{
    struct drill d;
    struct busy b = {.d = &d};
    pthread_t writer;
    uint32_t n_told = 0;
    const struct ledger_watch watch = {.context = &n_told, .fault = count_told};
    drill_init(&d);
    ledger_close(d.l);
    const struct ledger_options options = {.segment_bytes = 20000};
    CHECK_OK(ledger_open(d.log, &d.key, &options, &d.l));
    CHECK(pthread_create(&writer, NULL, write_on, &b) == 0);
    for (int i = 0; i < 12; i++) {
        struct ledger *l = NULL;
        uint64_t before = atomic_load(&b.acknowledged);
        if (i % 4 == 0) tiny_remove(d.backup);
        CHECK_OK(ledger_backup(d.log, d.backup, &watch));
        CHECK(n_told == 0);
        CHECK(count_faults(d.backup) == 0);
        CHECK_OK(ledger_restore(d.backup, d.restored, NULL));
        CHECK_OK(ledger_confirm(d.restored, VIEW("")));
        struct ledger_state s = state_of(d.restored, &d.key, &l);
        if (s.read_only) fail_msg("backup %d: %.*s", i, VIEW_ARG(s.why));
        CHECK(s.size >= before);
        CHECK_OK(append_to(l, s.size, 1));
        ledger_close(l);
        tiny_remove(d.restored);
    }
    atomic_store(&b.stop, true);
    pthread_join(writer, NULL);
    CHECK(!b.failed && d.n > 0);
    drill_done(&d);
}

TEST(a_restore_that_was_stopped_is_no_log_yet_and_goes_on)
{
    struct drill d;
    struct ledger *l = NULL;
    drill_init(&d);
    append(&d, 60);
    CHECK_OK(ledger_publish(d.l));
    append(&d, 10);
    CHECK_OK(ledger_backup(d.log, d.backup, NULL));
    for (int64_t k = 1;; k++) {
        file_fail_at(k);
        rc r = ledger_restore(d.backup, d.restored, NULL);
        file_fail_at(0);
        if (ok(r)) break;
        rc opened = ledger_open(d.restored, &d.key, NULL, &l);
        if (ok(opened)) { /* the last sync failed: it is whole, and not confirmed */
            struct ledger_state s;
            ledger_state(l, &s);
            CHECK(s.read_only);
            ledger_close(l);
            break;
        }
        CHECK(k < 200);
    }
    CHECK_OK(ledger_confirm(d.restored, VIEW("")));
    CHECK(state_of(d.restored, &d.key, &l).size == 70);
    ledger_close(l);
    drill_done(&d);
}

TESTS(RUN(a_lost_disk_costs_nothing_that_was_backed_up),
      RUN(a_restored_log_that_witnesses_are_ahead_of_takes_nothing_until_it_is_repaired),
      RUN(a_restored_log_does_not_go_on_beside_a_fork),
      RUN(a_second_backup_into_the_same_place_brings_what_is_new_and_drops_what_was_erased),
      RUN(a_backup_is_not_overwritten_by_less_or_by_another_log),
      RUN(a_damaged_log_is_not_backed_up_as_a_good_one),
      RUN(a_journal_that_cannot_be_read_is_told_with_the_copy),
      RUN(a_backup_made_while_the_log_is_written_has_all_that_was_acknowledged_before),
      RUN(a_restore_that_was_stopped_is_no_log_yet_and_goes_on))
