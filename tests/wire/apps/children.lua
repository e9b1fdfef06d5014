-- Requests that requests make: included, read, failed, left.

local sluice = require("sluice")
local app = sluice.new()
local written = {}

local function note(text)
  sluice.log.info(("<%s>"):format(text))
end

app:on("log", function(req, _, record)
  local text = "%s %s depth=%d %s %s bytes=%d"
  note(text:format(req.method, req.path, req.depth, record.status, record.outcome, record.bytes))
end)

app:get("/part/:name", function(req, res)
  sluice.sleep(req.query.ms and tonumber(req.query.ms) or 1)
  res:write("<", req.params.name)
  res:flush()
  sluice.sleep(1)
  res:write(">")
end)

app:get("/page", function(req, res)
  local slow, quick = req:child("/part/slow?ms=20"), req:child("/part/quick")
  res:write("a")
  local bytes = res:include(slow)
  res:write("b")
  res:include(quick)
  res:write("c ", bytes)
end)

-- What is asked for is told.
app:any("/echo", function(req, res)
  res:status(201)
  res:set("X-Echo", req.query_string)
  res:json({
    method = req.method,
    target = req.target,
    cookie = req:header("Cookie"),
    range = req:header("Range"),
    x = req:header("X-One"),
    host = req.host,
    peer = req.peer,
    id = req.id,
    depth = req.depth,
    body = req:body(),
  })
end)

app:get("/ask", function(req, res)
  local child = req:child("/echo?a=1", {
    query = { b = { 2, "3 & 4" } },
    headers = { ["X-One"] = 1 },
    body = "the body",
  })
  res:set("X-Echo", child:get("x-echo"))
  res:status(child:status())
  res:include(child)
end)

app:get("/without", function(req, res)
  res:include(req:child("/echo", { method = "PUT", headers = { Cookie = false } }))
end)

app:get("/head", function(req, res)
  local child = req:child("/part/x", { method = "HEAD" })
  local bytes, err = res:include(child)
  res:write(tostring(bytes), tostring(err), child:status(), tostring(child:body() == ""))
end)

app:get("/empty", function(_, res)
  res:status(204)
end)

app:get("/statuses", function(req, res)
  for _, path in ipairs({ "/nowhere", "/empty", "/fails", "/aborts" }) do
    local bytes, err = res:include(req:child(path))
    res:write(path, "=", tostring(bytes), ",", tostring(err), " ")
  end
  res:include(req:child("/nowhere"), { any_status = true })
end)

app:get("/fails", function()
  error("a child of a test")
end)

app:get("/aborts", function(_, res)
  res:abort()
end)

app:get("/fails-late", function(_, res)
  res:write("half")
  res:flush()
  sluice.sleep(5)
  error("a child of a test, late")
end)

app:get("/half", function(req, res)
  res:write("[")
  res:include(req:child("/fails-late"))
  res:write("]")
end)

app:get("/half-handled", function(req, res)
  res:write("[")
  local ok, err = pcall(res.include, res, req:child("/fails-late"))
  res:write("] ", tostring(ok), " ", err:match("the child.*"))
end)

app:get("/half-read", function(req, res)
  local child = req:child("/fails-late")
  local first = child:read()
  local second, err = child:read()
  res:write(first, " ", tostring(second), " ", err)
end)

local function go_deeper(req, res)
  res:write(req.depth, " ")
  local below = req.path:gsub("%d+$", tostring(req.params.n + 1))
  local ok, err = pcall(req.child, req, below)
  if ok then
    res:include(err)
  else
    res:write(err:match("'.*"))
  end
end
app:get("/deep/:n<int>", go_deeper)
app:get("/deep/:name/:n<int>", go_deeper)

-- What is known of an answer before any of its body, which is long and waits.
app:get("/signed", function(_, res)
  res:status(203)
  res:add("Set-Cookie", "a=1")
  res:add("Set-Cookie", "b=2; Path=/")
  res:set("X-Kind", "part")
  for _ = 1, 40 do
    res:write(("x"):rep(8192))
  end
  res:write(sluice.trailers({ ["X-Sum"] = "40", ["X-More"] = "yes" }))
end)

app:get("/takes-over", function(req, res)
  local child = req:child("/signed")
  res:status(child:status())
  for nth = 1, math.huge do
    local cookie = child:get("Set-Cookie", nth)
    if not cookie then
      break
    end
    res:add("Set-Cookie", cookie)
  end
  res:set("X-Kind", child:get("x-kind"))
  res:include(child)
  res:write(sluice.trailers(child:trailers()))
end)

app:get("/only-includes", function(req, res)
  local child = req:child("/signed")
  res:include(child)
  sluice.sleep(1)
  assert(child:trailers()["x-SUM"] == "40")
end)

