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
---     -- GET /hello/you --> Hello, you!

local App = require("sluice.app")
local chunk = require("sluice.chunk")
local hint = require("sluice.hint")
local host = require("sluice.native").host
local group = require("sluice.group")
local Task = require("sluice.task")
local timer = require("sluice.timer")
local wait = require("sluice.wait")

---@class sluice
---@field fs sluice.fs
---@field tcp sluice.tcp
---@field process sluice.process
local sluice = {
  new = App.new,
  file = chunk.file,
  asset = require("sluice.asset"),
  fragment = chunk.fragment,
  trailers = chunk.trailers,
  memory = chunk.memory,
  fragments = require("sluice.fragments"),
  log = require("sluice.log"),
  metrics = require("sluice.metrics"),
  spawn = Task.spawn,
  spawn_free = Task.spawn_free,
  timer = timer.timer,
  deadline = timer.deadline,
  await = require("sluice.await"),
  semaphore = require("sluice.semaphore").new,
  channel = require("sluice.channel").new,
  all = group.all,
  race = group.race,
  static = require("sluice.static").handler,
  json = require("sluice.json"),
  env = require("sluice.env"),
  time = require("sluice.time"),
  uuid = require("sluice.uuid"),
  base64 = require("sluice.base64"),
  hash = require("sluice.hash"),
  escape = require("sluice.escape"),
}

---Suspend the coroutine; other requests run meanwhile.
---
---    res:write("tick\n") --> tick
---    sluice.sleep(10)
---    res:write("tock\n") --> tock
---@param ms number milliseconds
function sluice.sleep(ms)
  if type(ms) ~= "number" then
    error("bad argument #1 to 'sleep' (number expected, got " .. type(ms) .. ")", 2)
  end
  wait.wait(host.SLEEP, ms)
end

-- These bring libuv, which costs something from then on.
local lazy = { fs = "sluice.fs", tcp = "sluice.tcp", process = "sluice.process" }

local missing = hint.hint("sluice", { sluice, lazy }, { now = "sluice.time", print = "sluice.log" })

setmetatable(sluice, {
  __index = function(self, name)
    if not lazy[name] then
      return missing(self, name)
    end
    rawset(self, name, require(lazy[name]))
    return rawget(self, name)
  end,
})

return sluice
