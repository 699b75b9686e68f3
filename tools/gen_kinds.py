#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes of kinds/*.toml what depends on it, after checking it against the rules of docs/kinds/README.md.

    gen_kinds.py KINDS GUARDS.DEF {check|c|sql|forms|labels|examples|docs} OUT

c: const tables. sql: a table per kind for what is projected of it, and the operations on it. forms: descriptors of the input forms (JSON). labels: every word shown to people (JSON).
examples: one example of each kind (JSON). docs: a page per kind, in the folder OUT.
A fault is refused as `file: path: what`. The parts stand in tools/kinds/, whose __init__.py says which does what.
"""
import argparse
import json
import sys
from pathlib import Path

from kinds.c import make_c
from kinds.checks import Refused
from kinds.forms import make_examples, make_forms, make_labels
from kinds.network import Network
from kinds.pages import make_docs
from kinds.sql import make_sql

TOOLS = Path(__file__).resolve().parent


def make_json(make):
    return lambda net: json.dumps(make(net), ensure_ascii=False, indent=1) + "\n"


MAKES = {"c": make_c, "sql": make_sql, "forms": make_json(make_forms), "labels": make_json(make_labels),
         "examples": make_json(make_examples)}


def write_depfile(net, out, path):
    """For ninja: out rests on every kind, on the folder, which changes when a kind is added, and on the parts of this program."""
    loaded = {Path(m.__file__).resolve() for m in sys.modules.values() if getattr(m, "__file__", None)}
    parts = sorted(p for p in loaded if TOOLS in p.parents)
    needs = [net.folder, *sorted(net.folder.glob("*.toml")), *parts]
    Path(path).write_text(f"{out}: " + " ".join(str(n).replace(" ", "\\ ") for n in needs) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds")
    parser.add_argument("guards")
    parser.add_argument("what", choices=["check", *MAKES, "docs"])
    parser.add_argument("out", nargs="?")
    parser.add_argument("--depfile")
    a = parser.parse_args()
    if a.what != "check" and not a.out:
        parser.error("OUT is missing")
    try:
        net = Network(a.kinds, a.guards)
    except Refused as e:
        sys.exit(f"gen_kinds: {e}")
    if a.what == "check":
        print(f"kinds: {len(net.kinds)} kinds, {len(net.shapes)} shapes, nothing refused")
    elif a.what == "docs":
        make_docs(net, a.out)
    else:
        Path(a.out).write_text(MAKES[a.what](net), encoding="utf-8")
    if a.depfile:
        write_depfile(net, a.out, a.depfile)


if __name__ == "__main__":
    main()
