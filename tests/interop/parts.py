# SPDX-License-Identifier: Apache-2.0
"""Other people's programs, each fetched from its registry into one folder outside the tree and kept there.

The folder is $SANAD_INTEROP, else $XDG_CACHE_HOME/sanad-interop, else ~/.cache/sanad-interop. What cannot be had
raises Missing with the reason, in the words of whoever refused.
"""
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("SANAD_INTEROP") or
             Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sanad-interop")
GO_LEAST = (1, 26)  # what x/mod v0.42 asks for
TORCHWOOD, TESSERA = "v0.9.0", "v1.0.4"
FETCH_S = 600


class Missing(Exception):
    """Why a counterpart is not here."""


def once(function):
    """Asked for many times, looked for once: also what cannot be had."""
    known = {}

    @functools.wraps(function)
    def ask():
        if not known:
            try:
                known["here"] = function()
            except Missing as e:
                known["missing"] = str(e)
        if "missing" in known:
            raise Missing(known["missing"])
        return known["here"]
    return ask


def command(args, what, **more):
    try:
        done = subprocess.run(list(map(str, args)), capture_output=True, text=True, timeout=FETCH_S, check=False, **more)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise Missing(f"{what}: {e}") from e
    if done.returncode != 0:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise Missing(f"{what}: {said[-1].strip() if said else f'exit code {done.returncode}'}")
    return done.stdout


def program(name):
    path = shutil.which(name)
    if not path:
        raise Missing(f"there is no program {name}")
    return path


def go():
    path = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if not path:
        raise Missing("there is no Go")
    version = re.search(r"go(\d+)\.(\d+)", command([path, "version"], "go version"))
    if not version or tuple(map(int, version.groups())) < GO_LEAST:
        raise Missing(f"Go {'.'.join(version.groups()) if version else '?'} is here, {GO_LEAST[0]}.{GO_LEAST[1]} is needed")
    return path


def go_environment():
    # The compiler that is here, and modules as the checksum database of Go knows them.
    return {**os.environ, "GOBIN": str(CACHE / "bin"), "GOFLAGS": "-buildvcs=false", "GOTOOLCHAIN": "local"}


def go_tool(package, version):
    """A program of a module, at one version."""
    name = package.rsplit("/", 1)[1]
    path = CACHE / "bin" / f"{name}-{version}"
    if not path.exists():
        command([go(), "install", f"{package}@{version}"], name, env=go_environment())
        os.replace(CACHE / "bin" / name, path)
    return path


@once
def litewitness():
    return go_tool("filippo.io/torchwood/cmd/litewitness", TORCHWOOD)


@once
def fsck():
    return go_tool("github.com/transparency-dev/tessera/cmd/fsck", TESSERA)


@once
def check():
    """Our own program over their libraries, built anew when its sources have changed."""
    sources = sorted(path for path in (HERE / "check").iterdir() if path.is_file())
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    path = CACHE / "bin" / f"check-{mark}"
    if not path.exists():
        here = {"cwd": HERE / "check", "env": go_environment()}
        command([go(), "mod", "download"], "modules of tests/interop/check", **here)
        subprocess.run([go(), "build", "-o", path, "."], check=True, **here)  # ours: a failure is no reason to skip
    return path


@once
def rfc8785():
    """The module, from a virtual environment of its own."""
    home = CACHE / "python"
    done = home / "requirements.txt"
    wanted = (HERE / "requirements.txt").read_text()
    if not done.exists() or done.read_text() != wanted:
        command([sys.executable, "-m", "venv", home], "venv")
        command([home / "bin" / "pip", "install", "-q", "--require-hashes", "-r", HERE / "requirements.txt"], "pip")
        done.write_text(wanted)
    for folder in home.glob("lib/python*/site-packages"):
        sys.path.append(str(folder))
    import rfc8785 as module
    return module


@once
def sigsum():
    """Folder with the programs of Debian's package, unpacked here; the system's sources stay as they are."""
    home = CACHE / "sigsum"
    folder = home / "unpacked/usr/bin"
    if (folder / "sigsum-witness").exists():
        return folder
    apt, dpkg, sources = program("apt-get"), program("dpkg"), Path("/etc/apt/sources.list.d/debian.sources")
    if not sources.exists() or "bookworm" not in sources.read_text():
        raise Missing("sigsum-go comes from the backports of Debian 12, and this is another system")
    for part in ("lists/partial", "cache/archives/partial"):
        (home / part).mkdir(parents=True, exist_ok=True)
    stanza = sources.read_text().split("\n\n", 1)[0]
    (home / "backports.sources").write_text(re.sub(r"(?m)^Suites:.*$", "Suites: bookworm-backports", stanza) + "\n")
    get = [apt, "-qq", "-o", "Dir::Etc::sourceparts=/nonexistent", "-o", f"Dir::Etc::sourcelist={home}/backports.sources",
           "-o", f"Dir::State::lists={home}/lists", "-o", f"Dir::Cache={home}/cache", "-o", "APT::Sandbox::User=root",
           "-o", "Acquire::http::Timeout=30"]
    command([*get, "update"], "apt-get update")
    command([*get, "download", "sigsum-go"], "sigsum-go", cwd=home)
    package = max(home.glob("sigsum-go_*.deb"), default=None, key=os.path.getmtime)
    if not package:
        raise Missing("apt-get download gave no package sigsum-go")
    command([dpkg, "-x", package, home / "unpacked"], "dpkg")
    return folder


def prepare():
    (CACHE / "bin").mkdir(parents=True, exist_ok=True)
