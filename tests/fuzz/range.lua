--- Range, Accept and condition fields: whatever is sent, what comes of it can be
--- used. The first byte is the size of the file.

local accept = require("sluice.accept")
local range = require("sluice.range")

local offered = {
  media_type = { "text/html", "application/json" },
  language = { "en", "de-CH" },
  encoding = { "gzip", "identity" },
}

local function check_ranges(text, size)
  local ranges = range.parse(text, size)
  local bytes = 0
  for _, one in ipairs(ranges or {}) do
    assert(one.first >= 0 and one.first <= one.last and one.last < size)
    assert(one.first % 1 == 0 and one.last % 1 == 0)
    bytes = bytes + one.last - one.first + 1
  end
  assert(bytes <= size and #(ranges or {}) <= 64)
end

return function(input)
  local size = input:byte() or 0
  local text = input:sub(2)
  check_ranges(text, size)
  check_ranges("bytes=" .. text, size)
  check_ranges("bytes=" .. text, 2 ^ 53)
  for name, offers in pairs(offered) do
    local chosen = accept[name](text, offers)
    assert(chosen == nil or chosen == offers[1] or chosen == offers[2], name)
  end
end
