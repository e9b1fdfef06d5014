--- Streams of bytes: connections, and the pipes of processes.
---
--- Reading stops by itself while nobody takes what has come, so that whoever
--- sends is slowed down. A stream that is dropped is closed by the collector,
--- which is late: close it.

local native = require("sluice.native")
local call = require("sluice.call")
local hint = require("sluice.hint")
local check = require("sluice.misuse").check_type
local guard = require("sluice.guard")
local park = require("sluice.park")
local status = require("sluice.status")
local wait = require("sluice.wait")

local OK = native.C.SL_OK

-- Bytes that are held for a reader before reading stops.
local ENOUGH = 262144

-- What callbacks of libuv refer to, so that the stream itself can be garbage.
---@class sluice.StreamState
---@field handle userdata of luv
---@field pieces string[] from `head` to `tail`
---@field head integer
---@field tail integer
---@field bytes integer in pieces
---@field reading boolean
---@field ended boolean nothing more will come
---@field err string? why, unless it is the end
---@field reader sluice.Waiter?

---@class sluice.Stream
---@field private state sluice.StreamState
---@field private guard userdata
---@field private on_cancel fun()? when a wait for the stream is cancelled
local Stream = {}
Stream.__index = Stream
hint.install(
  Stream,
  "a stream",
  { send = "stream:write", receive = "stream:read", lines = "stream:each" }
)

local function close(state)
  if not state.handle:is_closing() then
    state.handle:close()
  end
end

local function end_with(state, err)
  state.ended, state.err = true, err
  if state.reader then
    park.answer(state.reader, true)
  end
end

local function hold(state, data)
  state.tail = state.tail + 1
  state.pieces[state.tail] = data
  state.bytes = state.bytes + #data
  if state.bytes >= ENOUGH and state.reading then
    state.reading = false
    state.handle:read_stop()
  end
  if state.reader then
    park.answer(state.reader, true)
  end
end

local function take(state)
  local head = state.head
  local data = state.pieces[head]
  if data then
    state.pieces[head] = nil
    state.head = head + 1
    state.bytes = state.bytes - #data
  end
  return data
end

local function start_reading(state)
  if state.reading then
    return true
  end
  state.reading = true
  return state.handle:read_start(function(err, data)
    if state.ended then
      return
    elseif data then
      hold(state, data)
    else
      end_with(state, err)
    end
  end)
end

---@param handle userdata a stream of luv, connected
---@return sluice.Stream
function Stream.new(handle)
  local state = {
    handle = handle,
    pieces = {},
    head = 1,
    tail = 0,
    bytes = 0,
    reading = false,
    ended = false,
  }
  return setmetatable({
    state = state,
    guard = guard(function()
      close(state)
    end),
  }, Stream)
end

local function wait_for_data(self, timeout)
  local state = self.state
  if state.reader then
    error("another coroutine is reading from this stream", 3)
  end
  local waiter = park.new(3)
  local ok, err = start_reading(state)
  if not ok then
    end_with(state, err)
    return OK
  end
  state.reader = waiter
  local rc = park.park(waiter, timeout)
  state.reader = nil
  if rc ~= OK and self.on_cancel and rc ~= native.C.SL_ETIMEDOUT then
    self.on_cancel()
  end
  wait.check(rc, 3)
  return rc
end

---The next bytes, waiting for some.
---
---    local process = assert(sluice.process.spawn("echo", { args = { "Hello" } }))
---    res:write(process.stdout:read(5000)) --> Hello
---@param timeout? number milliseconds to wait at most
---@return string? data nil at the end, and when nothing will come
---@return string? err `"timed_out"`, `"closed"`, or what libuv says; nil at the end
function Stream:read(timeout)
  check(timeout, "number?", 1, "read")
  local state = self.state
  while true do
    local data = take(state)
    if data then
      return data
    elseif state.ended then
      return nil, state.err
    end
    local rc = wait_for_data(self, timeout)
    if rc ~= OK then
      return nil, status.word(rc)
    end
  end
end

---For a loop over what comes until the end.
---
---    local process = assert(sluice.process.spawn("seq", { args = { "3" } }))
---    for data in process.stdout:each() do
---      res:write(data) --> 1
---    end --> 2
---    --> 3
---@return fun(): string?
function Stream:each()
  return function()
    return (self:read())
  end
end

---Write, and wait until the system has taken it.
---
---    local process = assert(sluice.process.spawn("cat", { stdin = "pipe" }))
---
---    process.stdin:write("meow\n")
---    res:write(process.stdout:read()) --> meow
---    process.stdin:finish()
---    process:wait()
---@param data string|string[]
---@param timeout? number milliseconds; how much has left by then is not known
---@return boolean? ok
---@return string? err `"timed_out"`, `"closed"`, or what libuv says
function Stream:write(data, timeout)
  check(timeout, "number?", 2, "write")
  local handle = self.state.handle
  if handle:is_closing() then
    return nil, "closed"
  end
  return call(function(resume)
    return handle:write(data, resume)
  end, timeout, self.on_cancel)
end

---Send the end: the other side reads it behind what was written.
---
---    local process = assert(sluice.process.spawn("cat", { stdin = "pipe" }))
---
---    process.stdin:finish()
---    res:write(tostring(process.stdout:read()), " ", process:wait(), "\n") --> nil 0
---@return boolean? ok
---@return string? err
function Stream:finish()
  local handle = self.state.handle
  if handle:is_closing() then
    return nil, "closed"
  end
  return call(function(resume)
    return handle:shutdown(resume)
  end)
end

---Close it at once. Whoever reads gets `nil, "closed"`.
---
---    local process = assert(sluice.process.spawn("cat", { stdin = "pipe" }))
---
---    process.stdout:close()
---    local _, err = process.stdout:read()
---    res:write(err, "\n") --> closed
---    process:kill()
function Stream:close()
  close(self.state)
  if not self.state.ended then
    end_with(self.state, "closed")
  end
end

return Stream
