"""Timeouts are settings. Only their outcome is checked, never the time."""

import pytest

APP = "lifecycle"
SETTINGS = {
    "header_timeout": "200ms",
    "body_timeout": "200ms",
    "keepalive_timeout": "300ms",
    "write_timeout": "300ms",
    "grace": "200ms",
    "access_log": "-",
}


def test_a_head_that_does_not_come_to_its_end_gets_408(client):
    client.send("GET /hello HTTP/1.1\r\nHost:")
    answer = client.response()
    assert answer.status == 408
    assert answer.headers.get("connection") == "close"
    assert client.ends()


def test_a_head_that_comes_byte_by_byte_gets_408(client):
    """The time counts from the first byte, not from the last one."""
    try:
        for n in range(10_000):
            client.send("GET /hello HTTP/1.1\r\nX: " if n == 0 else "x")
            client.socket.settimeout(0.02)
            try:
                client.buffer += client.receive()
                break
            except TimeoutError:
                continue
    except OSError:
        pass
    client.socket.settimeout(10)
    assert client.response().status == 408


def test_a_body_that_stalls_gets_408(client):
    client.send("POST /echo HTTP/1.1\r\nHost: t\r\n"
                "Content-Length: 100\r\n\r\nsome")
    answer = client.response()
    assert answer.status == 408
    assert client.ends()


def test_an_idle_connection_is_closed_without_an_answer(client):
    assert client.get("/hello").status == 200
    assert client.ends()


def test_a_connection_that_never_asks_is_closed(client):
    assert client.ends()


def test_a_client_that_takes_nothing_is_reset(serve):
    server = serve("streaming", settings=SETTINGS)
    with server.connect(receive_buffer=4096) as stalled:
        stalled.request("GET", "/forever")
        server.wait_for_log("GET /forever")  # logged when it is over
        assert stalled.is_reset()


@pytest.mark.parametrize("path", ["/gate", "/quiet-gate"])
def test_a_handler_may_take_longer_than_all_of_them(server, path):
    """The timeouts concern clients: no one ends what a handler does."""
    go = server.folder / "go"
    with server.connect() as client, server.connect() as idle:
        client.request("GET", path)
        assert idle.ends()
        go.touch()
        assert client.response().body.endswith(b"done")
    go.unlink()
