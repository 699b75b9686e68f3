#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Learns the constants of the score (src/match/tables/score.tsv) from named evaluation sets.

    train_match.py [--write] [--keep FILE]

Asks `build/sanad match` about every post of the sets, takes the measures of the best 24 hits, and learns in three steps:
  1. the order of hits: weights that give the highest MAP@5, by coordinate ascent (Metzler and Croft, Information
     Retrieval 10, 2007): few weights, the measure itself as the aim, the mean over sets and never one set; those of the
     table stay when others gain next to nothing
  2. how sure a hit is: logistic regression of "the best hit is right" on its rank, its lead and how much the post says
  3. what a score means: the share that is right by score, made monotone (pool adjacent violators: Ayer and others,
     Annals of Mathematical Statistics 26, 1955), from scores of posts that steps 1 and 2 had not seen
All are also done with every set held out in turn (sets of one origin together); what comes out there is written
to tests/sets/held_out.tsv, for docs/quality.md. The rows of Vietnamese alone stay as learned from all: it has one set of each kind. Without --write nothing but a report is made. --keep holds the
measures in a file between runs. Needs numpy; no random numbers, so each run gives the same tables.

Posts without a right claim are those of nomatch.jsonl, but for the ones that say what a claim says (tests/sets/nomatch_read.tsv), and, for the other sets, the set's own posts with their right
claims taken out of the ranking. The formulas are those of src/match/score.c, for whole arrays.
"""
import argparse
import json
import os
import pickle
import sys
import tempfile

import numpy as np

import check_sets
import gen_score_table

TABLE = os.path.join(check_sets.ROOT, "src/match/tables/score.tsv")
HELD_OUT = os.path.join(check_sets.ROOT, "tests/sets/held_out.tsv")
RANKING = 24
# set: (origin: held out together, weight in the mean, of the posts one in so many)
SETS = {
    "ct2021_t2a_en": ("ct2021", 0.6, 1), "edits_ct2021_en": ("ct2021", 0.6, 4),
    "ct2025_t2_ar": ("ct2025_ar", 1, 1), "ct2025_t2_es": ("ct2025_es", 1, 1), "ct2025_t2_id": ("ct2025_id", 1, 1),
    "persian_headline_claim_fa": ("persian", 1, 1), "semviqa_claim_evidence_vi": ("semviqa", 1, 1),
    "nd_ar": ("copies", 0.3, 4), "nd_en": ("copies", 0.3, 4), "nd_fa": ("copies", 0.3, 4), "nd_vi": ("copies", 0.3, 4),
}
STEPS = {"word_part": 0.05, "word_part vi": 0.05, "post_part": 0.05, "shared_part": 0.01, "heaviest_part": 0.1,
         "names_part": 0.05, "negation_part": 0.05}
FIRST = {"word_part": 0.45, "word_part vi": 0.85, "post_part": 0.2, "shared_part": 0.02, "heaviest_part": 0.0, "names_part": 0.0,
         "negation_part": 0.0}  # what was chosen by hand before there was a training
STARTS = (FIRST, FIRST | {"heaviest_part": 0.2}, FIRST | {"word_part": 0.35, "heaviest_part": 0.4, "names_part": 0.1})
SURE = ("sure_offset", "sure_rank", "sure_lead", "sure_words", "sure_copy", "sure_alike vi", "sure_pairs vi")
ALONE = [name.endswith(" vi") for name in SURE]
CALIBRATED = 20  # steps of the table
LEAST_RISE = 0.005  # from one to the next, so that a higher score stays higher
UNRELATED_WEIGHT = 0.5  # of posts without a right claim beside those with one
SMALL_GRADIENT = 1e-9
STAYS = 0.001  # of MAP@5: what gains less over the table as it is moves no weight


# ---- measures ------------------------------------------------------------------------------------------------------

def posts_of(folder, one_in):
    """Posts with and without a right claim; of disguised copies whole sentences are taken or left."""
    def taken(post, number):
        name = post["id"].split("#")[0].rsplit("-", 1)[-1]
        return (int(name) if name.isdigit() else number) % one_in == 0

    for number, post in enumerate(check_sets.rows(f"{folder}/queries.jsonl")):
        if taken(post, number):
            yield "related", post
    if os.path.exists(f"{folder}/nomatch.jsonl"):
        for post in check_sets.rows(f"{folder}/nomatch.jsonl"):
            yield "unrelated", post


def measures_of(hit):
    m, why = hit["measures"], hit["why"]
    return [m["words"], m["grams"], m["claim_in_post"], m["post_in_claim"], m["claim_letters"], m["post_letters"], m["heaviest"],
            m["names"], m["span_share"], m["post_words"], m["in_order"], why["claim_share"], why["post_share"], len(why["shared"]),
            why["part"] == "title", why["negation"] != "same", m["pairs"]]


FIELDS = ("words", "grams", "claim_in_post", "post_in_claim", "claim_letters", "post_letters", "heaviest", "names", "span_share",
          "post_words", "in_order", "claim_share", "post_share", "n_shared", "title", "negation_differs", "pairs")


def collect(name):
    """Arrays of one set: measures [post][hit][field], right [post][hit], there, n_right, related."""
    folder = os.path.join(check_sets.SETS, name)
    text = {row["id"]: row["text"] for row in check_sets.rows(f"{folder}/claims.jsonl")}
    right = {}
    with open(f"{folder}/qrels.tsv", encoding="utf-8") as lines:
        for line in lines:
            post, claim = line.rstrip("\n").split("\t")
            if claim in text:
                right.setdefault(post, set()).add(text[claim])
    # of the first reader, as when the table of the tree was learned
    left_out = {post for post, (first, _) in check_sets.readings().items() if first == "same"}
    posts = [(kind, p) for kind, p in posts_of(folder, SETS[name][2])
             if (p["id"] not in left_out if kind == "unrelated" else p["id"] in right)]
    with tempfile.TemporaryDirectory(prefix="sanad-train-") as scratch:
        bank = os.path.join(scratch, "set.bank")
        check_sets.sanad("bank", "build", f"{folder}/claims.jsonl", "-o", bank)
        asked = "".join(json.dumps({key: p[key] for key in ("id", "lang", "text")}) + "\n" for _, p in posts)
        answers = check_sets.sanad("match", "--bank", bank, "--tier", "none", "--top", str(RANKING), asked=asked).splitlines()
    n = len(posts)
    data = {"name": name, "lang": posts[0][1]["lang"], "x": np.zeros((n, RANKING, len(FIELDS))), "right": np.zeros((n, RANKING), bool),
            "there": np.zeros((n, RANKING), bool), "n_right": np.zeros(n), "related": np.array([kind == "related" for kind, _ in posts])}
    for i, ((kind, post), line) in enumerate(zip(posts, answers, strict=True)):
        wanted = right.get(post["id"], set()) if kind == "related" else set()
        data["n_right"][i] = len(wanted)
        seen, at = set(), 0
        for hit in json.loads(line)["hits"]:
            words = hit["claim"]["text"]
            if words in seen:  # identical claims count as one
                continue
            seen.add(words)
            data["x"][i, at] = measures_of(hit)
            data["right"][i, at] = words in wanted
            data["there"][i, at] = True
            at += 1
    return data


def collect_all(keep):
    if keep and os.path.exists(keep):
        with open(keep, "rb") as f:
            return pickle.load(f)
    sets = {name: collect(name) for name in SETS}
    if keep:
        with open(keep, "wb") as f:
            pickle.dump(sets, f)
    return sets


# ---- the score, for arrays -----------------------------------------------------------------------------------------

def logistic(z):
    return 1 / (1 + np.exp(-z))


def prepare(data, table):
    """What the weights of step 1 leave alone."""
    f = {name: data["x"][:, :, i] for i, name in enumerate(FIELDS)}
    c = {name: values["*"] for name, values in table.items()}

    def copied(share, letters, side):
        return (logistic(c["copy_slope"] * (share - c["copy_share"])) *
                logistic((share * letters - c[f"{side}_copy_letters"]) / c[f"{side}_copy_unit"]))

    f["best_grams"] = np.where(data["there"], f["grams"], 0).max(axis=1, keepdims=True)
    f["claim_copied"] = (copied(np.maximum(f["claim_in_post"], f["claim_share"]), f["claim_letters"], "claim") *
                         np.where(f["title"], c["title_part"], 1))
    f["post_copied"] = copied(f["post_in_claim"], f["post_letters"], "post")
    f["not_copied"] = (1 - c["copy_at_most"] * f["claim_copied"]) * (1 - c["copy_at_most"] * f["post_copied"])
    ordered = (f["in_order"] > 0) & (f["n_shared"] >= 3)
    whole = (f["claim_share"] >= 0.86) & (f["span_share"] >= 0.7)
    f["copy"] = np.where(ordered & (whole | (f["post_share"] >= 0.85)), 1.0,
                         np.maximum(np.where(f["span_share"] >= 0.5, f["claim_copied"], 0), f["post_copied"]))
    f["log_shared"], f["log_words"] = np.log1p(f["n_shared"]), np.log1p(f["post_words"])
    f["log_pairs"] = np.log1p(f["pairs"])
    f["some_names"] = f["names"] / (1 + f["names"])
    return f


def rank(data, f, weights, table):
    part = weights["word_part vi"] if data["lang"] == "vi" else weights["word_part"]
    shares = part * f["words"] + (1 - part) * f["grams"] + weights["post_part"] * f["post_share"] + weights["shared_part"] * f["log_shared"]
    evidence = (weights["heaviest_part"] * f["heaviest"] + weights["names_part"] * f["some_names"] +
                weights["negation_part"] * f["negation_differs"])
    z = table["alike_offset"]["*"] + table["alike_slope"]["*"] * (shares + f["best_grams"] * evidence)
    unlike = (1 - table["alike_at_most"]["*"] * logistic(z)) * f["not_copied"]
    return np.where(data["there"], np.log((1 - unlike) / unlike), -np.inf)


def map5(data, scores):
    related = data["related"]
    order = np.argsort(-scores[related], axis=1, kind="stable")[:, :5]
    right = np.take_along_axis(data["right"][related], order, axis=1)
    precision = np.cumsum(right, axis=1) / np.arange(1, 6)
    return float(np.mean((precision * right).sum(axis=1) / np.minimum(data["n_right"][related], 5)))


# ---- step 1: the order ---------------------------------------------------------------------------------------------

def weights_of(table):
    return {name: table[name.split()[0]].get(name.partition(" ")[2] or "*", table[name.split()[0]]["*"]) for name in STEPS}


class Order:
    """MAP@5 of weights over sets; each set's value is worked out once for each setting."""

    def __init__(self, sets, table):
        self.sets, self.table, self.known = sets, table, {}
        self.prepared = {name: prepare(data, table) for name, data in sets.items()}

    def of_set(self, name, weights):
        key = (name, tuple(round(weights[k], 6) for k in STEPS))
        if key not in self.known:
            data = self.sets[name]
            self.known[key] = map5(data, rank(data, self.prepared[name], weights, self.table))
        return self.known[key]

    def aim(self, names, weights):
        total = sum(SETS[name][1] for name in names)
        return sum(SETS[name][1] * self.of_set(name, weights) for name in names) / total

    def climb(self, names, weights):
        best, gained = self.aim(names, weights), True
        while gained:
            gained = False
            for name, step in STEPS.items():
                for move in (1, -1, 2, -2, 4, -4):
                    tried = weights | {name: round(weights[name] + move * step, 6)}
                    value = self.aim(names, tried)
                    if value > best + 1e-4:
                        weights, best, gained = tried, value, True
        return best, weights

    def learn(self, names):
        climbed = [self.climb(names, start) for start in STARTS]
        return max(climbed, key=lambda pair: pair[0])[1]


