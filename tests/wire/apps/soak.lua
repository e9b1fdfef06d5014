-- What examples and apps do, for soak.py, beside everything that chaos does.
local sluice = require("sluice")
local uv = require("luv")
local app = sluice.new()
local random = math.random

app:mount("/chaos", require("chaos"))

app:get("/file", function(_, res)
  res:write(sluice.file("data.bin"))
end)

app:static("/static", ".")

app:post("/mirror", function(req, res)
  for piece in req:chunks() do
    if not res:write(piece) then
      return
    end
  end
end)

-- Several reads at once, none of which anybody waits for.
app:post("/operations", function(req, res)
  local reads, bytes = {}, 0
  repeat
    for n = 1, 4 do
      reads[n] = assert(req:read(10000, true))
    end
    local got
    for n = 1, 4 do
      got = assert(reads[n]:GetCompletedOperation())
      bytes = bytes + got
    end
  until got == 0
  res:write(bytes)
end)

app:post("/spool", function(req, res)
  local file = assert(req:body_file())
  res:write(file:chunk(0))
  file:close()
end)

app:post("/form", function(req, res)
  for part in req:parts() do
    if random(3) > 1 then
      local size = 0
      for piece in part:chunks() do
        size = size + #piece
      end
      res:write(("%s %d\n"):format(part.name, size))
    end
  end
end)

app:get("/events", function(_, res)
  local stream = res:sse({ heartbeat = 0.1 })
  for n = 1, random(100) do
    if not stream:event({ id = n, data = ("x"):rep(random(2000)) }) then
      return
    end
    sluice.sleep(random(20))
  end
end)

app:get("/spawns", function(_, res)
  for n = 1, random(8) do
    sluice.spawn(function()
      sluice.sleep(random(20))
      res:write(("task %d\n"):format(n))
    end)
  end
  sluice.sleep(random(30))
end)

app:get("/luv", function(_, res)
  local err, stat = sluice.await(function(resume)
    uv.fs_stat("/", resume)
  end)
  res:write(err or stat.type, " ", #assert(sluice.fs.read("data.bin")))
end)

app:get("/endless", function(_, res)
  local line = ("endless "):rep(500)
  while res:write(line) do
  end
end)

app:get("/memory", function()
  local held = {}
  while #held >= 0 do
    held[#held + 1] = {}
  end
end)

app:get("/hello", function(_, res)
  res:write("Hello\n")
end)

-- Files that nobody sent are closed with their chunks.
app:get("/collect", function()
  collectgarbage()
  collectgarbage()
end)

return app
