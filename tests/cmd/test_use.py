#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line: verbs, options, help, exit codes."""
import json
import tomllib
import unittest

from program import SOURCE, Case, main, run

VERBS = [v for v in tomllib.loads((SOURCE / "src/cmd/verbs.toml").read_text())["verb"]]


class Help(unittest.TestCase):
    def test_a_newcomer_who_types_only_the_name_sees_every_command(self):
        for args in ([], ["help"], ["--help"], ["-h"]):
            done = run(*args)
            self.assertEqual(done.code, 0)
            for verb in VERBS:
                self.assertIn(verb["name"], done.text)

    def test_every_command_explains_itself_in_both_ways(self):
        for verb in VERBS:
            words = verb["name"].split()
            asked, option = run("help", *words), run(*words, "--help")
            self.assertEqual((asked.code, option.code), (0, 0))
            self.assertEqual(asked.text, option.text)
            self.assertIn("sanad " + verb["name"], asked.text)
            self.assertIn("--help", asked.text)

    def test_a_family_of_commands_lists_its_members(self):
        for args in (["bank"], ["bank", "--help"], ["help", "bank"]):
            done = run(*args)
            self.assertEqual(done.code, 0)
            self.assertIn("bank withdraw", done.text)
            self.assertNotIn("match", done.text)

    def test_help_fits_a_narrow_terminal(self):
        for line in run("help", COLUMNS="40").text.splitlines():
            self.assertLessEqual(len(line), 40, line)

    def test_the_version_can_be_read_by_scripts(self):
        facts = json.loads(run("version", "--json").text)
        self.assertEqual(set(facts), {"bank_format", "languages", "version"})
        self.assertEqual(len(facts["languages"]), 9)
        self.assertIn(facts["version"], run("--version").text)


class WrongUse(Case):
    def refused(self, *args, says, **env):
        done = run(*args, **env)
        self.assertEqual(done.code, 2, done.errors)
        self.assertEqual(done.text, "")
        for part in says:
            self.assertIn(part, done.errors)

    def test_a_mistyped_command_gets_the_nearest_one(self):
        self.refused("chek", says=["“chek”", "sanad check"])
        self.refused("macth", says=["sanad match"])
        self.refused("bank", "biuld", says=["“bank biuld”", "sanad bank build"])
        self.refused("help", "evla", says=["sanad eval"])
        self.refused("qqqqqqqq", says=["sanad help"])

    def test_a_mistyped_option_gets_the_nearest_one(self):
        self.refused("check", "--jsno", says=["--jsno", "--json"])
        self.refused("check", "--qqqqqqqqq", says=["sanad help check"])
        self.refused("check", "-Z", says=["-Z"])

    def test_values_that_cannot_be_are_named(self):
        b = ["--bank", self.bank]
        self.refused("check", *b, "--top", "0", "x", says=["--top", "“0”", "1", "100"])
        self.refused("check", *b, "--top", "101", "x", says=["100"])
        self.refused("check", *b, "--top", "-1", "x", says=["“-1”"])
        self.refused("check", *b, "--top", "99999999999999999999", "x", says=["--top"])
        self.refused("check", *b, "--top", "5x", "x", says=["“5x”"])
        self.refused("check", *b, "--tier", "sure", "x", says=["none, suggested, confirmed"])
        self.refused("check", *b, "--lang", "de", "x", says=["ar, fa, vi"])
        self.refused("check", *b, "--max-post-bytes", "5T", "x", says=["--max-post-bytes"])
        self.refused("check", *b, "--top", says=["--top needs a value"])
        self.refused("check", "--json=yes", says=["--json takes no value"])

    def test_what_is_missing_or_too_much_is_named(self):
        self.refused("check", "x", says=["--bank FILE", "SANAD_BANK"])
        self.refused("bank", "build", says=["output"])
        self.refused("bank", "build", "-o", "x.bank", says=["INPUT", "--log"])
        self.refused("bank", "build", "x.jsonl", says=["--output"])
        self.refused("bank", "add", "x.bank", says=["INPUT"])
        self.refused("bank", "info", says=["FILE"])
        self.refused("bank", "info", "a", "b", says=["“b”"])
        self.refused("bank", "withdraw", self.bank, says=["id"])
        self.refused("match", "--bank", self.bank, "file.jsonl", says=["file.jsonl"])

    def test_complaints_come_in_the_readers_language(self):
        self.refused("chek", says=["no existe la orden «chek»"], LANG="es_ES.UTF-8")
        self.refused("chek", says=["la commande «\u00a0chek\u00a0»"], LC_ALL="fr_FR", LANG="es_ES.UTF-8")
        self.refused("chek", says=["there is no command"], LC_ALL="C", LANG="es_ES.UTF-8")
        self.refused("chek", says=["there is no command"], LANG="de_DE.UTF-8")

    def test_sizes_may_be_written_with_a_unit(self):
        done = run("check", "--bank", self.bank, "--max-post-bytes", "1k", "x" * 1025)
        self.assertEqual(done.code, 3)
        self.assertIn("1024", done.errors)

    def test_a_post_that_begins_with_a_dash_can_be_asked_about(self):
        self.assertEqual(run("check", "--bank", self.bank, "--", "--json means nothing here").code, 1)

    def test_the_bank_may_come_from_the_environment(self):
        self.assertEqual(run("check", "x y z", SANAD_BANK=str(self.bank)).code, 1)
        self.assertEqual(run("check", "x y z", SANAD_BANK="/nowhere").code, 3)


if __name__ == "__main__":
    main()
