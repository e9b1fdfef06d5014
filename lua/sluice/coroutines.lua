--- Waits inside of coroutines that scripts make.
---
--- A wait must reach the scheduler, but a plain coroutine.resume would take it
--- for a value of the script's own. So resume and wrap pass it upward, and the
--- scheduler's answer down again: generators may wait.

local failure = require("sluice.failure")
local wait = require("sluice.wait")

local WAIT, IMPOSSIBLE = wait.token, wait.IMPOSSIBLE
local create, yield, isyieldable = coroutine.create, coroutine.yield, coroutine.isyieldable
local raw_resume, raw_status = coroutine.resume, coroutine.status

-- Coroutines that wait for the scheduler. To the script they are not
-- suspended: nobody else may resume them.
local waiting = setmetatable({}, { __mode = "k" })

local function pass(co, ok, token, ...)
  if token ~= WAIT or not ok then
    return ok, token, ...
  end
  if not isyieldable() then
    return pass(co, raw_resume(co, IMPOSSIBLE))
  end
  waiting[co] = true
  local answer = yield(WAIT, ...)
  waiting[co] = nil
  return pass(co, raw_resume(co, answer))
end

-- Who raises the error again gets its lines with it.
local function note(co, ok, ...)
  if not ok then
    failure.remember((...), co)
  end
  return ok, ...
end

local function resume(co, ...)
  if waiting[co] then
    return false, "cannot resume a coroutine that waits for the server"
  end
  return note(co, pass(co, raw_resume(co, ...)))
end

local function unwrap(ok, ...)
  if not ok then
    error((...), 0)
  end
  return ...
end

local function wrap(fn)
  local co = create(fn)
  return function(...)
    return unwrap(resume(co, ...))
  end
end

local function status(co)
  return waiting[co] and "normal" or raw_status(co)
end

---Replace the functions of the standard library.
local function install()
  local library = _G.coroutine
  library.resume, library.wrap, library.status = resume, wrap, status
end

return { install = install }
