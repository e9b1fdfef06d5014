--- Identifiers that nobody else makes (RFC 9562), of the kernel's random bytes.

local host = require("sluice.native").host

local uuid = {}

local FORM = "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x"

-- The second digit of a byte stays, the first becomes the version, or the
-- two bits of the variant.
local function with_version(byte, version)
  return version * 16 + byte % 16
end

local function with_variant(byte)
  return 128 + byte % 64
end

---A random one: it tells nothing.
---
---    res:cookie("session", sluice.uuid.v4())
---@return string such as "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"
function uuid.v4()
  local a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p = host.random(16):byte(1, 16)
  g, i = with_version(g, 4), with_variant(i)
  return FORM:format(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
end

-- Of the last v7: its milliseconds, and a count that starts low enough for
-- 2,048 more in the same one.
local last_ms, count = 0, 0

local function next_moment(high, low)
  local ms = math.floor(host.wall_clock() * 1000)
  if ms > last_ms then
    last_ms, count = ms, high % 8 * 256 + low
    return
  end
  count = count + 1
  if count == 4096 then -- or the clock was set back
    last_ms, count = last_ms + 1, 0
  end
end

---One that begins with the time: those of one worker sort in the order in which
---they were made, which keys of a database like.
---
---    local id = sluice.uuid.v7()
---@return string such as "01890a5d-ac96-774b-bcce-b302099a8057"
function uuid.v7()
  local a, b, i, j, k, l, m, n, o, p = host.random(10):byte(1, 10)
  next_moment(a, b)
  local high, low = math.floor(last_ms / 2 ^ 24), last_ms % 2 ^ 24
  local text = ("%06x%06x7%03x%02x%02x"):format(high, low, count, with_variant(i), j)
  local tail = ("%02x%02x%02x%02x%02x%02x"):format(k, l, m, n, o, p)
  return (text:gsub("^(%x%x%x%x%x%x%x%x)(%x%x%x%x)(%x%x%x%x)(%x%x%x%x)$", "%1-%2-%3-%4-")) .. tail
end

return uuid
