--- What a client does while it has a request: methods of sluice.test.Exchange.

local Exchange = require("sluice.test.exchange")
local misuse = require("sluice.misuse")

---Send a piece of the body of a request that was opened with `stream = true`.
---
---    local exchange = app:open("POST", "/pieces", { stream = true })
---    exchange:write("one")
---    assert.are.equal("[one]", exchange:read())
---@param data string
function Exchange:write(data)
  misuse.check(type(data) == "string", 1, "write", "string", data)
  if data ~= "" then
    self.connection.peer:push(("%x\r\n%s\r\n"):format(#data, data))
  end
  self:settle()
end

---That was the body of the request.
---
---    local exchange = app:open("POST", "/pieces", { stream = true })
---    exchange:write("one")
---    exchange:finish()
---    assert.are.equal("[one]", exchange:response().body)
function Exchange:finish()
  self.connection.peer:push("0\r\n\r\n")
  self:settle()
end

---Take nothing more of what the server sends: a client that has stalled.
---
---    local exchange = app:open("GET", "/ticks")
---    exchange:stall()
---    app:advance(10000)
---    assert.is_false(exchange:is_over())
function Exchange:stall()
  self.connection.peer:allow(0)
end

---Take so many bytes more of what the server sends, the framing included; all,
---from now on, without a number.
---
---    local exchange = app:open("GET", "/hello/you", { take = 10 })
---    assert.is_nil(exchange.status)
---    exchange:take()
---    assert.are.equal(200, exchange.status)
---@param bytes? integer
function Exchange:take(bytes)
  misuse.check_type(bytes, "number?", 1, "take")
  self.connection.peer:allow(bytes)
  self:settle()
end

---Leave: the connection is gone.
---
---    local exchange = app:open("GET", "/wait")
---    exchange:leave()
---    assert.is_true(exchange:is_over())
function Exchange:leave()
  self.connection.peer:leave()
  self:settle()
end

---Say that nothing more will be sent, and stay for the answer.
---
---    local exchange = app:open("GET", "/wait")
---    exchange:half_close() -- which counts as leaving without the setting half_close
---    assert.is_true(exchange:is_over())
function Exchange:half_close()
  self.connection.peer:fin()
  self:settle()
end
