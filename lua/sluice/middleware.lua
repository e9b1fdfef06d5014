--- What is put around a handler: the middleware of the app, its groups and
--- mounted apps, and what catches their errors. Composed once, when the app
--- begins to be served; a route with nothing around it is its bare handler.

local compress = require("sluice.compress")
local failures = require("sluice.failure")
local hooks = require("sluice.hooks")
local log = require("sluice.log")
local pattern = require("sluice.pattern")
local ranges = require("sluice.ranges")
local returned = require("sluice.returned")
local stage = require("sluice.stage")
local url = require("sluice.url")

---@alias sluice.Middleware fun(req: sluice.Request, res: sluice.Response, next: fun())
---@alias sluice.ErrorHandler fun(err: any, req: sluice.Request, res: sluice.Response)

---@class sluice.Scope an app, a group, or a route
---@field kind "app"|"group"|"route"
---@field middleware { prefix: string, run: sluice.Middleware }[]
---@field on_error sluice.ErrorHandler?
---@field not_found sluice.Handler? of an app
---@field compress ffi.cdata*|nil how its responses are compressed
---@field ranges boolean? whether conditions and ranges of its responses are answered
---@field stages sluice.Stage[]? in the order of registration
---@field hooks table<string, fun()[]>? likewise, by the point of the request's way

---@class sluice.Layer a scope where it stands
---@field scope sluice.Scope
---@field base string the path that all of it is below; "" for all paths

-- Does a prefix cover what is below `base` of a path: "always", "never", or
-- "maybe", because a parameter stands in its place.
local function coverage(prefix, base, segments)
  local skipped = base == "" and 0 or #pattern.parse(base)
  for i, wanted in ipairs(prefix == "" and {} or pattern.parse(prefix)) do
    local segment = segments[skipped + i]
    if not segment then
      return "never"
    elseif segment.name then
      return "maybe"
    elseif segment.fixed ~= wanted.fixed then
      return "never"
    end
  end
  return "always"
end

-- Is a path, behind its first `skipped` segments, below a prefix?
local function is_below(path, skipped, prefix)
  local from = 1
  for _ = 1, skipped do
    from = path:find("/", from + 1, true)
    if not from then
      return false
    end
  end
  local rest = url.decode(path:sub(from))
  return rest == prefix or rest:sub(1, #prefix + 1) == prefix .. "/"
end

local function around(middleware, inner)
  return function(req, res)
    local called = false
    return middleware(req, res, function()
      if called then
        error("next was called twice", 2)
      end
      called = true
      return inner(req, res)
    end)
  end
end

local function only_below(prefix, base, covered, inner)
  local skipped = base == "" and 0 or #pattern.parse(base)
  return function(req, res)
    local run = is_below(req.raw_path, skipped, prefix) and covered or inner
    return run(req, res)
  end
end

-- With the stack still there, for the log.
local function describe(err)
  return { err = err, traceback = debug.traceback("", 2):sub(2) }
end

-- What followed from a wrong request is no fault of the app's.
local function report(failure, req)
  local level = req.blamed and "warn" or "error"
  local text = failures.text_of(failure.err)
  local _, traceback = failures.explain(nil, failure.err, text, failure.traceback)
  log[level](text, { method = req.method, target = req.target, traceback = traceback })
end

local function catch(inner, handler, on_error)
  return function(req, res)
    local ok, failure = xpcall(inner, describe, req, res)
    if ok then
      return failure
    elseif failure.err == "cancelled" then
      error("cancelled", 0) -- nobody can go on after that
    end
    if type(failure.err) == "string" then
      failure.err = failures.blame(failure.err, handler)
    end
    report(failure, req)
    local replaceable = not res:is_committed() and res:clear()
    if replaceable then
      res:status(req.blamed or 500)
    end
    on_error(failure.err, req, res)
    if not replaceable then
      res:abort()
    end
  end
end

local function wrap(layer, segments, run, handler)
  local scope = layer.scope
  for i = #scope.middleware, 1, -1 do
    local entry = scope.middleware[i]
    local covers = coverage(entry.prefix, layer.base, segments)
    if covers == "always" then
      run = around(entry.run, run)
    elseif covers == "maybe" then
      run = only_below(entry.prefix, layer.base, around(entry.run, run), run)
    end
  end
  return scope.on_error and catch(run, handler, scope.on_error) or run
end

-- A hook of the nth layer; an error in it is for whoever answers that layer's.
local function guard(run, hook, layers, n)
  for i = n, 1, -1 do
    local on_error = layers[i].scope.on_error
    run = on_error and catch(run, hook, on_error) or run
  end
  return run
end

---Put everything around a handler that belongs there.
---@param handler sluice.Handler
---@param layers sluice.Layer[] from the outside to the inside
---@param segments sluice.Segment[] of the route's path
---@param route sluice.Route? that the handler is of
---@return sluice.Handler
local function compose(handler, layers, segments, route)
  local inner = returned.kept(handler)
  local run = route and hooks.before("handler", layers, inner, route) or inner
  for i = #layers, 1, -1 do
    run = wrap(layers[i], segments, run, handler)
  end
  run = hooks.before("route", layers, run, route, guard)
  run = hooks.before("begin", layers, run, route, guard)
  run = stage.around(run, hooks.behind_entrance(layers))
  run = compress.around(ranges.around(run, layers), layers)
  run = hooks.around(run, layers, route)
  return run == inner and handler or run
end

---What comes before a route is looked for: the hooks `begin` of the app itself, with
---the stages of its own around what they answer.
---@param layers sluice.Layer[] of the app
---@return false|fun(req: sluice.Request, res: sluice.Response): boolean go on?
local function entrance(layers)
  if not hooks.has_entrance(layers) then
    return false
  end
  local function go_on()
    return true
  end
  local run = hooks.before("begin", layers, go_on, nil, guard, true)
  run = compress.around(stage.around(run, layers), layers)
  return hooks.around(run, layers)
end

---What is around a handler, from the outside to the inside, and where it was
---written.
---@param layers sluice.Layer[]
---@param segments sluice.Segment[] of the route's path
---@return { source: string, sometimes: boolean }[] list
local function describe_around(layers, segments)
  local found = {}
  for _, layer in ipairs(layers) do
    for _, entry in ipairs(layer.scope.middleware) do
      local covers = coverage(entry.prefix, layer.base, segments)
      if covers ~= "never" then
        local info = debug.getinfo(entry.run, "S")
        table.insert(found, {
          source = info.short_src .. ":" .. info.linedefined,
          sometimes = covers == "maybe",
        })
      end
    end
  end
  return found
end

return { compose = compose, entrance = entrance, describe = describe_around }
