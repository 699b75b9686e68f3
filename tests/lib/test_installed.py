#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `make install` puts into a folder works from there: C by pkg-config, C++, static, Python."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("SANAD_BUILD", os.path.join(ROOT, "build"))
CLAIMS = [os.path.join(ROOT, "demo/claims", name) for name in ("health-science.jsonl", "society.jsonl")]
CONFIRMED = "Drinking warm water with lemon juice every morning cures cancer within 30 days."
UNRELATED = "Does anyone know a good place to fix a bicycle chain?"


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240, **options)


def must(*command, **options):
    done = run(*command, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="sanad-installed-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.root = os.path.join(cls.folder, "root")
        must("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
             env={**os.environ, "DESTDIR": cls.root})
        pc = next(os.path.join(d, "sanad.pc") for d, _, names in os.walk(cls.root) if "sanad.pc" in names)
        cls.libdir = os.path.dirname(os.path.dirname(pc))
        cls.env = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": cls.root,
                   "PKG_CONFIG_PATH": os.path.dirname(pc), "LD_LIBRARY_PATH": cls.libdir}
        # As for system folders, else pkg-config would leave the flags out.
        cls.env["PKG_CONFIG_ALLOW_SYSTEM_CFLAGS"] = cls.env["PKG_CONFIG_ALLOW_SYSTEM_LIBS"] = "1"
        cls.sanad = next(os.path.join(d, "sanad") for d, _, names in os.walk(cls.root)
                         if "sanad" in names and os.path.basename(d) == "bin")
        cls.bank = os.path.join(cls.folder, "demo.bank")
        must(cls.sanad, "bank", "build", *CLAIMS, "-o", cls.bank, env=cls.env)

    def flags(self, *options):
        return must("pkg-config", *options, "sanad", env=self.env).split()

    def assert_asks(self, *program):
        done = run(*program, self.bank, CONFIRMED, env=self.env)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout.splitlines()[0], r"^confirmed +\S+ +\S+ +demo-h001")
        done = run(*program, self.bank, UNRELATED, env=self.env)
        self.assertEqual((done.returncode, done.stdout), (1, "nothing found\n"), done.stderr)
        done = run(*program, "/nowhere.bank", UNRELATED, env=self.env)
        self.assertNotIn(done.returncode, (0, 1))
        self.assertIn("/nowhere.bank", done.stderr)

    def test_the_c_example_builds_with_pkg_config_and_answers(self):
        program = os.path.join(self.folder, "ask")
        must("cc", "-std=c99", "-Wall", "-Wextra", "-Werror", os.path.join(ROOT, "examples/ask.c"), "-o", program,
             *self.flags("--cflags", "--libs"), env=self.env)
        self.assert_asks(program)

    def test_the_static_library_is_enough_without_the_shared_one(self):
        flags = [os.path.join(self.libdir, "libsanad.a") if f == "-lsanad" else f
                 for f in self.flags("--cflags", "--libs", "--static")]
        program = os.path.join(self.folder, "ask-static")
        must("cc", os.path.join(ROOT, "examples/ask.c"), "-o", program, *flags, env=self.env)
        self.assertNotIn("libsanad", must("ldd", program))
        self.assert_asks(program)

    def test_the_header_serves_cplusplus(self):
        source, program = os.path.join(self.folder, "ask.cpp"), os.path.join(self.folder, "ask-cpp")
        with open(source, "w", encoding="ascii") as f:
            f.write("#include <sanad/sanad.h>\n#include <cstdio>\n"
                    "int main() { sanad_options o = SANAD_OPTIONS; std::puts(sanad_version());\n"
                    "return o.lowest_tier == SANAD_SUGGESTED ? 0 : 1; }\n")
        must("c++", "-Wall", "-Wextra", "-Werror", source, "-o", program, *self.flags("--cflags", "--libs"),
             env=self.env)
        self.assertEqual(must(program, env=self.env).strip(), self.flags("--modversion")[0])

    def test_the_python_example_answers(self):
        self.assert_asks(sys.executable, os.path.join(ROOT, "examples/ask.py"))

    def test_the_json_of_the_library_is_that_of_the_program(self):
        code = ("import sys; sys.path.insert(0, sys.argv[1]); import ask, json\n"
                "with ask.Sanad(sys.argv[2]) as bank: print(json.dumps(bank.check(sys.argv[3])))")
        ours = must(sys.executable, "-c", code, os.path.join(ROOT, "examples"), self.bank, CONFIRMED, env=self.env)
        theirs = must(self.sanad, "check", "--bank", self.bank, "--json", CONFIRMED, env=self.env)
        self.assertEqual(json.loads(ours), json.loads(theirs))

    def test_only_names_of_the_header_leave_the_shared_library(self):
        with open(os.path.join(ROOT, "include/sanad/sanad.h"), encoding="utf-8") as f:
            declared = set(re.findall(r"^SANAD_API .*?(sanad_\w+)\(", f.read(), re.M))
        symbols = must("nm", "-D", "--defined-only", os.path.join(self.libdir, "libsanad.so"))
        exported = {line.split()[2].split("@")[0] for line in symbols.splitlines()
                    if line.split()[1] in "TDBRVW"}
        self.assertEqual(exported, declared)

    def test_one_header_and_both_libraries_are_installed(self):
        found = sorted(name for _, _, names in os.walk(self.root) for name in names)
        for name in ("sanad.h", "libsanad.a", "libsanad.so", "libsanad.so.0", "sanad.pc", "sanad"):
            self.assertIn(name, found)
        self.assertEqual([n for n in found if n.endswith(".h")], ["sanad.h"])
        self.assertEqual([n for n in found if n.endswith(".a")], ["libsanad.a"])


if __name__ == "__main__":
    unittest.main()
