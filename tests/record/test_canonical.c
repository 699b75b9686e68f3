/* SPDX-License-Identifier: Apache-2.0
 * Whether a text is canonical is told at a glance when it can be, else by writing it anew. What a
 * user loses when the two differ: two spellings of one record, each with an id of its own. Examples
 * of every kind are changed at random, and each change is put to both. */
#include "raw.h"

#include "record/record_int.h"

enum { MUTANTS_OF_A_KIND = 8000, ROOM = 1 << 16, MAX_CHANGES = 3, MAX_MEMBERS = 64 };

struct mutant {
    char text[ROOM];
    size_t n;
    uint64_t seed;
};

static struct tally {
    uint64_t n_canonical, n_other, n_no_record, n_at_a_glance;
} tally;

static uint32_t pick(struct mutant *m, size_t below)
{
    m->seed = m->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((m->seed >> 33) % (below ? below : 1));
}

/* ---- changes ---- */

static const char *const k_pieces[] = {" ",
                                       "\t",
                                       "\r",
                                       "\n",
                                       ",",
                                       ":",
                                       "\xef\xbb\xbf",
                                       "\\u0000",
                                       "\\u00e9",
                                       "\\u00E9",
                                       "\\u000a",
                                       "\\u000A",
                                       "\\n",
                                       "\\/",
                                       "/",
                                       "\\\"",
                                       "\\\\",
                                       "\\\\\\\"",
                                       "\\ud83d\\ude00",
                                       "\\uD83D\\uDE00",
                                       "\\ud83d",
                                       "\\ude00",
                                       "\\ude00\\ud83d",
                                       "\x7f",
                                       "\x01",
                                       "\x1f",
                                       "\xc3\xa9",
                                       "\xf0\x9f\x98\x80",
                                       "\xef\xbf\xbd",
                                       "\xff",
                                       "\xc0\x80",
                                       "\\u001f",
                                       "\\u001F",
                                       "\\u0008",
                                       "\\b",
                                       "\\f",
                                       "\\r",
                                       "\\t",
                                       "\\u0022",
                                       "\\u005c",
                                       "\\u002f",
                                       "\\u007f",
                                       "\xc2\x80",
                                       "\xe2\x80\xa8",
                                       "-0",
                                       "{}",
                                       "[]",
                                       "{\"\":1}",
                                       "null",
                                       "true",
                                       "\"-0\"",
                                       "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]",
                                       "\"a\":1,",
                                       ",\"zz\":-0",
                                       ",\"zz\":[-1,0]",
                                       "/**/",
                                       "\"",
                                       "\\",
                                       "-",
                                       "e",
                                       "0"};

static const char *const k_numbers[] = {"-0",
                                        "0",
                                        "1e3",
                                        "1E3",
                                        "1.0",
                                        "1e0",
                                        "01",
                                        "+1",
                                        "0x1",
                                        "9007199254740991",
                                        "9007199254740992",
                                        "-9007199254740991",
                                        "-9007199254740992",
                                        "1.5",
                                        "-1",
                                        "-10",
                                        "10",
                                        "100000000000000000000",
                                        "18446744073709551615",
                                        ".5",
                                        "1.",
                                        "NaN",
                                        "-0.0",
                                        "0e0",
                                        "0.0",
                                        "00",
                                        "-00",
                                        "1e400",
                                        "1e-400",
                                        "- 1",
                                        "1 ",
                                        "\"1\"",
                                        "-9223372036854775808"};

/* Sorted by UTF-16 these stand in another order than by bytes. */
static const char *const k_names[] = {"a",
                                      "A",
                                      "_",
                                      "zz",
                                      "",
                                      "0",
                                      "-0",
                                      "\\u0061",
                                      "\xc3\xa9",
                                      "\xef\xbd\xa1",
                                      "\xf0\x9f\x98\x80",
                                      "\\ud83d\\ude00",
                                      "\\n",
                                      "\\\"",
                                      "\\\\",
                                      "body",
                                      "body ",
                                      "bod",
                                      "kind",
                                      "\x7f",
                                      "v",
                                      "v0",
                                      "~",
                                      "\\/",
                                      "\xe2\x82\xac",
                                      "\xee\x80\x80"};

