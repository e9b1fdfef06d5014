--- What an app and a connection have in common: requests.

local message = require("sluice.test.message")
local misuse = require("sluice.misuse")

---@class sluice.test.Client
local Client = {}
Client.__index = Client

-- Send a request and wait for its answer; errors are for the caller's caller.
local function ask(self, method, target, options)
  local exchange = self:begin(method, target, options or {})
  local response = exchange:response()
  self:is_through(exchange)
  return response
end

-- For the methods below, whose names are those of HTTP in lower case.
local function ask_for(self, method, target, options)
  misuse.check_type(target, "string", 1, method:lower(), 2)
  message.check(options, method:lower(), 2)
  return ask(self, method, target, options)
end

---Send a request, and wait for the whole answer.
---
---    local res = app:request("PROPFIND", "/hello/you")
---    assert.are.equal(405, res.status)
---@param method string
---@param target string path, and query
---@param options? sluice.test.Options
---@return sluice.test.Response
function Client:request(method, target, options)
  misuse.check_type(method, "string", 1, "request")
  misuse.check_type(target, "string", 2, "request")
  message.check(options, "request", 3, 4)
  return ask(self, method, target, options)
end

---Begin a request; what can happen now does.
---
---    local exchange = app:open("GET", "/ticks")
---    assert.are.equal(200, exchange.status)
---    assert.are.equal("tick 1\n", exchange:read())
---@param method string
---@param target string path, and query
---@param options? sluice.test.Options
---@return sluice.test.Exchange
function Client:open(method, target, options)
  misuse.check_type(method, "string", 1, "open")
  misuse.check_type(target, "string", 2, "open")
  message.check(options, "open", 3, 4)
  local exchange = self:begin(method, target, options or {})
  exchange:settle()
  return exchange
end

---Send GET, and wait for the whole answer.
---
---    local res = app:get("/hello/you", { query = { loud = "yes" } })
---    assert.are.equal("Hello, you!\n", res.body)
---@param target string path, and query
---@param options? sluice.test.Options
---@return sluice.test.Response
function Client:get(target, options)
  local response = ask_for(self, "GET", target, options)
  return response
end

---Send HEAD, and wait for the answer, which has no body.
---
---    assert.are.equal("12", app:head("/hello/you").headers["Content-Length"])
---@param target string
---@param options? sluice.test.Options
---@return sluice.test.Response
function Client:head(target, options)
  local response = ask_for(self, "HEAD", target, options)
  return response
end

---Send POST, and wait for the whole answer.
---
---    local res = app:post("/echo", { json = { tea = "green" } })
---    assert.are.same({ tea = "green" }, res:json())
---@param target string
---@param options? sluice.test.Options
---@return sluice.test.Response
function Client:post(target, options)
  local response = ask_for(self, "POST", target, options)
  return response
end

---Send PUT, and wait for the whole answer.
---
---    assert.are.equal(405, app:put("/echo", { body = "tea" }).status)
---@param target string
---@param options? sluice.test.Options
---@return sluice.test.Response
function Client:put(target, options)
  local response = ask_for(self, "PUT", target, options)
  return response
end

---Send PATCH, and wait for the whole answer.
---
---    assert.are.equal(405, app:patch("/echo", { body = "tea" }).status)
---@param target string
---@param options? sluice.test.Options
---@return sluice.test.Response
function Client:patch(target, options)
  local response = ask_for(self, "PATCH", target, options)
  return response
end

---Send DELETE, and wait for the whole answer.
---
---    assert.are.equal(405, app:delete("/hello/you").status)
---@param target string
---@param options? sluice.test.Options
---@return sluice.test.Response
function Client:delete(target, options)
  local response = ask_for(self, "DELETE", target, options)
  return response
end

---Send OPTIONS, and wait for the answer.
---
---    assert.are.equal("GET, HEAD, OPTIONS", app:options("/hello/you").headers.allow)
---@param target string
---@param options? sluice.test.Options
---@return sluice.test.Response
function Client:options(target, options)
  local response = ask_for(self, "OPTIONS", target, options)
  return response
end

return Client
