--- Lines for the server's log: a message, and up to 16 fields beside it. A line
--- of a request's coroutine has its request's id. The setting log_level leaves
--- lines out.

local host = require("sluice.native").host

---What a line has beside its message, by name.
---@alias sluice.LogFields table<string, any>

---@class sluice.Log
local log = {}

-- The host's numbers of the levels.
local DEBUG, INFO, WARN, ERROR = 0, 1, 2, 3

local function write(level, name, message, fields)
  if fields ~= nil and type(fields) ~= "table" then
    error("bad argument #2 to '" .. name .. "' (table expected, got " .. type(fields) .. ")", 3)
  end
  host.log(level, tostring(message), fields)
end

---What helps to find a fault.
---
---    sluice.log.debug("cache", { hit = true })
---    res:write("fine\n") --> fine
---@param message any
---@param fields? sluice.LogFields
function log.debug(message, fields)
  write(DEBUG, "debug", message, fields)
end

---What happens in the normal course.
---
---    sluice.log.info("order placed", { order = 7, total = 12.5 })
---    res:write("fine\n") --> fine
---@param message any
---@param fields? sluice.LogFields
function log.info(message, fields)
  write(INFO, "info", message, fields)
end

---What is not as it should be, although the request goes on.
---
---    local bytes, err = res:write("fine\n") --> fine
---    if not bytes then
---      sluice.log.warn("client left", { err = err })
---    end
---@param message any
---@param fields? sluice.LogFields
function log.warn(message, fields)
  write(WARN, "warn", message, fields)
end

---What somebody has to look at.
---
---    sluice.log.error("no disk space", { path = "/var/uploads" })
---    res:status(500) --> HTTP/1.1 500 Internal Server Error
---@param message any
---@param fields? sluice.LogFields
function log.error(message, fields)
  write(ERROR, "error", message, fields)
end

return log
