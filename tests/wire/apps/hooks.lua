-- Hooks at every point, which wait, answer and fail.

local sluice = require("sluice")
local app = sluice.new()

-- What happened to a request, by the name that it has in the query.
local function note(req, what)
  sluice.log.info(("<%s> %s."):format(req.query.n, what))
end

local function described(record)
  local text = "%s %s bytes=%d route=%s"
  return text:format(record.status, record.outcome, record.bytes, tostring(record.route))
end

app:on("begin", function(req, res)
  sluice.sleep(2)
  note(req, "begin")
  if req.query.at == "begin" then
    return res:text("stopped at begin\n", 403)
  elseif req.query.at == "begin-fails" then
    error("begin of a test")
  end
end)

app:on("route", function(req, res, pattern)
  sluice.sleep(1)
  note(req, "route " .. tostring(pattern))
  if req.query.at == "route" then
    return res:redirect("/elsewhere")
  end
end)

app:use(function(req, _, next)
  note(req, "use")
  next()
  note(req, "used")
end)

app:on("handler", function(req, _, pattern)
  note(req, "handler " .. pattern)
  if req.query.at == "handler" then
    return "finished"
  elseif req.query.at == "waits" then
    note(req, "waits")
    sluice.sleep(60000)
  end
end)

app:on("headers", function(req, res)
  sluice.sleep(1)
  note(req, "headers")
  if req.query.at == "headers" then
    error("headers of a test")
  elseif req.query.at == "headers-wait" then
    sluice.sleep(60000)
  end
  res:set("X-Hook", res:status())
end)

app:on("log", function(req, res, record)
  sluice.sleep(1)
  note(req, "log " .. described(record))
  assert(record.duration > 0 and res:status() and req.path)
  if req.query.at == "log" then
    error("log of a test")
  elseif req.query.at == "log-waits" then
    sluice.sleep(60000)
  end
end)

app:on("end", function(req)
  note(req, "end")
end)

app:get("/hello/:name", function(req, res)
  res:write("Hello, ", req.params.name, "\n")
end)

app:get("/fails", function()
  error("a handler of a test")
end)

app:get("/fails-late", function(_, res)
  res:write("half")
  res:flush()
  error("a handler of a test, late")
end)

app:get("/aborts", function(_, res)
  res:write("half")
  res:flush()
  res:abort()
end)

app:get("/stays", function(req, res)
  res:write("here")
  res:flush()
  note(req, "stays")
  sluice.sleep(60000)
end)

app:get("/large", function(_, res)
  for _ = 1, 64 do
    res:write(("x"):rep(65536))
  end
end)

app:group("/loud", function(loud)
  loud:on("chunks", function(_, _, chunk)
    sluice.sleep(1)
    return chunk:upper()
  end)
  loud:on("log", function(req)
    note(req, "log of the group")
  end)
  loud:get("/", function(_, res)
    res:write("tea\n")
  end)
end)

-- One route with hooks of its own, beside one of the same path without.
local guarded = app:group("/guarded")
guarded:on("handler", function(req)
  note(req, "handler of the group")
end)
guarded:on("log", function(req)
  note(req, "log of the group")
end)
guarded
  :get("/", function(_, res)
    res:write("tea\n")
  end)
  :on("handler", function(req, res)
    sluice.sleep(1)
    note(req, "handler of the route")
    if req.query.at == "own" then
      return res:text("stopped at the route\n", 403)
    elseif req.query.at == "own-fails" then
      error("a hook of a route")
    end
  end)
  :on("headers", function(req, res)
    note(req, "headers of the route")
    res:set("X-Route", "yes")
  end)
  :on("chunks", function(_, _, chunk)
    sluice.sleep(1)
    return chunk:upper()
  end)
  :on("log", function(req)
    note(req, "log of the route")
  end)
  :on("end", function(req)
    note(req, "end of the route")
  end)
guarded:post("/", function(_, res)
  res:write("tea\n")
end)

return app
