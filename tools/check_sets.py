#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the answers to the evaluation sets: on every set better than plain word BM25, changed posts
rarely confirmed, and each figure about as good as what was reached (tests/sets/reached.tsv).

    check_sets.py [SET …]

The sets lie in the folder that SANAD_SETS names, or in ../shared/data/claims beside the tree; without
them there is one SKIP. The yardstick is tests/sets/word_bm25.tsv, made by tools/word_bm25.py.
"""
import json
import os
import subprocess
import sys
import tempfile

import turned_claims

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SETS = os.environ.get("SANAD_SETS") or os.path.join(ROOT, "../shared/data/claims")
SANAD = os.path.join(ROOT, "build/sanad")
CHANGED_DIGIT_AT_MOST = 0.03  # share of posts with one digit changed that may come as confirmed
TURNED_AT_MOST = 0.05  # share of claims with another negation or name that may come as confirmed
TURNED_LEAST = 20  # of so few posts no share is told
TURNED_OF_A_KIND = 400
STRANGE_SHOWN_AT_MOST = 0.02  # share of unrelated posts that may be given a hit they have nothing to do with
SAME_CLAIMS_AGAIN = ("edits_ct2021_en", "xl_tico19")
LENIENT_FIRST = ("same", "event", "neither")  # labels of the reading
CALIBRATED_WITHIN = 0.13  # of the share of hits that are right, held out


def yardstick():
    with open(os.path.join(ROOT, "tests/sets/word_bm25.tsv"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and line[0] != "#"]
    return {name: float(map5) for name, _, map5, _ in rows}


def rows(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def reached():
    """{set: [(measure, relation, limit)]}."""
    limits = {}
    with open(os.path.join(ROOT, "tests/sets/reached.tsv"), encoding="utf-8") as lines:
        for name, measure_, relation, limit in (line.rstrip("\n").split("\t") for line in lines if line[0] != "#"):
            limits.setdefault(name, []).append((measure_, relation, float(limit)))
    return limits


def readings():
    """{post of a nomatch.jsonl: (what the first reader says, what the second says)}, of those that were read."""
    with open(os.path.join(ROOT, "tests/sets/nomatch_read.tsv"), encoding="utf-8") as lines:
        split = (line.rstrip("\n").split("\t") for line in lines if line[0] != "#")
        return {post: (first, second) for post, first, second, _ in split}


def stricter(said):
    return max(said, key=LENIENT_FIRST.index)


def unrelated_read():
    """{post of a nomatch.jsonl: "same", "event" or "neither"}, as the stricter of the two readers has it."""
    return {post: stricter(said) for post, said in readings().items()}


def sanad(*arguments, asked=""):
    done = subprocess.run([SANAD, *arguments], input=asked.encode(), capture_output=True, check=False)
    # 3: done, but some rows were refused (a set may hold the same id twice)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"sanad {' '.join(arguments[:2])}: {done.stderr.decode().strip()}")
    return done.stdout


def measure(folder, bank):
    sanad("bank", "build", f"{folder}/claims.jsonl", "-o", bank)
    options = []
    for option, name in (("--unrelated", "nomatch.jsonl"), ("--changed", "hardneg.jsonl")):
        if os.path.exists(f"{folder}/{name}"):
            options += [option, f"{folder}/{name}"]
    return json.loads(sanad("eval", "--bank", bank, "--queries", f"{folder}/queries.jsonl", "--qrels",
                            f"{folder}/qrels.tsv", "--json", *options))


def texts_of(folder):
    return {row["id"]: row["text"] for row in rows(f"{folder}/claims.jsonl")}


def asked(posts, bank):
    lines = "".join(json.dumps({key: p[key] for key in ("id", "lang", "text")}) + "\n" for p in posts)
    return [json.loads(line)["hits"] for line in sanad("match", "--bank", bank, asked=lines).splitlines()]


def right_of(folder):
    texts, right = texts_of(folder), {}
    with open(f"{folder}/qrels.tsv", encoding="utf-8") as lines:
        for post, claim in (line.rstrip("\n").split("\t") for line in lines):
            if claim in texts:
                right.setdefault(post, set()).add(texts[claim])
    return right


TIERS = (("confirmed",), ("confirmed", "suggested"))


def told(name, folder, bank):
    """(posts that have a right claim, [(post, its hits)] of them and of unrelated ones, their right claims); every fourth sentence of copies."""
    right = right_of(folder)
    posts = [p for p in rows(f"{folder}/queries.jsonl") if p["id"] in right]
    copies = name.startswith("nd_")
    if copies:
        posts = [p for p in posts if int(p["id"].split("#")[0].split("-")[1]) % 4 == 0]
    everybody = posts + (rows(f"{folder}/nomatch.jsonl") if copies else [])
    return posts, list(zip(everybody, asked(everybody, bank), strict=True)), right


def point(answers, right, tiers):
    """(precision, recall) of what is given in these tiers; no precision where nothing is."""
    shown = [(right.get(p["id"], set()), [h["claim"]["text"] for h in hits if h["tier"] in tiers]) for p, hits in answers]
    given = [claims[0] in wanted for wanted, claims in shown if claims]
    found = [any(c in wanted for c in claims) for wanted, claims in shown if wanted]
    return sum(given) / len(given) if given else None, sum(found) / len(found)


def strange_shown(folder, bank):
    """(share of the unrelated posts given a hit, share of them given it as confirmed), without those of which the
    reading says that they have to do with it."""
    posts, read = rows(f"{folder}/nomatch.jsonl"), unrelated_read()
    asked = "".join(json.dumps({key: p[key] for key in ("id", "lang", "text")}) + "\n" for p in posts)
    shown = [hits[0]["tier"] if (hits := json.loads(line)["hits"]) else "" for line in sanad("match", "--bank", bank, asked=asked).splitlines()]
    strange = [tier for post, tier in zip(posts, shown, strict=True) if tier and read.get(post["id"], "neither") == "neither"]
    return len(strange) / len(posts), strange.count("confirmed") / len(posts)


def turned_confirmed(folder, bank):
    """{kind: (posts, share confirmed)} of the set's own claims, turned into others by rule."""
    claims = rows(f"{folder}/claims.jsonl")
    langs, made = {c["id"]: c["lang"] for c in claims}, turned_claims.turned(claims, TURNED_OF_A_KIND)
    asked = "".join(json.dumps({"id": str(i), "lang": langs[of], "text": text}) + "\n" for i, (_, of, text) in enumerate(made))
    confirmed = {}
    for (kind, _, _), line in zip(made, sanad("match", "--bank", bank, asked=asked).splitlines(), strict=True):
        confirmed.setdefault(kind, []).append(any(hit["tier"] == "confirmed" for hit in json.loads(line)["hits"]))
    return {kind: (len(found), sum(found) / len(found)) for kind, found in confirmed.items() if len(found) >= TURNED_LEAST}


