#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is made of the table of verbs: completions, man page, docs/cli.md."""
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from program import BUILD, SOURCE, main

MADE = BUILD / "src/cmd"
TABLE = SOURCE / "src/cmd/verbs.toml"


class Pages(unittest.TestCase):
    def complete(self, *words, folder="/"):
        script = (f'source "{MADE / "sanad.bash"}"; shift 0; COMP_WORDS=("$@"); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); '
                  '_sanad; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "-", "sanad", *words], capture_output=True, text=True, cwd=folder)
        self.assertEqual(done.stderr, "")
        return [line for line in done.stdout.split("\n") if line]

    def test_bash_completes_commands_options_values_and_files(self):
        done = subprocess.run(["bash", "-n", MADE / "sanad.bash"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.complete("b"), ["bank", "bench"])
        self.assertEqual(self.complete("bank", "b"), ["build"])
        self.assertEqual(self.complete("help", "bank", "me"), ["merge"])
        self.assertIn("--strict", self.complete("bank", "build", "--s"))
        self.assertNotIn("--strict", self.complete("check", "--"))
        self.assertEqual(self.complete("check", "--tier", "c"), ["confirmed"])
        self.assertEqual(self.complete("check", "-l", "f"), ["fa", "fr"])
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "my facts.bank").touch()
            self.assertEqual(self.complete("check", "--bank", "my", folder=folder), ["my facts.bank"])
            self.assertEqual(self.complete("bank", "info", "", folder=folder), ["my facts.bank"])

    def test_zsh_can_read_its_completion(self):
        text = (MADE / "_sanad").read_text()
        self.assertTrue(text.startswith("#compdef sanad\n"))
        for word in ("build", "--strict", "--tier", "(none suggested confirmed)"):
            self.assertIn(word, text)
        if not shutil.which("zsh"):
            self.skipTest("zsh is not installed; only the text was looked at")
        done = subprocess.run(["zsh", "-n", MADE / "_sanad"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_man_page_is_made_without_warnings(self):
        if not shutil.which("scdoc"):
            self.skipTest("scdoc is not installed")
        source = (MADE / "sanad.1.scd").read_bytes()
        made = subprocess.run(["scdoc"], input=source, capture_output=True)
        self.assertEqual((made.returncode, made.stderr), (0, b""))
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        shown = subprocess.run(["groff", "-man", "-ww", "-Tutf8"], input=made.stdout, capture_output=True)
        self.assertEqual((shown.returncode, shown.stderr), (0, b""))
        for word in (b"withdraw", b"EXIT STATUS", b"130", b"SANAD_BANK"):
            self.assertIn(word, re.sub(rb".\x08", b"", shown.stdout))

    def test_the_page_of_the_commands_is_that_of_the_table(self):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "cli.md"
            subprocess.run([sys.executable, SOURCE / "tools/gen_verbs.py", TABLE, "markdown", out], check=True)
            self.assertEqual((SOURCE / "docs/cli.md").read_text(), out.read_text(),
                             "docs/cli.md is old: ninja -C build docs-cli")

    def test_faulty_tables_are_refused(self):
        text = TABLE.read_text()
        faults = {"an option twice": ('name = "threads", short = "T"', 'name = "bank", short = "T"'),
                  "a letter twice": ('short = "T"', 'short = "b"'), "a type nobody knows": ('type = "choice"', 'type = "choise"'),
                  "an unknown key": ('min_args = 0\n', 'min_args = 0\nmin_arg = 0\n'),
                  "a default outside": ('default = 5', 'default = 500'), "a verb twice": ('name = "eval"', 'name = "match"')}
        for fault, (old, new) in faults.items():
            with self.subTest(fault), tempfile.TemporaryDirectory() as folder:
                self.assertIn(old, text)
                bad = Path(folder) / "bad.toml"
                bad.write_text(text.replace(old, new, 1))
                done = subprocess.run([sys.executable, SOURCE / "tools/gen_verbs.py", bad, "c", Path(folder) / "x.c"], capture_output=True)
                self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    main()
