/* SPDX-License-Identifier: Apache-2.0
 * Claims that were added or withdrawn after the bank was built. */
#include <dirent.h>
#include <unistd.h>

#include "desk.h"

#define BALLOTS "Ballots marked with a felt-tip pen are rejected by the scanners in every city."
#define KITES "The river turned purple after the festival of kites in the harbour last week."

static const char k_kites[] = "{\"id\":\"kites\",\"lang\":\"en\",\"text\":\"" KITES "\",\"url\":"
                              "\"https://three.example/kites\"}";
static const char k_tiny[] = "{\"id\":\"tiny\",\"lang\":\"en\",\"text\":\"Purple river\"}";
static const char k_ballots_again[] =
    "{\"id\":\"ballots\",\"lang\":\"en\",\"text\":\"" BALLOTS "\",\"title\":\"Second edition\"}";

struct place {
    char folder[64], bank[80], deltas[96];
    struct bank_source *source;
    struct matcher *matcher;
    struct arena mem;
};

enum { N_TWINS = 120 };

/* Items twin-000 … with the text of the kites, word for word. */
static void add_twins(struct bank_builder *builder)
{
    for (int i = 0; i < N_TWINS; i++) {
        char json[256];
        struct arena mem CLEANUP(arena_done) = {0};
        snprintf(json, sizeof json, "{\"id\":\"twin-%03d\",\"lang\":\"en\",\"text\":\"%s\"}", i,
                 KITES);
        struct item item = item_from(json, &mem);
        CHECK_OK(bank_builder_add(builder, &item));
    }
}

static void open_place_with(struct place *p, bool twins)
{
    struct arena mem CLEANUP(arena_done) = {0};
    struct bank_builder *builder;
    *p = (struct place){0};
    snprintf(p->folder, sizeof p->folder, "/tmp/sanad-match-XXXXXX");
    CHECK(mkdtemp(p->folder) != NULL);
    snprintf(p->bank, sizeof p->bank, "%s/b", p->folder);
    snprintf(p->deltas, sizeof p->deltas, "%s/b.d", p->folder);
    CHECK_OK(bank_builder_new(NULL, NULL, &builder));
    for (size_t i = 0; i < COUNT_OF(k_claims); i++) {
        struct item item = item_from(k_claims[i], &mem);
        CHECK_OK(bank_builder_add(builder, &item));
    }
    if (twins) add_twins(builder);
    CHECK_OK(bank_builder_write(builder, NULL, p->bank));
    bank_builder_free(builder);
    CHECK_OK(bank_source_open(p->bank, &p->source));
    CHECK_OK(matcher_new(&p->matcher));
}

static void open_place(struct place *p)
{
    open_place_with(p, false);
}

static void empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *e; folder && (e = readdir(folder));) {
        char name[400];
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.') unlink(name);
    }
    if (folder) closedir(folder);
    rmdir(path);
}

static void close_place(struct place *p)
{
    matcher_free(p->matcher);
    bank_source_close(p->source);
    arena_done(&p->mem);
    empty_folder(p->deltas);
    empty_folder(p->folder);
}

static void change(struct place *p, const char *add, const char *withdraw)
{
    struct arena mem CLEANUP(arena_done) = {0};
    struct item item = {0};
    struct view id = view_cstr(withdraw);
    uint64_t seq;
    if (add) item = item_from(add, &mem);
    const struct bank_change c = {add ? 1 : 0, withdraw ? 1 : 0, &item, &id};
    CHECK_OK(bank_change_write(p->bank, &c, &seq));
    CHECK_OK(bank_source_refresh(p->source, true));
}

/* Which of its items came, as "a,b,"; with how many hits. */
static void ask(struct place *p, const char *post, char out[256], char out_version[65])
{
    const struct bank_snapshot *s = bank_acquire(p->source);
    struct answer a;
    arena_reset(&p->mem);
    CHECK_OK(match_post(p->matcher, s, view_cstr(post), NULL, &p->mem, &a));
    out[0] = 0;
    for (uint32_t i = 0; i < a.n_hits; i++)
        snprintf(out + strlen(out), 256 - strlen(out), "%.*s %s,", VIEW_ARG(a.hits[i].item.id),
                 tier_name(a.hits[i].tier));
    if (out_version) memcpy(out_version, a.bank_version, 65);
    bank_release(p->source, s);
}

static void check_ask(struct place *p, const char *post, const char *expected)
{
    char got[256];
    ask(p, post, got, NULL);
    if (strcmp(got, expected) != 0) fail_msg("%s: \"%s\" came, not \"%s\"", post, got, expected);
}

