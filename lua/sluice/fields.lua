--- A table of field lines as an array of `sl_field_spec`.

local ffi = require("ffi")

---@class sluice.FieldList
---@field count integer
---@field specs ffi.cdata* points to the texts, which live as long as the list
---@field private names string[]
---@field private values string[]

local function is_text(value)
  return type(value) == "string" or type(value) == "number"
end

---@param fields table<string, string|number>
---@return sluice.FieldList? list in the order of the names
---@return string? why it cannot be made
local function new(fields)
  local names, values = {}, {}
  for name, value in pairs(fields) do
    if type(name) ~= "string" or not is_text(value) then
      return nil, "names and values of fields are texts"
    end
    names[#names + 1] = name
  end
  table.sort(names)
  local specs = ffi.new("sl_field_spec[?]", #names)
  for i, name in ipairs(names) do
    local value = tostring(fields[name])
    local spec = specs[i - 1]
    spec.name.data, spec.name.len = name, #name
    spec.value.data, spec.value.len = value, #value
    values[i] = value
  end
  return { count = #names, specs = specs, names = names, values = values }
end

return { new = new }
