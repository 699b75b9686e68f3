#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sanad check: what a person reads."""
import json

from program import ANSI, BALLOTS, Case, jsonl, main, run, run_on_terminal

FSI, PDI, RLM = "\u2068", "\u2069", "\u200f"
LANGUAGES = {"ar": "كاذب", "fa": "نادرست", "vi": "Sai sự thật", "es": "Falso", "fr": "Faux", "id": "Salah",
             "ms": "Palsu", "it": "Falso", "en": "False"}


class Answers(Case):
    def test_the_answer_names_claim_tier_reason_and_every_verdict(self):
        done = run("check", "--bank", self.bank, BALLOTS)
        self.assertEqual(done.code, 0, done.errors)
        for part in ("Confirmed match", "c1", BALLOTS.split(" are ")[0], "the same text", "False",
                     "one.example", "2025-03-14", "https://one.example/c1", "The scanners read any dark mark.",
                     "Which pens", "https://office.example/n", "Unproven", "two.example", "do not agree"):
            self.assertIn(part, done.text)

    def test_words_in_common_are_named_where_not_all_words_are(self):
        self.assertNotIn("in common", run("check", "--bank", self.bank, BALLOTS).text)
        self.assertIn("in common", run("check", "--bank", self.bank, "I heard this: " + BALLOTS).text)

    def test_a_brief_answer_says_who_found_what_and_no_more(self):
        done = run("check", "--bank", self.bank, "--brief", BALLOTS)
        for part in ("Confirmed match", "False", "one.example", "https://one.example/c1", "two.example", "do not agree"):
            self.assertIn(part, done.text)
        for part in ("The scanners read any dark mark.", "Which pens", "Sources"):
            self.assertNotIn(part, done.text)

    def test_sources_that_two_organisations_share_are_shown_once(self):
        source = {"url": "https://office.example/n", "title": "Which pens"}
        claim = {"id": "s", "lang": "en", "text": BALLOTS, "verdicts": [
            {"org": "one.example", "label": "false", "sources": [source]},
            {"org": "two.example", "label": "false", "sources": [source]},
            {"org": "three.example", "label": "false", "sources": [source, {"url": "https://other.example/"}]}]}
        bank = self.folder / "shared.bank"
        run("bank", "build", self.file("shared.jsonl", jsonl([claim])), "-o", bank)
        text = run("check", "--bank", bank, BALLOTS).text
        self.assertEqual((text.count("Which pens"), text.count("same as above")), (2, 1))

    def test_a_fact_check_that_is_there_itself_is_not_shown_again_as_reported(self):
        own = {"org": "one.example", "label": "false", "url": "https://one.example/check"}
        reports = [{"org": "one.example", "label": "false", "url": "http://www.one.example/check?utm_source=feed", "reported_by": "two.example"},
                   {"org": "one.example", "label": "accurate", "url": "https://one.example/later", "reported_by": "two.example"}]
        bank = self.folder / "reported.bank"
        for n, (verdicts, shown) in enumerate((([reports[0], own, reports[1]], [own, reports[1]]), (reports, reports))):
            claim = {"id": "s", "lang": "en", "text": BALLOTS, "verdicts": verdicts}
            run("bank", "build", self.file(f"reported{n}.jsonl", jsonl([claim])), "-o", bank)
            self.assertEqual(json.loads(run("check", "--bank", bank, "--json", BALLOTS).text)["hits"][0]["verdicts"], shown)
            page = run("check", "--bank", bank, BALLOTS).text
            self.assertEqual(page.count("Reported by two.example: "), len(shown) - (own in shown))
            self.assertNotIn("do not agree", page)

    def test_every_reader_is_told_who_reports(self):
        claim = {"id": "s", "lang": "en", "text": BALLOTS, "verdicts": [
            {"org": "one.example", "label": "false", "url": "https://one.example/check", "reported_by": "two.example"}]}
        bank, seen = self.folder / "told.bank", set()
        run("bank", "build", self.file("told.jsonl", jsonl([claim])), "-o", bank)
        for lang, label in LANGUAGES.items():
            text = run("check", "--bank", bank, "--lang", lang, BALLOTS, COLUMNS="200").text
            line, = (x for x in text.splitlines() if "two.example" in x)
            self.assertIn(label, line)
            self.assertIn("one.example", line)
            seen.add(line.split("two.example")[0].strip())
        self.assertEqual(len(seen), len(LANGUAGES) - 1)  # Indonesian and Malay say it alike

    def test_the_text_that_met_the_post_is_shown_when_it_is_another_than_the_claim(self):
        post = self.claims[0]["translations"][0]["text"]
        text = run("check", "--bank", self.bank, "--lang", "en", post).text
        self.assertIn("Compared with: ", text)
        self.assertNotIn("Compared with: ", run("check", "--bank", self.bank, BALLOTS).text)

    def test_a_post_may_come_by_standard_input(self):
        by_argument = run("check", "--bank", self.bank, BALLOTS)
        self.assertEqual(run("check", "--bank", self.bank, stdin=BALLOTS).text, by_argument.text)
        self.assertEqual(run("check", "--bank", self.bank, "-", stdin=BALLOTS).text, by_argument.text)
        self.assertEqual(run("check", "--bank", self.bank, *BALLOTS.split()).text, by_argument.text)

    def test_nothing_found_is_said_honestly_and_has_its_own_exit_code(self):
        done = run("check", "--bank", self.bank, "Elephants painted the old bridge yesterday morning")
        self.assertEqual(done.code, 1)
        self.assertIn("No checked claim", done.text)
        self.assertIn("true or false", done.text)

    def test_posts_without_enough_to_look_up_are_explained(self):
        for post, part in (("🙂🙂🙂", "no letters"), ("hi there", "fewer than three words"),
                           ("https://somewhere.example/page", "only a link"), ("", "no letters")):
            done = run("check", "--bank", self.bank, stdin=post)
            self.assertEqual(done.code, 1, post)
            self.assertIn(part, done.text)

    def test_json_is_one_object_without_marks_for_terminals(self):
        for lang in LANGUAGES:
            done = run("check", "--bank", self.bank, "--json", "--lang", lang, BALLOTS)
            self.assertEqual(done.code, 0)
            self.assertEqual(done.text.count("\n"), 1)
            self.assertEqual(json.loads(done.text)["hits"][0]["id"], "c1")
            for mark in (FSI, PDI, RLM, "\x1b"):
                self.assertNotIn(mark, done.text)

    def test_the_ranking_is_shown_on_request_but_is_no_find(self):
        done = run("check", "--bank", self.bank, "--tier", "none", "--json", "scanners in the telescope office")
        tiers = [h["tier"] for h in json.loads(done.text)["hits"]]
        self.assertEqual(done.code, 0 if any(t != "none" for t in tiers) else 1)
        done = run("check", "--bank", self.bank, "--tier", "none", "--top", "1", "--json", BALLOTS)
        self.assertEqual(len(json.loads(done.text)["hits"]), 1)

    def test_every_reader_gets_the_labels_in_their_language(self):
        for lang, label in LANGUAGES.items():
            for args, env in ((["--lang", lang], {}), ([], {"LANG": lang + "_XX.UTF-8"})):
                done = run("check", "--bank", self.bank, *args, BALLOTS, **env)
                self.assertIn(label, done.text, lang)

    def test_the_claim_comes_in_the_readers_language_when_the_bank_has_it(self):
        done = run("check", "--bank", self.bank, "--lang", "fa", BALLOTS, COLUMNS="200")
        self.assertIn("برگه‌های رأی که با ماژیک", done.text)
        self.assertIn("متن اصلی", done.text)


