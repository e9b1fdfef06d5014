--- TCP, with calls that wait. luv's own, `require("luv")`, has everything else.
---
---     local echo = assert(sluice.tcp.listen("127.0.0.1", 0, function(stream)
---       stream:write(stream:read(5000))
---     end))
---     local stream = assert(sluice.tcp.connect("127.0.0.1", echo.port, { timeout = 500 }))
---     stream:write("PING\n")
---     res:write(stream:read(5000)) --> PING
---     stream:close()
---     echo:close()

local uv = require("luv")
local native = require("sluice.native")
local call = require("sluice.call")
local hint = require("sluice.hint")
local check = require("sluice.misuse").check_type
local guard = require("sluice.guard")
local Stream = require("sluice.stream")
local Task = require("sluice.task")

local host = native.host

---@class sluice.tcp
local tcp = {}

local function resolve(name, port, timeout)
  return call(function(resume)
    return uv.getaddrinfo(name, tostring(port), { socktype = "stream" }, resume)
  end, timeout)
end

local function connect_to(address, timeout)
  local handle = assert(uv.new_tcp())
  local function close()
    if not handle:is_closing() then
      handle:close()
    end
  end
  local ok, err = call(function(resume)
    return handle:connect(address.addr, address.port, resume)
  end, timeout, close)
  if not ok then
    close()
    return nil, err
  end
  handle:nodelay(true)
  return Stream.new(handle)
end

---Connect to a name or an address, trying all that the name has.
---
---    local server = assert(sluice.tcp.listen("127.0.0.1", 0, function(stream)
---      stream:write("Hello, " .. stream:read())
---    end))
---
---    local stream = assert(sluice.tcp.connect("127.0.0.1", server.port, { timeout = 5000 }))
---    stream:write("you\n")
---    res:write(stream:read()) --> Hello, you
---    stream:close()
---    server:close()
---@param name string
---@param port integer
---@param options? { timeout: number? } milliseconds for all of it
---@return sluice.Stream? stream
---@return string? err `"timed_out"`, or what libuv says
function tcp.connect(name, port, options)
  check(name, "string", 1, "connect")
  check(port, "number", 2, "connect")
  check(options, "table?", 3, "connect")
  local timeout = options and options.timeout
  local deadline = timeout and host.now() + timeout
  local addresses, stream, err
  addresses, err = resolve(name, port, timeout)
  for _, address in ipairs(addresses or {}) do
    stream, err = connect_to(address, deadline and math.max(0, deadline - host.now()))
    if stream or err == "timed_out" then
      break
    end
  end
  return stream, err
end

---@class sluice.TcpServer
---@field address string
---@field port integer
---@field private handle userdata
---@field private guard userdata
local Server = {}
Server.__index = Server
hint.install(Server, "a server", { stop = "server:close" })

---Listen no more. Streams that were accepted go on.
---
---    local server = assert(sluice.tcp.listen("127.0.0.1", 0, print))
---    server:close()
---    local stream = sluice.tcp.connect("127.0.0.1", server.port)
---    res:write(stream and "connected" or "refused", "\n") --> refused
function Server:close()
  if not self.handle:is_closing() then
    self.handle:close()
  end
end

-- In the task that the callback is: the stream is closed with the function.
local function serve(handle, fn)
  local peer = assert(uv.new_tcp())
  if not handle:accept(peer) then
    return peer:close()
  end
  local stream = Stream.new(peer)
  local task = Task.start("free", fn, stream)
  task:await_end()
  stream:close()
  task:report()
end

---Listen, and run `fn(stream)` for each connection, in a coroutine of its own
---that belongs to no request. The stream is closed when the function ends. The
---server is closed by the collector when nothing refers to it.
---
---    local server = assert(sluice.tcp.listen("127.0.0.1", 0, function(stream)
---      stream:write("Hello, " .. stream:read())
---    end))
---
---    sluice.log.info("listening", { port = server.port })
---    res:write(server.address, "\n") --> 127.0.0.1
---    server:close()
---@param address string
---@param port integer 0: a free one
---@param fn fun(stream: sluice.Stream)
---@return sluice.TcpServer? server
---@return string? err
function tcp.listen(address, port, fn)
  check(address, "string", 1, "listen")
  check(port, "number", 2, "listen")
  check(fn, "function", 3, "listen")
  local handle = assert(uv.new_tcp())
  local ok, err = handle:bind(address, port)
  if ok then
    ok, err = handle:listen(128, function(problem)
      if not problem and not handle:is_closing() then
        serve(handle, fn)
      end
    end)
  end
  if not ok then
    handle:close()
    return nil, err
  end
  local name = handle:getsockname()
  local self = setmetatable({ handle = handle, address = name.ip, port = name.port }, Server)
  self.guard = guard(function()
    Server.close({ handle = handle })
  end)
  return self
end

return tcp
