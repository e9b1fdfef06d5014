"""Malformed requests are refused with an answer that arrives, and the
connection is closed: nothing behind them is ever taken for a request."""

import pytest

APP = "framing"
SMUGGLED = b"GET /number/666 HTTP/1.1\r\nHost: t\r\n\r\n"


def get(*fields, line="GET /hello HTTP/1.1"):
    return "\r\n".join([line, *fields, "", ""]).encode()


def post(*fields):
    return get("Host: t", *fields, line="POST /echo HTTP/1.1")


CHUNKED = "Transfer-Encoding: chunked"

REFUSED = {
    # The request line
    "no version": (400, b"GET /hello\r\nHost: t\r\n\r\n"),
    "gibberish": (400, b"\x16\x03\x01\x02\x00\x01\r\n\r\n"),
    "no such version": (505, get("Host: t", line="GET /hello HTTP/3.0")),
    "the preface of HTTP/2":
        (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "a malformed version": (400, get("Host: t", line="GET /hello HTTP/1.x")),
    "an unknown method": (501, get("Host: t", line="FETCH /hello HTTP/1.1")),
    "CONNECT": (501, get("Host: t:80", line="CONNECT t:80 HTTP/1.1")),
    "a space in the target": (400, get("Host: t", line="GET /a b HTTP/1.1")),
    "a control character in the target":
        (400, get("Host: t", line="GET /a\x01b HTTP/1.1")),
    "a relative target": (400, get("Host: t", line="GET hello HTTP/1.1")),
    "an asterisk for GET": (400, get("Host: t", line="GET * HTTP/1.1")),
    "a fragment in the target":
        (400, get("Host: t", line="GET /a#b HTTP/1.1")),
    "a percent sign that starts no escape":
        (400, get("Host: t", line="GET /100% HTTP/1.1")),
    "an escape that is none": (400, get("Host: t", line="GET /%zz HTTP/1.1")),
    "a NUL in the path": (400, get("Host: t", line="GET /a%00b HTTP/1.1")),
    "an authority for GET": (400, get("Host: t", line="GET t:80 HTTP/1.1")),
    "a space in front of the method":
        (400, get("Host: t", line=" GET /hello HTTP/1.1")),
    # Host
    "no Host": (400, get("Accept: */*")),
    "two Hosts": (400, get("Host: t", "Host: t")),
    "a Host with a slash": (400, get("Host: t/u")),
    "a Host with a space": (400, get("Host: t u")),
    "a Host with a user": (400, get("Host: me@t")),
    "a Host with a port that is none": (400, get("Host: t:port")),
    "a list of Hosts": (400, get("Host: t, u")),
    # Field lines
    "a bare LF after the request line":
        (400, b"GET /hello HTTP/1.1\nHost: t\r\n\r\n"),
    "a bare LF after a field": (400, b"GET /hello HTTP/1.1\r\nHost: t\n\r\n"),
    "a bare LF at the end of the head":
        (400, b"GET /hello HTTP/1.1\r\nHost: t\r\n\n"),
    "a bare CR in a value": (400, get("Host: t", "X-A: a\rb")),
    "a folded line": (400, get("Host: t", "X-A: a", " folded")),
    "a folded first line": (400, get(" X-A: a", "Host: t")),
    "a NUL in a value": (400, get("Host: t", "X-A: a\0b")),
    "a NUL in a name": (400, get("Host: t", "X\0A: b")),
    "a space before the colon": (400, get("Host: t", "X-A : b")),
    "a field without a colon": (400, get("Host: t", "X-A")),
    "a field without a name": (400, get("Host: t", ": a")),
    "a name that is no token": (400, get("Host: t", "X(A): b")),
    # Lengths and codings
    "both framings": (400, post("Content-Length: 3", CHUNKED) + b"0\r\n\r\n"),
    "both framings, the other way":
        (400, post(CHUNKED, "Content-Length: 3") + b"0\r\n\r\n"),
    "two lengths that differ":
        (400, post("Content-Length: 3", "Content-Length: 4")),
    "a list of lengths that differ": (400, post("Content-Length: 3, 4")),
    "a negative length": (400, post("Content-Length: -1")),
    "a signed length": (400, post("Content-Length: +3")),
    "a length with letters": (400, post("Content-Length: 3x")),
    "a hexadecimal length": (400, post("Content-Length: 0x3")),
    "an empty length": (400, post("Content-Length:")),
    "a length beyond all numbers":
        (400, post("Content-Length: 99999999999999999999999")),
    "an unknown coding": (501, post("Transfer-Encoding: gzip, chunked")),
    "a coding after chunked": (400, post("Transfer-Encoding: chunked, gzip")),
    "chunked twice": (400, post("Transfer-Encoding: chunked, chunked")),
    "a coding that only looks like chunked":
        (400, post("Transfer-Encoding: xchunked")),
    "a coding with a tab behind it":
        (400, post("Transfer-Encoding: chunked\t") + b"0\r\n\r\n"),
    "an empty coding": (400, post("Transfer-Encoding:")),
    "a coding in HTTP/1.0":
        (400, get("Host: t", CHUNKED, line="POST /echo HTTP/1.0")
         + b"0\r\n\r\n"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_malformed_head_is_refused(client, case):
    status, data = REFUSED[case]
    client.send(data + SMUGGLED)
    answer = client.response()
    assert answer.status == status
    assert answer.headers.get("connection") == "close"
    assert client.ends(), "something follows the refusal"


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_byte_by_byte_too(client, case):
    status, data = REFUSED[case]
    try:
        client.send_bytewise(data)
        client.finish_sending()
    except OSError:
        pass  # The answer came before the last byte, which is as good.
    answer = client.response()
    assert answer.status == status
    assert answer.headers.get("connection") == "close"


BAD_CHUNKS = {
    "a size that is no number": b"xyz\r\nabc\r\n0\r\n\r\n",
    "a negative size": b"-3\r\nabc\r\n0\r\n\r\n",
    "a size with a prefix": b"0x3\r\nabc\r\n0\r\n\r\n",
    "an empty size": b"\r\nabc\r\n0\r\n\r\n",
    "a size beyond all numbers": b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "a bare LF after the size": b"3\nabc\r\n0\r\n\r\n",
    "a bare LF after the data": b"3\r\nabc\n0\r\n\r\n",
    "a chunk longer than its size": b"3\r\nabcd\r\n0\r\n\r\n",
    "a space after the size": b"3 \r\nabc\r\n0\r\n\r\n",
    "a trailer that frames": b"0\r\nContent-Length: 3\r\n\r\n",
    "a NUL in a trailer": b"0\r\nX-A: \0\r\n\r\n",
    "a bare LF at the end": b"0\r\n\n",
}


@pytest.mark.parametrize("case", BAD_CHUNKS)
def test_a_malformed_chunk_is_refused(client, case):
    client.send(post(CHUNKED) + BAD_CHUNKS[case] + SMUGGLED)
    answer = client.response()
    assert answer.status == 400
    assert answer.headers.get("connection") == "close"
    assert client.ends(), "something follows the refusal"


@pytest.mark.parametrize("head", [
    b"HEAD /hello HTTP/1.1\r\n\r\n",
    b"HEAD /hello HTTP/1.1\r\nHost: t\r\nBroken\r\n\r\n"])
def test_a_refused_head_request_gets_no_body(client, head):
    client.send(head)
    assert client.response("HEAD").status == 400
    assert client.ends()


# --- What looks odd and is right --------------------------------------------


@pytest.mark.parametrize("data", [
    get("Host:"),
    get("Host: t:"),
    get("Host: [::1]:8080"),
    get("Host: t", "X-A:"),
    get("Host: t", "X-A:a"),
    get("Host: t", "X-A: \t a\tb \t"),
    get("Host: t", "X-A: caf\u00e9"),
    get("Host: t", "!#$%&'*+-.^_`|~: 1"),
    get("Accept: */*", line="GET /hello HTTP/1.0"),
])
def test_an_odd_head_is_accepted(client, data):
    client.send(data)
    answer = client.response()
    assert (answer.status, answer.body) == (200, b"Hello\n")


def test_equal_lengths_are_one_length_or_refused(client):
    client.send(post("Content-Length: 3", "Content-Length: 3") + b"abc")
    assert client.response().status in (200, 400)