def judge_turned(name, found):
    for kind in turned_claims.HELD:
        n, share = found.get(kind, (0, 0))
        if n:
            yield "ok" if share <= TURNED_AT_MOST else "FAIL", f"{name} confirms {100 * share:.1f} % of {n} posts with a {kind}"


def judge_curve():
    """What tools/train_match.py found out about held-out scores."""
    with open(os.path.join(ROOT, "tests/sets/held_out.tsv"), encoding="utf-8") as lines:
        curve = [list(map(float, line.split("\t")[2:])) for line in lines if line.startswith("curve\tall\t")]
    off = max(abs(mean - right) for _, _, _, mean, right in curve)
    yield "ok" if curve and off <= CALIBRATED_WITHIN else "FAIL", f"a score is the share of such hits that are right, to {off:.3f}"
    sure = [right for low, _, _, _, right in curve if low >= 0.9]
    yield "ok" if sure and min(sure) >= 0.9 else "FAIL", "of the hits scored .9, nine in ten are right"


def figure(report, name):
    """A figure of the report: of the whole, of all posts, or of the weakest kind."""
    if name.startswith("weakest "):
        return min(kind[name.split()[1]] for kind in report["kinds"])
    return report[name] if name in report else report["all"][name]


def judge(name, report, words, limits):
    """(state, sentence) for each thing the set is held to."""
    map5 = report["all"]["map5"]
    yield ("ok" if map5 > words else "FAIL",
           f"{name} is answered better than by words alone (MAP@5 {map5:.3f}, words {words:.3f})")
    if report["n_changed"]:
        share = report["changed_confirmed"]
        yield ("ok" if share <= CHANGED_DIGIT_AT_MOST else "FAIL",
               f"{name} confirms {100 * share:.1f} % of the posts with a changed digit")
    for what, relation, limit in limits:
        value = figure(report, what)
        holds = value >= limit if relation == ">=" else value <= limit
        yield "ok" if holds else "FAIL", f"{name} keeps what was reached ({what} {value:.3f}, {relation} {limit:g})"


def main():
    if not os.path.isdir(SETS):
        print("SKIP evaluation sets: there is no folder ../shared/data/claims and SANAD_SETS names none")
        return 0
    wanted, limits, failed = yardstick(), reached(), 0
    for name in sys.argv[1:] or sorted(wanted):
        folder = os.path.join(SETS, name)
        if not os.path.isdir(folder):
            print(f"SKIP {name}: not in the folder of sets")
            continue
        with tempfile.TemporaryDirectory(prefix="sanad-sets-") as scratch:
            bank = os.path.join(scratch, "set.bank")
            report = measure(folder, bank)
            if any(what.split()[0] in ("shown", "sure") for what, _, _ in limits.get(name, [])):
                _, answers, right = told(name, folder, bank)
                for word, tiers in zip(("sure", "shown"), TIERS):
                    report[f"{word} precision"], report[f"{word} recall"] = point(answers, right, tiers)
            strange = strange_shown(folder, bank) if report["n_unrelated"] else (0, 0)
            turned = turned_confirmed(folder, bank) if name not in SAME_CLAIMS_AGAIN else {}
        judged = [*judge(name, report, wanted[name], limits.get(name, [])), *judge_turned(name, turned)]
        if report["n_unrelated"]:
            judged.append(("ok" if strange[0] <= STRANGE_SHOWN_AT_MOST and strange[1] <= 0.001 else "FAIL",
                           f"{name} shows a hit to {100 * strange[0]:.1f} % of the posts that have nothing to do with it, "
                           f"{100 * strange[1]:.1f} % as confirmed"))
        for state, sentence in judged:
            failed += state == "FAIL"
            print(state, sentence, flush=True)
    for state, sentence in judge_curve():
        failed += state == "FAIL"
        print(state, sentence, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
