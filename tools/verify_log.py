#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a log without the program, from docs/formats/log.md and seal.md alone: the signature of the checkpoint,
every entry, every hash of every tile, the order of received times, the form of entries.

    verify_log.py DIR [--key LINE]...                              a folder of tiles, or one that has it as `public`
    verify_log.py --proof FILE [--entry FILE] --key LINE...        a .tlog-proof; the entry may be in its line `extra`
One key is the log's, others are those of witnesses. Without --key the folder's own file `key` is believed: that
shows damage, but not who signed. Exit code 0 all is well, 3 damaged (a line for each file and entry), 2 wrong use.
"""
import argparse
import base64
import hashlib
import re
import sys
from pathlib import Path

from ed25519 import check_signature, need

FAULTS = set()


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


def cut_note(raw):
    (text, divider, lines), seen = raw.rpartition(b"\n\n"), []
    need(divider and lines.endswith(b"\n") and not re.search(rb"[\0-\x09\x0b-\x1f]", raw), "no signed note")
    for line in lines.decode().split("\n")[:-1]:
        match = re.fullmatch("\u2014 ([^\\s+]+) ([A-Za-z0-9+/=]+)", line)
        blob = unbase64(match[2]) if match else b""
        need(len(blob) > 4, "a line that is no signature")
        seen.append((f"{match[1]}+{blob[:4].hex()}", blob[4:]))
    return text + b"\n", seen


def checkpoint(raw, key_lines):
    (text, lines), signed = cut_note(raw), set()
    for name, key_id, blob in (line.split("+", 2) for line in key_lines):
        key, who = unbase64(blob), f"{name}+{key_id}"
        need(sha(name.encode(), b"\n", key)[:4].hex() == key_id and len(key) == 33, "no key, or one with another id")
        for signature in {signature for by, signature in lines if by == who}:
            need((len(signature), key[0]) in ((64, 1), (72, 4)), f"a signature of {who} of another length")
            head = f"cosignature/v1\ntime {int.from_bytes(signature[:8], 'big')}\n" if key[0] == 4 else ""
            check_signature(key[1:], head.encode() + text, signature[-64:])
            signed.add((key[0], who))
    match = re.fullmatch(r"([^\n]+)\n(0|[1-9]\d{0,18})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*", text.decode())
    need(match and int(match[2]) < 2**63, "no checkpoint")
    need(any(kind == 1 and who.split("+")[0] == match[1] for kind, who in signed), f"not signed by the key of {match[1]}")
    names = ", ".join(who for _, who in sorted(signed))
    unknown = ", ".join(sorted({by for by, _ in lines} - {who for _, who in signed}))
    return match[1], int(match[2]), unbase64(match[3]), names + (f"; unknown: {unknown}" if unknown else "")


def check_entry(raw, before_ms):
    match = re.match(rb"sanad/entry/v1\n(0|[1-9]\d{0,18})\nsha256:([0-9a-f]{64})\n", raw)
    need(match and int(match[1]) < 2**63, "not in the form of an entry")
    note = raw[match.end():]
    need(not note or sha(cut_note(note)[0]).hex() == match[2].decode(), "its note has another id")
    need(int(match[1]) >= before_ms, f"received at {int(match[1])}, an earlier entry at {before_ms}")
    return int(match[1])


def tree(hashes):
    while len(hashes) > 1:
        pairs = [hashes[i:i + 2] for i in range(0, len(hashes), 2)]
        hashes = [sha(b"\1", *pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return hashes[0] if hashes else sha()


class Log:
    def __init__(self, folder, key_lines):
        self.dir, self.used = folder, set()
        self.origin, self.size, self.root, self.signed = checkpoint((folder / "checkpoint").read_bytes(), key_lines)

    def path(self, level, index, width):  # a full tile may have taken the place of a partial one
        digits = re.findall("...", f"{index:0{-(-len(str(index)) // 3) * 3}}")
        full = f"tile/{'entries' if level < 0 else level}/" + "".join(f"x{d}/" for d in digits[:-1]) + digits[-1]
        part = f"{full}.p/{width}" if width < 256 else full
        return part if (self.dir / part).is_file() or not (self.dir / full).is_file() else full

    def read(self, level, index):
        """The hashes or entries of a tile, as far as the checkpoint covers them; and the path of its file."""
        width = min(256, (self.size >> 8 * max(level, 0)) - 256 * index)
        path = self.path(level, index, width)
        if (self.dir / path).is_file():
            return self.parse(path, level, width if ".p/" in path else 256)[:width], path, width
        return fault(path, "missing") or [], path, width

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
            (entries, path, width), file = self.read(-1, index), self.read(0, index)[0]
            leaves = [sha(b"\0", entry) for entry in entries]
            if leaves != file and len(file) == width:  # which of the two does the tree hold?
                above = self.read(1, index >> 8)[0][index % 256:][:1] if width == 256 else [self.root]
                leaves = file if [tree(file if width == 256 else levels[0] + file)] == above else leaves
            levels[0] += (leaves + [b""] * 256)[:width]
            for i, entry in enumerate(entries):
                try:
                    need(sha(b"\0", entry) == levels[0][256 * index + i], "altered")
                    received = check_entry(entry, received)
                except ValueError as e:
                    fault(path, str(e), 256 * index + i)
        if tree(levels[0]) != self.root:
            fault("checkpoint", "the root is of another tree than that of the entries")
        while len(levels[-1]) >= 256:
            levels.append([tree(levels[-1][at:at + 256]) for at in range(0, len(levels[-1]) - 255, 256)])
        for level, hashes in enumerate(levels):
            for index in range(-(-len(hashes) >> 8)):
                found, path, _ = self.read(level, index)
                if found != hashes[256 * index:][:256]:
                    fault(path, "not the hashes of the tree")
        for file in sorted(self.dir.glob("tile/**/*")):  # tiles that others took the place of, remainders of a crash
            path = file.relative_to(self.dir).as_posix()
            match = re.fullmatch(r"tile/(entries|[0-6])/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", path)
            if match and file.is_file() and path not in self.used:
                level, index = int(match[1].replace("entries", "-1")), int(re.sub("[x/]", "", match[2]))
                covered = (levels + [[]] * 7)[max(level, 0)][256 * index:][:256]
                for i, (item, right) in enumerate(zip(self.parse(path, level, int(match[3] or 256)), covered)):
                    if (item if level >= 0 else sha(b"\0", item)) != right:
                        fault(path, "altered", 256 * index + i if level < 0 else None)


def check_proof(raw, entry_file, key_lines):
    head, _, note = raw.partition(b"\n\n")
    form = r"c2sp\.org/tlog-proof@v1\n(?:extra (.+)\n)?index (0|[1-9]\d{0,18})((?:\n.{44}){0,64})"
    match = re.fullmatch(form, head.decode())
    need(match, "not in the form of a proof")
    up = sha(b"\0", Path(entry_file).read_bytes() if entry_file else unbase64(match[1] or ""))
    (origin, size, root, signed), proof = checkpoint(note, key_lines), [unbase64(line) for line in match[3].split()]
    i, last = int(match[2]), size - 1
    need(i < size, f"entry {i} of a tree of {size}")
    while last:
        if i % 2 or i < last:
            need(proof, "the proof has too few hashes")
            up = sha(b"\1", proof.pop(0), up) if i % 2 else sha(b"\1", up, proof.pop(0))
        i, last = i >> 1, last >> 1
    need(not proof and up == root, "the proof does not lead from the entry to the root of the checkpoint")
    print(f"ok: entry {match[2]} of {origin}, {size} entries; signed by {signed}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", nargs="?")
    parser.add_argument("--proof")
    parser.add_argument("--entry")
    parser.add_argument("--key", action="append")
    args = parser.parse_args()
    if (args.dir is None) == (args.proof is None) or (args.proof and not args.key):
        parser.error("a folder, or --proof and --key")
    try:
        if args.proof:
            return check_proof(Path(args.proof).read_bytes(), args.entry, args.key)
        folder = Path(args.dir) / "public" if (Path(args.dir) / "public").is_dir() else Path(args.dir)
        own, keys = (folder / "key").read_bytes() if (folder / "key").is_file() else None, args.key or []
        if not any(line.split("+", 2)[2].startswith("A") for line in keys):  # witnesses' alone, or none
            keys = keys + [(own or (folder / "key").read_bytes()).decode().rstrip("\n")]
        log = Log(folder, keys)
        if own is not None and own not in [line.encode() + b"\n" for line in keys]:
            fault("key", "not the log's key")
        log.check()
        print(f"{'damaged' if FAULTS else 'ok'}: {log.origin}, {log.size} entries; signed by {log.signed}")
    except OSError as e:
        parser.error(str(e))
    except (ValueError, IndexError) as e:
        fault(args.proof or "checkpoint", str(e))
    return 3 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
