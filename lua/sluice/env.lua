--- Variables of the environment. Read them while the app is loading: what is
--- missing or wrong then stops the start, and not a request at night.
---
---    local env = require("sluice").env
---    local database = env.required("DATABASE_URL")
---    local limit = env.number("UPLOAD_LIMIT", 1e6)

local check = require("sluice.misuse").check

local env = {}

-- A variable that is set to nothing counts as one that is not set.
local function read(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

---The text of a variable.
---
---    local place = sluice.env.get("PLACE", "here")
---@param name string
---@param default? string when it is not set, or empty
---@return string?
function env.get(name, default)
  check(type(name) == "string", 1, "get", "string", name)
  return read(name) or default
end

---The text of a variable that has to be set: an error where it is not.
---
---    local key = sluice.env.required("API_KEY")
---@param name string
---@return string
function env.required(name)
  check(type(name) == "string", 1, "required", "string", name)
  local value = read(name)
  if not value then
    error("the environment variable " .. name .. " is not set", 2)
  end
  return value
end

---A number: an error where the variable is something else.
---
---    local most = sluice.env.number("MOST", 10)
---@param name string
---@param default? number
---@return number?
function env.number(name, default)
  check(type(name) == "string", 1, "number", "string", name)
  local text = read(name)
  local value = tonumber(text)
  if text and not value then
    error("the environment variable " .. name .. " is no number: '" .. text .. "'", 2)
  end
  return value or default
end

local flags = {
  ["1"] = true,
  ["true"] = true,
  yes = true,
  on = true,
  ["0"] = false,
  ["false"] = false,
  no = false,
  off = false,
}

---Yes or no, as 1, true, yes, on, 0, false, no, off: an error where it is
---something else.
---
---    if sluice.env.flag("DEBUG") then
---@param name string
---@param default? boolean false where there is none
---@return boolean
function env.flag(name, default)
  check(type(name) == "string", 1, "flag", "string", name)
  local text = read(name)
  if not text then
    return default or false
  end
  local value = flags[text:lower()]
  if value == nil then
    error("the environment variable " .. name .. " is not yes or no: '" .. text .. "'", 2)
  end
  return value
end

return env
