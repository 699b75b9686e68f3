/* SPDX-License-Identifier: Apache-2.0
 * The register: who is in, and which keys speak when. */
#include "net.h"

static const struct record_member *member(struct net *net, const char *org)
{
    return record_register_find(net_register(net), view_cstr(org));
}

static struct record_entry *claim_by(struct net *net, struct net_org *o,
                                     const struct seal_signer *key)
{
    return net_entry(net, o, net_text(net, o->name, "claim", NULL, NULL), key, 1);
}

static char *keys_of(struct net *net, const struct seal_signer *author, const struct net_org *o)
{
    char *keys;
    CHECK_OK(arena_array(&net->mem, 700, &keys));
    snprintf(keys, 700, "%s,%s", net_key_row(net, author, "author"),
             net_key_row(net, &o->reviewer, "reviewer"));
    return keys;
}

TEST(two_unrelated_members_let_a_newcomer_in_and_nobody_else_does)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct net_org *o = net_newcomer(&net, "new.example");
    o->own = net_organisation(&net, o, net_keys(&net, o), "", NULL, &o->author);
    struct record_entry *early = claim_by(&net, o, &o->author);
    CHECK_STATE(&net, o->own, "proposed");
    CHECK_STATE(&net, early, "refused");
    net_add(&net, "sister.example", "vouch", o->own, NULL);
    net_add(&net, "brother.example", "vouch", o->own, NULL);
    CHECK_STATE(&net, o->own, "proposed");
    struct record_entry *self = net_add(&net, "new.example", "vouch", o->own, NULL);
    CHECK_NO_EFFECT(&net, o->own, self, "about itself");
    net_add(&net, "desk.example", "vouch", o->own, NULL);
    CHECK_STATE(&net, o->own, "admitted");
    CHECK(member(&net, "new.example")->admitted);
    CHECK_STATE(&net, claim_by(&net, o, &o->author), "published");
    CHECK_NO_EFFECT(&net, early, early, "org: new.example is not admitted");
    uint32_t n;
    const struct record_member *all = record_register_list(net.reg, &n);
    CHECK(n == 9 && record_register_find(net.reg, VIEW("gone.example")) == NULL);
    for (uint32_t i = 1; i < n; i++)
        CHECK(view_cmp(all[i - 1].org.name, all[i].org.name) < 0);
}

TEST(nobody_takes_the_name_of_a_member)
{
    CLEANUP(net_done) struct net net;
    struct seal_signer thief;
    net_init(&net);
    struct net_org *o = net_org(&net, "checker.example"), fake = *o;
    net_key(o, &thief, 9, 9);
    fake.author = thief;
    struct record_entry *e =
        net_organisation(&net, &fake, keys_of(&net, &thief, o), "", NULL, &thief);
    CHECK_STATE(&net, e, "refused");
    /* Of a name that is free, the first who is admitted has it. */
    struct net_org *a = net_newcomer(&net, "new.example"), b = *a;
    b.author = thief;
    net_key(a, &b.author, 8, 8);
    a->own = net_organisation(&net, a, net_keys(&net, a), "", NULL, &a->author);
    b.own = net_organisation(&net, &b, keys_of(&net, &b.author, a), "", NULL, &b.author);
    net_add(&net, "panel.example", "vouch", a->own, NULL);
    net_add(&net, "desk.example", "vouch", a->own, NULL);
    net_add(&net, "panel.example", "vouch", b.own, NULL);
    struct record_entry *second = net_add(&net, "desk.example", "vouch", b.own, NULL);
    CHECK_STATE(&net, a->own, "admitted");
    CHECK_STATE(&net, b.own, "proposed");
    struct view why = net_effect(net_fold(&net, b.own), second)->why;
    CHECK_TEXT(why, "org: another record holds the name new.example");
    a->next_index = 50;
    CHECK_STATE(&net, claim_by(&net, a, &b.author), "refused");
    CHECK_STATE(&net, claim_by(&net, a, &a->author), "published");
}

