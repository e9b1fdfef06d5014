--- The model test of stages in Lua: random requests with children through random stages,
--- to a client that takes its time or leaves.
---
--- MODEL_SEQUENCES says how many, MODEL_SEED where to begin: sequence number i has the
--- seed MODEL_SEED + i, and what a failure prints repeats it.

package.path = "tests/model/lua/?.lua;" .. package.path

local t = require("sluice.test")
local testing = require("sluice.testing")
local Random = require("random")
local Trial = require("trial")
local verdict = require("verdict")

for _, name in ipairs({ "actor", "change", "children", "node", "plan" }) do
  require(name) -- each app finds what is loaded already
end

local seed = tonumber(os.getenv("MODEL_SEED") or 1)
local sequences = tonumber(os.getenv("MODEL_SEQUENCES") or 300)
local POOL, SOON, STEPS = 20000, 200, 1000

local function make_pool()
  local random, letters = Random.new(1), {}
  for i = 1, POOL do
    letters[i] = string.char(97 + random:below(26))
  end
  local pool, path = table.concat(letters), t.folder() .. "/pool"
  local file = assert(io.open(path, "w"))
  file:write(pool)
  file:close()
  return pool, path
end

local function is_empty()
  for _, count in pairs(testing.live()) do
    if count ~= 0 then
      return false
    end
  end
  return true
end

-- What the client does in the meantime.
local function drive(trial, app)
  local random, exchange = trial.random, trial.exchange
  for _ = 1, random:below(60) + 5 do
    local what = random:below(3)
    if exchange:is_over() then
      return
    elseif random:one_in(80) then
      trial:note("the client leaves")
      trial.has_left = true
      exchange:leave()
    elseif what == 0 and trial.is_slow then
      exchange:take(random:size(4000))
    else
      app:advance(random:below(20))
    end
  end
end

-- All comes to its end when the client takes all.
local function finish(trial, app)
  local exchange, steps = trial.exchange, 0
  if not exchange:is_over() then
    exchange:take()
  end
  while steps < STEPS and not (exchange:is_over() and is_empty()) do
    app:advance(steps < SOON and 50 or 1000)
    steps = steps + 1
  end
end

local function run(number, pool, file)
  local trial = Trial.new(number, pool, file)
  local app = t.app("tests/model/lua/app.lua", {
    modules = { trial_under_test = trial },
    raise = false,
  })
  trial.is_slow = not trial.random:one_in(3)
  local take = trial.is_slow and trial.random:one_in(2) and trial.random:below(2000) or nil
  local method = trial.is_head and "HEAD" or "GET"
  -- Before the request begins to run somebody may ask what the client has.
  trial.exchange = app:connect():begin(method, "/n0", { take = take, raise = false })
  drive(trial, app)
  finish(trial, app)
  if not trial.exchange:is_over() then
    trial:fault("the answer does not come to its end")
    for _, waiting in ipairs(testing.waiting()) do
      trial:note("it waits here: %s", debug.traceback(waiting))
    end
  else
    verdict.check(trial, trial.exchange:response())
  end
  app:close()
  return trial, app
end

local function report(number, trial, app)
  local text = { ("seed %d: %s"):format(number, table.concat(trial.faults, "\n")) }
  text[#text + 1] = "what happened: " .. table.concat(trial.notes, "\n  ")
  for _, line in ipairs(app:log()) do
    text[#text + 1] = ("log: %s %s"):format(line.message, line.traceback or "")
  end
  text[#text + 1] = ("again: MODEL_SEED=%d MODEL_SEQUENCES=1"):format(number)
  error(table.concat(text, "\n  "), 0)
end

describe("whatever stages and children do", function()
  it("what a client sees, and what handlers are told, is as the model says", function()
    local pool, file = make_pool()
    for i = 0, sequences - 1 do
      local trial, app = run(seed + i, pool, file)
      if #trial.faults > 0 then
        report(seed + i, trial, app)
      end
    end
  end)
end)
