/* SPDX-License-Identifier: Apache-2.0
 * The C library through its public header alone; the bank is made with the modules beneath. */
#include "test.h"

#include <pthread.h>
#include <unistd.h>

#include "bank/bank.h"
#include "sanad/sanad.h"

static const char *const k_texts[] = {
    "Drinking warm salt water every morning cures malaria within 12 days.",
    "The city council of Examplia banned bicycles on every bridge in 2021.",
    "Nine out of ten lighthouses were sold to a single company last year.",
};
static const char *const k_ids[] = {"c-salt", "c-bicycle", "c-light"};

/* A folder and a bank of three claims in it. */
struct place {
    char folder[64], bank[96];
};

static struct item claim(size_t i)
{
    return (struct item){
        .id = view_cstr(k_ids[i % 3]), .lang = VIEW("en"), .text = view_cstr(k_texts[i % 3])};
}

static void make_place(struct place *p, uint32_t n_claims)
{
    snprintf(p->folder, sizeof p->folder, "/tmp/sanad-lib-XXXXXX");
    CHECK(mkdtemp(p->folder) != NULL);
    snprintf(p->bank, sizeof p->bank, "%s/facts.bank", p->folder);
    struct bank_builder *builder;
    CHECK_OK(bank_builder_new(&k_bank_params, NULL, &builder));
    for (uint32_t i = 0; i < n_claims; i++) {
        struct item item = claim(i);
        CHECK_OK(bank_builder_add(builder, &item));
    }
    CHECK_OK(bank_builder_write(builder, NULL, p->bank));
    bank_builder_free(builder);
}

static void remove_place(const struct place *p)
{
    char command[160];
    snprintf(command, sizeof command, "rm -r '%s'", p->folder);
    CHECK(system(command) == 0);
}

static sanad_bank *open_bank(const struct place *p)
{
    sanad_bank *bank = NULL;
    if (sanad_bank_open(p->bank, &bank) != SANAD_OK) fail_msg("%s", sanad_error_message());
    return bank;
}

static sanad_answer *ask(sanad_bank *bank, const char *text)
{
    sanad_answer *answer = NULL;
    if (sanad_check(bank, text, strlen(text), NULL, &answer) != SANAD_OK)
        fail_msg("%s", sanad_error_message());
    return answer;
}

TEST(a_caller_gets_the_claim_its_tier_and_the_json)
{
    struct place p;
    make_place(&p, 3);
    sanad_bank *bank = open_bank(&p);
    CHECK(sanad_bank_claims(bank) == 3);
    sanad_answer *answer = ask(bank, k_texts[0]);
    CHECK(sanad_answer_count(answer) >= 1);
    assert_string_equal(sanad_answer_id(answer, 0), "c-salt");
    assert_string_equal(sanad_answer_how(answer, 0), "exact");
    CHECK(sanad_answer_tier(answer, 0) == SANAD_CONFIRMED);
    CHECK(sanad_answer_score(answer, 0) > 0.5 && sanad_answer_score(answer, 0) <= 1);
    CHECK(strstr(sanad_answer_json(answer), "\"id\":\"c-salt\"") != NULL);
    sanad_answer_free(answer);
    sanad_bank_close(bank);
    remove_place(&p);
}

TEST(an_answer_can_be_read_after_the_bank_is_closed_and_the_post_is_gone)
{
    struct place p;
    make_place(&p, 3);
    sanad_bank *bank = open_bank(&p);
    char *post = strdup(k_texts[1]);
    sanad_answer *answer = ask(bank, post);
    memset(post, 'x', strlen(post));
    free(post);
    sanad_bank_close(bank);
    remove_place(&p);
    assert_string_equal(sanad_answer_id(answer, 0), "c-bicycle");
    CHECK(strstr(sanad_answer_json(answer), "xxxx") == NULL);
    sanad_answer_free(answer);
}

TEST(nothing_found_is_an_answer_without_hits)
{
    struct place p;
    make_place(&p, 3);
    sanad_bank *bank = open_bank(&p);
    sanad_answer *answer = ask(bank, "Grandmother is baking an apple cake tonight");
    CHECK(sanad_answer_count(answer) == 0);
    CHECK(sanad_answer_id(answer, 0) == NULL && sanad_answer_how(answer, 0) == NULL);
    CHECK(sanad_answer_tier(answer, 0) == SANAD_NONE);
    CHECK(sanad_answer_score(answer, 0) <= 0);
    sanad_answer_free(answer);
    answer = ask(bank, "");
    CHECK(sanad_answer_count(answer) == 0);
    sanad_answer_free(answer);
    sanad_bank_close(bank);
    remove_place(&p);
}

