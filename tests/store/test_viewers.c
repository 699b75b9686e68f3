/* SPDX-License-Identifier: Apache-2.0
 * What people lose when somebody sees what was not meant for them; and what storage holds of the
 * safeguards (docs/safeguards.md). */
#include "desk.h"

static struct desk d;

struct cast {
    struct seal_hash claim, green, amber, group, grouped, signal, opinion, hold, criteria;
};

static struct seal_hash marked(const char *mark, const char *to)
{
    char edit[200];
    snprintf(edit, sizeof edit, "\"mark\":\"%s\",\"to\":%s,", mark, to);
    return desk_say(&d, 0, "claim", "checker.example", NULL, NULL,
                    EDITS("\"mark\":\"clear\",", edit));
}

static void begin(struct cast *c)
{
    char to[RECORD_ID_CHARS + 24];
    desk_init(&d);
    for (int i = 0; i < 4; i++)
        desk_introduce(&d, 0, k_orgs[i].org);
    c->claim = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
    c->green = marked("green", "[\"desk.example\"]");
    c->amber = marked("amber", "[\"desk.example\"]");
    c->group = desk_say(
        &d, 0, "group", "checker.example", NULL, NULL,
        EDITS("[\"checker.example\",\"desk.example\"]", "[\"desk.example\",\"panel.example\"]"));
    memcpy(to, "\"", 1);
    record_id_write(c->group.bytes, to + 1);
    strcpy(to + 1 + RECORD_ID_CHARS, "\"");
    char group[RECORD_ID_CHARS + 40];
    snprintf(group, sizeof group, "[%s]", to);
    c->grouped = marked("amber", group);
    c->criteria = desk_say(&d, 0, "criteria", "desk.example", NULL, NULL, NULL);
    c->signal =
        desk_say(&d, 0, "signal", "desk.example", NULL, &c->criteria,
                 EDITS("[\"desk.example\",\"platform.example\"]", "[\"platform.example\"]"));
    c->opinion = desk_say(&d, 0, "opinion", "platform.example", NULL, &c->signal,
                          EDITS("[\"desk.example\",\"platform.example\"]", "[\"desk.example\"]"));
    c->hold = desk_say(&d, 0, "hold", "platform.example", NULL, NULL, NULL);
    desk_open(&d);
    desk_apply_all(&d);
}

/* What a viewer sees of an object; STORE_NOTHING when it is told that there is none. */
static enum store_sight sees(const char *org, const struct seal_hash *id)
{
    struct store_viewer v = org ? as_org(org) : k_anybody;
    struct store_object o;
    rc r = store_object(d.store, &v, id, &d.mem, &o);
    if (r.code == E_NOT_FOUND) return STORE_NOTHING;
    CHECK_OK(r);
    if (o.sight == STORE_ALL) return STORE_ALL;
    CHECK(o.org.n == 0 && o.why.n == 0 && !o.current && o.n_events == 0 && o.n_clocks == 0 &&
          o.n_missing == 0);
    return o.sight;
}

static bool reads(const char *org, const struct seal_hash *id)
{
    struct store_viewer v = org ? as_org(org) : k_anybody;
    const struct record_part_text *parts;
    struct view note;
    uint32_t n;
    rc r = store_note(d.store, &v, id, &d.mem, &note, &parts, &n);
    if (!ok(r)) CHECK(r.code == E_NOT_FOUND);
    return ok(r);
}

TEST(what_is_clear_is_for_anybody_and_what_is_not_is_not)
{
    struct cast c;
    begin(&c);
    CHECK(sees(NULL, &c.claim) == STORE_ALL && reads(NULL, &c.claim));
    CHECK(sees(NULL, &c.green) == STORE_STATE_ONLY && !reads(NULL, &c.green));
    CHECK(sees(NULL, &c.amber) == STORE_STATE_ONLY && !reads(NULL, &c.amber));
    CHECK(sees("late.example", &c.green) == STORE_STATE_ONLY);
    CHECK(sees("panel.example", &c.green) == STORE_ALL && reads("panel.example", &c.green));
    CHECK(sees("panel.example", &c.amber) == STORE_STATE_ONLY && !reads("panel.example", &c.amber));
    CHECK(sees("desk.example", &c.amber) == STORE_ALL && reads("desk.example", &c.amber));
    CHECK(sees("checker.example", &c.amber) == STORE_ALL);
    desk_done(&d);
}

