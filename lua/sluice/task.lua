--- Tasks: functions that run in coroutines of their own.
---
---     local task = sluice.spawn(sluice.sleep, 60000)
---     local _, err = task:join(5)
---     if err == "timed_out" then
---       res:write("cancelled\n") --> cancelled
---       task:cancel()
---     end

local native = require("sluice.native")
local hint = require("sluice.hint")
local check = require("sluice.misuse").check_type
local failure = require("sluice.failure")
local log = require("sluice.log")
local status = require("sluice.status")
local wait = require("sluice.wait")

local host, C = native.host, native.C
local OK, JOIN = C.SL_OK, host.JOIN

---@class sluice.Task
---@field private handle userdata
---@field private results table? once the function has returned
---@field private err any once it has failed; the host sets it
---@field private traceback string? likewise
local Task = {}
Task.__index = Task
hint.install(Task, "a task", { wait = "task:join", await = "task:join", kill = "task:cancel" })

-- Keep the values that the function returned, nils included.
local function keep(self, ...)
  self.results = { n = select("#", ...), ... }
end

local function run(self, fn, ...)
  keep(self, fn(...))
end

---@param how string `"tied"` to the request of who starts it, `"free"`, or
---`"child"`: tied, and its end wakes who waits for CHILD
---@param fn function
---@return sluice.Task
function Task.start(how, fn, ...)
  local self = setmetatable({}, Task)
  self.handle = host.spawn(self, how, run, self, fn, ...)
  return self
end

---Wait for the end; never raises.
---@private
---@param deadline number? of host.now
---@return integer rc OK when it has ended
function Task:await_end(deadline)
  local rc = OK
  while rc == OK and not host.is_over(self.handle) do
    rc = wait.pause(JOIN, deadline and math.max(0, deadline - host.now()), self.handle)
  end
  return rc
end

---What came of a task that has ended.
---@private
function Task:outcome()
  local results = self.results
  if results then
    return unpack(results, 1, results.n)
  end
  if self.err == nil then
    return nil, "cancelled"
  end
  failure.remember(self.err, self.traceback)
  return nil, self.err
end

---Log why the task has failed, for who waits for its end and for nothing else:
---the host takes the error for collected.
---@private
function Task:report()
  local err = self.err
  if err ~= nil and err ~= "cancelled" then
    log.error(failure.text_of(err), { traceback = self.traceback })
  end
end

---Wait until the task has ended. Asked again, it answers the same.
---
---    local task = sluice.spawn(sluice.sleep, 60000)
---    local _, err = task:join(5)
---    res:write(err, "\n") --> timed_out
---@param timeout? number milliseconds to wait at most
---@return any ... what the function returned; or nil and its error, nil and
---`"cancelled"`, or nil and `"timed_out"`
function Task:join(timeout)
  check(timeout, "number?", 1, "join")
  if self.handle == host.current() then
    error("a task cannot wait for its own end", 2)
  end
  local rc = self:await_end(timeout and host.now() + timeout)
  wait.check(rc, 2)
  if rc ~= OK then
    return nil, status.word(rc)
  end
  return self:outcome()
end

---Raise `cancelled` where the task waits, or where it will wait next. One that
---has not begun never will. A task that catches the error may clean up, but
---not wait again.
---
---    local task = sluice.spawn(sluice.sleep, 60000)
---    task:cancel()
---    local _, err = task:join()
---    res:write(err, "\n") --> cancelled
---@return boolean ok false when it had ended
function Task:cancel()
  return host.cancel(self.handle)
end

---Has it ended?
---
---    local task = sluice.spawn(sluice.sleep, 1)
---    local before = task:is_over()
---    task:join()
---    res:write(tostring(before), " ", tostring(task:is_over()), "\n") --> false true
---@return boolean
function Task:is_over()
  return host.is_over(self.handle)
end

---Run `fn(...)` in a coroutine of its own, from the next turn on. It belongs to
---the request of the coroutine that calls this: it is cancelled when the client
---leaves, but the response does not wait for it. An error in it is logged, unless
---somebody waits in join, who gets it.
---
---    local task = sluice.spawn(function(name)
---      sluice.sleep(5)
---      return "Hello, " .. name
---    end, "you")
---    res:write(task:join(), "\n") --> Hello, you
---@param fn function
---@param ... any its arguments
---@return sluice.Task
function Task.spawn(fn, ...)
  check(fn, "function", 1, "spawn")
  return Task.start("tied", fn, ...)
end

---Likewise, but it belongs to no request: for work that has to be finished when
---nobody waits for the answer any more.
---
---    local function save(order)
---      sluice.sleep(5)
---      return order .. " is saved"
---    end
---    res:write(sluice.spawn_free(save, "tea"):join(), "\n") --> tea is saved
---@param fn function
---@param ... any its arguments
---@return sluice.Task
function Task.spawn_free(fn, ...)
  check(fn, "function", 1, "spawn_free")
  return Task.start("free", fn, ...)
end

return Task
