-- Handlers that write much, or for ever, for test_streaming.py.
local sluice = require("sluice")
local app = sluice.new()
local gate_is_open = false

app:get("/hello", function(_, res)
  res:write("Hello\n")
end)

app:get("/forever", function(_, res)
  while true do
    res:write("x\n")
  end
end)

app:get("/forever-async", function(_, res)
  while true do
    res:WriteEntityChunks("x\n", true)
  end
end)

app:get("/forever-large", function(_, res)
  local piece = ("x"):rep(50000)
  while true do
    res:WriteEntityChunks({ piece, piece, piece }, true)
  end
end)

app:get("/forever-flush", function(_, res)
  while true do
    res:write("x\n")
    res:flush()
  end
end)

app:get("/lines/:count", function(req, res)
  for n = 1, tonumber(req.params.count) do
    res:write(n, "\n")
  end
end)

app:get("/pieces/:count", function(req, res)
  for n = 1, tonumber(req.params.count) do
    local piece = ("%08d"):format(n):rep(8192)
    res:write(piece)
  end
end)

app:get("/file", function(_, res)
  res:WriteEntityChunks(sluice.file("large.bin"))
end)

app:get("/file/:offset/:length", function(req, res)
  local offset, length = tonumber(req.params.offset), tonumber(req.params.length)
  res:WriteEntityChunks({ "<", sluice.file("large.bin", offset, length), ">" })
end)

-- The ways to let a first part leave while the handler goes on.
local ways = {
  wait = function() end,
  flush = function(res)
    res:flush()
  end,
  ["flush-async"] = function(res)
    res:Flush(true)
  end,
  write = function(res)
    res:WriteEntityChunks("", true):GetCompletedOperation()
  end,
}

app:get("/gate/:way", function(req, res)
  gate_is_open = false
  res:write("before")
  ways[req.params.way](res)
  while not gate_is_open do
    sluice.sleep(5)
  end
  res:write("after")
end)

app:get("/open", function(_, res)
  gate_is_open = true
  res:write("open")
end)

return app
