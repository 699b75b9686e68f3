/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger_int.h"
#include "test.h"

#define ID "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
#define HEAD "sanad/entry/v1\n1700000000123\nsha256:" ID "\n"
#define NOTE "a record\n\n\u2014 a key\n"

TEST(an_entry_is_read_as_it_was_written)
{
    static const char *const k_texts[] = {HEAD, HEAD NOTE, HEAD "\n",
                                          "sanad/entry/v1\n0\nsha256:" ID "\n",
                                          "sanad/entry/v1\n9223372036854775807\nsha256:" ID "\n"};
    for (size_t i = 0; i < COUNT_OF(k_texts); i++) {
        CLEANUP(buf_done) struct buf again = {0};
        struct ledger_entry e;
        CHECK_OK(ledger_entry_parse(view_cstr(k_texts[i]), &e));
        CHECK_OK(ledger_entry_write(&e, &again));
        CHECK_TEXT(buf_view(&again), k_texts[i]);
    }
    struct ledger_entry e;
    CHECK_OK(ledger_entry_parse(VIEW(HEAD NOTE), &e));
    CHECK(e.received_ms == 1700000000123);
    CHECK(e.id.bytes[0] == 0xfa && e.id.bytes[31] == 0x25);
    CHECK_TEXT(e.note, NOTE);
}

TEST(a_reader_takes_no_second_spelling_of_an_entry)
{
    static const struct {
        const char *text;
        enum err code;
    } k_wrong[] = {
        {"", E_INPUT},
        {"sanad/entry/v1", E_INPUT},
        {"sanad/entry/v2\n1\nsha256:" ID "\n", E_VERSION},
        {"another/entry\n1\nsha256:" ID "\n", E_INPUT},
        {"sanad/entry/v1\r\n1\nsha256:" ID "\n", E_VERSION},
        {"sanad/entry/v1\n-1\nsha256:" ID "\n", E_INPUT},
        {"sanad/entry/v1\n01\nsha256:" ID "\n", E_INPUT},
        {"sanad/entry/v1\n\nsha256:" ID "\n", E_INPUT},
        {"sanad/entry/v1\n9223372036854775808\nsha256:" ID "\n", E_INPUT},
        {"sanad/entry/v1\n99999999999999999999999\nsha256:" ID "\n", E_INPUT},
        {"sanad/entry/v1\n1\n" ID "\n", E_INPUT},
        {"sanad/entry/v1\n1\nsha256:" ID, E_INPUT},
        {"sanad/entry/v1\n1\nsha256:" ID "0\n", E_INPUT},
        {"sanad/entry/"
         "v1\n1\nsha256:FAC54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
         "\n",
         E_INPUT},
    };
    for (size_t i = 0; i < COUNT_OF(k_wrong); i++) {
        struct ledger_entry e = {.received_ms = 77};
        CHECK_FAILS(k_wrong[i].code, ledger_entry_parse(view_cstr(k_wrong[i].text), &e));
        CHECK(e.received_ms == 77);
    }
}

TEST(an_entry_cut_off_anywhere_before_its_note_is_refused)
{
    struct view whole = VIEW(HEAD);
    for (size_t n = 0; n < whole.n; n++) {
        struct ledger_entry e;
        CHECK_FAILS(E_INPUT, ledger_entry_parse(view_of(whole.p, n), &e));
    }
}

TEST(the_largest_entry_fits_and_one_byte_more_does_not)
{
    static uint8_t note[LEDGER_ENTRY_MAX_BYTES];
    CLEANUP(buf_done) struct buf out = {0};
    struct ledger_entry e = {.received_ms = 1700000000123, .note = view_of(note, 0)};
    e.note.n = LEDGER_ENTRY_MAX_BYTES - (sizeof HEAD - 1);
    CHECK_OK(ledger_entry_write(&e, &out));
    CHECK(out.n == LEDGER_ENTRY_MAX_BYTES);
    CHECK_OK(ledger_entry_parse(buf_view(&out), &e));
    buf_reset(&out);
    e.note = view_of(note, LEDGER_ENTRY_MAX_BYTES - (sizeof HEAD - 1) + 1);
    CHECK_FAILS(E_LIMIT, ledger_entry_write(&e, &out));
    CHECK(out.n == 0);
    CHECK_FAILS(E_INPUT, ledger_entry_parse(view_of(note, sizeof note), &e));
    e.received_ms = -1;
    CHECK_FAILS(E_INPUT, ledger_entry_write(&e, &out));
}

TEST(a_bundle_gives_back_its_entries_and_refuses_half_of_one)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct view entry;
    size_t at = 0;
    CHECK_OK(bundle_add(VIEW("{\"n\":0}"), &out));
    CHECK_OK(bundle_add(VIEW("{\"n\":1}"), &out));
    CHECK_OK(bundle_add(VIEW("{\"n\":2}"), &out));
    char hex[54];
    CHECK(out.n == 27);
    seal_hex(out.p, out.n, hex);
    CHECK_TEXT(view_of(hex, sizeof hex), "00077b226e223a307d00077b226e223a317d00077b226e223a327d");
    CHECK_OK(bundle_next(buf_view(&out), &at, &entry));
    CHECK_TEXT(entry, "{\"n\":0}");
    CHECK(at == 9);
    for (size_t n = 0; n < 9; n++) {
        size_t from = 0;
        CHECK_FAILS(E_DAMAGED, bundle_next(view_of(out.p, n), &from, &entry));
    }
    static uint8_t large[LEDGER_ENTRY_MAX_BYTES + 1];
    CHECK_FAILS(E_LIMIT, bundle_add(view_of(large, sizeof large), &out));
    at = out.n;
    CHECK_OK(bundle_add(view_of(large, LEDGER_ENTRY_MAX_BYTES), &out));
    CHECK_OK(bundle_next(buf_view(&out), &at, &entry));
    CHECK(entry.n == LEDGER_ENTRY_MAX_BYTES && at == out.n);
}

TEST(a_lack_of_memory_is_told)
{
    struct ledger_entry e = {.received_ms = 1, .note = VIEW(NOTE)};
    CLEANUP(buf_done) struct buf out = {0};
    CHECK_EVERY_ALLOCATION(ledger_entry_write(&e, &out), buf_done(&out));
    CHECK_EVERY_ALLOCATION(bundle_add(e.note, &out), buf_done(&out));
}

TESTS(RUN(an_entry_is_read_as_it_was_written), RUN(a_reader_takes_no_second_spelling_of_an_entry),
      RUN(an_entry_cut_off_anywhere_before_its_note_is_refused),
      RUN(the_largest_entry_fits_and_one_byte_more_does_not),
      RUN(a_bundle_gives_back_its_entries_and_refuses_half_of_one), RUN(a_lack_of_memory_is_told))
