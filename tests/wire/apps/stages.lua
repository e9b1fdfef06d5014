-- Stages that change, hold, wait and fail.

local sluice = require("sluice")
local app = sluice.new()

local function text_of(chunk)
  return type(chunk) == "string" and chunk or chunk:text()
end

local function group(path, def, handler)
  app:group(path, function(g)
    g:stage(def)
    g:get("/", handler)
  end)
end

local function hello(_, res)
  res:write("hello ")
  res:flush()
  res:write("world")
end

group("/upper", {
  name = "upper",
  chunks = function(chunk)
    return text_of(chunk):upper()
  end,
}, hello)

group("/slow", {
  name = "slow",
  headers = function(_, res)
    sluice.sleep(5)
    res:status(202)
    res:set("X-Stage", "slow")
  end,
  chunks = function(chunk)
    sluice.sleep(5)
    return { "[", chunk, "]" }
  end,
}, hello)

-- What is registered first is the last to see the chunks.
app:group("/order", function(outer)
  outer:stage({
    name = "outer",
    chunks = function(chunk)
      return { "outer(", chunk, ")" }
    end,
  })
  outer:group("/", function(inner)
    for _, name in ipairs({ "first", "second" }) do
      inner:stage({
        name = name,
        chunks = function(chunk)
          return name .. "(" .. chunk .. ")"
        end,
      })
    end
    inner:stage({
      name = "nearest",
      order = -1,
      chunks = function(chunk)
        return "nearest(" .. chunk .. ")"
      end,
    })
    inner:get("/", function(_, res)
      res:write("x")
    end)
  end)
end)

