--- A route, as the function that registered it returns it: what is said of it alone.

local compress = require("sluice.compress")
local hint = require("sluice.hint")
local hooks = require("sluice.hooks")
local misuse = require("sluice.misuse")
local registration = require("sluice.registration")
local stage = require("sluice.stage")

local check_open = registration.check_open

---What is said of one route, each method in addition to, or in place of, what its app
---and its groups say. They return the route, so that calls can be chained.
---
---    app:get("/report", function(_, res)
---      res:set("ETag", '"1"')
---      res:text("rows and rows\n")
---    end):ranges():compress({ min = 0 })
---    -- GET /report [Range: bytes=0-3] --> rows
---    --> HTTP/1.1 206 Partial Content
---@class sluice.RouteOptions
---@field private owner sluice.App
---@field private scope sluice.Scope
local RouteOptions = {}
RouteOptions.__index = RouteOptions
hint.install(RouteOptions, "a route")

---Put a stage between this route's handler and the client, behind those of its app and
---its groups: it sees the chunks before them. See `app:stage`.
---
---    app:get("/", function(_, res)
---      res:text("tea\n") --> TEA
---    end):stage({
---      name = "shout",
---      chunks = function(chunk)
---        return chunk:upper()
---      end,
---    })
---@param def sluice.Stage
---@return sluice.RouteOptions self
function RouteOptions:stage(def)
  check_open(self, 2)
  local stages = self.scope.stages or {}
  self.scope.stages = stages
  stages[#stages + 1] = stage.new(def, 3)
  return self
end

---Call a function at a point of the way of each request of this route: `handler`,
---`headers`, `chunks`, `log` or `end`, inside of what its app and its groups have there.
---A route is known only behind `begin` and `route`. See `app:on`.
---
---    app:get("/report", function(_, res)
---      res:text("rows\n")
---    end):on("handler", function(req, res)
---      if req.query.key ~= "s3cret" then
---        return res:text("a key, please\n", 401)
---      end
---    end)
---    -- GET /report --> HTTP/1.1 401 Unauthorized
---    --> a key, please
---@param point "handler"|"headers"|"chunks"|"log"|"end"
---@param fn fun(req: sluice.Request, res: sluice.Response, what: any): any
---@return sluice.RouteOptions self
function RouteOptions:on(point, fn)
  check_open(self, 2)
  hooks.add(self.scope, point, fn, 3)
  return self
end

---Compress the responses of this route as it says, or with `false` not at all. See
---`app:compress`.
---
---    app:compress({ min = 0 })
---    app:get("/secret", function(_, res)
---      res:text("tea\n")
---    end):compress(false)
---    -- GET /secret [Accept-Encoding: gzip] --> tea
---@param options? sluice.CompressOptions|boolean
---@return sluice.RouteOptions self
function RouteOptions:compress(options)
  check_open(self, 2)
  self.scope.compress = compress.options(options, "compress", 3)
  return self
end

---Answer conditions and ranges for the responses of this route, or with `false` do
---not. See `app:ranges`.
---
---    app:get("/note", function(_, res)
---      res:set("ETag", '"7"')
---      res:text("buy tea\n")
---    end):ranges()
---    -- GET /note [If-None-Match: "7"] --> HTTP/1.1 304 Not Modified
---@param on? boolean true by default
---@return sluice.RouteOptions self
function RouteOptions:ranges(on)
  misuse.check_type(on, "boolean?", 1, "ranges")
  check_open(self, 2)
  self.scope.ranges = on ~= false
  return self
end

---Register, with a layer for the route alone.
---@param level integer of who is to blame; 2 is the caller
---@return sluice.RouteOptions
local function register(group, level, method, path, handler, source)
  local scope = registration.new_scope("route")
  local layers = { unpack(group.layers) }
  layers[#layers + 1] = { scope = scope, base = "" }
  registration.register(group, level + 1, method, path, handler, source, layers)
  return setmetatable({ owner = group.owner, scope = scope }, RouteOptions)
end

return { register = register }
