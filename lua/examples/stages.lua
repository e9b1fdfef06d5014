--- Stages: functions between the handlers and the client, which may wait.
---
---     GET /page    a page with a line put in
---     GET /asked   each chunk as another service wants it
---     GET /data    with a digest of the body in a trailer

local sluice = require("sluice")
local app = sluice.new()

-- Put a text behind the first "<head>", wherever chunks are cut: what may be the
-- beginning of it is kept back, unless the response is flushed there.
local function inject(mark, text)
  return {
    name = "inject",
    match = { type = "text/html" },
    holds = { #mark, 100 },
    headers = function(_, res)
      res:delete("ETag")
    end,
    chunks = function(chunk, own)
      chunk = type(chunk) == "string" and chunk or chunk:text()
      if own.done then
        return chunk
      end
      local _, last = chunk:find(mark, 1, true)
      if last then
        own.done = true
        return { chunk:sub(1, last), text, chunk:sub(last + 1) }
      end
      local kept = math.min(#chunk, #mark - 1)
      return chunk:sub(1, -kept - 1), chunk:sub(#chunk - kept + 1)
    end,
  }
end

-- Something far away that takes its time for each text.
local function ask(text)
  sluice.sleep(5)
  return (text:gsub("%w+", string.reverse))
end

-- Adler-32, as an example of what is computed while a body passes. (RFC 9530 has
-- sha-256 and others; those need a library.)
local function new_sum()
  return { a = 1, b = 0 }
end

local function add(sum, text)
  for i = 1, #text do
    sum.a = (sum.a + text:byte(i)) % 65521
    sum.b = (sum.b + sum.a) % 65521
  end
end

local function digest_of(sum)
  local bytes = { sum.b / 256, sum.b % 256, sum.a / 256, sum.a % 256 }
  for i, byte in ipairs(bytes) do
    bytes[i] = string.char(math.floor(byte))
  end
  return "adler=:" .. sluice.base64.encode(table.concat(bytes)) .. ":"
end

app:group("/page", function(page)
  page:stage(inject("<head>", "<script src='/x.js'></script>"))
  page:get("/", function(_, res)
    res:set("Content-Type", "text/html")
    res:WriteEntityChunks({ sluice.file("part.html"), "ad><title>Tea</title>" })
  end)
end)

app:group("/asked", function(asked)
  asked:stage({
    name = "ask",
    chunks = function(chunk)
      return ask(type(chunk) == "string" and chunk or chunk:text())
    end,
  })
  asked:get("/", function(_, res)
    res:write("live not on ")
    res:flush()
    res:write("evil\n")
  end)
end)

app:group("/data", function(data)
  data:stage({
    name = "digest",
    headers = function(_, _, own)
      own.sum = new_sum()
    end,
    chunks = function(chunk, own)
      chunk = type(chunk) == "string" and chunk or chunk:text()
      add(own.sum, chunk)
      return chunk
    end,
    finish = function(own)
      return sluice.trailers({ ["Repr-Digest"] = digest_of(own.sum) })
    end,
  })
  data:get("/", function(_, res)
    res:write("Wiki")
    res:flush()
    res:write("pedia")
  end)
end)

return app
