#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures ours and the peers in one run, each on one core, and writes docs/performance.md.

    bench.py [--sizes N,N] [--sets FOLDER] [--runs N] [--work FOLDER] [--program bench_match]
        all of it; figures also as JSON in <work>/results.json
    bench.py --quick
        10,000 claims made from the demonstration bank, ours alone, one JSON object on standard output

Data come from tools/bench_data.py: evaluation sets when they stand beside the repository, else the
demonstration bank. A peer that cannot be installed or fails is named in the page with the reason.
"""
import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import bench_data  # noqa: E402

PEERS = {"bm25s words": ("bm25s[core]==0.3.16", "PyStemmer"), "tantivy words": ("tantivy==0.27.0", "PyStemmer"),
         "bm25s grams": ("bm25s[core]==0.3.16",), "datasketch": ("datasketch==2.0.0",), "rensa": ("rensa==0.5.0",)}
LOOKS = (("copies", "near"), ("posts", "near"), ("posts", "words"), ("posts", "words-read"),
         ("posts", "retrieve"), ("copies", "answer"), ("posts", "answer"))
SETS = os.environ.get("SANAD_SETS") or os.path.join(ROOT, "../shared/data/claims")
POSTS = 2_000
OVERLAYS = (0, 10_000, 50_000)  # claims that were added before and not merged yet
MOST_CLAIMS_OF_PEERS = 200_000  # bm25s needs gigabytes and minutes for more
PEER_RUNS = 7  # more than ours: the second measurement of ours makes up for it
PHASES_PARTS = ("text, language included", "query", "candidates, near-copies included")
CORE = max(os.sched_getaffinity(0))


class Failed(Exception):
    pass


def json_lines(*command, cores=frozenset({CORE})):
    """What a program prints, on one core."""
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          preexec_fn=lambda: os.sched_setaffinity(0, cores))
    if done.returncode != 0:
        raise Failed((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
    return [json.loads(line) for line in done.stdout.splitlines()]


def tell(text):
    print(text, file=sys.stderr, flush=True)


def looks(options, folder):
    rows = []
    for asks, path in LOOKS:
        bank, posts = os.path.join(folder, "bank"), os.path.join(folder, asks + ".jsonl")
        row, = json_lines(options.program, "look", bank, posts, str(options.runs), path)
        rows.append({"asks": asks, **row})
    return rows


def quicker(one, other):
    """Of two measurements of the same ways the one that was disturbed less, way by way."""
    return [max(pair, key=lambda row: row["best_per_s"]) for pair in zip(one, other)]


def ours(options, folder, n):
    program, bank = options.program, os.path.join(folder, "bank")
    built, opened = json_lines(program, "build", os.path.join(folder, "claims.jsonl"), bank,
                               str(min(3 if n <= MOST_CLAIMS_OF_PEERS else 1, options.runs)))
    result = {"build": built, "open": opened, "looks": looks(options, folder), "profile": {}}
    for asks in ("posts", "copies"):
        row, = json_lines(program, "profile", bank, os.path.join(folder, asks + ".jsonl"))
        result["profile"][asks] = row["us"]
    result["changes"] = changes(options, folder)
    return result


def changes(options, folder):
    """Claims added and withdrawn one by one while another core answers posts."""
    rows, bank = [], os.path.join(folder, "changed.bank")
    for overlay in OVERLAYS:
        shutil.rmtree(bank + ".d", ignore_errors=True)
        if os.path.exists(bank):
            os.remove(bank)
        os.link(os.path.join(folder, "bank"), bank)
        rows += json_lines(options.program, "change", bank, os.path.join(folder, "posts.jsonl"), str(min(5, options.runs)),
                           str(overlay), cores=os.sched_getaffinity(0))
    shutil.rmtree(bank + ".d", ignore_errors=True)
    os.remove(bank)
    return rows


def environment(work):
    """Python of a virtual environment, and why which peer is missing from it."""
    folder = os.path.join(os.path.dirname(work), "bench-venv")
    python, missing = os.path.join(folder, "bin/python"), {}
    if not os.path.exists(python):
        done = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return python, {name: "no virtual environment: " + done.stdout.strip()[:200] for name in PEERS}
    for name, packages in PEERS.items():
        tell(f"installing {name} …")
        done = subprocess.run([python, "-m", "pip", "-q", "--disable-pip-version-check", "install", *packages],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            missing[name] = "not installed: " + (done.stderr.strip().splitlines() or ["pip failed"])[-1][:200]
    return python, missing


def peers(python, missing, folder):
    rows = []
    for name in PEERS:
        if name in missing:
            rows.append({"what": name, "skipped": missing[name]})
            continue
        tell(f"  {name} …")
        try:
            rows += json_lines(python, os.path.join(ROOT, "bench/peers.py"), name, folder, str(PEER_RUNS))
        except Failed as failure:
            rows.append({"what": name, "skipped": str(failure)})
    return rows


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        cpu = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in f)}
    flags = cpu.get("flags", "").split()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"processor": f"{cpu.get('model name', platform.machine())}, family {cpu.get('cpu family', '?')} "
                         f"model {cpu.get('model', '?')}, {cpu.get('cache size', '?')} of cache, "
                         + ("AVX-512" if "avx512bw" in flags else "AVX2" if "avx2" in flags else "no AVX2"),
            "cores": os.cpu_count(), "memory_gib": round(memory, 1), "kernel": platform.release(),
            "compiler": first_line("cc", "--version"), "python": platform.python_version(),
            "date": datetime.date.today().isoformat(), "load": round(os.getloadavg()[0], 2)}


# ---- the page ----

def count(x):
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}"


def table(head, rows):
    line = [" | ".join(head), "|".join(["---"] + ["---:"] * (len(head) - 1))]
    return "\n".join("| " + row + " |" if i != 1 else "|" + row + "|"
                     for i, row in enumerate(line + [" | ".join(cells) for cells in rows])) + "\n"


def look_row(name, row, raw, alone, base):
    """base: ours as (raw, alone); the ratio says how many times as quick ours is."""
    def ratio(own, theirs):
        return f"{own / theirs:.2f} ×" if own and theirs else "–"
    return [name, count(raw) if raw else "–", count(alone) if alone else "–", count(row["median_per_s"]),
            f"{row['p50_us']:.1f}", f"{row['p99_us']:.0f}", f"{100 * row['first']:.1f} %",
            f"{100 * row['ten']:.1f} %", count(row["memory_bytes"] / 2**20), ratio(base[0], raw), ratio(base[1], alone)]


LOOK_HEAD = ["", "from raw text /s", "index alone /s", "median /s", "p50 µs", "p99 µs", "first", "in ten", "MB",
             "ours, raw", "ours, index"]


def looks_table(own, others, names):
    """own: [(name, row, row of the index alone or None)], the first is what peers are compared with."""
    base = (own[0][1]["best_per_s"], (own[0][2] or own[0][1])["best_per_s"])
    rows = [look_row(name, row, row["best_per_s"], alone["best_per_s"] if alone else None, (None, None))
            for name, row, alone in own]
    skipped = []
    for row in others:
        if row["what"] not in names:
            continue
        if "skipped" in row:
            skipped.append(f"{row['what']} was skipped: {row['skipped']}.\n")
        else:
            rows.append(look_row(row["what"], row, row["raw_per_s"], row["best_per_s"], base))
    return "\n".join([table(LOOK_HEAD, rows), *skipped])


def size_section(n, part):
    look = {(row["asks"], row["what"]): row for row in part["ours"]["looks"]}
    built, opened, others = part["ours"]["build"], part["ours"]["open"], part["peers"]
    indexed = "; ".join(f"{row['what']} {count(row['index_per_s'])}" for row in others if "index_per_s" in row)
    words = look["posts", "words"], look["posts", "words-read"]
    phases = part["ours"]["profile"]
    data = part["data"]
    return "\n".join([
        f"## {n:,} claims", "",
        f"{data['real']:,} real ones of {data['claim_bytes']:.0f} bytes on average with the others, "
        f"{data['posts']:,} posts of {data['post_bytes']:.0f} bytes, {data['copies']:,} disguised copies of "
        f"{data['copy_bytes']:.0f} bytes.", "",
        table(["building", ""], [
            ["claims a second, JSON lines to a file that is synced", count(built["best_per_s"])],
            ["the same, median", count(built["median_per_s"])],
            ["MB of JSON lines a second", f"{built['mb_per_s']:.1f}"],
            ["bytes of the bank a claim", count(built["bytes_per_item"])],
            ["memory while building, MB", count(built["memory_bytes"] / 2**20)],
            ["opening, µs: least, p50, p99",
             f"{opened['best_us']:.0f}, {opened['p50_us']:.0f}, {opened['p99_us']:.0f}"]]),
        f"Peers index, claims a second from parsed rows, in memory: {indexed or 'none ran'}.", "",
        "### Near-copies", "", looks_table(
            [("sanad near, 5 best", look["copies", "near"], None)], others, ("datasketch", "rensa")),
        f"On the posts, most of which are no copies: {count(look['posts', 'near']['best_per_s'])} /s.", "",
        "### Words, ten best", "", looks_table(
            [("sanad words", *words)], others, ("bm25s words", "tantivy words")),
        "### Words and letters, ten best; whole answers", "", looks_table(
            [("sanad retrieve", look["posts", "retrieve"], None), ("sanad answer", look["posts", "answer"], None),
             ("sanad answer, copies", look["copies", "answer"], None)], others, ("bm25s grams",)),
        answer_line(look["posts", "answer"], others), "",
        "### Where the time goes", "", "Microseconds a post, each public call by itself.", "",
        table(["", "posts", "copies"],
              [[name, f"{us:.1f}", f"{phases['copies'][name]:.1f}"] for name, us in phases["posts"].items()]
              + [["verification and the rest of an answer", *(f"{rest(phases[k]):.1f}" for k in ("posts", "copies"))]]),
        "### Changes while posts are answered", "",
        "One claim added, then withdrawn, again and again, beside the claims added before; effective when a snapshot shows "
        "it, of which up to 200 ms are the wait for the next look. The times of an answer are of another core meanwhile.", "",
        table(["added before", "add, ms", "most", "withdraw, ms", "most", "answer p50 µs", "p99", "p99 without changes"],
              [[f"{row['overlay']:,}", *(f"{row[k]:.0f}" for k in ("add_ms", "add_most_ms", "withdraw_ms", "withdraw_most_ms",
                                                                   "p50_us", "p99_us", "quiet_p99_us"))]
               for row in part["ours"]["changes"]]),
    ])


def rest(us):
    return max(0.0, us["whole answer"] - sum(us[part] for part in PHASES_PARTS))


def answer_line(answer, others):
    grams = next((row for row in others if row["what"] == "bm25s grams" and "raw_per_s" in row), None)
    if not grams:
        return ""
    return (f"A whole answer from raw text is {answer['best_per_s'] / grams['raw_per_s']:.2f} × bm25s on letter grams "
            f"from raw text, {answer['best_per_s'] / grams['best_per_s']:.2f} × its index alone.")


MISSED = """## What is not reached, and why

