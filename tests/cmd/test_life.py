#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lives of records as the program's users see them, and rules of docs/safeguards.md tried to get round through its door."""
import datetime
import fcntl
import json
import os
import sqlite3
import unittest

import logs
from logs import Network, shown
from program import main, run

logs.ORGS.update({"sister.example": "newsroom", "brother.example": "fact_checker", "platform.example": "platform",
                  "ministry.example": "state_body"})
HOUSE = {org: {"parents": [{"org": "holding.example"}]} for org in ("sister.example", "brother.example")}
STATE = {"ministry.example": {"government": "VN"}}
CLOCK = os.environ.get("SANAD_CLOCK")
DAY = 86400
NAME, PAGE = "The Weather Corner of Nowhere", "https://pages.example/nowhere"


def day(n):
    """n days from now."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=n)).strftime("%Y-%m-%d")


class Life(Network):
    days = 0  # by which the program's clock is ahead

    def organisation(self, org, **more):
        return super().organisation(org, **HOUSE.get(org, {}), **STATE.get(org, {}), **more)

    def clock(self):
        return {"LD_PRELOAD": CLOCK, "SANAD_TEST_CLOCK": str(self.days * DAY)} if self.days else {}

    def ok(self, *args, **more):
        return super().ok(*args, **self.clock(), **more)

    def refused(self, *args, **more):
        return super().refused(*args, **self.clock(), **more)

    def move_clock(self, days):
        if not CLOCK:
            self.skipTest("there is no library that moves the clock")
        self.days = days

    def example(self, kind, org, about=(), body=None, **envelope):
        draft = json.loads(self.strip(self.ok("record", "new", kind, "--org", org)))
        draft["body"].update(body or {})
        draft.update(envelope, **({"about": list(about)} if about else {}))
        return {name: value for name, value in draft.items() if name not in ("made", "salt")}

    def step(self, org, about, to, **more):
        return self.example("step", org, [about], {"to": to, "reason": shown("It is what we found"), **more})

    def turned_away(self, draft, says, reviewer=None):
        self.assertIn(says, self.refused("record", "submit", "--log", self.log, self.sign(draft, reviewer=reviewer)))

    def line_of(self, note, org):
        """The organisation's line over the record of a note."""
        copy = self.path("signed")
        copy.write_bytes(note.read_bytes())
        self.ok("record", "sign", copy, "--as", "author", "--org", org, "-o", copy)
        line, = [x for x in copy.read_text(encoding="utf-8").splitlines() if x.startswith(f"— {org} ")]
        return line


class Packages(Life):
    def test_a_package_counts_when_both_have_signed_and_not_before(self):
        signers = ["checker.example", "desk.example"]
        note = self.sign(self.example("package", "checker.example", signers=signers))
        package = self.submit(note)[0]
        self.assertEqual(self.state(package), "incomplete")
        stolen = self.line_of(note, "desk.example")
        self.turned_away(self.example("cosign", "panel.example", [package], {"line": stolen}), "panel.example")
        self.assertEqual(self.state(package), "incomplete")
        self.add(self.example("cosign", "desk.example", [package], {"line": stolen}))
        self.assertEqual(self.state(package), "published")

    def test_a_seventeenth_signer_is_refused(self):
        many = ["checker.example"] + [f"o{n}.example" for n in range(16)]
        path = self.path("draft")
        path.write_text(json.dumps(self.example("package", "checker.example", signers=many)), encoding="utf-8")
        self.assertIn("signers", self.refused("record", "sign", path, "-o", self.path("note")))


