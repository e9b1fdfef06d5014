--- A story as trace events, the format of Chrome that Perfetto opens too:
--- https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
--- Times there are microseconds.

local PROCESS = 1
local CHUNKS, STAGES, KERNEL, CLIENT = 1001, 1002, 1003, 1004
local SHORTEST_US = 1

local Trace = {}
Trace.__index = Trace

function Trace:add(event)
  event.pid, event.tid = PROCESS, event.tid or 1
  event.cat = event.cat or "sluice"
  self.events[#self.events + 1] = event
end

function Trace:name(thread, name, order)
  self:add({ ph = "M", name = "thread_name", tid = thread, args = { name = name } })
  self:add({ ph = "M", name = "thread_sort_index", tid = thread, args = { sort_index = order } })
end

function Trace:slice(thread, name, from_ms, to_ms, args)
  self:add({
    ph = "X",
    tid = thread,
    name = name,
    ts = from_ms * 1000,
    dur = math.max(to_ms - from_ms, 0) * 1000,
    args = args,
  })
end

local function add_tasks(trace, story)
  for _, task in ipairs(story.tasks) do
    trace:name(task.number, task.is_handler and "handler" or "task " .. task.number, task.number)
    for _, span in ipairs(task.spans) do
      local name = span.what == "run" and "runs" or "waits: " .. span.what
      local args = { operation = span.operation, asked_ms = span.asked_ms }
      trace:slice(task.number, name, span.from, span.to, args)
    end
  end
end

-- Each is as long as there is room for it, so that arrows begin and end in it.
local function add_chunks(trace, story)
  trace:name(CHUNKS, "chunks accepted", CHUNKS)
  trace:name(STAGES, "chunks that have left the stages", STAGES)
  for i, chunk in ipairs(story.chunks) do
    local after = story.chunks[i + 1]
    local room = after and after.ms - chunk.ms or SHORTEST_US / 1000
    local long = math.max(0, math.min(room, SHORTEST_US / 1000))
    local name = ("chunk %d: %d bytes"):format(chunk.number, chunk.bytes)
    local args = {
      kind = chunk.kind,
      offset = chunk.offset,
      send = chunk.send,
      operation = chunk.operation,
    }
    trace:slice(CHUNKS, name, chunk.ms, chunk.ms + long, args)
    if chunk.passed_ms then
      trace:add({
        ph = "i",
        s = "t",
        tid = STAGES,
        name = name,
        ts = chunk.passed_ms * 1000,
        args = args,
      })
    end
    if chunk.send then
      trace:add({
        ph = "s",
        tid = CHUNKS,
        name = "sent",
        id = chunk.number,
        ts = chunk.ms * 1000,
      })
    end
  end
end

local function add_sends(trace, story)
  local at = {}
  trace:name(KERNEL, "sends, as the kernel took them", KERNEL)
  for i, send in ipairs(story.sends) do
    local after = story.sends[i + 1]
    local room = after and after.ms - send.ms or SHORTEST_US / 1000
    at[send.number] = send.ms * 1000
    trace:slice(
      KERNEL,
      ("send %d: %d bytes"):format(send.number, send.bytes),
      send.ms,
      send.ms + math.min(room, SHORTEST_US / 1000),
      { body_from = send.body_from, body_to = send.body_to, is_partial = send.is_partial }
    )
  end
  for _, chunk in ipairs(story.chunks) do
    if at[chunk.send] then
      trace:add({
        ph = "f",
        bp = "e",
        tid = KERNEL,
        name = "sent",
        id = chunk.number,
        ts = at[chunk.send],
      })
    end
  end
end

local function add_operation(trace, operation, now_ms)
  local name = operation.kind .. " " .. operation.id
  local function add(kind, text, ms, args)
    trace:add({
      ph = kind,
      id = operation.id,
      name = text,
      cat = "operation",
      ts = ms * 1000,
      args = args,
    })
  end
  local function step(text, from_ms, to_ms)
    if from_ms and to_ms then
      add("b", text, from_ms)
      add("e", text, to_ms)
    end
  end
  local args = { status = operation.status, bytes = operation.bytes }
  add("b", name, operation.accepted_ms, args)
  step("on its way through the stages", operation.accepted_ms, operation.passed_ms)
  step("waits for the kernel", operation.passed_ms, operation.completed_ms)
  step("waits for the handler", operation.completed_ms, operation.resumed_ms)
  add("e", name, operation.resumed_ms or operation.completed_ms or now_ms)
end

local function add_rest(trace, story)
  trace:name(CLIENT, "the socket is full", CLIENT)
  for _, slow in ipairs(story.slow) do
    trace:slice(CLIENT, "the client is slow", slow.from, slow.to)
  end
  for _, mark in ipairs(story.marks) do
    trace:add({
      ph = "i",
      s = "p",
      tid = 1,
      name = mark.kind,
      ts = mark.ms * 1000,
      args = { status = mark.status, bytes = mark.bytes, why = mark.why },
    })
  end
  for _, step in ipairs(story.held) do
    local args = { bytes = step.bytes }
    trace:add({ ph = "C", tid = 1, name = "held bytes", ts = step.ms * 1000, args = args })
  end
end

---@param story table
---@param title string
---@return table events
local function from_story(story, title)
  local trace = setmetatable({ events = {} }, Trace)
  trace:add({ ph = "M", name = "process_name", tid = 0, args = { name = title } })
  add_tasks(trace, story)
  add_chunks(trace, story)
  add_sends(trace, story)
  for _, operation in ipairs(story.operations) do
    add_operation(trace, operation, story.record.ms)
  end
  add_rest(trace, story)
  return { traceEvents = trace.events, displayTimeUnit = "ms" }
end

return { from_story = from_story }
