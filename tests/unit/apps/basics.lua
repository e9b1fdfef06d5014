-- Handlers for tests/unit/script_test.c: one route, one behaviour.

local sluice = require("sluice")
local app = sluice.new()

app:get("/hello/:name", function(req, res)
  res:set("Content-Type", "text/plain")
  res:write("Hello, ", req.params.name, "!\n", 42)
end)

app:get("/fails", function(_, res)
  res:write("never seen")
  error("out of order")
end)

app:get("/fails/late", function(_, res)
  res:write("seen")
  res:flush()
  error({ reason = "no text" })
end)

app:get("/fails/with-an-object", function()
  error(setmetatable({}, {
    __tostring = function()
      return "a described error"
    end,
  }))
end)

app:get("/yields", function()
  coroutine.yield("to nobody")
end)

app:get("/sleeps", function(_, res)
  res:write("a")
  sluice.sleep(100)
  res:write("b")
end)

app:get("/sleeps/stubbornly", function(_, res)
  while true do
    local ok, err = pcall(sluice.sleep, 1000)
    sluice.log.info("sleep ended", { ok = ok, err = err })
  end
end)

app:get("/spawns", function(_, res)
  sluice.spawn(function(a, b)
    sluice.sleep(10)
    sluice.log.info("spawned", { sum = a + b })
    error("nobody listens")
  end, 1, 2)
  res:write("started")
end)

app:get("/leaves", function(req, res)
  req:on_abort(function()
    sluice.sleep(5)
    sluice.log.info("left", { status = res:status() })
  end)
  local ok, err = res:flush()
  while ok do
    pcall(sluice.sleep, 10)
    ok, err = res:write("tick\n")
  end
  sluice.log.info("write failed", { err = err })
end)

local kept = {}

app:get("/keeps", function(req, res)
  kept.req, kept.res = req, res
  kept.op = res:WriteEntityChunks("kept", true)
end)

app:get("/uses-kept", function(_, res)
  local function try(...)
    res:write(tostring((select(select("#", ...), ...))), ";")
  end
  try(kept.res:write("x"))
  try(kept.res:WriteEntityChunks({ ("x"):rep(10000) }, true))
  try(kept.res:Flush())
  try(kept.res:set("A", "b"))
  try(kept.res:GetCompletedOperation())
  try(kept.op:cancel())
  try(kept.op:GetCompletedOperation())
  try(kept.req:read())
  try(kept.req:on_abort(print))
  try(pcall(function()
    return kept.req.peer
  end))
end)

app:post("/echo", function(req, res)
  local body, err = req:body()
  res:write(body or err)
end)

app:post("/careless", function(req, res)
  res:write("got " .. req:body())
end)

app:post("/copy", function(req, res)
  for piece in
    function()
      return req:read(3)
    end
  do
    res:write(piece, "|")
  end
end)

app:get("/eats", function(_, res)
  local all = {}
  for i = 1, 1e9 do
    all[i] = ("x"):rep(1000) .. i
  end
  res:write(all)
end)

local function numbers(n)
  return coroutine.wrap(function()
    for i = 1, n do
      sluice.sleep(1)
      coroutine.yield(i)
    end
  end)
end

app:get("/generates", function(_, res)
  for i in numbers(3) do
    res:write(i, " ")
  end
  -- Two levels down, and an error that comes up again.
  local deep = coroutine.wrap(function()
    for i in numbers(2) do
      coroutine.yield(i * 10)
    end
    error("deep", 0)
  end)
  res:write(deep(), " ", deep(), " ", select(2, pcall(deep)))
end)

app:get("/waits-where-it-cannot", function(_, res)
  local function try(...)
    local _, err = pcall(...)
    res:write((err:gsub("^.-: ", ""):match("^[^:]*")), "\n")
  end
  try(table.sort, { 2, 1 }, function()
    sluice.sleep(1)
    return true
  end)
  try(string.gsub, "x", "x", function()
    sluice.sleep(1)
  end)
  try(string.gsub, "x", "x", function()
    local co = coroutine.wrap(sluice.sleep)
    co(1)
  end)
  sluice.sleep(1)
  res:write("still here")
end)

app:get("/shared-coroutine", function(_, res)
  local co = coroutine.create(function()
    sluice.sleep(10)
    return "woken"
  end)
  sluice.spawn(function()
    local _, err = coroutine.resume(co)
    res:write(err, "; ", coroutine.status(co), "; ")
  end)
  local _, value = coroutine.resume(co)
  res:write(value)
end)

return app
