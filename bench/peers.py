# SPDX-License-Identifier: Apache-2.0
"""The peers, in their own Python environment: bm25s and tantivy for retrieval, datasketch MinHash LSH
for near-copies. One thread each, from the text of a post to the best claim.

    peers.py CLAIMS COPIES RETELLINGS      prints one JSON object
"""
import json
import logging
import re
import sys
import time
import unicodedata

import bm25s
import datasketch
import tantivy

WORD = re.compile(r"\w+")
SHINGLE, PERMUTATIONS, THRESHOLD = 5, 128, 0.5
logging.disable(logging.WARNING)


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def fold(text):
    return unicodedata.normalize("NFKC", text).casefold()


def measure(posts, lookup):
    for post in posts[:20]:
        lookup(post["text"])
    times, found = [], 0
    for post in posts:
        start = time.perf_counter()
        claim = lookup(post["text"])
        times.append(time.perf_counter() - start)
        found += claim == post["claim"]
    times.sort()
    return {"per_s": len(times) / sum(times), "p50_us": times[len(times) // 2] * 1e6,
            "p99_us": times[len(times) * 99 // 100] * 1e6, "found": found / len(posts)}


def run_bm25s(claims, posts):
    index = bm25s.BM25()
    start = time.perf_counter()
    index.index([WORD.findall(fold(c["text"])) for c in claims], show_progress=False)
    seconds = time.perf_counter() - start

    def lookup(text):
        numbers, _ = index.retrieve([WORD.findall(fold(text)) or [""]], k=5, show_progress=False, n_threads=0)
        return claims[int(numbers[0, 0])]["id"]
    return {"build_per_s": len(claims) / seconds, **measure(posts, lookup)}


def run_tantivy(claims, posts):
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False)
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(heap_size=256_000_000, num_threads=1)
    start = time.perf_counter()
    for claim in claims:
        writer.add_document(tantivy.Document(text=fold(claim["text"]), id=claim["id"]))
    writer.commit()
    writer.wait_merging_threads()
    seconds = time.perf_counter() - start
    index.reload()
    searcher = index.searcher()

    def lookup(text):
        words = " ".join(WORD.findall(fold(text)))
        hits = searcher.search(index.parse_query(words, ["text"]), 5).hits if words else []
        return searcher.doc(hits[0][1])["id"][0] if hits else None
    return {"build_per_s": len(claims) / seconds, **measure(posts, lookup)}


def run_datasketch(claims, posts):
    def signature(text):
        letters = "".join(WORD.findall(fold(text)))
        sketch = datasketch.MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([letters[i:i + SHINGLE].encode() for i in range(max(1, len(letters) - SHINGLE + 1))])
        return sketch

    index = datasketch.MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    signatures = {}
    start = time.perf_counter()
    for claim in claims:
        signatures[claim["id"]] = signature(claim["text"])
        index.insert(claim["id"], signatures[claim["id"]])
    seconds = time.perf_counter() - start

    def lookup(text):
        wanted = signature(text)
        near = index.query(wanted)
        return max(near, key=lambda i: wanted.jaccard(signatures[i])) if near else None
    return {"build_per_s": len(claims) / seconds, **measure(posts, lookup)}


def main():
    claims, copies, retellings = (lines(path) for path in sys.argv[1:4])
    json.dump({"bm25s": run_bm25s(claims, retellings), "tantivy": run_tantivy(claims, retellings),
               "datasketch": run_datasketch(claims, copies),
               "versions": {"bm25s": bm25s.__version__, "tantivy": tantivy.__version__,
                            "datasketch": datasketch.__version__}}, sys.stdout)


if __name__ == "__main__":
    main()
