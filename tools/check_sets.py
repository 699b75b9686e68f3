#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the answers to the evaluation sets: on every set better than plain word BM25, and changed
posts rarely confirmed.

    check_sets.py [SET …]

The sets lie in the folder that SANAD_SETS names, or in ../shared/data/claims beside the tree; without
them there is one SKIP. The yardstick is tests/sets/word_bm25.tsv, made by tools/word_bm25.py.
"""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SETS = os.environ.get("SANAD_SETS") or os.path.join(ROOT, "../shared/data/claims")
SANAD = os.path.join(ROOT, "build/sanad")
CHANGED_DIGIT_AT_MOST = 0.03  # share of posts with one digit changed that may come as confirmed


def yardstick():
    with open(os.path.join(ROOT, "tests/sets/word_bm25.tsv"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and line[0] != "#"]
    return {name: float(map5) for name, _, map5, _ in rows}


def sanad(*arguments, asked=""):
    done = subprocess.run([SANAD, *arguments], input=asked.encode(), capture_output=True, check=False)
    # 3: done, but some rows were refused (a set may hold the same id twice)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"sanad {' '.join(arguments[:2])}: {done.stderr.decode().strip()}")
    return done.stdout


def measure(folder, bank):
    sanad("bank", "build", f"{folder}/claims.jsonl", "-o", bank)
    options = []
    for option, name in (("--unrelated", "nomatch.jsonl"), ("--changed", "hardneg.jsonl")):
        if os.path.exists(f"{folder}/{name}"):
            options += [option, f"{folder}/{name}"]
    return json.loads(sanad("eval", "--bank", bank, "--queries", f"{folder}/queries.jsonl", "--qrels",
                            f"{folder}/qrels.tsv", "--json", *options))


def judge(name, report, words):
    """(state, sentence) for each thing the set is held to."""
    map5 = report["all"]["map5"]
    yield ("ok" if map5 > words else "FAIL",
           f"{name} is answered better than by words alone (MAP@5 {map5:.3f}, words {words:.3f})")
    if report["n_changed"]:
        share = report["changed_confirmed"]
        yield ("ok" if share <= CHANGED_DIGIT_AT_MOST else "FAIL",
               f"{name} confirms {100 * share:.1f} % of the posts with a changed digit")


def main():
    if not os.path.isdir(SETS):
        print("SKIP evaluation sets: there is no folder ../shared/data/claims and SANAD_SETS names none")
        return 0
    wanted, failed = yardstick(), 0
    for name in sys.argv[1:] or sorted(wanted):
        folder = os.path.join(SETS, name)
        if not os.path.isdir(folder):
            print(f"SKIP {name}: not in the folder of sets")
            continue
        with tempfile.TemporaryDirectory(prefix="sanad-sets-") as scratch:
            report = measure(folder, os.path.join(scratch, "set.bank"))
        for state, sentence in judge(name, report, wanted[name]):
            failed += state == "FAIL"
            print(state, sentence, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
