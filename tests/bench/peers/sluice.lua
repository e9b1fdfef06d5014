--- The workloads of the benchmark as an app of Sluice.

local sluice = require("sluice")

local app = sluice.new()
local chunk = string.rep("x", 1024)
local block = string.rep("x", 64 * 1024)
local event = "data: " .. string.rep("x", 92) .. "\n\n"
local folder = sluice.env.required("BENCH_WWW")

---Routes to a handler that answers with text.
---@param path string
---@param handler fun(req: sluice.Request, res: sluice.Response)
local function text(path, handler)
  app:get(path, function(req, res)
    res:set("Content-Type", "text/plain")
    handler(req, res)
  end)
end

text("/", function(_, res)
  res:write("Hello, world!")
end)

for path, count in pairs({ [""] = 100, ["/10"] = 10, ["/100"] = 100, ["/1000"] = 1000 }) do
  text("/flushed" .. path, function(_, res)
    for _ = 1, count do
      res:write(chunk)
      res:flush()
    end
  end)

  text("/chunks" .. path, function(_, res)
    for _ = 1, count do
      res:write(chunk)
    end
  end)
end

text("/collected", function(_, res)
  local flushes = {}
  for i = 1, 100 do
    res:write(chunk)
    flushes[i] = res:Flush(true)
  end
  for i = 1, 100 do
    flushes[i]:GetCompletedOperation()
  end
end)

app:get("/file/:name", function(req, res)
  res:send_file(folder .. "/" .. req.params.name)
end)

app:group("/text", function(group)
  local file = assert(io.open(folder .. "/text", "rb"))
  local body = file:read("*a")
  file:close()

  group:compress({ codings = { "gzip" }, levels = { gzip = 6 } })
  group:get("/", function(_, res)
    res:set("Content-Type", "text/plain")
    res:write(body)
  end)
  group:get("/flushed", function(_, res)
    res:set("Content-Type", "text/plain")
    for at = 1, #body, 1024 do
      res:write(body:sub(at, at + 1023))
      res:flush()
    end
  end)
end)

app:post("/echo", function(req, res)
  res:set("Content-Type", "text/plain")
  res:write(req:body())
end)

app:get("/events", function(_, res)
  res:set("Content-Type", "text/event-stream")
  while res:write(event) do
    sluice.sleep(1000)
  end
end)

text("/big", function(_, res)
  for _ = 1, 4096 do
    res:write(block)
  end
end)

text("/lines", function(_, res)
  for _ = 1, 1000000 do
    res:write("a line of 20 bytes.\n")
  end
end)

app:get("/json", function(_, res)
  res:json({
    id = 7,
    name = "Sluice",
    tags = { "fast", "small", "lua" },
    ratio = 0.5,
    stable = true,
  })
end)

app:use("/users", function(_, res, next)
  res:set("X-Frame-Options", "DENY")
  next()
end)

app:use("/users", function(_, res, next)
  res:set("X-Content-Type-Options", "nosniff")
  next()
end)

text("/users/:user/posts/:post", function(req, res)
  res:set("Cache-Control", "no-store")
  res:set("X-User", req.params.user)
  res:write("user ", req.params.user, ", post ", req.params.post, "\n")
end)

return app