app:get("/trailers", function(req, res)
  local function told(trailers, err)
    return trailers and (next(trailers) or "none") or err
  end
  local cancelled = req:child("/part/x?ms=60000")
  sluice.spawn(function()
    sluice.sleep(1)
    cancelled:cancel()
  end)
  local list = { told(req:child("/part/x"):trailers()), told(cancelled:trailers()) }
  local half = req:child("/fails-late")
  half:status()
  list[3] = told(half:trailers())
  res:write(table.concat(list, " "))
end)

-- Two of them, and somebody who writes all the time.
app:get("/together", function(req, res)
  local tasks = {}
  for n, name in ipairs({ "slow?ms=20", "quick" }) do
    tasks[n] = sluice.spawn(function()
      assert(res:include(req:child("/part/" .. name)))
    end)
  end
  sluice.sleep(1)
  for _ = 1, 5 do
    res:write(".")
    sluice.sleep(1)
  end
  tasks[1]:join()
  tasks[2]:join()
end)

app:get("/endless", function(req, res)
  req:on_abort(function()
    note("endless is told")
  end)
  for n = 1, 100000 do
    if not res:write(("x"):rep(16384)) then
      break
    end
    written[req.query.n] = n * 16384
  end
end)

app:get("/held", function(req, res)
  local child = req:child("/endless?n=held")
  child:status()
  sluice.sleep(50)
  local first = written.held
  sluice.sleep(50)
  res:write(first, " ", written.held, " ")
  for _ = 1, 64 do
    child:read()
  end
  sluice.sleep(20)
  res:write(written.held)
end)

app:get("/stream", function(req, res)
  local _, err = res:include(req:child("/endless?n=stream"))
  note("stream " .. tostring(err))
end)

app:get("/waits", function(req, res)
  res:write("[")
  res:flush()
  res:include(req:child("/part/quiet?ms=60000"))
end)

app:get("/written/:name", function(req, res)
  res:write(written[req.params.name])
end)

app:get("/large", function(_, res)
  for n = 1, 512 do
    res:write(("%08d"):format(n):rep(1024))
  end
end)

app:get("/include-large", function(req, res)
  res:include(req:child("/large"))
end)

app:get("/file", function(_, res)
  local whole, part = sluice.file("app.lua"), sluice.file("app.lua", 3, 7)
  res:WriteEntityChunks({ whole, sluice.fragment("f"), part })
end)

app:get("/include-file", function(req, res)
  res:include(req:child("/file"))
end)

app:get("/read-file", function(req, res)
  for piece in req:child("/file"):chunks(1000) do
    assert(#piece <= 1000)
    res:write(piece)
  end
end)

app:get("/completions", function(req, res)
  local one = req:child("/part/one")
  local operation = res:WriteEntityChunks("w", true, true, nil, { always_post = true })
  local seen = {}
  for _ = 1, 2 do
    local bytes, kind, which = res:GetCompletedOperation()
    seen[#seen + 1] = kind .. bytes .. tostring(which == one.operation or which == operation)
  end
  table.sort(seen)
  res:write(table.concat(seen, " "), " ", tostring(select(2, res:GetCompletedOperation())), " ")
  local failed = req:child("/aborts")
  local _, err = failed:GetCompletedOperation()
  local cancelled = req:child("/part/two?ms=60000")
  cancelled:status(sluice.spawn(function()
    cancelled.operation:cancel()
  end))
  local _, why = cancelled:GetCompletedOperation()
  res:write(err, " ", why, " ", one:body())
end)

app:get("/too-big", function(req, res)
  local body, err = req:child("/large"):body(1000)
  res:write(tostring(body), " ", err)
end)

app:get("/untaken", function(req, res)
  req:child("/endless?n=untaken"):status()
  res:write("done")
end)

-- Not kept: the collector ends it.
app:get("/dropped", function(req, res)
  for _ = 1, 300 do
    req:child("/endless?n=dropped"):status()
    collectgarbage("step", 10000)
  end
  collectgarbage()
  sluice.sleep(1)
  res:write("done")
end)

app:group("/staged", function(staged)
  staged:on("chunks", function(_, _, chunk)
    sluice.sleep(1)
    return type(chunk) == "string" and chunk:upper() or chunk
  end)
  staged:compress({ min = 0 })
  staged:get("/child", function(_, res)
    res:text("a text of the child")
  end)
  staged:get("/parent", function(req, res)
    res:include(req:child("/large"))
  end)
end)

app:get("/of-staged", function(req, res)
  res:include(req:child("/staged/child"))
end)

app:on_start(function()
  sluice.fragments:put("f", "<fragment>")
end)

return app
