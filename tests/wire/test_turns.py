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


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.skipif(not shutil.which("wrk"), reason="needs wrk")
def test_hello_costs_two_system_calls_and_a_share_of_a_wait(serve, tmp_path):
    server = serve(APP)
    table = tmp_path / "calls"
    tracer = subprocess.Popen(
        ["strace", "-f", "-c", "-o", table, "-p", str(server.pid)],
        stderr=subprocess.PIPE, text=True)
    if "attached" not in tracer.stderr.readline():
        tracer.wait()
        pytest.skip("strace may not trace here")
    run = subprocess.run(
        ["wrk", "-t1", "-c64", "-d1", f"{server.url}/hello"],
        capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    tracer.send_signal(signal.SIGINT)
    tracer.wait()
    requests = int(re.search(r"(\d+) requests in", run.stdout).group(1))
    # % time, seconds, usecs/call, calls, perhaps errors, name
    rows = re.findall(r"^\s*\S+\s+\S+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$",
                      table.read_text(), re.MULTILINE)
    count = {name: int(calls) for calls, name in rows}
    setup = 10 * 64  # accept, poll handle and close of each connection
    # How many requests share a wait depends on how busy the machine is.
    without_waits = count["total"] - count["epoll_wait"]
    assert without_waits <= 2 * requests + setup, table.read_text()
    assert count["epoll_wait"] <= requests + setup, table.read_text()
    assert count.get("epoll_ctl", 0) < setup, table.read_text()
    unexpected = set(count) & {"timerfd_settime", "eventfd2", "clock_gettime",
                               "write", "read", "gettimeofday"}
    assert not unexpected, table.read_text()
