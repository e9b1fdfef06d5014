--- Sending a file: `res:send_file`, and what sluice.static does with each.

local ffi = require("ffi")
local native = require("sluice.native")
local chunk = require("sluice.chunk")
local conditional = require("sluice.conditional")
local disposition = require("sluice.disposition")
local misuse = require("sluice.misuse")
local range = require("sluice.range")
local types = require("sluice.types")
local uuid = require("sluice.uuid")
local Response = require("sluice.head")

local C, host = native.C, native.host
local request_pointer = ffi.typeof("sl_request *")
local span = ffi.new("sl_span")

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

-- Reads the request that the response answers. Lines of one name are joined.
local function field_reader(self)
  local request = ffi.cast(request_pointer, host.request_of(self.handle, self.generation))
  return function(name)
    local values, nth = nil, 0
    while C.sl_request_header(request, self.generation, name, #name, nth, span) == C.SL_OK do
      local value = ffi.string(span.data, span.len)
      values, nth = values and values .. ", " .. value or value, nth + 1
    end
    return values
  end
end

-- Conditions and ranges are for a GET or HEAD that would be answered with 200.
local function conditions_of(self)
  local method = host.request_line(self.handle, self.generation)
  if (method == "GET" or method == "HEAD") and self:status() == 200 then
    return field_reader(self), method
  end
end

-- What every answer says of the file; returns its tag and time.
local function describe(self, file, options)
  local tag = options.etag
  if tag == nil or tag == true then
    tag = file.tag
  end
  -- A change in the future has not happened yet (RFC 9110, 8.8.2.1).
  local modified = math.min(file.modified, host.date_clock())
  if tag then
    self:set("ETag", tag)
  end
  if options.cache_control then
    self:set("Cache-Control", options.cache_control)
  end
  self:set("Last-Modified", host.http_date(modified))
  return tag or nil, modified
end

-- What an answer with a body says beside that; returns the media type.
local function describe_body(self, file, options)
  local kind = options.type or self:get("Content-Type") or types.of(file.path)
  local name = options.download
  self:set("Content-Type", kind)
  self:set("Accept-Ranges", "bytes")
  self:set("X-Content-Type-Options", "nosniff")
  if name then
    local value = disposition.attachment(name == true and file.path or name)
    self:set("Content-Disposition", value)
  end
  return kind
end

local function bytes_of(one, size)
  return ("bytes %.0f-%.0f/%.0f"):format(one.first, one.last, size)
end

local function part(file, one)
  return chunk.opened(file.path, file.guard, file.fd, one.first, one.last - one.first + 1)
end

local function one_range(self, file, one)
  self:status(206)
  self:set("Content-Range", bytes_of(one, file.size))
  return { part(file, one) }
end

-- Each range needs a descriptor of its own, because the core closes each.
local function many_ranges(self, file, ranges, kind)
  local boundary = uuid.v4()
  local chunks = {}
  for i, one in ipairs(ranges) do
    local guard, fd = host.duplicate(file.guard)
    if not guard then
      return nil, fd
    end
    local head = "--%s\r\nContent-Type: %s\r\nContent-Range: %s\r\n\r\n"
    chunks[#chunks + 1] = (i > 1 and "\r\n" or "")
      .. head:format(boundary, kind, bytes_of(one, file.size))
    chunks[#chunks + 1] = chunk.opened(file.path, guard, fd, one.first, one.last - one.first + 1)
  end
  chunks[#chunks + 1] = "\r\n--" .. boundary .. "--\r\n"
  self:status(206)
  self:set("Content-Type", "multipart/byteranges; boundary=" .. boundary)
  host.close_file(file.guard)
  return chunks
end

local function ranges_of(field, method, file, tag, modified)
  local wanted = field and method == "GET" and field("Range")
  local settled = file.tag:sub(1, 2) ~= "W/"
  if wanted and conditional.is_range_of(field, tag, settled and modified or nil) then
    return range.parse(wanted, file.size)
  end
end

local function answer_without_body(self, status)
  self:status(status)
  return self:WriteEntityChunks("", false, false)
end

local function chunks_of(self, file, ranges, kind)
  if not ranges then
    return { chunk.opened(file.path, file.guard, file.fd, 0, file.size) }
  elseif #ranges == 1 then
    return one_range(self, file, ranges[1])
  end
  return many_ranges(self, file, ranges, kind)
end

---Answer with an opened file, or with what the request's conditions ask for.
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
  local field, method = conditions_of(self)
  local tag, modified = describe(self, file, options)
  local status = field and conditional.evaluate(field, tag, modified)
  if status then
    host.close_file(file.guard)
    return answer_without_body(self, status)
  end
  local ranges = ranges_of(field, method, file, tag, modified)
  if ranges and #ranges == 0 then
    host.close_file(file.guard)
    self:set("Content-Range", ("bytes */%.0f"):format(file.size))
    return answer_without_body(self, 416)
  end
  local kind = describe_body(self, file, options)
  local chunks, err = chunks_of(self, file, ranges, kind)
  if not chunks then
    return nil, err
  end
  return self:WriteEntityChunks(chunks, false, false)
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
