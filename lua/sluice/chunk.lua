--- The kinds of chunks that are no plain text: after HTTP_DATA_CHUNK.

local native = require("sluice.native")
local field_list = require("sluice.fields")

local host, C = native.host, native.C

---A range of a file, opened and measured when it is made, and sent once.
---@class sluice.File
---@field kind integer
---@field path string
---@field offset number first byte
---@field size number bytes of the range
---@field private fd integer
---@field private guard userdata? closes the file if it is never sent
local File = { kind = C.SL_CHUNK_FILE }
File.__index = File

---A range of a named buffer that all responses share.
---@class sluice.Fragment
---@field kind integer
---@field name string
---@field offset number
---@field extent number bytes, or SL_TO_END
local Fragment = { kind = C.SL_CHUNK_FRAGMENT }
Fragment.__index = Fragment

---Fields that are sent after the last chunk.
---@class sluice.Trailers
---@field kind integer
---@field private list sluice.FieldList
local Trailers = { kind = C.SL_CHUNK_TRAILERS }
Trailers.__index = Trailers

---Memory of the script's own, lent until it was sent.
---@class sluice.Memory
---@field kind integer
---@field private data ffi.cdata*
---@field private len number
local Memory = { kind = C.SL_CHUNK_BORROWED }
Memory.__index = Memory

local function check(ok, number, name, expected, value)
  if not ok then
    local got = type(value) == "number" and tostring(value) or type(value)
    local text = "bad argument #%d to '%s' (%s expected, got %s)"
    error(text:format(number, name, expected, got), 3)
  end
end

-- Whole and in the range in which doubles count exactly.
local function is_count(value)
  return type(value) == "number" and value >= 0 and value < 2 ^ 53 and value % 1 == 0
end

---A range, known to be there, of a file that the host has opened.
---@param path string
---@param guard userdata
---@param fd integer
---@param offset number
---@param extent number
---@return sluice.File
local function opened(path, guard, fd, offset, extent)
  return setmetatable({ path = path, offset = offset, size = extent, fd = fd, guard = guard }, File)
end

---A range of a file as a chunk. A relative path starts at the folder of the
---app. The file is opened now, so what is sent is what is there now; it is
---closed when it was sent, and each file can be sent once.
---@param path string
---@param offset? integer first byte; 0 by default
---@param length? integer bytes; to the end by default
---@return sluice.File? file
---@return string? err why it cannot be opened, or that the range is not in it
local function file(path, offset, length)
  offset = offset or 0
  check(type(path) == "string", 1, "file", "path", path)
  check(is_count(offset), 2, "file", "byte offset", offset)
  check(length == nil or is_count(length), 3, "file", "number of bytes", length)
  local guard, fd, size = host.open_file(path)
  if not guard then
    return nil, fd
  end
  local extent = length or size - offset
  if offset + extent > size or extent < 0 then
    return nil, path .. ": the range is not in the file"
  end
  return opened(path, guard, fd, offset, extent)
end

---A fragment, or a range of it, as a chunk.
---@param name string
---@param offset? integer first byte; 0 by default
---@param length? integer bytes; to the end by default
---@return sluice.Fragment
local function fragment(name, offset, length)
  offset = offset or 0
  check(type(name) == "string", 1, "fragment", "name", name)
  check(is_count(offset), 2, "fragment", "byte offset", offset)
  check(length == nil or is_count(length), 3, "fragment", "number of bytes", length)
  return setmetatable({ name = name, offset = offset, extent = length or -1 }, Fragment)
end

---Trailer fields as a chunk. They are sent after the last chunk of the body,
---in the order of their names.
---@param fields table<string, string|number>
---@return sluice.Trailers
local function trailers(fields)
  check(type(fields) == "table", 1, "trailers", "table", fields)
  local list, why = field_list.new(fields)
  if not list then
    error("bad argument #1 to 'trailers' (" .. why .. ")", 2)
  end
  return setmetatable({ list = list }, Trailers)
end

---Memory of the FFI as a chunk, lent and not copied: leave its bytes alone
---until the operation that sends them has completed.
---@param data ffi.cdata* an array or a pointer
---@param len integer bytes
---@return sluice.Memory
local function memory(data, len)
  check(type(data) == "cdata", 1, "memory", "cdata", data)
  check(is_count(len), 2, "memory", "number of bytes", len)
  return setmetatable({ data = data, len = len }, Memory)
end

return {
  file = file,
  opened = opened,
  fragment = fragment,
  trailers = trailers,
  memory = memory,
  File = File,
  Fragment = Fragment,
  Trailers = Trailers,
  Memory = Memory,
}
