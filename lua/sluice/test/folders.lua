--- Folders for specs to write to, which are gone afterwards.

local folders = {}

local made = {}

-- A name as a word of a shell's.
local function quoted(path)
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

---@return string path
function folders.make()
  local pipe = assert(io.popen("mktemp -d"))
  local path = pipe:read("*l")
  pipe:close()
  if not path then
    error("no temporary folder can be made", 2)
  end
  made[#made + 1] = path
  return path
end

function folders.remove_all()
  for _, path in ipairs(made) do
    os.execute("rm -rf -- " .. quoted(path))
  end
  made = {}
end

return folders
