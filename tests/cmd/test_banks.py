#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sanad bank and sanad eval."""
import json
import os
import shutil
import signal
import subprocess
import time

from program import BALLOTS, CLAIMS, SANAD, Case, jsonl, main, run, run_on_terminal, start

NEW = {"id": "n1", "lang": "en", "text": "The river turned purple after the festival of kites in the harbour."}


class Building(Case):
    def test_refused_rows_are_told_with_file_line_and_reason(self):
        rows = self.file("mixed.jsonl", jsonl([CLAIMS[0], CLAIMS[0]]) + "{\n" + '{"id":"x","lang":"en"}\n' + jsonl([CLAIMS[1]]))
        done = run("bank", "build", rows, "-o", self.folder / "m.bank", "--json")
        self.assertEqual(done.code, 3)
        lines = done.errors.splitlines()
        for number, line in zip((2, 3, 4), lines):
            self.assertTrue(line.startswith(f"{rows}:{number}: "), line)
        self.assertIn("c1", lines[0])
        self.assertIn("text", lines[2])
        self.assertEqual(json.loads(done.text), {"bank": str(self.folder / "m.bank"), "claims": 2, "refused": 3})

    def test_at_most_twenty_refused_rows_are_shown_but_all_are_counted(self):
        rows = self.file("bad.jsonl", jsonl([CLAIMS[0]]) + "{}\n" * 57)
        done = run("bank", "build", rows, "-o", self.folder / "b.bank")
        self.assertEqual(done.code, 3)
        self.assertEqual(sum(":" in line and str(rows) in line for line in done.errors.splitlines()), 20)
        self.assertIn("37 more", done.errors)
        self.assertIn("57 rows were refused", done.errors)

    def test_an_old_bank_stays_when_nothing_can_be_built(self):
        old = self.folder / "old.bank"
        shutil.copy(self.bank, old)
        before = old.read_bytes()
        bad = self.file("allbad.jsonl", "{}\n")
        half = self.file("half.jsonl", jsonl([CLAIMS[0]]) + "{}\n")
        for args in ([bad], ["--strict", half], [self.folder / "absent.jsonl"], [self.file("empty.jsonl", "")],
                     [self.file("no.csv", 'id,lang,text\na,en,"never closed')]):
            done = run("bank", "build", *args, "-o", old)
            self.assertEqual(done.code, 3, done.errors)
            self.assertTrue(done.errors)
            self.assertEqual(old.read_bytes(), before)

    def test_several_inputs_and_standard_input_make_one_bank(self):
        first, second = self.file("1.jsonl", jsonl(CLAIMS[:1])), self.file("2.jsonl", jsonl(CLAIMS[1:]))
        done = run("bank", "build", first, second, "-o", self.folder / "two.bank")
        self.assertEqual(done.code, 0, done.errors)
        self.assertEqual((self.folder / "two.bank").read_bytes(), self.bank.read_bytes())
        done = run("bank", "build", "-", "--format", "jsonl", "-o", self.folder / "in.bank", stdin=jsonl(CLAIMS))
        self.assertEqual(done.code, 0, done.errors)
        self.assertEqual((self.folder / "in.bank").read_bytes(), self.bank.read_bytes())

    def test_what_rows_do_not_say_comes_from_the_options(self):
        rows = self.file("plain.csv", "id,text\nk1,The river turned purple after the festival of kites\n")
        out = self.folder / "plain.bank"
        done = run("bank", "build", rows, "--lang", "en", "--licence", "CC0-1.0", "--source", "somewhere.example", "-o", out)
        self.assertEqual(done.code, 0, done.errors)
        hit = json.loads(run("check", "--bank", out, "--json", "The river turned purple after the festival of kites").text)["hits"][0]
        self.assertEqual(hit["claim"]["licence"], "CC0-1.0")
        self.assertEqual(hit["claim"]["source"], "somewhere.example")

    def test_progress_is_drawn_on_a_terminal_only(self):
        claims = self.file("many.jsonl", jsonl({"id": f"i{i}", "lang": "en", "text": f"Claim number {i} about river {i * 7}"} for i in range(4000)))
        code, text = run_on_terminal("bank", "build", claims, "-o", self.folder / "p.bank")
        self.assertEqual(code, 0)
        self.assertIn("[", text)
        self.assertIn("%", text)
        self.assertIn("4000 claims", text.split("\x1b[K")[-1])
        self.assertEqual(run("bank", "build", claims, "-o", self.folder / "p.bank").errors, "")


