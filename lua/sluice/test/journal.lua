--- What the server has logged, and which of it fails a spec.

local json = require("sluice.json")
local testing = require("sluice.testing")

---A line of the log; fields beside these are those of the line.
---@class sluice.test.LogLine
---@field level "debug"|"info"|"warn"|"error"
---@field message string
---@field request string? id of the request that it belongs to
---@field traceback string? of an error

---@class sluice.test.Journal
---@field lines sluice.test.LogLine[]
---@field private failures sluice.test.LogLine[] that no spec has been told of
local Journal = {}
Journal.__index = Journal

---@return sluice.test.Journal
function Journal.new()
  testing.log() -- what was before belongs to nobody
  return setmetatable({ lines = {}, failures = {} }, Journal)
end

---Take in what is new.
function Journal:update()
  for text in testing.log():gmatch("[^\n]+") do
    local line = assert(json.decode(text))
    line.time = nil
    table.insert(self.lines, line)
    if line.level == "error" and line.traceback then
      table.insert(self.failures, line)
    end
  end
end

---Errors of the app that nobody caught, as one text, once; nil: there were none.
---@return string?
function Journal:take_failures()
  self:update()
  local texts = {}
  for _, line in ipairs(self.failures) do
    local where = line.method and (" in %s %s"):format(line.method, line.target) or ""
    texts[#texts + 1] = ("the app failed%s: %s\n%s"):format(where, line.message, line.traceback)
  end
  self.failures = {}
  return texts[1] and table.concat(texts, "\n")
end

return Journal
