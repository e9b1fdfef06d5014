"""A client that leaves is noticed at once, and by its own request only."""

import time

import pytest

from server import PATIENCE_S

APP = "leaving"


class Events:
    """What handlers noticed, as it comes in."""

    def __init__(self, server):
        self.server = server
        self.seen = []

    def look(self):
        self.seen += self.server.get("/events").body.decode().splitlines()
        return self.seen

    def wait_for(self, event):
        deadline = time.monotonic() + PATIENCE_S
        while event not in self.look():
            assert time.monotonic() < deadline, (event, self.seen)
            time.sleep(0.005)


@pytest.fixture
def events(server):
    Events(server).look()
    return Events(server)


def fin(client):
    client.socket.close()


def half(client):
    client.finish_sending()


def rst(client):
    client.reset()


@pytest.mark.parametrize("leave", [fin, half, rst])
def test_leaving_is_noticed_while_the_handler_only_waits(server, events, leave):
    client = server.connect()
    client.request("GET", "/wait/alone")
    events.wait_for("alone started")
    leave(client)
    events.wait_for("alone aborted")
    client.socket.close()


@pytest.mark.parametrize("leave", [fin, rst])
def test_leaving_is_noticed_while_the_handler_writes(server, events, leave):
    client = server.connect()
    client.request("GET", "/write/stream")
    client.head()
    client.read_chunk()
    leave(client)
    events.wait_for("stream aborted")
    events.wait_for("stream write aborted")


@pytest.mark.parametrize("leave", [fin, half, rst])
def test_leaving_is_noticed_while_the_handler_waits_for_room(
        server, events, leave):
    client = server.connect(receive_buffer=4096)
    client.request("GET", "/full/stalled")
    client.head()
    leave(client)
    events.wait_for("stalled aborted")
    events.wait_for("stalled write aborted")
    client.socket.close()


@pytest.mark.parametrize("leave", [fin, rst])
def test_leaving_is_noticed_while_the_handler_waits_for_the_body(
        server, events, leave):
    client = server.connect()
    client.send("POST /upload/short HTTP/1.1\r\nHost: t\r\n"
                "Content-Length: 100\r\n\r\nsome")
    events.wait_for("short started")
    leave(client)
    events.wait_for("short body aborted")


@pytest.mark.parametrize("leave", [fin, rst])
def test_only_the_request_of_the_client_that_left_notices(
        server, events, leave):
    others = [server.connect() for _ in range(5)]
    for n, other in enumerate(others):
        other.request("GET", f"/wait/other{n}")
        events.wait_for(f"other{n} started")
    client = server.connect()
    client.request("GET", "/wait/leaver")
    events.wait_for("leaver started")
    leave(client)
    events.wait_for("leaver aborted")
    for other in others:
        assert other.response().body == b"waited"
        other.socket.close()
    aborted = [e for e in events.look() if e.endswith("aborted")]
    assert aborted == ["leaver aborted"]


def test_leaving_after_the_answer_is_no_abort(server, events):
    client = server.connect()
    client.request("GET", "/wait/done")
    assert client.response().body == b"waited"
    client.reset()
    server.get("/quick")
    server.get("/quick")
    assert "done aborted" not in events.look()


def test_a_second_request_of_the_connection_does_not_notice_for_the_first(
        server, events):
    client = server.connect()
    client.request("GET", "/wait/first")
    assert client.response().body == b"waited"
    client.request("GET", "/wait/second")
    events.wait_for("second started")
    client.reset()
    events.wait_for("second aborted")
    assert "first aborted" not in events.look()


def test_pipelined_requests_behind_one_that_is_left_are_not_started(
        server, events):
    client = server.connect()
    client.request("GET", "/wait/one")
    client.request("GET", "/wait/two")
    events.wait_for("one started")
    client.reset()
    events.wait_for("one aborted")
    for _ in range(5):
        server.get("/quick")
    assert "two started" not in events.look()


def test_a_request_and_a_fin_together_are_answered(server):
    for _ in range(20):
        with server.connect() as client:
            client.send("GET /quick HTTP/1.1\r\nHost: t\r\n\r\n")
            client.finish_sending()
            assert client.response().body == b"quick"
            assert client.ends()


# --- half_close -------------------------------------------------------------------


def test_with_half_close_a_fin_is_not_leaving(serve):
    server = serve("leaving", settings={"half_close": "true"})
    events = Events(server)
    with server.connect() as client:
        client.request("GET", "/wait/half")
        events.wait_for("half started")
        client.finish_sending()
        assert client.response().body == b"waited"
        assert client.ends()
    assert "half aborted" not in events.look()


def test_with_half_close_a_reset_is_still_leaving(serve):
    server = serve("leaving", settings={"half_close": "true"})
    events = Events(server)
    client = server.connect()
    client.request("GET", "/wait/gone")
    events.wait_for("gone started")
    client.reset()
    events.wait_for("gone aborted")
