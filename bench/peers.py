# SPDX-License-Identifier: Apache-2.0
"""One peer, alone in its process and on one thread, on the same claims and posts as bench_match.

    peers.py PEER FOLDER [RUNS]      FOLDER holds claims.jsonl, posts.jsonl and copies.jsonl

Prints one JSON object. Preparing a post (folding, words and stems, grams or shingles) is timed apart
from asking the index with it: best_per_s and median_per_s are of asking alone, the way this peer is
quickest (in one batch where it has one); prepared_per_s is of preparing, raw_per_s of both. Rates are
per second of processor time, p50 and p99 on the clock on the wall for one post at a time, prepared.
"""
import gc
import importlib.metadata
import json
import logging
import os
import re
import resource
import sys
import time
import unicodedata

for variable in ("OMP", "NUMBA", "RAYON", "OPENBLAS", "MKL"):
    os.environ[f"{variable}_NUM_THREADS"] = "1"
logging.disable(logging.WARNING)

WORD = re.compile(r"\w+")
STEMMERS = {"ar": "arabic", "en": "english", "es": "spanish", "fr": "french", "id": "indonesian", "it": "italian"}
TOP, SINGLE = 10, 500
SHINGLE, PERMUTATIONS, THRESHOLD, BANDS = 5, 128, 0.5, 32
GRAMS = (3, 4, 5)


def fold(text):
    return unicodedata.normalize("NFKC", text).casefold()


class Words:
    """Folded words, stemmed where Snowball has the language (it is told: ours has to find out)."""

    def __init__(self):
        import Stemmer
        self.stemmers = {lang: Stemmer.Stemmer(name) for lang, name in STEMMERS.items()}

    def prepare(self, row):
        words = WORD.findall(fold(row["text"]))
        stemmer = self.stemmers.get(row["lang"])
        return stemmer.stemWords(words) if stemmer else words


class Bm25sWords(Words):
    packages = ("bm25s", "numba", "PyStemmer")

    def index(self, prepared):
        import bm25s
        self.bm25 = bm25s.BM25(backend="numba")
        self.bm25.index(prepared, show_progress=False)

    def ask(self, prepared):
        numbers, _ = self.bm25.retrieve([p or [""] for p in prepared], k=TOP, n_threads=1, show_progress=False)
        return numbers.tolist()


class Bm25sGrams(Bm25sWords):
    """Grams of 3 to 5 characters, those of a post once each; as numbers, which asking is quicker with."""
    packages = ("bm25s", "numba")

    def __init__(self):
        self.numbers = {}

    def grams(self, text):
        text = " " + " ".join(WORD.findall(fold(text))) + " "
        return [text[i:i + n] for n in GRAMS for i in range(len(text) - n + 1)]

    def prepare(self, row):
        known = self.numbers
        return list({known[g] for g in self.grams(row["text"]) if g in known})

    def prepare_claim(self, row):
        return [self.numbers.setdefault(g, len(self.numbers)) for g in self.grams(row["text"])]

    def index(self, prepared):
        import bm25s
        self.bm25 = bm25s.BM25(backend="numba")
        self.bm25.index((prepared, self.numbers), show_progress=False)

    def ask(self, prepared):
        numbers, _ = self.bm25.retrieve([p or [0] for p in prepared], k=TOP, n_threads=1, show_progress=False)
        return numbers.tolist()


class Tantivy(Words):
    """Every match is scored and counted, no pruning: on posts of this length that is the quicker way."""
    packages = ("tantivy", "PyStemmer")

    def index(self, prepared):
        import tantivy
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", stored=False, tokenizer_name="words", index_option="freq")
        builder.add_integer_field("number", stored=False, fast=True)
        self.schema = builder.build()
        index = tantivy.Index(self.schema)
        analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer("words", analyser)
        writer = index.writer(heap_size=512_000_000, num_threads=1)
        for number, words in enumerate(prepared):
            writer.add_document(tantivy.Document(text=" ".join(words), number=number))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self.searcher = index.searcher()
        self.tantivy = tantivy

    def ask(self, prepared):
        should, term, found = self.tantivy.Occur.Should, self.tantivy.Query.term_query, []
        for words in prepared:
            query = self.tantivy.Query.boolean_query([(should, term(self.schema, "text", w)) for w in set(words)])
            found.append([address for _, address in self.searcher.search(query, limit=TOP, count=True).hits])
        return found

    def numbers_of(self, found):
        return [self.searcher.fast_field_values("number", hits) for hits in found]


