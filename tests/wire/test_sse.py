"""res:sse() over real sockets, read as the specification of event streams says."""

import json
import re

import pytest

APP = "events"
SETTINGS = {"grace": "100ms"}  # one handler sleeps for a minute


def events_of(body):
    """Events as a browser dispatches them (HTML, 9.2.6)."""
    found, data, kind, last_id = [], "", "", ""
    for line in re.split(r"\r\n|\r|\n", body.decode()):
        if line == "":
            if data:
                found.append((kind or "message", data[:-1], last_id))
            data, kind = "", ""
            continue
        field, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "data":
            data += value + "\n"
        elif field == "event":
            kind = value
        elif field == "id":
            last_id = value
    return found


def send(server, event):
    return server.get("/event", method="POST", body=json.dumps(event).encode())


@pytest.mark.parametrize("event, dispatched", [
    ({"data": "hi"}, ("message", "hi", "")),
    ({"data": 7, "event": "count", "id": 3}, ("count", "7", "3")),
    ({"data": "a\nb\r\nc\rd"}, ("message", "a\nb\nc\nd", "")),
    ({"data": "\n"}, ("message", "\n", "")),
    ({"data": "\r\r\n\n"}, ("message", "\n\n\n", "")),
    ({"data": ""}, ("message", "", "")),
    ({"data": " led by a space"}, ("message", " led by a space", "")),
    ({"data": "ends\n"}, ("message", "ends\n", "")),
    ({"data": "x\n\nevent: forged\ndata: y"}, ("message", "x\n\nevent: forged\ndata: y", "")),
    ({"data": {"a": [1, "\n"]}}, ("message", '{"a":[1,"\\n"]}', "")),
    ({"data": "grüße ✓"}, ("message", "grüße ✓", "")),
])
def test_an_event_arrives_as_it_was_meant(server, event, dispatched):
    assert events_of(send(server, event).body) == [dispatched]


def test_fields_without_data_are_no_event_for_the_page(server):
    body = send(server, {"retry": 2500, "id": "7"}).body
    assert body == b"id: 7\nretry: 2500\n\n"
    assert events_of(body) == []


@pytest.mark.parametrize("event, why", [
    ({"event": "a\ndata: forged"}, "event: one line expected"),
    ({"data": "x", "event": "a\rb"}, "event: one line expected"),
    ({"data": "x", "id": "1\n2"}, "id: one line without NUL expected"),
    ({"data": "x", "id": "1\0"}, "id: one line without NUL expected"),
    ({"retry": 1.5}, "retry: whole milliseconds expected"),
    ({"retry": -1}, "retry: whole milliseconds expected"),
    ({"retry": "1"}, "retry: number expected, got string"),
    ({"date": "x"}, "it has no option 'date'"),
    ({"data": True}, "data: string or number or table expected, got boolean"),
    ({}, "an event without a field"),
])
def test_what_is_no_event_is_an_error_of_the_script(server, event, why):
    body = send(server, event).body.decode()
    assert body.startswith(": ") and f"bad argument #1 to 'event' ({why})" in body
    assert events_of(body.encode()) == []


def test_a_comment_of_any_lines_is_no_event(server):
    answer = server.get("/comment", method="POST", body=b"a\ndata: b\r\nc\rd")
    assert answer.body == b": a\n: data: b\n: c\n: d\n\n"


def test_the_head_says_that_nothing_may_keep_it(server, client):
    client.request("GET", "/quiet")
    head = client.head()  # before there is any event
    assert head.framing == "chunked"
    assert head.headers.get("content-type") == "text/event-stream"
    assert head.headers.get("cache-control") == "no-store"
    assert head.headers.get("x-accel-buffering") == "no"
    assert client.read_chunk() == b"data: only\n\n"


def test_a_silent_stream_has_heartbeats(server):
    with server.connect() as one, server.connect() as other:
        for client in (one, other):
            client.request("GET", "/silent")
            client.head()
        for client in (one, other, one, other):
            assert client.read_chunk() == b":\n\n"
        one.socket.close()
        assert other.read_chunk() == b":\n\n"  # it outlives the one that began it
        assert other.read_chunk() == b":\n\n"
    with server.connect() as client:  # and begins again
        client.request("GET", "/silent")
        client.head()
        assert client.read_chunk() == b":\n\n"


def test_a_client_that_does_not_read_holds_nobody_up(server):
    with server.connect(receive_buffer=4096) as slow, server.connect() as other:
        slow.request("GET", "/flood")
        slow.head()
        other.request("GET", "/silent")
        other.head()
        for _ in range(5):
            assert other.read_chunk() == b":\n\n"
        body = b"".join(slow.read_chunk() for _ in range(3))
        assert body.startswith(b"id: 0\ndata: xxx")
    server.wait_for_log("flood over")


def test_a_head_request_ends_the_stream(server):
    with server.connect() as client:
        client.request("HEAD", "/flood")
        head = client.response("HEAD")
        assert head.headers.get("content-type") == "text/event-stream"
        assert client.get("/late").body == b"xcommitted"


def test_a_stream_after_the_head_has_left_is_refused(server):
    assert server.get("/late").body == b"xcommitted"


def test_opening_leaves_no_completion_to_collect(server):
    assert server.get("/completions").body == b"data: idle\n\n"
