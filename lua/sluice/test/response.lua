--- An answer that has come to its end, and how the handler has made it.

local hint = require("sluice.hint")
local json = require("sluice.json")
local native = require("sluice.native")
local status = require("sluice.status")

local C = native.C

local kinds = {
  [C.SL_KIND_READ] = "read",
  [C.SL_KIND_WRITE] = "write",
  [C.SL_KIND_FLUSH] = "flush",
}

---What would have been one system call of the server.
---@class sluice.test.Send
---@field at number milliseconds since the request
---@field bytes integer
---@field file_bytes integer of them, straight from a file
---@field pieces integer of memory
---@field partial boolean the client took less than there was

---An operation that has completed.
---@class sluice.test.Completion
---@field at number milliseconds since the request
---@field id integer
---@field kind "read"|"write"|"flush"
---@field status string "ok", or why it failed
---@field bytes integer of the body
---@field wire_bytes integer

---@class sluice.test.Response
---@field status integer? nil: there was no answer
---@field reason string?
---@field headers sluice.test.Headers
---@field body string
---@field chunks string[]? as the server framed them, when it did
---@field trailers sluice.test.Headers?
---@field informational { status: integer, headers: sluice.test.Headers }[]
---@field aborted boolean it was cut off
---@field sends sluice.test.Send[]
---@field completions sluice.test.Completion[]
---@field took number milliseconds of the app's time
---@field id string of the request
---@field private lines { name: string, value: string }[]
local Response = {}
Response.__index = Response

---Every line of a field, as of Set-Cookie, which cannot be joined.
---
---    local cookies = app:get("/hello/you"):all("Set-Cookie")
---    assert.are.equal(2, #cookies)
---@param name string
---@return string[]
function Response:all(name)
  local values = {}
  for _, line in ipairs(self.lines) do
    if line.name:lower() == name:lower() then
      values[#values + 1] = line.value
    end
  end
  return values
end

---The value of a body that is JSON.
---
---    local res = app:post("/echo", { json = { 1, 2 } })
---    assert.are.same({ 1, 2 }, res:json())
---@return any
function Response:json()
  local value, err = json.decode(self.body)
  if value == nil then
    error("the body is no JSON: " .. err .. ": " .. self.body, 2)
  end
  return value
end

local others = { content = "res.body", text = "res.body", code = "res.status" }
hint.install(Response, "a response", others)

local function word_of(rc)
  return rc == C.SL_OK and "ok" or status.word(rc)
end

-- Of one request, with times that start with it.
local function completions_of(all, id, began)
  local own = {}
  for _, completion in ipairs(all) do
    if completion.request == id then
      own[#own + 1] = {
        at = completion.at - began,
        id = completion.id,
        kind = kinds[completion.kind],
        status = word_of(completion.status),
        bytes = completion.bytes,
        wire_bytes = completion.wire_bytes,
      }
    end
  end
  return own
end

---@class sluice.test.Record
---@field began number
---@field ended number
---@field id string
---@field sends table[]

---@param reader sluice.test.Reader
---@param record sluice.test.Record
---@param completions table[] of all requests
---@return sluice.test.Response
local function new(reader, record, completions)
  return setmetatable({
    status = reader.status,
    reason = reader.reason,
    headers = reader.headers or {},
    lines = reader.lines,
    body = table.concat(reader.body),
    chunks = reader.chunks,
    trailers = reader.trailers,
    informational = reader.informational,
    aborted = reader.is_cut,
    sends = record.sends,
    completions = completions_of(completions, record.id, record.began),
    took = record.ended - record.began,
    id = record.id,
  }, Response)
end

return { new = new, Response = Response }
