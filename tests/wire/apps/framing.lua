-- Answers in every framing, for test_framing.py and test_pipelining.py.
local sluice = require("sluice")
local app = sluice.new()

app:get("/hello", function(_, res)
  res:set("Content-Type", "text/plain")
  res:write("Hello\n")
end)

app:get("/number/:n", function(req, res)
  res:write("number ", req.params.n)
end)

-- Answers when other turns of the loop have passed.
app:get("/slow/:n", function(req, res)
  sluice.sleep(20)
  res:write("slow ", req.params.n)
end)

-- The flush makes the head leave before the length is known.
app:any("/stream", function(_, res)
  res:write("one,")
  res:flush()
  res:write("two,")
  res:flush()
  res:write("three")
end)

app:any("/declared", function(_, res)
  res:set("Content-Length", "10")
  res:write("01234")
  res:flush()
  res:write("56789")
end)

app:get("/trailers", function(_, res)
  res:write("body")
  res:WriteEntityChunks(sluice.trailers({ ["X-Sum"] = "42" }))
end)

app:any("/nothing", function() end)

app:any("/status/:code", function(req, res)
  res:status(tonumber(req.params.code))
  res:write("a body that some statuses may not have")
end)

app:any("/echo", function(req, res)
  res:write(req:body())
end)

app:post("/ignore", function(_, res)
  res:write("not asked for")
end)

app:get("/identity/*rest", function(req, res)
  res:json({ req.version, req.id, req.path, req.raw_path, req.target })
end)

app:any("/facts", function(req, res)
  res:write(req.method, " ", req.path, " ", req.query_string == "" and "-" or req.query_string)
  res:write(" ", req.host or "-")
end)

app:get("/goodbye", function(_, res)
  res:set("Connection", "close")
  res:write("bye")
end)

return app
