--- Calls of libuv that call back, as calls that wait.

local native = require("sluice.native")
local park = require("sluice.park")
local status = require("sluice.status")
local wait = require("sluice.wait")

local OK = native.C.SL_OK

local function finish(err, ...)
  if err then
    return nil, err
  elseif select("#", ...) == 0 then
    return true
  end
  return ...
end

---Wait for what `start` begins: a call of luv with `resume` as its callback,
---which gets an error, or nil and results.
---@param start fun(resume: fun(err: string?, ...): boolean): any, string?
---@param timeout? number milliseconds
---@param undo? fun() called when the wait was given up
---@return any ... the results, or true without any; or nil and why
local function call(start, timeout, undo)
  local waiter = park.new(3)
  local begun, why = start(function(...)
    return park.answer(waiter, { n = select("#", ...), ... })
  end)
  if not begun then
    return nil, why
  end
  local rc = park.park(waiter, timeout)
  if rc ~= OK then
    if undo then
      undo()
    end
    wait.check(rc, 3)
    return nil, status.word(rc)
  end
  return finish(unpack(waiter.value, 1, waiter.value.n))
end

return call