TEST(a_key_that_was_exchanged_speaks_no_more_and_the_new_one_does)
{
    CLEANUP(net_done) struct net net;
    struct seal_signer next;
    net_init(&net);
    struct net_org *o = net_org(&net, "checker.example");
    struct record_entry *before = claim_by(&net, o, &o->author);
    net_key(o, &next, 1, 1);
    struct record_entry *too_early = claim_by(&net, o, &next);
    struct record_entry *change =
        net_organisation(&net, o, keys_of(&net, &next, o), "", o->own, &o->author);
    struct record_entry *old = claim_by(&net, o, &o->author), *new = claim_by(&net, o, &next);
    CHECK(net_effect(net_fold(&net, o->own), change)->in_effect);
    CHECK_STATE(&net, before, "published");
    CHECK_STATE(&net, new, "published");
    CHECK_NO_EFFECT(&net, old, old, "signature: no key that may speak for checker.example");
    CHECK_NO_EFFECT(&net, too_early, too_early, "signature: no key");
    const struct record_member *m = member(&net, "checker.example");
    CHECK(m->n_keys == 4 && m->record == change->r && m->admitted);
    /* Nobody changes keys with a key that is not listed. */
    struct seal_signer thief;
    net_key(o, &thief, 9, 9);
    struct record_entry *stolen =
        net_organisation(&net, o, keys_of(&net, &thief, o), "", change, &thief);
    CHECK_NO_EFFECT(&net, o->own, stolen, "signature");
    CHECK_STATE(&net, claim_by(&net, o, &next), "published");
}

TEST(a_stolen_key_with_an_old_made_gets_nowhere_once_it_is_revoked)
{
    CLEANUP(net_done) struct net net;
    struct seal_signer next;
    char more[60];
    net_init(&net);
    struct net_org *o = net_org(&net, "checker.example");
    struct record_entry *good = claim_by(&net, o, &o->author);
    uint64_t last_good = good->index;
    struct record_entry *theft =
        net_add(&net, o->name, "claim", NULL, EDITS("\"made\":\"2026", "\"made\":\"2019"));
    CHECK_STATE(&net, theft, "published");
    net_key(o, &next, 1, 1);
    snprintf(more, sizeof more, "\"last_good\":%d,", (int)last_good);
    net_organisation(&net, o, keys_of(&net, &next, o), more, o->own, &o->author);
    CHECK_STATE(&net, good, "published");
    CHECK_STATE(&net, theft, "refused");
    struct record_entry *later =
        net_add(&net, o->name, "claim", NULL, EDITS("\"made\":\"2026", "\"made\":\"2018"));
    later->received_ms = good->received_ms;
    CHECK_STATE(&net, later, "refused");
    CHECK(member(&net, o->name)->keys[0].last_good == last_good);
}

/* What sanad key revoke writes: the key stays in the list, and its time ends. */
TEST(a_key_that_is_revoked_by_the_end_of_its_time_is_revoked_all_the_same)
{
    CLEANUP(net_done) struct net net;
    struct seal_signer next;
    char more[60], keys[1400], ended[400];
    net_init(&net);
    struct net_org *o = net_org(&net, "checker.example");
    struct record_entry *good = claim_by(&net, o, &o->author);
    struct record_entry *theft = claim_by(&net, o, &o->author);
    net_key(o, &next, 1, 1);
    snprintf(more, sizeof more, "\"last_good\":%d,", (int)good->index);
    snprintf(ended, sizeof ended, "%s", net_key_row(&net, &o->author, "author"));
    net_replace(ended, sizeof ended, "\"purpose\":\"author\"",
                "\"purpose\":\"author\",\"until\":\"2026-11-22T10:16:00.000Z\"", false);
    snprintf(keys, sizeof keys, "%s,%s", ended, keys_of(&net, &next, o));
    net_organisation(&net, o, keys, more, o->own, &o->author);
    CHECK_STATE(&net, good, "published");
    CHECK_STATE(&net, theft, "refused");
    CHECK_STATE(&net, claim_by(&net, o, &next), "published");
}

