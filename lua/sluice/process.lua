--- Processes, with calls that wait.
---
---     local process = assert(sluice.process.spawn("echo", { args = { "Hello" } }))
---     for data in process.stdout:each() do
---       res:write(data) --> Hello
---     end
---     res:write(process:wait(), "\n") --> 0

local uv = require("luv")
local native = require("sluice.native")
local hint = require("sluice.hint")
local check = require("sluice.misuse").check_type
local guard = require("sluice.guard")
local park = require("sluice.park")
local Queue = require("sluice.queue")
local status = require("sluice.status")
local Stream = require("sluice.stream")

local host, OK = native.host, native.C.SL_OK

-- What the callback of libuv refers to, so that the process itself can be
-- garbage.
---@class sluice.ProcessState
---@field handle userdata?
---@field code integer? once it has ended
---@field signal integer?
---@field waiting sluice.Queue

---@class sluice.Process
---@field pid integer
---@field stdin sluice.Stream?
---@field stdout sluice.Stream?
---@field stderr sluice.Stream?
---@field private state sluice.ProcessState
---@field private guard userdata
local Process = {}
Process.__index = Process
hint.install(Process, "a process", { join = "process:wait", close = "process:kill" })

-- What is not wanted is /dev/null: luv wants all three, without a gap. It is
-- closed with the VM.
local null = assert(uv.fs_open("/dev/null", "r+", 0))

Process.null = guard(function()
  uv.fs_close(null)
end)

local function kill(state, signal)
  if state.code or not state.handle then
    return false
  end
  return state.handle:kill(signal) == 0
end

local function on_exit(state, code, signal)
  state.code, state.signal = code, signal
  state.handle:close()
  repeat
    local waiter = park.answer_first(state.waiting, true)
  until not waiter
end

local function wanted(options)
  return {
    options.stdin,
    options.stdout == nil and "pipe" or options.stdout,
    options.stderr == nil and "inherit" or options.stderr,
  }
end

local function make_pipes(options)
  local stdio, pipes, how = {}, {}, wanted(options)
  for i = 1, 3 do
    if how[i] == "pipe" then
      pipes[i] = assert(uv.new_pipe(false))
    end
    stdio[i] = pipes[i] or (how[i] == "inherit" and i - 1) or null
  end
  return stdio, pipes
end

local function close_pipes(pipes)
  for i = 1, 3 do
    if pipes[i] then
      pipes[i]:close()
    end
  end
end

local function env_of(map)
  if not map then
    return nil
  end
  local list = {}
  for name, value in pairs(map) do
    list[#list + 1] = name .. "=" .. tostring(value)
  end
  return list
end

-- It is killed when the client leaves, when a wait for it is cancelled, and
-- when nothing refers to it any more.
local function tie(self)
  local state = self.state
  local function end_it()
    kill(state, "sigkill")
  end
  self.guard = guard(end_it)
  host.on_leave(end_it)
  for _, name in ipairs({ "stdin", "stdout", "stderr" }) do
    if self[name] then
      self[name].on_cancel = end_it
      self[name].process = self
    end
  end
end

---@class sluice.ProcessOptions
---@field args string[]?
---@field env table<string, string>? all of its environment; else the server's
---@field cwd string? where it runs: the folder of the app, or a path from there
---@field stdin string? `"pipe"` or `"inherit"`; nothing by default
---@field stdout string|false|nil `"pipe"`, the default, `"inherit"`, or false
---@field stderr string|false|nil `"inherit"`, the default, `"pipe"`, or false

---Start a program. In a request's coroutine it belongs to the request: it is
---killed when the client leaves; everywhere, when a wait for it is cancelled.
---
---    local process = assert(sluice.process.spawn("echo", { args = { "Hello" } }))
---    for data in process.stdout:each() do
---      res:write(data) --> Hello
---    end
---    process:wait()
---@param file string looked for in PATH
---@param options? sluice.ProcessOptions
---@return sluice.Process? process
---@return string? err
function Process.spawn(file, options)
  check(file, "string", 1, "spawn")
  check(options, "table?", 2, "spawn")
  options = options or {}
  local cwd, why = host.path_of(options.cwd or ".")
  if not cwd then
    return nil, why
  end
  local stdio, pipes = make_pipes(options)
  local state = { waiting = Queue.new() }
  local handle, pid = uv.spawn(file, {
    args = options.args,
    env = env_of(options.env),
    cwd = cwd,
    stdio = stdio,
  }, function(code, signal)
    on_exit(state, code, signal)
  end)
  if not handle then
    close_pipes(pipes)
    return nil, pid
  end
  state.handle = handle
  local self = setmetatable({ pid = pid, state = state }, Process)
  self.stdin = pipes[1] and Stream.new(pipes[1])
  self.stdout = pipes[2] and Stream.new(pipes[2])
  self.stderr = pipes[3] and Stream.new(pipes[3])
  tie(self)
  return self
end

---Wait for its end. A wait that is cancelled kills it.
---
---    local process = assert(sluice.process.spawn("false"))
---    res:write(process:wait(), "\n") --> 1
---@param timeout? number milliseconds to wait at most
---@return integer? code nil when the time is over
---@return integer|string signal that ended it, 0 for none; or `"timed_out"`
function Process:wait(timeout)
  check(timeout, "number?", 1, "wait")
  local state = self.state
  if not state.code then
    local ok, rc = pcall(park.park_in, park.new(2), state.waiting, timeout)
    if not ok then
      kill(state, "sigkill")
      error(rc, 0)
    elseif rc ~= OK then
      return nil, status.word(rc)
    end
  end
  return state.code, state.signal
end

---Send it a signal.
---
---    local process = assert(sluice.process.spawn("sleep", { args = { "60" } }))
---    process:kill()
---    local _, signal = process:wait()
---    res:write(signal, "\n") --> 15
---@param signal? string `"sigterm"` by default
---@return boolean ok false when it had ended
function Process:kill(signal)
  return kill(self.state, signal or "sigterm")
end

---@class sluice.process
return { spawn = Process.spawn }