TEST(an_invited_organisation_reads_only_after_it_joined_the_group)
{
    struct cast c;
    begin(&c);
    CHECK(!reads("panel.example", &c.grouped));
    CHECK(reads("checker.example", &c.grouped));
    desk_say(&d, 0, "step", "panel.example", NULL, &c.group,
             EDITS("\"to\":\"withdrawn\"", "\"to\":\"open\""));
    desk_say(&d, 0, "step", "platform.example", NULL, &c.group,
             EDITS("\"to\":\"withdrawn\"", "\"to\":\"open\""));
    desk_apply_all(&d);
    CHECK(reads("panel.example", &c.grouped));
    CHECK(!reads("platform.example", &c.grouped));
    CHECK(!reads("desk.example", &c.grouped));
    desk_done(&d);
}

static void group_step(struct cast *c, const char *org, const char *member)
{
    char edit[60];
    snprintf(edit, sizeof edit, "\"member\":\"%s\"", member);
    desk_say(&d, 0, "step", org, NULL, &c->group,
             EDITS("\"to\":\"withdrawn\"", "\"to\":\"open\"", "\"member\":\"joins\"", edit));
    desk_apply_all(&d);
}

TEST(who_left_a_group_reads_nothing_more_that_is_addressed_to_it)
{
    struct cast c;
    begin(&c);
    group_step(&c, "panel.example", "joins");
    group_step(&c, "desk.example", "joins");
    CHECK(reads("panel.example", &c.grouped) && reads("desk.example", &c.grouped));
    group_step(&c, "panel.example", "leaves");
    CHECK(sees("panel.example", &c.grouped) == STORE_STATE_ONLY);
    CHECK(!reads("panel.example", &c.grouped) && reads("desk.example", &c.grouped));
    /* Nobody leaves for another, and who comes back is shown again what is for the group. */
    CHECK_TEXT(desk_object(&d, &c.group).state, "open");
    group_step(&c, "platform.example", "leaves");
    CHECK(reads("desk.example", &c.grouped));
    group_step(&c, "panel.example", "joins");
    CHECK(reads("panel.example", &c.grouped));
    desk_done(&d);
}

/* R9, R10, R16: that there is a signal tells already. */
TEST(who_may_not_read_a_signal_is_not_told_that_there_is_one)
{
    struct cast c;
    begin(&c);
    const struct seal_hash *hidden[] = {&c.signal, &c.opinion, &c.hold};
    for (size_t i = 0; i < COUNT_OF(hidden); i++) {
        CHECK(sees(NULL, hidden[i]) == STORE_NOTHING);
        CHECK(sees("checker.example", hidden[i]) == STORE_NOTHING);
        CHECK(!reads("checker.example", hidden[i]));
    }
    CHECK(sees("platform.example", &c.signal) == STORE_ALL);
    CHECK(sees("desk.example", &c.signal) == STORE_ALL);
    desk_done(&d);
}

struct seen {
    struct buf text;
    uint32_t n;
};

static rc add_object(void *context, const struct store_object *o)
{
    struct seen *s = context;
    s->n++;
    TRY(buf_add(&s->text, o->kind));
    TRY(buf_add(&s->text, o->org));
    TRY(buf_add(&s->text, o->why));
    return o->current ? buf_add(&s->text, o->current->text) : OK;
}

