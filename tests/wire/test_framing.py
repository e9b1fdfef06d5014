"""How a response ends: length, chunks, or the end of the connection."""

import pytest

APP = "framing"


def test_a_complete_answer_has_a_length_a_date_and_the_servers_name(client):
    answer = client.get("/hello")
    assert (answer.status, answer.reason) == (200, "OK")
    assert (answer.framing, answer.body) == ("length", b"Hello\n")
    assert answer.headers.get("content-type") == "text/plain"
    assert answer.headers.get("server").startswith("sluice")
    assert answer.headers.get("date").endswith(" GMT")
    assert "connection" not in answer.headers


def test_a_connection_serves_many_requests(client):
    for n in range(50):
        assert client.get(f"/number/{n}").body == b"number %d" % n


def test_an_empty_answer_has_length_zero(client):
    answer = client.get("/nothing")
    assert (answer.status, answer.framing) == (200, "length")
    assert answer.headers.get("content-length") == "0"


def test_a_stream_is_chunked(client):
    answer = client.get("/stream")
    assert (answer.framing, answer.body) == ("chunked", b"one,two,three")
    assert client.get("/hello").body == b"Hello\n"


def test_a_declared_length_is_kept_and_not_chunked(client):
    answer = client.get("/declared")
    assert (answer.framing, answer.body) == ("length", b"0123456789")


def test_trailers_follow_the_last_chunk(client):
    answer = client.get("/trailers")
    assert (answer.framing, answer.body) == ("chunked", b"body")
    assert answer.trailers == [("X-Sum", "42")]
    assert answer.headers.get("trailer") == "X-Sum"


# --- HEAD, 204, 304 ----------------------------------------------------------


@pytest.mark.parametrize("path", ["/hello", "/declared", "/nothing"])
def test_head_has_the_fields_of_get_and_no_body(client, path):
    expected = client.get(path).headers
    client.request("HEAD", path)
    answer = client.response("HEAD")
    without_date = [f for f in answer.headers if f[0].lower() != "date"]
    assert without_date == [f for f in expected if f[0].lower() != "date"]
    assert client.get("/hello").body == b"Hello\n"


def test_head_of_a_stream_sends_no_body(client):
    client.request("HEAD", "/stream")
    assert client.response("HEAD").status == 200
    assert client.get("/hello").body == b"Hello\n"


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(client, status):
    answer = client.get(f"/status/{status}")
    assert (answer.status, answer.framing) == (status, "none")
    assert client.get("/hello").body == b"Hello\n"


@pytest.mark.parametrize("status", [404, 503, 299])
def test_other_statuses_have_one(client, status):
    answer = client.get(f"/status/{status}")
    assert (answer.status, answer.framing) == (status, "length")
    assert answer.body.startswith(b"a body")


def test_205_has_an_empty_one(client):
    answer = client.get("/status/205")
    assert (answer.status, answer.framing, answer.body) == (205, "length", b"")


# --- HTTP/1.0 ----------------------------------------------------------------


def test_http_10_closes_after_the_answer(client):
    answer = client.get("/hello", version="1.0")
    assert (answer.framing, answer.body) == ("length", b"Hello\n")
    assert client.ends()


def test_http_10_streams_up_to_the_end_of_the_connection(client):
    answer = client.get("/stream", version="1.0")
    assert (answer.framing, answer.body) == ("close", b"one,two,three")


def test_http_10_is_kept_alive_when_asked_and_the_length_is_known(client):
    for _ in range(3):
        answer = client.get(
            "/hello", [("Connection", "keep-alive")], version="1.0")
        assert answer.headers.get("connection").lower() == "keep-alive"
        assert answer.body == b"Hello\n"


def test_http_10_is_not_kept_alive_when_the_length_is_not_known(client):
    answer = client.get(
        "/stream", [("Connection", "keep-alive")], version="1.0")
    assert answer.framing == "close"
    assert answer.headers.get("connection", "close") == "close"


def test_http_10_gets_no_trailers(client):
    answer = client.get("/trailers", version="1.0")
    assert answer.framing in ("length", "close")
    assert answer.body == b"body"
    assert "trailer" not in answer.headers


# --- Connection: close -------------------------------------------------------


def test_the_clients_connection_close_is_honoured(client):
    answer = client.get("/hello", [("Connection", "close")])
    assert answer.headers.get("connection") == "close"
    assert client.ends()


def test_nothing_is_answered_after_connection_close(client):
    """In one send: the first answer closes at once when nothing else has come,
    and a request that comes later than that may meet a reset (9112, 9.6)."""
    client.send(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                b"GET /number/2 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert client.response().body == b"Hello\n"
    assert client.ends()


def test_a_handler_may_close_the_connection(client):
    answer = client.get("/goodbye")
    assert answer.headers.get("connection") == "close"
    assert answer.body == b"bye"
    assert client.ends()


def test_a_stream_with_connection_close_is_still_chunked(client):
    answer = client.get("/stream", [("Connection", "close")])
    assert (answer.framing, answer.body) == ("chunked", b"one,two,three")
    assert client.ends()
