"""What connections, streams and large answers take of the server's memory.

Bytes are counted, and no time; the sanitizers have memory of their own, so a
server that was built with one is not measured."""

import os
import resource
import socket

import pytest

KIB, MIB = 1 << 10, 1 << 20

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("SLUICE_SANITIZE")),
    reason="a sanitizer's memory is not the server's")

APP = """
local sluice = require("sluice")
local app = sluice.new()
local large
local event = "data: " .. ("x"):rep(92) .. "\\n\\n"
local streams = 0

app:get("/hello", function(_, res)
  res:write("Hello\\n")
end)

app:get("/large", function(_, res)
  large = large or ("0123456789abcdef"):rep(4 * 1024 * 1024)
  res:write(large)
end)

-- Each piece is copied, for it is shorter than the threshold.
app:get("/gigabyte", function(_, res)
  local piece = ("x"):rep(1024)
  for _ = 1, 1024 * 1024 do
    if not res:write(piece) then
      return
    end
  end
end)

app:get("/events", function(_, res)
  res:set("Content-Type", "text/event-stream")
  while res:write(event) do
    sluice.sleep(3600000)
  end
end)

-- Each event waits until it was sent, which takes a turn.
app:get("/day", function(_, res)
  for n = 1, 100000 do
    local operation = res:WriteEntityChunks({ "data: ", n, "\\n\\n" }, true)
    assert(operation:GetCompletedOperation())
  end
end)

return app
"""


@pytest.fixture(scope="module", autouse=True)
def many_descriptors():
    """Enough of them for the test, and for the server that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def opened(server, count, path):
    """So many connections, each with the first bytes of an answer."""
    clients = []
    for _ in range(count):
        client = server.connect()
        client.request("GET", path)
        assert client.receive()
        clients.append(client)
    return clients


def leave(clients):
    for client in clients:
        client.socket.close()


@pytest.mark.parametrize("path, most", [
    ("/hello", 0.6 * KIB),  # an idle connection
    ("/events", 4 * KIB),  # a stream whose handler sleeps
])
def test_a_connection_that_waits_takes_little(serve, path, most):
    server = serve(APP)
    with server.connect() as client:  # garbage of Lua has its room now
        for _ in range(5000):
            client.get("/hello")
    warm = opened(server, 200, path)
    before = server.rss()
    clients = opened(server, 1500, path)
    each = (server.rss() - before) / len(clients)
    leave(warm + clients)
    assert each <= most, f"{each} bytes each"


def test_a_large_string_is_sent_without_a_copy_of_it(serve):
    server = serve(APP)
    server.get("/large")
    before = server.rss()
    with server.connect(receive_buffer=64 * KIB) as client:
        client.request("GET", "/large")
        read = 0
        while read < 64 * MIB:
            read += len(client.receive(MIB))
            assert server.rss() - before < 2 * MIB
        assert server.get("/hello").body == b"Hello\n"


def test_a_thousand_clients_that_stop_reading_take_a_mark_each(serve):
    mark, constant = 16 * KIB, 24 * KIB  # it has blocks of 16 KiB
    server = serve(APP, settings={"high_water": mark})
    before = server.rss()
    clients = []
    for n in range(1000):
        client = server.connect(receive_buffer=4096)
        client.request("GET", "/gigabyte")
        clients.append(client)
        if n % 50 == 0:  # everybody else is served meanwhile
            assert server.get("/hello").body == b"Hello\n"
    for client in clients:  # every handler has begun
        assert client.socket.recv(1, socket.MSG_PEEK)
    for _ in range(100):
        assert server.get("/hello").body == b"Hello\n"
    grown = server.rss() - before
    leave(clients)
    assert grown < len(clients) * (mark + constant), f"{grown} bytes"


def test_a_stream_of_a_hundred_thousand_turns_does_not_grow(serve):
    server = serve(APP)
    with server.connect() as client:
        client.request("GET", "/day")
        client.head()
        read, sizes = b"", []
        for number in range(1, 11):
            end = b"data: %d\n\n" % (number * 10000)
            while end not in read:
                data = client.read_chunk()
                assert data
                read = read[-64:] + data
            sizes.append(server.rss())
    assert max(sizes[2:]) - sizes[1] < MIB, sizes
