"""Limits are settings; what is above them is refused with an answer that the
client can read, also when it was still sending."""

import pytest

APP = "limits"
SETTINGS = {
    "request_line": 1000,
    "header_size": 2000,
    "header_count": 20,
    "body_size": 10000,
    "max_requests": 5,
}


def test_a_long_request_line_is_refused_with_414(client):
    client.request("GET", "/" + "x" * 1000)
    answer = client.response()
    assert answer.status == 414
    assert answer.headers.get("connection") == "close"
    assert client.ends()


def test_a_request_line_at_the_limit_is_accepted(client):
    path = "/any/" + "x" * (1000 - len("GET /any/ HTTP/1.1\r\n"))
    assert client.get(path).status == 200


def test_an_endless_request_line_is_refused(client):
    try:
        for _ in range(1000):
            client.send("GET /" + "x" * 10000)
    except OSError:
        pass  # The server reads on for a while only.
    assert client.response().status == 414


def test_large_fields_are_refused_with_431(client):
    answer = client.get("/any/1", [("X-Large", "x" * 2000)])
    assert answer.status == 431
    assert answer.headers.get("connection") == "close"
    assert client.ends()


def test_many_fields_are_refused_with_431(client):
    answer = client.get("/any/1", [("X-Many", "1")] * 20)
    assert answer.status == 431
    assert client.ends()


def test_fields_at_the_limit_are_accepted(client):
    answer = client.get("/any/1", [("X-Many", "1")] * 19)  # and Host
    assert answer.status == 200


def test_an_endless_head_is_refused(client):
    client.send("GET /any/1 HTTP/1.1\r\nHost: t\r\n")
    try:
        for n in range(10000):
            client.send(f"X-Field-{n}: value\r\n")
    except OSError:
        pass
    assert client.response().status == 431


def test_a_large_body_is_refused_with_413_when_it_is_asked_for(client):
    client.request("POST", "/length", body=b"x" * 10001)
    assert client.response().status == 413


def test_a_body_at_the_limit_is_accepted(client):
    client.request("POST", "/length", body=b"x" * 10000)
    assert client.response().body == b"10000"


def test_a_large_chunked_body_is_refused_with_413(client):
    client.send("POST /length HTTP/1.1\r\nHost: t\r\n"
                "Transfer-Encoding: chunked\r\n\r\n")
    client.send(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
    client.send(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
    assert client.response().status == 413


def test_a_large_declared_body_is_refused_before_it_was_sent(client):
    client.request("POST", "/length", [("Content-Length", "1000000000")])
    assert client.response().status == 413


def test_a_client_that_expects_100_gets_413_instead(client):
    client.request("POST", "/length", [
        ("Expect", "100-continue"), ("Content-Length", "1000000")])
    answer = client.response()
    assert answer.status == 413


@pytest.mark.parametrize("size", [100_000, 1_000_000])
def test_the_refusal_arrives_although_a_large_body_was_sent(client, size):
    client.send(f"POST /length HTTP/1.1\r\nHost: t\r\n"
                f"Content-Length: {size}\r\n\r\n")
    try:
        client.send(b"x" * size)
    except OSError:
        pass  # What was not read any more; the answer was sent before.
    assert client.response().status == 413


def test_a_connection_serves_as_many_requests_as_it_may(client):
    for n in range(5):
        answer = client.get("/any/1")
        assert answer.headers.get("connection") == (
            "close" if n == 4 else None)
    assert client.ends()


def test_the_body_limit_concerns_only_who_buffers(client):
    client.request("POST", "/ignored", body=b"x" * 20000)
    assert client.response().status == 200
