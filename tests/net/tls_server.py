# SPDX-License-Identifier: Apache-2.0
"""A TLS server on loopback with a certificate of its own making: prints its port and the certificate's
file, answers the second connection (the first is the one that must not believe it), and ends.
"""
import pathlib
import socket
import ssl
import subprocess
import tempfile

with tempfile.TemporaryDirectory() as folder:
    key, certificate = pathlib.Path(folder, "key.pem"), pathlib.Path(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
                    certificate], check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)
    print(listener.getsockname()[1], certificate, flush=True)
    for _ in range(2):
        raw, _peer = listener.accept()
        raw.settimeout(5)
        try:
            with context.wrap_socket(raw, server_side=True) as s:
                s.recv(4096)
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nover TLS")
        except OSError:
            pass  # the client that did not believe
