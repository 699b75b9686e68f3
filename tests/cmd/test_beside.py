#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Links and translations: whose verdicts stand beside which text, in a bank made at once and in one that follows."""
import json

from logs import Network, shown
from program import main

WATER, SALINE = "Salt water cures malaria", "A spoon of saline every morning heals swamp fever"
WASSER = "Salzwasser heilt die Malaria"


class Beside(Network):
    def begin(self):
        super().begin()
        self.bank = self.folder / "following.bank"
        self.claim_id = self.add(self.claim(WATER))
        self.other = self.add(self.claim(SALINE, org="panel.example"))
        self.ok("bank", "build", "--log", self.log, "-o", self.bank)
        self.follow(self.verdict(self.claim_id), reviewer="desk.example")
        self.follow(self.verdict(self.claim_id, "misleading", org="desk.example"), reviewer="panel.example")

    def follow(self, draft, reviewer=None):
        done = self.ok("record", "submit", "--log", self.log, "--bank", self.bank, self.sign(draft, reviewer=reviewer))
        return done.split("\t")[0]

    def link(self, org, relation="same_as", ids=None):
        one, other = ids or (self.claim_id, self.other)
        return self.draft("link", org, {"from": one, "to": other, "relation": relation,
                                        "reason": shown("The same cure for the same illness")}, about=[one, other])

    def translation(self, org, text=WASSER, claim=None, **more):
        return self.draft("translation", org, {"lang": "de", "texts": [{"field": "text", "text": text}], "method": "human",
                                               "native_reviewer": True}, about=[claim or self.claim_id], **more)

    def take_back(self, org, record, to):
        self.follow(self.draft("step", org, {"to": to, "reason": shown("It was not the same")}, about=[record]))

    def hit(self, text):
        """The first hit, the same in a bank made at once and in the one that followed."""
        fresh = self.folder / "fresh.bank"
        self.ok("bank", "build", "--log", self.log, "-o", fresh)
        hits = [[(h["id"], h["verdicts"]) for h in json.loads(self.ok("check", "--bank", bank, "--json", text))["hits"]]
                for bank in (fresh, self.bank)]
        self.assertEqual(hits[0], hits[1])
        return hits[0][0]

    def told(self, text):
        return [(v["org"], v["label"], v.get("claim")) for v in self.hit(text)[1]]

    def test_a_verdict_stands_beside_a_claim_that_its_organisation_has_linked_and_says_of_which_it_was(self):
        self.assertEqual(self.told(SALINE), [])
        link = self.follow(self.link("checker.example"))
        self.assertEqual(self.told(SALINE), [("checker.example", "false", self.claim_id)])
        self.assertEqual(self.hit(SALINE)[1][0]["claim_text"], WATER)
        page = self.ok("check", "--bank", self.bank, SALINE)
        self.assertIn(f"Said of another claim: {WATER}", page)
        self.assertEqual([v[2] for v in self.told(WATER)], [None, None])
        self.take_back("checker.example", link, "undone")
        self.assertEqual(self.told(SALINE), [])

    def test_a_later_verdict_and_the_end_of_one_are_told_beside_the_linked_claim(self):
        self.follow(self.link("panel.example", ids=(self.other, self.claim_id)))
        self.assertEqual(self.told(SALINE), [])
        verdict = self.follow(self.verdict(self.claim_id, "unproven", org="panel.example"), reviewer="desk.example")
        self.assertEqual(self.told(SALINE), [("panel.example", "unproven", self.claim_id)])
        self.take_back("panel.example", verdict, "withdrawn")
        self.assertEqual(self.told(SALINE), [])

    def test_nobody_hangs_the_verdicts_of_others_on_another_text(self):
        self.follow(self.link("panel.example"))
        self.assertEqual(self.told(SALINE), [])
        translation = self.follow(self.translation("panel.example", "Die Wahl war gestern zu Ende"))
        self.assertEqual(self.hit("Die Wahl war gestern zu Ende"), (translation, []))

    def test_what_was_split_off_keeps_no_verdict(self):
        self.follow(self.link("checker.example", "split_from"))
        self.assertEqual(self.told(SALINE), [])

    def test_a_link_ends_where_the_text_of_a_claim_is_replaced(self):
        self.follow(self.link("checker.example"))
        self.follow({**self.claim("Saline does not heal any fever", org="panel.example"), "prev": self.other})
        self.assertEqual(self.told("Saline does not heal any fever"), [])

    def test_a_translation_is_found_with_the_verdict_of_who_translated(self):
        translation = self.follow(self.translation("desk.example"))
        self.assertEqual(self.hit(WASSER)[0], translation)
        self.assertEqual(self.told(WASSER), [("desk.example", "misleading", self.claim_id)])
        self.take_back("desk.example", translation, "withdrawn")
        self.ok("check", "--bank", self.bank, "--json", WASSER, code=1)

    def test_a_translation_goes_with_its_claim(self):
        translation = self.follow(self.translation("desk.example"))
        self.assertEqual(self.hit(WASSER)[0], translation)
        self.take_back("checker.example", self.claim_id, "withdrawn")
        self.ok("check", "--bank", self.bank, "--json", WASSER, code=1)


if __name__ == "__main__":
    main()
