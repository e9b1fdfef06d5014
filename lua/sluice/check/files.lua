--- The Lua files below the folder of an app, and what luacheck says of them.

local host = require("sluice.native").host

local files = {}

local MOST_FOLDERS, MOST_FILES = 8, 2000

local skipped = { node_modules = true, lua_modules = true, build = true }

local function add_folder(found, folder, depth)
  local entries = host.list_folder(folder) or {}
  table.sort(entries, function(a, b)
    return a.name < b.name
  end)
  for _, entry in ipairs(entries) do
    local path = folder == "." and entry.name or folder .. "/" .. entry.name
    if entry.name:match("^%.") or skipped[entry.name] then -- luacheck: ignore 542
    elseif entry.is_folder and depth < MOST_FOLDERS then
      add_folder(found, path, depth + 1)
    elseif entry.name:match("%.lua$") and #found < MOST_FILES then
      found[#found + 1] = path
    end
  end
end

---All of them, in order, with paths as the folder's.
---@param folder string
---@return string[]
function files.list(folder)
  local found = {}
  add_folder(found, folder, 1)
  return found
end

-- A path as a word of a shell's.
local function quoted(path)
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

local function lines_of(command)
  local pipe = io.popen(command)
  local lines = {}
  for line in pipe and pipe:lines() or function() end do
    lines[#lines + 1] = line
  end
  if pipe then
    pipe:close()
  end
  return lines
end

---What luacheck warns of, when it is installed and the project has a
---.luacheckrc: without one it would not know what is meant.
---@param list string[]
---@return sluice.check.Problem[]
function files.lint(list)
  local config = io.open(".luacheckrc")
  if not config or #list == 0 then
    return {}
  end
  config:close()
  local words = {}
  for i, path in ipairs(list) do
    words[i] = quoted(path)
  end
  local command = "command -v luacheck >/dev/null && luacheck --formatter plain --codes --no-color "
  local warnings = {}
  for _, line in ipairs(lines_of(command .. table.concat(words, " ") .. " 2>/dev/null")) do
    local file, number, column, code, text = line:match("^(.-):(%d+):(%d+): %(W(%d+)%) (.*)$")
    if file then
      table.insert(warnings, {
        kind = "luacheck",
        file = file,
        line = tonumber(number),
        column = tonumber(column),
        code = "W" .. code,
        message = ("%s:%s: %s (luacheck W%s)"):format(file, number, text, code),
      })
    end
  end
  return warnings
end

return files
