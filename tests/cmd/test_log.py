#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sanad log, record, import, export: a log as its operator and its readers meet it."""
import contextlib
import functools
import hashlib
import http.server
import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from logs import Network, shown
from program import SANAD, SOURCE, environment, jsonl, main, run, start

WATER = "Salt water cures malaria"


class Records(Network):
    def test_a_claim_with_two_verdicts_is_answered_from_the_log(self):
        claim = self.add(self.claim(WATER))
        self.add(self.verdict(claim), reviewer="checker.example")
        self.add(self.verdict(claim, "misleading", org="desk.example"), reviewer="panel.example")
        self.assertEqual(self.state(claim), "published")
        self.ok("bank", "build", "--log", self.log, "-o", self.folder / "facts.bank")
        answer = json.loads(self.ok("check", "--bank", self.folder / "facts.bank", "--json", "Salt water cures malaria!!"))
        hit = answer["hits"][0]
        self.assertEqual(hit["id"], claim)
        self.assertEqual(hit["tier"], "confirmed")
        self.assertEqual({(v["org"], v["label"]) for v in hit["verdicts"]},
                         {("checker.example", "false"), ("desk.example", "misleading")})

    def test_what_is_too_large_for_a_log_is_not_signed(self):
        claim = self.add(self.claim(WATER))
        most = 65434

        def long(n):
            texts = [{"field": f"text{i}", "text": "x" * min(20000, max(1, n - 20000 * i))} for i in range(4)]
            return self.draft("translation", "checker.example",
                              {"lang": "de", "texts": texts, "method": "human", "native_reviewer": True}, about=[claim])

        n = 62000 + most - len(self.sign(long(62000)).read_bytes())
        note = self.sign(long(n))
        self.assertEqual(len(note.read_bytes()), most)
        self.submit(note)
        draft, signed = self.path("draft"), self.path("note")
        draft.write_text(json.dumps(long(n + 1)), encoding="utf-8")
        errors = self.refused("record", "sign", draft, "-o", signed)
        self.assertIn(f"{most + 1} bytes", errors)
        self.assertIn(f"at most {most}", errors)
        self.assertFalse(signed.exists())

    def test_names_that_cannot_be_are_told_with_what_was_meant(self):
        self.add(self.claim(WATER))
        listed = ("record", "list", "--log", self.log)
        self.assertIn("checker.example", self.refused(*listed, "--as", "NOBODY!", code=2))
        self.assertIn("claim", self.refused(*listed, "--kind", "clam", code=2))
        self.assertIn("sanad record new", self.refused(*listed, "--kind", "nonsense", code=2))
        self.refused(*listed, "--org", "No Domain")
        self.refused("export", "--log", self.log, "--as", "NOBODY!", code=2)
        self.ok(*listed, "--kind", "verdict", code=1)

    def test_what_was_done_is_told_to_programs_too(self):
        told = lambda *args: json.loads(self.ok(*args, "--json"))
        secret = self.add({**self.claim(WATER), "mark": "green", "to": ["desk.example"]})
        self.assertEqual(told("record", "erase", "--log", self.log, secret), {"id": secret})
        saved, back = self.folder / "saved", self.folder / "back"
        self.assertEqual(told("log", "backup", self.log, saved), {"from": str(self.log), "to": str(saved)})
        self.assertEqual(told("log", "restore", saved, back), {"from": str(saved), "to": str(back)})
        self.assertEqual(told("log", "confirm", "--without-witnesses", back), {"log": str(back), "witnesses": 0})
        next((back / "public" / "tile" / "0").rglob("*.p/*")).unlink()
        self.assertEqual(told("log", "repair", back, self.log), {"log": str(back), "put_back": 1})
        key = told("key", "new", "--org", "more.example", "--purpose", "author")
        self.assertEqual((key["org"], key["purpose"], key["public"].split("+")[0]), ("more.example", "author", key["name"]))

    def test_a_bank_follows_the_log(self):
        bank = self.folder / "facts.bank"
        claim = self.add(self.claim(WATER))
        self.ok("bank", "build", "--log", self.log, "-o", bank)
        note = self.sign(self.verdict(claim), reviewer="desk.example")
        self.ok("record", "submit", "--log", self.log, "--bank", bank, note)
        hit = json.loads(self.ok("check", "--bank", bank, "--json", WATER))["hits"][0]
        self.assertEqual([v["label"] for v in hit["verdicts"]], ["false"])
        step = self.draft("step", "checker.example", {"to": "withdrawn", "reason": shown("It was not said")}, about=[claim])
        self.ok("record", "submit", "--log", self.log, "--bank", bank, self.sign(step))
        self.assertEqual(self.state(claim), "withdrawn")
        self.ok("check", "--bank", bank, "--json", WATER, code=1)

    def verdicts_told(self, text):
        bank = self.folder / "told.bank"
        self.ok("bank", "build", "--log", self.log, "-o", bank)
        return json.loads(self.ok("check", "--bank", bank, "--json", text))["hits"][0]["verdicts"]

    def test_verdicts_on_a_claim_are_not_told_of_another_text_that_took_its_place(self):
        claim = self.add(self.claim(WATER))
        self.add(self.verdict(claim, org="desk.example"), reviewer="panel.example")
        later = self.add({**self.claim("Salt water does not cure malaria"), "prev": claim})
        self.assertEqual(self.verdicts_told("Salt water does not cure malaria"), [])
        self.add(self.verdict(later, "accurate", org="panel.example"), reviewer="desk.example")
        self.assertEqual([(v["org"], v["label"]) for v in self.verdicts_told("Salt water does not cure malaria")],
                         [("panel.example", "accurate")])

    def test_a_corrected_verdict_is_told_with_its_correction(self):
        verdict = self.add(self.verdict(self.add(self.claim(WATER))), reviewer="desk.example")
        body = {"wrong": shown("The date"), "right": shown("The notice is of 12 November"),
                "reason": shown("A reader pointed us to the registry"), "told": shown("All who shared it")}
        self.add(self.draft("correction", "checker.example", body, about=[verdict]))
        told, = self.verdicts_told(WATER)
        self.assertIn("Both sources show that it does not.", told["reasons"])
        self.assertIn("The notice is of 12 November", told["reasons"])

    def test_a_verdict_without_a_reviewer_is_refused_and_the_others_of_its_group_are_taken(self):
        claim = self.add(self.claim(WATER))
        alone = self.sign(self.verdict(claim))
        other = self.sign(self.claim("Onions draw germs out of the air"))
        done = run("record", "submit", "--log", self.log, alone, other)
        self.assertEqual(done.code, 3)
        self.assertIn("second_reviewer", done.errors)
        self.assertEqual(len(done.text.splitlines()), 1)

    def test_a_file_that_cannot_be_read_keeps_no_other_out(self):
        (self.folder / "empty").touch()
        notes = [self.sign(self.claim(text)) for text in ("One thing", "Another thing")]
        done = run("record", "submit", "--log", self.log, notes[0], self.folder / "none", self.folder / "empty", notes[1])
        self.assertEqual((done.code, len(done.text.splitlines())), (3, 2), done.errors)
        for name in ("none", "empty"):
            self.assertIn(f"/{name}: ", done.errors)

    def test_an_organisation_begins_with_the_log_in_use_as_its_home(self):
        draft = self.ok("record", "new", "organisation", "--org", "desk.example", SANAD_LOG=str(self.log))
        self.assertIn('"home_log": "checker.example/log"', draft)

    def test_records_of_one_file_may_speak_of_each_other(self):
        claim = self.sign(self.claim(WATER))
        record = "sha256:" + hashlib.sha256(claim.read_bytes().split(b"\n\n")[0] + b"\n").hexdigest()
        verdict = self.sign(self.verdict(record), reviewer="desk.example")
        both = self.folder / "both.notes"
        both.write_bytes(claim.read_bytes() + verdict.read_bytes())
        ids = self.submit(both)
        self.assertEqual(ids[0], record)
        self.assertEqual(self.state(ids[1]), "published")

    def test_a_record_that_is_there_already_is_told(self):
        note = self.sign(self.claim(WATER))
        self.submit(note)
        self.assertIn("stands in checker.example/log", self.refused("record", "submit", "--log", self.log, note))

    def test_a_stranger_is_not_taken(self):
        self.ok("key", "new", "--org", "stranger.example", "--purpose", "author", "--keys", self.keys)
        note = self.sign(self.claim(WATER, org="stranger.example"))
        self.assertIn("stranger.example", self.refused("record", "submit", "--log", self.log, note))

    def test_an_altered_note_is_not_taken(self):
        note = self.sign(self.claim(WATER))
        text = note.read_text(encoding="utf-8")
        note.write_text(text.replace("Salt", "Soft"), encoding="utf-8")
        self.refused("record", "submit", "--log", self.log, note)

    def test_what_is_shown_has_fields_state_and_history(self):
        claim = self.add(self.claim("Nước muối ấm chữa khỏi bệnh sốt rét", "vi"))
        self.add(self.verdict(claim), reviewer="desk.example")
        page = self.ok("record", "show", claim, "--log", self.log)
        for part in (claim, "published", "entry 3 of 5 in checker.example/log", "Nước muối", "verdict", "checker.example"):
            self.assertIn(part, page)
        note = self.ok("record", "show", claim, "--log", self.log, "--note")
        self.assertTrue(note.startswith("{") and "\n\n— checker.example " in note, note)
        self.assertIn("sha256:", self.refused("record", "show", "nonsense", "--log", self.log))

    def test_what_a_record_is_about_to_whom_and_until_when_is_shown(self):
        claim = self.add(self.claim("Salt water cures malaria"))
        later = {**self.verdict(claim), "until": "2031-05-06", "basis": "Press Act 7", "signers": ["checker.example", "desk.example"],
                 "mark": "amber", "to": ["desk.example", "panel.example"], "made": "2026-01-02T03:04:05.678Z"}
        page = self.ok("record", "show", self.add(later, reviewer="desk.example"), "--log", self.log)
        for name, value in (("about", claim), ("made", "2026-01-02T03:04:05.678Z"), ("until", "2031-05-06"),
                            ("basis", "Press Act 7"), ("to", "desk.example"), ("to", "panel.example"), ("signers", "checker.example")):
            self.assertRegex(page, rf"(?m)^{name} *\n? +{value}$")

    def test_what_is_not_for_everybody_is_not_in_public_files(self):
        secret = "Only for the desk: the flood maps are wrong"
        record = self.add({**self.claim(secret), "mark": "amber", "to": ["desk.example"]})
        for path in self.log.joinpath("public").rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)
        self.refused("record", "show", record, "--log", self.log, "--as", "anybody", "--note")
        self.assertIn(secret, self.ok("record", "show", record, "--log", self.log, "--as", "desk.example", "--note"))
        self.assertNotIn(secret, self.ok("export", "--log", self.log, "--as", "anybody"))
        self.assertIn(secret, self.ok("export", "--log", self.log))

    def test_what_is_erased_is_gone_from_every_file_and_the_proof_holds(self):
        secret = "Only for the desk: the flood maps are wrong"
        record = self.add({**self.claim(secret), "mark": "amber", "to": ["desk.example"]})
        for _ in "once", "and again":
            self.ok("record", "erase", record, "--log", self.log)
        for path in self.log.rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)
        self.assertEqual(self.state(record), "erased")
        self.ok("log", "verify", self.log)
        self.ok("log", "replay", self.log)
        self.assertEqual(self.state(record), "erased")


    def test_what_can_be_erased_is_shown_until_it_is_and_then_said_to_be(self):
        claim = self.add(self.claim(WATER, appearances=[{"url": "https://pages.example/5", "date": "2026-11-01"}]))
        self.assertIn("https://pages.example/5", self.ok("record", "show", "--log", self.log, claim))
        for _ in "once", "and again":
            self.ok("record", "erase", "--log", self.log, "--field", "appearances", claim)
        self.refused("record", "erase", "--log", self.log, "--field", "nothing", claim)
        self.assertRegex(self.ok("record", "show", "--log", self.log, claim), "appearances +erased")

    def test_an_erased_record_has_no_invented_date(self):
        secret = self.add({**self.draft("statement", "checker.example", json.loads(self.strip(self.ok(
            "record", "new", "statement")))["body"]), "mark": "amber", "to": ["desk.example"]})
        self.ok("record", "erase", "--log", self.log, secret)
        self.assertNotIn("since", self.show(secret))
        for told in (self.ok("record", "show", "--log", self.log, secret), self.ok("record", "list", "--log", self.log)):
            self.assertNotIn("1970", told)

    def test_what_only_recipients_may_read_is_in_no_file_or_folder_open_to_all(self):
        word = "For the desk alone"
        body = json.loads(self.strip(self.ok("record", "new", "statement")))["body"] | {"text": shown(word)}
        self.add({**self.draft("statement", "checker.example", body), "mark": "amber", "to": ["desk.example"]})
        backup, again, everything = self.folder / "backup", self.folder / "again", self.folder / "all.jsonl"
        self.ok("log", "backup", self.log, backup)
        self.ok("log", "restore", backup, again)
        self.ok("export", "--log", self.log, "-o", everything)
        found = [file for file in self.folder.rglob("*") if file.is_file() and word.encode() in file.read_bytes()
                 and file.parent != self.folder or file == everything]
        self.assertGreater(len(found), 6)
        for file in found:
            modes = [p.stat().st_mode & 0o077 for p in (file, file.parent)]
            self.assertIn(0, modes[:1] if file == everything else modes, file)


