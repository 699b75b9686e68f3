/* SPDX-License-Identifier: Apache-2.0 */
#include "raw.h"

static void stripped(const char *draft, const char *expected)
{
    CLEANUP(buf_done) struct buf out = {0};
    CHECK_OK(record_draft_json(view_cstr(draft), &out));
    CHECK_TEXT(buf_view(&out), expected);
}

TEST(notes_and_commas_go_and_every_byte_keeps_its_place)
{
    stripped("", "");
    stripped("{}", "{}");
    stripped("# a\n{\"a\": 1, // b\n}", "   \n{\"a\": 1      \n}");
    stripped("[1,2,]", "[1,2 ]");
    stripped("[1, # x\n // y\n]", "[1     \n     \n]");
    stripped("{\"a\":[1,],}", "{\"a\":[1 ] }");
    stripped("\xef\xbb\xbf{}", "   {}");
    stripped("{\"a\":\"x // y # z ,]\"}", "{\"a\":\"x // y # z ,]\"}");
    stripped("{\"a\":\"\\\" // \\\\\"} // b", "{\"a\":\"\\\" // \\\\\"}     ");
    stripped("{\"a\":1}\r\n# b\r\n", "{\"a\":1}\r\n    \n");
    /* What is wrong stays wrong. */
    stripped("[,]", "[,]");
    stripped("{,}", "{,}");
    stripped("[1,,]", "[1,,]");
    stripped("/ {}", "/ {}");
    stripped("\"open\n# not in a string", "\"open\n                 ");
}

TEST(a_draft_beyond_a_limit_or_in_utf_16_is_refused)
{
    CLEANUP(buf_done) struct buf out = {0}, big = {0};
    uint8_t *p;
    CHECK_OK(buf_reserve(&big, RECORD_DRAFT_MAX_BYTES + 1, &p));
    memset(p, ' ', RECORD_DRAFT_MAX_BYTES + 1);
    CHECK_OK(record_draft_json(view_of(p, RECORD_DRAFT_MAX_BYTES), &out));
    CHECK_FAILS(E_LIMIT, record_draft_json(view_of(p, RECORD_DRAFT_MAX_BYTES + 1), &out));
    CHECK_FAILS(E_ENCODING, record_draft_json(VIEW("\xff\xfe{\0}\0"), &out));
    CHECK_FAILS(E_ENCODING, record_draft_json(VIEW("\xfe\xff\0{\0}"), &out));
}

static rc finish(const char *draft, struct arena *mem, struct record_draft *out)
{
    return record_draft_finish(view_cstr(draft), MADE_MS, mem, out);
}

#define PLEDGE(members, body)                                                              \
    "{\"kind\":\"pledge\",\"org\":\"checker.example\",\"mark\":\"clear\"," members         \
    "\"about\":[\"sha256:6fd9b99c39ab035cde6416852c04a0a6d29677804159ceba51682f52433b8096" \
    "\"],\"until\":\"2027-06-22\",\"body\":{\"code_version\":\"1\",\"signed\":"            \
    "\"2026-11-22\"," body "}}"

TEST(what_nobody_should_have_to_type_is_filled_in)
{
    CLEANUP(arena_done) struct arena mem;
    struct record_draft draft, other;
    const struct record *r;
    arena_init(&mem, 0);
    CHECK_OK(finish(PLEDGE("", ""), &mem, &draft));
    CHECK_OK(record_parse(draft.text, RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, NULL));
    CHECK(r->made_ms == MADE_MS && r->version == r->kind->version && r->n_parts == 0);
    CHECK_OK(finish(PLEDGE("", ""), &mem, &other));
    CHECK(!view_eq(draft.text, other.text)); /* the salt */
    CHECK_OK(finish(PLEDGE("\"made\":\"2026-11-20T00:00:00.000Z\",", ""), &mem, &draft));
    CHECK_OK(record_parse(draft.text, RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, NULL));
    CHECK(r->made_ms < MADE_MS);
}

