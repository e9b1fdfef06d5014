"""Request bodies that are read piece by piece, and ones that are not."""

import os
import threading
import time

import pytest

APP = "uploads"
SETTINGS = {"body_timeout": "20s"}
MIB = 1 << 20


def start(client, path, length=None):
    framing = (f"Content-Length: {length}" if length is not None
               else "Transfer-Encoding: chunked")
    client.send(f"POST {path} HTTP/1.1\r\nHost: t\r\n{framing}\r\n\r\n")


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


def test_a_body_is_mirrored_while_it_arrives(client):
    start(client, "/mirror")
    for n in range(100):
        piece = b"piece %d" % n
        client.send(chunk(piece))
        if n == 0:
            assert client.head().framing == "chunked"
        assert client.read_chunk() == piece
    client.send("0\r\n\r\n")
    assert client.read_chunk() == b""
    assert client.read_fields() == []
    assert client.get("/hello").body == b"Hello\n"


def test_a_large_body_is_mirrored(client):
    content = os.urandom(16 * MIB)
    start(client, "/mirror", len(content))
    sender = threading.Thread(target=client.send, args=[content])
    sender.start()
    assert client.response().body == content
    sender.join()


def test_a_mirror_whose_client_does_not_read_takes_bounded_memory(server):
    with server.connect(receive_buffer=4096) as client:
        server.get("/hello")
        before = server.rss()
        start(client, "/mirror", 64 * MIB)
        client.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.send(b"x" * (64 * MIB))  # stops when all buffers are full
        assert server.get("/hello").body == b"Hello\n"
        assert server.rss() - before < 16 * MIB


def test_a_large_body_is_counted_in_bounded_memory(server):
    with server.connect() as client:
        server.get("/hello")
        before = server.rss()
        start(client, "/count", 128 * MIB)
        for _ in range(128):
            client.send(b"x" * MIB)
        assert client.response().body == b"%d" % (128 * MIB)
        assert server.rss() - before < 16 * MIB


def test_a_slow_reader_slows_its_client_down_only(server):
    with server.connect() as client:
        start(client, "/slow", MIB)
        sender = threading.Thread(target=client.send, args=[b"x" * MIB])
        sender.start()
        for _ in range(20):
            assert server.get("/hello").body == b"Hello\n"
        assert client.response().body == b"%d" % MIB
        sender.join()


@pytest.mark.parametrize("most", [1, 7, 100])
def test_a_read_gives_at_most_what_was_asked_for(client, most):
    client.request("POST", f"/pieces/{most}", body=b"x" * 5000)
    assert client.response().body == b"%d" % most
    assert client.get("/hello").body == b"Hello\n"


@pytest.mark.parametrize("size", [0, 1, 1000, 65536, 65537, 500_000])
def test_a_body_may_wait_for_its_handler(server, size):
    with server.connect() as client:
        start(client, "/later", size)
        sender = threading.Thread(target=client.send, args=[b"x" * size])
        sender.start()
        time.sleep(0.02)
        assert server.get("/begin").body == b"begun"
        assert client.response().body == b"%d" % size
        sender.join()
        assert client.get("/hello").body == b"Hello\n"


def test_trailers_of_a_request_can_be_read(client):
    start(client, "/trailers")
    client.send(chunk(b"body") + b"0\r\nX-Sum: 42\r\n\r\n")
    assert client.response().body == b"body:42"
    start(client, "/trailers")
    client.send(chunk(b"body") + b"0\r\n\r\n")
    assert client.response().body == b"body:none"


def test_trailers_are_there_when_the_last_piece_was_read(client):
    start(client, "/trailers-late")
    client.send(chunk(b"body"))
    assert client.head().status == 200
    assert client.read_chunk() == b"none;"
    client.send(b"0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n")
    assert client.read_chunk() == b"1, 2"


# --- Expect: 100-continue, decided by the handler -----------------------------

EXPECT = [("Expect", "100-continue")]


@pytest.mark.parametrize("status", [200, 401, 413, 417])
def test_a_handler_may_answer_before_the_body_is_sent(server, status):
    with server.connect() as client:
        client.request("POST", f"/decide?{status}", [*EXPECT, ("Content-Length", "100")])
        answer = client.response()
        assert (answer.status, answer.interim) == (status, [])
        # Nobody knows whether the body will come.
        assert answer.headers.get("connection") == "close"
        assert client.ends()


def test_a_body_that_comes_nevertheless_is_skipped(server):
    with server.connect() as client:
        client.request("POST", "/decide?413", EXPECT, b"x" * 1000)
        answer = client.response()
        assert (answer.status, answer.interim) == (413, [])
        if "connection" not in answer.headers:  # it was there with the head
            assert client.get("/hello").body == b"Hello\n"


def test_a_refusal_arrives_although_the_client_goes_on_sending(server):
    with server.connect() as client:
        client.request("POST", "/decide?413", [("Content-Length", str(900_000))])
        client.send(b"x" * 900_000)
        answer = client.response()
        assert (answer.status, answer.headers.get("connection")) == (413, "close")
        assert client.ends()


@pytest.mark.parametrize("read", ["read", "chunks", "body", "body_file", "async", "form", "parts"])
def test_whoever_asks_for_the_body_lets_the_client_go_on(server, read):
    kind = {"form": "application/x-www-form-urlencoded",
            "parts": "multipart/form-data; boundary=b"}.get(read, "text/plain")
    body = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--'
    with server.connect() as client:
        client.request("POST", f"/ask?{read}", [
            *EXPECT, ("Content-Type", kind), ("Content-Length", str(len(body)))])
        assert client.read_head().status == 100
        client.send(body)
        assert client.response().body == b"asked"
        assert client.get("/hello").body == b"Hello\n"


# --- A body that nobody reads -----------------------------------------------------


@pytest.mark.parametrize("size", [3, 10, 60_000])
def test_a_small_rest_that_nobody_reads_is_skipped(client, size):
    client.request("POST", "/part", body=b"abc" + b"x" * (size - 3))
    assert client.response().body == b"first: abc"
    assert client.get("/hello").body == b"Hello\n"


def test_a_large_rest_that_nobody_reads_closes_the_connection(client):
    start(client, "/part", 800_000)
    client.send(b"abc" + b"x" * 799_997)
    answer = client.response()
    assert answer.body == b"first: abc"
    assert answer.headers.get("connection") == "close"
    assert client.ends()


def test_an_unread_rest_without_a_length_closes_when_it_is_large(server):
    with server.connect() as client:
        start(client, "/part")
        client.send(chunk(b"abc") + chunk(bytes(1000)) + b"0\r\n\r\n")
        assert client.response().body == b"first: abc"
        assert client.get("/hello").body == b"Hello\n"
        start(client, "/part")
        client.send(chunk(b"abc"))
        assert client.response().body == b"first: abc"
        client.send(chunk(bytes(200_000)))
        assert client.ends()


def test_what_is_drained_is_a_setting(serve):
    server = serve("uploads", settings={"drain_size": 100})
    with server.connect() as client:
        client.request("POST", "/part", body=b"abc" + bytes(100))
        assert client.response().body == b"first: abc"
        assert client.get("/hello").body == b"Hello\n"
        client.request("POST", "/part", [("Content-Length", "204")])
        client.send(b"abc")
        answer = client.response()
        assert answer.headers.get("connection") == "close"


def test_a_body_that_ends_early_is_not_complete(client):
    start(client, "/count", 100)
    client.send(b"x" * 50)
    client.finish_sending()
    try:
        rest = client.read_to_end()
    except ConnectionResetError:
        rest = b""
    assert b"200" not in rest.split(b"\r\n")[0]
