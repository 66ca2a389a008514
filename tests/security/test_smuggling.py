"""Bytes that two programs on the way might read differently: refused, and the connection closed, or read in one way.

A proxy that takes two lengths for one request, or a header field for another, hands over a request that nobody has
looked at. So the bytes of what would be smuggled must never be answered as a request of their own.
"""

import pytest

from tests.plugins.http_server import RawResponse
from tests.security.site import Site

BODY = b'{"query":"{__typename}"}'
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def post(*fields: bytes, body: bytes = BODY, line: bytes = b"POST /graphql HTTP/1.1") -> bytes:
    head = b"".join(field + b"\r\n" for field in (line, b"Host: x", b"Content-Type: application/json", *fields))
    return head + b"\r\n" + body


def length(number: int | str) -> bytes:
    return f"Content-Length: {number}".encode()


def responses(site: Site, raw: bytes) -> list[RawResponse]:
    """Everything that is answered until the server closes the connection, or has nothing more to say."""
    found = []
    with site.server.connect() as connection:
        connection.send(raw)
        connection.sock.settimeout(0.4)
        try:
            while True:
                found.append(connection.response())
        except (AssertionError, TimeoutError, ConnectionResetError):
            return found


CHUNK = f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n0\r\n\r\n"

REFUSED = {
    "both lengths": post(length(4), CHUNKED[:-2], body=CHUNK + SMUGGLED),
    "both lengths, the other way round": post(CHUNKED[:-2], length(len(CHUNK)), body=CHUNK + SMUGGLED),
    "two lengths that differ": post(length(len(BODY)), length(len(BODY) + len(SMUGGLED)), body=BODY + SMUGGLED),
    "two lengths in one field": post(b"Content-Length: 24, 60", body=BODY + SMUGGLED),
    "a length with a sign": post(length("+24"), body=BODY + SMUGGLED),
    "a negative length": post(length(-1), body=BODY + SMUGGLED),
    "a length in hexadecimal": post(length("0x18"), body=BODY + SMUGGLED),
    "a length with a point": post(length("24.0"), body=BODY + SMUGGLED),
    "a length beyond all machines": post(length("9" * 40), body=BODY + SMUGGLED),
    "a length that is empty": post(length(""), body=BODY + SMUGGLED),
    "chunks after something else": post(b"Transfer-Encoding: gzip, chunked, identity", body=CHUNK + SMUGGLED),
    "chunks misspelt": post(b"Transfer-Encoding: xchunked", body=CHUNK + SMUGGLED),
    "chunks misspelt beside a length": post(b"Transfer-Encoding: xchunked", length(len(CHUNK)), body=CHUNK + SMUGGLED),
    "chunks in a folded line": post(b"Transfer-Encoding:\r\n chunked", body=CHUNK + SMUGGLED),
    "a space before the colon": post(b"Transfer-Encoding : chunked", body=CHUNK + SMUGGLED),
    "a size of a chunk that is none": post(CHUNKED[:-2], body=b"zz\r\n" + BODY + b"\r\n0\r\n\r\n" + SMUGGLED),
    "a negative size of a chunk": post(CHUNKED[:-2], body=b"-1\r\n" + BODY + b"\r\n0\r\n\r\n" + SMUGGLED),
    "a size of a chunk beyond all machines": post(CHUNKED[:-2], body=b"f" * 20 + b"\r\n" + BODY + SMUGGLED),
    "a chunk longer than its size": post(CHUNKED[:-2], body=b"1\r\n" + BODY + b"\r\n0\r\n\r\n" + SMUGGLED),
    "a folded line": post(b"X-One: a\r\n b", length(len(BODY))),
    "a line that ends in LF alone": b"POST /graphql HTTP/1.1\nHost: x\n" + length(len(BODY)) + b"\n\n" + BODY,
    "a NUL in a value": post(b"X-One: a\0b", length(len(BODY))),
    "a CR in a value": post(b"X-One: a\rX-Two: b", length(len(BODY))),
    "a space in a name": post(b"X One: a", length(len(BODY))),
    "no name": post(b": a", length(len(BODY))),
    "no colon": post(b"nonsense", length(len(BODY))),
    "a name outside of ASCII": post(b"X-\xc3\xa9: a", length(len(BODY))),
    "version 0.9": b"GET /graphql\r\n\r\n",
    "version 2.0": b"GET /graphql HTTP/2.0\r\nHost: x\r\n\r\n",
    "the start of version 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 100 + b"\r\n\r\n",
    "a space in the target": b"GET /graphql ?query={x} HTTP/1.1\r\nHost: x\r\n\r\n",
    "a control character in the target": b"GET /graphql\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method nobody knows": b"G@T /graphql HTTP/1.1\r\nHost: x\r\n\r\n",
    "a head without end": b"GET /graphql HTTP/1.1\r\n" + b"X-One: a\r\n" * 5_000,
    "a field without end": b"GET /graphql HTTP/1.1\r\nX-One: " + b"a" * 70_000,
    "a name without end": b"GET /graphql HTTP/1.1\r\n" + b"a" * 70_000,
    "a target without end": b"GET /" + b"a" * 70_000,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_be_read_in_two_ways_is_refused_and_nothing_after_it_is_answered(site: Site, name: str) -> None:
    answers = responses(site, REFUSED[name])

    assert all(400 <= answer.status < 500 for answer in answers), [answer.status for answer in answers]
    assert len(answers) <= 1, "what was smuggled was answered"


def test_a_body_of_chunks_is_read_in_one_way(site: Site) -> None:
    answers = responses(site, post(CHUNKED[:-2], body=CHUNK) + post(length(len(BODY))))

    assert [answer.status for answer in answers] == [200, 200]


def test_extensions_of_chunks_are_no_part_of_the_body(site: Site) -> None:
    chunk = f"{len(BODY):x};a=b\r\n".encode() + BODY + b"\r\n0\r\n\r\n"

    assert [answer.status for answer in responses(site, post(CHUNKED[:-2], body=chunk))] == [200]


def test_trailer_fields_are_not_taken_for_header_fields(site: Site) -> None:
    chunk = f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n0\r\nAuthorization: Bearer x\r\nX-API-Key: y\r\n\r\n"

    assert [answer.status for answer in responses(site, post(CHUNKED[:-2], body=chunk))] == [200]


def test_requests_that_follow_each_other_are_answered_in_their_order(site: Site) -> None:
    bodies = [f'{{"query":"{{a{n}:__typename}}"}}'.encode() for n in range(5)]
    answers = responses(site, b"".join(post(length(len(body)), body=body) for body in bodies))

    assert [answer.json() for answer in answers] == [{"data": {f"a{n}": "Query"}} for n in range(5)]


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n" * 1000,
        b"\0" * 1000,
        b"\xff" * 1000,
        b"GET",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        post(length(len(BODY)), b"Expect: 200-maybe"),
        post(length(10**6)),
    ],
)
def test_other_bytes_are_no_failure(site: Site, raw: bytes) -> None:
    assert all(answer.status < 500 for answer in responses(site, raw))
    assert site.ask("{ __typename }").status_code == 200