/* The key stays in the list with its end, and goes when the next one is exchanged. */
TEST(what_was_revoked_is_not_given_back_by_a_later_revocation)
{
    CLEANUP(net_done) struct net net;
    struct seal_signer second, third;
    char more[60], keys[1400], ended[400];
    net_init(&net);
    struct net_org *o = net_org(&net, "checker.example");
    struct record_entry *good = claim_by(&net, o, &o->author);
    struct record_entry *theft = claim_by(&net, o, &o->author);
    net_key(o, &second, 1, 1);
    net_key(o, &third, 1, 2);
    snprintf(more, sizeof more, "\"last_good\":%d,", (int)good->index);
    snprintf(ended, sizeof ended, "%s", net_key_row(&net, &o->author, "author"));
    net_replace(ended, sizeof ended, "\"purpose\":\"author\"",
                "\"purpose\":\"author\",\"until\":\"2026-11-22T10:16:00.000Z\"", false);
    snprintf(keys, sizeof keys, "%s,%s", ended, keys_of(&net, &second, o));
    struct record_entry *first = net_organisation(&net, o, keys, more, o->own, &o->author);
    CHECK_STATE(&net, theft, "refused");
    struct record_entry *later = claim_by(&net, o, &second);
    snprintf(more, sizeof more, "\"last_good\":%d,", (int)later->index);
    net_organisation(&net, o, keys_of(&net, &third, o), more, first, &second);
    CHECK_STATE(&net, theft, "refused");
    CHECK_STATE(&net, good, "published");
    CHECK_STATE(&net, later, "published");
}

/* Who lost its machine leaves the log with it: last_good counts in the log that is left. */
TEST(a_thief_keeps_nothing_when_the_organisation_recovers_in_another_log)
{
    CLEANUP(net_done) struct net net;
    struct seal_signer thief, next;
    char more[60];
    net_init(&net);
    struct net_org *o = net_org(&net, "checker.example");
    struct record_entry *good = claim_by(&net, o, &o->author);
    net_key(o, &thief, 9, 1);
    net_key(o, &next, 1, 1);
    struct record_entry *taken =
        net_organisation(&net, o, keys_of(&net, &thief, o), "\"last_good\":0,", o->own, &o->author);
    struct record_entry *false_claim = claim_by(&net, o, &thief);
    CHECK_STATE(&net, good, "refused");
    snprintf(more, sizeof more, "\"last_good\":%d,", (int)good->index);
    o->log = VIEW("log.moved.example");
    o->next_index = 0;
    net_organisation(&net, o, keys_of(&net, &next, o), more, o->own, &o->recovery);
    CHECK_NO_EFFECT(&net, o->own, taken, "undone by a record of the recovery key");
    CHECK_STATE(&net, good, "published");
    CHECK_STATE(&net, false_claim, "refused");
    CHECK_STATE(&net, claim_by(&net, o, &next), "published");
}