# ---- step 2: how sure ----------------------------------------------------------------------------------------------

def best_hits(data, f, ranks, table, without_right):
    """Of each post its best hit: inputs of step 2, whether it is right."""
    ranks = np.where(data["right"], -np.inf, ranks) if without_right else ranks
    some = np.isfinite(ranks).any(axis=1)
    if without_right:
        some &= data["related"]
    ordered = np.sort(ranks, axis=1)
    best, post = np.argmax(ranks, axis=1), np.arange(len(ranks))
    first, second = ordered[:, -1], np.maximum(ordered[:, -2], -8)
    first = np.where(some, first, -8)
    unsure = 1 - logistic(first / table["unsure_scale"]["*"])
    lead = np.clip(first - second, 0, table["lead_at_most"]["*"])
    copy = f["copy"][post, best]
    alone = float(data["lang"] == "vi") * (1 - copy)
    inputs = np.stack([np.ones(len(first)), first, lead * unsure, f["log_words"][post, best] * unsure,
                       copy, alone, alone * f["log_pairs"][post, best]], axis=1)
    right = data["right"][post, best] & (not without_right)
    return inputs[some], right[some], data["related"][some] & (not without_right)


def examples(order, names, weights):
    """(set, inputs, right, related, weight) of all best hits."""
    for name in names:
        data, f = order.sets[name], order.prepared[name]
        ranks = rank(data, f, weights, order.table)
        found = [best_hits(data, f, ranks, order.table, False)]
        if data["related"].all() and not name.startswith("edits"):
            found.append(best_hits(data, f, ranks, order.table, True))
        inputs, right, related = (np.concatenate([part[i] for part in found]) for i in range(3))
        weight = np.where(related, 1 / max(related.sum(), 1), UNRELATED_WEIGHT / max((~related).sum(), 1)) * SETS[name][1]
        yield name, inputs, right, related, weight


