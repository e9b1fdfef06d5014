--- What another server says, passed on as it comes. Each side waits for the
--- slower one, and when the client leaves, the connection behind goes, too.

local sluice = require("sluice")

local function serve_a_count(stream)
  stream:read() -- the request; this server has one answer
  stream:write("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n")
  for i = 1, 5 do
    stream:write("line " .. i .. " from behind\n")
    sluice.sleep(100)
  end
end

-- The server behind: one of our own here, so that the example runs by itself.
local behind

local function connect()
  behind = behind or assert(sluice.tcp.listen("127.0.0.1", 0, serve_a_count))
  return sluice.tcp.connect(behind.address, behind.port, { timeout = 1000 })
end

-- Status and type of the answer, and what has come of its body.
local function read_head(stream)
  local head = ""
  repeat
    local data, err = stream:read(5000)
    if not data then
      return nil, err or "the answer has no end of its head"
    end
    head = head .. data
  until head:find("\r\n\r\n", 1, true)
  local fields, rest = head:match("^(.-\r\n)\r\n(.*)$")
  return tonumber(fields:match("^HTTP/1%.%d (%d+)")),
    fields:match("\nContent%-Type: ([^\r]*)"),
    rest
end

local function pass_on(stream, res)
  stream:write("GET / HTTP/1.0\r\nHost: behind\r\n\r\n")
  local status, type_or_err, data = read_head(stream)
  if not status then
    res:status(502)
    return res:write("the server behind does not answer: ", type_or_err, "\n")
  end
  res:status(status)
  res:set("Content-Type", type_or_err or "application/octet-stream")
  while data and res:write(data) do
    data = stream:read(30000)
  end
end

return function(_, res)
  local stream, err = connect()
  if not stream then
    res:status(502)
    return res:write("no connection to the server behind: ", err, "\n")
  end
  local ok, problem = pcall(pass_on, stream, res)
  stream:close() -- also when the wait was cancelled
  if not ok then
    error(problem, 0)
  end
end