TEST(what_can_be_erased_never_stands_in_the_record)
{
    CLEANUP(arena_done) struct arena mem;
    struct record_draft draft;
    const struct record *r;
    const struct json *value;
    arena_init(&mem, 0);
    CHECK_OK(finish(PLEDGE("", "\"public_name\":\"Weather \\u0643\",\"page_url\":"
                               "\"https://a.example/\""),
                    &mem, &draft));
    CHECK(draft.n_parts == 2 && memmem(draft.text.p, draft.text.n, "Weather", 7) == NULL);
    CHECK_OK(record_parse(draft.text, RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, NULL));
    CHECK(r->n_parts == 2);
    for (uint32_t i = 0; i < 2; i++)
        CHECK_OK(
            record_check_part(r, draft.parts[i].field, draft.parts[i].text, &mem, &value, NULL));
    CHECK(!view_eq(view_slice(draft.parts[0].text, 9, 24), view_slice(draft.parts[1].text, 9, 24)));
    CHECK_FAILS(E_INPUT,
                finish(PLEDGE("\"parts\":{\"page_url\":\"sha256:00\"},", "\"page_url\":\"x\""),
                       &mem, &draft));
    CHECK_MESSAGE("page_url");
}

TEST(a_draft_that_is_no_json_is_told_by_line_and_column)
{
    CLEANUP(arena_done) struct arena mem;
    struct record_draft draft = {.n_parts = 7};
    arena_init(&mem, 0);
    CHECK_FAILS(E_INPUT, finish("{\n  # é\n  \"é\": maybe\n}", &mem, &draft));
    CHECK_MESSAGE("line 3, column 8");
    CHECK_FAILS(E_INPUT, finish("{\"a\": “b”}", &mem, &draft));
    CHECK_MESSAGE("curly");
    CHECK_FAILS(E_INPUT, finish("", &mem, &draft));
    CHECK_FAILS(E_INPUT, finish("[]", &mem, &draft));
    CHECK_MESSAGE("array");
    CHECK_FAILS(E_INPUT, finish("{\"a\":1,\"a\":2}", &mem, &draft));
    CHECK_FAILS(E_ENCODING, finish("{\"a\":\"\xff\"}", &mem, &draft));
    CHECK_FAILS(E_LIMIT, finish("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", &mem, &draft));
    CHECK(draft.n_parts == 7);
}

TEST(a_fault_is_found_in_the_line_where_it_was_written)
{
    static const char k_json[] =
        "{ \"a\" : [ 1, {\"b\":\"}]\\\",\", \"c.d\" : {\"e\":[]}} ], \"f\":2}";
    static const struct {
        const char *path, *at;
    } k_cases[] = {
        {"a", "[ 1"},         {"a[0]", "1, {"}, {"a[1]", "{\"b\""},           {"a[1].b", "\"}]"},
        {"f", "2}"},          {"a[2]", "[ 1"},  {"a[1].zz", "{\"b\""},        {"", "{ \"a\""},
        {"zz.y", "{ \"a\""},  {"f.g", "2}"},    {"a[99999999999999]", "[ 1"}, {"a[", "1, {"},
        {"a[1].b.c", "\"}]"},
    };
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        size_t at = record_draft_find(view_cstr(k_json), view_cstr(k_cases[i].path));
        if (at != (size_t)(strstr(k_json, k_cases[i].at) - k_json))
            fail_msg("%s is found at %zu", k_cases[i].path, at);
    }
    uint32_t line, column;
    record_draft_place(VIEW("é\né x"), 6, &line, &column);
    CHECK(line == 2 && column == 3);
    record_draft_place(VIEW("a\n"), 99, &line, &column);
    CHECK(line == 2 && column == 1);
}

#define NOTE "{\"a\":1}\n\n\u2014 checker.example AAAAAAA=\n"

