--- A request of a spec, and its answer as it comes.

local blame = require("sluice.test.blame")
local clock = require("sluice.test.clock")
local hint = require("sluice.hint")
local message = require("sluice.test.message")
local Reader = require("sluice.test.reader")
local response = require("sluice.test.response")
local testing = require("sluice.testing")

---@class sluice.test.Exchange
---@field status integer? once the head has come
---@field headers sluice.test.Headers? likewise
---@field private app sluice.test.App
---@field private connection sluice.test.Connection
---@field private reader sluice.test.Reader
---@field private name string "GET /"
---@field private read_pieces integer of the body, that were given out
---@field private text string that was read and not given out
---@field private record sluice.test.Record
---@field private timeout number
---@field private raise boolean
local Exchange = {}
Exchange.__index = Exchange

local TIMEOUT_MS = 60000

---@param connection sluice.test.Connection
---@param method string
---@param target string
---@param options sluice.test.Options
---@return sluice.test.Exchange
function Exchange.new(connection, method, target, options)
  local app = connection.app
  local self = setmetatable({
    app = app,
    connection = connection,
    reader = Reader.new(method == "HEAD"),
    name = method .. " " .. target,
    read_pieces = 0,
    text = "",
    record = { began = clock.now(), sends = {}, id = "" },
    timeout = options.timeout or app.timeout or TIMEOUT_MS,
    raise = options.raise,
  }, Exchange)
  if options.take then
    connection.peer:allow(options.take)
  end
  connection.peer:push(message.build(method, target, options))
  return self
end

---Take in what has come since.
---@private
function Exchange:update()
  local reader, peer, record = self.reader, self.connection.peer, self.record
  if reader.is_complete then
    return -- what comes now is for the next one
  end
  reader:feed(self.connection:take_bytes())
  for _, send in ipairs(peer:sends()) do
    table.insert(record.sends, {
      at = send.at - record.began,
      bytes = send.bytes,
      file_bytes = send.file_bytes,
      pieces = send.pieces,
      partial = send.partial,
    })
  end
  if record.id == "" then
    record.id = self.connection:new_request()
  end
  if peer:state() ~= "open" then
    reader:close(peer:state() == "closed")
  end
  if reader.is_complete then
    self.connection:give_back(reader:rest())
  end
  self.status, self.headers = reader.status, reader.headers
end

local function is_over(self)
  return self.reader.is_complete or self.reader.is_cut
end

-- Where the coroutines of the app wait, for who wonders why nothing comes.
local function places()
  local texts = {}
  for i, co in ipairs(testing.waiting()) do
    texts[i] = debug.traceback(co):gsub("^stack traceback:\n", "")
  end
  return #texts > 0 and "; what runs waits here:\n" .. table.concat(texts, "\nand here:\n")
    or "; no handler runs"
end

---@private
function Exchange:fail(what, progress)
  local why = progress == "limit" and ("after %g ms of the app's time"):format(self.timeout)
    or "and nothing is due that could change that"
  blame(("%s: %s %s%s"):format(self.name, what, why, places()))
end

---@private
function Exchange:await(what, is_done)
  local done, progress = clock.run(function()
    self:update()
    return is_over(self) or is_done(self)
  end, clock.now() + self.timeout)
  self.app:check(self.raise)
  if not done then
    self:fail(what, progress)
  end
end

---What can happen now, without time moving.
---@private
function Exchange:settle()
  clock.settle()
  self:update()
  self.app:check(self.raise)
end

---Wait for the status and the headers.
---
---    local status, headers = app:open("GET", "/ticks"):head()
---    assert.are.equal(200, status)
---    assert.are.equal("chunked", headers["Transfer-Encoding"])
---@return integer? status nil: the connection ended without an answer
---@return sluice.test.Headers? headers
function Exchange:head()
  self:await("the head of the answer is not there", function()
    return self.status
  end)
  return self.status, self.headers
end

-- Bytes of the body that have come and were not read.
local function take_new(self)
  local body = self.reader.body
  local new = table.concat(body, "", self.read_pieces + 1)
  self.read_pieces = #body
  self.text = self.text .. new
  return self.text
end

local function end_of(self)
  return nil, self.reader.is_cut and "aborted" or nil
end

---Wait for more of the body, and return what has come.
---
---    local exchange = app:open("GET", "/ticks")
---    assert.are.equal("tick 1\n", exchange:read())
---    assert.are.equal("tick 2\n", exchange:read())
---@return string? bytes nil: that was all
---@return string? err `"aborted"` when the answer was cut off
function Exchange:read()
  self:await("no more of the body has come", function()
    return take_new(self) ~= ""
  end)
  local text = take_new(self)
  if text == "" then
    return end_of(self)
  end
  self.text = ""
  return text
end

-- Cut off what is in front of the end that a pattern finds.
local function read_to(self, pattern)
  self:await("no more of the body has come", function()
    return take_new(self):find(pattern)
  end)
  local from, to = take_new(self):find(pattern)
  if not from then
    return end_of(self)
  end
  local text = self.text:sub(1, from - 1)
  self.text = self.text:sub(to + 1)
  return text
end

---Wait for a line of the body, and return it without its end.
---
---    local exchange = app:open("GET", "/ticks")
---    assert.are.equal("tick 1", exchange:line())
---@return string? line nil: there is no other
---@return string? err `"aborted"` when the answer was cut off
function Exchange:line()
  return read_to(self, "\r?\n")
end

---Wait for an event of an event stream. Comments are passed over.
---
---    local event = app:open("GET", "/events"):event()
---    assert.are.same({ event = "step", id = "1", data = '{"n":1}' }, event)
---@return { data: string, event: string?, id: string?, retry: string? }? event
---@return string? err `"aborted"` when the answer was cut off
function Exchange:event()
  while true do
    local text, err = read_to(self, "\n\n")
    if not text then
      return nil, err
    end
    local event, data = {}, {}
    for name, value in text:gmatch("([^:\n]+): ?([^\n]*)") do
      event[name] = value
      if name == "data" then
        data[#data + 1] = value
      end
    end
    if next(event) then
      event.data = table.concat(data, "\n")
      return event
    end
  end
end

---Wait for the end of the answer.
---
---    local res = app:open("GET", "/ticks"):response()
---    assert.are.equal(3000, res.took)
---@return sluice.test.Response
function Exchange:response()
  self:await("the answer is not complete", function() end)
  self.record.ended = self.record.ended or clock.now()
  return response.new(self.reader, self.record, self.app:completions())
end

---Is the answer complete, or was it cut off?
---
---    local exchange = app:open("GET", "/ticks")
---    assert.is_false(exchange:is_over())
---    exchange:response()
---    assert.is_true(exchange:is_over())
---@return boolean
function Exchange:is_over()
  self:update()
  return is_over(self)
end

hint.install(Exchange, "an exchange", { close = "exchange:leave", send = "exchange:write" })

return Exchange
