#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The generator of kinds: what it refuses, that the pages are those of today's kinds, and docs/FIRST-KIND.md."""
import copy
import datetime
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path
from unittest import mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import gen_kinds  # noqa: E402
from kinds.checks import Refused  # noqa: E402
from kinds.network import Network  # noqa: E402

GENERATOR = os.path.join(ROOT, "tools/gen_kinds.py")
GUARDS = os.path.join(ROOT, "src/record/guards.def")


def generate(kinds, *what, guards=GUARDS):
    return subprocess.run([sys.executable, GENERATOR, kinds, guards, *what], capture_output=True, text=True, check=False)


class Scratch(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.kinds = os.path.join(self.folder.name, "kinds")
        shutil.copytree(os.path.join(ROOT, "kinds"), self.kinds)

    def edit(self, name, old, new):
        path = os.path.join(self.kinds, name)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new, 1))

    def refused(self, *parts):
        done = generate(self.kinds, "check")
        self.assertNotEqual(done.returncode, 0, done.stdout)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertNotIn("Traceback", done.stderr)


class Persons(Scratch):
    def add_field(self, name, kind="text(100)"):
        self.edit("claim.toml", "[fields]\n", f'[fields]\n{name} = {{ type = "{kind}", help = "x", example = "x" }}\n')

    def test_no_kind_can_describe_a_person(self):
        for name in ("email", "phone", "author_name", "ip", "ip_hash", "account_hash", "birth_date", "home_address",
                     "speaker", "user_id", "nationality", "gps_position", "uploader", "face_print"):
            with self.subTest(name):
                self.add_field(name)
                self.refused("claim.toml: fields." + name, "R1", "could describe a person")
                self.edit("claim.toml", f'{name} = {{ type = "text(100)", help = "x", example = "x" }}\n', "")

    def test_no_kind_can_score_anybody(self):
        for name in ("score", "trust_score", "rank", "rating", "reputation", "accuracy_percent", "strikes"):
            with self.subTest(name):
                self.add_field(name)
                self.refused("claim.toml: fields." + name, "R2", "could score or rank somebody")
                self.edit("claim.toml", f'{name} = {{ type = "text(100)", help = "x", example = "x" }}\n', "")

    def test_a_nested_field_is_no_way_round(self):
        self.edit("package.toml", "[shapes.reference]\n",
                  '[shapes.reference]\nemail = { type = "text(99)", help = "x" }\n')
        self.refused("package.toml: shapes.reference.email", "R1")

    def test_an_exception_needs_a_reason_and_a_use(self):
        self.edit("exceptions.toml", "[R1]\n", '[R1]\n"claim.email" = "wanted"\n')
        self.refused("exceptions.toml: R1.claim.email", "nothing needs this exception")
        self.add_field("email")
        self.refused("claim.toml: fields.email")


class Schema(Scratch):
    CASES = [
        ("claim.toml", 'family = "answers"', 'family = "gossip"', "claim.toml: family", "is not one of"),
        ("claim.toml", "version = 1", "version = 1\ncolour = 1", "claim.toml: colour", "unknown key"),
        ("claim.toml", 'erasable = true', 'erasible = true', "claim.toml: fields.appearances.erasible", "unknown key"),
        ("claim.toml", "text(2000)", "text(0)", "claim.toml: fields.normal_form.type", "1 to 20000"),
        ("claim.toml", "list<print, 0..32>", "list<print, 9..3>", "claim.toml: fields.prints.type", "MIN..MAX"),
        ("claim.toml", '"list<copy', '"list<kopy', "claim.toml: fields.appearances.type", "no type 'kopy'"),
        ("claim.toml", 'to = "published"', 'to = "printed"', "claim.toml: transitions[0].to", "is not one of"),
        ("claim.toml", 'by = "correction"', 'by = "rumour"', "claim.toml: transitions[1].by", "is not one of"),
        ("claim.toml", '"reasons_given"', '"reasons_taken"', "claim.toml: transitions[2].guards", "is not one of"),
        ("claim.toml", 'withdrawn = "', 'lost = "', "claim.toml: transitions[2].to", "is not one of"),
        ("verdict.toml", '["claim"]', '["clam"]', "verdict.toml: about.kinds", "is not one of"),
        ("withdrawal.toml", 'within = "10min"', 'within = "soon"', "withdrawal.toml: clocks[0].within", "a duration"),
        ("signal.toml", 'is = ["agree"]', 'is = ["maybe"]', "signal.toml: transitions[1].when.is", "is not one of"),
        ("signal.toml", 'otherwise = "quarantined"', 'otherwise = "gone"', "signal.toml: transitions[0].otherwise",
         "is not one of"),
        ("task.toml", 'state = "open, doing"', 'state = "doing"', "task.toml: transitions[3].from", "does not run in 'open'"),
        ("alert.toml", 'to = "deputy"\nby = "clock"', 'to = "raised"\nby = "clock"', "alert.toml: states.raised",
         "clocks alone"),
        ("alert.toml", 'late = "not acknowledged within 15 minutes"', 'extends_by = "ack"', "alert.toml: clocks[0].extends_by",
         "only a clock of the field until"),
        ("signal.toml", 'safest = "quarantined"', 'safest = "gone"', "signal.toml: safest", "is not one of"),
        ("plan.toml", 'kind = "plan"', 'kind = "plot"', "plan.toml: kind", "name of the file"),
        ("shared.toml", "[shapes.copy]\n", '[shapes.copy]\nmore = { type = "copy", help = "x" }\n',
         "shared.toml: shapes.copy", "never themselves"),
        ("vote.toml", 'kind = "vote"', 'kind = vote', "vote.toml:", ""),
    ]

    def test_a_wrong_kind_is_refused_with_file_and_place(self):
        for name, old, new, *parts in self.CASES:
            with self.subTest(parts[0]):
                shutil.copy2(os.path.join(ROOT, "kinds", name), os.path.join(self.kinds, name))
                self.edit(name, old, new)
                self.refused(*parts)
                shutil.copy2(os.path.join(ROOT, "kinds", name), os.path.join(self.kinds, name))
        self.assertEqual(generate(self.kinds, "check").returncode, 0)


