#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Disks that are full or may not be written, clocks that go back, second processes, damaged and forked files, records at
and beyond the limits: what the program says and what stays true."""
import ctypes
import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from faults import LOAD, Faulty, layered, main, run

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cmd"))
from logs import Network  # noqa: E402

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
            self.assertRegex(done.stderr, b"No space left|is full")
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


class Records(Network):
    def test_a_record_beyond_the_largest_is_refused_and_the_log_goes_on(self):
        for size in (65_536, 65_537, 200_000):
            note = self.path("note")
            text, lines = self.sign(self.claim("Salt water")).read_text(encoding="utf-8").split("\n\n")
            filled = text.replace("Salt water", "Salt water" + "x" * (size - len(text.encode()) - 1))
            note.write_text(filled + "\n\n" + lines, encoding="utf-8")
            self.refused("record", "submit", "--log", self.log, note)
        self.add(self.claim("Salt water"))
        self.ok("log", "verify", self.log)

    def test_a_seventeenth_signer_is_refused_and_the_log_goes_on(self):
        draft = {**self.claim("Salt water"), "signers": ["checker.example", *(f"s{i}.example" for i in range(2, 18))]}
        path = self.path("draft")
        path.write_text(json.dumps(draft), encoding="utf-8")
        self.assertIn("signer 17, the limit is 16", self.refused("record", "sign", path, "-o", self.path("note")))
        note = self.sign(self.claim("Salt water"))
        line = note.read_text(encoding="utf-8").splitlines()[-1]
        note.write_text(note.read_text(encoding="utf-8") + "".join(
            line.replace("checker.example", f"s{i}.example") + "\n" for i in range(100)), encoding="utf-8")
        self.assertIn("101 signatures", self.refused("record", "submit", "--log", self.log, note))
        self.add(self.claim("Salt water"))

    def test_a_key_of_another_purpose_signs_nothing(self):
        note = self.sign(self.claim("Salt water"))
        author = note.read_text(encoding="utf-8")
        self.ok("record", "sign", note, "--as", "reviewer", "--org", "checker.example", "-o", note)
        lines = [line for line in note.read_text(encoding="utf-8").splitlines() if line.startswith("\u2014")]
        alone = self.path("note")
        alone.write_text(author.split("\n\n")[0] + "\n\n" + lines[1] + "\n", encoding="utf-8")
        self.assertNotEqual(lines[0], lines[1])
        self.refused("record", "submit", "--log", self.log, alone)
        self.submit(self.sign(self.claim("Salt water")))


if __name__ == "__main__":
    main()
