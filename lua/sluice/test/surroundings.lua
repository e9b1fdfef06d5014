--- What an app finds around it: modules, and variables of the environment. A
--- spec puts others in their place; when the app is closed, all is as before.

---@class sluice.test.Surroundings
---@field loaded table<string, any> of package.loaded
---@field path string

local surroundings = {}

local real_getenv = os.getenv
local variables = {}

---Let os.getenv see what specs have set.
function surroundings.install()
  os.getenv = function(name) -- luacheck: ignore 122
    local value = variables[name]
    if value == nil then
      return real_getenv(name)
    end
    return value or nil
  end
end

-- Modules that belong to the server stay: they know what it knows.
local function is_ours(name)
  return name == "luv" or name == "uv" or name:match("^sluice$") or name:match("^sluice%.")
end

---@param modules table<string, any>
---@param env table<string, string|false>
---@return sluice.test.Surroundings
function surroundings.enter(modules, env)
  local before = { loaded = {}, path = package.path }
  for name, module in pairs(package.loaded) do
    before.loaded[name] = module
  end
  for name, module in pairs(modules) do
    package.loaded[name] = module
  end
  variables = env
  return before
end

---@param before sluice.test.Surroundings
function surroundings.leave(before)
  for name in pairs(package.loaded) do
    if not is_ours(name) then
      package.loaded[name] = before.loaded[name]
    end
  end
  package.path = before.path
  variables = {}
end

return surroundings
