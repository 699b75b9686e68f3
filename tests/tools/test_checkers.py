#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The checkers refuse what they promise to refuse, and nothing else: each test makes a small tree in
a temporary folder with one thing wrong. The names say what slips into the code when a test fails."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent.parent / "tools"
LICENCE = "/* SPDX-License-Identifier: Apache-2.0 */\n"
GOOD = {
    "LAYERS": "# comment\nbase | ground |\nkern | loops | base\ntext | words | base\n",
    "meson.build": "# SPDX-License-Identifier: Apache-2.0\nx = ['-Wvla', 'werror=true']\n",
    "src/base/base.h": LICENCE + "#include <stdlib.h>\nint base_a(void);\n",
    "src/base/base_int.h": LICENCE + "int base_b(void);\n",
    "src/base/errors.def": "ERR(1)\n",
    "src/base/mem.c": LICENCE + '#include "base/base_int.h"\nvoid *f(void);\nvoid *f(void)\n{\n'
                                "    return malloc(1);\n}\n",
    "src/kern/kern.h": LICENCE + '#include "base/base.h"\nint kern_a(void);\n',
    "src/kern/kern.c": LICENCE + '#include "kern/kern.h"\n#include <unicode/uchar.h>\n',
    "src/text/text.h": LICENCE + "int text_a(void);\n",
}


