--- Server-sent events: `res:sse()`, a method of sluice.Response.
---
---     app:get("/count", function(_, res)
---       local stream = res:sse()
---       for n = 1, 3 do
---         stream:event({ data = n })
---         sluice.sleep(1)
---       end
---     end)
---     -- GET /count --> Content-Type: text/event-stream
---     --> data: 1
---     -->
---     --> data: 2
---     -->
---     --> data: 3
---     -->

local native = require("sluice.native")
local heartbeat = require("sluice.heartbeat")
local hint = require("sluice.hint")
local json = require("sluice.json")
local misuse = require("sluice.misuse")
local status = require("sluice.status")
local write = require("sluice.write")
local Response = require("sluice.head")

local C, host = native.C, native.host

local HEARTBEAT_S = 15

-- A flush that nobody collects, nor finds among the response's completions.
local OPENING = C.SL_ASYNC + C.SL_MORE_DATA + C.SL_IN_TURN + C.SL_BY_ID

---@class sluice.EventStream
---@field private response sluice.Response
---@field private wrote boolean since the last look of the heartbeat
local EventStream = {}
EventStream.__index = EventStream
hint.install(EventStream, "an event stream", { send = "stream:event", write = "stream:event" })

---@class sluice.Event
---@field data string|number|table? text of any lines; a table is sent as JSON
---@field event string? its type; "message" without it
---@field id string|number? what a client that comes back says it saw last, in
---the field Last-Event-ID of its request
---@field retry integer? milliseconds after which a client comes back

local known_fields = {
  data = "string or number or table",
  event = "string",
  id = "string or number",
  retry = "number",
}

-- Each line of the text with its prefix. A line ends with CRLF, CR or LF, all of
-- which end one for the client too.
local function prefix_lines(prefix, text)
  if not text:find("[\r\n]") then
    return prefix .. text .. "\n"
  end
  text = text:gsub("\r\n?", "\n")
  return prefix .. text:gsub("\n", "\n" .. prefix) .. "\n"
end

local function problem_of(event)
  local id, retry = event.id, event.retry
  if event.event and event.event:find("[\r\n]") then
    return "event: one line expected"
  elseif id and tostring(id):find("[%z\r\n]") then
    return "id: one line without NUL expected"
  elseif retry and (retry < 0 or retry % 1 ~= 0 or retry > 2 ^ 53) then
    return "retry: whole milliseconds expected"
  elseif next(event) == nil then
    return "an event without a field"
  end
end

local function text_of(data)
  if type(data) ~= "table" then
    return tostring(data)
  end
  return json.try_encode(data)
end

local function format(event, data)
  local text = ""
  if event.event then
    text = "event: " .. event.event .. "\n"
  end
  if event.id then
    text = text .. "id: " .. event.id .. "\n"
  end
  if event.retry then
    text = text .. ("retry: %.0f\n"):format(event.retry)
  end
  return text .. (data and prefix_lines("data: ", data) or "") .. "\n"
end

local function send(self, text)
  local bytes, err = self.response:write(text)
  if not bytes then
    return nil, err
  end
  self.wrote = true
  return true
end

---Send an event. Waits while the client does not keep up.
---
---    local stream = res:sse() --> Content-Type: text/event-stream
---    stream:event({ event = "price", id = 7, data = { eur = 12.5 } }) --> event: price
---    --> id: 7
---    --> data: {"eur":12.5}
---    -->
---@param event sluice.Event
---@return boolean? ok
---@return string? err `"aborted"` when the client has left, `"finished"` after a
---HEAD request
function EventStream:event(event)
  misuse.check(type(event) == "table", 1, "event", "table", event)
  misuse.check_options(event, known_fields, 1, "event")
  local why = problem_of(event)
  local data
  if not why and event.data ~= nil then
    data, why = text_of(event.data)
  end
  if why then
    error("bad argument #1 to 'event' (" .. why .. ")", 2)
  end
  return send(self, format(event, data))
end

---Send a comment, which clients drop.
---
---    local stream = res:sse()
---    stream:comment("nothing new") --> : nothing new
---    -->
---@param text string|number
---@return boolean? ok
---@return string? err
function EventStream:comment(text)
  local kind = type(text)
  misuse.check(kind == "string" or kind == "number", 1, "comment", "text", text)
  return send(self, prefix_lines(": ", tostring(text)) .. "\n")
end

-- A client whose server goes away comes back after so long: soon, because another
-- worker is there, and not all in the same moment.
local function send_hint(self)
  local retry = 1000 + 8 * host.random(1):byte()
  send(self, ("retry: %d\n\n"):format(retry))
end

---@class sluice.SseOptions
---@field heartbeat number|false? seconds that the stream is silent at most,
---before a comment is sent; 15 by default; false: no limit

local known_options = { heartbeat = "number or boolean" }

local function interval_of(options)
  local seconds = options.heartbeat
  if seconds == nil or seconds == true then
    seconds = HEARTBEAT_S
  end
  return seconds and math.floor(seconds * 1000)
end

local function open(self)
  local ok, err = self:set("Content-Type", "text/event-stream")
  if not ok then
    return nil, err
  end
  self:set("Cache-Control", "no-store")
  self:set("X-Accel-Buffering", "no") -- or nginx in front of us would hold it
  local rc = write.flush(self, OPENING, {})
  if rc < 0 then
    return nil, status.word(rc)
  elseif host.request_line(self.handle, self.generation) == "HEAD" then
    self:finish() -- or the handler would go on sending to nobody
  end
  return true
end

---Answer with a stream of events. Its head leaves at once, so that the client
---knows that the stream is open. It ends with the handler; a client that is to
---stay away then gets status 204 when it comes back. When the server stops,
---clients are told to come back in 1 to 3 seconds; `req:on_shutdown` tells the
---handler.
---
---    local stream = res:sse({ heartbeat = 30 })
---    stream:event({ data = "Hello" }) --> data: Hello
---    -->
---@param options? sluice.SseOptions
---@return sluice.EventStream? stream
---@return string? err `"committed"` when the headers have left, `"aborted"`
function Response:sse(options)
  misuse.check(options == nil or type(options) == "table", 1, "sse", "table", options)
  options = options or {}
  misuse.check_options(options, known_options, 1, "sse")
  local interval = interval_of(options)
  if interval and not (interval >= 100 and interval <= 86400000) then
    error("bad argument #1 to 'sse' (heartbeat: 0.1 to 86400 seconds expected)", 2)
  end
  local ok, err = open(self)
  if not ok then
    return nil, err
  end
  local stream = setmetatable({ response = self, wrote = true }, EventStream)
  host.on_shutdown(self.handle, self.generation, function()
    send_hint(stream)
  end)
  if interval then
    heartbeat.add(stream, interval)
  end
  return stream
end

return Response
