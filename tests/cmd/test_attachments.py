#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sanad log attach and attachment: documents that records name by their hash."""
import hashlib
import json
import re
import stat
import subprocess

from logs import Network
from program import SANAD, environment, main, run

PAGE = b"<html>\x00 the notice as it stood on that day \xff</html>\n"


def name_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Attachments(Network):
    def begin(self):
        self.vkeys = {}
        for org in ("checker.example", "desk.example", "panel.example"):
            self.vkeys[org, "author"] = self.ok("key", "new", "--org", org, "--purpose", "author", "--keys", self.keys).strip()
        self.make_logs()

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def bytes_of(self, content, *more, code=0, log=None):
        done = subprocess.run([SANAD, "log", "attachment", log or self.log, name_of(content), *more],
                              env=environment(), capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_what_was_attached_comes_back_byte_for_byte_by_the_hash_that_was_printed(self):
        page, scan = self.write("page.html", PAGE), self.write("scan.pdf", PAGE * 5000)
        self.assertEqual(self.ok("log", "attach", self.log, page, scan),
                         f"{name_of(PAGE)}\t{page}\n{name_of(PAGE * 5000)}\t{scan}\n")
        self.assertEqual(self.bytes_of(PAGE).stdout, PAGE)
        out = self.folder / "out"
        self.bytes_of(PAGE * 5000, "-o", out)
        self.assertEqual(out.read_bytes(), PAGE * 5000)
        self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
        self.assertEqual(self.ok("log", "attach", self.log, "-", stdin=b"typed"), f"{name_of(b'typed')}\t-\n")
        self.assertFalse(any(f.read_bytes() == PAGE for f in (self.log / "public").rglob("*") if f.is_file()))

    def test_what_is_there_already_is_said_and_stays_as_it_was(self):
        page = self.write("page.html", PAGE)
        first = run("log", "attach", self.log, page)
        again = run("log", "attach", self.log, page)
        self.assertEqual((first.code, first.errors, again.code, again.text), (0, "", 0, first.text))
        self.assertEqual(again.errors, f"sanad: {page}: there already as {name_of(PAGE)}\n")
        self.assertEqual(json.loads(self.ok("log", "attach", "--json", self.log, page)),
                         {"bytes": len(PAGE), "file": str(page), "id": name_of(PAGE), "there_already": True})
        self.assertEqual(self.bytes_of(PAGE).stdout, PAGE)

    def test_a_file_that_cannot_be_kept_keeps_no_other_out_and_is_named(self):
        page, empty, large = self.write("page.html", PAGE), self.write("empty", b""), self.folder / "large"
        with large.open("wb") as f:
            f.truncate((64 << 20) + 1)
        absent = self.folder / "absent"
        done = run("log", "attach", self.log, absent, empty, large, self.folder, page)
        self.assertEqual((done.code, done.text), (3, f"{name_of(PAGE)}\t{page}\n"))
        for name, line in zip((absent, empty, large, self.folder), done.errors.splitlines(), strict=True):
            self.assertIn(str(name), line)
        self.assertRegex(done.errors.splitlines()[2], str(64 << 20))
        with large.open("wb") as f:
            f.truncate(64 << 20)
        self.ok("log", "attach", self.log, large)

    def test_a_damaged_one_is_told_and_not_given_out_and_put_right_by_attaching_it_again(self):
        page, out = self.write("page.html", PAGE), self.folder / "out"
        self.ok("log", "attach", self.log, page)
        kept = self.log / "attachments" / name_of(PAGE)[7:]
        kept.write_bytes(PAGE.replace(b"notice", b"notise"))
        done = self.bytes_of(PAGE, code=3)
        self.assertEqual(done.stdout, b"")
        self.assertIn(b"another hash", done.stderr)
        self.bytes_of(PAGE, "-o", out, code=3)
        self.assertFalse(out.exists())
        done = run("log", "attach", self.log, page)
        self.assertEqual((done.code, done.errors), (0, ""))
        self.assertEqual(self.bytes_of(PAGE).stdout, PAGE)

    def test_what_is_not_there_is_told_from_a_folder_that_is_no_log(self):
        done = self.bytes_of(PAGE, code=3)
        self.assertEqual(done.stderr.decode(), f"sanad: {self.log}: holds no attachment {name_of(PAGE)}\n")
        self.assertIn(b"no folder of a log", self.bytes_of(PAGE, code=3, log=self.folder / "absent").stderr)
        self.assertIn("sha256:", self.refused("log", "attachment", self.log, "sha256:12"))
        self.refused("log", "attach", self.log, code=2)

    def test_a_backup_has_it_and_a_log_that_takes_nothing_does_not_take_it(self):
        page, backup, again = self.write("page.html", PAGE), self.folder / "backup", self.folder / "again"
        self.ok("log", "attach", self.log, page)
        self.ok("log", "backup", self.log, backup)
        self.assertEqual(self.bytes_of(PAGE, log=backup).stdout, PAGE)
        self.ok("log", "restore", backup, again)
        other = self.write("other", b"other")
        errors = self.refused("log", "attach", again, other, page, "--log-key", f"{self.log}.key", code=4)
        self.assertIn("confirm", errors)
        self.bytes_of(b"other", code=3, log=again)

    def test_the_help_says_what_never_belongs_there(self):
        text = re.sub(r"\s+", " ", self.ok("help", "log", "attach"))
        self.assertIn("content of terrorist material is never stored", text)
        self.assertIn("64 MiB", text)


if __name__ == "__main__":
    main()
