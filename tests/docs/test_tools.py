#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The scripts that install, count and list, held to what the documents say of them."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import results  # noqa: E402


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        return f.read()


class Counting(unittest.TestCase):
    def test_a_failed_case_is_never_lost_in_the_count(self):
        cmocka = ("[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n[  FAILED  ] b\n"
                  "SKIP c: no network\n[  SKIPPED ] c\n[==========] 3 test(s) run.\n[  FAILED  ] b\n")
        self.assertEqual([c[:2] for c in results.cases_of(cmocka, True, False)],
                         [("ok", "a"), ("FAIL", "b"), ("SKIP", "c")])
        self.assertEqual(results.cases_of(cmocka, True, False)[2][2], "no network")

    def test_a_crash_after_good_cases_counts_as_a_failure(self):
        cases = results.cases_of("[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n", True, False)
        self.assertEqual([c[0] for c in cases], ["ok", "FAIL"])

    def test_verbose_unittest_output_is_read_with_and_without_descriptions(self):
        text = ("test_a (m.T.test_a) ... ok\ntest_b (m.T.test_b)\nWhat it is. ... FAIL\n"
                "test_c (m.T.test_c) ... skipped 'no data'\ntest_d (m.T.test_d) ... ERROR\n")
        self.assertEqual(results.cases_of(text, True, False),
                         [("ok", "test_a", ""), ("FAIL", "test_b", ""), ("SKIP", "test_c", "no data"),
                          ("FAIL", "test_d", "")])

    def test_a_silent_runner_is_one_case(self):
        self.assertEqual(results.cases_of("", False, False)[0][0], "ok")
        self.assertEqual(results.cases_of("", True, False)[0][0], "FAIL")

    def test_a_run_of_nothing_is_no_success(self):
        for content, wanted, line in (("", 1, "0 passed, 0 failed, 0 skipped"),
                                      ("SKIP a: b\n", 1, "0 passed, 0 failed, 1 skipped"),
                                      ("ok a\nFAIL b\n", 1, "1 passed, 1 failed, 0 skipped"),
                                      ("ok a\nSKIP b: c\n", 0, "1 passed, 0 failed, 1 skipped")):
            with tempfile.NamedTemporaryFile("w", suffix=".results") as f:
                f.write(content)
                f.flush()
                done = subprocess.run([sys.executable, os.path.join(ROOT, "tools/results.py"), "sum", f.name],
                                      capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, wanted)
            self.assertEqual(done.stdout.splitlines()[-1], line)


class Installing(unittest.TestCase):
    """tools/install.sh in a folder of pretended programs: nothing is installed for real."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for name in ("sh", "cat", "grep", "sed", "mktemp", "rm", "env", "ls"):
            path = subprocess.run(["sh", "-c", f"command -v {name}"], capture_output=True, text=True,
                                  check=True).stdout.strip()
            os.symlink(path, self.path(name))
        self.program("id", "echo 0")
        self.program("dpkg-query", "exit 1")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def program(self, name, body):
        if os.path.lexists(self.path(name)):
            os.unlink(self.path(name))
        with open(self.path(name), "w", encoding="ascii") as f:
            f.write(f"#!/bin/sh\n{body}\n")
        os.chmod(self.path(name), 0o755)

    def install(self, *arguments):
        return subprocess.run(["/bin/sh", os.path.join(ROOT, "tools/install.sh"), *arguments],
                              env={"PATH": self.folder.name, "LOG": self.path("log")},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def assert_one_sentence(self, done, part):
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertIn(part, done.stderr)

    def test_with_all_packages_there_it_says_and_does_nothing(self):
        self.program("dpkg-query", "echo 'install ok installed'")
        self.program("apt-get", "exit 9")
        done = self.install("--for", "check")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_it_says_what_it_installs_and_why_and_never_asks(self):
        self.program("apt-get", 'echo "$DEBIAN_FRONTEND $*" >>"$LOG"')
        done = self.install("--for", "build")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("libpsl-dev: public suffix list", done.stdout)
        self.assertIn("python3: generators of tables", done.stdout)
        self.assertNotIn("clang-14", done.stdout)
        with open(self.path("log"), encoding="ascii") as f:
            update, install = f.read().splitlines()
        self.assertTrue(update.startswith("noninteractive") and update.endswith("update"))
        self.assertIn(" -y ", install)
        self.assertIn("libicu-dev", install)

    def test_without_apt_it_ends_in_one_sentence(self):
        self.assert_one_sentence(self.install(), "no apt-get")

    def test_without_root_and_sudo_it_ends_in_one_sentence(self):
        self.program("id", "echo 1000")
        self.program("apt-get", "exit 9")
        self.assert_one_sentence(self.install(), "neither root nor sudo")

    def test_a_sudo_that_would_ask_is_not_used_without_a_terminal(self):
        self.program("id", "echo 1000")
        self.program("apt-get", "exit 9")
        self.program("sudo", "exit 1")
        self.assert_one_sentence(self.install(), "no terminal")

    def test_without_a_network_it_ends_in_one_sentence(self):
        self.program("apt-get", "echo 'W: x'; echo 'E: Unable to fetch some archives'; exit 100")
        self.assert_one_sentence(self.install(), "Unable to fetch some archives")

    def test_an_unknown_purpose_is_refused(self):
        self.assertEqual(self.install("--for", "fun").returncode, 2)


class Documents(unittest.TestCase):
    def test_every_target_of_the_makefile_is_in_its_help_and_its_script_exists(self):
        makefile = read("Makefile")
        phony = re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split()
        self.assertEqual(sorted(re.findall(r"^([a-z]+): *##", makefile, re.M)), sorted(phony))
        for script in re.findall(r"tools/[\w.]+", makefile):
            self.assertTrue(os.path.exists(os.path.join(ROOT, script)), script)

    def test_every_installed_package_is_explained(self):
        table = re.search(r"<<'TABLE'\n(.*?)TABLE", read("tools/install.sh"), re.S)[1]
        document = read("docs/dependencies.md")
        for line in table.splitlines():
            self.assertIn(f"`{line.split()[1]}`", document)

    def test_every_link_between_documents_leads_somewhere(self):
        names = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "*.md"],
                               capture_output=True, text=True, check=True).stdout.split("\n")
        for name in filter(None, names):
            for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", read(name)):
                full = os.path.normpath(os.path.join(ROOT, os.path.dirname(name), target))
                self.assertTrue(os.path.exists(full), f"{name}: {target}")

    def test_the_map_shows_every_room(self):
        rooms = [line.split("|")[0].strip() for line in read("LAYERS").splitlines()
                 if line and not line.startswith("#")]
        architecture = read("ARCHITECTURE.md")
        for room in rooms:
            self.assertRegex(architecture, rf"(?m)^\W*`?{room}`?\b", room)

    def test_the_two_commands_stand_at_the_top_of_the_readme(self):
        top = "\n".join(read("README.md").splitlines()[:25])
        self.assertIn("make demo", top)
        self.assertIn("make check", top)


if __name__ == "__main__":
    unittest.main()
