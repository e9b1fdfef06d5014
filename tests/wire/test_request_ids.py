"""One id for a request, in every log, on both sides of a proxy."""

import json
import os
import re
import signal

import pytest

from processes import until
from server import Server
from test_admin import Admin

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/id", function(req, res)
  sluice.log.info("asked")
  sluice.spawn(function()
    sluice.log.info("spawned")
  end):join()
  res:write(req.id)
end)
app:get("/named", function(_, res)
  res:set("X-Request-Id", "mine")
  res:write("fine")
end)
app:get("/fails", function()
  error("on purpose")
end)
app:get("/slow", function(_, res)
  res:write("x")
  res:flush()
  sluice.sleep(1e6)
end)
app:get("/events", function(_, res)
  res:sse():event({ data = "x" })
end)
return app
"""
OWN = re.compile(r"[0-9a-f]{16}")
UUID = "3f1c6a52-8f1e-4a3b-9c56-0d7f0f6a1b2c"
LONGEST = "az09-._~:=+/@" + "x" * 50
BAD = ["", "x" * 64, "two words", 'a"b', "a,b", "a;b", "<a>", "a\x7fb", "\u00e9"]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def ask(server, *ids, path="/id"):
    return server.get(path, [("X-Request-Id", i) for i in ids])


@pytest.mark.parametrize("settings, taken", [
    ({}, False),  # nobody is trusted
    ({"trusted_proxies": "10.0.0.0/8"}, False),
    ({"trusted_proxies": "127.0.0.1"}, True),
    ({"trusted_proxies": "127.0.0.1", "request_id": "own"}, False),
    ({"request_id": "anybody"}, True),
])
def test_an_id_counts_when_its_sender_does(serve, settings, taken):
    server = serve(APP, settings=settings)
    said = ask(server, UUID).body.decode()
    assert said == UUID if taken else OWN.fullmatch(said)
    assert OWN.fullmatch(ask(server).body.decode())


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    shared = Server(APP, folder, settings={
        "request_id": "anybody", "request_id_header": "true", "admin": "127.0.0.1:0",
        "access_log": folder / "access", "access_log_format": "json"})
    yield shared
    shared.stop()


@pytest.mark.parametrize("said", [UUID, LONGEST, "1"])
def test_an_id_is_taken_over_everywhere(server, said):
    answer = ask(server, said)
    assert answer.body.decode() == said
    assert answer.headers.get("x-request-id") == said
    shown = f'"{said}"' if "=" in said else said
    server.wait_for_log(f"asked request={shown}")
    server.wait_for_log(f"spawned request={shown}")
    log = server.folder / "access"
    until(lambda: any(json.loads(line)["id"] == said
                      for line in log.read_text().splitlines()))


@pytest.mark.parametrize("said", BAD)
def test_what_could_be_anything_else_is_not_taken_over(server, said):
    answer = ask(server, said)
    if answer.status != 400:
        assert OWN.fullmatch(answer.body.decode())
        assert answer.headers.get("x-request-id") == answer.body.decode()


def test_two_ids_are_none(server):
    assert OWN.fullmatch(ask(server, "a", "b").body.decode())


def test_a_handler_may_name_its_answer_otherwise(server):
    assert ask(server, "a", path="/named").headers.get("x-request-id") == "mine"


@pytest.mark.parametrize("path, status", [("/fails", 500), ("/nowhere", 404), ("/events", 200)])
def test_every_answer_to_a_request_has_it(server, path, status):
    answer = ask(server, "this-one", path=path)
    assert answer.status == status
    assert answer.headers.get("x-request-id") == "this-one"
    if status == 500:
        assert b"this-one" in answer.body


def test_it_is_not_sent_unless_somebody_wants_it(serve):
    assert "x-request-id" not in serve(APP).get("/id").headers


def test_ids_of_one_connection_differ(server):
    with server.connect() as client:
        assert len({client.get("/id").body for _ in range(600)}) == 600


def test_the_status_shows_it(server):
    with server.connect() as client:
        client.request("GET", "/slow", [("X-Request-Id", LONGEST)])
        client.socket.recv(1)
        status = json.loads(Admin(server).text("/status"))
    assert LONGEST in [x["id"] for w in status["workers"] for x in w["live"]]


def test_a_worker_that_dies_names_its_requests_by_it(serve):
    server = serve(APP, settings={"workers": 1, "request_id": "anybody"})
    (worker,) = server.workers()
    ask(server, LONGEST)
    os.kill(worker, signal.SIGKILL)
    server.wait_for_log(LONGEST + "\n")
    until(lambda: server.workers() not in ([], [worker]))


def test_errors_name_the_trace(server):
    server.get("/fails", [("traceparent", PARENT)])
    server.wait_for_log(f"trace={TRACE} method=GET target=/fails")
    server.get("/id", [("traceparent", PARENT)])
    server.wait_for_log(f"trace={TRACE}\n")
    server.get("/fails", [("traceparent", PARENT.upper())])
    server.wait_for_log(" method=GET target=/fails", 2)
    assert TRACE.upper() not in server.log()


def test_no_log_has_a_secret_of_a_request(serve, tmp_path):
    """Whatever happens to it, and however much is logged."""
    access = tmp_path / "access"
    server = serve(APP, settings={
        "log_level": "debug", "access_log": access, "access_log_format": "json",
        "request_id": "anybody", "trusted_proxies": "127.0.0.1", "development": "true",
        "watch": "off", "workers": 0})
    secrets = [("Authorization", "Bearer hush"), ("Cookie", "session=hush"),
               ("Proxy-Authorization", "Basic hush"), ("X-Api-Key", "hush")]
    for path in ("/id", "/fails", "/nowhere", "/named"):
        server.get(path, secrets)
    server.get("/id", [*secrets, ("X-Large", "x" * 20000)])
    with server.connect() as client:
        client.send("GET /id HTTP/1.1\r\nHost: t\r\nAuthorization: hush\r\n folded\r\n\r\n")
        assert client.response().status == 400
    with server.connect() as client:
        client.request("GET", "/slow", secrets)
        client.socket.recv(1)
    server.stop()
    assert "on purpose" in server.log() and "/id" in access.read_text()
    assert "hush" not in server.log() + access.read_text()
