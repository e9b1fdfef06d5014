--- What must be true of a sequence that is over.

local testing = require("sluice.testing")

local verdict = {}

local function starts_with(text, start)
  return text:sub(1, #start) == start
end

-- An answer of the server's own is one; any other that failed must not look complete.
local function check_failed(trial, root, res)
  local body, is_page = res.body, res.status == 500 or res.status == 503
  if is_page and root.failure then
    return -- whole, or cut by a stage that fails it, too
  elseif trial.is_head and not res.aborted then
    return -- the head is all that a client waits for
  elseif not (res.status or trial.is_slow or trial.has_left or root.has_aborted) then
    trial:fault("there is no answer, not even that something has failed")
  elseif not res.aborted then
    trial:fault("what failed looks complete: %d with %d bytes", res.status or 0, #body)
  end
  local most = trial:potential(root)
  if not starts_with(most, body) then
    trial:fault("%d bytes came that are no beginning of the %d that were made", #body, #most)
  end
end

-- One that is asked while the answer is cleared may still reach the head of the next.
local function check_head(trial, root, res)
  for _, actor in ipairs(root.chain) do
    local marked, absent = res.headers["X-" .. actor.name], root.absent[actor] == true
    if (marked == nil) ~= absent and not (absent and root.was_cleared) then
      trial:fault("the field of %s is %s", actor.name, tostring(marked))
    end
  end
end

local function check_whole(trial, root, res)
  local expected = trial.is_head and "" or trial:expected(root)
  if res.aborted or res.status ~= 200 then
    trial:fault("status %s%s, for no reason", tostring(res.status), res.aborted and ", cut" or "")
  elseif res.body ~= expected then
    trial:fault("a body of %d bytes, not of %d, or others", #res.body, #expected)
  end
  check_head(trial, root, res)
  if root.trailer and not trial.is_head then
    local got = res.trailers and res.trailers["X-Sum"]
    if got ~= root.trailer then
      trial:fault("the trailer is %s, not %s", tostring(got), root.trailer)
    end
  end
end

local function may_be_busy(instance)
  return instance.ending == "failed"
end

-- Each answer ends for each of its stages, once.
local function check_instances(trial)
  for _, instance in ipairs(trial.instances) do
    local name, path = instance.actor.name, instance.node.path
    if not instance.ending and not instance.actor.is_plain then
      trial:fault("%s of %s was not told of the end", name, path)
    elseif instance.busy and instance.ending and not may_be_busy(instance) then
      trial:fault("%s of %s is still at work: %s", name, path, instance.busy)
    end
  end
end

local function check_ops(trial)
  for _, node in ipairs(trial.plan.nodes) do
    for _, op in ipairs(node.ops) do
      if op.has_callback and not op.called then
        trial:fault("%s: the callback of %s %d has not come", node.path, op.kind, op.number)
      end
    end
    if node.watched and not trial:is_excused(node) then
      trial:fault("%s: its operation has not completed", node.path)
    end
  end
end

local function check_nothing_left(trial)
  for name, count in pairs(testing.live()) do
    if count ~= 0 then
      trial:fault("%d %s are left", count, name)
    end
  end
end

---@param trial model.Trial
---@param res sluice.test.Response
function verdict.check(trial, res)
  local root = trial.plan.nodes[1]
  if trial.has_left or root.failure then
    check_failed(trial, root, res)
  else
    check_whole(trial, root, res)
  end
  check_instances(trial)
  check_ops(trial)
  check_nothing_left(trial)
end

return verdict
