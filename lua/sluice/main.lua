--- What the script host calls: everything from C into Lua goes through here.

local ffi = require("ffi")
local host = require("sluice.native").host
local App = require("sluice.app")
local Request = require("sluice.negotiation")
local Response = require("sluice.answers")
local failure = require("sluice.failure")
local returned = require("sluice.returned")
require("sluice.cookie")
require("sluice.send_file")
require("sluice.sse")

require("sluice.coroutines").install()

local request_pointer = ffi.typeof("sl_request *")
local response_pointer = ffi.typeof("sl_response *")

---The pointers to an exchange, made once per slot.
local function make_handles(request, response)
  return {
    request = ffi.cast(request_pointer, request),
    response = ffi.cast(response_pointer, response),
  }
end

---The body of a handler's coroutine.
---@param app sluice.App
local function dispatch(app, handles, generation)
  local method, path = host.request_line(handles.response, generation)
  local res = Response.new(handles.response, generation)
  local value = app:handle(Request.new(handles, generation, method, path), res)
  if value or rawget(res, "returned") then
    returned.check(value, res, method, function()
      return failure.place(app, method, path)
    end)
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

return {
  make_handles = make_handles,
  dispatch = dispatch,
  error_page = require("sluice.error_page"),
  explain = failure.explain,
  seal = seal,
}
