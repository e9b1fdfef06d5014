--- Reads that do not wait: operations that fill memory of the script's, which is
--- lent to the core until they complete.

local ffi = require("ffi")
local native = require("sluice.native")
local operation = require("sluice.operation")
local status = require("sluice.status")

local C, host = native.C, native.host
local PENDING = C.SL_PENDING
-- A read is not a completion of the response: its own object collects it.
local FLAGS = C.SL_ASYNC + C.SL_BY_ID

local op = ffi.new("sl_operation")

---@class sluice.Loan
---@field text string? what came
---@field private memory ffi.cdata*
---@field private lent table<sluice.Loan, boolean> those of the request
local Loan = {}
Loan.__index = Loan

---@param bytes number
function Loan:give_back(bytes)
  self.text = ffi.string(self.memory, bytes)
  self.lent[self], self.memory = nil, nil
end

-- What is lent must live until the core is done with it, whatever the script
-- forgets: until the read completes, or the handler is over, which ends all.
local function lent_by(req)
  local lent = rawget(req, "lent")
  if not lent then
    lent = {}
    local ok = host.on_end(req.response, req.generation, function()
      lent = nil
    end)
    if not ok then
      return nil
    end
    req.lent = lent
  end
  return lent
end

-- What an operation asks of its response.
local function response_of(req)
  return { handle = req.response, generation = req.generation, track = function() end }
end

---@param req sluice.Request
---@param most integer bytes
---@return sluice.Operation?
---@return boolean|string completion_expected_or_err
local function read_async(req, most)
  local lent = lent_by(req)
  if not lent then
    return nil, status.word(C.SL_EGONE)
  end
  local loan = setmetatable({ memory = ffi.new("char[?]", most), lent = lent }, Loan)
  lent[loan] = true
  op.flags, op.timeout_ms = FLAGS, 0
  local rc = C.sl_request_read(req.handle, req.generation, loan.memory, most, op)
  if rc < 0 then
    lent[loan] = nil
    return nil, status.word(rc)
  end
  local self = operation.new(response_of(req), "read", op, rc == PENDING and rc or C.SL_OK)
  self.loan = loan
  if rc ~= PENDING then
    loan:give_back(op.bytes)
  end
  return self, op.completion_expected ~= 0
end

return read_async
