--- A function in a task of its own, which is cancelled when it takes longer than it may:
--- hooks, and what a stage does when its answer is over.

local native = require("sluice.native")
local Task = require("sluice.task")

local host, C = native.host, native.C
local OK, ECANCELLED, ETIMEDOUT = C.SL_OK, C.SL_ECANCELLED, C.SL_ETIMEDOUT

---@param ms number that it may take
---@param on_late fun(fn: function, ms: number) says so in the log
---@param fn function
---@return integer rc OK: it has ended; SL_ETIMEDOUT: it was ended; SL_ECANCELLED: who
---waits was, and the task is told to end
---@return sluice.Task
local function run(ms, on_late, fn, ...)
  local task = Task.start("free", fn, ...)
  local rc = task:await_end(host.now() + ms)
  local is_late = rc ~= OK and rc ~= ECANCELLED
  if is_late then
    on_late(fn, ms)
    task:cancel()
    rc = task:await_end()
  end
  if rc == ECANCELLED then
    task:cancel()
    return rc, task
  end
  return is_late and ETIMEDOUT or OK, task
end

return { run = run }
