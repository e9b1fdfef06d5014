--- Checking what a script passes: an error names the function and the argument.

---@param value any
---@param expected string a type, with "?" behind it when nil will do
---@param n integer of the argument
---@param name string of the function
---@param level? integer where the error is reported; 1 is the caller's caller
local function check(value, expected, n, name, level)
  local kind = type(value)
  if kind == expected or (value == nil and expected:sub(-1) == "?") then
    return
  end
  local wanted = expected:gsub("%?$", "")
  if kind ~= wanted then
    local text = "bad argument #%d to '%s' (%s expected, got %s)"
    error(text:format(n, name, wanted, value == nil and "nil" or kind), (level or 1) + 2)
  end
end

return check
