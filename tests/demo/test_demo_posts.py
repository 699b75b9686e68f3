#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration posts and the answers that are expected beside them: one test for each kind."""
from demo import Demo, main, rows, tier_of


def fault_confirmed(answer, claim):
    tier = tier_of(answer, claim)
    return "" if tier == "confirmed" else f"{claim} came as {tier}, not confirmed"


def fault_suggested(answer, claim):
    best = answer["hits"][0] if answer["hits"] else {"id": "nothing", "tier": "none"}
    if best["id"] != claim:
        return f"best is {best['id']} ({best['tier']}); {claim} came as {tier_of(answer, claim)}"
    return "" if best["tier"] in ("suggested", "confirmed") else f"{claim} is best and only {best['tier']}"


def fault_not_confirmed(answer, claim):
    return f"{claim} was confirmed" if tier_of(answer, claim) == "confirmed" else ""


def fault_none(answer, claim):
    shown = [f"{hit['id']} {hit['tier']} {hit['score']}" for hit in answer["hits"] if hit["tier"] != "none"]
    return "shown: " + ", ".join(shown) if shown else ""


FAULTS = {"confirmed": fault_confirmed, "suggested": fault_suggested, "not-confirmed": fault_not_confirmed,
          "none": fault_none}


# Found first and not shown; who mends one takes it out here.
NOT_SHOWN_YET = {"post-s052": "Vietnamese retelling with two words in common and the number as a fraction"}


def fault_not_shown(answer, claim):
    best = answer["hits"][0] if answer["hits"] else {"id": "nothing", "tier": "none"}
    if best["id"] != claim:
        return f"best is {best['id']}, not {claim}"
    return "" if best["tier"] == "none" else "is shown by now: take it out of NOT_SHOWN_YET"


class DemoPosts(Demo):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.posts = rows("posts")
        cls.answers = cls.ask(cls.posts)

    def hold(self, kind, least):
        """Every post of a kind gets what stands beside it; all that do not are named at once."""
        n, faults = 0, []
        for post, answer in zip(self.posts, self.answers):
            if post["kind"] != kind:
                continue
            n += 1
            fault_of = fault_not_shown if post["id"] in NOT_SHOWN_YET else FAULTS[post["expect"]["tier"]]
            fault = fault_of(answer, post["expect"]["claim"])
            if fault:
                faults.append(f"{post['id']} [{post['lang']}] {fault}\n    {post['text']}")
        self.assertGreaterEqual(n, least, f"posts of kind {kind}")
        self.assertFalse(faults, f"{len(faults)} of {n} posts of kind {kind}:\n" + "\n".join(faults))

    def test_a_copy_of_a_checked_claim_is_recognised(self):
        self.hold("copy", 25)

    def test_a_copy_disguised_against_filters_is_recognised(self):
        self.hold("disguised", 25)

    def test_a_claim_inside_a_longer_post_is_recognised(self):
        self.hold("contains", 12)

    def test_a_claim_in_other_words_is_found_first(self):
        self.hold("retelling", 35)

    def test_a_claim_with_another_number_is_not_called_the_same(self):
        self.hold("number_changed", 15)

    def test_a_claim_with_a_negation_added_or_taken_away_is_not_called_the_same(self):
        self.hold("negated", 12)

    def test_a_claim_about_another_place_or_institution_is_not_called_the_same(self):
        self.hold("name_changed", 12)

    def test_an_everyday_post_is_left_alone(self):
        self.hold("unrelated", 30)

    def test_every_post_is_held_to_an_expectation(self):
        held = {"copy", "disguised", "contains", "retelling", "number_changed", "negated", "name_changed", "unrelated"}
        self.assertEqual({post["kind"] for post in self.posts}, held)
        self.assertEqual({post["expect"]["tier"] for post in self.posts}, set(FAULTS))
        self.assertGreaterEqual(len(self.posts), 150)
        self.assertGreaterEqual(len(self.claims), 120)


if __name__ == "__main__":
    main()
