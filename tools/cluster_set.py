#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a stream of posts whose clusters are known, and measures `sanad cluster` with it.

Of each set nd_en nd_ar nd_fa nd_vi: sentences drawn by chance, each with 2 to 24 of its disguised copies (many with
few, few with many) and itself: one cluster. Beside them, each a cluster of its own: the hard negatives (one digit
changed) of the sentences drawn, hard negatives of others, unrelated sentences, and sentences of the same articles.
The same arguments give the same bytes.

    cluster_set.py make OUT_FOLDER [--sets FOLDER] [--per-language N] [--seed N]
        posts.jsonl {"id", "lang", "text"}, shuffled, and truth.tsv: id TAB cluster TAB kind
    cluster_set.py measure SANAD FOLDER
        runs SANAD cluster; prints pairwise precision and recall, by language and by kind, and posts per second
        of processor time, as JSON
    cluster_set.py score TRUTH CLUSTERS
        the same of a file of clusters
"""
import argparse
import collections
import json
import os
import random
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SETS = os.environ.get("SANAD_SETS") or os.path.join(ROOT, "../shared/data/claims")
LANGS = ("en", "ar", "fa", "vi")
SHARE_OF_COPIES = 0.7
OTHER_CHANGED = 100


def rows(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def copies_of(folder):
    """Claim id -> its disguised copies."""
    with open(f"{folder}/qrels.tsv", encoding="utf-8") as f:
        claim_of = dict(line.rstrip("\n").split("\t")[:2] for line in f)
    copies = collections.defaultdict(list)
    for row in rows(f"{folder}/queries.jsonl"):
        copies[claim_of[row["id"]]].append(row)
    return copies


def posts_of(folder, lang, n, chance):
    """(post, cluster, kind) of one language."""
    claims = {row["id"]: row for row in rows(f"{folder}/claims.jsonl")}
    copies, changed = copies_of(folder), rows(f"{folder}/hardneg.jsonl")
    texts, out = set(), []

    def add(row, cluster, kind):
        out.append(({"id": row["id"], "lang": lang, "text": row["text"]}, cluster, kind))

    drawn = sorted(copies)
    chance.shuffle(drawn)
    used = set()
    for claim in drawn:
        if len(out) >= n * SHARE_OF_COPIES or claims[claim]["text"] in texts:
            continue
        size = min(len(copies[claim]), 2 + int(22 * chance.random() ** 2))
        add(claims[claim], claim, "original")
        for row in chance.sample(copies[claim], size):
            add(row, claim, row["kind"])
        used.add(claim)
        texts.add(claims[claim]["text"])
    near = [row for row in changed if row["near_id"] in used]
    far = [row for row in changed if row["near_id"] not in used]
    for row in near + chance.sample(far, min(OTHER_CHANGED, len(far))):
        add(row, row["id"], "number changed")
    left = n - len(out)
    unrelated = rows(f"{folder}/nomatch.jsonl")
    for row in chance.sample(unrelated, min(left // 2, len(unrelated))):
        add(row, row["id"], "unrelated")
        texts.add(row["text"])
    others = sorted(set(claims) - set(copies))
    chance.shuffle(others)
    for claim in others:
        if len(out) >= n:
            break
        if claims[claim]["text"] not in texts:
            texts.add(claims[claim]["text"])
            add(claims[claim], claim, "same articles")
    return out


def make(args):
    chance, posts = random.Random(args.seed), []
    for lang in LANGS:
        posts += posts_of(f"{args.sets}/nd_{lang}", lang, args.per_language, chance)
    chance.shuffle(posts)
    os.makedirs(args.folder, exist_ok=True)
    with open(f"{args.folder}/posts.jsonl", "w", encoding="utf-8") as f:
        f.writelines(json.dumps(post, ensure_ascii=False) + "\n" for post, _, _ in posts)
    with open(f"{args.folder}/truth.tsv", "w", encoding="utf-8") as f:
        f.writelines(f"{post['id']}\t{cluster}\t{kind}\n" for post, cluster, kind in posts)
    print(len(posts), "posts,", len({cluster for _, cluster, _ in posts}), "clusters")


def pairs(n):
    return n * (n - 1) // 2


def agreement(found, truth):
    """Pairwise precision and recall of {id: cluster}."""
    both = collections.Counter((found[i], truth[i]) for i in truth)
    right = sum(pairs(n) for n in both.values())
    said = sum(pairs(n) for n in collections.Counter(found[i] for i in truth).values())
    real = sum(pairs(n) for n in collections.Counter(truth.values()).values())
    return {"precision": round(right / said, 4) if said else 1.0, "recall": round(right / real, 4) if real else 1.0}


def by_kind(found, truth, kinds):
    """Of each kind: share of the other members of its cluster that a post was put together with."""
    groups, mates = collections.defaultdict(list), collections.defaultdict(lambda: [0, 0])
    for i, cluster in truth.items():
        groups[cluster].append(i)
    for group in groups.values():
        for i in group:
            mates[kinds[i]][0] += sum(found[i] == found[j] for j in group) - 1
            mates[kinds[i]][1] += len(group) - 1
    return {kind: round(a / b, 3) for kind, (a, b) in sorted(mates.items()) if b}


def score(truth_path, lines):
    truth, kinds, found = {}, {}, {}
    with open(truth_path, encoding="utf-8") as f:
        for line in f:
            i, truth_i, kind = line.rstrip("\n").split("\t")
            truth[i], kinds[i] = truth_i, kind
    for number, line in enumerate(lines):
        cluster = json.loads(line)
        if "interim" not in cluster:
            found.update((i, number) for i in cluster["members"])
    report = {"posts": len(truth), "clusters": len(set(truth.values())), "found": len(set(found.values())),
              **agreement(found, truth)}
    for lang in LANGS:
        part = {i: c for i, c in truth.items() if i.startswith(lang + "-")}
        report[lang] = agreement(found, part)
    report["recall of kinds"] = by_kind(found, truth, kinds)
    return report


def measure(args):
    with open(f"{args.folder}/posts.jsonl", "rb") as f:
        posts = f.read()
    start = os.times()
    done = subprocess.run([args.sanad, "cluster"], input=posts, stdout=subprocess.PIPE, check=True)
    end = os.times()
    seconds = end.children_user + end.children_system - start.children_user - start.children_system
    report = score(f"{args.folder}/truth.tsv", done.stdout.decode().splitlines())
    report["posts/s"] = round(report["posts"] / seconds)
    print(json.dumps(report, indent=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("make")
    verb.add_argument("folder")
    verb.add_argument("--sets", default=SETS)
    verb.add_argument("--per-language", type=int, default=1750)
    verb.add_argument("--seed", type=int, default=7)
    verb = verbs.add_parser("measure")
    verb.add_argument("sanad")
    verb.add_argument("folder")
    verb = verbs.add_parser("score")
    verb.add_argument("truth")
    verb.add_argument("clusters")
    args = parser.parse_args()
    if args.verb == "make":
        make(args)
    elif args.verb == "measure":
        measure(args)
    else:
        with open(args.clusters, encoding="utf-8") as f:
            print(json.dumps(score(args.truth, f), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