class Logs(Network):
    def fill(self, n=3):
        return [self.add(self.claim(f"{WATER} number {i}")) for i in range(n)]

    def test_one_altered_byte_is_told_with_its_place(self):
        self.fill()
        self.ok("log", "verify", self.log)
        for path in sorted(p for p in self.log.joinpath("public").rglob("*") if p.is_file() and p.name != "key"):
            copy = self.copy_of(self.log)
            victim = copy / path.relative_to(self.log)
            data = bytearray(victim.read_bytes())
            data[len(data) // 2] ^= 1
            victim.write_bytes(data)
            done = run("log", "verify", copy)
            self.assertEqual(done.code, 3, path)
            independent = subprocess.run([sys.executable, SOURCE / "tools/verify_log.py", copy / "public"],
                                         capture_output=True, check=False)
            self.assertEqual(independent.returncode, 3, (path, independent.stdout, independent.stderr))

    def test_an_outsider_checks_everything_without_the_program(self):
        self.fill()
        done = subprocess.run([sys.executable, SOURCE / "tools/verify_log.py", self.log / "public"],
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_proof_convinces_who_has_nothing_but_the_key(self):
        record = self.fill()[1]
        proof = self.folder / "one.tlog-proof"
        self.ok("log", "proof", self.log, record, "-o", proof)
        vkey = self.log / "public" / "key"
        facts = json.loads(self.ok("log", "verify", proof, "--key", vkey, "--json"))
        self.assertEqual(facts["record"], record)
        other = self.ok("key", "new", "--org", "other.example", "--purpose", "log", "--keys", self.keys).strip()
        self.refused("log", "verify", proof, "--key", other)
        damaged = proof.read_bytes().replace(b"index 4", b"index 3")
        proof.write_bytes(damaged)
        self.refused("log", "verify", proof, "--key", vkey)

    def test_a_replay_gives_the_same_states(self):
        claim = self.add(self.claim(WATER))
        self.add(self.verdict(claim), reviewer="desk.example")
        before = self.ok("export", "--log", self.log)
        self.ok("log", "replay", self.log)
        self.assertEqual(self.ok("export", "--log", self.log), before)

    def test_a_lost_disk_comes_back_from_the_backup_and_takes_records_only_when_confirmed(self):
        claim = self.fill()[0]
        backup, again = self.folder / "backup", self.folder / "again"
        self.ok("log", "backup", self.log, backup)
        shutil.rmtree(self.log)
        self.ok("log", "restore", backup, again)
        shutil.copy(f"{self.log}.key", f"{again}.key")
        self.ok("log", "verify", again)
        note = self.sign(self.claim("Onions draw germs out of the air"))
        self.assertIn("confirm", self.refused("record", "submit", "--log", again, note, code=4))
        self.assertIn("names no witness", self.refused("log", "confirm", again))
        self.ok("log", "confirm", again, "--without-witnesses")
        self.ok("record", "submit", "--log", again, note)
        self.assertEqual(json.loads(self.ok("record", "show", claim, "--log", again, "--json"))["state"], "published")

    def test_a_mirror_resumes_and_keeps_both_sides_of_a_fork(self):
        self.fill()
        vkey, mirror = self.log / "public" / "key", self.folder / "mirror"
        self.ok("log", "mirror", "--key", vkey, self.log, mirror)
        fork = self.copy_of(self.log)
        self.fill(2)
        self.ok("log", "mirror", "--key", vkey, self.log, mirror)
        self.ok("log", "verify", "--key", vkey, mirror)
        self.log, kept = fork, self.log
        self.fill(3)
        self.refused("log", "mirror", "--key", vkey, fork, mirror)
        self.assertEqual(len(list(mirror.glob("fork-*"))), 2)
        self.log = kept
        self.ok("log", "verify", "--key", vkey, mirror)

    @contextlib.contextmanager
    def witness(self, org="watcher.example"):
        """One more witness of this log that stands in its node.json; its public line."""
        vkey = self.ok("key", "new", "--org", org, "--purpose", "witness", "--keys", self.keys).strip()
        key = next(self.keys.glob(f"{org}.witness.*.key"))
        server = subprocess.Popen([SANAD, "log", "witness", self.folder / f"memory-{org}", self.log / "public" / "key", "--key", key,
                                   "--stop-after-idle", "20"], stdout=subprocess.PIPE, env=environment())
        try:
            url = server.stdout.readline().decode().strip()
            config = json.loads((self.log / "node.json").read_text())
            config["witnesses"] = [*config.get("witnesses", []), {"key": vkey, "url": url}]
            (self.log / "node.json").write_text(json.dumps(config))
            yield vkey
        finally:
            server.terminate()
            self.assertEqual(server.wait(timeout=20), 0)
            server.stdout.close()

    def cosigned(self, *keys, of=None, code=0):
        """What log verify says with these keys: cosigned by, not cosigned by, unknown; names without times and ids."""
        args = [arg for key in keys for arg in ("--key", key)]
        facts = json.loads(self.ok("log", "verify", of or self.log, *args, "--json", code=code))
        return [re.findall(r"[a-z.]+\.example[a-z/]*", facts.get(name, "")) for name in ("cosigned_by", "not_cosigned_by", "unknown_cosigners")]

    def test_the_witnesses_whose_keys_are_given_are_checked_and_named(self):
        self.fill(1)
        own, first, second = self.log / "public" / "key", "watcher.example/witness", "guard.example/witness"
        with self.witness() as one, self.witness("guard.example") as two:
            self.ok("log", "cosign", self.log)
            third = self.ok("key", "new", "--org", "third.example", "--purpose", "witness", "--keys", self.keys).strip()
            self.assertEqual(self.cosigned(own), [[], [], [first, second]])
            self.assertEqual(self.cosigned(own, one), [[first], [], [second]])
            self.assertEqual(self.cosigned(two, own, one, two), [[second, first], [], []])
            self.assertEqual(self.cosigned(own, third, one), [[first], ["third.example/witness"], [second]])
            page = self.ok("log", "verify", self.log, "--key", one)
            self.assertRegex(page, rf"cosigned by +{first} 20\d\d-\d\d-\d\dT")
            self.assertIn("as it lies with the log", page)
            proof, mirror = self.folder / "one.tlog-proof", self.folder / "mirror"
            self.ok("log", "proof", self.log, "0", "-o", proof)
            self.assertEqual(self.cosigned(one, own, of=proof), [[first], [], [second]])
            self.assertIn("none of the keys is a log's", self.refused("log", "verify", proof, "--key", one, code=2))
            facts = json.loads(self.ok("log", "mirror", "--key", two, "--key", own, self.log, mirror, "--json"))
            self.assertIn(second, facts["cosigned_by"])
            self.assertEqual(self.cosigned(own, one, two, of=mirror), [[first, second], [], []])

    def test_a_witness_signature_that_does_not_hold_is_a_fault_for_who_knows_its_key(self):
        self.fill(1)
        own, path = self.log / "public" / "key", self.log / "public" / "checkpoint"
        with self.witness() as one:
            self.ok("log", "cosign", self.log)
        proof = self.folder / "one.tlog-proof"
        self.ok("log", "proof", self.log, "0", "-o", proof)
        for file in (path, proof):
            note = file.read_text(encoding="utf-8").rstrip("\n")
            file.write_text(note[:-20] + ("A" if note[-20] != "A" else "B") + note[-19:] + "\n", encoding="utf-8")
        self.assertEqual(self.cosigned(own), [[], [], ["watcher.example/witness"]])
        self.assertEqual(self.cosigned(own, one, code=3), [[], [], []])
        self.assertIn("watcher.example", run("log", "verify", self.log, "--key", own, "--key", one).errors)
        self.assertIn("watcher.example", self.refused("log", "verify", proof, "--key", own, "--key", one))
        self.assertIn("watcher.example", self.refused("log", "mirror", self.log, self.folder / "mirror", "--key", own, "--key", one))
        self.ok("log", "mirror", self.log, self.folder / "mirror", "--key", own)
        independent = subprocess.run([sys.executable, SOURCE / "tools/verify_log.py", self.log, "--key", one, "--key", own.read_text().strip()],
                                     capture_output=True, check=False)
        self.assertEqual(independent.returncode, 3, independent.stdout)

    def test_a_mirror_over_http_goes_on_where_it_stopped(self):
        self.fill()
        quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
        handler = functools.partial(quiet, directory=str(self.log / "public"))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                url, mirror, vkey = f"http://127.0.0.1:{server.server_port}/", self.folder / "mirror", self.log / "public" / "key"
                self.assertIn("127.0.0.1", self.refused("log", "mirror", "--key", vkey, url, mirror))
                self.ok("log", "mirror", "--private", "--key", vkey, url, mirror)
                self.fill(2)
                facts = json.loads(self.ok("log", "mirror", "--private", "--json", "--key", vkey, url, mirror))
                self.assertEqual(facts["entries"], 8)
                self.ok("log", "verify", "--key", vkey, mirror)
            finally:
                server.shutdown()
                thread.join()

    def restored_behind_what_a_witness_saw(self):
        """The log of a backup, after which the first one went on; the witness runs."""
        backup, again = self.folder / "backup", self.folder / "again"
        self.ok("log", "backup", self.log, backup)
        self.fill(1)
        self.ok("log", "cosign", self.log)
        self.ok("log", "restore", backup, again)
        shutil.copy(f"{self.log}.key", f"{again}.key")
        return again

    def test_a_backup_that_lacks_what_a_witness_saw_takes_nothing(self):
        self.fill(1)
        with self.witness():
            again = self.restored_behind_what_a_witness_saw()
            self.assertIn("watcher.example", self.refused("log", "confirm", again))
            self.refused("record", "submit", "--log", again, self.sign(self.claim("Onions draw germs")), code=4)
            self.ok("log", "repair", again, self.log)
            self.ok("log", "confirm", again)
            self.log = again
            self.fill(1)
            self.ok("log", "cosign", again)

    def test_a_witness_that_is_named_is_asked_whatever_the_operator_says(self):
        self.fill(1)
        with self.witness():
            again = self.restored_behind_what_a_witness_saw()
        self.assertIn("node.json", self.refused("log", "confirm", "--without-witnesses", again))
        self.refused("record", "submit", "--log", again, self.sign(self.claim("Onions draw germs")), code=4)

    def test_a_witness_cosigns_and_refuses_a_fork(self):
        self.fill()
        with self.witness():
            fork = self.copy_of(self.log)
            self.fill(1)
            self.ok("log", "cosign", self.log)
            self.ok("log", "cosign", self.log)  # again, when nothing is new
            self.assertIn("watcher.example", self.ok("log", "show", self.log))
            self.ok("log", "verify", self.log)
            self.log, kept = fork, self.log
            self.fill(1)
            self.refused("log", "cosign", fork)
            self.assertTrue(list((self.folder / "memory-watcher.example" / "forks").iterdir()))
            self.log = kept

    def test_a_second_writer_is_told_that_the_log_is_in_use(self):
        note = self.sign(self.claim(WATER))
        holder = subprocess.Popen([sys.executable, "-c", "import fcntl,sys,time; f=open(sys.argv[1],'r+'); "
                                   "fcntl.flock(f,fcntl.LOCK_EX); print('held',flush=True); time.sleep(30)", self.log / "lock"],
                                  stdout=subprocess.PIPE)
        try:
            holder.stdout.readline()
            self.assertIn("lock", self.refused("record", "submit", "--log", self.log, note, code=4))
        finally:
            holder.kill()
            holder.wait()
            holder.stdout.close()

    def test_a_log_without_a_record_can_be_looked_at(self):
        fresh = self.folder / "fresh"
        self.ok("log", "init", fresh)
        self.assertEqual(json.loads(self.ok("log", "show", fresh, "--json"))["entries"], 0)
        self.ok("log", "verify", fresh)
        self.assertIn("exists already", self.refused("log", "init", self.log))

    def test_a_log_is_found_by_a_link_and_from_inside(self):
        link = self.folder / "link"
        link.symlink_to(self.log)
        note = self.sign(self.claim(WATER))
        claim, = self.ok("record", "submit", "--log", link, note).split("\t")[:1]
        self.assertIn(WATER, self.ok("record", "show", "--log", link, claim))
        self.ok("log", "backup", link, self.folder / "copy")
        done = subprocess.run([SANAD, "log", "replay", "."], cwd=self.log, env=environment(), capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_is_damaged_and_therefore_in_no_backup_is_told(self):
        note = self.log / "attachments" / hashlib.sha256(b"evidence").hexdigest()
        backup, again = self.folder / "backup", self.folder / "again"
        note.write_bytes(b"evidance")
        self.assertIn(note.name, self.refused("log", "backup", self.log, backup))
        self.assertFalse((backup / "attachments" / note.name).exists())
        self.ok("log", "verify", backup)
        note.write_bytes(b"evidence")
        self.ok("log", "backup", self.log, backup)
        (backup / "attachments" / note.name).write_bytes(b"evidance")
        self.assertIn(note.name, self.refused("log", "restore", backup, again))
        self.ok("log", "verify", again)

    def test_a_backup_is_not_written_over_the_log_itself(self):
        before = {f: f.read_bytes() for f in self.log.rglob("*") if f.is_file()}
        for target in (self.log, self.log / "copy", f"{self.log}/public/../copy"):
            self.assertIn("lies in the log", self.refused("log", "backup", self.log, target))
        self.assertEqual({f: f.read_bytes() for f in self.log.rglob("*") if f.is_file()}.keys(), before.keys())

    def test_while_the_view_is_made_anew_nobody_is_told_that_there_is_nothing(self):
        claim, store = self.fill(1)[0], self.log / "store"
        states = {"being rebuilt": lambda: (store / "view.rebuilding").touch(), "view.db": lambda: (store / "view.db").unlink()}
        for n, (says, hide) in enumerate(states.items()):
            hide()
            for verb in (("record", "list"), ("record", "show", claim), ("export",)):
                why = self.refused(*verb, "--log", self.log)
                self.assertIn(says, why)
                self.assertIn("sanad log replay", why)
            self.ok("log", "proof", self.log, claim, "-o", self.path("proof"))
            self.ok("log", "backup", self.log, self.folder / f"backup{n}")
            self.ok("log", "replay", self.log)
            self.assertEqual(self.state(claim), "published")

    def test_a_log_just_restored_tells_how_it_can_be_looked_at(self):
        self.ok("log", "backup", self.log, self.folder / "backup")
        self.ok("log", "restore", self.folder / "backup", self.folder / "again")
        self.assertIn("sanad log replay", self.refused("record", "list", "--log", self.folder / "again"))

    def test_ctrl_c_ends_a_mirror_of_a_slow_log_and_it_goes_on(self):
        waiting = threading.Event()

        class Slow(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self):
                if "tile" in self.path and not waiting.is_set():
                    waiting.set()
                    time.sleep(20)
                super().do_GET()

        self.add(self.claim(WATER))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Slow, directory=str(self.log / "public")))
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        args = ("log", "mirror", "--private", "--key", str(self.log / "public/key"),
                f"http://127.0.0.1:{server.server_address[1]}/", str(self.folder / "mirror"))
        with start(*args, stderr=subprocess.DEVNULL) as mirror:
            self.assertTrue(waiting.wait(10))
            mirror.send_signal(signal.SIGINT)
            self.assertEqual(mirror.wait(5), 130)
            self.ok(*args)
        server.shutdown()
        server.server_close()
        self.ok("log", "verify", self.folder / "mirror")

    def test_a_restore_from_nothing_leaves_nothing(self):
        self.refused("log", "restore", self.folder / "none", self.folder / "again")
        self.assertFalse((self.folder / "again").exists())

    def test_a_proof_is_written_from_public_files_alone(self):
        claim = self.add(self.claim(WATER))
        proof = self.ok("log", "proof", self.log, claim)
        self.ok("log", "mirror", "--key", self.log / "public/key", self.log, self.folder / "mirror")
        for files in (self.log / "public", self.folder / "mirror"):
            self.assertEqual(self.ok("log", "proof", files, claim), proof)
        self.assertIn("node.json", self.refused("log", "proof", self.folder / "none", claim))

    def test_a_sealed_key_of_a_log_opens_without_a_terminal(self):
        phrase = self.folder / "phrase"
        phrase.write_text("correct horse\n", encoding="utf-8")
        self.ok("key", "new", "--org", "desk.example", "--purpose", "log", "--passphrase-file", phrase)
        key, = self.keys.glob("desk.example.log.*")
        opened = ("--log-key", key, "--log-passphrase-file", phrase)
        self.ok("log", "init", self.folder / "sealed", self.vkeys["checker.example", "author"], *opened)
        self.ok("record", "submit", "--log", self.folder / "sealed", *opened,
                self.sign({**self.organisation("checker.example", home_log="desk.example/log")}))

    def test_wrong_folders_and_keys_are_told_in_one_sentence(self):
        self.assertIn("--log (SANAD_LOG)", self.refused("record", "list", code=2))
        self.assertIn("from the folder above", self.refused("log", "init", ".", code=2))
        self.assertIn("--origin", self.refused("log", "init", self.folder / "a log", self.vkeys["desk.example", "author"]))
        for args, code in ((["log", "show", self.folder / "absent"], 3), (["log", "verify", self.folder], 3),
                           (["log", "init", self.log], 3), (["log", "replay", self.folder], 3),
                           (["record", "list", "--log", self.folder / "absent"], 3)):
            errors = self.refused(*args, code=code)
            self.assertEqual(len(errors.splitlines()), 1, errors)


class Feeds(Network):
    def test_fact_checks_of_others_say_who_reports_them_and_come_once(self):
        rows = jsonl([{"id": "a", "lang": "en", "text": WATER, "licence": "CC-BY-4.0",
                       "verdicts": [{"org": "daily.example", "org_name": "Example Daily", "label": "false", "label_text": "Pants on fire",
                                     "date": "2026-11-01", "url": "https://daily.example/check/9"}]},
                      {"id": "b", "lang": "en", "text": "No licence", "verdicts": [{"org": "daily.example", "label": "false", "url": "https://daily.example/10"}]}])
        feed = self.folder / "feed.jsonl"
        feed.write_text(rows)
        args = ["import", feed, "--log", self.log, "--org", "desk.example", "--json"]
        facts = json.loads(self.ok(*args, code=3))
        self.assertEqual((facts["reviews"], facts["refused"]), (1, 1))
        facts = json.loads(self.ok(*args, code=3))
        self.assertEqual((facts.get("reviews", 0), facts["there_already"]), (0, 1))
        listed = self.ok("record", "list", "--log", self.log, "--kind", "review")
        self.assertEqual(len(listed.splitlines()), 1)
        self.ok("record", "list", "--log", self.log, "--kind", "verdict", code=1)
        bank = self.folder / "facts.bank"
        self.ok("bank", "build", "--log", self.log, "-o", bank)
        verdict = json.loads(self.ok("check", "--bank", bank, "--json", WATER))["hits"][0]["verdicts"][0]
        self.assertEqual((verdict["org_name"], verdict["label_text"], verdict["date"]), ("Example Daily", "Pants on fire", "2026-11-01"))
        self.assertEqual(verdict["reported_by"], "desk.example")
        page = self.ok("check", "--bank", bank, WATER, COLUMNS="200")
        self.assertIn("Reported by desk.example: False (Pants on fire) · Example Daily · 2026-11-01\n", page)
        self.assertNotIn("What organisations found", page)
        self.assertNotIn("holds no verdict", page)

    def test_what_is_reported_stands_apart_from_verdicts_and_counts_for_nobody(self):
        claim = self.add(self.claim(WATER))
        self.add(self.verdict(claim), reviewer="desk.example")
        self.add(self.draft("review", "desk.example", {
            "publisher": "Example Daily", "url": "https://daily.example/check/9", "claim_text": shown(WATER),
            "printed_label": "True", "our_label": "accurate", "licence": "CC-BY-4.0", "retrieved": "2026-11-02T09:00:00.000Z"}, about=[claim]))
        bank = self.folder / "facts.bank"
        self.ok("bank", "build", "--log", self.log, "-o", bank)
        verdicts = json.loads(self.ok("check", "--bank", bank, "--json", WATER))["hits"][0]["verdicts"]
        self.assertEqual([(v["org"], v.get("reported_by")) for v in verdicts],
                         [("checker.example", None), ("daily.example", "desk.example")])
        page = self.ok("check", "--bank", bank, WATER, COLUMNS="200")
        self.assertLess(page.index("What organisations found"), page.index("Reported by desk.example: Accurate (True) · Example Daily"))
        self.assertNotIn("do not agree", page)

    def test_an_export_of_what_is_reported_comes_back_whole(self):
        feed, items = self.folder / "feed.jsonl", self.folder / "items.jsonl"
        feed.write_text(jsonl([{"id": "a", "lang": "en", "text": WATER, "licence": "CC-BY-4.0",
                                "verdicts": [{"org": "daily.example", "label": "false", "url": "https://daily.example/9"}]}]))
        self.ok("import", feed, "--log", self.log, "--org", "desk.example")
        self.ok("export", "--what", "items", "--log", self.log, "-o", items)
        banks = self.folder / "log.bank", self.folder / "file.bank"
        self.ok("bank", "build", "--log", self.log, "-o", banks[0])
        self.ok("bank", "build", items, "-o", banks[1])
        told = [json.loads(self.ok("check", "--bank", bank, "--json", WATER))["hits"] for bank in banks]
        self.assertEqual(told[0][0]["verdicts"], told[1][0]["verdicts"])
        self.assertEqual(told[1][0]["verdicts"][0]["reported_by"], "desk.example")

    def test_a_strict_import_writes_nothing_when_a_row_is_refused(self):
        good = {"id": "1", "text": WATER, "lang": "en", "licence": "CC0-1.0",
                "verdicts": [{"org": "daily.example", "label": "false", "url": "https://daily.example/1", "date": "2026-01-02"}]}
        first, second = self.folder / "first.jsonl", self.folder / "second.jsonl"
        first.write_text(jsonl([good]), encoding="utf-8")
        second.write_text(jsonl([{**good, "verdicts": []}]), encoding="utf-8")
        how = ("import", "--log", self.log, "--org", "checker.example", "--strict")
        self.refused(*how, first, second)
        second.write_text(jsonl([{**good, "verdicts": [{**good["verdicts"][0], "url": "https://name:word@daily.example/1"}]}]), encoding="utf-8")
        self.refused(*how, first, second)
        self.ok("record", "list", "--log", self.log, "--kind", "review", code=1)
        self.ok(*how, first)
        self.ok("record", "list", "--log", self.log, "--kind", "review")

    def test_a_fact_check_is_taken_with_the_line_breaks_of_any_system_and_gets_no_invented_date(self):
        feed = self.folder / "feed.csv"
        feed.write_bytes(b"\xef\xbb\xbfid;text;lang;verdict_org;verdict_url;verdict_label;licence\r\n"
                         b'1;"Salt water\r\ncures; ""malaria""";en;daily.example;https://daily.example/1;false;CC0-1.0\r\n')
        how = ("import", "--log", self.log, "--org", "checker.example", "--json", feed)
        self.assertEqual(json.loads(self.ok(*how))["reviews"], 1)
        self.assertEqual(json.loads(self.ok(*how))["there_already"], 1)
        item, = (json.loads(line) for line in self.ok("export", "--what", "items", "--log", self.log).splitlines())
        self.assertEqual(item["text"], 'Salt water\ncures; "malaria"')
        self.assertNotIn("date", item["verdicts"][0])

    def test_an_export_holds_every_note_byte_for_byte(self):
        note = self.sign(self.claim("آب نمک مالاریا را درمان می‌کند", "fa"))
        record = self.submit(note)[0]
        out = self.folder / "all.jsonl"
        self.ok("export", "--log", self.log, "-o", out)
        objects = {o["id"]: o for o in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
        self.assertEqual(objects[record]["records"][0]["note"], note.read_text(encoding="utf-8"))
        self.assertTrue(re.fullmatch(r"2[0-9-]{9}T[0-9:.]{12}Z", objects[record]["records"][0]["received"]))

    def test_an_export_holds_what_can_be_erased_beside_the_note(self):
        seen = [{"date": "2026-11-21", "url": "https://pages.example/post/5"}]
        claim = self.add(self.claim(WATER, appearances=seen))
        objects = {o["id"]: o for o in map(json.loads, self.ok("export", "--log", self.log).splitlines())}
        part = objects[claim]["records"][0]["parts"]["appearances"]
        self.assertEqual(json.loads(part)["value"], seen)


if __name__ == "__main__":
    main()
