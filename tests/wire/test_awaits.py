"""A client that leaves ends its handler wherever that waits, and nothing is left
of it."""

import json
import re
import time

import pytest

from server import APPS, PATIENCE_S, command

SOURCE = (APPS / "awaits.lua").read_text()


def names_in(text):
    return re.findall(r'^wait_in\("([a-z-]+)"', text, re.M)


NAMES = names_in(SOURCE)
# A body that ends too early is told to who reads it, which ends the handler in the
# same turn: nobody is left to be told of an abort.
READERS = names_in(SOURCE.split("takes nothing", 1)[1].split("sends nothing", 1)[1])
LEFT = re.compile(r"left at the end: (.*)")

# The beginning of a body of the type that the handler wants.
PARTS = ("multipart/form-data; boundary=b",
         b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nsome')
BODIES = {
    "form": ("application/x-www-form-urlencoded", b"a=1&b"),
    "json": ("application/json", b'{"a": '),
    "parts": PARTS,
    "part-file": PARTS,
}

LEAVE = {
    "closes": lambda client: client.socket.close(),
    "resets": lambda client: client.reset(),
    "stops sending": lambda client: client.finish_sending(),
}


def ask(server, name):
    kind, body = BODIES.get(name, ("text/plain", b"some"))
    client = server.connect(receive_buffer=4096)
    client.request("POST", f"/{name}", [("Content-Type", kind), ("Content-Length", "1000")])
    client.send(body)
    return client


def wait_for(server, seen, event, names=NAMES):
    """Until each handler has told of this event."""
    deadline = time.monotonic() + PATIENCE_S
    while missing := {f"{name} {event}" for name in names} - seen:
        assert time.monotonic() < deadline, missing
        seen.update(server.get("/events").body.decode().splitlines())
        time.sleep(0.005)


def wait_for_nothing(control):
    """Until nothing is live: what was cancelled ends in turns of its own."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        status = json.loads(command("status", "--json", "--control", control).stdout)
        (worker,) = status["workers"]
        live = {kind: worker[kind] for kind in ("exchanges", "operations", "pieces", "tasks")}
        if not any(live.values()):
            return
        assert time.monotonic() < deadline, live
        time.sleep(0.02)


def left(server):
    """What there is at the end, but the numbers that are 0."""
    server.wait_for_log("left at the end")
    return re.findall(r"(\w+ [1-9]\d*)", LEFT.search(server.log())[1])


@pytest.mark.parametrize("how", LEAVE)
def test_leaving_ends_every_wait(serve, tmp_path, how):
    assert len(NAMES) > 30 and len(READERS) > 8
    control, seen = tmp_path / "control", set()
    server = serve("awaits", settings={"workers": 1, "log_level": "debug", "control": control})
    clients = [ask(server, name) for name in NAMES]
    wait_for(server, seen, "begun")
    for client in clients:
        LEAVE[how](client)
    wait_for(server, seen, "ended")
    wait_for(server, seen, "aborted", set(NAMES) - set(READERS))
    for client in clients:
        client.socket.close()
    server.get("/collect")
    wait_for_nothing(control)
    server.stop()
    assert left(server) == []
