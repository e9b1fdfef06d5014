--- Stages in Lua: what stands between the chunks of a handler and the client.
---
---     app:stage({
---       name = "shout",
---       chunks = function(chunk)
---         return chunk:upper()
---       end,
---     })
---     app:get("/", function(_, res)
---       res:write("tea\n") --> TEA
---     end)

local ffi = require("ffi")
local chunks = require("sluice.chunks")
local misuse = require("sluice.misuse")
local native = require("sluice.native")

local C, host = native.C, native.host
local OK, EMPTY, EAGAIN = C.SL_OK, C.SL_EMPTY, C.SL_EAGAIN
local FLUSH, END = C.SL_STAGE_FLUSH, C.SL_STAGE_END
local HEADERS, ABORT = 3, 4 -- behind SL_STAGE_END; in stage.c, too
local FILE, TO_END = C.SL_CHUNK_FILE, -1
local MOST = 65536 -- bytes of a text that a stage gets at once

---@class sluice.Stage
---@field name string for the log
---@field order integer? the lower, the nearer to the client; 0 by default
---@field match sluice.StageMatch|fun(req: sluice.Request): any which responses; all
---of them without it
---@field headers (fun(req: sluice.Request, res: sluice.Response, own: table): boolean?)?
---called once, before the head leaves: it may change status and headers, and wait;
---false: this response goes without the stage
---@field chunks (fun(chunk: string|sluice.StageFile, own: table): any, string|integer?)?
---called with each text, or file: returns what goes on in its place, and what it
---keeps, which comes in front of the next text; a number: bytes that it keeps itself
---@field flush (fun(own: table, kept: string?): any)? returns what it has kept, all of
---it: nothing may stay; without it `kept` goes out
---@field finish (fun(own: table, kept: string?): any)? returns the last chunks; without it
---`flush` does
---@field abort fun(own: table, why: string)? the client left, or something failed
---@field holds table? { bytes, ms } that it keeps at most: 32 KiB and 100 ms
---@field keeps_length boolean? as many bytes come out as went in

---@class sluice.StageMatch
---@field method string?
---@field type string? that the media type begins with
---@field status integer?

local known = {
  name = "string",
  order = "number",
  match = "table or function",
  headers = "function",
  chunks = "function",
  flush = "function",
  finish = "function",
  abort = "function",
  holds = "table",
  keeps_length = "boolean",
}
local known_matches = { method = "string", type = "string", status = "number" }
local known_holds = { "number", "number", bytes = "number", ms = "number" }

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

---Do a piece of work: called by the host in a coroutine of its own.
---@param own sluice.StageRecord
---@return integer rc
local function work(own, what, pointer, why)
  own.stage = ffi.cast(stage_pointer, pointer)
  if what == HEADERS then
    return begin(own)
  elseif what == ABORT then
    if own.def.abort and own.self then
      own.def.abort(own.self, ffi.string(C.sl_status_name(why)))
    end
    return OK
  end
  return push(own, what)
end

local function matches(def, req)
  local match = def.match
  if type(match) == "function" then
    return match(req)
  end
  return not match or not match.method or match.method == req.method
end

---Add a stage to a response, before anything is written.
local function add(def, req, res)
  if not matches(def, req) then
    return
  end
  local own = { def = def, req = req, res = res, generation = res.generation }
  local flags = def.keeps_length and C.SL_STAGE_KEEPS_LENGTH or 0
  host.add_stage(res.handle, res.generation, own, def.name, def.order, flags, def.bytes, def.ms)
end

---What answers, with the stages of its layers.
---@param run sluice.Handler
---@param layers sluice.Layer[]
---@return sluice.Handler
local function around(run, layers)
  local defs = {}
  for _, layer in ipairs(layers) do
    for _, def in ipairs(layer.scope.stages or {}) do
      defs[#defs + 1] = def
    end
  end
  if #defs == 0 then
    return run
  end
  return function(req, res)
    for i = 1, #defs do
      add(defs[i], req, res)
    end
    return run(req, res)
  end
end

---Check what a script says of a stage.
---@param def sluice.Stage
---@param level integer of who is to blame; 2 is the caller
---@return sluice.Stage
local function new(def, level)
  misuse.check_type(def, "table", 1, "stage", level)
  misuse.check_options(def, known, 1, "stage", level + 1)
  if type(def.name) ~= "string" then
    error("bad argument #1 to 'stage' (it needs a name)", level + 1)
  end
  if type(def.match) == "table" then
    misuse.check_options(def.match, known_matches, 1, "stage", level + 1)
  end
  local holds = def.holds or {}
  misuse.check_options(holds, known_holds, 1, "stage", level + 1)
  local made = {}
  for field, value in pairs(def) do
    made[field] = value
  end
  made.order = def.order or 0
  made.bytes = holds.bytes or holds[1] or 32768
  made.ms = holds.ms or holds[2] or 100
  return made
end

return { new = new, add = add, around = around, work = work }
