--- A connection of a spec's client, on which one request follows another.

local blame = require("sluice.test.blame")
local Client = require("sluice.test.client")
local Exchange = require("sluice.test.exchange")
local testing = require("sluice.testing")
require("sluice.test.acts")

---@class sluice.test.Connection: sluice.test.Client
---@field private app sluice.test.App
---@field private peer userdata
---@field private bytes string that belong to the next answer
---@field private last_request string id of the request before
---@field private exchange sluice.test.Exchange? the last one
local Connection = setmetatable({}, Client)
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
  self.exchange = Exchange.new(self, method, target, options)
  return self.exchange
end

-- The next request may follow.
---@private
function Connection:is_through() end

---What has become of it: "open", "closed" or "reset" by the server, or "left".
---
---    local connection = app:connect()
---    connection:get("/hello/you", { headers = { Connection = "close" } })
---    assert.are.equal("closed", connection:state())
---@return string
function Connection:state()
  return self.peer:state()
end

---Leave: the connection is gone.
---
---    local connection = app:connect()
---    connection:leave()
---    assert.are.equal("left", connection:state())
function Connection:leave()
  self.peer:leave()
  self.app:settle()
end

return Connection
