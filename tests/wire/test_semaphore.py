"""Semaphores lose nothing, however those end who have taken or wait."""

import pytest

APP = """
local sluice = require("sluice")
local app = sluice.new()
local slots = sluice.semaphore(1)

local function say(res, ...)
  for i = 1, select("#", ...) do
    res:write(tostring((select(i, ...))), "|")
  end
end

app:get("/returns", function(_, res)
  say(res, slots:with(function()
    return slots:count(), nil, "three"
  end))
end)

app:get("/raises", function(_, res)
  local ok, err = pcall(slots.with, slots, function()
    error("in the slot", 0)
  end)
  say(res, ok, err)
end)

app:get("/times-out", function(_, res)
  slots:with(function()
    say(res, slots:with(error, 0))
    say(res, slots:with(error, 5))
  end)
end)

app:get("/cancelled-inside", function(_, res)
  local task = sluice.spawn(slots.with, slots, function()
    sluice.sleep(1e6)
  end)
  sluice.sleep(1)
  task:cancel()
  say(res, task:join())
end)

app:get("/cancelled-waiting", function(_, res)
  slots:with(function()
    local task = sluice.spawn(slots.with, slots, error)
    sluice.sleep(1)
    task:cancel()
    say(res, task:join())
  end)
end)

-- Told in one turn that it has it, and that it is cancelled.
app:get("/cancelled-at-the-grant", function(_, res)
  local task
  slots:with(function()
    task = sluice.spawn(slots.with, slots, function()
      sluice.sleep(1e6)
    end)
    sluice.sleep(1)
  end)
  task:cancel()
  say(res, task:join())
end)

app:get("/cancelled-at-the-post", function(_, res)
  local task
  slots:with(function()
    task = sluice.spawn(slots.with, slots, error)
    sluice.sleep(1)
    task:cancel()
  end)
  say(res, task:join())
end)

-- It waits again after it was cancelled, and is dropped.
app:get("/dropped", function(_, res)
  local task = sluice.spawn(slots.with, slots, function()
    pcall(sluice.sleep, 1e6)
    sluice.sleep(1e6)
  end)
  sluice.sleep(1)
  task:cancel()
  say(res, (task:join()))
end)

app:get("/leaves", function(_, res)
  slots:with(function()
    res:write("taken")
    res:flush()
    sluice.sleep(1e6)
  end)
end)

app:get("/count", function(_, res)
  collectgarbage()
  collectgarbage()
  res:write(slots:with(function()
    return "free"
  end, 60000))
end)

return app
"""


@pytest.mark.parametrize("path, said", [
    ("/returns", "0|nil|three|"),
    ("/raises", "false|in the slot|"),
    ("/times-out", "nil|timed_out|nil|timed_out|"),
    ("/cancelled-inside", "nil|cancelled|"),
    ("/cancelled-waiting", "nil|cancelled|"),
    ("/cancelled-at-the-grant", "nil|cancelled|"),
    ("/cancelled-at-the-post", "nil|cancelled|"),
    ("/dropped", "nil|"),
])
def test_what_was_taken_is_given_back(server, path, said):
    assert server.get(path).body.decode() == said
    assert server.get("/count").body == b"free"


def test_what_a_client_that_leaves_had_taken_is_given_back(server):
    with server.connect() as client:
        client.request("GET", "/leaves")
        client.head()
        client.read_chunk()
    assert server.get("/count").body == b"free"
