--- From what a script wants to send to an array of `sl_chunk`.
---
--- The array is scratch, shared by all responses of the VM: one coroutine runs
--- at a time, and the core is done with the array when the call returns. What
--- has to live until then is in `held`; what has to live longer is anchored.
--- Whoever made a list either commits it or drops it.

local ffi = require("ffi")
local native = require("sluice.native")
local anchor = require("sluice.anchor")
local chunk = require("sluice.chunk")

local C, host = native.C, native.host
local MEMORY, BORROWED = C.SL_CHUNK_MEMORY, C.SL_CHUNK_BORROWED
local FILE, FRAGMENT, TRAILERS = C.SL_CHUNK_FILE, C.SL_CHUNK_FRAGMENT, C.SL_CHUNK_TRAILERS
local threshold = host.copy_threshold
local keep, release = anchor.keep, anchor.release
local disown = host.disown
local MAX_DEPTH = 64

local classes = {
  [chunk.File] = true,
  [chunk.Fragment] = true,
  [chunk.Trailers] = true,
  [chunk.Memory] = true,
}

local capacity = 16
local array = ffi.new("sl_chunk[?]", capacity)
local held = {}
local length = 0

-- How many of the list have to be told whether they were taken. The common
-- case, short texts, has none.
local special = 0

local function grow()
  local bigger = ffi.new("sl_chunk[?]", capacity * 2)
  ffi.copy(bigger, array, capacity * ffi.sizeof("sl_chunk"))
  array, capacity = bigger, capacity * 2
end

-- The next free place; its number from 1 is that of what it holds.
local function next_place()
  local n = length
  if n == capacity then
    grow()
  end
  length = n + 1
  return array[n], n + 1
end

local function put_text(text)
  local c, n = next_place()
  c.data, c.len = text, #text
  if #text < threshold then
    c.kind, c.anchor = MEMORY, 0
    held[n] = text
  else
    c.kind, c.anchor = BORROWED, keep(text)
    special = special + 1
  end
end

local function put_buffer(buffer)
  local data, len = buffer:ref()
  local c, n = next_place()
  c.kind, c.anchor, c.data, c.len = MEMORY, 0, ffi.cast("const char *", data), len
  held[n] = buffer
  special = special + 1
end

local put = {}

put[FILE] = function(c, file)
  c.fd, c.offset, c.extent = file.fd, file.offset, file.size
  file.listed = true
  special = special + 1
end

put[FRAGMENT] = function(c, fragment)
  c.data, c.len = fragment.name, #fragment.name
  c.offset, c.extent = fragment.offset, fragment.extent
end

put[BORROWED] = function(c, memory)
  c.data, c.len = ffi.cast("const char *", memory.data), memory.len
  c.anchor = keep(memory)
  special = special + 1
end

put[TRAILERS] = function(c, trailers)
  c.fields, c.nfields = trailers.list.specs, trailers.list.count
end

local function put_object(object)
  local kind = object.kind
  if kind == FILE and (object.listed or not object.guard) then
    return nil, "the file '" .. object.path .. "' was sent already: each is sent once"
  end
  local c, n = next_place()
  ffi.fill(c, ffi.sizeof("sl_chunk"))
  c.kind = kind
  put[kind](c, object)
  held[n] = object
  return true
end

local append

local function append_all(values, depth)
  if depth > MAX_DEPTH then
    return nil, "arrays of chunks are nested too deep, or in a circle"
  end
  for i = 1, #values do
    -- Raw, so that nothing of the script's runs while the list is made. Texts go
    -- without a call of `append`, which would be a recursion to who compiles this.
    local value = rawget(values, i)
    if type(value) == "string" then
      put_text(value)
    else
      local ok, why = append(value, depth)
      if not ok then
        return nil, why
      end
    end
  end
  return true
end

---Append one chunk, or an array of them. When it cannot be done, the list has
---to be dropped.
---@param value any
---@param depth? integer of nested arrays, to find circles
---@return boolean? ok
---@return string? why not
function append(value, depth)
  local kind = type(value)
  if kind == "string" then
    put_text(value)
  elseif kind == "number" then
    put_text(tostring(value))
  elseif kind == "table" then
    if classes[getmetatable(value)] then
      return put_object(value)
    end
    return append_all(value, (depth or 0) + 1)
  elseif kind == "userdata" and getmetatable(value) == "buffer" then
    put_buffer(value)
  else
    return nil, "chunk expected, got " .. kind
  end
  return true
end

local function settle(i, taken)
  local c, value = array[i], held[i + 1]
  if c.kind == BORROWED and not taken then
    release(c.anchor)
  elseif c.kind == FILE then
    value.listed = nil
    if taken then
      disown(value.guard)
      value.guard = nil
    end
  end
  held[i + 1] = false
end

---End the list: tell what is in it whether the core took it.
---@param taken boolean
local function finish(taken)
  if special > 0 then
    for i = 0, length - 1 do
      settle(i, taken)
    end
    special = 0
  end
  length = 0
end

-- The array that most lists are made of does not go through `append`, which
-- calls itself for arrays.
local function append_first(value)
  if type(value) == "table" and not getmetatable(value) then
    return append_all(value, 1)
  end
  return append(value)
end

---Make a list of values, which may be arrays. To be finished.
---@return integer? n how many chunks it has
---@return string? why it cannot be made; there is nothing to finish then
local function fill(...)
  if length > 0 then
    finish(false) -- of a list whose making ran out of memory
  end
  for i = 1, select("#", ...) do
    local ok, why = append_first((select(i, ...)))
    if not ok then
      finish(false)
      return nil, why
    end
  end
  return length
end

---The array that holds the list; it moves when it grows.
---@return ffi.cdata*
local function list()
  return array
end

return { fill = fill, finish = finish, list = list }
