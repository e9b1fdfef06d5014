"""Files, connections and processes, with calls that wait."""

import os
import select
import signal
from pathlib import Path

import pytest

from test_generations import wait_until

APP = "io"


def said(server, path):
    return server.get(path).body.decode().split("|")[:-1]


def test_files_are_read_written_and_listed(server, tmp_path):
    folder = tmp_path / "new"
    assert said(server, f"/fs/all?folder={folder}") == [
        "true", "true",
        "true", "300003", "300003",
        "012", "345", "90", "300003",
        "true", "0xyz4",
        "nil", "closed",
        "1", "file", "file",
        "true", "true",
        "nil", f"ENOENT: no such file or directory: {folder}/file",
    ]
    assert list(folder.iterdir()) == []


def test_relative_paths_start_at_the_folder_of_the_app(server):
    assert said(server, "/relative") == [
        "a note", "6", "two", "a note", "a note", "a note", "true", "nil",
        f"ENOENT: no such file or directory: {server.folder}/made/two"]
    assert list((server.folder / "made").iterdir()) == []


def test_a_name_with_a_nul_is_no_path(server):
    assert said(server, "/no-path") == ["nil", "app.lua: the name holds a NUL"] * 4


def test_files_of_the_cancelled_are_closed(server):
    assert said(server, "/fs/cancelled") == ["nil", "cancelled"]
    before = server.descriptors()
    for _ in range(3):
        server.get("/fs/cancelled")
    assert server.descriptors() <= before + 2


@pytest.mark.parametrize("count", [1, 5_000_000])
def test_connections_carry_data_both_ways(server, count):
    assert said(server, f"/tcp/echo/{count}") == [
        str(count), "nil", "nil", "nil", "nil", "closed"]


def test_failures_of_connections_are_told(server):
    answer = said(server, "/tcp/failures")
    assert answer[1].startswith("EADDRINUSE")
    assert answer[2:8] == ["nil", "timed_out", "another coroutine",
                           "nil", "closed", "nil"]
    assert answer[8].startswith("ECONNREFUSED")
    server.wait_for_log("the server's function fails")


def test_streams_that_are_dropped_are_closed(server):
    server.get("/tcp/echo/1")
    server.get("/collect")
    before = server.descriptors()
    for _ in range(3):
        server.get("/tcp/dropped")
        server.get("/collect")
    server.get("/collect")
    assert server.descriptors() <= before + 4


def test_who_sends_waits_for_who_reads(server):
    assert said(server, "/tcp/slow") == ["true"]


def test_processes_have_pipes_and_an_end(server):
    assert said(server, "/process/all") == [
        "true", "true", "through a pipe", "nil", "0", "0",
        "a name\n/\n", "wrong\n", "3", "0",
        "nil", "timed_out",
        "true", "0", "15",
        "false", "nil", "nil",
        "nil", "ENOENT: no such file or directory",
    ]


def test_a_process_ends_with_the_wait_for_it(server):
    assert said(server, "/process/cancelled") == ["0", "9"]


def test_a_process_ends_when_the_client_leaves(server):
    client = server.connect()
    client.request("GET", "/process/leaves")
    client.head()
    client.read_chunk()
    client.socket.close()
    assert said(server, "/process/left") == ["0", "9"]


def is_alive(pid):
    """A killed process may take a moment to end."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_a_server_that_stops_closes_everything(serve):
    server = serve("io")
    pid = server.get("/keeps").body.decode()
    server.stop()
    wait_until(lambda: not is_alive(pid))


THREADS = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/open", function(_, res)
  sluice.spawn_free(sluice.fs.open, "fifo")
  res:write("begun")
end)
app:get("/read", function(_, res)
  local file = sluice.fs.open("fifo", "r+")
  sluice.spawn_free(file.read, file, 1)
  res:write("begun")
end)
app:get("/", function(_, res)
  res:write("Hello")
end)
return app
"""


def has_readers(end):
    """Has anybody the other end of a FIFO open?"""
    poll = select.poll()
    poll.register(end, 0)
    return not poll.poll(0)


@pytest.mark.parametrize("operation", ["open", "read"])
def test_what_a_thread_holds_when_an_app_is_replaced_is_closed(serve, operation):
    """The thread waits for the other end of a FIFO until the VM that asked it is
    at its end."""
    server = serve(THREADS)
    fifo = server.folder / "fifo"
    os.mkfifo(fifo)
    server.get(f"/{operation}")
    server.signal(signal.SIGHUP)
    server.wait_for_log("reloaded")
    for _ in range(20):  # turns in which the old one goes as far as it can
        server.get("/")
    end = os.open(fifo, os.O_WRONLY)  # waits until the server opens it too
    if operation == "read":
        os.write(end, b"x")
    wait_until(lambda: not has_readers(end))
    os.close(end)
