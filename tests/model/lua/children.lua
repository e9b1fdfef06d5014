--- What a handler does with a request that it makes: all of its ways to an end.

local sluice = require("sluice")

-- The bytes that a child has made; of one that has failed a page says so.
local function is_whole(trial, child, text, how)
  local expected = trial:expected(child)
  if text ~= expected and not child.failure then
    trial:fault("%s gives by %s %d bytes, not its %d", child.path, how, #text, #expected)
  end
end

-- Its completion, which may come after all of its body was taken.
local function watch(trial, child, made)
  child.watched = true
  sluice.spawn(function()
    local bytes, kind = made:GetCompletedOperation()
    child.watched = nil
    if not bytes then
      return trial:expect_excuse(child, "its operation says " .. kind)
    end
    local expected = #trial:expected(child)
    if kind ~= "child" or (bytes ~= expected and not child.failure) then
      trial:fault("%s completes as %s of %d bytes, not %d", child.path, kind, bytes, expected)
    end
  end)
end

-- A part of the child is in the answer, which nobody may take for a whole one.
local function give_up(trial, self, why)
  trial:fail(self, "a part of a child was included")
  error(why, 0)
end

local ways = {}

function ways.include(trial, self, res, child, made)
  self.including = child
  local ok, bytes, err = pcall(res.include, res, made)
  if not ok then
    trial:expect_excuse(child, "it is not included: " .. tostring(bytes))
    give_up(trial, self, bytes)
  elseif not bytes then
    if not trial:is_excused(self) then
      self.including = nil -- else a part of it may have been taken
    end
    trial:expect_excuse(child, "nothing of it is included: " .. tostring(err))
  else
    local text = trial:expected(child)
    self.written, self.including = self.written .. text, nil
    if bytes ~= #text then
      trial:fault("%s is included with %d bytes, not %d", child.path, bytes, #text)
    end
  end
end

function ways.pieces(trial, self, res, child, made)
  local all, most = "", trial.random:below(300) + 1
  while true do
    local piece, err = made:read(most)
    if not piece and err then
      trial:expect_excuse(child, "reading it ends with " .. err)
      if all ~= "" then
        give_up(trial, self, "half a child")
      end
      return
    elseif not piece then
      return is_whole(trial, child, all, "read")
    elseif not res:write(piece) then
      return trial:expect_excuse(self, "a write is refused")
    end
    all, self.written = all .. piece, self.written .. piece
  end
end

function ways.body(trial, self, res, child, made)
  local text, err = made:body()
  if not text then
    return trial:expect_excuse(child, "its body ends with " .. err)
  end
  is_whole(trial, child, text, "body")
  if res:write(text) then
    self.written = self.written .. text
  end
end

-- It is told as if its client had left.
function ways.cancel(trial, _, _, child, made)
  if trial.random:one_in(2) then
    trial:wait()
  end
  trial:fail(child, "it is cancelled")
  made:cancel()
end

function ways.abandon(trial, _, _, child, made)
  if trial.random:one_in(2) then
    trial:fail(child, "it is abandoned")
    made:read(10)
  end
  trial:fail(child, "it is abandoned")
end

-- Most are taken.
local weighted = {
  ways.include,
  ways.include,
  ways.include,
  ways.include,
  ways.pieces,
  ways.pieces,
  ways.body,
  ways.cancel,
  ways.abandon,
}

---@param trial model.Trial
---@param self model.Node
---@param child model.Node
return function(trial, self, res, req, child)
  local random = trial.random
  trial:note("%s asks for %s", self.path, child.path)
  local made, err = req:child(child.path)
  if not made then
    return trial:expect_excuse(self, "no child: " .. err)
  end
  if random:one_in(2) then
    watch(trial, child, made)
  end
  if random:one_in(3) then
    trial:wait()
  end
  random:pick(weighted)(trial, self, res, child, made)
end
