--- What answers where no route does: below each prefix with middleware of its own,
--- and outside of all of them.

local Router = require("sluice.router")
local middleware = require("sluice.middleware")

local params_of = Router.params_of

---@class sluice.Areas
---@field private routes sluice.Router of the app, which knows other methods of a path
---@field private areas sluice.Router
---@field private outside sluice.Handler
local Areas = {}
Areas.__index = Areas

local function answer(res, status, text)
  res:status(status)
  res:set("Content-Type", "text/plain; charset=utf-8")
  res:write(text)
end

local function answer_other_method(node, req, res)
  res:set("Allow", Router.allowed(node))
  if req.method == "OPTIONS" then
    res:status(204)
  else
    answer(res, 405, "405 method not allowed\n")
  end
end

local function answer_not_found(layers, req, res)
  for i = #layers, 1, -1 do
    local not_found = layers[i].scope.not_found
    if not_found then
      res:status(404)
      return not_found(req, res)
    end
  end
  answer(res, 404, "404 not found\n")
end

local function unmatched_in(self, layers)
  return function(req, res)
    local node = self.routes:find(req.raw_path)
    if node then
      return answer_other_method(node, req, res)
    end
    return answer_not_found(layers, req, res)
  end
end

-- What answers below a prefix where no route does. Of several apps at one
-- prefix it is the first one's.
local function add_area(self, layers, prefix)
  for _, path in ipairs({ prefix, prefix .. "/*_" }) do
    local area = { method = "*", path = path, source = "" }
    if path ~= "" and self.areas:add(area) then
      area.run = middleware.compose(unmatched_in(self, layers), layers, area.segments)
    end
  end
end

local function add_areas(self, layers)
  local layer = layers[#layers]
  add_area(self, layers, layer.base)
  for _, entry in ipairs(layer.scope.middleware) do
    add_area(self, layers, layer.base .. entry.prefix)
  end
end

---@param routes sluice.Router
---@param apps sluice.Layer[][] of an app and of what is mounted in it
---@return sluice.Areas
function Areas.new(routes, apps)
  local self = setmetatable({ routes = routes, areas = Router.new() }, Areas)
  for _, layers in ipairs(apps) do
    add_areas(self, layers)
  end
  self.outside = self.areas:find("/").routes["*"].run
  return self
end

---Answer a request that no route answers.
---@param req sluice.Request
---@param res sluice.Response
---@param path string its raw path
function Areas:handle(req, res, path)
  if path == "*" then
    return res:status(204) -- OPTIONS *, about the server as a whole
  end
  local node, values = self.areas:find(path)
  if not node then
    return self.outside(req, res)
  end
  local area = node.routes["*"]
  if values then
    req.params = params_of(area, values)
    req.params._ = nil
  end
  return area.run(req, res)
end

return Areas
