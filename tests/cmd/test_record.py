#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sanad record new, record sign: from a draft that people edit to a signed record."""
import base64
import hashlib
import json
import re
import tempfile
import tomllib
import unittest
from pathlib import Path

from program import SOURCE, main, run

ORG = "checker.example"
KINDS = sorted(p.stem for p in (SOURCE / "kinds").glob("*.toml") if p.stem not in ("shared", "exceptions"))
ERASABLE = {"claim": "appearances", "pledge": "public_name"}


class Desk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.holder.cleanup)
        cls.folder = Path(cls.holder.name)
        for org, purpose in ((ORG, "author"), (ORG, "reviewer"), (ORG, "log"), ("desk.example", "author"),
                             ("desk.example", "reviewer"), ("other.example", "author")):
            done = run("key", "new", "--org", org, "--purpose", purpose, SANAD_KEYS=str(cls.folder / "keys"))
            if done.code != 0:
                raise AssertionError(done.errors)

    def sanad(self, *args, **more):
        return run(*args, SANAD_KEYS=str(self.folder / "keys"), **more)

    def draft(self, kind="claim", *args):
        done = self.sanad("record", "new", kind, "--org", ORG, *args)
        self.assertEqual(done.code, 0, done.errors)
        return done.text

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def sign(self, draft, *args):
        done = self.sanad("record", "sign", self.file("draft", draft), *args)
        self.assertEqual(done.code, 0, done.errors)
        return done.text

    def refused(self, draft, *args, says=(), code=3):
        done = self.sanad("record", "sign", self.file("bad", draft), *args)
        self.assertEqual((done.code, done.text), (code, ""), done.errors)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, done.errors)
        return done.errors

    def key(self, org, purpose):
        path, = (self.folder / "keys").glob(f"{org}.{purpose}.*.key")
        return path


def record_of(bundle):
    return json.loads(bundle.split("\n")[0])


class New(Desk):
    def test_every_kind_can_be_signed_as_its_draft_stands(self):
        self.assertGreaterEqual(len(KINDS), 46)
        for kind in KINDS:
            bundle = self.sign(self.draft(kind))
            record = record_of(bundle)
            self.assertEqual((record["kind"], record["org"]), (kind, ORG))

    def test_every_field_of_every_kind_is_explained(self):
        for kind in KINDS:
            draft = self.draft(kind)
            fields = tomllib.loads((SOURCE / f"kinds/{kind}.toml").read_text())["fields"]
            self.assertGreater(len(fields), 0)
            for name, field in fields.items():
                self.assertRegex(draft, rf'# {re.escape(field["help"])}\n +# .*\n +(// )?"{name}": ')

    def test_a_switched_off_field_is_used_by_taking_the_slashes_away(self):
        for kind in KINDS:
            draft = re.sub(r"(?m)^( *)// ", r"\1", self.draft(kind))
            done = self.sanad("record", "sign", self.file("all", draft))
            # What is left over are choices between fields, never a draft that cannot be read.
            for line in done.errors.splitlines()[:-1] if done.code else []:
                self.assertIn("exactly one field of", line)

    def test_the_reader_gets_the_explanations_in_their_language(self):
        english = self.draft("claim")
        for lang, word in (("fa", "لازم"), ("ar", "مطلوب"), ("vi", "bắt buộc"), ("es", "obligatorio"), ("fr", "obligatoire"),
                           ("id", "wajib"), ("ms", "wajib"), ("it", "obbligatorio")):
            text = self.draft("claim", "--lang", lang)
            self.assertIn(word, text)
            self.assertEqual(record_of(self.sign(text))["body"], record_of(self.sign(english))["body"])

    def test_all_kinds_are_listed_with_what_they_say(self):
        text = self.sanad("record", "new").text
        for kind in KINDS:
            self.assertRegex(text, rf"(?m)^  {kind} ")

    def test_a_mistyped_kind_gets_the_nearest_one(self):
        done = self.sanad("record", "new", "verdcit")
        self.assertEqual((done.code, done.text), (2, ""))
        self.assertIn("verdict", done.errors)
        self.assertEqual(self.sanad("record", "new", "claim", "claim").code, 2)
        self.assertEqual(self.sanad("record", "new", "claim", "--org", "X Y").code, 3)

    def test_a_draft_that_somebody_edited_is_not_overwritten(self):
        path = self.file("mine", "my work")
        done = self.sanad("record", "new", "claim", "-o", path)
        self.assertEqual(done.code, 3)
        self.assertEqual(path.read_text(), "my work")
        self.assertEqual(self.sanad("record", "new", "claim", "-o", self.folder / "no" / "where").code, 3)