TEST(lists_counts_and_filters_do_not_tell_of_what_is_hidden)
{
    static const char *const k_kinds[] = {"signal", "opinion", "hold"};
    struct cast c;
    begin(&c);
    for (size_t i = 0; i < COUNT_OF(k_kinds); i++) {
        struct store_filter f = {.kind = view_cstr(k_kinds[i])};
        CHECK(desk_count(&d, &k_anybody, &f) == 0);
        CHECK(desk_count(&d, &k_node, &f) == 1);
    }
    struct store_filter about = {.about = &c.signal};
    CHECK(desk_count(&d, &k_anybody, &about) == 0 && desk_count(&d, &k_node, &about) == 1);
    about.about = &c.criteria;
    CHECK(desk_count(&d, &k_anybody, &about) == 0 && desk_count(&d, &k_node, &about) == 1);
    /* the author of what is below the mark is no filter */
    struct store_filter org = {.kind = VIEW("claim"), .org = VIEW("checker.example")};
    CHECK(desk_count(&d, &k_anybody, &org) == 1 && desk_count(&d, &k_node, &org) == 4);
    uint32_t n = 0;
    CHECK_FAILS(E_NOT_FOUND, store_list(d.store, &k_anybody, NULL, &c.signal, 9, &n, count_object));
    struct seen s = {0};
    CHECK_OK(store_list(d.store, &k_anybody, NULL, NULL, 1000, &s, add_object));
    CHECK(s.n == 10 && s.n < desk_count(&d, &k_node, NULL));
    CHECK(memmem(s.text.p, s.text.n, "list_reference", 14) == NULL);
    buf_done(&s.text);
    desk_done(&d);
}

TEST(a_list_goes_on_where_its_page_ended)
{
    struct cast c;
    begin(&c);
    struct seal_hash last = {0};
    uint32_t total = 0;
    (void)last;
    CHECK_OK(store_list(d.store, &k_node, NULL, &c.claim, 1000, &total, count_object));
    CHECK(total == desk_count(&d, &k_node, NULL) - 5);
    total = 0;
    CHECK_OK(store_list(d.store, &k_node, NULL, NULL, 3, &total, count_object));
    CHECK(total == 3);
    desk_done(&d);
}

/* R1: what the tables of the three databases could say of a person. */
TEST(no_column_could_name_a_person)
{
    static const char *const k_never[] = {"email", "phone",   "address", "ip",
                                          "user",  "account", "person",  "nickname",
                                          "birth", "device",  "session"};
    for (uint32_t k = 0; k < k_n_record_kinds; k++) {
        const struct record_kind *kind = &k_record_kinds[k];
        for (uint32_t i = 0; i < kind->body.n_fields; i++)
            for (size_t w = 0; w < COUNT_OF(k_never); w++)
                CHECK(strcmp(kind->body.fields[i].name, k_never[w]) != 0);
    }
    struct cast c;
    begin(&c);
    store_close(d.store);
    d.store = NULL;
    static const char *const k_files[] = {"view.db", "notes.db", "local.db"};
    for (size_t f = 0; f < COUNT_OF(k_files); f++) {
        char command[256], line[4096];
        snprintf(command, sizeof command,
                 "sqlite3 %s/%s \"select m.name||'.'||p.name from sqlite_schema m, "
                 "pragma_table_info(m.name) p where m.type='table'\" 2>/dev/null",
                 d.dir, k_files[f]);
        FILE *in = popen(command, "r");
        uint32_t n = 0;
        for (; in && fgets(line, sizeof line, in); n++)
            for (size_t w = 0; w < COUNT_OF(k_never); w++) {
                char *column = strchr(line, '.') + 1;
                column[strcspn(column, "\n")] = 0;
                if (strcmp(column, k_never[w]) == 0) fail_msg("%s", line);
            }
        if (in) pclose(in);
        if (n == 0) {
            desk_done(&d);
            SKIP("there is no sqlite3 program to read the schema with");
        }
    }
    desk_done(&d);
}

/* Erasable fields are nowhere but in their part, which can be erased. */
TEST(erasable_fields_are_in_no_table)
{
    struct cast c;
    begin(&c);
    struct view dump = desk_dump(&d);
    CHECK(memmem(dump.p, dump.n, "platform.example/post/90", 24) == NULL);
    desk_done(&d);
}

static rc add_ask(void *context, struct view text, uint64_t n)
{
    (void)text;
    *(uint64_t *)context += n;
    return OK;
}

/* R3, R24 */
TEST(questions_asked_less_than_ten_times_are_told_to_nobody)
{
    struct cast c;
    uint64_t n = 0;
    begin(&c);
    for (int i = 0; i < 10; i++) {
        n = 0;
        CHECK_OK(store_ask_list(d.store, VIEW("2026-11-22"), &n, add_ask));
        CHECK(n == 0);
        CHECK_OK(store_ask_add(d.store, VIEW("does it?"), MADE_MS));
    }
    CHECK_OK(store_ask_list(d.store, VIEW("2026-11-22"), &n, add_ask));
    CHECK(n == 10);
    desk_done(&d);
}

