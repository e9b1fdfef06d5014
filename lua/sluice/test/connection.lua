--- A connection of a spec's client, on which one request follows another.

local blame = require("sluice.test.blame")
local Exchange = require("sluice.test.exchange")
local hint = require("sluice.hint")
local message = require("sluice.test.message")
local misuse = require("sluice.misuse")
local testing = require("sluice.testing")

---@class sluice.test.Connection
---@field app sluice.test.App
---@field peer userdata
---@field private bytes string that belong to the next answer
---@field private last_request string id of the request before
---@field private exchange sluice.test.Exchange? the last one
local Connection = {}
Connection.__index = Connection

local ADDRESS = "127.0.0.1:50000"

---@param app sluice.test.App
---@param address string?
---@return sluice.test.Connection
function Connection.new(app, address)
  return setmetatable({
    app = app,
    peer = testing.open(address or ADDRESS),
    bytes = "",
    last_request = "",
  }, Connection)
end

---@private
function Connection:take_bytes()
  local bytes = self.bytes .. self.peer:fetch()
  self.bytes = ""
  return bytes
end

---@private
function Connection:give_back(bytes)
  self.bytes = bytes
end

-- The id of the request that has begun since the one before; "": none yet.
---@private
function Connection:new_request()
  local id = self.peer:request()
  if id == self.last_request then
    return ""
  end
  self.last_request = id
  return id
end

---@private
function Connection:begin(method, target, options)
  self.app:check_open()
  if self.exchange and not self.exchange:is_over() then
    blame("the answer before is not complete: open another connection for this request")
  end
  self.exchange = Exchange.new(self, method, target, options or {})
  return self.exchange
end

---Begin a request; what can happen now does.
---@param method string
---@param target string path, and query
---@param options? sluice.test.Options
---@return sluice.test.Exchange
function Connection:open(method, target, options)
  misuse.check_type(method, "string", 1, "open")
  misuse.check_type(target, "string", 2, "open")
  message.check(options, "open", 3)
  local exchange = self:begin(method, target, options)
  exchange:settle()
  return exchange
end

---Send a request, and wait for the whole answer.
---@param method string
---@param target string path, and query
---@param options? sluice.test.Options
---@return sluice.test.Response
function Connection:request(method, target, options)
  misuse.check_type(method, "string", 1, "request")
  misuse.check_type(target, "string", 2, "request")
  message.check(options, "request", 3)
  return self:begin(method, target, options):response()
end

---"open", "closed" or "reset" by the server, or "left".
---@return string
function Connection:state()
  return self.peer:state()
end

---Leave: the connection is gone.
function Connection:leave()
  self.peer:leave()
  self.app:settle()
end

-- get, post, ...: as request.
for _, method in ipairs({ "get", "head", "post", "put", "patch", "delete", "options" }) do
  Connection[method] = function(self, target, options)
    misuse.check_type(target, "string", 1, method)
    message.check(options, method, 2)
    return self:begin(method:upper(), target, options):response()
  end
end

hint.install(Connection, "a connection", { close = "connection:leave" })

return Connection