class Sign(Desk):
    def test_a_signed_record_is_a_note_that_others_can_check(self):
        bundle = self.sign(self.draft())
        text, rest = bundle.split("\n\n", 1)
        record = json.loads(text)
        self.assertEqual(text, json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
        self.assertRegex(rest, rf"^— {ORG} [A-Za-z0-9+/=]+\n$")
        self.assertEqual(len(base64.b64decode(record["salt"])), 16)
        self.assertRegex(record["made"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ$")
        try:
            from nacl.signing import VerifyKey
        except ImportError:
            return  # the tests of seal check it too
        public = self.sanad("key", "list", "--public", "--org", ORG).text.split("\n")[0].split("+", 2)[2]
        blob = base64.b64decode(rest.strip().split(" ")[2])
        VerifyKey(base64.b64decode(public)[1:]).verify((text + "\n").encode(), blob[4:])

    def test_no_two_records_have_one_salt(self):
        draft = self.draft()
        self.assertNotEqual(record_of(self.sign(draft))["salt"], record_of(self.sign(draft))["salt"])

    def test_erasable_fields_travel_beside_the_record(self):
        for kind, field in ERASABLE.items():
            draft = re.sub(r"(?m)^( *)// ", r"\1", self.draft(kind)) if kind == "pledge" else self.draft(kind)
            if kind == "claim":
                draft = re.sub(r'(?m)^    // ("appearances": \[)(.*?\n)    // \],', lambda m: "    " + m[1] +
                               re.sub(r"(?m)^    // ", "    ", m[2]) + "    ],", draft, flags=re.S | re.M)
            bundle = self.sign(draft)
            record = record_of(bundle)
            self.assertNotIn(field, record["body"])
            part, = [line for line in bundle.split("\n") if line.startswith(f"+ {field} ")]
            part = part.split(" ", 2)[2]
            self.assertEqual(record["parts"][field], "sha256:" + hashlib.sha256(part.encode()).hexdigest())
            self.assertNotEqual(json.loads(part)["salt"], record["salt"])
            again = self.sign(bundle, "--as", "reviewer")
            self.assertIn(f"+ {field} {part}\n", again)

    def test_drafts_from_any_editor_are_read(self):
        draft = self.draft()
        body = record_of(self.sign(draft))["body"]
        crlf = draft.replace("\n", "\r\n")
        for text in (crlf, "\ufeff" + draft, "\ufeff" + crlf, draft.rstrip("\n"), draft.replace("  ", "\t"),
                     draft.replace("},\n}", "}\n}"), "\n\n" + draft + "\n\n",
                     draft.replace('"mark": "clear",', '"mark": "clear", # for all // to read')):
            self.assertEqual(record_of(self.sign(text))["body"], body)
        done = self.sanad("record", "sign", "-", stdin=draft)
        self.assertEqual(done.code, 0, done.errors)

    def test_text_of_every_script_is_signed_as_written(self):
        said = "آب نمکِ گرم «مالاریا» را درمان می‌کند // نه # هرگز \\\" ، ؟ 🙂 שלום"
        draft = re.sub(r'"text": \{.*\},', lambda m: '"text": {"lang": "fa", "text": "%s"},' % said, self.draft(), count=1)
        self.assertEqual(record_of(self.sign(draft))["body"]["text"]["text"], json.loads(f'"{said}"'))

    def test_faults_are_told_with_line_path_and_what_would_be_right(self):
        draft = self.draft("verdict").replace('"kind": "verdict"', '"kind": "verdict",\n  "colour": 7', 1)
        draft = re.sub(r'"label": "[^"]*"', '"label": "maybe"', draft)
        draft = re.sub(r'"url": "[^"]*"', '"url": "ftp://x.example/"', draft, count=1)
        errors = self.refused(draft, says=["colour", "body.label", "false, misleading", "http://", "3 faults"])
        lines = draft.split("\n")
        for line in errors.splitlines():
            found = re.match(r".*/bad:(\d+): ([\w.\[\]]+): ", line)
            if found:
                self.assertIn(f'"{found[2].split(".")[-1]}"', lines[int(found[1]) - 1])
        self.assertEqual(len(re.findall(r"/bad:\d+: ", errors)), 3)

    def test_a_fault_in_an_erasable_field_is_told_where_it_was_written(self):
        draft = re.sub(r"(?m)^( *)// ", r"\1", self.draft("pledge"))
        draft = re.sub(r'"public_name": "[^"]*"', '"public_name": 7', draft)
        line = next(i for i, text in enumerate(draft.split("\n"), 1) if '"public_name"' in text)
        self.refused(draft, says=f"bad:{line}: body.public_name: ")

    def test_a_guard_is_told_before_anybody_else_sees_the_record(self):
        draft = re.sub(r'"vkey": "checker', '"vkey": "chequer', self.draft("organisation"))
        self.refused(draft, says=["body.keys", ORG])

    def test_what_is_no_json_is_told_by_line_and_column(self):
        draft = self.draft()
        place = f"""line {next(i for i, line in enumerate(draft.splitlines(), 1) if '"mark"' in line)}, column """
        self.refused(draft.replace('"mark": "clear"', '"mark": “clear”'), says=[place + "11", "curly"])
        self.refused(draft.replace('"mark": "clear"', '"mark": clear'), says=place)
        self.refused(draft.replace('"kind": "claim",', '"kind": "claim"'), says="line 7, column 3")
        self.refused(draft.replace('"clear",', '"clear,'), says=place)
        self.refused(draft.encode("utf-16"), says="UTF-16")
        self.refused(draft.encode().replace(b"clear", b"cl\xe9ar"), says=place)
        self.refused("", says="empty")
        self.refused("[]", says="object")
        self.refused("[" * 100000)
        self.refused("[" * 50 + "]" * 50, says="nested")
        self.refused(draft.replace('"mark"', '"mark": "clear", "mark"'), says="twice")
        self.refused("\0" * 10)

    def test_drafts_beyond_every_limit_are_refused_and_not_cut(self):
        draft = self.draft()
        self.refused(re.sub(r'"text":"[^"]*"', '"text":"' + "x" * 70000 + '"', draft, count=1), says=["65535"])
        self.refused(draft + "# " + "x" * (1 << 20), says="1048576")
        self.refused(b"x" * ((2 << 20) + 1), says="limit")

    def test_time_ahead_and_wrong_versions_are_refused(self):
        for member in ('"made": "2099-01-01T00:00:00.000Z"', '"made": 7', '"v": 99', '"salt": "AAAA"', '"sanad": 0'):
            self.refused(self.draft().replace('"kind": "claim",', f'"kind": "claim", {member},'))
        self.refused(self.draft().replace('"kind": "claim"', '"kind": "rumour"'), says="kind")
        self.refused(self.draft().replace('  "kind": "claim",\n', ""), says="kind: is missing")

    def test_no_file_is_replaced_but_by_itself_with_one_more_signature(self):
        draft = self.file("d", self.draft("verdict"))
        there = self.file("there", "kept")
        for out in (there, draft):
            before = out.read_bytes()
            done = self.sanad("record", "sign", draft, "-o", out)
            self.assertEqual(done.code, 3, done.errors)
            self.assertEqual(out.read_bytes(), before)
        note = self.folder / "v.note"
        self.assertEqual(self.sanad("record", "sign", draft, "-o", note).code, 0)
        self.assertEqual(self.sanad("record", "sign", note, "--as", "reviewer", "-o", note).code, 0)
        self.assertEqual(note.read_text().count("\n— "), 2)
        self.assertEqual(list(self.folder.glob("*.part.*")), [])


class Signers(Desk):
    def test_a_key_outside_its_purpose_signs_nothing(self):
        self.refused(self.draft(), self.key(ORG, "log"), says="log key signs no records")
        self.refused(self.draft(), "--as", "recovery", says="recovery")
        self.refused(self.draft(), self.folder / "none.key", says="none.key")

    def test_nobody_signs_in_anothers_name(self):
        self.refused(self.draft(), self.key("other.example", "author"), says="not the author")
        self.refused(self.draft("package"), self.key("other.example", "author"), says="not among")
        self.refused(self.draft("package"), "--org", "other.example", says="not among")
        self.refused(self.draft().replace(f'"org": "{ORG}"', '"org": "absent.example"'), says="no current author key")

    def test_organisations_named_in_a_record_sign_it_together(self):
        first = self.sign(self.draft("package"))
        both = self.sign(first, "--org", "desk.example")
        self.assertEqual(both.split("\n")[0], first.split("\n")[0])
        self.assertEqual(re.findall(r"(?m)^— (\S+) ", both), [ORG, "desk.example"])
        at_once = self.sign(self.draft("package"), self.key(ORG, "author"), self.key("desk.example", "author"))
        self.assertEqual(re.findall(r"(?m)^— (\S+) ", at_once), [ORG, "desk.example"])
        self.refused(both, "--org", "desk.example", says="already")

    def test_a_reviewer_gives_the_second_signature(self):
        both = self.sign(self.sign(self.draft("verdict")), "--as", "reviewer")
        self.assertEqual(re.findall(r"(?m)^— (\S+) ", both), [ORG, ORG + "/reviewer"])
        other = self.sign(self.sign(self.draft("verdict")), "--as", "reviewer", "--org", "desk.example")
        self.assertEqual(re.findall(r"(?m)^— (\S+) ", other), [ORG, "desk.example/reviewer"])

    def test_the_seventeenth_signer_is_refused_with_its_number(self):
        orgs = json.dumps([ORG] + [f"o{i}.example" for i in range(16)])
        self.refused(re.sub(r'"signers": \[.*\]', f'"signers": {orgs}', self.draft("package")), says="signer 17")

    def test_a_record_that_was_altered_gets_no_more_signatures(self):
        bundle = self.sign(self.draft("verdict"))
        altered = bundle.replace('"label":"false"', '"label":"accurate"')
        self.assertNotEqual(bundle, altered)
        self.refused(altered, "--as", "reviewer", says="does not hold")
        self.refused(bundle.replace("\n\n", "\n"), "--as", "reviewer")
        self.refused(bundle.replace("\n", "\r\n"), "--as", "reviewer")
        self.refused(bundle + "hello\n", "--as", "reviewer", says="parts")


if __name__ == "__main__":
    main()
