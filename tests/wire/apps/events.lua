-- Streams of events, for test_sse.py.

local sluice = require("sluice")
local app = sluice.new()

-- The body of the request is the event, as JSON.
app:post("/event", function(req, res)
  local event = sluice.json.decode(req:body())
  local stream = res:sse()
  local ok, err = pcall(stream.event, stream, event)
  if not ok then
    stream:comment(err)
  end
end)

app:post("/comment", function(req, res)
  res:sse():comment(req:body())
end)

app:get("/silent", function(_, res)
  res:sse({ heartbeat = 0.1 })
  sluice.sleep(60000)
end)

app:get("/quiet", function(req, res)
  local stream = res:sse({ heartbeat = false })
  req:on_abort(function()
    sluice.log.info("left a quiet stream")
  end)
  sluice.sleep(500)
  stream:event({ data = "only" })
end)

app:get("/flood", function(req, res)
  local stream = res:sse({ heartbeat = 0.1 })
  local count = 0
  while stream:event({ id = count, data = ("x"):rep(1000) }) do
    count = count + 1
  end
  sluice.log.info("flood over")
end)

app:get("/late", function(_, res)
  res:write("x")
  res:flush()
  local _, err = res:sse()
  res:write(err)
end)

app:get("/completions", function(_, res)
  local stream = res:sse()
  sluice.sleep(1)
  local _, err = res:GetCompletedOperation()
  stream:event({ data = err })
end)

return app
