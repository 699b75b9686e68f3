#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The yardstick: plain word BM25 (k1 1.2, b 0.75) on an evaluation set.

    word_bm25.py FOLDER …      prints: set TAB queries TAB MAP@5 TAB S@1

Words are runs of letters and digits after NFKC and case folding; a claim is its title and text, or
its text alone, whichever does better. Claims of equal text count as one. Queries without a known
right claim are left out.
"""
import collections
import json
import math
import os
import re
import sys
import unicodedata

K1, B = 1.2, 0.75
WORD = re.compile(r"\w+")


def words(text):
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


class Index:
    def __init__(self, documents):
        self.postings = collections.defaultdict(list)
        lengths = [len(d) for d in documents]
        mean = sum(lengths) / max(1, len(lengths))
        for number, document in enumerate(documents):
            norm = K1 * (1 - B + B * lengths[number] / mean)
            for word, n in collections.Counter(document).items():
                self.postings[word].append((number, n * (K1 + 1) / (n + norm)))
        self.idf = {w: math.log(1 + (len(documents) - len(p) + 0.5) / (len(p) + 0.5))
                    for w, p in self.postings.items()}

    def rank(self, query, top):
        scores = collections.defaultdict(float)
        for word in query:
            idf = self.idf.get(word)
            if idf is not None:
                for number, weight in self.postings[word]:
                    scores[number] += idf * weight
        return sorted(scores, key=lambda n: (-scores[n], n))[:top]


def evaluate(folder):
    claims = lines(f"{folder}/claims.jsonl")
    number_of_text, number_of_id, kept = {}, {}, []
    for claim in claims:
        key = claim["text"].strip()
        if key not in number_of_text:
            number_of_text[key] = len(kept)
            kept.append(claim)
        number_of_id[claim["id"]] = number_of_text[key]
    right = collections.defaultdict(set)
    with open(f"{folder}/qrels.tsv", encoding="utf-8") as f:
        for line in f:
            query, claim = line.rstrip("\r\n").split("\t")[:2]
            if claim in number_of_id:
                right[query].add(number_of_id[claim])
    best = (0, 0.0, 0.0)
    for fields in (("text",), ("title", "text")):
        index = Index([words(" ".join(c.get(f) or "" for f in fields)) for c in kept])
        n = total = first = 0
        for query in lines(f"{folder}/queries.jsonl"):
            wanted = right.get(query["id"])
            if not wanted:
                continue
            n, hits, precision = n + 1, 0, 0.0
            for place, number in enumerate(index.rank(words(query["text"]), 5), 1):
                if number in wanted:
                    hits += 1
                    precision += hits / place
                    first += place == 1
            total += precision / min(5, len(wanted))
        best = max(best, (n, total / max(1, n), first / max(1, n)), key=lambda row: row[1])
    return best


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for folder in sys.argv[1:]:
        n, map5, first = evaluate(folder.rstrip("/"))
        print(f"{os.path.basename(folder.rstrip('/'))}\t{n}\t{map5:.4f}\t{first:.4f}", flush=True)


if __name__ == "__main__":
    main()
