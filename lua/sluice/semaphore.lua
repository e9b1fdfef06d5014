--- Semaphores: so many may go on, the others wait in the order of their calls.
---
---     local slots = sluice.semaphore(10)
---
---     app:get("/thumbnail", function(_, res)
---       local image, err = slots:with(function()
---         return ("*"):rep(5) -- what ten may do at a time
---       end, 1000)
---       if not image then
---         return res:text(err, 503)
---       end
---       res:write(image, "\n")
---     end)
---     -- GET /thumbnail --> *****

local native = require("sluice.native")
local hint = require("sluice.hint")
local check = require("sluice.misuse").check_type
local failure = require("sluice.failure")
local guard = require("sluice.guard")
local park = require("sluice.park")
local Queue = require("sluice.queue")
local status = require("sluice.status")

local OK = native.C.SL_OK

---@class sluice.Semaphore
---@field private free integer
---@field private waiting sluice.Queue
local Semaphore = {}
Semaphore.__index = Semaphore
hint.install(Semaphore, "a semaphore", { acquire = "semaphore:wait", release = "semaphore:post" })

---Make a semaphore.
---
---    local slots = sluice.semaphore(10)
---    res:write(slots:count(), "\n") --> 10
---@param n? integer how many may pass at first; 0 by default
---@return sluice.Semaphore
function Semaphore.new(n)
  check(n, "number?", 1, "semaphore")
  return setmetatable({ free = n or 0, waiting = Queue.new() }, Semaphore)
end

---Take one, waiting until there is one.
---
---    local slots = sluice.semaphore(1)
---    slots:wait()
---    local _, err = slots:wait(0)
---    res:write(err, "\n") --> timed_out
---@param timeout? number milliseconds to wait at most; 0 does not wait
---@return boolean? ok
---@return string? err `"timed_out"`
function Semaphore:wait(timeout)
  check(timeout, "number?", 1, "wait")
  if self.free > 0 then
    self.free = self.free - 1
    return true
  elseif timeout and timeout <= 0 then
    return nil, "timed_out"
  end
  local rc = park.park_in(park.new(2), self.waiting, timeout)
  if rc ~= OK then
    return nil, status.word(rc)
  end
  return true
end

---Give back `n`, one by default: to those who wait, first of all.
---
---    local ready = sluice.semaphore()
---    sluice.spawn(function()
---      ready:post()
---    end)
---    ready:wait()
---    res:write("ready\n") --> ready
---@param n? integer
function Semaphore:post(n)
  check(n, "number?", 1, "post")
  for _ = 1, n or 1 do
    if not park.answer_first(self.waiting, true) then
      self.free = self.free + 1
    end
  end
end

-- An error loses its lines here, so they are noted for whoever gets it.
local function note(err)
  failure.remember(err, debug.traceback("", 2):sub(2))
  return err
end

local function give_back(self, taken, _, ok, ...)
  taken.by_now = false
  self:post()
  if not ok then
    error((...), 0)
  end
  return ...
end

-- A coroutine that is dropped, because it waited again after it was cancelled,
-- never comes back: then the collector finds what it has taken.
local function watch(self)
  local taken = { by_now = true }
  return taken, guard(function()
    if taken.by_now then
      self:post()
    end
  end)
end

---Take one, run `fn()`, and give it back, however that ends: also with an error,
---and when the coroutine is cancelled.
---
---    local slots = sluice.semaphore(1)
---    local left = slots:with(function()
---      return slots:count()
---    end)
---    local ok = pcall(slots.with, slots, error)
---    res:write(left, " ", tostring(ok), " ", slots:count(), "\n") --> 0 false 1
---@param fn fun(): any
---@param timeout? number milliseconds to wait at most; 0 does not wait
---@return any ... what it returned; or nil and `"timed_out"`
function Semaphore:with(fn, timeout)
  check(fn, "function", 1, "with")
  check(timeout, "number?", 2, "with")
  local ok, err = self:wait(timeout)
  if not ok then
    return nil, err
  end
  local taken, watcher = watch(self)
  -- The watcher is held as long as this call: it is an argument.
  return give_back(self, taken, watcher, xpcall(fn, note))
end

---How many can be taken at the moment.
---
---    local slots = sluice.semaphore(10)
---    slots:wait()
---    res:write(slots:count(), "\n") --> 9
---@return integer how many can be taken without waiting
function Semaphore:count()
  return self.free
end

return Semaphore
