"""Which requests get a handler: what is above the limits is told to come again,
and what takes too long is ended."""

import time

import pytest

from server import PATIENCE_S

APP = """
local sluice = require("sluice")
local app = sluice.new()
local held = {}
local going = false

app:get("/hold", function(_, res)
  sluice.log.info("holds")
  while not going do
    sluice.sleep(5)
  end
  res:write("held")
end)
app:get("/go", function(_, res)
  going = true
  res:write("gone")
end)
app:get("/hello", function(_, res)
  res:write("Hello\\n")
end)
app:get("/sleep", function()
  sluice.sleep(3600000)
end)
app:get("/stream", function(_, res)
  res:write("begun")
  res:flush()
  sluice.sleep(3600000)
end)
app:get("/stubborn", function(_, res)
  local ok, why = pcall(sluice.sleep, 3600000)
  res:write(tostring(ok), " ", tostring(why))
end)
app:get("/fill", function(_, res)
  for i = 1, 24 do
    held[#held + 1] = string.rep(string.char(64 + i), 1024 * 1024)
  end
  res:write("filled")
end)
return app
"""


def waiting_connections(server, count, handlers=1):
    """Connections whose requests have no answer yet, the first ones a handler."""
    clients = []
    for n in range(count):
        clients.append(server.connect())
        clients[n].request("GET", "/hold")
        if n < handlers:
            server.wait_for_log("holds", n + 1)
    return clients


def test_handlers_beyond_the_limit_wait_and_then_run(serve):
    server = serve(APP, settings={"max_handlers": 2, "max_waiting": 100})
    clients = waiting_connections(server, 10, handlers=2)
    with server.connect() as late:
        late.request("GET", "/go")  # waits too: nobody lets the others go
        late.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            late.receive()
    for client in clients[2:]:
        client.socket.close()  # they leave the line
    clients[0].reset()  # and this one its place
    with server.connect() as client:
        assert client.get("/go").body == b"gone"
    assert clients[1].response().body == b"held"
    clients[1].socket.close()


def test_requests_beyond_the_line_are_told_to_come_again(serve):
    server = serve(APP, settings={"max_handlers": 1, "max_waiting": 0})
    (holder,) = waiting_connections(server, 1)
    deadline = time.monotonic() + PATIENCE_S
    with server.connect() as client:
        while (answer := client.get("/hello")).status != 503:
            assert time.monotonic() < deadline  # until the holder holds
        assert answer.headers.get("retry-after") == "1"
        assert answer.headers.get("connection") is None
        assert client.get("/hello").status == 503  # on the same connection
    holder.reset()
    while server.get("/hello").status == 503:
        assert time.monotonic() < deadline


def test_a_handler_that_takes_too_long_gets_503(serve):
    server = serve(APP, settings={"handler_timeout": "100ms"})
    with server.connect() as client:
        assert client.get("/sleep").status == 503
        assert client.get("/hello").body == b"Hello\n"
        assert client.get("/stubborn").body == b"false cancelled"
    server.wait_for_log("longer than handler_timeout")


def test_a_stream_that_takes_too_long_is_cut(serve):
    server = serve(APP, settings={"handler_timeout": "100ms"})
    with server.connect() as client:
        client.request("GET", "/stream")
        client.head()
        assert client.read_chunk() == b"begun"
        with pytest.raises(EOFError):
            client.read_chunk()


def test_a_vm_that_is_nearly_full_refuses_new_requests(serve):
    server = serve(APP, settings={"lua_memory": "24m"})
    with server.connect() as client:
        assert client.get("/fill").status == 500
        seen = {client.get("/hello").status for _ in range(20)}
        assert seen <= {200, 503} and 503 in seen
        answer = client.get("/hello")
        if answer.status == 503:
            assert answer.headers.get("retry-after") == "1"


def test_a_client_that_was_told_gets_the_rest_of_its_body_dropped(serve):
    server = serve(APP, settings={"max_handlers": 1, "max_waiting": 0})
    (holder,) = waiting_connections(server, 1)
    deadline = time.monotonic() + PATIENCE_S
    with server.connect() as client:
        while client.get("/hello").status != 503:
            assert time.monotonic() < deadline
        client.request("POST", "/hello", body=b"x" * 1000)
        assert client.response().status == 503
        assert client.get("/hello").status == 503
    holder.reset()
