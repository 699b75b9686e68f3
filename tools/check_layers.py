#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refuses an #include that LAYERS does not allow.

LAYERS has one line per module, from the ground up: name | what it is | modules it may include.
A module may include its own files, and of the modules in its right-hand column, all of which stand on
earlier lines, the public header <m>/<m>.h and the tables <m>/*.def that are made to be included. `#include "x/..."` with another x is refused, and so are
a folder of src/ that has no line, and a module with more or fewer than one public header (which may include parts of itself).
`<m>_int.h` and every other header of a folder are inner ones, for the module's own files only.

    check_layers.py [ROOT]        prints file:line: what and why; exit 1 when anything is refused
"""
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:["<]([^">]+)[">]|(\S+))')
SOURCES = {".c", ".h", ".cpp", ".hpp", ".cc"}


def read_layers(path, problems):
    """Returns {module: set of modules it may include}, in the order of the file."""
    allowed = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != 3 or not fields[0]:
            problems.append((path, number, "a line of LAYERS is: name | what it is | may include"))
            continue
        name, below = fields[0], fields[2].split()
        if name in allowed:
            problems.append((path, number, f"module {name} has a line already"))
        for module in below:
            if module not in allowed:
                problems.append((path, number, f"{name} may not rest on {module}: "
                                               "it stands on no earlier line"))
        allowed[name] = set(below)
    return allowed


def check_include(path, number, target, module, allowed, problems):
    parts = target.split("/")
    if ".." in parts:
        problems.append((path, number, f'"{target}": a path with .. hides which module is meant'))
        return
    # A bare name is a system header, or stands in the file's own folder.
    if len(parts) < 2 or parts[0] == module:
        return
    other = parts[0]
    if other not in allowed:
        return
    if module not in allowed:
        return  # refused once for the folder
    if other not in allowed[module]:
        problems.append((path, number, f'"{target}": LAYERS does not let {module} include {other}'))
    elif parts[1:] != [f"{other}.h"] and not parts[-1].endswith(".def"):
        problems.append((path, number, f'"{target}": an inner file of {other}; '
                                       f"only {other}/{other}.h is public"))


def check_module(folder, allowed, problems):
    module = folder.name
    files = sorted(p for p in folder.rglob("*") if p.suffix in SOURCES)
    if module not in allowed:
        problems.append((folder, 1, f"module {module} has no line in LAYERS"))
    public = [p for p in files if p.suffix in {".h", ".hpp"} and not p.stem.endswith("_int")]
    # lib's door is include/sanad/sanad.h; cmd is a program and has none.
    doors = [p for p in public if p.name == f"{module}.h" and p.parent == folder]
    # A long door may stand in parts, which the public header includes and callers do not.
    parts = {m for d in doors for m in re.findall(rf'^#include "{module}/(\w+\.h)"', d.read_text("utf-8"), re.M)}
    for header in public:
        if header not in doors and not (header.parent == folder and header.name in parts):
            problems.append((header, 1, f"a second public header of {module}; "
                                        f"inner headers are named *_int.h"))
    if not doors and module not in {"lib", "cmd"}:
        problems.append((folder, 1, f"module {module} has no public header {module}.h"))
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            match = INCLUDE.match(line)
            if match and match.group(2):
                problems.append((path, number, f"#include {match.group(2)}: "
                                               "a macro hides which module is meant"))
            elif match:
                check_include(path, number, match.group(1), module, allowed, problems)


def check(root):
    """Returns a list of (path, line, what and why), and how many modules were looked at."""
    problems = []
    layers = root / "LAYERS"
    if not layers.is_file():
        return [(layers, 1, "there is no LAYERS")], 0
    allowed = read_layers(layers, problems)
    folders = sorted(p for p in (root / "src").glob("*") if p.is_dir())
    for folder in folders:
        check_module(folder, allowed, problems)
    return problems, len(folders)


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
    problems, n_modules = check(root)
    if n_modules == 0 and not problems:
        problems.append((root / "src", 1, "no module found: nothing was checked"))
    for path, number, what in problems:
        print(f"{path.relative_to(root)}:{number}: {what}")
    print(f"layers: {n_modules} modules, {len(problems)} refused")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
