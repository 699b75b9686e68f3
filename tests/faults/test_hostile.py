#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Disks that are full or may not be written, clocks that go back, second processes, damaged and forked files, records at
and beyond the limits: what the program says and what stays true."""
import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from faults import LOAD, RAW, SOURCE, Faulty, layered, main, run

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cmd"))
import logs  # noqa: E402
from logs import shown  # noqa: E402
from program import jsonl  # noqa: E402
from test_life import Life  # noqa: E402

WEEK_MS = 7 * 86_400_000
MS_RDONLY, MS_REMOUNT, MS_BIND, MNT_DETACH = 1, 32, 4096, 2


def mount(source, target, kind, flags, options=None):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(str(source).encode(), str(target).encode(), kind and kind.encode(), flags, options and options.encode()) != 0:
        raise unittest.SkipTest(f"no mount can be made here: {os.strerror(ctypes.get_errno())}")


def unmount(target):
    ctypes.CDLL(None).umount2(str(target).encode(), MNT_DETACH)


class Disks(Faulty):
    def shown_by(self, log):
        """Everything that can be asked without writing."""
        record = self.start_record(log)
        self.ok("record", "show", record, "--log", log)
        self.ok("record", "list", "--log", log)
        self.ok("log", "show", log)
        self.ok("log", "verify", log)
        self.ok("log", "proof", log, "0")
        return self.shown(log)

    def start_record(self, log):
        return json.loads(self.ok("export", "--log", log).splitlines()[5])["id"]

    def test_a_read_only_disk_is_told_and_can_be_read(self):
        log = self.fresh()
        before = self.shown(log)
        mount(log, log, None, MS_BIND)
        try:
            mount(log, log, None, MS_BIND | MS_REMOUNT | MS_RDONLY)
            done = run("record", "submit", "--log", log, self.records)
            self.assertEqual((done.code, done.text), (4, ""), done.errors)
            self.assertIn("Read-only", done.errors)
            self.assertEqual(self.shown_by(log), before)
        finally:
            unmount(log)
        self.check(log)

    def test_a_full_disk_is_told_reads_go_on_and_room_lets_it_go_on(self):
        tiny = self.base / "tiny"
        tiny.mkdir()
        mount("tmpfs", tiny, "tmpfs", 0, "size=3m")
        try:
            log = tiny / "log"
            shutil.copytree(self.start, log)
            shutil.copy(f"{self.start}.key", f"{log}.key")
            self.told, self.checkpoints = {}, {}
            done = subprocess.run([LOAD, "run", log, "2000", "20000"], capture_output=True, check=False)
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertRegex(done.stderr, b"[Nn]o space|is full")
            self.acknowledge(done.stdout.decode())
            self.assertGreater(len(self.told), 100)
            self.seen(log)
            again = run("record", "submit", "--log", log, self.records)
            self.assertEqual((again.code, again.text), (4, ""), again.errors)
            self.ok("log", "verify", log)
            self.ok("export", "--log", log)
            self.ok("log", "show", log)
            mount("tmpfs", tiny, None, MS_REMOUNT, "size=64m")
            self.check(log)
        finally:
            unmount(tiny)

    def test_a_clock_that_goes_back_changes_no_order(self):
        log = self.fresh()
        for shift, first in ((2 * WEEK_MS, 2000), (WEEK_MS, 3000), (0, 4000)):
            done = subprocess.run([LOAD, "run", log, str(first), "30"], capture_output=True, check=False, env=layered(log, clock=shift))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.acknowledge(done.stdout.decode())
        self.check_files(log)
        self.ok("log", "verify", log)
        lines, places = self.shown(log)
        self.assertEqual({i: places[i] for i in self.told}, self.told)
        self.ok("log", "replay", log)
        self.assertEqual(self.shown(log)[0], lines)

    def test_a_second_process_is_refused_and_readers_are_not(self):
        log = self.fresh()
        process = subprocess.Popen([LOAD, "run", log, "2000", "20000"], stdout=subprocess.PIPE, bufsize=0)
        try:
            process.stdout.read(1)
            for args in (["record", "submit", "--log", log, self.records], ["log", "replay", log], ["log", "repair", log, self.start]):
                done = run(*args)
                self.assertEqual((done.code, done.text), (4, ""), done.errors)
                self.assertIn("lock: held by another process", done.errors)
            for _ in range(10):  # by the side of a writer at work
                self.check_looking(log)
        finally:
            process.kill()
            process.communicate()
        self.check(log)


class Damage(Faulty):
    def setUp(self):
        super().setUp()
        self.log = self.fresh()
        self.acknowledge(self.load("run", self.log, 2000, 400))
        self.mirror = self.base / "mirror"
        shutil.rmtree(self.mirror, ignore_errors=True)
        self.key = self.log / "public" / "key"
        self.ok("log", "mirror", "--key", self.key, self.log, self.mirror)

    WAYS = {"altered": lambda p, data: p.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]),
            "truncated": lambda p, data: p.write_bytes(data[:-1]), "missing": lambda p, data: p.unlink(),
            "empty": lambda p, data: p.write_bytes(b"")}

    def test_a_damaged_file_is_found_and_comes_back_from_a_mirror(self):
        whole = self.base / "whole"
        shutil.rmtree(whole, ignore_errors=True)
        shutil.copytree(self.log, whole)
        shutil.copy(f"{self.log}.key", f"{whole}.key")
        told, signed, size = dict(self.told), dict(self.checkpoints), self.seen(whole)
        for path in sorted(p.relative_to(whole) for p in (whole / "public").rglob("*") if p.is_file() and p.name != "key"):
            for how, damage in self.WAYS.items():
                if how == "missing" and path.parent.suffix == ".p" and path.name not in (str(size % 256), str(size // 256)):
                    continue  # a larger file has taken its place
                with self.subTest(file=str(path), how=how):
                    log = self.fresh(of=whole)
                    self.told, self.checkpoints = dict(told), dict(signed)
                    damage(log / path, (log / path).read_bytes())
                    self.assertEqual(run("log", "verify", log).code, 3)
                    self.ok("log", "repair", log, self.mirror)
                    self.ok("log", "verify", log)
                    self.check(log)

    def test_a_checkpoint_of_a_fork_is_refused_by_the_log_and_by_its_mirror(self):
        fork = self.base / "fork"
        shutil.rmtree(fork, ignore_errors=True)
        shutil.copytree(self.log, fork)
        shutil.copy(f"{self.log}.key", f"{fork}.key")
        self.load("run", fork, 7000, 50)
        self.load("run", self.log, 8000, 50)
        self.ok("log", "mirror", "--key", self.key, self.log, self.mirror)
        refused = run("log", "mirror", "--key", self.key, fork, self.mirror)
        self.assertEqual(refused.code, 3, refused.errors)
        self.assertEqual(len(list(self.mirror.glob("fork-*"))), 2)
        self.assertEqual(run("log", "repair", self.log, fork / "public").code, 3)
        shutil.copy(fork / "public" / "checkpoint", self.log / "public" / "checkpoint")
        done = run("record", "submit", "--log", self.log, self.records)
        self.assertEqual((done.code, done.text), (4, ""), done.errors)
        self.assertIn("takes nothing", done.errors)
        # The log's own key signed two trees: nothing here may choose between them.
        self.assertEqual(run("log", "repair", self.log, self.mirror).code, 3)
        shutil.copy(self.mirror / "checkpoint", self.log / "public" / "checkpoint")
        self.check(self.log)


class Records(Life):
    TEXT_MAX, ENTRY_MAX = 65_535, 65_535
    ENTRY_HEAD = len("sanad/entry/v1\n1795000000000\nsha256:\n") + 64

    def report_of(self, n, **envelope):
        """A draft whose text has n bytes; its name, and nothing when n is more than the kind can hold."""
        draft = {**self.example("report", "checker.example", **envelope), "made": "2026-11-01T00:00:00.000Z",
                 "salt": "AAECAwQFBgcICQoLDA0ODw==", "sanad": 1, "v": 1}
        sections = draft["body"]["sections"] = [{"heading": shown(f"Part {i}"), "text": shown("x")} for i in range(8)]
        missing = n - len(json.dumps(draft, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()) - 1
        for section in sections:
            more = min(missing, 9_999)
            section["text"]["text"] += "y" * more
            missing -= more
        path = self.path("draft")
        path.write_text(json.dumps(draft, ensure_ascii=False), encoding="utf-8")
        return path

    def signed_report(self, n, **envelope):
        note = self.path("note")
        self.ok("record", "sign", self.report_of(n, **envelope), "-o", note)
        self.assertEqual(len(note.read_bytes().split(b"\n\n")[0]) + 1, n)
        return note

    def test_the_largest_record_is_taken_and_one_byte_more_is_refused_by_all(self):
        few = {"mark": "amber", "to": ["desk.example"]}
        record, = self.submit(self.signed_report(self.TEXT_MAX, **few))
        self.assertEqual(self.show(record)["kind"], "report")
        draft, note = self.report_of(self.TEXT_MAX + 1, **few), self.path("note")
        self.assertIn("65536 bytes, the limit is 65535", self.refused("record", "sign", draft, "-o", note))
        self.assertFalse(note.exists())
        largest = self.signed_report(self.TEXT_MAX - 1, **few).read_text(encoding="utf-8")
        for more, bytes_of in (("zz", 65_536), ("z" * 135_000, 200_534)):
            note.write_text(largest.replace("yyy", "yyy" + more, 1), encoding="utf-8")
            self.assertIn(f"{bytes_of} bytes", self.refused("record", "submit", "--log", self.log, note))
        self.add(self.claim("Salt water"))
        self.ok("log", "replay", self.log)
        self.assertEqual(self.show(record)["kind"], "report")
        self.ok("log", "verify", self.log)

    def test_the_largest_public_entry_is_taken_and_one_byte_more_is_refused_by_all(self):
        lines = len(self.signed_report(5_000).read_bytes()) - 5_000  # empty line and signature
        most = self.ENTRY_MAX - self.ENTRY_HEAD - lines
        record, = self.submit(self.signed_report(most))
        fits = self.ENTRY_MAX - self.ENTRY_HEAD
        draft, text, larger = self.report_of(most + 1), self.path("text"), self.path("larger")
        self.assertIn(f"the note is {fits + 1} bytes", self.refused("record", "sign", draft, "-o", larger))
        whole = self.signed_report(most).read_text(encoding="utf-8").split("\n\n")[0] + "\n"
        at = whole.rindex("yyy")  # in the part that is not full
        text.write_text(whole[:at] + "y" + whole[at:], encoding="utf-8")
        larger.write_bytes(subprocess.run([RAW, "sign", next(self.keys.glob("checker.example.author.*")), text],
                                          capture_output=True, check=True).stdout)
        says = f"a note of {fits + 1} bytes, more than the {fits} that fit"
        self.assertIn(says, self.refused("record", "submit", "--log", self.log, larger))
        past = subprocess.run([RAW, "append", self.log, larger], capture_output=True, check=False)
        self.assertEqual(past.returncode, 3, past.stderr)
        self.assertIn(says, past.stderr.decode())
        proof = self.path("tlog-proof")
        self.ok("log", "proof", self.log, record, "-o", proof)
        self.ok("log", "verify", "--key", self.log / "public" / "key", proof)
        self.add(self.claim("Salt water"))
        self.ok("log", "replay", self.log)
        self.ok("log", "verify", self.log)
        self.ok("log", "mirror", "--key", self.log / "public" / "key", self.log, self.folder / "mirror")
        independent = subprocess.run([sys.executable, SOURCE / "tools" / "verify_log.py", self.log], capture_output=True, check=False)
        self.assertEqual(independent.returncode, 0, independent.stdout)

    def test_an_import_refuses_what_no_record_can_hold_and_takes_the_rest(self):
        row = {"lang": "en", "verdicts": [{"org": "one.example", "label": "false", "url": "https://one.example/a"}],
               "licence": "CC0", "url": "https://one.example/a"}
        rows = self.path("jsonl")
        rows.write_text(jsonl([{**row, "id": str(n), "text": "é" * n} for n in (2_000, 2_001, 65_536)]), encoding="utf-8")
        done = run("import", rows, "--log", self.log, "--org", "checker.example", SANAD_KEYS=str(self.keys))
        self.assertEqual(done.code, 3, done.errors)
        self.assertEqual(len(done.errors.splitlines()), 2, done.errors)
        for line, n in ((2, 2001), (3, 65536)):
            self.assertIn(f":{line}: text: {n} characters, at most 2000", done.errors)
        self.assertEqual(len(self.ok("record", "list", "--kind", "review", "--log", self.log).splitlines()), 1)

    def test_a_seventeenth_signer_is_refused_and_the_log_goes_on(self):
        signers = ["checker.example", *(f"s{i:02}.example" for i in range(2, 18))]
        path = self.path("draft")
        path.write_text(json.dumps(self.example("package", "checker.example", signers=signers)), encoding="utf-8")
        self.assertIn("signer 17, the limit is 16", self.refused("record", "sign", path, "-o", self.path("note")))
        note = self.sign(self.example("package", "checker.example", signers=signers[:16]))
        text, lines = note.read_text(encoding="utf-8").split("\n\n")
        note.write_text(text.replace('"s16.example"', '"s16.example","s17.example"') + "\n\n" + lines, encoding="utf-8")
        self.assertIn("signer 17", self.refused("record", "submit", "--log", self.log, note))
        for n, why in ((99, None), (100, "101 signatures")):
            note = self.sign(self.claim("Salt water"))
            line = note.read_text(encoding="utf-8").splitlines()[-1]
            note.write_text(note.read_text(encoding="utf-8") + "".join(
                line.replace("checker.example", f"s{i}.example") + "\n" for i in range(n)), encoding="utf-8")
            if why:
                self.assertIn(why, self.refused("record", "submit", "--log", self.log, note))
            else:  # lines of names that are not listed say nothing
                self.assertEqual(self.state(*self.submit(note)), "published")
        self.add(self.claim("Salt water"))

    def test_a_line_of_who_is_not_among_sixteen_signers_is_refused(self):
        logs.ORGS.update({f"s{i:02}.example": "academic" for i in range(2, 18)})
        for i in range(2, 18):
            self.addCleanup(logs.ORGS.pop, f"s{i:02}.example")
        self.log, self.keys = self.folder / "many", self.folder / "many-keys"
        self.begin()
        signers = ["checker.example", *(f"s{i:02}.example" for i in range(2, 17))]
        note = self.sign(self.example("package", "checker.example", signers=signers))
        package, = self.submit(note)
        for org in signers[1:]:
            self.assertEqual(self.state(package), "incomplete")
            self.add(self.example("cosign", org, [package], {"line": self.line_of(note, org)}))
        self.assertEqual(self.state(package), "published")
        stranger = self.path("note")
        shutil.copy(note, stranger)
        self.assertIn("not among the 16 signers", self.refused("record", "sign", stranger, "--as", "author", "--org", "s17.example", "-o", stranger))
        line = note.read_text(encoding="utf-8").splitlines()[-1].replace("checker.example", "s17.example")
        self.turned_away(self.example("cosign", "s17.example", [package], {"line": line}), "signature")

    def test_a_key_of_another_purpose_signs_nothing_and_both_purposes_are_named(self):
        note = self.sign(self.claim("Salt water"))
        text = note.read_text(encoding="utf-8").split("\n\n")[0]
        self.ok("record", "sign", note, "--as", "reviewer", "--org", "checker.example", "-o", note)
        author, reviewer = [line for line in note.read_text(encoding="utf-8").splitlines() if line.startswith("\u2014")]
        alone = self.path("note")
        alone.write_text(f"{text}\n\n{reviewer}\n", encoding="utf-8")
        why = self.refused("record", "submit", "--log", self.log, alone)
        self.assertRegex(why, r"checker\.example/reviewer is for reviewer, and one for author of checker\.example is needed")
        past = subprocess.run([RAW, "append", self.log, alone], capture_output=True, check=False)
        self.assertEqual(past.returncode, 0, past.stderr)
        kept = self.show("sha256:" + hashlib.sha256(f"{text}\n".encode()).hexdigest())
        self.assertEqual(kept["state"], "refused")
        self.assertRegex(kept["records"][0]["why"], "key [0-9a-f]{8} is for reviewer, and one for author is needed")

    def test_an_authors_line_is_no_second_reviewers(self):
        claim = self.add(self.claim("Salt water"))
        note = self.sign(self.verdict(claim))
        self.assertIn("second_reviewer", self.refused("record", "submit", "--log", self.log, note))
        reviewed = self.sign(self.verdict(claim), reviewer="desk.example")
        verdict, = self.submit(reviewed)
        self.ok("record", "sign", reviewed, "--as", "reviewer", "--org", "panel.example", "-o", reviewed)
        other = self.sign(self.claim("Another text", org="panel.example")).read_text(encoding="utf-8").splitlines()[-1]
        self.turned_away(self.example("cosign", "panel.example", [verdict], {"line": other}), "body.line")
        signed = self.path("note")
        text = self.path("text")
        text.write_text(reviewed.read_text(encoding="utf-8").split("\n\n")[0] + "\n", encoding="utf-8")
        signed.write_bytes(subprocess.run([RAW, "sign", next(self.keys.glob("panel.example.author.*")), text],
                                          capture_output=True, check=True).stdout)
        line = signed.read_text(encoding="utf-8").splitlines()[-1]
        self.turned_away(self.example("cosign", "panel.example", [verdict], {"line": line}), "is for author, and one for reviewer is needed")

    def test_keys_of_logs_and_witnesses_sign_no_record(self):
        draft = self.path("draft")
        draft.write_text(json.dumps(self.claim("Salt water")), encoding="utf-8")
        for purpose in ("log", "witness", "mirror"):
            self.ok("key", "new", "--org", "checker.example", "--purpose", purpose, "--keys", self.keys)
            key = next(self.keys.glob(f"checker.example.{purpose}.*"))
            why = self.refused("record", "sign", draft, key, "-o", self.path("note"))
            self.assertIn(f"a {purpose} key signs no records: one for author, reviewer or recovery is needed", why)
        key = next(self.keys.glob("checker.example.author.*"))
        why = self.refused("log", "init", "--log-key", key, self.folder / "second")
        self.assertIn("the key is for author, and one for log is needed", why)


if __name__ == "__main__":
    main()
