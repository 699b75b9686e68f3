# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON (RFC 8785) beside the Python package rfc8785."""
import json
import math
import random
import re
import struct

import ours
import parts
from ours import case

N_VALUES, N_DOUBLES = 10000, 100000
SAFE = 2**53 - 1
# Where orders of UTF-16, of code points and of bytes differ, what must be escaped, and what only looks as if.
SIGNS = [*map(chr, range(0x21)), '"', "\\", "/", "<", "\x7f", "\x80", "\u00e9", "e\u0301", "\u0627", "\u200f", "\u2028", "\u2029",
         "\ud7ff", "\ue000", "\ufdd0", "\ufeff", "\ufffd", "\uffff", "\U00010000", "\U0001f600", "\U0010ffff", *"abcXYZ019 "]


def canonical(lines):
    return ours.run(ours.TOOL, "canonical", stdin="".join(line + "\n" for line in lines).encode()).split(b"\n")[:-1]


def text(rng):
    return "".join(rng.choice(SIGNS) for _ in range(rng.choice((0, 1, 2, 5, 20, 100))))


def value(rng, depth):
    kind = rng.randrange(8 if depth < 6 else 5)
    if kind == 0:
        return rng.choice((None, True, False))
    if kind == 1:
        return rng.choice((0, 1, -1, SAFE, -SAFE, rng.randrange(-SAFE, SAFE), rng.randrange(-300, 300)))
    if kind < 5:
        return text(rng)
    if kind == 5:
        return [value(rng, depth + 1) for _ in range(rng.randrange(6))]
    return {text(rng): value(rng, depth + 1) for _ in range(rng.randrange(8))}


def spelled(rng, what):
    """One of the ways in which a value can stand in JSON: spaces, escapes, order of members."""
    if isinstance(what, dict):
        members = list(what.items())
        rng.shuffle(members)
        return "{" + ",".join(spelled(rng, k) + rng.choice(("", " ")) + ":" + spelled(rng, v) for k, v in members) + "}"
    if isinstance(what, list):
        return "[" + rng.choice(("", " ", "\t")) + ", ".join(spelled(rng, v) for v in what) + "]"
    return json.dumps(what, ensure_ascii=rng.random() < 0.5)


def compare(lines, values):
    module = parts.rfc8785()
    ours.need_tool()
    written = canonical(lines)
    assert len(written) == len(values), f"{len(written)} of {len(values)} lines came back"
    for line, what, got in zip(lines, values, written):
        assert got == module.dumps(what), f"{line}\nours   {got!r}\ntheirs {module.dumps(what)!r}"


@case("the bytes that are signed are those of rfc8785, for the example of every kind")
def examples(_):
    found = []
    for page in sorted((ours.SOURCE / "docs/kinds").glob("*.md")):
        found += [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page.read_text(encoding="utf-8"), re.S)]
    n_kinds = len(list((ours.SOURCE / "kinds").glob("*.toml")))
    assert len(found) > n_kinds * 3 // 4, f"{len(found)} examples of {n_kinds} kinds"
    compare([json.dumps(example, ensure_ascii=False) for example in found], found)


@case("the bytes that are signed are those of rfc8785, for 10,000 random values")
def random_values(_):
    rng = random.Random(8785)
    values = [value(rng, 0) for _ in range(N_VALUES)]
    compare([spelled(rng, what) for what in values], values)


@case("numbers are written as rfc8785 writes them, for 100,000 random doubles")
def doubles(_):
    rng = random.Random(754)
    values = [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e20, 1e21, 1e-6, 1e-7, 0.1, 1 / 3, 4.35, 123456789.125, 1e23,
              9007199254740993.0, -0.0, 333333333.33333329, 4.50, 2e-3, 0.000000000000000000000000001]
    while len(values) < N_DOUBLES:
        x = struct.unpack("<d", rng.randbytes(8))[0] if rng.random() < 0.7 else round(rng.uniform(-1e6, 1e6), rng.randrange(1, 9))
        if math.isfinite(x):
            values.append(x)
    compare(list(map(repr, values)), values)


@case("whole numbers beyond 2^53 are written as the doubles they are to everybody, and what is no number is refused")
def numbers(_):
    rng = random.Random(53)
    whole = [SAFE + 1, -SAFE - 1, 2**63 - 1, -2**63, 2**63, 2**64 - 1, *(rng.randrange(-2**64, 2**64) for _ in range(1000))]
    compare(list(map(str, whole)), list(map(float, whole)))
    for line in ("1e400", "NaN", "Infinity", "01", "1.", "+1"):
        said = ours.refuses(ours.TOOL, "canonical", stdin=line.encode() + b"\n")
        assert "line 1" in said, said
