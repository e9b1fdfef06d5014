--- Clocks, and dates as HTTP writes them.

local host = require("sluice.native").host
local misuse = require("sluice.misuse")

local check = misuse.check

local time = {}

---The time of day.
---
---    local left = sluice.time.now() + 3600 - sluice.time.now()
---    res:write(math.floor(left + 0.5), "\n") --> 3600
---@return number seconds since 1970 in UTC, with a fraction
function time.now()
  return host.wall_clock()
end

---A clock that is never set: for how long something took.
---
---    local began = sluice.time.monotonic()
---    sluice.sleep(5)
---    res:write(tostring(sluice.time.monotonic() > began), "\n") --> true
---@return number seconds since some moment, with a fraction
function time.monotonic()
  return host.monotonic()
end

---A date for a header field.
---
---    res:set("Expires", sluice.time.http(784111777)) --> Expires: Sun, 06 Nov 1994 08:49:37 GMT
---@param seconds number since 1970
---@return string date such as "Sun, 06 Nov 1994 08:49:37 GMT"
function time.http(seconds)
  check(type(seconds) == "number" and seconds == seconds, 1, "http", "number", seconds)
  return host.http_date(seconds)
end

---The time that a date of HTTP means, in any of its three forms.
---
---    -- GET / [If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT]
---    local since = sluice.time.parse_http(req:header("If-Modified-Since") or "")
---    res:write(since, "\n") --> 784111777
---@param text string
---@return number? seconds since 1970
---@return string? err
function time.parse_http(text)
  check(type(text) == "string", 1, "parse_http", "string", text)
  local seconds = host.parse_http_date(text)
  if not seconds then
    return nil, "not a date"
  end
  return seconds
end

return time