The goals at 94,000 claims are: near-copies 100,000 a second and 2.5 × the quickest peer; words 2 ×; whole answers 2,500 a second and 8 × bm25s on letter grams, raw beside raw. The figures of this
section were measured once, by hand, in pairs that took turns.

- *Near-copies.* Of about 11 µs a copy the look-up of grams takes 2.1, comparing with the candidates behind the best 2.3, counting candidates 1.2 and ranking them 0.7, the test for a plain copy 0.7, a second
  round 2.0 for the one copy in eight that needs it, the skeleton 0.9, the query 0.7. It is work in the cache, not waiting: 1 µs of pause behind the prefetch shortened nothing. Sorting numbers of lists instead of
  lists, and counting the documents of short lists together, gave 7 %. Without gain: the bank in pages of 2 MB, buckets of 2 or 8 grams, 64 ASCII bytes decoded at once, the best copy's measure kept; all rows of
  documents fetched first cost 3 to 6 %. Left: an exact class of document frequency by hash bucket before the gram table, about 1 µs.
- *Whole answers.* The profile is flat: decoding UTF-8 9 %, unpacking postings 8 %, adding their hits 4 %, the language 5 µs and stems 10 µs of a post, and half in verifying up to 50 candidates. Parts of a post made
  once a question gave 1 to 3 %. Left: tokens of claims stored in the bank, which are made again for each verification; candidates whose bound cannot reach what is shown.
