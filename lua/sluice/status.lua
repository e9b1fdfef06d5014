--- What a status code of the core means to a script: one word, so that a
--- handler can compare it.

local ffi = require("ffi")
local native = require("sluice.native")

local C = native.C

local words = {}

---The word for a failed call.
---@param rc integer a negative status
---@return string
local function word(rc)
  local text = words[rc]
  if not text then
    text = rc == C.SL_EGONE and "the exchange is over" or ffi.string(C.sl_status_name(rc))
    words[rc] = text
  end
  return text
end

return { word = word }
