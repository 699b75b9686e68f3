#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The message files are complete, and their compiler refuses those that are not."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from program import SOURCE, main

PO = SOURCE / "src/cmd/po"
NAMES = ["en", "ar", "es", "fa", "fr", "id", "it", "ms", "vi"]


class Messages(unittest.TestCase):
    def check(self, folder):
        return subprocess.run([sys.executable, SOURCE / "tools/gen_messages.py", "check",
                               *[Path(folder) / f"{n}.po" for n in NAMES]], capture_output=True, text=True)

    def test_no_reader_meets_an_untranslated_message(self):
        done = self.check(PO)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("9 languages", done.stdout)

    def test_the_files_are_what_gettext_tools_read(self):
        if not shutil.which("msgfmt"):
            self.skipTest("msgfmt is not installed")
        for name in NAMES:
            done = subprocess.run(["msgfmt", "--check-format", "--check-domain", "-o", "/dev/null", PO / f"{name}.po"],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_faulty_files_are_refused(self):
        faults = {
            "missing entry": ("fr", 'msgctxt "LABEL_FALSE"\nmsgid "False"\nmsgstr "Faux"\n', "", "missing: LABEL_FALSE"),
            "empty": ("fr", 'msgstr "Faux"', 'msgstr ""', "not translated"),
            "fuzzy": ("fr", 'msgctxt "LABEL_FALSE"', '#, fuzzy\nmsgctxt "LABEL_FALSE"', "fuzzy"),
            "placeholder": ("es", "Números que difieren: %s", "Números que difieren", "placeholders"),
            "added placeholder": ("es", 'msgstr "Falso"', 'msgstr "Falso %s"', "placeholders"),
            "other placeholder": ("es", "Números que difieren: %s", "Números que difieren: %d", "placeholders"),
            "plural form": ("it", 'msgstr[1] "%s affermazioni verificate trovate"\n', "", "forms"),
            "twice": ("vi", 'msgctxt "LABEL_TRUE"', "", ""),
            "English text": ("ms", 'msgid "False"', 'msgid "Flase"', "msgid"),
            "plural rule": ("fa", "plural=(n > 1)", "plural=(n > 2)", "Plural-Forms"),
            "language": ("id", "Language: id", "Language: in", "Language"),
        }
        for fault, (name, old, new, says) in faults.items():
            with self.subTest(fault), tempfile.TemporaryDirectory() as folder:
                shutil.copytree(PO, folder, dirs_exist_ok=True)
                path = Path(folder) / f"{name}.po"
                text = path.read_text(encoding="utf-8")
                if fault == "twice":
                    text += '\nmsgctxt "LABEL_FALSE"\nmsgid "False"\nmsgstr "Sai"\n'
                    says = "twice"
                else:
                    self.assertIn(old, text)
                    text = text.replace(old, new, 1)
                path.write_text(text, encoding="utf-8")
                done = self.check(folder)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(says, done.stderr)


if __name__ == "__main__":
    main()
