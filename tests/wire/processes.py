"""What tests of a supervisor and its workers share."""

import os
import time

import pytest

from server import PATIENCE_S

APP = """
local sluice = require("sluice")
local ffi = require("ffi")
ffi.cdef("int getpid(void);")
local app = sluice.new()
app:get("/pid", function(_, res)
  res:text(tostring(ffi.C.getpid()))
end)
app:get("/slow", function(_, res)
  res:write("begun,")
  res:flush()
  sluice.sleep(300)
  res:write("done")
end)
app:get("/crash", function()
  ffi.cast("int *", 8)[0] = 1
end)
return app
"""


def until(what, why="it does not happen"):
    """Waits until `what()` is true, and returns it."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, why
        time.sleep(0.01)


def pid_of(server):
    """The worker that happens to answer."""
    return int(server.get("/pid").body)


def gone(pid):
    return not os.path.exists(f"/proc/{pid}")


@pytest.fixture
def pair(serve):
    return serve(APP, settings={"workers": 2})
