#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of the documents as a reader would.

A block that opens with ```sh run is executed with `sh -eu`, the blocks of one document one after the
other in one scratch copy of the tree that has the program as it is built now. A block ```output
right behind it must be what the commands print (a line of dots stands for any lines). Prints
`ok NAME` or `FAIL NAME` for each block.

    run_examples.py [DOCUMENT …]
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/FIRST-CHANGE.md", "docs/FIRST-VERDICT.md"]
BLOCK = re.compile(r"^```sh run\n(.*?)^```\n(?:\s*^```output\n(.*?)^```$)?", re.M | re.S)
TIMEOUT_S = 600


def scratch_copy(folder):
    """The files git knows, as they are now, and a build folder of their own."""
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "-co", "--exclude-standard"],
                           check=True, capture_output=True).stdout.split(b"\0")
    for name in filter(None, names):
        source, target = os.path.join(os.fsencode(ROOT), name), os.path.join(os.fsencode(folder), name)
        if os.path.isfile(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(source, target)
    for command in ("init -q", "config user.name reader", "config user.email reader@example.org", "add -A",
                    "commit -qm start"):
        subprocess.run(["git", "-C", folder, *command.split()], check=True)
    # The program as it is built now; a document that builds puts its own in this place.
    program = os.path.join(ROOT, "build/sanad")
    if os.path.exists(program):
        os.mkdir(os.path.join(folder, "build"))
        shutil.copy2(program, os.path.join(folder, "build/sanad"))


def matches(wanted, printed):
    """Every line as written; a line of dots stands for any lines, dots in a line for any text."""
    parts = []
    for line in wanted.rstrip().splitlines():
        if line.strip() in ("...", "…"):
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(r".*".join(map(re.escape, line.rstrip().split("…"))) + r"[ \t]*\n")
    return re.fullmatch("".join(parts), printed.rstrip() + "\n") is not None


def run_document(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        text = f.read()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="sanad-docs-") as folder:
        scratch_copy(folder)
        for number, block in enumerate(BLOCK.finditer(text), 1):
            line = text.count("\n", 0, block.start()) + 1
            case = f"{name} line {line} does what it says"
            done = subprocess.run(["sh", "-euc", block[1]], cwd=folder, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=TIMEOUT_S, check=False,
                                  env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "COLUMNS": "80"})
            printed = done.stdout.decode()
            good = done.returncode == 0 and (block[2] is None or matches(block[2], printed))
            if good:
                print(f"ok {case}", flush=True)
                continue
            failed += 1
            sys.stderr.write(f"{name}:{line}: exit code {done.returncode}\n{printed}{done.stderr.decode()}\n")
            if block[2] is not None:
                sys.stderr.write(f"wanted:\n{block[2]}\n")
            print(f"FAIL {case}", flush=True)
            break  # what follows rests on it
    return failed


def main():
    failed = sum(map(run_document, sys.argv[1:] or DOCUMENTS))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
