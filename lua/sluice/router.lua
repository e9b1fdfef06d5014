--- Which route answers a path: a tree of segments, so that finding one costs
--- as many steps as the path has segments, however many routes there are.
---
--- Where several fit, the narrowest goes first: a fixed segment, then a
--- parameter with a type, then one without, then a wildcard. The path decides
--- before the method does: where the narrowest has no route for the method, the
--- answer is 405. A route of the method goes before one for any method.

local pattern = require("sluice.pattern")
local url = require("sluice.url")

local SLASH = ("/"):byte()
local decode = url.decode

---@class sluice.Node
---@field fixed table<string, sluice.Node>
---@field typed { type: string, node: sluice.Node }[] narrowest first
---@field any sluice.Node? for a parameter without a type
---@field rest sluice.Node? for a wildcard
---@field routes table<string, sluice.Route> by method; "*" for any

---@class sluice.Route
---@field method string
---@field path string
---@field source string where it was registered, "file:line"
---@field handler sluice.Handler
---@field private run sluice.Handler the handler, and what is around it
---@field private segments sluice.Segment[]
---@field names string[] of its parameters
---@field private number integer for the metrics, once it is served
---@field private layers sluice.Layer[] from the app to the innermost group

---@class sluice.Router
---@field private root sluice.Node
---@field private plain table<string, sluice.Node> paths without parameters
local Router = {}
Router.__index = Router

local function new_node()
  return { fixed = {}, typed = {}, routes = {} }
end

---@return sluice.Router
function Router.new()
  return setmetatable({ root = new_node(), plain = {} }, Router)
end

local function typed_child(node, kind)
  for _, child in ipairs(node.typed) do
    if child.type == kind then
      return child.node
    end
  end
  local child = { type = kind, node = new_node() }
  table.insert(node.typed, child)
  table.sort(node.typed, function(a, b)
    return pattern.rank[a.type] < pattern.rank[b.type]
  end)
  return child.node
end

-- The child for a segment, made if need be.
local function grow(node, segment)
  if segment.fixed then
    node.fixed[segment.fixed] = node.fixed[segment.fixed] or new_node()
    return node.fixed[segment.fixed]
  elseif segment.type then
    return typed_child(node, segment.type)
  end
  local place = segment.is_rest and "rest" or "any"
  node[place] = node[place] or new_node()
  return node[place]
end

---Add a route, and give it its segments and names.
---@param route sluice.Route
---@return boolean? ok
---@return string? why not: the path is wrong, or another route has it
function Router:add(route)
  local segments, why = pattern.parse(route.path)
  if not segments then
    return nil, why
  end
  local node, names = self.root, {}
  for _, segment in ipairs(segments) do
    node = grow(node, segment)
    names[#names + 1] = segment.name
  end
  local other = node.routes[route.method]
  if other then
    local text = "'%s %s' of %s conflicts with '%s %s' of %s"
    return nil,
      text:format(route.method, route.path, route.source, other.method, other.path, other.source)
  end
  route.segments, route.names = segments, names
  node.routes[route.method] = route
  if #names == 0 then
    self.plain[route.path] = node
  end
  return true
end

-- What the parameters of the last path were, in order. Scratch.
local values = {}

local convert = pattern.convert
local walk

local function walk_typed(node, segment, path, after, n)
  for _, child in ipairs(node.typed) do
    local value = convert[child.type](segment)
    if value then
      values[n] = value
      local found = walk(child.node, path, after, n + 1)
      if found then
        return found
      end
    end
  end
end

-- A wildcard's value may become part of a file's name, or be compared with one:
-- it never climbs, hides where it leads, or ends early for C.
local function is_clean(rest)
  return not ("/" .. rest):find("//", 1, true)
    and not ("/" .. rest .. "/"):find("/%.%.?/")
    and not rest:find("%z")
end

local function match_rest(node, path, from, n)
  local rest = decode(path:sub(from))
  if is_clean(rest) then
    values[n] = rest
    return node.rest
  end
end

-- The node of the path from its position `from` on, nil when it is at its end;
-- the next parameter is the nth. Each node of the tree is tried once at most,
-- for its depth is its place in the path.
function walk(node, path, from, n)
  if not from then
    return next(node.routes) and node
  end
  local slash = path:find("/", from, true)
  local segment = decode(path:sub(from, slash and slash - 1))
  local after = slash and slash + 1
  local fixed = node.fixed[segment]
  local found = fixed and walk(fixed, path, after, n)
  if not found and segment ~= "" then
    found = node.typed[1] and walk_typed(node, segment, path, after, n)
    if not found and node.any then
      values[n] = segment
      found = walk(node.any, path, after, n + 1)
    end
  end
  return found or (node.rest and match_rest(node, path, from, n))
end

---The node of a path, and what its parameters are: valid until the next call.
---@param path string as received: percent-encoded
---@return sluice.Node? node
---@return (string|number)[]? values nil when it has none
function Router:find(path)
  local node = self.plain[path]
  if node then
    return node
  end
  if path:byte() ~= SLASH then
    return nil -- "*", or what follows CONNECT
  end
  node = walk(self.root, path, 2, 1)
  if node then
    return node, values
  end
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

---The parameters by their names.
---@param route sluice.Route
---@param found (string|number)[] what `find` returned
---@return table<string, string|number>
function Router.params_of(route, found)
  local params = {}
  for i, name in ipairs(route.names) do
    params[name] = found[i]
  end
  return params
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
