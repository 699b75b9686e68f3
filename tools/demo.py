#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration: eleven invented organisations sign claims and verdicts, a log takes them, a bank is made of the
log, posts in nine languages are asked about, and one altered byte is caught."""
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SANAD, DEMO = "build/sanad", "build/demo"
LOG, KEYS, BANK = DEMO + "/log", DEMO + "/keys", "build/demo.bank"
ORIGIN = "openledger.example/demo"
POSTS = [  # post, language of the answer, what is worth noticing
    ("post-s003", "en", "A copy with quotes and an emoji. The answer in full; the next ones without reasons and sources"),
    ("post-h017", "en", "A copy with letters spaced out to slip past filters"),
    ("post-h021", "en", "Arabic, stretched with tatweel, and digits of another script"),
    ("post-h035", "fa", "A claim inside a longer Persian post; the answer in Persian"),
    ("post-h026", "en", "Vietnamese typed without its tones"),
    ("post-s054", "en", "Spanish, the same claim in other words"),
    ("post-s071", "en", "Indonesian, with another number: never confirmed"),
    ("post-h077", "en", "French, the claim denied: never confirmed"),
    ("post-s090", "en", "Malay, with another name: never confirmed"),
    ("post-s104", "en", "Italian, about Sunday lunch: nothing to say"),
]
NEXT = [
    'build/sanad check --bank build/demo.bank "Lemon water cures cancer in 30 days"',
    f"build/sanad record list --log {LOG} --kind verdict --top 5",
    f"build/sanad log proof {LOG} 20 -o build/demo/one.tlog-proof && build/sanad log verify build/demo/one.tlog-proof --key {LOG}/public/key",
]
TOPICS = {"science": "science_technology", "history": "history_culture", "disasters": "disaster", "scams": "scam", "food": "health",
          "tourism": "tourism_products", "religion": "religion_ethnicity", "public services": "public_services"}


def sanad(*arguments):
    done = subprocess.run([SANAD, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"demo: sanad {' '.join(arguments[:2])} failed:\n{done.stderr}")
    return done.stdout


def show(*arguments, **options):
    return subprocess.run([SANAD, *arguments], check=False, **options).returncode


def heading(text):
    print(f"\n{'─' * 72}\n{text}\n", flush=True)


def shown(text, lang="en", **more):
    return {"lang": lang, "text": text, **more}


# ---- records out of the demonstration's claims ----


def archived(url):
    """The hash of the copy of a page: they lie in demo/sources."""
    path = url.replace("https://", "demo/sources/") + ".txt"
    with open(path, "rb") as f:
        return "sha256:" + hashlib.sha256(f.read()).hexdigest()


def organisation(org, keys):
    return {"kind": "organisation", "org": org, "mark": "clear", "body": {
        "name": [shown(org.split(".")[0].title() + " (invented)")], "org_kind": "fact_checker", "countries": ["VN"],
        "languages": ["en"], "home_log": ORIGIN, "home_url": f"https://{org}/", "contact_url": f"https://{org}/desk",
        "keys": [{"vkey": vkey, "purpose": purpose, "from": "2025-01-01T00:00:00.000Z"} for purpose, vkey in keys.items()],
        "decides": shown("A demonstration; nobody"), "government": "none", "law": shown("None"), "complaints": shown("None")}}


def claim(item):
    topic = TOPICS.get(item["topic"], item["topic"])
    translations = [{"lang": t["lang"], "text": t["text"]} for t in item.get("translations", [])]
    text = shown(item["text"], item["lang"], **({"translations": translations} if translations else {}))
    return {"kind": "claim", "org": item["verdicts"][0]["org"], "mark": "clear",
            "body": {"text": text, "topics": [topic.replace(" ", "_")], "synthetic_media": "no"}}


def verdict(about, v):
    sources = [{"url": s["url"], "publisher": s["publisher"], "archived": archived(s["url"]),
                "date": s["date"] if len(s["date"]) == 10 else v["date"]} for s in v["sources"]]
    return {"kind": "verdict", "org": v["org"], "mark": "clear", "about": [about], "body": {
        "label": v["label"], "headline": shown(v["reasons"][:200], v["lang"]), "reasons": shown(v["reasons"], v["lang"]),
        "sources": sources, "method_version": "1", "conflicts": shown("None"), "automation": "none", "languages": [v["lang"]],
        "valid_from": v["date"], "review_by": "2035-01-01"}}


class Signed:
    """Drafts that were signed, one behind the other in a file."""

    def __init__(self, name, keys):
        self.path, self.keys, self.notes = f"{DEMO}/{name}.notes", keys, []

    def add(self, draft, *purposes):
        path = f"{DEMO}/draft"
        with open(path, "w", encoding="utf-8") as f:
            json.dump(draft, f, ensure_ascii=False)
        self.notes.append(sanad("record", "sign", path, *(self.keys[draft["org"], p] for p in purposes)))

    def submit(self):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("".join(self.notes))
        return [line.split("\t")[0] for line in sanad("record", "submit", "--log", LOG, self.path).splitlines()]


def make_log(items):
    shutil.rmtree(DEMO, ignore_errors=True)
    os.makedirs(DEMO)
    orgs = sorted({v["org"] for item in items for v in item["verdicts"]})
    vkeys = {org: {p: sanad("key", "new", "--org", org, "--purpose", p, "--keys", KEYS).strip() for p in ("author", "reviewer")}
             for org in orgs}
    keys = {(org, p): glob.glob(f"{KEYS}/{org}.{p}.*.key")[0] for org in orgs for p in ("author", "reviewer")}
    sanad("log", "init", "--origin", ORIGIN, LOG, *(vkeys[org]["author"] for org in orgs))
    register = Signed("register", keys)
    for org in orgs:
        register.add(organisation(org, vkeys[org]), "author")
    register.submit()
    claims = Signed("claims", keys)
    for item in items:
        claims.add(claim(item), "author")
    ids = claims.submit()
    verdicts = Signed("verdicts", keys)
    for item, record in zip(items, ids):
        for v in item["verdicts"]:
            verdicts.add(verdict(record, v), "author", "reviewer")
    verdicts.submit()
    return len(orgs), len(ids), len(verdicts.notes)


# ---- what is shown ----


def ask_posts():
    posts = {}
    for path in glob.glob("demo/posts/*.jsonl"):
        with open(path, encoding="utf-8") as f:
            posts.update((p["id"], p["text"]) for p in map(json.loads, f))
    for post, lang, notice in POSTS:
        heading(f"{notice}\n\n    {posts[post]}")
        brief = [] if post == POSTS[0][0] else ["--brief"]
        if show("check", "--bank", BANK, "--lang", lang, "--top", "1", *brief, input=posts[post].encode()) > 1:
            sys.exit(f"demo: the question about {post} failed")


def alter_one_byte():
    copy = DEMO + "/altered"
    shutil.copytree(LOG + "/public", copy)
    bundle = sorted(p for p in glob.glob(copy + "/tile/entries/**/*", recursive=True) if os.path.isfile(p))[-1]
    with open(bundle, "r+b") as f:
        data = bytearray(f.read())
        at = data.rindex(b'"label":"') + 9
        data[at] ^= 1
        f.seek(0)
        f.write(data)
    heading("Somebody alters one byte of a verdict in a copy of the log. Whoever has the copy sees it:")
    if show("log", "verify", copy) != 3:
        sys.exit("demo: an altered byte was not found")


def main():
    os.chdir(ROOT)
    items = []
    for path in sorted(glob.glob("demo/claims/*.jsonl")):
        with open(path, encoding="utf-8") as f:
            items += map(json.loads, f)
    print("Signing the demonstration's claims and verdicts, and putting them into a log …", flush=True)
    n_orgs, n_claims, n_verdicts = make_log(items)
    print(f"{n_orgs} organisations, {n_claims} claims, {n_verdicts} verdicts, each with a reviewer's signature. The log is in {LOG}:\n",
          flush=True)
    show("log", "verify", LOG)
    if show("bank", "build", "--log", LOG, "-o", BANK):
        sys.exit("demo: the demonstration bank could not be built")
    ask_posts()
    alter_one_byte()
    heading("The organisations and links are invented; the pages behind the links are in demo/sources/\n"
            "(https://library.example/x is demo/sources/library.example/x.txt).\n\nThree commands to try next:")
    for command in NEXT:
        print(f"    {command}")


if __name__ == "__main__":
    main()
