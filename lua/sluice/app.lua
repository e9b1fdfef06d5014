--- An app: routes, and what answers where there is none.

local Router = require("sluice.router")

---@alias sluice.Handler fun(req: sluice.Request, res: sluice.Response)

---@class sluice.App
---@field routes sluice.Route[] in the order of registration
---@field private router sluice.Router
local App = {}
App.__index = App

---@return sluice.App
function App.new()
  return setmetatable({ routes = {}, router = Router.new() }, App)
end

local function source_of(level)
  local info = debug.getinfo(level + 1, "Sl")
  return info.short_src .. ":" .. info.currentline
end

-- Called by the methods below, for whose callers errors are.
local function add(self, method, path, handler)
  if type(path) ~= "string" then
    error("bad argument #1 (path expected, got " .. type(path) .. ")", 3)
  elseif type(handler) ~= "function" then
    error("bad argument #2 (function expected, got " .. type(handler) .. ")", 3)
  end
  local route = { method = method, path = path, handler = handler, source = source_of(3) }
  local ok, why = self.router:add(route)
  if not ok then
    error(why, 3)
  end
  self.routes[#self.routes + 1] = route
end

---Answer GET, and HEAD where it has no route of its own.
---@param path string
---@param handler sluice.Handler
function App:get(path, handler)
  add(self, "GET", path, handler)
end

---@param path string
---@param handler sluice.Handler
function App:head(path, handler)
  add(self, "HEAD", path, handler)
end

---@param path string
---@param handler sluice.Handler
function App:post(path, handler)
  add(self, "POST", path, handler)
end

---@param path string
---@param handler sluice.Handler
function App:put(path, handler)
  add(self, "PUT", path, handler)
end

---@param path string
---@param handler sluice.Handler
function App:patch(path, handler)
  add(self, "PATCH", path, handler)
end

---@param path string
---@param handler sluice.Handler
function App:delete(path, handler)
  add(self, "DELETE", path, handler)
end

---Answer every method that has no route of its own.
---@param path string
---@param handler sluice.Handler
function App:any(path, handler)
  add(self, "*", path, handler)
end

local function answer(res, status, text)
  res:status(status)
  res:set("Content-Type", "text/plain; charset=utf-8")
  res:write(text)
end

local function params_of(route, values)
  local params = {}
  for i, name in ipairs(route.names) do
    params[name] = values[i]
  end
  return params
end

local function answer_without_route(node, req, res)
  res:set("Allow", Router.allowed(node))
  if req.method == "OPTIONS" then
    res:status(204)
  else
    answer(res, 405, "405 method not allowed\n")
  end
end

---Answer a request.
---@param req sluice.Request
---@param res sluice.Response
function App:handle(req, res)
  local node, values = self.router:find(req.raw_path)
  if not node then
    if req.raw_path == "*" then
      return res:status(204) -- OPTIONS *, about the server as a whole
    end
    return answer(res, 404, "404 not found\n")
  end
  local route = Router.choose(node, req.method)
  if not route then
    return answer_without_route(node, req, res)
  end
  if values then
    req.params = params_of(route, values)
  end
  return route.handler(req, res)
end

return App
