#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures records and logs beside bare calls on the same disk, and writes its section of docs/performance.md.

    bench_log.py [--build FOLDER] [--disk FOLDER] [--quick]

Runs bench_seal, bench_ledger, bench_reading, bench_fold and bench_node of the build folder, one after the
other. The section stands between two markers; the rest of the page is left as it is. --quick: small
sizes, the section on standard output, nothing written.
"""
import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "docs/performance.md")
BEGIN, END = "<!-- log: written by tools/bench_log.py -->", "<!-- log: end -->"
PROGRAMS = {"seal": "tests/seal/bench_seal", "ledger": "tests/ledger/bench_ledger", "node": "tests/node/bench_node",
            "reading": "tests/ledger/bench_reading", "fold": "tests/record/bench_fold"}


def tell(text):
    print(text, file=sys.stderr, flush=True)


def lines(options, program, *args):
    tell(f"{os.path.basename(PROGRAMS[program])} {' '.join(args)} …")
    done = subprocess.run([os.path.join(options.build, PROGRAMS[program]), *args], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"bench: {program}: {(done.stderr.strip().splitlines() or [done.returncode])[-1]}")
    return done.stdout.splitlines()


def rows(options, program, *args):
    return [json.loads(line) for line in lines(options, program, *args)]


def measure(options, disk):
    where = os.path.join(disk, "log")
    small = options.quick
    groups = (256,) if small else (256, 1024, 4096)
    sizes = (2000,) if small else (10_000, 100_000, 300_000)
    return {
        "seal": lines(options, "seal"),
        "fold": lines(options, "fold"),
        "ledger": rows(options, "ledger", where, "1" if small else "5", "1000"),
        "reading": lines(options, "reading", where, *(("70000", "2000") if small else ("10000000", "20000"))),
        "submit": [rows(options, "node", "submit", where, str(g), "1000" if small else "16386")[0] for g in groups],
        "paced": [rows(options, "node", "paced", where, str(rate), "1" if small else "10")[0]
                  for rate in ((1000,) if small else (100, 1000))],
        "replay": [rows(options, "node", "replay", where, str(n))[0] for n in sizes],
    }


# ---- the section ----

def table(head, body):
    out = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"]
    return "\n".join(out + ["| " + " | ".join(cells) + " |" for cells in body]) + "\n"


def count(x):
    return f"{x:,.0f}"


def submit_table(found):
    return table(["a second, groups of", *(count(row["group"]) for row in found)], [
        [name, *(count(row[key]) for row in found)] for name, key in (
            ("a node: judged, durable, published, in the view", "node_per_s"),
            ("a log alone, signatures and records checked before, all cores", "log_per_s"),
            ("the same on one core", "log_one_core_per_s"),
            ("SQLite, the same rows", "sqlite_per_s"),
            ("write and fdatasync, the same bytes", "raw_per_s"),
            ("bare crypto_sign_verify_detached: signatures", "verify_per_s"),
            ("µs of processor a record, node", "node_cpu_us"),
            ("µs of processor a record, log alone", "log_cpu_us"))])


def ledger_table(found):
    full, *rest = found
    rates = [row for row in rest if row["what"] == "rate"]
    opened = [row for row in rest if row["what"] == "open"]
    body = [["entries a second, groups of 4,096", count(full["entries_per_s"])],
            ["the same bytes, write and fdatasync", count(full["bare_per_s"])]]
    for row in rates:
        body += [[f"{row['offered_per_s']:,} offered a second: p50, p99, most, ms",
                  f"{row['p50_ms']:.2f}, {row['p99_ms']:.2f}, {row['most_ms']:.2f}"]]
    for row in opened:
        body += [[f"start with {row['entries']:,} entries, ms", f"{row['ms']:.0f}"]]
    return table(["a log alone, nothing verified", ""], body)


MISSED = """### What is not reached, and why

The goals are 20,000 durable signed appends a second at full groups, 50,000 records a second in a replay, and a fold of 1,000 records within a millisecond.

