--- What a stage in Lua does with the chunks that come: one piece of work after the
--- other, each in a coroutine of its own that the host starts.

local ffi = require("ffi")
local bounded = require("sluice.bounded")
local chunks = require("sluice.chunks")
local failure = require("sluice.failure")
local log = require("sluice.log")
local native = require("sluice.native")

local C, host = native.C, native.host
local OK, EMPTY, EAGAIN = C.SL_OK, C.SL_EMPTY, C.SL_EAGAIN
local FLUSH, END = C.SL_STAGE_FLUSH, C.SL_STAGE_END
local HEADERS, ABORT = 3, 4 -- behind SL_STAGE_END; in stage.c, too
local FILE, TO_END = C.SL_CHUNK_FILE, -1
local MOST = 65536 -- bytes of a text that a stage gets at once

local next_chunk = ffi.new("sl_chunk")
local span = ffi.new("sl_span")
local stage_pointer = ffi.typeof("sl_stage *")

---A file, or what is left of it, as a stage sees it. Returned, it goes on as it is:
---its bytes are read only for who asks.
---@class sluice.StageFile
---@field length number bytes
---@field private own sluice.StageRecord
local StageFile = {}
StageFile.__index = StageFile

---The first of its bytes, as a text, with what the stage has kept in front of it.
---The rest comes with the next call of `chunks`.
---
---    app:stage({
---      name = "shout",
---      chunks = function(chunk)
---        local text = type(chunk) == "string" and chunk or chunk:text()
---        return text:upper()
---      end,
---    })
---    app:get("/", function(_, res)
---      res:send_file("public/note.txt") --> A NOTE
---    end)
---@return string
function StageFile:text()
  local own = self.own
  if own.file ~= self then
    error("the file was given to an earlier call of the stage", 2)
  elseif not self.read then
    if C.sl_stage_next_bytes(own.stage, own.generation, span) ~= OK then
      error("the file cannot be read, or has become shorter", 2)
    end
    own.length = tonumber(span.len)
    self.read = (own.kept or "") .. ffi.string(span.data, span.len)
  end
  return self.read
end

---@class sluice.StageRecord one stage of one response
---@field def sluice.Stage
---@field self table what the functions of the stage share
---@field kept string?
---@field length integer bytes of the chunk that is worked on

local function check(rc)
  if rc < 0 then
    error("the response is over, or was begun again", 0)
  end
end

local function put(own, value)
  if value == nil or value == "" then
    return
  end
  local name, n, why = own.def.name, chunks.fill(value)
  if not n then
    error(("the stage '%s' has to return chunks (%s)"):format(name, why), 0)
  end
  local rc = C.sl_stage_put(own.stage, own.generation, chunks.list(), n)
  chunks.finish(rc >= 0)
  if rc < 0 then
    why = ffi.string(C.sl_status_name(rc))
    error(("what the stage '%s' returns was refused: %s"):format(name, why), 0)
  end
end

local function keep(own, kept)
  local bytes = type(kept) == "number" and kept or 0
  own.kept = nil
  if type(kept) == "string" and kept ~= "" then
    own.kept, bytes = kept, #kept
  end
  check(C.sl_stage_hold(own.stage, own.generation, bytes))
end

-- The next chunk as the stage gets it, or nil and why there is none.
local function take(own)
  local rc = C.sl_stage_next(own.stage, own.generation, next_chunk)
  if rc ~= OK then
    return nil, rc
  end
  own.file = nil
  if next_chunk.kind == FILE then
    own.length = next_chunk.extent
    own.file = setmetatable({ length = next_chunk.extent, own = own }, StageFile)
    return own.file
  end
  local len = math.min(tonumber(next_chunk.len), MOST)
  own.length = len
  return (own.kept or "") .. ffi.string(next_chunk.data, len)
end

-- What came in goes on as it is, behind what was kept.
local function pass(own, is_file)
  put(own, is_file and own.kept or nil)
  check(C.sl_stage_pass(own.stage, own.generation, is_file and TO_END or own.length))
  keep(own)
end

local function work_on(own, chunk)
  local out, kept = own.def.chunks(chunk, own.self)
  local file = own.file
  if out == chunk and kept == nil and (file and not file.read or not file and not own.kept) then
    return pass(own, file ~= nil)
  elseif file and out == file then
    error(("the stage '%s' returns a file that it has read"):format(own.def.name), 0)
  end
  if file and not file.read then
    own.length = TO_END -- dropped unread
    kept = kept == nil and own.kept or kept
  end
  check(C.sl_stage_drop(own.stage, own.generation, own.length))
  put(own, out)
  keep(own, kept)
end

-- At a flush and at the end nothing stays behind.
local function at_end(own, what)
  local def, out = own.def, own.kept
  local last = what == END and def.finish or def.flush
  if last then
    out = last(own.self, own.kept)
  end
  put(own, out)
  keep(own)
end

local function push(own, what)
  while own.def.chunks do
    local chunk, rc = take(own)
    if rc == EMPTY then
      break
    elseif rc == EAGAIN then
      return OK -- called again, when there is room
    end
    check(rc or OK)
    work_on(own, chunk)
  end
  if not own.def.chunks then
    while C.sl_stage_next(own.stage, own.generation, next_chunk) == OK do
      check(C.sl_stage_pass(own.stage, own.generation, TO_END))
    end
  end
  if what == FLUSH or what == END then
    at_end(own, what)
  end
  return OK
end

local function matches_head(own)
  local match = own.def.match
  if type(match) ~= "table" then
    return true
  end
  local kind = own.res:get("Content-Type") or ""
  return (not match.type or kind:sub(1, #match.type):lower() == match.type:lower())
    and (not match.status or own.res:status() == match.status)
end

local function begin(own)
  own.self, own.kept = {}, nil
  if not matches_head(own) then
    return EMPTY
  elseif own.def.headers and own.def.headers(own.req, own.res, own.self) == false then
    return EMPTY
  end
  return OK
end

-- The answer is over, and the host lets it go whatever this does. What it may take is
-- what any wait of a stage may, or, where that has no limit, ten seconds.
local function abort(own, why)
  local self, def = own.self, own.def
  own.self = nil
  if not self or not def.abort then
    return
  end
  local name = ("the 'abort' of the stage \"%s\""):format(def.name)
  local most_ms = host.stage_timeout > 0 and host.stage_timeout or 10000
  local function on_late(_, ms)
    log.warn(name .. " takes longer than it may", { ms = ms })
  end
  local _, task = bounded.run(most_ms, on_late, def.abort, self, why)
  if task.err ~= nil and task.err ~= "cancelled" then
    log.error(name .. " has failed: " .. failure.text_of(task.err), { traceback = task.traceback })
  end
end

---Do a piece of work: called by the host in a coroutine of its own.
---@param own sluice.StageRecord
---@return integer rc
local function work(own, what, pointer, why)
  if what == ABORT then
    abort(own, ffi.string(C.sl_status_name(why)))
    return OK
  end
  own.stage = ffi.cast(stage_pointer, pointer)
  return what == HEADERS and begin(own) or push(own, what)
end

return work
