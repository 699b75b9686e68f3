#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What strangers, bad disks and bad moments do to the program: it says so, stops or goes on, and loses nothing."""
import json
import os
import random
import shutil
import signal
import subprocess
import time

from program import BALLOTS, BUILD, SANAD, Case, environment, jsonl, main, run, start

SEED = 20250601
SLOW = 5 if "asan" in str(BUILD) else 1
# What the program may end with on bytes of a stranger: answered, nothing found, refused. Never a
# signal (negative), never 4.
CALM = (0, 1, 3)


def many_claims(n):
    rng = random.Random(SEED)
    words = [f"{a}{b}{c}" for a in "bdfgk" for b in ("ana", "eri", "olu", "ima") for c in "lmnrst"]
    return [{"id": f"m{i}", "lang": "en", "text": " ".join(rng.choices(words, k=12))} for i in range(n)]


class HostilePosts(Case):
    def test_a_post_at_the_limit_is_answered_in_seconds_whatever_it_is_made_of(self):
        size = 1 << 20
        posts = {"one word": b"a" * size, "one number": b"9" * size, "no spaces": "汉".encode() * (size // 3),
                 "marks": b"e" + "\u0301".encode() * 100000, "links": b"http://a.example/ " * (size // 18),
                 "letters": b"a " * (size // 2), "scales": b"million " * (size // 8), "percent": b"%" * size,
                 "joiners": "\u200c".encode() * (size // 3), "isolates": "\u2068".encode() * (size // 3),
                 "dots": b"a.b." * (size // 4), "not": b"not " * (size // 4), "dates": b"1/2/3/" * (size // 6),
                 "spaced": b"v a c c i n e " * (size // 14)}
        for name, post in posts.items():
            with self.subTest(name):
                began = time.time()
                done = run("check", "--bank", self.bank, stdin=post)
                self.assertIn(done.code, (0, 1), done.errors)
                self.assertLess(time.time() - began, 2 * SLOW, name)

    def test_a_line_of_a_million_words_is_answered_when_the_limit_allows_it(self):
        line = json.dumps({"id": 1, "text": "ab " * 1000000}) + "\n" + json.dumps({"id": 2, "text": BALLOTS}) + "\n"
        done = run("match", "--bank", self.bank, "--max-post-bytes", "4M", stdin=line)
        self.assertEqual(done.code, 0, done.errors)
        self.assertEqual([json.loads(x)["id"] for x in done.text.splitlines()], [1, 2])
        done = run("match", "--bank", self.bank, stdin=line)
        self.assertEqual((done.code, len(done.text.splitlines())), (3, 1))
        self.assertIn("line 1: ", done.errors)
        self.assertIn("--max-post-bytes", done.errors)

    def test_lines_that_are_no_clean_json_are_refused_and_the_next_one_answered(self):
        good = json.dumps({"id": "good", "text": BALLOTS}).encode()
        bad = {b'{"id":1,"text":"a \\ud800 b"}': "surrogate", b'{"id":1,"text":"\\udc00\\ud800"}': "surrogate",
               b'{"id":1,"text":' + b"[" * 10000 + b"]" * 10000 + b"}": "deeper than",
               b'{"id":1,"text":"x","o":' + b'{"a":' * 10000 + b"1" + b"}" * 10000 + b"}": "deeper than",
               b'{"id":1,"text":"\xc3"}': "UTF-8", b'{"id":1,"text":"\xed\xa0\x80"}': "UTF-8",
               b'{"id":1,"text":"a\0b"}': "json", b'{"id":1,"text":"open': "json", b"[" * 10000: "",
               b'{"id":1,"id":2,"text":"x"}': "twice", b'{"id":1.5,"text":"x"}': "id"}
        for line, reason in bad.items():
            with self.subTest(line[:40]):
                done = run("match", "--bank", self.bank, stdin=line + b"\n" + good + b"\n")
                self.assertEqual(done.code, 3)
                self.assertIn("line 1: ", done.errors)
                self.assertIn(reason, done.errors)
                self.assertEqual([json.loads(x)["id"] for x in done.text.splitlines()], ["good"])


class HostileBanks(Case):
    def questions(self, bank):
        """Every way to look into a bank; the exit codes."""
        return [run("check", "--bank", bank, "--tier", "none", stdin=BALLOTS), run("bank", "info", bank),
                run("bank", "verify", bank)]

    def calm(self, bank, what):
        answers = self.questions(bank)
        for done in answers:
            self.assertIn(done.code, CALM, f"{what}: {done.errors}")
            self.assertTrue(done.code != 3 or str(bank) in done.errors, f"{what}: {done.errors}")
        return answers

    def test_a_bank_cut_off_is_refused_by_name(self):
        whole = self.bank.read_bytes()
        rng = random.Random(SEED)
        for n in [0, 1, 7, 8, len(whole) - 1] + rng.sample(range(len(whole)), 40 // SLOW):
            for done in self.calm(self.file("cut.bank", whole[:n]), f"{n} bytes"):
                self.assertEqual(done.code, 3, f"{n} bytes")

    def test_a_flipped_bit_is_found_by_verify_and_survived_by_check(self):
        whole = self.bank.read_bytes()
        rng = random.Random(SEED)
        for at in rng.sample(range(len(whole) * 8), 120 // SLOW):
            broken = bytearray(whole)
            broken[at // 8] ^= 1 << at % 8
            answers = self.calm(self.file("bit.bank", bytes(broken)), f"bit {at}")
            self.assertEqual(answers[-1].code, 3, f"bit {at} not found")

    def test_a_file_or_a_folder_that_is_no_bank_is_bad_input(self):
        for path in (self.folder, self.folder / "nothing.bank", self.file("post.txt", "Hello"), "/dev/null"):
            for done in self.questions(path):
                self.assertEqual(done.code, 3, done.errors)
                self.assertIn(str(path), done.errors)

    def test_a_folder_in_place_of_a_file_is_bad_input(self):
        done = run("bank", "build", self.folder, "-o", self.folder / "n.bank")
        self.assertEqual(done.code, 3, done.errors)
        self.assertIn(str(self.folder), done.errors)
        done = run("bank", "build", self.folder / "claims.jsonl", "-o", self.folder)
        self.assertEqual(done.code, 3, done.errors)
        self.assertIn(str(self.folder), done.errors)


class HostileMoments(Case):
    def copy(self, name):
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        shutil.copy(self.bank, place / "facts.bank")
        return place / "facts.bank"

    def names(self, bank):
        return sorted(str(p.relative_to(bank.parent)) for p in bank.parent.rglob("*") if p.is_file())

    def test_ctrl_c_at_any_moment_leaves_the_old_bank_or_the_new_one_and_nothing_else(self):
        bank = self.copy("ctrl-c")
        (self.folder / "many.jsonl").write_text(jsonl(many_claims(3000)))
        old = bank.read_bytes()
        began = time.time()
        self.assertEqual(run("bank", "build", self.folder / "many.jsonl", "-o", bank).code, 0)
        whole, new = time.time() - began, bank.read_bytes()
        rng = random.Random(SEED)
        for _ in range(12):
            bank.write_bytes(old)
            process = start("bank", "build", self.folder / "many.jsonl", "-o", bank, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0, 1.1 * whole))
            process.send_signal(signal.SIGINT)
            # -SIGINT: before the program had looked at its options.
            self.assertIn(process.wait(timeout=20), (0, 130, -signal.SIGINT))
            self.assertIn(bank.read_bytes(), (old, new))
            self.assertEqual(self.names(bank), ["facts.bank"])

    def test_a_kill_while_adding_leaves_a_bank_that_verifies(self):
        bank = self.copy("kill")
        (self.folder / "more.jsonl").write_text(jsonl(many_claims(500)))
        rng = random.Random(SEED)
        for _ in range(10):
            process = start("bank", "add", "--replace", bank, self.folder / "more.jsonl", stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0, 0.1))
            process.kill()
            process.wait(timeout=20)
            done = run("bank", "verify", bank)
            self.assertEqual((done.code, done.errors), (0, ""))
        self.assertEqual(run("bank", "merge", bank).code, 0)
        left = [name for name in self.names(bank) if name not in ("facts.bank", "facts.bank.d/lock", "facts.bank.d/merged")]
        self.assertEqual(left, [])

    def test_two_editors_who_add_at_once_both_succeed(self):
        bank = self.copy("two")
        files = [self.folder / f"editor{i}.jsonl" for i in range(8)]
        for i, path in enumerate(files):
            path.write_text(jsonl([{"id": f"e{i}", "lang": "en", "text": f"Editor number {i} adds this very claim today"}]))
        running = [start("bank", "add", bank, path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for path in files]
        for process in running:
            _, errors = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 0, errors.decode())
        self.assertEqual(run("bank", "verify", bank).code, 0)
        facts = json.loads(run("bank", "info", "--json", bank).text)
        self.assertEqual(facts["claims"], len(self.claims) + len(files))

    def test_a_bank_replaced_during_a_stream_answers_from_the_new_one(self):
        bank = self.copy("swap")
        new = self.file("new.jsonl", jsonl([{"id": "swapped", "lang": "en", "text": BALLOTS}]))
        process = start("match", "--bank", bank, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

        def ask():
            process.stdin.write(json.dumps({"id": 1, "text": BALLOTS}).encode() + b"\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())["hits"][0]["id"]

        self.assertEqual(ask(), "c1")
        self.assertEqual(run("bank", "build", new, "-o", bank).code, 0)
        deadline, seen = time.time() + 5, ""
        while seen != "swapped" and time.time() < deadline:
            time.sleep(0.1)
            seen = ask()
        process.stdin.close()
        errors = process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        self.assertEqual((seen, process.wait(timeout=10), errors), ("swapped", 0, b""))

    def test_a_folder_without_the_right_to_write_is_told_and_the_bank_still_answers(self):
        bank = self.copy("read-only")
        more = self.file("one-more.jsonl", jsonl([{"id": "one-more", "lang": "en", "text": "One more claim for the bank"}]))
        self.folder.chmod(0o755)
        bank.parent.chmod(0o555)
        # Rights do not bind root, so a reader without any is played.
        nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}

        def ask(*args):
            return subprocess.run([SANAD, *map(str, args)], capture_output=True, text=True, env=environment(), **nobody)

        try:
            if ask("version").returncode != 0:
                self.skipTest("the program is where only its builder may run it")
        except PermissionError:
            self.skipTest("the program is where only its builder may run it")
        try:
            for args in (["add", bank, more], ["withdraw", bank, "c1"], ["build", more, "-o", bank]):
                done = ask("bank", *args)
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertIn(str(bank), done.stderr)
                self.assertIn("Permission denied", done.stderr)
            self.assertEqual(ask("check", "--bank", bank, BALLOTS).returncode, 0)
            self.assertEqual(self.names(bank), ["facts.bank"])
        finally:
            bank.parent.chmod(0o755)
            self.folder.chmod(0o700)


class HostileImports(Case):
    def test_every_refused_row_is_told_with_its_line_and_its_reason(self):
        cases = [  # name, content, line, a word of the reason
            ("twice.jsonl", jsonl([{"id": "a", "lang": "en", "text": "First one"}, {"id": "a", "lang": "en", "text": "Second"}]), 2, "taken"),
            ("no-text.jsonl", '{"id":"a","lang":"en"}\n', 1, "text"),
            ("number.jsonl", '{"id":"a","lang":"en","text":5}\n', 1, "text"),
            ("verdicts.jsonl", '{"id":"a","lang":"en","text":"x y","verdicts":"no"}\n', 1, "verdicts"),
            ("open.jsonl", '{"id":"a","lang":"en","text":"open}\n{"id":"b","lang":"en","text":"fine one"}\n', 1, "never closed"),
            ("deep.jsonl", '{"id":"a","x":' + "[" * 10000 + "]" * 10000 + "}\n", 1, "deeper"),
            ("surrogate.jsonl", '{"id":"a","lang":"en","text":"\\ud83d"}\n', 1, "surrogate"),
            ("quote.csv", 'id,lang,text\na,en,fine one\nb,en,"open\nc,en,swallowed\n', 3, "quote"),
            ("nul.csv", b"id,lang,text\na,en,a\0b\n", 2, "U+0000"),
            ("windows.csv", b'\xef\xbb\xbfid,lang,text\r\na,en,"two\r\nlines"\r\nb,en,\r\n', 4, "text"),
            ("latin1.csv", b"id,lang,text\na,en,caf\xe9\n", 2, "UTF-8"),
        ]
        for name, content, line, reason in cases:
            with self.subTest(name):
                done = run("bank", "build", self.file(name, content), "-o", self.folder / "import.bank")
                self.assertEqual(done.code, 3, done.errors)
                self.assertIn(f"{name}:{line}: ", done.errors)
                self.assertIn(reason, done.errors)

    def test_a_gigabyte_without_a_line_end_is_refused_quickly(self):
        for name, first in (("huge.jsonl", b'{"id":"a","lang":"en","text":"'), ("huge.csv", b'id,lang,text\na,en,"')):
            huge = self.file(name, first)
            os.truncate(huge, 1 << 30)
            began = time.time()
            done = run("bank", "build", huge, "-o", self.folder / "huge.bank")
            huge.unlink()
            self.assertEqual(done.code, 3, done.errors)
            self.assertIn(f"{name}:", done.errors)
            self.assertLess(time.time() - began, 60)


if __name__ == "__main__":
    main()
