"""How a server with workers stops, also as process 1."""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from client import Client
from processes import APP, gone, pair, until  # noqa: F401 (pair is a fixture)
from server import BINARY, PATIENCE_S, environment
from test_control import ask


# --- Stopping ---------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_runs_is_finished_before_all_end(pair, number):
    workers = pair.workers()
    with pair.connect() as client:
        client.request("GET", "/slow")
        client.head()
        assert client.read_chunk() == b"begun,"
        pair.signal(number)
        assert client.read_chunk() == b"done"
        assert client.read_chunk() == b"" and client.read_fields() == []
        assert client.ends()
    assert pair.wait() == 0
    assert all(map(gone, workers))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(pair.address)


def test_connections_in_the_queues_are_answered(pair):
    workers = pair.workers()
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    clients = [pair.connect() for _ in range(50)]
    for client in clients:
        client.request("GET", "/pid")
    pair.signal(signal.SIGTERM)
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    for client in clients:
        assert client.response().status == 200
        client.socket.close()
    assert pair.wait() == 0


def test_a_signal_to_everybody_ends_everybody_well(pair):
    """As systemd does, and a terminal."""
    for pid in (*pair.workers(), pair.pid):
        os.kill(pid, signal.SIGTERM)
    assert pair.wait() == 0


def test_a_second_signal_kills_what_does_not_end(pair):
    workers = pair.workers()
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    pair.signal(signal.SIGTERM)
    pair.wait_for_log("again to end at once")
    pair.signal(signal.SIGTERM)
    pair.exit_code = 1
    assert pair.wait() == 1
    assert all(map(gone, workers))


def test_a_stop_before_anybody_serves_ends_the_server(tmp_path):
    app = tmp_path / "app.lua"
    app.write_text("io.stderr:write('loading\\n'); os.execute('sleep 0.3')\n" + APP)
    process = subprocess.Popen(
        [BINARY, "serve", app, "--workers", "2", "--listen", "127.0.0.1:0"],
        env=environment(), stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline() == "loading\n"
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, rest
    assert "listening" not in rest


def test_a_reload_before_anybody_serves_follows_the_start(tmp_path):
    app, control = tmp_path / "app.lua", tmp_path / "control"
    app.write_text("os.execute('sleep 0.5')\n" + APP)
    process = subprocess.Popen(
        [BINARY, "serve", app, "--workers", "2", "--listen", "127.0.0.1:0",
         "--control", control],
        env=environment(), stderr=subprocess.PIPE, text=True)
    until(lambda: ask(tmp_path, "status").returncode == 0)
    done = ask(tmp_path, "reload", "--wait")
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=PATIENCE_S)
    assert (done.returncode, done.stdout) == (0, "reloaded\n"), done.stderr
    assert process.returncode == 0, log
    assert log.index("serving with 2 workers") < log.index("reloaded:")


# --- As process 1 -----------------------------------------------------------------

ORPHANS = """
local sluice = require("sluice")
local app = sluice.new()

-- Leaves behind a process whose parent has ended.
app:get("/orphan", function(_, res)
  local program = io.popen("(sleep 0.05 >&- & echo $!)")
  res:text(program:read("*l"))
  program:close()
end)

-- The processes that have ended and that nobody has asked about.
app:get("/zombies", function(_, res)
  local program = io.popen("grep -l '^State:.Z' /proc/[0-9]*/status 2>&-")
  res:text(program:read("*a"))
  program:close()
end)

app:get("/supervisor", function(_, res)
  local file = io.open("/proc/1/cmdline")
  res:text((file:read("*a"):gsub("%z", " ")))
  file:close()
end)
return app
"""


@pytest.fixture
def first(tmp_path):
    """A server that is process 1 of a namespace of its own."""
    alone = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*alone, "true"], capture_output=True).returncode != 0:
        pytest.skip("no namespace of process ids can be made here")
    app = tmp_path / "app.lua"
    app.write_text(ORPHANS)
    process = subprocess.Popen(
        [*alone, BINARY, "serve", app, "--workers", "2", "--listen",
         "127.0.0.1:0"],
        env=environment(), stderr=subprocess.PIPE, text=True)
    log = ""
    while not (found := re.search(r"listening on http://(\S+):(\d+)", log)):
        line = process.stderr.readline()
        assert line, log
        log += line
    yield process, (found[1], int(found[2]))
    process.kill()
    process.communicate()


def ask_first(address, path):
    with Client(address) as client:
        return client.get(path).body


def test_process_1_collects_orphans(first):
    _, address = first
    assert b"serve" in ask_first(address, "/supervisor")
    for _ in range(5):
        assert int(ask_first(address, "/orphan")) > 1
    until(lambda: ask_first(address, "/zombies") == b"")


def test_process_1_ends_in_order(first):
    process, _ = first
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("the kernel does not tell the children of a process")
    os.kill(int(children.read_text()), signal.SIGTERM)
    _, log = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, log
    assert "finishing what runs" in log
