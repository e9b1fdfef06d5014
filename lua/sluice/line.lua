--- Writing to a response that is full: in the order of the calls.
---
--- Who has to wait stands in line. Only the first in line tries; who leaves
--- wakes the next. `self.line` says that someone may stand there, which is all
--- that a write has to look at when nobody does.

local native = require("sluice.native")
local status = require("sluice.status")
local wait = require("sluice.wait")

local C, host = native.C, native.host
local pause, check = wait.pause, wait.check
local word = status.word
local EAGAIN, OK, PENDING = C.SL_EAGAIN, C.SL_OK, C.SL_PENDING
local TURN, ROOM = host.TURN, host.ROOM

-- How often a script may use a whole turn's calls up, or wait for room, only to
-- hear that the response is over.
local MOST_REFUSED = 8

local function left(deadline)
  return deadline and math.max(0, deadline - host.now())
end

-- What kept the core from taking it: the coroutine's share of this turn, or
-- the response's lack of room.
local function pause_for_room(self, deadline, no_wait)
  if host.quota_spent() then
    return pause(TURN)
  elseif no_wait then
    return EAGAIN
  elseif C.sl_response_await_room(self.handle, self.generation) == PENDING then
    return pause(ROOM, left(deadline))
  end
  return pause(TURN)
end

local function attempts(self, deadline, no_wait, attempt, ...)
  local first = host.line_enter(self.handle, self.generation)
  local answer = OK
  if first == false then
    if no_wait then
      return EAGAIN, OK
    end
    answer = pause(ROOM, left(deadline))
  end
  local rc = EAGAIN
  while answer == OK do
    rc = attempt(self, ...)
    if rc ~= EAGAIN then
      return rc, OK
    end
    answer = pause_for_room(self, deadline, no_wait)
  end
  return rc, answer
end

-- A script that never looks at what its calls return would go on for ever.
local function end_runaway(self, rc, level)
  if rc >= 0 or rc == EAGAIN then
    return
  end
  self.refused = (self.refused or 0) + 1
  if self.refused > MOST_REFUSED then
    error("the response is over (" .. word(rc) .. "), and the script goes on writing", level + 1)
  end
end

---Call `attempt(self, ...)` until it does not answer EAGAIN, in the order of
---the calls. Raises when the coroutine is cancelled, or cannot wait.
---@param self sluice.Response
---@param timeout integer? milliseconds to wait at most
---@param no_wait boolean? do not wait for room
---@param level integer of the script, for errors; 1 is the caller
---@param attempt fun(self: sluice.Response, ...): integer
---@return integer rc of the last attempt, or why it was given up
local function submit(self, timeout, no_wait, level, attempt, ...)
  rawset(self, "line", true)
  local deadline = timeout and host.now() + timeout
  local rc, answer = attempts(self, deadline, no_wait, attempt, ...)
  rawset(self, "line", not host.line_leave())
  check(answer, level + 1)
  if answer ~= OK then
    return answer
  end
  end_runaway(self, rc, level + 1)
  return rc
end

return { submit = submit }
