#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/formats/hit.md is what comes out: its example is asked again, and the answers to all demo posts
have the members that its tables name, of the types they say, and no others.

    test_hit.py --update     writes the example into the page anew
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
SANAD = os.environ.get("SANAD", str(SOURCE / "build/sanad"))
PAGE = SOURCE / "docs/formats/hit.md"
EXAMPLE = re.compile(r"```sh\nsanad check --bank demo\.bank --json '([^']+)'\n```\n\n```json\n(.*?)```\n", re.DOTALL)
# Shares move a little when ranking is calibrated anew; what the example shows may not.
TOLERANCE = 0.15

NUMBER, STRING, LIST, OBJECT = (int, float), str, list, dict
TYPES = {"a string": STRING, "string": STRING, "list": LIST, "object": OBJECT, "string or number": (str, int),
         "`true`": bool, "0 to 1": NUMBER, "number, 0 to 1": NUMBER}


def sanad(*args, stdin=None, codes=(0,)):
    done = subprocess.run([SANAD, *map(str, args)], input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode in codes, (args, done.returncode, done.stderr)
    return done.stdout


def demo_bank(folder):
    path = Path(folder) / "demo.bank"
    sanad("bank", "build", *sorted((SOURCE / "demo/claims").glob("*.jsonl")), "-o", path)
    return path


def table(title):
    """Names in the first column of the first table behind a heading, and the second column."""
    text = PAGE.read_text(encoding="utf-8").split(f"\n## {title}\n", 1)[1]
    rows = re.search(r"\n\|.*?\n\n", text, re.DOTALL).group(0).strip().split("\n")[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {cell[0].strip("`"): cell[1] for cell in cells}


def values(name):
    """Values that a member may have: first column of the table that begins with its name."""
    text = PAGE.read_text(encoding="utf-8")
    rows = re.search(rf"\n\| `{name}` \|[^\n]*\n\|[-|]+\n(.*?)\n\n", text, re.DOTALL).group(1)
    return set(re.findall(r"^\| `([^`]+)` \|", rows, re.MULTILINE))


class Hits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="sanad-hit-")
        cls.bank = demo_bank(cls.folder)
        posts = []
        for path in sorted((SOURCE / "demo/posts").glob("*.jsonl")):
            posts += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        cls.posts = {post["id"]: post for post in posts}
        for name, text in (("x-empty", "🙏🙏"), ("x-short", "5G virus"),
                           ("x-link", "https://openledger.example/checks/h001"),
                           ("x-number", "lemon water 70 % of 3 million people")):
            cls.posts[name] = {"id": name, "text": text}
        lines = "".join(json.dumps({k: p[k] for k in ("id", "text")}) + "\n" for p in cls.posts.values())
        cls.answers = [json.loads(line) for line in
                       sanad("match", "--bank", cls.bank, "--tier", "none", stdin=lines).splitlines()]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def members(self, title, value, optional=()):
        rows = table(title)
        self.assertLessEqual(value.keys(), rows.keys(), title)
        self.assertLessEqual(rows.keys() - set(optional), value.keys(), title)
        for name, member in value.items():
            kind = rows[name].split(" of ")[0].split(", at")[0]
            if kind in TYPES:
                self.assertIsInstance(member, TYPES[kind], name)
            if "0 to 1" in rows[name]:
                self.assertTrue(0 <= member <= 1, f"{name}: {member}")

    def test_the_page_names_every_member_and_no_other(self):
        for answer in self.answers:
            self.members("The answer", answer, optional=("cut", "id", "note"))
            self.assertRegex(answer["bank"], "^[0-9a-f]{64}$")
            self.assertIn(answer.get("note", "empty"), values("note"))
            for hit in answer["hits"]:
                self.members("A hit", hit)
                self.members("`why`", hit["why"])
                self.assertEqual(set(hit["measures"]), set(table("`measures`")))
                self.assertIn(hit["how"], values("how"))
                self.assertIn(hit["tier"], values("tier"))
                self.assertEqual((hit["disputes"], hit["exemptions"]), ([], []))
        seen = {hit["how"] for answer in self.answers for hit in answer["hits"]}
        self.assertGreaterEqual(seen, {"exact", "contains", "same-claim", "same-link"})
        self.assertEqual({a["note"] for a in self.answers if "note" in a}, values("note"))

    def test_why_points_into_the_post_and_keeps_its_limits(self):
        for answer in self.answers:
            post = self.posts[answer["id"]]["text"].encode()
            for why in (hit["why"] for hit in answer["hits"]):
                begin, end = why["span"]
                self.assertTrue(0 <= begin <= end <= len(post))
                post[begin:end].decode()  # never inside a character
                self.assertLessEqual(len(why["shared"]), 12)
                self.assertLessEqual(max(map(len, (why["changed"], *why["numbers"].values()))), 8)
                self.assertIn(why["negation"], ("same", "added", "removed"))
                self.assertIn(why["part"], ("title", "text", "body"))
                for pair in why["numbers"]["agree"]:
                    self.assertEqual(pair.keys(), {"claim", "post"})
                for pair in why["numbers"]["differ"] + why["changed"]:
                    self.assertTrue(pair and pair.keys() <= {"claim", "post"})
                for pair in why["numbers"]["agree"] + why["numbers"]["differ"]:
                    there = pair.get("post", "").encode() in post
                    self.assertTrue(there or pair.get("post") == pair.get("claim"), pair)

    def test_a_change_that_was_noticed_is_never_confirmed(self):
        n_changed = 0
        for hit in (hit for answer in self.answers for hit in answer["hits"]):
            why = hit["why"]
            replaced = [pair for pair in why["changed"] if "post" in pair]
            if why["numbers"]["differ"] or why["negation"] != "same" or replaced:
                self.assertNotEqual(hit["tier"], "confirmed", hit["id"])
                n_changed += 1
        self.assertGreater(n_changed, 50)

    def test_every_organisation_is_shown(self):
        claims = {}
        for path in (SOURCE / "demo/claims").glob("*.jsonl"):
            for line in path.read_text(encoding="utf-8").splitlines():
                claims[json.loads(line)["id"]] = json.loads(line)
        for hit in (hit for answer in self.answers for hit in answer["hits"]):
            self.assertEqual([(v["org"], v["label"], v["date"]) for v in hit["verdicts"]],
                             [(v["org"], v["label"], v["date"]) for v in claims[hit["id"]]["verdicts"]])

    def test_one_question_and_many_give_the_same_object(self):
        for answer in self.answers[::15]:
            one = json.loads(sanad("check", "--bank", self.bank, "--json", "--tier", "none",
                                   self.posts[answer["id"]]["text"], codes=(0, 1)))
            self.assertEqual(one | {"id": answer["id"]}, answer)

    def same(self, here, there, where):
        if isinstance(here, float) or isinstance(there, float):
            self.assertAlmostEqual(here, there, delta=TOLERANCE, msg=where)
        elif isinstance(here, dict) and isinstance(there, dict):
            self.assertEqual(here.keys(), there.keys(), where)
            for name in here.keys() - {"bank"}:
                self.same(here[name], there[name], f"{where}.{name}")
        elif where.endswith(".shared"):
            self.assertEqual(set(here), set(there), where)
        elif isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
            for i, (a, b) in enumerate(zip(here, there)):
                self.same(a, b, f"{where}[{i}]")
        else:
            self.assertEqual(here, there, where)

    def test_the_example_of_the_page_comes_out_again(self):
        post, printed = EXAMPLE.search(PAGE.read_text(encoding="utf-8")).groups()
        printed, answer = json.loads(printed), json.loads(sanad("check", "--bank", self.bank, "--json", post))
        self.same(printed, answer, "answer")
        self.assertEqual(printed["hits"][0]["tier"], "suggested")
        self.assertTrue(printed["hits"][0]["why"]["numbers"]["differ"])


def update():
    with tempfile.TemporaryDirectory() as folder:
        text = PAGE.read_text(encoding="utf-8")
        match = EXAMPLE.search(text)
        answer = json.loads(sanad("check", "--bank", demo_bank(folder), "--json", match[1]))
        pretty = json.dumps(answer, ensure_ascii=False, indent=1)
        PAGE.write_text(text[:match.start(2)] + pretty + "\n" + text[match.end(2):], encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        unittest.main()