class Datasketch:
    """MinHash LSH; the most similar by signature of what the buckets hold."""
    packages = ("datasketch",)

    def prepare(self, row):
        letters = "".join(WORD.findall(fold(row["text"])))
        return {letters[i:i + SHINGLE].encode() for i in range(max(1, len(letters) - SHINGLE + 1))}

    def sign(self, prepared):
        import datasketch
        return list(datasketch.MinHash.generator(prepared, num_perm=PERMUTATIONS))

    def index(self, prepared):
        import datasketch
        self.lsh = datasketch.MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
        self.signatures = self.sign(prepared)
        with self.lsh.insertion_session() as session:
            for number, signature in enumerate(self.signatures):
                session.insert(number, signature)

    def ask(self, prepared):
        return [self.best(wanted, self.lsh.query(wanted)) for wanted in self.sign(prepared)]

    def best(self, wanted, near):
        if len(near) > 1:
            near = sorted(near, key=lambda i: -wanted.jaccard(self.signatures[i]))
        return near[:TOP]


class Rensa(Datasketch):
    packages = ("rensa",)

    def prepare(self, row):
        letters = "".join(WORD.findall(fold(row["text"])))
        return [letters[i:i + SHINGLE] for i in range(max(1, len(letters) - SHINGLE + 1))]

    def sign(self, prepared):
        import rensa
        return rensa.RMinHash.from_token_sets(prepared, PERMUTATIONS, 42)

    def index(self, prepared):
        import rensa
        self.lsh = rensa.RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS)
        self.signatures = self.sign(prepared)
        self.lsh.insert_many(self.signatures)

    def ask(self, prepared):
        signed = self.sign(prepared)
        return [self.best(wanted, near) for wanted, near in zip(signed, self.lsh.query_all(signed))]


PEERS = {"bm25s words": (Bm25sWords, "posts"), "bm25s grams": (Bm25sGrams, "posts"),
         "tantivy words": (Tantivy, "posts"), "datasketch": (Datasketch, "copies"), "rensa": (Rensa, "copies")}


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def timed(work, *arguments):
    start = time.process_time()
    result = work(*arguments)
    return time.process_time() - start, result


def wall_us(peer, prepared):
    times = []
    for one in prepared[:SINGLE]:
        start = time.perf_counter()
        peer.ask([one])
        times.append((time.perf_counter() - start) * 1e6)
    times.sort()
    return times


def measure(peer, claims, posts, runs):
    prepare_claim = getattr(peer, "prepare_claim", peer.prepare)
    claims_s, prepared = timed(lambda: [prepare_claim(c) for c in claims])
    index_s, _ = timed(peer.index, prepared)
    del prepared
    gc.collect()
    gc.freeze()
    asks = [peer.prepare(post) for post in posts]
    peer.ask(asks[:100])  # compiles what compiles itself when it is first used
    peer.ask(asks[:1])
    prepare_s = min(timed(lambda: [peer.prepare(p) for p in posts])[0] for _ in range(runs))
    asked = sorted((timed(peer.ask, asks) for _ in range(runs)), key=lambda pair: pair[0])
    found = getattr(peer, "numbers_of", list)(asked[0][1])
    us = wall_us(peer, asks)
    ids = {claim["id"]: i for i, claim in enumerate(claims)}
    right = [{ids[c] for c in post["claims"]} for post in posts]
    n = len(posts)
    return {"posts": n, "runs": runs, "index_per_s": len(claims) / (claims_s + index_s),
            "best_per_s": n / asked[0][0], "median_per_s": n / asked[len(asked) // 2][0],
            "prepared_per_s": n / prepare_s, "raw_per_s": n / (asked[0][0] + prepare_s),
            "p50_us": us[len(us) // 2], "p99_us": us[len(us) * 99 // 100],
            "first": sum(bool(f) and f[0] in r for f, r in zip(found, right)) / n,
            "ten": sum(bool(r & set(f)) for f, r in zip(found, right)) / n,
            "memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def main():
    name, folder = sys.argv[1:3]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    peer, asks = PEERS[name]
    claims, posts = (lines(os.path.join(folder, file)) for file in ("claims.jsonl", asks + ".jsonl"))
    for claim in claims:
        claim["text"] = f"{claim['title']} {claim['text']}".strip()
    result = measure(peer(), claims, posts, runs)
    versions = {package: importlib.metadata.version(package) for package in peer.packages}
    json.dump({"what": name, "asks": asks, **result, "versions": versions}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