TEST(a_claim_added_later_is_found_like_the_others)
{
    struct place p;
    open_place(&p);
    check_ask(&p, KITES, "");
    change(&p, k_kites, NULL);
    check_ask(&p, KITES, "kites confirmed,");
    check_ask(&p, BALLOTS, "ballots confirmed,");
    check_ask(&p, "https://three.example/kites", "kites suggested,");
    change(&p, k_tiny, NULL);
    check_ask(&p, "purple river!", "tiny suggested,");
    close_place(&p);
}

TEST(a_withdrawn_claim_never_comes_back)
{
    struct place p;
    open_place(&p);
    change(&p, NULL, "ballots");
    check_ask(&p, BALLOTS, "");
    check_ask(&p, "https://one.example/checks/ballots", "");
    change(&p, NULL, "short");
    check_ask(&p, "flat earth", "");
    change(&p, k_kites, NULL);
    change(&p, NULL, "kites");
    check_ask(&p, KITES, "");
    check_ask(&p, "https://three.example/kites", "");
    close_place(&p);
}

TEST(a_crowd_of_withdrawn_twins_hides_no_living_claim)
{
    static const char k_living[] =
        "{\"id\":\"a-living-one\",\"lang\":\"en\",\"text\":\"Honestly, the river turned purple "
        "after "
        "the festival of kites in the harbour of the old town last week.\"}";
    struct arena mem CLEANUP(arena_done) = {0};
    char names[N_TWINS][16];
    struct view ids[N_TWINS];
    struct place p;
    uint64_t seq;
    open_place_with(&p, true);
    struct item living = item_from(k_living, &mem);
    for (int i = 0; i < N_TWINS; i++) {
        snprintf(names[i], sizeof names[i], "twin-%03d", i);
        ids[i] = view_cstr(names[i]);
    }
    /* Added first and merged, so that it stands in one image with those that crowd it. */
    const struct bank_change add = {1, 0, &living, NULL};
    CHECK_OK(bank_change_write(p.bank, &add, &seq));
    CHECK_OK(bank_merge(p.bank, NULL));
    const struct bank_change withdraw = {0, N_TWINS, NULL, ids};
    CHECK_OK(bank_change_write(p.bank, &withdraw, &seq));
    CHECK_OK(bank_source_refresh(p.source, true));
    check_ask(&p, KITES, "a-living-one suggested,");
    close_place(&p);
}

TEST(a_claim_that_was_replaced_comes_once_and_in_its_new_form)
{
    struct place p;
    open_place(&p);
    change(&p, k_ballots_again, "ballots");
    check_ask(&p, BALLOTS, "ballots confirmed,");
    check_ask(&p, "https://one.example/ballots", "");
    const struct bank_snapshot *s = bank_acquire(p.source);
    struct answer a;
    CHECK_OK(match_post(p.matcher, s, VIEW(BALLOTS), NULL, &p.mem, &a));
    assert_int_equal(a.n_hits, 1);
    CHECK_TEXT(a.hits[0].item.title, "Second edition");
    bank_release(p.source, s);
    close_place(&p);
}

TEST(an_answer_names_the_version_of_the_bank_that_gave_it)
{
    struct place p;
    char got[256], first[65], second[65], third[65];
    open_place(&p);
    ask(&p, BALLOTS, got, first);
    ask(&p, KITES, got, second);
    assert_string_equal(first, second);
    change(&p, k_kites, NULL);
    ask(&p, KITES, got, third);
    assert_string_not_equal(first, third);
    close_place(&p);
}

TEST(added_claims_rank_as_if_they_had_always_been_there)
{
    struct place p;
    char late[256], merged[256];
    static const char k_post[] = "After the festival the river was purple, kites in the harbour";
    open_place(&p);
    change(&p, k_kites, NULL);
    ask(&p, k_post, late, NULL);
    CHECK_OK(bank_merge(p.bank, NULL));
    CHECK_OK(bank_source_refresh(p.source, true));
    ask(&p, k_post, merged, NULL);
    assert_string_equal(late, merged);
    CHECK(strstr(late, "kites") != NULL);
    close_place(&p);
}

TESTS(RUN(a_claim_added_later_is_found_like_the_others), RUN(a_withdrawn_claim_never_comes_back),
      RUN(a_crowd_of_withdrawn_twins_hides_no_living_claim),
      RUN(a_claim_that_was_replaced_comes_once_and_in_its_new_form),
      RUN(an_answer_names_the_version_of_the_bank_that_gave_it),
      RUN(added_claims_rank_as_if_they_had_always_been_there))
