--- Sending a file: `res:send_file`, and what sluice.static does with each.

local native = require("sluice.native")
local chunk = require("sluice.chunk")
local disposition = require("sluice.disposition")
local misuse = require("sluice.misuse")
local types = require("sluice.types")
local Response = require("sluice.head")

local C, host = native.C, native.host

---@class sluice.FileOptions
---@field type string? the media type; by the ending of the name without it
---@field download boolean|string? true, or a name: to be saved, not shown
---@field cache_control string? value of Cache-Control
---@field etag boolean|string? false: none; a text with its quotes: this one

local known_options = {
  type = "string",
  download = "boolean or string",
  cache_control = "string",
  etag = "boolean or string",
}

---A file that the host has opened, to be sent or closed.
---@class sluice.OpenedFile
---@field path string
---@field guard userdata
---@field fd integer
---@field size number
---@field modified number
---@field tag string

---@return sluice.OpenedFile
local function new_file(path, guard, fd, size, modified, tag)
  return { path = path, guard = guard, fd = fd, size = size, modified = modified, tag = tag }
end

-- What tells the versions of the file apart.
local function set_validators(self, file, options)
  local tag = options.etag
  if tag == nil or tag == true then
    tag = file.tag
  end
  if tag then
    self:set("ETag", tag)
  end
  -- A change in the future has not happened yet (RFC 9110, 8.8.2.1).
  self:set("Last-Modified", host.http_date(math.min(file.modified, host.date_clock())))
end

local function describe(self, file, options)
  local name = options.download
  set_validators(self, file, options)
  if options.cache_control then
    self:set("Cache-Control", options.cache_control)
  end
  self:set("Content-Type", options.type or self:get("Content-Type") or types.of(file.path))
  self:set("X-Content-Type-Options", "nosniff")
  if name then
    local value = disposition.attachment(name == true and file.path or name)
    self:set("Content-Disposition", value)
  end
end

---Answer with an opened file, or with what the request's conditions ask for: that is
---for the core to see.
---@param self sluice.Response
---@param file sluice.OpenedFile
---@param options sluice.FileOptions
---@return number? bytes accepted
---@return string? err
local function send(self, file, options)
  local committed, gone = self:is_committed()
  if committed ~= false then
    host.close_file(file.guard)
    return nil, gone or "committed"
  end
  describe(self, file, options)
  -- Refused where something was written in front of the file, which is no range of it.
  C.sl_response_ranges(self.handle, self.generation, C.SL_RANGES_WHOLE)
  local whole = chunk.opened(file.path, file.guard, file.fd, 0, file.size)
  return self:WriteEntityChunks({ whole }, false, false)
end

local function is_value(text)
  return type(text) ~= "string" or not text:find("[%z\1-\31\127]")
end

local function is_tag(tag)
  return type(tag) ~= "string" or tag:find('^"[^"%c]*"$') or tag:find('^W/"[^"%c]*"$')
end

---Raise an error for values of options that are none.
---@param options sluice.FileOptions
---@param number integer of the argument
---@param name string of the function
---@param level integer of the one to blame; 2 is the caller
local function check_values(options, number, name, level)
  local why
  for _, field in ipairs({ "type", "cache_control" }) do
    why = why or not is_value(options[field]) and field .. ": control characters"
  end
  if not is_tag(options.etag) then
    why = "etag: a text in double quotes expected"
  end
  if why then
    error(("bad argument #%d to '%s' (%s)"):format(number, name, why), level)
  end
end

local no_options = {}

---Answer with a file: its type by the ending of its name, its length, ranges of
---it, ETag and Last-Modified; 304, 412 and 416 where the request asks for them.
---A relative path starts at the folder of the app. The file is the whole body.
---
---Never make the path of what a client sends: sluice.static does that safely.
---
---    local ok, err = res:send_file("public/note.txt", { download = true }) --> a note
---    --> Content-Disposition: attachment; filename="note.txt"
---    if not ok then
---      res:text(err, 404)
---    end
---@param path string
---@param options? sluice.FileOptions
---@return number? bytes accepted
---@return string? err why it cannot be opened, `"committed"`, `"aborted"`
function Response:send_file(path, options)
  misuse.check(type(path) == "string", 1, "send_file", "path", path)
  misuse.check(options == nil or type(options) == "table", 2, "send_file", "table", options)
  options = options or no_options
  misuse.check_options(options, known_options, 2, "send_file")
  check_values(options, 2, "send_file", 3)
  local guard, fd, size, modified, tag = host.open_file(path)
  if not guard then
    return nil, fd
  end
  return send(self, new_file(path, guard, fd, size, modified, tag), options)
end

return { send = send, new_file = new_file, check_values = check_values }
