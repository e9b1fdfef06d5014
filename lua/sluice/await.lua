--- Waiting for any function that calls back.

local native = require("sluice.native")
local check = require("sluice.misuse").check_type
local park = require("sluice.park")
local status = require("sluice.status")
local wait = require("sluice.wait")

local OK = native.C.SL_OK

---Call `start(resume)` and wait until `resume(...)` is called, from wherever:
---also from within `start`. Only the first call counts; later ones, and those
---after the wait was cancelled or has timed out, return false.
---
---    local uv = require("luv")
---    local err, stat = sluice.await(function(resume)
---      uv.fs_stat("/", resume)
---    end)
---    res:write(err or stat.type, "\n") --> directory
---@param start fun(resume: fun(...): boolean)
---@param timeout? number milliseconds to wait at most
---@return any ... what `resume` was called with; or nil, `"timed_out"`
local function await(start, timeout)
  check(start, "function", 1, "await")
  check(timeout, "number?", 2, "await")
  local waiter = park.new(2)
  start(function(...)
    return park.answer(waiter, { n = select("#", ...), ... })
  end)
  local rc = park.park(waiter, timeout)
  wait.check(rc, 2)
  if rc ~= OK then
    return nil, status.word(rc)
  end
  return unpack(waiter.value, 1, waiter.value.n)
end

return await
