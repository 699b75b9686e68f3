#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a person is told who made a mistake, or met one, at a log: all of it, with the way out, and nothing that is not so."""
import json
import re
import shutil

from logs import Network, shown
from program import main, run

WATER = "Salt water cures malaria"
COLUMNS = "id,text,lang,verdict_org,verdict_url,verdict_label,licence"


class Imports(Network):
    def begin(self):
        super().begin()
        self.how = ("import", "--log", self.log, "--org", "checker.example")

    def feed(self, name, *lines):
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def rows(self, n):
        return [f"{i},Salt water cures malaria number {i},en,daily.example,https://daily.example/{i},false,CC0-1.0" for i in range(n)]

    def n_reviews(self):
        return run("record", "list", "--log", self.log, "--kind", "review").text.count("\n")

    def test_the_good_rows_before_an_open_quote_are_not_lost(self):
        feed = self.feed("feed.csv", COLUMNS, *self.rows(3), '4,"Salt water,en,daily.example,https://daily.example/4,false,CC0-1.0')
        more = self.feed("more.csv", COLUMNS, *self.rows(5)[4:])
        done = run(*self.how, "--json", "--strict", feed, more, SANAD_KEYS=str(self.keys))
        self.assertEqual((done.code, self.n_reviews()), (3, 0), done.errors)
        done = run(*self.how, "--json", feed, more, SANAD_KEYS=str(self.keys))
        self.assertEqual((done.code, self.n_reviews()), (3, 4), done.errors)
        facts = json.loads(done.text)
        self.assertEqual((facts["reviews"], facts["refused"]), (4, 1))
        self.assertIn(f"{feed}:5: a quote opens in line 5", done.errors)

    def test_a_feed_that_breaks_off_tells_so_and_keeps_what_came(self):
        good = ('{"@type":"ClaimReview","claimReviewed":"%s","inLanguage":"en","license":"CC0-1.0","url":"https://daily.example/1",'
                '"author":{"name":"Daily","url":"https://daily.example/"},"reviewRating":{"alternateName":"False"}}' % WATER)
        feed = self.feed("feed.json", "[" + good + ",", '{"@type":"ClaimReview"')
        done = run(*self.how, "--licence", "CC0-1.0", "--json", feed, SANAD_KEYS=str(self.keys))
        self.assertEqual((done.code, self.n_reviews()), (3, 1), done.errors)
        self.assertEqual(json.loads(done.text)["reviews"], 1)
        self.assertIn(str(feed), done.errors)

    def test_a_table_with_columns_of_other_names_tells_those_that_are_read(self):
        feed = self.feed("feed.csv", "id,text,lang,publisher,label,url,licence", f"1,{WATER},en,Daily,false,https://daily.example/1,CC0-1.0")
        errors = self.refused(*self.how, feed)
        for column in ("verdict_org", "verdict_label", "verdict_url"):
            self.assertIn(column, errors)
        feed = self.feed("half.csv", "id,text,lang,verdict_label,licence", f"1,{WATER},en,false,CC0-1.0")
        self.assertIn("verdict_org", self.refused(*self.how, feed))
        text = re.sub(r"\s+", " ", self.ok("help", "import"))
        for column in ("verdict_org", "verdict_label", "verdict_url"):
            self.assertIn(column, text)

    def test_a_page_of_the_web_tells_where_its_fact_check_stands(self):
        for name in ("page.html", "page.json", "page"):
            feed = self.feed(name, "<!DOCTYPE html>", "<html><head><title>Is it so?</title></head></html>")
            self.assertIn('<script type="application/ld+json">', self.refused(*self.how, feed))
        self.feed("rows.jsonl", "<oops>")
        self.assertIn("rows.jsonl:1:", self.refused(*self.how, self.folder / "rows.jsonl"))