TEST(the_recovery_key_takes_an_organisation_back_from_a_thief)
{
    CLEANUP(net_done) struct net net;
    struct seal_signer thief, theft, next;
    char more[200];
    net_init(&net);
    struct net_org *o = net_org(&net, "checker.example");
    struct record_entry *good = claim_by(&net, o, &o->author);
    net_key(o, &thief, 9, 1);
    net_key(o, &theft, 9, 2);
    net_key(o, &next, 1, 1);
    /* The thief has the author's key: lists its own keys, revokes all that was, changes recovery.
     */
    snprintf(more, sizeof more, "\"last_good\":0,%s", net_recovery(&net, &theft));
    struct record_entry *taken =
        net_organisation(&net, o, keys_of(&net, &thief, o), more, o->own, &o->author);
    struct record_entry *false_claim = claim_by(&net, o, &thief);
    CHECK_STATE(&net, false_claim, "published");
    CHECK_STATE(&net, good, "refused");
    snprintf(more, sizeof more, "\"last_good\":%d,", (int)good->index);
    char keys[1200];
    snprintf(keys, sizeof keys, "%s,%s", keys_of(&net, &next, o),
             net_key_row(&net, &o->recovery, "recovery"));
    struct record_entry *back = net_organisation(&net, o, keys, more, o->own, &o->recovery);
    CHECK(net_effect(net_fold(&net, o->own), back)->in_effect);
    CHECK_NO_EFFECT(&net, o->own, taken, "undone by a record of the recovery key");
    CHECK_STATE(&net, good, "published");
    CHECK_STATE(&net, false_claim, "refused");
    CHECK_STATE(&net, claim_by(&net, o, &next), "published");
    CHECK_STATE(&net, claim_by(&net, o, &thief), "refused");
    /* Neither the old key nor the thief's recovery key outranks it. */
    struct record_entry *again =
        net_organisation(&net, o, keys_of(&net, &thief, o), "", back, &o->author);
    struct record_entry *other =
        net_organisation(&net, o, keys_of(&net, &thief, o), "", back, &theft);
    CHECK_NO_EFFECT(&net, o->own, again, "signature");
    CHECK_NO_EFFECT(&net, o->own, other, "signature");
}

TEST(a_key_serves_the_one_purpose_it_was_listed_for)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct net_org *o = net_org(&net, "checker.example");
    struct record_entry *e = claim_by(&net, o, &o->reviewer);
    CHECK_NO_EFFECT(&net, e, e, "signature");
    const struct record_register *reg = net_register(&net);
    CHECK(record_register_key_speaks(reg, view_cstr(o->name), SEAL_REVIEWER, &e->signatures[0], e));
    CHECK(!record_register_key_speaks(reg, view_cstr(o->name), SEAL_AUTHOR, &e->signatures[0], e));
    CHECK(!record_register_key_speaks(reg, VIEW("desk.example"), SEAL_REVIEWER, &e->signatures[0],
                                      e));
    /* Listing the reviewer's key as author's too does not help. */
    char keys[1200];
    snprintf(keys, sizeof keys, "%s,%s", net_keys(&net, o),
             net_key_row(&net, &o->reviewer, "author"));
    net_organisation(&net, o, keys, "", o->own, &o->author);
    CHECK_STATE(&net, claim_by(&net, o, &o->reviewer), "refused");
    CHECK_STATE(&net, claim_by(&net, o, &o->author), "published");
}

TEST(who_is_suspended_or_left_is_not_heard)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct net_org *o = net_org(&net, "water.example");
    struct record_entry *before = claim_by(&net, o, &o->author);
    const char *const *suspend = EDITS("\"to\":\"withdrawn\"", "\"to\":\"suspended\"");
    struct record_entry *alone = net_add(&net, "desk.example", "step", o->own, suspend);
    CHECK_NO_EFFECT(&net, o->own, alone, "guard quorum");
    net_add(&net, "desk.example", "vote", o->own, NULL);
    net_add(&net, "panel.example", "vote", o->own, NULL);
    net_add(&net, "desk.example", "step", o->own, suspend);
    CHECK_STATE(&net, o->own, "suspended");
    CHECK_STATE(&net, before, "published");
    CHECK_STATE(&net, claim_by(&net, o, &o->author), "refused");
    /* The votes that suspended it do not let it in again. */
    const char *const *back = EDITS("\"to\":\"withdrawn\"", "\"to\":\"admitted\"");
    CHECK_NO_EFFECT(&net, o->own, net_add(&net, "desk.example", "step", o->own, back), "quorum");
    net_add(&net, "desk.example", "vote", o->own, NULL);
    net_add(&net, "panel.example", "vote", o->own, NULL);
    net_add(&net, "desk.example", "step", o->own, back);
    CHECK_STATE(&net, claim_by(&net, o, &o->author), "published");
    net_add(&net, o->name, "step", o->own, EDITS("\"to\":\"withdrawn\"", "\"to\":\"left\""));
    CHECK_STATE(&net, o->own, "left");
    CHECK_STATE(&net, claim_by(&net, o, &o->author), "refused");
    CHECK(!member(&net, o->name)->admitted);
}

