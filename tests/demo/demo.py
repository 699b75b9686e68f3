# SPDX-License-Identifier: Apache-2.0
"""What the tests of the demonstration share: its claims, its bank, and a run of the program over posts."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cmd"))

from program import SOURCE, Case, jsonl, main, run  # noqa: E402,F401 (main: for the tests)


def rows(kind):
    """Everything in demo/<kind>/*.jsonl."""
    return [json.loads(line) for path in sorted((SOURCE / "demo" / kind).glob("*.jsonl"))
            for line in path.read_text(encoding="utf-8").splitlines()]


class Demo(Case):
    """self.bank: the demonstration bank."""
    claims = rows("claims")

    @classmethod
    def ask(cls, posts, *args):
        """The answer to each of [{"id", "text", …}], the whole ranking of each."""
        done = run("match", "--bank", cls.bank, "--tier", "none", "--threads", "2", *args, stdin=jsonl(posts), timeout=150)
        if done.code != 0:
            raise AssertionError(done.errors)
        answers = [json.loads(line) for line in done.text.splitlines()]
        if [a["id"] for a in answers] != [p["id"] for p in posts]:
            raise AssertionError("answers do not stand beside their posts")
        return answers


def tier_of(answer, claim):
    """The tier in which a claim came; "absent" when it did not."""
    return next((hit["tier"] for hit in answer["hits"] if hit["id"] == claim), "absent")
