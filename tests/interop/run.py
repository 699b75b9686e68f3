#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our logs, witness and canonical JSON beside other people's programs: golang.org/x/mod, torchwood, Tessera,
sigsum and the Python package rfc8785. What was compared with what stands at the
end of docs/formats/log.md.

    run.py [--list] [NAME]...     all cases, or those whose name contains one of the words

Prints `ok NAME`, `FAIL NAME` or `SKIP NAME: reason` for each, as tools/results.py reads them; exit code 1 when one
failed, 77 when all were skipped. The counterparts are fetched once (parts.py). SANAD_BUILD is the build folder.
"""
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import ours  # noqa: E402
import parts  # noqa: E402
import cases_json  # noqa: E402,F401
import cases_log  # noqa: E402,F401
import cases_witness  # noqa: E402,F401


def run_one(name, function):
    with tempfile.TemporaryDirectory(prefix="sanad-interop-") as folder:
        try:
            function(Path(folder))
        except parts.Missing as e:
            return "SKIP", str(e)
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc(file=sys.stdout)
            return "FAIL", ""
    return "ok", ""


def main(words):
    chosen = {name: f for name, f in ours.CASES.items() if not words or any(word in name for word in words)}
    if not chosen:
        sys.exit("run.py: no case of that name")
    parts.prepare()
    seen = []
    for name, function in chosen.items():
        start = time.monotonic()
        state, why = run_one(name, function)
        seen.append(state)
        if os.environ.get("SANAD_INTEROP_TIMES"):
            print(f"  {time.monotonic() - start:.1f} s")
        print(f"{state} {name}" + (f": {why}" if why else ""), flush=True)
    return 1 if "FAIL" in seen else 77 if "ok" not in seen else 0


if __name__ == "__main__":
    if "--list" in sys.argv[1:]:
        print(*ours.CASES, sep="\n")
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))
