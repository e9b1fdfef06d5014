--- The way of the chunks in a story: accepted, out of the stages, sent.

-- Bytes that wait longer than this for the socket wait for the client.
local SOON_MS = 1

local methods = {}

-- What the server holds of the body, as steps.
local function note_held(self, moment)
  local bytes = math.max(0, self.accepted - self.passed) + math.max(0, self.made - self.sent)
  local last = self.held[#self.held]
  if not last or last.bytes ~= bytes then
    self.held[#self.held + 1] = { ms = moment.ms, bytes = bytes }
  end
end

-- --- Chunks ---------------------------------------------------------------------

local function new_chunk(self, moment)
  local chunk = {
    number = #self.chunks + 1,
    ms = moment.ms,
    kind = moment.word,
    bytes = moment.a,
    offset = moment.b,
  }
  if moment.id > 0 then
    chunk.operation = moment.id
  end
  self.chunks[chunk.number] = chunk
  return chunk
end

function methods:chunk(moment)
  self.pending[#self.pending + 1] = new_chunk(self, moment)
  self.accepted = moment.b + moment.a
  note_held(self, moment)
end

-- In front of what nobody has sent yet: that moves up.
function methods:front(moment)
  local front = new_chunk(self, moment)
  local place = self.pending.first
  for i = self.pending.first, #self.pending do
    local chunk = self.pending[i]
    if chunk.offset < front.offset then
      place = i + 1
    else
      chunk.offset = chunk.offset + front.bytes
    end
  end
  table.insert(self.pending, place, front)
  self.accepted = self.accepted + front.bytes
  note_held(self, moment)
end

function methods:withdrawn(moment)
  local kept, cut = { first = 1 }, 0
  for i = self.pending.first, #self.pending do
    local chunk = self.pending[i]
    if chunk.operation == moment.id then
      chunk.is_dropped, cut = true, cut + chunk.bytes
    else
      chunk.offset = chunk.offset - cut
      kept[#kept + 1] = chunk
    end
  end
  self.pending, self.accepted = kept, self.accepted - cut
  note_held(self, moment)
end

-- What is not sent never will be.
local function drop(self, moment)
  self.passed, self.made = self.accepted, self.sent
  self.waits_since = nil
  note_held(self, moment)
end

function methods:cleared(moment)
  for i = self.pending.first, #self.pending do
    self.pending[i].is_dropped = true
  end
  self.pending = { first = 1 }
  self.accepted, self.passed = 0, 0
  self.marks[#self.marks + 1] = { ms = moment.ms, kind = "cleared" }
  note_held(self, moment)
end

-- --- On the way out ----------------------------------------------------------------

-- The chunks in front of the offset have left the stages. Where these make other
-- bytes, a chunk is sent when all is that was made until then.
function methods:framed(moment)
  local pending, leaving = self.pending, self.leaving
  local is_same = moment.a == moment.b
  while pending[pending.first] do
    local chunk = pending[pending.first]
    local to = chunk.offset + chunk.bytes
    if to > moment.a then
      break
    end
    pending.first = pending.first + 1
    chunk.passed_ms = moment.ms
    leaving[#leaving + 1] = {
      chunk = chunk,
      from = is_same and chunk.offset or moment.b - 1,
      to = is_same and to or moment.b,
    }
  end
  self.passed, self.made, self.framed_ms = moment.a, moment.b, moment.ms
  if self.made > self.sent then
    self.waits_since = self.waits_since or moment.ms
  end
  note_held(self, moment)
end

local function end_slow(self, ms)
  local since = self.waits_since
  local last = self.slow[#self.slow]
  if not since or ms - since < SOON_MS then
    return
  elseif last and last.to == since then
    last.to = ms
  else
    self.slow[#self.slow + 1] = { from = since, to = ms }
  end
end

function methods:sent_(moment)
  local number = moment.id + 1
  local leaving = self.leaving
  self.sends[#self.sends + 1] = {
    number = number,
    ms = moment.ms,
    bytes = moment.a,
    body_from = self.sent,
    body_to = moment.b,
    is_partial = moment.detail ~= 0,
  }
  while leaving[leaving.first] do
    local part = leaving[leaving.first]
    if part.from < moment.b or part.to <= moment.b then
      part.chunk.first_send = part.chunk.first_send or number
    end
    if part.to > moment.b then
      break
    end
    part.chunk.send = number
    leaving.first = leaving.first + 1
  end
  end_slow(self, moment.ms)
  self.waits_since = moment.detail ~= 0 and moment.ms or nil
  self.sent = moment.b
  note_held(self, moment)
end

return { methods = methods, end_slow = end_slow, drop = drop }
