--- Conditional requests (RFC 9110, 13): does the client have it already, and is
--- it still what the client believes?
---
--- Validators are an entity tag (with its quotes, and W/ when it is weak) and
--- the time of the last change in whole seconds; either may be nil.

local time = require("sluice.time")

---@alias sluice.FieldReader fun(name: string): string? a field of the request

local function is_weak(tag)
  return tag:sub(1, 2) == "W/"
end

local function opaque_of(tag)
  return tag:match('"[^"]*"')
end

-- Is the tag in the list? The strong comparison wants both to be strong.
local function lists(text, tag, strong)
  if text:find("^[ \t]*%*[ \t]*$") then
    return true
  elseif not tag or strong and is_weak(tag) then
    return false
  end
  local wanted = opaque_of(tag)
  for weak, opaque in text:gmatch('(W?/?)("[^"]*")') do
    if opaque == wanted and not (strong and weak ~= "") then
      return true
    end
  end
  return false
end

-- What is no date is ignored.
local function date_in(field, name)
  local text = field(name)
  return text and time.parse_http(text) or nil
end

local function is_other_version(field, tag, modified)
  local wanted = field("If-Match")
  if wanted then
    return not lists(wanted, tag, true)
  end
  local since = date_in(field, "If-Unmodified-Since")
  return since and modified and modified > since
end

local function is_known(field, tag, modified)
  local known = field("If-None-Match")
  if known then
    return lists(known, tag, false)
  end
  local since = date_in(field, "If-Modified-Since")
  return since and modified and modified <= since
end

---What the fields of a GET or HEAD request ask for.
---@param field sluice.FieldReader
---@param tag string?
---@param modified number?
---@return integer? status 412, 304, or nil: answer as usual
local function evaluate(field, tag, modified)
  if is_other_version(field, tag, modified) then
    return 412
  elseif is_known(field, tag, modified) then
    return 304
  end
end

---Is the range that a request asks for one of this version (If-Range)?
---@param field sluice.FieldReader
---@param tag string?
---@param modified number? nil when it may have changed again within its second
---@return boolean
local function is_range_of(field, tag, modified)
  local wanted = field("If-Range")
  if not wanted then
    return true
  elseif wanted:find('"', 1, true) then
    return tag ~= nil and not is_weak(tag) and wanted == tag
  end
  return modified ~= nil and time.parse_http(wanted) == modified
end

return { evaluate = evaluate, is_range_of = is_range_of }
