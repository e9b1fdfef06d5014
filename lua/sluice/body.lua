--- The body of a request: piece by piece, whole, or as a form or JSON. These are
--- methods of sluice.Request too.
---
--- What is wrong with a body is returned: `nil, why`. A handler that goes on
--- regardless and ends with an error, as with `assert(req:json())`, has
--- answered with the status that says so: 400, 413 or 415.

local ffi = require("ffi")
local buffer = require("string.buffer")
local misuse = require("sluice.misuse")
local native = require("sluice.native")
local Request = require("sluice.request")
local status = require("sluice.status")
local url = require("sluice.url")
local wait = require("sluice.wait")

local C, host = native.C, native.host
local OK, PENDING, EMPTY = C.SL_OK, C.SL_PENDING, C.SL_EMPTY
local word = status.word

local PIECE = 65536
local MOST_FIELDS = 1000

local op = ffi.new("sl_operation[1]") -- its flags stay 0: C does not wait
local number = ffi.new("double[1]")

-- The request is wrong: that is the answer, unless the handler gives another.
local function blame(self, code, why)
  C.sl_response_set_status(self.response, self.generation, code, nil, 0)
  host.blame(self.response, self.generation, code)
  self.blamed = code
  return nil, why
end

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
    local answer = wait.wait(host.BODY, self.response, self.generation)
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
  check_bytes(most, "read")
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

local function is_too_big(self, limit)
  local rc = C.sl_request_remaining(self.handle, self.generation, number)
  return rc == OK and number[0] > limit
end

local function read_whole(self, limit)
  if is_too_big(self, limit) then
    return blame(self, 413, "too big")
  end
  local into = buffer.new()
  while true do
    local rc = read_into(self, into, PIECE)
    if rc == EMPTY then
      return into:get()
    elseif rc < 0 then
      return nil, word(rc)
    elseif #into > limit then
      return blame(self, 413, "too big")
    end
  end
end

-- Whoever names no limit also gets what another limit let through before.
local function whole(self, limit)
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
  return whole(self, limit)
end

-- The media type of the body, without its parameters.
local function type_of(self)
  local text = self:header("Content-Type") or ""
  return text:match("^%s*([^;%s]*)"):lower()
end

local form_limits = { bytes = "number", fields = "number" }

---@class sluice.FormLimits
---@field bytes integer? of the body; the setting body_size by default
---@field fields integer? 1,000 by default

---The fields of a form that a browser sent as `application/x-www-form-urlencoded`.
---A name that is repeated has an array of its values.
---
---    -- POST / [Content-Type: application/x-www-form-urlencoded] name=Ada
---    local form = assert(req:form())
---    res:write("Hello, ", form.name, "!\n") --> Hello, Ada!
---@param limits? sluice.FormLimits
---@return table<string, string|string[]>? form
---@return string? err `"not a form"`, `"too big"`, `"too many fields"`, `"aborted"`
function Request:form(limits)
  misuse.check(limits == nil or type(limits) == "table", 1, "form", "table", limits)
  misuse.check_options(limits or {}, form_limits, 1, "form")
  if type_of(self) ~= "application/x-www-form-urlencoded" then
    return blame(self, 415, "not a form")
  end
  local text, err = whole(self, limits and limits.bytes)
  if not text then
    return nil, err
  end
  local form = url.parse_query(text, limits and limits.fields or MOST_FIELDS)
  if not form then
    return blame(self, 413, "too many fields")
  end
  return form
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
  if not is_json(type_of(self)) then
    return blame(self, 415, "not json")
  end
  local text, err = whole(self, limit)
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
