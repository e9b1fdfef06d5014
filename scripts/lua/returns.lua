--- How many values a function returns, as far as its source shows it.

local opening = { ["("] = 1, ["{"] = 1, ["["] = 1, [")"] = -1, ["}"] = -1, ["]"] = -1 }

-- The expressions of a list, counted by the commas between them.
local function count_expressions(text)
  local depth, count = 0, 1
  text = text:gsub("%-%-.*$", ""):gsub("\\.", ""):gsub("%b''", "s"):gsub('%b""', "s")
  for c in text:gmatch("[(){}%[%],]") do
    if c ~= "," then
      depth = depth + opening[c]
    elseif depth == 0 then
      count = count + 1
    end
  end
  return count
end

local function count_of(line)
  local list = line:match("%f[%w]return%s+([^%s%-].*)$")
  return list and count_expressions((list:gsub("%s+end$", ""))) or 0
end

-- A line that begins a function and does not end it; what it returns is of
-- another one.
local function begins_function(line)
  return line:find("%f[%w]function%s*[%w_.:]*%s*%(") and not line:find("%f[%w]end%f[%W]")
end

---The most values that one of its returns has. What is deeper in the function is
---skipped: in formatted sources a function ends at an "end" below its first letter.
---@param lines string[] of the file
---@param first integer
---@param last integer
---@return integer
return function(lines, first, last)
  local most, closing = 0, nil
  for i = first + 1, last - 1 do
    local line = lines[i]
    if closing then
      closing = line:find(closing) == nil and closing or nil
    elseif begins_function(line) then
      most = math.max(most, line:find("^%s*return%s") and 1 or 0)
      closing = "^" .. line:match("^%s*") .. "end%f[%W]"
    elseif not line:find("%f[%w]function%s*%(") then
      most = math.max(most, count_of(line))
    elseif line:find("^%s*return%s") then
      most = math.max(most, 1)
    end
  end
  return most
end
