# SPDX-License-Identifier: Apache-2.0
"""Nobody can tell whether a change made sanad slower when the measuring itself is broken.

    test_bench.py BENCH_MATCH

Runs the quick mode and looks at the shape of what comes out; figures are held to being there, positive, and a share where
they are one. Only the size of a bank, which no other program's work changes, and its opening, which takes a hundredth
of its bound, are held to what they should be.
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = sys.argv.pop()
PATHS = {"near", "words", "words-read", "retrieve", "answer"}


class Quick(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as work:
            done = subprocess.run([sys.executable, os.path.join(ROOT, "tools/bench.py"), "--quick", "--work", work,
                                   "--program", PROGRAM], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"bench.py --quick: {done.stderr}")
        cls.part, = json.loads(done.stdout)["sizes"].values()

    def positive(self, figures, what):
        for name, value in figures.items():
            if isinstance(value, (int, float)):
                self.assertGreater(value, 0, f"{what}: {name}")

    def test_building_and_opening_are_measured(self):
        self.assertEqual(self.part["ours"]["build"]["items"], 10_000)
        self.positive(self.part["ours"]["build"], "build")
        self.positive(self.part["ours"]["open"], "open")

    def test_a_bank_stays_small_and_opens_at_once(self):
        self.assertLess(self.part["ours"]["build"]["bytes_per_item"], 2048)
        self.assertLess(self.part["ours"]["open"]["best_us"], 10_000)

    def test_every_way_to_look_up_is_measured(self):
        looks = self.part["ours"]["looks"]
        self.assertEqual({row["what"] for row in looks}, PATHS)
        for row in looks:
            self.positive(row, row["what"])
            self.assertLessEqual(row["p50_us"], row["p99_us"])
            self.assertLessEqual(row["first"], row["ten"])
            self.assertLessEqual(row["ten"], 1)

    def test_every_phase_of_an_answer_is_measured(self):
        for asks in ("posts", "copies"):
            self.positive(self.part["ours"]["profile"][asks], asks)

    def test_changes_are_measured_while_posts_are_answered(self):
        rows = self.part["ours"]["changes"]
        self.assertEqual([row["overlay"] for row in rows], [0, 10_000, 50_000])
        for row in rows:
            for what in ("add_ms", "withdraw_ms", "p50_us", "p99_us", "quiet_p99_us"):
                self.assertGreater(row[what], 0, what)
            self.assertLessEqual(row["add_ms"], row["add_most_ms"])


if __name__ == "__main__":
    unittest.main()
