#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/formats/bank.md and delta.md tell what the program writes: tools/read_bank.py, made from the
pages alone, sees in a bank and its deltas what the program sees, and refuses what it refuses."""
import hashlib
import json
import math
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
SANAD = os.environ["SANAD"]
READER = SOURCE / "tools/read_bank.py"
sys.path.insert(0, str(SOURCE / "tools"))
import read_bank  # noqa: E402

MASK = (1 << 64) - 1


def sanad(*args, code=0):
    done = subprocess.run([SANAD, *map(str, args)], capture_output=True, text=True, check=False)
    assert done.returncode == code, (args, done.returncode, done.stderr)
    return done.stdout


def reader(*args, code=0):
    done = subprocess.run([sys.executable, READER, *map(str, args)], capture_output=True, text=True, check=False)
    assert done.returncode == code, (args, done.returncode, done.stderr)
    return done.stdout if code == 0 else done.stderr


def key_hash(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & MASK
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & MASK
    h = (h ^ h >> 27) * 0x94D049BB133111EB & MASK
    return (h ^ h >> 31) or 1


def rotl(x, n):
    return (x << n | x >> (32 - n)) & 0xFFFFFFFF


def gram_hash(gram):
    """MurmurHash3_x86_32, seed 0, of the code points as UTF-32LE."""
    h = 0
    for c in map(ord, gram):
        h = (rotl(h ^ rotl(c * 0xCC9E2D51 & 0xFFFFFFFF, 15) * 0x1B873593 & 0xFFFFFFFF, 13) * 5 + 0xE6546B64) & 0xFFFFFFFF
    h ^= 4 * len(gram)
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ h >> 16


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="sanad-read-bank-"))
        cls.demo = cls.folder / "demo.bank"
        sanad("bank", "build", *sorted((SOURCE / "demo/claims").glob("*.jsonl")), "-o", cls.demo)
        cls.bank = read_bank.Bank(cls.demo.read_bytes())
        cls.claims = {}
        for path in (SOURCE / "demo/claims").glob("*.jsonl"):
            for line in path.read_text(encoding="utf-8").splitlines():
                cls.claims[json.loads(line)["id"]] = json.loads(line)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def small(self, name):
        """A bank of three demo claims."""
        path = self.folder / f"{name}.bank"
        lines = self.folder / f"{name}.jsonl"
        lines.write_text("".join(json.dumps(self.claims[c]) + "\n" for c in sorted(self.claims)[:3]), encoding="utf-8")
        sanad("bank", "build", lines, "-o", path)
        return path

    def same_facts(self, path):
        ours, theirs = json.loads(reader(path, "--check")), json.loads(sanad("bank", "info", path, "--json"))
        if ours["changes"] == 0:  # the program also counts the documents that changes add
            self.assertEqual(ours["documents"], sum(theirs["documents"].values()))
        self.assertEqual((ours["changes"], theirs["changes"]["problem"]), (theirs["changes"]["applied"], ""))
        for name in ("claims", "format", "hash", "version", "parameters", "sections"):
            self.assertEqual(ours[name], theirs[name], name)

    def test_the_page_tells_what_the_program_tells_of_a_bank(self):
        self.same_facts(self.demo)
        self.assertEqual(self.bank.hash, hashlib.sha256(self.demo.read_bytes()[:1120]).digest())

    def test_every_claim_comes_out_with_its_verdicts(self):
        items = {item["id"]: item for item in map(json.loads, reader(self.demo, "--items").splitlines())}
        self.assertEqual(items.keys(), self.claims.keys())
        for name, claim in self.claims.items():
            self.assertEqual(items[name]["text"], claim["text"])
            self.assertEqual([v["label"] for v in items[name]["verdicts"]], [v["label"] for v in claim["verdicts"]])
            self.assertEqual([t["lang"] for t in items[name].get("translations", [])],
                             [t["lang"] for t in claim.get("translations", [])])

    def test_documents_are_the_claim_and_its_translations(self):
        first = read_bank.numbers("I", self.bank.section["first"], 0, self.bank.n_items + 1)
        for number, item in enumerate(self.bank.items()):
            langs = [item["lang"]] + [t["lang"] for t in item.get("translations", [])]
            docs = [self.bank.doc(n) for n in range(first[number], first[number + 1])]
            self.assertEqual([doc["lang"] for doc in docs], langs)

    def test_grams_are_those_of_the_skeletons(self):
        wanted = {}
        n = self.bank.skeleton_gram
        for number in range(self.bank.n_docs):
            for text in self.bank.doc(number)["skeletons"]:
                for i in range(len(text) - n + 1):
                    wanted.setdefault(gram_hash(text[i:i + n]), set()).add(number)
        index = self.bank.index("grams")
        self.assertEqual({key: set(docs) for key, (docs, _) in index.items()}, wanted)
        key = next(iter(wanted))
        self.assertEqual(json.loads(reader(self.demo, "--gram", f"{key:08x}"))[0], sorted(wanted[key]))
        reader(self.demo, "--gram", "0", code=1)

    def word_grams(self, folded):
        n = self.bank.word_gram
        text = f" {folded} "
        grams = [text[i:i + n] for i in range(len(text) - n + 1) if " " not in text[i + 1:i + n - 1]]
        grams += [text[i:i + 3] for i in range(len(text) - 2) if text[i] == text[i + 2] == " " != text[i + 1]]
        return list(map(gram_hash, grams))

    def test_weights_and_norms_follow_the_formulas(self):
        shift, docs = 32 - self.bank.idf_bits, [self.bank.doc(n) for n in range(self.bank.n_docs)]
        grams, df = [self.word_grams(doc["folded"]) for doc in docs], [0] * (1 << self.bank.idf_bits)
        for hashes in grams:
            for bucket in {h >> shift for h in hashes}:
                df[bucket] += 1
        idf = [min(255, math.floor(16 * (1 + math.log((1 + len(docs)) / (1 + n))) + .5)) for n in df]
        self.assertEqual(bytes(idf), self.bank.section["idf"])
        for doc, hashes in zip(docs, grams):
            norm = math.sqrt(sum(((1 + math.log(hashes.count(h))) * idf[h >> shift] / 16) ** 2 for h in set(hashes)))
            self.assertAlmostEqual(doc["norm"], norm, delta=1e-4 * norm)

    def test_impacts_follow_the_formula(self):
        docs = [self.bank.doc(n) for n in range(self.bank.n_docs)]
        self.assertAlmostEqual(self.bank.mean_words, sum(d["words"] for d in docs) / len(docs), places=9)
        n_checked = 0
        for numbers, impacts in self.bank.index("words").values():
            for number, impact in zip(numbers, impacts):
                length = 1 - self.bank.bm25_b + self.bank.bm25_b * docs[number]["words"] / self.bank.mean_words
                shares = [tf / (tf + self.bank.bm25_k1 * length) for tf in range(1, 40)]
                self.assertIn(impact, [max(1, math.floor(255 * share + .5)) for share in shares])
                n_checked += 1
        self.assertGreater(n_checked, 5000)

    def test_words_that_have_no_endings_are_found_by_their_key(self):
        index = self.bank.index("words")
        docs = {n for n in range(self.bank.n_docs) if " 30 " in f" {self.bank.doc(n)['folded']} "}
        self.assertGreater(len(docs), 3)
        self.assertEqual(docs, set(index[key_hash(b"30") >> 32][0]))
        self.assertEqual(sorted(docs), json.loads(reader(self.demo, "--word", f"{key_hash(b'30') >> 32:08x}"))[0])

    def test_whole_skeletons_are_found_by_their_key(self):
        wanted = {(key_hash(text.encode()), n) for n in range(self.bank.n_docs)
                  for text in self.bank.doc(n)["skeletons"] if text}
        self.assertEqual(set(self.bank.keys("exact", self.bank.n_docs)), wanted)

    def test_links_are_found_by_their_key(self):
        rows = set(self.bank.keys("urls", self.bank.n_items))
        for number, item in enumerate(self.bank.items()):
            for verdict in item["verdicts"]:
                if "url" in verdict:
                    self.assertIn((key_hash(verdict["url"].encode()), number), rows)

    def test_deltas_are_applied_as_the_program_does(self):
        path = self.small("deltas")
        new = self.folder / "new.jsonl"
        for step in range(5):
            if step < 4:
                new.write_text(json.dumps(self.claims[sorted(self.claims)[4 + step]]) + "\n", encoding="utf-8")
                sanad("bank", "add", path, new)
            if step == 2:
                sanad("bank", "add", "--replace", path, new)
                sanad("bank", "withdraw", path, sorted(self.claims)[0])
            if step == 3:
                copies = {p.name: p.read_bytes() for p in Path(f"{path}.d").glob("*.delta")}
                alive = reader(path, "--items")
                sanad("bank", "merge", path)
                self.assertEqual(reader(path, "--items"), alive)
                for name, data in copies.items():  # a merge that was stopped before it removed them
                    (Path(f"{path}.d") / name).write_bytes(data)
            self.same_facts(path)
            self.assertEqual(len(reader(path, "--items").splitlines()),
                             json.loads(sanad("bank", "info", path, "--json"))["claims"])

    def test_the_reader_too_refuses_broken_deltas(self):
        path = self.small("broken")
        for n in (4, 5):
            new = self.folder / "new.jsonl"
            new.write_text(json.dumps(self.claims[sorted(self.claims)[n]]) + "\n", encoding="utf-8")
            sanad("bank", "add", path, new)
        second = Path(f"{path}.d/00000002.delta")
        whole = second.read_bytes()
        pick = random.Random(2)
        for data in [whole[:n] for n in (0, 7, 100, 135, len(whole) - 1)] + \
                    [whole[:at] + bytes([whole[at] ^ 1 << pick.randrange(8)]) + whole[at + 1:]
                     for at in [*range(0, 104), *pick.sample(range(104, len(whole)), 60)]]:
            second.write_bytes(data)
            reader_bank = read_bank.Bank(path.read_bytes())
            with self.assertRaises((ValueError, struct.error, IndexError)):
                read_bank.apply_deltas(reader_bank, Path(f"{path}.d"))
        second.unlink()
        Path(f"{path}.d/00000003.delta").write_bytes(whole)
        self.assertIn("delta 2 is missing", reader(path, code=3))

    def test_the_reader_too_finds_every_flipped_byte(self):
        path = self.small("flipped")
        whole = path.read_bytes()
        pick = random.Random(1)
        with self.assertRaises((ValueError, struct.error)):
            read_bank.Bank(whole[:-1])
        for at in [*range(0, 1152, 7), *pick.sample(range(1152, len(whole)), 400), len(whole) - 1]:
            data = whole[:at] + bytes([whole[at] ^ 1 << pick.randrange(8)]) + whole[at + 1:]
            with self.assertRaises((ValueError, struct.error, IndexError, KeyError), msg=f"byte {at}"):
                read_bank.Bank(data).check()
        path.write_bytes(whole[:-1] + b"x")
        self.assertIn("not zero", reader(path, "--check", code=3))
        reader(self.folder / "nothing.bank", code=3)

    def test_the_reader_is_short_and_stands_alone(self):
        lines = READER.read_text(encoding="utf-8").splitlines()
        self.assertLess(len(lines), 200)
        for line in lines:
            if line.startswith(("import ", "from ")):
                self.assertIn(line.split()[1], sys.stdlib_module_names)


if __name__ == "__main__":
    unittest.main()
