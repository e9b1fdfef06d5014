--- An app: routes, what is around them, and what answers where there is none.

local ffi = require("ffi")
local Areas = require("sluice.areas")
local hint = require("sluice.hint")
local Router = require("sluice.router")
local life = require("sluice.life")
local middleware = require("sluice.middleware")
local registration = require("sluice.registration")
local Routes = require("sluice.routes")
local native = require("sluice.native")

local choose, params_of = Router.choose, Router.params_of
local host = native.host

-- The number of the route that answers: the host reads it when a handler has
-- begun. A store costs less than a call, and ends no trace.
local route_cell = ffi.cast("uint32_t *", host.route)

---@class sluice.App: sluice.Routes
---@field routes sluice.Route[] in the order of registration
---@field frozen string? why nothing can be added any more
---@field private router sluice.Router
---@field private life sluice.Life
---@field private apps sluice.Layer[][] of itself and of what is mounted in it
---@field private areas sluice.Areas what answers where no route does
---@field private entrance false|fun(req: sluice.Request, res: sluice.Response): boolean
---what comes before a route is looked for
local App = setmetatable({}, { __index = Routes })
App.__index = App

---An app without routes.
---
---    local sluice = require("sluice")
---    local app = sluice.new()
---
---    app:get("/", function(_, res)
---      res:write("Hello\n") --> Hello
---    end)
---
---    return app
---@return sluice.App
function App.new()
  local scope = registration.new_scope("app")
  local layers = { { scope = scope, base = "" } }
  local app = {
    base = "",
    scope = scope,
    layers = layers,
    apps = { layers },
    life = life.new(),
    routes = {},
    router = Router.new(),
    entrance = false,
  }
  app.owner = app
  return setmetatable(app, App)
end

---Answer a request that no route answers; its status is 404 already. Called
---for what is below the prefix where the app is mounted.
---
---    app:not_found(function(req, res)
---      res:write("There is no ", req.path, " here.\n")
---    end)
---    -- GET /moon --> There is no /moon here.
---    --> HTTP/1.1 404 Not Found
---@param fn sluice.Handler
function App:not_found(fn)
  if type(fn) ~= "function" then
    error("bad argument #1 to 'not_found' (function expected, got " .. type(fn) .. ")", 2)
  elseif self.frozen then
    error("nothing can be added to this app any more: " .. self.frozen, 2)
  end
  self.scope.not_found = fn
end

local function add_to_life(self, name, fn, list)
  if type(fn) ~= "function" then
    error(("bad argument #1 to '%s' (function expected, got %s)"):format(name, type(fn)), 3)
  elseif self.frozen then
    error("nothing can be added to this app any more: " .. self.frozen, 3)
  end
  list[#list + 1] = fn
end

---Call a function when the app has been loaded, before it answers anybody: in
---every worker, and for every new version of the code. It may wait, for at most
---`start_timeout`. When it raises an error the app does not start; of a reload
---nothing comes, and the version before serves on. A check of the code, as of
---`sluice check`, does not call it.
---
---    local ready
---
---    app:on_start(function()
---      sluice.sleep(1)
---      ready = "ready"
---    end)
---
---    app:get("/", function(_, res)
---      res:write(ready) --> ready
---    end)
---@param fn fun()
function App:on_start(fn)
  add_to_life(self, "on_start", fn, self.life.start)
end

---Call a function when this version of the app ends: after the last request,
---when another version has taken over or the server stops. It may wait; then,
---or when the time of `grace` is over, its timers, background tasks and handles
---of luv are closed. Of several functions the last one is called first.
---
---    app:on_stop(function()
---      sluice.log.info("that was it")
---    end)
---
---    app:get("/", function(_, res)
---      res:write("still here") --> still here
---    end)
---@param fn fun()
function App:on_stop(fn)
  add_to_life(self, "on_stop", fn, self.life.stop)
end

---Carry something over to the next version of the code when the app is reloaded.
---`save` is called in the running version and returns a value that
---`string.buffer` can encode (tables, strings, numbers, booleans); `load` is
---called with a copy of it in the new one, before `on_start`. Both may wait; an
---error in one of them ends the reload. Each worker hands over its own. What
---changes after `save`, in the moment until all workers switch, is not carried.
---
---    local hits = 0
---
---    app:on_handover(function()
---      return { hits = hits }
---    end, function(state)
---      hits = state.hits
---    end)
---
---    app:get("/", function(_, res)
---      hits = hits + 1
---      res:write(hits) --> 1
---    end)
---@param save fun(): any
---@param load fun(state: any)
function App:on_handover(save, load)
  local handovers = self.life.handovers
  if type(load) ~= "function" then
    error("bad argument #2 to 'on_handover' (function expected, got " .. type(load) .. ")", 2)
  elseif handovers[1] and handovers[1].base == "" then
    error("an app hands over once: this one does already", 2)
  end
  add_to_life(self, "on_handover", save, {})
  table.insert(handovers, 1, { base = "", save = save, load = load })
end

---@private
---@param route sluice.Route
---@return boolean? ok
---@return string? why
function App:add(route)
  local ok, why = self.router:add(route)
  if ok then
    self.routes[#self.routes + 1] = route
  end
  return ok, why
end

-- Layers of a mounted app, behind those of what it is mounted in.
local function behind(outer, base, inner)
  local layers = { unpack(outer) }
  for _, layer in ipairs(inner) do
    layers[#layers + 1] = { scope = layer.scope, base = base .. layer.base }
  end
  return layers
end

---Take over what another app has.
---@private
---@param other sluice.App
---@param base string
---@param layers sluice.Layer[]
---@return boolean? ok
---@return string? why
function App:graft(other, base, layers)
  for _, route in ipairs(other.routes) do
    local ok, why = self:add({
      method = route.method,
      path = registration.join(base, route.path),
      handler = route.handler,
      source = route.source,
      layers = behind(layers, base, route.layers),
    })
    if not ok then
      return nil, why
    end
  end
  for _, inner in ipairs(other.apps) do
    self.apps[#self.apps + 1] = behind(layers, base, inner)
  end
  life.join(self.life, other.life, base)
  return true
end

---Nothing can be added from now on, and requests can be handled.
---@private
---@param why string
function App:freeze(why)
  self.frozen = why
  for _, route in ipairs(self.routes) do
    route.run = middleware.compose(route.handler, route.layers, route.segments, route)
    route.number = host.number_route(route.path)
  end
  self.areas = Areas.new(self.router, self.apps)
  self.entrance = middleware.entrance(self.layers)
end

---Answer a request.
---@private
---@param req sluice.Request
---@param res sluice.Response
---@param method string of the request, which has it only when it is asked for
---@param path string its raw path, likewise
function App:handle(req, res, method, path)
  if self.entrance and not self.entrance(req, res) then
    return
  end
  local node, values = self.router:find(path)
  local route = node and choose(node, method)
  if not route then
    return self.areas:handle(req, res, path)
  end
  route_cell[0] = route.number
  if values then
    req.params = params_of(route, values)
  end
  return route.run(req, res)
end

setmetatable(
  Routes,
  { __index = hint.hint("an app", { Routes, App }, { route = "app:get and the like" }) }
)

return App
