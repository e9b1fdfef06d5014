--- Errors that are for the spec: they name its line, however deep below it they
--- are found.

---@param text string
local function blame(text)
  local level = 2
  while true do
    local info = debug.getinfo(level, "S")
    if not info then
      error(text, 0)
    elseif info.what ~= "C" and not info.source:match("^@.*lua/sluice/") then
      error(text, level)
    end
    level = level + 1
  end
end

return blame
