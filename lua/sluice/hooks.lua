--- Hooks: functions at points of a request's way, which may wait; see Routes:on.
---
---     begin -> route -> (middleware) -> handler -> the handler
---                                                     |
---     end <- log <- (the client) <- headers, chunks <-+
---
--- What comes before the handler is one chain with the middleware: a hook is a
--- middleware that calls `next` by itself, unless it has answered. `headers` and
--- `chunks` are stages. `log` and `end` run when the exchange is over.

local bounded = require("sluice.bounded")
local log = require("sluice.log")
local misuse = require("sluice.misuse")
local native = require("sluice.native")
local stage = require("sluice.stage")
local Task = require("sluice.task")

local host, C = native.host, native.C
local ECANCELLED, ETIMEDOUT = C.SL_ECANCELLED, C.SL_ETIMEDOUT

-- What one hook at the end of a request gets: as long as a handler, or, where handlers
-- have no limit, ten seconds.
local limit_ms = host.handler_timeout > 0 and host.handler_timeout or 10000

-- As done.c counts them.
local outcomes = { "sent", "aborted", "failed" }

---@alias sluice.Point "begin"|"route"|"handler"|"headers"|"chunks"|"log"|"end"

---@class sluice.Record what hooks at the end of a request are told
---@field status integer that was sent; 499: the client left before
---@field outcome "sent"|"aborted"|"failed" all of it was taken by the client's socket; the
---client left, or the handler aborted; an error or a limit of the server cut it off
---@field bytes number of the body, sent
---@field wire_bytes number with all that is around it
---@field duration number milliseconds since the head of the request was there
---@field first_byte number? milliseconds until the first byte was sent
---@field route string? pattern of the route; nil where none was found
---@field chunks integer that were written
---@field sends integer in which they left

local points = {
  begin = true,
  route = true,
  handler = true,
  headers = true,
  chunks = true,
  log = true,
  ["end"] = true,
}

local hooks = {}

local function place_of(fn)
  local info = debug.getinfo(fn, "S")
  return info.short_src .. ":" .. info.linedefined
end

local function on_late(fn, ms)
  log.warn("a hook takes too long: " .. place_of(fn), { ms = ms })
end

-- A stage is not the handler's, so that its limit has to be minded here.
local function run_late(fn, req, res)
  local rc, task = bounded.run(host.handler_timeout, on_late, fn, req, res)
  if rc == ETIMEDOUT then
    error("the 'headers' hook at " .. place_of(fn) .. " took longer than handler_timeout", 0)
  elseif rc == ECANCELLED then
    error("cancelled", 0)
  end
  if task.err ~= nil then
    task:outcome() -- for the log, its traceback goes with it
    error(task.err, 0)
  end
end

local function headers_stage(fn)
  return {
    keeps_length = true,
    headers = function(req, res)
      if host.handler_timeout > 0 then
        run_late(fn, req, res)
      else
        fn(req, res)
      end
      return false -- what follows is none of its business
    end,
  }
end

local function chunks_stage(fn)
  return {
    headers = function(req, res, own)
      own.req, own.res = req, res
    end,
    chunks = function(chunk, own)
      return fn(own.req, own.res, chunk)
    end,
  }
end

local stages = { headers = headers_stage, chunks = chunks_stage }

-- What comes too early for whom, and what does instead.
local too_early = {
  group = {
    begin = "a group is known only behind 'begin': use its 'route', or 'begin' of the app",
  },
  route = {
    begin = "a route is known only behind 'begin': use its 'handler', or 'begin' of the app",
    route = "a route is known only behind 'route': use its 'handler', or 'route' of its group",
  },
}

local function check_point(scope, point, level)
  local early = too_early[scope.kind]
  if not points[point] then
    local list = "begin, route, handler, headers, chunks, log or end"
    misuse.check(false, 1, "on", list, point, level + 1)
  elseif early and early[point] then
    error("bad argument #1 to 'on' (" .. early[point] .. ")", level + 1)
  end
end

---@param scope sluice.Scope
---@param point sluice.Point
---@param fn function
---@param level integer of who is to blame; 2 is the caller
function hooks.add(scope, point, fn, level)
  check_point(scope, point, level)
  misuse.check_type(fn, "function", 2, "on", level - 1)
  if stages[point] then
    local def = stages[point](fn)
    def.name = point .. " hook at " .. place_of(fn)
    scope.stages = scope.stages or {}
    table.insert(scope.stages, stage.new(def, level))
    return
  end
  scope.hooks = scope.hooks or {}
  scope.hooks[point] = scope.hooks[point] or {}
  table.insert(scope.hooks[point], fn)
