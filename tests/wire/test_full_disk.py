"""A disk that is full costs lines of logs, and nothing else."""

import os
import signal
import subprocess
import time

import pytest

from client import Client
from server import BINARY, PATIENCE_S, environment

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/", function(_, res)
  res:write("fine")
end)
app:get("/fails", function()
  error("out of order")
end)
return app
"""


def test_an_access_log_on_a_full_disk_is_told_of_once(serve):
    server = serve(APP, settings={"access_log": "/dev/full"})
    for _ in range(3):
        assert server.get("/").body == b"fine"
        server.wait_for_log("cannot write the access log: No space left on device")
    assert server.log().count("cannot write the access log") == 1


def listens(where):
    try:
        Client(str(where)).socket.close()
    except OSError:
        return False
    return True


def is_served(where):
    try:
        with Client(str(where)):
            return True
    except OSError:  # not there yet, or bound and not yet listening
        return False


def test_an_error_log_on_a_full_disk_stops_nobody(tmp_path):
    app, where = tmp_path / "app.lua", tmp_path / "socket"
    app.write_text(APP)
    process = subprocess.Popen(
        [BINARY, "serve", app, "--listen", f"unix:{where}", "--log", "/dev/full"],
        env=environment(), stdin=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    try:
        while not listens(where):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        for path, status in [("/fails", 500), ("/", 200), ("/fails", 500)]:
            with Client(str(where)) as client:
                assert client.get(path).status == status
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE_S) == 0
