-- Answers that are compressed, or are not.

local sluice = require("sluice")
local app = sluice.new()

app:compress({ min = 100 })

local words = ("the quick brown fox "):rep(200)

app:get("/text", function(_, res)
  res:set("ETag", '"v1"')
  res:text(words)
end)

app:get("/short", function(_, res)
  res:text("short")
end)

app:get("/declared", function(_, res)
  res:set("Content-Type", "text/plain")
  res:set("Content-Length", #words)
  res:write(words:sub(1, 100))
  res:flush()
  res:write(words:sub(101))
end)

app:get("/too-long", function(_, res)
  res:set("Content-Type", "text/plain")
  res:set("Content-Length", 200)
  res:write(("x"):rep(200))
  local bytes, err = res:write("y")
  sluice.log.info("refused", { err = bytes or err })
end)

app:get("/picture", function(_, res)
  res:set("Content-Type", "image/png")
  res:write(words)
end)

app:get("/kind", function(req, res)
  res:set("Content-Type", req.query.of)
  res:write(words)
end)

app:get("/encoded", function(_, res)
  res:set("Content-Encoding", "gzip")
  res:text(words)
end)

app:get("/asis", function(_, res)
  res:set("Cache-Control", "max-age=9, no-transform")
  res:text(words)
end)

app:get("/varied", function(_, res)
  res:set("Vary", "Cookie, accept-encoding")
  res:text(words)
end)

app:get("/not-modified", function(_, res)
  res:set("ETag", '"v1"')
  res:status(304)
end)

app:get("/none", function(_, res)
  res:status(204)
end)

app:get("/off", function(_, res)
  res:compress(false)
  res:text(words)
end)

app:get("/broken", function(_, res)
  res:set("Content-Type", "text/plain")
  res:write(words)
  res:flush()
  error("broken")
end)

app:get("/failed", function(_, res)
  res:set("Content-Type", "text/plain")
  res:write(words)
  error("failed")
end)

-- Each part is on its way before the next one is made.
app:get("/steps", function(req, res)
  res:set("Content-Type", "text/plain")
  for step = 1, 3 do
    res:write("step " .. step .. "\n")
    res:flush()
    if step < 3 then
      app.waiting = sluice.channel(1)
      app.waiting:get()
    end
  end
end)

app:get("/next", function()
  app.waiting:put(true)
end)

app:get("/events", function(_, res)
  local events = res:sse()
  for n = 1, 3 do
    events:event({ data = n })
    app.waiting = sluice.channel(1)
    app.waiting:get()
  end
end)

app:get("/large", function(_, res)
  res:send_file("large.txt")
end)

app:group("/small", function(small)
  small:compress({ codings = { "gzip" }, levels = { gzip = 1 }, types = { "image/png" } })
  small:get("/picture", function(_, res)
    res:set("Content-Type", "image/png")
    res:write(words)
  end)
  small:get("/text", function(_, res)
    res:text(words)
  end)
end)

app:group("/never", function(never)
  never:compress(false)
  never:get("/", function(_, res)
    res:text(words)
  end)
end)

return app