class Interrupted(Case):
    def started(self, stdin=None):
        claims = self.folder / "big.jsonl"
        if not claims.exists():
            claims.write_text(jsonl({"id": f"i{i}", "lang": "en", "text": f"Claim number {i} says that river {i * 7} "
                                     f"flows {i % 97} miles uphill past town {i % 1013}"} for i in range(60000)))
        return start("bank", "build", "-" if stdin else claims, "--format", "jsonl", "-o", self.folder / "new" / "big.bank",
                     stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_ctrl_c_leaves_no_half_file(self):
        (self.folder / "new").mkdir(exist_ok=True)
        stopped = 0
        for wait in (0.05, 0.3, 0.8):
            process = self.started()
            time.sleep(wait)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
            if process.returncode == 130:
                stopped += 1
                self.assertEqual(os.listdir(self.folder / "new"), [])
                self.assertIn(b"stopped", errors)
            else:
                self.assertEqual(process.returncode, 0)  # it was faster
                os.unlink(self.folder / "new" / "big.bank")
        self.assertGreater(stopped, 0)

    def test_ctrl_c_works_while_waiting_for_input(self):
        (self.folder / "new").mkdir(exist_ok=True)
        process = self.started(stdin=subprocess.PIPE)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=10), 130)
        process.communicate()
        self.assertEqual(os.listdir(self.folder / "new"), [])


class FullDisk(Case):
    def test_a_full_disk_leaves_the_old_bank(self):
        small = self.folder / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("cannot mount a small tmpfs: " + mounted.stderr.decode().strip())
        try:
            target = small / "facts.bank"
            target.write_bytes(b"old")
            claims = self.file("much.jsonl", jsonl({"id": f"i{i}", "lang": "en", "text": f"Claim {i} " + "word " * 50} for i in range(2000)))
            done = run("bank", "build", claims, "-o", target)
            self.assertEqual(done.code, 4)
            self.assertIn("space", done.errors)
            self.assertEqual(target.read_bytes(), b"old")
            self.assertEqual(os.listdir(small), ["facts.bank"])
        finally:
            subprocess.run(["umount", small], check=True)

    def test_a_size_limit_leaves_the_old_bank(self):
        target = self.folder / "limited.bank"
        target.write_bytes(b"old")
        claims = self.file("much.jsonl", jsonl({"id": f"i{i}", "lang": "en", "text": f"Claim {i} " + "word " * 50} for i in range(2000)))
        done = subprocess.run(["bash", "-c", 'trap "" XFSZ; ulimit -f 32; exec "$@"', "-", SANAD,
                               "bank", "build", claims, "-o", target], capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertEqual(target.read_bytes(), b"old")


class Showing(Case):
    def test_info_tells_what_the_bank_holds(self):
        facts = json.loads(run("bank", "info", self.bank, "--json").text)
        self.assertEqual(facts["claims"], 4)
        self.assertEqual(facts["documents"], {"en": 3, "fa": 2})
        self.assertEqual(facts["bytes"], sum(s["bytes"] for s in facts["sections"]))
        self.assertEqual(facts["changes"], {"applied": 0, "problem": ""})
        page = run("bank", "info", self.bank)
        for part in ("claims", "4", "en", "fa", "section", facts["hash"]):
            self.assertIn(part, page.text)

    def test_verify_finds_a_flipped_byte(self):
        self.assertEqual(run("bank", "verify", self.bank).code, 0)
        self.assertTrue(json.loads(run("bank", "verify", self.bank, "--json").text)["intact"])
        whole = self.bank.read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 60)):
            bad = self.file("bad.bank", whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1:])
            done = run("bank", "verify", bad)
            self.assertEqual(done.code, 3, at)
            self.assertTrue(done.errors)
        told = run("bank", "verify", bad, "--json")
        self.assertEqual(told.code, 3)
        self.assertFalse(json.loads(told.text)["intact"])
        self.assertTrue(json.loads(told.text)["fault"])

    def test_files_that_are_no_bank_are_refused_with_a_reason(self):
        for path in (self.folder / "absent.bank", self.folder, self.file("text.bank", "hello"), self.file("empty.bank", "")):
            for verb in (["bank", "info", path], ["bank", "verify", path], ["check", "--bank", path, "x y z"],
                         ["match", "--bank", path], ["bank", "merge", path], ["bank", "withdraw", path, "a"]):
                done = run(*verb)
                self.assertIn(done.code, (3, 4), verb)
                self.assertIn(str(path), done.errors)


