--- The cookies of a request (RFC 6265, 5.4).

local trim = require("sluice.trim")

---The cookies of a Cookie field. Of several with one name the first counts:
---browsers send the one with the longest path first. A value is as it was sent,
---without the quotes around it.
---@param text string
---@return table<string, string>
local function parse(text)
  local found = {}
  for pair in text:gmatch("[^;]+") do
    local name, value = pair:match("^([^=]*)=(.*)$")
    name = name and trim(name)
    if name and name ~= "" and not found[name] then
      value = trim(value)
      found[name] = value:match('^"(.*)"$') or value
    end
  end
  return found
end

return { parse = parse }