static void splice(struct mutant *m, size_t at, size_t n_out, const char *in, size_t n_in)
{
    if (at > m->n) at = m->n;
    if (n_out > m->n - at) n_out = m->n - at;
    if (m->n - n_out + n_in >= ROOM) return;
    memmove(m->text + at + n_in, m->text + at + n_out, m->n - at - n_out);
    memcpy(m->text + at, in, n_in);
    m->n = m->n - n_out + n_in;
}

static void put(struct mutant *m, size_t at, size_t n_out, const char *in)
{
    splice(m, at, n_out, in, strlen(in));
}

/* The next of these characters that stands outside of quotes, from a random place on. */
static size_t outside(struct mutant *m, const char *of)
{
    size_t from = pick(m, m->n), found = m->n;
    bool quoted = false;
    for (size_t i = 0; i < m->n; i++) {
        if (quoted && m->text[i] == '\\')
            i++;
        else if (m->text[i] == '"')
            quoted = !quoted;
        else if (!quoted && strchr(of, m->text[i]) && (found == m->n || i <= from))
            found = i;
    }
    return found;
}

static void put_anywhere(struct mutant *m)
{
    put(m, pick(m, m->n + 1), 0, k_pieces[pick(m, COUNT_OF(k_pieces))]);
}

static void put_between_tokens(struct mutant *m)
{
    put(m, outside(m, "{}[]:,\n") + pick(m, 2), 0, k_pieces[pick(m, COUNT_OF(k_pieces))]);
}

static void put_white_space(struct mutant *m)
{
    put(m, outside(m, "{}[]:,\n") + pick(m, 2), 0, k_pieces[pick(m, 4)]);
}

static void put_in_a_text(struct mutant *m)
{
    size_t at = outside(m, ":[") + 1;
    if (at < m->n && m->text[at] == '"') put(m, at + 1, 0, k_pieces[pick(m, COUNT_OF(k_pieces))]);
}

static void spell_a_number(struct mutant *m)
{
    size_t at = outside(m, "-0123456789"), end = at;
    while (end < m->n && strchr("-+.eE0123456789", m->text[end]))
        end++;
    put(m, at, end - at, k_numbers[pick(m, COUNT_OF(k_numbers))]);
}

static void add_a_member(struct mutant *m)
{
    char member[80];
    snprintf(member, sizeof member, "\"%s\":%s,", k_names[pick(m, COUNT_OF(k_names))],
             pick(m, 2) ? "1" : k_numbers[pick(m, COUNT_OF(k_numbers))]);
    size_t at = outside(m, "{,") + 1;
    put(m, at, 0, member);
}

static void rename_a_member(struct mutant *m)
{
    size_t at = outside(m, "{,") + 1;
    if (at < m->n && m->text[at] == '"')
        put(m, at + 1, pick(m, 3), k_names[pick(m, COUNT_OF(k_names))]);
}

static void escape_a_character(struct mutant *m)
{
    char escaped[8];
    size_t at = pick(m, m->n);
    snprintf(escaped, sizeof escaped, pick(m, 2) ? "\\u%04x" : "\\u%04X", (uint8_t)m->text[at]);
    put(m, at, 1, escaped);
}

static size_t end_of_member(const struct mutant *m, size_t at)
{
    bool quoted = false;
    for (int depth = 0; at < m->n; at++) {
        char ch = m->text[at];
        if (quoted && ch == '\\')
            at++;
        else if (ch == '"')
            quoted = !quoted;
        else if (!quoted && strchr("{[", ch))
            depth++;
        else if (!quoted && strchr("]}", ch) && depth-- == 0)
            break;
        else if (!quoted && ch == ',' && depth == 0)
            break;
    }
    return at;
}

/* Two neighbours of an object or a list. */
static void swap_members(struct mutant *m)
{
    char held[ROOM];
    size_t first = outside(m, "{[,") + 1;
    size_t comma = end_of_member(m, first);
    if (comma >= m->n || m->text[comma] != ',') return;
    size_t end = end_of_member(m, comma + 1), n = comma - first, n_other = end - comma - 1;
    memcpy(held, m->text + first, n);
    memmove(m->text + first, m->text + comma + 1, n_other);
    m->text[first + n_other] = ',';
    memcpy(m->text + first + n_other + 1, held, n);
}

static void repeat_a_member(struct mutant *m)
{
    char held[ROOM];
    size_t first = outside(m, "{[,") + 1, end = end_of_member(m, first);
    if (end >= m->n) return;
    memcpy(held, m->text + first, end - first);
    held[end - first] = ',';
    splice(m, first, 0, held, end - first + 1);
}

