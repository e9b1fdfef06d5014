--- The workloads of the benchmark as services of HAProxy.

-- luacheck: globals core

local cjson = require("cjson")

local chunk = string.rep("x", 1024)
local block = string.rep("x", 64 * 1024)
local event = "data: " .. string.rep("x", 92) .. "\n\n"

---Registers a service whose answer has this type.
local function service(name, media_type, answer)
  core.register_service(name, "http", function(applet)
    applet:set_status(200)
    applet:add_header("Content-Type", media_type)
    answer(applet)
  end)
end

local function whole(applet, body)
  applet:add_header("Content-Length", #body)
  applet:start_response()
  applet:send(body)
end

local function repeated(count, data)
  return function(applet)
    applet:start_response()
    for _ = 1, count do
      applet:send(data)
    end
  end
end

service("hello", "text/plain", function(applet)
  whole(applet, "Hello, world!")
end)

service("chunks", "text/plain", repeated(100, chunk))
service("big", "text/plain", repeated(4096, block))
service("lines", "text/plain", repeated(1000000, "a line of 20 bytes.\n"))

service("echo", "text/plain", function(applet)
  whole(applet, applet:receive())
end)

service("events", "text/event-stream", function(applet)
  applet:start_response()
  while true do
    applet:send(event)
    core.msleep(1000)
  end
end)

service("json", "application/json", function(applet)
  whole(
    applet,
    cjson.encode({
      id = 7,
      name = "Sluice",
      tags = { "fast", "small", "lua" },
      ratio = 0.5,
      stable = true,
    })
  )
end)

-- The response begins in the service: what runs before it leaves a variable.
core.register_action("frame", { "http-req" }, function(txn)
  txn:set_var("txn.frame", "DENY")
end)

core.register_action("sniff", { "http-req" }, function(txn)
  txn:set_var("txn.sniff", "nosniff")
end)

service("post", "text/plain", function(applet)
  local user, post = applet.path:match("^/users/([^/]+)/posts/([^/]+)$")
  applet:add_header("X-Frame-Options", applet:get_var("txn.frame"))
  applet:add_header("X-Content-Type-Options", applet:get_var("txn.sniff"))
  applet:add_header("Cache-Control", "no-store")
  applet:add_header("X-User", user)
  whole(applet, "user " .. user .. ", post " .. post .. "\n")
end)