class Terminals(Case):
    def test_colour_only_where_it_is_wanted(self):
        args = ["check", "--bank", self.bank, BALLOTS]
        self.assertNotIn("\x1b", run(*args).text)
        self.assertIn("\x1b[", run_on_terminal(*args)[1])
        self.assertNotIn("\x1b", run_on_terminal(*args, NO_COLOR="1")[1])
        self.assertNotIn("\x1b", run_on_terminal(*args, TERM="dumb")[1])

    def test_lines_fit_a_narrow_terminal(self):
        for lang in LANGUAGES:
            code, text = run_on_terminal("check", "--bank", self.bank, "--lang", lang, BALLOTS, columns=40)
            self.assertEqual(code, 0)
            for line in ANSI.sub("", text).splitlines():
                shown = [c for c in line if c not in (FSI, PDI, RLM, "\u200c") and not 0x64B <= ord(c) <= 0x65F]
                if "https://" not in line:
                    self.assertLessEqual(len(shown), 40, line)

    def test_colours_are_closed_on_every_line(self):
        _, text = run_on_terminal("check", "--bank", self.bank, BALLOTS, columns=40)
        for line in text.splitlines():
            codes = ANSI.findall(line)
            if codes:
                self.assertEqual(codes[-1], "\x1b[0m", repr(line))

    def test_mixed_scripts_stand_in_isolates_closed_on_every_line(self):
        for lang, post in (("fa", BALLOTS), ("ar", BALLOTS), ("en", self.claims[2]["text"])):
            done = run("check", "--bank", self.bank, "--lang", lang, post, COLUMNS="40")
            self.assertEqual(done.code, 0, done.text)
            self.assertIn(FSI, done.text)
            for line in done.text.splitlines():
                self.assertEqual(line.count(FSI), line.count(PDI), line)
                if line and lang != "en":
                    self.assertTrue(line.startswith(RLM) or line == "", repr(line))

    def test_one_script_needs_no_isolates(self):
        self.assertNotIn(FSI, run("check", "--bank", self.bank, BALLOTS).text)


