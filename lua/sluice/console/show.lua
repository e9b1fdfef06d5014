--- Values as a person reads them: tables with what is in them, to a depth and a
--- length that a screen has room for.

local show = {}

local DEPTH, WIDTH = 4, 76
local ENTRIES, ALL = 50, 200 -- of one table, and of all that are shown
local TEXT, INNER = 4000, 100 -- bytes of a string alone, and of one in a table

-- With __tostring of somebody's that may fail.
local function plain(value)
  local ok, text = pcall(tostring, value)
  return ok and type(text) == "string" and text or "a " .. type(value) .. " whose __tostring fails"
end

local function quote(text, depth)
  local cut = text:sub(1, depth == 0 and TEXT or INNER)
  local quoted = ("%q"):format(cut):gsub("\\\n", "\\n"):gsub("\r", "\\r"):gsub("%z", "\\0")
  quoted = quoted:gsub("[%z\1-\31\127]", function(byte)
    return ("\\x%02x"):format(byte:byte())
  end)
  return #text > #cut and ("%s... (%d bytes)"):format(quoted, #text) or quoted
end

local function of_function(value)
  local info = debug.getinfo(value, "S")
  if info.what == "C" then
    return "function: [C]"
  end
  return ("function: %s:%d"):format(info.short_src, info.linedefined)
end

local ORDER = { number = 1, string = 2, boolean = 3 }

local function is_before(a, b)
  local of_a, of_b = ORDER[type(a)] or 4, ORDER[type(b)] or 4
  if of_a ~= of_b then
    return of_a < of_b
  elseif of_a < 3 then
    return a < b
  end
  return plain(a) < plain(b)
end

-- Those behind the first `n`, which stand without a key.
local function keys_of(value, n)
  local keys = {}
  for key in next, value do
    if type(key) ~= "number" or key < 1 or key > n or key % 1 ~= 0 then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys, is_before)
  return keys
end

-- Of one value that is being shown: which tables have been, and how many more
-- entries may be.
---@class sluice.Showing
---@field seen table<table, boolean>
---@field left integer

local render

local function key_text(key, showing)
  if type(key) == "string" and key:find("^[%a_][%w_]*$") then
    return key .. " = "
  end
  return "[" .. render(key, DEPTH, showing) .. "] = "
end

local function length_of(value)
  local n = 0
  while rawget(value, n + 1) ~= nil do
    n = n + 1
  end
  return n
end

local function entries_of(value, depth, showing)
  local n = length_of(value)
  local keys = keys_of(value, n)
  local most = math.min(n + #keys, ENTRIES, showing.left)
  local entries = {}
  showing.left = showing.left - most
  for i = 1, most do
    local key = keys[i - n]
    local item = rawget(value, i <= n and i or key)
    entries[i] = (i <= n and "" or key_text(key, showing)) .. render(item, depth + 1, showing)
  end
  if n + #keys > most then
    entries[most + 1] = ("... %d more"):format(n + #keys - most)
  end
  return entries
end

local function lay_out(entries, column)
  local line = "{ " .. table.concat(entries, ", ") .. " }"
  if #line + column <= WIDTH and not line:find("\n", 1, true) then
    return line
  end
  local indent = "\n" .. (" "):rep(column + 2)
  return "{" .. indent .. table.concat(entries, "," .. indent) .. ",\n" .. (" "):rep(column) .. "}"
end

local function of_table(value, depth, showing)
  if next(value) == nil then
    return "{}"
  elseif showing.seen[value] then
    return "<shown already>"
  elseif depth >= DEPTH or showing.left == 0 then
    return "{ ... }"
  end
  showing.seen[value] = true
  return lay_out(entries_of(value, depth, showing), depth * 2)
end

function render(value, depth, showing)
  local kind = type(value)
  local meta = debug.getmetatable(value)
  if kind == "string" then
    return quote(value, depth)
  elseif kind == "function" then
    return of_function(value)
  elseif kind == "table" and not (type(meta) == "table" and rawget(meta, "__tostring")) then
    return of_table(value, depth, showing)
  end
  return plain(value)
end

---@param value any
---@return string
function show.value(value)
  return render(value, 0, { seen = {}, left = ALL })
end

---Rows of texts below each other, in columns.
---@param heads string[]
---@param rows string[][]
---@return string
function show.rows(heads, rows)
  local widths, lines = {}, {}
  for _, row in ipairs({ heads, unpack(rows) }) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, #cell)
    end
  end
  for _, row in ipairs({ heads, unpack(rows) }) do
    local cells = {}
    for i, cell in ipairs(row) do
      cells[i] = cell .. (" "):rep(widths[i] - #cell)
    end
    lines[#lines + 1] = table.concat(cells, "  "):gsub(" +$", "")
  end
  return table.concat(lines, "\n")
end

return show
