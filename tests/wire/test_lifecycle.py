"""Starting, listening and stopping as an operator sees it."""

import re
import signal
import socket
import time

import pytest

from client import Client
from server import PATIENCE_S


def refuses(port):
    """Waits until nobody accepts on `port` any more."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return True
        except OSError:
            pass
        time.sleep(0.005)
    return False


# --- Stopping -------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_with_0(serve, number):
    server = serve("lifecycle")
    assert server.get("/hello").status == 200
    server.signal(number)
    assert server.wait() == 0


@pytest.mark.parametrize("path, framing", [
    ("/gate", "chunked"), ("/quiet-gate", "length")])
def test_what_runs_is_finished_before_the_server_ends(serve, path, framing):
    server = serve("lifecycle")
    client = server.connect()
    client.request("GET", path)
    if framing == "chunked":
        assert client.head().framing == framing
        assert client.read_chunk() == b"begun,"
    else:
        server.get("/hello")  # Now the request before has been taken, too.
    server.signal(signal.SIGTERM)
    assert refuses(server.port)
    (server.folder / "go").touch()
    if framing == "chunked":
        assert client.read_chunk() == b"done"
        assert client.read_chunk() == b"" and client.read_fields() == []
    else:
        answer = client.response()
        assert answer.body == b"done"
        assert answer.headers.get("connection") == "close"
    assert client.ends()
    client.socket.close()
    assert server.wait() == 0


def test_idle_connections_are_closed_at_the_end(serve):
    server = serve("lifecycle")
    idle = [server.connect() for _ in range(10)]
    for client in idle:
        assert client.get("/hello").status == 200
    server.signal(signal.SIGTERM)
    for client in idle:
        assert client.ends()
        client.socket.close()
    assert server.wait() == 0


def test_the_end_does_not_wait_for_idle_clients(serve):
    """They are closed, whether or not they close too."""
    server = serve("lifecycle", settings={"linger_timeout": "1h"})
    with server.connect() as client:
        assert client.get("/hello").status == 200
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert "grace time is over" not in server.log()


def test_a_client_that_has_just_connected_may_still_ask(serve):
    server = serve("lifecycle")
    with server.connect() as client:
        server.get("/hello")  # Now the connection before was accepted, too.
        server.signal(signal.SIGTERM)
        assert refuses(server.port)
        answer = client.get("/hello")
        assert answer.body == b"Hello\n"
        assert answer.headers.get("connection") == "close"
        assert client.ends()
    assert server.wait() == 0


def test_half_a_request_does_not_outlive_the_grace_time(serve):
    server = serve("lifecycle", settings={"grace": "100ms"})
    with server.connect() as client:
        client.send("GET /hello HTTP/1.1\r\nHo")
        server.get("/hello")
        server.signal(signal.SIGTERM)
        assert server.wait() == 0


def test_what_never_ends_is_aborted_after_the_grace_time(serve):
    server = serve("lifecycle", settings={"grace": "200ms"})
    client = server.connect()
    client.request("GET", "/never")
    client.head()
    server.signal(signal.SIGTERM)
    try:
        rest = client.read_to_end()
    except ConnectionResetError:
        rest = b""
    assert b"0\r\n\r\n" not in rest
    assert server.wait() == 0


STREAMS = """
local sluice = require("sluice")
local folder = debug.getinfo(1, "S").source:match("@(.*)/")
local app = sluice.new()
app:get("/stream", function(req, res)
  local going = false
  req:on_shutdown(function()
    sluice.sleep(10)
    going = true
  end)
  res:write("begun,")
  while not going do
    sluice.sleep(10)
  end
  res:write("ended")
end)
app:get("/events", function(req, res)
  local stream = res:sse()
  local going = sluice.channel(1)
  req:on_shutdown(function()
    going:put(true)
  end)
  stream:event({ data = "first" })
  going:get()
  stream:event({ data = "last" })
end)
app:get("/late", function(req, res)
  repeat
    sluice.sleep(10)
    local file = io.open(folder .. "/go")
  until file
  local told
  req:on_shutdown(function()
    told = "told at once"
  end)
  sluice.sleep(10)
  res:write(told or "not told")
end)
app:get("/gone", function(req, res)
  sluice.spawn_free(function()
    sluice.sleep(10)
    local ok, err = req:on_shutdown(print)
    sluice.log.info(("%s %s"):format(ok, err))
  end)
end)
return app
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_streams_are_told_that_the_server_stops(serve, workers):
    server = serve(STREAMS, settings={"workers": workers})
    with server.connect() as client:
        client.request("GET", "/stream")
        client.head()
        assert client.read_chunk() == b"begun,"
        server.signal(signal.SIGTERM)
        assert client.read_chunk() == b"ended"
        assert client.read_chunk() == b"" and client.read_fields() == []
    assert server.wait() == 0
    assert "grace time is over" not in server.log()


