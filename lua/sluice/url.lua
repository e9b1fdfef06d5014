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

---The names and values of `a=1&b=2`, in order. One without "=" has an empty
---value; one without a name is left out.
---@param text string
---@return fun(): string?, string?
local function pairs_of(text)
  local each = text:gmatch("[^&]+")
  return function()
    for pair in each do
      local name, value = pair:match("^([^=]*)=?(.*)$")
      if name ~= "" then
        return decode_form(name), decode_form(value)
      end
    end
  end
end

---Parse `a=1&b=2`. A name that is repeated has an array of its values.
---@param text string
---@param most? integer pairs
---@return table<string, string|string[]>? query nil when there are more
local function parse_query(text, most)
  local query, count = {}, 0
  for name, value in pairs_of(text) do
    count = count + 1
    if most and count > most then
      return nil
    end
    add(query, name, value)
  end
  return query
end

return { decode = decode, pairs = pairs_of, parse_query = parse_query }