class Changing(Case):
    def setUp(self):
        self.work = self.folder / (self._testMethodName + ".bank")
        shutil.copy(self.bank, self.work)

    def ids(self, text):
        return [h["id"] for h in json.loads(run("check", "--bank", self.work, "--json", text).text)["hits"]]

    def test_a_claim_can_be_added_replaced_withdrawn_and_merged(self):
        new = self.file("n.jsonl", jsonl([NEW]))
        done = run("bank", "add", self.work, new, "--json")
        self.assertEqual(done.code, 0, done.errors)
        self.assertEqual(json.loads(done.text), {"bank": str(self.work), "change": 1, "claims_added": 1, "claims_replaced": 0, "refused": 0})
        self.assertEqual(self.ids(NEW["text"]), ["n1"])
        fixed = self.file("f.jsonl", jsonl([{**NEW, "title": "Purple rivers"}]))
        self.assertEqual(run("bank", "add", self.work, fixed).code, 3)
        self.assertEqual(run("bank", "add", "--replace", self.work, fixed).code, 0)
        self.assertEqual(self.ids(NEW["text"]), ["n1"])
        self.assertEqual(run("bank", "withdraw", self.work, "c1").code, 0)
        self.assertEqual(self.ids(BALLOTS), [])
        self.assertEqual(json.loads(run("bank", "info", self.work, "--json").text)["changes"]["applied"], 3)
        self.assertEqual(run("bank", "verify", self.work).code, 0)
        done = run("bank", "merge", self.work)
        self.assertEqual(done.code, 0, done.errors)
        self.assertIn("4 claims", done.text)
        fresh = self.file("fresh.jsonl", jsonl(CLAIMS[1:] + [{**NEW, "title": "Purple rivers"}]))
        run("bank", "build", fresh, "-o", self.folder / "fresh.bank")
        self.assertEqual(self.work.read_bytes(), (self.folder / "fresh.bank").read_bytes())

    def test_ids_that_are_taken_are_refused_row_by_row(self):
        rows = self.file("t.jsonl", jsonl([CLAIMS[0], NEW, NEW]))
        self.assertEqual(run("bank", "add", "--strict", self.work, rows).code, 3)
        self.assertEqual(self.ids(NEW["text"]), [])
        done = run("bank", "add", self.work, rows)
        self.assertEqual(done.code, 3)
        self.assertIn(f"{rows}:1: ", done.errors)
        self.assertIn(f"{rows}:3: ", done.errors)
        self.assertEqual(self.ids(NEW["text"]), ["n1"])

    def test_ids_to_withdraw_may_come_from_a_file_and_unknown_ones_stop_all(self):
        self.assertEqual(run("bank", "withdraw", self.work, "c1", "absent").code, 3)
        self.assertEqual(self.ids(BALLOTS), ["c1"])
        ids = self.file("ids.txt", "c1\n\n  c2 \r\nc1\n")
        done = run("bank", "withdraw", self.work, "--file", ids)
        self.assertEqual(done.code, 0, done.errors)
        self.assertIn("2 claims withdrawn", done.text)
        self.assertEqual(run("bank", "withdraw", self.work, "c1").code, 3)
        self.assertEqual(run("bank", "withdraw", self.work, "--file", self.file("none.txt", "\n")).code, 3)

    def test_a_torn_change_is_told_and_the_rest_still_answers(self):
        run("bank", "add", self.work, self.file("n.jsonl", jsonl([NEW])))
        delta = next((self.folder / (self.work.name + ".d")).glob("*.delta"))
        delta.write_bytes(delta.read_bytes()[:-5])
        done = run("check", "--bank", self.work, BALLOTS)
        self.assertEqual(done.code, 0)
        self.assertIn("was not applied", done.errors)
        self.assertEqual(run("bank", "verify", self.work).code, 3)


