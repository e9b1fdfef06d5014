--- One part of a form, see parts.lua: a field, or a file.

local blame = require("sluice.blame")
local native = require("sluice.native")

local host = native.host

local PIECE = 65536

---@class sluice.Part
---@field name string of the field
---@field filename string? of a file, without folders; "" when none was chosen; nil of other fields
---@field content_type string as the client gave it; "text/plain" when it did not
---@field headers table<string, string> names in any case
---@field private request sluice.Request
---@field private reader sluice.Multipart
---@field private left number bytes that it may have
---@field private passed boolean the loop went on to the next one
local Part = {}
Part.__index = Part

---@param head sluice.PartHead
---@param request sluice.Request
---@param reader sluice.Multipart at its beginning
---@param limit number bytes
---@return sluice.Part
function Part.new(head, request, reader, limit)
  local self = setmetatable(head, Part)
  self.request, self.reader, self.left, self.passed = request, reader, limit, false
  return self
end

---Nothing of it can be read any more.
---@private
function Part:pass()
  self.passed = true
end

-- Called by the methods below, for whose callers errors are.
local function check(self, bytes, name)
  if bytes ~= nil and (type(bytes) ~= "number" or bytes < 1 or bytes ~= bytes) then
    error("bad argument #1 to '" .. name .. "' (a number of bytes, at least 1, expected)", 3)
  elseif self.passed then
    error("the part '" .. self.name .. "' was passed: read each before the next one", 3)
  end
end

local function read(self, most)
  local data, err, status = self.reader:read(most or PIECE)
  if not data then
    if status then
      return blame(self.request, status, err)
    end
    return nil, err
  end
  self.left = self.left - #data
  if self.left < 0 then
    return blame(self.request, 413, "too big")
  end
  return data
end

---The next bytes of it: what is there, waiting for some.
---
---    -- POST / -F a=Hello
---    for part in req:parts() do
---      res:write(part:read(2), " ", part:read(), "\n") --> He llo
---    end
---@param most? integer bytes; 64 KiB by default
---@return string? data nil at its end, and when it will not come
---@return string? err `"too big"`, `"aborted"`
function Part:read(most)
  check(self, most, "read")
  return read(self, most)
end

---The part piece by piece, as it arrives. Raises an error when it does not come to
---its end.
---
---    -- POST / -F a=Hello
---    for part in req:parts() do
---      local bytes = 0
---      for piece in part:chunks() do
---        bytes = bytes + #piece
---      end
---      res:write(part.name, ": ", bytes, " bytes\n") --> a: 5 bytes
---    end
---@param most? integer bytes of a piece; 64 KiB by default
---@return fun(): string?
function Part:chunks(most)
  check(self, most, "chunks")
  return function()
    local piece, err = read(self, most)
    if err then
      blame(self.request, self.request.blamed or 400)
      error("the part '" .. self.name .. "' did not come to its end: " .. err, 2)
    end
    return piece
  end
end

---All of it, or what is left.
---
---    -- POST / -F a=Hello
---    for part in req:parts() do
---      res:write(assert(part:text(1024)), "\n") --> Hello
---    end
---@param limit? integer bytes; the setting body_size by default
---@return string? text
---@return string? err `"too big"`, `"aborted"`
function Part:text(limit)
  check(self, limit, "text")
  local left = limit or host.body_bytes
  local pieces = {}
  while true do
    local piece, err = read(self, PIECE)
    if err then
      return nil, err
    elseif not piece then
      return table.concat(pieces)
    end
    left = left - #piece
    if left < 0 then
      return blame(self.request, 413, "too big")
    end
    pieces[#pieces + 1] = piece
  end
end

return Part
