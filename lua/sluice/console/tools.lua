--- What can be called in a console beside what the app has.

local host = require("sluice.native").host
local json = require("sluice.json")
local show = require("sluice.console.show")

local tools = {}

-- A list that is shown as a table on the screen, and is one for code.
local function listing(list, heads, row_of, nothing)
  local meta = {}
  function meta.__tostring()
    local rows = {}
    for i, item in ipairs(list) do
      rows[i] = row_of(item)
    end
    return #rows > 0 and show.rows(heads, rows) or nothing
  end
  return setmetatable(list, meta)
end

local function age_of(seconds)
  return seconds < 10 and ("%.3f s"):format(seconds) or ("%.0f s"):format(seconds)
end

---The requests that are live at this moment.
function tools.requests()
  local list = assert(json.decode(host.console_requests()))
  table.sort(list, function(a, b)
    return a.age_seconds > b.age_seconds
  end)
  local heads = { "ID", "AGE", "PHASE", "REQUEST", "STATUS", "QUEUED", "SENT" }
  return listing(list, heads, function(live)
    return {
      live.id,
      age_of(live.age_seconds),
      live.phase,
      live.method .. " " .. live.route,
      tostring(live.status),
      live.queued_bytes .. " B",
      live.sent_bytes .. " B",
    }
  end, "no request is live")
end

---@param app sluice.App
function tools.routes(app)
  local list = {}
  for i, route in ipairs(app.routes) do
    list[i] = {
      method = route.method,
      path = route.path,
      source = route.source,
      handler = route.handler,
    }
  end
  return listing(list, { "METHOD", "PATH", "SOURCE" }, function(route)
    return { route.method, route.path, tostring(route.source) }
  end, "the app has no route")
end

local own = { _G = true, cjson = true, ["cjson.safe"] = true, luv = true, ffi = true, jit = true }
for name, value in pairs(_G) do
  own[name] = own[name] or type(value) == "table"
end

local function is_own(name)
  return own[name] or name:find("^sluice") or name:find("^jit%.") or name:find("^table%.")
end

---What the app has required, and what that is.
function tools.modules()
  local list = {}
  for name, value in pairs(package.loaded) do
    if type(name) == "string" and not is_own(name) and name ~= "string.buffer" then
      list[#list + 1] = { name = name, value = value }
    end
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  return listing(list, { "MODULE", "IS" }, function(module)
    return { module.name, "a " .. type(module.value) }
  end, "the app has required no module of its own")
end

tools.help = [[
Type an expression to see its value, or statements of Lua. What is typed runs in
the app's VM, in a coroutine that may wait. Names that are assigned belong to
this console; _G.name is the app's.

  app                the app                    sluice    the library
  requests()         those that are live        routes()  of the app
  modules()          what the app has required  require("name")
  _                  the value before           print(...)

Tab completes, Ctrl-C ends what runs, Ctrl-D leaves.
]]

return tools
