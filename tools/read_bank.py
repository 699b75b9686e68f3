#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a bank and its deltas without the program, from docs/formats/bank.md and delta.md alone.

    read_bank.py FILE              what bank and deltas hold, as JSON
    read_bank.py FILE --items      a line of JSON for each item that is alive
    read_bank.py FILE --doc N      document N; --gram HASH, --word KEY: those that hold it, with impacts
    read_bank.py FILE --check      every byte of bank and deltas
Exit code 1 when nothing was found; 3 with a line on standard error when a file is not as the pages say.
"""
import argparse
import hashlib
import json
import re
import struct
import sys
from pathlib import Path

HEADER = ("head bytes n_items n_docs n_sections text_rules skeleton_gram word_gram idf_bits max_body_bytes "
          "bm25_k1 bm25_b mean_words gram_hash key_hash zero").split()
LANGUAGES = ["und", "ar", "en", "es", "fa", "fr", "id", "it", "ms", "vi", "und"]


def need(condition, what):
    if not condition:
        raise ValueError(what)


def numbers(kind, data, at, n):
    return struct.unpack_from(f"<{n}{kind}", data, at)  # struct.error when it reaches behind the end


def blobs(kind, data, n):  # n byte strings behind a table of n + 1 offsets
    at, base = numbers(kind, data, 0, n + 1), struct.calcsize("<" + kind) * (n + 1)
    need(at[0] == 0 and base + at[-1] == len(data) and list(at) == sorted(at), "offsets do not fit")
    return [data[base + a:base + b] for a, b in zip(at, at[1:])]


class Bank:
    def __init__(self, data):
        self.data, self.hash, self.section = data, data[1120:1152], {}
        need(data[:8] == b"SANADBNK", "no SANADBNK at byte 0")
        self.version = numbers("I", data, 8, 1)[0]
        need(self.version == 1, f"version {self.version}, this program reads version 1")
        need(hashlib.sha256(data[:1120]).digest() == self.hash, "the header does not match its hash")
        self.__dict__.update(zip(HEADER, struct.unpack_from("<IQ8I3dIIQ", data, 12)))
        need(self.head == 1152 and self.bytes == len(data), f"{len(data)} bytes, the header says {self.bytes}")
        need(self.gram_hash == self.key_hash == 1 and self.n_sections <= 16, "unknown hashes or sections")
        self.table = [struct.unpack_from("<16sQQ32s", data, 96 + 64 * i) for i in range(self.n_sections)]
        for name, at, length, _ in self.table:
            need(at % 64 == 0 and at >= 1152 and at + length + 64 <= len(data), f"{name} lies outside the file")
            self.section[name.rstrip(b"\0").decode()] = data[at:at + length]

    def items(self):
        return [json.loads(text) for text in blobs("Q", self.section["items"], self.n_items)]

    def doc(self, n):
        need(n < self.n_docs, f"no document {n}")
        item, lang, variant, norm, words, at, *sizes = struct.unpack_from("<IHHfIQ4I", self.section["docs"], 40 * n)
        at = [at + sum(sizes[:i]) for i in range(5)]
        need(at[4] <= len(self.section["forms"]), f"document {n} lies outside its section")
        forms = [self.section["forms"][a:b].decode() for a, b in zip(at, at[1:])]
        return {"item": item, "lang": LANGUAGES[lang], "variant": variant, "norm": norm, "words": words,
                "folded": forms[0], "skeletons": forms[1:], "begin": at[0], "end": at[4]}

    def index(self, name):  # {key: [documents, impacts]}
        data, result = self.section[name], {}
        bits, n_terms, impacts, _, n_bytes, _ = struct.unpack_from("<4IQQ", data)
        need(1 <= bits <= 24 and impacts == (name == "words"), f"{name}: no index of its kind")
        buckets = numbers("I", data, 32, (1 << bits) + 1)
        terms_at = (32 + 4 * len(buckets) + 7) // 8 * 8
        at = lists = terms_at + 8 * n_terms
        terms = numbers("I", data, terms_at, 2 * n_terms)
        keys, offsets = terms[::2], terms[1::2]
        need(lists + n_bytes == len(data) and list(keys) == sorted(set(keys)), f"{name}: terms do not fit")
        need((buckets[0], buckets[-1]) == (0, n_terms), f"{name}: buckets do not fit")
        for bucket, (first, last) in enumerate(zip(buckets, buckets[1:])):
            need(all(key >> (32 - bits) == bucket for key in keys[first:last]), f"{name}: wrong bucket")
        for key, offset in zip(keys, offsets):
            need(lists + offset == at, f"{name}: a list is out of order")
            *result[key], at = self.postings(data, at, impacts)
        need(at == len(data), f"{name}: stray bytes")
        return result

    def postings(self, data, at, impacts):
        left = shift = 0
        while shift == 0 or data[at - 1] > 127:
            left, shift, at = left | (data[at] & 127) << shift, shift + 7, at + 1
        docs, weights, before = [], [], -1
        while left:
            n, width = min(left, 128), data[at]
            end = at + 1 + (n * width + 7) // 8
            packed = int.from_bytes(data[at + 1:end], "little")
            for i in range(n):
                before += 1 + (packed >> i * width & (1 << width) - 1)
                docs.append(before)
            weights += data[end:end + n] if impacts else []
            left, at = left - n, end + n if impacts else end
        need(docs and docs[-1] < self.n_docs and at <= len(data), "a list names what does not exist")
        return docs, weights, at

    def keys(self, name, limit):  # [(key, value)]
        data, n = self.section[name], numbers("I", self.section[name], 0, 1)[0]
        need(8 + 12 * n == len(data), f"{name}: wrong size")
        rows = list(zip(numbers("Q", data, 8, n), numbers("I", data, 8 + 8 * n, n)))
        need(rows == sorted(set(rows)) and all(value < limit for _, value in rows), f"{name}: rows do not fit")
        return rows

    def check(self):
        end = 1152
        for name, at, length, digest in self.table:
            need(at >= end and not any(self.data[end:at]), f"bytes before {name} are not zero")
            need(hashlib.sha256(self.data[at:at + length]).digest() == digest, f"{name} does not match its hash")
            end = at + length
        need(not any(self.data[end:]), "bytes behind the last section are not zero")
        ids = blobs("I", self.section["ids"], self.n_items)
        need(ids == sorted(set(ids)) == [item["id"].encode() for item in self.items()], "ids do not fit")
        first = numbers("I", self.section["first"], 0, self.n_items + 1)
        need(first[0] == 0 and first[-1] == self.n_docs, "documents of no item")
        end = 0
        for item, n in ((i, n) for i in range(self.n_items) for n in range(first[i], first[i + 1])):
            doc = self.doc(n)
            need((doc["item"], doc["variant"]) == (item, n - first[item]), f"document {n} is out of order")
            need(len(doc["folded"].split(" ")) == (doc["words"] or 1), f"document {n} has other words")
            need(doc["begin"] == end, f"forms of document {n} are out of order")
            end = doc["end"]
        need(end == len(self.section["forms"]) and len(self.section["idf"]) == 1 << self.idf_bits, "stray bytes")
        self.index("words"), self.index("grams"), self.keys("exact", self.n_docs), self.keys("urls", self.n_items)


def read_delta(name, data, bank, seq, before):
    """Returns the ids withdrawn and the items added."""
    version, _, number = struct.unpack_from("<IIQ", data, 8)
    need(data[:8] == b"SANADDLT" and version == 1, f"{name}: no delta of version 1")
    need(hashlib.sha256(data[:-32]).digest() == data[-32:], f"{name}: torn or altered")
    need(data[24:56] == bank.hash, f"{name}: made for another bank")
    need(number == seq and data[56:88] == before, f"{name}: does not follow the one before it")
    (n_add, n_withdraw, n_bytes), at, entries = struct.unpack_from("<IIQ", data, 88), 104, []
    while at < 104 + n_bytes:
        end = at + 4 + numbers("I", data, at, 1)[0]
        entries, at = [*entries, data[at + 4:end].decode()], end
    need(at == len(data) - 32 and len(entries) == n_add + n_withdraw, f"{name}: entries do not fit")
    return entries[:n_withdraw], [json.loads(entry) for entry in entries[n_withdraw:]]


def apply_deltas(bank, folder):
    """Returns {id: item} of what is alive, number and hash of the last delta."""
    alive, seq, before = {item["id"]: item for item in bank.items()}, 0, bytes(32)
    there = {int(p.stem): p for p in folder.glob("*.delta") if re.fullmatch(r"\d{8,}", p.stem)}
    merged = (folder / "merged").read_bytes() if (folder / "merged").exists() else b""
    for number in range(1, max(there, default=0) + 1):
        need(number in there, f"delta {number} is missing")
        data = there[number].read_bytes()
        if data[24:56] != bank.hash and data[24:56] in [merged[i:i + 32] for i in range(0, len(merged), 32)]:
            break  # left over from before a merge
        gone, new = read_delta(there[number], data, bank, number, before)
        need(len(set(gone)) == len(gone) and alive.keys() >= set(gone), f"{there[number]}: withdraws what is not there")
        alive = {name: item for name, item in alive.items() if name not in set(gone)}
        need(not any(item["id"] in alive for item in new), f"{there[number]}: adds what is there")
        alive.update((item["id"], item) for item in new)
        seq, before = number, data[-32:]
    return alive, seq, before if seq else bank.hash


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    for flag in ("--items", "--check"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--doc", type=int)
    parser.add_argument("--gram", type=lambda x: ("grams", int(x, 16)))
    parser.add_argument("--word", dest="gram", type=lambda x: ("words", int(x, 16)))
    args = parser.parse_args()
    bank = Bank(Path(args.file).read_bytes())
    if args.check:
        bank.check()
    if args.doc is not None or args.gram:
        found = bank.index(args.gram[0]).get(args.gram[1]) if args.gram else bank.doc(args.doc)
        print(json.dumps(found, ensure_ascii=False))
        return 0 if found else 1
    alive, seq, version = apply_deltas(bank, Path(args.file + ".d"))
    if args.items:
        for name in sorted(alive, key=str.encode):
            print(json.dumps(alive[name], ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    else:
        print(json.dumps({"changes": seq, "claims": len(alive), "documents": bank.n_docs, "format": bank.version,
                          "parameters": {name: getattr(bank, name) for name in HEADER[6:12]},
                          "sections": [{"bytes": len(data), "name": name} for name, data in bank.section.items()],
                          "hash": bank.hash.hex(), "version": version.hex()}))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, struct.error, IndexError, KeyError, OSError) as fault:
        print(f"{sys.argv[1]}: {fault}", file=sys.stderr)
        sys.exit(3)
