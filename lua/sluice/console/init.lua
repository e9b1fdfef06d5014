--- A console into the app: what somebody types at `sluice repl` is evaluated
--- here, in a task of its own.

local host = require("sluice.native").host
local failure = require("sluice.failure")
local show = require("sluice.console.show")
local tools = require("sluice.console.tools")
local wait = require("sluice.wait")
local words = require("sluice.console.words")

local console = {}

local CHUNK = "=console"

-- What each visitor has assigned, in front of the app's globals.
local sessions = {}

-- Who prints a lot waits until it was read.
local function say(visit, kind, text)
  while not host.console_say(visit, kind, text) do
    if wait.pause(host.SLEEP, 5) ~= 0 then
      break
    end
  end
end

local function printer(visit)
  return function(...)
    local texts = {}
    for i = 1, select("#", ...) do
      local value = select(i, ...)
      texts[i] = type(value) == "table" and show.value(value) or tostring(value)
    end
    say(visit, "output", table.concat(texts, "\t") .. "\n")
  end
end

local function new_session(app, visit)
  local env = {
    app = app,
    sluice = require("sluice"),
    print = printer(visit),
    requests = tools.requests,
    modules = tools.modules,
    routes = function()
      return tools.routes(app)
    end,
    help = function()
      say(visit, "output", tools.help)
    end,
  }
  return setmetatable(env, { __index = _G })
end

-- An expression, or else statements; nil, why not, and whether more of them
-- could follow. In front of what is returned stands
-- true, so that a call is no tail call, which tracebacks would not show.
local function compile(text, env)
  local chunk = loadstring("return true, " .. text, CHUNK)
  if chunk then
    return setfenv(chunk, env)
  end
  local why
  chunk, why = loadstring(text, CHUNK)
  if not chunk then
    return nil, why, why:find("near '<eof>'", 1, true) ~= nil
  end
  setfenv(chunk, env)
  return function()
    return true, chunk()
  end
end

-- What is below the first line that was typed is ours. It may have been left by
-- a tail call.
local function trim(traceback)
  local kept = {}
  for line in traceback:gmatch("[^\n]+") do
    if line:find("lua/sluice/console/init.lua", 1, true) or line:find("'xpcall'", 1, true) then
      break
    elseif not line:find("^\t%[C%]: in function 'error'") and not line:find("^\t%[C%]: at 0x") then
      kept[#kept + 1] = line
    end
  end
  return #kept > 1 and table.concat(kept, "\n") or ""
end

local function explain(err)
  if err == "cancelled" then
    return "interrupted"
  end
  local traceback = trim(debug.traceback("", 2):sub(2))
  return failure.text_of(err) .. (traceback ~= "" and "\n" .. traceback or "")
end

local function show_values(env, ...)
  local n = select("#", ...)
  local texts = {}
  for i = 1, n do
    texts[i] = show.value((select(i, ...)))
  end
  if n > 0 then
    env._ = (...)
  end
  return table.concat(texts, "\n")
end

local function finish(visit, env, ok, err, ...)
  if not ok then
    say(visit, "error", err)
  elseif select("#", ...) > 0 then
    say(visit, "result", show_values(env, ...))
  end
end

local actions = {}

function actions.evaluate(visit, env, text)
  local chunk, why, is_open = compile(text, env)
  if not chunk then
    return say(visit, is_open and "incomplete" or "error", why)
  end
  if host.console_is_interrupted(visit) then
    return -- that is told in the end
  end
  finish(visit, env, xpcall(chunk, explain))
end

function actions.complete(visit, env, text)
  say(visit, "words", table.concat(words.complete(env, text), "\n"))
end

---@param app sluice.App
---@param visit integer
---@param what "evaluate"|"complete"|"leave"
---@param text string
function console.run(app, visit, what, text)
  if what == "leave" then
    sessions[visit] = nil
    return
  end
  sessions[visit] = sessions[visit] or new_session(app, visit)
  actions[what](visit, sessions[visit], text)
end

return console
