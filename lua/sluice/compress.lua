--- Compression and the rate of responses: what apps, groups and handlers say of
--- them. The work is the core's.

local ffi = require("ffi")
local misuse = require("sluice.misuse")
local native = require("sluice.native")
local status = require("sluice.status")
local Response = require("sluice.response")

local C = native.C

---@class sluice.CompressOptions what is left out is as the settings say
---@field codings string[]? of "zstd", "br", "gzip"; of equals the first is taken
---@field types string[]? media types, as "text" for all texts, "application/json", "+xml"
---@field min integer? bytes of the shortest body
---@field levels table<string, integer>? by coding: gzip 1 to 9, br 1 to 11, zstd 1 to 19

local known_options = {
  codings = "table",
  types = "table",
  min = "number",
  levels = "table",
}

local most = { gzip = 9, br = 11, zstd = 19 }
local field_of = { gzip = "gzip_level", br = "brotli_level", zstd = "zstd_level" }

-- The texts that a struct points to live as long as it does.
local kept = setmetatable({}, { __mode = "k" })

local function fail(name, level, why)
  error(("bad argument #1 to '%s' (%s)"):format(name, why), level + 1)
end

local function joined(list, name, field, known, level)
  for _, text in ipairs(list) do
    if type(text) ~= "string" or text:find("[%s,]") or known and not known[text] then
      fail(name, level + 1, ("%s: '%s' is none"):format(field, tostring(text)))
    end
  end
  return table.concat(list, ",")
end

local function set_span(span, text)
  span.data, span.len = text, #text
end

local function set_levels(made, levels, name, level)
  for coding, value in pairs(levels) do
    local highest = most[coding]
    if not highest or type(value) ~= "number" or value < 1 or value > highest then
      local text = "levels: %s from 1 to %d expected"
      fail(name, level + 1, text:format(tostring(coding), highest or 0))
    end
    made[field_of[coding]] = value
  end
end

local function fill(made, options, name, level)
  local texts = {}
  if options.codings then
    texts.codings = joined(options.codings, name, "codings", most, level + 1)
    set_span(made.codings, texts.codings)
  end
  if options.types then
    texts.types = joined(options.types, name, "types", nil, level + 1)
    set_span(made.types, texts.types)
  end
  if options.min then
    made.min_bytes = options.min > 0 and options.min or -1
  end
  set_levels(made, options.levels or {}, name, level + 1)
  kept[made] = texts
end

---Options as the core has them.
---@param options sluice.CompressOptions|boolean|nil
---@param name string of the function, for errors
---@param level integer of who is to blame; 2 is the caller
---@return ffi.cdata*
local function new_options(options, name, level)
  local made = ffi.new("sl_compress_options")
  if options == false then
    made.off = 1
  elseif type(options) == "table" then
    misuse.check_options(options, known_options, 1, name)
    fill(made, options, name, level)
  elseif options ~= nil and options ~= true then
    fail(name, level, "options or false expected")
  end
  return made
end

---What answers, with compression as the innermost of its layers says.
---@param run sluice.Handler
---@param layers sluice.Layer[]
---@return sluice.Handler
local function around(run, layers)
  local options
  for _, layer in ipairs(layers) do
    options = layer.scope.compress or options
  end
  if not options then
    return run
  end
  return function(req, res)
    C.sl_response_compress(res.handle, res.generation, options)
    return run(req, res)
  end
end

---Compress this response, or do not, whatever its app says. Before anything of it is
---written, unless its app compresses: then until the head leaves.
---
---    res:compress({ min = 0 })
---    res:text("tea\n") --> tea
---@param options? sluice.CompressOptions|boolean
---@return boolean? ok
---@return string? err `"committed"`
function Response:compress(options)
  local made = new_options(options, "compress", 3)
  local rc = C.sl_response_compress(self.handle, self.generation, made)
  if rc < 0 then
    return nil, status.word(rc)
  end
  return true
end

---Let no more than so many bytes of the body leave in a second, before anything is
---written; later it can be changed. What waits holds its handler up as a slow client
---does, and a flush returns when its bytes have left.
---
---    res:limit_rate(1000000, 4096)
---    res:write("tea\n") --> tea
---@param bytes_per_second number at least 1
---@param burst? number bytes that leave at once; by default those of a second
---@return boolean? ok
---@return string? err `"committed"`
function Response:limit_rate(bytes_per_second, burst)
  misuse.check_type(bytes_per_second, "number", 1, "limit_rate")
  misuse.check_type(burst, "number?", 2, "limit_rate")
  local rc = C.sl_response_limit_rate(self.handle, self.generation, bytes_per_second, burst or 0)
  if rc == C.SL_EINVAL then
    error("bad argument to 'limit_rate' (at least one byte a second)", 2)
  elseif rc < 0 then
    return nil, status.word(rc)
  end
  return true
end

return { options = new_options, around = around }