TEST(what_stands_in_another_log_than_the_home_log_does_not_count)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct net_org *o = net_org(&net, "checker.example");
    struct record_entry *e = claim_by(&net, o, &o->author);
    e->log = VIEW("log.elsewhere");
    CHECK_NO_EFFECT(&net, e, e, "log: not the home log of checker.example");
    /* The copy at home counts, whatever another log claims. */
    struct record_entry *home = &net.entries[net.n++];
    *home = *e;
    home->log = o->log;
    e->received_ms -= 1000000;
    CHECK_STATE(&net, home, "published");
}

TEST(a_founder_may_write_before_its_own_record_is_there)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct net_org *o = net_newcomer(&net, "first.example");
    net.founders[net.n_founders++] =
        (struct record_founder){view_cstr(o->name), seal_signer_verifier(&o->author), o->log};
    CHECK_STATE(&net, claim_by(&net, o, &o->author), "published");
    const struct record_member *m = member(&net, o->name);
    CHECK(m->admitted && m->record == NULL && m->n_keys == 1);
    CHECK_TEXT(m->home_log, "log.first.example");
    struct record_entry *e = claim_by(&net, o, &o->author);
    e->log = VIEW("log.elsewhere");
    CHECK_STATE(&net, e, "refused");
}

static rc fold_members(struct net *net, struct arena *mem, const struct record_register **out)
{
    return record_register_fold(net->founders, net->n_founders, net->entries, net->n, net->now_ms,
                                mem, out);
}

TEST(a_lack_of_memory_is_told)
{
    CLEANUP(net_done) struct net net;
    CLEANUP(arena_done) struct arena mem;
    const struct record_register *reg = NULL;
    net_init(&net);
    struct net_org *o = net_newcomer(&net, "new.example");
    o->own = net_organisation(&net, o, net_keys(&net, o), "", NULL, &o->author);
    net_add(&net, "panel.example", "vouch", o->own, NULL);
    net_add(&net, "desk.example", "vouch", o->own, NULL);
    arena_init(&mem, 0);
    CHECK_EVERY_ALLOCATION(fold_members(&net, &mem, &reg), arena_done(&mem));
    CHECK(record_register_find(reg, VIEW("new.example"))->admitted);
}

TESTS(RUN(two_unrelated_members_let_a_newcomer_in_and_nobody_else_does),
      RUN(nobody_takes_the_name_of_a_member),
      RUN(a_key_that_was_exchanged_speaks_no_more_and_the_new_one_does),
      RUN(a_stolen_key_with_an_old_made_gets_nowhere_once_it_is_revoked),
      RUN(a_key_that_is_revoked_by_the_end_of_its_time_is_revoked_all_the_same),
      RUN(what_was_revoked_is_not_given_back_by_a_later_revocation),
      RUN(a_thief_keeps_nothing_when_the_organisation_recovers_in_another_log),
      RUN(the_recovery_key_takes_an_organisation_back_from_a_thief),
      RUN(a_key_serves_the_one_purpose_it_was_listed_for),
      RUN(who_is_suspended_or_left_is_not_heard),
      RUN(what_stands_in_another_log_than_the_home_log_does_not_count),
      RUN(a_founder_may_write_before_its_own_record_is_there), RUN(a_lack_of_memory_is_told))
