# SPDX-License-Identifier: Apache-2.0
"""Logs: tiles, checkpoints, proofs and entries beside x/mod, torchwood and Tessera."""
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ours
import parts
import witnesses
from ours import Refused, case, refuses, run

SMALL, LARGE = [1, 3, 255, 256, 257], 70000
GROWN = [1, 3, 300, 5000, 65536, LARGE]  # sizes at which the large log was published
FSCK_S = 8  # for logs it finds a fault in: it then says so, or never ends


_large = {}


def large_log():
    """(folder, public line) of the log of 70,000 entries, made once."""
    if not _large:
        holder = tempfile.TemporaryDirectory(prefix="sanad-interop-")
        folder = Path(holder.name)
        _large.update(holder=holder, folder=folder, vkey=ours.log(folder, *GROWN))
    return _large["folder"], _large["vkey"]


def log_of(folder, size):
    """(its folder, public line) of a log of one of the sizes."""
    return large_log() if size == LARGE else (folder / str(size), ours.log(folder / str(size), size))


def fsck(url, vkey, timeout=60):
    """Its exit code is 0 either way, and of some faults it says nothing and waits: only the sentence of success counts."""
    with tempfile.NamedTemporaryFile("w") as key:
        key.write(vkey)
        key.flush()
        said = run("/bin/sh", "-c", '"$0" "$@" 2>&1', parts.fsck(), "--ui=false", f"--storage_url={url}/",
                   f"--public_key={key.name}", timeout=timeout)
    if b"Successfully fsck'd" not in said:
        raise Refused(f"fsck: {said[-300:]!r}")


@case("a stranger with x/mod proves every entry and every earlier size from our tiles")
def proofs(folder):
    check = parts.check()
    for size in [0, *SMALL, LARGE]:
        home, vkey = log_of(folder, size)
        with witnesses.served(home / "log/public") as url:
            said = run(check, "proofs", url, vkey).decode()
        assert said.startswith(f"size {size},"), said


@case("a stranger with the torchwood client reads every entry")
def entries(folder):
    check = parts.check()
    for size in [*SMALL, LARGE]:
        home, vkey = log_of(folder, size)
        with witnesses.served(home / "log/public") as url:
            said = run(check, "entries", url, vkey)
        assert said == b"%d entries\n" % size, said


@case("a proof that we write convinces torchwood, and an altered one does not")
def proof_files(folder):
    check = parts.check()
    home, vkey = log_of(folder, 257)
    for index in (0, 3, 255, 256):
        proof = folder / "proof"
        proof.write_bytes(run(ours.TOOL, "prove", home / "log", vkey, index))
        run(check, "proof", proof, vkey)
        other = f"index {index ^ 1}\n".encode() if index < 256 else b"index 0\n"
        proof.write_bytes(proof.read_bytes().replace(f"index {index}\n".encode(), other))
        refuses(check, "proof", proof, vkey)
        refuses(ours.SANAD, "log", "verify", proof, "--key", vkey)


@case("Tessera makes the same files of the same entries, and we read its log")
def tessera(folder):
    check = parts.check()
    for size in [*SMALL, LARGE]:
        home, vkey = log_of(folder, size)
        public, theirs = home / "log/public", folder / f"tessera{size}"
        theirs.mkdir()
        run(check, "tessera", theirs, home / "keys/log.skey", stdin=ours.bundles(public))
        for path in ["checkpoint", *ours.files_of(size)]:
            assert (public / path).read_bytes() == (theirs / path).read_bytes(), f"size {size}: {path} differs"
        assert not ours.our_verdicts(theirs, vkey), ours.our_verdicts(theirs, vkey)
        with witnesses.served(theirs) as url:
            run(ours.SANAD, "log", "mirror", "--private", "--key", vkey, url, folder / f"copy{size}")
            assert url.n_requests() < 40 + len(ours.files_of(size)), f"size {size}: {url.n_requests()} requests"
        for path in ["checkpoint", *ours.files_of(size)]:
            assert (folder / f"copy{size}" / path).read_bytes() == (theirs / path).read_bytes(), path


@case("fsck of Tessera passes on 70,000 entries and fails on one altered bundle")
def fsck_large(folder):
    parts.fsck()
    home, vkey = large_log()
    with witnesses.served(home / "log/public") as url:
        fsck(url, vkey)
    copy = folder / "copy"
    shutil.copytree(home / "log/public", copy)
    alter(copy / "tile/entries/123")
    with witnesses.served(copy) as url:
        try:
            fsck(url, vkey, FSCK_S)
        except Refused:
            return
    raise AssertionError("fsck took an altered bundle")


def alter(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def shorten(path):
    path.write_bytes(path.read_bytes()[:-1])


def verdicts(public, vkey):
    """Who refuses a log, among theirs and ours."""
    said = ours.our_verdicts(public, vkey)
    with witnesses.served(public) as url:
        for name, ask in {"fsck": lambda: fsck(url, vkey, FSCK_S),
                          "x/mod": lambda: run(parts.check(), "proofs", url, vkey, timeout=60),
                          "torchwood": lambda: run(parts.check(), "entries", url, vkey, timeout=60)}.items():
            try:
                ask()
            except Refused as e:
                said[name] = str(e)
    return said


# Each stranger reads only what it needs. x/mod reads no entries and no tile whose hashes it finds above.
NOT_READ = {"x/mod": ("tile/entries/",)}


@case("who of theirs finds a fault in an altered log finds us of the same opinion")
def altered(folder):
    parts.check(), parts.fsck()
    vkey = ours.log(folder, 600)
    public = folder / "log/public"
    assert not verdicts(public, vkey), verdicts(public, vkey)
    jobs = []
    for i, path in enumerate(["checkpoint", *ours.files_of(600)]):
        for how in (alter, shorten, Path.unlink):
            copy = folder / f"{how.__name__}{i}"
            shutil.copytree(public, copy)
            how(copy / path)
            jobs.append((copy, path, how.__name__))
    with ThreadPoolExecutor(8) as pool:
        for (_, path, how), said in zip(jobs, pool.map(lambda job: verdicts(job[0], vkey), jobs)):
            blind = {name for name, prefixes in NOT_READ.items() if path.startswith(prefixes)}
            silent = {"fsck", "x/mod", "torchwood", "sanad log verify", "ledger_verify", "tools/verify_log.py"} - set(said)
            assert silent <= blind, f"{path}, {how}: {sorted(silent)} found nothing; {said}"


@case("a checkpoint of another key, or of another name, is no checkpoint to anybody")
def other_keys(folder):
    parts.check(), parts.fsck()
    ours.log(folder, 3)
    for name, seed in ((ours.ORIGIN, "log2"), ("exchange.example/log2", "log1")):
        said = verdicts(folder / "log/public", ours.key(folder / "other", name=name, seed=seed))
        assert len(said) == 6, said