class Members(Life):
    def test_two_unrelated_vouches_let_an_organisation_in(self):
        logs.ORGS["new.example"] = "academic"
        self.addCleanup(logs.ORGS.pop, "new.example")
        for purpose in ("author", "reviewer"):
            self.vkeys["new.example", purpose] = self.ok("key", "new", "--org", "new.example", "--purpose", purpose).strip()
        org = self.add(self.organisation("new.example"))
        self.turned_away(self.claim("Too early", org="new.example"), "not admitted")
        for voucher in ("sister.example", "brother.example"):
            self.add(self.example("vouch", voucher, [org]))
        self.assertEqual(self.state(org), "proposed")
        self.add(self.example("vouch", "desk.example", [org]))
        self.assertEqual(self.state(org), "admitted")
        self.assertEqual(self.state(self.add(self.claim("In now", org="new.example"))), "published")

    def test_the_old_key_is_refused_after_its_rotation(self):
        old = self.sign(self.claim("Signed with the old key"))
        self.change("rotate")
        self.turned_away_note(old, "no key that may speak")
        self.assertEqual(self.state(self.add(self.claim("Signed with the new key"))), "published")

    def test_what_a_stolen_key_signed_loses_its_effect(self):
        good = self.add(self.claim("Signed by its holder"))
        index = self.show(good)["records"][0]["index"]
        bad = self.add(self.claim("Signed by the thief"))
        self.change("revoke", "--last-good", str(index))
        self.assertEqual((self.state(good), self.state(bad)), ("published", "refused"))
        self.assertEqual(self.state(self.add(self.claim("Signed with the new key"))), "published")

    def change(self, verb, *more):
        """R25: what the organisation says about its keys is the record that its own key signs."""
        record = self.records["checker.example"]
        draft, note = self.path("draft"), self.path("note")
        self.ok("key", verb, "--org", "checker.example", "--purpose", "author", "--record", record, "-o", draft, *more)
        self.ok("record", "sign", draft, "-o", note)
        self.submit(note)

    def turned_away_note(self, note, says):
        self.assertIn(says, self.refused("record", "submit", "--log", self.log, note))

    def submit(self, *notes):
        for note in notes:
            record = json.loads(note.read_text(encoding="utf-8").split("\n")[0])
            if record["kind"] == "organisation":
                self.__dict__.setdefault("records", {})[record["org"]] = note
        return super().submit(*notes)


