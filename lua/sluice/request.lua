--- The request, as a handler sees it.
---
--- What a handler does not ask for costs nothing: fields of the request become
--- Lua values when they are first read.

local ffi = require("ffi")
local buffer = require("string.buffer")
local native = require("sluice.native")
local headers = require("sluice.headers")
local status = require("sluice.status")
local url = require("sluice.url")
local wait = require("sluice.wait")

local C, host = native.C, native.host
local OK, PENDING, EMPTY = C.SL_OK, C.SL_PENDING, C.SL_EMPTY
local word = status.word

local PIECE = 65536

local span = ffi.new("sl_span")
local length = ffi.new("size_t[1]")
local number = ffi.new("double[1]")

---@class sluice.Request
---@field method string
---@field path string percent-decoded
---@field raw_path string as received
---@field target string as received
---@field query table<string, string|string[]> repeated names have an array
---@field query_string string as received; "" when there is none
---@field params table<string, string> what the `:parameters` of the route are
---@field headers table<string, string> names in any case; repeated ones joined
---@field trailers table<string, string> likewise, after the body was read
---@field host string? authority of the target, or the Host field
---@field peer string address of the client
---@field id string of this request, for logs
---@field version string "1.0" or "1.1"
---@field private handle ffi.cdata* slot of the `sl_request`
---@field private response ffi.cdata* slot of the `sl_response`
---@field private generation integer
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
  peer = function(self)
    return part(self, C.SL_PART_PEER)
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
  trailers = function(self)
    return headers.new(self.handle, self.generation, true)
  end,
  params = function()
    return {}
  end,
}

function Request:__index(name)
  local method = Request[name]
  if method then
    return method
  end
  local make = lazy[name]
  if make then
    local value = make(self)
    rawset(self, name, value)
    return value
  end
end

---@param handles table<string, ffi.cdata*>
---@param generation integer
---@param method string
---@param raw_path string
---@return sluice.Request
function Request.new(handles, generation, method, raw_path)
  return setmetatable({
    handle = handles.request,
    response = handles.response,
    generation = generation,
    method = method,
    raw_path = raw_path,
  }, Request)
end

---One header field.
---
---    -- GET / Accept-Language: de
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

-- Read up to `most` bytes into a buffer; waits for at least one.
local function read_into(self, into, most)
  while true do
    local place, room = into:reserve(most)
    local data = ffi.cast("char *", place)
    local size = math.min(tonumber(room), most)
    local rc = C.sl_request_read(self.handle, self.generation, data, size, length)
    if rc == OK then
      into:commit(tonumber(length[0]))
      return OK
    elseif rc ~= PENDING then
      return rc
    end
    local answer = wait.wait(host.BODY, self.response, self.generation)
    if answer < 0 then
      return answer
    end
  end
end

---The next bytes of the body: what is there, waiting for some.
---
---    -- POST / a long upload
---    local total = 0
---    repeat
---      local piece = req:read()
---      total = total + #(piece or "")
---    until not piece
---    res:write(total, " bytes\n") --> 13 bytes
---@param most? integer bytes; 64 KiB by default
---@return string? data nil at the end of the body, and when it will not come
---@return string? err
function Request:read(most)
  if most ~= nil and (type(most) ~= "number" or most < 1) then
    error("bad argument #1 to 'read' (a number of bytes, at least 1, expected)", 2)
  end
  local into = buffer.new()
  local rc = read_into(self, into, most or PIECE)
  if rc == OK then
    return into:get()
  end
  return nil, rc < 0 and word(rc) or nil
end

-- When the handler does nothing about it, the client is told.
local function too_big(self)
  C.sl_response_set_status(self.response, self.generation, 413, nil, 0)
  host.refuse_body(self.response, self.generation)
  return nil, "too big"
end

local function is_too_big(self, limit)
  local rc = C.sl_request_remaining(self.handle, self.generation, number)
  return rc == OK and number[0] > limit
end

---The whole body, or what is left of it. Waits for its end.
---
---    -- POST / Hello
---    local body, err = req:body()
---    if not body then
---      return sluice.log.warn("no body", { err = err })
---    end
---    res:write(body:upper(), "\n") --> HELLO
---@return string? body
---@return string? err `"too big"` above the setting body_bytes, `"aborted"`
function Request:body()
  local limit = host.body_bytes
  if is_too_big(self, limit) then
    return too_big(self)
  end
  local into = buffer.new()
  while true do
    local rc = read_into(self, into, PIECE)
    if rc == EMPTY then
      return into:get()
    elseif rc < 0 then
      return nil, word(rc)
    elseif #into > limit then
      return too_big(self)
    end
  end
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

return Request
