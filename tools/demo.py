#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the demonstration bank and asks it about some posts, one of each kind, in nine languages."""
import glob
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SANAD, BANK = "build/sanad", "build/demo.bank"
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
    'build/sanad check --bank build/demo.bank --json "WhatsApp will charge 0.01 euro per message"',
    "head -n 2 demo/posts/society.jsonl | build/sanad match --bank build/demo.bank",
]


def run(*arguments, **options):
    return subprocess.run([SANAD, *arguments], check=False, **options).returncode


def main():
    os.chdir(ROOT)
    if run("bank", "build", *sorted(glob.glob("demo/claims/*.jsonl")), "-o", BANK):
        sys.exit("demo: the demonstration bank could not be built")
    posts = {}
    for path in glob.glob("demo/posts/*.jsonl"):
        with open(path, encoding="utf-8") as f:
            posts.update((p["id"], p["text"]) for p in map(json.loads, f))
    for post, lang, notice in POSTS:
        print(f"\n{'─' * 72}\n{notice}\n\n    {posts[post]}\n", flush=True)
        brief = [] if post == POSTS[0][0] else ["--brief"]
        if run("check", "--bank", BANK, "--lang", lang, "--top", "1", *brief, input=posts[post].encode()) > 1:
            sys.exit(f"demo: the question about {post} failed")
    print(f"\n{'─' * 72}\nThe bank is a demonstration, its organisations and links are invented; the pages behind the links are")
    print("in demo/sources/ (https://library.example/x is demo/sources/library.example/x.txt).")
    print("Three commands to try next:\n")
    for command in NEXT:
        print(f"    {command}")


if __name__ == "__main__":
    main()
