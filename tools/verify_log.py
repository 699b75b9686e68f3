#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a log without the program, from docs/formats/log.md and seal.md alone: the signature of the checkpoint,
every entry, every hash of every tile, the order of received times, the form of entries.

    verify_log.py DIR [--key LINE]...            a folder of tiles, or one that has it as `public`
    verify_log.py --proof FILE [--entry FILE] --key LINE...     a .tlog-proof; without --entry its line `extra` is the entry
The first key is the log's, others are those of witnesses. Without --key the folder's own file `key` is believed: that
shows damage, but not who signed. Exit code 0 all is well, 3 damaged (a line for each file and entry), 2 wrong use.
"""
import argparse
import base64
import hashlib
import re
import sys
from pathlib import Path

EMPTY, FAULTS = hashlib.sha256(b"").digest(), set()


def need(condition, what):
    if not condition:
        raise ValueError(what)


def fault(path, what, entry=None):
    if (path, entry) not in FAULTS:
        print(f"{path}: " + (f"entry {entry}: " if entry is not None else "") + what)
    FAULTS.add((path, entry))


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw) == text.encode(), "base64 of a second spelling")
    return raw


class Ed25519:  # RFC 8032, section 5.1; points are (x, y) in the affine plane with x*y and z beside them
    P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    D = -121665 * pow(121666, P - 2, P) % P

    def add(self, p, q):
        a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
        c, d = 2 * p[3] * q[3] * self.D, 2 * p[2] * q[2]
        e, f, g, h = (b - a) % self.P, (d - c) % self.P, (d + c) % self.P, (b + a) % self.P
        return e * f % self.P, g * h % self.P, f * g % self.P, e * h % self.P

    def times(self, n, p):
        q = (0, 1, 1, 0)
        for bit in f"{n:b}":
            q = self.add(q, q)
            q = self.add(q, p) if bit == "1" else q
        return q

    def same(self, p, q):
        return (p[0] * q[2] - q[0] * p[2]) % self.P == 0 == (p[1] * q[2] - q[1] * p[2]) % self.P

    def point(self, raw):
        y, sign, m = int.from_bytes(raw, "little") % 2**255, raw[31] >> 7, self.P
        x2 = (y * y - 1) * pow(self.D * y * y + 1, m - 2, m) % m
        x = pow(x2, (m + 3) // 8, m)
        x = x if x * x % m == x2 else x * pow(2, (m - 1) // 4, m) % m
        need(y < m and x * x % m == x2 and (x or not sign), "no point of the curve")
        x = x if x & 1 == sign else m - x
        need(not self.same(self.times(8, (x, y, 1, x * y % m)), (0, 1, 1, 0)), "a point of small order")
        return x, y, 1, x * y % m

    def check(self, key, text, signature):
        a, r, s = self.point(key), self.point(signature[:32]), int.from_bytes(signature[32:], "little")
        k, base = hashlib.sha512(signature[:32] + key + text).digest(), self.point(bytes([0x58] + [0x66] * 31))
        right = self.add(r, self.times(int.from_bytes(k, "little") % self.L, a))
        need(s < self.L and self.same(self.times(s, base), right), "a signature does not hold")


def cut_note(raw):
    text, divider, lines = raw.rpartition(b"\n\n")
    need(divider and lines.endswith(b"\n") and not re.search(rb"[\0-\x09\x0b-\x1f]", raw), "no signed note")
    seen = {}
    for line in lines.decode().split("\n")[:-1]:
        match = re.fullmatch("\u2014 ([^\\s+]+) ([A-Za-z0-9+/=]+)", line)
        blob = unbase64(match[2]) if match else b""
        need(len(blob) > 4 and (match[1], blob[:4]) not in seen, "a line that is no signature, or stands twice")
        seen[match[1], blob[:4]] = blob[4:]
    return text + b"\n", seen


def checkpoint(raw, key_lines):
    (text, lines), signed = cut_note(raw), []
    for name, key_id, blob in (line.split("+", 2) for line in key_lines):
        key, signature = unbase64(blob), lines.get((name, bytes.fromhex(key_id)))
        need(sha(name.encode(), b"\n", key)[:4].hex() == key_id and len(key) == 33, "no key, or one with another id")
        if signature is not None:
            need((len(signature), key[0]) in ((64, 1), (72, 4)), "a signature of another length")
            head = f"cosignature/v1\ntime {int.from_bytes(signature[:8], 'big')}\n" if key[0] == 4 else ""
            Ed25519().check(key[1:], head.encode() + text, signature[-64:])
            signed.append(f"{name}+{key_id}")
    need(any(key_lines[0].startswith(name) for name in signed), "not signed by the log's key")
    match = re.fullmatch(r"([^\n]+)\n(0|[1-9]\d{0,18})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*", text.decode())
    need(match and match[1] == key_lines[0].split("+")[0], "no checkpoint of this log")
    need(int(match[2]) < 2**63 and (match[2] != "0" or unbase64(match[3]) == EMPTY), "a size that no tree has")
    return match[1], int(match[2]), unbase64(match[3]), ", ".join(signed)


def check_entry(raw, before_ms):
    match = re.match(rb"sanad/entry/v1\n(0|[1-9]\d{0,18})\nsha256:([0-9a-f]{64})\n", raw)
    need(match and int(match[1]) < 2**63, "not in the form of an entry")
    note = raw[match.end():]
    need(not note or sha(cut_note(note)[0]).hex() == match[2].decode(), "its note has another id")
    need(int(match[1]) >= before_ms, f"received at {int(match[1])}, an earlier entry at {before_ms}")
    return int(match[1])


def tree(hashes, at, n):
    if n < 2:
        return hashes[at] if n else EMPTY
    k = 1 << (n - 1).bit_length() - 1
    return sha(b"\1", tree(hashes, at, k), tree(hashes, at + k, n - k))


class Log:
    def __init__(self, folder, key_lines):
        self.dir, self.used = folder, set()
        self.origin, self.size, self.root, self.signed = checkpoint((folder / "checkpoint").read_bytes(), key_lines)

    def width(self, level, index):
        return max(0, min(256, (self.size >> 8 * max(level, 0)) - 256 * index))

    def path(self, level, index):  # a full tile may have taken the place of a partial one
        text, rest, width = f"{index % 1000:03}", index // 1000, self.width(level, index)
        while rest:
            text, rest = f"x{rest % 1000:03}/{text}", rest // 1000
        full = f"tile/{'entries' if level < 0 else level}/{text}"
        part = f"{full}.p/{width}" if width < 256 else full
        return part if (self.dir / part).is_file() or not (self.dir / full).is_file() else full

    def read(self, level, index):
        """The hashes or entries of a tile, as far as the checkpoint covers them."""
        path = self.path(level, index)
        if (self.dir / path).is_file():
            return self.parse(path, level, self.width(level, index) if ".p/" in path else 256)[:self.width(level, index)]
        return fault(path, "missing") or []

    def parse(self, path, level, width):
        raw, items, at = (self.dir / path).read_bytes(), [], 0
        while at < len(raw) and len(items) < width:
            size = 32 if level >= 0 else 2 + int.from_bytes(raw[at:at + 2], "big")
            items.append(raw[at + 2 * (level < 0):at + size])
            at += size
        if at != len(raw) or len(items) != width:
            fault(path, f"{len(raw)} bytes are not {width} {'hashes' if level >= 0 else 'entries'}")
        self.used.add(path)
        return items

    def check(self):
        received, levels = 0, [[]]
        for index in range(-(-self.size >> 8)):
            entries, file, width = self.read(-1, index), self.read(0, index), self.width(0, index)
            leaves = [sha(b"\0", entry) for entry in entries]
            if leaves != file and len(file) == width:  # which of the two does the tree hold?
                above = self.read(1, index >> 8)[index % 256:][:1] if width == 256 else None
                whole = self.root if above is None else b"".join(above)
                before = levels[0] if above is None else []
                leaves = file if tree(before + file, 0, len(before) + width) == whole else leaves
            levels[0] += (leaves + [EMPTY] * 256)[:width]
            for i, entry in enumerate((entries + [b""] * 256)[:width]):
                try:
                    need(sha(b"\0", entry) == leaves[i], "altered")
                    received = check_entry(entry, received)
                except (ValueError, IndexError) as e:
                    fault(self.path(-1, index), str(e) or "altered", 256 * index + i)
        if tree(levels[0], 0, self.size) != self.root:
            fault("checkpoint", "the root is of another tree than that of the entries")
        while levels[-1]:
            levels.append([tree(levels[-1], at, 256) for at in range(0, len(levels[-1]) - 255, 256)])
        for level, hashes in enumerate(levels):
            for index in range(-(-len(hashes) >> 8)):
                if self.read(level, index) != hashes[256 * index:][:256]:
                    fault(self.path(level, index), "not the hashes of the tree")
        for file in sorted(self.dir.glob("tile/**/*")):  # tiles that others took the place of, remainders of a crash
            path = file.relative_to(self.dir).as_posix()
            match = re.fullmatch(r"tile/(entries|[0-6])/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", path)
            if match and file.is_file() and path not in self.used:
                level, index = int(match[1].replace("entries", "-1")), int(re.sub("[x/]", "", match[2]))
                covered = levels[max(level, 0)][256 * index:][:256] if max(level, 0) < len(levels) else []
                found = self.parse(path, level, int(match[3] or 256)) if covered else []
                for i, (item, right) in enumerate(zip(found, covered)):
                    if (item if level >= 0 else sha(b"\0", item)) != right:
                        fault(path, "altered", 256 * index + i if level < 0 else None)


def check_proof(proof_file, entry_file, key_lines):
    head, _, note = Path(proof_file).read_bytes().partition(b"\n\n")
    lines = head.decode().split("\n")
    entry = unbase64(lines.pop(1)[6:]) if lines[1].startswith("extra ") else b""
    need(lines[0] == "c2sp.org/tlog-proof@v1" and re.fullmatch(r"index (0|[1-9]\d{0,18})", lines[1]), "no proof file")
    origin, size, root, signed = checkpoint(note, key_lines)
    index, proof = int(lines[1][6:]), [unbase64(line) for line in lines[2:]]
    need(index < size, f"entry {index} of a tree of {size}")
    up, i, last = sha(b"\0", Path(entry_file).read_bytes() if entry_file else entry), index, size - 1
    while last:
        if i % 2 or i < last:
            need(proof, "too few hashes")
            up = sha(b"\1", proof.pop(0), up) if i % 2 else sha(b"\1", up, proof.pop(0))
        i, last = i >> 1, last >> 1
    need(not proof and up == root, "the proof does not lead from the entry to the root of the checkpoint")
    print(f"ok: entry {index} of {origin}, {size} entries; signed by {signed}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", nargs="?")
    parser.add_argument("--proof")
    parser.add_argument("--entry")
    parser.add_argument("--key", action="append", default=[])
    args = parser.parse_args()
    if (args.dir is None) == (args.proof is None) or (args.proof and not args.key):
        parser.error("a folder, or --proof and --key")
    try:
        if args.proof:
            return check_proof(args.proof, args.entry, args.key)
        folder = Path(args.dir) / "public" if (Path(args.dir) / "public").is_dir() else Path(args.dir)
        own = (folder / "key").read_bytes().decode("utf-8", "replace") if (folder / "key").is_file() else ""
        log = Log(folder, args.key or [own.rstrip("\n")])
        if args.key and own and own != args.key[0] + "\n":
            fault("key", "another key than the log's")
        log.check()
        print(f"{'damaged' if FAULTS else 'ok'}: {log.origin}, {log.size} entries; signed by {log.signed}")
    except OSError as e:
        parser.error(str(e))
    except (ValueError, IndexError) as e:
        fault(args.proof or "checkpoint", str(e))
    return 3 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