- *Batches that share the cache.* Posts are answered one by one. The same posts four times each in a row take 20 to 24 % less than in four rounds, and nothing could share more; in the order of language and
  longest word 7 to 9 % less. Not taken: an answer would wait for those of others.
- *Memory bandwidth* is not what limits: what one core reads for an answer, some hundred kilobytes, is a few per cent of its bandwidth at these rates.
"""


def page(results):
    facts, versions = results["machine"], {}
    for part in results["sizes"].values():
        for row in part["peers"]:
            versions.update(row.get("versions", {}))
    some = next(iter(results["sizes"].values()))["data"]
    origin = (f"the evaluation sets {', '.join(some['sets'])} (languages {', '.join(bench_data.LANGS)}; each text once), "
              "enlarged to the size by sentences that join the first half of one claim to the second half of another "
              "of its language, and their own posts; copies are the disguised ones of the sets nd_*"
              if some["sets"] else
              "the demonstration bank, enlarged by sentences of two halves with half of the words replaced by invented "
              "ones; posts are the demonstration's and retellings, copies are disguised by tools/bench_data.py")
    return "\n".join([
        "# Performance", "", "Written by `make bench`; do not edit. Every figure is of one run.", "",
        f"- machine: {facts['processor']}; {facts['cores']} cores, one used; {facts['memory_gib']} GiB; "
        f"Linux {facts['kernel']}; load before the run {facts['load']}"
        + ("; other work ran beside it, so ratios are uncertain by half" if facts["load"] > 1 else ""),
        f"- compiler: {facts['compiler']}; Python {facts['python']}; {facts['date']}",
        "- peers: " + (", ".join(f"{name} {v}" for name, v in sorted(versions.items())) or "none ran"),
        f"- data, always the same: {origin}",
        "- to do it again: `make bench` (`tools/bench.py --help`); peers are installed by pip into build/bench-venv", "",
        "Rates are per second of processor time of one thread, the best of the runs, with the median beside "
        "it; p50 and p99 are on the clock on the wall, one post at a time. *From raw text* holds everything from the bytes of a "
        "post to ranked claims; *index alone* leaves out what a peer does to the text before (folding, words, stems, "
        "grams, shingles, all in Python), and takes the quickest way it has, in one batch where there is one. Near-copies of "
        "ours are from raw text in both columns. *First* and *in ten*: posts whose claim "
        "comes first, or among the ten best (five for near-copies); MB: most memory of the process, the mapped bank included. "
        "*Ours*: how many times as quick as the peer the first row of the table is.", "",
        "The MinHash peers have 128 permutations over 5-grams of letters, threshold 0.5 (rensa: 32 bands), candidates ranked "
        "by the similarity of signatures. bm25s runs compiled by numba, tantivy scores every match. Both get "
        "words stemmed by Snowball for the language they are told; sanad is told nothing. A whole answer shows what reaches "
        "the tiers suggested and confirmed and no more, so a right claim that was found and not trusted counts as missed.", "",
        *(size_section(int(n), part) for n, part in results["sizes"].items()), MISSED])


# ---- running ----

def measure(options, python, missing, n):
    folder = os.path.join(options.work, str(n))
    os.makedirs(folder, exist_ok=True)
    tell(f"{n:,} claims: making the data …")
    data = bench_data.make(options.sets, n, options.posts, folder)
    tell(f"{n:,} claims: sanad …")
    own, others = ours(options, folder, n), []
    if python and n <= MOST_CLAIMS_OF_PEERS:
        others = peers(python, missing, folder)
        # Once more behind the peers: a machine that was busy at first was perhaps not so later.
        own["looks"] = quicker(own["looks"], looks(options, folder))
    return {"data": data, "ours": own, "peers": others}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="10,000 claims, no peers, JSON on standard output")
    parser.add_argument("--sizes", default="10000,94000,1000000")
    parser.add_argument("--sets", default=SETS, help="folder of evaluation sets")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--work", default=os.path.join(ROOT, "build/bench"))
    parser.add_argument("--program", default=os.path.join(ROOT, "build/bench/bench_match"))
    options = parser.parse_args()
    options.posts = POSTS
    if options.quick:
        options.sizes, options.sets, options.runs, options.posts = "10000", "", 1, 500
    return options


def main():
    options = arguments()
    results = {"machine": machine(), "sizes": {}}
    python, missing = (None, {}) if options.quick else environment(options.work)
    for n in options.sizes.split(","):
        results["sizes"][n] = measure(options, python, missing, int(n))
    if options.quick:
        json.dump(results, sys.stdout)
        print()
        return
    with open(os.path.join(options.work, "results.json"), "w", encoding="utf-8") as f:
        json.dump(results, f, indent=1)
    text = page(results)
    target = os.path.join(ROOT, "docs/performance.md")
    with open(target, encoding="utf-8") as f:  # the section of tools/bench_log.py stays as it is
        text = text.rstrip("\n") + "\n\n" + "".join(f.read().partition("<!-- log: ")[1:]).lstrip("\n")
    with open(target, "w", encoding="utf-8") as f:
        f.write(text)
    print(text)


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        sys.exit(f"bench: {failed}")
