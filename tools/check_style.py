#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refuses what a reader of this code must not meet and no compiler flag finds.

Every .c .h .cpp .py .sh file: an SPDX line in the first three lines. These and meson.build: no tab, no
space at the end of a line, a line feed at the end of the file.
C and C++ besides: at most 500 lines, not counting const tables; at most 60 lines per function; no
`#if` inside a function (functions are found by their braces in the first column). In src/: heap calls only in src/base, failures made only by FAIL, no alloca,
no setjmp. meson.build keeps -Wvla and werror, which is how the compiler refuses VLAs.
Headers of src/ and include/: each compiles alone, as C and as C++.

    check_style.py [--no-headers] [--include DIR]... [ROOT]
        prints file:line: what and why; exit 1 when anything is refused
        --include DIR   where generated headers stand (the build folder)
"""
import argparse
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
# (path, function): why it may be longer. Keep it empty.
LONG_FUNCTIONS = {}

LICENCE = "SPDX-License-Identifier: Apache-2.0"
C_FILES = {".c", ".h", ".cpp", ".hpp", ".cc"}
TEXT_FILES = C_FILES | {".py", ".sh", ".build"}
SKIPPED_FOLDERS = re.compile(r"^(\.|build|__pycache__$)")

NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])*'", re.DOTALL)
HEAP = re.compile(r"(?<![\w.>])(malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|"
                  r"vasprintf|aligned_alloc|posix_memalign)\s*\(")
REFUSED = re.compile(r"\b(alloca|__builtin_alloca|setjmp|sigsetjmp|longjmp|siglongjmp)\b")
OWN_FAILURE = re.compile(r"\brc\s*\)?\s*\{\s*E_")
CONDITIONAL = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif|else)\b")
TABLE = re.compile(r"^(\w.*\bconst\b|[\w}].*\bk_\w+).*=\s*\{?$")
NAME = re.compile(r"([A-Za-z_]\w*)\s*\(")


def blank(match):
    """A comment or literal as spaces, so that columns and line numbers stay."""
    text = match.group(0)
    if text[0] in "\"'" and len(text) >= 2:
        return text[0] + " " * (len(text) - 2) + text[0]
    return re.sub(r"[^\n]", " ", text)


def walk(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not SKIPPED_FOLDERS.match(f))
        for name in sorted(names):
            path = Path(folder) / name
            if path.suffix in TEXT_FILES and path.is_file() and not path.is_symlink():
                yield path


def check_text(path, text, refuse):
    """What holds for every kind of source file."""
    lines = text.split("\n")
    if path.suffix != ".build" and not any(LICENCE in line for line in lines[:3]):
        refuse(1, f"no {LICENCE} in the first three lines")
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            refuse(number, "a tab; indent with spaces, write \\t in a literal")
        if line != line.rstrip():
            refuse(number, "a space at the end of the line")
    if text and not text.endswith("\n"):
        refuse(len(lines), "the last line has no line feed")


def functions(code):
    """Yields (name, first, last) of bodies whose braces stand in the first column."""
    lines, first = code.split("\n"), 0
    for number, line in enumerate(lines, 1):
        if line.startswith("{") and first == 0:
            first = number
        elif line.startswith("}") and first != 0:
            head = " ".join(lines[max(0, first - 8):first - 1])
            head = re.split(r"[;}]", head)[-1]
            names = [n for n in NAME.findall(head) if not n.startswith("__")]
            if not re.search(r"\b(namespace|class|struct|union|enum)\b[^()]*$", head):
                yield (names[0] if names else "?"), first, number
            first = 0


def table_lines(code):
    """How many lines belong to const tables in the first column: `const … = {` or `} k_… = {`, to
    the line that ends with `};`."""
    count, first = 0, 0
    for number, line in enumerate(code.split("\n"), 1):
        if first == 0 and TABLE.match(line):
            first = number
        elif first != 0 and line.endswith("};"):
            count += number - first + 1
            first = 0
    return count


def check_c(shown, text, refuse):
    code = NOT_CODE.sub(blank, text)
    lines = code.split("\n")
    n_own = code.count("\n") - table_lines(code)
    if n_own > MAX_FILE_LINES:
        refuse(1, f"{n_own} lines besides tables; more than {MAX_FILE_LINES} do not fit in a head")
    for name, first, last in functions(code):
        if last - first + 1 > MAX_FUNCTION_LINES and (shown, name) not in LONG_FUNCTIONS:
            refuse(first, f"{name} has {last - first + 1} lines; "
                          f"more than {MAX_FUNCTION_LINES} do not fit on a screen")
        for number in range(first, last + 1):
            if CONDITIONAL.match(lines[number - 1]):
                refuse(number, f"a conditional of the preprocessor inside {name}; "
                               "make two functions or a table row")
    if not shown.startswith("src/"):
        return
    for number, line in enumerate(lines, 1):
        match = HEAP.search(line)
        if match and not shown.startswith("src/base/"):
            refuse(number, f"{match.group(1)}() outside src/base; use an arena or mem_new")
        match = REFUSED.search(line)
        if match:
            refuse(number, f"{match.group(1)}: neither stack arrays by size nor jumps")
        if OWN_FAILURE.search(line) and shown != "src/base/base.h":
            refuse(number, "a failure without a message; make it with FAIL")


def check_flags(root, refuse_in):
    path = root / "meson.build"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    for wanted, why in (("-Wvla", "VLAs would pass"), ("werror=true", "warnings would pass")):
        if wanted not in text:
            refuse_in(path, 1, f"no {wanted}: {why}")


def check_header(path, root, includes, refuse):
    flags = ["-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", f"-I{root}/src",
             f"-I{root}/include"] + [f"-I{folder}" for folder in includes]
    compilers = (("C", os.environ.get("CC", "gcc"), ["-std=gnu17", "-xc"]),
                 ("C++", os.environ.get("CXX", "g++"), ["-std=gnu++17", "-xc++"]))
    for language, compiler, options in compilers:
        if path.suffix == ".hpp" and language == "C":
            continue
        # Included by a one-line file, since a header as main file brings warnings of its own.
        command = shlex.split(compiler) + options + flags + ["-Werror", "-"]
        done = subprocess.run(command, input=f'#include "{path}"\n', text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            first = (done.stderr.strip().split("\n") or ["no message"])
            reason = next((line for line in first if "error" in line), first[0])
            refuse(1, f"does not compile alone as {language}: {reason}")


def check(root, headers=True, includes=()):
    """Returns a list of (path, line, what and why) and how many files were looked at."""
    problems, n_files = [], 0

    def refuse_in(path, number, what):
        problems.append((path, number, what))

    for path in walk(root):
        n_files += 1
        shown = path.relative_to(root).as_posix()

        def refuse(number, what, path=path):
            refuse_in(path, number, what)

        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            refuse(1, f"not UTF-8 at byte {error.start}")
            continue
        check_text(path, text, refuse)
        if path.suffix in C_FILES:
            check_c(shown, text, refuse)
        if headers and path.suffix in {".h", ".hpp"} and shown.startswith(("src/", "include/")):
            check_header(path, root, includes, refuse)
    check_flags(root, refuse_in)
    return problems, n_files


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("root", nargs="?", type=Path,
                        default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--no-headers", action="store_true", help="do not compile the headers")
    parser.add_argument("--include", action="append", default=[], metavar="DIR")
    args = parser.parse_args()
    root = args.root.resolve()
    problems, n_files = check(root, not args.no_headers, args.include)
    for path, number, what in problems:
        print(f"{path.relative_to(root)}:{number}: {what}")
    if n_files == 0:
        print("style: no file found: nothing was checked")
    print(f"style: {n_files} files, {len(problems)} refused")
    return 1 if problems or n_files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
