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

app:post("/trailers-late", function(req, res)
  req:read()
  res:write(req.trailers["X-Sum"] or "none", ";")
  req:read()
  res:write(req.trailers["X-Sum"] or "none")
end)

-- Answers without a look at the body.
app:post("/decide", function(req, res)
  res:status(tonumber(req.query_string))
  res:write("decided")
end)

local ask = {}

function ask.chunks(req)
  for _ in req:chunks() do
  end
end

function ask.async(req)
  req:read(1000, true):GetCompletedOperation()
end

function ask.parts(req)
  for _ in req:parts() do
  end
end

app:post("/ask", function(req, res)
  local how = req.query_string
  if ask[how] then
    ask[how](req)
  else
    req[how](req)
  end
  res:write("asked")
end)

app:post("/part", function(req, res)
  res:write("first: ", req:read(3))
end)

return app
