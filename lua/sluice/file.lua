--- An open file, see fs.lua.

local uv = require("luv")
local call = require("sluice.call")
local hint = require("sluice.hint")
local check = require("sluice.misuse").check_type
local guard = require("sluice.guard")
local host = require("sluice.native").host

local PIECE = 65536

local function ignore() end

---@class sluice.FileState
---@field fd integer? nil once it was closed
---@field busy integer operations that threads are at
---@field closing boolean

---@class sluice.OpenFile
---@field private state sluice.FileState
---@field private guard userdata
local File = {}
File.__index = File
hint.install(File, "a file", { lines = "file:read", seek = "file:read(most, offset)" })

-- A thread may be at an operation that nobody waits for any more. Closed under
-- it, the number could be another file's by then.
local function close_when_idle(state)
  if state.closing and state.busy == 0 and state.fd then
    uv.fs_close(state.fd, ignore)
    state.fd = nil
  end
end

local function operate(state, begin)
  if state.closing then
    return nil, "closed"
  end
  return call(function(resume)
    local begun, why = begin(
      state.fd,
      host.owe(function(...)
        state.busy = state.busy - 1
        close_when_idle(state)
        resume(...)
      end)
    )
    state.busy = state.busy + (begun and 1 or 0)
    return begun, why
  end)
end

---@param fd integer
---@return sluice.OpenFile
function File.new(fd)
  local state = { fd = fd, busy = 0, closing = false }
  return setmetatable({
    state = state,
    guard = guard(function()
      state.closing = true
      if state.busy == 0 and state.fd then
        uv.fs_close(state.fd) -- at once: the loop may be at its end
        state.fd = nil
      end
    end),
  }, File)
end

---The next bytes of it, or those at an offset.
---
---    local file = assert(sluice.fs.open("/etc/hostname"))
---    local start = file:read(16, 0)
---    res:write(#start > 0 and "has a name" or "has none", "\n") --> has a name
---@param most? integer bytes; 64 KiB by default
---@param offset? integer where; else where the last read or write ended
---@return string? data "" at the end
---@return string? err
function File:read(most, offset)
  check(most, "number?", 1, "read")
  check(offset, "number?", 2, "read")
  return operate(self.state, function(fd, resume)
    return uv.fs_read(fd, most or PIECE, offset or -1, resume)
  end)
end

---Write all of it.
---
---    local path = os.tmpname()
---    local file = assert(sluice.fs.open(path, "w+"))
---    file:write("Hello")
---    res:write(file:read(5, 0), "\n") --> Hello
---    file:close()
---    sluice.fs.remove(path)
---@param data string
---@param offset? integer where; else where the last read or write ended
---@return boolean? ok
---@return string? err
function File:write(data, offset)
  check(data, "string", 1, "write")
  check(offset, "number?", 2, "write")
  local at = 1
  while at <= #data do
    local rest = at == 1 and data or data:sub(at)
    local written, err = operate(self.state, function(fd, resume)
      return uv.fs_write(fd, rest, offset and offset + at - 1 or -1, resume)
    end)
    if not written then
      return nil, err
    end
    at = at + written
  end
  return true
end

---What is known of it.
---
---    local file = assert(sluice.fs.open("/etc/hostname"))
---    res:write(file:stat().type, "\n") --> file
---    file:close()
---@return table? stat as of luv: size, type, mtime, ...
---@return string? err
function File:stat()
  return operate(self.state, uv.fs_fstat)
end

---Another descriptor of it, with a guard that closes that one.
---@private
---@return userdata? guard
---@return integer|string fd or why not
function File:duplicate()
  if self.state.closing then
    return nil, "closed"
  end
  return host.duplicate(self.state.fd)
end

---Give a file without a name one that is not taken.
---@private
---@param path string
---@return boolean? ok
---@return string? err
function File:link(path)
  if self.state.closing then
    return nil, "closed"
  end
  return host.link_file(self.state.fd, path)
end

---Close it, without waiting.
---
---    local file = assert(sluice.fs.open("/etc/hostname"))
---    file:close()
---    local data, err = file:read()
---    res:write(data or err, "\n") --> closed
function File:close()
  self.state.closing = true
  close_when_idle(self.state)
end

return File
