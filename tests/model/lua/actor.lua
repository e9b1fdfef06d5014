--- A stage of the model: it does to a body what its function says, and takes its time,
--- keeps some of it, or fails, as the random numbers say.

local buffer = require("string.buffer")
local sluice = require("sluice")
local change = require("change")

---@class model.Instance a stage of one answer
---@field actor model.Actor
---@field node model.Node
---@field mine string what it keeps by itself
---@field busy string? the call that runs
---@field ending string? how it came to its end: nothing more may be heard of it

local function enter(trial, instance, what)
  local name = instance.actor.name
  trial:note("%s %s: %s", instance.node.path, name, what)
  if instance.busy then
    trial:fault("%s is called for %s while %s runs", name, what, instance.busy)
  end
  if instance.ending then
    trial:fault("%s is called for %s after its end: %s", name, what, instance.ending)
  end
  instance.busy = what
end

local function leave(instance)
  instance.busy = nil
end

-- A piece of work.
local function work(trial, instance)
  local actor = instance.actor
  if actor.lives then
    actor.lives = actor.lives - 1
    if actor.lives == 0 then
      instance.ending = "failed"
      trial:fail(instance.node, actor.name .. " fails")
      error("a stage of the model fails", 0)
    end
  end
  if actor.patience then
    actor.patience = actor.patience - 1
    if actor.patience == 0 then
      trial:stick(instance.node, actor.name .. " waits for ever")
      sluice.semaphore():wait()
    end
  end
  if trial.random:one_in(3) then
    trial:wait()
  end
end

-- A text as one of the things that a stage may return.
local function as_chunks(trial, text)
  local random = trial.random
  local half = random:below(#text + 1)
  local kind = random:below(6)
  if text == "" then
    return random:pick({ "", {}, nil })
  elseif kind == 0 then
    return { text:sub(1, half), { text:sub(half + 1) } }
  elseif kind == 1 then
    return buffer.new():put(text)
  elseif kind == 2 then
    return trial:fragment(text)
  end
  return text
end

local function make(trial, instance, text, is_last)
  local kind = instance.actor.change
  local out = change.apply(kind, text) .. (is_last and change.last(kind) or "")
  return as_chunks(trial, out)
end

-- How many bytes at the end of a text it keeps; now and then more than it may.
local function kept_of(trial, actor, text)
  if actor.keeps == "nothing" then
    return 0
  end
  local random = trial.random
  return random:below(math.min(#text, random:one_in(8) and 2000 or actor.most) + 1)
end

local function on_chunks(trial, instance, chunk)
  local actor, is_text = instance.actor, type(chunk) == "string"
  if actor.change == "same" and instance.mine == "" and trial.random:one_in(3) then
    return chunk
  end
  local text = instance.mine .. (is_text and chunk or chunk:text())
  local kept = kept_of(trial, actor, text)
  local out = make(trial, instance, text:sub(1, #text - kept))
  instance.mine = ""
  if actor.keeps == "text" then
    return out, text:sub(#text - kept + 1)
  end
  instance.mine = text:sub(#text - kept + 1)
  return out, kept
end

local function let_go(trial, instance, kept, is_last)
  local text = kept or instance.mine
  instance.mine = ""
  return make(trial, instance, text, is_last)
end

local function begin(trial, actor, req, own)
  local instance = { actor = actor, node = trial.by_path[req.path], mine = "" }
  own.instance = instance
  table.insert(trial.instances, instance)
  return instance
end

local function headers(trial, actor)
  return function(req, res, own)
    local instance = begin(trial, actor, req, own)
    instance.node.absent[actor] = nil -- what it said of an answer that was cleared
    enter(trial, instance, "headers")
    work(trial, instance)
    leave(instance)
    if trial.random:one_in(10) then
      instance.node.absent[actor] = true
      instance.ending = "absent"
      return false
    end
    res:set("X-" .. actor.name, instance.node.path)
    return true
  end
end

-- The stage as an app is given it.
---@param trial model.Trial
---@param actor model.Actor
---@return sluice.Stage
return function(trial, actor)
  local function call(what, fn)
    return function(own, ...)
      local instance = own.instance
      enter(trial, instance, what)
      work(trial, instance)
      local out, kept = fn(instance, ...)
      leave(instance)
      return out, kept
    end
  end
  local chunks = call("chunks", function(instance, chunk)
    return on_chunks(trial, instance, chunk)
  end)
  local def = {
    name = actor.name,
    order = actor.order,
    holds = { actor.most, actor.ms },
    headers = headers(trial, actor),
    chunks = function(chunk, own)
      return chunks(own, chunk)
    end,
  }
  if actor.is_plain then
    return def
  end
  def.flush = call("flush", function(instance, kept)
    return let_go(trial, instance, kept)
  end)
  def.finish = call("finish", function(instance, kept)
    instance.ending = "finished"
    return let_go(trial, instance, kept, true)
  end)
  def.abort = function(own, why)
    local instance = own.instance
    if not instance then
      return -- it was to be asked about the head, and was not
    end
    instance.busy = nil
    enter(trial, instance, "abort: " .. why)
    instance.ending = why
    if trial.random:one_in(3) then
      trial:wait()
    end
    leave(instance)
  end
  return def
end
