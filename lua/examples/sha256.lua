--- SHA-256 (FIPS 180-4) of what comes piece by piece: update it, then ask for
--- the digest. LuaJIT compiles the loops below to machine code.

local bit = require("bit")
local ffi = require("ffi")

local band, bnot, bxor, ror, rshift = bit.band, bit.bnot, bit.bxor, bit.ror, bit.rshift
local bswap, tobit, tohex = bit.bswap, bit.tobit, bit.tohex

-- The first 32 bits of the fractional part of a root, exact in a double.
local function root_bits(root)
  return tobit(math.floor((root % 1) * 2 ^ 32))
end

local constants, start = ffi.new("int32_t[64]"), ffi.new("int32_t[8]")
local found, candidate = 0, 2
while found < 64 do
  local is_prime = true
  for divisor = 2, math.floor(math.sqrt(candidate)) do
    is_prime = is_prime and candidate % divisor ~= 0
  end
  if is_prime then
    constants[found] = root_bits(candidate ^ (1 / 3))
    if found < 8 then
      start[found] = root_bits(candidate ^ (1 / 2))
    end
    found = found + 1
  end
  candidate = candidate + 1
end

local Hash = {}
Hash.__index = Hash

local words = ffi.new("int32_t[64]") -- scratch: nothing waits in here

local function schedule(block)
  for i = 0, 15 do
    words[i] = bswap(block[i])
  end
  for i = 16, 63 do
    local x, y = words[i - 15], words[i - 2]
    local small = bxor(ror(x, 7), ror(x, 18), rshift(x, 3))
    local large = bxor(ror(y, 17), ror(y, 19), rshift(y, 10))
    words[i] = tobit(words[i - 16] + small + words[i - 7] + large)
  end
end

local function compress(state, block)
  schedule(block)
  local a, b, c, d = state[0], state[1], state[2], state[3]
  local e, f, g, h = state[4], state[5], state[6], state[7]
  for i = 0, 63 do
    local choice = bxor(band(e, f), band(bnot(e), g))
    local majority = bxor(band(a, b), band(a, c), band(b, c))
    local mixed = bxor(ror(e, 6), ror(e, 11), ror(e, 25))
    local first = tobit(h + mixed + choice + constants[i] + words[i])
    local second = bxor(ror(a, 2), ror(a, 13), ror(a, 22)) + majority
    h, g, f, e = g, f, e, tobit(d + first)
    d, c, b, a = c, b, a, tobit(first + second)
  end
  state[0], state[1], state[2], state[3] =
    tobit(state[0] + a), tobit(state[1] + b), tobit(state[2] + c), tobit(state[3] + d)
  state[4], state[5], state[6], state[7] =
    tobit(state[4] + e), tobit(state[5] + f), tobit(state[6] + g), tobit(state[7] + h)
end

local function new()
  local state = ffi.new("int32_t[8]")
  ffi.copy(state, start, ffi.sizeof(state))
  return setmetatable({ state = state, rest = "", length = 0 }, Hash)
end

---@param data string
function Hash:update(data)
  self.length = self.length + #data
  data = self.rest .. data
  local at = ffi.cast("const char *", data)
  local whole = #data - #data % 64
  for offset = 0, whole - 64, 64 do
    compress(self.state, ffi.cast("const int32_t *", at + offset))
  end
  self.rest = data:sub(whole + 1)
end

---@return string 64 hexadecimal digits; nothing can be added afterwards
function Hash:digest()
  local bits = self.length * 8
  local padding = ("\0"):rep((55 - self.length) % 64)
  local length = ffi.new("int32_t[2]", bswap(tobit(math.floor(bits / 2 ^ 32))), bswap(tobit(bits)))
  self:update("\128" .. padding .. ffi.string(length, 8))
  local digits = {}
  for i = 0, 7 do
    digits[i + 1] = tohex(self.state[i])
  end
  return table.concat(digits)
end

return new
