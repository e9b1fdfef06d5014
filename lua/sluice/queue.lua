--- Who comes first is served first; who gives up leaves from any place.

---@class sluice.Queue
---@field private first table?
---@field private last table?
local Queue = {}
Queue.__index = Queue

---@return sluice.Queue
function Queue.new()
  return setmetatable({}, Queue)
end

---@param item table in no queue; its fields `before` and `behind` are taken
function Queue:push(item)
  local last = self.last
  item.before, item.behind = last, nil
  if last then
    last.behind = item
  else
    self.first = item
  end
  self.last = item
end

---@param item table in this queue
function Queue:remove(item)
  local before, behind = item.before, item.behind
  if before then
    before.behind = behind
  else
    self.first = behind
  end
  if behind then
    behind.before = before
  else
    self.last = before
  end
  item.before, item.behind = nil, nil
end

---@return table? item
function Queue:pop()
  local item = self.first
  if item then
    self:remove(item)
  end
  return item
end

return Queue
