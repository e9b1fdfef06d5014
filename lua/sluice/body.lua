--- The body of a request: piece by piece, whole, or as JSON. These are methods of
--- sluice.Request too, and so are those of parts.lua, form.lua and spool.lua.
---
--- What is wrong with a body is returned: `nil, why`. A handler that goes on
--- regardless and ends with an error, as with `assert(req:json())`, has
--- answered with the status that says so: 400, 413 or 415.

local ffi = require("ffi")
local buffer = require("string.buffer")
local blame = require("sluice.blame")
local native = require("sluice.native")
local Request = require("sluice.request")
local status = require("sluice.status")
local wait = require("sluice.wait")

local C, host = native.C, native.host
local OK, PENDING, EMPTY = C.SL_OK, C.SL_PENDING, C.SL_EMPTY
local word = status.word

local read_async = require("sluice.read")

local PIECE = 65536

local op = ffi.new("sl_operation[1]") -- its flags stay 0: C does not wait
local number = ffi.new("double[1]")

-- Read up to `most` bytes into a buffer; waits for at least one.
local function read_into(self, into, most)
  while true do
    local place, room = into:reserve(most)
    local data = ffi.cast("char *", place)
    local size = math.min(tonumber(room), most)
    local rc = C.sl_request_read(self.handle, self.generation, data, size, op)
    if rc == OK then
      into:commit(op[0].bytes)
      return OK
    elseif rc ~= PENDING then
      return rc
    end
    local answer = wait.wait(host.BODY, self.handle, self.generation)
    if answer < 0 then
      return answer
    end
  end
end

-- Called by the methods below, for whose callers errors are.
local function check_bytes(bytes, name)
  if bytes ~= nil and (type(bytes) ~= "number" or bytes < 1 or bytes ~= bytes) then
    error("bad argument #1 to '" .. name .. "' (a number of bytes, at least 1, expected)", 3)
  end
end

local function read(self, most)
  local into = buffer.new()
  local rc = read_into(self, into, most or PIECE)
  if rc == OK then
    return into:get()
  end
  return nil, rc < 0 and word(rc) or nil
end

---The next bytes of the body: what is there, waiting for some. Async: does not
---wait, and gives an operation, of which there may be several. Its
---GetCompletedOperation gives how many bytes came, 0 at the end of the body, and its
---`data` what they are.
---
---    -- POST / a long upload
---    local total = 0
---    repeat
---      local piece = req:read()
---      total = total + #(piece or "")
---    until not piece
---    res:write(total, " bytes\n") --> 13 bytes
---@param most? integer bytes; 64 KiB by default
---@param async? boolean false by default
---@return string|sluice.Operation? data_or_operation nil at the end of the body, and
---when it will not come
---@return string|boolean? err_or_completion_expected
function Request:read(most, async)
  check_bytes(most, "read")
  if async then
    return read_async(self, most or PIECE)
  end
  return read(self, most)
end

---The body piece by piece, as it arrives. No more of it is taken from the
---client than the loop has asked for. Raises an error when the client leaves
---before the end, so that half a body is not taken for a whole one.
---
---    -- POST / a long upload
---    local total = 0
---    for piece in req:chunks() do
---      total = total + #piece
---    end
---    res:write(total, " bytes\n") --> 13 bytes
---@param most? integer bytes of a piece; 64 KiB by default
---@return fun(): string?
function Request:chunks(most)
  check_bytes(most, "chunks")
  return function()
    local piece, err = read(self, most)
    if err then
      blame(self, 400)
      error("the body did not come to its end: " .. err, 2)
    end
    return piece
  end
end

-- Bytes that are still to be read; nil when that is not known.
local function left_of(self)
  local rc = C.sl_request_remaining(self.handle, self.generation, number)
  return rc == OK and number[0] or nil
end

---Will there be more than `limit` bytes? Known only of a body with a length.
---@private
---@param limit integer
function Request:exceeds(limit)
  local left = left_of(self)
  return left ~= nil and left > limit
end

---What gives the body in pieces, within a limit; one that was read already, in
---one.
---@private
---@param limit integer
---@return fun(): string?, string?, integer? source an error may have its status
function Request:source(limit)
  local whole, bytes = rawget(self, "whole"), 0
  return function()
    local piece, err
    if whole then
      piece, whole = whole ~= "" and whole or nil, ""
    else
      piece, err = read(self)
    end
    bytes = bytes + #(piece or "")
    if bytes > limit then
      return nil, "too big", 413
    end
    return piece, err
  end
end

-- No more room than the body still needs, and none before its bytes: a length
-- is what a client says. The memory is given back at once, while it is warm.
local function read_all(self, into, limit)
  while true do
    local left = left_of(self)
    local rc = left == 0 and EMPTY or read_into(self, into, math.min(left or PIECE, PIECE))
    if rc == EMPTY then
      return into:get()
    elseif rc < 0 then
      return nil, word(rc)
    elseif #into > limit then
      return blame(self, 413, "too big")
    end
  end
end

local function read_whole(self, limit)
  if self:exceeds(limit) then
    return blame(self, 413, "too big")
  end
  local whole = host.take_body(self.handle, self.generation)
  if whole then
    return whole
  end
  local into = buffer.new()
  local text, err = read_all(self, into, limit)
  into:free()
  return text, err
end

---The body in one piece. Whoever names no limit also gets what another limit let
---through before.
---@private
---@param limit? integer
function Request:read_whole(limit)
  if not self.whole then
    local text, err = read_whole(self, limit or host.body_bytes)
    if not text then
      return nil, err
    end
    self.whole = text
  elseif limit and #self.whole > limit then
    return blame(self, 413, "too big")
  end
  return self.whole
end

---The whole body, or what is left of it. Waits for its end. Asked again, it
---answers the same.
---
---    -- POST / Hello
---    local text = assert(req:body(64 * 1024))
---    res:write(text:upper(), "\n") --> HELLO
---@param limit? integer bytes; the setting body_size by default
---@return string? body
---@return string? err `"too big"`, `"aborted"`
function Request:body(limit)
  check_bytes(limit, "body")
  return self:read_whole(limit)
end

---The media type of the body, without its parameters.
---@private
---@return string
function Request:media_type()
  local text = self:header("Content-Type") or ""
  return text:match("^%s*([^;%s]*)"):lower()
end

local function is_json(media_type)
  return media_type == "application/json" or media_type:find("^[^/]+/[^/]+%+json$") ~= nil
end

---The value of a body that is JSON: `application/json`, or `+json`. Other types
---are refused, because any page may make a browser send those.
---
---    -- POST / [Content-Type: application/json] {"item": "tea"}
---    local order = assert(req:json())
---    res:write(order.item, "\n") --> tea
---@param limit? integer bytes; the setting body_size by default
---@return any value
---@return string? err `"not json"`, or what is wrong with it; `"too big"`, `"aborted"`
function Request:json(limit)
  check_bytes(limit, "json")
  if not is_json(self:media_type()) then
    return blame(self, 415, "not json")
  end
  local text, err = self:read_whole(limit)
  if not text then
    return nil, err
  end
  local value, why = require("sluice.json").decode(text)
  if value == nil then
    return blame(self, 400, why)
  end
  return value
end

return Request
