--- What the specs beside it ask.

local sluice = require("sluice")
local counter = require("counter")

local app = sluice.new()
local state = { started = false, ticks = 0 }

app:on_start(function()
  sluice.sleep(20)
  state.started = true
end)

app:get("/hello/:name", function(req, res)
  res:set("X-Query", req.query.loud or "none")
  res:cookie("a", "1")
  res:cookie("b", "2")
  res:text("Hello, " .. req.params.name .. "!\n")
end)

app:get("/started", function(_, res)
  res:json(state)
end)

app:get("/count", function(_, res)
  res:write(counter.next())
end)

app:get("/env/:name", function(req, res)
  res:write(sluice.env.get(req.params.name, "not set"))
end)

app:post("/echo", function(req, res)
  res:set("Content-Type", req:header("Content-Type") or "text/plain")
  res:write(req:body())
end)

app:post("/form", function(req, res)
  res:json(req:form())
end)

app:post("/pieces", function(req, res)
  for piece in req:chunks() do
    res:write("[", piece, "]")
    res:flush()
  end
end)

app:get("/ticks", function(_, res)
  for i = 1, 3 do
    res:write("tick ", i, "\n")
    res:flush()
    sluice.sleep(1000)
  end
end)

app:get("/events", function(_, res)
  local stream = res:sse()
  for i = 1, 2 do
    stream:event({ event = "step", id = i, data = { n = i } })
    sluice.sleep(20000) -- long enough for a heartbeat
  end
end)

app:get("/operations", function(_, res)
  local write = res:WriteEntityChunks({ "abc" }, true)
  local flush = res:Flush(true)
  write:GetCompletedOperation()
  flush:GetCompletedOperation()
  res:write("def")
end)

app
  :get("/order", function(_, res)
    local order = {}
    local function note(done)
      order[#order + 1] = done.id
    end
    res:WriteEntityChunks("one", true, true, note)
    sluice.sleep(1) -- who calls back waits for its end by now
    res:WriteEntityChunks("two", true, true, note)
    res:clear()
    sluice.sleep(1)
    res:write(table.concat(order, " "))
  end)
  :stage({
    name = "slow",
    headers = function()
      sluice.sleep(100) -- nothing is sent meanwhile
    end,
  })

app:get("/big", function(_, res)
  for i = 1, 1000 do
    if not res:write(("x"):rep(64 * 1024)) then
      sluice.log.info("the client left", { after = i })
      return
    end
  end
end)

app:get("/wait", function(req)
  req:on_abort(function()
    sluice.log.info("aborted")
  end)
  req:on_shutdown(function()
    sluice.log.info("shutdown")
  end)
  sluice.sleep(1e9)
end)

app:get("/file", function(_, res)
  res:send_file("app.lua")
end)

app:get("/cut", function(_, res)
  res:write("a part")
  res:flush()
  res:abort()
end)

app:get("/hint", function(_, res)
  res:informational(103, { Link = "</style.css>; rel=preload" })
  res:WriteEntityChunks({ "hinted", sluice.trailers({ Sum = 42 }) })
end)

app:get("/error", function(_, res)
  res:write(state.missing.field)
end)

app:get("/nothing", function()
  sluice.await(function() end)
end)

app:get("/clocks", function(_, res)
  local wall, monotonic = sluice.time.now(), sluice.time.monotonic()
  sluice.sleep(5000)
  res:json({ wall = sluice.time.now() - wall, monotonic = sluice.time.monotonic() - monotonic })
end)

app:get("/address", function(req, res)
  res:write(req.peer)
end)

app:get("/read", function(_, res)
  res:write(assert(sluice.fs.read("app.lua")))
end)

app:get("/process", function(_, res)
  local process = assert(sluice.process.spawn("sh", { args = { "-c", "sleep 0.05; exit 7" } }))
  res:write((process:wait()))
end)

app:get("/background", function(_, res)
  sluice.spawn_free(function()
    sluice.sleep(100)
    error("in the background")
  end)
  res:write("begun")
end)

sluice.timer(1000, function()
  state.ticks = state.ticks + 1
end, true)

return app