class HostileText(Case):
    """A post, or a bank of strangers, must not steer the reader's terminal."""
    # Import refuses other control characters; turned text it lets pass.
    claims = [{"id": "evil", "lang": "en",
               "text": "Ballots marked with a felt-tip pen are \u202erejected\u202c by all \u2069scanners.",
               "verdicts": [{"org": "x.example", "label": "false", "url": "https://x.example/", "reasons": "\u2067 no"}]}]
    POST = ("\x1b]0;owned\x07Ballots \x1b[31mmarked\x1b[0m with a \x9b1mfelt-tip\x9d0;t\x9c pen are \u202erejected\u202c "
            "by \x1bP\x00all\x1b\\ \u2069scanners\b\b.\x1b[8m")

    def test_escape_sequences_and_turned_text_never_reach_the_terminal(self):
        post = self.POST.encode()
        for code, text in (run_on_terminal("check", "--bank", self.bank, stdin=post, NO_COLOR="1"),
                           (0, run("check", "--bank", self.bank, stdin=post).text),
                           (0, run("check", "--bank", self.bank, "--lang", "ar", stdin=post).text)):
            self.assertEqual(code, 0)
            for c in text:
                self.assertFalse(ord(c) < 32 and c != "\n" or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u202c\u2067",
                                 repr(text))
            for line in text.splitlines():
                self.assertEqual(line.count(FSI), line.count(PDI), line)
            self.assertIn("Ballots marked with", text.replace("\n   ", " "))

    def test_complaints_about_hostile_rows_are_harmless_too(self):
        rows = self.file("evil.jsonl", jsonl([{"id": "a\x1b[31m", "lang": "en", "text": "one two three"}] * 2))
        done = run("bank", "build", rows, "-o", self.folder / "evil.bank")
        self.assertEqual(done.code, 3)
        self.assertNotIn("\x1b", done.errors)
        self.assertNotIn("\x1b", run("check", "--bank", "no\x1b[31m.bank", "x").errors)


if __name__ == "__main__":
    main()
