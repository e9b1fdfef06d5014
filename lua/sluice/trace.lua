--- W3C Trace Context: which trace a request is a part of.

---What the traceparent field of a request says.
---@class sluice.Trace
---@field id string of the trace: 32 hexadecimal digits
---@field parent string of the span that sent the request: 16 of them
---@field sampled boolean does its caller record it?

local trace = {}

local digit = "[%da-f]"
local PATTERN = ("^(XX)%-(" .. ("X"):rep(32) .. ")%-(" .. ("X"):rep(16) .. ")%-(XX)(.*)$"):gsub(
  "X",
  (digit:gsub("%%", "%%%%"))
)

---@param text string?
---@return sluice.Trace? trace nil: there is none, or it is malformed
function trace.read(text)
  local version, id, parent, flags, rest = (text or ""):match(PATTERN)
  if
    not version
    or version == "ff"
    or (rest ~= "" and (version == "00" or rest:sub(1, 1) ~= "-"))
    or not id:find("[^0]")
    or not parent:find("[^0]")
  then
    return nil
  end
  return { id = id, parent = parent, sampled = tonumber(flags, 16) % 2 == 1 }
end

return trace
