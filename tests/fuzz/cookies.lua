--- Cookie fields, against a parser that walks byte by byte.

local cookies = require("sluice.cookies")

local function strip(text)
  local first, last = 1, #text
  while first <= last and text:sub(first, first):find("%s") do
    first = first + 1
  end
  while last >= first and text:sub(last, last):find("%s") do
    last = last - 1
  end
  return text:sub(first, last)
end

local function expected_of(input)
  local found, from = {}, 1
  while from <= #input do
    local stop = input:find(";", from, true) or #input + 1
    local pair = input:sub(from, stop - 1)
    local equals = pair:find("=", 1, true)
    if equals then
      local name, value = strip(pair:sub(1, equals - 1)), strip(pair:sub(equals + 1))
      if #value >= 2 and value:sub(1, 1) == '"' and value:sub(-1) == '"' then
        value = value:sub(2, -2)
      end
      if name ~= "" and not found[name] then
        found[name] = value
      end
    end
    from = stop + 1
  end
  return found
end

return function(input)
  local found, expected = cookies.parse(input), expected_of(input)
  for name, value in pairs(expected) do
    assert(found[name] == value, name)
    found[name] = nil
  end
  assert(next(found) == nil, "more than there are")
end
