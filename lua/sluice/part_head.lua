--- The head of one part of a form (RFC 7578): its fields, its name, and the name
--- of the file that it is.

local parameters = require("sluice.parameters")

-- Where one more would leave it open which counts.
local single = { ["content-disposition"] = true, ["content-type"] = true }

-- Encodings that change nothing. Forms have no others (RFC 7578, 4.7); what a
-- client encoded nevertheless must not be taken for what it means.
local plain = { ["7bit"] = true, ["8bit"] = true, ["binary"] = true }

local any_case = {
  __index = function(fields, name)
    return type(name) == "string" and rawget(fields, name:lower()) or nil
  end,
}

---@class sluice.PartHead
---@field headers table<string, string>
---@field name string
---@field filename string?
---@field content_type string

-- Patterns that do this go over the end once for each white space of the text.
local function without_end(text)
  local last = #text
  while last > 0 and text:find("^[ \t]", last) do
    last = last - 1
  end
  return text:sub(1, last)
end

local function add(fields, line)
  local name, value = line:match("^([%w!#$%%&'*+.^_`|~-]+):[ \t]*(.*)$")
  if not name or value:find("[%z\1-\8\10-\31\127]") then
    return false
  end
  value = without_end(value)
  name = name:lower()
  local old = rawget(fields, name)
  if old and single[name] then
    return false
  end
  fields[name] = old and old .. ", " .. value or value
  return true
end

local function parse_fields(text)
  local fields = setmetatable({}, any_case)
  for line in text:gmatch("(.-)\r\n") do
    if not add(fields, line) then
      return nil
    end
  end
  return fields
end

-- The last part of what may be a path, without control characters. What leads
-- somewhere else is no name.
local function base_name(text)
  local name = text:gsub("^.*[/\\]", ""):gsub("%c", "")
  return name:find("^%.%.?$") and "" or name
end

local function filename_of(named)
  local extended = named["filename*"] and parameters.decode_extended(named["filename*"])
  if extended then
    return base_name(extended)
  end
  return named.filename and base_name(parameters.decode_name(named.filename))
end

---@param text string the lines of the head
---@return sluice.PartHead? head
---@return string? err
local function parse(text)
  local fields = parse_fields(text)
  if not fields then
    return nil, "the head of a part is malformed"
  end
  local kind, named = parameters.parse(fields["content-disposition"] or "")
  if kind ~= "form-data" or not named.name then
    return nil, "a part has no name"
  elseif not plain[(fields["content-transfer-encoding"] or "binary"):lower()] then
    return nil, "a part is encoded for transfer"
  end
  return {
    headers = fields,
    name = parameters.decode_name(named.name),
    filename = filename_of(named),
    content_type = fields["content-type"] or "text/plain",
  }
end

return { parse = parse }
