--- Answers to requests that are wrong, or cannot be taken.

local native = require("sluice.native")

local C, host = native.C, native.host

---The answer is `code`, unless the handler gives another. Returned for a
---function to return: nil and why.
---@param req sluice.Request
---@param code integer status
---@param why string?
---@return nil
---@return string? why
local function blame(req, code, why)
  C.sl_response_set_status(req.response, req.generation, code, nil, 0)
  host.blame(req.response, req.generation, code)
  req.blamed = code
  return nil, why
end

return blame
