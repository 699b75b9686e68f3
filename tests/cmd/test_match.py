#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sanad match: streams."""
import json
import os
import resource
import signal
import subprocess
import time

from program import BALLOTS, SANAD, Case, environment, jsonl, main, run, start

LATE = "The river turned purple after the festival of kites in the harbour."


def posts(n):
    texts = [BALLOTS, "nothing in this bank says that at all", LATE]
    return [{"id": i, "text": texts[i % 3]} for i in range(n)]


class Streams(Case):
    def match(self, lines, *args, **more):
        return run("match", "--bank", self.bank, *args, stdin=lines if isinstance(lines, (str, bytes)) else jsonl(lines), **more)

    def test_one_line_out_for_each_line_in_and_ids_come_back_as_they_were(self):
        done = self.match([{"id": 7, "text": BALLOTS}, {"id": "7", "text": "x y z"},
                           {"id": "é\u0000\"", "text": BALLOTS, "lang": "en", "other": [1]}])
        self.assertEqual(done.code, 0, done.errors)
        answers = [json.loads(line) for line in done.text.splitlines()]
        self.assertEqual([a["id"] for a in answers], [7, "7", "é\u0000\""])
        self.assertEqual(answers[0]["hits"][0]["id"], "c1")
        self.assertEqual(answers[1]["hits"], [])
        self.assertEqual(done.errors, "")

    def test_an_answer_is_the_same_as_that_of_check(self):
        stream = json.loads(self.match([{"id": 1, "text": BALLOTS}]).text)
        single = json.loads(run("check", "--bank", self.bank, "--json", BALLOTS).text)
        del stream["id"]
        self.assertEqual(stream, single)

    def test_the_order_is_kept_on_many_threads(self):
        lines = posts(3000)
        one = self.match(lines)
        self.assertEqual([json.loads(line)["id"] for line in one.text.splitlines()], list(range(3000)))
        for n in (2, 5):
            self.assertEqual(self.match(lines, "--threads", str(n)).out, one.out)

    def test_bad_lines_are_told_with_their_number_and_do_not_stop_the_run(self):
        good = json.dumps({"id": 1, "text": BALLOTS}).encode()
        bad = [b"{", b"", b"[]", b'{"text":"x"}', b'{"id":1}', b'{"id":1,"text":null}', b'{"id":[],"text":"x"}',
               b'{"id":1.5,"text":"x"}', b'{"id":1,"text":"x","lang":3}', b'{"id":1,"id":2,"text":"x"}',
               b'{"id":1,"text":"\xff"}', b'{"id":1,"text":"\\ud800"}', b"[" * 10000, b"null"]
        says = ["", "empty", "object", "id: missing", "text: missing", "text: must be a string, not null",
                "id: must be", "id: must be", "lang: must be", "", "", "", "", "object"]
        for threads in ("1", "3"):
            done = self.match(b"\n".join(good + b"\n" + b for b in bad) + b"\n", "--threads", threads)
            self.assertEqual(done.code, 3)
            self.assertEqual(len(done.text.splitlines()), len(bad))
            complaints = done.errors.splitlines()
            for i, part in enumerate(says):
                self.assertTrue(complaints[i].startswith(f"line {2 * i + 2}: "), complaints[i])
                self.assertIn(part, complaints[i])
            self.assertIn(f"{len(bad)} lines", complaints[-1])

    def test_line_ends_of_windows_a_mark_at_the_start_and_no_end_are_fine(self):
        line = json.dumps({"id": 1, "text": BALLOTS})
        done = self.match(b"\xef\xbb\xbf" + (line + "\r\n" + line).encode())
        self.assertEqual((done.code, len(done.text.splitlines())), (0, 2))
        self.assertEqual(self.match(b"").out, b"")

    def test_lines_and_posts_over_the_limits_are_bad_lines(self):
        long_post, good = {"id": 1, "text": "a b " * 1000}, {"id": 2, "text": BALLOTS}
        done = self.match([long_post, good], "--max-post-bytes", "1K")
        self.assertEqual((done.code, len(done.text.splitlines())), (3, 1))
        self.assertIn("line 1: ", done.errors)
        self.assertIn("1024", done.errors)
        done = self.match([long_post, good], "--max-line-bytes", "500")
        self.assertEqual((done.code, len(done.text.splitlines())), (3, 1))
        self.assertIn("line 1: ", done.errors)
        self.assertIn("500", done.errors)

    def test_a_closed_pipe_ends_it_quietly(self):
        source = self.file("many.jsonl", jsonl(posts(20000)))
        done = subprocess.run(f"'{SANAD}' match --bank '{self.bank}' < '{source}' | head -1; exit ${{PIPESTATUS[0]}}",
                              shell=True, executable="/bin/bash", capture_output=True, env=environment(), timeout=60)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, b"")
        self.assertEqual(done.stdout.count(b"\n"), 1)

    def test_a_full_disk_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([SANAD, "match", "--bank", self.bank], input=jsonl(posts(3)).encode(), stdout=full,
                                  stderr=subprocess.PIPE, env=environment(), timeout=60)
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"space", done.stderr)

    def test_memory_does_not_grow_with_the_stream(self):
        def peak(n):
            source = self.file("stream.jsonl", jsonl(posts(n)))
            code = ("import resource, subprocess, sys; subprocess.run(sys.argv[2:], stdin=open(sys.argv[1]), "
                    "stdout=subprocess.DEVNULL, check=True); "
                    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
            done = subprocess.run(["python3", "-c", code, source, SANAD, "match", "--bank", self.bank],
                                  capture_output=True, check=True, timeout=120)
            return int(done.stdout)
        if "asan" in os.environ.get("SANAD_BUILD", ""):
            self.skipTest("AddressSanitizer keeps freed memory")
        self.assertLess(peak(30000), peak(3000) + 8 * 1024)


class Conversations(Case):
    """Somebody waits on the other side of the pipe."""

    def setUp(self):
        self.process = start("match", "--bank", self.bank, "--threads", "2", stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.set_blocking(self.process.stdout.fileno(), False)

    def tearDown(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def ask(self, text):
        self.process.stdin.write(jsonl([{"id": 1, "text": text}]).encode())
        self.process.stdin.flush()
        answer, deadline = b"", time.time() + 10
        while not answer.endswith(b"\n"):
            self.assertLess(time.time(), deadline, "no answer while the input pauses")
            answer += self.process.stdout.read() or b""
            time.sleep(0.005)
        return json.loads(answer)

    def test_every_question_is_answered_before_the_next_one_is_asked(self):
        for _ in range(3):
            self.assertEqual(self.ask(BALLOTS)["hits"][0]["id"], "c1")

    def test_claims_added_and_withdrawn_take_effect_within_a_second(self):
        self.assertEqual(self.ask(LATE)["hits"], [])
        new = self.file("new.jsonl", jsonl([{"id": "late", "lang": "en", "text": LATE}]))
        self.assertEqual(run("bank", "add", self.bank, new).code, 0)
        time.sleep(0.8)
        self.assertEqual(self.ask(LATE)["hits"][0]["id"], "late")
        self.assertEqual(run("bank", "withdraw", self.bank, "late").code, 0)
        time.sleep(0.8)
        self.assertEqual(self.ask(LATE)["hits"], [])

    def test_ctrl_c_ends_it_with_the_usual_code(self):
        self.ask(BALLOTS)
        self.process.send_signal(signal.SIGINT)
        self.assertEqual(self.process.wait(timeout=10), 130)


if __name__ == "__main__":
    main()
