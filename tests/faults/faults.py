# SPDX-License-Identifier: Apache-2.0
"""What the tests of faults share: a log that a load program fills, the layer below a program, and what must be true
of a log whatever happened to it."""
import base64
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cmd"))
from program import BUILD, SANAD, SOURCE, environment, main, run  # noqa: E402

LOAD = BUILD / "tests" / "faults" / "load"
RAW = BUILD / "tests" / "faults" / "raw"
LAYER = BUILD / "tests" / "faults" / "libfaults_layer.so"
SEED = int(os.environ.get("SANAD_FAULTS_SEED", random.SystemRandom().randrange(10**9)))
SOAK = os.environ.get("SANAD_SOAK") == "1"
__all__ = ["BUILD", "LAYER", "LOAD", "RAW", "SANAD", "SEED", "SOAK", "SOURCE", "Faulty", "environment", "layered", "main", "run"]


def sha(data):
    return hashlib.sha256(data).digest()


def layered(below, **more):
    """Environment of a program whose disk below a folder is watched: trace=, fail=, errno=, stay=, count=, clock=."""
    return environment(LD_PRELOAD=str(LAYER), FAULTS_BELOW=str(below), **{f"FAULTS_{k.upper()}": str(v) for k, v in more.items()})


def entries(public, size):
    """Entries of the tiles of a public folder, as bytes."""
    found = []
    for index in range(-(-size // 256)):
        width = min(256, size - 256 * index)
        name = "".join(f"x{part:03}/" for part in (index // 1000,) if part) + f"{index % 1000:03}"
        path = public / "tile" / "entries" / name
        raw, at = (path if path.is_file() else path.with_name(path.name + ".p") / str(width)).read_bytes(), 0
        for _ in range(width):
            n = int.from_bytes(raw[at:at + 2], "big")
            found.append(raw[at + 2:at + 2 + n])
            at += 2 + n
    return found


class Tree:
    """Merkle tree hash of RFC 9162, of each size on the way."""

    def __init__(self):
        self.stack = []

    def add(self, entry):
        size, node = 1, sha(b"\0" + entry)
        while self.stack and self.stack[-1][0] == size:
            node = sha(b"\1" + self.stack.pop()[1] + node)
            size *= 2
        self.stack.append((size, node))

    def root(self):
        if not self.stack:
            return sha(b"")
        node = self.stack[-1][1]
        for _, left in reversed(self.stack[:-1]):
            node = sha(b"\1" + left + node)
        return node


class Faulty(unittest.TestCase):
    """self.told[log]: what a log acknowledged (index -> id) and each checkpoint that was seen (size -> root)."""

    @classmethod
    def setUpClass(cls):
        print(f"SANAD_FAULTS_SEED={SEED}", file=sys.stderr)
        cls.holder = tempfile.TemporaryDirectory(prefix="sanad-faults-")
        cls.base = Path(cls.holder.name)
        cls.start = cls.base / "start"
        cls.load("init", cls.start)
        cls.load("run", cls.start, 0, 20)
        cls.records = cls.base / "records.notes"  # ten more of every way
        cls.load("write", cls.records, 1000, 10)

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def setUp(self):
        self.dice = random.Random(f"{SEED} {self.id()}")
        self.told, self.checkpoints, self.extra = {}, {}, 10_000_000

    @classmethod
    def load(cls, *args, **more):
        done = subprocess.run([LOAD, *map(str, args)], capture_output=True, check=False, **more)
        if done.returncode != 0:
            raise AssertionError(f"load {args}: {done.stderr.decode()}")
        return done.stdout.decode()

    def fresh(self, name="log", of=None):
        """A copy of a log with its key, in place of an earlier one."""
        log, of = self.base / name, of or self.start
        shutil.rmtree(log, ignore_errors=True)
        shutil.copytree(of, log)
        shutil.copy(f"{of}.key", f"{log}.key")
        self.told, self.checkpoints = {}, {}
        return log

    def ok(self, *args, code=0, **more):
        done = run(*args, **more)
        self.assertEqual(done.code, code, f"{self.why()}{args}\n{done.text[-2000:]}\n{done.errors}")
        return done.text

    def why(self):
        return f"SANAD_FAULTS_SEED={SEED}: "

    def acknowledge(self, text):
        """Takes in lines of load ("index id") or of record submit ("id index file"); a last one may be cut off."""
        for a, b, index, record in re.findall(r"^(?:(sha256:\w{64})\t(\d+)\t.*|(\d+)\t(sha256:\w{64}))\n", text, re.MULTILINE):
            index, record = int(index or b), record or a
            self.assertEqual(self.told.setdefault(index, record), record, self.why() + "an index was given twice")

    def seen(self, log):
        """The checkpoint in place, which every later one must contain."""
        return self.seen_bytes((log / "public" / "checkpoint").read_bytes())

    def seen_bytes(self, note):
        lines = note.split(b"\n")
        size, root = int(lines[1]), base64.b64decode(lines[2])
        self.assertEqual(self.checkpoints.setdefault(size, root), root, self.why() + f"two trees of size {size} were signed")
        return size

    def check_files(self, log):
        """What an outsider sees: nothing that was told is missing or other, every checkpoint is in the newest."""
        size, tree = self.seen(log), Tree()
        self.assertEqual(size, max(self.checkpoints), self.why() + "a larger tree was signed before")
        found = entries(log / "public", size)
        for i in range(size + 1):
            if i in self.checkpoints:
                self.assertEqual(tree.root(), self.checkpoints[i], self.why() + f"the checkpoint of size {i} is not in that of {size}")
            if i < size:
                tree.add(found[i])
        return [entry.split(b"\n")[2].decode() for entry in found]

    def shown(self, log):
        """What the view shows: index -> (id, object's line)."""
        lines = self.ok("export", "--log", log)
        places = {}
        for line in lines.splitlines():
            for record in json.loads(line)["records"]:
                places[record["index"]] = record["id"]
                if "note" in record:
                    text = record["note"].split("\n\n— ")[0] + "\n"
                    self.assertEqual("sha256:" + hashlib.sha256(text.encode()).hexdigest(), record["id"])
        return lines, places

    def check_looking(self, log):
        """Before a writer comes: a reader sees whole records, and the checkpoint holds."""
        self.seen(log)
        self.ok("log", "verify", log)
        self.shown(log)

    def one_more(self, log):
        """Opened again it takes a record."""
        self.extra += 5
        note = self.base / "more.notes"
        self.load("write", note, self.extra, 1)
        began = time.monotonic()
        self.acknowledge(self.ok("record", "submit", "--log", log, note))
        return time.monotonic() - began

    def check(self, log):
        """Everything that must be true after a start; returns how long that start took."""
        took = self.one_more(log)
        ids = self.check_files(log)
        for index, record in self.told.items():
            self.assertLess(index, len(ids), self.why() + f"entry {index} was acknowledged, the log has {len(ids)}")
            self.assertEqual(ids[index], record, self.why() + f"another record stands at {index}")
        self.ok("log", "verify", log)
        lines, places = self.shown(log)
        self.assertEqual(places, dict(enumerate(ids)), self.why() + "the view is not the log")
        for index in self.told:
            self.assertEqual(places[index], self.told[index])
        self.ok("log", "replay", log)
        self.assertEqual(self.shown(log)[0], lines, self.why() + "a replay gives another view")
        return took
