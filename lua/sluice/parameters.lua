--- Values with parameters, as Content-Type and Content-Disposition have them:
--- `form-data; name="a"; filename*=UTF-8''%e2%82%ac`.

local disposition = require("sluice.disposition")

local QUOTE = 34

-- What browsers encode in quotes, and nothing else (the HTML standard): a text
-- that has another "%" in it has it as it is.
local escapes = { ["22"] = '"', ["0D"] = "\r", ["0d"] = "\r", ["0A"] = "\n", ["0a"] = "\n" }

-- The end of what begins behind a quote, and where to go on. A backslash that
-- escapes nothing is one: some clients send whole paths of Windows.
local function quoted(text, from)
  local at = from
  while true do
    local stop = text:find('["\\]', at)
    if not stop then
      return nil
    elseif text:byte(stop) == QUOTE then
      return text:sub(from, stop - 1):gsub('\\(["\\])', "%1"), stop + 1
    end
    at = stop + 2
  end
end

local function value_at(text, at)
  if text:byte(at) == QUOTE then
    return quoted(text, at + 1)
  end
  local value = text:match('^[^%s;,"]+', at)
  return value, value and at + #value
end

---@param text string
---@return string? value in lower case; nil when the text is malformed
---@return table<string, string> parameters names in lower case, values as sent
local function parse(text)
  local value, at = text:match("^%s*([%w!#$&^_.+*/-]+)%s*()")
  local parameters = {}
  while value and at <= #text do
    local name, start = text:match("^;%s*([%w!#$&^_.+*-]+)%s*=%s*()", at)
    if not name then
      local rest = text:match("^;%s*()", at)
      return rest and rest > #text and value:lower() or nil, parameters
    end
    local content, behind = value_at(text, start)
    name = name:lower()
    if not content or parameters[name] then
      return nil, parameters
    end
    parameters[name] = content
    at = text:match("^%s*()", behind)
  end
  return value and value:lower(), parameters
end

---A name as browsers send it in quotes.
---@param text string
---@return string
local function decode_name(text)
  return (text:gsub("%%(%x%x)", escapes))
end

local function from_latin(char)
  local code = char:byte()
  return string.char(192 + math.floor(code / 64), 128 + code % 64)
end

---The value of a parameter whose name ends with "*" (RFC 8187, once 5987).
---@param text string
---@return string? text in UTF-8; nil when it is malformed, or of another charset
local function decode_extended(text)
  local charset, encoded = text:match("^([%w-]+)'[%w-]*'(.*)$")
  if not charset or encoded:gsub("%%%x%x", ""):find("%%") then
    return nil
  end
  local decoded = encoded:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end)
  charset = charset:lower()
  if charset == "iso-8859-1" then
    return (decoded:gsub("[\128-\255]", from_latin))
  end
  return charset == "utf-8" and disposition.is_utf8(decoded) and decoded or nil
end

return { parse = parse, decode_name = decode_name, decode_extended = decode_extended }
