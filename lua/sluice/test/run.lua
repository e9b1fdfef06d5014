--- What `sluice test` runs: busted, with the specs of an app.

local clock = require("sluice.test.clock")
local folders = require("sluice.test.folders")
local surroundings = require("sluice.test.surroundings")
local test_app = require("sluice.test.app")

local PASSED, FAILED, UNUSABLE = 0, 1, 2

-- busted ends with os.exit, which would end the process in the middle of
-- things. It raises this instead.
local Exit = {}

local function complain(text)
  io.stderr:write("sluice: ", text, "\n")
  return UNUSABLE
end

-- Modules that a spec does not lose when busted restores what was loaded before
-- its file: they know the world, or types of the FFI.
local function preload()
  require("sluice.test")
  for _, name in ipairs({ "fs", "tcp", "process" }) do
    require("sluice")[name] = require("sluice." .. name)
  end
end

---What is said where busted is missing.
---@param release string the text of /etc/os-release
---@return string
local function advice(release)
  local ids = (" " .. (release:match("\nID=([^\n]*)") or "") .. " " .. (release:match(
    "\nID_LIKE=([^\n]*)"
  ) or "") .. " "):gsub('"', "")
  local commands = {
    { " debian ", "apt install lua-busted" },
    { " ubuntu ", "apt install lua-busted" },
    { " alpine ", "apk add lua5.1-busted" },
  }
  for _, entry in ipairs(commands) do
    if ids:find(entry[1], 1, true) then
      return entry[2]
    end
  end
  return "luarocks --lua-version 5.1 install busted"
end

local function read(path)
  local file = io.open(path)
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  return text
end

local function load_busted()
  local ok, runner = pcall(require, "busted.runner")
  if ok then
    return runner
  end
  return nil,
    "busted, which runs the specs, cannot be loaded. Install it: " .. advice(
      "\n" .. read("/etc/os-release")
    ) .. "\n" .. runner
end

local function exists(path)
  local file = io.open(path)
  if file then
    file:close()
  end
  return file ~= nil
end

-- Where specs are when nobody says it. A file .busted may say it, too.
local function default_files()
  for _, folder in ipairs({ "tests", "test", "spec" }) do
    if exists(folder) then
      return { folder }
    end
  end
  return exists(".busted") and {} or nil
end

local function arguments(files, rest)
  local list = { [0] = "sluice test", unpack(rest) }
  for _, file in ipairs(files) do
    list[#list + 1] = file
  end
  return list
end

-- Run busted; true, or what ended it.
local function call(runner)
  local exit = os.exit
  os.exit = function(code) -- luacheck: ignore 122
    code = code == true and PASSED or code == false and FAILED or code or PASSED
    error(setmetatable({ code = code }, Exit), 0)
  end
  local ok, err = xpcall(function()
    runner({ standalone = false })
    return true
  end, function(err)
    return getmetatable(err) == Exit and err or err and debug.traceback(tostring(err), 2)
  end)
  os.exit = exit -- luacheck: ignore 122
  return ok, err
end

local function run_busted(runner)
  local ok, err = call(runner)
  if ok then
    return PASSED
  elseif getmetatable(err) == Exit then
    return err.code == PASSED and PASSED or FAILED
  elseif err then
    return complain(err)
  end
  return FAILED
end

-- An app that the last spec has left open ends as any other.
local function finish()
  local ok, err = pcall(test_app.close_current)
  folders.remove_all()
  if not ok then
    io.stderr:write("sluice: ", tostring(err), "\n")
  end
  return ok
end

---@param files string[] files and folders with specs
---@param rest string[] options for busted
---@return integer code of the process
return function(files, rest)
  local runner, why = load_busted()
  if not runner then
    return complain(why)
  end
  files = files[1] and files or default_files()
  if not files then
    return complain("there are no specs: name files, or put some, *_spec.lua, in a folder `tests`")
  end
  preload()
  clock.install()
  surroundings.install()
  _G.arg = arguments(files, rest) -- luacheck: ignore 122
  local code = run_busted(runner)
  return finish() and code or math.max(code, FAILED)
end
