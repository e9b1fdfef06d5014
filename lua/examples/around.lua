--- What is around handlers. This is an app of its own, which app.lua mounts; its
--- middleware runs around all of it, also around what is not found.
---
---     curl -H 'Authorization: Bearer sesame' http://127.0.0.1:8080/around/inside

local sluice = require("sluice")
local app = sluice.new()

app:use(function(_, res, next)
  local began = sluice.time.monotonic()
  next()
  -- The head is still here, unless the handler waited after it wrote something.
  local seconds = sluice.time.monotonic() - began
  res:set("Server-Timing", ("handler;dur=%.1f"):format(seconds * 1000))
end)

app:get("/", function(_, res)
  res:text("Look at the header Server-Timing, ./around/inside and ./around/broken\n")
end)

app:get("/broken", function()
  error("on purpose")
end)

app:group("/inside", function(inside)
  inside:use(function(req, res, next)
    if req:header("Authorization") == "Bearer sesame" then
      return next()
    end
    res:set("WWW-Authenticate", "Bearer")
    res:text("Say the word.\n", 401)
  end)

  inside:get("/", function(_, res)
    res:text("You are inside.\n")
  end)
end)

-- The error is in the log, with its traceback; clients need not see it.
app:on_error(function(_, req, res)
  res:text("This went wrong; ask for request " .. req.id .. ".\n", res:status())
end)

app:not_found(function(req, res)
  res:text("There is no " .. req.path .. ".\n", 404)
end)

return app
