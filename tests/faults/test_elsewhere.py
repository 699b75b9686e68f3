#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What comes past the door or through another log: stolen keys, floods, records of newer versions. The local door refuses
it with a reason; what is in a log already is kept without effect, and what honest people wrote keeps its own."""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from faults import RAW, SOURCE, environment, main

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cmd"))
sys.path.insert(0, str(SOURCE / "tools"))
import ed25519  # noqa: E402
from logs import shown  # noqa: E402
from test_life import Life, day  # noqa: E402

OLD = "2026-01-05T08:00:00.000Z"  # long before any theft
FLOOD = 200  # signals of one organisation in ten minutes
AWAY = "desk.example"


def canonical(record):
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def id_of(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class TwoLogs(Life):
    """self.log, and self.other: the home log of desk.example. Nothing passes between them but by sync."""

    def make_logs(self):
        self.other, self.latest = self.folder / "other", {}
        super().make_logs()
        self.make_log(self.other, f"{AWAY}/log")

    def organisation(self, org, **more):
        return super().organisation(org, **({"home_log": f"{AWAY}/log"} if org == AWAY else {}), **more)

    def submit(self, *notes):
        """Each to the home log of its author."""
        ids = []
        for note in notes:
            record = json.loads(note.read_text(encoding="utf-8").split("\n")[0])
            if record["kind"] == "organisation":
                self.latest[record["org"]] = note
            ids.append(self.ok("record", "submit", "--log", self.home(record["org"]), note).split("\t")[0])
        return ids

    def home(self, org):
        return self.other if org == AWAY else self.log

    def raw(self, *args):
        done = subprocess.run([RAW, *map(str, args)], capture_output=True, check=False, env=environment(**self.clock()))
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode()

    def sync(self):
        """Both logs know what the other one holds."""
        self.raw("sync", self.log, self.other)
        self.raw("sync", self.other, self.log)

    def key(self, org, purpose="author"):
        return next(self.keys.glob(f"{org}.{purpose}.*.key"))

    def text(self, draft, made=OLD, **members):
        """The text of a record that no draft would become."""
        return canonical({"made": made, "salt": base64.b64encode(os.urandom(16)).decode(), "sanad": 1, "v": 1, **draft, **members})

    def signed(self, *texts, key):
        """One note for each text, whatever it is."""
        notes = []
        for text in texts:
            path, note = self.path("text"), self.path("note")
            path.write_text(text, encoding="utf-8")
            note.write_text(self.raw("sign", key, path), encoding="utf-8")
            notes.append(note)
        return notes

    def past_the_door(self, log, *notes):
        return [int(line) for line in self.raw("append", log, *notes).split()]

    def effect(self, record, log=None):
        """(state of its object, whether it has an effect, why not)."""
        shown_as = json.loads(self.ok("record", "show", record, "--log", log or self.log, "--json"))
        mine, = [r for r in shown_as["records"] if r["id"] == record]
        return shown_as["state"], mine["in_effect"], mine.get("why", "")

    def check_both(self, *records):
        """As they stand now and after a replay."""
        for _ in range(2):
            for log in (self.log, self.other):
                self.ok("log", "verify", log)
                for record, state, why in records:
                    said = self.effect(record, log)
                    self.assertEqual(said[:2], (state, not why), said)
                    self.assertIn(why, said[2], (record, log))
            for log in (self.log, self.other):
                self.ok("log", "replay", log)
            self.sync()


class Thieves(TwoLogs):
    def stolen(self, org):
        """A copy of the author's key, and what its holder said with it before the theft."""
        thief = self.folder / f"thief-of-{org}.key"
        shutil.copy(self.key(org), thief)
        thief.chmod(0o600)
        honest = [self.add(self.claim(f"Said by its holder, number {i}", org=org)) for i in range(2)]
        return thief, honest, json.loads(self.ok("record", "show", honest[1], "--log", self.home(org), "--json"))["records"][0]["index"]

    def revoke(self, org, last_good):
        draft, note = self.path("draft"), self.path("note")
        self.ok("key", "revoke", "--org", org, "--purpose", "author", "--record", self.latest[org], "--last-good", last_good, "-o", draft)
        self.ok("record", "sign", draft, "-o", note)
        self.submit(note)

    def thefts(self, thief, org, n=1):
        return self.signed(*[self.text(self.claim(f"Said by the thief, {i} {os.urandom(4).hex()}", org=org)) for i in range(n)], key=thief)

    def id_in(self, note):
        return id_of(note.read_text(encoding="utf-8").split("\n\n")[0] + "\n")

    def test_a_stolen_key_is_refused_at_the_door_whatever_day_its_record_says(self):
        thief, honest, last = self.stolen("checker.example")
        self.revoke("checker.example", last)
        note, = self.thefts(thief, "checker.example")
        why = self.refused("record", "submit", "--log", self.log, note)
        self.assertIn("revoked", why)
        self.assertIn(f"entry {last}", why)
        for record in honest:
            self.assertEqual(self.state(record), "published")
        self.assertEqual(self.state(self.add(self.claim("Said with the new key"))), "published")

    def test_what_a_thief_brought_into_the_log_itself_has_no_effect(self):
        thief, honest, last = self.stolen("checker.example")
        early, = self.submit(*self.thefts(thief, "checker.example"))  # nobody knew yet
        self.assertEqual(self.state(early), "published")
        self.revoke("checker.example", last)
        notes = self.thefts(thief, "checker.example", 2)
        self.past_the_door(self.log, *notes)
        self.sync()
        self.check_both(*((record, "published", "") for record in honest),
                        *((record, "refused", "revoked") for record in (early, *map(self.id_in, notes))))

    def test_what_a_thief_brought_into_another_log_has_no_effect_there_nor_here(self):
        thief, honest, last = self.stolen(AWAY)
        own, mine, _ = self.stolen("checker.example")
        self.sync()
        self.assertEqual(self.effect(honest[0])[:2], ("published", True))
        self.revoke(AWAY, last)
        away, = self.thefts(thief, AWAY)
        elsewhere, = self.thefts(own, "checker.example")  # not where its organisation writes
        self.past_the_door(self.other, away, elsewhere)
        self.sync()
        self.check_both(*((record, "published", "") for record in (*honest, *mine)), (self.id_in(away), "refused", "revoked"),
                        (self.id_in(elsewhere), "refused", "not the home log of checker.example"))

    def test_a_revocation_that_arrives_late_reaches_back(self):
        thief, honest, last = self.stolen(AWAY)
        stolen, = self.submit(*self.thefts(thief, AWAY))
        self.sync()
        self.assertEqual(self.effect(stolen)[:2], ("published", True))
        self.revoke(AWAY, last)
        self.assertEqual(self.effect(stolen)[:2], ("published", True))  # it is not here yet
        self.sync()
        self.check_both((stolen, "refused", "revoked"), *((record, "published", "") for record in honest))


