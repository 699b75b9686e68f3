# SPDX-License-Identifier: Apache-2.0
"""Servers on loopback for one test each: a folder, other people's witnesses, ours. They end with the test, and
with the test runner should it be killed."""
import base64
import contextlib
import ctypes
import functools
import hashlib
import http.client
import http.server
import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import parts

START_S = 20


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def process(args, **more):
    child = subprocess.Popen(list(map(str, args)), stdin=subprocess.DEVNULL, preexec_fn=die_with_parent, **more)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdout:
            child.stdout.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True  # or a client waits 40 ms for the second packet of every file

    def log_message(self, *args):
        pass

    def log_request(self, *args):
        self.server.n_requests += 1  # pylint: disable=no-member


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    n_requests = 0

    def handle_error(self, request, client_address):
        pass  # a client that has seen enough goes


class Address(str):
    """Of a server: without a slash at the end."""
    def __new__(cls, server):
        self = super().__new__(cls, f"http://127.0.0.1:{server.server_port}")
        self.server = server
        return self

    def n_requests(self):
        return self.server.n_requests


@contextlib.contextmanager
def served(folder):
    """The address of a folder."""
    server = Server(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Address(server)
    finally:
        server.shutdown()
        server.server_close()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, child, log):
    deadline = time.time() + START_S
    while time.time() < deadline and child.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"did not start: {log.read_text(errors='replace')[-500:]}")


def vkey(name, key_type, public):
    key = bytes([key_type]) + public
    key_id = hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8]
    return f"{name}+{key_id}+{base64.b64encode(key).decode()}"


class Witness:
    def __init__(self, port, key):
        self.port, self.vkey, self.url = port, key, f"http://127.0.0.1:{port}"

    def add(self, body):
        """(status, content type, body) of one add-checkpoint."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/add-checkpoint", body, {"Content-Type": "text/plain; charset=utf-8"})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type"), answer.read()
        finally:
            connection.close()


@contextlib.contextmanager
def litewitness(folder, log_vkeys, name="witness.example/w1"):
    """torchwood's. Its key is read through an ssh agent only; logs stand in its database, where its own tool for
    them, which cannot be built from modules, would have put them."""
    binary, agent, keygen = parts.litewitness(), parts.program("ssh-agent"), parts.program("ssh-keygen")
    adder = parts.program("ssh-add")
    key, agent_socket, port, log = folder / "key", folder / "agent", free_port(), folder / "log"
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = base64.b64decode(key.with_suffix(".pub").read_text().split()[1])
    with contextlib.closing(sqlite3.connect(folder / "db")) as db, db:
        db.execute("CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL)")
        db.execute("CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin))")
        empty = base64.b64encode(hashlib.sha256(b"").digest()).decode()
        for line in log_vkeys:
            origin = line.split("+")[0]
            db.execute("INSERT OR IGNORE INTO log VALUES (?, 0, ?)", (origin, empty))
            db.execute("INSERT INTO key VALUES (?, ?)", (origin, line))
    with open(log, "wb") as out, process([agent, "-D", "-a", agent_socket], stdout=out, stderr=out):
        deadline = time.time() + START_S
        while not agent_socket.exists() and time.time() < deadline:
            time.sleep(0.02)
        environment = {**os.environ, "SSH_AUTH_SOCK": str(agent_socket)}
        subprocess.run([adder, "-q", key], env=environment, check=True)
        print_ = "SHA256:" + base64.b64encode(hashlib.sha256(public).digest()).decode().rstrip("=")
        with process([binary, "-db", folder / "db", "-key", print_, "-name", name, "-listen", f"127.0.0.1:{port}",
                      "-ssh-agent", agent_socket], stdout=out, stderr=out) as child:
            wait_for(port, child, log)
            yield Witness(port, vkey(name, 4, public[-32:]))


@contextlib.contextmanager
def sigsum(folder, log_public):
    """Debian's. It watches the one log of a raw key, whose origin follows from that key, and so does its name."""
    tools = parts.sigsum()
    key, port, log = folder / "w", free_port(), folder / "log"
    # Without this it routes no path at all with the Go that Debian built it with.
    environment = {**os.environ, "GODEBUG": "httpmuxgo121=0"}

    def tool(*args, **more):
        return subprocess.run([tools / "sigsum-key", *args], check=True, capture_output=True, env=environment, **more).stdout

    tool("generate", "-o", key)
    public = bytes.fromhex(tool("to-hex", "-k", f"{key}.pub").decode().strip())
    tool("from-hex", "-o", folder / "log.pub", input=log_public.hex().encode())
    name = f"sigsum.org/v1/witness/{hashlib.sha256(public).hexdigest()}"
    with open(log, "wb") as out, process([tools / "sigsum-witness", "-k", key, f"--log-key={folder / 'log.pub'}",
                                          f"--state-file={folder / 'state'}", f"127.0.0.1:{port}"],
                                         stdout=out, stderr=out, env=environment) as child:
        wait_for(port, child, log)
        yield Witness(port, vkey(name, 4, public))


@contextlib.contextmanager
def ours(folder, sanad, key_file, key_vkey, log_vkeys):
    """sanad log witness."""
    with process([sanad, "log", "witness", folder / "memory", *log_vkeys, "--key", key_file, "--stop-after-idle", "60"],
                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        line = child.stdout.readline().decode().strip()
        if not line.startswith("http://"):
            raise RuntimeError("sanad log witness did not start")
        yield Witness(int(line.rstrip("/").rsplit(":", 1)[1]), key_vkey)
