--- Time: deadlines for calls, and functions that are called later.

local native = require("sluice.native")
local check = require("sluice.misuse").check_type
local Task = require("sluice.task")
local wait = require("sluice.wait")

local host, C = native.host, native.C
local OK, ETIMEDOUT, SLEEP = C.SL_OK, C.SL_ETIMEDOUT, host.SLEEP

-- Run `fn` and wait for its end, at most until `deadline`; whatever ends the
-- wait ends the task.
local function run_until(deadline, fn, ...)
  local task = Task.start("tied", fn, ...)
  local rc = task:await_end(deadline)
  if rc ~= OK then
    task:cancel()
  end
  return task, rc
end

---Run `fn(...)`, for at most so long: then whatever it waits for, however deep,
---raises `cancelled`, also in what all, race and deadlines of its own run for
---it. An error in `fn` is raised again.
---
---    local page, err = sluice.deadline(10, sluice.sleep, 60000)
---    if not page then
---      res:status(504) --> HTTP/1.1 504 Gateway Timeout
---      res:write(err, "\n") --> timed_out
---    end
---@param ms number milliseconds
---@param fn function
---@param ... any its arguments
---@return any ... what it returned; or nil, `"timed_out"`
local function deadline(ms, fn, ...)
  check(ms, "number", 1, "deadline")
  check(fn, "function", 2, "deadline")
  wait.check_possible(2)
  local task, rc = run_until(host.now() + ms, fn, ...)
  if rc == ETIMEDOUT then
    wait.check(task:await_end())
    return nil, "timed_out"
  end
  wait.check(rc)
  if not task.results then
    error(select(2, task:outcome()), 0)
  end
  return task:outcome()
end

-- In a task for each call, so that the timer goes on after an error.
local function call_again(ms, fn)
  local due = host.now()
  while true do
    due = math.max(due + ms, host.now())
    wait.wait(SLEEP, due - host.now())
    local task, rc = run_until(nil, fn)
    wait.check(rc)
    task:report()
  end
end

local function call_once(ms, fn)
  wait.wait(SLEEP, ms)
  return fn()
end

---Call `fn` after so long, in a coroutine of its own. In a request's coroutine
---the timer belongs to that request, and ends when its client leaves; start one
---while the app is loading, or in sluice.spawn_free, to keep it.
---
---    local timer = sluice.timer(5, function()
---      res:write("tick ") --> tick done
---    end)
---    timer:join()
---    res:write("done\n")
---@param ms number milliseconds
---@param fn fun()
---@param again? boolean call it again and again, never twice at a time
---@return sluice.Task timer
local function timer(ms, fn, again)
  check(ms, "number", 1, "timer")
  check(fn, "function", 2, "timer")
  if again and ms < 1 then
    error("bad argument #1 to 'timer' (at least 1 ms, when it repeats)", 2)
  end
  return Task.start("tied", again and call_again or call_once, ms, fn)
end

return { deadline = deadline, timer = timer }