@pytest.mark.parametrize("workers", [0, 2])
def test_event_streams_get_a_hint_when_to_come_back(serve, workers):
    server = serve(STREAMS, settings={"workers": workers})
    with server.connect() as client:
        client.request("GET", "/events")
        client.head()
        assert client.read_chunk() == b"data: first\n\n"
        server.signal(signal.SIGTERM)
        rest = client.read_to_end()
    assert re.search(rb"\r\nretry: [123]\d\d\d\n\n", rest)
    assert b"data: last\n\n" in rest and rest.endswith(b"\r\n0\r\n\r\n")
    assert server.wait() == 0


def test_who_asks_late_is_told_at_once(serve):
    server = serve(STREAMS)
    with server.connect() as client:
        client.request("GET", "/late")
        server.get("/gone")  # Now the request before has been taken, too.
        server.signal(signal.SIGTERM)
        assert refuses(server.port)
        (server.folder / "go").touch()
        assert client.response().body == b"told at once"
    assert server.wait() == 0


def test_a_request_that_is_over_is_told_nothing(serve):
    server = serve(STREAMS)
    server.get("/gone")
    server.wait_for_log("nil the exchange is over")


def test_a_signal_while_the_server_ends_changes_nothing(serve):
    server = serve("""
local sluice = require("sluice")
sluice.spawn(function()
  pcall(sluice.sleep, 1e9)
  sluice.log.info("cleaning up")
  local start = os.clock()
  repeat until os.clock() - start > 0.3
end)
return sluice.new()
""")
    server.signal(signal.SIGTERM)
    server.wait_for_log("cleaning up")
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def test_a_second_signal_ends_the_server_at_once(serve):
    server = serve("lifecycle")
    with server.connect() as client:
        client.request("GET", "/never")
        client.head()
        server.signal(signal.SIGTERM)
        assert refuses(server.port)
        server.signal(signal.SIGTERM)
        server.exit_code = 1
        assert server.wait() == 1


def test_coroutines_that_always_start_another_do_not_keep_the_server(serve):
    server = serve("""
local sluice = require("sluice")
local app = sluice.new()
local function again()
  sluice.spawn(again)
end
app:get("/", function(_, res)
  sluice.spawn(again)
  res:write("on and on")
end)
return app
""")
    assert server.get("/").body == b"on and on"
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def test_programs_of_a_script_end_with_their_readers(serve):
    """A program that writes to a closed pipe is ended by SIGPIPE, as in any
    shell: what the server does with that signal is not inherited."""
    server = serve("""
local sluice = require("sluice")
local app = sluice.new()
app:get("/", function(_, res)
  local program = io.popen("grep SigIgn /proc/self/status")
  res:write(program:read("*a"))
  program:close()
end)
return app
""")
    ignored = int(server.get("/").body.split()[1], 16)
    assert not ignored & 1 << signal.SIGPIPE - 1


def test_a_hangup_is_heard(serve):
    server = serve("lifecycle")
    server.signal(signal.SIGHUP)
    server.wait_for_log("SIGHUP")
    assert server.get("/hello").status == 200


def test_connections_in_the_accept_queue_are_answered(serve):
    """What connected and asked before the signal gets its answer."""
    server = serve("lifecycle")
    clients = [server.connect() for _ in range(50)]
    for client in clients:
        client.request("GET", "/hello")
    server.signal(signal.SIGTERM)
    for client in clients:
        assert client.response().body == b"Hello\n"
        assert client.ends()
        client.socket.close()
    assert server.wait() == 0


