#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Of a damaged log of 70,000 entries, `sanad log verify` and tools/verify_log.py, which was written from the format page
alone, say the same: which files are at fault, and which entries. SANAD_SOAK=1 tries every way on every kind of file."""
import random
import re
import shutil
import subprocess
import sys
import unittest

from faults import BUILD, SEED, SOAK, SOURCE, Faulty, main, run

KEY = "exchange.example/log1+cc7ffb32+AbnpI4hLNCOleiCj8S7v9oIxdQcHk3hjyA/DpMUX/pA6"
SIZES = (300, 65_600, 70_000)
SAMPLE = 25


def change(at, bits=1):
    def damage(path, data):
        place = at if at >= 0 else len(data) + at
        path.write_bytes(data[:place] + bytes([data[place] ^ bits]) + data[place + 1:])
    return damage


def lengthen(path, data):
    path.write_bytes(data + b"\0")


def swap(path, data):
    """Two neighbours: hashes of a tile, or entries of a bundle."""
    if "entries" not in path.parts and path.parent.parent.name != "entries":
        return path.write_bytes(data[32:64] + data[:32] + data[64:])
    first = 2 + int.from_bytes(data[:2], "big")
    second = first + 2 + int.from_bytes(data[first:first + 2], "big")
    return path.write_bytes(data[first:second] + data[:first] + data[second:])


WAYS = {"altered at the beginning": change(0), "altered in the middle": lambda p, d: change(len(d) // 2)(p, d),
        "altered at the end": change(-1), "a length altered": change(1, 4), "one byte short": lambda p, d: p.write_bytes(d[:-1]),
        "half": lambda p, d: p.write_bytes(d[:len(d) // 2]), "empty": lambda p, d: p.write_bytes(b""),
        "one byte more": lengthen, "missing": lambda p, d: p.unlink(), "neighbours swapped": swap}


class Verdicts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        Faulty.setUpClass.__func__(cls)
        cls.log = cls.base / "public"
        subprocess.run([BUILD / "tests" / "ledger" / "make_log", cls.log, *map(str, SIZES)], check=True)

    @classmethod
    def tearDownClass(cls):
        Faulty.tearDownClass.__func__(cls)

    load = classmethod(Faulty.load.__func__)

    def ours(self, log):
        """Exit code and faults: (file, entry or None)."""
        done = run("log", "verify", "--key", KEY, log)
        faults = set()
        for line in done.errors.splitlines():
            match = re.match(r"(?:sanad: )?(tile/[^:]+|checkpoint|key)(?:: ?(\d+))?: ", line)
            self.assertTrue(match, line)
            faults.add((match[1], match[2] and int(match[2])))
        return done.code, faults, done.errors

    def theirs(self, log):
        done = subprocess.run([sys.executable, SOURCE / "tools" / "verify_log.py", log, "--key", KEY], capture_output=True, text=True, check=False)
        faults = set()
        for line in done.stdout.splitlines():
            match = re.match(r"(tile/[^:]+|checkpoint|key): (?:entry (\d+): )?", line)
            if match:
                faults.add((match[1], match[2] and int(match[2])))
        return done.returncode, faults, done.stdout + done.stderr

    def files(self):
        """One of each kind: of each level full, the last full one and the partial ones, now and of smaller trees; the others."""
        paths = sorted(p.relative_to(self.log).as_posix() for p in self.log.rglob("*") if p.is_file())
        kinds = {}
        for path in paths:
            full = re.fullmatch(r"(tile/[^/]+)/.*", path) and ".p/" not in path
            kinds.setdefault((path.split("/")[1] if full else path), []).append(path)
        return sorted({path for group in kinds.values() for path in (group[0], group[len(group) // 2], group[-1])})

    def compare(self, log, *note):
        with self.subTest(" ".join(note), seed=SEED):
            mine, other = self.ours(log), self.theirs(log)
            told = f"\n{mine[2][:1500]}\n{other[2][:1500]}"
            self.assertEqual(mine[0], other[0], told)
            self.assertEqual(mine[1], other[1], told)
            return mine
        return None

    def test_both_find_the_same_of_every_damage(self):
        cases = [(path, how) for path in self.files() for how in WAYS if not (how == "neighbours swapped" and "tile" not in path)]
        if not SOAK:
            cases = random.Random(SEED).sample(cases, SAMPLE)
        self.assertEqual(self.compare(self.log, "whole")[:2], (0, set()))
        n_found = 0
        for path, how in cases:
            victim = self.log / path
            data = victim.read_bytes()
            try:
                WAYS[how](victim, data)
                if victim.is_file() and victim.read_bytes() == data:
                    continue
                said = self.compare(self.log, path, how)
                n_found += bool(said and said[0] == 3)
            finally:
                victim.write_bytes(data)
        print(f"{len(cases)} damages, {n_found} told by both in the same words of place")
        self.assertGreater(n_found, len(cases) // 2)

    def test_both_find_the_same_of_a_fork_and_of_several_damages(self):
        other = self.base / "other"
        subprocess.run([BUILD / "tests" / "ledger" / "make_log", other, "65000", "70001"], check=True)
        kept = (self.log / "checkpoint").read_bytes()
        try:
            (self.log / "checkpoint").write_bytes((other / "checkpoint").read_bytes())
            self.compare(self.log, "a checkpoint of more entries than there are")
            shutil.copy(self.start / "public" / "checkpoint", self.log / "checkpoint")
            self.compare(self.log, "a checkpoint of another log")
        finally:
            (self.log / "checkpoint").write_bytes(kept)
        dice, whole, ways = random.Random(SEED), self.base / "whole", sorted(set(WAYS) - {"missing"})
        shutil.copytree(self.log, whole)
        lowest = [path for path in self.files() if re.match("tile/(0|entries)/", path)]
        for _ in range(30 if SOAK else 4):
            chosen = {path: dice.choice(ways) for path in dice.sample(lowest, 3)}
            for path, how in chosen.items():
                WAYS[how](self.log / path, (self.log / path).read_bytes())
            # Tiles above stay whole: they tell which of a bundle and its hashes is right.
            with self.subTest(chosen=chosen, seed=SEED):
                for code, faults, told in (self.ours(self.log), self.theirs(self.log)):
                    self.assertEqual(code, 3, told)
                    changed = {path for path in chosen if (self.log / path).read_bytes() != (whole / path).read_bytes()}
                    self.assertLessEqual(changed, {path for path, _ in faults}, told[:2000])
            shutil.rmtree(self.log)
            shutil.copytree(whole, self.log)


if __name__ == "__main__":
    main()
