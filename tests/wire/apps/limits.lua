-- Handlers behind low limits, for test_limits.py.
local sluice = require("sluice")
local app = sluice.new()

app:get("/any/:one", function(_, res)
  res:write("fine")
end)

app:post("/length", function(req, res)
  res:write(#req:body())
end)

app:post("/ignored", function(_, res)
  res:write("fine")
end)

return app