# --- Listening ------------------------------------------------------------------


def test_a_unix_socket_is_served_and_removed(serve, tmp_path):
    path = tmp_path / "sluice.sock"
    server = serve("lifecycle", listen=f"unix:{path}")
    with Client(str(path)) as client:
        assert client.get("/hello").body == b"Hello\n"
        client.request("POST", "/echo", body=b"x" * 100000)
        assert client.response().body == b"x" * 100000
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert not path.exists()


def test_a_socket_file_that_nobody_serves_is_replaced(serve, tmp_path):
    path = tmp_path / "sluice.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    serve("lifecycle", listen=f"unix:{path}")
    with Client(str(path)) as client:
        assert client.get("/hello").body == b"Hello\n"


def test_two_listeners_serve_the_same_app(serve, tmp_path):
    path = tmp_path / "sluice.sock"
    server = serve("lifecycle", flags=["--listen", f"unix:{path}"])
    assert server.get("/hello").body == b"Hello\n"
    server.wait_for_log(f"unix:{path}")
    with Client(str(path)) as client:
        assert client.get("/hello").body == b"Hello\n"


def test_ipv6_is_served(serve):
    try:
        socket.socket(socket.AF_INET6).bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = serve("lifecycle", listen="[::1]:0")
    with socket.create_connection(("::1", server.port)) as connection:
        connection.sendall(b"GET /hello HTTP/1.1\r\nHost: t\r\n\r\n")
        assert b"Hello\n" in connection.recv(4096)


# --- Connections ----------------------------------------------------------------


def test_a_thousand_connections_are_closed_again(serve):
    server = serve("lifecycle")
    server.get("/hello")
    before = server.descriptors()
    for _ in range(10):
        clients = [server.connect() for _ in range(100)]
        for client in clients:
            assert client.get("/hello").status == 200
        for client in clients:
            client.socket.close()
    deadline = time.monotonic() + PATIENCE_S
    while server.descriptors() > before:
        assert time.monotonic() < deadline, server.descriptors()
        time.sleep(0.01)


def waits(client):
    """The client has connected, and nobody answers for now."""
    client.request("GET", "/hello")
    client.socket.settimeout(0.1)
    with pytest.raises(TimeoutError):
        client.receive()
    client.socket.settimeout(PATIENCE_S)
    return True


def test_above_the_limit_of_connections_clients_wait_for_their_turn(serve):
    server = serve("lifecycle", settings={"max_connections": 3})
    first, *others = [server.connect() for _ in range(3)]
    for client in (first, *others):
        assert client.get("/hello").status == 200
    late = server.connect()
    assert waits(late)
    assert first.get("/hello").status == 200
    first.socket.close()
    assert late.response().body == b"Hello\n"
    for client in (late, *others):
        client.socket.close()


def test_without_descriptors_clients_wait_for_their_turn(serve):
    server = serve("lifecycle", most_descriptors=30)
    clients = [server.connect() for _ in range(40)]
    for client in clients:
        client.request("GET", "/hello")
    server.wait_for_log("out of file descriptors")
    for client in clients:
        assert client.response().body == b"Hello\n"
        client.socket.close()
    assert server.log().count("out of file descriptors") == 1


def test_the_access_log_has_a_line_for_each_request(serve):
    server = serve("lifecycle", settings={"access_log": "-"})
    server.get("/hello?who=you", [("User-Agent", 'a "quoted" agent')])
    server.get("/absent")
    server.wait_for_log("/absent")
    assert '"GET /hello?who=you HTTP/1.1" 200 6' in server.log()
    assert '"GET /absent HTTP/1.1" 404' in server.log()


def test_a_request_cannot_forge_a_line_of_the_log(serve):
    server = serve("lifecycle", settings={"access_log": "-"})
    with server.connect() as client:
        client.send(b"GET /hello HTTP/1.1\r\nHost: t\r\n"
                    b"User-Agent: a\x1b[31m\"\r\n\r\n")
        client.response()
    server.get("/absent")
    server.wait_for_log("/absent")
    assert "\x1b" not in server.log()