-- Says what it is told.
group("/told", {
  name = "told",
  headers = function(req, _, own)
    own.log = { "headers " .. req.path }
  end,
  chunks = function(chunk, own)
    own.log[#own.log + 1] = "chunk " .. chunk
    return nil, chunk
  end,
  flush = function(own, kept)
    own.log[#own.log + 1] = "flush " .. tostring(kept)
    return kept
  end,
  finish = function(own, kept)
    own.log[#own.log + 1] = "finish " .. tostring(kept)
    return { kept or "", "|", table.concat(own.log, ";") }
  end,
}, hello)

group("/aborted", {
  name = "aborted",
  chunks = function(chunk)
    return chunk
  end,
  abort = function(_, why)
    sluice.log.info("the stage was told", { why = why })
  end,
}, function(_, res)
  res:write("half")
  res:flush()
  error("broken")
end)

group("/left", {
  name = "left",
  chunks = function(chunk)
    sluice.log.info("waits")
    sluice.sleep(60000)
    return chunk
  end,
  abort = function(_, why)
    sluice.log.info("the stage was told", { why = why })
  end,
}, function(_, res)
  res:write("never seen")
end)

group("/fails", {
  name = "fails",
  chunks = function()
    error("a stage of a test")
  end,
}, function(_, res)
  res:set("X-Handler", "yes")
  local operation = res:WriteEntityChunks("hello", true)
  local bytes, err = operation:GetCompletedOperation()
  sluice.log.info("the handler got", { err = bytes or err })
end)

group("/fails-late", {
  name = "fails late",
  chunks = function(chunk, own)
    if own.seen then
      error("a stage of a test")
    end
    own.seen = true
    return chunk
  end,
}, hello)

group("/holds", {
  name = "hoarder",
  holds = { bytes = 4 },
  chunks = function()
    return nil, 5
  end,
  flush = function() end,
}, function(_, res)
  res:write("12345")
  sluice.sleep(20)
  res:write("more")
end)

group("/bad-chunk", {
  name = "bad chunk",
  chunks = function()
    return { function() end }
  end,
}, hello)

group("/declared", {
  name = "doubles",
  chunks = function(chunk)
    return { chunk, chunk }
  end,
}, function(_, res)
  res:set("Content-Length", 6)
  res:write("abc")
  res:flush()
  res:write("def")
end)

group("/keeps-length", {
  name = "keeps",
  keeps_length = true,
  chunks = function(chunk)
    return chunk:reverse()
  end,
}, function(_, res)
  res:set("Content-Length", 6)
  res:write("abc")
  res:flush()
  res:write("def")
end)

group("/lies-about-length", {
  name = "liar",
  keeps_length = true,
  chunks = function(chunk)
    return chunk .. chunk
  end,
}, hello)

group("/file", {
  name = "passes",
  chunks = function(chunk)
    if type(chunk) ~= "string" then
      sluice.log.info("a file", { length = chunk.length })
    end
    return chunk
  end,
}, function(_, res)
  res:WriteEntityChunks({ "<", sluice.file("large"), ">" })
end)

group("/file-read", {
  name = "reads",
  chunks = function(chunk)
    return text_of(chunk):upper()
  end,
}, function(_, res)
  res:WriteEntityChunks({ "<", sluice.file("large"), ">" })
end)

group("/large", {
  name = "large",
  chunks = function(chunk, own)
    own.count = (own.count or 0) + #chunk
    return chunk
  end,
  finish = function(own)
    return sluice.trailers({ ["X-Bytes"] = own.count })
  end,
}, function(_, res)
  for _ = 1, 64 do
    res:write(("0123456789abcdef"):rep(65536))
  end
end)

group("/matched", {
  name = "matched",
  match = { type = "text/", status = 200 },
  chunks = function(chunk)
    return chunk:upper()
  end,
}, function(req, res)
  res:set("Content-Type", req.query.type)
  res:status(tonumber(req.query.status))
  res:write("body")
end)

group("/asked", {
  name = "asked",
  match = function(req)
    return req.query.loud
  end,
  chunks = function(chunk)
    return chunk:upper()
  end,
}, hello)

group("/compressed", {
  name = "before",
  chunks = function(chunk)
    return chunk:rep(1000)
  end,
}, function(_, res)
  res:compress({ min = 0 })
  res:text("tea ")
end)

group("/replaced", {
  name = "replaced",
  chunks = function(chunk)
    return "(" .. chunk .. ")"
  end,
}, function(_, res)
  res:write("lost")
  res:clear()
  res:status(404)
  res:write("found")
end)

-- Is at work when its answer begins again, at the head and later.
for _, at in ipairs({ "headers", "chunks" }) do
  local def = {
    name = "again",
    abort = function(own, why)
      sluice.log.info("the answer began again", { at = at, answer = own.answer, why = why })
    end,
    headers = function(_, res, own)
      own.answer = res:get("X-Answer")
      if at == "headers" and own.answer == "first" then
        sluice.sleep(60000)
      end
    end,
    chunks = function(chunk, own)
      if at == "chunks" and own.answer == "first" then
        sluice.sleep(60000)
      end
      return own.answer .. "(" .. chunk .. ")"
    end,
  }
  group("/again-" .. at, def, function(_, res)
    res:set("X-Answer", "first")
    res:WriteEntityChunks("lost", true)
    res:Flush(true)
    sluice.sleep(20) -- the stage waits by now
    assert(res:clear())
    res:set("X-Answer", "second")
    res:write("found")
  end)
end

-- Wait for ever, before the head has left, and later.
group("/stuck", {
  name = "stuck",
  headers = function()
    sluice.sleep(60000)
  end,
}, hello)

group("/stuck-late", {
  name = "stuck late",
  chunks = function(chunk, own)
    if own.seen then
      sluice.sleep(60000)
    end
    own.seen = true
    return chunk
  end,
  abort = function(_, why)
    sluice.log.info("the stage was told", { why = why })
  end,
}, hello)

-- Compression goes on while a stage in front of it waits behind the end.
app
  :get("/slow-compressed", function(_, res)
    res:compress({ min = 0 })
    res:set("Content-Type", "text/plain")
    res:write(("tea "):rep(50000))
  end)
  :stage({
    name = "slow",
    chunks = function(chunk)
      sluice.sleep(5)
      return chunk
    end,
  })

app:get("/limited", function(_, res)
  assert(res:limit_rate(200000, 1000))
  for n = 1, 20 do
    res:write(("%02d"):format(n):rep(500))
    res:flush()
  end
  res:WriteEntityChunks(sluice.file("app.lua"))
end)

-- Completions come when what was made from their bytes has left.
group("/completions", {
  name = "late",
  chunks = function(chunk)
    sluice.sleep(1)
    return chunk:rep(2)
  end,
}, function(_, res)
  local operations = {}
  for n = 1, 20 do
    operations[n] = res:WriteEntityChunks(("%02d,"):format(n), true)
    if n % 7 == 0 then
      sluice.sleep(1)
    end
  end
  for n = 1, 20 do
    local bytes, kind = operations[n]:GetCompletedOperation()
    if bytes ~= 3 or kind ~= "write" then
      res:abort()
    end
  end
  res:write("all")
end)

return app
