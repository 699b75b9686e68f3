#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One protocol for every kind of test: a results file with one line per case.

    ok NAME
    FAIL NAME
    SKIP NAME: why

    results.py meson FOLDER PREFIX RESULTS   cases of the last `meson test` in a build folder
    results.py text NAME EXIT_CODE OUTPUT RESULTS   cases in the output of any runner
    results.py sum RESULTS                   failures and skips, then `N passed, N failed, N skipped`

Understood are cmocka, verbose unittest, and the protocol itself. Output in none of these counts as
one case, decided by its exit code; a runner that fails without naming a case counts as one failure.
`sum` exits with 1 when something failed or when nothing passed.
"""
import json
import re
import sys

CMOCKA = re.compile(r"^\[ +(OK|FAILED|ERROR|SKIPPED) +\] (\S+)$")
UNITTEST = re.compile(r"^(\w+) \(([\w.]+)\).*? \.\.\. (?:.* )?(ok|FAIL|ERROR|skipped .*|expected failure)$")
UNITTEST_DOC = re.compile(r"^(\w+) \(([\w.]+)\)$")
UNITTEST_END = re.compile(r"^(?:.* )?\.\.\. (ok|FAIL|ERROR|skipped .*|expected failure)$")
OWN = re.compile(r"^(ok|FAIL|SKIP) (.+)$")
WHY = re.compile(r"^SKIP (\w+): (.+)$")


def cmocka_cases(lines):
    """cmocka names each case when it ends, and once more in the summary behind [==========]."""
    reasons = dict(m.groups() for m in map(WHY.match, lines) if m)
    seen = {}
    for line in lines:
        m = CMOCKA.match(line)
        if m and (m[2] not in seen or seen[m[2]][0] == "ok"):
            state = {"OK": "ok", "SKIPPED": "SKIP"}.get(m[1], "FAIL")
            seen[m[2]] = (state, m[2], reasons.get(m[2], "no reason given"))
    return list(seen.values())


def unittest_cases(lines):
    cases, pending = [], None
    for line in lines:
        m = UNITTEST.match(line)
        if m:
            pending, name, end = None, m[1], m[3]
        else:
            start, m = UNITTEST_DOC.match(line), UNITTEST_END.match(line)
            if start:
                pending = start[1]
            if start or not m or not pending:
                continue
            name, end, pending = pending, m[1], None
        if end.startswith("skipped"):
            cases.append(("SKIP", name, end[len("skipped "):].strip("'\"")))
        else:
            cases.append(("FAIL" if end in ("FAIL", "ERROR") else "ok", name, ""))
    return cases


def own_cases(lines):
    cases = []
    for m in filter(None, map(OWN.match, lines)):
        name, _, why = m[2].partition(": ") if m[1] == "SKIP" else (m[2], "", "")
        cases.append((m[1], name, why))
    return cases


def cases_of(output, failed, skipped):
    lines = output.splitlines()
    for read in (cmocka_cases, unittest_cases, own_cases):
        cases = read(lines)
        if cases:
            break
    if not cases:
        state = "FAIL" if failed else "SKIP" if skipped else "ok"
        return [(state, "", "the runner said nothing")]
    if failed and not any(state == "FAIL" for state, _, _ in cases):
        cases.append(("FAIL", "ended before its last case, or leaked", ""))
    return cases


def write(results, prefix, cases):
    with open(results, "a", encoding="utf-8") as out:
        for state, name, why in cases:
            full = " / ".join(filter(None, (prefix, name)))
            out.write(f"{state} {full}" + (f": {why}" if state == "SKIP" else "") + "\n")


def from_meson(folder, prefix, results):
    with open(f"{folder}/meson-logs/testlog.json", encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            failed = test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL")
            output = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
            cases = cases_of(output, failed, test["result"] == "SKIP")
            write(results, f"{prefix}: {test['name'].split(' / ')[-1]}", cases)


def total(results):
    with open(results, encoding="utf-8") as lines:
        cases = own_cases(lines.read().splitlines())
    count = {state: sum(1 for case in cases if case[0] == state) for state in ("ok", "FAIL", "SKIP")}
    for state, name, why in cases:
        if state != "ok":
            print(f"{state} {name}" + (f": {why}" if why else ""))
    print(f"{count['ok']} passed, {count['FAIL']} failed, {count['SKIP']} skipped")
    return 1 if count["FAIL"] or not count["ok"] else 0


def main(args):
    if len(args) == 4 and args[0] == "meson":
        from_meson(*args[1:])
    elif len(args) == 5 and args[0] == "text":
        with open(args[3], encoding="utf-8", errors="replace") as f:
            write(args[4], args[1], cases_of(f.read(), args[2] != "0", args[2] == "77"))
    elif len(args) == 2 and args[0] == "sum":
        return total(args[1])
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
