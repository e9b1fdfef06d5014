-- What real clients ask for in test_clients.py.
local sluice = require("sluice")
local app = sluice.new()

app:get("/hello", function(_, res)
  res:write("Hello\n")
end)

app:get("/stream", function(_, res)
  for n = 1, 100 do
    res:write("line ", n, "\n")
    if n % 25 == 0 then
      res:flush()
    end
  end
end)

app:get("/large", function(_, res)
  local piece = ("x"):rep(40000)
  for _ = 1, 100 do
    res:write(piece)
  end
end)

app:put("/upload", function(req, res)
  res:write(#req:body())
end)

app:get("/trailers", function(_, res)
  res:write("body")
  res:WriteEntityChunks(sluice.trailers({ ["X-Sum"] = "42" }))
end)

app:get("/abort", function(_, res)
  res:write("begun")
  res:flush()
  res:abort()
end)

return app
