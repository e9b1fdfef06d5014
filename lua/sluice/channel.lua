--- Channels: values from coroutine to coroutine, in order.
---
---     local lines = sluice.channel(100)
---     sluice.spawn(function()
---       for n = 1, 3 do
---         lines:put("line " .. n)
---       end
---       lines:close()
---     end)
---     for line in lines:each() do
---       res:write(line, " ") --> line 1 line 2 line 3
---     end

local native = require("sluice.native")
local hint = require("sluice.hint")
local check = require("sluice.misuse").check_type
local park = require("sluice.park")
local Queue = require("sluice.queue")
local status = require("sluice.status")

local OK = native.C.SL_OK

-- What a getter is answered with when nothing will come any more.
local CLOSED = {}

---@class sluice.Channel
---@field private capacity integer
---@field private held table values, from `head` on
---@field private head integer
---@field private count integer
---@field private closed boolean
---@field private getters sluice.Queue
---@field private putters sluice.Queue waiters with an `offer`
local Channel = {}
Channel.__index = Channel
hint.install(
  Channel,
  "a channel",
  { send = "channel:put", receive = "channel:get", pop = "channel:get", push = "channel:put" }
)

---Make a channel.
---
---    local numbers = sluice.channel(2)
---    numbers:put(1)
---    numbers:put(2)
---    res:write(numbers:get(), " ", numbers:get(), "\n") --> 1 2
---@param capacity? integer values that it holds while nobody takes them; 0, the
---default: a put waits until its value is taken
---@return sluice.Channel
function Channel.new(capacity)
  check(capacity, "number?", 1, "channel")
  return setmetatable({
    capacity = capacity or 0,
    held = {},
    head = 1,
    count = 0,
    closed = false,
    getters = Queue.new(),
    putters = Queue.new(),
  }, Channel)
end

local function hold(self, value)
  self.held[self.head + self.count] = value
  self.count = self.count + 1
end

local function take_held(self)
  local head = self.head
  local value = self.held[head]
  self.held[head] = nil
  self.count = self.count - 1
  self.head = self.count == 0 and 1 or head + 1
  return value
end

---Hand over a value, waiting until there is a place for it.
---
---    local numbers = sluice.channel(1)
---    numbers:put(1)
---    local _, err = numbers:put(2, 10)
---    res:write(err, "\n") --> timed_out
---@param value any not nil, which is what get returns at the end
---@param timeout? number milliseconds to wait at most; 0 does not wait
---@return boolean? ok
---@return string? err `"timed_out"` or `"closed"`: the value was not taken
function Channel:put(value, timeout)
  if value == nil then
    error("bad argument #1 to 'put' (nil cannot be put into a channel)", 2)
  end
  check(timeout, "number?", 2, "put")
  if self.closed then
    return nil, "closed"
  elseif park.answer_first(self.getters, value) then
    return true
  elseif self.count < self.capacity then
    hold(self, value)
    return true
  elseif timeout and timeout <= 0 then
    return nil, "timed_out"
  end
  local waiter = park.new(2)
  waiter.offer = value
  local rc = park.park_in(waiter, self.putters, timeout)
  if rc ~= OK then
    return nil, status.word(rc)
  elseif waiter.value == CLOSED then
    return nil, "closed"
  end
  return true
end

-- Take what is there: held, or offered by who waits. Nil when nothing is.
local function take(self)
  if self.count == 0 then
    local putter = park.answer_first(self.putters, true)
    return putter and putter.offer
  end
  local value = take_held(self)
  local putter = park.answer_first(self.putters, true)
  if putter then
    hold(self, putter.offer)
  end
  return value
end

---Take the oldest value, waiting until there is one. What was put before the
---channel was closed is still there to take.
---
---    local answers = sluice.channel()
---    sluice.spawn(function()
---      answers:put("Hello")
---    end)
---    res:write(answers:get(), "\n") --> Hello
---@param timeout? number milliseconds to wait at most; 0 does not wait
---@return any value nil when there is none
---@return string? err `"timed_out"` or `"closed"`
function Channel:get(timeout)
  check(timeout, "number?", 1, "get")
  local value = take(self)
  if value ~= nil then
    return value
  elseif self.closed then
    return nil, "closed"
  elseif timeout and timeout <= 0 then
    return nil, "timed_out"
  end
  local waiter = park.new(2)
  local rc = park.park_in(waiter, self.getters, timeout)
  if rc ~= OK then
    return nil, status.word(rc)
  elseif waiter.value == CLOSED then
    return nil, "closed"
  end
  return waiter.value
end

---For a loop over all values until the channel is closed.
---
---    local lines = sluice.channel(10)
---    sluice.spawn(function()
---      for n = 1, 3 do
---        lines:put("line " .. n)
---      end
---      lines:close()
---    end)
---    for line in lines:each() do
---      res:write(line, "; ") --> line 1; line 2; line 3;
---    end
---@return fun(): any
function Channel:each()
  return function()
    return (self:get())
  end
end

---Nothing more will be put: those who wait are told.
---
---    local lines = sluice.channel()
---    lines:close()
---    local _, err = lines:get()
---    res:write(err, "\n") --> closed
function Channel:close()
  self.closed = true
  while park.answer_first(self.getters, CLOSED) or park.answer_first(self.putters, CLOSED) do
  end
end

return Channel
