--- Percent-encoding and query strings.

local function from_hex(digits)
  return string.char(tonumber(digits, 16))
end

---Decode percent-encoded bytes. What is no valid encoding stays as it is.
---@param text string
---@return string
local function decode(text)
  if not text:find("%", 1, true) then
    return text
  end
  return (text:gsub("%%(%x%x)", from_hex))
end

---Decode a name or value of a form: "+" is a space there.
---@param text string
---@return string
local function decode_form(text)
  return decode((text:gsub("+", " ")))
end

local function add(query, name, value)
  local old = query[name]
  if old == nil then
    query[name] = value
  elseif type(old) == "table" then
    old[#old + 1] = value
  else
    query[name] = { old, value }
  end
end

---Parse `a=1&b=2`. A name that is repeated has an array of its values; one
---without "=" has an empty text.
---@param text string
---@return table<string, string|string[]>
local function parse_query(text)
  local query = {}
  for pair in text:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    if name ~= "" then
      add(query, decode_form(name), decode_form(value))
    end
  end
  return query
end

return { decode = decode, parse_query = parse_query }
