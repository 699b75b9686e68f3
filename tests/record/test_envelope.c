/* SPDX-License-Identifier: Apache-2.0
 * The envelope: one spelling for each record, limits, marks, signers, newer versions, parts. */
#include "raw.h"

static void refuse_text(struct view text, enum err code, const char *part)
{
    CLEANUP(arena_done) struct arena mem;
    const struct record *r = NULL;
    arena_init(&mem, 0);
    rc result = record_parse(text, RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, NULL);
    if (result.code != code || !strstr(rc_message(), part) || r)
        fail_msg("%.*s\n gave %d \"%s\", not \"%s\"", VIEW_ARG(text), (int)result.code,
                 ok(result) ? "" : rc_message(), part);
}

static void refuse(const char *kind, const char *from, const char *to, const char *part)
{
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    refuse_text(raw_text(kind, EDITS(from, to), &mem), E_INPUT, part);
}

TEST(a_record_has_one_spelling_so_that_its_id_is_one)
{
    static const struct {
        const char *text, *part;
    } k_cases[] = {
        {"{\"b\":1,\"a\":2}\n", "not canonical (RFC 8785) from byte 2"},
        {"{\"a\": 1}\n", "not canonical"},
        {"{\"a\":1}", "not canonical"},
        {"{\"a\":1}\n\n", "not canonical"},
        {"{\"a\":1}\r\n", "not canonical"},
        {"{\"a\":-0}\n", "not canonical"},
        {"{\"a\":\"\\u0041\"}\n", "not canonical"},
        {"{\"a\":1.5}\n", "a: only whole numbers"},
        {"{\"a\":1e2}\n", "a: only whole numbers"},
        {"{\"a\":[1,9007199254740992]}\n", "a[1]: only whole numbers"},
        {"{\"a\":18446744073709551615}\n", "a: only whole numbers"},
        {"{\"a\":{\"b\":null}}\n", "a.b: null"},
        {"{\"a\":[\"x\\u0000y\"]}\n", "a[0]: NUL"},
        {"{\"a\":1,\"a\":2}\n", "twice"},
        {"[1]\n", "an object is expected"},
        {"", "empty"},
        {"{\"a\":1}{}\n", "record: "},
    };
    for (size_t i = 0; i < COUNT_OF(k_cases); i++)
        refuse_text(view_cstr(k_cases[i].text), E_INPUT, k_cases[i].part);
    refuse_text(VIEW("{\"a\":\"\\ud800\"}\n"), E_INPUT, "lone surrogate");
    refuse_text(VIEW("{\"a\":\"\xff\"}\n"), E_ENCODING, "record: ");
}

