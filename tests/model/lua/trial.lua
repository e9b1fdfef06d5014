--- One sequence: what is known of it while it runs, and the client that drives it.

local sluice = require("sluice")
local change = require("change")
local plan = require("plan")
local Random = require("random")

---@class model.Trial
---@field random model.Random shared by all that is random in it
---@field plan { app: model.Actor[], nodes: model.Node[] }
---@field by_path table<string, model.Node>
---@field instances model.Instance[]
---@field faults string[] what the model does not allow
---@field notes string[] what has happened, in order
---@field has_left boolean the client
---@field is_slow boolean it does not take all that there is at any time
---@field exchange sluice.test.Exchange
local Trial = {}
Trial.__index = Trial

---@param seed integer
---@param pool string
---@param file string with the pool in it
---@return model.Trial
function Trial.new(seed, pool, file)
  local random = Random.new(seed)
  local self = setmetatable({
    random = random,
    plan = plan.draw(random),
    pool = pool,
    file = file,
    by_path = {},
    instances = {},
    faults = {},
    notes = {},
    nfragments = 0,
    is_head = random:one_in(12),
    has_left = false,
  }, Trial)
  for _, node in ipairs(self.plan.nodes) do
    self.by_path[node.path] = node
    node.chain = plan.chain(self.plan, node)
    node.written, node.last_called = "", 0
    node.ops, node.absent, node.waiting = {}, {}, { unpack(node.children) }
  end
  return self
end

---@param format string
function Trial:note(format, ...)
  table.insert(self.notes, format:format(...))
end

---@param format string
function Trial:fault(format, ...)
  local text = format:format(...)
  self:note("FAULT %s", text)
  table.insert(self.faults, text)
end

-- --- What may go wrong -----------------------------------------------------------------

---Something was made to fail: the answer of this request need not come.
---@param node model.Node
---@param why string
function Trial:fail(node, why)
  self:note("%s: %s", node.path, why)
  node.failure, node.is_stuck = node.failure or why, false
end

---One of its stages waits for ever: the answer need not come, unless it is begun again.
---@param node model.Node
---@param why string
function Trial:stick(node, why)
  local had_failed = node.failure ~= nil and not node.is_stuck
  self:fail(node, why)
  node.is_stuck = not had_failed
end

---Its answer is begun again.
---@param node model.Node
function Trial:begin_again(node)
  self:note("%s clears", node.path)
  node.written, node.was_cleared = "", true
  if node.is_stuck then
    node.failure, node.is_stuck = nil, false
  end
end

---Is there a reason for a failure: in it, or in whoever has asked for it?
---@param node model.Node
---@return boolean
function Trial:is_excused(node)
  local parent = node.parent
  return self.has_left
    or node.failure ~= nil
    or node.is_outlived
    or parent ~= nil and self:is_excused(parent)
end

---The handler of a request has done all: those of its children that have not end with it.
---@param node model.Node
function Trial:finish(node)
  node.is_over = true
  for _, child in ipairs(node.children) do
    child.is_outlived = not child.is_over
  end
end

---@param node model.Node
---@param what string
function Trial:expect_excuse(node, what)
  if not self:is_excused(node) then
    self:fault("%s: %s, for no reason", node.path, what)
  end
end

-- --- What the bytes must be ----------------------------------------------------------

local function through(node, text, is_whole)
  for _, actor in ipairs(node.chain) do
    if not node.absent[actor] then
      text = change.apply(actor.change, text) .. (is_whole and change.last(actor.change) or "")
    end
  end
  return text
end

---The whole body of a request that did not fail.
---@param node model.Node
---@return string
function Trial:expected(node)
  return through(node, node.written, true)
end

---What there may be of one that did: any part of it, from its beginning.
---@param node model.Node
---@return string
function Trial:potential(node)
  local partial = node.including and self:potential(node.including) or ""
  return through(node, node.written .. partial, true)
end

---@return string body that the client has so far
function Trial:received()
  self.exchange:update()
  return table.concat(self.exchange.reader.body)
end

---The client must have all that was made of `text`: something says that it was sent.
---@param node model.Node
---@param text string
---@param what string
function Trial:expect_received(node, text, what)
  if node.parent or self.is_head or node.failure then
    return -- whoever takes a child has it, or an answer of its own has replaced it
  end
  local most, got = through(node, text, false), self:received()
  if #got < #most then
    self:fault("%s: %s completes when %d of %d bytes have come", node.path, what, #got, #most)
  end
end

-- --- What all of them do ---------------------------------------------------------------

---@param text string
---@return sluice.FragmentChunk
function Trial:fragment(text)
  self.nfragments = self.nfragments + 1
  local name = "model" .. self.nfragments
  assert(sluice.fragments:put(name, text))
  return sluice.fragment(name)
end

---Wait, in one of the ways that there are.
function Trial:wait()
  local random = self.random
  local ms, kind = random:below(30), random:below(4)
  if kind == 0 then
    return sluice.sleep(0)
  elseif kind == 1 then
    return sluice.sleep(ms)
  end
  local channel, semaphore = sluice.channel(1), sluice.semaphore()
  sluice.spawn_free(function()
    sluice.sleep(ms)
    channel:put(true)
    semaphore:post()
  end)
  if kind == 2 then
    channel:get()
  else
    semaphore:wait()
  end
end

return Trial
