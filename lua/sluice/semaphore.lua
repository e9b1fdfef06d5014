--- Semaphores: so many may go on, the others wait in the order of their calls.
---
---     local slots = sluice.semaphore(10)
---
---     app:get("/thumbnail", function(_, res)
---       if not slots:wait(1000) then
---         return res:status(503)
---       end
---       local ok, image = pcall(string.rep, "*", 5) -- what ten may do at a time
---       slots:post()
---       res:write(ok and image or "no image", "\n")
---     end)
---     -- GET /thumbnail --> *****

local native = require("sluice.native")
local check = require("sluice.misuse").check_type
local park = require("sluice.park")
local Queue = require("sluice.queue")
local status = require("sluice.status")

local OK = native.C.SL_OK

---@class sluice.Semaphore
---@field private free integer
---@field private waiting sluice.Queue
local Semaphore = {}
Semaphore.__index = Semaphore

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