static const struct {
    const char *kind, *from, *to, *part;
} k_wrong_envelopes[] = {
    {"claim", "\"sanad\":1", "\"sanad\":0", "sanad: 1 is expected"},
    {"claim", "\"sanad\":1,", "", "sanad: is missing"},
    {"claim", "\"v\":1", "\"v\":0", "v: a version"},
    {"claim", "\"v\":1", "\"v\":2", "v: claim has version 1 here"},
    {"claim", "\"kind\":\"claim\"", "\"kind\":\"gossip\"", "kind: no kind of record"},
    {"claim", "\"org\":\"checker.example\"", "\"org\":\"Checker.example\"", "org: only a-z"},
    {"claim", "\"org\":\"checker.example\"", "\"org\":\"checker\"", "org: a domain name of two"},
    {"claim", "\"org\":\"checker.example\"", "\"org\":\"127.0.0.1\"", "org: a domain name, not"},
    {"claim", "\"org\":\"checker.example\"", "\"org\":\"ch\xc3\xa9.example\"", "org: only a-z"},
    {"claim", "\"org\":\"checker.example\"", "\"org\":\"-a.example\"", "org: a hyphen"},
    {"claim", "\"org\":\"checker.example\"", "\"org\":\"ab--c.example\"", "org: two hyphens"},
    {"claim", "\"org\":\"checker.example\"", "\"org\":\"a..example\"", "org: a label"},
    {"claim", "\"org\":\"checker.example\"", "\"org\":7", "org: a text is expected"},
    {"claim", "10:15:00.000Z", "10:15:00Z", "made: no time"},
    {"claim", "2026-11-22T10:15:00.000Z", "2026-02-29T10:15:00.000Z", "made: no time"},
    {"claim", "2026-11-22T10:15:00.000Z", "2026-11-22T24:00:00.000Z", "made: no time"},
    {"claim", "10:15:00.000Z", "10:20:00.001Z", "made: more than 5 minutes ahead"},
    {"claim", "\"mark\":\"clear\"", "\"mark\":\"white\"", "mark: is none of clear"},
    {"claim", "\"mark\":\"clear\"", "\"mark\":\"amber\"", "to: is missing"},
    {"claim", "AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0ODx==", "salt: 16 random"},
    {"claim", "AAECAwQFBgcICQoLDA0ODw==", "AAEC", "salt: 16 random"},
    {"claim", "\"sanad\":1", "\"sanad\":1,\"until\":\"soon\"", "until: neither"},
    {"claim", "\"sanad\":1", "\"sanad\":1,\"colour\":1", "colour: is no field of a record"},
    {"claim", "\"sanad\":1", "\"sanad\":1,\"must\":[\"body.colour\"]", "must[0]: is no path"},
    {"claim", "\"sanad\":1", "\"sanad\":1,\"must\":[]", "must: a list"},
    {"claim", "\"sanad\":1", "\"sanad\":1,\"to\":[]", "to: a list"},
    {"claim", "\"sanad\":1", "\"sanad\":1,\"to\":[\"a.example\",\"a.example\"]", "to[1]: stands"},
    {"claim", "\"sanad\":1", "\"sanad\":1,\"to\":[\"sha256:00\"]", "to[0]: \"sha256:\""},
    {"claim", "\"sanad\":1", "\"sanad\":1,\"prev\":\"x\"", "prev: \"sha256:\""},
    {"claim", "\"sanad\":1", "\"sanad\":1,\"basis\":\"\"", "basis: an empty text"},
    {"claim", "\"parts\":{\"appearances\"", "\"parts\":{\"topics\"",
     "parts.topics: is no erasable"},
    {"claim", "\"sanad\":1", "\"sanad\":1,\"signers\":[\"desk.example\"]",
     "signers: the author is not"},
    {"verdict", "\"about\":[", "\"about\":[\"x\",", "about[0]: \"sha256:\""},
    {"agreement", "[\"checker.example\",\"desk.example\"],\"v\"", "[\"checker.example\"],\"v\"",
     "signers: 1 organisations, 2 or more"},
    {"order", "\"basis\":", "\"prev\":", "prev"},
    {"signal", "\"mark\":\"amber\"", "\"mark\":\"green\"", "mark: signal is at least amber"},
    {"signal", "\"until\":\"2027-06-22\",", "", "until: is missing"},
    {"verdict", "https://registry.example/notice/12", "ftp://registry.example/",
     "body.sources[0].url: no absolute http or https"},
    {"verdict", "https://archive.example/paper/7", "https://joe@archive.example/",
     "body.sources[1].url: an address that names a user"},
    {"verdict", "\"label\":\"false\"", "\"label\":\"wrong\"", "body.label: is none of: false"},
    {"criteria", "2026-12-20", "2026-12-32", "body.comments_until: no day"},
};

TEST(a_wrong_envelope_is_refused_with_the_path_of_every_fault)
{
    for (size_t i = 0; i < COUNT_OF(k_wrong_envelopes); i++)
        refuse(k_wrong_envelopes[i].kind, k_wrong_envelopes[i].from, k_wrong_envelopes[i].to,
               k_wrong_envelopes[i].part);
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    refuse_text(raw_text("claim", EDITS("\"sanad\":1", "\"sanad\":2"), &mem), E_VERSION,
                "format 2");
}