static void cut_something(struct mutant *m)
{
    put(m, pick(m, m->n), pick(m, 4), "");
}

static void flip_a_byte(struct mutant *m)
{
    m->text[pick(m, m->n)] ^= (char)(1 << pick(m, 8));
}

static void add_to_the_end(struct mutant *m)
{
    put(m, m->n - pick(m, 2), 0, k_pieces[pick(m, COUNT_OF(k_pieces))]);
}

static void (*const k_changes[])(struct mutant *m) = {
    put_anywhere,    put_between_tokens, put_white_space, put_in_a_text,
    put_in_a_text,   put_in_a_text,      spell_a_number,  add_a_member,
    rename_a_member, escape_a_character, swap_members,    repeat_a_member,
    cut_something,   flip_a_byte,        add_to_the_end,  rename_a_member};

/* ---- both ways ---- */

static bool says_not_canonical(const struct record_faults *faults)
{
    for (uint32_t i = 0; i < faults->n; i++)
        if (view_starts(faults->list[i].what, VIEW("not canonical"))) return true;
    return false;
}

static bool at_a_glance(struct view text, struct arena *mem)
{
    struct record_faults *faults;
    const struct json *root;
    CHECK_OK(arena_new(mem, &faults));
    struct check c = {.mem = mem, .faults = faults};
    CHECK_OK(json_parse(text, NULL, mem, &root));
    CHECK_OK(check_plain(&c, root));
    return check_plainly_canonical(&c, text);
}

/* Written anew into `again`, when it can be. */
static void compare(struct view text, struct arena *mem, struct buf *again)
{
    struct record_faults faults;
    const struct record *r;
    buf_reset(again);
    rc parsed = record_parse(text, RECORD_FROM_ELSEWHERE, MADE_MS, mem, &r, &faults);
    rc written = record_write(text, mem, again);
    if (!ok(written)) {
        buf_reset(again);
        tally.n_no_record++;
        if (ok(parsed)) fail_msg("taken, and cannot be written: %.*s", VIEW_ARG(text));
        return;
    }
    bool canonical = view_eq(buf_view(again), text), glance = at_a_glance(text, mem);
    if (!ok(parsed) && faults.total == 0) return; /* too large or too deep for a record */
    if (canonical == says_not_canonical(&faults))
        fail_msg("%s is said to be %scanonical: %.*s", canonical ? "this" : "what differs",
                 canonical ? "not " : "", VIEW_ARG(text));
    if (glance && !canonical) fail_msg("at a glance canonical: %.*s", VIEW_ARG(text));
    tally.n_canonical += canonical;
    tally.n_other += !canonical;
    tally.n_at_a_glance += glance;
}

static void change(struct mutant *m, struct view example)
{
    memcpy(m->text, example.p, example.n);
    m->n = example.n;
    for (uint32_t n = 1 + pick(m, MAX_CHANGES); n > 0 && m->n > 0; n--)
        k_changes[pick(m, COUNT_OF(k_changes))](m);
}

TEST(one_record_has_one_spelling_however_it_is_looked_at)
{
    static struct mutant m = {.seed = 20261122};
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf again = {0}, anew = {0};
    arena_init(&mem, 0);
    for (uint32_t k = 0; k < k_n_record_kinds; k++) {
        CLEANUP(arena_done) struct arena kept;
        arena_init(&kept, 0);
        struct view example = raw_text(k_record_kinds[k].name, NULL, &kept);
        CHECK(example.n < ROOM / 2);
        for (int i = 0; i < MUTANTS_OF_A_KIND; i++) {
            arena_reset(&mem);
            change(&m, example);
            compare(view_of(m.text, m.n), &mem, &again);
            if (again.n > 0) compare(buf_view(&again), &mem, &anew);
        }
    }
    print_message("%llu canonical (%llu at a glance), %llu spelt otherwise, %llu no record\n",
                  (unsigned long long)tally.n_canonical, (unsigned long long)tally.n_at_a_glance,
                  (unsigned long long)tally.n_other, (unsigned long long)tally.n_no_record);
    CHECK(tally.n_canonical > 50000 && tally.n_other > 50000 && tally.n_no_record > 50000);
    CHECK(tally.n_at_a_glance > 20000 && tally.n_at_a_glance < tally.n_canonical);
}

TESTS(RUN(one_record_has_one_spelling_however_it_is_looked_at))
