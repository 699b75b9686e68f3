#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sanad cluster: posts that say the same become one item."""
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from program import BALLOTS, SANAD, SOURCE, environment, jsonl, main, run, start

sys.path.insert(0, str(SOURCE / "tools"))
import cluster_set  # noqa: E402

KITES = "The river turned purple after the festival of kites in the harbour."
LOOKALIKES = str.maketrans("aeocpx", "аеосрх")
DISGUISES = {
    "look-alikes": lambda chance, text: text.translate(LOOKALIKES),
    "zero width": lambda chance, text: "".join(c + "\u200b" * (chance.random() < 0.2) for c in text),
    "separators": lambda chance, text: re.sub(r"(?<!\d)(\w{5,})", lambda m: ".".join(m[0]), text, count=2),
    "upper": lambda chance, text: text.upper(),
    "emoji": lambda chance, text: " ".join(w + " 🔥" * (chance.random() < 0.3) for w in text.split()),
    "wrapped": lambda chance, text: f"Share before they delete it!! 🚨 {text} #truth https://link.example/x",
    "a part": lambda chance, text: " ".join(text.split()[:-max(1, len(text.split()) // 4)]),
    "words left out": lambda chance, text: " ".join(w for w in text.split() if re.search(r"\d", w) or chance.random() > 0.15),
    "words swapped": lambda chance, text: " ".join(w for a, b in pairs_of(text.split()) for w in (b, a)),
}


def pairs_of(words):
    words = words + [""] * (len(words) % 2)
    return zip(words[::2], words[1::2])


def changed_digit(text):
    return re.sub(r"\d", lambda m: str((int(m[0]) + 3) % 9 + 1), text, count=1)


def own_set():
    """Posts and truth of the demonstration's claims and translations, their disguises, and changed numbers."""
    chance, posts, truth = random.Random(3), [], {}

    def add(text, cluster):
        posts.append({"id": f"p{len(posts)}", "text": text})
        truth[posts[-1]["id"]] = cluster

    for path in sorted((SOURCE / "demo/claims").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            claim = json.loads(line)
            for version in [claim, *claim.get("translations", [])]:
                if version["lang"] == "ms":  # often the Indonesian words
                    continue
                cluster = f"{claim['id']} {version['lang']}"
                add(version["text"], cluster)
                for name in chance.sample(sorted(DISGUISES), 4):
                    add(DISGUISES[name](chance, version["text"]), cluster)
                if re.search(r"[0-9]", version["text"]) and chance.random() < 0.3:
                    add(changed_digit(version["text"]), f"{cluster} changed")
    chance.shuffle(posts)
    return posts, truth


def clusters_of(text):
    return [json.loads(line) for line in text.splitlines()]


def cluster(posts, *args, **more):
    return run("cluster", *args, stdin=posts if isinstance(posts, (str, bytes)) else jsonl(posts), **more)


class Items(unittest.TestCase):
    def test_copies_become_one_line_with_their_ids(self):
        done = cluster([{"id": 7, "text": BALLOTS}, {"id": "b", "text": KITES, "lang": "en"},
                        {"id": "a", "text": BALLOTS.upper() + " 🔥"}, {"id": 8, "text": KITES, "other": [1]}])
        self.assertEqual((done.code, done.errors), (0, ""))
        self.assertEqual([(c["members"], c["size"], c["langs"]) for c in clusters_of(done.text)],
                         [(["b", 8], 2, ["en"]), (["a", 7], 2, ["en"])])
        self.assertEqual({c["text"] for c in clusters_of(done.text)}, {BALLOTS, KITES})
        self.assertEqual(cluster("").text, "")

    def test_the_order_of_the_lines_and_the_number_of_threads_change_nothing(self):
        posts, _ = own_set()
        first = cluster(posts).out
        chance = random.Random(1)
        for threads in ("1", "1", "3"):
            chance.shuffle(posts)
            self.assertEqual(cluster(posts, "--threads", threads).out, first)

    def test_bad_lines_are_told_with_their_number_and_do_not_stop_the_run(self):
        good = json.dumps({"id": 1, "text": BALLOTS}).encode()
        bad = [b"{", b"", b"[]", b'{"text":"x"}', b'{"id":1}', b'{"id":1,"text":null}', b'{"id":[],"text":"x"}',
               b'{"id":1,"text":"x","lang":3}', b'{"id":1,"text":"\xff"}', b'{"id":"' + b"x" * 300 + b'","text":"x"}']
        says = ["", "empty", "object", "id: missing", "text: missing", "text: must be", "id: must be", "lang: must be", "",
                "256"]
        for threads in ("1", "4"):
            done = cluster(b"\n".join(good + b"\n" + b for b in bad) + b"\n", "--threads", threads)
            self.assertEqual(done.code, 3)
            self.assertEqual([c["size"] for c in clusters_of(done.text)], [len(bad)])
            complaints = done.errors.splitlines()
            for i, part in enumerate(says):
                self.assertTrue(complaints[i].startswith(f"line {2 * i + 2}: "), complaints[i])
                self.assertIn(part, complaints[i])
            self.assertIn(f"{len(bad)} lines", complaints[-1])

    def test_reading_stops_behind_the_limit_and_says_so(self):
        done = cluster([{"id": i, "text": f"{KITES} {i}"} for i in range(9)], "--max-posts", "4")
        self.assertEqual(done.code, 3)
        self.assertEqual(sum(c["size"] for c in clusters_of(done.text)), 4)
        self.assertIn("line 5: cluster: more than 4 posts", done.errors)
        done = cluster([{"id": 1, "text": KITES}, {"id": 2, "text": KITES * 50}], "--max-post-bytes", "1K")
        self.assertEqual((done.code, len(clusters_of(done.text))), (3, 1))
        self.assertIn("line 2: ", done.errors)

    def test_a_full_disk_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([SANAD, "cluster"], input=jsonl([{"id": 1, "text": KITES}]).encode(), stdout=full,
                                  stderr=subprocess.PIPE, env=environment(), timeout=60)
        self.assertEqual(done.returncode, 4)


class Streams(unittest.TestCase):
    """Posts that come slowly."""

    def setUp(self):
        self.process = start("cluster", "--interim", "1", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        os.set_blocking(self.process.stdout.fileno(), False)

    def tearDown(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def send(self, posts):
        self.process.stdin.write(jsonl(posts).encode())
        self.process.stdin.flush()

    def wait_for_lines(self, n):
        text, deadline = b"", time.time() + 20
        while text.count(b"\n") < n:
            self.assertLess(time.time(), deadline, "no interim result while the input pauses")
            text += self.process.stdout.read() or b""
            time.sleep(0.01)
        return clusters_of(text.decode())

    def test_interim_results_come_while_the_input_pauses(self):
        self.send([{"id": 1, "text": KITES}, {"id": 2, "text": BALLOTS}])
        self.assertEqual([(c["interim"], c["size"]) for c in self.wait_for_lines(2)], [(1, 1), (1, 1)])
        self.send([{"id": 3, "text": KITES + "!"}])
        self.assertEqual([(c["interim"], c["size"]) for c in self.wait_for_lines(2)], [(2, 2), (2, 1)])
        self.process.stdin.close()
        self.assertEqual(self.process.wait(timeout=20), 0)
        last = clusters_of(self.process.stdout.read().decode())
        self.assertEqual([("interim" in c, c["size"]) for c in last], [(False, 2), (False, 1)])
        self.process.stdin = None

    def test_ctrl_c_ends_it_with_the_usual_code(self):
        self.send([{"id": 1, "text": KITES}])
        self.wait_for_lines(1)
        self.process.send_signal(signal.SIGINT)
        self.assertEqual(self.process.wait(timeout=10), 130)


class Quality(unittest.TestCase):
    def check(self, report, precision, recall):
        self.assertGreaterEqual(report["precision"], precision, report)
        self.assertGreaterEqual(report["recall"], recall, report)

    def test_disguised_posts_of_the_demonstration_are_found_and_kept_apart(self):
        posts, truth = own_set()
        found = {}
        for number, c in enumerate(clusters_of(cluster(posts).text)):
            found.update((i, number) for i in c["members"])
        self.assertEqual(found.keys(), truth.keys())
        self.assertGreater(len(posts), 2000)
        self.check(cluster_set.agreement(found, truth), 0.90, 0.80)

    def test_the_evaluation_sets_are_folded_as_well_as_before(self):
        if not Path(cluster_set.SETS, "nd_en").is_dir():
            self.skipTest("the evaluation sets are not there")
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, SOURCE / "tools/cluster_set.py", "make", folder], check=True,
                           stdout=subprocess.DEVNULL)
            done = subprocess.run([sys.executable, SOURCE / "tools/cluster_set.py", "measure", SANAD, folder], check=True,
                                  capture_output=True)
        report = json.loads(done.stdout)
        self.check(report, 0.97, 0.92)
        for lang in cluster_set.LANGS:
            self.check(report[lang], 0.96, 0.89)
        if "asan" not in os.environ.get("SANAD_BUILD", ""):
            self.assertGreaterEqual(report["posts/s"], 5000)


if __name__ == "__main__":
    main()
