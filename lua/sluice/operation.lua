--- Asynchronous operations, and what came of them: after IHttpCompletionInfo2.

local ffi = require("ffi")
local native = require("sluice.native")
local hint = require("sluice.hint")
local status = require("sluice.status")
local wait = require("sluice.wait")

local C, host = native.C, native.host
local OK, PENDING, EMPTY = C.SL_OK, C.SL_PENDING, C.SL_EMPTY
local COMPLETION = host.COMPLETION
local word = status.word

local kinds = {
  [C.SL_KIND_READ] = "read",
  [C.SL_KIND_WRITE] = "write",
  [C.SL_KIND_FLUSH] = "flush",
  [C.SL_KIND_CHILD] = "child",
}

-- Filled in by one call and read before the next.
local done = ffi.new("sl_completion")

---@class sluice.Operation
---@field id integer of its response, from 1; 0 when it completed inline
---@field kind string `"write"`, `"flush"`, `"read"` or `"child"`
---@field status string `"pending"`, `"ok"`, or why it failed
---@field bytes number body bytes: accepted, then completed; of a read, 0 at the end
---@field wire_bytes number? what the kernel took, framing included
---@field private response sluice.Response
---@field private loan sluice.Loan? of a read: the memory that it fills
---@field private is_called boolean? its callback was
local Operation = {}
Operation.__index = Operation
hint.install(Operation, "an operation", { wait = "operation:GetCompletedOperation" })

local function settle(self, rc)
  if rc == OK then
    self.bytes, self.wire_bytes = done.bytes, done.wire_bytes
    rc = done.status
  end
  self.status = rc < 0 and word(rc) or "ok"
  local loan = rawget(self, "loan") -- without asking for a hint
  if loan then
    loan:give_back(self.bytes)
  end
end

-- Ask the core. EMPTY is for an operation that has left the list, which only
-- successful ones do: what was accepted was sent.
local function is_pending(self)
  if self.status == "pending" then
    local res = self.response
    local rc = C.sl_response_get_completed_operation(res.handle, res.generation, self.id, done)
    if rc ~= PENDING then
      settle(self, rc)
    end
  end
  return self.status == "pending"
end

---An operation that was just submitted.
---@param response sluice.Response
---@param kind string
---@param op ffi.cdata* `sl_operation` after the call
---@param rc integer what the call returned
---@return sluice.Operation
local function new(response, kind, op, rc)
  local self = setmetatable({
    response = response,
    id = op.id,
    kind = kind,
    bytes = op.bytes,
    status = rc == OK and "ok" or "pending",
  }, Operation)
  if rc == OK then
    self.wire_bytes = op.wire_bytes
  else
    response:track(self)
  end
  return self
end

---Wait until the operation has completed. Asked again, it answers the same.
---
---    local operation = res:WriteEntityChunks("Hello\n", true) --> Hello
---    local bytes, kind = operation:GetCompletedOperation()
---    res:write(bytes, " bytes by a ", kind, "\n") --> 6 bytes by a write
---@return number? bytes completed, or nil when it failed
---@return string kind_or_err `"write"`, `"flush"`, `"read"` or `"child"`, or why it failed
function Operation:GetCompletedOperation()
  while is_pending(self) do
    local res = self.response
    local answer = wait.wait(COMPLETION, res.handle, res.generation, self.id)
    if answer < 0 then
      settle(self, answer)
    end
  end
  if self.status ~= "ok" then
    return nil, self.status
  end
  return self.bytes, self.kind
end

---The bytes of the body that the operation sent; also of one that failed.
---
---    local operation = res:WriteEntityChunks("Hello\n", true) --> Hello
---    local bytes, err = operation:GetCompletionBytes()
---    res:write(tostring(bytes), " ", err, "\n") --> nil pending
---@return number? bytes
---@return string? err `"pending"`
function Operation:GetCompletionBytes()
  if is_pending(self) then
    return nil, "pending"
  end
  return self.bytes
end

