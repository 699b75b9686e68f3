/* SPDX-License-Identifier: Apache-2.0 */
#include "logs.h"

static struct place g;

TEST(an_attachment_comes_back_as_it_was_or_not_at_all)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_hash hash, none = {{1}};
    char name[12 + 64 + 1] = "attachments/";
    const char *dir = new_place(&g);
    make_log(dir, 0);
    struct ledger *l = open_log(dir);
    CHECK_OK(ledger_attach(l, VIEW("evidence"), &hash));
    seal_hex(hash.bytes, sizeof hash.bytes, name + 12);
    CHECK(exists(dir, name));
    CHECK_OK(buf_add(&out, VIEW("before ")));
    CHECK_OK(ledger_attachment(dir, &hash, &out));
    CHECK_TEXT(buf_view(&out), "before evidence");
    CHECK_FAILS(E_NOT_FOUND, ledger_attachment(dir, &none, &out));
    write_all(dir, name, VIEW("evidance"));
    CHECK_FAILS(E_DAMAGED, ledger_attachment(dir, &hash, &out));
    CHECK_TEXT(buf_view(&out), "before evidence");
    CHECK_OK(ledger_attach(l, VIEW("evidence"), &hash)); /* puts it right */
    CHECK_OK(ledger_attachment(dir, &hash, &out));
    CHECK_OK(ledger_detach(l, &hash));
    CHECK(!exists(dir, name));
    CHECK_FAILS(E_NOT_FOUND, ledger_attachment(dir, &hash, &out));
    CHECK_FAILS(E_NOT_FOUND, ledger_detach(l, &hash));
    CHECK_OK(ledger_attach(l, VIEW(""), &hash));
    CHECK_OK(ledger_attachment(dir, &hash, &out));
    CHECK_EVERY_ALLOCATION(ledger_attach(l, VIEW("evidence"), &hash), (void)0);
    ledger_close(l);
    drop_place(&g);
}

TEST(the_largest_attachment_is_taken_and_one_byte_more_is_not)
{
    CLEANUP(buf_done) struct buf bytes = {0}, out = {0};
    struct seal_hash hash;
    const char *dir = new_place(&g);
    make_log(dir, 0);
    struct ledger *l = open_log(dir);
    CHECK_OK(buf_reserve(&bytes, LEDGER_ATTACHMENT_MAX_BYTES + 1, NULL));
    memset(bytes.p, 'x', LEDGER_ATTACHMENT_MAX_BYTES + 1);
    CHECK_FAILS(E_LIMIT,
                ledger_attach(l, view_of(bytes.p, LEDGER_ATTACHMENT_MAX_BYTES + 1), &hash));
    CHECK_OK(ledger_attach(l, view_of(bytes.p, LEDGER_ATTACHMENT_MAX_BYTES), &hash));
    CHECK_OK(ledger_attachment(dir, &hash, &out));
    CHECK(out.n == LEDGER_ATTACHMENT_MAX_BYTES);
    ledger_close(l);
    drop_place(&g);
}

TEST(a_full_disk_costs_the_attachment_and_not_the_log)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_hash hash = {{0}};
    const char *dir = new_place(&g);
    make_log(dir, 0);
    struct ledger *l = open_log(dir);
    uint8_t want[SEAL_SHA256_BYTES];
    CHECK_OK(seal_sha256(VIEW("evidence"), want));
    for (int64_t k = 1;; k++) {
        file_fail_at(k);
        rc r = ledger_attach(l, VIEW("evidence"), &hash);
        file_fail_at(0);
        if (ok(r)) break;
        CHECK(r.code == E_SPACE && k < 10);
        struct seal_hash h;
        memcpy(h.bytes, want, sizeof want);
        rc back = ledger_attachment(dir, &h, &out); /* whole or not at all */
        CHECK(ok(back) || back.code == E_NOT_FOUND);
    }
    CHECK(memcmp(hash.bytes, want, sizeof want) == 0);
    CHECK(!state_of(l).read_only);
    CHECK_OK(append_some(l, 1, START_MS, NULL));
    ledger_close(l);
    drop_place(&g);
}

TESTS(RUN(an_attachment_comes_back_as_it_was_or_not_at_all),
      RUN(the_largest_attachment_is_taken_and_one_byte_more_is_not),
      RUN(a_full_disk_costs_the_attachment_and_not_the_log))
