--- Completion: which words what was typed could be the beginning of.

local words = {}

local MOST = 500

local KEYWORDS = {
  "and",
  "break",
  "do",
  "else",
  "elseif",
  "end",
  "false",
  "for",
  "function",
  "if",
  "in",
  "local",
  "nil",
  "not",
  "or",
  "repeat",
  "return",
  "then",
  "true",
  "until",
  "while",
}

-- What indexing would find without calling a function: a completion has no
-- effects.
local function layers_of(value)
  local layers = {}
  if type(value) == "string" then
    value = string
  end
  while type(value) == "table" and #layers < 20 do
    layers[#layers + 1] = value
    local meta = debug.getmetatable(value)
    value = type(meta) == "table" and rawget(meta, "__index") or nil
  end
  return layers
end

local function index(value, key)
  for _, layer in ipairs(layers_of(value)) do
    local found = rawget(layer, key)
    if found ~= nil then
      return found
    end
  end
end

-- The value in front of the last dot or colon.
local function owner_of(env, path)
  local value = env
  for name in path:gmatch("[%a_][%w_]*") do
    value = index(value, name)
  end
  return value
end

-- Of methods only functions are called.
local function add(found, owner, path, beginning)
  local is_method = path:sub(-1) == ":"
  for _, layer in ipairs(layers_of(owner)) do
    for key, value in next, layer do
      if
        type(key) == "string"
        and key:sub(1, #beginning) == beginning
        and key:find("^[%a_][%w_]*$")
        and (not is_method or type(value) == "function")
      then
        found[path .. key] = true
      end
    end
  end
end

---@param env table
---@param text string up to the cursor
---@return string[] words that may stand in the place of its last one
function words.complete(env, text)
  local word = text:match("[%a_][%w_%.:]*$") or ""
  local path, beginning = word:match("^(.*[%.:])([%w_]*)$")
  local found, list = {}, {}
  add(found, path and owner_of(env, path) or env, path or "", beginning or word)
  for _, keyword in ipairs(path and {} or KEYWORDS) do
    if keyword:sub(1, #word) == word then
      found[keyword] = true
    end
  end
  for name in pairs(found) do
    list[#list + 1] = name
  end
  table.sort(list)
  return { unpack(list, 1, MOST) }
end

return words
