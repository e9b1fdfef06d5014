-- Handlers that are at work when the server is asked to stop.
local sluice = require("sluice")
local app = sluice.new()

app:get("/hello", function(_, res)
  res:write("Hello\n")
end)

-- Streams until the folder of the app has a file named "go".
app:get("/gate", function(_, res)
  local folder = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
  res:write("begun,")
  res:flush()
  repeat
    sluice.sleep(5)
    local file = io.open(folder .. "/go")
  until file and file:close()
  res:write("done")
end)

-- The same, with nothing sent before.
app:get("/quiet-gate", function(_, res)
  local folder = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
  repeat
    sluice.sleep(5)
    local file = io.open(folder .. "/go")
  until file and file:close()
  res:write("done")
end)

app:get("/never", function(_, res)
  res:write("begun,")
  res:flush()
  while true do
    pcall(sluice.sleep, 1e6)
  end
end)

app:post("/echo", function(req, res)
  res:write(req:body())
end)

return app
