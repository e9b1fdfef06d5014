--- What the script host calls: everything from C into Lua goes through here.

local ffi = require("ffi")
local C = require("sluice.native").C
local App = require("sluice.app")
local Request = require("sluice.negotiation")
local Response = require("sluice.answers")
local failure = require("sluice.failure")
local life = require("sluice.life")
local returned = require("sluice.returned")
local site = require("sluice.site")
local stage_work = require("sluice.stage_work")
require("sluice.cookie")
require("sluice.ask")
require("sluice.include")
require("sluice.send_file")
require("sluice.sse")

require("sluice.coroutines").install()

local dev = require("sluice.native").host.development and require("sluice.dev")
if dev then
  require("sluice.dev.debugger").install()
end
local handle = dev and dev.handle or App.handle

local request_pointer = ffi.typeof("sl_request *")
local response_pointer = ffi.typeof("sl_response *")

---The pointers to an exchange, which are made once per slot.
local function cast_handles(request, response)
  return ffi.cast(request_pointer, request), ffi.cast(response_pointer, response)
end

local span = ffi.new("sl_span")

-- Of an exchange whose handler begins, so that it is there. Through the FFI,
-- because a plain C function would end the trace.
local function part(request, generation, which)
  C.sl_request_part(request, generation, which, span)
  return ffi.string(span.data, span.len)
end

---The body of a handler's coroutine. It makes no closure, which would keep it
---from being compiled.
---@param app sluice.App
local function dispatch(app, request, response, generation)
  local req = Request.new(request, generation)
  local res = Response.new(response, generation)
  local method = part(request, generation, C.SL_PART_METHOD)
  local path = part(request, generation, C.SL_PART_PATH)
  local value = handle(app, req, res, method, path)
  if value or rawget(res, "returned") then
    returned.check(value, res, failure.place, app, method, path)
  end
end

---Check what the file of an app returned, and make it ready for requests.
---@return sluice.App
local function seal(app, path)
  if getmetatable(app) ~= App then
    local got = app == nil and "nothing" or "a " .. type(app)
    error(path .. ": the file must return what sluice.new() made, but it returned " .. got, 0)
  end
  app:freeze("it is being served")
  return app
end

---In development the place of an error is known better.
local function explain(app, err, text, traceback, method, path)
  return failure.explain(app, err, text, dev.traceback_of(err, traceback), method, path)
end

-- Loaded when somebody asks for it: a server in production is not asked.
local function console(...)
  require("sluice.console").run(...)
end

return {
  console = console,
  cast_handles = cast_handles,
  dispatch = dispatch,
  error_page = dev and dev.error_page,
  news = dev and dev.news,
  explain = dev and explain or failure.explain,
  seal = seal,
  site = site.find,
  life = life.step,
  stage = stage_work,
}
