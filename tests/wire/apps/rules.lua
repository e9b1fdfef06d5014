-- One body as a file, of a folder, and from handlers, for test_rules.py: what asks for
-- a part of it gets the same from all of them.

local sluice = require("sluice")
local app = sluice.new()

local OLD = "Sun, 06 Nov 1994 08:49:37 GMT"

-- What body.txt and new.txt have, too.
local body = {}
for n = 0, 999 do
  body[n + 1] = ("%03d,"):format(n)
end
body = table.concat(body)
local cuts = { 1, 700, 701, 1500, #body + 1 }

-- The file of "new" was changed just now.
local versions = {
  strong = { file = "body.txt", tag = '"v1"' },
  weak = { file = "body.txt", tag = 'W/"v1"' },
  untagged = { file = "body.txt", tag = false },
  new = { file = "new.txt", tag = '"v1"' },
}

local function describe(res, version)
  if version.tag then
    res:set("ETag", version.tag)
  end
  res:set("Last-Modified", version == versions.new and sluice.time.http(sluice.time.now()) or OLD)
  res:set("Content-Type", "text/x-digits")
  res:set("X-Content-Type-Options", "nosniff")
end

local function bytes(from, to)
  return body:sub(cuts[from], cuts[to] - 1)
end

local hows = {}

function hows.file(res, version)
  res:send_file(version.file, { etag = version.tag, type = "text/x-digits" })
end

function hows.memory(res)
  res:write(body)
end

-- As a whole, of all kinds of chunks.
function hows.chunks(res, version)
  sluice.fragments:put("part", bytes(2, 3))
  res:WriteEntityChunks({
    bytes(1, 2),
    sluice.fragment("part"),
    sluice.file(version.file, cuts[3] - 1, cuts[4] - cuts[3]),
    bytes(4, 5),
  }, false, false)
end

-- While its client gets it already.
function hows.stream(res)
  res:set("Content-Length", #body)
  for i = 1, #cuts - 1 do
    res:write(bytes(i, i + 1))
    res:flush()
  end
end

app
  :get("/:version/:how", function(req, res)
    local version = versions[req.params.version]
    if req.params.how ~= "file" then
      describe(res, version)
    end
    hows[req.params.how](res, version)
  end)
  :ranges()

app:get("/plain-file", function(_, res)
  hows.file(res, versions.strong)
end)

app:static("/static", ".")

-- What is compressed for who likes that.
app:group("/compressed", function(group)
  group:compress({ min = 0 })
  group:get("/file", function(_, res)
    hows.file(res, versions.strong)
  end)
  group
    :get("/memory", function(_, res)
      describe(res, versions.strong)
      res:write(body)
    end)
    :ranges()
end)

-- Who waits before the head leaves makes nothing of the body.
app:group("/hooked", function(group)
  group:on("headers", function(_, res)
    sluice.sleep(1)
    res:set("X-Hooked", "yes")
  end)
  group:get("/file", function(_, res)
    hows.file(res, versions.strong)
  end)
end)

-- A stage makes other bytes of a file: its ranges are of those.
app
  :get("/kept", function(_, res)
    hows.file(res, versions.strong)
  end)
  :stage({
    name = "kept",
    keeps_length = true,
    chunks = function(chunk)
      local text = type(chunk) == "string" and chunk or chunk:text()
      return (text:gsub("0", "x"))
    end,
  })

app
  :get("/doubled", function(_, res)
    hows.file(res, versions.strong)
  end)
  :stage({
    name = "doubled",
    chunks = function(chunk)
      return (type(chunk) == "string" and chunk or chunk:text()):rep(2)
    end,
  })

return app