class Floods(TwoLogs):
    def criteria(self):
        """In force in both logs."""
        criteria = self.add(self.example("criteria", "panel.example", (), {
            "category": "promotion", "comments_from": day(0), "comments_until": day(20)}))
        self.move_clock(22)
        for org in ("checker.example", "panel.example"):
            self.add(self.example("vote", org, [criteria], {"vote": "yes"}))
        self.add(self.step("checker.example", criteria, "in_force"))
        self.sync()
        return criteria

    def signals(self, criteria, org, n):
        """Each says that it was made on another day of the months before."""
        draft = self.example("signal", org, [criteria], {"criteria": criteria, "category": "promotion", "found": day(0)},
                             until=day(200), to=["checker.example", "panel.example"])
        texts = [self.text(draft, made=f"2026-{7 + i % 4:02}-{1 + i // 4 % 28:02}T08:00:00.000Z", salt=base64.b64encode(i.to_bytes(16, "big")).decode())
                 for i in range(n)]
        return [id_of(text) for text in texts], self.signed_in_one(texts, self.key(org))

    def signed_in_one(self, texts, key):
        paths = []
        for text in texts:
            paths.append(self.path("text"))
            paths[-1].write_text(text, encoding="utf-8")
        whole = self.path("notes")
        whole.write_text(self.raw("sign", key, *paths), encoding="utf-8")
        return whole

    def test_a_flood_over_past_days_is_stopped_at_the_door(self):
        criteria = self.criteria()
        ids, notes = self.signals(criteria, "sister.example", FLOOD + 3)
        why = self.refused("record", "submit", "--log", self.log, notes)
        self.assertEqual(why.count("not_flooding"), 3, why[-2000:])
        self.assertEqual(self.state(ids[FLOOD - 1]), "proposed")
        self.refused("record", "show", ids[FLOOD], "--log", self.log)
        self.assertEqual(self.state(self.add(self.claim("Other kinds go on", org="sister.example"))), "published")

    def test_a_flood_over_past_days_through_another_log_matches_nothing(self):
        criteria = self.criteria()
        ids, whole = self.signals(criteria, AWAY, FLOOD + 3)
        notes, paths = whole.read_text(encoding="utf-8").split("\n{"), []
        for i, note in enumerate(notes):
            paths.append(self.path("note"))
            paths[-1].write_text(("{" if i else "") + note + ("\n" if i < len(notes) - 1 else ""), encoding="utf-8")
        self.past_the_door(self.other, *paths[:FLOOD])
        self.past_the_door(self.other, *paths[FLOOD:])
        for _ in range(2):
            self.sync()
            for log in (self.log, self.other):
                states = [self.effect(i, log)[0] for i in (ids[0], ids[FLOOD - 1], *ids[FLOOD:])]
                self.assertEqual(states, ["proposed", "proposed", *3 * ["quarantined"]])
            self.assertIn("not_flooding", self.effect(ids[-1])[2])
            self.ok("log", "replay", self.log)


