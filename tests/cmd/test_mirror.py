#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sanad log mirror and verify against sources that are slow, cut off, closed, or not what was meant."""
import contextlib
import functools
import http.server
import json
import os
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from program import BUILD, main, run

MAKE_LOG = os.environ.get("MAKE_LOG", str(BUILD / "tests/ledger/make_log"))


class Cutting(http.server.SimpleHTTPRequestHandler):
    """Answers `left` requests, then closes every connection without a word."""
    protocol_version = "HTTP/1.1"
    left, guard = 0, threading.Lock()

    def log_message(self, *args):
        pass

    def do_GET(self):
        with self.guard:
            Cutting.left -= 1
            answers = Cutting.left >= 0
        if answers:
            return super().do_GET()
        self.close_connection = True


@contextlib.contextmanager
def served(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Cutting, directory=str(folder)))
    server.daemon_threads, server.block_on_close = True, False
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Mirrors(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory()
        self.folder = Path(self.holder.name)
        self.log, self.copy = self.folder / "log", self.folder / "copy"
        self.log.mkdir()

    def tearDown(self):
        self.holder.cleanup()

    def make(self, *sizes):
        subprocess.run([MAKE_LOG, str(self.log), *map(str, sizes)], check=True)
        for line in (self.log / "key").read_text().splitlines():
            self.key = line

    def n_files(self):
        return sum(1 for f in self.copy.rglob("*") if f.is_file())

    def mirror(self, url, *more):
        return run("log", "mirror", "--private", "--json", "--key", self.key, url, self.copy, *more)

    def finish(self, size, runs):
        """Runs a mirror against a server that cuts each of them off, until one is through."""
        with served(self.log) as url:
            for n in range(runs):
                before, Cutting.left = self.n_files(), 6
                done = self.mirror(url)
                if done.code == 0:
                    break
                self.assertGreater(self.n_files(), before, done.errors)
        self.assertEqual((done.code, json.loads(done.text or "{}").get("entries")), (0, size), done.errors)
        self.assertEqual(run("log", "verify", "--key", self.key, self.copy).code, 0)

    def test_each_run_goes_on_where_a_server_cut_off_the_one_before(self):
        self.make(3000)
        self.finish(3000, 15)

    def test_so_does_a_mirror_that_follows(self):
        self.make(300)
        self.finish(300, 4)
        self.make(3000)
        self.finish(3000, 15)

    def test_an_address_that_is_not_asked_says_how_to_have_it_asked(self):
        self.make(3)
        done = run("log", "mirror", "--key", self.key, "http://127.0.0.1:9/", self.copy)
        self.assertEqual(done.code, 3)
        self.assertIn("--private", done.errors)
        self.assertNotIn("--private", self.mirror("http://127.0.0.1:9/").errors)

    def test_an_address_of_another_scheme_is_no_folder(self):
        self.make(3)
        for verb in (("mirror", "--key", self.key, "ftp://copies.example/log", self.copy), ("repair", self.log, "ftp://copies.example/log")):
            done = run("log", *verb)
            self.assertEqual(done.code, 2, done.errors)
            self.assertIn("https://", done.errors)

    def test_a_missing_file_is_named_once_in_a_line(self):
        self.make(300)
        (self.log / "tile/entries/000").unlink()
        done = run("log", "verify", "--key", self.key, self.log)
        self.assertEqual((done.code, done.errors), (3, "sanad: tile/entries/000: missing\n"))


if __name__ == "__main__":
    main()