class Remedies(Life):
    def test_others_decide_an_appeal_and_every_user_answers(self):
        claim = self.add(self.claim("Salt water cures malaria"))
        verdict = self.add(self.verdict(claim), reviewer="desk.example")
        appeal = self.add(self.example("appeal", "panel.example", [verdict]))
        self.turned_away(self.step("checker.example", appeal, "panel"), "other_panel")
        self.add(self.step("desk.example", appeal, "panel"))
        self.assertEqual(self.state(appeal), "panel")
        ruling = {"outcome": "reversed", "panel": ["desk.example"]}
        self.turned_away(self.example("ruling", "checker.example", [appeal], ruling), "other_panel")
        self.turned_away(self.example("ruling", "desk.example", [appeal], {**ruling, "panel": ["checker.example"]}), "other_panel")
        self.add(self.example("ruling", "desk.example", [appeal], ruling))
        self.assertEqual(self.state(appeal), "reversed")
        self.add(self.example("answer", "platform.example", [appeal]))
        self.assertEqual(self.state(appeal), "reversed")
        self.add(self.example("answer", "checker.example", [appeal]))
        self.assertEqual(self.state(appeal), "propagated")

    def test_who_writes_a_task_for_itself_can_do_it(self):
        plan = self.add(self.example("plan", "checker.example", (), {"period_from": day(0), "period_until": day(300)}))
        task = self.add(self.example("task", "checker.example", [plan], {"owner": "checker.example", "due": day(30)}))
        for state in ("doing", "done"):
            self.add(self.step("checker.example", task, state))
            self.assertEqual(self.state(task), state)

    def test_what_was_ruled_on_or_answered_is_not_exchanged_afterwards(self):
        claim = self.add(self.claim("Salt water cures malaria"))
        verdict = self.add(self.verdict(claim), reviewer="desk.example")
        other = self.add(self.verdict(claim, "accurate", org="sister.example"), reviewer="sister.example")
        appeal = self.add(self.example("appeal", "panel.example", [verdict]))
        self.turned_away(self.example("appeal", "panel.example", [other], prev=appeal), "no later record replaces")
        request = self.add(self.example("request", "checker.example", [claim]))
        self.turned_away(self.example("request", "checker.example", [claim], {"wanted": "label"}, prev=request),
                         "no later record replaces")

    def pledge(self, until):
        code = self.add(self.example("code", "panel.example"))
        version = json.loads(self.strip(self.ok("record", "new", "code")))["body"]["code_version"]
        body = {"code_version": version, "signed": day(0), "public_name": NAME, "page_url": PAGE}
        return self.add(self.example("pledge", "desk.example", [code], body, until=day(until)))

    def test_whoever_looks_sees_what_time_alone_has_changed(self):
        pledge = self.pledge(30)
        self.assertEqual(self.state(pledge), "signed")
        self.move_clock(29)
        self.assertEqual(self.state(pledge), "signed")
        self.move_clock(32)
        self.assertIn("lapsed", self.ok("record", "list", "--log", self.log, "--kind", "pledge"))
        self.assertEqual(self.state(pledge), "lapsed")
        exported = [json.loads(line) for line in self.ok("export", "--log", self.log).splitlines()]
        self.assertEqual([x["state"] for x in exported if x["id"] == pledge], ["lapsed"])
        self.add({**self.step("desk.example", pledge, "renewed"), "until": day(90)})
        self.assertEqual(self.state(pledge), "renewed")

    def test_who_cannot_be_shown_the_passing_of_time_is_told(self):
        pledge = self.pledge(30)
        self.move_clock(32)
        with open(self.log / "store" / "lock", "rb+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = run("record", "show", pledge, "--log", self.log, "--json", SANAD_KEYS=str(self.keys), **self.clock())
        self.assertEqual((done.code, json.loads(done.text)["state"]), (0, "signed"))
        self.assertIn("may have changed", done.errors)
        self.assertEqual(self.state(pledge), "lapsed")

    def test_a_pledge_is_withdrawn_and_name_and_page_are_in_no_file(self):
        pledge = self.pledge(300)
        self.assertEqual(self.state(pledge), "signed")
        self.assertIn(NAME, self.ok("record", "show", pledge, "--log", self.log, "--note", "--as", "anybody"))
        self.add(self.step("desk.example", pledge, "withdrawn"))
        self.assertEqual(self.state(pledge), "withdrawn")
        for viewer in ((), ("--as", "anybody"), ("--as", "desk.example")):
            self.assertNotIn(NAME, self.ok("record", "show", pledge, "--log", self.log, "--note", *viewer))
            self.assertNotIn(NAME, self.ok("export", "--log", self.log, *viewer))
        self.assert_nowhere()

    def test_name_and_page_go_with_the_next_record_when_somebody_was_reading(self):
        pledge = self.pledge(300)
        reader = sqlite3.connect(self.log / "store" / "notes.db", isolation_level=None)
        self.addCleanup(reader.close)
        reader.execute("BEGIN")
        self.assertEqual(reader.execute("SELECT count(*) FROM part WHERE bytes IS NOT NULL").fetchone(), (2,))
        self.add(self.step("desk.example", pledge, "withdrawn"))
        self.assertEqual(self.state(pledge), "withdrawn")
        self.assertTrue((self.log / "store" / "settling").exists())
        reader.close()
        self.add(self.claim("Something else"))
        self.assert_nowhere()

    def test_a_replay_brings_back_nothing_of_a_withdrawn_pledge(self):
        pledge = self.pledge(300)
        self.add(self.step("desk.example", pledge, "withdrawn"))
        self.ok("log", "replay", self.log)
        self.assertEqual(self.state(pledge), "withdrawn")
        self.assert_nowhere()

    def assert_nowhere(self):
        self.assertFalse((self.log / "store" / "settling").exists())
        for file in self.log.rglob("*"):
            if file.is_file():
                held = file.read_bytes()
                self.assertNotIn(NAME.encode(), held, file)
                self.assertNotIn(PAGE.encode(), held, file)

    def test_the_public_sees_hosts_count_and_hash_of_an_order_and_not_its_pages(self):
        page = "https://platform.example/post/4711"
        order = self.add(self.example("order", "ministry.example", (), {"urls": [page]}))
        show = ("record", "show", order, "--log", self.log)
        for args in ((*show, "--note"), show, (*show, "--json"), ("export", "--log", self.log)):
            public = self.ok(*args, "--as", "anybody")
            self.assertNotIn(page, public)
            self.assertIn("platform.example", public)
            self.assertIn("sha256:", public)
            for reader in ("desk.example", "ministry.example"):
                self.assertIn(page, self.ok(*args, "--as", reader))
            self.assertIn(page, self.ok(*args))

    def test_an_organisation_that_forgets_prev_is_told_which_to_give(self):
        draft = self.organisation("desk.example", decides=shown("A board of six seats"))
        self.turned_away(draft, "give prev = sha256:")

    def test_an_incident_is_opened_by_a_quorum_and_ends_with_a_debrief(self):
        alert = self.add(self.example("alert", "checker.example"))
        quorum = {"quorum": ["checker.example", "desk.example", "panel.example"], "quorum_needed": 2}
        incident = self.add(self.example("incident", "checker.example", [alert], quorum))
        self.add(self.step("checker.example", incident, "proposed"))
        vote = {"vote": "yes"}
        self.turned_away(self.example("vote", "sister.example", [incident], vote), "sister.example")
        self.add(self.example("vote", "checker.example", [incident], vote))
        self.assertEqual(self.state(incident), "proposed")
        self.add(self.example("vote", "desk.example", [incident], vote))
        self.assertEqual(self.state(incident), "active")
        for state in ("winding_down", "closed"):
            self.add(self.step("desk.example", incident, state))
        self.add(self.example("debrief", "desk.example", [incident]))
        self.assertEqual(self.state(incident), "debriefed")

    def test_a_signal_about_criteria_in_draft_is_refused_and_an_order_is_for_authorities(self):
        criteria = self.criteria()
        self.turned_away(self.signal(criteria, "checker.example"), "not in force")
        self.turned_away(self.signal(criteria, "ministry.example"), "may_author")
        self.turned_away(self.example("order", "checker.example"), "may_author")

    def test_a_signal_lives_from_proposal_to_sample_and_nobody_else_is_told(self):
        criteria = self.criteria()
        self.move_clock(22)
        for org in ("checker.example", "desk.example"):
            self.add(self.example("vote", org, [criteria], {"vote": "yes"}))
        self.turned_away(self.step("panel.example", criteria, "in_force"), "author")
        self.add(self.step("desk.example", criteria, "in_force"))
        self.assertEqual(self.state(criteria), "in_force")
        signal = self.add(self.signal(criteria, "sister.example"))
        self.assertEqual(self.state(signal), "proposed")
        opinion = lambda org, word: self.example("opinion", org, [signal], {"opinion": word, "reason": shown("Seen as news elsewhere")},
                                                 to=["sister.example"])
        self.turned_away(opinion("brother.example", "agree"), "about itself")
        self.assertEqual(self.state(signal), "proposed")
        self.add(opinion("desk.example", "agree"))
        self.assertEqual(self.state(signal), "active")
        self.add(opinion("checker.example", "disagree"))
        self.assertEqual(self.state(signal), "disputed")
        self.add(self.step("checker.example", signal, "quarantined"))
        self.turned_away(self.step("sister.example", signal, "proposed", sample_size=10, sample_percent=9), "unrelated")
        self.turned_away(self.step("desk.example", signal, "proposed", sample_size=10, sample_percent=1), "second_sample")
        self.add(self.step("desk.example", signal, "active", sample_size=10, sample_percent=9))
        self.assertEqual(self.state(signal), "active")
        for org in ("anybody", "platform.example"):
            self.assertIn("no record", self.refused("record", "show", signal, "--log", self.log, "--as", org))
        tiles = [file for file in self.log.rglob("*") if file.is_file() and "tile" in file.parts]
        self.assertTrue(tiles)
        for tile in tiles:
            self.assertNotIn(b"list_reference", tile.read_bytes(), tile)
        self.days = 400
        self.assertEqual(self.state(signal), "retired")

    # ---- signals ----

    def criteria(self):
        return self.add(self.example("criteria", "panel.example", (), {
            "category": "promotion", "comments_from": day(0), "comments_until": day(20)}))

    def signal(self, criteria, org):
        return self.example("signal", org, [criteria], {"criteria": criteria, "category": "promotion", "found": day(0)},
                            until=day(200), to=[o for o in ("checker.example", "desk.example", "sister.example", "brother.example") if o != org])


if __name__ == "__main__":
    main()