class Checker(unittest.TestCase):
    tool = ""

    def run_on(self, changes, *options):
        """Exit code and output of the tool on the good tree with some files replaced."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**GOOD, **changes}.items():
                if text is None:
                    continue
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
            done = subprocess.run([sys.executable, TOOLS / self.tool, *options, folder], text=True,
                                  capture_output=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def refused(self, changes, where, what, *options):
        code, output = self.run_on(changes, *options)
        self.assertEqual(code, 1, output)
        lines = [line for line in output.splitlines() if line.startswith(where + ":")]
        self.assertEqual(len(lines), 1, output)
        self.assertIn(what, lines[0])
        self.assertIn(" 1 refused", output)

    def passes(self, changes, *options):
        code, output = self.run_on(changes, *options)
        self.assertEqual(code, 0, output)


class Layers(Checker):
    tool = "check_layers.py"

    def test_a_tree_that_keeps_to_its_layers_passes(self):
        self.passes({})

    def test_a_module_that_reaches_for_one_it_may_not(self):
        self.refused({"src/text/words.c": '\n#include "kern/kern.h"\n'}, "src/text/words.c:2",
                     "does not let text include kern")

    def test_a_lower_module_that_reaches_upwards(self):
        self.refused({"src/base/up.cpp": '#  include <text/text.h>\n'}, "src/base/up.cpp:1",
                     "does not let base include text")

    def test_the_inner_header_of_another_module(self):
        self.refused({"src/kern/a.c": '#include "base/base_int.h"\n'}, "src/kern/a.c:1",
                     "only base/base.h is public")

    def test_a_path_that_hides_the_module(self):
        self.refused({"src/kern/a.c": '#include "../base/base_int.h"\n'}, "src/kern/a.c:1", "..")

    def test_an_include_by_macro(self):
        self.refused({"src/kern/a.c": "#include HEADER\n"}, "src/kern/a.c:1", "macro")

    def test_the_table_of_a_lower_module_may_be_included(self):
        self.passes({"src/kern/a.c": '#include "base/errors.def"\n'})

    def test_the_table_of_an_unrelated_module(self):
        self.refused({"src/text/a.c": '#include "kern/x.def"\n'}, "src/text/a.c:1", "include kern")

    def test_a_module_that_is_not_on_the_map(self):
        self.refused({"src/extra/extra.h": '#include "base/base.h"\n'}, "src/extra:1",
                     "no line in LAYERS")

    def test_a_second_public_header(self):
        self.refused({"src/kern/more.h": ""}, "src/kern/more.h:1", "second public header")

    def test_a_module_without_a_door(self):
        self.refused({"src/text/text.h": None, "src/text/words.c": ""}, "src/text:1",
                     "no public header")

    def test_a_map_whose_module_rests_on_a_later_one(self):
        self.refused({"LAYERS": "base | ground | kern\nkern | loops | base\ntext | words | base\n"},
                     "LAYERS:1", "no earlier line")

    def test_a_map_with_a_broken_line(self):
        self.refused({"LAYERS": GOOD["LAYERS"] + "odd\n"}, "LAYERS:5", "name | what it is")

    def test_a_map_with_a_module_twice(self):
        self.refused({"LAYERS": GOOD["LAYERS"] + "kern | loops | base\n"}, "LAYERS:5", "already")

    def test_no_map_at_all(self):
        self.refused({"LAYERS": None}, "LAYERS:1", "no LAYERS")

    def test_a_run_that_checked_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "LAYERS").write_text(GOOD["LAYERS"])
            done = subprocess.run([sys.executable, TOOLS / self.tool, folder], text=True,
                                  capture_output=True, check=False)
        self.assertEqual(done.returncode, 1)


def function(n_lines, body="    ;\n"):
    """A function whose braces enclose n_lines lines, themselves counted."""
    return LICENCE + "\nstatic int long_one(int a,\n    int b)\n{\n" + body * (n_lines - 2) + "}\n"


class Style(Checker):
    tool = "check_style.py"

    def refused_c(self, text, line, what):
        self.refused({"src/kern/a.c": text}, f"src/kern/a.c:{line}", what, "--no-headers")

    def passes_c(self, text, name="src/kern/a.c"):
        self.passes({name: text}, "--no-headers")

    def test_a_clean_tree_passes(self):
        self.passes({}, "--no-headers")

    def test_a_file_without_its_licence(self):
        self.refused_c("int a;\n", 1, "SPDX")
        self.refused({"tools/a.py": "#!/usr/bin/env python3\n"}, "tools/a.py:1", "SPDX",
                     "--no-headers")
        self.refused({"tools/a.sh": "#!/bin/sh\n\n\n# SPDX-License-Identifier: Apache-2.0\n"},
                     "tools/a.sh:1", "SPDX", "--no-headers")

    def test_tabs_and_trailing_spaces(self):
        self.refused_c(LICENCE + "\tint a;\n", 2, "tab")
        self.refused_c(LICENCE + "int a; \n", 2, "space at the end")
        self.refused_c(LICENCE + "int a;\r\n", 2, "space at the end")
        self.refused_c(LICENCE + "int a;", 2, "line feed")

    def test_a_file_that_is_not_utf_8(self):
        self.refused({"src/kern/a.c": b"/* \xff */"}, "src/kern/a.c:1", "UTF-8 at byte 3",
                     "--no-headers")

    def test_heap_memory_past_the_arena(self):
        for call in ("malloc(1)", "calloc (1, 1)", "realloc(p, 1)", "free(p)", "strdup(s)"):
            self.refused_c(LICENCE + f"x = {call};\n", 2, "outside src/base")
        self.passes_c(LICENCE + "mem_free(p);\nv->free(p);\nv.free(p);\n/* malloc(1)\n"
                                " free(p) */\n// free(p)\nputs(\"free(p) \\\" malloc(\");\n")

    def test_jumps_and_stack_arrays_by_size(self):
        for word in ("alloca(n)", "setjmp(j)", "longjmp(j, 1)", "sigsetjmp(j, 1)"):
            self.refused_c(LICENCE + f"x = {word};\n", 2, "nor jumps")
        self.refused({"meson.build": "# SPDX-License-Identifier: Apache-2.0\nwerror=true\n"},
                     "meson.build:1", "-Wvla", "--no-headers")

    def test_a_failure_without_a_message(self):
        self.refused_c(LICENCE + "return (rc){E_INPUT};\n", 2, "FAIL")

    def test_a_function_that_does_not_fit_on_a_screen(self):
        self.refused_c(function(61), 5, "long_one has 61 lines")
        self.passes_c(function(60))

    def test_two_functions_are_not_taken_for_one(self):
        self.passes_c(function(40) + function(40)[len(LICENCE):])

    def test_a_class_or_namespace_is_no_function(self):
        for head in ("namespace", "class builder", "struct x : y"):
            self.passes_c(LICENCE + head + "\n{\n" + "    int a;\n" * 80 + "}\n", "src/kern/a.cpp")

    def test_a_file_that_does_not_fit_in_a_head(self):
        self.refused_c(LICENCE + "int a;\n" * 500, 1, "501 lines")
        self.passes_c(LICENCE + "int a;\n" * 499)

    def test_a_long_table_is_no_long_file(self):
        self.passes_c(LICENCE + "static const int k_a[] = {\n" + "    1,\n" * 900 + "};\n")
        self.passes_c(LICENCE + "static const int k_a[] = {\n" + "    1,\n" * 900 + "    2};\n")
        self.passes_c(LICENCE + "const struct {\n    int a;\n} k_a[] = {\n" + "    {1},\n" * 900
                      + "};\n")

    def test_a_preprocessor_condition_inside_a_function(self):
        self.refused_c(function(5, "#ifdef X\n").replace("#ifdef X\n" * 3, "    ;\n#ifdef X\n    ;\n"),
                       7, "inside long_one")
        self.passes_c(LICENCE + "#if X\n" + function(9)[len(LICENCE):] + "#endif\n")

    @unittest.skipUnless(shutil.which("gcc") and shutil.which("g++"), "gcc and g++ are not here")
    def test_a_header_that_needs_another_one_first(self):
        code, output = self.run_on({"src/text/text.h": LICENCE + "uint32_t text_a(void);\n"})
        self.assertEqual(code, 1)
        self.assertIn("src/text/text.h:1: does not compile alone as C:", output)
        self.assertIn("src/text/text.h:1: does not compile alone as C++:", output)
        self.refused({"include/a/a.h": LICENCE + "int class(void);\n"}, "include/a/a.h:1", "as C++")

    @unittest.skipUnless(shutil.which("gcc") and shutil.which("g++"), "gcc and g++ are not here")
    def test_a_header_with_a_generated_part_is_found_where_the_build_puts_it(self):
        with tempfile.TemporaryDirectory() as built:
            (Path(built) / "words.inc").write_text("int generated(void);\n")
            tree = {"src/text/text.h": LICENCE + '#include "words.inc"\n'}
            self.passes(tree, "--include", built)

    def test_a_run_that_checked_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, TOOLS / self.tool, folder], text=True,
                                  capture_output=True, check=False)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
