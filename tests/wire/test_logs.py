"""The error log: a level for each part, and no wait for who reads it."""

import json
import os
import re
import signal
import subprocess

import pytest

from client import Client
from processes import until
from server import BINARY, PATIENCE_S, WORKERS, command, environment, free_port
from test_admin import Admin

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/say/:level", function(req, res)
  sluice.log[req.params.level]("said " .. req.query.what)
  res:write("said")
end)
app:get("/fails", function()
  error("on purpose")
end)
app:get("/lines/:count<int>", function(req, res)
  for i = 1, req.params.count do
    sluice.log.info(("line %06d "):format(i) .. ("x"):rep(1000))
  end
  res:write("written")
end)
return app
"""
BOTH = pytest.mark.parametrize("workers", [0, 2])
DEFAULT = ("server=info net=info http=info script=info app=info reload=info admin=info\n")


# --- Levels -----------------------------------------------------------------------


class Levels:
    def __init__(self, serve, tmp_path, **settings):
        self.control = tmp_path / "control"
        self.server = serve(APP, settings={"control": self.control, **settings})

    def ask(self, *words):
        return command("log-level", *words, "--control", self.control)

    def says(self, level, what):
        self.server.get(f"/say/{level}?what={what}")
        return f"said {what}" in self.server.log()


@BOTH
def test_levels_change_while_it_runs(serve, tmp_path, workers):
    levels = Levels(serve, tmp_path, workers=workers)
    assert levels.ask().stdout == DEFAULT
    assert not levels.says("debug", "nothing")
    changed = levels.ask("app=debug", "script=off")
    assert changed.returncode == 0
    assert changed.stdout == DEFAULT.replace("app=info", "app=debug").replace(
        "script=info", "script=off")
    until(lambda: levels.says("debug", "something"))
    levels.server.get("/fails")
    assert levels.says("debug", "more")
    assert "on purpose" not in levels.server.log()
    assert levels.ask("error").stdout == DEFAULT.replace("info", "error")
    until(lambda: not levels.says("info", f"quiet{os.urandom(4).hex()}"))
    assert levels.ask("default").stdout == DEFAULT
    until(lambda: levels.says("info", "again"))


def test_a_worker_that_starts_later_has_them_too(serve, tmp_path):
    levels = Levels(serve, tmp_path, workers=1)
    levels.ask("app=debug")
    (worker,) = levels.server.workers()
    os.kill(worker, signal.SIGKILL)
    until(lambda: levels.server.workers() not in ([], [worker]))
    until(lambda: levels.says("debug", "later"))


@BOTH
@pytest.mark.parametrize("wrong", ["app=loud", "music=debug", "loud", "=info", "app=", "app"])
def test_what_is_no_level_changes_nothing(serve, tmp_path, workers, wrong):
    levels = Levels(serve, tmp_path, workers=workers)
    run = levels.ask("app=debug", wrong)
    assert run.returncode == 1 and f'"{wrong}" is no level' in run.stderr
    assert "server, net, http, script, app, reload, admin" in run.stderr
    assert levels.ask().stdout == DEFAULT


def test_levels_can_be_set_before(serve, tmp_path):
    levels = Levels(serve, tmp_path, log_level="warn", log_levels="app=debug,server=info")
    assert levels.ask().stdout == (
        "server=info net=warn http=warn script=warn app=debug reload=warn admin=warn\n")
    assert levels.says("debug", "something")
    run = command("check", tmp_path / "server0" / "app.lua", "--log-levels", "app=loud")
    assert run.returncode == 2 and "log_levels" in run.stderr


def test_lines_for_machines_say_of_which_part_they_are(serve, tmp_path):
    control = tmp_path / "control"
    server = serve(APP, settings={
        "log_format": "json", "log_level": "debug", "admin": "127.0.0.1:0",
        "control": control})
    server.get("/say/info?what=this")
    server.get("/fails")
    with server.connect() as client:
        client.send("GET / HTTP/1.1\r\n\r\n")
        assert client.response().status == 400
    command("reload", "--wait", "--control", control)
    server.wait_for_log("was refused with 400")
    lines = [json.loads(line) for line in server.log().splitlines()]
    for text, part in [("said this", "app"), ("on purpose", "script"),
                       ("listening on", "server"), ("admin on", "admin"),
                       ("was refused", "http"), ("reloaded: ", "reload")]:
        assert {line["part"] for line in lines if text in line["message"]} == {part}


# --- A reader that is slow ---------------------------------------------------------


class Unread:
    """A server whose log is a pipe that nobody reads before `read`."""

    def __init__(self, tmp_path, workers, log=None):
        script = tmp_path / "app.lua"
        script.write_text(APP)
        self.address = ("127.0.0.1", free_port())
        admin = free_port()
        reader, writer = os.pipe()
        self.pipe = os.fdopen(reader, "rb")
        self.process = subprocess.Popen(
            [BINARY, "serve", script, "--listen", "127.0.0.1:%d" % self.address[1],
             "--admin", f"127.0.0.1:{admin}", "--workers", str(workers),
             *(["--log", log] if log else [])],
            env=environment(), stdin=subprocess.DEVNULL, stderr=writer)
        os.close(writer)
        self.admin = Admin.__new__(Admin)
        self.admin.address = ("127.0.0.1", admin)
        until(self.answers)

    def answers(self):
        try:
            return self.admin.ask("/readyz").status == 200
        except ConnectionRefusedError:
            return False

    def get(self, path):
        with Client(self.address) as client:
            return client.get(path)

    def lost(self):
        return self.admin.number("sluice_log_lost_lines_total")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        rest = self.pipe.read()
        assert self.process.wait(timeout=PATIENCE_S) == 0
        self.pipe.close()
        return rest.decode()


@pytest.mark.parametrize("workers", [0, 1])
def test_a_log_that_nobody_reads_stops_nobody_and_loses_no_count(tmp_path, workers):
    server = Unread(tmp_path, workers)
    assert server.get("/lines/2000").body == b"written"
    lost = until(server.lost)
    status = json.loads(server.admin.text("/status"))
    assert status["workers"][0]["lost_log_lines"] == lost
    text = ""
    while " lines, because nobody read it" not in text:
        text += os.read(server.pipe.fileno(), 65536).decode()
    assert server.get("/say/info?what=more").status == 200
    text += server.stop()
    assert "said more" in text
    numbers = [int(n) for n in re.findall(r"line (\d{6}) x{1000} request=\w{16}\n", text)]
    assert numbers == list(range(1, len(numbers) + 1))
    told = [int(n) for n in re.findall(r"the log has lost (\d+) lines", text)]
    assert told == [lost] and len(numbers) + lost == 2000


@BOTH
def test_a_log_that_no_disk_takes_stops_nobody(tmp_path, workers):
    server = Unread(tmp_path, workers, log="/dev/full")
    assert server.get("/lines/10").body == b"written"
    until(lambda: server.lost() >= 10)
    server.stop()


def test_a_reader_that_goes_stops_nobody(tmp_path):
    server = Unread(tmp_path, WORKERS)
    server.pipe.close()
    assert server.get("/lines/10").body == b"written"
    until(lambda: server.lost() == 10)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=PATIENCE_S) == 0
