-- Answers that are begun again after their stages were asked about the first one, or
-- have seen all of it: a page of an error takes their place.

local sluice = require("sluice")
local app = sluice.new()

local page = ("<p>It did not work.</p>\n"):rep(50)

app:compress({ codings = { "gzip" }, min = 100 })

app:on_error(function(_, _, res)
  res:status(418)
  res:html(page)
end)

local function note(req, what)
  sluice.log.info(("<%s> %s."):format(req.query.n, what))
end

app:on("headers", function(_, res)
  res:set("X-Status", res:status())
end)

-- The nearest to the client: keeps the first answer from leaving, at its head or later.
local function hold(req, at)
  if req.query.at == at and not req.is_held then
    req.is_held = true
    sluice.sleep(60000)
  end
end

app:stage({
  name = "held",
  order = -1500,
  headers = function(req, _, own)
    own.req = req
    hold(req, "headers")
  end,
  chunks = function(chunk, own)
    hold(own.req, "chunks")
    return chunk
  end,
  abort = function(own, why)
    note(own.req, "held: " .. why)
    if own.req.query.abort then
      sluice.sleep(60000)
    end
  end,
})

-- The first to see what is written.
app:stage({
  name = "loud",
  match = function(req)
    return req.query.loud
  end,
  headers = function(req, res, own)
    own.req, own.kind = req, res:get("Content-Type")
    note(req, "loud: headers " .. own.kind)
    return own.kind ~= "image/png"
  end,
  chunks = function(chunk, own)
    note(own.req, "loud: chunks")
    return (type(chunk) == "string" and chunk or chunk:text()):upper()
  end,
  finish = function(own)
    note(own.req, "loud: finish " .. own.kind)
    return "<!-- " .. own.kind .. " -->"
  end,
  abort = function(own)
    note(own.req, "loud: abort " .. own.kind)
  end,
})

app:get("/fails", function(req, res)
  res:set("Content-Type", req.query.type)
  res:WriteEntityChunks({ "half of ", sluice.file("app.lua") }, true)
  if req.query.whole then
    res:finish()
  else
    res:Flush(true)
  end
  while not req.is_held do
    sluice.sleep(1)
  end
  error("a handler of a test")
end)

-- Of the first answer nobody knows the length, so that there are no ranges of it.
app
  :get("/corrected", function(req, res)
    res:write("wrong")
    res:Flush(true)
    while not req.is_held do
      sluice.sleep(1)
    end
    assert(res:clear())
    res:set("ETag", '"2"')
    res:text("milk and sugar")
  end)
  :ranges()

-- Nobody was asked before it fails, and nobody answers in its place.
app:get("/fails-at-once", function()
  error("a handler of a test")
end)

app:get("/declines", function(_, res)
  res:set("Content-Type", "image/png")
  res:write("whole")
end)

app:get("/leaves", function(req, res)
  res:set("Content-Type", "image/png")
  res:WriteEntityChunks("half", true)
  if req.query.whole then
    res:finish()
  else
    res:Flush(true)
  end
  while not req.is_held do
    sluice.sleep(1)
  end
  note(req, "is there")
  sluice.sleep(60000)
end)

app:get("/aborts", function(_, res)
  res:set("Content-Type", "text/plain")
  res:write("half")
  res:flush()
  res:abort()
end)

return app
