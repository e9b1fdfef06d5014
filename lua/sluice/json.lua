--- JSON, by lua-cjson.
---
--- What differs between Lua and JSON:
---
--- * null is `json.null`, in both directions.
--- * Lua has one empty table. `{}` is encoded as an object; an array that may
---   be empty is encoded right as `json.array(list)`. A decoded `[]` is `{}`.
--- * A table with numbers from 1 as its keys is an array; nil in between is
---   null. One whose highest number is above 10 and more than twice the count of
---   its elements is refused: it would be mostly nulls. Other numbers as keys
---   become names of an object.
--- * Numbers are doubles, written with 14 digits: send longer ids as strings.
---   NaN and the infinities are refused, in both directions.
--- * Tables may be nested 1,000 deep.

local cjson = require("cjson.safe").new()
local host = require("sluice.native").host
local misuse = require("sluice.misuse")

cjson.decode_invalid_numbers(false)

-- lua-cjson cannot tell an empty array from an empty object. This text stands
-- for one while it encodes; it is random, so that nobody can send it to us.
local EMPTY = "empty array "
  .. host.random(16):gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end)
local QUOTED = '"' .. EMPTY .. '"'
local has_empty = false

local json = {}

---The null of JSON: what `null` is decoded to, and what is encoded as `null`.
---
---    res:json({ name = "Ada", email = sluice.json.null })
---@type lightuserdata
json.null = cjson.null

---A list that may be empty, as an array: `[]` where encode would write `{}`.
---
---    res:json({ items = sluice.json.array(items) })
---@param list any[]
---@return any[]|string list for encode only
function json.array(list)
  misuse.check(type(list) == "table", 1, "array", "table", list)
  if next(list) ~= nil then
    return list
  end
  has_empty = true
  return EMPTY
end

---@param value any
---@return string? text
---@return string? err
local function try_encode(value)
  local text, err = cjson.encode(value)
  if text and has_empty then
    text = text:gsub(QUOTED, "[]")
  end
  return text, err
end

---The text of a value. A value that JSON has no text for is an error.
---
---    local text = sluice.json.encode({ ok = true })
---@param value any
---@return string
function json.encode(value)
  local text, err = try_encode(value)
  if not text then
    error("bad argument #1 to 'encode' (" .. err .. ")", 2)
  end
  return text
end

---Likewise, for functions of the library that name themselves in the error.
---@private
json.try_encode = try_encode

---The value of a text, which may come from a client.
---
---    local order, err = sluice.json.decode(body)
---    if order == nil then
---      return res:json({ error = err }, 400)
---    end
---@param text string
---@return any value nil when the text is no JSON
---@return string? err what is wrong with it, and where
function json.decode(text)
  misuse.check(type(text) == "string", 1, "decode", "string", text)
  return cjson.decode(text)
end

return json
