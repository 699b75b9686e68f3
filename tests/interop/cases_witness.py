# SPDX-License-Identifier: Apache-2.0
"""Witnesses: others cosign our checkpoints, and ours answers strangers as theirs do."""
import base64
import contextlib
import hashlib
import json
import os
import random
import re
import sys

import ours
import parts
import witnesses
from ours import case, run

os.environ.setdefault("SANAD", str(ours.SANAD))
sys.path.insert(0, str(ours.SOURCE / "tests/cmd"))
import logs  # noqa: E402

WITNESS = "watcher.example/w1"
ZERO = base64.b64encode(bytes(32)) + b"\n"


def folder_of(path):
    path.mkdir()
    return path


@contextlib.contextmanager
def our_witness(folder, log_vkeys):
    vkey = ours.key(folder / "keys", "witness", WITNESS, "w1")
    with witnesses.ours(folder, ours.SANAD, folder / "keys/witness.key", vkey, log_vkeys) as witness:
        yield witness


# ---- others cosign our checkpoints ----


class Network(logs.Network):
    """A log with members whose key, and so whose origin, is given."""

    def open(self, folder, origin):
        self.folder, self.log, self.keys, self.n_files, self.vkeys = folder, folder / "log", folder / "keys", 0, {}
        self.vkey = ours.key(folder, "log", origin)
        self.origin = self.vkey.split("+")[0]
        for org in logs.ORGS:
            for purpose in ("author", "reviewer"):
                self.vkeys[org, purpose] = self.ok("key", "new", "--org", org, "--purpose", purpose, "--keys", self.keys).strip()
        self.ok("log", "init", "--log-key", folder / "log.key", self.log, *(self.vkeys[org, "author"] for org in logs.ORGS))
        for org in logs.ORGS:
            self.submit(self.sign(self.organisation(org)))
        return self

    def organisation(self, org, **more):
        return super().organisation(org, home_log=self.origin, **more)

    def ask(self, *asked):
        config = json.loads((self.log / "node.json").read_text())
        config["witnesses"] = [{"key": witness.vkey, "url": witness.url} for witness in asked]
        (self.log / "node.json").write_text(json.dumps(config))


def cosigned(network, *asked):
    with witnesses.served(network.log / "public") as url:
        run(parts.check(), "cosigned", url, network.vkey, *(witness.vkey for witness in asked))


def cosign_twice(network, *asked):
    """A first checkpoint, a grown log, the same size again; then a fork that nobody may sign."""
    network.ask(*asked)
    network.ok("log", "cosign", network.log)
    cosigned(network, *asked)
    fork = network.copy_of(network.log)
    for i in range(3):
        network.add(network.claim(f"Salt water cures malaria number {i}"))
        network.ok("log", "cosign", network.log)
        cosigned(network, *asked)
    network.ok("log", "cosign", network.log)
    network.ok("log", "verify", network.log, "--key", network.vkey)
    said = run(sys.executable, ours.SOURCE / "tools/verify_log.py", network.log, "--key", network.vkey,
               *(arg for witness in asked for arg in ("--key", witness.vkey))).decode()
    assert all(witness.vkey.split("+")[0] in said for witness in asked), said
    network.log = fork
    for i in range(5):
        network.add(network.claim(f"Onions draw germs out of the air, says number {i}"))
    said = network.refused("log", "cosign", fork)
    assert all(f"{witness.vkey.split('+')[0]}: it answered 422" in said for witness in asked), said


@case("litewitness cosigns our checkpoints as the log grows, and refuses its fork")
def by_litewitness(folder):
    parts.check(), parts.litewitness()
    network = Network().open(folder_of(folder / "net"), "checker.example/log")
    with witnesses.litewitness(folder_of(folder / "lite"), [network.vkey]) as lite:
        cosign_twice(network, lite)


@case("sigsum-witness of Debian cosigns beside litewitness a log of its own form of origin")
def by_sigsum(folder):
    parts.check(), parts.litewitness(), parts.sigsum()
    network = Network().open(folder_of(folder / "net"), "sigsum")
    public = base64.b64decode(network.vkey.split("+", 2)[2])[1:]
    with witnesses.litewitness(folder_of(folder / "lite"), [network.vkey]) as lite, \
            witnesses.sigsum(folder_of(folder / "sigsum"), public) as sigsum:
        cosign_twice(network, lite, sigsum)


# ---- our witness beside theirs ----


def other_letter(text, at):
    return text[:at] + (b"A" if text[at:at + 1] != b"A" else b"B") + text[at + 1:]


