--- The Range field (RFC 9110, 14.2): which bytes a client wants.

local trim = require("sluice.trim")

-- More in one request, or more bytes than there are, are sent as the whole.
local MOST_RANGES = 64

-- One range of a file of `size` bytes: nil when it is written wrongly, false
-- when it is not in the file.
local function parse_one(text, size)
  local first, last = text:match("^(%d*)%-(%d*)$")
  first, last = tonumber(first), tonumber(last)
  if first then
    if last and last < first or not last and not text:find("%-$") then
      return nil
    end
    return first < size and { first = first, last = math.min(last or size, size - 1) }
  elseif last then
    return last > 0 and size > 0 and { first = math.max(0, size - last), last = size - 1 }
  end
end

---@class sluice.Range
---@field first number the first byte, from 0
---@field last number the last byte

---The ranges in a field that can be sent, in its order.
---@param text string
---@param size number of the whole
---@return sluice.Range[]? ranges empty: none of them can; nil: the field is to
---be ignored, because it is wrong, of another unit, or too much
local function parse(text, size)
  local unit, set = text:match("^(%w+)=(.*)$")
  if not unit or unit:lower() ~= "bytes" then
    return nil
  end
  local ranges, count, bytes = {}, 0, 0
  for item in set:gmatch("[^,]+") do
    item = trim(item)
    if item ~= "" then
      local range = parse_one(item, size)
      count = count + 1
      if range == nil or count > MOST_RANGES then
        return nil
      elseif range then
        bytes = bytes + range.last - range.first + 1
        ranges[#ranges + 1] = range
      end
    end
  end
  if count == 0 or bytes > size then
    return nil
  end
  return ranges
end

return { parse = parse }
