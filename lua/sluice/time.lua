--- Clocks, and dates as HTTP writes them.

local host = require("sluice.native").host
local misuse = require("sluice.misuse")

local check = misuse.check

local time = {}

---The time of day.
---
---    local expires = sluice.time.now() + 3600
---@return number seconds since 1970 in UTC, with a fraction
function time.now()
  return host.wall_clock()
end

---A clock that is never set: for how long something took.
---
---    local began = sluice.time.monotonic()
---    work()
---    sluice.log.info("done", { seconds = sluice.time.monotonic() - began })
---@return number seconds since some moment, with a fraction
function time.monotonic()
  return host.monotonic()
end

---A date for a header field.
---
---    res:set("Expires", sluice.time.http(sluice.time.now() + 3600))
---@param seconds number since 1970
---@return string date such as "Sun, 06 Nov 1994 08:49:37 GMT"
function time.http(seconds)
  check(type(seconds) == "number" and seconds == seconds, 1, "http", "number", seconds)
  return host.http_date(seconds)
end

local months = {}
for i, name in ipairs({
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
}) do
  months[name] = i
end

local month_days = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

local function is_day(year, month, day)
  local most = month == 2 and is_leap(year) and 29 or month_days[month]
  return day >= 1 and day <= most
end

-- Days since 1970. Years start in March here, so that a leap day is the last of
-- its year, and they come in eras of 400, which all have the same length.
local function days_since_1970(year, month, day)
  if month <= 2 then
    year = year - 1
  end
  local era = math.floor(year / 400)
  local of_era = year - era * 400
  local of_year = math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  local day_of_era = of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year
  return era * 146097 + day_of_era - 719468
end

-- The last year with these two digits that is not more than 50 years ahead
-- (RFC 9110, 5.6.7).
local function full_year(two)
  local most = 2020 + math.floor(host.wall_clock() / 31556952)
  return most - (most - two) % 100
end

local CLOCK = "(%d%d):(%d%d):(%d%d)"

-- The three forms that a recipient has to accept.
local function fields_of(text)
  local day, month, year, h, m, s =
    text:match("^%a%a%a, (%d%d) (%a%a%a) (%d%d%d%d) " .. CLOCK .. " GMT$")
  if day then
    return year, month, day, h, m, s
  end
  day, month, year, h, m, s = text:match("^%a+day, (%d%d)%-(%a%a%a)%-(%d%d) " .. CLOCK .. " GMT$")
  if day then
    return full_year(tonumber(year)), month, day, h, m, s
  end
  month, day, h, m, s, year = text:match("^%a%a%a (%a%a%a) ([ %d]%d) " .. CLOCK .. " (%d%d%d%d)$")
  return year, month, day, h, m, s
end

---The time that a date of HTTP means, in any of its three forms.
---
---    local since = sluice.time.parse_http(req:header("If-Modified-Since") or "")
---@param text string
---@return number? seconds since 1970
---@return string? err
function time.parse_http(text)
  check(type(text) == "string", 1, "parse_http", "string", text)
  local year, month, day, h, m, s = fields_of(text)
  month = months[month]
  if not month then
    return nil, "not a date"
  end
  year, day, h, m, s = tonumber(year), tonumber(day), tonumber(h), tonumber(m), tonumber(s)
  if not is_day(year, month, day) or h > 23 or m > 59 or s > 60 then
    return nil, "not a date"
  end
  return days_since_1970(year, month, day) * 86400 + h * 3600 + m * 60 + s
end

return time
