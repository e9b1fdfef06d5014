--- Handing chunks and flushes to the core, and waiting until it takes them.
---
--- These functions return a status and leave the rest in `op`, which is
--- scratch: to be read before anything else happens.

local ffi = require("ffi")
local buffer = require("string.buffer")
local native = require("sluice.native")
local anchor = require("sluice.anchor")
local chunks = require("sluice.chunks")
local line = require("sluice.line")

local C, host = native.C, native.host
local EAGAIN, EINVAL = C.SL_EAGAIN, C.SL_EINVAL
local ASYNC, MORE_DATA, AT_MARK = C.SL_ASYNC, C.SL_MORE_DATA, C.SL_AT_MARK
local MEMORY, BORROWED = C.SL_CHUNK_MEMORY, C.SL_CHUNK_BORROWED
local threshold = host.copy_threshold
local keep, release = anchor.keep, anchor.release

local one = ffi.new("sl_chunk[1]")
local op = ffi.new("sl_operation")

local function set_op(flags, timeout)
  op.flags, op.timeout_ms, op.id, op.bytes = flags, timeout, 0, 0
end

-- Nothing may allocate between storing the address of a text and the call.
local function attempt_text(self, text)
  local c = one[0]
  set_op(MORE_DATA + AT_MARK, 0)
  if #text < threshold then
    c.kind, c.data, c.len, c.anchor = MEMORY, text, #text, 0
    return C.sl_response_write_entity_chunks(self.handle, self.generation, one, 1, op)
  end
  local slot = keep(text)
  c.kind, c.data, c.len, c.anchor = BORROWED, text, #text, slot
  local rc = C.sl_response_write_entity_chunks(self.handle, self.generation, one, 1, op)
  if rc < 0 then
    release(slot)
  end
  return rc
end

-- A few short texts are joined: one chunk, and no string for a number.
local joined = buffer.new()

local function attempt_few(self, n, a, b, c, d)
  joined:reset()
  if n == 1 then
    joined:put(a)
  elseif n == 2 then
    joined:put(a, b)
  elseif n == 3 then
    joined:put(a, b, c)
  else
    joined:put(a, b, c, d)
  end
  local data, len = joined:ref()
  local chunk = one[0]
  chunk.kind, chunk.anchor, chunk.data, chunk.len = MEMORY, 0, ffi.cast("const char *", data), len
  set_op(MORE_DATA + AT_MARK, 0)
  return C.sl_response_write_entity_chunks(self.handle, self.generation, one, 1, op)
end

local function is_short(value)
  local kind = type(value)
  return kind == "number" or (kind == "string" and #value < threshold)
end

---Can `few` write these `n` values?
local function are_few(n, a, b, c, d)
  return n <= 4
    and is_short(a)
    and (n < 2 or is_short(b))
    and (n < 3 or is_short(c))
    and (n < 4 or is_short(d))
end

-- Why the last list could not be made.
local problem

-- The list is made anew by every attempt, because the scratch is shared with
-- whoever runs meanwhile.
local function attempt_list(self, flags, timeout, ...)
  local n
  n, problem = chunks.fill(...)
  if not n then
    return EINVAL
  end
  set_op(flags, timeout)
  local rc = C.sl_response_write_entity_chunks(self.handle, self.generation, chunks.list(), n, op)
  chunks.finish(rc >= 0)
  return rc
end

---Write one text, waiting for room.
---@param self sluice.Response
---@param value string
---@return integer rc
local function text(self, value)
  local rc = EAGAIN
  if not self.line then
    rc = attempt_text(self, value)
  end
  if rc == EAGAIN then
    rc = line.submit(self, nil, false, 3, attempt_text, value)
  end
  return rc
end

---Write up to four short texts or numbers, waiting for room.
---@param self sluice.Response
---@param n integer how many
---@return integer rc
local function few(self, n, a, b, c, d)
  local rc = EAGAIN
  if not self.line then
    rc = attempt_few(self, n, a, b, c, d)
  end
  if rc == EAGAIN then
    rc = line.submit(self, nil, false, 3, attempt_few, n, a, b, c, d)
  end
  return rc
end

local refusal = "the core refused a chunk, or trailers beside a declared length"

---Write chunks, waiting for room. Raises an error when they are none.
---@param self sluice.Response
---@param name string of the method, for the error
---@param flags integer
---@param options sluice.WriteOptions
---@param ... any
---@return integer rc
local function list(self, name, flags, options, ...)
  local timeout = options.timeout
  local async = flags % (2 * ASYNC) == ASYNC
  local core_timeout = async and timeout or 0
  local rc = EAGAIN
  if not self.line then
    rc = attempt_list(self, flags, core_timeout, ...)
  end
  if rc == EAGAIN then
    local no_wait = async and options.no_wait
    rc = line.submit(self, timeout, no_wait, 3, attempt_list, flags, core_timeout, ...)
  end
  if rc == EINVAL then
    error("bad argument #1 to '" .. name .. "' (" .. (problem or refusal) .. ")", 3)
  end
  return rc
end

local function attempt_flush(self, flags, timeout)
  set_op(flags, timeout)
  return C.sl_response_flush(self.handle, self.generation, op)
end

---Flush. Waits where an asynchronous write does.
---@param self sluice.Response
---@param flags integer
---@param options sluice.WriteOptions
---@return integer rc
local function flush(self, flags, options)
  local timeout = options.timeout or 0
  local rc = attempt_flush(self, flags, timeout)
  if rc == EAGAIN then
    local no_wait = options.no_wait
    rc = line.submit(self, options.timeout, no_wait, 3, attempt_flush, flags, timeout)
  end
  return rc
end

return { text = text, few = few, are_few = are_few, list = list, flush = flush, op = op }