class Evaluation(Case):
    def test_the_report_comes_as_table_and_as_json(self):
        queries = self.file("q.jsonl", jsonl([{"id": "q1", "lang": "en", "text": BALLOTS, "kind": "copy"},
                                              {"id": "q2", "lang": "en", "text": CLAIMS[1]["text"], "kind": "copy"}]))
        qrels = self.file("q.tsv", "q1\tc1\nq2\tc2\n")
        other = self.file("u.jsonl", jsonl([{"id": "u", "lang": "en", "text": "nothing of that kind is written here"}]))
        args = ["eval", "--bank", self.bank, "--queries", queries, "--qrels", qrels, "--unrelated", other]
        report = json.loads(run(*args, "--json").text)
        self.assertEqual(report["all"]["map5"], 1)
        self.assertEqual(report["all"]["n"], 2)
        self.assertEqual(report["kinds"][0]["kind"], "copy")
        self.assertIsNone(report["changed_confirmed"])
        page = run(*args)
        self.assertEqual(page.code, 0, page.errors)
        for part in ("MAP@5", "MRR", "S@1", "S@10", "copy", "p99", "1.0000", "unrelated"):
            self.assertIn(part, page.text)
        self.assertEqual(run("eval", "--bank", self.bank, "--queries", self.folder / "no", "--qrels", qrels).code, 3)


class Speed(Case):
    def posts(self, *texts):
        return jsonl([{"text": text} for text in texts]).encode()

    def test_an_operator_sees_how_fast_a_bank_answers_and_where_the_time_goes(self):
        posts = self.posts(BALLOTS, CLAIMS[1]["text"], BALLOTS + " and more words around it", "🎉")
        report = json.loads(run("bench", "--bank", self.bank, "--profile", "--json", stdin=posts).text)
        self.assertEqual(report["posts"], 4)
        self.assertGreater(report["answers_per_s"], 0)
        self.assertLessEqual(report["p50_us"], report["p99_us"])
        stages, read = report["stages"], report["read_per_post"]
        self.assertEqual(sorted(stages), ["letters_us", "near_copies_us", "normalise_us", "query_us", "rest_us", "score_us",
                                          "verify_us", "words_us", "write_us"])
        self.assertTrue(all(us > 0 for name, us in stages.items() if name != "rest_us"), stages)
        mean = 1e6 / report["answers_per_s"]
        self.assertAlmostEqual(sum(stages.values()), mean, delta=0.02 * mean + 1)
        for what in ("gram_postings", "word_postings", "measured", "verified", "list_bytes", "form_bytes", "score_bytes"):
            self.assertGreater(read[what], 0, what)
        page = run("bench", "--bank", self.bank, "--profile", "--runs", "1", stdin=posts)
        self.assertEqual(page.code, 0, page.errors)
        for part in ("answers a second", "4 posts", "normalise", "verify", "postings of words read"):
            self.assertIn(part, page.text)
        self.assertNotIn("stages", json.loads(run("bench", "--bank", self.bank, "--json", stdin=posts).text))

    def test_posts_that_cannot_be_measured_are_told_with_their_line(self):
        self.assertIn("line 2", run("bench", "--bank", self.bank, stdin=self.posts(BALLOTS) + b'{"id": 1}\n').errors)
        self.assertEqual(run("bench", "--bank", self.bank, stdin=b"").code, 3)


if __name__ == "__main__":
    main()
