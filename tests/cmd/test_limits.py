#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Posts that are too large or malformed are refused with a clear sentence, quickly and in bounded memory."""
import os
import subprocess
import time

from program import SANAD, Case, environment, main, run

MEASURE = ("import resource, subprocess, sys; r = subprocess.run(sys.argv[2:], stdin=open(sys.argv[1], 'rb'), capture_output=True); "
           "sys.stderr.write(r.stderr.decode()); print(r.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")


class Limits(Case):
    def test_a_gigabyte_is_refused_quickly_and_in_bounded_memory(self):
        huge = self.folder / "huge.txt"
        with open(huge, "wb") as f:
            f.truncate(1 << 30)  # a sparse file of NUL bytes
        for args in (["check", "--bank", self.bank], ["match", "--bank", self.bank]):
            began = time.time()
            done = subprocess.run(["python3", "-c", MEASURE, huge, SANAD, *args], capture_output=True, text=True,
                                  timeout=120, env=environment())
            code, kilobytes = map(int, done.stdout.split())
            self.assertEqual(code, 3)
            self.assertIn("limit of", done.stderr)
            self.assertLess(kilobytes, (400 if "asan" in os.environ.get("SANAD_BUILD", "") else 100) * 1024)
            self.assertLess(time.time() - began, 60)
        self.assertIn("8388608", done.stderr)

    def test_the_limit_of_a_post_is_exact_and_named(self):
        post = "word " * 25
        self.assertNotEqual(run("check", "--bank", self.bank, "--max-post-bytes", "125", stdin=post).code, 3)
        done = run("check", "--bank", self.bank, "--max-post-bytes", "124", stdin=post)
        self.assertEqual(done.code, 3)
        self.assertIn("124 bytes", done.errors)
        self.assertIn("--max-post-bytes", done.errors)

    def test_a_megabyte_a_nul_and_marks_without_end_are_answered(self):
        for post in (b"word " * 200000, b"one\0two three four", b"e" + "\u0301".encode() * 100000, b"a " * 500000):
            done = run("check", "--bank", self.bank, stdin=post)
            self.assertIn(done.code, (0, 1), done.errors)

    def test_bytes_that_are_no_text_are_refused_with_their_place(self):
        done = run("check", "--bank", self.bank, stdin=b"abc \xff def")
        self.assertEqual(done.code, 3)
        self.assertIn("byte 4", done.errors)


if __name__ == "__main__":
    main()