TEST(a_wrong_call_is_refused_with_a_message_and_nothing_is_touched)
{
    struct place p;
    make_place(&p, 1);
    sanad_bank *bank = open_bank(&p), *untouched = bank;
    sanad_answer *answer = NULL;
    CHECK(sanad_bank_open(NULL, &untouched) == SANAD_E_USAGE);
    CHECK(sanad_bank_open("/nowhere/facts.bank", &untouched) == SANAD_E_NOT_FOUND);
    CHECK_MESSAGE("/nowhere/facts.bank");
    CHECK(sanad_bank_open("/proc/self/cmdline", &untouched) != SANAD_OK);
    CHECK(untouched == bank);
    CHECK(sanad_bank_refresh(NULL) == SANAD_E_USAGE);
    CHECK(sanad_check(NULL, "x", 1, NULL, &answer) == SANAD_E_USAGE);
    CHECK(sanad_check(bank, NULL, 1, NULL, &answer) == SANAD_E_USAGE);
    CHECK(sanad_check(bank, "x", 1, NULL, NULL) == SANAD_E_USAGE);
    sanad_options wrong[] = {SANAD_OPTIONS, SANAD_OPTIONS, SANAD_OPTIONS, SANAD_OPTIONS};
    wrong[0].struct_bytes = 4;
    wrong[1].top = 101;
    wrong[2].lowest_tier = 3;
    wrong[3].lowest_tier = -1;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK(sanad_check(bank, "x", 1, &wrong[i], &answer) == SANAD_E_USAGE);
    CHECK(answer == NULL && sanad_error_message()[0] != 0);
    sanad_bank_close(bank);
    sanad_bank_close(NULL);
    sanad_answer_free(NULL);
    CHECK(sanad_bank_claims(NULL) == 0 && sanad_answer_count(NULL) == 0);
    assert_string_equal(sanad_answer_json(NULL), "{}");
    remove_place(&p);
}

TEST(a_post_larger_than_the_limit_is_refused_by_name)
{
    struct place p;
    make_place(&p, 1);
    sanad_bank *bank = open_bank(&p);
    sanad_answer *answer = NULL;
    sanad_options options = SANAD_OPTIONS;
    options.max_bytes = 10;
    CHECK(sanad_check(bank, "eleven byte", 11, &options, &answer) == SANAD_E_LIMIT);
    CHECK_MESSAGE("10");
    size_t n = (1 << 20) + 1;
    char *large = malloc(n);
    memset(large, 'a', n);
    CHECK(sanad_check(bank, large, n, NULL, &answer) == SANAD_E_LIMIT);
    free(large);
    sanad_bank_close(bank);
    remove_place(&p);
}

TEST(a_claim_added_or_withdrawn_on_disk_is_seen_after_a_refresh)
{
    struct place p;
    make_place(&p, 2);
    sanad_bank *bank = open_bank(&p);
    struct item added = claim(2);
    struct view gone = VIEW("c-salt");
    struct bank_change change = {.n_add = 1, .n_withdraw = 1, .add = &added, .withdraw = &gone};
    uint64_t seq;
    char problem[200];
    CHECK_OK(bank_change_write(p.bank, &change, &seq));
    usleep(250 * 1000);
    CHECK(sanad_bank_refresh(bank) == SANAD_OK);
    sanad_bank_problem(bank, problem, sizeof problem);
    assert_string_equal(problem, "");
    CHECK(sanad_bank_claims(bank) == 2);
    sanad_answer *answer = ask(bank, k_texts[2]);
    assert_string_equal(sanad_answer_id(answer, 0), "c-light");
    sanad_answer_free(answer);
    answer = ask(bank, k_texts[0]);
    CHECK(sanad_answer_count(answer) == 0);
    sanad_answer_free(answer);
    sanad_bank_close(bank);
    remove_place(&p);
}

enum { THREADS = 8, ROUNDS = 50 };

struct asker {
    pthread_t thread;
    sanad_bank *bank;
    size_t first;
    int wrong;
};

static void *ask_often(void *context)
{
    struct asker *a = context;
    for (size_t i = 0; i < ROUNDS; i++) {
        size_t which = (a->first + i) % 3;
        sanad_answer *answer = NULL;
        if (i % 10 == 0 && sanad_bank_refresh(a->bank) != SANAD_OK) a->wrong++;
        if (sanad_check(a->bank, k_texts[which], strlen(k_texts[which]), NULL, &answer) ||
            sanad_answer_count(answer) == 0 ||
            strcmp(sanad_answer_id(answer, 0), k_ids[which]) != 0)
            a->wrong++;
        sanad_answer_free(answer);
    }
    return NULL;
}

TEST(many_threads_on_one_bank_each_get_their_own_answer)
{
    struct place p;
    make_place(&p, 3);
    sanad_bank *bank = open_bank(&p);
    struct asker askers[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        askers[i] = (struct asker){.bank = bank, .first = i};
        CHECK(pthread_create(&askers[i].thread, NULL, ask_often, &askers[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_join(askers[i].thread, NULL) == 0);
        CHECK(askers[i].wrong == 0);
    }
    sanad_bank_close(bank);
    remove_place(&p);
}

TEST(no_memory_is_an_error_and_leaks_nothing)
{
    struct place p;
    make_place(&p, 3);
    sanad_bank *bank = NULL;
    CHECK_EVERY_ALLOCATION((rc){(enum err)sanad_bank_open(p.bank, &bank)}, (void)0);
    sanad_answer *answer = NULL;
    CHECK_EVERY_ALLOCATION(
        ((rc){(enum err)sanad_check(bank, k_texts[0], strlen(k_texts[0]), NULL, &answer)}),
        (void)0);
    CHECK(sanad_answer_count(answer) >= 1);
    sanad_answer_free(answer);
    sanad_bank_close(bank);
    remove_place(&p);
}

TESTS(RUN(a_caller_gets_the_claim_its_tier_and_the_json),
      RUN(an_answer_can_be_read_after_the_bank_is_closed_and_the_post_is_gone),
      RUN(nothing_found_is_an_answer_without_hits),
      RUN(a_wrong_call_is_refused_with_a_message_and_nothing_is_touched),
      RUN(a_post_larger_than_the_limit_is_refused_by_name),
      RUN(a_claim_added_or_withdrawn_on_disk_is_seen_after_a_refresh),
      RUN(many_threads_on_one_bank_each_get_their_own_answer),
      RUN(no_memory_is_an_error_and_leaks_nothing))
