--- Loading an app to see everything that is wrong with it: what fails is noted,
--- and something that swallows everything stands in its place.

local App = require("sluice.app")
local Routes = require("sluice.routes")
local site = require("sluice.site")

---@class sluice.check.Problem
---@field kind "syntax"|"module"|"route"|"app"|"setting"
---@field file string?
---@field line integer?
---@field message string with the place in front, where it is known

---@class sluice.check.Survey
---@field problems sluice.check.Problem[]
---@field folders string[] of scripts, that the app mounts
---@field private seen table<string, boolean>
local Survey = {}
Survey.__index = Survey

-- What a module is that cannot be loaded, and a group that cannot be made.
local nothing = setmetatable({}, {
  __index = function(self)
    return self
  end,
  __call = function(self)
    return self
  end,
  __newindex = function() end,
  __concat = function()
    return ""
  end,
  __tostring = function()
    return ""
  end,
})

local function split(text)
  local file, line = text:match("^([^\n:]+):(%d+): ")
  return file, tonumber(line)
end

---@param kind string
---@param text string
---@param place? string "app.lua:7", for a text that names none
function Survey:note(kind, text, place)
  text = text:gsub("^%./", "") -- one file has one name
  if place and not split(text) then
    text = place .. ": " .. text
  end
  if not self.seen[text] then
    self.seen[text] = true
    local file, line = split(text)
    table.insert(self.problems, { kind = kind, file = file, line = line, message = text })
  end
end

-- Who called the function that calls this one.
local function place_of_caller()
  local info = debug.getinfo(3, "Sl")
  return info.short_src .. ":" .. info.currentline
end

-- Of a module that was not found the first line says it all; of one that is
-- broken the inner error has its place.
local function module_problem(err)
  local text = tostring(err)
  local inner = text:match("^error loading module '.-' from file '.-':\n\t(.*)$")
  if inner then
    return "syntax", inner
  end
  local missing = text:match("module '.-' not found")
  return missing and "module" or "app", missing or text
end

function Survey:wrap_require()
  local require_really = require
  _G.require = function(name) -- luacheck: ignore 122
    local place = place_of_caller()
    local ok, found = pcall(require_really, name)
    if not ok then
      local kind, text = module_problem(found)
      self:note(kind, text, place)
      package.loaded[name] = nothing
      return nothing
    end
    return found
  end
end

-- Of a module that is missing every handler is one.
local function usable(...)
  local values = { n = select("#", ...), ... }
  for i = 1, values.n do
    if rawequal(values[i], nothing) then
      values[i] = function() end
    end
  end
  return unpack(values, 1, values.n)
end

-- Called through pcall, a method does not know its caller's place: it is put
-- back into the route.
local function call_method(survey, place, method, self, ...)
  local routes = type(self) == "table" and rawget(self, "owner") and self.owner.routes
  local before = routes and #routes or 0
  local ok, made = pcall(method, self, usable(...))
  if not ok then
    survey:note("route", (tostring(made):gsub("%[C%]:%-1", place)), place)
    return nothing
  end
  for i = before + 1, routes and #routes or 0 do
    if routes[i].source:match("^%[C%]") then
      routes[i].source = place
    end
  end
  return made
end

function Survey:wrap_methods(class)
  for name, method in pairs(class) do
    local is_method = type(method) == "function" and not name:match("^_")
    local is_inside = name == "new" or name == "add" or name == "graft" or name == "freeze"
    if is_method and not is_inside and name ~= "handle" then
      class[name] = function(...)
        if name == "scripts" and type(select(3, ...)) == "string" then
          table.insert(self.folders, (select(3, ...)))
        end
        return call_method(self, place_of_caller(), method, ...)
      end
    end
  end
end

function Survey:check_returned(app, path)
  if getmetatable(app) ~= App and app ~= nothing and #self.problems == 0 then
    local got = app == nil and "nothing" or "a " .. type(app)
    local expected = ": the file must return what sluice.new() made, but it returned "
    self:note("app", path .. expected .. got)
  end
end

---Load the app of a file, or of a folder.
---@param path string
---@return sluice.check.Survey
local function run(path)
  local self = setmetatable({ problems = {}, folders = {}, seen = {} }, Survey)
  self:wrap_require()
  self:wrap_methods(Routes)
  self:wrap_methods(App)
  local chunk, why = (site.is_folder(path) and site.find or loadfile)(path)
  if not chunk then
    self:note("syntax", why)
    return self
  end
  local ok, made = pcall(chunk)
  if ok then
    self:check_returned(made, path)
  else
    self:note("app", tostring(made))
  end
  return self
end

return { run = run, split = split }
