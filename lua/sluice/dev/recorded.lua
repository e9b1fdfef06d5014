--- From the moments of a record to what they mean: who ran and who waited, which
--- chunk left with which send, what became of each operation. Pure: a table in,
--- a table out, which is also what is answered as JSON. Times are milliseconds
--- since the request came.

local flow = require("sluice.dev.recorded_flow")

local Story = {}
Story.__index = Story
for name, method in pairs(flow.methods) do
  Story[name] = method
end

local function new_story(record)
  return setmetatable({
    record = record,
    tasks = {},
    by_task = {},
    chunks = {},
    operations = {},
    by_operation = {},
    sends = {},
    marks = {},
    slow = {},
    held = {},
    pending = { first = 1 }, -- chunks that have not left the stages
    leaving = { first = 1 }, -- those that have, and are not sent
    accepted = 0,
    passed = 0,
    made = 0,
    sent = 0,
  }, Story)
end

local function mark(self, moment, kind, fields)
  fields = fields or {}
  fields.ms, fields.kind = moment.ms, kind
  self.marks[#self.marks + 1] = fields
end

-- --- Tasks ----------------------------------------------------------------------

local function task_of(self, id)
  local task = self.by_task[id]
  if not task then
    task = { number = #self.tasks + 1, is_handler = false, spans = {} }
    self.tasks[task.number], self.by_task[id] = task, task
  end
  return task
end

local function end_span(task, ms)
  local span = task.spans[#task.spans]
  if span and not span.to then
    span.to = ms
  end
  return span
end

-- The operation that it was woken for: for any, the last one that has completed.
local function find_awaited(self, span)
  if not span or span.what ~= "completion" then
    return nil
  end
  return self.by_operation[span.operation] or self.last_completed
end

function Story:run(moment)
  local task = task_of(self, moment.id)
  local operation = find_awaited(self, end_span(task, moment.ms))
  if operation and operation.completed_ms and not operation.resumed_ms then
    operation.resumed_ms = moment.ms
  end
  task.is_handler = moment.detail == 1
  task.spans[#task.spans + 1] = { from = moment.ms, what = "run" }
  self.running = task
end

function Story:wait(moment)
  local task = task_of(self, moment.id)
  local span = { from = moment.ms, what = moment.word }
  end_span(task, moment.ms)
  if moment.word == "completion" and moment.a > 0 then
    span.operation = moment.a
  elseif moment.word == "sleep" then
    span.asked_ms = moment.a
  end
  task.spans[#task.spans + 1] = span
  self.running = nil
end

function Story:over(moment)
  local task = task_of(self, moment.id)
  end_span(task, moment.ms)
  task.ended_ms, task.failed = moment.ms, moment.detail ~= 0
  self.running = nil
  self.failed = self.failed or (task.is_handler and task.failed)
  self.by_task[moment.id] = nil -- its number may be used again
end

-- --- Operations -----------------------------------------------------------------

function Story:asked(moment)
  self.asked_ms = moment.ms
end

-- A flush that is through at once is known when it is.
function Story:operation(moment)
  local operation = {
    id = moment.id,
    kind = moment.word,
    bytes = moment.a,
    accepted_ms = moment.ms,
    status = "pending",
  }
  if moment.b == 1 and self.asked_ms then
    operation.accepted_ms = self.asked_ms
    operation.passed_ms = math.max(self.asked_ms, self.framed_ms or 0)
  end
  self.operations[#self.operations + 1] = operation
  self.by_operation[moment.id] = operation
end

function Story:passed_(moment)
  local operation = self.by_operation[moment.id]
  if operation then
    operation.passed_ms = moment.ms
  end
end

function Story:completed(moment)
  local operation = self.by_operation[moment.id]
  if operation then
    operation.completed_ms = moment.ms
    operation.status, operation.bytes, operation.wire_bytes = moment.word, moment.a, moment.b
    if moment.word == "ok" and operation.kind ~= "read" then
      operation.passed_ms = operation.passed_ms or moment.ms -- it had no bytes
    end
    self.last_completed = operation
  end
end

-- --- The rest -------------------------------------------------------------------

function Story:head(moment)
  mark(self, moment, "head", { status = moment.detail })
  self.waits_since = self.waits_since or moment.ms
end

function Story:finished(moment)
  mark(self, moment, "finished")
end

function Story:answered(moment)
  mark(self, moment, "answered")
end

function Story:received(moment)
  mark(self, moment, "received", { bytes = moment.a })
end

function Story:failed_(moment)
  local by = "client"
  if self.running then
    by = "handler"
  elseif self.failed then
    by = "error"
  elseif moment.word ~= "aborted" then
    by = moment.word
  end
  self.failed_by = by
  flow.end_slow(self, moment.ms)
  flow.drop(self, moment)
  mark(self, moment, "failed", { why = moment.word, by = by })
end

function Story:let_go(moment)
  mark(self, moment, "let_go")
end

-- Names that the fields of a story have too.
local methods = { sent = "sent_", passed = "passed_", failed = "failed_" }

-- --- All of it --------------------------------------------------------------------

-- Behind a gap nobody knows what became of what was in front of it.
local function forget(self, gap, from, to)
  self.pending, self.leaving = { first = 1 }, { first = 1 }
  self.waits_since, self.running = nil, nil
  gap.from_ms, gap.to_ms = from.ms, to.ms
  self.chunks_before_gap = #self.chunks
end

-- Those behind a gap are numbered from the end.
local function number_chunks(self)
  local before = self.chunks_before_gap
  local skipped = before and self.record.chunks - #self.chunks or 0
  for i = (before or #self.chunks) + 1, #self.chunks do
    self.chunks[i].number = i + math.max(0, skipped)
  end
end

local function close(self)
  local now = self.record.ms
  for _, task in ipairs(self.tasks) do
    local span = task.spans[#task.spans]
    if span and not span.to then
      span.to, span.is_open = now, self.record.is_live
    end
  end
  if self.waits_since and self.record.is_live then
    flow.end_slow(self, now)
  end
  number_chunks(self)
end

---@param record table of host.record
---@return table story
local function tell(record)
  local story = new_story(record)
  local gap = { dropped = record.moments_dropped, kept = record.moments_kept }
  for i, moment in ipairs(record.moments) do
    if i == record.first + 1 and gap.dropped > 0 then
      forget(story, gap, record.moments[i - 1], moment)
    end
    story[methods[moment.kind] or moment.kind](story, moment)
  end
  close(story)
  story.gap = gap
  return story
end

return { tell = tell }
