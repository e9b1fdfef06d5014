-- Handlers that read bodies piece by piece, for test_uploads.py.
local sluice = require("sluice")
local app = sluice.new()

app:get("/hello", function(_, res)
  res:write("Hello\n")
end)

-- Answers while the body is still arriving.
app:post("/mirror", function(req, res)
  while true do
    local piece, err = req:read()
    if not piece then
      return err and res:abort()
    end
    res:write(piece)
  end
end)

app:post("/count", function(req, res)
  local bytes = 0
  while true do
    local piece, err = req:read()
    if not piece then
      return err and res:abort() or res:write(bytes)
    end
    bytes = bytes + #piece
  end
end)

app:post("/slow", function(req, res)
  local bytes = 0
  while true do
    local piece = req:read(10000)
    if not piece then
      break
    end
    bytes = bytes + #piece
    sluice.sleep(1)
  end
  res:write(bytes)
end)

app:post("/pieces/:most", function(req, res)
  local most, largest = tonumber(req.params.most), 0
  for _ = 1, 1000 do
    local piece = req:read(most) or ""
    largest = math.max(largest, #piece)
  end
  res:write(largest)
end)

-- Begins to read only when another request says so.
local begin = false
app:post("/later", function(req, res)
  begin = false
  while not begin do
    sluice.sleep(2)
  end
  res:write(#req:body())
end)

app:get("/begin", function(_, res)
  begin = true
  res:write("begun")
end)

app:post("/trailers", function(req, res)
  local body = req:body()
  res:write(body, ":", req.trailers["X-Sum"] or "none")
end)

app:post("/part", function(req, res)
  res:write("first: ", req:read(3))
end)

return app
