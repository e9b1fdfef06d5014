"""Scripts that take all of lua_memory, in interpreted code and in compiled."""

import re

import pytest

from server import Server

APP = """
local sluice = require("sluice")
local app = sluice.new()

local function table_of_strings()
  local held = {}
  for n = 1, 1e9 do
    held[n] = "a string of its own " .. n
  end
end

local function table_of_tables()
  local held = {}
  while true do held[#held + 1] = {} end
end

local grows = {
  strings = table_of_strings,
  tables = table_of_tables,
  doubling = function()
    local text = "x"
    for _ = 1, 64 do
      text = text .. text
    end
  end,
  appending = function()
    local text, held = "x", {}
    for n = 1, 1e9 do
      text = text .. ("%d"):format(n)
      held[n] = text
    end
  end,
  gibibyte = function()
    return #("x"):rep(2 ^ 30)
  end,
  coroutine = function()
    coroutine.wrap(table_of_tables)()
  end,
  concat = function()
    local parts, held = {}, {}
    for n = 1, 1000 do
      parts[n] = ("part"):rep(250)
    end
    for n = 1, 1e9 do
      held[n] = table.concat(parts) .. n
    end
  end,
  cdata = function()
    local held = {}
    for n = 1, 1e9 do
      held[n] = require("ffi").new("char[?]", 1000)
    end
  end,
}

app:get("/grow/:how", function(req)
  grows[req.params.how]()
end)

-- Makes garbage of many times the limit, and holds nothing.
app:get("/garbage", function(_, res)
  local sum = 0
  for n = 1, 2e6 do
    sum = sum + #("a short string of its own " .. n)
  end
  res:write(sum > 0 and "done" or "none")
end)

-- Goes on only when there is memory by then.
app:get("/caught", function(_, res)
  local ok, why = pcall(table_of_strings)
  res:write(tostring(ok) .. " " .. tostring(why))
end)

-- Compiled by then.
app:get("/repeats", function(_, res)
  local sum = 0
  for n = 1, 1000 do
    sum = sum + #("xy"):rep(n)
  end
  local size = 2 ^ 28
  for n = 1, 200 do
    sum = sum + #("xy"):rep(n == 200 and size or n)
  end
  res:write(tostring(sum))
end)

app:get("/hello", function(_, res)
  res:write("Hello\\n")
end)

return app
"""

WAYS = ["strings", "tables", "doubling", "appending", "gibibyte", "coroutine", "concat", "cdata"]


@pytest.fixture(scope="module", params=[0, 1], ids=["alone", "supervised"])
def server(request, tmp_path_factory):
    shared = Server(APP, tmp_path_factory.mktemp("server"),
                    settings={"lua_memory": "24m", "workers": request.param})
    yield shared
    shared.stop()


def hello(server):
    """It is served, perhaps after what the VM has held was collected."""
    return any(server.get("/hello").body == b"Hello\n" for _ in range(100))


@pytest.mark.parametrize("how", WAYS)
def test_a_handler_that_takes_all_memory_fails_alone(server, how):
    for _ in range(3):
        assert hello(server)
        assert server.get(f"/grow/{how}").status == 500
    assert hello(server)
    assert "not enough memory" in server.log()


def test_garbage_is_no_reason_to_fail(server):
    assert hello(server)
    assert server.get("/garbage").body == b"done"


def test_who_catches_the_error_fails_too_or_has_memory_again(server):
    for _ in range(3):
        assert hello(server)
        answer = server.get("/caught")
        assert answer.status == 500 or re.match(rb"false .*not enough memory", answer.body)


def test_compiled_code_that_takes_a_lot_at_once_goes_on_or_fails(server):
    for _ in range(3):
        assert hello(server)
        assert server.get("/repeats").status in (200, 500)
    assert hello(server)


def test_no_worker_was_replaced(server):
    assert "killed" not in server.log() and "ended" not in server.log()