class Newer(TwoLogs):
    def arrive(self, text, org=AWAY):
        """Through the other log; refused at the own door."""
        note, = self.signed(text, key=self.key(org))
        self.refused("record", "submit", "--log", self.home(org), note)
        self.past_the_door(self.home(org), note)
        self.sync()
        return id_of(text)

    def kept(self, record, text, org=AWAY):
        """Byte by byte and with a signature that holds; verified and mirrored like any other."""
        public = base64.b64decode(self.vkeys[org, "author"].split("+", 2)[2])[1:]
        for log in (self.log, self.other):
            for _ in range(2):
                note = self.ok("record", "show", record, "--log", log, "--note")
                self.assertTrue(note.startswith(text + "\n— "), note)
                signature = base64.b64decode(note.rstrip("\n").rsplit(" ", 1)[1])[4:]
                ed25519.check_signature(public, text.encode(), signature)
                self.ok("log", "verify", log)
                self.ok("log", "replay", log)
                self.sync()
        mirror = self.path("mirror")
        self.ok("log", "mirror", "--key", self.other / "public" / "key", self.other, mirror)
        self.assertTrue(any(text.encode() in p.read_bytes() for p in mirror.rglob("*") if p.is_file()))
        self.ok("record", "list", "--log", self.log)
        self.ok("export", "--log", self.log)

    def test_a_field_of_a_newer_version_is_kept_and_changes_nothing(self):
        text = self.text({**self.claim("Salt water cures malaria", org=AWAY, colour={"of": "the sea"})}, v=2)
        record = self.arrive(text)
        self.kept(record, text)
        self.check_both((record, "published", ""))
        page = self.ok("record", "show", record, "--log", self.log)
        self.assertIn("Salt water", page)
        self.assertIn("colour", page)
        self.ok("bank", "build", "--log", self.log, "-o", self.folder / "newer.bank")
        hit = json.loads(self.ok("check", "--bank", self.folder / "newer.bank", "--json", "Salt water cures malaria"))["hits"][0]
        self.assertEqual(hit["id"], record)

    def test_a_field_that_must_be_understood_freezes_its_record_and_says_so(self):
        text = self.text({**self.claim("Salt water cures malaria", org=AWAY, colour="blue")}, v=2, must=["body.colour"])
        record = self.arrive(text)
        self.kept(record, text)
        state, in_effect, why = self.effect(record)
        self.assertFalse(in_effect)
        self.assertIn("body.colour", why)
        self.assertIn("not understood", self.ok("record", "show", record, "--log", self.log).replace("must be understood, and this version does not", "not understood"))
        self.assertNotEqual(state, "published")
        self.assertIn("no row", self.refused("bank", "build", "--log", self.log, "-o", self.folder / "newer.bank"))

    def test_a_newer_text_of_a_claim_freezes_it_where_it_is_safest_and_only_for_its_author(self):
        claim = self.add(self.claim("Salt water cures malaria", org=AWAY))
        self.sync()
        newer = {"v": 2, "must": ["body.colour"]}
        step = {"to": "withdrawn", "reason": shown("It was not said"), "colour": "blue"}
        other = self.arrive(self.text(self.draft("step", "panel.example", step, about=[claim]), **newer), "panel.example")
        self.assertFalse(self.effect(other)[1])
        self.assertEqual(self.state(claim), "published")
        self.arrive(self.text(self.draft("step", AWAY, step, about=[claim]), **newer))
        for log in (self.log, self.other):
            page = json.loads(self.ok("record", "show", claim, "--log", log, "--json"))
            self.assertIn("body.colour", page["why"])
        note = self.sign(self.draft("step", AWAY, {k: step[k] for k in ("to", "reason")}, about=[claim]))
        self.assertIn("frozen", self.refused("record", "submit", "--log", self.other, note))

    def test_a_kind_of_a_newer_version_is_kept_with_and_without_must(self):
        forecast = {"kind": "forecast", "org": AWAY, "mark": "clear", "body": {"wind": ["north", {"speed": 7}], "über": True}}
        for members in ({}, {"must": ["body.wind"]}):
            with self.subTest(**members):
                text = self.text(forecast, **members)
                record = self.arrive(text)
                self.kept(record, text)
                state, in_effect, why = self.effect(record)
                self.assertFalse(in_effect)
                self.assertIn("kind" if not members else "body.wind", why)
                page = self.ok("record", "show", record, "--log", self.log)
                for part in ("forecast", AWAY, state, why.split(":")[0]):
                    self.assertIn(part, page)
                self.assertIn(record, self.ok("record", "list", "--kind", "forecast", "--log", self.log))

    def test_a_record_of_a_format_to_come_stays_a_commitment(self):
        text = self.text(self.claim("Salt water cures malaria", org=AWAY), sanad=2)
        record = self.arrive(text)
        for log in (self.log, self.other):
            for _ in range(2):
                self.ok("log", "verify", log)
                state, in_effect, why = self.effect(record, log)
                self.assertEqual((state, in_effect), ("unknown", False))
                self.assertIn("sanad: format 2", why)
                self.refused("record", "show", record, "--log", log, "--as", "anybody")
                self.ok("log", "replay", log)
                self.sync()
        self.assertEqual(self.state(self.add(self.claim("What comes later is taken"))), "published")


if __name__ == "__main__":
    main()
