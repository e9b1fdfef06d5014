--- Whole forms, of both kinds that browsers send. A method of sluice.Request too.

local blame = require("sluice.blame")
local host = require("sluice.native").host
local misuse = require("sluice.misuse")
local PartsReader = require("sluice.parts")
local Request = require("sluice.body")
local url = require("sluice.url")

local form_limits = { bytes = "number", fields = "number" }

---@class sluice.FormLimits
---@field bytes integer? of the body; the setting body_size by default
---@field fields integer? the setting form_fields by default

---A file of a form that was read whole.
---@class sluice.FormFile
---@field filename string "" when none was chosen
---@field content_type string
---@field data string

---@alias sluice.FormValue string|sluice.FormFile

-- A file is a table, too, so that the names that have several are noted.
local function add(form, several, name, value)
  if form[name] == nil then
    form[name] = value
  elseif several[name] then
    table.insert(form[name], value)
  else
    form[name], several[name] = { form[name], value }, true
  end
end

local function value_of(part, bytes)
  local text, err = part:text(bytes)
  if text and part.filename then
    return { filename = part.filename, content_type = part.content_type, data = text }
  end
  return text, err
end

local function fail(self, err, status)
  if status then
    return blame(self, status, err == "too many parts" and "too many fields" or err)
  end
  return nil, err
end

local function read_parts(self, limits)
  local form, several = {}, {}
  local bytes = limits.bytes or host.body_bytes
  local reader, why, code = PartsReader.open(self, { bytes = bytes, parts = limits.fields })
  if not reader then
    return fail(self, why, code)
  end
  while true do
    local part, err, status = reader:next()
    if not part then
      if err then
        return fail(self, err, status)
      end
      return form
    end
    local value, problem = value_of(part, bytes)
    if not value then
      return nil, problem
    end
    add(form, several, part.name, value)
  end
end

-- The body can be read once.
local function parse_parts(self, limits)
  local form, err = rawget(self, "fields"), nil
  if not form then
    form, err = read_parts(self, limits)
    self.fields = form
  end
  return form, err
end

local function parse_fields(self, limits)
  local text, err = self:read_whole(limits.bytes)
  if not text then
    return nil, err
  end
  local form = url.parse_query(text, limits.fields or host.form_fields)
  if not form then
    return blame(self, 413, "too many fields")
  end
  return form
end

local parsers = {
  ["application/x-www-form-urlencoded"] = parse_fields,
  ["multipart/form-data"] = parse_parts,
}

---The fields of a form that a browser sent, read whole: as
---`application/x-www-form-urlencoded`, or as `multipart/form-data`, in which a file
---is a table with `filename`, `content_type` and `data`; for large ones there is
---`req:parts`. A name that is repeated has an array of its values. Asked again, it
---answers the same.
---
---    -- POST / [Content-Type: application/x-www-form-urlencoded] name=Ada
---    local form = assert(req:form())
---    res:write("Hello, ", form.name, "!\n") --> Hello, Ada!
---@param limits? sluice.FormLimits
---@return table<string, sluice.FormValue|sluice.FormValue[]>? form
---@return string? err `"not a form"`, `"too big"`, `"too many fields"`, `"aborted"`, or
---what is wrong
function Request:form(limits)
  misuse.check(limits == nil or type(limits) == "table", 1, "form", "table", limits)
  misuse.check_options(limits or {}, form_limits, 1, "form")
  local parse = parsers[self:media_type()]
  if not parse then
    return blame(self, 415, "not a form")
  end
  return parse(self, limits or {})
end

return Request
