#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures ours and the peers in one run on one core and writes docs/performance.md.

Claims and posts are made from the texts of the demonstration bank: real words of nine languages with
their real frequencies, in new sentences, always the same ones. Copies are claims with emoji, other case and
a few look-alike letters inside a longer post; retellings keep about two thirds of the words, in
another order.
"""
import glob
import json
import os
import platform
import random
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(ROOT, "build/bench")
SIZES = (10_000, 94_000)
POSTS = 2_000
PEERS = ("bm25s==0.3.16", "tantivy==0.27.0", "datasketch==2.0.0", "numpy", "scipy")
LOOK_ALIKE = str.maketrans("aeocpx", "аеосрх")


def demo_texts():
    texts = []
    for path in sorted(glob.glob(os.path.join(ROOT, "demo/claims/*.jsonl"))):
        with open(path, encoding="utf-8") as f:
            for claim in map(json.loads, f):
                texts += [(claim["lang"], claim["text"])]
                texts += [(t["lang"], t["text"]) for t in claim.get("translations", [])]
    return texts


def make_claims(n):
    """n claims: a sentence of the demo with half of its words replaced by others of its language, and
    numbers of its own."""
    chance, texts = random.Random(1), demo_texts()
    words = {}
    for lang, text in texts:
        words.setdefault(lang, []).extend(text.split())
    # New words as real ones are made: the beginning of one with the end of another.
    for bag in words.values():
        whole = [w for w in bag if len(w) > 5]
        bag += [chance.choice(whole)[:4] + chance.choice(whole)[-3:] for _ in range(20 * len(whole))]
    claims = []
    for i in range(n):
        lang, text = chance.choice(texts)
        new = [chance.choice(words[lang]) if chance.random() < 0.5 else w for w in text.split()]
        text = re.sub(r"\d+", lambda _: str(chance.randrange(2, 5000)), " ".join(new))
        claims.append({"id": f"c{i:06}", "lang": lang, "text": text})
    return claims


def make_copy(chance, text):
    words = text.split()
    if chance.random() < 0.5:
        at = chance.randrange(len(words))
        words[at] = words[at].translate(LOOK_ALIKE)
    if chance.random() < 0.5:
        words.insert(chance.randrange(len(words)), chance.choice(("🚨", "😡😡", "‼️", "🙏")))
    text = " ".join(words)
    return "Share before they delete it!! " + (text.upper() if chance.random() < 0.3 else text)


def make_retelling(chance, text):
    words = [w for w in text.split() if chance.random() < 0.67] or text.split()
    half = len(words) // 2
    return " ".join(words[half:] + words[:half])


def write(name, rows):
    path = os.path.join(WORK, name)
    with open(path, "w", encoding="utf-8") as f:
        for row in rows:
            f.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def environment():
    folder = os.path.join(WORK, "peers")
    python = os.path.join(folder, "bin/python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    if subprocess.run([python, "-m", "pip", "-q", "install", *PEERS], check=False).returncode != 0:
        sys.exit("bench: the peers could not be installed by pip; is there a network?")
    return python


def measure(n, python):
    claims = make_claims(n)
    chance = random.Random(2)
    asked = [chance.choice(claims) for _ in range(POSTS)]
    files = [write("claims.jsonl", claims)]
    for name, make in (("copies.jsonl", make_copy), ("retellings.jsonl", make_retelling)):
        files.append(write(name, ({"text": make(chance, c["text"]), "claim": c["id"]} for c in asked)))
    bank = os.path.join(WORK, "claims.bank")
    start = time.perf_counter()
    output("taskset", "-c", "0", "build/sanad", "bank", "build", files[0], "-o", bank)
    ours = {"build_per_s": n / (time.perf_counter() - start), "bytes": os.path.getsize(bank) / n}
    for kind, path in (("copies", files[1]), ("retellings", files[2])):
        ours[kind] = json.loads(output("taskset", "-c", "0", "build/bench/bench_lookups", bank, path))
    peers = json.loads(output("taskset", "-c", "0", python, "bench/peers.py", *files))
    return ours, peers


def row(name, result, best=None):
    ratio = f"{best / result['per_s']:.1f} ×" if best else "1"
    return (f"| {name} | {result['per_s']:,.0f} | {result['p50_us']:,.0f} | {result['p99_us']:,.0f} "
            f"| {100 * result['found']:.1f} % | {ratio} |")


def table(n, ours, peers):
    near, retrieve = ours["copies"]["near"], ours["retellings"]["retrieve"]
    built = ", ".join(f"{name}: {peers[name]['build_per_s']:,.0f}" for name in ("bm25s", "tantivy", "datasketch"))
    head = "| | look-ups/s | p50 µs | p99 µs | right claim first | ours is |\n|---|---:|---:|---:|---:|---:|"
    return "\n".join([
        f"## {n:,} claims", "",
        f"Import {ours['build_per_s']:,.0f} claims/s, from JSON lines to a bank on disk ({built}, in memory, "
        f"parsing left out); {ours['bytes']:,.0f} bytes a claim.", "",
        "Near-copies:", "", head, row("sanad, near-copies", near),
        row("datasketch MinHash LSH", peers["datasketch"], near["per_s"]), "",
        "Retellings:", "", head, row("sanad, words and grams", retrieve),
        row("bm25s", peers["bm25s"], retrieve["per_s"]), row("tantivy", peers["tantivy"], retrieve["per_s"]), "",
        "Whole answers, verified and explained:", "", head,
        row("sanad, copies", ours["copies"]["answer"]), row("sanad, retellings", ours["retellings"]["answer"]), ""])


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        cpu = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu}, {os.cpu_count()} cores seen, one used; {memory:.0f} GiB; Linux {platform.release()}"


def main():
    os.chdir(ROOT)
    os.makedirs(WORK, exist_ok=True)
    subprocess.run(["ninja", "--quiet", "-C", "build", "bench/bench_lookups"], check=True)
    python, parts = environment(), []
    for n in SIZES:
        print(f"measuring {n:,} claims …", flush=True)
        ours, peers = measure(n, python)
        parts.append(table(n, ours, peers))
    versions = ", ".join(f"{name} {v}" for name, v in peers["versions"].items())
    text = "\n".join(["# Performance", "", "Written by `make bench`; do not edit.", "",
                      f"- machine: {machine()}", f"- peers: {versions}, Python {platform.python_version()}",
                      f"- posts: {POSTS:,} of each kind, made from the demonstration bank (tools/bench.py)",
                      "- a look-up goes from the bytes of a post to the best claim, on one core", "", *parts])
    with open("docs/performance.md", "w", encoding="utf-8") as f:
        f.write(text)
    print(text)


if __name__ == "__main__":
    main()
