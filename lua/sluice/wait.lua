--- Waiting: a yield that only the scheduler answers.
---
--- A wait yields a private token. The scheduler resumes the coroutine with a
--- status when what it waits for may have happened, so whoever waits looks
--- again. Scripts may use coroutines of their own, in which everything waits
--- as usual: see coroutines.lua.

local native = require("sluice.native")

local host, C = native.host, native.C
local WAIT = host.WAIT
local yield, isyieldable = coroutine.yield, coroutine.isyieldable

-- What pause returns where a wait is impossible; no status has this number.
local IMPOSSIBLE = -1000

local explanation = "cannot wait here: not while the app is loading, and not inside of a "
  .. "table.sort comparator, a string.gsub callback, require, dofile or an xpcall handler"

---Suspend the coroutine. Never raises, so that the caller can clean up first.
---@param kind integer what is waited for; the rest are its arguments
---@return integer answer a status, or IMPOSSIBLE
local function pause(kind, a, b, c)
  if not isyieldable() or not host.in_task() then
    return IMPOSSIBLE
  end
  return yield(WAIT, kind, a, b, c)
end

---Raise what cannot be returned: the coroutine was cancelled, or cannot wait.
---@param answer integer of pause
---@param level? integer where an impossible wait is reported; 1 is the caller
local function check(answer, level)
  if answer == C.SL_ECANCELLED then
    error("cancelled", 0)
  elseif answer == IMPOSSIBLE then
    error(explanation, (level or 1) + 1)
  end
end

---Raise an error where a wait is impossible, before anything was begun.
---@param level? integer where it is reported; 1 is the caller
local function check_possible(level)
  if not isyieldable() or not host.in_task() then
    error(explanation, (level or 1) + 1)
  end
end

---Suspend the coroutine; raises `cancelled`, or that it cannot wait here.
---@return integer answer a status
local function wait(kind, a, b, c)
  local answer = pause(kind, a, b, c)
  check(answer, 3)
  return answer
end

return {
  pause = pause,
  check = check,
  check_possible = check_possible,
  wait = wait,
  token = WAIT,
  IMPOSSIBLE = IMPOSSIBLE,
}
