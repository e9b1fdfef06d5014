"""Scripts that never come back: found, told of, and replaced."""

import signal

import pytest

from server import command, without_sanitizer

APP = """
local sluice = require("sluice")
local app = sluice.new()

local function add_for_ever()
  local n = 0
  while true do
    n = n + 1
  end
end

local function interpreted_for_ever()
  while true do
  end
end
jit.off(interpreted_for_ever)

app:get("/compiled", function()
  add_for_ever()
end)
app:get("/interpreted", function()
  interpreted_for_ever()
end)
app:get("/coroutine", function()
  local co = coroutine.create(function()
    add_for_ever()
  end)
  coroutine.resume(co)
end)
app:get("/task", function()
  sluice.spawn(add_for_ever):join()
end)
app:get("/long-call", function()
  -- Backtracking that takes longer than anybody lives.
  string.find(("a"):rep(60), ("a-"):rep(40) .. "b")
end)
app:get("/later", function(_, res)
  res:write("begun")
  local folder = debug.getinfo(1, "S").source:match("@(.*)/")
  repeat
    sluice.sleep(10)
  until io.open(folder .. "/go")
  add_for_ever()
end)
app:get("/hello", function(_, res)
  res:text("Hello")
end)
app:get("/turns", function(_, res)
  for _ = 1, 50 do
    local start = os.clock()
    repeat until os.clock() - start > 0.03
    sluice.sleep(0)
  end
  res:text("done")
end)
return app
"""


def start(serve):
    return serve(APP, settings={"workers": 1, "watchdog": "1s"})


def get_stuck(server, path):
    """The log when the worker that answers `path` has been replaced."""
    with server.connect() as client:
        client.request("GET", path)
        server.wait_for_log("serves\n", count=1)
    assert server.get("/hello").body == b"Hello"
    return server.log()


@pytest.mark.parametrize("path, function", [
    ("/compiled", "add_for_ever"),
    ("/interpreted", "interpreted_for_ever"),
    ("/coroutine", "add_for_ever"),
    ("/task", "app.lua:8"),
])
def test_a_loop_is_found_told_of_and_replaced(serve, path, function):
    log = get_stuck(start(serve), path)
    stack = log[log.index("does not wait"):]
    assert "app.lua:" in stack and function in stack
    assert "is stuck: it is killed; its last requests: " in log


def test_who_resumed_a_coroutine_is_told_too(serve):
    log = get_stuck(start(serve), "/coroutine")
    stack = log[log.index("does not wait"):log.index("is stuck")]
    assert "resumed by" in stack
    assert "resume" in stack[stack.index("resumed by"):]


def test_a_long_call_of_c_is_told_of_too(serve):
    log = get_stuck(start(serve), "/long-call")
    stack = log[log.index("is in a call of C"):]
    assert "[C] find" in stack
    assert "app.lua:" in stack


def test_a_loop_of_the_code_before_is_told_of_too(serve):
    """The profiler watches the VM that serves; one before it is asked by the
    second signal only."""
    server = start(serve)
    with server.connect() as client:
        client.request("GET", "/later")
        client.head()
        assert client.read_chunk() == b"begun"
        server.signal(signal.SIGHUP)
        server.wait_for_log("reloaded:")
        (server.folder / "go").touch()
        server.wait_for_log("serves\n")
    assert server.get("/hello").body == b"Hello"
    log = server.log()
    assert "is stuck: it is killed; its last requests: " in log
    assert "app.lua:" in log[log.index("not the current version"):log.index("is stuck")]


# Content with the probe, stuck in a worker.
STUCK_IN_WORKERS = """
local file = io.open("/proc/self/cmdline")
local words = file:read("*a")
file:close()
while words:find("%zworker%z") do
end
""" + APP


def test_code_that_loads_for_ever_in_a_worker_is_given_up(serve):
    server = start(serve)
    (server.folder / "app.lua").write_text(STUCK_IN_WORKERS)
    server.signal(signal.SIGHUP)
    server.wait_for_log("the reload failed")
    server.wait_for_log("serves\n")
    log = server.log()
    assert "app.lua:5" in log[log.index("not the current version"):log.index("is stuck")]
    assert server.get("/hello").body == b"Hello"


def test_many_short_turns_are_not_one_long_one(serve):
    server = start(serve)
    assert server.get("/turns").body == b"done"
    assert "where?" not in server.log()


def test_an_idle_worker_is_left_alone(serve):
    server = start(serve)
    worker = server.workers()
    with server.connect() as client:
        assert client.get("/hello").status == 200
        client.socket.settimeout(1.5)
        with pytest.raises(TimeoutError):
            client.receive()
    assert server.workers() == worker
    assert "where?" not in server.log()


def test_an_app_that_loads_for_ever_does_not_start(tmp_path):
    app = tmp_path / "app.lua"
    app.write_text("local n = 0\nwhile true do\n  n = n + 1\nend")
    run = command("serve", app, "--workers", "1", "--watchdog", "1s",
                  "--listen", "127.0.0.1:0")
    assert run.returncode == 1
    assert "app.lua:" in run.stderr
    assert "does not stop loading" in run.stderr


@without_sanitizer
def test_a_crash_shows_where_it_was_called(serve):
    server = serve("""
local sluice = require("sluice")
local app = sluice.new()
local function break_it()
  require("ffi").cast("int *", 8)[0] = 1
end
app:get("/crash", function()
  break_it()
end)
return app
""", settings={"workers": 1})
    with server.connect() as client:
        client.request("GET", "/crash")
        server.wait_for_log("was ended by signal")
    assert "a crash, called from" in server.log()
    assert "break_it" in server.log()
