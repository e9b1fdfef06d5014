-- What scripts do to the interfaces, well or badly, for test_scripts.py.
local sluice = require("sluice")
local app = sluice.new()
local kept = {}
local notes = {}

local function note(...)
  local words = {}
  for n = 1, select("#", ...) do
    words[n] = tostring((select(n, ...)))
  end
  notes[#notes + 1] = table.concat(words, " ")
end

app:get("/notes", function(_, res)
  res:write(table.concat(notes, "\n"))
  notes = {}
end)

app:get("/hello", function(_, res)
  res:write("Hello\n")
end)

app:get("/keep", function(req, res)
  kept.req, kept.res = req, res
  kept.op = res:WriteEntityChunks("kept", true)
end)

-- The exchange of /keep is over, and its slot perhaps in use again.
app:get("/misuse", function(_, res)
  for _, call in ipairs({
    { "write", "stolen" },
    { "WriteEntityChunks", "stolen", true },
    { "flush" },
    { "Flush", true },
    { "finish" },
    { "abort" },
    { "set", "X-Stolen", "1" },
    { "status", 500 },
    { "clear" },
    { "insert", "stolen" },
    { "pending_bytes" },
    { "is_committed" },
    { "wait_drain" },
    { "GetCompletedOperation" },
    { "informational", 103 },
  }) do
    local result, err = kept.res[call[1]](kept.res, unpack(call, 2))
    note(call[1], result, err)
  end
  note("operation", kept.op:GetCompletedOperation())
  note("read", kept.req:read())
  res:write("mine")
end)

app:get("/generator", function(_, res)
  local next_line = coroutine.wrap(function()
    for n = 1, 3 do
      sluice.sleep(1)
      coroutine.yield("line " .. n .. "\n")
    end
  end)
  for line in next_line do
    res:write(line)
  end
end)

app:get("/protected", function(_, res)
  local ok, err = pcall(function()
    sluice.sleep(1)
    res:write("in pcall,")
    error("caught", 0)
  end)
  res:write(tostring(ok), ",", err)
end)

app:get("/impossible", function(_, res)
  local ok, err = pcall(table.sort, { 2, 1, 3 }, function(a, b)
    sluice.sleep(1)
    return a < b
  end)
  note(ok, err)
  res:write("still here")
end)

app:get("/yield", function()
  coroutine.yield("nonsense")
end)

-- Several coroutines write to one response.
app:get("/writers", function(_, res)
  local left = 3
  for writer = 1, 3 do
    sluice.spawn(function()
      for n = 1, 100 do
        res:write(("%d:%03d\n"):format(writer, n):rep(2000))
      end
      left = left - 1
    end)
  end
  while left > 0 do
    sluice.sleep(2)
  end
end)

app:get("/spawned", function(_, res)
  sluice.spawn(function()
    sluice.sleep(10)
    note("spawned", res:write("too late"))
  end)
  res:write("done")
end)

app:get("/wrong/:call", function(req, res)
  local calls = {
    chunk = function()
      res:WriteEntityChunks(print)
    end,
    ["nested-chunk"] = function()
      res:WriteEntityChunks({ "a", { {}, { true } } })
    end,
    circle = function()
      local circle = {}
      circle[1] = circle
      res:WriteEntityChunks(circle)
    end,
    status = function()
      res:status(99)
    end,
    write = function()
      res:write(nil)
    end,
    assignment = function()
      res.statusCode = 404
    end,
  }
  local ok, err = pcall(calls[req.params.call])
  note(ok, err)
  res:write("fine")
end)

app:get("/file/:what", function(req, res)
  local makers = {
    absent = { "absent.bin" },
    folder = { "." },
    beyond = { "app.lua", 1000000 },
    ["too-long"] = { "app.lua", 0, 1000000 },
  }
  note(sluice.file(unpack(makers[req.params.what])))
  res:write("fine")
end)

app:get("/twice", function(_, res)
  local file = sluice.file("app.lua", 0, 2)
  note(res:WriteEntityChunks(file))
  note(pcall(res.WriteEntityChunks, res, file))
end)

-- The file shrinks between being measured and being sent.
app:get("/shrinking", function(_, res)
  local file = assert(sluice.file("shrinking.bin"))
  local folder = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
  assert(io.open(folder .. "/shrinking.bin", "w")):close()
  res:WriteEntityChunks(file)
end)

app:get("/fragments", function(_, res)
  local store = sluice.fragments
  note(store:put("a", "first"), store:get("a"))
  res:WriteEntityChunks(sluice.fragment("a"))
  note(store:put("a", "second"), store:get("a"))
  res:WriteEntityChunks(sluice.fragment("a", 1, 3))
  note(store:remove("a"), store:get("a"), store:remove("a"))
  note(store:put("short-lived", "x", 1), store:get("short-lived"))
  sluice.sleep(20)
  note((store:get("short-lived")))
end)

app:get("/insert", function(_, res)
  res:write("second,")
  res:insert("first,")
  res:flush()
  note(res:insert("too late"))
  res:write("third")
end)

return app
