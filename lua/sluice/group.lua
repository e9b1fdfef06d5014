--- Several functions at once, each in a task of its own. Nothing of a group is
--- left behind: when it returns, or is cancelled, all of its tasks have ended or
--- were told to.

local native = require("sluice.native")
local check = require("sluice.misuse").check_type
local Task = require("sluice.task")
local wait = require("sluice.wait")

local host, OK = native.host, native.C.SL_OK
local CHILD = host.CHILD

-- The index is noted on the way out, so that the order of ends is kept.
local function note(group, index, ...)
  group.ended[#group.ended + 1] = index
  return ...
end

local function run(group, index, fn)
  return note(group, index, fn())
end

local function open(fns, name)
  check(fns, "table", 1, name, 2)
  for i = 1, #fns do
    if type(fns[i]) ~= "function" then
      error(("bad argument #1 to '%s' (element %d is no function)"):format(name, i), 3)
    end
  end
  wait.check_possible(3)
  local group = { tasks = {}, left = {}, ended = {}, seen = 0 }
  for i = 1, #fns do
    group.tasks[i] = Task.start("child", run, group, i, fns[i])
    group.left[i] = true
  end
  return group
end

-- One that failed did not note its end, so it is looked for.
local function find_failed(group)
  for index in pairs(group.left) do
    if host.is_over(group.tasks[index].handle) then
      return index
    end
  end
end

-- The next that has ended, in the order of their ends; or nil, rc.
local function next_ended(group)
  while true do
    local index = group.ended[group.seen + 1]
    if index then
      group.seen = group.seen + 1
    else
      index = find_failed(group)
    end
    if index then
      group.left[index] = nil
      return index
    end
    local rc = wait.pause(CHILD)
    if rc ~= OK then
      return nil, rc
    end
  end
end

local function cancel_rest(group)
  for index in pairs(group.left) do
    host.cancel(group.tasks[index].handle)
  end
end

-- Tell the rest to end, wait until they have, and raise what stopped that.
local function close(group, rc)
  cancel_rest(group)
  while not rc and next(group.left) do
    rc = select(2, next_ended(group))
  end
  if rc then
    wait.check(rc, 3)
  end
end

---Run functions at once and wait for all of them. The first that raises an error
---or returns `nil, err` ends the others.
---
---    local function double(n)
---      sluice.sleep(1)
---      return 2 * n
---    end
---    local results = assert(sluice.all({
---      function() return double(4) end,
---      function() return double(5) end,
---    }))
---    res:write(results[1], " ", results[2], "\n") --> 8 10
---@param fns (fun(): any)[]
---@return any[]? results the first value of each, in the order of `fns`
---@return any err of the first that failed
---@return integer? index of it
local function all(fns)
  local group = open(fns, "all")
  local results = {}
  for _ = 1, #fns do
    local index, rc = next_ended(group)
    if not index then
      return close(group, rc)
    end
    local value, err = group.tasks[index]:outcome()
    if value == nil and err ~= nil then
      close(group)
      return nil, err, index
    end
    results[index] = value
  end
  return results
end

---Run functions at once and return what the first one to end returns; the
---others are cancelled.
---
---    local answer = sluice.race({
---      function() sluice.sleep(60000) return "far" end,
---      function() sluice.sleep(1) return "near" end,
---    })
---    res:write(answer, "\n") --> near
---@param fns (fun(): any)[] at least one
---@return any ... what it returned; or nil and its error
local function race(fns)
  local group = open(fns, "race")
  if #fns == 0 then
    error("bad argument #1 to 'race' (it needs a function)", 2)
  end
  local index, rc = next_ended(group)
  close(group, rc)
  return group.tasks[index]:outcome()
end

return { all = all, race = race }
