--- Sluice: what a handler requires.
---
---     local sluice = require("sluice")
---     local app = sluice.new()
---
---     app:get("/hello/:name", function(req, res)
---       res:write("Hello, ", req.params.name, "!\n")
---     end)
---
---     return app

local App = require("sluice.app")
local chunk = require("sluice.chunk")
local host = require("sluice.native").host
local wait = require("sluice.wait")

local sluice = {
  new = App.new,
  file = chunk.file,
  fragment = chunk.fragment,
  trailers = chunk.trailers,
  memory = chunk.memory,
  fragments = require("sluice.fragments"),
  log = require("sluice.log"),
  static = require("sluice.static").handler,
  json = require("sluice.json"),
  env = require("sluice.env"),
  time = require("sluice.time"),
  uuid = require("sluice.uuid"),
  base64 = require("sluice.base64"),
  escape = require("sluice.escape"),
}

---Suspend the coroutine; other requests run meanwhile.
---@param ms number milliseconds
function sluice.sleep(ms)
  if type(ms) ~= "number" then
    error("bad argument #1 to 'sleep' (number expected, got " .. type(ms) .. ")", 2)
  end
  wait.wait(host.SLEEP, ms)
end

---Run `fn(...)` in a coroutine of its own, from the next turn on. It does not
---keep the response open; an error in it is logged.
---@param fn function
---@param ... any
function sluice.spawn(fn, ...)
  if type(fn) ~= "function" then
    error("bad argument #1 to 'spawn' (function expected, got " .. type(fn) .. ")", 2)
  end
  host.spawn(fn, ...)
end

return sluice
