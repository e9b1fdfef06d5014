--- Streaming response, as a handler sees it: after IHttpResponse2.
---
--- A method that has to wait suspends the calling coroutine and returns when
--- it can, so handlers read like blocking code. C never calls Lua from inside
--- these functions; the worker resumes the coroutine from its event loop.
---
--- What can fail in service returns `nil, err`: "aborted" (the client left),
--- "finished", "committed", "full", "cancelled", "timed_out", "length",
--- "the exchange is over". What only a wrong script does raises an error.

local native = require("sluice.native")
local chunks = require("sluice.chunks")
local hint = require("sluice.hint")
local line = require("sluice.line")
local misuse = require("sluice.misuse")
local operation = require("sluice.operation")
local status = require("sluice.status")
local write = require("sluice.write")

local C = native.C
local EAGAIN, PENDING = C.SL_EAGAIN, C.SL_PENDING
local MORE_DATA, AT_MARK, IN_TURN = C.SL_MORE_DATA, C.SL_AT_MARK, C.SL_IN_TURN
local ASYNC, NO_WAIT, BY_ID = C.SL_ASYNC, C.SL_NO_WAIT, C.SL_BY_ID
local ALWAYS_POST = C.SL_ALWAYS_POST
local write_text, write_list, op = write.text, write.list, write.op
local write_few, are_few = write.few, write.are_few
local word = status.word
local check_self = misuse.check_self
local no_options = {}

---@class sluice.WriteOptions
---@field timeout integer? milliseconds
---@field always_post boolean? a completion even when the work is done inline
---@field no_wait boolean? at the hard limit take nothing: `nil, "full"`

-- What other servers call a thing, and what it is called here.
local other_names = {
  body = "res:write",
  close = "res:finish or res:abort",
  download = "res:send_file(path, { download = name })",
  ["end"] = "res:finish",
  getheader = "res:get",
  header = "res:set or res:get",
  headers = "res:set or res:get",
  print = "res:write",
  removeheader = "res:delete",
  say = "res:write",
  send = "res:text, res:html, res:json or res:write",
  sendstatus = "res:status",
  setcookie = "res:cookie",
  setheader = "res:set",
  statuscode = "res:status",
  writehead = "res:status and res:set",
}

---@class sluice.Response
---@field private handle ffi.cdata* slot of the `sl_response`
---@field private generation integer checked by every call
---@field private line boolean someone may wait for room
---@field private returned any by a handler that has middleware around it
---@field private refused integer? times that it was waited for in vain
---@field private operations table<integer, sluice.Operation>|false by id; weak
local Response = {}
Response.__index = Response
hint.install(Response, "res", other_names)
hint.refuse(Response, "res", other_names)

local function result(rc)
  if rc < 0 then
    return nil, word(rc)
  end
  return true
end

---@param handle ffi.cdata*
---@param generation integer
---@return sluice.Response
function Response.new(handle, generation)
  return setmetatable({
    handle = handle,
    generation = generation,
    line = false,
    operations = false,
  }, Response)
end

---Append texts to the body. Waits while the response is full; when it returns,
---they are accepted, and the server sends them as soon as the client takes them.
---
---    res:write("Hello, ", 7, "!\n") --> Hello, 7!
---@param first string|number
---@param ... string|number
---@return number? bytes accepted
---@return string? err
function Response:write(first, ...)
  check_self(self, "res:write(...)")
  local more = select("#", ...)
  local second, third, fourth = ...
  local rc
  if more == 0 and type(first) == "string" then
    rc = write_text(self, first)
  elseif are_few(more + 1, first, second, third, fourth) then
    rc = write_few(self, more + 1, first, second, third, fourth)
  else
    rc = write_list(self, "write", MORE_DATA + AT_MARK, no_options, first, ...)
  end
  if rc < 0 then
    return nil, word(rc)
  end
  return op.bytes
end

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
    self.operations = operations
  end
  operations[one.id] = one
end

---@private
function Response:tracked(id)
  local operations = self.operations
  return operations and operations[id]
end

---Put chunks in front of what is buffered of the body.
---
---    res:write("two\n") --> one
---    res:insert("one\n") --> two
---@param value any a chunk, or an array of chunks
---@return boolean? ok
---@return string? err `"committed"` when some of the body has left
function Response:insert(value)
  local n, why = chunks.fill(value)
  if not n then
    error("bad argument #1 to 'insert' (" .. why .. ")", 2)
  end
  local rc = C.sl_response_insert_chunks(self.handle, self.generation, chunks.list(), n)
  chunks.finish(rc >= 0)
  return result(rc)
end

---Nothing more will be written; the same as returning from the handler.
---
---    res:write("done\n") --> done
---    res:finish()
---    local ok, err = res:write("more")
---    sluice.log.info("refused", { err = err }) -- "finished"
---@return boolean? ok
---@return string? err
function Response:finish()
  return result(C.sl_response_finish(self.handle, self.generation))
end

---End the response so that the client sees that it is not complete.
---
---    local file = sluice.file("app.lua", 0, 5)
---    local bytes = res:WriteEntityChunks({ file, "\n" }) --> local
---    if bytes ~= 6 then
---      res:abort()
---    end
---@return boolean? ok
---@return string? err
function Response:abort()
  return result(C.sl_response_abort(self.handle, self.generation))
end

---Wait until the response holds less than its high-water mark.
---
---    for part = 1, 3 do
---      res:WriteEntityChunks(part .. " ", true) --> 1 2 3
---      res:wait_drain() -- make the next part when there is room for it
---    end
---@return boolean? ok
---@return string? err
function Response:wait_drain()
  local rc = line.submit(self, nil, nil, 2, function()
    local answer = C.sl_response_await_room(self.handle, self.generation)
    return answer == PENDING and EAGAIN or answer
  end)
  return result(rc)
end

return Response
