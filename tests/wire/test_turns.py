"""Turns of the loop: nobody starves, nothing is asked of the kernel twice."""

import re
import shutil
import signal
import subprocess
import time

import pytest

from server import PATIENCE_S

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/hello", function(_, res)
  res:write("Hello\\n")
end)
app:get("/no-sleep", function(_, res)
  while res:write(".") do
    sluice.sleep(0)
  end
end)
local piece = ("x"):rep(1024)
app:get("/written", function(_, res)
  for _ = 1, 100 do
    res:write(piece)
  end
end)
app:get("/flushed", function(_, res)
  local flushes = {}
  for n = 1, 100 do
    res:WriteEntityChunks(piece)
    flushes[n] = res:Flush(true)
  end
  for n = 1, 100 do
    assert(flushes[n]:GetCompletedOperation())
  end
end)
app:get("/file", function(_, res)
  res:WriteEntityChunks(sluice.file("file.bin"))
end)
app:get("/included", function(req, res)
  res:write("<")
  assert(res:include(req:child("/file")))
  res:write(">")
end)
app:group("/read", function(read)
  read:stage({
    name = "reads",
    chunks = function(chunk)
      return type(chunk) == "string" and chunk or chunk:text()
    end,
  })
  read:get("/", function(req, res)
    assert(res:include(req:child("/file")))
  end)
end)
app:get("/stuck", function()
  while true do
  end
end)
return app
"""


def test_a_handler_that_sleeps_no_time_starves_nobody(serve):
    server = serve(APP)
    with server.connect() as client:
        client.request("GET", "/no-sleep")
        client.head()
        for _ in range(20):
            assert server.get("/hello").body == b"Hello\n"


def test_a_handler_that_never_comes_back_cannot_keep_the_server(serve):
    """A signal that nobody hears is followed by one that ends the process."""
    server = serve(APP)
    server.exit_code = 1
    with server.connect() as client:
        client.request("GET", "/stuck")
        deadline = time.monotonic() + PATIENCE_S
        while server.process.poll() is None:
            assert time.monotonic() < deadline, server.log()
            server.signal(signal.SIGINT)
            time.sleep(0.05)
    assert "a handler blocks the loop" in server.log()


# --- System calls ---------------------------------------------------------------


class Calls(dict):
    """How often the server made each system call; missing: never."""

    def __missing__(self, name):
        return 0


def traced(server, tmp_path, load):
    """What `load` returns, and the calls of the server meanwhile."""
    table = tmp_path / "calls"
    tracer = subprocess.Popen(
        ["strace", "-f", "-c", "-o", table, "-p", str(server.pid)],
        stderr=subprocess.PIPE, text=True)
    if "attached" not in tracer.stderr.readline():
        tracer.wait()
        pytest.skip("strace may not trace here")
    result = load()
    tracer.send_signal(signal.SIGINT)
    tracer.wait()
    # % time, seconds, usecs/call, calls, perhaps errors, name
    rows = re.findall(r"^\s*\S+\s+\S+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$",
                      table.read_text(), re.MULTILINE)
    return result, Calls((name, int(calls)) for calls, name in rows)


def load(server, path, *options):
    """Requests of 64 connections for a second: how many there were."""
    run = subprocess.run(
        ["wrk", "-t1", "-c64", "-d1", *options, f"{server.url}{path}"],
        capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    return int(re.search(r"(\d+) requests in", run.stdout).group(1))


needs_strace = pytest.mark.skipif(
    not shutil.which("strace"), reason="needs strace")
needs_wrk = pytest.mark.skipif(not shutil.which("wrk"), reason="needs wrk")


@needs_strace
@needs_wrk
def test_hello_costs_two_system_calls_and_a_share_of_a_wait(serve, tmp_path):
    server = serve(APP)
    requests, calls = traced(server, tmp_path, lambda: load(server, "/hello"))
    setup = 10 * 64  # accept, watch and close of each connection
    # How many requests share a wait depends on how busy the machine is; the
    # loop waits once, and looks at its connections once.
    without_waits = calls["total"] - calls["epoll_wait"]
    assert without_waits <= 2 * requests + setup, calls
    assert calls["epoll_wait"] <= 2 * requests + setup, calls
    assert calls["epoll_ctl"] < setup, calls
    assert not set(calls) & {"timerfd_settime", "eventfd2", "clock_gettime",
                             "write", "read", "gettimeofday"}, calls


@needs_strace
@needs_wrk
def test_a_connection_for_one_request_costs_few_system_calls(serve, tmp_path):
    """accept4, recv, send, shutdown, close; some accept4 find nobody, and some requests
    come later than their connection, which is watched then."""
    server = serve(APP)
    requests, calls = traced(
        server, tmp_path,
        lambda: load(server, "/hello", "-H", "Connection: close"))
    setup = 10 * 64  # some are under way when the load ends
    assert calls["close"] <= requests + setup, calls
    assert calls["sendto"] <= requests + setup, calls
    assert calls["recvfrom"] <= 2 * requests + setup, calls
    assert calls["epoll_ctl"] <= requests + setup, calls
    assert calls["shutdown"] <= requests + setup, calls
    assert calls["ioctl"] == 0, calls


@needs_strace
@pytest.mark.parametrize("path, most", [
    ("/flushed", 10),  # asynchronously: they are due in the same turn
    ("/written", 3),
])
def test_an_answer_of_many_chunks_costs_few_sends(serve, tmp_path, path, most):
    server = serve(APP)
    with server.connect() as client:
        client.get("/hello")
        answer, calls = traced(server, tmp_path, lambda: client.get(path))
    assert len(answer.body) == 100 << 10
    assert calls["sendto"] + calls["sendmsg"] <= most, calls


@needs_strace
def test_a_file_is_sent_once_for_each_time_that_there_is_room(serve, tmp_path):
    server = serve(APP)
    (server.folder / "file.bin").write_bytes(b"x" * (8 << 20))
    with server.connect(receive_buffer=256 << 10) as client:
        client.get("/hello")
        answer, calls = traced(server, tmp_path, lambda: client.get("/file"))
    assert len(answer.body) == 8 << 20
    assert calls["sendto"] == 1, calls
    assert calls["sendfile"] <= calls["epoll_wait"], calls
    assert calls["read"] + calls["pread64"] == 0, calls


@needs_strace
def test_the_file_of_a_child_is_sent_by_the_kernel_unless_a_stage_asks_for_it(serve, tmp_path):
    server = serve(APP)
    content = bytes(range(256)) * (8 << 12)
    (server.folder / "file.bin").write_bytes(content)
    with server.connect(receive_buffer=256 << 10) as client:
        client.get("/included")  # what opens for the first time is opened
        answer, calls = traced(server, tmp_path, lambda: client.get("/included"))
        assert answer.body == b"<" + content + b">"
        assert calls["sendfile"] > 0 and calls["read"] + calls["pread64"] == 0, calls
        answer, calls = traced(server, tmp_path, lambda: client.get("/read"))
    assert answer.body == content
    assert calls["sendfile"] == 0 and calls["pread64"] >= len(content) >> 16, calls


@needs_strace
def test_more_of_a_long_file_may_wait_in_the_kernel_than_of_others(serve, tmp_path):
    server = serve(APP)
    (server.folder / "file.bin").write_bytes(b"x" * (4 << 20))

    def set_options(*paths):
        return traced(server, tmp_path, lambda: [client.get(path) for path in paths])[1][
            "setsockopt"]

    with server.connect() as client:
        assert set_options("/hello", "/written") == 0
        assert set_options("/file", "/file") == 1
        assert set_options("/hello", "/hello") == 1  # as it was
        (server.folder / "file.bin").write_bytes(b"x" * (1 << 20))
        assert set_options("/file", "/hello") == 0
