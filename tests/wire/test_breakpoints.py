"""Breakpoints: a debugger stops a handler of `sluice dev`, for as long as it
likes."""

import os
import socket
import threading
import time

import pytest

from server import PATIENCE_S

# A debugger of a few lines: at the line with "here" it tells the variables in one
# named pipe, and goes on when something comes through another.
STOPPER = """
local stopper = {}
function stopper.start(folder, stop_at)
  debug.sethook(function(_, line)
    local where = debug.getinfo(2, "S")
    if line ~= stop_at or not where.source:find("app.lua", 1, true) then
      return
    end
    local seen, i = {}, 1
    while debug.getlocal(2, i) do
      local name, value = debug.getlocal(2, i)
      seen[#seen + 1] = name .. "=" .. tostring(value)
      i = i + 1
    end
    local out = io.open(folder .. "/out", "w")
    out:write(table.concat(seen, " "))
    out:close()
    io.open(folder .. "/in"):read("*a")
  end, "l")
end
return stopper
"""

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:on_start(function()
  DEBUGGER
end)
app:get("/total/:n<int>", function(req, res)
  local total = 0
  for i = 1, req.params.n do
    total = total + i
  end
  res:write(total, "\\n") -- here
end)
app:get("/endless", function()
  while true do
  end
end)
return app
"""

LINE = 1 + APP.split("\n").index('  res:write(total, "\\n") -- here')


def in_background(server, path):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(server.get(path).body))
    thread.start()
    return thread, answers


def read_pipe(path):
    with open(path) as pipe:
        return pipe.read()


@pytest.mark.parametrize("workers", [0, 1])
def test_a_handler_that_is_stopped_is_left_alone(serve, tmp_path, workers):
    (tmp_path / "stopper.lua").write_text(STOPPER)
    os.mkfifo(tmp_path / "in")
    os.mkfifo(tmp_path / "out")
    start = (f"package.path = '{tmp_path}/?.lua;' .. package.path "
             f"require('stopper').start('{tmp_path}', {LINE})")
    server = serve(APP.replace("DEBUGGER", start), verb="dev",
                   settings={"watchdog": "200ms", "workers": workers, "watch": "off"})
    before = server.workers()
    thread, answers = in_background(server, "/total/1000")
    seen = read_pipe(tmp_path / "out")
    assert "total=500500" in seen, seen  # the loop before was not compiled, nor lost
    time.sleep(1.5)  # longer than the watchdog would take to ask, and to end it
    assert not answers
    (tmp_path / "in").write_text("go on")
    thread.join(PATIENCE_S)
    assert answers == [b"500500\n"]
    assert server.workers() == before
    assert "stuck" not in server.log() and "does not wait" not in server.log()


def test_without_a_debugger_it_is_not(serve):
    server = serve(APP.replace("DEBUGGER", "debug.sethook(print, 'l') debug.sethook()"),
                   verb="dev", settings={"watchdog": "200ms", "watch": "off"})
    with server.connect() as client:
        client.send(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        server.wait_for_log("is stuck: it is killed")


def find_mobdebug():
    """Where it is, when it is installed: Debian has no package of it."""
    places = os.environ.get("LUA_PATH", "").split(";") + [
        "/usr/share/lua/5.1/?.lua", "/usr/local/share/lua/5.1/?.lua"]
    found = [place.replace("?", "mobdebug") for place in places if "?" in place]
    return next((place for place in found if os.path.exists(place)), None)


MOBDEBUG = find_mobdebug()


class Controller:
    """What an editor is to MobDebug: it listens, and says what to do."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE_S)
        self.port = self.listener.getsockname()[1]

    def accept(self):
        self.peer, _ = self.listener.accept()
        self.peer.settimeout(PATIENCE_S)
        self.lines = self.peer.makefile("rb")

    def say(self, text):
        self.peer.sendall(text.encode() + b"\n")

    def hear(self):
        return self.lines.readline().decode().strip()

    def ask(self, code):
        self.say(f"EXEC return {code}")
        status, _, size = self.hear().rpartition(" ")
        assert status == "200 OK", status
        return self.lines.read(int(size)).decode()


@pytest.mark.skipif(not MOBDEBUG, reason="mobdebug.lua is not installed")
def test_mobdebug_stops_at_a_breakpoint(serve):
    editor = Controller()
    start = (f"package.path = '{os.path.dirname(MOBDEBUG or '')}/?.lua;' .. package.path\n"
             f"  require('mobdebug').start('127.0.0.1', {editor.port})")
    app = APP.replace("DEBUGGER", start).replace("return app", """
app:use(function(_, _, next)
  require("mobdebug").on()
  next()
end)
return app""")
    line = 1 + app.split("\n").index('  res:write(total, "\\n") -- here')
    server = serve(app, verb="dev", settings={"watchdog": "200ms", "watch": "off"})
    editor.accept()
    editor.say(f"SETB {server.folder}/app.lua {line}")
    editor.say("RUN")
    before = server.workers()
    for n in (1000, 10):
        thread, answers = in_background(server, f"/total/{n}")
        heard = []
        while not heard or not heard[-1].startswith("202 Paused"):
            heard.append(editor.hear())
        assert heard[-1].endswith(f"app.lua {line}"), heard
        assert str(n * (n + 1) // 2) in editor.ask("total")
        time.sleep(1)  # the watchdog would have asked
        editor.say("RUN")
        thread.join(PATIENCE_S)
        assert answers == [f"{n * (n + 1) // 2}\n".encode()]
    assert server.workers() == before
    editor.peer.close()
