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

-- The digests that a client may want (RFC 9530), and what it says if it does not.
local digests = { ["sha-256"] = sluice.hash.sha256, ["sha-512"] = sluice.hash.sha512 }
local usual = "sha-256=1"

-- The name of the one that it wants most: "sha-512=3, sha-256=10".
local function wanted(field)
  local best, most = nil, 0
  for name, weight in (field or usual):gmatch("([%w-]+)=(%d+)") do
    if digests[name] and tonumber(weight) > most then
      best, most = name, tonumber(weight)
    end
  end
  return best
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
  -- Nearer to the client than compression: what is coded is what is digested. Of a
  -- part (206) it would be the digest of something else.
  data:stage({
    name = "digest",
    order = -1500,
    match = { status = 200 },
    headers = function(req, _, own)
      own.name = wanted(req.headers["want-repr-digest"])
      own.hash = own.name and digests[own.name]()
      return own.name ~= nil
    end,
    chunks = function(chunk, own)
      chunk = type(chunk) == "string" and chunk or chunk:text()
      own.hash:update(chunk)
      return chunk
    end,
    finish = function(own)
      local digest = sluice.base64.encode(own.hash:digest())
      return sluice.trailers({ ["Repr-Digest"] = ("%s=:%s:"):format(own.name, digest) })
    end,
  })
  data:compress({ min = 0 })
  data:get("/", function(_, res)
    res:set("Content-Type", "text/plain")
    res:write("Wiki")
    res:flush()
    res:write("pedia")
  end)
end)

return app
