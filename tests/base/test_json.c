/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

static rc roundtrip(const char *in, struct buf *out)
{
    struct arena mem CLEANUP(arena_done);
    arena_init(&mem, 0);
    const struct json *v;
    TRY(json_parse(view_cstr(in), NULL, &mem, &v));
    buf_reset(out);
    return json_write(v, &mem, out);
}

TEST(canonical_json_is_what_rfc_8785_prints)
{
    static const char *const k_pairs[][2] = {
        {"{\"b\":1,\"a\":[true,false,null]}", "{\"a\":[true,false,null],\"b\":1}"},
        {"[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]",
         "[333333333.3333333,1e+30,4.5,0.002,1e-27]"},
        {"\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"",
         "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\""},
        {"[0,-0.0,5e-324,1e21,123456789012345680000,1e-7,0.000001]",
         "[0,0,5e-324,1e+21,123456789012345680000,1e-7,0.000001]"},
        {"[\"12345678901234567890\\\"1\",18446744073709551616,-9223372036854775809,1E+"
         "0000000000000000002]",
         "[\"12345678901234567890\\\"1\",18446744073709552000,-9223372036854776000,100]"},
    };
    struct buf out CLEANUP(buf_done) = {0};
    for (size_t i = 0; i < COUNT_OF(k_pairs); i++) {
        CHECK_OK(roundtrip(k_pairs[i][0], &out));
        CHECK_TEXT(buf_view(&out), k_pairs[i][1]);
    }
}

TEST(broken_json_is_refused_with_its_place)
{
    static const struct {
        const char *in;
        enum err code;
        const char *part;
    } k_cases[] = {
        {"", E_INPUT, "empty"},
        {"{\"a\":1,\"a\":2}", E_INPUT, "twice"},
        {"[1,2", E_INPUT, "byte 4"},
        {"{\"a\" 1}", E_INPUT, "byte 5"},
        {"[1,]", E_INPUT, "byte"},
        {"\"\\ud800\"", E_INPUT, ""},
        {"\"\\udc00\"", E_INPUT, "surrogate"},
        {"\"\xff\"", E_ENCODING, "byte 1"},
        {"{} x", E_INPUT, "byte 3"},
        {"\"a\nb\"", E_INPUT, "byte"},
        {"\xEF\xBB\xBF{}", E_INPUT, "byte order mark"},
    };
    struct buf out CLEANUP(buf_done) = {0};
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        rc r = roundtrip(k_cases[i].in, &out);
        if (ok(r) || !strstr(rc_message(), k_cases[i].part))
            fail_msg("%s: %s", k_cases[i].in, ok(r) ? "accepted" : rc_message());
    }
}

TEST(brackets_too_deep_are_refused_at_their_place)
{
    struct arena mem CLEANUP(arena_done) = {0};
    char text[200];
    const struct json *v;
    memset(text, '[', 100);
    memset(text + 100, ']', 100);
    CHECK_FAILS(E_LIMIT, json_parse(view_of(text, 200), NULL, &mem, &v));
    CHECK_MESSAGE("deeper than 64");
    CHECK_MESSAGE("byte 64");
    CHECK_OK(json_parse(view_of(text + 68, 64), NULL, &mem, &v));
}

TESTS(RUN(brackets_too_deep_are_refused_at_their_place),
      RUN(canonical_json_is_what_rfc_8785_prints), RUN(broken_json_is_refused_with_its_place))