TEST(all_faults_are_told_at_once)
{
    CLEANUP(arena_done) struct arena mem;
    struct record_faults faults;
    const struct record *r;
    arena_init(&mem, 0);
    struct view text =
        raw_text("verdict",
                 EDITS("\"label\":\"false\"", "\"label\":\"wrong\"", "\"mark\":\"clear\"",
                       "\"mark\":\"white\"", "2027-11-22", "never"),
                 &mem);
    CHECK_FAILS(E_INPUT, record_parse(text, RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, &faults));
    CHECK_MESSAGE("and 2 more");
    CHECK(faults.n == 3 && faults.total == 3);
    CHECK_TEXT(faults.list[0].path, "mark");
    CHECK_TEXT(faults.list[1].path, "body.label");
    CHECK_TEXT(faults.list[2].path, "body.review_by");
}

TEST(the_largest_record_is_taken_and_one_byte_more_is_not)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf text = {0};
    const struct record *r;
    struct view plan;
    arena_init(&mem, 0);
    CHECK_OK(record_example(VIEW("plan"), &plan));
    /* Characters of four bytes reach the limit in bytes before the one in characters. */
    size_t at = (size_t)((const uint8_t *)memmem(plan.p, plan.n, "Shared training", 15) - plan.p);
    CHECK_OK(buf_add(&text, view_slice(plan, 0, at)));
    while (text.n + (plan.n - at) + 4 <= RECORD_MAX_BYTES)
        CHECK_OK(buf_add(&text, VIEW("\xf0\x9f\x8c\x8a")));
    while (text.n + (plan.n - at) < RECORD_MAX_BYTES)
        CHECK_OK(buf_add_byte(&text, 'x'));
    CHECK_OK(buf_add(&text, view_slice(plan, at, plan.n)));
    CHECK(text.n == RECORD_MAX_BYTES);
    CHECK_OK(record_parse(buf_view(&text), RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, NULL));
    text.p[text.n - 1] = 'x';
    CHECK_OK(buf_add_byte(&text, '\n'));
    CHECK_FAILS(E_LIMIT,
                record_parse(buf_view(&text), RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, NULL));
    CHECK_MESSAGE("65536 bytes");
}

TEST(a_seventeenth_signer_is_refused_with_its_number)
{
    char list[1024] = "\"signers\":[\"checker.example\"";
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    for (int i = 2; i <= 17; i++) {
        if (i == 17) {
            char sixteen[1024];
            snprintf(sixteen, sizeof sixteen, "%s],\"v\"", list);
            CHECK(raw_record("claim", EDITS("\"v\"", sixteen), &mem)->n_signers == 16);
        }
        snprintf(list + strlen(list), 32, ",\"org%d.example\"", i);
    }
    strcat(list, "],\"v\"");
    refuse("claim", "\"v\"", list, "signers[16]: signer 17, the limit is 16");
}

static const struct record *from_elsewhere(const char *kind, const char *const *edits,
                                           struct arena *mem)
{
    const struct record *r = NULL;
    CHECK_OK(
        record_parse(raw_text(kind, edits, mem), RECORD_FROM_ELSEWHERE, MADE_MS, mem, &r, NULL));
    return r;
}