- *Taking in.* The log alone reaches it on two cores; a node that judges too does not. Checking signatures is two thirds of all work of a submit and is done by the other core while the first judges; only while a group is
  made durable and published does it wait. Folding is 9 % of the first core's work, so that keeping an outcome from the door for the view would gain less than 2 %. Gained: signatures of a group checked ahead, rows only where
  they differ, sites of sources found once, notes read in fewer steps. Left: taking the next group in while one is made durable, which is for the server that has it.
- *Replay.* SQLite's own b-tree is most of the folding thread. Gained: reading and parsing on a second thread, one transaction without syncs behind a marker, rows put in instead of replaced, what rests on an organisation
  found by runs of objects. Without gain: foreign keys off, a filter of known ids, larger chunks of memory. Left: fewer rows an object.
- *Folds.* Objects whose records are one chain or speak once for each house keep to it. Above it are a verdict whose thousand signatures each have the guards judge its text anew, and organisations whose
  keys or name change hands a thousand times; a few microseconds a record. Left: what a guard found in a text alone, kept for the next signature.
"""


def section(results):
    submit = results["submit"]
    return "\n".join([
        BEGIN, "", "## Records and logs", "",
        f"Written by `tools/bench_log.py` (part of `make bench`) on {platform.machine()}, {os.cpu_count()} cores; every "
        "figure is of one run, medians of three rounds that take turns with the bare calls on the same disk. Signatures are "
        "verified on all cores, beside what judges and folds, which is one thread; a replay reads and parses in another. Records "
        f"are claims and verdicts about them in turn, {submit[0]['note_bytes']:.0f} bytes on "
        "average, three signatures for two records.", "",
        "### Taking in", "",
        "*A node* is node_submit whole: the note is parsed, its record checked by the rules of its kind, every signature "
        "verified (Ed25519, known keys), guards and fold judge it with what is pending, the group is written to the journal "
        "with one fdatasync, tiles and checkpoint are made and synced, and the view is committed. *A log alone* has "
        "signatures verified and records parsed, then journal and, every 100 ms, tiles and checkpoint; no rules, no view; "
        "the other cores check the signatures of a group while the one before it is written.",
        "", submit_table(submit),
        "At a rate, to a node, in windows of 5 ms, from the moment a record came to its acknowledgement; every window is "
        "published:", "",
        table(["offered a second", "p50 ms", "p99 ms", "most ms"],
              [[count(row["rate"]), f"{row['p50_ms']:.1f}", f"{row['p99_ms']:.1f}", f"{row['most_ms']:.1f}"]
               for row in results["paced"]]),
        ledger_table(results["ledger"]),
        "### Replay and start", "",
        "*First*: a log whose view and notes are gone, every signature verified. *Again*: `sanad log replay`, which knows "
        "from notes which signatures hold. A start opens log and store of that size.", "",
        table(["records", "first /s", "again /s", "start ms", "most memory MB"],
              [[count(row["records"]), count(row["first_per_s"]), count(row["again_per_s"]), f"{row['open_ms']:.1f}",
                count(row["memory_mib"])] for row in results["replay"]]),
        "### Checking, proofs, folds", "", "```", *results["seal"], "```", "",
        "Proofs out of ten million hashes, reading, verifying and copying entries (`bench_reading`):", "",
        "```", *results["reading"], "```", "",
        "Folds of objects of 1,000 records (`bench_fold`):", "", "```", *results["fold"], "```", "", MISSED, END])


def put(text):
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    before, mark, rest = page.partition(BEGIN)
    after = rest.partition(END)[2] if mark else ""
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(before.rstrip("\n") + "\n\n" + text + "\n" + after.lstrip("\n"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--disk", help="an existing folder on the disk to measure; default: the build folder")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if subprocess.run(["ninja", "-C", options.build, *PROGRAMS.values()], stdout=subprocess.DEVNULL,
                      check=False).returncode != 0:
        sys.exit("bench: the programs could not be built")
    disk = tempfile.mkdtemp(prefix="bench-log-", dir=options.disk or options.build)
    try:
        text = section(measure(options, disk))
    finally:
        shutil.rmtree(disk, ignore_errors=True)
    if options.quick:
        print(text)
    else:
        put(text)


if __name__ == "__main__":
    main()