def learn_sureness(order, names, weights, fixed=None):
    """Logistic regression by Newton's method with a little ridge. fixed: values that the last rows keep."""
    found = list(examples(order, names, weights))
    x, y, w = (np.concatenate([part[i] for part in found]) for i in (1, 2, 4))
    w = w / w.sum()
    given = x[:, ALONE] @ fixed if fixed is not None else 0
    x = x[:, ~np.array(ALONE)] if fixed is not None else x
    beta, ridge = np.zeros(x.shape[1]), np.diag([0.0] + [1e-3] * (x.shape[1] - 1))
    for _ in range(50):
        p = logistic(x @ beta + given)
        gradient = x.T @ (w * (p - y)) + ridge @ beta
        beta = beta - np.linalg.solve((x * (w * p * (1 - p))[:, None]).T @ x + ridge, gradient)
        if np.abs(gradient).max() < SMALL_GRADIENT:
            break
    return beta if fixed is None else np.concatenate([beta, fixed])


# ---- step 3: what a score means ------------------------------------------------------------------------------------

def pooled(scores, right, weight):
    """Mean score, mean right and weight of the pools: neighbours that fall are one."""
    pools = []
    for i in np.argsort(scores, kind="stable"):
        pools.append([scores[i] * weight[i], right[i] * weight[i], weight[i]])
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last)]
    at, share, mass = (np.array(column) for column in zip(*pools))
    return at / mass, share / mass


