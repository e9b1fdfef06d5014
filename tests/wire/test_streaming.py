"""Streaming that cannot go wrong: bounded memory, nobody starves, and what was
written leaves without a flush."""

import hashlib
import re
import time

import pytest

APP = "streaming"
MIB = 1 << 20


def lines(count):
    return b"".join(b"%d\n" % n for n in range(1, count + 1))


# --- For ever -----------------------------------------------------------------

ENDLESS = ["/forever", "/forever-async", "/forever-large", "/forever-flush"]


@pytest.mark.parametrize("path", ENDLESS)
def test_an_endless_answer_to_a_slow_client_takes_bounded_memory(server, path):
    with server.connect(receive_buffer=64 << 10) as slow, \
            server.connect() as other:
        slow.request("GET", path)
        assert slow.head().framing == "chunked"
        other.get("/hello")
        before = peak = server.rss()
        for _ in range(100):  # about 1 MB/s, for three seconds
            slow.receive(32 << 10)
            assert other.get("/hello").body == b"Hello\n"
            peak = max(peak, server.rss())
            time.sleep(0.03)
        assert peak - before < 16 * MIB, f"{before} -> {peak}"


@pytest.mark.parametrize("path", ENDLESS)
def test_an_endless_answer_to_nobody_starves_nobody(server, path):
    """Also a handler that does not look whether its writes succeed."""
    with server.connect() as left:
        left.request("GET", path)
        left.head()
        left.reset()
    with server.connect() as other:
        for _ in range(50):
            assert other.get("/hello").body == b"Hello\n"


@pytest.mark.parametrize("path", ENDLESS)
def test_a_handler_that_goes_on_writing_to_nobody_is_ended(serve, path):
    server = serve("streaming")
    with server.connect() as left:
        left.request("GET", path)
        left.head()
        left.reset()
    server.wait_for_log("goes on writing")
    assert re.search(r"app\.lua:\d+: the response is over \(aborted\)",
                     server.log())


@pytest.mark.parametrize("path", ENDLESS)
def test_an_endless_answer_to_who_does_not_read_starves_nobody(server, path):
    with server.connect(receive_buffer=4096) as stalled:
        stalled.request("GET", path)
        with server.connect() as other:
            for _ in range(50):
                assert other.get("/hello").body == b"Hello\n"


def test_many_endless_answers_share_the_worker(server):
    clients = [server.connect() for _ in range(20)]
    for client in clients:
        client.request("GET", "/forever")
    for _ in range(20):
        for client in clients:
            assert client.read_exactly(10_000)
    assert server.get("/hello").body == b"Hello\n"
    for client in clients:
        client.socket.close()


# --- Much ---------------------------------------------------------------------


def test_a_million_one_line_writes_arrive(client):
    assert client.get("/lines/1000000").body == lines(1_000_000)
    assert client.get("/hello").body == b"Hello\n"


@pytest.mark.parametrize("count", [1, 100, 4095, 4096, 4097, 20000])
def test_lines_arrive_in_order(client, count):
    assert client.get(f"/lines/{count}").body == lines(count)


def test_large_strings_that_become_garbage_arrive(client):
    answer = client.get("/pieces/500")
    expected = b"".join(b"%08d" % n * 8192 for n in range(1, 501))
    assert answer.body == expected


def test_an_http_10_client_gets_the_same(client):
    answer = client.get("/lines/100000", version="1.0")
    assert (answer.framing, answer.body) == ("close", lines(100_000))


# --- Files --------------------------------------------------------------------


@pytest.fixture(scope="module")
def large_file(server):
    """64 MiB of which no two blocks are equal."""
    path = server.folder / "large.bin"
    with open(path, "wb") as file:
        for n in range(64 * 16):
            file.write(hashlib.sha256(b"%d" % n).digest() * 2048)
    return path.read_bytes()


def test_a_large_file_arrives_unchanged(client, large_file):
    answer = client.get("/file")
    assert answer.framing == "length"
    assert len(answer.body) == 64 * MIB
    assert answer.body == large_file
    assert client.get("/hello").body == b"Hello\n"


def test_a_file_stops_with_its_client(server, large_file):
    before = server.descriptors()
    for _ in range(10):
        with server.connect(receive_buffer=4096) as client:
            client.request("GET", "/file")
            client.head()
            client.reset()
    server.get("/hello")
    deadline = time.monotonic() + 30
    while server.descriptors() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.descriptors() <= before


@pytest.mark.parametrize("offset, length", [
    (0, 0), (0, 1), (1, 99999), (64 * MIB - 1, 1), (12345, 10 * MIB)])
def test_a_range_of_a_file_arrives(client, large_file, offset, length):
    answer = client.get(f"/file/{offset}/{length}")
    assert answer.body == b"<" + large_file[offset:offset + length] + b">"


# --- When bytes leave -----------------------------------------------------------


@pytest.mark.parametrize("way", ["wait", "flush", "flush-async", "write"])
def test_what_was_written_leaves_when_the_handler_waits(server, way):
    with server.connect() as client:
        client.request("GET", f"/gate/{way}")
        assert client.head().framing == "chunked"
        assert client.read_chunk() == b"before"
        assert server.get("/open").body == b"open"
        assert client.read_chunk() == b"after"
        assert client.read_chunk() == b""
