#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules of docs/safeguards.md tried to get round with raw records: made by the program, changed, and signed anew with the keys that it keeps, past
its drafts. The door refuses each and names the rule; in a log that was written past the door it stands without effect, and says why."""
import base64
import copy
import hashlib
import json
import os
import subprocess
import unittest

from logs import SOURCES, shown
from program import environment, main
from test_life import Life, day

RAW = os.environ.get("SANAD_RAW")


class Rules(Life):
    def setUp(self):
        if not RAW:
            self.skipTest("there is no program that signs raw records")
        super().setUp()

    def raw(self, *args, stdin=b""):
        done = subprocess.run([RAW, *map(str, args)], input=stdin, capture_output=True, timeout=60, check=False,
                              env=environment(**self.clock()))
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def key(self, org, purpose="author"):
        """The file of a key, by what stands in it."""
        for path in sorted(self.keys.rglob("*")):
            if path.is_file() and self.vkeys[org, purpose] in path.read_text(encoding="utf-8", errors="replace"):
                return path
        raise AssertionError(f"no key of {org} for {purpose} in {self.keys}")

    def forge(self, draft, change, *keys):
        """What the program made of a draft, changed and signed anew by these keys."""
        bundle, forged = self.sign(draft), self.path("forged")
        record = json.loads(bundle.read_text(encoding="utf-8").split("\n")[0])
        change(record)
        record["salt"] = base64.b64encode(os.urandom(16)).decode()
        forged.write_bytes(self.raw("sign", bundle, *(self.key(*key) for key in keys or [(record["org"], "author")]),
                                    stdin=json.dumps(record, ensure_ascii=False).encode()))
        return forged

    def keeps_out(self, note, rule, state="refused"):
        """By the door, and in a log that took it all the same."""
        self.assertIn(rule, self.refused("record", "submit", "--log", self.log, note))
        self.raw("append", self.log, note)
        self.ok("log", "replay", self.log)
        record = self.id_of(note)
        told = self.show(record)
        self.assertEqual(told["state"], state, told)
        self.assertIn(rule, json.dumps(told), told)
        return record

    def id_of(self, note):
        text = note.read_bytes().split(b"\n")[0] + b"\n"
        return "sha256:" + hashlib.sha256(text).hexdigest()

    def in_force(self):
        criteria = self.criteria()
        self.move_clock(22)
        for org in ("checker.example", "desk.example"):
            self.add(self.example("vote", org, [criteria], {"vote": "yes"}))
        self.add(self.step("desk.example", criteria, "in_force"))
        return criteria

    def criteria(self):
        return self.add(self.example("criteria", "panel.example", (), {
            "category": "promotion", "comments_from": day(0), "comments_until": day(20)}))

    def signal(self, criteria, org="sister.example"):
        return self.example("signal", org, [criteria], {"criteria": criteria, "category": "promotion", "found": day(0)},
                            until=day(200), to=["checker.example", "desk.example"])

    # ---- the rules ----

    def test_R4_no_verdict_without_reasons_two_sources_and_a_reviewer(self):
        claim = self.add(self.claim("Salt water cures malaria"))
        both = (("checker.example", "author"), ("desk.example", "reviewer"))
        same = lambda r: r["body"].update(sources=[SOURCES[0], {**SOURCES[0], "url": "https://www.registry.example/other"}])
        self.keeps_out(self.forge(self.verdict(claim), same, *both), "two_independent_sources")
        short = lambda r: r["body"].update(reasons=shown("No."))
        self.keeps_out(self.forge(self.verdict(claim), short, *both), "reasons_given")
        nothing = lambda r: None
        self.keeps_out(self.forge(self.verdict(claim), nothing), "second_reviewer")
        authors = (("checker.example", "author"), ("desk.example", "author"))
        self.keeps_out(self.forge(self.verdict(claim), nothing, *authors), "second_reviewer")
        self.assertEqual(self.state(self.submit(self.forge(self.verdict(claim), nothing, *both))[0]), "published")

    def test_R5_nobody_judges_itself_or_its_house(self):
        claim = self.add(self.claim("The newsroom paid for it", institution={"org": "sister.example"}))
        for org in ("sister.example", "brother.example"):
            note = self.forge(self.verdict(claim, org=org), lambda r: None, (org, "author"), ("desk.example", "reviewer"))
            self.keeps_out(note, "not_about_itself")
        note = self.forge(self.verdict(claim), lambda r: r.update(org="brother.example"),
                          ("checker.example", "author"), ("desk.example", "reviewer"))
        self.assertIn("no signature of brother.example", self.refused("record", "submit", "--log", self.log, note))
        self.assertEqual(self.state(self.add(self.verdict(claim), reviewer="desk.example")), "published")

    def test_R13_the_signal_too_many_is_held_back(self):
        criteria = self.in_force()
        signals = [self.forge(self.signal(criteria), lambda r: None) for _ in range(1)]
        record = json.loads(signals[0].read_text(encoding="utf-8").split("\n")[0])
        for _ in range(200):
            record["salt"] = base64.b64encode(os.urandom(16)).decode()
            path = self.path("forged")
            path.write_bytes(self.raw("sign", signals[0], self.key("sister.example"), stdin=json.dumps(record).encode()))
            signals.append(path)
        self.assertEqual(len(self.submit(*signals[:200])), 200)
        self.keeps_out(signals[200], "not_flooding", state="quarantined")

    def test_R15_a_legitimate_use_is_said_with_its_reason_by_whom_it_is(self):
        criteria = self.in_force()
        signal = self.add(self.signal(criteria))
        draft = self.example("exemption", "desk.example", [signal], to=["checker.example", "sister.example"])
        self.keeps_out(self.forge(draft, lambda r: r["body"].update(reason=shown("No."))), "reasons_given")
        bare = self.forge(draft, lambda r: r["body"].pop("reason"))
        self.assertIn("body.reason", self.refused("record", "submit", "--log", self.log, bare))
        stolen = self.forge(draft, lambda r: r.update(org="checker.example"), ("desk.example", "author"))
        self.assertIn("no signature of checker.example", self.refused("record", "submit", "--log", self.log, stolen))
        exemption = self.add(draft)
        self.assertIn(exemption, json.dumps(self.show(signal)))

    def test_R17_a_request_is_no_order_and_an_order_no_signal(self):
        claim = self.add(self.claim("Salt water cures malaria"))
        request = self.example("request", "checker.example", [claim])
        for kind in ("order", "signal"):
            dressed = self.forge(request, lambda r: r.update(kind=kind))
            self.assertRegex(self.refused("record", "submit", "--log", self.log, dressed), r"record: .* \(and [0-9]+ more\)")
        removal = self.forge(request, lambda r: r["body"].update(wanted="remove"))
        self.keeps_out(removal, "lawful_claims_stay")
        order = self.example("order", "ministry.example")
        self.keeps_out(self.forge(order, lambda r: r.update(org="checker.example"), ("checker.example", "author")), "may_author")
        bare = copy.deepcopy(order)
        self.keeps_out(self.forge(bare, lambda r: r.update(basis="-")), "legal_basis")

    def test_R23_what_is_held_is_held_for_six_months(self):
        hold = self.example("hold", "platform.example", until=day(200))
        self.keeps_out(self.forge(hold, lambda r: r.update(until=day(90))), "hold_long_enough")
        self.assertEqual(len(self.submit(self.forge(hold, lambda r: None))), 1)


if __name__ == "__main__":
    main()
