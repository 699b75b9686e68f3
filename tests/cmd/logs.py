# SPDX-License-Identifier: Apache-2.0
"""A small network for the tests of logs: organisations with keys, drafts, a log that takes their records."""
import copy
import json
import shutil
import tempfile
import unittest
from pathlib import Path

from program import run

ORGS = {"checker.example": "fact_checker", "desk.example": "newsroom", "panel.example": "civil_society"}
SOURCES = [{"url": f"https://{host}/notice", "publisher": name, "archived": "sha256:" + digit * 64, "date": "2026-11-20"}
           for host, name, digit in (("registry.example", "Public Registry", "a"), ("archive.example", "City Archive", "b"))]


def shown(text, lang="en"):
    return {"lang": lang, "text": text}


class Network(unittest.TestCase):
    """self.log is a log with three members, whose `organisation` records stand in it."""

    def setUp(self):
        self.holder = tempfile.TemporaryDirectory()
        self.folder = Path(self.holder.name)
        self.log, self.keys = self.folder / "log", self.folder / "keys"
        self.n_files = 0
        self.begin()

    def begin(self):
        self.vkeys = {}
        for org in ORGS:
            for purpose in ("author", "reviewer"):
                self.vkeys[org, purpose] = self.ok("key", "new", "--org", org, "--purpose", purpose, "--keys", self.keys).strip()
        self.make_logs()
        for org in ORGS:
            self.submit(self.sign(self.organisation(org)))

    def make_logs(self):
        self.make_log(self.log, "checker.example/log")

    def make_log(self, log, origin):
        self.ok("log", "init", "--origin", origin, log, *(self.vkeys[org, "author"] for org in ORGS))

    def tearDown(self):
        self.holder.cleanup()

    # ---- running ----

    def ok(self, *args, code=0, **more):
        done = run(*args, SANAD_KEYS=str(self.keys), **more)
        self.assertEqual(done.code, code, f"{args}\n{done.text}\n{done.errors}")
        return done.text

    def refused(self, *args, code=3, **more):
        done = run(*args, SANAD_KEYS=str(self.keys), **more)
        self.assertEqual(done.code, code, f"{args}\n{done.text}\n{done.errors}")
        return done.errors

    def path(self, suffix):
        self.n_files += 1
        return self.folder / f"{self.n_files}.{suffix}"

    # ---- records ----

    def draft(self, kind, org, body, **envelope):
        return {"kind": kind, "org": org, "mark": "clear", "body": body, **envelope}

    def organisation(self, org, **more):
        return self.draft("organisation", org, {
            "name": [shown(org.split(".")[0].title())], "org_kind": ORGS[org], "countries": ["VN"], "languages": ["en"],
            "keys": [{"vkey": self.vkeys[org, purpose], "purpose": purpose, "from": "2026-01-01T00:00:00.000Z"}
                     for purpose in ("author", "reviewer")],
            "home_log": "checker.example/log", "home_url": f"https://{org}/", "contact_url": f"https://{org}/desk",
            "decides": shown("A board of five seats"), "government": "none", "law": shown("Associations Act"),
            "complaints": shown("Press Council"), **more})

    def claim(self, text, lang="en", org="checker.example", **more):
        return self.draft("claim", org, {"text": shown(text, lang), "topics": ["health"], "synthetic_media": "no", **more})

    def verdict(self, claim, label="false", org="checker.example", **more):
        example = json.loads(self.strip(self.ok("record", "new", "verdict")))["body"]
        return self.draft("verdict", org, {**example, "label": label, "headline": shown("It does not"),
                                           "reasons": shown("Both sources show that it does not."),
                                           "sources": copy.deepcopy(SOURCES), **more}, about=[claim])

    @staticmethod
    def strip(draft):
        """What is left of a draft without its notes, as JSON."""
        lines = [line for line in draft.splitlines() if not line.lstrip().startswith(("#", "//"))]
        text = "\n".join(lines)
        for close in "]}":
            while True:
                shorter = text.replace(",\n" + close, "\n" + close)
                for indent in range(2, 20, 2):
                    shorter = shorter.replace(",\n" + " " * indent + close, "\n" + " " * indent + close)
                if shorter == text:
                    break
                text = shorter
        return text

    def sign(self, draft, *more, reviewer=None):
        path, note = self.path("draft"), self.path("note")
        path.write_text(json.dumps(draft, ensure_ascii=False), encoding="utf-8")
        self.ok("record", "sign", path, "-o", note, *more)
        if reviewer:
            self.ok("record", "sign", note, "--as", "reviewer", "--org", reviewer, "-o", note)
        return note

    def submit(self, *notes):
        """Ids in the order of the notes."""
        return [line.split("\t")[0] for line in self.ok("record", "submit", "--log", self.log, *notes).splitlines()]

    def add(self, draft, reviewer=None):
        return self.submit(self.sign(draft, reviewer=reviewer))[0]

    def show(self, record, *more):
        return json.loads(self.ok("record", "show", record, "--log", self.log, "--json", *more))

    def state(self, record):
        return self.show(record)["state"]

    def copy_of(self, log):
        """Another log with the same key: what must not be."""
        target = self.path("copy")
        shutil.copytree(log, target)
        shutil.copy(f"{log}.key", f"{target}.key")
        return target
