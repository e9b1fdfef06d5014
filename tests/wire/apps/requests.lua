-- What handlers ask of a request, for test_request_library.py.

local sluice = require("sluice")
local app = sluice.new()

local function show(value)
  if type(value) ~= "table" then
    return tostring(value)
  end
  local names, list = {}, {}
  for name in pairs(value) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    list[i] = name .. "=" .. show(value[name])
  end
  return "{" .. table.concat(list, ",") .. "}"
end

app:get("/cookies", function(req, res)
  res:write(show(req.cookies))
end)

app:get("/addresses", function(req, res)
  res:write(req.peer, " ", req.local_address)
end)

app:get("/arrived", function(req, res)
  local before = req.arrived
  sluice.sleep(5)
  res:write(before, " ", tostring(before == req.arrived))
end)

app:get("/query", function(req, res)
  for name, value in req:query_pairs() do
    res:write(name, "=", value, ";")
  end
end)

app:post("/form", function(req, res)
  res:write(show(assert(req:form())))
end)

app:post("/small-form", function(req, res)
  local form, err = req:form({ bytes = 100, fields = 3 })
  res:write(form and show(form) or "no: " .. err)
end)

app:post("/json", function(req, res)
  res:write(show(assert(req:json())))
end)

app:post("/handled", function(req, res)
  local _, err = req:json()
  res:status(422)
  res:write("handled: ", err)
end)

app:post("/body/:limit<int>", function(req, res)
  local text = assert(req:body(req.params.limit))
  res:write(#text, " ", tostring(text == req:body()))
end)

local progress = 0

app:post("/chunks", function(req, res)
  local bytes, pieces, largest = 0, 0, 0
  for piece in req:chunks(5000) do
    bytes, pieces, largest = bytes + #piece, pieces + 1, math.max(largest, #piece)
    sluice.sleep(1)
    progress = bytes -- once it is seen, the handler waits for the body
  end
  res:write(bytes, " ", tostring(pieces >= bytes / 5000), " ", tostring(largest <= 5000))
end)

-- Takes one piece, and no other before the client leaves.
app:post("/stuck", function(req)
  local gone = false
  req:on_abort(function()
    gone = true
  end)
  for _ in req:chunks() do
    while not gone do
      sluice.sleep(2)
    end
  end
end)

app:get("/progress", function(_, res)
  res:write(progress)
end)

app:post("/trailers", function(req, res)
  res:write(show(req.trailers))
  res:flush()
  for _ in req:chunks() do
  end
  res:write(show(req.trailers))
end)

app:get("/accepts", function(req, res)
  res:write(
    tostring(req:accepts("json", "html")),
    " ",
    tostring(req:accepts_language("en", "de-AT")),
    " ",
    tostring(req:accepts_encoding("br", "gzip"))
  )
end)

app:any("/fresh", function(req, res)
  res:set("ETag", '"v2"')
  if req:fresh('"v2"', 784111777) then
    return res:status(304)
  end
  res:write("version 2")
end)

app:get("/wrong/:call", function(req, res)
  local calls = {
    accepts = { "accepts", 7 },
    ["no-type"] = { "accepts", "nonsense" },
    nothing = { "accepts_language" },
    etag = { "fresh", "v2" },
    body = { "body", 0 },
    form = { "form", 7 },
    option = { "form", { size = 7 } },
    chunks = { "chunks", "many" },
  }
  local call = calls[req.params.call]
  local _, err = pcall(function()
    req[call[1]](req, call[2])
  end)
  res:write(err)
end)

return app
