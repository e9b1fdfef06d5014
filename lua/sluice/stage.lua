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

local misuse = require("sluice.misuse")
local native = require("sluice.native")

local C, host = native.C, native.host

---@class sluice.Stage
---@field name string for the log
---@field order integer? the lower, the nearer to the client; 0 by default
---@field match sluice.StageMatch|fun(req: sluice.Request): any which responses; all
---of them without it
---@field headers (fun(req: sluice.Request, res: sluice.Response, own: table): boolean?)?
---called once, before the head leaves: it may change status and headers, and wait;
---false: this answer goes without the stage
---@field chunks (fun(chunk: string|sluice.StageFile, own: table): any, string|integer?)?
---called with each text, or file: returns what goes on in its place, and what it
---keeps, which comes in front of the next text; a number: bytes that it keeps itself
---@field flush (fun(own: table, kept: string?): any)? returns what it has kept, all of
---it: nothing may stay; without it `kept` goes out
---@field finish (fun(own: table, kept: string?): any)? returns the last chunks; without it
---`flush` does
---@field abort fun(own: table, why: string)? in place of `finish`: the client left,
---something failed, or the answer begins again ("cancelled"); for `stage_timeout`, and
---nothing waits for it
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

return { new = new, add = add, around = around }
