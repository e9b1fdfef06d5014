--- The request, as a handler sees it.
---
--- What a handler does not ask for costs nothing: fields of the request become
--- Lua values when they are first read.

local ffi = require("ffi")
local native = require("sluice.native")
local cookies = require("sluice.cookies")
local headers = require("sluice.headers")
local hint = require("sluice.hint")
local status = require("sluice.status")
local trace = require("sluice.trace")
local url = require("sluice.url")

local C, host = native.C, native.host
local OK = C.SL_OK
local word = status.word

local span = ffi.new("sl_span")
local number = ffi.new("double[1]")

---@class sluice.Request
---@field method string
---@field path string percent-decoded
---@field raw_path string as received
---@field target string as received
---@field query table<string, string|string[]> repeated names have an array
---@field query_string string as received; "" when there is none
---@field params table<string, string|number> what the `:parameters` of the route are
---@field cookies table<string, string> as they were sent
---@field headers table<string, string> names in any case; repeated ones joined
---@field trailers table<string, string> likewise, after the body was read
---@field host string? authority of the target, or the Host field
---@field peer string address of the client, with its port; as a trusted proxy says, without
---@field scheme string "http", or "https" when a trusted proxy says so
---@field local_address string address that the client called, with its port
---@field arrived number when its head was there, give or take this turn: seconds since 1970
---@field depth integer 0; 1 when a request made this one with `req:child`, 2 when such a one did
---@field id string of this request, for logs; that of a child is its parent's
---@field trace sluice.Trace? what a `traceparent` field says, if it is well-formed
---@field version string "1.0" or "1.1"
---@field private handle ffi.cdata* slot of the `sl_request`
---@field private response ffi.cdata* slot of the `sl_response`; made when it is asked for
---@field private generation integer
---@field private whole string? the body, once it was read in one piece
---@field private blamed integer? status: what the library found wrong
---@field private fields table? the form, once it was read
---@field private lent table<sluice.Loan, boolean>? memory that reads fill
local Request = {}

local function part(self, which)
  local rc = C.sl_request_part(self.handle, self.generation, which, span)
  if rc < 0 then
    error("the request cannot be read: " .. word(rc), 0)
  end
  return span.data ~= nil and ffi.string(span.data, span.len) or nil
end

local lazy = {
  method = function(self)
    return part(self, C.SL_PART_METHOD)
  end,
  target = function(self)
    return part(self, C.SL_PART_TARGET)
  end,
  raw_path = function(self)
    return part(self, C.SL_PART_PATH)
  end,
  path = function(self)
    return url.decode(part(self, C.SL_PART_PATH))
  end,
  query_string = function(self)
    return part(self, C.SL_PART_QUERY) or ""
  end,
  query = function(self)
    return url.parse_query(part(self, C.SL_PART_QUERY) or "")
  end,
  host = function(self)
    return part(self, C.SL_PART_HOST)
  end,
  trace = function(self)
    return trace.read(self.headers.traceparent)
  end,
  peer = function(self)
    return part(self, C.SL_PART_PEER)
  end,
  scheme = function(self)
    return part(self, C.SL_PART_SCHEME)
  end,
  local_address = function(self)
    return part(self, C.SL_PART_LOCAL)
  end,
  arrived = function(self)
    return host.arrived(self.response, self.generation)
  end,
  depth = function(self)
    return host.depth(self.response, self.generation)
  end,
  cookies = function(self)
    return cookies.parse(self.headers.cookie or "")
  end,
  id = function(self)
    return part(self, C.SL_PART_ID)
  end,
  version = function(self)
    return C.sl_request_version(self.handle, self.generation) == 10 and "1.0" or "1.1"
  end,
  headers = function(self)
    return headers.new(self.handle, self.generation, false)
  end,
  params = function()
    return {}
  end,
}

-- Trailers come behind the body, so an answer is kept only when that was read.
local function trailers_of(self)
  local fields = headers.new(self.handle, self.generation, true)
  local rc = C.sl_request_remaining(self.handle, self.generation, number)
  if rc == OK and number[0] == 0 then
    rawset(self, "trailers", fields)
  end
  return fields
end

local response_pointer = ffi.typeof("sl_response *")

-- Few requests need it, and a stream that waits keeps what it is made of.
local function response_of(self)
  local response = ffi.cast(response_pointer, host.response_of(self.handle))
  rawset(self, "response", response)
  return response
end

local missing = hint.hint("req", { Request, lazy }, {
  args = "req.query",
  getheader = "req:header",
  hostname = "req.host",
  httpversion = "req.version",
  ip = "req.peer",
  uri = "req.target or req.path",
  url = "req.target or req.path",
})

function Request:__index(name)
  local method = Request[name]
  if method then
    return method
  elseif name == "trailers" then
    return trailers_of(self)
  elseif name == "response" then
    return response_of(self)
  end
  local make = lazy[name]
  if make then
    local value = make(self)
    rawset(self, name, value)
    return value
  end
  return missing(self, name)
end

---@param handle ffi.cdata*
---@param generation integer
---@return sluice.Request
function Request.new(handle, generation)
  return setmetatable({ handle = handle, generation = generation }, Request)
end

---One header field.
---
---    -- GET / [Accept-Language: de]
---    res:write(req:header("accept-language"), "\n") --> de
---@param name string in any case
---@param nth? integer of several of that name, from 1, which is the default
---@return string?
function Request:header(name, nth)
  if type(name) ~= "string" then
    error("bad argument #1 to 'header' (string expected, got " .. type(name) .. ")", 2)
  end
  local rc = C.sl_request_header(self.handle, self.generation, name, #name, (nth or 1) - 1, span)
  if rc < 0 then
    error(word(rc), 2)
  end
  return rc == OK and ffi.string(span.data, span.len) or nil
end

---The names and values of the query in their order, repeated ones too.
---
---    -- GET /?b=1&a=2&b=3
---    for name, value in req:query_pairs() do
---      res:write(name, "=", value, " ") --> b=1 a=2 b=3
---    end
---@return fun(): string?, string?
function Request:query_pairs()
  return url.pairs(self.query_string)
end

---Call `fn` when the client leaves, or the response is aborted, before the
---handler is over; in a coroutine of its own.
---
---    local here = true
---    req:on_abort(function()
---      here = false
---    end)
---    for n = 1, 3 do
---      if here then
---        res:write(n, " ") --> 1 2 3
---        sluice.sleep(1)
---      end
---    end
---@param fn fun()
---@return boolean? ok
---@return string? err
function Request:on_abort(fn)
  if type(fn) ~= "function" then
    error("bad argument #1 to 'on_abort' (function expected, got " .. type(fn) .. ")", 2)
  end
  if not host.on_abort(self.response, self.generation, fn) then
    return nil, word(C.SL_EGONE)
  end
  return true
end

---Call `fn` when the server is going to stop, or this worker to be replaced,
---before the handler is over; in a coroutine of its own. Answers that never end
---by themselves should end then: what still runs when the time is over that the
---setting `grace` gives is cancelled.
---
---    local going = false
---    req:on_shutdown(function()
---      going = true
---    end)
---    for n = 1, 3 do
---      if not going then
---        res:write(n, " ") --> 1 2 3
---        sluice.sleep(1)
---      end
---    end
---@param fn fun()
---@return boolean? ok
---@return string? err
function Request:on_shutdown(fn)
  if type(fn) ~= "function" then
    error("bad argument #1 to 'on_shutdown' (function expected, got " .. type(fn) .. ")", 2)
  end
  if not host.on_shutdown(self.response, self.generation, fn) then
    return nil, word(C.SL_EGONE)
  end
  return true
end

return Request