end

local misled = "the '%s' hook at %s returned a %s, and what hooks return is not sent: write "
  .. 'return res:text(...), or return "finished"'

local function is_content(value)
  return type(value) == "string" or type(value) == "table" and not getmetatable(value)
end

-- A hook as a step: does the request go on behind it?
local function step_of(point, fn, pattern)
  return function(req, res)
    local before = host.untouched(res.handle, res.generation)
    local value = fn(req, res, pattern)
    if value == "finished" then
      return false
    elseif is_content(value) then
      error(misled:format(point, place_of(fn), type(value)), 0)
    end
    return host.untouched(res.handle, res.generation) == before
  end
end

---@param layers sluice.Layer[] of an app
---@return boolean
function hooks.has_entrance(layers)
  local own = layers[1].scope.hooks
  return own ~= nil and (own.begin or own.log or own["end"]) ~= nil
end

---The layers whose stages a response does not have from the entrance on.
---@param layers sluice.Layer[]
---@return sluice.Layer[]
function hooks.behind_entrance(layers)
  return hooks.has_entrance(layers) and { unpack(layers, 2) } or layers
end

---What answers, behind the hooks of a point. Those for `begin` of the outermost layer are
---called at the entrance.
---@param point sluice.Point
---@param layers sluice.Layer[]
---@param run sluice.Handler
---@param route sluice.Route?
---@param guard? fun(run: function, hook: function, layers: sluice.Layer[], n: integer): function
---@param at_entrance boolean?
---@return sluice.Handler
function hooks.before(point, layers, run, route, guard, at_entrance)
  local steps = {}
  for n = point == "begin" and not at_entrance and 2 or 1, #layers do
    local own = layers[n].scope.hooks
    for _, fn in ipairs(own and own[point] or {}) do
      local step = step_of(point, fn, point ~= "begin" and route and route.path or nil)
      steps[#steps + 1] = guard and guard(step, fn, layers, n) or step
    end
  end
  if #steps == 0 then
    return run
  end
  return function(req, res)
    for i = 1, #steps do
      if not steps[i](req, res) then
        return
      end
    end
    return run(req, res)
  end
end

-- `may_wait` is false when the worker is about to end: then they are only begun, in
-- their order.
local function run_all(list, own, record, may_wait)
  for i = 1, #list do
    if may_wait then
      local rc, task = bounded.run(limit_ms, on_late, list[i], own.req, own.res, record)
      may_wait = rc ~= ECANCELLED
      task:report()
    else
      Task.start("free", list[i], own.req, own.res, record)
    end
  end
  return may_wait
end

-- Called by the host, in a task of its own, when the exchange is over.
local function finish(own, status, outcome, bytes, wire_bytes, ms, first_ms, chunks, sends)
  local record = {
    status = status,
    outcome = outcomes[outcome],
    bytes = bytes,
    wire_bytes = wire_bytes,
    duration = ms,
    first_byte = first_ms >= 0 and first_ms or nil,
    route = own.route,
    chunks = chunks,
    sends = sends,
  }
  local may_wait = run_all(own.log, own, record, true)
  run_all(own["end"], own, record, may_wait)
end

-- Those of a point, the innermost and latest first.
local function inverted(point, layers)
  local list = {}
  for i = #layers, 1, -1 do
    local own = layers[i].scope.hooks
    local fns = own and own[point] or {}
    for j = #fns, 1, -1 do
      list[#list + 1] = fns[j]
    end
  end
  return list
end

local function watch(req, res)
  local own = rawget(req, "watched")
  if not own then
    own = { req = req, res = res }
    rawset(req, "watched", own)
    host.on_done(res.handle, res.generation, function(...)
      return finish(own, ...)
    end)
  end
  return own
end

---What answers, where the hooks at the end of a request are known.
---@param run sluice.Handler
---@param layers sluice.Layer[]
---@param route sluice.Route?
---@return sluice.Handler
function hooks.around(run, layers, route)
  local logs, ends = inverted("log", layers), inverted("end", layers)
  local has_entrance = hooks.has_entrance(layers)
  if #logs == 0 and #ends == 0 and not has_entrance then
    return run
  end
  return function(req, res)
    if #logs > 0 or #ends > 0 then
      local own = watch(req, res)
      own.log, own["end"], own.route = logs, ends, route and route.path
    end
    if route then -- a hook may have waited before it was found
      host.note_route(res.handle, res.generation, route.number)
    end
    return run(req, res)
  end
end

return hooks
