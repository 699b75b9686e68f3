# SPDX-License-Identifier: Apache-2.0
"""What the tests of the program share: running build/sanad, a small bank, terminals."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("SANAD_SOURCE", Path(__file__).resolve().parent.parent.parent))
BUILD = Path(os.environ.get("SANAD_BUILD", SOURCE / "build"))
SANAD = os.environ.get("SANAD", str(BUILD / "sanad"))

BALLOTS = "Ballots marked with a felt-tip pen are rejected by the scanners in every city."
CLAIMS = [
    {"id": "c1", "lang": "en", "text": BALLOTS, "title": "Felt-tip pens",
     "translations": [{"lang": "fa", "text": "برگه‌های رأی که با ماژیک علامت خورده‌اند در همهٔ شهرها رد می‌شوند."}],
     "verdicts": [
         {"org": "one.example", "label": "false", "date": "2025-03-14", "url": "https://one.example/c1",
          "reasons": "The scanners read any dark mark.",
          "sources": [{"url": "https://office.example/n", "title": "Which pens", "date": "2024-09-12"}]},
         {"org": "two.example", "label": "unproven", "date": "2025-03-20"}]},
    {"id": "c2", "lang": "en", "text": "Drinking hot water every 15 minutes washes the virus out of the throat.",
     "verdicts": [{"org": "one.example", "label": "misleading", "date": "2024-01-02"}]},
    {"id": "c3", "lang": "fa", "text": "نوشیدن آب گرم هر پانزده دقیقه ویروس را از گلو پاک می‌کند و بیماری را درمان می‌کند.",
     "verdicts": [{"org": "three.example", "label": "false", "date": "2024-05-06"}]},
    {"id": "c4", "lang": "en", "text": "The northern lights were switched off by the new telescope on the island.",
     "verdicts": [{"org": "one.example", "label": "accurate", "date": "2023-02-02"}]},
]


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        self.text, self.errors = out.decode("utf-8"), err.decode("utf-8")


def environment(**more):
    env = {k: v for k, v in os.environ.items()
           if k not in ("LANG", "LANGUAGE", "NO_COLOR", "COLUMNS", "SANAD_BANK", "SANAD_KEYS", "XDG_CONFIG_HOME") and not k.startswith("LC_")}
    env["TERM"] = "xterm"
    env.update({k: v for k, v in more.items() if v is not None})
    return env


def run(*args, stdin=b"", timeout=60, **env):
    if isinstance(stdin, str):
        stdin = stdin.encode()
    done = subprocess.run([SANAD, *map(str, args)], input=stdin, capture_output=True, timeout=timeout,
                          env=environment(**env), check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def start(*args, **more):
    """The program in the background; Ctrl-C is not ignored even when the test runner's is."""
    return subprocess.Popen([SANAD, *map(str, args)], env=environment(),
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **more)


def run_on_terminal(*args, columns=80, stdin=b"", **env):
    """(exit code, everything the program wrote) with standard output and error on a terminal."""
    try:
        master, slave = pty.openpty()
    except OSError as e:
        raise unittest.SkipTest(f"no terminal can be made here: {e}") from e
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([SANAD, *map(str, args)], stdin=subprocess.PIPE, stdout=slave, stderr=slave,
                               env=environment(**env))
    os.close(slave)
    process.stdin.write(stdin)
    process.stdin.close()
    out, deadline = b"", time.time() + 60
    while time.time() < deadline:
        ready, _, _ = select.select([master], [], [], 0.2)
        if not ready:
            if process.poll() is not None:
                break
            continue
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        out += piece
    os.close(master)
    return process.wait(timeout=60), out.replace(b"\r\n", b"\n").decode("utf-8")


ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def jsonl(objects):
    return "".join(json.dumps(o, ensure_ascii=False) + "\n" for o in objects)


class Case(unittest.TestCase):
    """A temporary folder and, as self.bank, a bank of CLAIMS."""
    claims = CLAIMS

    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.holder.name)
        cls.bank = cls.folder / "facts.bank"
        (cls.folder / "claims.jsonl").write_text(jsonl(cls.claims), encoding="utf-8")
        built = run("bank", "build", cls.folder / "claims.jsonl", "-o", cls.bank)
        if built.code != 0:
            raise AssertionError(built.errors)

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


def main():
    unittest.main(verbosity=2, argv=[sys.argv[0]] + [a for a in sys.argv[1:] if a != "-v"])