TEST(a_bundle_has_one_spelling)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    struct record_bundle b = {.n_parts = 7};
    arena_init(&mem, 0);
    static const char *const k_good[] = {
        NOTE,
        NOTE "+ a {\"x\":1}\n",
        NOTE "\u2014 b.example AAAAAAA=\n+ a {}\n+ b {}\n",
    };
    for (size_t i = 0; i < COUNT_OF(k_good); i++) {
        struct view bytes = view_cstr(k_good[i]);
        CHECK(record_bundle_is(bytes));
        CHECK_OK(record_bundle_read(bytes, &mem, &b));
        CHECK(b.n_parts == i);
        CHECK_TEXT(b.text, "{\"a\":1}\n");
        buf_reset(&out);
        CHECK_OK(record_bundle_write(b.note, b.parts, b.n_parts, &mem, &out));
        CHECK(view_eq(buf_view(&out), bytes));
        for (size_t n = 0; n + 1 < bytes.n; n++) {
            rc r = record_bundle_read(view_of(bytes.p, n), &mem, &b);
            CHECK(!ok(r) || bytes.p[n - 1] == '\n');
        }
    }
    static const char *const k_bad[] = {
        "",
        "\n",
        "\n\n",
        "{}",
        "{}\n",
        "{}\n\n",
        "{}\n\u2014 a A\n",
        "{}\n\n\n\u2014 a A\n",
        NOTE "+ b {}\n+ a {}\n",
        NOTE "+ a {}\n+ a {}\n",
        NOTE "+ a {}",
        NOTE "+ a\n",
        NOTE "+  {}\n",
        NOTE "+ a 1\n",
        NOTE "hello\n",
        NOTE "\n",
        NOTE "+ a {}\n\u2014 b A\n",
        "{\"a\":1}\r\n\r\n\u2014 a A\r\n",
        "\n\n\u2014 a A\n",
    };
    for (size_t i = 0; i < COUNT_OF(k_bad); i++)
        CHECK_FAILS(E_INPUT, record_bundle_read(view_cstr(k_bad[i]), &mem, &b));
    CHECK(!record_bundle_is(VIEW("{}\n")) && !record_bundle_is(VIEW("")));
}

TEST(parts_are_written_in_order_and_not_without_end)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    struct record_part_text parts[RECORD_MAX_PARTS + 1];
    char names[RECORD_MAX_PARTS + 1];
    arena_init(&mem, 0);
    for (uint32_t i = 0; i < COUNT_OF(parts); i++) {
        names[i] = (char)('z' - i);
        parts[i] = (struct record_part_text){view_of(&names[i], 1), VIEW("{}")};
    }
    CHECK_OK(record_bundle_write(VIEW(NOTE), parts, 2, &mem, &out));
    CHECK_TEXT(buf_view(&out), NOTE "+ y {}\n+ z {}\n");
    CHECK_OK(record_bundle_write(VIEW(NOTE), parts, RECORD_MAX_PARTS, &mem, &out));
    size_t before = out.n;
    CHECK_FAILS(E_LIMIT, record_bundle_write(VIEW(NOTE), parts, RECORD_MAX_PARTS + 1, &mem, &out));
    parts[1] = parts[0];
    CHECK_FAILS(E_INPUT, record_bundle_write(VIEW(NOTE), parts, 2, &mem, &out));
    CHECK_FAILS(E_INPUT, record_bundle_write(VIEW("{}\n"), parts, 0, &mem, &out));
    CHECK(out.n == before);
}

static rc draft_and_bundle(void)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    struct record_draft draft;
    arena_init(&mem, 0);
    TRY(finish(PLEDGE("", "\"public_name\":\"x\""), &mem, &draft));
    return record_bundle_write(VIEW(NOTE), draft.parts, draft.n_parts, &mem, &out);
}

TEST(no_memory_is_said)
{
    CHECK_EVERY_ALLOCATION(draft_and_bundle(), (void)0);
}

TEST(names_of_organisations_are_told_from_others)
{
    CHECK_OK(record_org_check(VIEW("checker.example")));
    CHECK_FAILS(E_INPUT, record_org_check(VIEW("Checker.example")));
    CHECK_FAILS(E_INPUT, record_org_check(VIEW("checker")));
    CHECK_FAILS(E_INPUT, record_org_check(VIEW("")));
}

TESTS(RUN(notes_and_commas_go_and_every_byte_keeps_its_place),
      RUN(a_draft_beyond_a_limit_or_in_utf_16_is_refused),
      RUN(what_nobody_should_have_to_type_is_filled_in),
      RUN(what_can_be_erased_never_stands_in_the_record),
      RUN(a_draft_that_is_no_json_is_told_by_line_and_column),
      RUN(a_fault_is_found_in_the_line_where_it_was_written), RUN(a_bundle_has_one_spelling),
      RUN(parts_are_written_in_order_and_not_without_end), RUN(no_memory_is_said),
      RUN(names_of_organisations_are_told_from_others))
