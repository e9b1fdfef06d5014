-- Handlers that use libuv itself.
local sluice = require("sluice")
local uv = require("luv")
local app = sluice.new()

assert(require("uv") == uv)

app:get("/timer", function(_, res)
  local timer = uv.new_timer()
  sluice.await(function(resume)
    timer:start(5, 0, resume)
  end)
  timer:close()
  res:write("due")
end)

-- What a callback starts goes on: it waits, and it may fail.
app:get("/callback/waits", function(_, res)
  local ended = sluice.semaphore()
  local timer = uv.new_timer()
  timer:start(1, 0, function()
    timer:close()
    sluice.sleep(5)
    ended:post()
    error("a callback failed")
  end)
  ended:wait()
  res:write("waited")
end)

app:get("/stat", function(_, res)
  local err, stat = sluice.await(function(resume)
    uv.fs_stat("/", resume)
  end)
  res:write(err or stat.type, " ")
  err, stat = sluice.await(function(resume)
    uv.fs_stat("/does/not/exist", resume)
  end)
  res:write(err:match("^%u+"), " ", tostring(stat))
end)

-- A server and its client, both in this process.
app:get("/echo/:count", function(req, res)
  local server = uv.new_tcp()
  assert(server:bind("127.0.0.1", 0))
  assert(server:listen(8, function()
    local peer = uv.new_tcp()
    server:accept(peer)
    peer:read_start(function(_, data)
      if data then
        peer:write(data)
      else
        peer:close()
      end
    end)
  end))
  local client, got = uv.new_tcp(), 0
  local count = tonumber(req.params.count)
  local err = sluice.await(function(resume)
    client:connect("127.0.0.1", server:getsockname().port, resume)
  end)
  assert(not err, err)
  sluice.await(function(resume)
    client:read_start(function(_, data)
      got = got + #(data or "")
      if not data or got == count then
        resume()
      end
    end)
    client:write(("x"):rep(count))
  end)
  client:close()
  server:close()
  res:write(got)
end)

app:get("/dns", function(_, res)
  local err, addresses = sluice.await(function(resume)
    uv.getaddrinfo("localhost", nil, { family = "inet", socktype = "stream" }, resume)
  end)
  res:write(err or addresses[1].addr)
end)

app:get("/work", function(_, res)
  local work
  res:write((sluice.await(function(resume)
    work = uv.new_work(function(n)
      local sum = 0
      for i = 1, n do
        sum = sum + i
      end
      return sum
    end, resume)
    work:queue(1000)
  end)))
end)

app:get("/refused", function(_, res)
  for _, name in ipairs({ "run", "loop_close" }) do
    local _, err = pcall(uv[name])
    res:write(err, "\n")
  end
end)

app:get("/walk", function(_, res)
  local count, timer = 0, uv.new_timer()
  uv.walk(function()
    count = count + 1
  end)
  sluice.sleep(1)
  timer:close()
  res:write(count > 0 and "walked" or "nothing")
end)

-- What a script leaves open is closed with it.
local kept = {}

app:get("/leaves-open", function(_, res)
  for i = 1, 50 do
    local timer, server = uv.new_timer(), uv.new_tcp()
    timer:start(100000, 0, function() end)
    server:bind("127.0.0.1", 0)
    server:listen(8, function() end)
    uv.new_timer() -- and one for the collector
    kept[i] = { timer, server }
  end
  local pipe = uv.new_pipe()
  kept.process = uv.spawn("sleep", { args = { "0.2" }, stdio = { nil, pipe } }, function() end)
  uv.fs_open("/dev/null", "r", 0, function() end)
  uv.new_timer():start(1, 1, function()
    collectgarbage()
  end)
  sluice.spawn(sluice.await, function(resume)
    uv.new_timer():start(100000, 0, resume)
  end)
  res:write("left ", #kept)
end)

-- The server lives, so what does not keep a loop alive goes on, too.
app:get("/unref", function(_, res)
  local fired = sluice.semaphore()
  for _, ref in ipairs({ "unref", "ref" }) do
    local timer = uv.new_timer()
    timer:start(20, 0, function()
      timer:close()
      fired:post()
    end)
    uv[ref](timer)
    fired:wait()
  end
  res:write(tostring(uv.loop_alive()))
end)

app:get("/kept-unref", function(_, res)
  local timer = uv.new_timer()
  timer:start(3600000, 0, function() end)
  timer:unref()
  res:write("kept")
end)

return app