/* A verdict is for anybody; why it has no effect may quote the claim, which is not. */
TEST(reasons_that_quote_what_is_not_for_everybody_are_not_told)
{
    struct cast c;
    begin(&c);
    struct seal_hash claim =
        desk_say(&d, 0, "claim", "checker.example", NULL, NULL,
                 EDITS("\"mark\":\"clear\",", "\"mark\":\"amber\",\"to\":[\"desk.example\"],",
                       "water.example", "desk.example"));
    struct seal_hash verdict =
        desk_say(&d, 0, "verdict", "desk.example", "panel.example", &claim, NULL);
    desk_apply_all(&d);
    const char *const k_outside[] = {NULL, "panel.example", "platform.example", "late.example"};
    for (size_t i = 0; i < COUNT_OF(k_outside); i++) {
        struct store_viewer v = k_outside[i] ? as_org(k_outside[i]) : k_anybody;
        struct store_object o;
        CHECK_OK(store_object(d.store, &v, &verdict, &d.mem, &o));
        CHECK_TEXT(o.state, "refused");
        CHECK_TEXT(o.why, "the reason is not for this reader");
        CHECK_TEXT(o.events[0].why, "the reason is not for this reader");
    }
    struct store_viewer inside = as_org("desk.example");
    struct store_object o;
    CHECK_OK(store_object(d.store, &inside, &verdict, &d.mem, &o));
    CHECK(view_starts(o.why, VIEW("guard not_about_itself")));
    desk_done(&d);
}

static void ask_about(const char *kind, const char *org, const struct seal_hash *id, char out[512])
{
    struct view text = desk_text(&d, kind, org, id, NULL);
    rc r = store_admit(d.store, desk_note(&d, text, org, NULL), NULL, 0, NULL, 0, MADE_MS + 3600000,
                       &d.mem, NULL);
    CHECK(r.code == E_INPUT);
    snprintf(out, 512, "%s", rc_message());
}

/* The ids of what is hidden stand in the public log: nobody finds out at the door what they are. */
TEST(the_door_tells_no_stranger_what_stands_behind_a_commitment)
{
    static const char *const k_probes[] = {"step", "verdict", "opinion", "withdrawal", "cosign"};
    const struct seal_hash nothing = {{7}};
    struct cast c;
    begin(&c);
    const struct seal_hash *hidden[] = {&c.signal, &c.opinion, &c.hold};
    for (size_t p = 0; p < COUNT_OF(k_probes); p++) {
        char unknown[512], said[512];
        ask_about(k_probes[p], "checker.example", &nothing, unknown);
        for (size_t i = 0; i < COUNT_OF(hidden); i++) {
            ask_about(k_probes[p], "checker.example", hidden[i], said);
            if (strcmp(said, unknown) != 0)
                fail_msg("%s: \"%s\", of nothing \"%s\"", k_probes[p], said, unknown);
        }
    }
    char said[512];
    ask_about("step", "platform.example", &c.signal, said);
    CHECK(strstr(said, "not in effect") != NULL);
    desk_done(&d);
}

/* ---- every question, by who is not meant ---- */

static void check_same_refusal(rc hidden, const char *hidden_said, rc unknown)
{
    CHECK(hidden.code == E_NOT_FOUND && unknown.code == E_NOT_FOUND);
    const char *colon = strstr(hidden_said, "sha256:");
    size_t n = colon ? (size_t)(colon - hidden_said) : strlen(hidden_said);
    CHECK(strncmp(hidden_said, rc_message(), n) == 0);
}

