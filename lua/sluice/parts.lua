--- The parts of a `multipart/form-data` body, one after the other as they
--- arrive: a form with files in it.

local blame = require("sluice.blame")
local misuse = require("sluice.misuse")
local host = require("sluice.native").host
local Multipart = require("sluice.multipart")
local Part = require("sluice.part")
local parameters = require("sluice.parameters")
local part_head = require("sluice.part_head")
local Request = require("sluice.body")

local NO_LIMIT = math.huge

---@class sluice.PartLimits
---@field bytes integer? of the whole body; the setting upload_size by default
---@field part_bytes integer? of each part; no limit by default
---@field parts integer? the setting form_fields by default
---@field header_bytes integer? of the head of each; the setting part_header_size by default

local known_limits = {
  bytes = "number",
  part_bytes = "number",
  parts = "number",
  header_bytes = "number",
}

---@class sluice.PartsReader
---@field private request sluice.Request
---@field private reader sluice.Multipart
---@field private part_bytes integer
---@field private part sluice.Part? the current one
local PartsReader = {}
PartsReader.__index = PartsReader

-- What separates the parts; as RFC 2046 limits it, or as a client may bend it.
local function boundary_of(self)
  if self:media_type() ~= "multipart/form-data" then
    return nil, "not a form with parts", 415
  end
  local kind, named = parameters.parse(self:header("Content-Type"))
  local boundary = kind and named.boundary or ""
  if not boundary:find("^[\32-\126]+$") or #boundary > 70 or boundary:sub(-1) == " " then
    return nil, "no boundary between parts", 400
  end
  return boundary
end

---@param req sluice.Request
---@param limits sluice.PartLimits
---@return sluice.PartsReader?
---@return string? err
---@return integer? status
function PartsReader.open(req, limits)
  local boundary, err, status = boundary_of(req)
  if not boundary then
    return nil, err, status
  end
  local bytes = limits.bytes or host.upload_bytes
  if req:exceeds(bytes) then
    return nil, "too big", 413
  end
  local reader = Multipart.new(
    boundary,
    req:source(bytes),
    limits.parts or host.form_fields,
    limits.header_bytes or host.part_header_bytes
  )
  local part_bytes = limits.part_bytes or NO_LIMIT
  return setmetatable({ request = req, reader = reader, part_bytes = part_bytes }, PartsReader)
end

---The next part; what is left of the one before is skipped.
---@return sluice.Part? part nil behind the last one
---@return string? err
---@return integer? status
function PartsReader:next()
  if self.part then
    self.part:pass()
  end
  local text, err, status = self.reader:next()
  if not text then
    return nil, err, status
  end
  local head, why = part_head.parse(text)
  if not head then
    return nil, why, 400
  end
  self.part = Part.new(head, self.request, self.reader, self.part_bytes)
  return self.part
end

---The parts of a form that a browser sent as `multipart/form-data`, one after the
---other, as they arrive. No more is held in memory than a piece, however large
---they are; what is not read is skipped. Raises an error, and has answered with
---400, 413 or 415, when the body is no such form, is malformed, exceeds a limit,
---or does not come to its end.
---
---    -- POST / -F title=Notes -F file=@public/note.txt
---    for part in req:parts({ part_bytes = 1024 * 1024 }) do
---      if part.filename then
---        local upload = assert(part:file())
---        res:write(part.filename, ": ", upload.size, " bytes\n") --> Notes, note.txt: 7 bytes
---      else
---        res:write(assert(part:text()), ", ")
---      end
---    end
---@param limits? sluice.PartLimits
---@return fun(): sluice.Part?
function Request:parts(limits)
  misuse.check(limits == nil or type(limits) == "table", 1, "parts", "table", limits)
  misuse.check_options(limits or {}, known_limits, 1, "parts")
  local reader, why, code = PartsReader.open(self, limits or {})
  if not reader then
    blame(self, code)
    error(why, 2)
  end
  return function()
    local part, err, status = reader:next()
    if err then
      blame(self, status or 400)
      error(status and err or "the body did not come to its end: " .. err, 2)
    end
    return part
  end
end

return PartsReader
