-- Handlers that wait for everything there is to wait for, for test_awaits.py. /events
-- tells what became of them.
local sluice = require("sluice")
local app = sluice.new()

local HOUR = 3600000
local events = {}

local function note(name, what)
  events[#events + 1] = name .. " " .. what
end

app:get("/events", function(_, res)
  res:write(table.concat(events, "\n"))
  events = {}
end)

app:get("/collect", function()
  collectgarbage()
  collectgarbage()
end)

-- Ends when `fn` has, or when its wait has raised an error.
local function wait_in(name, fn)
  app:post("/" .. name, function(req, res)
    req:on_abort(function()
      note(name, "aborted")
    end)
    note(name, "begun")
    local ok, err = pcall(fn, req, res)
    note(name, "ended")
    if not ok then
      error(err, 0)
    end
  end)
end

local function hour()
  sluice.sleep(HOUR)
end

-- --- For something else than the client -------------------------------------------

wait_in("sleep", hour)
wait_in("join", function()
  sluice.spawn(hour):join()
end)
wait_in("join-free", function()
  local task
  task = sluice.spawn_free(function()
    pcall(hour)
  end)
  local ok, err = pcall(task.join, task)
  task:cancel()
  assert(ok, err)
end)
wait_in("all", function()
  sluice.all({ hour, hour })
end)
wait_in("race", function()
  sluice.race({ hour, hour })
end)
wait_in("deadline", function()
  sluice.deadline(HOUR, hour)
end)
wait_in("semaphore", function()
  sluice.semaphore():wait()
end)
wait_in("semaphore-with", function()
  sluice.semaphore(1):with(hour)
end)
wait_in("channel-get", function()
  sluice.channel():get()
end)
wait_in("channel-put", function()
  sluice.channel():put(1)
end)
wait_in("channel-each", function()
  for _ in sluice.channel():each() do
  end
end)
wait_in("await", function()
  sluice.await(function() end)
end)
wait_in("generator", function()
  for _ in coroutine.wrap(hour) do
  end
end)
wait_in("metamethod", function()
  local t = setmetatable({}, { __index = hour })
  return t.x
end)
wait_in("fs-read", function()
  local file = assert(sluice.fs.open("/dev/zero"))
  while file:read(65536) do
  end
end)
wait_in("tcp-read", function()
  local waiting = sluice.channel()
  local server = assert(sluice.tcp.listen("127.0.0.1", 0, function()
    waiting:get()
  end))
  local stream = assert(sluice.tcp.connect("127.0.0.1", server.port))
  local ok, err = pcall(stream.read, stream)
  waiting:close()
  server:close()
  stream:close()
  assert(ok, err)
end)
wait_in("process-wait", function()
  assert(sluice.process.spawn("sleep", { args = { "3600" } })):wait()
end)
wait_in("process-read", function()
  assert(sluice.process.spawn("sleep", { args = { "3600" } })).stdout:read()
end)

-- --- For a client that takes nothing ------------------------------------------------

local large = ("large "):rep(2000000)

wait_in("write", function(_, res)
  while res:write(large) do
  end
end)
wait_in("flush", function(_, res)
  res:write(large)
  res:flush()
end)
wait_in("drain", function(_, res)
  res:write(large)
  res:wait_drain()
end)
wait_in("operation", function(_, res)
  assert(res:WriteEntityChunks(large, true)):GetCompletedOperation()
end)
wait_in("oldest", function(_, res)
  assert(res:WriteEntityChunks(large, true))
  res:GetCompletedOperation()
end)
wait_in("callback", function(_, res)
  local done = sluice.semaphore()
  res:WriteEntityChunks(large, true, true, function()
    done:post()
  end)
  done:wait()
end)
wait_in("event", function(_, res)
  local stream = res:sse({ heartbeat = false }) -- it outlives the stream a bit
  while stream:event({ data = large }) do
  end
end)

-- --- For a client that sends nothing ------------------------------------------------

wait_in("body", function(req)
  req:body()
end)
wait_in("read", function(req)
  req:read()
end)
wait_in("chunks", function(req)
  for _ in req:chunks() do
  end
end)
wait_in("read-operation", function(req)
  assert(req:read(100, true)):GetCompletedOperation()
end)
wait_in("body-file", function(req)
  req:body_file()
end)
wait_in("json", function(req)
  req:json()
end)
wait_in("form", function(req)
  req:form()
end)
wait_in("parts", function(req)
  for part in req:parts() do
    part:text()
  end
end)
wait_in("part-file", function(req)
  for part in req:parts() do
    part:file()
  end
end)

return app
