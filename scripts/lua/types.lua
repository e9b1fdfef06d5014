--- The names in the text of a type: which of them nobody has defined?

local builtin = {}
for name in
  ([[any nil boolean string number integer function table thread userdata
     true false fun ffi.cdata*]]):gmatch("%S+")
do
  builtin[name] = true
end

-- Without literal strings, and without the names of parameters and fields, which
-- stand in front of a colon.
local function without_names(text)
  return (text:gsub("%b''", ""):gsub('%b""', ""):gsub("[%a_][%w_]*%??%s*:", ""))
end

---@param library Library
---@param text string
---@return string[]
local function unknown(library, text)
  local found = {}
  for name in without_names(text):gmatch("[%a_][%w_.]*%*?") do
    name = name:gsub("%.+$", "")
    if not builtin[name] and not library.classes[name] and not library.aliases[name] then
      found[#found + 1] = name
    end
  end
  return found
end

return { unknown = unknown }