class Files(Network):
    def test_nobody_reads_signed_where_nothing_was_written(self):
        there, draft = self.folder / "there", self.path("draft")
        there.write_text("mine")
        draft.write_text(json.dumps(self.claim(WATER)))
        errors = self.refused("record", "sign", draft, "-o", there)
        self.assertNotIn("signed by", errors)
        self.assertIn("nothing was signed", errors)
        self.assertIn(str(there), errors)
        self.assertEqual(there.read_text(), "mine")
        errors = self.refused("record", "sign", draft, "-o", self.folder / "absent" / "note", code=None)
        self.assertNotIn("signed by", errors)

    def refused(self, *args, code=3, **more):
        done = run(*args, SANAD_KEYS=str(self.keys), **more)
        self.assertIn(done.code, (3, 4) if code is None else (code,), done.errors)
        return done.errors

    def test_a_proof_or_key_that_is_none_is_named(self):
        empty, absent = self.folder / "empty", self.folder / "absent.vkey"
        empty.write_bytes(b"")
        self.assertIn(str(empty), self.refused("log", "verify", empty))
        errors = self.refused("log", "verify", "--key", absent, self.log)
        self.assertIn("no such file", errors)
        self.assertIn("name+id+base64", errors)
        self.assertIn(str(absent), errors)
        self.assertNotIn("no such file", self.refused("log", "verify", "--key", empty, self.log))

    def test_a_log_does_not_become_the_memory_of_a_witness(self):
        key, copy = self.folder / "w.key", self.folder / "copy"
        self.ok("key", "new", "--org", "watcher.example", "--purpose", "witness", "--keys", self.folder / "w")
        key, = (self.folder / "w").glob("*witness*")
        shutil.copytree(self.log / "public", copy)
        before = sorted(self.log.rglob("*")), sorted(copy.rglob("*"))
        for folder in (self.log, copy):
            errors = self.refused("log", "witness", "--key", key, "--stop-after-idle", 1, folder)
            self.assertIn(str(folder), errors)
            self.assertIn("holds a log", errors)
        self.assertEqual((sorted(self.log.rglob("*")), sorted(copy.rglob("*"))), before)

    def test_a_backup_of_a_damaged_journal_is_not_called_whole(self):
        segment, = (self.log / "journal").iterdir()
        whole, backup = segment.read_bytes(), self.folder / "backup"
        self.assertEqual(run("log", "backup", self.log, backup).errors.count("\n"), 1)
        for at in (200, len(whole) - 10):
            segment.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            errors = self.refused("log", "backup", self.log, backup)
            self.assertIn("journal", errors)
        segment.write_bytes(whole)
        self.ok("log", "backup", self.log, backup)


class Shown(Network):
    def page(self, record, **more):
        return self.ok("record", "show", record, "--log", self.log, **more)

    def test_every_source_of_a_verdict_can_be_read_and_copied(self):
        claim = self.add(self.claim(WATER))
        address = "https://registry.example/" + "a-long-notice/" * 8
        draft = self.verdict(claim)
        draft["body"]["sources"][0].update(url=address, independence=shown("Issued by the registry", "en"))
        lines = self.page(self.add(draft, reviewer="desk.example"), COLUMNS="60").splitlines()
        at = [line.strip() for line in lines]
        first = next(i for i, line in enumerate(at) if line.startswith("sources"))
        self.assertRegex(lines[first], r"^sources {14}1\. ")
        self.assertTrue(any(line.startswith("2. ") for line in at[first:]))
        self.assertIn("publisher: Public Registry", " ".join(at))
        self.assertIn("independence: Issued by the registry (en)", re.sub(r"\s+", " ", " ".join(at)))
        self.assertTrue(any(address in line for line in lines))
        self.assertTrue(any("sha256:" + "b" * 64 in line for line in lines))
        self.assertFalse([line for line in at if '{"' in line or '":' in line])

    def test_lists_and_texts_lose_nothing(self):
        text = self.page(self.add(self.claim(WATER, topics=["health", "science_technology"])))
        self.assertRegex(text, r"(?m)^text +Salt water cures malaria \(en\)$")
        self.assertRegex(text, r"(?m)^topics +1\. health\n +2\. science_technology$")
        seen = self.add(self.claim("Another text", appearances=[{"date": "2026-11-21", "url": "https://pages.example/post/5"}]))
        text = self.page(seen)
        self.assertRegex(text, r"appearances +1\. .*\n")
        self.assertIn("url: https://pages.example/post/5", text)
        self.assertIn("date: 2026-11-21", text)
        org, = self.ok("record", "list", "--log", self.log, "--org", "desk.example", "--kind", "organisation").splitlines()
        text = self.page(org.split("\t")[0], COLUMNS="50")
        for purpose in ("author", "reviewer"):
            self.assertIn(self.vkeys["desk.example", purpose], text)


if __name__ == "__main__":
    main()