class Requests:
    """Bodies of add-checkpoint over one log, its fork, a log nobody watches and a key nobody trusts."""

    def __init__(self, folder, origin=ours.ORIGIN):
        self.folder, self.keys = folder, folder / "keys"
        self.vkey = ours.key(self.keys, name=origin)
        self.fresh = ours.key(folder / "fresh", name="exchange.example/log2")
        strange = {"key": (self.vkey.split("+")[0], "log9"), "origin": ("exchange.example/log9", "log1")}
        for name, (origin, seed) in strange.items():
            ours.key(folder / name, name=origin, seed=seed)
        self.made = {}

    def __call__(self, size, old, keys=None, first=0):
        """Checkpoint of `size` with the proof from `old`; old of another log when it is larger."""
        keys = keys or self.keys
        home = self.folder / f"{keys.name}-{first}-{size}"
        if home not in self.made:
            self.made[home] = ours.log(home, size, first=first, keys=keys)
        return ours.request(home, self.made[home], old)

    def table(self):
        """(name, body, (status, what stands in our answer)), in an order that means something: witnesses remember."""
        good, fork = self, lambda size, old: self(size, old, first=1000)
        head, _, note = good(5, 3).partition(b"\n\n")
        split = good(5, 3).split(b"\n")
        strange_key, strange_origin = self(5, 3, self.folder / "key"), self(5, 3, self.folder / "origin")
        fresh = lambda size, old: self(size, old, self.folder / "fresh")  # noqa: E731
        return [
            ("the empty tree", good(0, 0), (200, WITNESS)),
            ("the first checkpoint", good(3, 0), (200, WITNESS)),
            ("the same again", good(3, 3), (200, WITNESS)),
            ("nothing", b"", (400, "")),
            ("no request", b"garbage", (400, "")),
            ("no checkpoint", b"old 3\n\n", (400, "")),
            ("no empty line", b"old 3\n" + note, (400, "")),
            ("no old", good(5, 3).replace(b"old 3", b"older 3"), (400, "")),
            ("old is negative", good(5, 3).replace(b"old 3", b"old -3"), (400, "")),
            ("old is no number", good(5, 3).replace(b"old 3", b"old three"), (400, "")),
            ("old has a leading zero", good(3, 3).replace(b"old 3", b"old 03"), (400, "")),
            ("old is larger", good(3, 3).replace(b"old 3", b"old 5"), (400, "")),
            ("a line of the proof is no hash", head + b"\nhash\n\n" + note, (400, "")),
            ("a line of the proof is short", head + b"\nAAAA\n\n" + note, (400, "")),
            ("64 lines of a proof", b"old 3\n" + 64 * ZERO + b"\n" + note, (400, "")),
            ("63 wrong lines of a proof", b"old 3\n" + 63 * ZERO + b"\n" + note, (422, "")),
            ("an origin that is not watched", strange_origin, (404, "")),
            ("an unknown key", strange_key, (403, "")),
            ("an altered signature", other_letter(good(5, 3), -20), (403, "")),
            ("an altered size", good(5, 3).replace(b"\n5\n", b"\n6\n"), (403, "")),
            ("too small an old", good(5, 1), (409, "3\n")),
            ("old is 0", good(5, 0), (409, "3\n")),
            ("another root of the same size", fork(3, 3), (422, "")),
            ("a proof of the same size", good(3, 3).replace(b"old 3\n", b"old 3\n" + ZERO), (422, "")),
            ("a proof of zeros", b"old 3\n" + ZERO + b"\n" + note, (422, "")),
            ("no proof", b"old 3\n\n" + note, (422, "")),
            ("a proof that lacks a hash", b"\n".join(split[:1] + split[2:]), (422, "")),
            ("a proof with one hash more", head + b"\n" + ZERO + b"\n" + note, (422, "")),
            ("a fork with its own proof", fork(5, 3), (422, "")),
            ("what follows", good(5, 3), (200, WITNESS)),
            ("what followed", good(5, 3), (409, "5\n")),
            ("a larger old than there is", good(5, 5).replace(b"old 5", b"old 9"), (400, "")),
            ("an earlier checkpoint", good(3, 3), (409, "5\n")),
            ("a line of a stranger beside", good(8, 5) + strange_key.rsplit(b"\n", 2)[1] + b"\n", (200, WITNESS)),
            ("a proof from nothing", fresh(3, 0).replace(b"old 0\n", b"old 0\n" + ZERO), (422, "")),
            ("another log", fresh(5, 3), (409, "0\n")),
        ]


def same_answers(folder, requests, other, others):
    """Compares answer by answer. others: theirs by name of the request, where it is not what the text of C2SP asks."""
    with our_witness(folder_of(folder / "ours"), [requests.vkey, requests.fresh]) as mine:
        for what, body, (status, begins) in requests.table():
            got = mine.add(body)
            assert got[0] == status and begins in got[2].decode(), f"{what}: ours answered {got}"
            assert status != 409 or got[1] == "text/x.tlog.size", f"{what}: {got}"
            theirs = other.add(body)
            assert theirs[0] == others.get(what, status), f"{what}: ours {got}, theirs {theirs}"
            assert status != 409 or what in others or got == theirs, f"{what}: ours {got}, theirs {theirs}"


@case("our witness answers every request as litewitness does, good and bad")
def beside_litewitness(folder):
    requests = Requests(folder)
    others = {"no checkpoint": 404,  # it asks for the origin before it reads the note
              "old has a leading zero": 200, "a proof from nothing": 200, "another log": 200}
    with witnesses.litewitness(folder_of(folder / "lite"), [requests.vkey, requests.fresh]) as other:
        same_answers(folder, requests, other, others)


