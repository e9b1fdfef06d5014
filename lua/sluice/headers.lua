--- The fields of a message as a table, whose names may be asked for in any
--- case. Its own keys, for `pairs`, are in lower case.

local ffi = require("ffi")
local native = require("sluice.native")
local status = require("sluice.status")

local C = native.C
local OK = C.SL_OK

local name_span = ffi.new("sl_span")
local value_span = ffi.new("sl_span")

local any_case = {
  __index = function(fields, name)
    return type(name) == "string" and rawget(fields, name:lower()) or nil
  end,
}

-- As RFC 9110, 5.3 joins them; cookies as RFC 6265 does.
local function join(name, old, value)
  return old .. (name == "cookie" and "; " or ", ") .. value
end

local function add(fields, name, value)
  name = name:lower()
  local old = rawget(fields, name)
  rawset(fields, name, old and join(name, old, value) or value)
end

---Fields that are there already.
---@param list string[] names and values, in turn
---@return table<string, string>
local function of(list)
  local fields = setmetatable({}, any_case)
  for i = 1, #list, 2 do
    add(fields, list[i], list[i + 1])
  end
  return fields
end

---@param request ffi.cdata*
---@param generation integer
---@param trailers boolean
---@return table<string, string>
local function new(request, generation, trailers)
  local which = trailers and 1 or 0
  local fields = setmetatable({}, any_case)
  for nth = 0, math.huge do
    local rc = C.sl_request_field(request, generation, which, nth, name_span, value_span)
    if rc < 0 then
      error("the request cannot be read: " .. status.word(rc), 0)
    elseif rc ~= OK then
      return fields
    end
    add(
      fields,
      ffi.string(name_span.data, name_span.len),
      ffi.string(value_span.data, value_span.len)
    )
  end
end

return { new = new, of = of }
