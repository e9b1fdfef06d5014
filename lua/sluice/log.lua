--- Lines for the server's log: a message, and up to 16 fields beside it. A line
--- of a request's coroutine has its request's id. The setting log_level leaves
--- lines out.
---
---     sluice.log.warn("payment refused", { order = order.id, err = err })

local host = require("sluice.native").host

---@alias sluice.LogFields table<string, any>

local log = {}

-- In the order of the host's numbers, from 0.
for level, name in ipairs({ "debug", "info", "warn", "error" }) do
  log[name] = function(message, fields)
    if fields ~= nil and type(fields) ~= "table" then
      error("bad argument #2 to '" .. name .. "' (table expected, got " .. type(fields) .. ")", 2)
    end
    host.log(level - 1, tostring(message), fields)
  end
end

---@class sluice.Log
---@field debug fun(message: string, fields: sluice.LogFields?)
---@field info fun(message: string, fields: sluice.LogFields?)
---@field warn fun(message: string, fields: sluice.LogFields?)
---@field error fun(message: string, fields: sluice.LogFields?)
return log
