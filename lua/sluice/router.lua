--- Which handler answers a path: a tree of segments.
---
--- "/users/:name" has the segments "users" and ":name"; the latter matches any
--- one that is not empty. A fixed segment goes before a parameter, a route of
--- the request's method before one for any method.

local url = require("sluice.url")

local SLASH = ("/"):byte()

---@class sluice.Node
---@field fixed table<string, sluice.Node>
---@field any sluice.Node? for a parameter
---@field routes table<string, sluice.Route> by method; "*" for any

---@class sluice.Route
---@field method string
---@field path string
---@field source string where it was registered, "file:line"
---@field handler function
---@field names string[] of its parameters

---@class sluice.Router
---@field private root sluice.Node
---@field private plain table<string, sluice.Node> paths without parameters
local Router = {}
Router.__index = Router

local function new_node()
  return { fixed = {}, routes = {} }
end

---@return sluice.Router
function Router.new()
  return setmetatable({ root = new_node(), plain = {} }, Router)
end

-- Of a path that starts with a slash. Written with plain `find`, which LuaJIT
-- compiles.
local function segments_of(path)
  local segments, count, from = {}, 0, 2
  while true do
    local slash = path:find("/", from, true)
    count = count + 1
    segments[count] = path:sub(from, slash and slash - 1)
    if not slash then
      return segments
    end
    from = slash + 1
  end
end

local function add_name(names, name, path)
  if not name:match("^[%a_][%w_]*$") then
    return nil, "the parameter ':" .. name .. "' of '" .. path .. "' is no name"
  end
  for _, other in ipairs(names) do
    if other == name then
      return nil, "the parameter ':" .. name .. "' occurs twice in '" .. path .. "'"
    end
  end
  names[#names + 1] = name
  return true
end

-- The node of a path, made if need be, and the names of its parameters.
local function grow(root, path)
  local node, names = root, {}
  for _, segment in ipairs(segments_of(path)) do
    local name = segment:match("^:(.*)$")
    if name then
      local ok, why = add_name(names, name, path)
      if not ok then
        return nil, why
      end
      node.any = node.any or new_node()
      node = node.any
    else
      node.fixed[segment] = node.fixed[segment] or new_node()
      node = node.fixed[segment]
    end
  end
  return node, names
end

---Add a route.
---@param route sluice.Route without its names
---@return boolean? ok
---@return string? why not: the path is wrong, or another route has it
function Router:add(route)
  if not route.path:match("^/") then
    return nil, "the path '" .. route.path .. "' does not start with '/'"
  end
  local node, names = grow(self.root, route.path)
  if not node then
    return nil, names
  end
  local other = node.routes[route.method]
  if other then
    local text = "'%s %s' conflicts with '%s %s' of %s"
    return nil, text:format(route.method, route.path, other.method, other.path, other.source)
  end
  route.names = names
  node.routes[route.method] = route
  if #names == 0 then
    self.plain[route.path] = node
  end
  return true
end

-- Values are the segments that parameters matched, in order.
local function walk(node, segments, i, values)
  local segment = segments[i]
  if not segment then
    return next(node.routes) and node
  end
  local fixed = node.fixed[segment]
  local found = fixed and walk(fixed, segments, i + 1, values)
  if not found and node.any and segment ~= "" then
    values[#values + 1] = segment
    found = walk(node.any, segments, i + 1, values)
    if not found then
      values[#values] = nil
    end
  end
  return found
end

local function decoded(path)
  local segments = segments_of(path)
  for i, segment in ipairs(segments) do
    segments[i] = url.decode(segment)
  end
  return segments
end

---The node of a path, and what its parameters are.
---@param path string as received: percent-encoded
---@return sluice.Node? node
---@return string[]? values
function Router:find(path)
  local node = self.plain[path]
  if node then
    return node
  end
  if path:byte() ~= SLASH then
    return nil -- "*", or what follows CONNECT
  end
  local values = {}
  return walk(self.root, decoded(path), 1, values) or nil, values
end

---The route for a method. A HEAD without a route of its own is a GET whose
---body the server leaves out.
---@param node sluice.Node
---@param method string
---@return sluice.Route?
function Router.choose(node, method)
  local routes = node.routes
  return routes[method] or (method == "HEAD" and routes.GET) or routes["*"]
end

---What an Allow field says of a node.
---@param node sluice.Node
---@return string
function Router.allowed(node)
  local methods = {}
  for method in pairs(node.routes) do
    methods[method] = true
  end
  methods.HEAD = methods.HEAD or methods.GET
  methods.OPTIONS = true
  local list = {}
  for method in pairs(methods) do
    list[#list + 1] = method
  end
  table.sort(list)
  return table.concat(list, ", ")
end

return Router
