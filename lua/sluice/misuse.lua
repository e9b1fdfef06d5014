--- Errors of a script that calls a function wrongly: which function, which
--- argument, what was expected, and what came.

local OPTIONAL = ("?"):byte()
local message = "bad argument #%d to '%s' (%s expected, got %s)"

local function described(value)
  local kind = type(value)
  return kind == "number" and tostring(value) or kind
end

---Raise an error unless `ok`. Called by a function of the library, for whose
---caller the error is.
---@param ok any
---@param number integer of the argument
---@param name string of the function
---@param expected string
---@param value any what was given
---@param level? integer of the one to blame; 3 is the caller's caller
local function check(ok, number, name, expected, value, level)
  if not ok then
    error(message:format(number, name, expected, described(value)), level or 3)
  end
end

---Raise an error when a method was called with a dot: what should be its object
---is the first argument then.
---@param self any
---@param call string how it is called rightly
---@param level? integer of the one to blame; 3 is the caller's caller
local function check_self(self, call, level)
  if type(self) ~= "table" then
    error("called with a dot: write " .. call .. ", with a colon", level or 3)
  end
end

---Raise an error when an argument has the wrong type.
---@param value any
---@param expected string a type, with "?" behind it when nil will do
---@param number integer of the argument
---@param name string of the function
---@param level? integer where the error is reported; 1 is the caller's caller
local function check_type(value, expected, number, name, level)
  local kind = type(value)
  if kind == expected or (value == nil and expected:byte(-1) == OPTIONAL) then
    return
  end
  local wanted = expected:gsub("%?$", "")
  if kind ~= wanted then
    error(message:format(number, name, wanted, kind), (level or 1) + 2)
  end
end

---Likewise for a field of a table of options, where nil leaves it out.
---@param options table
---@param known table<string, string> names of the fields, and their types
---@param number integer of the argument that is the table
---@param name string of the function
---@param level? integer
local function check_options(options, known, number, name, level)
  level = level or 3
  for field, value in pairs(options) do
    local expected = known[field]
    if not expected then
      local text = "bad argument #%d to '%s' (it has no option '%s')"
      error(text:format(number, name, tostring(field)), level)
    elseif not expected:find(type(value), 1, true) then
      local text = "bad argument #%d to '%s' (%s: %s expected, got %s)"
      error(text:format(number, name, field, expected, described(value)), level)
    end
  end
end

return {
  check = check,
  check_self = check_self,
  check_type = check_type,
  check_options = check_options,
}
