-- Handlers that use sluice.fs, sluice.tcp and sluice.process.
local sluice = require("sluice")
local app = sluice.new()

local function say(res, ...)
  for i = 1, select("#", ...) do
    res:write(tostring((select(i, ...))), "|")
  end
end

-- --- Files -------------------------------------------------------------------

app:get("/fs/all", function(req, res)
  local fs, folder = sluice.fs, req.query.folder
  local path = folder .. "/file"
  say(res, fs.mkdir(folder), fs.write(path, ("0123456789"):rep(30000)))
  say(res, fs.write(path, "end", "a"), #fs.read(path), fs.stat(path).size)
  local file = assert(fs.open(path, "r+"))
  say(res, file:read(3), file:read(3), file:read(2, 9), file:stat().size)
  say(res, file:write("xyz", 1), file:read(5, 0))
  file:close()
  say(res, file:read())
  local entries = fs.dir(folder)
  say(res, #entries, entries[1].name, entries[1].type)
  say(res, fs.rename(path, path .. "2"), fs.remove(path .. "2"))
  say(res, fs.read(path))
end)

-- With names of files beside the app, not of the folder the server runs in.
app:get("/relative", function(_, res)
  local fs = sluice.fs
  assert(fs.mkdir("made"))
  assert(fs.write("made/one", "a note"))
  assert(fs.rename("made/one", "made/two"))
  say(res, fs.read("made/two"), fs.stat("made/two").size, fs.dir("made")[1].name)
  res:WriteEntityChunks({ assert(sluice.file("made/two")), "|" })
  local cat = assert(sluice.process.spawn("cat", { args = { "made/two" } }))
  say(res, cat.stdout:read())
  local pwd = assert(sluice.process.spawn("cat", { args = { "two" }, cwd = "made" }))
  say(res, pwd.stdout:read())
  say(res, fs.remove("made/two"), fs.stat("made/two"))
end)

app:get("/no-path", function(_, res)
  local fs, path = sluice.fs, "app.lua\0.png"
  say(res, fs.read(path))
  say(res, fs.stat(path))
  say(res, fs.rename("app.lua", path))
  say(res, sluice.process.spawn("true", { cwd = path }))
end)

-- Opened for one who has been cancelled meanwhile.
app:get("/fs/cancelled", function(_, res)
  for _ = 1, 100 do
    local task = sluice.spawn(sluice.fs.read, "/dev/zero")
    sluice.spawn(function()
      task:cancel()
    end)
  end
  local reader = sluice.spawn(sluice.fs.read, "/dev/zero")
  sluice.sleep(10)
  reader:cancel()
  sluice.sleep(10)
  say(res, reader:join())
end)

-- --- TCP ---------------------------------------------------------------------

local function echo(stream)
  for data in stream:each() do
    stream:write(data)
  end
end

app:get("/tcp/echo/:count", function(req, res)
  local count, got = tonumber(req.params.count), 0
  local server = assert(sluice.tcp.listen("127.0.0.1", 0, echo))
  local stream = assert(sluice.tcp.connect("127.0.0.1", server.port, { timeout = 5000 }))
  sluice.spawn(function()
    stream:write(("x"):rep(count))
    stream:finish()
  end)
  for data in stream:each() do
    got = got + #data
  end
  say(res, got, (stream:read()))
  stream:close()
  say(res, stream:read())
  say(res, stream:write("late"))
  server:close()
end)

app:get("/tcp/failures", function(_, res)
  local server = assert(sluice.tcp.listen("127.0.0.1", 0, function(stream)
    stream:read()
    error("the server's function fails")
  end))
  say(res, sluice.tcp.listen("127.0.0.1", server.port, print))
  local stream = assert(sluice.tcp.connect("localhost", server.port))
  say(res, stream:read(5))
  local reader = sluice.spawn(stream.read, stream)
  sluice.sleep(1)
  local _, err = pcall(stream.read, stream)
  say(res, err:match("another coroutine"))
  stream:close()
  say(res, reader:join())
  server:close()
  sluice.sleep(5)
  say(res, sluice.tcp.connect("127.0.0.1", server.port))
end)

-- Nobody closes these but the collector.
app:get("/tcp/dropped", function(_, res)
  local server = assert(sluice.tcp.listen("127.0.0.1", 0, echo))
  for _ = 1, 20 do
    local stream = assert(sluice.tcp.connect("127.0.0.1", server.port))
    stream:write("x")
    stream:read()
  end
  res:write("dropped")
end)

app:get("/collect", function(_, res)
  collectgarbage()
  collectgarbage()
  sluice.sleep(5)
  res:write("collected")
end)

-- What is read slowly is sent slowly: both ends are here.
app:get("/tcp/slow", function(_, res)
  local sent = 0
  local server = assert(sluice.tcp.listen("127.0.0.1", 0, function(stream)
    local piece = ("x"):rep(1e6)
    while sent < 200e6 and stream:write(piece) do
      sent = sent + #piece
    end
  end))
  local stream = assert(sluice.tcp.connect("127.0.0.1", server.port))
  stream:read()
  sluice.sleep(300)
  say(res, sent < 100e6)
  stream:close()
  server:close()
end)

-- --- Processes ---------------------------------------------------------------

app:get("/process/all", function(_, res)
  local spawn = sluice.process.spawn
  local cat = assert(spawn("cat", { stdin = "pipe" }))
  say(res, cat.stdin:write("through a pipe"), cat.stdin:finish())
  say(res, cat.stdout:read(), (cat.stdout:read()))
  say(res, cat:wait())
  local sh = assert(spawn("sh", {
    args = { "-c", "echo $NAME; pwd; echo wrong >&2; exit 3" },
    env = { NAME = "a name" },
    cwd = "/",
    stderr = "pipe",
  }))
  local out = {}
  for data in sh.stdout:each() do
    out[#out + 1] = data
  end
  say(res, table.concat(out), sh.stderr:read(), sh:wait())
  local sleeper = assert(spawn("sleep", { args = { "1000" }, stdout = false }))
  say(res, sleeper:wait(5))
  say(res, sleeper:kill(), sleeper:wait())
  say(res, sleeper:kill(), sleeper.stdin, sleeper.stdout)
  say(res, spawn("/does/not/exist"))
end)

app:get("/process/cancelled", function(_, res)
  local process
  local task = sluice.spawn(function()
    process = assert(sluice.process.spawn("sleep", { args = { "1000" } }))
    process.stdout:read()
  end)
  sluice.sleep(20)
  task:cancel()
  say(res, process:wait())
end)

local left

app:get("/process/leaves", function(_, res)
  left = assert(sluice.process.spawn("sleep", { args = { "1000" } }))
  res:write("started")
  res:flush()
  sluice.sleep(1e6)
end)

app:get("/process/left", function(_, res)
  say(res, left:wait())
end)

-- What is open when the server stops.
local kept = {}

app:get("/keeps", function(_, res)
  kept.process = assert(sluice.process.spawn("sleep", { args = { "1000" } }))
  kept.file = assert(sluice.fs.open("/dev/null"))
  kept.server = assert(sluice.tcp.listen("127.0.0.1", 0, echo))
  kept.stream = assert(sluice.tcp.connect("127.0.0.1", kept.server.port))
  sluice.spawn_free(kept.stream.read, kept.stream)
  sluice.spawn_free(sluice.fs.read, "/dev/zero")
  res:write(kept.process.pid)
end)

return app