TEST(what_a_newer_version_says_is_kept_and_what_must_be_understood_freezes)
{
    CLEANUP(arena_done) struct arena mem;
    const struct record *r;
    arena_init(&mem, 0);
    r = from_elsewhere("claim",
                       EDITS("\"v\":1", "\"v\":2", "\"body\":{", "\"body\":{\"colour\":1,"), &mem);
    CHECK(r->newer && !r->frozen && json_get(r->body, "colour"));
    r = from_elsewhere("claim",
                       EDITS("\"v\":1", "\"v\":2", "\"body\":{", "\"body\":{\"colour\":1,",
                             "\"sanad\":1", "\"sanad\":1,\"must\":[\"body.colour\"]"),
                       &mem);
    CHECK(r->newer && r->frozen);
    CHECK_TEXT(r->frozen_why, "body.colour: must be understood, and this version does not");
    r = from_elsewhere("claim",
                       EDITS("\"v\":1", "\"v\":2", "\"sanad\":1",
                             "\"sanad\":1,\"must\":[\"mark\",\"body.topics\",\"body.text\"]"),
                       &mem);
    CHECK(!r->frozen);
    r = from_elsewhere(
        "verdict", EDITS("\"v\":1", "\"v\":2", "\"label\":\"false\"", "\"label\":\"old\""), &mem);
    CHECK(r->frozen);
    CHECK_TEXT(r->frozen_why, "body.label: is not understood by this version");
    r = from_elsewhere("claim", EDITS("\"kind\":\"claim\"", "\"kind\":\"gossip\""), &mem);
    CHECK(!r->kind && r->newer && !r->frozen);
    CHECK_TEXT(r->kind_name, "gossip");
    CHECK_OK(record_check_alone(r, MADE_MS, &mem));
    /* The present version has no excuse for a field that is not in it. */
    struct view text = raw_text("claim", EDITS("\"body\":{", "\"body\":{\"colour\":1,"), &mem);
    CHECK_FAILS(E_INPUT, record_parse(text, RECORD_FROM_ELSEWHERE, MADE_MS, &mem, &r, NULL));
    CHECK_MESSAGE("body.colour");
}

TEST(a_record_made_ahead_of_time_is_kept_when_it_comes_from_elsewhere)
{
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    const struct record *r = from_elsewhere("claim", EDITS("2026-11-22T", "2026-11-23T"), &mem);
    CHECK_FAILS(E_INPUT, record_check_alone(r, MADE_MS, &mem));
    CHECK_MESSAGE("made: more than 5 minutes ahead");
    CHECK_OK(record_check_alone(r, MADE_MS + 86400000, &mem));
}

TEST(a_part_can_be_erased_but_not_exchanged)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf part = {0};
    const uint8_t salt[RECORD_SALT_BYTES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const struct json *value = NULL;
    uint8_t hash[SEAL_SHA256_BYTES];
    char id[RECORD_ID_CHARS + 1] = {0}, parts[200];
    arena_init(&mem, 0);
    const struct record *r = raw_record("pledge", NULL, &mem);
    struct view wrong = VIEW("{\"salt\":\"AAECAwQFBgcICQoLDA0ODw==\",\"value\":\"Another name\"}");
    CHECK_FAILS(E_DAMAGED, record_check_part(r, VIEW("public_name"), wrong, &mem, NULL, NULL));
    CHECK_FAILS(E_NOT_FOUND, record_check_part(r, VIEW("signed"), wrong, &mem, NULL, NULL));
    CHECK_OK(record_write_part(salt, VIEW("\"The Weather Corner\""), &part, hash));
    CHECK_OK(record_check_part(r, VIEW("public_name"), buf_view(&part), &mem, &value, NULL));
    CHECK_TEXT(value->as.string, "The Weather Corner");
    /* A signed hash makes no wrong value right. */
    static const struct {
        const char *value, *said;
    } k_wrong[] = {{"5", "parts.public_name.value: a text is expected"},
                   {"\"\"", "parts.public_name.value: an empty text"}};
    for (size_t i = 0; i < COUNT_OF(k_wrong); i++) {
        buf_reset(&part);
        CHECK_OK(record_write_part(salt, view_cstr(k_wrong[i].value), &part, hash));
        record_id_write(hash, id);
        snprintf(parts, sizeof parts, "\"parts\":{\"public_name\":\"%s\"},\"x\":{", id);
        struct view text =
            raw_text("pledge", EDITS("\"parts\":{", parts, "\"v\":1", "\"v\":2"), &mem);
        CHECK_OK(record_parse(text, RECORD_FROM_ELSEWHERE, MADE_MS, &mem, &r, NULL));
        CHECK_FAILS(E_INPUT,
                    record_check_part(r, VIEW("public_name"), buf_view(&part), &mem, NULL, NULL));
        CHECK_MESSAGE(k_wrong[i].said);
    }
}

