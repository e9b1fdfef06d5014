"""Every number among the settings at both of its ends: the server starts,
survives requests of all kinds, and stops as it should."""

import re

import pytest

from server import command

APP = """
local sluice = require("sluice")
local app = sluice.new()

app:post("/echo", function(req, res)
  res:write(req:body())
end)

app:get("/stream", function(_, res)
  res:set("X-Name", "value")
  for i = 1, 300 do
    res:WriteEntityChunks({ ("x"):rep(i * 10), sluice.fragment("f") }, true)
  end
  res:flush()
  res:write(("y"):rep(100000))
end)

app:get("/file", function(_, res)
  res:WriteEntityChunks({ sluice.file("app.lua"), sluice.trailers({ A = "b" }) })
end)

sluice.fragments:put("f", "a fragment")
return app
"""

RANGE = re.compile(r"a (?:number|time|size) from (\w+) to (\w+)")


def ends():
    """(name, value) for the least and the most of every number."""
    name = None
    for line in command("help", "settings").stdout.splitlines()[1:]:
        if not line.startswith(" "):
            name = line.split()[0]
        elif found := RANGE.search(line):
            yield from ((name, value) for value in found.groups())


def ask(server):
    """Requests of all kinds; limits may refuse any of them."""
    answered = 0
    for method, path, body in (
            ("GET", "/stream", b""), ("HEAD", "/stream", b""),
            ("GET", "/file", b""), ("POST", "/echo", b"z" * 5000)):
        try:
            answered += server.get(path, method=method, body=body).status > 0
        except (OSError, EOFError):
            pass
    try:
        with server.connect() as client:
            client.send(b"GET /stream HTTP/1.1\r\nHost: t\r\n\r\n" * 20)
            client.finish_sending()
            client.read_to_end()
    except OSError:
        pass
    return answered


# A time of 1 ms may be over before a client that is slow to start has asked.
HASTY = ("keepalive_timeout", "header_timeout", "body_timeout",
         "write_timeout", "linger_timeout")


@pytest.mark.parametrize("name, value", ends())
def test_a_server_works_with_a_setting_at_its_end(serve, name, value):
    server = serve(APP, settings={name: value})
    assert ask(server) >= (0 if name in HASTY else 3), server.log()
    assert server.process.poll() is None