def learn_calibrated(scores, right, weight):
    """Values at the steps 0, 1/20 … 1: monotone, 0 and 1 stay."""
    at, share = pooled(scores, right, weight)
    steps = np.interp(np.linspace(0, 1, CALIBRATED + 1), np.concatenate([[0], at, [1]]), np.concatenate([[0], share, [1]]))
    for i in range(1, CALIBRATED):
        steps[i] = min(max(steps[i], steps[i - 1] + LEAST_RISE), 1 - LEAST_RISE * (CALIBRATED - i))
    return np.round(steps, 4)


def calibrated(scores, steps):
    return np.interp(scores, np.linspace(0, 1, CALIBRATED + 1), steps)


# ---- the report ----------------------------------------------------------------------------------------------------

def held_out(order):
    """Everything learned without the sets of one origin, tried on them; what a score means, without them once more."""
    alone = learn_sureness(order, list(SETS), weights_of(order.table))[ALONE]
    found = []
    for origin in dict.fromkeys(origin for origin, _, _ in SETS.values()):
        inside = [name for name in SETS if SETS[name][0] != origin]
        weights = order.learn(inside)
        beta = learn_sureness(order, inside, weights, alone)
        for name, inputs, right, related, weight in examples(order, [n for n in SETS if SETS[n][0] == origin], weights):
            found.append([name, order.of_set(name, weights), logistic(inputs @ beta), right, related, weight, weights])
    plain = {row[0]: row[2] for row in found}
    for row in found:
        others = [(plain[r[0]], r[3], r[5]) for r in found if SETS[r[0]][0] != SETS[row[0]][0]]
        row[2] = calibrated(row[2], learn_calibrated(*(np.concatenate(part) for part in zip(*others))))
    return found, learn_calibrated(*(np.concatenate(part) for part in zip(*((plain[r[0]], r[3], r[5]) for r in found))))


