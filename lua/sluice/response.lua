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
local status = require("sluice.status")
local write = require("sluice.write")

local C = native.C
local EAGAIN, PENDING = C.SL_EAGAIN, C.SL_PENDING
local MORE_DATA, AT_MARK = C.SL_MORE_DATA, C.SL_AT_MARK
local write_text, write_list, op = write.text, write.list, write.op
local write_few, are_few = write.few, write.are_few
local word = status.word
local check_self = misuse.check_self
local no_options = {}

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
Response.line, Response.operations = false, false -- until one has its own
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
  return setmetatable({ handle = handle, generation = generation }, Response)
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
