--- The time of the app under test: it stands still while there is something to
--- do, and then moves to what is due next.

local host = require("sluice.native").host
local testing = require("sluice.testing")

local clock = {}

---Milliseconds.
---@return number
function clock.now()
  return (testing.now())
end

---Let the app go on until `is_done` says so, or `limit` (a time) has come.
---@param is_done fun(): boolean?
---@param limit number
---@return boolean done
---@return "limit"|"nothing"? progress why not: nothing is due then any more
function clock.run(is_done, limit)
  while not is_done() do
    local progress = testing.step(limit)
    if progress == "limit" or progress == "nothing" then
      return is_done() or false, progress
    end
  end
  return true
end

local function never() end

---What can happen now; time does not move.
function clock.settle()
  clock.run(never, clock.now())
end

---@param ms number
function clock.advance(ms)
  local to = clock.now() + ms
  clock.run(never, to)
  testing.skip(to)
  clock.settle()
end

---Let the clocks of sluice.time go with this one.
function clock.install()
  local wall, monotonic = host.wall_clock(), host.monotonic()
  local function past()
    return select(2, testing.now()) / 1000
  end
  local began = past()
  function host.wall_clock()
    return wall + past() - began
  end
  function host.monotonic()
    return monotonic + past() - began
  end
end

return clock