BINS = (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0001)


def reliability(scores, right, weight):
    for low, high in zip(BINS, BINS[1:]):
        inside = (scores >= low) & (scores < high)
        if inside.any():
            w = weight[inside] / weight[inside].sum()
            yield low, min(high, 1), int(inside.sum()), float(w @ scores[inside]), float(w @ right[inside])


def write_held_out(order, found, weights):
    all_scores, all_right, all_weight = (np.concatenate([part[i] for part in found]) for i in (2, 3, 5))
    with open(HELD_OUT, "w", encoding="utf-8") as out:
        out.write("# SPDX-License-Identifier: Apache-2.0\n# Written by tools/train_match.py: what the score reaches on sets whose origin it was not "
                  "trained on.\n# map5: set, MAP@5 held out, trained with the set\n# curve: set (\"all\": each set counts the same), from, to, posts, mean "
                  "score, share that is right\n")
        for name, map5_there, *_ in found:
            out.write(f"map5\t{name}\t{map5_there:.4f}\t{order.of_set(name, weights):.4f}\n")
        for name, _, scores, right, _, weight, _ in [("all", 0, all_scores, all_right, 0, all_weight, 0)] + found:
            for low, high, n, mean, share in reliability(scores, right, weight):
                out.write(f"curve\t{name}\t{low:g}\t{high:g}\t{n}\t{mean:.3f}\t{share:.3f}\n")


def write_table(weights, beta, steps):
    """The rows that were learned, in place; all others stay as they are."""
    learned = {tuple((name + " *").split()[:2]): value for name, value in weights.items()}
    learned.update({tuple((name + " *").split()[:2]): round(float(value), 3) for name, value in zip(SURE, beta)})
    learned.update({(f"calibrated_{i * 100 // CALIBRATED:03d}", "*"): value for i, value in enumerate(steps)})
    with open(TABLE, encoding="utf-8") as lines:
        kept = lines.read().splitlines()
    with open(TABLE, "w", encoding="utf-8") as out:
        for line in kept:
            cells = line.split("\t")
            if not line.startswith("#"):
                cells[2] = f"{learned.get((cells[0], cells[1]), float(cells[2])):g}"
            out.write("\t".join(cells) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="write score.tsv and held_out.tsv")
    parser.add_argument("--keep", help="file that holds the measures between runs")
    chosen = parser.parse_args()
    if not os.path.isdir(check_sets.SETS):
        print("train_match.py: there is no folder of sets; name one in SANAD_SETS", file=sys.stderr)
        return 3
    table = gen_score_table.read(TABLE)
    order = Order(collect_all(chosen.keep), table)
    print("set                       now    held out")
    found, steps = held_out(order)
    for row in found:
        print(f"{row[0]:25s} {order.of_set(row[0], weights_of(table)):.4f} {row[1]:.4f}  {row[-1]}", flush=True)
    weights, present = order.learn(list(SETS)), weights_of(table)
    if order.aim(list(SETS), weights) < order.aim(list(SETS), present) + STAYS:
        weights = present
    beta = learn_sureness(order, list(SETS), weights)
    print("all", weights, dict(zip(SURE, np.round(beta, 3).tolist())), steps.tolist(), sep="\n")
    if chosen.write:
        write_held_out(order, found, weights)
        write_table(weights, beta, steps)
    return 0


if __name__ == "__main__":
    sys.exit(main())
