--- What the handler of a request does, and what it must be told of it.

local buffer = require("string.buffer")
local sluice = require("sluice")
local include = require("children")

local node = {}

-- Some of the pool, and a chunk that is the same.
local function draw(trial, most)
  local random = trial.random
  local n = random:size(most)
  local from = random:below(#trial.pool - n)
  local text = trial.pool:sub(from + 1, from + n)
  local kind = random:below(8)
  if n == 0 then
    return text, text
  elseif kind == 0 then
    return text, sluice.file(trial.file, from, n)
  elseif kind == 1 then
    return text, trial:fragment(text)
  elseif kind == 2 then
    return text, { text:sub(1, 3), { text:sub(4) } }
  elseif kind == 3 then
    return text, buffer.new():put(text)
  end
  return text, text
end

-- An operation that is over: its status, its bytes, and what the client has by then.
local function check_done(trial, self, op, bytes, kind)
  op.is_done = true
  if not bytes then
    if not op.is_cleared and not trial:is_excused(self) then
      trial:fault("%s: %s %d fails: %s", self.path, op.kind, op.number, kind)
    end
    return
  end
  if kind ~= op.kind or (kind == "write" and bytes ~= op.bytes) then
    local text = "%s: a %s of %d bytes completes as %s of %d"
    trial:fault(text, self.path, op.kind, op.bytes, kind, bytes)
  end
  if not op.is_cleared then
    trial:expect_received(self, op.text, op.kind .. " " .. op.number)
  elseif op.text ~= "" then
    trial:fault("%s: %s %d completes, and was dropped", self.path, op.kind, op.number)
  end
end

-- Callbacks come once, in order, and not inside of the call.
local function callback_of(trial, self, op)
  return function(done)
    if op.called or op.in_call then
      trial:fault("%s: %d is called back again, or inside its call", self.path, op.number)
    end
    if op.number < self.last_called then
      trial:fault("%s: %d is called back behind %d", self.path, op.number, self.last_called)
    end
    trial:note("%s: %s %d is called back: %s", self.path, op.kind, op.number, done.status)
    op.called, self.last_called = true, op.number
    local ok = done.status == "ok"
    check_done(trial, self, op, ok and done.bytes or nil, ok and done.kind or done.status)
  end
end

local function start(trial, self, kind, text, call)
  local random = trial.random
  local op = { kind = kind, bytes = #text, number = #self.ops + 1, in_call = true }
  local callback = random:one_in(3) and callback_of(trial, self, op) or nil
  self.ops[op.number] = op
  op.op, op.is_expected = call(callback, { always_post = random:one_in(2) })
  op.in_call = false
  if not op.op then
    self.ops[op.number] = nil
    return trial:expect_excuse(self, kind .. " is refused: " .. tostring(op.is_expected))
  end
  trial:note("%s: %s %d of %d bytes", self.path, kind, op.number, op.bytes)
  self.written = self.written .. text
  op.text = self.written
  op.has_callback = callback ~= nil and op.is_expected
end

local function collect(trial, self, op)
  if not op.is_done and not op.has_callback then
    check_done(trial, self, op, op.op:GetCompletedOperation())
  end
end

local calls = {}

function calls.write(trial, self, res)
  local text = draw(trial, 1500)
  if res:write(text) then
    self.written = self.written .. text
  else
    trial:expect_excuse(self, "a write is refused")
  end
end

function calls.write_later(trial, self, res)
  local text, chunk = draw(trial, 3000)
  start(trial, self, "write", text, function(callback, options)
    return res:WriteEntityChunks(chunk, true, true, callback, options)
  end)
end

function calls.flush(trial, self, res)
  local text = self.written
  if res:flush() then
    trial:expect_received(self, text, "an awaited flush")
  else
    trial:expect_excuse(self, "a flush is refused")
  end
end

function calls.flush_later(trial, self, res)
  start(trial, self, "flush", "", function(callback, options)
    return res:Flush(true, true, callback, options)
  end)
end

function calls.wait(trial)
  trial:wait()
end

function calls.collect(trial, self)
  if #self.ops > 0 then
    collect(trial, self, trial.random:pick(self.ops))
  end
end

function calls.clear(trial, self, res)
  if not trial.random:one_in(3) or not res:clear() then
    return
  end
  trial:begin_again(self)
  for _, op in ipairs(self.ops) do
    op.is_cleared = not op.is_done
  end
end

function calls.child(trial, self, res, req)
  local child = table.remove(self.waiting)
  if child then
    include(trial, self, res, req, child)
  end
end

function calls.fail(trial, self, res)
  if not trial.random:one_in(25) then
    return
  end
  trial:fail(self, "the handler fails")
  if trial.random:one_in(2) then
    self.has_aborted = true
    res:abort()
    return
  end
  error("a handler of the model fails", 0)
end

local weighted = {}
local weights = {
  write = 8,
  write_later = 6,
  flush = 2,
  flush_later = 3,
  wait = 4,
  collect = 3,
  clear = 1,
  child = 5,
  fail = 1,
}
local names = { "write", "write_later", "flush", "flush_later", "wait", "collect", "clear" }
for _, name in ipairs({ "child", "fail", unpack(names) }) do
  for _ = 1, weights[name] do
    weighted[#weighted + 1] = calls[name]
  end
end

local function finish(trial, self, res)
  local random = trial.random
  if random:one_in(3) then
    local text, chunk = draw(trial, 500)
    start(trial, self, "write", text, function(callback, options)
      return res:WriteEntityChunks(chunk, true, false, callback, options)
    end)
  elseif random:one_in(4) then
    local sum = tostring(#self.written)
    self.trailer = res:WriteEntityChunks(sluice.trailers({ ["X-Sum"] = sum })) and sum
  end
  if random:one_in(2) then
    for _, op in ipairs(self.ops) do
      collect(trial, self, op)
    end
  end
end

---@param trial model.Trial
---@param self model.Node
function node.run(trial, self, req, res)
  local random = trial.random
  for _ = 1, random:below(25) + 1 do
    random:pick(weighted)(trial, self, res, req)
  end
  while self.waiting[1] do
    calls.child(trial, self, res, req)
  end
  finish(trial, self, res)
  trial:finish(self)
end

return node
