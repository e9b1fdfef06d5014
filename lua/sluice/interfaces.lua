--- The three interfaces that all else stands on: `WriteEntityChunks`, `Flush` and
--- `GetCompletedOperation`.

local native = require("sluice.native")
local misuse = require("sluice.misuse")
local operation = require("sluice.operation")
local status = require("sluice.status")
local write = require("sluice.write")
local Response = require("sluice.response")

local C = native.C
local EAGAIN, PENDING = C.SL_EAGAIN, C.SL_PENDING
local MORE_DATA, AT_MARK, IN_TURN = C.SL_MORE_DATA, C.SL_AT_MARK, C.SL_IN_TURN
local ASYNC, NO_WAIT, BY_ID = C.SL_ASYNC, C.SL_NO_WAIT, C.SL_BY_ID
local ALWAYS_POST = C.SL_ALWAYS_POST
local write_list, op = write.list, write.op
local word = status.word
local check_self = misuse.check_self
local no_options = {}

---@class sluice.WriteOptions
---@field timeout integer? milliseconds
---@field always_post boolean? a completion even when the work is done inline
---@field no_wait boolean? at the hard limit take nothing: `nil, "full"`

local function check(name, number, callback, options)
  misuse.check_type(callback, "function?", number, name, 2)
  misuse.check_type(options, "table?", number + 1, name, 2)
  local timeout = options and options.timeout
  if timeout ~= nil then
    local ok = type(timeout) == "number"
    misuse.check(ok, number + 1, name, "a timeout in milliseconds", timeout, 4)
  end
end

-- The flags of a call; `sync` is what makes a sync one wait.
local function flags_of(sync, async, more_data, callback, options)
  local flags = more_data == false and 0 or MORE_DATA
  if not async then
    return flags + sync
  end
  return flags
    + ASYNC
    + IN_TURN
    + (options.no_wait and NO_WAIT or 0)
    + (options.always_post and ALWAYS_POST or 0)
    + (callback and BY_ID or 0)
end

-- What an async call returns.
local function started(self, kind, rc, callback)
  if rc < 0 then
    return nil, rc == EAGAIN and "full" or word(rc)
  end
  local expected = rc == PENDING
  local one = operation.new(self, kind, op, rc)
  if callback and expected then
    operation.call_back(one, callback)
  end
  return one, expected
end

---Append chunks to the body. Sync (the default): waits while the response is
---full, and returns when they are accepted. Async: starts an operation.
---
---    local chunks = { "one, ", { 2, ", " }, "three\n" } --> one, 2, three
---    local operation, expected = res:WriteEntityChunks(chunks, true)
---    if expected then
---      local bytes = operation:GetCompletedOperation()
---      res:write(bytes, " bytes\n") --> 14 bytes
---    end
---@param value any a chunk, or an array of chunks
---@param async? boolean false by default
---@param more_data? boolean true by default; false: this is the last data
---@param callback? fun(done: sluice.Operation) called when an async operation
---has completed; not for one that completed inline (completion_expected false)
---@param options? sluice.WriteOptions
---@return number|sluice.Operation? bytes_or_operation
---@return boolean|string? completion_expected_or_err
function Response:WriteEntityChunks(value, async, more_data, callback, options)
  check_self(self, "res:WriteEntityChunks(...)")
  check("WriteEntityChunks", 4, callback, options)
  options = options or no_options
  local flags = flags_of(AT_MARK, async, more_data, callback, options)
  local rc = write_list(self, "WriteEntityChunks", flags, options, value)
  if async then
    return started(self, "write", rc, callback)
  elseif rc < 0 then
    return nil, word(rc)
  end
  return op.bytes
end

---Send all buffered output, and with it status and headers. Sync (the default):
---waits until the client's socket has taken it.
---
---    res:write("soon ") --> soon later
---    local operation = res:Flush(true)
---    sluice.sleep(1) -- or something else that takes its time
---    if operation:GetCompletedOperation() then
---      res:write("later\n")
---    end
---@param async? boolean false by default
---@param more_data? boolean true by default; false: the body ends here
---@param callback? fun(done: sluice.Operation)
---@param options? sluice.WriteOptions
---@return number|sluice.Operation? bytes_or_operation
---@return boolean|string? completion_expected_or_err
function Response:Flush(async, more_data, callback, options)
  check("Flush", 3, callback, options)
  options = options or no_options
  local flags = flags_of(IN_TURN, async, more_data, callback, options)
  local rc = write.flush(self, flags, options)
  if async then
    return started(self, "flush", rc, callback)
  elseif rc == PENDING then
    local bytes, why = operation.new(self, "flush", op, rc):GetCompletedOperation()
    return bytes, not bytes and why or nil
  elseif rc < 0 then
    return nil, word(rc)
  end
  return op.bytes
end

---Send what was written so far, and wait until the socket has taken it.
---
---    res:write("working ...\n") --> working ...
---    res:flush()
---    res:write(tostring(res:is_committed()), "\n") --> true
---@return number? bytes
---@return string? err
function Response:flush()
  return self:Flush()
end

---Wait for the oldest completion that nobody has collected.
---
---    res:WriteEntityChunks("four", true)
---    res:WriteEntityChunks("fifteen", true) --> fourfifteen: 4 + 7
---    local first, second = res:GetCompletedOperation(), res:GetCompletedOperation()
---    res:write(": ", first, " + ", second, "\n")
---@return number? bytes completed, or nil: failed, or `"idle"`
---@return string kind_or_err
---@return sluice.Operation? operation
function Response:GetCompletedOperation()
  return operation.oldest(self)
end

---An operation is found again by its id as long as the script holds it.
---@private
function Response:track(one)
  local operations = self.operations
  if not operations then
    operations = setmetatable({}, { __mode = "v" })
    rawset(self, "operations", operations)
  end
  operations[one.id] = one
end

---@private
function Response:tracked(id)
  local operations = self.operations
  return operations and operations[id]
end

return Response
