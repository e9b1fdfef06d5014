--- What an app does when it begins, ends, and hands over: see App:on_start.

local buffer = require("string.buffer")
local failure = require("sluice.failure")
local host = require("sluice.native").host

---@class sluice.Handover
---@field base string where its app is mounted
---@field save fun(): any
---@field load fun(state: any)

---@class sluice.Life
---@field start fun()[]
---@field stop fun()[]
---@field handovers sluice.Handover[]

local life = {}

---@return sluice.Life
function life.new()
  return { start = {}, stop = {}, handovers = {} }
end

local function append(list, more)
  for _, item in ipairs(more) do
    list[#list + 1] = item
  end
end

---Take over what a mounted app has.
---@param own sluice.Life
---@param other sluice.Life
---@param base string
function life.join(own, other, base)
  append(own.start, other.start)
  append(own.stop, other.stop)
  for _, handover in ipairs(other.handovers) do
    own.handovers[#own.handovers + 1] =
      { base = base .. handover.base, save = handover.save, load = handover.load }
  end
end

local steps = {}

-- What apps at the same places hand over, encoded; nil: nothing.
function steps.save(own)
  local states = {}
  for _, handover in ipairs(own.handovers) do
    states[handover.base] = handover.save()
  end
  return next(states) ~= nil and buffer.encode(states) or nil
end

function steps.start(own, text)
  local states = text and buffer.decode(text) or {}
  for _, handover in ipairs(own.handovers) do
    local state = states[handover.base]
    if state ~= nil then
      handover.load(state)
    end
  end
  for _, fn in ipairs(own.start) do
    fn()
  end
end

function steps.stop(own)
  for i = #own.stop, 1, -1 do
    own.stop[i]()
  end
end

local function explain(app)
  return function(err)
    local text, traceback = failure.explain(app, err, tostring(err), debug.traceback("", 2))
    return text .. "\n" .. traceback:gsub("^\n", "")
  end
end

---The body of the task that runs a step.
---@param app sluice.App
---@param name "save"|"start"|"stop"
---@param text string? what the version before has handed over
function life.step(app, name, text)
  host.end_step(xpcall(steps[name], explain(app), app.life, text))
end

return life
