# SPDX-License-Identifier: Apache-2.0
"""What is ours in the comparisons: the program, the small tool beside this file, the independent verifier, logs."""
import os
import subprocess
import sys
from pathlib import Path

import parts

SOURCE = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("SANAD_BUILD", SOURCE / "build"))
SANAD, TOOL = BUILD / "sanad", BUILD / "tests/interop/interop"
ORIGIN = "exchange.example/log1"
RUN_S = 240
CASES = {}


def case(name):
    """Names a test by what is lost when it fails; it gets an empty folder."""
    def add(function):
        CASES[name] = function
        return function
    return add


class Refused(AssertionError):
    """A program said no; the text is what it said."""


def run(*args, stdin=None, timeout=RUN_S, **more):
    """Standard output of a program; Refused when it ends with another code than 0, or not in time."""
    try:
        done = subprocess.run(list(map(str, args)), input=stdin, capture_output=True, timeout=timeout, check=False, **more)
    except subprocess.TimeoutExpired as e:
        raise Refused(f"{args[0]}: nothing in {timeout} s") from e
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
        raise Refused(f"{args[0]} {args[1] if len(args) > 1 else ''}: exit code {done.returncode}: {said[-2000:]}")
    return done.stdout


def refuses(*args, **more):
    """What it said; fails when it said yes."""
    try:
        said = run(*args, **more)
    except Refused as e:
        return str(e)
    raise AssertionError(f"{args[:2]} took what is wrong: {said[:200]!r}")


def need_tool():
    if not TOOL.exists():
        raise parts.Missing(f"{TOOL} is not built")


def key(folder, purpose="log", name=ORIGIN, seed="log1"):
    """Key files of a seed in a folder: <purpose>.key, .skey, .vkey. Returns the public line."""
    need_tool()
    folder.mkdir(parents=True, exist_ok=True)
    run(TOOL, "key", folder, purpose, name, seed)
    return (folder / f"{purpose}.vkey").read_text()


def log(folder, *sizes, first=0, keys=None):
    """A log whose entries are numbered from `first`, published at each size; and its public line."""
    folder.mkdir(parents=True, exist_ok=True)
    vkey = key(folder / "keys") if keys is None else (keys / "log.vkey").read_text()
    run(TOOL, "log", folder / "log", (keys or folder / "keys") / "log.skey", first, *sizes)
    return vkey


def request(folder, vkey, old):
    return run(TOOL, "request", folder / "log", vkey, old)


def bundles(public):
    """The entries of a log as they stand in its bundles, in order."""
    size = int((public / "checkpoint").read_text().split("\n")[1])
    return b"".join((public / path).read_bytes() for path in files_of(size) if path.startswith("tile/entries/"))


def tile_path(level, index, width):
    text, rest = f"{index % 1000:03}", index // 1000
    while rest:
        text, rest = f"x{rest % 1000:03}/{text}", rest // 1000
    return f"tile/{level}/{text}" + (f".p/{width}" if width < 256 else "")


def files_of(size):
    """Every file that a tree of a size needs (C2SP tlog-tiles), the bundles first."""
    level, n, paths = 0, size, []
    while n:
        for kind in ["entries", "0"] if level == 0 else [str(level)]:
            paths += [tile_path(kind, i, min(256, n - 256 * i)) for i in range(-(-n // 256))]
        level, n = level + 1, n // 256
    return paths


def our_verdicts(public, vkey):
    """What each of our three readers says of a log: nothing when all is well."""
    said = {}
    for name, args in {"sanad log verify": (SANAD, "log", "verify", public, "--key", vkey),
                       "ledger_verify": (TOOL, "verify", public, vkey),
                       "tools/verify_log.py": (sys.executable, SOURCE / "tools/verify_log.py", public, "--key", vkey)}.items():
        try:
            run(*args)
        except Refused as e:
            said[name] = str(e)
    return said