---What a read has taken.
---
---    -- POST / Hello
---    local operation = req:read(100, true)
---    local bytes = operation:GetCompletedOperation()
---    res:write(bytes, " bytes: ", operation:data(), "\n") --> 5 bytes: Hello
---@return string? data "" at the end of the body
---@return string? err `"pending"`, or why it failed
function Operation:data()
  if self.kind ~= "read" then
    error("only a read has data; this is a " .. self.kind, 2)
  elseif is_pending(self) or self.status ~= "ok" then
    return nil, self.status
  end
  return self.loan.text
end

---How the operation stands, without waiting.
---
---    local operation = res:WriteEntityChunks("Hello\n", true) --> Hello
---    local before = operation:GetCompletionStatus()
---    operation:GetCompletedOperation()
---    res:write(before, ", ", operation:GetCompletionStatus(), "\n") --> pending, ok
---@return string status `"pending"`, `"ok"`, or why the operation failed
function Operation:GetCompletionStatus()
  return is_pending(self) and "pending" or self.status
end

---Withdraw the operation. A write none of whose bytes has left completes with
---`"cancelled"`; one that has begun to leave cannot be taken back, so the
---response is aborted. Of a flush, only the waiting ends; a read has taken nothing.
---
---    local operation = res:WriteEntityChunks("never mind\n", true)
---    operation:cancel()
---    local _, err = operation:GetCompletedOperation()
---    res:write(err, "\n") --> cancelled
---@return boolean? ok
---@return string? err `"completed"`, or that the exchange is over
function Operation:cancel()
  if self.status ~= "pending" then
    return nil, "completed"
  end
  local res = self.response
  local rc = C.sl_response_cancel(res.handle, res.generation, self.id)
  if rc == OK then
    return true
  end
  return nil, rc == EMPTY and "completed" or word(rc)
end

-- Operations of requests that requests make, by response and id, as long as a script
-- holds them: who makes one has no object of the response.
local children = setmetatable({}, { __mode = "v" })

local function key_of(generation, id)
  return generation .. "/" .. id
end

---The operation of a request that a request makes.
---@param handle ffi.cdata* of the response
---@param generation integer
---@param id integer
---@return sluice.Operation
local function new_child(handle, generation, id)
  local self = setmetatable({
    response = { handle = handle, generation = generation },
    id = id,
    kind = "child",
    bytes = 0,
    status = "pending",
  }, Operation)
  children[key_of(generation, id)] = self
  return self
end

-- The object of the completion in `done`.
local function found(response)
  local self = response:tracked(done.id)
    or done.kind == C.SL_KIND_CHILD and children[key_of(response.generation, done.id)]
    or setmetatable({ response = response, id = done.id, kind = kinds[done.kind] }, Operation)
  settle(self, OK)
  return self
end

---Wait for the oldest completion of a response that nobody has collected.
---@param response sluice.Response
---@return number? bytes completed, or nil
---@return string kind_or_err
---@return sluice.Operation? operation
local function oldest(response)
  local handle, generation = response.handle, response.generation
  while true do
    local rc = C.sl_response_get_completed_operation(handle, generation, 0, done)
    if rc == OK then
      local self = found(response)
      local ok = self.status == "ok"
      return ok and self.bytes or nil, ok and self.kind or self.status, self
    elseif rc == EMPTY then
      return nil, "idle"
    elseif rc == PENDING then
      rc = wait.wait(COMPLETION, handle, generation, 0)
    end
    if rc < 0 then
      return nil, word(rc)
    end
  end
end

---Call `callback` with the operation when it has completed, in a coroutine of
---its own. One that has completed before its coroutine began to run lets those of
---operations before it, which were woken later, go first.
---@param self sluice.Operation
---@param callback fun(done: sluice.Operation)
local function call_back(self, callback)
  local res = self.response
  local before = rawget(res, "called_back")
  host.spawn_for(res.handle, res.generation, function()
    self:GetCompletedOperation()
    while before and not rawget(before, "is_called") do
      wait.wait(host.SLEEP, 0)
    end
    before = nil
    rawset(self, "is_called", true)
    callback(self)
  end)
  rawset(res, "called_back", self)
end

return { new = new, new_child = new_child, oldest = oldest, call_back = call_back }
