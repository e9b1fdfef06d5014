--- Heartbeats of event streams: a comment on every stream that was silent, so
--- that proxies keep the connection, and a client that is gone is noticed.
---
--- Streams of the same interval share one timer, whose coroutine ends with the
--- last of them.

local native = require("sluice.native")
local wait = require("sluice.wait")

local C, host = native.C, native.host

---@class sluice.Beat
---@field streams table<sluice.EventStream, true>
---@field due number when its coroutine looks again; later: it is gone

---@type table<integer, sluice.Beat> by interval, in milliseconds
local beats = {}

-- A coroutine that is this late has ended, whatever ended it.
local LATE_MS = 60000

-- What is still on its way says that the stream lives; a write would have to
-- wait for it.
local function beat_once(stream)
  local silent = not stream.wrote
  stream.wrote = false
  local pending = stream.response:pending_bytes()
  if pending == 0 and silent then
    stream.wrote = true
    return stream.response:write(":\n\n") ~= nil
  end
  return pending ~= nil
end

-- Streams may come while one is written to, so that each turn has a list.
local function round(streams)
  local list = {}
  for stream in pairs(streams) do
    list[#list + 1] = stream
  end
  for _, stream in ipairs(list) do
    if not beat_once(stream) then
      streams[stream] = nil
    end
  end
end

-- Looking twice in an interval, no stream is silent for longer than it.
local function run(beat, interval)
  while next(beat.streams) do
    local pause = interval / 2
    beat.due = host.now() + pause
    if wait.pause(host.SLEEP, pause) == C.SL_ECANCELLED then
      return -- the worker ends: no news for its log
    end
    round(beat.streams)
  end
  if beats[interval] == beat then
    beats[interval] = nil
  end
end

---@param stream sluice.EventStream
---@param interval integer milliseconds
local function add(stream, interval)
  local beat = beats[interval]
  if beat and host.now() < beat.due + LATE_MS then
    beat.streams[stream] = true
    return
  end
  beat = { streams = beat and beat.streams or {}, due = host.now() + interval }
  beat.streams[stream] = true
  beats[interval] = beat
  local response = stream.response
  -- It belongs to no request: others' streams live on when this one ends.
  host.spawn_for(response.handle, response.generation, function()
    run(beat, interval)
  end)
end

return { add = add }