TEST(times_are_read_and_written_without_a_loss)
{
    static const struct {
        const char *text;
        int64_t ms;
    } k_times[] = {{"1970-01-01T00:00:00.000Z", 0},
                   {"2000-02-29T23:59:59.999Z", INT64_C(951868799999)},
                   {"2026-11-22T10:15:00.000Z", MADE_MS},
                   {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)}};
    static const char *const k_wrong[] = {"",
                                          "1969-12-31T23:59:59.999Z",
                                          "2100-02-29T00:00:00.000Z",
                                          "2026-11-22T10:15:60.000Z",
                                          "2026-11-22t10:15:00.000z",
                                          "2026-11-22T10:15:00.000+00",
                                          "2026-13-01T00:00:00.000Z"};
    char text[24];
    int64_t ms = 7;
    for (size_t i = 0; i < COUNT_OF(k_times); i++) {
        CHECK_OK(record_time_read(view_cstr(k_times[i].text), &ms));
        CHECK(ms == k_times[i].ms);
        record_time_write(ms, text);
        CHECK_TEXT(view_of(text, sizeof text), k_times[i].text);
    }
    ms = 7;
    for (size_t i = 0; i < COUNT_OF(k_wrong); i++)
        CHECK_FAILS(E_INPUT, record_time_read(view_cstr(k_wrong[i]), &ms));
    CHECK_FAILS(E_INPUT, record_date_read(VIEW("2026-04-31"), &ms));
    CHECK_FAILS(E_INPUT, record_date_read(VIEW("0000-12-31"), &ms));
    CHECK(ms == 7);
    CHECK_OK(record_date_read(VIEW("1969-07-22"), &ms)); /* sources are older than computers */
    CHECK(ms == INT64_C(-14083200000));
    CHECK_OK(record_date_read(VIEW("0001-01-01"), &ms));
}

static rc parse_once(struct view text)
{
    CLEANUP(arena_done) struct arena mem;
    const struct record *r;
    arena_init(&mem, 0);
    TRY(record_parse(text, RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, NULL));
    return record_check_alone(r, MADE_MS, &mem);
}

TEST(a_lack_of_memory_is_told_and_not_taken_for_a_wrong_record)
{
    CLEANUP(arena_done) struct arena mem;
    struct view text, faulty;
    arena_init(&mem, 0);
    CHECK_OK(record_example(VIEW("verdict"), &text));
    CHECK_OK(parse_once(text));
    CHECK_EVERY_ALLOCATION(parse_once(text), (void)0);
    faulty = raw_text("verdict", EDITS("\"label\":\"false\"", "\"label\":\"wrong\""), &mem);
    CHECK_FAILS(E_INPUT, parse_once(faulty));
}

TESTS(RUN(a_record_has_one_spelling_so_that_its_id_is_one),
      RUN(a_wrong_envelope_is_refused_with_the_path_of_every_fault),
      RUN(all_faults_are_told_at_once), RUN(the_largest_record_is_taken_and_one_byte_more_is_not),
      RUN(a_seventeenth_signer_is_refused_with_its_number),
      RUN(what_a_newer_version_says_is_kept_and_what_must_be_understood_freezes),
      RUN(a_record_made_ahead_of_time_is_kept_when_it_comes_from_elsewhere),
      RUN(a_part_can_be_erased_but_not_exchanged), RUN(times_are_read_and_written_without_a_loss),
      RUN(a_lack_of_memory_is_told_and_not_taken_for_a_wrong_record))
