--- A folder of scripts as routes: see Routes:scripts.

local host = require("sluice.native").host

---@class sluice.Script
---@field method string
---@field path string
---@field handler sluice.Handler
---@field source string

-- Deeper than any folder that makes sense, unless it is in itself.
local MOST_FOLDERS = 32

local methods = {
  any = "*",
  get = "GET",
  head = "HEAD",
  post = "POST",
  put = "PUT",
  patch = "PATCH",
  delete = "DELETE",
  options = "OPTIONS",
}

-- The segment of a path that a name stands for; nil when it is wrong.
local function segment_of(name)
  local rest = name:match("^%[%.%.%.(.*)%]$")
  local parameter = name:match("^%[(.*)%]$")
  if rest then
    return "*" .. rest
  elseif parameter then
    return ":" .. parameter
  end
  return not name:match("^[:*]") and name or nil
end

local function source_of(fn)
  local info = debug.getinfo(fn, "S")
  return info.short_src .. ":" .. info.linedefined
end

local function wrong(file, what)
  error(("%s: a script returns a function or a table of methods, but %s"):format(file, what), 0)
end

-- In the order of the methods' names, so that every load is the same.
local function add_methods(found, file, path, handlers)
  local names = {}
  for name, handler in pairs(handlers) do
    if type(name) ~= "string" or not methods[name:lower()] then
      wrong(file, ("'%s' is no method"):format(tostring(name)))
    elseif type(handler) ~= "function" then
      wrong(file, ("its '%s' is a %s"):format(name, type(handler)))
    end
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local handler = handlers[name]
    found[#found + 1] = {
      method = methods[name:lower()],
      path = path,
      handler = handler,
      source = source_of(handler),
    }
  end
end

local function add_script(found, file, path)
  local chunk, why = loadfile(file)
  if not chunk then
    error(why, 0)
  end
  local made = chunk()
  if type(made) == "function" then
    made = { any = made }
  elseif type(made) ~= "table" then
    wrong(file, "this one returned " .. (made == nil and "nothing" or "a " .. type(made)))
  elseif next(made) == nil then
    wrong(file, "this one returned an empty table")
  end
  add_methods(found, file, path, made)
end

local add_folder

local function add_entry(found, folder, entry, path, depth)
  local name = entry.is_folder and entry.name or entry.name:match("^(.*)%.lua$")
  if not name or name:match("^[._]") then
    return
  end
  local file = folder.where .. "/" .. entry.name
  local segment = segment_of(name)
  if not segment then
    error(file .. ": a name of a script does not start with ':' or '*'", 0)
  elseif entry.is_folder then
    local below = folder.path == "." and entry.name or folder.path .. "/" .. entry.name
    add_folder(found, below, path .. "/" .. segment, depth + 1)
  else
    add_script(found, file, name == "index" and path or path .. "/" .. segment)
  end
end

-- A folder has the path by which the host is asked, which may be relative to
-- the app, and the place where it is found.
function add_folder(found, folder, path, depth)
  if depth > MOST_FOLDERS then
    error(folder .. ": folders are too deep; is one a link to itself?", 0)
  end
  local entries, where = host.list_folder(folder)
  if not entries then
    error(where, 0)
  end
  table.sort(entries, function(a, b)
    return a.name < b.name
  end)
  for _, entry in ipairs(entries) do
    add_entry(found, { path = folder, where = where }, entry, path, depth)
  end
end

---Load all scripts of a folder.
---@param path string a relative one starts at the folder of the app
---@return sluice.Script[]? found
---@return string? why not
local function load(path)
  local found = {}
  local ok, why = pcall(add_folder, found, path, "", 1)
  if not ok then
    return nil, tostring(why)
  end
  return found
end

return { load = load }
