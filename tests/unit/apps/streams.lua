-- Handlers for tests/unit/script_stream_test.c: what is sent, and when.

local sluice = require("sluice")

-- The second run: LuaJIT compiles at once, and the collector never rests, so
-- that memory which only C holds is gone at once.
if os.getenv("SLUICE_TEST_HOT") then
  jit.opt.start("hotloop=1", "hotexit=1")
  collectgarbage("setpause", 50)
  collectgarbage("setstepmul", 1000)
end

local app = sluice.new()

app:get("/lines/:count", function(req, res)
  for i = 1, tonumber(req.params.count) do
    res:write("line ", i, "\n")
  end
end)

app:get("/text/:count", function(req, res)
  for _ = 1, tonumber(req.params.count) do
    res:write("x\n")
  end
end)

app:get("/hello", function(_, res)
  res:write("hello")
end)

-- Strings of which nobody but the server holds a copy, from coroutines that
-- are gone when they are sent.
app:get("/borrowed/:count", function(req, res)
  for i = 1, tonumber(req.params.count) do
    local co = coroutine.create(function()
      local text = string.char(97 + i % 26):rep(5000)
      res:WriteEntityChunks({ text, string.char(65 + i % 26):rep(6000) }, i % 2 == 0)
    end)
    assert(coroutine.resume(co))
    if i % 50 == 0 then
      collectgarbage()
    end
  end
end)

app:get("/collects", function(_, res)
  local ops = {}
  for i = 1, 5 do
    ops[i] = res:WriteEntityChunks(("x"):rep(i), true)
  end
  assert(ops[1]:GetCompletionStatus() == "pending")
  local bytes, kind = ops[5]:GetCompletedOperation()
  assert(bytes == 5 and kind == "write")
  assert(select(3, res:GetCompletedOperation()) == ops[1])
  for i, op in ipairs(ops) do
    assert(op:GetCompletedOperation() == i)
    assert(op:GetCompletedOperation() == i, "the same answer twice")
    assert(op:GetCompletionBytes() == i)
    assert(op:GetCompletionStatus() == "ok")
  end
  local none, why = res:GetCompletedOperation()
  assert(none == nil and why == "idle")
  res:write("ok")
end)

app:get("/callbacks/:count", function(req, res)
  local left = tonumber(req.params.count)
  local function one_less()
    left = left - 1
    if left == 0 then
      sluice.log.info("all called back")
    end
  end
  for i = 1, left do
    local chunk = i % 2 == 0 and "even" or "odd"
    local op, expected = res:WriteEntityChunks(chunk, true, true, function(done)
      assert(done:GetCompletionBytes() == #chunk)
      one_less()
    end)
    assert(op.bytes == #chunk)
    if not expected then
      one_less() -- it completed inline: no callback will come
    end
  end
end)

app:get("/mixed", function(_, res)
  sluice.fragments:put("f", "[fragment]")
  local file = assert(sluice.file("streams.lua", 3, 8))
  local op = res:WriteEntityChunks({
    "text ",
    { 1, { ("b"):rep(5000) } },
    file,
    sluice.fragment("f", 1, 8),
    require("string.buffer").new():put(" buffer"),
    sluice.trailers({ ["X-Sum"] = 12 }),
  }, true, false)
  local bytes = assert(op:GetCompletedOperation())
  sluice.log.info("sent", { bytes = bytes })
  local ok, err = pcall(res.WriteEntityChunks, res, file)
  sluice.log.info("again", { ok = ok, err = err })
end)

app:get("/files/unsent", function(_, res)
  for _ = 1, 100 do
    assert(sluice.file("streams.lua"))
  end
  collectgarbage()
  collectgarbage()
  local file, err = sluice.file("nowhere.lua")
  res:write(tostring(file), " ", err:match("[^:]*$"))
end)

app:get("/order", function(_, res)
  res:write(("x"):rep(200000)) -- above the mark from here on
  for i = 1, 5 do
    sluice.spawn(function()
      assert(res:write(i))
    end)
  end
  sluice.sleep(1)
  assert(res:write("end"))
  sluice.sleep(100)
end)

app:get("/impatient", function(_, res)
  res:write(("x"):rep(200000))
  local ok, err = res:WriteEntityChunks("y", false, true, nil, { timeout = 20 })
  sluice.log.info("sync", { ok = ok, err = err })
  while true do
    ok, err = res:WriteEntityChunks(("z"):rep(100000), true, true, nil, { no_wait = true })
    if not ok then
      break
    end
  end
  sluice.log.info("async", { ok = ok, err = err })
end)

app:get("/uncollected/:count", function(req, res)
  for _ = 1, tonumber(req.params.count) do
    res:WriteEntityChunks("x\n", true)
  end
end)

app:get("/cancels", function(_, res)
  local first = res:WriteEntityChunks("first ", true)
  local second = res:WriteEntityChunks("second ", true)
  local third = res:WriteEntityChunks("third", true)
  assert(second:cancel())
  assert(second:GetCompletionStatus() ~= "ok")
  local bytes, err = second:GetCompletedOperation()
  assert(bytes == nil and err == "cancelled")
  assert(first:GetCompletedOperation() == 6)
  assert(third:GetCompletedOperation() == 5)
  local _, why = third:cancel()
  assert(why == "completed")
end)

app:get("/flushes", function(_, res)
  res:write("one ")
  local bytes = assert(res:Flush())
  local op = res:Flush(true)
  res:write("two")
  sluice.log.info("flushed", { bytes = bytes, again = op:GetCompletedOperation() })
  res:finish()
  local ok, err = res:write("three")
  sluice.log.info("after the end", { ok = ok, err = err })
end)

app:get("/head", function(_, res)
  assert(res:set("X-A", 1) and res:add("X-A", 2))
  assert(res:get("x-a") == "1" and res:get("X-A", 2) == "2" and res:get("X-A", 3) == nil)
  assert(res:delete("X-A") and res:get("X-A") == nil)
  assert(res:status() == 200 and res:status(201, "Made") and res:status() == 201)
  assert(not pcall(res.set, res, "Bad Name", "x"))
  assert(not pcall(res.set, res, "X", "a\r\nSet-Cookie: b"))
  assert(not pcall(res.status, res, 99))
  assert(res:informational(103, { Link = "</style.css>" }))
  assert(res:is_committed() == false and res:pending_bytes() == 0)
  res:write("body")
  assert(res:insert("front ") and res:pending_bytes() == 10)
  assert(res:flush())
  local ok, err = res:set("X-Late", "1")
  assert(ok == nil and err == "committed" and res:is_committed())
  assert(res:wait_drain())
  assert(res:buffering(1000) and res:buffering(false) and res:need_disconnect())
end)

app:get("/redirect", function(_, res)
  res:write("dropped")
  assert(res:redirect("/there", 303))
end)

-- A task that goes on when the handler is over, and its answer is not.
app:get("/lingers", function(_, res)
  local op = res:WriteEntityChunks(("x"):rep(200000), true)
  sluice.spawn(function()
    sluice.sleep(5)
    local _, one = op:GetCompletedOperation()
    local _, any = res:GetCompletedOperation()
    local _, room = res:wait_drain()
    local _, write = res:write("more")
    sluice.log.info("lingered", { one = one, any = any, room = room, write = write })
  end)
end)

return app
