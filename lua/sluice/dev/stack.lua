--- What stood on the stack when an error was raised: for the page that explains
--- it. Taken while it still stands, because names of variables are gone later.

local MOST_FRAMES = 30
local MOST_VARIABLES = 40
local MOST_TEXT = 160
local MOST_FIELDS = 8
local AROUND = 5 -- lines on each side

local stack = {}

local function cut(text)
  return #text > MOST_TEXT and text:sub(1, MOST_TEXT) .. "..." or text
end

local function quote(text)
  local quoted = ("%q"):format(#text > MOST_TEXT and text:sub(1, MOST_TEXT) or text)
  quoted = quoted:gsub("\\\n", "\\n"):gsub("\r", "\\r"):gsub("%z", "\\0")
  return quoted .. (#text > MOST_TEXT and "..." or "")
end

local function name_of(key)
  if type(key) == "string" and key:match("^[%a_][%w_]*$") then
    return key
  end
  return "[" .. (type(key) == "string" and quote(key) or tostring(key)) .. "]"
end

local describe

-- Without metamethods, which may do anything.
local function describe_table(value, depth)
  if type(rawget(value, "handle")) == "cdata" then
    return "an object of Sluice"
  elseif depth > 1 then
    return "{...}"
  end
  local parts, n = {}, 0
  for key, field in next, value do
    n = n + 1
    if n > MOST_FIELDS then
      parts[n] = "..."
      break
    end
    parts[n] = type(key) == "number" and describe(field, depth + 1)
      or name_of(key) .. " = " .. describe(field, depth + 1)
  end
  return n == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
end

function describe(value, depth)
  local kind = type(value)
  if kind == "string" then
    return quote(value)
  elseif kind == "table" then
    return describe_table(value, depth)
  elseif kind == "function" then
    local info = debug.getinfo(value, "S")
    return "function at " .. info.short_src .. ":" .. info.linedefined
  elseif kind == "userdata" then
    return "userdata"
  end
  return cut(tostring(value))
end

local function add(variables, name, value)
  if name and not name:match("^%(") and #variables < MOST_VARIABLES then
    variables[#variables + 1] = { name = name, value = describe(value, 0) }
  end
end

local function variables_of(level, fn)
  local locals, upvalues = {}, {}
  for i = 1, MOST_VARIABLES do
    local name, value = debug.getlocal(level + 1, i)
    if not name then
      break
    end
    add(locals, name, value)
  end
  for i = 1, MOST_VARIABLES do
    local name, value = debug.getupvalue(fn, i)
    if not name then
      break
    end
    add(upvalues, name, value)
  end
  return locals, upvalues
end

-- The lines around one of a file; nil when it cannot be read.
local function lines_of(source, line)
  local file = source:sub(1, 1) == "@" and line > 0 and io.open(source:sub(2), "r")
  if not file then
    return nil
  end
  local lines, number = {}, 0
  for text in file:lines() do
    number = number + 1
    if number > line + AROUND then
      break
    elseif number >= line - AROUND then
      lines[#lines + 1] = { number = number, text = text }
    end
  end
  file:close()
  return lines
end

local function title_of(info)
  if info.what == "main" then
    return "the file itself"
  elseif info.name then
    return info.name
  elseif info.what == "C" then
    return "a function in C"
  end
  return ("the function at line %d"):format(info.linedefined)
end

-- Whole, unlike that in messages.
local function name_of_source(info)
  return info.source:sub(1, 1) == "@" and info.source:sub(2) or info.short_src
end

local function frame_of(level)
  local info = debug.getinfo(level + 1, "nSlf")
  if not info then
    return nil
  end
  local is_ours = info.what == "C" or info.source:match("^@lua/sluice/") ~= nil
  local frame = {
    title = title_of(info),
    place = info.what == "C" and "[C]" or name_of_source(info) .. ":" .. info.currentline,
    is_ours = is_ours,
  }
  if not is_ours then
    frame.lines = lines_of(info.source, info.currentline)
    frame.line = info.currentline
    frame.locals, frame.upvalues = variables_of(level + 1, info.func)
  end
  return frame
end

---The frames from that level on, the innermost first.
---@param level integer 1: who calls this function
---@return table[] frames
function stack.take(level)
  local frames = {}
  for n = 1, MOST_FRAMES do
    frames[n] = frame_of(level + n)
    if not frames[n] then
      break
    end
  end
  while #frames > 0 and frames[#frames].is_ours do
    frames[#frames] = nil -- who has called the handler
  end
  return frames
end

return stack
