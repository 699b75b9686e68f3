#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sanad key: making, listing, replacing and taking back keys."""
import base64
import fcntl
import hashlib
import json
import os
import pty
import subprocess
import tempfile
import termios
import time
import unittest
from pathlib import Path

from program import SANAD, environment, main, run

ORG = "checker.example"


class Keys(unittest.TestCase):
    """A folder of keys that is not there yet."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.keys = self.folder / "a" / "keys"

    def sanad(self, *args, **more):
        more.setdefault("SANAD_KEYS", str(self.keys))
        return run(*args, **more)

    def new(self, purpose="author", *args, org=ORG):
        done = self.sanad("key", "new", "--org", org, "--purpose", purpose, *args)
        self.assertEqual(done.code, 0, done.errors)
        return done.text.strip()

    def listed(self, *args):
        return json.loads(self.sanad("key", "list", "--json", *args).text)

    def refused(self, *args, code=3, says="", **env):
        done = self.sanad(*args, **env)
        self.assertEqual((done.code, done.text), (code, ""), done.errors)
        self.assertIn(says, done.errors)
        return done

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


def key_id(line):
    """By the format page: the first four bytes of SHA-256(name, line feed, type and key)."""
    name, _, b64 = line.split("+", 2)
    return hashlib.sha256(name.encode() + b"\n" + base64.b64decode(b64)).hexdigest()[:8]


class New(Keys):
    def test_a_key_is_made_for_its_owner_alone(self):
        line = self.new()
        name, said, b64 = line.split("+", 2)
        self.assertEqual((name, said), (ORG, key_id(line)))
        self.assertEqual(base64.b64decode(b64)[0], 1)
        self.assertEqual(self.keys.stat().st_mode & 0o7777, 0o700)
        file, = self.keys.iterdir()
        self.assertEqual(file.name, f"{ORG}.author.{said}.key")
        self.assertEqual(file.stat().st_mode & 0o7777, 0o600)
        lines = file.read_text().splitlines()
        self.assertEqual(lines[:3], ["# sanad key 1", f"# org: {ORG}", "# purpose: author"])
        self.assertEqual(lines[4], "# public: " + line)
        self.assertTrue(lines[5].startswith(f"PRIVATE+KEY+{ORG}+{said}+"))
        self.assertEqual(len(lines), 6)

    def test_each_purpose_has_a_key_of_its_own_name_and_type(self):
        for purpose, name, kind in (("author", ORG, 1), ("reviewer", ORG + "/reviewer", 1), ("log", ORG + "/log", 1),
                                    ("witness", ORG + "/witness", 4), ("mirror", ORG + "/mirror", 4),
                                    ("recovery", ORG + "/recovery", 1)):
            line = self.new(purpose)
            self.assertEqual(line.split("+")[0], name)
            self.assertEqual(base64.b64decode(line.split("+", 2)[2])[0], kind)
        self.assertTrue(self.new("log", "--name", "log." + ORG).startswith(f"log.{ORG}+"))

    def test_a_recovery_key_comes_with_the_hash_to_commit_to(self):
        done = self.sanad("key", "new", "--org", ORG, "--purpose", "recovery")
        self.assertIn("sha256:" + hashlib.sha256(done.text.strip().encode()).hexdigest(), done.errors)

    def test_names_that_are_somebody_elses_are_refused(self):
        for org in ("Checker.example", "checker", "", "a b.example", "-x.example", "x" * 300 + ".example", "../up.example",
                    "чекер.example"):
            self.refused("key", "new", "--org", org, "--purpose", "author", code=3)
        for name in ("other.example/log", "my" + ORG, ORG, ORG + "/", ORG + "/a b", ORG + "/a+b"):
            self.refused("key", "new", "--org", ORG, "--purpose", "log", "--name", name)
        self.refused("key", "new", "--org", ORG, "--purpose", "author", "--name", ORG + "/author")
        self.refused("key", "new", "--org", ORG, "--purpose", "king", code=2, says="witness")
        self.refused("key", "new", "--purpose", "log", code=2, says="--org")
        self.assertFalse(self.keys.exists())

    def test_a_second_key_for_the_same_thing_is_not_made_by_accident(self):
        self.new()
        self.refused("key", "new", "--org", ORG, "--purpose", "author", says="key rotate")
        self.assertEqual(len(list(self.keys.iterdir())), 1)
        self.new(org="desk.example")
        self.new("reviewer", "--name", ORG + "/r1")
        self.new("reviewer", "--name", ORG + "/r2")

    def test_the_folder_follows_the_options_and_the_home(self):
        home = self.folder / "home"
        home.mkdir()
        for n, (args, env, where) in enumerate((
                (["--keys", self.folder / "k1"], {"SANAD_KEYS": str(self.keys)}, self.folder / "k1"),
                ([], {"SANAD_KEYS": None, "XDG_CONFIG_HOME": str(self.folder / "c")}, self.folder / "c/sanad/keys"),
                ([], {"SANAD_KEYS": None, "HOME": str(home)}, home / ".config/sanad/keys"))):
            done = self.sanad("key", "new", "--org", f"o{n}.example", "--purpose", "author", *args, **env)
            self.assertEqual(done.code, 0, done.errors)
            self.assertEqual(len(list(where.iterdir())), 1)

    def test_a_folder_that_cannot_be_written_is_named(self):
        self.file("a", "no folder")
        self.refused("key", "new", "--org", ORG, "--purpose", "author", code=4, says=str(self.folder / "a"))
        if os.geteuid() == 0:
            return  # root writes anywhere
        locked = self.folder / "locked"
        locked.mkdir(mode=0o500)
        self.refused("key", "new", "--org", ORG, "--purpose", "author", "--keys", locked, code=4, says=str(locked))


class Listing(Keys):
    def test_what_there_is_can_be_seen_without_a_passphrase(self):
        self.new("author", "--passphrase-file", self.file("p", "a long secret\nsecond line\n"))
        line = self.new("log")
        done = self.sanad("key", "list")
        self.assertRegex(done.text, rf"{ORG} +author +[0-9a-f]{{8}} +20\d\d-\d\d-\d\d +sealed +current")
        self.assertRegex(done.text, rf"{ORG} +log +[0-9a-f]{{8}} +20\d\d-\d\d-\d\d +open +current")
        self.assertIn(line, self.sanad("key", "list", "--public").text.splitlines())
        author, log = self.listed("--org", ORG)
        self.assertEqual((author["purpose"], author["sealed"], log["sealed"]), ("author", True, False))
        self.assertEqual(log["public"], line)
        self.assertNotIn("secret", done.text)

    def test_no_keys_is_an_answer_and_not_a_failure(self):
        done = self.sanad("key", "list")
        self.assertEqual((done.code, done.text), (1, ""))
        self.assertIn(str(self.keys), done.errors)
        self.assertEqual(self.sanad("key", "list", "--json").text, "[]\n")

    def test_files_that_others_can_read_or_that_are_broken_are_reported_and_not_used(self):
        self.new()
        good, = self.keys.iterdir()
        broken = self.keys / "b.key"
        broken.write_text("hello")
        broken.chmod(0o600)
        shown = self.keys / "shown.key"
        shown.write_bytes(good.read_bytes())
        shown.chmod(0o644)
        edited = self.keys / "edited.key"
        edited.write_bytes(good.read_bytes().replace(b"\n", b"\r\n"))
        edited.chmod(0o600)
        done = self.sanad("key", "list")
        self.assertEqual(done.code, 3)
        self.assertEqual(len(done.text.splitlines()), 1)
        self.assertIn("chmod 600", done.errors)
        self.assertIn("b.key", done.errors)
        self.assertIn("carriage", done.errors)


def on_terminal(command, answers, env):
    """(exit code, what the terminal showed): each answer is typed once a colon asks for it."""
    try:
        master, slave = pty.openpty()
    except OSError as e:
        raise unittest.SkipTest(f"no terminal can be made here: {e}") from e

    def own_terminal():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    process = subprocess.Popen([SANAD, *map(str, command)], stdin=slave, stdout=slave, stderr=slave,
                               env=environment(**env), preexec_fn=own_terminal)
    os.close(slave)
    shown, asked, deadline = b"", 0, time.time() + 60
    while time.time() < deadline:
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        while asked < len(answers) and shown.count(b":\r\n") > asked:
            time.sleep(0.2)  # until the echo is off
            os.write(master, answers[asked].encode() + b"\n")
            asked += 1
    os.close(master)
    return process.wait(timeout=60), shown.decode()


class Passphrases(Keys):
    def test_a_passphrase_is_asked_for_twice_and_never_shown(self):
        command = ["key", "new", "--org", ORG, "--purpose", "author", "--passphrase"]
        env = {"SANAD_KEYS": str(self.keys)}
        code, shown = on_terminal(command, ["từ khóa", "từ khác"], env)
        self.assertEqual(code, 3, shown)
        self.assertIn("not the same", shown)
        self.assertFalse(self.keys.exists())
        code, shown = on_terminal(command, ["từ khóa", "từ khóa"], env)
        self.assertEqual(code, 0, shown)
        self.assertNotIn("khóa", shown)
        draft = self.file("d", self.sanad("record", "new", "claim").text)
        code, shown = on_terminal(["record", "sign", draft, "-o", self.folder / "n"], ["từ khóa"], env)
        self.assertEqual(code, 0, shown)
        self.assertNotIn("khóa", shown)
        code, shown = on_terminal(["record", "sign", draft, "-o", self.folder / "m"], ["wrong"], env)
        self.assertEqual(code, 3, shown)
        self.assertFalse((self.folder / "m").exists())

    def test_scripts_give_the_passphrase_by_a_file(self):
        phrase, wrong = self.file("p", b"secret\r\n"), self.file("w", b"secret ")
        self.new("author", "--passphrase-file", phrase)
        draft = self.file("d", self.sanad("record", "new", "claim").text)
        done = self.sanad("record", "sign", draft, "--passphrase-file", self.file("q", "secret"))
        self.assertEqual(done.code, 0, done.errors)
        self.refused("record", "sign", draft, "--passphrase-file", wrong, says="passphrase")
        self.refused("record", "sign", draft, "--passphrase-file", self.folder / "none", says="none")
        self.refused("key", "new", "--org", "b.example", "--purpose", "author", "--passphrase-file", self.file("e", "\n"),
                     says="empty")
        self.refused("key", "new", "--org", "b.example", "--purpose", "author", "--passphrase-file",
                     self.file("l", "x" * 1025), says="1024")


class Introduction(Keys):
    def test_an_organisation_introduces_itself_with_the_keys_it_has(self):
        lines = {p: self.new(p) for p in ("author", "reviewer", "log", "recovery")}
        self.new(org="desk.example")
        draft = self.file("d", self.sanad("record", "new", "organisation", "--org", ORG).text)
        done = self.sanad("record", "sign", draft)
        self.assertEqual(done.code, 0, done.errors)
        body = json.loads(done.text.split("\n")[0])["body"]
        self.assertEqual({k["purpose"]: k["vkey"] for k in body["keys"]},
                         {p: lines[p] for p in ("author", "reviewer", "log")})
        self.assertEqual(body["recovery"], "sha256:" + hashlib.sha256(lines["recovery"].encode()).hexdigest())


class Change(Keys):
    """An organisation whose record is signed."""

    def setUp(self):
        super().setUp()
        self.old = self.new("author", "--passphrase-file", self.file("p0", "one")) if self.sealed else self.new()
        self.recovery = self.new("recovery")
        draft = self.sanad("record", "new", "organisation").text
        self.record = self.sign(self.file("org.draft", draft), "org.note")

    sealed = False

    def sign(self, draft, name, *args):
        done = self.sanad("record", "sign", draft, "-o", self.folder / name, *args)
        self.assertEqual(done.code, 0, done.errors)
        return self.folder / name

    def change(self, verb, purpose, *args):
        out = self.folder / f"{verb}.{purpose}.draft"
        done = self.sanad("key", verb, "--org", ORG, "--purpose", purpose, "--record", self.record, "-o", out, *args)
        self.assertEqual(done.code, 0, done.errors)
        return out

    def text(self, path):
        return json.loads(path.read_text().split("\n")[0])


class Rotate(Change):
    def test_the_old_key_hands_over_to_the_new_one(self):
        old_id = "sha256:" + hashlib.sha256((self.record.read_text().split("\n")[0] + "\n").encode()).hexdigest()
        note = self.sign(self.change("rotate", "author"), "next.note")
        record = self.text(note)
        self.assertEqual(record["prev"], old_id)
        before, after = record["body"]["keys"]
        self.assertEqual(before["vkey"], self.old)
        self.assertEqual(before["until"], after["from"])
        self.assertNotIn("until", after)
        self.assertNotIn("last_good", record["body"])
        new = [k for k in self.listed() if k["purpose"] == "author" and k["state"] == "current"]
        self.assertEqual([k["public"] for k in new], [after["vkey"]])
        retired, = [k for k in self.listed() if k["state"] == "retired"]
        self.assertEqual((retired["public"], retired["ended"]), (self.old, before["until"]))
        # What others can check is signed by the key they know.
        signature = base64.b64decode(note.read_text().strip().split(" ")[-1])
        self.assertEqual(signature[:4].hex(), self.old.split("+")[1])
        # Everything else is the new key's work.
        claim = self.sign(self.file("c", self.sanad("record", "new", "claim").text), "claim.note")
        signature = base64.b64decode(claim.read_text().strip().split(" ")[-1])
        self.assertEqual(signature[:4].hex(), after["vkey"].split("+")[1])

    def test_the_old_key_signs_nothing_else(self):
        self.change("rotate", "author")
        old, = [k["file"] for k in self.listed() if k["state"] == "retired"]
        claim = self.file("c", self.sanad("record", "new", "claim").text)
        self.refused("record", "sign", claim, old, says="retired")

    def test_a_recovery_key_is_replaced_behind_its_hash(self):
        record = self.text(self.sign(self.change("rotate", "recovery"), "next.note"))
        new, = [k["public"] for k in self.listed() if k["purpose"] == "recovery" and k["state"] == "current"]
        self.assertEqual(record["body"]["recovery"], "sha256:" + hashlib.sha256(new.encode()).hexdigest())
        self.assertNotIn(new, json.dumps(record))

    def test_what_cannot_be_replaced_is_said_and_nothing_is_made(self):
        files = sorted(p.name for p in self.keys.iterdir())
        base = ["key", "rotate", "--org", ORG, "--record", self.record]
        self.refused(*base, "--purpose", "log", says="no log key")
        self.refused(*base, "--purpose", "author", "--name", "x", says="no author key")
        self.refused(*base[:4], "--purpose", "author", "--record", self.folder / "none", says="none")
        self.refused("key", "rotate", "--org", "b.example", "--record", self.record, "--purpose", "author", says="b.example")
        self.refused(*base[:4], "--purpose", "author", "--record", self.file("junk", "junk"), says="junk")
        there = self.file("there", "kept")
        self.refused(*base, "--purpose", "author", "-o", there, says="exists")
        self.assertEqual(there.read_text(), "kept")
        self.assertEqual(sorted(p.name for p in self.keys.iterdir()), files)
        self.assertEqual({k["state"] for k in self.listed()}, {"current"})


class Revoke(Change):
    sealed = True  # nobody needs the thief's passphrase to mark the file

    def sign(self, draft, name, *args):
        return super().sign(draft, name, "--passphrase-file", self.folder / "p0", *args)

    def test_a_stolen_key_is_outranked_by_the_recovery_key(self):
        note = self.sign(self.change("revoke", "author", "--last-good", "1024"), "next.note")
        record = self.text(note)
        self.assertEqual(record["body"]["last_good"], 1024)
        stolen, shown, new = record["body"]["keys"]
        self.assertIn("until", stolen)
        self.assertEqual((shown["purpose"], shown["vkey"]), ("recovery", self.recovery))
        self.assertEqual(new["purpose"], "author")
        signature = base64.b64decode(note.read_text().strip().split(" ")[-1])
        self.assertEqual(signature[:4].hex(), self.recovery.split("+")[1])
        revoked, = [k for k in self.listed() if k["state"] == "revoked"]
        self.assertEqual(revoked["public"], self.old)
        self.assertTrue(Path(revoked["file"]).exists())

    def test_a_lost_key_is_revoked_without_its_file(self):
        for path in self.keys.glob(f"{ORG}.author.*"):
            path.unlink()
        note = self.sign(self.change("revoke", "author", "--last-good", "0"), "next.note")
        self.assertEqual(self.text(note)["body"]["keys"][0]["vkey"], self.old)

    def test_without_a_recovery_key_the_revoked_key_itself_says_so(self):
        for path in self.keys.glob(f"{ORG}.recovery.*"):
            path.unlink()
        note = self.sign(self.change("revoke", "author", "--last-good", "7"), "next.note")
        signature = base64.b64decode(note.read_text().strip().split(" ")[-1])
        self.assertEqual(signature[:4].hex(), self.old.split("+")[1])

    def test_an_index_that_is_none_is_refused(self):
        for index in ("-1", "x", "9007199254740992", "1e3", ""):
            self.refused("key", "revoke", "--org", ORG, "--purpose", "author", "--record", self.record, "--last-good", index,
                         code=2, says="last-good")


if __name__ == "__main__":
    main()
