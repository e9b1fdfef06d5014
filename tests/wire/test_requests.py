"""What a request may look like, and what of it a handler sees."""

import json
import re

import pytest

APP = "framing"


def test_a_body_with_a_length_arrives(client):
    client.request("POST", "/echo", body=b"0123456789" * 1000)
    assert client.response().body == b"0123456789" * 1000


def test_a_chunked_body_arrives(client):
    client.send("POST /echo HTTP/1.1\r\nHost: t\r\n"
                "Transfer-Encoding: chunked\r\n\r\n"
                "5\r\nhello\r\nA;name=value\r\n, chunked \r\n5\r\nworld\r\n"
                "0\r\nX-Trailer: yes\r\n\r\n")
    assert client.response().body == b"hello, chunked world"
    assert client.get("/hello").body == b"Hello\n"


def test_a_chunked_body_arrives_byte_by_byte(client):
    client.send_bytewise(
        b"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n000a\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n")
    assert client.response().body == b"abc0123456789"
    assert client.get("/hello").body == b"Hello\n"


def test_an_empty_body_is_an_empty_string(client):
    for field in ("Content-Length: 0", "X-None: 1"):
        client.send(f"POST /echo HTTP/1.1\r\nHost: t\r\n{field}\r\n\r\n")
        assert client.response().body == b""


# --- Expect: 100-continue ----------------------------------------------------

EXPECT = [("Expect", "100-continue"), ("Content-Length", "5")]


def test_a_handler_that_asks_for_the_body_makes_the_client_go_on(client):
    client.request("POST", "/echo", EXPECT)
    assert client.read_head().status == 100
    client.send("12345")
    assert client.response().body == b"12345"
    assert client.get("/hello").body == b"Hello\n"


def test_a_handler_that_does_not_ask_sends_no_100(client):
    client.request("POST", "/ignore", EXPECT)
    answer = client.response()
    assert (answer.status, answer.interim) == (200, [])


def test_a_body_that_came_with_the_head_needs_no_100(client):
    client.request("POST", "/echo", EXPECT)
    client.send("12345")
    answer = client.response()
    assert answer.body == b"12345"
    assert [interim.status for interim in answer.interim] in ([], [100])


def test_an_http_10_client_gets_no_100(client):
    client.request("POST", "/echo", EXPECT, version="1.0")
    client.send("12345")
    answer = client.response()
    assert (answer.body, answer.interim) == (b"12345", [])


# --- Request targets ---------------------------------------------------------


@pytest.mark.parametrize("target, facts", [
    ("/facts", b"GET /facts - test.example"),
    ("/facts?a=1&b=2", b"GET /facts a=1&b=2 test.example"),
    ("/facts?", b"GET /facts - test.example"),
    ("http://other.example/facts?q", b"GET /facts q other.example"),
    ("http://other.example:81/facts", b"GET /facts - other.example:81"),
])
def test_the_target_is_split(client, target, facts):
    assert client.get(target).body == facts


def test_a_request_knows_its_version_its_id_and_its_target_as_it_came(client):
    target = "/identity/a%20b%2525?q=%20"
    client.request("GET", target, version="1.1")
    version, first, *forms = json.loads(client.response().body)
    assert version == "1.1"
    assert forms == ["/identity/a b%25", "/identity/a%20b%2525", target]
    client.request("GET", target, version="1.0")
    version, second, *_ = json.loads(client.response().body)
    assert version == "1.0"
    assert first != second
    assert re.fullmatch("[0-9a-f]{16}", first) and re.fullmatch("[0-9a-f]{16}", second)


def test_an_absolute_target_without_a_path_means_the_root(client):
    assert client.get("http://other.example").status == 404
    assert client.get("http://other.example?x").status == 404


def test_options_asterisk_is_answered(client):
    client.request("OPTIONS", "*")
    assert client.response().status in (200, 204)
    assert client.get("/hello").body == b"Hello\n"


def test_a_path_that_nobody_handles_is_not_found(client):
    assert client.get("/absent").status == 404
    assert client.get("/hello").body == b"Hello\n"


def test_a_method_that_nobody_handles_is_not_allowed(client):
    client.request("DELETE", "/hello")
    answer = client.response()
    assert answer.status == 405
    assert "GET" in answer.headers.get("allow")


def test_field_names_compare_without_case(client):
    client.send("GET /facts HTTP/1.1\r\nhOsT:   spaced.example  \r\n\r\n")
    assert client.response().body == b"GET /facts - spaced.example"
