--- One waiter that somebody else answers: what awaits, semaphores and channels
--- are made of.
---
--- A waiter is answered once. Whoever answers learns whether that counted: one
--- that was cancelled or has timed out takes nothing, so nothing gets lost.

local native = require("sluice.native")
local wait = require("sluice.wait")

local host, OK = native.host, native.C.SL_OK
local PARK = host.PARK

---@class sluice.Waiter
---@field private task userdata
---@field private parked boolean
---@field answered boolean
---@field value any what the answer was
---@field queue sluice.Queue? that it stands in

---A waiter for the coroutine that runs. Raises where it cannot wait, before
---anything was begun.
---@param level? integer where that is reported; 1 is the caller
---@return sluice.Waiter
local function new(level)
  wait.check_possible((level or 1) + 1)
  return { task = host.current(), parked = false, answered = false }
end

---@param waiter sluice.Waiter
---@param value any
---@return boolean counted
local function answer(waiter, value)
  if waiter.answered or (waiter.parked and not host.wake(waiter.task)) then
    return false
  end
  waiter.answered, waiter.value = true, value
  return true
end

---Answer the first in a queue who still waits.
---@param queue sluice.Queue
---@param value any
---@return sluice.Waiter? who took it
local function answer_first(queue, value)
  repeat
    local waiter = queue:pop()
    if waiter then
      waiter.queue = nil
      if answer(waiter, value) then
        return waiter
      end
    end
  until not waiter
end

---Wait until the waiter is answered. Never raises, so that the caller can
---clean up first; a wait that failed can no longer be answered.
---@param waiter sluice.Waiter
---@param ms number? at most; forever when it is nil
---@return integer rc a status: OK when it was answered
local function park(waiter, ms)
  if waiter.answered then
    return OK
  end
  waiter.parked = true
  local rc = wait.pause(PARK, ms)
  waiter.parked = false
  if waiter.answered then
    return OK
  end
  waiter.answered = true
  return rc
end

---Stand in a queue until answered. Raises when the coroutine is cancelled.
---@param waiter sluice.Waiter
---@param queue sluice.Queue
---@param ms number?
---@return integer rc
local function park_in(waiter, queue, ms)
  queue:push(waiter)
  waiter.queue = queue
  local rc = park(waiter, ms)
  if waiter.queue then
    waiter.queue = nil
    queue:remove(waiter)
  end
  wait.check(rc, 3)
  return rc
end

return {
  new = new,
  answer = answer,
  answer_first = answer_first,
  park = park,
  park_in = park_in,
}
