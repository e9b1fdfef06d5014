-- Bodies of known length, with conditions and ranges.

local sluice = require("sluice")
local app = sluice.new()
app:ranges()

local DATE = "Sun, 06 Nov 1994 08:49:37 GMT"

local body = {}
for n = 0, 999 do
  body[n + 1] = ("%03d,"):format(n)
end
body = table.concat(body)

local function describe(res)
  res:set("ETag", '"v1"')
  res:set("Last-Modified", DATE)
  res:set("Content-Type", "text/plain")
end

local function whole(_, res)
  describe(res)
  res:write(body)
end

app:get("/whole", whole)

app:post("/whole", whole)

-- Piece by piece, of all kinds, and what is not sent completes too.
app:get("/pieces", function(_, res)
  describe(res)
  res:set("Content-Length", 12 + #body)
  sluice.fragments:put("start", "start:")
  local operation = res:WriteEntityChunks(sluice.fragment("start"), true)
  for at = 1, #body, 500 do
    res:write(body:sub(at, at + 499))
    sluice.sleep(1)
  end
  res:WriteEntityChunks("::end:", false, false)
  local bytes, kind = operation:GetCompletedOperation()
  sluice.log.info("the first piece", { bytes = bytes, kind = kind })
end)

-- A file that is far too large to be read.
app:get("/file", function(_, res)
  local chunk = sluice.file("large")
  res:WriteEntityChunks({ "(", chunk, ")" }, false, false)
end)

-- What is borrowed stays there until the part of it has left.
app:get("/long", function(_, res)
  res:set("Content-Length", 10000000)
  for n = 0, 9 do
    res:write(string.char(48 + n):rep(1000000))
  end
end)

app:get("/long-file", function(_, res)
  res:WriteEntityChunks(sluice.file("long"), false, false)
end)

app:get("/unknown", function(_, res)
  describe(res)
  res:write(body:sub(1, 10))
  res:flush()
  res:write(body:sub(11))
end)

app:get("/compressed", whole):compress({ min = 0 })

app:get("/changed", whole):stage({
  name = "changed",
  chunks = function(chunk)
    return chunk:upper()
  end,
})

app:get("/kept", whole):stage({
  name = "kept",
  keeps_length = true,
  chunks = function(chunk)
    return (chunk:gsub(",", ";"))
  end,
})

app:get("/weak", function(_, res)
  describe(res)
  res:set("ETag", 'W/"v1"')
  res:write(body)
end)

app:get("/none", function(_, res)
  describe(res)
  res:set("Accept-Ranges", "none")
  res:write(body)
end)

app:get("/missing", function(_, res)
  describe(res)
  res:status(404)
  res:write(body)
end)

app:get("/off", whole):ranges(false)

app
  :get("/this-one", function(_, res)
    res:ranges()
    whole(nil, res)
  end)
  :ranges(false)

app:get("/not-this-one", function(_, res)
  describe(res)
  res:write(body)
  res:ranges(false)
end)

app:get("/digest", function(_, res)
  describe(res)
  res:WriteEntityChunks({ body, sluice.trailers({ ["X-End"] = "yes" }) })
end)

app:get("/short", function(_, res)
  res:set("Content-Length", 100)
  res:write("0123456789")
end)

app:group("/group", function(group)
  group:ranges(false)
  group:get("/", whole)
  group:get("/on", whole):ranges()
end)

return app
