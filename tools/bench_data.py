#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the claims and posts that `make bench` measures with; the same arguments give the same bytes.

With a folder of evaluation sets (claims.jsonl, queries.jsonl, qrels.tsv in each): their claims in LANGS, each
text once, enlarged by sentences that join the first half of one claim to the second half of another
of the same language. Posts are the sets' own; copies are those of the sets named nd_*.

Without: texts of the demonstration bank, enlarged by the same halves with about half of the words
replaced by invented ones; posts are the demonstration's, followed by retellings, and copies are
disguised here.

    bench_data.py [--sets FOLDER] [--n CLAIMS] [--queries N] OUT_FOLDER
        writes claims.jsonl, posts.jsonl, copies.jsonl {"lang", "text", "claims": [ids]} and prints what
        they are as one JSON object
"""
import argparse
import glob
import json
import os
import random
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LANGS = ("ar", "en", "es", "fa", "id", "vi")
MADE_OF_OTHERS = ("edits_ct2021_en", "xl_tico19")  # their queries are edits or parallel texts, not posts
DISGUISES = {
    "look-alikes": lambda chance, text: text.translate(str.maketrans("aeocpx", "аеосрх")),
    "zero width": lambda chance, text: "".join(c + "\u200b" * (chance.random() < 0.2) for c in text),
    "separators": lambda chance, text: re.sub(r"(\w{5,})", lambda m: ".".join(m[0]), text),
    "case": lambda chance, text: text.upper(),
    "embedded": lambda chance, text: f"Share before they delete it!! 🚨 {text} Tell all your friends, they hide it.",
}


def rows(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def write(folder, name, objects):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in objects)


class Claims:
    """Claims with every text once; ids[set, id] is the number of the one that was kept."""

    def __init__(self):
        self.list, self.ids, self.seen = [], {}, {}

    def add(self, where, claim):
        key = claim["text"].strip()
        if key not in self.seen:
            self.seen[key] = len(self.list)
            self.list.append({"lang": claim["lang"], "text": key, "title": claim.get("title", "")})
        self.ids[where, claim["id"]] = self.seen[key]


def read_sets(folder):
    """Claims, posts and copies [(lang, text, [numbers of claims])] of all sets, with the names of the sets."""
    claims, posts, copies, names = Claims(), [], [], []
    for path in sorted(glob.glob(os.path.join(folder, "*", "claims.jsonl"))):
        name = os.path.basename(os.path.dirname(path))
        names.append(name)
        for claim in rows(path):
            if claim["lang"] in LANGS:
                claims.add(name, claim)
        if name in MADE_OF_OTHERS:
            continue
        right = {}
        with open(path.replace("claims.jsonl", "qrels.tsv"), encoding="utf-8") as f:
            for query, claim in (line.rstrip("\n").split("\t") for line in f):
                right.setdefault(query, []).append(claims.ids[name, claim])
        for query in rows(path.replace("claims.jsonl", "queries.jsonl")):
            if query["id"] in right:
                (copies if name.startswith("nd_") else posts).append((query["lang"], query["text"], right[query["id"]]))
    return claims.list, posts, copies, names


def read_demo(chance, n_queries):
    claims, posts, copies = Claims(), [], []
    for path in sorted(glob.glob(os.path.join(ROOT, "demo/claims/*.jsonl"))):
        for claim in rows(path):
            claims.add("demo", claim)
            for i, other in enumerate(claim.get("translations", [])):
                claims.add("demo", {"id": f"{claim['id']}/{i}", **other})
    for path in sorted(glob.glob(os.path.join(ROOT, "demo/posts/*.jsonl"))):
        for post in rows(path):
            if post.get("expect", {}).get("claim"):
                posts.append((post["lang"], post["text"], [claims.ids["demo", post["expect"]["claim"]]]))
    while len(posts) < n_queries:
        number = chance.randrange(len(claims.list))
        lang, words = claims.list[number]["lang"], claims.list[number]["text"].split()
        kept = [w for w in words if chance.random() < 0.67] or words
        posts.append((lang, " ".join(kept[len(kept) // 2:] + kept[:len(kept) // 2]), [number]))
    while len(copies) < n_queries:
        number = chance.randrange(len(claims.list))
        disguise = DISGUISES[chance.choice(sorted(DISGUISES))]
        copies.append((claims.list[number]["lang"], disguise(chance, claims.list[number]["text"]), [number]))
    return claims.list, posts, copies


def invented_words(chance, claims):
    """Words of each language, most of them the beginning of one with the end of another."""
    words = {}
    for claim in claims:
        words.setdefault(claim["lang"], []).extend(claim["text"].split())
    for bag in words.values():
        whole = [w for w in bag if len(w) > 5] or bag
        bag += [chance.choice(whole)[:4] + chance.choice(whole)[-3:] for _ in range(20 * len(whole))]
    return words


def enlarge(chance, claims, n, invent):
    """Appends claims until there are n: the first half of one, the second half of another."""
    by_lang, seen = {}, {claim["text"] for claim in claims}
    for claim in claims:
        by_lang.setdefault(claim["lang"], []).append(claim["text"].split())
    words = invented_words(chance, claims) if invent else {}
    real = list(claims)
    while len(claims) < n:
        lang = chance.choice(real)["lang"]
        first, second = chance.choice(by_lang[lang]), chance.choice(by_lang[lang])
        joined = first[:(len(first) + 1) // 2] + second[len(second) // 2:]
        if invent:
            joined = [chance.choice(words[lang]) if chance.random() < 0.5 else w for w in joined]
        text = " ".join(joined)
        if text not in seen:
            seen.add(text)
            claims.append({"lang": lang, "text": text, "title": ""})


def make(sets, n, n_queries, out):
    chance = random.Random(20240501)
    names = []
    if sets:
        claims, posts, copies, names = read_sets(sets)
    if not names:
        claims, posts, copies = read_demo(chance, n_queries)
    chance.shuffle(posts)
    chance.shuffle(copies)
    posts, copies = posts[:n_queries], copies[:n_queries]
    n_real = len(claims)
    asked = sorted({number for _, _, right in posts + copies for number in right})
    rest = sorted(set(range(n_real)) - set(asked))
    chance.shuffle(rest)
    order = (asked + rest)[:max(n, len(asked))]  # a smaller bank still holds every claim asked for
    numbers = {old: new for new, old in enumerate(order)}
    claims = [claims[i] for i in order]
    n_real = len(claims)
    enlarge(chance, claims, n, not names)
    write(out, "claims.jsonl", ({"id": f"c{i:07}", **claim} for i, claim in enumerate(claims)))
    for name, asks in (("posts.jsonl", posts), ("copies.jsonl", copies)):
        write(out, name, ({"lang": lang, "text": text, "claims": [f"c{numbers[i]:07}" for i in right]}
                          for lang, text, right in asks))
    return {"claims": len(claims), "real": n_real, "sets": names, "posts": len(posts), "copies": len(copies),
            "claim_bytes": sum(len(c["text"].encode()) for c in claims) / len(claims),
            "post_bytes": sum(len(t.encode()) for _, t, _ in posts) / len(posts),
            "copy_bytes": sum(len(t.encode()) for _, t, _ in copies) / len(copies)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--sets", default="")
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=2_000)
    parser.add_argument("out")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    json.dump(make(options.sets, options.n, options.queries, options.out), sys.stdout)
    print()


if __name__ == "__main__":
    main()