TEST(no_question_tells_what_is_hidden_from_what_is_not_there)
{
    const char *const k_outside[] = {NULL, "checker.example", "panel.example", "late.example"};
    const struct seal_hash nothing = {{7}};
    struct cast c;
    begin(&c);
    const struct seal_hash *hidden[] = {&c.signal, &c.opinion, &c.hold};
    for (size_t k = 0; k < COUNT_OF(k_outside) * COUNT_OF(hidden); k++) {
        const char *org = k_outside[k / COUNT_OF(hidden)];
        const struct seal_hash *id = hidden[k % COUNT_OF(hidden)];
        struct store_viewer v = org ? as_org(org) : k_anybody;
        const struct record_part_text *parts;
        struct store_object o;
        struct view note, log;
        char said[512];
        uint32_t n = 0;
        uint64_t index;
        rc r = store_object(d.store, &v, id, &d.mem, &o);
        snprintf(said, sizeof said, "%s", rc_message());
        check_same_refusal(r, said, store_object(d.store, &v, &nothing, &d.mem, &o));
        r = store_note(d.store, &v, id, &d.mem, &note, &parts, &n);
        snprintf(said, sizeof said, "%s", rc_message());
        check_same_refusal(r, said, store_note(d.store, &v, &nothing, &d.mem, &note, &parts, &n));
        r = store_place(d.store, &v, id, &d.mem, &log, &index);
        snprintf(said, sizeof said, "%s", rc_message());
        check_same_refusal(r, said, store_place(d.store, &v, &nothing, &d.mem, &log, &index));
        r = store_list(d.store, &v, NULL, id, 9, &n, count_object);
        snprintf(said, sizeof said, "%s", rc_message());
        check_same_refusal(r, said, store_list(d.store, &v, NULL, &nothing, 9, &n, count_object));
        struct store_filter f = {.about = id};
        CHECK(desk_count(&d, &v, &f) == 0);
    }
    desk_done(&d);
}

struct page_of {
    struct seal_hash last;
    uint32_t n;
};

static rc keep_last(void *context, const struct store_object *o)
{
    struct page_of *p = context;
    p->last = o->id;
    p->n++;
    return OK;
}

/* Page by page, by the links alone, and as a walk over everything would find them. */
TEST(who_spoke_about_a_thing_is_found_whatever_else_there_is)
{
    static const char *const k_desks[] = {"checker.example", "desk.example", "panel.example"};
    struct seal_hash last = {0};
    uint32_t n = 0;
    desk_init(&d);
    for (uint32_t i = 0; i < 3; i++)
        desk_introduce(&d, i, k_desks[i]);
    struct seal_hash claim = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
    struct seal_hash other = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
    for (uint32_t i = 0; i < 9; i++) {
        desk_say(&d, i % 3, "verdict", k_desks[i % 3], k_desks[(i + 1) % 3], &claim, NULL);
        desk_say(&d, i % 3, "review", k_desks[i % 3], NULL, i % 2 ? &claim : &other, NULL);
    }
    desk_open(&d);
    desk_apply_all(&d);
    struct store_filter f = {.about = &claim};
    CHECK(desk_count(&d, &k_anybody, &f) == 13);
    f.kind = VIEW("verdict");
    CHECK(desk_count(&d, &k_anybody, &f) == 9);
    f.org = VIEW("desk.example");
    CHECK(desk_count(&d, &k_anybody, &f) == 3);
    f.org = view_of(NULL, 0);
    for (struct page_of p = {0};; n++) {
        p.n = 0;
        CHECK_OK(store_list(d.store, &k_anybody, &f, n ? &last : NULL, 1, &p, keep_last));
        if (p.n == 0) break;
        CHECK(memcmp(&p.last, &last, sizeof last) != 0);
        last = p.last;
    }
    CHECK(n == 9);
    f.about = &(struct seal_hash){{7}};
    CHECK(desk_count(&d, &k_anybody, &f) == 0);
    desk_done(&d);
}

TESTS(RUN(reasons_that_quote_what_is_not_for_everybody_are_not_told),
      RUN(the_door_tells_no_stranger_what_stands_behind_a_commitment),
      RUN(no_question_tells_what_is_hidden_from_what_is_not_there),
      RUN(what_is_clear_is_for_anybody_and_what_is_not_is_not),
      RUN(an_invited_organisation_reads_only_after_it_joined_the_group),
      RUN(who_left_a_group_reads_nothing_more_that_is_addressed_to_it),
      RUN(who_may_not_read_a_signal_is_not_told_that_there_is_one),
      RUN(lists_counts_and_filters_do_not_tell_of_what_is_hidden),
      RUN(a_list_goes_on_where_its_page_ended), RUN(no_column_could_name_a_person),
      RUN(erasable_fields_are_in_no_table),
      RUN(questions_asked_less_than_ten_times_are_told_to_nobody),
      RUN(who_spoke_about_a_thing_is_found_whatever_else_there_is))
