--- Random decisions that a seed reproduces: xorshift of 32 bits.

local bit = require("bit")
local bxor, lshift, rshift = bit.bxor, bit.lshift, bit.rshift

---@class model.Random
---@field private state integer
local Random = {}
Random.__index = Random

---Neighbouring seeds give unrelated sequences.
---@param seed integer
---@return model.Random
function Random.new(seed)
  local self = setmetatable({ state = bxor(seed * 2654435 + 40503, 0x5bd1e995) }, Random)
  if self.state == 0 then
    self.state = 1
  end
  for _ = 1, 8 do
    self:below(2)
  end
  return self
end

---@param limit integer
---@return integer from 0 to limit - 1
function Random:below(limit)
  local x = self.state
  x = bxor(x, lshift(x, 13))
  x = bxor(x, rshift(x, 17))
  x = bxor(x, lshift(x, 5))
  self.state = x
  return math.floor((x % 2 ^ 32) / 2 ^ 32 * limit)
end

---@param n integer
---@return boolean
function Random:one_in(n)
  return self:below(n) == 0
end

---@generic T
---@param list T[]
---@return T
function Random:pick(list)
  return list[self:below(#list) + 1]
end

---Mostly small, sometimes 0, rarely up to `limit`.
---@param limit integer
---@return integer
function Random:size(limit)
  local kind = self:below(8)
  if kind == 0 then
    return 0
  end
  return self:below(kind == 1 and limit or math.min(limit, kind == 2 and 400 or 40)) + 1
end

return Random