@case("our witness answers every request as sigsum-witness does, good and bad")
def beside_sigsum(folder):
    requests = Requests(folder, "sigsum")
    others = {"a proof of the same size": 400, "no proof": 400, "a proof from nothing": 400,
              "a line of a stranger beside": 400,  # it takes one line of the log's name
              "another log": 404}  # it watches one
    with witnesses.sigsum(folder_of(folder / "sigsum"), base64.b64decode(requests.vkey.split("+", 2)[2])[1:]) as other:
        same_answers(folder, requests, other, others)


PIECES = [b"\n", b"\r", b" ", b"\n\n", b"\0", b"=", b"0", b"+", b"-", "\u2014 ".encode()]
LINES = [b"", b"0", b"3", b"5", b"-1", b"9223372036854775807", b"9223372036854775808", ZERO[:-1], b"old 3", b"old 0"]


def altered(rng, body):
    """A body with one to three changes: of bits, bytes, pieces, whole lines, the end."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at, lines = rng.randrange(len(body) + 1), body.split(b"\n")
        line, kind = rng.randrange(len(lines)), rng.randrange(7)
        if kind == 0 and at < len(body):
            body = body[:at] + bytes([body[at] ^ 1 << rng.randrange(8)]) + body[at + 1:]
        elif kind == 1:
            body = body[:at] + body[at + rng.choice((1, 1, 2, 10)):]
        elif kind == 2:
            body = body[:at] + rng.choice(PIECES) + body[at:]
        elif kind == 3:
            body = body[:at]
        elif kind == 4:
            body = b"\n".join(lines[:line] + lines[line + 1:])
        elif kind == 5:
            body = b"\n".join(lines[:line + 1] + lines[line:])
        else:
            body = b"\n".join(lines[:line] + [rng.choice(LINES)] + lines[line + 1:])
    return body


def two_spellings(body):
    """What Go reads and we do not: signs and zeros before a number, CR within base64; and a proof from nothing, which
    C2SP forbids."""
    return re.match(rb"old [+0]", body) or b"\r" in body


@case("our witness signs nothing that litewitness refuses, in 2,000 altered requests")
def beside_litewitness_altered(folder):
    """Ours reads all of the request first: what it answers with 400, litewitness may refuse otherwise. Ours refuses
    what has a second spelling; then it is told what theirs took."""
    rng, requests = random.Random(1), Requests(folder)
    sizes = [3, 5, 8, 13, 100, 256, 257, 300]
    bodies = {(new, old): requests(new, old) for old in [0, *sizes] for new in sizes if old <= new}
    with witnesses.litewitness(folder_of(folder / "lite"), [requests.vkey]) as other, \
            our_witness(folder_of(folder / "ours"), [requests.vkey]) as mine:
        known, n_signed = 0, 0
        for i in range(2000):
            whole = rng.choice([key for key in bodies if key[1] == known or rng.random() < 0.02])
            body = altered(rng, bodies[whole]) if i % 100 else bodies[whole]
            got, theirs = mine.add(body), other.add(body)
            pair, shown = (got[0], theirs[0]), f"{body!r}: ours {got}, theirs {theirs}"
            if theirs[0] == 200 != got[0]:
                assert two_spellings(body), shown
                assert mine.add(bodies[whole])[0] == 200, shown
            else:
                assert pair[0] in (pair[1], 400), shown
                assert got[0] != 409 or got == theirs, shown
            n_signed += got[0] == 200
            known = whole[0] if theirs[0] == 200 else known
        assert n_signed >= 10, n_signed


@case("what our witness signed, torchwood believes, also from the address where monitors read it")
def monitor(folder):
    check = parts.check()
    requests = Requests(folder)
    with our_witness(folder_of(folder / "ours"), [requests.vkey]) as mine:
        body = requests(5, 0)
        status, _, lines = mine.add(body)
        assert status == 200, status
        public = folder_of(folder / "public")
        (public / "checkpoint").write_bytes(body.split(b"\n\n", 1)[1] + lines)
        with witnesses.served(public) as url:
            run(check, "cosigned", url, requests.vkey, mine.vkey)
        latest = f"{mine.url}/{hashlib.sha256(ours.ORIGIN.encode()).hexdigest()}"
        run(check, "cosigned", latest, requests.vkey, mine.vkey)


@case("Tessera's own client gets its checkpoints cosigned by our witness")
def asked_by_tessera(folder):
    check = parts.check()
    vkey = ours.log(folder, 700)
    with our_witness(folder_of(folder / "ours"), [vkey]) as mine:
        theirs = folder_of(folder / "tessera")
        run(check, "witnessed", theirs, folder / "keys/log.skey", mine.vkey, mine.url, stdin=ours.bundles(folder / "log/public"))
        with witnesses.served(theirs) as url:
            run(check, "cosigned", url, vkey, mine.vkey)
        text, own = (theirs / "checkpoint").read_text(), (folder / "log/public/checkpoint").read_text()
        assert text.startswith(own), f"{text}\n{own}"
