# SPDX-License-Identifier: Apache-2.0
"""Ed25519 signatures checked with Python's own integers (RFC 8032, section 5.1), as strictly as docs/formats/seal.md
says: one spelling for each signature and each base64, no key or point of small order. Slow, and only of public values."""
import base64
import hashlib

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def need(condition, what):
    if not condition:
        raise ValueError(what)


def unbase64(text):
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw) == text.encode(), "base64 of a second spelling")
    return raw


def add(p, q):  # points of the curve as (X, Y, Z, T)
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0]), 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, p):
    q = (0, 1, 1, 0)
    for bit in f"{n:b}":
        q = add(q, q) if bit == "0" else add(add(q, q), p)
    return q


def same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 == (p[1] * q[2] - q[1] * p[2]) % P


def point(raw):
    y, sign = int.from_bytes(raw, "little") % 2**255, raw[31] >> 7
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if x * x % P == x2 else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and x * x % P == x2 and (x or not sign), "no point of the curve")
    x = x if x & 1 == sign else P - x
    need(not same(times(8, (x, y, 1, x * y % P)), (0, 1, 1, 0)), "a point of small order")
    return x, y, 1, x * y % P


def check_signature(key, text, signature):
    r, s = point(signature[:32]), int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    left, right = times(s, point(b"\x58" + b"\x66" * 31)), add(r, times(k, point(key)))
    need(s < L and same(left, right), "a signature does not hold")
