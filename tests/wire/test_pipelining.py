"""Several requests on their way at once are answered in their order."""

import pytest

APP = "framing"


def request(path, headers=""):
    return f"GET {path} HTTP/1.1\r\nHost: t\r\n{headers}\r\n".encode()


def sixteen():
    """Requests that are answered at once and ones that take their time."""
    for n in range(16):
        kind = "slow" if n % 5 == 3 else "number"
        yield request(f"/{kind}/{n}"), f"{kind} {n}".encode()


def test_sixteen_requests_in_one_write_are_answered_in_order(client):
    requests, answers = zip(*sixteen())
    client.send(b"".join(requests))
    assert [client.response().body for _ in answers] == list(answers)


def test_requests_that_arrive_byte_by_byte_are_answered_in_order(client):
    requests, answers = zip(*sixteen())
    client.send_bytewise(b"".join(requests))
    assert [client.response().body for _ in answers] == list(answers)


def test_a_thousand_pipelined_requests_are_answered_in_order(client):
    client.send(b"".join(request(f"/number/{n}") for n in range(1000)))
    for n in range(1000):
        assert client.response().body == b"number %d" % n


@pytest.mark.parametrize("count", [1000, 5000])
def test_requests_before_a_fin_are_all_answered(client, count):
    """As `printf ... | nc -N` does it; what is asked for is longer than what
    is held in memory, and than what one turn of the loop runs."""
    client.send(request("/hello") * count)
    client.finish_sending()
    for _ in range(count):
        assert client.response().body == b"Hello\n"
    assert client.ends()


def test_answers_in_every_framing_follow_each_other(client):
    paths = ["/stream", "/hello", "/trailers", "/status/204", "/declared",
             "/nothing", "/status/304", "/stream"]
    client.send(b"".join(request(path) for path in paths))
    bodies = [client.response().body for _ in paths]
    assert bodies == [b"one,two,three", b"Hello\n", b"body", b"",
                      b"0123456789", b"", b"", b"one,two,three"]


def test_head_between_gets_takes_no_body_from_them(client):
    head = request("/hello").replace(b"GET", b"HEAD")
    client.send(request("/hello") + head + request("/hello"))
    for method in ("GET", "HEAD", "GET"):
        assert client.response(method).status == 200


def test_requests_behind_a_body_are_answered(client):
    post = (b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody"
            b"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked"
            b"\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    client.send((post + request("/hello")) * 3)
    for _ in range(3):
        for body in (b"body", b"abc", b"Hello\n"):
            assert client.response().body == body


def test_requests_behind_a_body_that_nobody_read_are_answered(client):
    client.send(b"POST /ignore HTTP/1.1\r\nHost: t\r\n"
                b"Content-Length: 5000\r\n\r\n" + b"x" * 5000
                + request("/hello"))
    assert client.response().body == b"not asked for"
    assert client.response().body == b"Hello\n"


def test_an_upgrade_that_is_refused_stops_nothing(client):
    client.send(
        request("/hello", "Connection: Upgrade\r\nUpgrade: websocket\r\n")
        + request("/number/2"))
    assert client.response().body == b"Hello\n"
    assert client.response().body == b"number 2"


def test_what_stands_before_a_malformed_request_is_answered(client):
    client.send(request("/slow/1") + request("/number/2") + b"GET\r\n\r\n")
    assert client.response().body == b"slow 1"
    assert client.response().body == b"number 2"
    refusal = client.response()
    assert refusal.status == 400
    assert refusal.headers.get("connection") == "close"
    assert client.ends()


def test_a_client_that_finished_sending_gets_what_it_asked_for(client):
    client.send(b"".join(request(f"/number/{n}") for n in range(16)))
    client.finish_sending()
    for n in range(16):
        assert client.response().body == b"number %d" % n
    assert client.ends()


@pytest.mark.parametrize("empty_lines", [1, 2])
def test_empty_lines_before_a_request_are_skipped(client, empty_lines):
    client.send(b"\r\n" * empty_lines + request("/hello"))
    assert client.response().body == b"Hello\n"