def places(value, path=()):
    """The paths of all values in a table, the inner ones too."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, v in inner:
        yield (*path, key)
        yield from places(v, (*path, key))


class WrongTypes(unittest.TestCase):
    WRONG = [7, True, "x", [], ["x"], [7], {}, {"x": "y"}, 1.5, datetime.date(2026, 11, 22)]

    def test_a_value_of_another_type_is_refused_or_taken_and_never_breaks_the_generator(self):
        """Any value of any file: a sample of them, another one each time; SANAD_ALL=1 takes them all."""
        files = {p.name: tomllib.loads(p.read_text("utf-8")) for p in Path(ROOT, "kinds").glob("*.toml")}
        cases = [(f, path, wrong) for f, table in sorted(files.items()) for path in places(table) for wrong in self.WRONG]
        if os.environ.get("SANAD_ALL") != "1":
            cases = random.sample(cases, 150)
        n_refused = 0
        for file, path, wrong in cases:
            with self.subTest(file=file, path=path, wrong=wrong):
                changed = copy.deepcopy(files)
                at = changed[file]
                for key in path[:-1]:
                    at = at[key]
                at[path[-1]] = wrong
                n_refused += self.is_refused(changed)
        self.assertGreater(n_refused, len(cases) // 2)

    def is_refused(self, files):
        with mock.patch.object(Network, "load", lambda _, name: files[name]):
            try:
                net = Network(os.path.join(ROOT, "kinds"), GUARDS)
            except Refused as e:
                self.assertRegex(str(e), r"^\w+\.toml: ")
                return True
        for make in gen_kinds.MAKES.values():
            make(net)
        return False


class Made(Scratch):
    def test_the_pages_of_the_kinds_are_up_to_date(self):
        made = os.path.join(self.folder.name, "docs")
        self.assertEqual(generate(self.kinds, "docs", made).returncode, 0)
        stored = os.path.join(ROOT, "docs/kinds")
        self.assertEqual(sorted(os.listdir(made)), sorted(set(os.listdir(stored)) - {"README.md"}))
        for name in os.listdir(made):
            with open(os.path.join(made, name), encoding="utf-8") as a, \
                    open(os.path.join(stored, name), encoding="utf-8") as b:
                self.assertEqual(a.read(), b.read(), f"{name}: run `ninja -C build docs-kinds`")

    def test_forms_and_labels_know_every_field(self):
        out = os.path.join(self.folder.name, "out.json")
        self.assertEqual(generate(self.kinds, "forms", out).returncode, 0)
        with open(out, encoding="utf-8") as f:
            forms = json.load(f)
        self.assertEqual(generate(self.kinds, "labels", out).returncode, 0)
        with open(out, encoding="utf-8") as f:
            labels = json.load(f)
        self.assertGreaterEqual(len(forms), 46)
        for form in forms:
            for field in form["fields"]:
                self.assertIn(f"{form['kind']}.{field['name']}", labels)
                for value in field.get("values", []):
                    self.assertIn(f"{form['kind']}.{field['name']}={value}", labels)

    def test_the_same_kinds_give_the_same_bytes(self):
        a, b = os.path.join(self.folder.name, "a.c"), os.path.join(self.folder.name, "b.c")
        self.assertEqual(generate(self.kinds, "c", a).returncode, 0)
        self.assertEqual(generate(self.kinds, "c", b).returncode, 0)
        with open(a, "rb") as x, open(b, "rb") as y:
            self.assertEqual(x.read(), y.read())

    def test_a_change_of_the_generator_makes_its_tables_anew(self):
        depfile = os.path.join(self.folder.name, "a.d")
        done = generate(self.kinds, "c", os.path.join(self.folder.name, "a.c"), "--depfile", depfile)
        self.assertEqual(done.returncode, 0)
        with open(depfile, encoding="utf-8") as f:
            needs = f.read().split()
        tools = os.path.realpath(os.path.dirname(GENERATOR))
        parts = [os.path.join(tools, "kinds", n) for n in os.listdir(os.path.join(tools, "kinds")) if n.endswith(".py")]
        self.assertGreater(len(parts), 5)
        for part in (os.path.join(tools, "gen_kinds.py"), os.path.join(tools, "c_text.py"), *parts):
            self.assertIn(part, needs)


class FirstKind(unittest.TestCase):
    def test_a_newcomer_who_follows_the_page_has_a_new_kind(self):
        with open(os.path.join(ROOT, "docs/FIRST-KIND.md"), encoding="utf-8") as f:
            blocks = re.findall(r"^```sh run\n(.*?)^```$", f.read(), re.M | re.S)
        self.assertGreaterEqual(len(blocks), 3)
        with tempfile.TemporaryDirectory() as folder:
            for part in ("kinds", "tools", "src/record", "docs/kinds"):
                shutil.copytree(os.path.join(ROOT, part), os.path.join(folder, part),
                                ignore=shutil.ignore_patterns("__pycache__"))
            for block in blocks:
                done = subprocess.run(["sh", "-euc", block], cwd=folder, capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, block + done.stdout + done.stderr)
            self.assertTrue(os.path.exists(os.path.join(folder, "docs/kinds/rumour_line.md")))


if __name__ == "__main__":
    unittest.main()
