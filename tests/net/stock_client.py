# SPDX-License-Identifier: Apache-2.0
"""A client that knows nothing of us: Python's http.client over one kept connection.

    stock_client.py PORT
"""
import http.client
import sys

c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
for _ in range(3):
    c.request("GET", "/echo?text=%D9%81%20a")
    r = c.getresponse()
    body = r.read()
    assert (r.status, body) == (200, "GET /echo ف a ".encode()), (r.status, body)
    assert r.getheader("Date").endswith(" GMT") and r.getheader("Server") == "sanad", r.getheaders()
    assert r.getheader("Content-Type") == "text/plain; charset=utf-8", r.getheaders()
    c.request("HEAD", "/echo?text=a")
    r = c.getresponse()
    assert (r.status, r.read(), r.getheader("Content-Length")) == (200, b"", "12"), r.getheaders()
    c.request("POST", "/echo", body=b"x" * 100000)
    r = c.getresponse()
    body = r.read()
    assert (r.status, body) == (200, b"POST /echo  " + b"x" * 100000), (r.status, body[:100])
    c.request("GET", "/absent")
    r = c.getresponse()
    assert (r.status, r.read()) == (404, b"nothing is here\n"), r.status
