--- What the path of a route may be: segments between slashes.
---
---     /users/me            a fixed segment is matched as it is, decoded
---     /users/:id           any one segment that is not empty
---     /users/:id<int>      one that is of a type, see below
---     /files/*path         the rest of the path, slashes included; may be empty
---
--- Types, in the order in which they are tried: `int` (a number of Lua), `uuid`,
--- `hex`, `word` (letters, digits, "_" and "-"). What is of no type that some
--- route asks for goes to a plain parameter, if there is one.

---@class sluice.Segment
---@field fixed string? its text
---@field name string? of a parameter or a wildcard
---@field type string? of a parameter
---@field is_rest boolean? it is a wildcard

-- From 2^53 on a number of Lua may be another one than the client's.
local function to_integer(text)
  local digits = text:match("^%-?(%d+)$")
  local number = digits and #digits <= 16 and tonumber(text)
  return number and math.abs(number) < 2 ^ 53 and number or nil
end

local hex = "%x%x%x%x"
local uuid = "^" .. table.concat({ hex .. hex, hex, hex, hex, hex .. hex .. hex }, "%-") .. "$"

---What a text is as a value of that type; nil when it is none.
---@type table<string, fun(text: string): string|number|nil>
local convert = {
  int = to_integer,
  uuid = function(text)
    return text:match(uuid)
  end,
  hex = function(text)
    return text:match("^%x+$")
  end,
  word = function(text)
    return text:match("^[%w_%-]+$")
  end,
}

-- From the narrowest to the widest.
local order = { "int", "uuid", "hex", "word" }
local rank = {}
for i, name in ipairs(order) do
  rank[name] = i
end

---The parts of a path that starts with a slash.
---@param path string
---@return string[]
local function split(path)
  local parts = {}
  for part in path:gmatch("/([^/]*)") do
    parts[#parts + 1] = part
  end
  return parts
end

local function parse_part(part)
  local sign, rest = part:match("^([:*])(.*)$")
  if not sign then
    return { fixed = part }
  end
  local name, kind = rest:match("^([%a_][%w_]*)<(.*)>$")
  name = name or rest:match("^[%a_][%w_]*$")
  if not name then
    return nil, ("'%s' is no name"):format(rest)
  elseif kind and not (rank[kind] and sign == ":") then
    return nil, ("'%s' is no type: %s"):format(kind, table.concat(order, ", "))
  end
  return { name = name, type = kind, is_rest = sign == "*" }
end

local function check(segments, i)
  local segment = segments[i]
  if segment.is_rest and i < #segments then
    return "a wildcard is the last segment"
  end
  for j = 1, segment.name and i - 1 or 0 do
    if segments[j].name == segment.name then
      return ("'%s' occurs twice"):format(segment.name)
    end
  end
end

---Take a path apart.
---@param path string
---@return sluice.Segment[]? segments
---@return string? why it is wrong
local function parse(path)
  if path:sub(1, 1) ~= "/" then
    return nil, ("the path '%s' does not start with '/'"):format(path)
  end
  local segments = {}
  for i, part in ipairs(split(path)) do
    local segment, why = parse_part(part)
    if not segment then
      return nil, ("in the path '%s' %s"):format(path, why)
    end
    segments[i] = segment
  end
  for i in ipairs(segments) do
    local why = check(segments, i)
    if why then
      return nil, ("in the path '%s' %s"):format(path, why)
    end
  end
  return segments
end

return { parse = parse, convert = convert, rank = rank }
